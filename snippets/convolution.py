"""Convolution, pooling and resampling of images, and their gradients, without a Python loop over pixels.

An image is `x (..., C, h, w)`: batch axes, channels, rows, columns. `<name>_grad` is the backward pass: it
takes the inputs of `<name>`, the gradient `g` at its output, options. Layers take k, stride, padding and
dilation as one number for both axes, or two: rows, columns; counts are those of square kernels. Weights have
PyTorch's layout; the dtype is that of the image.
Indices in formulas start at 0, those of layers at 1.
"""

import math

import numpy as np

from snippets.activations import _batch_sum, _float, _like


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

    $$\begin{aligned} \frac{\partial L}{\partial x_{cij}} &= \sum_{u=0}^{k-1} \sum_{v=0}^{k-1}
      \sum_{a=0}^{m-1} \sum_{f=0}^{n-1} [i + p = as + ud] \\
      &\cdot [j + p = fs + vd]\, D_{cuvaf} \end{aligned}$$

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
    dW = _batch_sum((G @ X.swapaxes(-1, -2)).reshape(-1, *W.shape), 0)
    db = _batch_sum(g, (*range(len(batch)), -2, -1))
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


# ---- pooling
def _frame(x, k, stride, padding=0, fill=0):
    """The padded image, and the stride: windows lie side by side unless it is given."""
    if np.greater_equal(padding, k).any():
        raise ValueError(f"padding {padding} leaves windows of {k} without a pixel")
    return _pad(_float(x), padding, fill), k if stride is None else stride


def _columns(x, k, stride):
    """A copy of all windows, their pixels on one axis: (..., k k, m, n)."""
    V = _windows(x, k, stride)
    *batch, k, l, m, n = V.shape
    return V.reshape(*batch, k * l, m, n)


def max_pool(x, k, stride=None, padding=0):
    r"""Keep the largest pixel of each window, channel by channel.

    $$\tilde x_{cij} = \begin{cases} x_{c,\,i-p,\,j-p}, & p \le i < p + h,\; p \le j < p + w \\
    -\infty, & \text{otherwise} \end{cases}$$

    $$y_{cij} = \max_{u \in \{0, \dots, k-1\}}\; \max_{v \in \{0, \dots, k-1\}}\;
      \tilde x_{c,\; is + u,\; js + v}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $k, s \in \{1, 2, 3\}$, $p \in \{0, 1\}$, $p < k$, $k \le h$,
    $k \le w$, $s$ (`stride`), $p$ (`padding`), $\tilde x$ (`padded`), $y$ (`return`)

    `x (..., C, h, w) -> y (..., C, m, n)`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> max_pool([[[1, 2, 3, 4], [8, 7, 6, 5]]], 2)
    array([[[8., 6.]]])
    >>> max_pool([[[-1, -2, -3], [-8, -7, -6]]], 3, stride=2, padding=1)
    array([[[-1., -2.]]])
    """
    padded, stride = _frame(x, k, stride, padding, -np.inf)
    return _columns(padded, k, stride).max(-3)


def max_pool_grad(x, g, k, stride=None, padding=0):
    r"""Send each gradient to the pixel that won, to the first one if several are equal.

    $$I_{cab} = \operatorname*{argmax}_{t \in \{0, \dots, k^2-1\}}
      \tilde x_{c,\; as + \lfloor t/k \rfloor,\; bs + t \bmod k}$$

    $$\begin{aligned} \frac{\partial L}{\partial x_{cij}} &= \sum_{a=0}^{m-1} \sum_{b=0}^{n-1}
      [i + p = as + \lfloor I_{cab}/k \rfloor] \\
      &\cdot [j + p = bs + I_{cab} \bmod k]\; g_{cab} \end{aligned}$$

    $x \in \mathbb{R}^{C \times ((m - 1) s + k - 2p) \times ((n - 1) s + k - 2p)}$,
    $g \in \mathbb{R}^{C \times m \times n}$, $s, m, n \in \mathbb{N}$, $s, m, n < 4$, $k \in \{2, 3\}$,
    $p \in \{0, 1\}$, $2p \le k$, $s$ (`stride`), $p$ (`padding`), $\tilde x$ (`padded`),
    $g = \partial L / \partial y$

    `x (..., C, h, w), g (..., C, m, n) -> dx (..., C, h, w)`

    [Dumoulin & Visin (2016)](https://arxiv.org/abs/1603.07285)

    >>> max_pool_grad([[[1, 2, 3, 3], [8, 7, 0, 3]]], [[[10, 20]]], 2)
    array([[[ 0.,  0., 20.,  0.],
            [10.,  0.,  0.,  0.]]])
    """
    padded, stride = _frame(x, k, stride, padding, -np.inf)
    I = _columns(padded, k, stride).argmax(-3)
    g = _gradient(g, padded.dtype, I.shape)
    framed = np.zeros_like(padded)
    dV = _windows(framed, k, stride, writeable=True)
    for tap, (u, v) in enumerate(np.ndindex(dV.shape[-4:-2])):
        dV[..., u, v, :, :] += np.where(I == tap, g, 0)
    return _crop(framed, padding)


def avg_pool(x, k, stride=None, padding=0):
    r"""Take the mean of each window, channel by channel; the zeros of the padding count.

    $$y_{cij} = \frac{1}{k^2} \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \tilde x_{c,\; is + u,\; js + v}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $k, s \in \{1, 2, 3\}$, $p \in \{0, 1\}$, $p < k$, $k \le h$,
    $k \le w$, $s$ (`stride`), $p$ (`padding`), $\tilde x$ (`padded`), $y$ (`return`)

    `x (..., C, h, w) -> y (..., C, m, n)`

    [LeCun et al. (1998)](https://doi.org/10.1109/5.726791)

    >>> avg_pool([[[1, 2, 3, 4], [8, 7, 6, 5]]], 2)
    array([[[4.5, 4.5]]])
    >>> avg_pool(np.full((1, 2, 2), 9), 3, padding=1)
    array([[[4.]]])
    """
    padded, stride = _frame(x, k, stride, padding)
    return _columns(padded, k, stride).mean(-3)


def avg_pool_grad(x, g, k, stride=None, padding=0):
    r"""Divide each gradient evenly among the pixels of its window.

    $$\begin{aligned} \frac{\partial L}{\partial x_{cij}} &= \frac{1}{k^2} \sum_{u=0}^{k-1} \sum_{v=0}^{k-1}
      \sum_{a=0}^{m-1} \sum_{b=0}^{n-1} [i + p = as + u] \\
      &\cdot [j + p = bs + v]\; g_{cab} \end{aligned}$$

    $x \in \mathbb{R}^{C \times ((m - 1) s + k - 2p) \times ((n - 1) s + k - 2p)}$,
    $g \in \mathbb{R}^{C \times m \times n}$, $k, s, m, n \in \mathbb{N}$, $k, s, m, n < 4$,
    $p \in \{0, 1\}$, $2p \le k$, $s$ (`stride`), $p$ (`padding`), $g = \partial L / \partial y$

    `x (..., C, h, w), g (..., C, m, n) -> dx (..., C, h, w)`

    [LeCun et al. (1998)](https://doi.org/10.1109/5.726791)

    >>> avg_pool_grad([[[1, 2, 3, 3], [8, 7, 0, 3]]], [[[8, 20]]], 2)
    array([[[2., 2., 5., 5.],
            [2., 2., 5., 5.]]])
    """
    padded, stride = _frame(x, k, stride, padding)
    *batch, k, l, m, n = _windows(padded, k, stride).shape
    g = _gradient(g, padded.dtype, (*batch, m, n))
    dV = np.broadcast_to(g[..., None, None, :, :] / (k * l), (*batch, k, l, m, n))
    return _crop(_fold(dV, padded, stride), padding)


def global_avg_pool(x):
    r"""Take the mean of each channel: one number for a whole map.

    $$y_c = \frac{1}{hw} \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} x_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $y$ (`return`)

    `x (..., C, h, w) -> y (..., C)`

    [Lin, Chen & Yan (2014)](https://arxiv.org/abs/1312.4400)

    >>> global_avg_pool([[[1, 2], [3, 4]], [[5, 5], [5, 5]]])
    array([2.5, 5. ])
    """
    return _float(x).mean((-2, -1))


def global_avg_pool_grad(x, g):
    r"""Divide the gradient of a channel evenly among all its pixels.

    $$\frac{\partial L}{\partial x_{cij}} = \frac{g_c}{hw} \quad \forall i, j$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C}$, $g = \partial L / \partial y$

    `x (..., C, h, w), g (..., C) -> dx (..., C, h, w)`

    [Lin, Chen & Yan (2014)](https://arxiv.org/abs/1312.4400)

    >>> global_avg_pool_grad([[[1, 2], [3, 4]]], [8])
    array([[[2., 2.],
            [2., 2.]]])
    """
    x = _float(x)
    *channels, h, w = x.shape
    g = _gradient(g, x.dtype, tuple(channels))
    return np.broadcast_to(g[..., None, None] / (h * w), x.shape).copy()


def _parts(columns, p):
    """The largest magnitude m of each window, all magnitudes as parts of m, and the sum of their powers."""
    if not p >= 1:
        raise ValueError(f"p must be at least 1, got {p}")
    a = np.abs(columns)
    m = a.max(-3, keepdims=True)
    parts = np.divide(a, m, out=np.ones_like(a), where=a != m)  # the largest are 1, also at 0 and infinity
    return m, parts, (parts**p).sum(-3, keepdims=True)


def lp_pool(x, k, p=2.0, stride=None):
    r"""Take the p-norm of each window, channel by channel; for p to infinity its largest magnitude.

    $$y_{cij} = \Bigl( \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} |x_{c,\; is + u,\; js + v}|^p \Bigr)^{1/p}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $k, s \in \{1, 2, 3\}$, $k \le h$, $k \le w$, $1 \le p < 9$,
    $s$ (`stride`), $y$ (`return`)

    `x (..., C, h, w) -> y (..., C, m, n)`

    [Springenberg et al. (2015), equation 1](https://arxiv.org/abs/1412.6806)

    >>> lp_pool([[[3, 0, -3], [0, 4, 2]]], 2, p=2, stride=1)
    array([[[5.        , 5.38516481]]])
    >>> lp_pool([[[3, 0], [0, -4]]], 2, p=1), lp_pool([[[3, 0], [0, -4]]], 2, p=np.inf)
    (array([[[7.]]]), array([[[4.]]]))
    """
    padded, stride = _frame(x, k, stride)
    m, _, total = _parts(_columns(padded, k, stride), p)
    return (m * total ** (1 / p))[..., 0, :, :]


def lp_pool_grad(x, g, k, p=2.0, stride=None):
    r"""Give each pixel its share of the p-norm, with its sign; 0 where a window is 0, the limit at infinity.

    $$y_{cab} = \Bigl( \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} |x_{c,\; as + u,\; bs + v}|^p \Bigr)^{1/p}$$

    $$\begin{aligned} \frac{\partial L}{\partial x_{cij}} &= \sum_{u=0}^{k-1} \sum_{v=0}^{k-1}
      \sum_{a=0}^{m-1} \sum_{b=0}^{n-1} [i = as + u]\,[j = bs + v] \\
      &\cdot g_{cab} \Bigl( \frac{|x_{cij}|}{y_{cab}} \Bigr)^{p-1} \operatorname{sign}(x_{cij})
      \end{aligned}$$

    $x \in \mathbb{R}^{C \times ((m - 1) s + k) \times ((n - 1) s + k)}$,
    $g \in \mathbb{R}^{C \times m \times n}$, $k, s, m, n \in \mathbb{N}$, $k, s, m, n < 4$, $1 \le p < 9$,
    $x \ne 0$, $s$ (`stride`), $g = \partial L / \partial y$

    `x (..., C, h, w), g (..., C, m, n) -> dx (..., C, h, w)`

    [Springenberg et al. (2015), equation 1](https://arxiv.org/abs/1412.6806)

    >>> lp_pool_grad([[[3, 0], [0, -4]]], 1, 2, p=2)
    array([[[ 0.6,  0. ],
            [ 0. , -0.8]]])
    >>> lp_pool_grad([[[3, 0], [0, -4]]], 1, 2, p=np.inf)
    array([[[ 0.,  0.],
            [ 0., -1.]]])
    >>> lp_pool_grad([[[3, -np.inf]]], 1, (1, 2), p=2)
    array([[[ 0., -1.]]])
    """
    padded, stride = _frame(x, k, stride)
    columns = _columns(padded, k, stride)
    _, parts, total = _parts(columns, p)
    g = _gradient(g, padded.dtype, total[..., 0, :, :].shape)
    dV = g[..., None, :, :] * np.sign(columns) * parts ** (p - 1) / total ** (1 - 1 / p)
    return _fold(dV.reshape(_windows(padded, k, stride).shape), padded, stride)


# ---- receptive_field
def receptive_field(k, stride=1, dilation=1):
    r"""Give the side of the square of pixels that one unit depends on, after each layer.

    $$r_l = 1 + \sum_{i=1}^{l} d_i\,(k_i - 1) \prod_{t=1}^{i-1} s_t$$

    $k, s, d \in \mathbb{N}^{L}$, $s$ (`stride`), $d$ (`dilation`), $r$ (`return`)

    `k (L), stride (L), dilation (L) -> r (L)`

    [Araujo, Norris & Sim (2019)](https://doi.org/10.23915/distill.00021)

    >>> receptive_field([3, 3, 3, 3])
    array([3, 5, 7, 9])
    >>> receptive_field([11, 3, 5, 3, 3, 3, 3, 3], [4, 2, 1, 2, 1, 1, 1, 2])
    array([ 11,  19,  51,  67,  99, 131, 163, 195])
    """
    k, s, d = np.broadcast_arrays(k, stride, dilation)
    j = np.cumprod(s)
    return 1 + np.cumsum(d * (k - 1) * (j // s))


def field_of(i, k, stride=1, padding=0, dilation=1):
    r"""Find the first and the last pixel that unit i depends on, going back from the last layer.

    $$a = i \prod_{l=1}^{L} s_l - \sum_{l=1}^{L} p_l \prod_{t=1}^{l-1} s_t$$

    $$b = a + \sum_{l=1}^{L} d_l\,(k_l - 1) \prod_{t=1}^{l-1} s_t$$

    $i \in \mathbb{N}$, $k, s, d \in \mathbb{N}^{L}$, $p \in \{0, 1, 2\}^{L}$, $s$ (`stride`),
    $p$ (`padding`), $d$ (`dilation`), $a$ (`return[0]`), $b$ (`return[1]`)

    `i (), k (L), stride (L), padding (L), dilation (L) -> a (), b ()`

    [Araujo, Norris & Sim (2019)](https://doi.org/10.23915/distill.00021)

    >>> field_of(0, [3, 3]), field_of(0, [3, 3], padding=1), field_of(5, [3, 2, 3], [1, 2, 1])
    ((0, 4), (-2, 2), (10, 17))
    """
    a = b = i
    layers = np.broadcast_arrays(np.atleast_1d(k), stride, padding, dilation)
    for taps, s, p, d in np.transpose(layers)[::-1].tolist():
        a, b = s * a - p, s * b - p + d * (taps - 1)
    return a, b


def effective_field(k, stride=1, dilation=1):
    r"""Give the share of all paths to one unit that begin at each pixel of its field, along one axis.

    $$j_l = \prod_{t=1}^{l-1} s_t, \qquad r = 1 + \sum_{l=1}^{L} d_l\,(k_l - 1)\, j_l$$

    $$\sum_{t=1}^{r} w_t\, z^{t-1} = \prod_{l=1}^{L} \Bigl( \frac{1}{k_l}
      \sum_{u=1}^{k_l} z^{(u - 1)\, d_l j_l} \Bigr)$$

    $k, s, d \in \{1, 2, 3\}^{L}$, $z \in \mathbb{R}$, $-1 < z < 1$, $s$ (`stride`), $d$ (`dilation`),
    $w$ (`return`)

    `k (L), stride (L), dilation (L) -> w (r)`

    [Luo et al. (2016)](https://arxiv.org/abs/1701.04128)

    >>> effective_field([3, 3]) * 9
    array([1., 2., 3., 2., 1.])
    >>> effective_field([3, 3], dilation=2) * 9
    array([1., 0., 2., 0., 3., 0., 2., 0., 1.])
    """
    k, s, d = np.broadcast_arrays(np.atleast_1d(k), stride, dilation)
    j, w = np.cumprod(s) // s, np.ones(1)
    for taps, gap in zip(k, d * j, strict=True):
        kernel = np.zeros(gap * (taps - 1) + 1)
        kernel[::gap] = 1 / taps
        w = np.convolve(w, kernel)
    return w


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

    >>> bottleneck_parameters(256), 9 * 256**2
    (69632, 589824)
    """
    if C % r:
        raise ValueError(f"{C} channels cannot be divided by {r}")
    return 2 * C * (C // r) + k * k * (C // r) ** 2


# ---- dilated
def dilate(W, d):
    r"""Write a dilated kernel out as an ordinary one, with zeros between the taps.

    $$U_{ocij} = \begin{cases} W_{o,\,c,\,i/d,\,j/d}, & i \bmod d = 0,\; j \bmod d = 0 \\
    0, & \text{otherwise} \end{cases}$$

    $W \in \mathbb{R}^{M \times C \times k \times k}$, $d \in \{1, 2, 3\}$, $U$ (`return`)

    `W (M, C, k, k) -> U (M, C, d (k - 1) + 1, d (k - 1) + 1)`

    [Yu & Koltun (2016)](https://arxiv.org/abs/1511.07122)

    >>> dilate([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]], 2)[0, 0]
    array([[1., 0., 2., 0., 3.],
           [0., 0., 0., 0., 0.],
           [4., 0., 5., 0., 6.],
           [0., 0., 0., 0., 0.],
           [7., 0., 8., 0., 9.]])
    """
    W = _float(W)
    *maps, k, l = W.shape
    U = np.zeros((*maps, d * (k - 1) + 1, d * (l - 1) + 1), W.dtype)
    U[..., ::d, ::d] = W
    return U


def dilate_grad(W, g, d):
    r"""Collect the gradients of the taps; those of the zeros between them are dropped.

    $$\frac{\partial L}{\partial W_{ocuv}} = g_{o,\, c,\, u \cdot d,\, v \cdot d}$$

    $W \in \mathbb{R}^{M \times C \times k \times k}$,
    $g \in \mathbb{R}^{M \times C \times ((k - 1) d + 1) \times ((k - 1) d + 1)}$,
    $k, d \in \mathbb{N}$, $k, d < 4$, $g = \partial L / \partial U$

    `W (M, C, k, k), g (M, C, d (k - 1) + 1, d (k - 1) + 1) -> dW (M, C, k, k)`

    [Yu & Koltun (2016)](https://arxiv.org/abs/1511.07122)

    >>> dilate_grad(np.ones((1, 1, 2, 2)), [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]], 2)[0, 0]
    array([[1., 3.],
           [7., 9.]])
    """
    U = dilate(W, d)
    return _gradient(g, U.dtype, U.shape)[..., ::d, ::d].copy()


def coverage(r, k=3):
    r"""Count the pixels that stacked layers with dilation rates r use, and those that they span.

    $$n_{\mathrm{used}} = \Bigl( \sum_{t} [w_t > 0] \Bigr)^2$$

    $$n_{\mathrm{spanned}} = \Bigl( 1 + (k - 1) \sum_{l=1}^{L} r_l \Bigr)^2$$

    $r \in \mathbb{N}^{L}$, $k \in \{2, 3, 5\}$, $n_{\mathrm{used}}$ (`return[0]`),
    $n_{\mathrm{spanned}}$ (`return[1]`)

    `r (L) -> used (), spanned ()`

    [Wang et al. (2018)](https://arxiv.org/abs/1702.08502)

    >>> coverage([2, 2, 2]), coverage([1, 2, 3]), coverage([1, 2, 5])
    ((49, 169), (169, 169), (289, 289))
    """
    w = np.ones(1, bool)
    for d in r:
        taps = np.zeros(d * (k - 1) + 1, bool)
        taps[::d] = True
        w = np.convolve(w, taps)  # of truth values: reached or not; shares of deep stacks would underflow
    return int(np.count_nonzero(w)) ** 2, w.size**2


def hdc(r):
    r"""Give the largest gaps between taps, as the rule for hybrid dilated convolution (HDC) counts them.

    $$M_L = r_L$$

    $$M_l = \max(M_{l+1} - 2 r_l,\; 2 r_l - M_{l+1},\; r_l) \quad (l < L)$$

    $r \in \mathbb{N}^{L}$, $M$ (`return`)

    `r (L) -> M (L)`

    [Wang et al. (2018)](https://arxiv.org/abs/1702.08502)

    >>> hdc([1, 2, 5]), hdc([1, 2, 9])
    (array([1, 2, 5]), array([3, 5, 9]))
    """
    M = np.array(r)
    for l in range(len(M) - 2, -1, -1):
        M[l] = max(M[l + 1] - 2 * M[l], 2 * M[l] - M[l + 1], M[l])
    return M


def _half(k):
    """The padding at which a kernel keeps the size."""
    if not all(n % 2 for n in k):
        raise ValueError(f"a kernel that keeps the size must be odd along every axis, got {k}")
    return np.array(k) // 2


def aspp(x, W, rates):
    r"""Look at an image with several dilation rates side by side and stack the maps: spatial pyramid pooling.

    $$\begin{aligned} y_{tM + o,\, i,\, j} &= \sum_{c=0}^{C-1}\; \sum_{u:\, 0 \le i + (u - 1) r_t < h}\;
      \sum_{v:\, 0 \le j + (v - 1) r_t < w} W_{tocuv} \\
      &\cdot x_{c,\; i + (u - 1) r_t,\; j + (v - 1) r_t} \end{aligned}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{T \times M \times C \times 3 \times 3}$,
    $r \in \{1, 2, 3\}^{T}$, $C, M, T, h, w \in \mathbb{N}$, $C, M, T < 3$, $h, w < 5$,
    $r$ (`rates`), $y$ (`return`)

    `x (..., C, h, w), W (T, M, C, k, k) -> y (..., T M, h, w)`

    [Chen et al. (2017), section 3.3](https://arxiv.org/abs/1706.05587)

    >>> aspp([[[0, 0, 1, 0, 0]]], np.arange(1, 10).reshape(1, 1, 1, 3, 3).repeat(2, 0), [1, 2])[:, 0]
    array([[0., 6., 5., 4., 0.],
           [6., 0., 5., 0., 4.]])
    """
    if len(W) != len(rates):
        raise ValueError(f"{len(W)} kernels do not go with {len(rates)} rates")
    half = _half(np.shape(W)[3:])
    return np.concatenate([conv2d(x, w, 0.0, 1, r * half, r) for w, r in zip(W, rates, strict=True)], -3)


def aspp_grad(x, W, g, rates):
    r"""Pass each part of the gradient back through its branch; the image collects from all of them.

    $$\begin{aligned} \frac{\partial L}{\partial W_{tocuv}} &= \sum_{i:\, 0 \le i + (u - 1) r_t < h}\;
      \sum_{j:\, 0 \le j + (v - 1) r_t < w} g_{tM + o,\, i,\, j} \\
      &\cdot x_{c,\; i + (u - 1) r_t,\; j + (v - 1) r_t} \end{aligned}$$

    $$\begin{aligned} \frac{\partial L}{\partial x_{cij}} = \sum_{t=0}^{T-1} \sum_{o=0}^{M-1}\;
      &\sum_{u:\, 0 \le i - (u - 1) r_t < h}\; \sum_{v:\, 0 \le j - (v - 1) r_t < w} W_{tocuv} \\
      &\cdot g_{tM + o,\; i - (u - 1) r_t,\; j - (v - 1) r_t} \end{aligned}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{T \times M \times C \times 3 \times 3}$,
    $g \in \mathbb{R}^{T M \times h \times w}$, $r \in \{1, 2, 3\}^{T}$, $C, M, T, h, w \in \mathbb{N}$,
    $C, M, T < 3$, $h, w < 5$, $r$ (`rates`), $g = \partial L / \partial y$

    `x (..., C, h, w), W (T, M, C, k, k), g (..., T M, h, w) -> dx (..., C, h, w), dW (T, M, C, k, k)`

    [Chen et al. (2017), section 3.3](https://arxiv.org/abs/1706.05587)

    >>> dx, dW = aspp_grad([[[0, 0, 1, 0, 0]]], np.ones((2, 1, 1, 3, 3)), np.ones((2, 1, 5)), [1, 2])
    >>> dx, dW[:, 0, 0, 1]
    (array([[[4., 5., 6., 5., 4.]]]), array([[1., 1., 1.],
           [1., 1., 1.]]))
    """
    half, y = _half(np.shape(W)[3:]), aspp(x, W, rates)
    parts = np.split(_gradient(g, y.dtype, y.shape), len(W), -3)
    branches = zip(W, parts, rates, strict=True)
    dxs, dWs, _ = zip(*(conv2d_grad(x, w, 0.0, part, 1, r * half, r) for w, part, r in branches), strict=True)
    dx, dW = sum(dxs), np.stack(dWs)
    return dx, dW


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


# ---- interpolation
def source_position(i, n, m, align_corners=False):
    r"""Say where output pixel i of m lies among n input pixels, whose centers are at 0 to n - 1.

    $$t = \begin{cases} \left(i + \frac{1}{2}\right) \frac{n}{m} - \frac{1}{2}, & a = 0 \\
      \frac{n - 1}{\max(m - 1,\, 1)}\, i, & a = 1 \end{cases}$$

    $i, n, m \in \mathbb{N}$, $a \in \{0, 1\}$, $a$ (`align_corners`), $t$ (`return`)

    `i (...) -> t (...)`

    [ONNX, operator Resize](https://onnx.ai/onnx/operators/onnx__Resize.html)

    >>> source_position(np.arange(4), 2, 4)
    array([-0.25,  0.25,  0.75,  1.25])
    >>> source_position(np.arange(3), 2, 3, align_corners=True)
    array([0. , 0.5, 1. ])
    """
    if align_corners:
        return i * (n - 1) / max(m - 1, 1)
    return (i + 0.5) * n / m - 0.5


def _cell(t, n, dtype):
    """The pixels before and after t, which stays inside the image, and how far t is past the first."""
    t = np.clip(t, 0, n - 1)
    i = np.clip(np.floor(t), 0, max(n - 2, 0)).astype(int)
    return i, np.minimum(i + 1, n - 1), (t - i).astype(dtype)


def bilinear_at(x, r, s):
    r"""Read an image between its pixels, at row r and column s: three linear interpolations.

    $$U_c = (1 - v)\, x_{c,\, R,\, S} + v\, x_{c,\, R,\, S + 1}$$

    $$V_c = (1 - v)\, x_{c,\, R + 1,\, S} + v\, x_{c,\, R + 1,\, S + 1}$$

    $$y_c = (1 - u)\, U_c + u\, V_c$$

    $$R = \lfloor r \rfloor, \quad S = \lfloor s \rfloor, \quad u = r - R, \quad v = s - S$$

    $x \in \mathbb{R}^{C \times h \times w}$, $h, w \in \mathbb{N}$, $h, w > 1$,
    $r, s \ge 0$, $r + 1 < h$, $s + 1 < w$,
    $U$ (`upper`), $V$ (`lower`), $y$ (`return`)

    `x (..., h, w), r (N), s (N) -> y (..., N)`

    [Jaderberg et al. (2015)](https://arxiv.org/abs/1506.02025)

    >>> x = [[10, 20], [30, 40]]
    >>> bilinear_at(x, [0, 1, 0.75], 0.25)
    array([12.5, 32.5, 27.5])
    """
    x = _float(x)
    (a, a1, u), (b, b1, v) = _cell(r, x.shape[-2], x.dtype), _cell(s, x.shape[-1], x.dtype)
    upper = (1 - v) * x[..., a, b] + v * x[..., a, b1]
    lower = (1 - v) * x[..., a1, b] + v * x[..., a1, b1]
    return (1 - u) * upper + u * lower


def bilinear_at_grad(x, r, s, g):
    r"""Pass a gradient back to the four pixels, and to the position, which gets none outside the image.

    $$\frac{\partial L}{\partial x_{cij}} = g_c\, \max(0,\, 1 - |r - i|)\, \max(0,\, 1 - |s - j|)$$

    $$\frac{\partial L}{\partial r} = \sum_{c=0}^{C-1} g_c\, (V_c - U_c)$$

    $$\frac{\partial L}{\partial s} = \sum_{c=0}^{C-1} g_c
      \left((1 - u)(x_{c,\, R,\, S + 1} - x_{c,\, R,\, S}) +
      u\, (x_{c,\, R + 1,\, S + 1} - x_{c,\, R + 1,\, S})\right)$$

    $$R = \lfloor r \rfloor, \quad S = \lfloor s \rfloor, \quad u = r - R, \quad v = s - S$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C}$, $h, w \in \mathbb{N}$, $h, w > 1$,
    $r, s \ge 0$, $r + 1 < h$, $s + 1 < w$,
    $U$ (`upper`), $V$ (`lower`), $g = \partial L / \partial y$

    `x (..., h, w), r (N), s (N), g (..., N) -> dx (..., h, w), dr (N), ds (N)`

    [Jaderberg et al. (2015)](https://arxiv.org/abs/1506.02025)

    >>> dx, dr, ds = bilinear_at_grad([[10, 20], [30, 40]], 0.75, 0.25, 1)
    >>> print(dx, dr, ds)
    [[0.1875 0.0625]
     [0.5625 0.1875]] 20.0 10.0
    """
    x = _float(x)
    h, w = x.shape[-2:]
    r, s = np.broadcast_arrays(r, s)
    (a, a1, u), (b, b1, v) = _cell(r, h, x.dtype), _cell(s, w, x.dtype)
    g = _gradient(g, x.dtype, (*x.shape[:-2], *r.shape))
    dx = np.zeros_like(x)
    for i, down in ((a, 1 - u), (a1, u)):
        for j, across in ((b, 1 - v), (b1, v)):
            np.add.at(dx, (..., i, j), down * across * g)
    upper = (1 - v) * x[..., a, b] + v * x[..., a, b1]
    lower = (1 - v) * x[..., a1, b] + v * x[..., a1, b1]
    right = (1 - u) * (x[..., a, b1] - x[..., a, b]) + u * (x[..., a1, b1] - x[..., a1, b])
    batch = tuple(range(x.ndim - 2))
    dr = (g * (lower - upper)).sum(batch) * ((r >= 0) & (r <= h - 1))
    ds = (g * right).sum(batch) * ((s >= 0) & (s <= w - 1))
    return dx, dr, ds


def _tables(x, size, table, *options):
    """For the rows and for the columns: which pixels each output pixel reads, and with which weights."""
    (h, w), (m, n) = x.shape[-2:], np.broadcast_to(size, 2).tolist()
    if min(h, w, m, n) < 1 or m % 1 or n % 1:
        raise ValueError(f"cannot resize {h} x {w} pixels to {m} x {n}")
    return [(j, W.astype(x.dtype)) for j, W in (table(h, m, *options), table(w, n, *options))]


def _resample(x, size, table, *options):
    """Weighted sums of pixels, along the rows and along the columns."""
    x = _float(x)
    (a, A), (b, B) = _tables(x, size, table, *options)
    z = (x[..., b] * B).sum(-1)
    return (z[..., a, :] * A[..., None]).sum(-2)


def _resample_grad(x, g, size, table, *options):
    """The transpose: tables as matrices, and each pixel collects from all that read it."""
    x = _float(x)
    tables = _tables(x, size, table, *options)
    A, B = (np.zeros((len(j), k), x.dtype) for (j, _), k in zip(tables, x.shape[-2:], strict=True))
    for matrix, (j, W) in zip((A, B), tables, strict=True):
        np.add.at(matrix, (np.arange(len(j))[:, None], j), W)
    return A.T @ _gradient(g, x.dtype, (*x.shape[:-2], len(A), len(B))) @ B


def _nearest(n, m, offset):
    j = ((np.arange(m)[:, None] + offset) * n // m).astype(int)
    return j, np.ones_like(j)


def nearest(x, size, offset=0.5):
    r"""Copy the pixel in which the center of each output pixel lies; offset 0 looks at its corner.

    $$y_{cij} = x_{c,\; \lfloor (i + f) h / m \rfloor,\; \lfloor (j + f) w / m \rfloor}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $m \in \mathbb{N}$, $0 \le f < 1$,
    $m$ (`size`), $f$ (`offset`), $y$ (`return`)

    `x (..., h, w) -> y (..., m, m)`

    [ONNX, operator Resize](https://onnx.ai/onnx/operators/onnx__Resize.html)

    >>> nearest([[1, 2, 3, 4]], (1, 6)), nearest([[1, 2, 3, 4]], (1, 2)), nearest([[1, 2, 3, 4]], (1, 2), 0)
    (array([[1., 2., 2., 3., 4., 4.]]), array([[2., 4.]]), array([[1., 3.]]))
    """
    return _resample(x, size, _nearest, offset)


def nearest_grad(x, g, size, offset=0.5):
    r"""Add up the gradients of all copies of a pixel.

    $$\frac{\partial L}{\partial x_{cpq}} = \sum_{i:\, \lfloor (i + f) h / m \rfloor = p}\;
      \sum_{j:\, \lfloor (j + f) w / m \rfloor = q} g_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C \times m \times m}$, $0 \le f < 1$,
    $m$ (`size`), $f$ (`offset`), $g = \partial L / \partial y$

    `x (..., h, w), g (..., m, m) -> dx (..., h, w)`

    [ONNX, operator Resize](https://onnx.ai/onnx/operators/onnx__Resize.html)

    >>> nearest_grad([[1, 2, 3, 4]], 1, (1, 6))
    array([[1., 2., 1., 2.]])
    """
    return _resample_grad(x, g, size, _nearest, offset)


def triangle(t):
    r"""Weigh two neighbors by their distance: the kernel of linear interpolation.

    $$\Lambda(t) = \max(0,\, 1 - |t|)$$

    $t \in \mathbb{R}$, $\Lambda$ (`triangle`)

    `t (...) -> y (...)`

    [Keys (1981)](https://doi.org/10.1109/TASSP.1981.1163711)

    >>> triangle([-1, -0.25, 0, 0.75])
    array([0.  , 0.75, 1.  , 0.25])
    """
    return np.maximum(0, 1 - np.abs(_float(t)))


def _neighbors(n, m, kernel, radius, align_corners):
    """The pixels in reach of a kernel; outside the image the border is repeated."""
    t = source_position(np.arange(m), n, m, align_corners)[:, None]
    j = np.floor(t) + np.arange(1 - radius, radius + 1)
    return np.clip(j, 0, n - 1).astype(int), kernel(t - j)


def bilinear(x, size, align_corners=False):
    r"""Resize an image by linear interpolation along its rows and its columns.

    $$y_{cij} = \sum_{p=0}^{h-1} \sum_{q=0}^{w-1} \Lambda(r_i - p)\, \Lambda(s_j - q)\, x_{cpq}$$

    $$r_i = \min\!\left(\max\!\left(\tfrac{(2i + 1) h}{2m} - \tfrac{1}{2},\, 0\right),\, h - 1\right)$$

    $$s_j = \min\!\left(\max\!\left(\tfrac{(2j + 1) w}{2m} - \tfrac{1}{2},\, 0\right),\, w - 1\right)$$

    $x \in \mathbb{R}^{C \times h \times w}$, $m \in \mathbb{N}$,
    $m$ (`size`), $\Lambda$ (`triangle`), $y$ (`return`)

    `x (..., h, w) -> y (..., m, m)`

    [ONNX, operator Resize](https://onnx.ai/onnx/operators/onnx__Resize.html)

    >>> bilinear([[0, 4]], (1, 4)), bilinear([[0, 3]], (1, 4), align_corners=True)
    (array([[0., 1., 3., 4.]]), array([[0., 1., 2., 3.]]))
    """
    return _resample(x, size, _neighbors, triangle, 1, align_corners)


def bilinear_grad(x, g, size, align_corners=False):
    r"""Hand the gradient of each output pixel to the pixels it was mixed from, with the same weights.

    $$\frac{\partial L}{\partial x_{cpq}} = \sum_{i=0}^{m-1} \sum_{j=0}^{m-1}
      \Lambda(r_i - p)\, \Lambda(s_j - q)\, g_{cij}$$

    $$r_i = \min\!\left(\max\!\left(\tfrac{(2i + 1) h}{2m} - \tfrac{1}{2},\, 0\right),\, h - 1\right)$$

    $$s_j = \min\!\left(\max\!\left(\tfrac{(2j + 1) w}{2m} - \tfrac{1}{2},\, 0\right),\, w - 1\right)$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C \times m \times m}$,
    $m$ (`size`), $\Lambda$ (`triangle`), $g = \partial L / \partial y$

    `x (..., h, w), g (..., m, m) -> dx (..., h, w)`

    [ONNX, operator Resize](https://onnx.ai/onnx/operators/onnx__Resize.html)

    >>> bilinear_grad([[0, 4]], [[1, 10, 100, 1000]], (1, 4))
    array([[  33.5, 1077.5]])
    """
    return _resample_grad(x, g, size, _neighbors, triangle, 1, align_corners)


def cubic_kernel(t, a=-0.75):
    r"""Weigh four neighbors by two cubic pieces that meet smoothly; a is the slope at distance 1.

    $$W(t) = \begin{cases} (a + 2)\,|t|^3 - (a + 3)\,t^2 + 1, & |t| \le 1 \\
      a\,(|t| - 1)(|t| - 2)^2, & 1 < |t| < 2 \\ 0, & |t| \ge 2 \end{cases}$$

    $t \in [-3, 3]$, $a \in \mathbb{R}$, $W$ (`cubic_kernel`)

    `t (...) -> y (...)`

    [Keys (1981)](https://doi.org/10.1109/TASSP.1981.1163711)

    >>> cubic_kernel([0, 0.5, 1, 1.5])
    array([ 1.     ,  0.59375,  0.     , -0.09375])
    """
    t = np.abs(_float(t))
    near = ((a + 2) * t - (a + 3)) * t**2 + 1
    far = a * (t - 1) * (np.minimum(t, 2) - 2) ** 2
    return np.where(t <= 1, near, far)


def bicubic(x, size, align_corners=False, a=-0.75):
    r"""Resize an image with the cubic kernel: 4 x 4 pixels for each output pixel, the border repeated.

    $$\begin{aligned} y_{cij} &= \sum_{u=-2}^{h+1} \sum_{v=-2}^{w+1} W(r_i - u,\, a)\, W(s_j - v,\, a) \\
      &\cdot x_{c,\; \min(\max(u,\, 0),\, h - 1),\; \min(\max(v,\, 0),\, w - 1)} \end{aligned}$$

    $$r_i = \tfrac{(2i + 1) h}{2m} - \tfrac{1}{2}, \quad
      s_j = \tfrac{(2j + 1) w}{2m} - \tfrac{1}{2}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $m, h, w \in \mathbb{N}$, $m, h, w < 4$, $a \in \mathbb{R}$,
    $m$ (`size`), $W$ (`cubic_kernel`), $y$ (`return`)

    `x (..., h, w) -> y (..., m, m)`

    [Keys (1981)](https://doi.org/10.1109/TASSP.1981.1163711)

    >>> bicubic([[0, 64]], (1, 4))
    array([[-6.75, 14.5 , 49.5 , 70.75]])
    """
    return _resample(x, size, _neighbors, lambda t: cubic_kernel(t, a), 2, align_corners)


def bicubic_grad(x, g, size, align_corners=False, a=-0.75):
    r"""Hand the gradient back with the same weights; border pixels collect those of their repetitions.

    $$A_{ip} = \sum_{u=-2}^{h+1} [p = \min(\max(u,\, 0),\, h - 1)]\; W(r_i - u,\, a)$$

    $$B_{jq} = \sum_{v=-2}^{w+1} [q = \min(\max(v,\, 0),\, w - 1)]\; W(s_j - v,\, a)$$

    $$r_i = \tfrac{(2i + 1) h}{2m} - \tfrac{1}{2}, \quad
      s_j = \tfrac{(2j + 1) w}{2m} - \tfrac{1}{2}$$

    $$\frac{\partial L}{\partial x_{cpq}} = \sum_{i=0}^{m-1} \sum_{j=0}^{m-1} A_{ip}\, B_{jq}\, g_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C \times m \times m}$, $a \in \mathbb{R}$,
    $m$ (`size`), $W$ (`cubic_kernel`), $g = \partial L / \partial y$

    `x (..., h, w), g (..., m, m) -> dx (..., h, w)`

    [Keys (1981)](https://doi.org/10.1109/TASSP.1981.1163711)

    >>> bicubic_grad([[0, 1]], 1, (1, 6)).round(4)
    array([[3., 3.]])
    """
    return _resample_grad(x, g, size, _neighbors, lambda t: cubic_kernel(t, a), 2, align_corners)


def _area(n, m):
    """The pixels that output pixel i of m touches, the end rounded up."""
    i = np.arange(m)[:, None]
    start, stop = i * n // m, -(-(i + 1) * n // m)
    j = start + np.arange((stop - start).max())
    return np.minimum(j, n - 1), (j < stop) / (stop - start)


def area(x, size):
    r"""Average the pixels that each output pixel touches: adaptive average pooling.

    $$a_i = \lfloor i h / m \rfloor, \quad b_i = \lceil (i + 1) h / m \rceil$$

    $$u_j = \lfloor j w / m \rfloor, \quad v_j = \lceil (j + 1) w / m \rceil$$

    $$y_{cij} = \frac{1}{(b_i - a_i)\,(v_j - u_j)} \sum_{p=a_i}^{b_i-1} \sum_{q=u_j}^{v_j-1} x_{cpq}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $m \in \mathbb{N}$, $m$ (`size`), $y$ (`return`)

    `x (..., h, w) -> y (..., m, m)`

    [He et al. (2015)](https://arxiv.org/abs/1406.4729)

    >>> area([[1, 2, 3, 6]], (1, 2)), area([[1, 2, 3]], (1, 2))
    (array([[1.5, 4.5]]), array([[1.5, 2.5]]))
    """
    return _resample(x, size, _area)


def area_grad(x, g, size):
    r"""Share each gradient out evenly among the pixels of its mean.

    $$a_i = \lfloor i h / m \rfloor, \quad b_i = \lceil (i + 1) h / m \rceil$$

    $$u_j = \lfloor j w / m \rfloor, \quad v_j = \lceil (j + 1) w / m \rceil$$

    $$\frac{\partial L}{\partial x_{cpq}} = \sum_{i:\, a_i \le p < b_i}\; \sum_{j:\, u_j \le q < v_j}
      \frac{g_{cij}}{(b_i - a_i)\,(v_j - u_j)}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C \times m \times m}$,
    $m$ (`size`), $g = \partial L / \partial y$

    `x (..., h, w), g (..., m, m) -> dx (..., h, w)`

    [He et al. (2015)](https://arxiv.org/abs/1406.4729)

    >>> area_grad([[1, 2, 3]], [[2, 4]], (1, 2))
    array([[1., 3., 2.]])
    """
    return _resample_grad(x, g, size, _area)


def lanczos_kernel(t, a=3):
    r"""Cut the ideal low-pass filter, a sinc, off smoothly at distance a.

    $$L(t) = \begin{cases} 1, & t = 0 \\ \frac{a \sin(\pi t) \sin(\pi t / a)}{\pi^2 t^2}, & 0 < |t| < a \\
      0, & |t| \ge a \end{cases}$$

    $t \in \mathbb{R}$, $a \in \{2, 3\}$, $L$ (`lanczos_kernel`)

    `t (...) -> y (...)`

    [Duchon (1979)](https://doi.org/10.1175/1520-0450%281979%29018%3C1016:LFIOAT%3E2.0.CO;2)

    >>> lanczos_kernel([0, 0.5, 1, 1.5, 3]).round(4) + 0.0
    array([ 1.    ,  0.6079,  0.    , -0.1351,  0.    ])
    """
    t = _float(t)
    return np.where(np.abs(t) < a, np.sinc(t) * np.sinc(t / a), 0)


def _widened(n, m, kernel, radius):
    """The pixels under a kernel that is stretched when the image shrinks; it ends where the image ends."""
    stretch = max(n / m, 1)
    t = source_position(np.arange(m), n, m)[:, None]
    reach = math.ceil(radius * stretch)
    j = np.floor(t) + np.arange(1 - reach, reach + 1)
    W = kernel((t - j) / stretch) * ((j >= 0) & (j < n))
    return np.clip(j, 0, n - 1).astype(int), W / W.sum(1, keepdims=True)


def resize(x, size, kernel=lanczos_kernel, radius=3):
    r"""Resize without aliasing: the more the image shrinks, the more pixels the kernel averages.

    $$A_{ip} = L\!\left(\frac{(i + 1/2)\, h / m - 1/2 - p}{\max(h / m,\, 1)}\right)$$

    $$B_{jq} = L\!\left(\frac{(j + 1/2)\, w / m - 1/2 - q}{\max(w / m,\, 1)}\right)$$

    $$y_{cij} = \frac{\sum_{p=0}^{h-1} \sum_{q=0}^{w-1} A_{ip}\, B_{jq}\, x_{cpq}}
      {\sum_{p=0}^{h-1} \sum_{q=0}^{w-1} A_{ip}\, B_{jq}}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $m \in \mathbb{N}$,
    $m$ (`size`), $L$ (`lanczos_kernel`), $y$ (`return`)

    `x (..., h, w) -> y (..., m, m)`

    [Parmar, Zhang & Zhu (2022)](https://arxiv.org/abs/2104.11222)

    >>> resize([[1, 2, 3, 4, 5, 6]], (1, 3), triangle, 1).round(4)
    array([[1.7143, 3.5   , 5.2857]])
    """
    return _resample(x, size, _widened, kernel, radius)


def resize_grad(x, g, size, kernel=lanczos_kernel, radius=3):
    r"""Hand the gradient back with the same weights.

    $$A_{ip} = L\!\left(\frac{(i + 1/2)\, h / m - 1/2 - p}{\max(h / m,\, 1)}\right)$$

    $$B_{jq} = L\!\left(\frac{(j + 1/2)\, w / m - 1/2 - q}{\max(w / m,\, 1)}\right)$$

    $$\frac{\partial L}{\partial x_{cpq}} = \sum_{i=0}^{m-1} \sum_{j=0}^{m-1}
      \frac{A_{ip}\, B_{jq}\, g_{cij}}{\sum_{u=0}^{h-1} A_{iu} \sum_{v=0}^{w-1} B_{jv}}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $g \in \mathbb{R}^{C \times m \times m}$,
    $m$ (`size`), $L$ (`lanczos_kernel`), $g = \partial L / \partial y$

    `x (..., h, w), g (..., m, m) -> dx (..., h, w)`

    [Parmar, Zhang & Zhu (2022)](https://arxiv.org/abs/2104.11222)

    >>> resize_grad([[1, 2, 3, 4]], 1, (1, 2), triangle, 1).round(4)
    array([[0.4286, 0.5714, 0.5714, 0.4286]])
    """
    return _resample_grad(x, g, size, _widened, kernel, radius)


# ---- add_concat
def add(x, y):
    r"""Fuse two images of one shape by their sum.

    $$z_{cij} = x_{cij} + y_{cij}$$

    $x, y \in \mathbb{R}^{C \times h \times w}$, $z$ (`return`)

    `x (..., C, h, w), y (..., C, h, w) -> z (..., C, h, w)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> add([[[1, 2]]], [[[10, 20]]])
    array([[[11., 22.]]])
    """
    x = _float(x)
    y = np.asarray(y, x.dtype)
    if x.shape != y.shape:
        raise ValueError(f"images to add must have one shape, got {x.shape} and {y.shape}")
    return x + y


def add_grad(x, y, g):
    r"""Give both images the whole gradient.

    $$\frac{\partial L}{\partial x_{cij}} = g_{cij}$$

    $$\frac{\partial L}{\partial y_{cij}} = g_{cij}$$

    $x, y, g \in \mathbb{R}^{C \times h \times w}$, $g = \partial L / \partial z$

    `x (..., C, h, w), y (..., C, h, w), g (..., C, h, w) -> dx (..., C, h, w), dy (..., C, h, w)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> add_grad([[[1, 2]]], [[[10, 20]]], [[[3, 4]]])
    (array([[[3., 4.]]]), array([[[3., 4.]]]))
    """
    z = add(x, y)
    dx = _gradient(g, z.dtype, z.shape).copy()
    dy = dx.copy()
    return dx, dy


def concat(x, y):
    r"""Fuse two images of one size by stacking their channels.

    $$z_{cij} = \begin{cases} x_{cij}, & c < C \\ y_{c - C,\, i,\, j}, & c \ge C \end{cases}
      \quad c = 0, \dots, C + D - 1$$

    $x \in \mathbb{R}^{C \times h \times w}$, $y \in \mathbb{R}^{D \times h \times w}$, $z$ (`return`)

    `x (..., C, h, w), y (..., D, h, w) -> z (..., C + D, h, w)`

    [Ronneberger et al. (2015)](https://arxiv.org/abs/1505.04597)

    >>> concat([[[1, 2]]], [[[10, 20]], [[30, 40]]])[:, 0]
    array([[ 1.,  2.],
           [10., 20.],
           [30., 40.]])
    """
    x = _float(x)
    return np.concatenate([x, np.asarray(y, x.dtype)], -3)


def concat_grad(x, y, g):
    r"""Split the gradient: each image gets that of its own channels.

    $$\frac{\partial L}{\partial x_{cij}} = g_{cij}$$

    $$\frac{\partial L}{\partial y_{dij}} = g_{C + d,\, i,\, j}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $y \in \mathbb{R}^{D \times h \times w}$,
    $g \in \mathbb{R}^{(C + D) \times h \times w}$, $g = \partial L / \partial z$

    `x (..., C, h, w), y (..., D, h, w), g (..., C + D, h, w) -> dx (..., C, h, w), dy (..., D, h, w)`

    [Ronneberger et al. (2015)](https://arxiv.org/abs/1505.04597)

    >>> dx, dy = concat_grad([[[1]]], [[[2]], [[3]]], [[[4]], [[5]], [[6]]])
    >>> dx.ravel(), dy.ravel()
    (array([4.]), array([5., 6.]))
    """
    z = concat(x, y)
    C = np.shape(x)[-3]
    dx, dy = np.split(_gradient(g, z.dtype, z.shape).copy(), [C], -3)
    return dx, dy


def fuse(x, y, W, b=0.0):
    r"""Stack the channels and mix them with a 1 x 1 convolution: a weighted sum of both images.

    $$z_{oij} = b_o + \sum_{c=0}^{C-1} W_{oc}\, x_{cij} + \sum_{d=0}^{D-1} W_{o,\, C + d}\, y_{dij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $y \in \mathbb{R}^{D \times h \times w}$,
    $W \in \mathbb{R}^{M \times (C + D)}$, $b \in \mathbb{R}^{M}$, $z$ (`return`)

    `x (..., C, h, w), y (..., D, h, w), W (M, C + D), b (M) -> z (..., M, h, w)`

    [Huang et al. (2017)](https://arxiv.org/abs/1608.06993)

    >>> fuse([[[1, 2]]], [[[10, 20]]], [[1, 1], [1, -1]])[:, 0]
    array([[ 11.,  22.],
           [ -9., -18.]])
    """
    return pointwise(concat(x, y), W, b)


def fuse_grad(x, y, W, b, g):
    r"""Pass a gradient back to both images, the matrix and the biases.

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{o=0}^{M-1} W_{oc}\, g_{oij}$$

    $$\frac{\partial L}{\partial y_{dij}} = \sum_{o=0}^{M-1} W_{o,\, C + d}\, g_{oij}$$

    $$\frac{\partial L}{\partial W_{oc}} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}\, z_{cij}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $y \in \mathbb{R}^{D \times h \times w}$,
    $W \in \mathbb{R}^{M \times (C + D)}$, $b \in \mathbb{R}^{M}$, $g \in \mathbb{R}^{M \times h \times w}$,
    $z$ (`stacked`), $g = \partial L / \partial z$

    `x (..., C, h, w), y (..., D, h, w), W (M, C + D), b (M), g (..., M, h, w) -> dx, dy, dW, db`

    [Huang et al. (2017)](https://arxiv.org/abs/1608.06993)

    >>> dx, dy, dW, db = fuse_grad([[[2]]], [[[3]]], [[5, 7]], 0, 1)
    >>> dx.ravel(), dy.ravel(), dW, db
    (array([5.]), array([7.]), array([[2., 3.]]), array([1.]))
    """
    stacked = concat(x, y)
    dz, dW, db = pointwise_grad(stacked, W, b, g)
    dx, dy = concat_grad(x, y, dz)
    return dx, dy, dW, db


def fusion_parameters(C, M, k, N=2):
    r"""Count the weights of a layer after N images of C channels each: added, and concatenated.

    $$P_{\mathrm{add}} = C k^2 M$$

    $$P_{\mathrm{concat}} = N C k^2 M$$

    $C, M, k, N \in \mathbb{N}$, $P_{\mathrm{add}}$ (`return[0]`), $P_{\mathrm{concat}}$ (`return[1]`)

    `C (), M () -> add (), concat ()`

    [Huang et al. (2017)](https://arxiv.org/abs/1608.06993)

    >>> fusion_parameters(256, 256, 3)
    (589824, 1179648)
    """
    return conv_parameters(C, M, k, bias=False), conv_parameters(N * C, M, k, bias=False)


def dense_parameters(L, C, q, k=3):
    r"""Count the weights of L layers that each read all maps so far, C at first, and append q new ones.

    $$P = k^2 q \left(L C + \frac{L (L - 1)}{2}\, q\right)$$

    $L, C, q, k \in \mathbb{N}$, $P$ (`return`)

    `L (), C (), q () -> P ()`

    [Huang et al. (2017)](https://arxiv.org/abs/1608.06993)

    >>> dense_parameters(2, 64, 32), 9 * 64 * 32 + 9 * 96 * 32
    (46080, 46080)
    """
    return k * k * q * (L * C + L * (L - 1) // 2 * q)
