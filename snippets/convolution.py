"""Convolution, pooling and resampling of images, and their gradients, without a Python loop over pixels.

An image is `x (..., C, h, w)`: batch axes, channels, rows, columns. `<name>_grad` is the backward pass: it
takes the inputs of `<name>`, the gradient `g` at its output, options. k, stride, padding and dilation are one
number for both axes, or two: rows, columns. Weights have PyTorch's layout; the dtype is that of the image.
Indices in formulas start at 0.
"""

import math

import numpy as np

from snippets.activations import _float, _like


# ---- conv2d
def conv_size(n, k, stride=1, padding=0, dilation=1):
    r"""Count the places where a kernel fits on one axis: the size of the output.

    $$o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$

    $n, k, s, d \in \mathbb{N}$, $p \in \{0, 1, 2\}$, $(k - 1)\,d < n + 2p$,
    $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $o$ (`return`)

    `n (...) -> o (...)`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> conv_size(32, 3), conv_size(32, 3, padding=1), conv_size(32, 3, stride=2, padding=1)
    (30, 32, 16)
    >>> conv_size(227, 11, stride=4), conv_size(224, 7, stride=2, padding=3)
    (55, 112)
    """
    room = n + 2 * padding - dilation * (k - 1) - 1
    if np.any(np.asarray(room) < 0):
        raise ValueError(f"a kernel that spans {dilation * (k - 1) + 1} does not fit in {n + 2 * padding}")
    return room // stride + 1


def _pad(x, padding, fill=0):
    """Add rows and columns of one value on all four sides."""
    p, q = np.broadcast_to(padding, 2)
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p), (q, q)], constant_values=fill)


def _crop(x, padding):
    """Take the padding off again."""
    p, q = np.broadcast_to(padding, 2)
    return x[..., p : x.shape[-2] - p, q : x.shape[-1] - q]


def _windows(x, k, stride=1, dilation=1, writeable=False):
    """A view of all windows, (..., k, k, m, n): [..., u, v, i, j] is pixel u, v of the window at i, j."""
    (k, l), (s, t), (d, e) = (np.broadcast_to(a, 2) for a in (k, stride, dilation))
    for size, taps, gap in ((x.shape[-2], k, d), (x.shape[-1], l, e)):
        conv_size(size, taps, dilation=gap)  # raises where the kernel does not fit
    span = d * (k - 1) + 1, e * (l - 1) + 1
    view = np.lib.stride_tricks.sliding_window_view(x, span, (-2, -1), writeable=writeable)
    return np.moveaxis(view[..., ::s, ::t, ::d, ::e], (-4, -3), (-2, -1))


def _fold(dV, x, stride=1, dilation=1):
    """The gradient at x, given that at its windows; one step for each tap, whose pixels never meet."""
    dx = np.zeros_like(x)
    V = _windows(dx, dV.shape[-4:-2], stride, dilation, writeable=True)
    for u, v in np.ndindex(V.shape[-4:-2]):
        V[..., u, v, :, :] += dV[..., u, v, :, :]
    return dx


def _gradient(g, dtype, shape):
    """The gradient at an output of this shape; a scalar stands for all its entries."""
    return np.broadcast_to(_like(g, np.broadcast_to(np.zeros((), dtype), shape)), shape)


def im2col(x, k, stride=1, dilation=1):
    r"""Lay every window of an image out as a column, so that a convolution becomes one matrix product.

    $$V_{cuvij} = x_{c,\; is + ud,\; js + vd}, \quad u, v = 0, \dots, k - 1$$

    $$X_{ab} = V_{\lfloor a/k^2 \rfloor,\; \lfloor a/k \rfloor \bmod k,\; a \bmod k,\;
      \lfloor b/n \rfloor,\; b \bmod n}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $k, s, d \in \{1, 2, 3\}$, $(k - 1)\,d < h$, $(k - 1)\,d < w$,
    $s$ (`stride`), $d$ (`dilation`), $n$ (`n`), $X$ (`return`)

    `x (..., C, h, w) -> X (..., C k k, m n)`

    [Chellapilla, Puri & Simard (2006)](https://inria.hal.science/inria-00112631)

    >>> im2col([[[1, 2, 3], [4, 5, 6]]], 2)
    array([[1., 2.],
           [2., 3.],
           [4., 5.],
           [5., 6.]])
    """
    V = _windows(_float(x), k, stride, dilation)
    *batch, C, k, l, m, n = V.shape
    return V.reshape(*batch, C * k * l, m * n)


def im2col_grad(x, g, k, stride=1, dilation=1):
    r"""Put columns back where im2col took them from, and add where windows overlap: col2im.

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \sum_{a=0}^{m-1}
      \sum_{b=0}^{n-1} [i = as + ud]\,[j = bs + vd]\; g_{ck^2 + uk + v,\; an + b}$$

    $x \in \mathbb{R}^{C \times ((m - 1) s + (k - 1) d + 1) \times ((n - 1) s + (k - 1) d + 1)}$,
    $g \in \mathbb{R}^{C k^2 \times m n}$, $g = \partial L / \partial X$, $m, n, k, s, d \in \mathbb{N}$,
    $m, n, k, s, d < 3$, $s$ (`stride`), $d$ (`dilation`)

    `x (..., C, h, w), g (..., C k k, m n) -> dx (..., C, h, w)`

    [Chellapilla, Puri & Simard (2006)](https://inria.hal.science/inria-00112631)

    >>> im2col_grad([[[1, 2, 3], [4, 5, 6]]], 1, 2)
    array([[[1., 2., 1.],
            [1., 2., 1.]]])
    """
    x = _float(x)
    *batch, C, k, l, m, n = _windows(x, k, stride, dilation).shape
    g = _gradient(g, x.dtype, (*batch, C * k * l, m * n))
    dV = g.reshape(*batch, C, k, l, m, n)
    return _fold(dV, x, stride, dilation)


def _operands(x, W, b, groups):
    """Floats of the image's dtype whose shapes belong together."""
    x = _float(x)
    W, b = np.asarray(W, x.dtype), np.asarray(b, x.dtype)
    if W.shape[1] * groups != x.shape[-3] or len(W) % groups:
        raise ValueError(f"weights W {W.shape} in {groups} groups do not fit an image x {x.shape}")
    if b.shape not in ((), W.shape[:1]):
        raise ValueError(f"bias b must have one number for each of the {len(W)} maps, got shape {b.shape}")
    return x, W, b


def conv2d(x, W, b=0.0, stride=1, padding=0, dilation=1, groups=1):
    r"""Slide a kernel over an image and take the weighted sum of the pixels under it, at every place.

    $$\tilde x_{cij} = \begin{cases} x_{c,\,i-p,\,j-p}, & p \le i < p + h,\; p \le j < p + w \\
    0, & \text{otherwise} \end{cases}$$

    $$y_{oij} = b_o + \sum_{c=0}^{q-1} \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} W_{ocuv}\,
      \tilde x_{\lfloor o/r \rfloor q + c,\; is + ud,\; js + vd}$$

    $x \in \mathbb{R}^{G q \times h \times w}$, $W \in \mathbb{R}^{G r \times q \times k \times k}$,
    $b \in \mathbb{R}^{G r}$, $G, k \in \mathbb{N}$, $G, k < 3$, $s, d \in \{1, 2\}$, $p \in \{0, 1\}$,
    $(k - 1)\,d < h$, $(k - 1)\,d < w$,
    $G$ (`groups`), $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $\tilde x$ (`padded`), $y$ (`return`)

    `x (..., G q, h, w), W (G r, q, k, k), b (G r) -> y (..., G r, m, n)`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> conv2d([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[[[1, 0], [0, -1]]]])
    array([[[-4., -4.],
            [-4., -4.]]])
    >>> conv2d(np.ones((1, 3, 3)), np.ones((1, 1, 3, 3)), padding=1)
    array([[[4., 6., 4.],
            [6., 9., 6.],
            [4., 6., 4.]]])
    """
    x, W, b = _operands(x, W, b, groups)
    padded = _pad(x, padding)
    V = _windows(padded, W.shape[2:], stride, dilation)
    *batch, C, k, l, m, n = V.shape
    X = V.reshape(*batch, groups, C // groups * k * l, m * n)  # im2col, group by group
    y = W.reshape(groups, len(W) // groups, -1) @ X
    return y.reshape(*batch, len(W), m, n) + b[..., None, None]


def conv2d_grad(x, W, b, g, stride=1, padding=0, dilation=1, groups=1):
    r"""Pass a gradient back through a convolution: to the image, the kernels and the biases.

    $$D_{cuvij} = \sum_{o=0}^{r-1}
      W_{\lfloor c/q \rfloor r + o,\; c \bmod q,\; u,\; v}\; g_{\lfloor c/q \rfloor r + o,\; i,\; j}$$

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \sum_{a=0}^{m-1}
      \sum_{f=0}^{n-1} [i + p = as + ud]\,[j + p = fs + vd]\, D_{cuvaf}$$

    $$\frac{\partial L}{\partial W_{ocuv}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1} g_{oij}\,
      \tilde x_{\lfloor o/r \rfloor q + c,\; is + ud,\; js + vd}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1} g_{oij}$$

    $x \in \mathbb{R}^{G q \times ((m - 1) s + (k - 1) d + 1 - 2p) \times ((n - 1) s + (k - 1) d + 1 - 2p)}$,
    $W \in \mathbb{R}^{G r \times q \times k \times k}$, $b \in \mathbb{R}^{G r}$,
    $g \in \mathbb{R}^{G r \times m \times n}$, $G, q, r, k, s, d, m, n \in \mathbb{N}$,
    $G, q, r, k, s, d, m, n < 3$, $p \in \mathbb{N}$, $0 \le p < 2$, $2p \le (k - 1)\,d$,
    $G$ (`groups`), $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $\tilde x$ (`padded`),
    $D = \partial L / \partial V$ (`dV`), $g = \partial L / \partial y$

    `x (..., G q, h, w), W (G r, q, k, k), b (G r), g (..., G r, m, n) -> dx, dW, db`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> dx, dW, db = conv2d_grad(np.ones((1, 3, 3)), [[[[1, 2], [3, 4]]]], 0, np.ones((1, 2, 2)))
    >>> dx
    array([[[ 1.,  3.,  2.],
            [ 4., 10.,  6.],
            [ 3.,  7.,  4.]]])
    >>> dW.ravel(), db
    (array([4., 4., 4., 4.]), array([4.]))
    """
    x, W, b = _operands(x, W, b, groups)
    padded = _pad(x, padding)
    V = _windows(padded, W.shape[2:], stride, dilation)
    *batch, C, k, l, m, n = V.shape
    X = V.reshape(*batch, groups, C // groups * k * l, m * n)
    g = _gradient(g, x.dtype, (*batch, len(W), m, n))
    G = g.reshape(*batch, groups, len(W) // groups, m * n)
    dV = (W.reshape(groups, len(W) // groups, -1).swapaxes(-1, -2) @ G).reshape(V.shape)
    dx = _crop(_fold(dV, padded, stride, dilation), padding)
    dW = (G @ X.swapaxes(-1, -2)).reshape(-1, *W.shape).sum(0)
    db = g.sum((*range(len(batch)), -2, -1))
    return dx, dW, db


def conv2d_direct(x, W, b=0.0, stride=1, padding=0, dilation=1):
    r"""Add up shifted images, one for each tap of the kernel: the same sum without the copies of im2col.

    $$y_{oij} = b_o + \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \sum_{c=0}^{C-1} W_{ocuv}\,
      \tilde x_{c,\; is + ud,\; js + vd}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{M \times C \times k \times k}$,
    $b \in \mathbb{R}^{M}$, $k \in \mathbb{N}$, $k < 3$, $s, d \in \{1, 2\}$, $p \in \{0, 1\}$,
    $(k - 1)\,d < h$, $(k - 1)\,d < w$,
    $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $\tilde x$ (`padded`), $y$ (`return`)

    `x (..., C, h, w), W (M, C, k, k), b (M) -> y (..., M, m, n)`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> conv2d_direct([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[[[1, 0], [0, -1]]]])
    array([[[-4., -4.],
            [-4., -4.]]])
    """
    x, W, b = _operands(x, W, b, 1)
    padded = _pad(x, padding)
    V = _windows(padded, W.shape[2:], stride, dilation)
    *batch, C, k, l, m, n = V.shape
    y = np.zeros((*batch, len(W), m * n), x.dtype)
    for u, v in np.ndindex(k, l):
        y += W[:, :, u, v] @ V[..., u, v, :, :].reshape(*batch, C, m * n)
    return y.reshape(*batch, len(W), m, n) + b[..., None, None]


def conv_parameters(C, M, k, groups=1, bias=True):
    r"""Count the weights and biases of a convolution; the size of the image does not matter.

    $$P = \frac{C}{G}\, k^2 M + M$$

    $C, M, k \in \mathbb{N}$, $G \in \{1, 2\}$, $G$ (`groups`), $P$ (`return`)

    `C (), M () -> P ()`

    [Goodfellow et al. (2016), section 9.2](https://www.deeplearningbook.org/contents/convnets.html)

    >>> conv_parameters(3, 64, 3), conv_parameters(3, 64, 3, bias=False)
    (1792, 1728)
    """
    if C % groups or M % groups:
        raise ValueError(f"{groups} groups do not divide {C} input and {M} output channels")
    return C // groups * k * k * M + M * bias


def conv_macs(C, M, k, m, n, groups=1):
    r"""Count the multiply-adds of a convolution with m x n output pixels; the FLOPs are twice as many.

    $$A = \frac{C}{G}\, k^2 M m n$$

    $C, M, k, m, n \in \mathbb{N}$, $G \in \{1, 2\}$, $G$ (`groups`), $A$ (`return`)

    `C (), M (), m (), n () -> A ()`

    [Howard et al. (2017), section 3.1](https://arxiv.org/abs/1704.04861)

    >>> conv_macs(3, 64, 3, 32, 32)
    1769472
    """
    return conv_parameters(C, M, k, groups, bias=False) * m * n


def weight_counts(C, M, k, h, w):
    r"""Count the weights from C to M maps of one size: fully connected, local, local and shared.

    $$P_{\mathrm{dense}} = C h w \cdot M h w$$

    $$P_{\mathrm{local}} = C k^2 \cdot M h w$$

    $$P_{\mathrm{shared}} = C k^2 \cdot M$$

    $C, M, k, h, w \in \mathbb{N}$, $P_{\mathrm{dense}}$ (`return[0]`), $P_{\mathrm{local}}$ (`return[1]`),
    $P_{\mathrm{shared}}$ (`return[2]`)

    `C (), M (), h (), w () -> dense (), local (), shared ()`

    [LeCun et al. (1998)](https://doi.org/10.1109/5.726791)

    >>> weight_counts(3, 64, 3, 32, 32)
    (201326592, 1769472, 1728)
    """
    shared = C * k * k * M
    return C * h * w * M * h * w, shared * h * w, shared


# ---- small_kernels
def stack_field(L, k=3):
    r"""Give the side of the square that one output pixel sees through L layers of stride 1.

    $$r = L\,(k - 1) + 1$$

    $L, k \in \mathbb{N}$, $r$ (`return`)

    `L () -> r ()`

    [Simonyan & Zisserman (2015), section 2.3](https://arxiv.org/abs/1409.1556)

    >>> stack_field(2), stack_field(3)
    (5, 7)
    """
    return L * (k - 1) + 1


def stack_parameters(L, C, k=3):
    r"""Count the weights of L layers with C maps in and out, without biases.

    $$P = L\,k^2 C^2$$

    $L, C, k \in \mathbb{N}$, $P$ (`return`)

    `L (), C () -> P ()`

    [Simonyan & Zisserman (2015), section 2.3](https://arxiv.org/abs/1409.1556)

    >>> stack_parameters(2, 64), stack_parameters(1, 64, k=5)
    (73728, 102400)
    """
    return L * conv_parameters(C, C, k, bias=False)


def merge_kernels(W, V):
    r"""Find the one kernel that does what two convolutions with nothing between them do, first W, then V.

    $$U_{ocij} = \sum_{e=0}^{M-1}\; \sum_{u:\, 0 \le i - u < l}\; \sum_{v:\, 0 \le j - v < l}
      V_{oeuv}\, W_{e,\, c,\, i - u,\, j - v}$$

    $W \in \mathbb{R}^{M \times C \times l \times l}$, $V \in \mathbb{R}^{N \times M \times k \times k}$,
    $C, M, N, k, l \in \mathbb{N}$, $C, M, N, k, l < 3$, $U$ (`return`)

    `W (M, C, l, l), V (N, M, k, k) -> U (N, C, l + k - 1, l + k - 1)`

    [Ding et al. (2021)](https://arxiv.org/abs/2103.13425)

    >>> merge_kernels([[[[1, 0], [0, 0]]]], [[[[1, 2], [3, 4]]]])
    array([[[[1., 2., 0.],
             [3., 4., 0.],
             [0., 0., 0.]]]])
    """
    V = _float(V)[..., ::-1, ::-1]  # flipped: a convolution of kernels, not a correlation
    return conv2d(_float(W).swapaxes(0, 1), V, padding=np.array(V.shape[2:]) - 1).swapaxes(0, 1)


def merge_kernels_grad(W, V, g):
    r"""Pass a gradient at the merged kernel back to the two that it is made of.

    $$\frac{\partial L}{\partial W_{ecij}} = \sum_{o=0}^{N-1} \sum_{u=0}^{k-1} \sum_{v=0}^{k-1}
      V_{oeuv}\, g_{o,\, c,\, i + u,\, j + v}$$

    $$\frac{\partial L}{\partial V_{oeuv}} = \sum_{c=0}^{C-1} \sum_{i=0}^{l-1} \sum_{j=0}^{l-1}
      W_{ecij}\, g_{o,\, c,\, i + u,\, j + v}$$

    $W \in \mathbb{R}^{M \times C \times l \times l}$, $V \in \mathbb{R}^{N \times M \times k \times k}$,
    $g \in \mathbb{R}^{N \times C \times (l + k - 1) \times (l + k - 1)}$, $C, M, N, k, l \in \mathbb{N}$,
    $C, M, N, k, l < 3$, $g = \partial L / \partial U$

    `W (M, C, l, l), V (N, M, k, k), g (N, C, l + k - 1, l + k - 1) -> dW (M, C, l, l), dV (N, M, k, k)`

    [Ding et al. (2021)](https://arxiv.org/abs/2103.13425)

    >>> dW, dV = merge_kernels_grad([[[[2]]]], [[[[1, 2], [3, 4]]]], 1)
    >>> dW.ravel(), dV.ravel()
    (array([10.]), array([2., 2., 2., 2.]))
    """
    W, V = _float(W), _float(V)
    dU = _gradient(g, W.dtype, merge_kernels(W, V).shape).swapaxes(0, 1)
    padding = np.array(V.shape[2:]) - 1
    dX, dF, _ = conv2d_grad(W.swapaxes(0, 1), V[..., ::-1, ::-1], 0.0, dU, padding=padding)
    dW, dV = dX.swapaxes(0, 1), dF[..., ::-1, ::-1]
    return dW, dV


# ---- pointwise
def pointwise(x, W, b=0.0):
    r"""Mix the channels at each pixel with one matrix: a 1 x 1 convolution.

    $$y_{oij} = b_o + \sum_{c=0}^{C-1} W_{oc}\, x_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{M \times C}$, $b \in \mathbb{R}^{M}$,
    $y$ (`return`)

    `x (..., C, h, w), W (M, C), b (M) -> y (..., M, h, w)`

    [Lin, Chen & Yan (2014)](https://arxiv.org/abs/1312.4400)

    >>> pointwise([[[1, 2]], [[3, 4]]], [[1, 1], [1, -1], [0, 2]])[:, 0]
    array([[ 4.,  6.],
           [-2., -2.],
           [ 6.,  8.]])
    """
    return conv2d(x, np.asarray(W)[:, :, None, None], b)


def pointwise_grad(x, W, b, g):
    r"""Pass a gradient back through a 1 x 1 convolution: the transposed matrix at each pixel.

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{o=0}^{M-1} W_{oc}\, g_{oij}$$

    $$\frac{\partial L}{\partial W_{oc}} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}\, x_{cij}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{M \times C}$, $b \in \mathbb{R}^{M}$,
    $g \in \mathbb{R}^{M \times h \times w}$, $g = \partial L / \partial y$

    `x (..., C, h, w), W (M, C), b (M), g (..., M, h, w) -> dx (..., C, h, w), dW (M, C), db (M)`

    [Lin, Chen & Yan (2014)](https://arxiv.org/abs/1312.4400)

    >>> dx, dW, db = pointwise_grad([[[1, 2]], [[3, 4]]], [[5, 6]], 0, [[[1, 10]]])
    >>> dx[:, 0], dW, db
    (array([[ 5., 50.],
           [ 6., 60.]]), array([[21., 43.]]), array([11.]))
    """
    dx, dW, db = conv2d_grad(x, np.asarray(W)[:, :, None, None], b, g)
    return dx, dW[:, :, 0, 0], db


def bottleneck_parameters(C, r=4, k=3):
    r"""Count the weights of k x k between two 1 x 1 that divide the channels by r and restore them.

    $$P = \left(\frac{2}{r} + \frac{k^2}{r^2}\right) C^2$$

    $C, k \in \mathbb{N}$, $r \in \{1, 2, 4\}$, $P$ (`return`)

    `C () -> P ()`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> bottleneck_parameters(256), conv_parameters(256, 256, 3, bias=False)
    (69632, 589824)
    """
    if C % r:
        raise ValueError(f"{C} channels cannot be divided by {r}")
    return 2 * C * (C // r) + k * k * (C // r) ** 2


# ---- depthwise_separable
def depthwise_separable(x, D, W, stride=1, padding=0, dilation=1):
    r"""Filter each channel with a kernel of its own, then mix the channels at each pixel.

    $$Z_{cij} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} D_{cuv}\, x_{c,\; is + ud,\; js + vd}$$

    $$y_{oij} = \sum_{c=0}^{C-1} W_{oc}\, Z_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $D \in \mathbb{R}^{C \times k \times k}$,
    $W \in \mathbb{R}^{M \times C}$, $k \in \mathbb{N}$, $k < 4$, $s, d \in \{1, 2\}$, $(k - 1)\,d < h$,
    $(k - 1)\,d < w$, $s$ (`stride`), $d$ (`dilation`), $y$ (`return`)

    `x (..., C, h, w), D (C, k, k), W (M, C) -> y (..., M, m, n)`

    [Howard et al. (2017)](https://arxiv.org/abs/1704.04861)

    >>> depthwise_separable([[[1, 2]], [[3, 4]]], [[[1, 1]], [[1, -1]]], [[1, 0], [1, 1], [0, 1]]).ravel()
    array([ 3.,  2., -1.])
    """
    D = np.asarray(D)
    Z = conv2d(x, D[:, None], 0.0, stride, padding, dilation, groups=len(D))
    return pointwise(Z, W)


def depthwise_separable_grad(x, D, W, g, stride=1, padding=0, dilation=1):
    r"""Pass a gradient back through both steps, to the image, the kernels and the matrix.

    $$\frac{\partial L}{\partial Z_{cij}} = \sum_{o=0}^{M-1} W_{oc}\, g_{oij}$$

    $$\frac{\partial L}{\partial W_{oc}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1} g_{oij}\, Z_{cij}$$

    $$\frac{\partial L}{\partial D_{cuv}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1}
      \frac{\partial L}{\partial Z_{cij}}\, x_{c,\; i + u,\; j + v}$$

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{u:\, 0 \le i - u < m}\; \sum_{v:\, 0 \le j - v < n}
      D_{cuv}\, \frac{\partial L}{\partial Z_{c,\; i - u,\; j - v}}$$

    $x \in \mathbb{R}^{C \times (m + k - 1) \times (n + k - 1)}$, $D \in \mathbb{R}^{C \times k \times k}$,
    $W \in \mathbb{R}^{M \times C}$, $g \in \mathbb{R}^{M \times m \times n}$, $k \in \mathbb{N}$, $k < 4$,
    $g = \partial L / \partial y$

    `x (..., C, h, w), D (C, k, k), W (M, C), g (..., M, m, n) -> dx (..., C, h, w), dD (C, k, k), dW (M, C)`

    [Howard et al. (2017)](https://arxiv.org/abs/1704.04861)

    >>> dx, dD, dW = depthwise_separable_grad([[[1, 2]], [[3, 4]]], [[[1, 1]], [[1, -1]]], [[1, 10]], 1)
    >>> dx[:, 0], dD[:, 0], dW
    (array([[  1.,   1.],
           [ 10., -10.]]), array([[ 1.,  2.],
           [30., 40.]]), array([[ 3., -1.]]))
    """
    D = np.asarray(D)
    options = stride, padding, dilation, len(D)
    Z = conv2d(x, D[:, None], 0.0, *options)
    dZ, dW, _ = pointwise_grad(Z, W, 0.0, g)
    dx, dK, _ = conv2d_grad(x, D[:, None], 0.0, dZ, *options)
    dD = dK[:, 0]
    return dx, dD, dW


def separable_parameters(C, M, k):
    r"""Count the weights of both steps, without biases.

    $$P = k^2 C + C M$$

    $C, M, k \in \mathbb{N}$, $P$ (`return`)

    `C (), M () -> P ()`

    [Howard et al. (2017), section 3.1](https://arxiv.org/abs/1704.04861)

    >>> separable_parameters(3, 4, 3), conv_parameters(3, 4, 3, bias=False)
    (39, 108)
    """
    return conv_parameters(C, C, k, groups=C, bias=False) + conv_parameters(C, M, 1, bias=False)


def channel_shuffle(x, groups):
    r"""Deal the channels of each group out to all groups, so that the next grouped convolution mixes them.

    $$y_{cij} = x_{(c \bmod G)\, q + \lfloor c/G \rfloor,\, i,\, j}$$

    $x \in \mathbb{R}^{G q \times h \times w}$, $G \in \mathbb{N}$, $G$ (`groups`), $y$ (`return`)

    `x (..., G q, h, w) -> y (..., G q, h, w)`

    [Zhang et al. (2018)](https://arxiv.org/abs/1707.01083)

    >>> channel_shuffle(np.arange(6).reshape(6, 1, 1), 2).ravel()
    array([0., 3., 1., 4., 2., 5.])
    """
    x = _float(x)
    *batch, C, h, w = x.shape
    if C % groups:
        raise ValueError(f"{groups} groups do not divide {C} channels")
    return x.reshape(*batch, groups, C // groups, h, w).swapaxes(-4, -3).reshape(x.shape)


def channel_shuffle_grad(x, g, groups):
    r"""Deal the channels back.

    $$\frac{\partial L}{\partial x_{cij}} = g_{(c \bmod q) G + \lfloor c/q \rfloor,\, i,\, j}$$

    $x, g \in \mathbb{R}^{G q \times h \times w}$, $G \in \mathbb{N}$,
    $G$ (`groups`), $g = \partial L / \partial y$

    `x (..., G q, h, w), g (..., G q, h, w) -> dx (..., G q, h, w)`

    [Zhang et al. (2018)](https://arxiv.org/abs/1707.01083)

    >>> channel_shuffle_grad(np.zeros((6, 1, 1)), np.reshape([0, 3, 1, 4, 2, 5], (6, 1, 1)), 2).ravel()
    array([0., 1., 2., 3., 4., 5.])
    """
    x = _float(x)
    return channel_shuffle(_gradient(g, x.dtype, x.shape), x.shape[-3] // groups)
