"""Convolution, pooling and resampling of images, and their gradients, without a Python loop over pixels.

An image is `x (..., C, h, w)`: batch axes, channels, rows, columns. `<name>_grad` is the backward pass: it takes
the inputs of `<name>`, the gradient `g` at its output, options. k, stride, padding and dilation are one number for both
axes, or two: rows, columns. Weights have the layout of PyTorch; indices in formulas start at 0.
"""

import math

import numpy as np

from snippets.activations import _float, _like


# ---- conv2d
def conv_size(n, k, stride=1, padding=0, dilation=1):
    r"""Count the places where a kernel fits on one axis: the size of the output.

    $$o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$

    $n, k, s, d \in \mathbb{N}$, $p \in \{0, 1, 2\}$, $(k - 1)\,d < n + 2p$, $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $o$ (`return`)

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
    conv_size(x.shape[-2], k, dilation=d), conv_size(x.shape[-1], l, dilation=e)  # raise where it does not fit
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

    $$V_{cuvij} = x_{c,\; is + ud,\; js + vd}$$

    $$X_{ab} = V_{\lfloor a/k^2 \rfloor,\; \lfloor a/k \rfloor \bmod k,\; a \bmod k,\;
      \lfloor b/n \rfloor,\; b \bmod n}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $k, s, d \in \{1, 2, 3\}$, $(k - 1)\,d < h$, $(k - 1)\,d < w$,
    $s$ (`stride`), $d$ (`dilation`), $X$ (`return`)

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

    $$\frac{\partial L}{\partial V_{cuvij}} = g_{ck^2 + uk + v,\; in + j}$$

    $$\frac{\partial L}{\partial x_{cab}} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \sum_{i=0}^{m-1} \sum_{j=0}^{n-1}
      [a = is + ud]\,[b = js + vd]\, \frac{\partial L}{\partial V_{cuvij}}$$

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

    $x \in \mathbb{R}^{G q \times h \times w}$, $W \in \mathbb{R}^{G r \times q \times k \times k}$, $b \in \mathbb{R}^{G r}$,
    $G, k \in \mathbb{N}$, $G, k < 3$, $s, d \in \{1, 2\}$, $p \in \{0, 1\}$, $(k - 1)\,d < h$, $(k - 1)\,d < w$,
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

    $$\frac{\partial L}{\partial V_{cuvij}} = \sum_{o=0}^{r-1}
      W_{\lfloor c/q \rfloor r + o,\; c \bmod q,\; u,\; v}\; g_{\lfloor c/q \rfloor r + o,\; i,\; j}$$

    $$\frac{\partial L}{\partial x_{cab}} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} \sum_{i=0}^{m-1} \sum_{j=0}^{n-1}
      [a + p = is + ud]\,[b + p = js + vd]\, \frac{\partial L}{\partial V_{cuvij}}$$

    $$\frac{\partial L}{\partial W_{ocuv}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1} g_{oij}\,
      \tilde x_{\lfloor o/r \rfloor q + c,\; is + ud,\; js + vd}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1} g_{oij}$$

    $x \in \mathbb{R}^{G q \times ((m - 1) s + (k - 1) d + 1 - 2p) \times ((n - 1) s + (k - 1) d + 1 - 2p)}$,
    $W \in \mathbb{R}^{G r \times q \times k \times k}$, $b \in \mathbb{R}^{G r}$, $g \in \mathbb{R}^{G r \times m \times n}$,
    $G, q, r, k, s, d, m, n \in \mathbb{N}$, $G, q, r, k, s, d, m, n < 3$, $p \in \mathbb{N}$, $0 \le p < 2$,
    $G$ (`groups`), $s$ (`stride`), $p$ (`padding`), $d$ (`dilation`), $\tilde x$ (`padded`), $g = \partial L / \partial y$

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
