"""Building blocks of well-known networks, and what their layers cost.

`<name>_grad` is the backward pass: it takes the inputs of `<name>`, the gradient `g` at its output (one for
each output), options. Weights have PyTorch's layout `(out, in)`; the dtype is that of the first input.
"""

import math

import numpy as np

from snippets.activations import _float, _like, relu, relu_grad, sigmoid, softmax, softmax_grad
from snippets.convolution import _fold, _windows, conv2d, conv2d_grad, conv_macs, conv_parameters, conv_size
from snippets.convolution import pointwise, pointwise_grad


# ---- index
# A network is a tuple of layers. A layer is its kind and the numbers that the function of that kind asks for:
# M maps, k x k, stride s, padding p, G groups, e parameters for each map besides weights (1 bias, 2 of batch
# normalization); concat and add hold networks, () is the identity. The functions tell what becomes of C maps
# of n x n: C, n, then kernel k, stride s, parameters P, multiply-adds A, depth L.
def _conv(C, n, M, k, s=1, p=0, G=1, e=1):
    m = conv_size(n, k, s, p)
    return M, m, k, s, conv_parameters(C, M, k, G, bias=False) + e * M, conv_macs(C, M, k, m, m, G), 1


def _pool(C, n, k, s, p=0):
    return C, conv_size(n, k, s, p), k, s, 0, 0, 0


def _mean(C, n):
    return _pool(C, n, n, 1)


def _dense(C, n, M, e=1):
    return _conv(C, n, M, n, e=e)  # a kernel that covers the whole map


def _block(C, n, *net):
    """A network is itself a layer: its field is the kernel, its jump the stride."""
    if not net:
        return C, n, 1, 1, 0, 0, 0
    C, n, P, A, L, r, j = trace(net, C, n)
    return C[-1], n[-1], r[-1], j[-1], P.sum(), A.sum(), L[-1]


def _parallel(C, n, *nets):
    """Columns of branches that read the same maps; the longest way counts for field and depth."""
    Cs, ns, k, s, P, A, L = zip(*(_block(C, n, *net) for net in nets), strict=True)
    if len({*ns}) > 1:
        raise ValueError(f"branches must end in maps of one size, got {', '.join(map(str, ns))}")
    return Cs, (ns[0], max(k), s[0], sum(P), sum(A), max(L))


def _concat(C, n, *nets):
    Cs, rest = _parallel(C, n, *nets)
    return sum(Cs), *rest


def _add(C, n, *nets):
    Cs, rest = _parallel(C, n, *nets)
    if len({*Cs}) > 1:
        raise ValueError(f"branches that are added must have equal channels, got {', '.join(map(str, Cs))}")
    return Cs[0], *rest


LAYERS = {"conv": _conv, "pool": _pool, "mean": _mean, "dense": _dense, "concat": _concat, "add": _add}

LENET5 = (  # 1 x 32 x 32
    *(("conv", 6, 5), ("pool", 2, 2), ("conv", 16, 5), ("pool", 2, 2), ("conv", 120, 5)),
    *(("dense", 84), ("dense", 10)),
)


def trace(net=LENET5, C=3, n=224):
    r"""Follow an image through a table of layers, and give a column of each number behind every layer.

    $$r_l = 1 + \sum_{i=1}^{l} (k_i - 1) \prod_{t=1}^{i-1} s_t, \qquad j_l = \prod_{t=1}^{l} s_t$$

    $$L_l = \sum_{i=1}^{l} a_i$$

    $n \in \mathbb{N}$, $40 < n < 99$, $a$ (`deep`), $L$ (`return[4]`), $r$ (`return[5]`), $j$ (`return[6]`)

    `net, C (), n () -> C (l), n (l), P (l), A (l), L (l), r (l), j (l)`

    [Araujo, Norris & Sim (2019)](https://doi.org/10.23915/distill.00021)

    >>> C, n, P, A, L, r, j = trace(LENET5, 1, 32)
    >>> print(C, n)
    [  6   6  16  16 120  84  10] [28 14 10  5  1  1  1]
    >>> print(P, r)
    [  156     0  2416     0 48120 10164   850] [ 5  6 14 16 32 32 32]
    """
    rows = []
    for kind, *numbers in net:
        rows.append(LAYERS[kind](C, n, *numbers))
        C, n = rows[-1][:2]
    C, n, k, s, P, A, deep = np.transpose(rows)
    j = np.cumprod(s)
    r = 1 + np.cumsum((k - 1) * (j // s))
    return C, n, P, A, np.cumsum(deep), r, j


def totals(net=LENET5, C=3, n=224):
    r"""Add up the parameters and the multiply-adds of a network.

    $$P = \sum_{l} p_l, \qquad A = \sum_{l} a_l$$

    $n \in \mathbb{N}$, $40 < n < 99$, $p$ (`parameters`), $a$ (`macs`), $P$ (`return[0]`), $A$ (`return[1]`)

    `net, C (), n () -> P (), A ()`

    [LeCun et al. (1998)](https://doi.org/10.1109/5.726791)

    >>> totals(LENET5, 1, 32)
    (61706, 416520)
    """
    _, _, parameters, macs, *_ = trace(net, C, n)
    return int(parameters.sum()), int(macs.sum())


# ---- alexnet_vgg
ALEXNET = (  # 3 x 227 x 227
    *(("conv", 96, 11, 4), ("pool", 3, 2), ("conv", 256, 5, 1, 2, 2), ("pool", 3, 2)),
    *(("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1, 2), ("conv", 256, 3, 1, 1, 2), ("pool", 3, 2)),
    *(("dense", 4096), ("dense", 4096), ("dense", 1000)),
)
ALEXNET_ONE = (  # 3 x 224 x 224, for one GPU: fewer maps, no groups; the table of torchvision
    *(("conv", 64, 11, 4, 2), ("pool", 3, 2), ("conv", 192, 5, 1, 2), ("pool", 3, 2)),
    *(("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)),
    *(("dense", 4096), ("dense", 4096), ("dense", 1000)),
)


def _vgg(*depths):
    """Five stages of 3 x 3 convolutions, each with a pooling behind it."""
    stages = zip((64, 128, 256, 512, 512), depths, strict=True)
    net = [layer for M, depth in stages for layer in (*[("conv", M, 3, 1, 1)] * depth, ("pool", 2, 2))]
    return *net, ("dense", 4096), ("dense", 4096), ("dense", 1000)


VGG11, VGG13 = _vgg(1, 1, 2, 2, 2), _vgg(2, 2, 2, 2, 2)
VGG16, VGG19 = _vgg(2, 2, 3, 3, 3), _vgg(2, 2, 4, 4, 4)


def _across(v, n):
    """Sum over n neighboring channels, fewer at both ends."""
    if n % 2 == 0:
        raise ValueError(f"the number of neighboring channels n must be odd, got {n}")
    padded = np.pad(v, [(0, 0)] * (v.ndim - 3) + [(n // 2, n // 2), (0, 0), (0, 0)])
    return np.lib.stride_tricks.sliding_window_view(padded, n, -3).sum(-1)


def local_response_norm(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    r"""Divide each value by a power of the energy that neighboring channels have at the same pixel.

    $$d_{cij} = k + \alpha \sum_{m:\, |m - c| \le 2} x_{mij}^2$$

    $$y_{cij} = \frac{x_{cij}}{d_{cij}^{\,\beta}}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $C \in \mathbb{N}$, $2 < C < 9$, $k > 0$, $\alpha > 0$,
    $0 < \beta < 1$, $n = 5$, $y$ (`return`)

    `x (..., C, h, w) -> y (..., C, h, w)`

    [Krizhevsky, Sutskever & Hinton (2012), section 3.3](https://doi.org/10.1145/3065386)

    >>> x = np.array([1.0, 2, 3]).reshape(3, 1, 1)
    >>> local_response_norm(x, n=3, k=1, alpha=1, beta=1).ravel().round(3)
    array([0.167, 0.133, 0.214])
    """
    x = _float(x)
    d = k + alpha * _across(x * x, n)
    return x / d**beta


def local_response_norm_grad(x, g, n=5, k=2.0, alpha=1e-4, beta=0.75):
    r"""Pass a gradient back: to the channel itself, and to the neighbors through what divided them.

    $$d_{cij} = k + \alpha \sum_{m:\, |m - c| \le 2} x_{mij}^2$$

    $$\frac{\partial L}{\partial x_{cij}} = \frac{g_{cij}}{d_{cij}^{\,\beta}}
      - 2 \alpha \beta\, x_{cij} \sum_{m:\, |m - c| \le 2} \frac{g_{mij}\, x_{mij}}{d_{mij}^{\,\beta + 1}}$$

    $x, g \in \mathbb{R}^{C \times h \times w}$, $C \in \mathbb{N}$, $2 < C < 9$, $k > 0$, $\alpha > 0$,
    $0 < \beta < 1$, $n = 5$, $g = \partial L / \partial y$

    `x (..., C, h, w), g (..., C, h, w) -> dx (..., C, h, w)`

    [Krizhevsky, Sutskever & Hinton (2012), section 3.3](https://doi.org/10.1145/3065386)

    >>> local_response_norm_grad(np.full((3, 1, 1), 1.0), 1, n=3, k=1, alpha=1, beta=1).ravel().round(3)
    array([-0.014, -0.319, -0.014])
    """
    x = _float(x)
    g = _like(g, x)
    d = k + alpha * _across(x * x, n)
    return g / d**beta - 2 * alpha * beta * x * _across(g * x / d ** (beta + 1), n)


# ---- nin
NIN = (  # 3 x 32 x 32, ten classes; padded poolings stand for rounding up
    *(("conv", 192, 5, 1, 2), ("conv", 160, 1), ("conv", 96, 1), ("pool", 3, 2, 1)),
    *(("conv", 192, 5, 1, 2), ("conv", 192, 1), ("conv", 192, 1), ("pool", 3, 2, 1)),
    *(("conv", 192, 3, 1, 1), ("conv", 192, 1), ("conv", 10, 1), ("mean",)),
)
NIN_IMAGENET = (  # 3 x 224 x 224, the authors' model for Caffe
    *(("conv", 96, 11, 4), ("conv", 96, 1), ("conv", 96, 1), ("pool", 3, 2)),
    *(("conv", 256, 5, 1, 2), ("conv", 256, 1), ("conv", 256, 1), ("pool", 3, 2)),
    *(("conv", 384, 3, 1, 1), ("conv", 384, 1), ("conv", 384, 1), ("pool", 3, 2)),
    *(("conv", 1024, 3, 1, 1), ("conv", 1024, 1), ("conv", 1000, 1), ("mean",)),
)


def mlpconv(x, W1, b1, W2, b2, W3, b3, stride=1, padding=0):
    r"""Slide a small perceptron over an image: a convolution, then two layers at each pixel, all with ReLU.

    $$u_{oij} = \operatorname{ReLU}\Bigl(b^{(1)}_o + \sum_{c=0}^{C-1} \sum_{e=0}^{k-1} \sum_{f=0}^{k-1}
      W^{(1)}_{ocef}\, x_{c,\, i + e,\, j + f}\Bigr)$$

    $$v_{oij} = \operatorname{ReLU}\Bigl(b^{(2)}_o + \sum_{c=0}^{M-1} W^{(2)}_{oc}\, u_{cij}\Bigr)$$

    $$y_{oij} = \operatorname{ReLU}\Bigl(b^{(3)}_o + \sum_{c=0}^{N-1} W^{(3)}_{oc}\, v_{cij}\Bigr)$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W^{(1)} \in \mathbb{R}^{M \times C \times k \times k}$,
    $W^{(2)} \in \mathbb{R}^{N \times M}$, $W^{(3)} \in \mathbb{R}^{K \times N}$,
    $b^{(1)} \in \mathbb{R}^{M}$, $b^{(2)} \in \mathbb{R}^{N}$, $b^{(3)} \in \mathbb{R}^{K}$,
    $k \in \mathbb{N}$, $k < 3$, $k \le h$, $k \le w$, $y$ (`return`)

    `x (..., C, h, w), W1 (M, C, k, k), W2 (N, M), W3 (K, N) -> y (..., K, m, n)`

    [Lin, Chen & Yan (2014), section 3.1](https://arxiv.org/abs/1312.4400)

    >>> xor = mlpconv([[[0, 0, 1, 1, 0]]], [[[[1, 1]]], [[[1, 1]]]], [0, -1], np.eye(2), 0, [[1, -2]], 0)
    >>> xor
    array([[[0., 1., 0., 1.]]])
    """
    u = relu(conv2d(x, W1, b1, stride, padding))
    v = relu(pointwise(u, W2, b2))
    return relu(pointwise(v, W3, b3))


def mlpconv_grad(x, W1, b1, W2, b2, W3, b3, g, stride=1, padding=0):
    r"""Pass a gradient back through the three layers: first before each ReLU, then to weights and image.

    $$\gamma_{oij} = g_{oij}\, [y_{oij} > 0]$$

    $$\beta_{oij} = [v_{oij} > 0] \sum_{c=0}^{K-1} W^{(3)}_{co}\, \gamma_{cij}$$

    $$\alpha_{oij} = [u_{oij} > 0] \sum_{c=0}^{N-1} W^{(2)}_{co}\, \beta_{cij}$$

    $$\frac{\partial L}{\partial W^{(3)}_{oc}} = \sum_{i} \sum_{j} \gamma_{oij}\, v_{cij}, \qquad
      \frac{\partial L}{\partial W^{(2)}_{oc}} = \sum_{i} \sum_{j} \beta_{oij}\, u_{cij}$$

    $$\frac{\partial L}{\partial W^{(1)}_{ocef}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1}
      \alpha_{oij}\, x_{c,\, i + e,\, j + f}$$

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{o=0}^{M-1} \sum_{e:\, 0 \le i - e < m}\;
      \sum_{f:\, 0 \le j - f < n} W^{(1)}_{ocef}\, \alpha_{o,\, i - e,\, j - f}$$

    $x \in \mathbb{R}^{C \times (m + k - 1) \times (n + k - 1)}$,
    $W^{(1)} \in \mathbb{R}^{M \times C \times k \times k}$, $W^{(2)} \in \mathbb{R}^{N \times M}$,
    $W^{(3)} \in \mathbb{R}^{K \times N}$, $b^{(1)} \in \mathbb{R}^{M}$, $b^{(2)} \in \mathbb{R}^{N}$,
    $b^{(3)} \in \mathbb{R}^{K}$, $g \in \mathbb{R}^{K \times m \times n}$,
    $C, M, N, K, k, m, n \in \mathbb{N}$, $C, M, N, K, k, m, n < 3$, $\alpha$ (`du`), $\beta$ (`dv`),
    $\gamma$ (`dy`), $g = \partial L / \partial y$

    `x, W1, b1, W2, b2, W3, b3, g (..., K, m, n) -> dx, dW1, db1, dW2, db2, dW3, db3`

    [Lin, Chen & Yan (2014), section 3.1](https://arxiv.org/abs/1312.4400)

    >>> W = [[[[1, 1]]], [[[1, 1]]]], [0, -1], np.eye(2), [0, 0], [[1, -2]], [0]
    >>> mlpconv_grad([[[0, 0, 1, 1, 0]]], *W, [[[0, 1, 0, 0]]])[0]
    array([[[0., 1., 1., 0., 0.]]])
    """
    u = relu(conv2d(x, W1, b1, stride, padding))
    v = relu(pointwise(u, W2, b2))
    y = relu(pointwise(v, W3, b3))
    dy = _like(g, y) * (y > 0)
    dv, dW3, db3 = pointwise_grad(v, W3, b3, dy)
    dv = dv * (v > 0)
    du, dW2, db2 = pointwise_grad(u, W2, b2, dv)
    du = du * (u > 0)
    dx, dW1, db1 = conv2d_grad(x, W1, b1, du, stride, padding)
    return dx, dW1, db1, dW2, db2, dW3, db3


def average_head(x, W, b=0.0):
    r"""Classify by global average pooling: the mean of each map, then one weighted sum for each class.

    $$y_o = b_o + \sum_{c} W_{oc}\, \frac{1}{hw} \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} x_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{K \times C}$, $b \in \mathbb{R}^{K}$,
    $y$ (`return`)

    `x (..., C, h, w), W (K, C), b (K) -> y (..., K)`

    [Lin, Chen & Yan (2014), section 3.2](https://arxiv.org/abs/1312.4400)

    >>> average_head([[[1, 2], [3, 4]], [[0, 0], [0, 8]]], [[1, 0], [0, 1], [1, -1]])
    array([2.5, 2. , 0.5])
    """
    x = _float(x)
    return x.mean((-2, -1)) @ np.asarray(W, x.dtype).T + np.asarray(b, x.dtype)


def average_head_grad(x, W, b, g):
    r"""Pass a gradient back: every pixel of a map gets the same share.

    $$\frac{\partial L}{\partial x_{cij}} = \frac{1}{hw} \sum_{o} g_o\, W_{oc}$$

    $$\frac{\partial L}{\partial W_{oc}} = \frac{g_o}{hw} \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} x_{cij}, \qquad
      \frac{\partial L}{\partial b_o} = g_o$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W \in \mathbb{R}^{K \times C}$, $b \in \mathbb{R}^{K}$,
    $g \in \mathbb{R}^{K}$, $g = \partial L / \partial y$

    `x (..., C, h, w), W (K, C), b (K), g (..., K) -> dx, dW, db`

    [Lin, Chen & Yan (2014), section 3.2](https://arxiv.org/abs/1312.4400)

    >>> dx, dW, db = average_head_grad([[[1, 2], [3, 4]]], [[2], [1]], [0, 0], [1, 0])
    >>> dx, dW.ravel(), db
    (array([[[0.5, 0.5],
            [0.5, 0.5]]]), array([2.5, 0. ]), array([1., 0.]))
    """
    x = _float(x)
    W = np.asarray(W, x.dtype)
    *batch, C, h, w = x.shape
    g = np.broadcast_to(np.asarray(g, x.dtype), (*batch, len(W)))
    dx = np.broadcast_to((g @ W / (h * w))[..., None, None], x.shape).copy()
    g = g.reshape(-1, len(W))
    dW, db = g.T @ x.mean((-2, -1)).reshape(-1, C), g.sum(0)
    return dx, dW, db


# ---- googlenet
def _inception(n1, r3, n3, r5, n5, n_pool, k=5, e=1):
    """The four branches in the order of the columns of the paper's table."""
    return (
        "concat",
        (("conv", n1, 1, 1, 0, 1, e),),
        (("conv", r3, 1, 1, 0, 1, e), ("conv", n3, 3, 1, 1, 1, e)),
        (("conv", r5, 1, 1, 0, 1, e), ("conv", n5, k, 1, k // 2, 1, e)),
        (("pool", 3, 1, 1), ("conv", n_pool, 1, 1, 0, 1, e)),
    )


def _googlenet(k=5, e=1):
    """3 x 224 x 224; padded poolings stand for rounding up."""
    return (
        *(("conv", 64, 7, 2, 3, 1, e), ("pool", 3, 2, 1)),
        *(("conv", 64, 1, 1, 0, 1, e), ("conv", 192, 3, 1, 1, 1, e), ("pool", 3, 2, 1)),
        _inception(64, 96, 128, 16, 32, 32, k, e),
        _inception(128, 128, 192, 32, 96, 64, k, e),
        ("pool", 3, 2, 1),
        _inception(192, 96, 208, 16, 48, 64, k, e),
        _inception(160, 112, 224, 24, 64, 64, k, e),
        _inception(128, 128, 256, 24, 64, 64, k, e),
        _inception(112, 144, 288, 32, 64, 64, k, e),
        _inception(256, 160, 320, 32, 128, 128, k, e),
        ("pool", 3, 2, 1),
        _inception(256, 160, 320, 32, 128, 128, k, e),
        _inception(384, 192, 384, 48, 128, 128, k, e),
        *(("mean",), ("dense", 1000)),
    )


GOOGLENET = _googlenet()
GOOGLENET_TORCHVISION = _googlenet(k=3, e=2)  # 3 x 3 for 5 x 5, batch normalization for biases


def inception_weights(C, n1, r3, n3, r5, n5, n_pool):
    r"""Count the weights and the output channels of an inception module, with 1 x 1 reductions and without.

    $$P = C n_1 + (C r_3 + 9\, r_3 n_3) + (C r_5 + 25\, r_5 n_5) + C n_p$$

    $$M = n_1 + n_3 + n_5 + n_p$$

    $$P' = C n_1 + 9\, C n_3 + 25\, C n_5$$

    $$M' = n_1 + n_3 + n_5 + C$$

    $C, n_1, r_3, n_3, r_5, n_5, n_p \in \mathbb{N}$, $n_1$ (`n1`), $r_3$ (`r3`), $n_3$ (`n3`), $r_5$ (`r5`),
    $n_5$ (`n5`), $n_p$ (`n_pool`), $P$ (`return[0]`), $M$ (`return[1]`), $P'$ (`return[2]`),
    $M'$ (`return[3]`)

    `C () ... -> P (), M (), P' (), M' ()`

    [Szegedy et al. (2015), Table 1](https://arxiv.org/abs/1409.4842)

    >>> inception_weights(192, 64, 96, 128, 16, 32, 32)
    (163328, 256, 387072, 416)
    """
    reduced = C * n1 + (C * r3 + 9 * r3 * n3) + (C * r5 + 25 * r5 * n5) + C * n_pool
    naive = C * n1 + 9 * C * n3 + 25 * C * n5
    return reduced, n1 + n3 + n5 + n_pool, naive, n1 + n3 + n5 + C


def _spread(x):
    """All 3 x 3 windows of an image with a border that is never the maximum."""
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(1, 1), (1, 1)], constant_values=-np.inf)
    return padded, _windows(padded, 3)


def _max3(x):
    return _spread(x)[1].max((-4, -3))


def _max3_grad(x, g):
    """The first of the largest values gets the gradient."""
    padded, V = _spread(x)
    columns = V.reshape(*V.shape[:-4], 9, *V.shape[-2:])
    first = np.arange(9)[:, None, None] == columns.argmax(-3)[..., None, :, :]
    return _fold((first * g[..., None, :, :]).reshape(V.shape), padded)[..., 1:-1, 1:-1]


def inception(x, W1, R3, W3, R5, W5, U):
    r"""Look at an image with four branches side by side and concatenate their maps; without biases.

    $$\alpha_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} W^{(1)}_{oc}\, x_{cij}\Bigr)$$

    $$u_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} R^{(3)}_{oc}\, x_{cij}\Bigr), \qquad
      \beta_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{q-1}\;
      \sum_{e:\, 0 \le i + e - 1 < h}\; \sum_{f:\, 0 \le j + f - 1 < w}
      W^{(3)}_{ocef}\, u_{c,\, i + e - 1,\, j + f - 1}\Bigr)$$

    $$v_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} R^{(5)}_{oc}\, x_{cij}\Bigr), \qquad
      \gamma_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{r-1}\;
      \sum_{e:\, 0 \le i + e - 2 < h}\; \sum_{f:\, 0 \le j + f - 2 < w}
      W^{(5)}_{ocef}\, v_{c,\, i + e - 2,\, j + f - 2}\Bigr)$$

    $$m_{cij} = \max_{a:\, |a - i| \le 1}\; \max_{b:\, |b - j| \le 1} x_{cab}, \qquad
      \delta_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} U_{oc}\, m_{cij}\Bigr)$$

    $$y_{oij} = \begin{cases} \alpha_{oij}, & o < A \\ \beta_{o - A,\, i,\, j}, & A \le o < A + B \\
      \gamma_{o - A - B,\, i,\, j}, & A + B \le o < A + B + E \\
      \delta_{o - A - B - E,\, i,\, j}, & A + B + E \le o \end{cases}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W^{(1)} \in \mathbb{R}^{A \times C}$,
    $R^{(3)} \in \mathbb{R}^{q \times C}$, $W^{(3)} \in \mathbb{R}^{B \times q \times 3 \times 3}$,
    $R^{(5)} \in \mathbb{R}^{r \times C}$, $W^{(5)} \in \mathbb{R}^{E \times r \times 5 \times 5}$,
    $U \in \mathbb{R}^{F \times C}$, $C, q, r, A, B, E, F, h, w \in \mathbb{N}$,
    $C, q, r, A, B, E, F < 3$, $h, w < 4$, $\alpha$ (`y1`), $\beta$ (`y3`), $\gamma$ (`y5`), $\delta$ (`yp`),
    $y$ (`return`)

    `x (..., C, h, w), W1 (A, C), W3 (B, q, 3, 3), W5 (E, r, 5, 5), U (F, C) -> y (..., A + B + E + F, h, w)`

    [Szegedy et al. (2015), Figure 2](https://arxiv.org/abs/1409.4842)

    >>> one, k3, k5 = [[1]], np.ones((1, 1, 3, 3)), np.ones((1, 1, 5, 5))
    >>> inception([[[0, 0, 0, 0], [0, 2, 0, 0]]], one, one, k3, one, k5, one)
    array([[[0., 0., 0., 0.],
            [0., 2., 0., 0.]],
    <BLANKLINE>
           [[2., 2., 2., 0.],
            [2., 2., 2., 0.]],
    <BLANKLINE>
           [[2., 2., 2., 2.],
            [2., 2., 2., 2.]],
    <BLANKLINE>
           [[2., 2., 2., 0.],
            [2., 2., 2., 0.]]])
    """
    x = _float(x)
    y1 = relu(pointwise(x, W1))
    u, v, m = relu(pointwise(x, R3)), relu(pointwise(x, R5)), _max3(x)
    y3 = relu(conv2d(u, W3, padding=1))
    y5 = relu(conv2d(v, W5, padding=2))
    yp = relu(pointwise(m, U))
    return np.concatenate([y1, y3, y5, yp], -3)


def inception_grad(x, W1, R3, W3, R5, W5, U, g):
    r"""Cut the gradient into four, pass each part back through its branch, and add up where they meet.

    $$\frac{\partial L}{\partial x_{cij}} = \alpha_{cij} + \beta_{cij} + \gamma_{cij} + \delta_{cij}$$

    $$\alpha_{cij} = \sum_{o=0}^{A-1} W^{(1)}_{oc}\, g_{oij}\, [y_{oij} > 0]$$

    $$\frac{\partial L}{\partial W^{(1)}_{oc}} = \sum_{i} \sum_{j} g_{oij}\, [y_{oij} > 0]\, x_{cij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $W^{(1)} \in \mathbb{R}^{A \times C}$,
    $R^{(3)} \in \mathbb{R}^{q \times C}$, $W^{(3)} \in \mathbb{R}^{B \times q \times 3 \times 3}$,
    $R^{(5)} \in \mathbb{R}^{r \times C}$, $W^{(5)} \in \mathbb{R}^{E \times r \times 5 \times 5}$,
    $U \in \mathbb{R}^{F \times C}$, $g \in \mathbb{R}^{(A + B + E + F) \times h \times w}$,
    $C, q, r, A, B, E, F, h, w \in \mathbb{N}$, $C, q, r, A, B, E, F < 3$, $h, w < 4$,
    $\alpha$ (`dx1`), $\beta$ (`dx3`), $\gamma$ (`dx5`), $\delta$ (`dxp`), $g = \partial L / \partial y$

    `x, W1, R3, W3, R5, W5, U, g (..., A + B + E + F, h, w) -> dx, dW1, dR3, dW3, dR5, dW5, dU`

    [Szegedy et al. (2015), Figure 2](https://arxiv.org/abs/1409.4842)

    >>> one, k3, k5 = [[1]], np.ones((1, 1, 3, 3)), np.ones((1, 1, 5, 5))
    >>> inception_grad([[[0, 0, 0, 0], [0, 2, 0, 0]]], one, one, k3, one, k5, one, 1)[0]
    array([[[ 0.,  0.,  0.,  0.],
            [ 0., 21.,  0.,  0.]]])
    """
    x = _float(x)
    y = inception(x, W1, R3, W3, R5, W5, U)
    g = np.broadcast_to(_like(g, y), y.shape) * (y > 0)
    g1, g3, g5, gp = np.split(g, np.cumsum([len(W1), len(W3), len(W5)]), -3)
    u, v, m = relu(pointwise(x, R3)), relu(pointwise(x, R5)), _max3(x)
    dx1, dW1, _ = pointwise_grad(x, W1, 0, g1)
    du, dW3, _ = conv2d_grad(u, W3, 0, g3, padding=1)
    dx3, dR3, _ = pointwise_grad(x, R3, 0, du * (u > 0))
    dv, dW5, _ = conv2d_grad(v, W5, 0, g5, padding=2)
    dx5, dR5, _ = pointwise_grad(x, R5, 0, dv * (v > 0))
    dm, dU, _ = pointwise_grad(m, U, 0, gp)
    dxp = _max3_grad(x, dm)
    dx = dx1 + dx3 + dx5 + dxp
    return dx, dW1, dR3, dW3, dR5, dW5, dU


# ---- resnet
def _normalized(M, k, s=1):
    """A convolution that batch normalization follows: two parameters a map, no bias."""
    return "conv", M, k, s, k // 2, 1, 2


def _resnet(depths, r=1, early=False):
    """3 x 224 x 224. r = 4: bottlenecks. early: their stride in the first 1 x 1, not in the 3 x 3."""
    net, C = [_normalized(64, 7, 2), ("pool", 3, 2, 1)], 64
    for stage, depth in enumerate(depths):
        for block in range(depth):
            M, s = 64 * 2**stage, 2 if stage and not block else 1
            if r == 1:
                branch = _normalized(M, 3, s), _normalized(M, 3)
            else:
                first, second = (s, 1) if early else (1, s)
                branch = _normalized(M, 1, first), _normalized(M, 3, second), _normalized(r * M, 1)
            shortcut = (_normalized(r * M, 1, s),) if (C, s) != (r * M, 1) else ()
            net.append(("add", branch, shortcut))
            C = r * M
    return *net, ("mean",), ("dense", 1000)


RESNET18, RESNET34 = _resnet((2, 2, 2, 2)), _resnet((3, 4, 6, 3))
RESNET50, RESNET101, RESNET152 = (_resnet((3, n, m, 3), 4) for n, m in ((4, 6), (4, 23), (8, 36)))
RESNET50_EARLY = _resnet((3, 4, 6, 3), 4, early=True)  # as in the paper; the others as in torchvision


def _weights(x, V, W, P=None):
    """Floats of the input's dtype whose shapes belong together."""
    x = _float(x)
    V, W = np.asarray(V, x.dtype), np.asarray(W, x.dtype)
    P = np.eye(x.shape[-1], dtype=x.dtype) if P is None else np.asarray(P, x.dtype)
    if V.shape[1:] != x.shape[-1:] or W.shape != (len(P), len(V)) or P.shape[1:] != x.shape[-1:]:
        raise ValueError(f"weights {V.shape}, {W.shape} and shortcut {P.shape} do not fit an input {x.shape}")
    return x, V, W, P


def _outer(a, b):
    """The gradient of a matrix: a b^T, summed over the batch."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def residual(x, V, W):
    r"""Add a branch of two layers to the input that it starts from.

    $$z = V x$$

    $$y = x + W \operatorname{ReLU}(z)$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{n \times m}$,
    $y$ (`return`)

    `x (..., n), V (m, n), W (n, m) -> y (..., n)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> residual([1, 2], [[1, 1], [1, -1]], [[1, 5], [2, 5]])
    array([4., 8.])
    >>> residual([1, 2], [[1, 1], [1, -1]], np.zeros((2, 2)))
    array([1., 2.])
    """
    x, V, W, _ = _weights(x, V, W)
    z = x @ V.T
    return x + relu(z) @ W.T


def residual_grad(x, V, W, g):
    r"""Pass a gradient back: unchanged along the shortcut, plus what comes through the branch.

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{n} W_{ij}\, g_i$$

    $$\frac{\partial L}{\partial x_k} = g_k + \sum_{j=1}^{m} V_{jk} \frac{\partial L}{\partial z_j}$$

    $$\frac{\partial L}{\partial V} = \frac{\partial L}{\partial z}\, x^\top, \quad
      \frac{\partial L}{\partial W} = g\, h^\top, \quad h = \operatorname{ReLU}(z)$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{n \times m}$,
    $g \in \mathbb{R}^{n}$, $g = \partial L / \partial y$

    `x (..., n), V (m, n), W (n, m), g (..., n) -> dx (..., n), dV (m, n), dW (n, m)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> dx, dV, dW = residual_grad([1, 2], [[1, 1], [1, -1]], [[1, 5], [2, 5]], [10, 100])
    >>> dx
    array([220., 310.])
    >>> dV, dW
    (array([[210., 420.],
           [  0.,   0.]]), array([[ 30.,   0.],
           [300.,   0.]]))
    """
    x, V, W, _ = _weights(x, V, W)
    g = np.broadcast_to(_like(g, x), x.shape)
    z = x @ V.T
    h = relu(z)
    dz = relu_grad(z, g @ W)
    dx = g + dz @ V
    dV, dW = _outer(dz, x), _outer(g, h)
    return dx, dV, dW


def pre_activation(x, V, W):
    r"""Put each ReLU in front of its layer, so that nothing stands on the shortcut.

    $$h = \operatorname{ReLU}(V \operatorname{ReLU}(x))$$

    $$y = x + W h$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{n \times m}$,
    $y$ (`return`)

    `x (..., n), V (m, n), W (n, m) -> y (..., n)`

    [He et al. (2016), Identity mappings](https://arxiv.org/abs/1603.05027)

    >>> pre_activation([1, -2], [[1, 1], [1, 3]], [[1, 1], [-3, 4]])
    array([ 3., -1.])
    """
    x, V, W, _ = _weights(x, V, W)
    h = relu(relu(x) @ V.T)
    return x + h @ W.T


def pre_activation_grad(x, V, W, g):
    r"""Pass a gradient back; the shortcut hands it on whatever the signs of the input are.

    $$z = V \operatorname{ReLU}(x)$$

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{n} W_{ij}\, g_i$$

    $$\frac{\partial L}{\partial x_k} = g_k
      + [x_k > 0] \sum_{j=1}^{m} V_{jk} \frac{\partial L}{\partial z_j}$$

    $$\frac{\partial L}{\partial V_{jk}} = \frac{\partial L}{\partial z_j} \max(0, x_k), \quad
      \frac{\partial L}{\partial W_{ij}} = g_i \max(0, z_j)$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{n \times m}$,
    $g \in \mathbb{R}^{n}$, $g = \partial L / \partial y$

    `x (..., n), V (m, n), W (n, m), g (..., n) -> dx (..., n), dV (m, n), dW (n, m)`

    [He et al. (2016), Identity mappings](https://arxiv.org/abs/1603.05027)

    >>> pre_activation_grad([1, -2], [[1, 1], [1, 3]], [[1, 1], [-3, 4]], [10, 1])[0]
    array([31.,  1.])
    """
    x, V, W, _ = _weights(x, V, W)
    g = np.broadcast_to(_like(g, x), x.shape)
    z = relu(x) @ V.T
    dz = relu_grad(z, g @ W)
    dx = g + relu_grad(x, dz @ V)
    dV, dW = _outer(dz, relu(x)), _outer(g, relu(z))
    return dx, dV, dW


def projection_block(x, V, W, P):
    r"""Fit the shortcut to a new width with a matrix; the second ReLU follows the addition.

    $$s = P x + W \operatorname{ReLU}(V x)$$

    $$y = \operatorname{ReLU}(s)$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{k \times m}$,
    $P \in \mathbb{R}^{k \times n}$, $y$ (`return`)

    `x (..., n), V (m, n), W (k, m), P (k, n) -> y (..., k)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> projection_block([1, 2], [[1, 1]], [[1], [2], [-2]], [[1, 0], [0, 1], [1, 1]])
    array([4., 8., 0.])
    """
    x, V, W, P = _weights(x, V, W, P)
    s = x @ P.T + relu(x @ V.T) @ W.T
    return relu(s)


def projection_block_grad(x, V, W, P, g):
    r"""Pass a gradient back through the last ReLU, then through both paths.

    $$\frac{\partial L}{\partial s_i} = [s_i > 0]\, g_i$$

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{k} W_{ij} \frac{\partial L}{\partial s_i}$$

    $$\frac{\partial L}{\partial x} = P^\top \frac{\partial L}{\partial s}
      + V^\top \frac{\partial L}{\partial z}$$

    $$\frac{\partial L}{\partial V} = \frac{\partial L}{\partial z}\, x^\top, \quad
      \frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial s_i} \max(0, z_j), \quad
      \frac{\partial L}{\partial P} = \frac{\partial L}{\partial s}\, x^\top$$

    $z = V x$, $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{k \times m}$,
    $P \in \mathbb{R}^{k \times n}$, $g \in \mathbb{R}^{k}$, $g = \partial L / \partial y$

    `x (..., n), V (m, n), W (k, m), P (k, n), g (..., k) -> dx (..., n), dV (m, n), dW (k, m), dP (k, n)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> V, W, P = [[1, 1]], [[1], [2], [-2]], [[1, 0], [0, 1], [1, 1]]
    >>> projection_block_grad([1, 2], V, W, P, 10)[:2]
    (array([40., 40.]), array([[30., 60.]]))
    """
    x, V, W, P = _weights(x, V, W, P)
    z = x @ V.T
    s = x @ P.T + relu(z) @ W.T
    ds = np.broadcast_to(relu_grad(s, g), s.shape)
    dz = relu_grad(z, ds @ W)
    dx = ds @ P + dz @ V
    dV, dW, dP = _outer(dz, x), _outer(ds, relu(z)), _outer(ds, x)
    return dx, dV, dW, dP


def highway(x, W, b, V, c):
    r"""Let a gate decide, unit by unit, how much of the layer to take and how much of the input to keep.

    $$H = \tanh(W x + b)$$

    $$T = \sigma(V x + c)$$

    $$y = T \odot H + (1 - T) \odot x$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times n}$, $b \in \mathbb{R}^{n}$,
    $V \in \mathbb{R}^{n \times n}$, $c \in \mathbb{R}^{n}$, $\sigma$ (`sigmoid`), $y$ (`return`)

    `x (..., n), W (n, n), b (n), V (n, n), c (n) -> y (..., n)`

    [Srivastava, Greff & Schmidhuber (2015)](https://arxiv.org/abs/1505.00387)

    >>> zero = np.zeros((2, 2))
    >>> highway([1, 2], zero, [0, 0], zero, [np.log(3), -np.log(3)]).round(12)
    array([0.25, 1.5 ])
    >>> highway([1, 2], zero, [0, 0], zero, [-1000, -1000])
    array([1., 2.])
    """
    x = _float(x)
    W, b, V, c = (np.asarray(v, x.dtype) for v in (W, b, V, c))
    H = np.tanh(x @ W.T + b)
    T = sigmoid(x @ V.T + c)
    return T * H + (1 - T) * x


def highway_grad(x, W, b, V, c, g):
    r"""Pass a gradient back: its share 1 - T straight through, the rest through the layer and the gate.

    $$\frac{\partial L}{\partial a} = g \odot T \odot (1 - H \odot H), \quad
      \frac{\partial L}{\partial t} = g \odot (H - x) \odot T \odot (1 - T)$$

    $$\frac{\partial L}{\partial x} = (1 - T) \odot g + W^\top \frac{\partial L}{\partial a}
      + V^\top \frac{\partial L}{\partial t}$$

    $$\frac{\partial L}{\partial W} = \frac{\partial L}{\partial a}\, x^\top, \quad
      \frac{\partial L}{\partial b} = \frac{\partial L}{\partial a}, \quad
      \frac{\partial L}{\partial V} = \frac{\partial L}{\partial t}\, x^\top, \quad
      \frac{\partial L}{\partial c} = \frac{\partial L}{\partial t}$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times n}$, $b \in \mathbb{R}^{n}$,
    $V \in \mathbb{R}^{n \times n}$, $c \in \mathbb{R}^{n}$,
    $g \in \mathbb{R}^{n}$, $g = \partial L / \partial y$,
    $a = W x + b$, $t = V x + c$

    `x (..., n), W (n, n), b (n), V (n, n), c (n), g (..., n) -> dx (..., n), dW, db (n), dV, dc (n)`

    [Srivastava, Greff & Schmidhuber (2015)](https://arxiv.org/abs/1505.00387)

    >>> zero = np.zeros((2, 2))
    >>> dx, dW, db, dV, dc = highway_grad([1, 2], zero, [0, 0], zero, [np.log(3), -np.log(3)], 16)
    >>> dx.round(12), db.round(12), dc.round(12)
    (array([ 4., 12.]), array([12.,  4.]), array([-3., -6.]))
    """
    x = _float(x)
    W, b, V, c = (np.asarray(v, x.dtype) for v in (W, b, V, c))
    g = np.broadcast_to(_like(g, x), x.shape)
    H = np.tanh(x @ W.T + b)
    T = sigmoid(x @ V.T + c)
    da = g * T * (1 - H**2)
    dt = g * (H - x) * T * (1 - T)
    dx = (1 - T) * g + da @ W + dt @ V
    dW, dV = _outer(da, x), _outer(dt, x)
    db, dc = (d.reshape(-1, len(b)).sum(0) for d in (da, dt))
    return dx, dW, db, dV, dc


# ---- fpn
def _rows(n, m):
    """The pixel of n that each of m output pixels copies."""
    return np.arange(m) * n // m


def fpn_merge(x, p, W, b=0.0):
    r"""Bring a map to the pyramid's width with a 1 x 1 convolution and add the coarser level, enlarged.

    $$y_{oij} = b_o + \sum_{c=0}^{C-1} W_{oc}\, x_{cij}
      + p_{o,\, \lfloor i r / h \rfloor,\, \lfloor j s / w \rfloor}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $p \in \mathbb{R}^{M \times r \times s}$,
    $W \in \mathbb{R}^{M \times C}$, $b \in \mathbb{R}^{M}$,
    $C, h, w, M, r, s \in \mathbb{N}$, $C, h, w, M, r, s < 4$, $y$ (`return`)

    `x (..., C, h, w), p (..., M, r, s), W (M, C), b (M) -> y (..., M, h, w)`

    [Lin et al. (2017)](https://arxiv.org/abs/1612.03144)

    >>> fpn_merge([[[1, 2, 3, 4]], [[1, 1, 1, 1]]], [[[10, 20]]], [[1, 2]])
    array([[[13., 14., 25., 26.]]])
    """
    x = _float(x)
    p, W, b = (np.asarray(v, x.dtype) for v in (p, W, b))
    if W.shape != (p.shape[-3], x.shape[-3]):
        raise ValueError(f"weights W {W.shape} do not lead from {x.shape[-3]} channels to {p.shape[-3]}")
    rows, columns = _rows(p.shape[-2], x.shape[-2]), _rows(p.shape[-1], x.shape[-1])
    return pointwise(x, W, b) + p[..., rows[:, None], columns]


def fpn_merge_grad(x, p, W, b, g):
    r"""Pass a gradient back through the 1 x 1 convolution, and to each coarse pixel from all its copies.

    $$\frac{\partial L}{\partial p_{oef}} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1}
      [\lfloor i r / h \rfloor = e]\,[\lfloor j s / w \rfloor = f]\; g_{oij}$$

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{o=0}^{M-1} W_{oc}\, g_{oij}$$

    $$\frac{\partial L}{\partial W_{oc}} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}\, x_{cij}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} g_{oij}$$

    $x \in \mathbb{R}^{C \times h \times w}$, $p \in \mathbb{R}^{M \times r \times s}$,
    $W \in \mathbb{R}^{M \times C}$, $b \in \mathbb{R}^{M}$,
    $C, h, w, M, r, s \in \mathbb{N}$, $C, h, w, M, r, s < 4$,
    $g \in \mathbb{R}^{M \times h \times w}$, $g = \partial L / \partial y$

    `x (..., C, h, w), p (..., M, r, s), W (M, C), b (M), g (..., M, h, w) -> dx, dp, dW, db`

    [Lin et al. (2017)](https://arxiv.org/abs/1612.03144)

    >>> dx, dp, dW, db = fpn_merge_grad(
    ...     [[[1, 2, 3, 4]], [[1, 1, 1, 1]]], [[[10, 20]]], [[1, 2]], 0, [[[1, 2, 3, 4]]])
    >>> dx[:, 0]
    array([[1., 2., 3., 4.],
           [2., 4., 6., 8.]])
    >>> dp, dW, db
    (array([[[3., 7.]]]), array([[30., 10.]]), array([10.]))
    """
    x = _float(x)
    p = np.asarray(p, x.dtype)
    A = np.eye(p.shape[-2], dtype=x.dtype)[_rows(p.shape[-2], x.shape[-2])]  # a row of A picks one of p
    B = np.eye(p.shape[-1], dtype=x.dtype)[_rows(p.shape[-1], x.shape[-1])]
    g = np.broadcast_to(np.asarray(g, x.dtype), (*x.shape[:-3], *p.shape[-3:-2], *x.shape[-2:]))
    dx, dW, db = pointwise_grad(x, W, b, g)
    dp = A.T @ g @ B
    return dx, dp, dW, db


def fpn_level(w, h, k0=4, size=224, low=2, high=5):
    r"""Choose the level of the pyramid that a box is read from: twice the side, one level up.

    $$k = \min\left(u, \max\left(l,
      \left\lfloor k_0 + \log_2 \frac{\sqrt{w h}}{s} \right\rfloor\right)\right)$$

    $0 < w < 999$, $0 < h < 999$, $k_0 \in \{3, 4\}$, $s \in \{50, 100, 224\}$ (`size`),
    $l \in \{2, 3\}$ (`low`), $u \in \{4, 5\}$ (`high`), $k$ (`return`)

    `w (...), h (...) -> k (...)`

    [Lin et al. (2017), eq. 1](https://arxiv.org/abs/1612.03144)

    >>> fpn_level(224, 224), fpn_level(112, 448), fpn_level(112, 112)
    (np.int64(4), np.int64(4), np.int64(3))
    >>> fpn_level([1, 900], [1, 900])
    array([2, 5])
    """
    w, h = np.asarray(w, float), np.asarray(h, float)
    if not np.all((w > 0) & (h > 0)):
        raise ValueError(f"boxes must have positive sides, got w = {w} and h = {h}")
    k = np.floor(k0 + np.log2(np.sqrt(w * h) / size))
    return np.clip(k, low, high).astype(int)


def fpn_parameters(C, M=256):
    r"""Count weights and biases: a 1 x 1 convolution of each of the maps, and a 3 x 3 after each addition.

    $$P = \sum_{l=1}^{L} (C_l + 1)\, M + L\, (9 M + 1)\, M$$

    $C \in \mathbb{N}^{L}$, $M \in \mathbb{N}$, $P$ (`return`)

    `C (L) -> P ()`

    [Lin et al. (2017)](https://arxiv.org/abs/1612.03144)

    >>> fpn_parameters([256, 512, 1024, 2048])
    3344384
    """
    return sum((c + 1) * M + (9 * M + 1) * M for c in C)


# ---- temporal


# ---- attention
