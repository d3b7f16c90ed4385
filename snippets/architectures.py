"""Building blocks of well-known networks, and what their layers cost.

`<name>_grad` is the backward pass: it takes the inputs of `<name>`, the gradient `g` at its output (one for
each output), options. Weights have PyTorch's layout `(out, in)`; the dtype is that of the first input.
"""

import math

import numpy as np

from snippets.activations import _batch_sum, _float, _like, _total, relu, relu_grad, sigmoid
from snippets.convolution import _half, conv2d, conv2d_grad, conv_macs, conv_parameters, conv_size, max_pool
from snippets.convolution import max_pool_grad, nearest, nearest_grad, pointwise, pointwise_grad


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
    r"""Follow an image through a table of layers, and give a column of each number after every layer.

    $$r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = s_l\, j_{l-1}, \qquad r_0 = j_0 = 1$$

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
    """Five stages of 3 x 3 convolutions, each followed by a pooling."""
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
    d = k + alpha * _across(np.square(x, dtype=float), n)  # squares of float16 overflow at 256
    return (x / d**beta).astype(x.dtype)


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
    g = _like(g, x).astype(float)
    d = k + alpha * _across(np.square(x, dtype=float), n)
    dx = g / d**beta - 2 * alpha * beta * (x * _across(g * x / d ** (beta + 1), n))
    return dx.astype(x.dtype)


# ---- nin
NIN = (  # 3 x 32 x 32, ten classes; padded poolings stand for rounding up
    *(("conv", 192, 5, 1, 2), ("conv", 160, 1), ("conv", 96, 1), ("pool", 3, 2, 1)),
    *(("conv", 192, 5, 1, 2), ("conv", 192, 1), ("conv", 192, 1), ("pool", 3, 2, 1)),
    *(("conv", 192, 3, 1, 1), ("conv", 192, 1), ("conv", 10, 1), ("mean",)),
)
NIN_IMAGENET = (  # 3 x 224 x 224, the authors' model for Caffe
    *(("conv", 96, 11, 4), ("conv", 96, 1), ("conv", 96, 1), ("pool", 3, 2, 1)),
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

    $$\frac{\partial L}{\partial W^{(3)}_{oc}} = \sum_{i} \sum_{j} \gamma_{oij}\, v_{cij}$$

    $$\frac{\partial L}{\partial W^{(2)}_{oc}} = \sum_{i} \sum_{j} \beta_{oij}\, u_{cij}$$

    $$\frac{\partial L}{\partial W^{(1)}_{ocef}} = \sum_{i=0}^{m-1} \sum_{j=0}^{n-1}
      \alpha_{oij}\, x_{c,\, i + e,\, j + f}$$

    $$\frac{\partial L}{\partial x_{cij}} = \sum_{o=0}^{M-1} \sum_{e:\, 0 \le i - e < m}\;
      \sum_{f:\, 0 \le j - f < n} W^{(1)}_{ocef}\, \alpha_{o,\, i - e,\, j - f}$$

    $x \in \mathbb{R}^{C \times (m + k - 1) \times (n + k - 1)}$,
    $W^{(1)} \in \mathbb{R}^{M \times C \times k \times k}$, $W^{(2)} \in \mathbb{R}^{N \times M}$,
    $W^{(3)} \in \mathbb{R}^{K \times N}$, $b^{(1)} \in \mathbb{R}^{M}$, $b^{(2)} \in \mathbb{R}^{N}$,
    $b^{(3)} \in \mathbb{R}^{K}$, $g \in \mathbb{R}^{K \times m \times n}$,
    $C, M, N, K, k, m, n \in \mathbb{N}$, $C < 3$, $M, N, K, k, m, n < 4$, $M, N, K, k, m, n > 1$,
    $\alpha$ (`du`), $\beta$ (`dv`), $\gamma$ (`dy`), $g = \partial L / \partial y$

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

    $$\frac{\partial L}{\partial x_{cij}} = \frac{1}{hw} \sum_{o} g_o\, W_{oc} \quad \forall i, j$$

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
    dW, db = g.T @ x.mean((-2, -1)).reshape(-1, C), _batch_sum(g, 0)
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

    $$\begin{aligned} P &= C n_1 + (C r_3 + 9\, r_3 n_3) \\ &+ (C r_5 + 25\, r_5 n_5) + C n_p \end{aligned}$$

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


def inception(x, W1, R3, W3, R5, W5, U):
    r"""Look at an image with four branches side by side and concatenate their maps; without biases.

    $$\alpha_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} W^{(1)}_{oc}\, x_{cij}\Bigr)$$

    $$u_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} R^{(3)}_{oc}\, x_{cij}\Bigr)$$

    $$\begin{aligned} \beta_{oij} = \operatorname{ReLU}\Bigl(&\sum_{c=0}^{q-1}\;
      \sum_{e:\, 0 \le i + e - 1 < h}\; \sum_{f:\, 0 \le j + f - 1 < w} W^{(3)}_{ocef} \\
      &\cdot u_{c,\, i + e - 1,\, j + f - 1}\Bigr) \end{aligned}$$

    $$v_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} R^{(5)}_{oc}\, x_{cij}\Bigr)$$

    $$\begin{aligned} \gamma_{oij} = \operatorname{ReLU}\Bigl(&\sum_{c=0}^{r-1}\;
      \sum_{e:\, 0 \le i + e - 2 < h}\; \sum_{f:\, 0 \le j + f - 2 < w} W^{(5)}_{ocef} \\
      &\cdot v_{c,\, i + e - 2,\, j + f - 2}\Bigr) \end{aligned}$$

    $$m_{cij} = \max_{a:\, |a - i| \le 1}\; \max_{b:\, |b - j| \le 1} x_{cab}$$

    $$\delta_{oij} = \operatorname{ReLU}\Bigl(\sum_{c=0}^{C-1} U_{oc}\, m_{cij}\Bigr)$$

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
    >>> inception([[[0, 2, 0, 0]]], one, one, k3, one, k5, one)[:, 0]
    array([[0., 2., 0., 0.],
           [2., 2., 2., 0.],
           [2., 2., 2., 2.],
           [2., 2., 2., 0.]])
    """
    x = _float(x)
    y1 = relu(pointwise(x, W1))
    u, v, m = relu(pointwise(x, R3)), relu(pointwise(x, R5)), max_pool(x, 3, 1, 1)
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
    >>> inception_grad([[[0, 2, 0, 0]]], one, one, k3, one, k5, one, 1)[0]
    array([[[ 0., 11.,  0.,  0.]]])
    """
    x = _float(x)
    y = inception(x, W1, R3, W3, R5, W5, U)
    g = np.broadcast_to(_like(g, y), y.shape) * (y > 0)
    g1, g3, g5, gp = np.split(g, np.cumsum([len(W1), len(W3), len(W5)]), -3)
    u, v, m = relu(pointwise(x, R3)), relu(pointwise(x, R5)), max_pool(x, 3, 1, 1)
    dx1, dW1, _ = pointwise_grad(x, W1, 0, g1)
    du, dW3, _ = conv2d_grad(u, W3, 0, g3, padding=1)
    dx3, dR3, _ = pointwise_grad(x, R3, 0, du * (u > 0))
    dv, dW5, _ = conv2d_grad(v, W5, 0, g5, padding=2)
    dx5, dR5, _ = pointwise_grad(x, R5, 0, dv * (v > 0))
    dm, dU, _ = pointwise_grad(m, U, 0, gp)
    dxp = max_pool_grad(x, dm, 3, 1, 1)
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


def _cast(x, *weights):
    """Everything in the dtype of the input."""
    x = _float(x)
    return x, *(np.asarray(w, x.dtype) for w in weights)


def _sum(shortcut, branch):
    """The addition; NumPy would stretch a branch of width 1."""
    if shortcut.shape != branch.shape:
        raise ValueError(f"a shortcut {shortcut.shape} and a branch {branch.shape} cannot be added")
    return shortcut + branch


def _linear_grad(x, W, g):
    """The way back through x W^T + b, for all samples at once: dx, dW, db."""
    rows = g.reshape(-1, g.shape[-1])
    return g @ W, rows.T @ x.reshape(-1, x.shape[-1]), _batch_sum(rows, 0)


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
    x, V, W = _cast(x, V, W)
    z = x @ V.T
    return _sum(x, relu(z) @ W.T)


def residual_grad(x, V, W, g):
    r"""Pass a gradient back: unchanged along the shortcut, plus what comes through the branch.

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{n} W_{ij}\, g_i$$

    $$\frac{\partial L}{\partial x_k} = g_k + \sum_{j=1}^{m} V_{jk} \frac{\partial L}{\partial z_j}$$

    $$\frac{\partial L}{\partial V} = \frac{\partial L}{\partial z}\, x^\top, \quad
      \frac{\partial L}{\partial W} = g\, h^\top$$

    $$h = \operatorname{ReLU}(z)$$

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
    x, V, W = _cast(x, V, W)
    g = np.broadcast_to(_like(g, x), x.shape)
    z = x @ V.T
    h = relu(z)
    dh, dW, _ = _linear_grad(h, W, g)
    dz = relu_grad(z, dh)
    inner, dV, _ = _linear_grad(x, V, dz)
    dx = g + inner
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
    x, V, W = _cast(x, V, W)
    h = relu(relu(x) @ V.T)
    return _sum(x, h @ W.T)


def pre_activation_grad(x, V, W, g):
    r"""Pass a gradient back; the shortcut hands it on whatever the signs of the input are.

    $$z = V \operatorname{ReLU}(x)$$

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{n} W_{ij}\, g_i$$

    $$\frac{\partial L}{\partial x_k} = g_k
      + [x_k > 0] \sum_{j=1}^{m} V_{jk} \frac{\partial L}{\partial z_j}$$

    $$\frac{\partial L}{\partial V_{jk}} = \frac{\partial L}{\partial z_j} \max(0, x_k)$$

    $$\frac{\partial L}{\partial W_{ij}} = g_i \max(0, z_j)$$

    $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{n \times m}$,
    $g \in \mathbb{R}^{n}$, $g = \partial L / \partial y$

    `x (..., n), V (m, n), W (n, m), g (..., n) -> dx (..., n), dV (m, n), dW (n, m)`

    [He et al. (2016), Identity mappings](https://arxiv.org/abs/1603.05027)

    >>> pre_activation_grad([1, -2], [[1, 1], [1, 3]], [[1, 1], [-3, 4]], [10, 1])[0]
    array([31.,  1.])
    """
    x, V, W = _cast(x, V, W)
    g = np.broadcast_to(_like(g, x), x.shape)
    z = relu(x) @ V.T
    dh, dW, _ = _linear_grad(relu(z), W, g)
    dz = relu_grad(z, dh)
    inner, dV, _ = _linear_grad(relu(x), V, dz)
    dx = g + relu_grad(x, inner)
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
    x, V, W, P = _cast(x, V, W, P)
    s = _sum(x @ P.T, relu(x @ V.T) @ W.T)
    return relu(s)


def projection_block_grad(x, V, W, P, g):
    r"""Pass a gradient back through the last ReLU, then through both paths.

    $$\frac{\partial L}{\partial s_i} = [s_i > 0]\, g_i$$

    $$\frac{\partial L}{\partial z_j} = [z_j > 0] \sum_{i=1}^{k} W_{ij} \frac{\partial L}{\partial s_i}$$

    $$\frac{\partial L}{\partial x} = P^\top \frac{\partial L}{\partial s}
      + V^\top \frac{\partial L}{\partial z}$$

    $$\frac{\partial L}{\partial V} = \frac{\partial L}{\partial z}\, x^\top, \quad
      \frac{\partial L}{\partial P} = \frac{\partial L}{\partial s}\, x^\top$$

    $$\frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial s_i} \max(0, z_j)$$

    $z = V x$, $x \in \mathbb{R}^{n}$, $V \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{k \times m}$,
    $P \in \mathbb{R}^{k \times n}$, $g \in \mathbb{R}^{k}$, $g = \partial L / \partial y$

    `x (..., n), V (m, n), W (k, m), P (k, n), g (..., k) -> dx (..., n), dV (m, n), dW (k, m), dP (k, n)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> V, W, P = [[1, 1]], [[1], [2], [-2]], [[1, 0], [0, 1], [1, 1]]
    >>> projection_block_grad([1, 2], V, W, P, 10)[:2]
    (array([40., 40.]), array([[30., 60.]]))
    """
    x, V, W, P = _cast(x, V, W, P)
    z = x @ V.T
    s = _sum(x @ P.T, relu(z) @ W.T)
    ds = np.broadcast_to(relu_grad(s, g), s.shape)
    dh, dW, _ = _linear_grad(relu(z), W, ds)
    dz = relu_grad(z, dh)
    inner, dV, _ = _linear_grad(x, V, dz)
    shortcut, dP, _ = _linear_grad(x, P, ds)
    dx = shortcut + inner
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
    x, W, b, V, c = _cast(x, W, b, V, c)
    H = np.tanh(x @ W.T + b)
    T = sigmoid(x @ V.T + c)
    return T * H + (1 - T) * x


def highway_grad(x, W, b, V, c, g):
    r"""Pass a gradient back: its share 1 - T straight through, the rest through the layer and the gate.

    $$\frac{\partial L}{\partial a} = g \odot T \odot (1 - H \odot H)$$

    $$\frac{\partial L}{\partial t} = g \odot (H - x) \odot T \odot (1 - T)$$

    $$\frac{\partial L}{\partial x} = (1 - T) \odot g + W^\top \frac{\partial L}{\partial a}
      + V^\top \frac{\partial L}{\partial t}$$

    $$\frac{\partial L}{\partial W} = \frac{\partial L}{\partial a}\, x^\top, \quad
      \frac{\partial L}{\partial b} = \frac{\partial L}{\partial a}$$

    $$\frac{\partial L}{\partial V} = \frac{\partial L}{\partial t}\, x^\top, \quad
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
    x, W, b, V, c = _cast(x, W, b, V, c)
    g = np.broadcast_to(_like(g, x), x.shape)
    H = np.tanh(x @ W.T + b)
    T = sigmoid(x @ V.T + c)
    da = g * T * (1 - H**2)
    dt = g * (H - x) * T * (1 - T)
    by_layer, dW, db = _linear_grad(x, W, da)
    by_gate, dV, dc = _linear_grad(x, V, dt)
    dx = (1 - T) * g + by_layer + by_gate
    return dx, dW, db, dV, dc


# ---- fpn
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
    x, p, W, b = _cast(x, p, W, b)
    if W.shape != (p.shape[-3], x.shape[-3]):
        raise ValueError(f"weights W {W.shape} do not lead from {x.shape[-3]} channels to {p.shape[-3]}")
    return pointwise(x, W, b) + nearest(p, x.shape[-2:], 0)


def fpn_merge_grad(x, p, W, b, g):
    r"""Pass a gradient back through the 1 x 1 convolution, and to each coarse pixel from all its copies.

    $$\frac{\partial L}{\partial p_{oef}} = \sum_{i:\, \lfloor i r / h \rfloor = e}\;
      \sum_{j:\, \lfloor j s / w \rfloor = f} g_{oij}$$

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
    x, p = _cast(x, p)
    g = np.broadcast_to(np.asarray(g, x.dtype), (*x.shape[:-3], *p.shape[-3:-2], *x.shape[-2:]))
    dx, dW, db = pointwise_grad(x, W, b, g)
    dp = nearest_grad(p, g, x.shape[-2:], 0)
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
def _recurrent(gates, x, W, U, biases, states):
    """Floats of the input's dtype whose shapes belong together: one state per sample, H rows per gate."""
    x = _float(x)
    W, U, *rest = (np.asarray(v, x.dtype) for v in (W, U, *biases, *states))
    H = U.shape[-1]
    wanted = [(gates * H, x.shape[-1]), (gates * H, H)]
    wanted += [(gates * H,)] * len(biases) + [(*x.shape[:-1], H)] * len(states)
    for v, shape in zip((W, U, *rest), wanted, strict=True):
        if v.shape != shape:
            raise ValueError(f"{H} units and an input {x.shape} need an array {shape}, got {v.shape}")
    return x, W, U, *rest


def rnn_cell(x, h, W, U, b):
    r"""Take one step of a plain recurrent network: mix the input with the last state, then squash.

    $$h_t = \tanh\left(W x + U h_{t-1} + b\right)$$

    $x \in \mathbb{R}^{m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{H \times m}$,
    $U \in \mathbb{R}^{H \times H}$, $b \in \mathbb{R}^{H}$

    `x (..., m), h (..., H), W (H, m), U (H, H), b (H) -> h (..., H)`

    [Elman (1990)](https://doi.org/10.1207/s15516709cog1402_1)

    >>> rnn_cell([1, 2], [0.5], [[1, -1]], [[2]], [0])
    array([0.])
    """
    x, W, U, b, h = _recurrent(1, x, W, U, [b], [h])
    h = np.tanh(x @ W.T + h @ U.T + b)
    return h


def rnn_cell_grad(x, h, W, U, b, g):
    r"""Pass a gradient back through one step of a plain recurrent network.

    $$\delta_j = g_j \left(1 - y_j^2\right)$$

    $$\frac{\partial L}{\partial x} = W^\top \delta, \quad \frac{\partial L}{\partial h} = U^\top \delta$$

    $$\frac{\partial L}{\partial W} = \delta x^\top, \quad \frac{\partial L}{\partial U} = \delta h^\top,
      \quad \frac{\partial L}{\partial b} = \delta$$

    $x \in \mathbb{R}^{m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{H \times m}$,
    $U \in \mathbb{R}^{H \times H}$, $b \in \mathbb{R}^{H}$, $g \in \mathbb{R}^{H}$,
    $g = \partial L / \partial y$

    `x (..., m), h (..., H), W (H, m), U (H, H), b (H), g (..., H) -> dx, dh, dW, dU, db`

    [Werbos (1990)](https://doi.org/10.1109/5.58337)

    >>> for d in rnn_cell_grad([1, 2], [0.5], [[1, -1]], [[2]], [0], [1]):
    ...     print(d)
    [ 1. -1.]
    [2.]
    [[1. 2.]]
    [[0.5]]
    [1.]
    """
    x, W, U, b, h = _recurrent(1, x, W, U, [b], [h])
    y = rnn_cell(x, h, W, U, b)
    delta = _like(g, y) * (1 - y**2)
    dx, dW, db = _linear_grad(x, W, delta)
    dh, dU, _ = _linear_grad(h, U, delta)
    return dx, dh, dW, dU, db


def _scan(cell, x, states, *weights):
    """Apply a cell step by step along axis -2; every state at every step."""
    if x.ndim < 2 or not x.shape[-2]:
        raise ValueError(f"a sequence needs at least one step and an axis of features, got x {x.shape}")
    steps = []
    for t in range(x.shape[-2]):
        states = cell(x[..., t, :], *states, *weights)
        states = states if isinstance(states, tuple) else (states,)
        steps.append(states)
    return tuple(np.stack(s, -2) for s in zip(*steps, strict=True))


def _scan_grad(cell, cell_grad, x, states, weights, gs):
    """Backward through time: go back cell by cell; the weights, shared by all steps, add up their gradients.

    Also returns every state and the whole gradient at it: its own and what comes from the later steps.
    """
    x = _float(x)
    states = [np.asarray(s, x.dtype) for s in states]
    after = _scan(cell, x, states, *weights)
    pairs = zip(states, after, strict=True)
    before = [np.concatenate([s[..., None, :], y[..., :-1, :]], -2) for s, y in pairs]
    totals = [_like(g, y) + np.zeros_like(y) for g, y in zip(gs, after, strict=True)]
    dx, dweights = np.zeros_like(x), [0] * len(weights)
    for t in reversed(range(x.shape[-2])):
        now = [s[..., t, :] for s in before], [g[..., t, :] for g in totals]
        dx[..., t, :], *d = cell_grad(x[..., t, :], *now[0], *weights, *now[1])
        dstates, dweights = d[: len(totals)], [a + b for a, b in zip(dweights, d[len(totals) :], strict=True)]
        if t:
            for g, ds in zip(totals, dstates, strict=True):
                g[..., t - 1, :] += ds
    return (dx, *dstates, *dweights), after, totals


def rnn(x, h, W, U, b):
    r"""Read a sequence step by step with the same weights; return the state after every step.

    $$y_s = \tanh\left(W x_s + U y_{s-1} + b\right), \quad y_0 = h$$

    $x \in \mathbb{R}^{T \times m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{H \times m}$,
    $U \in \mathbb{R}^{H \times H}$, $b \in \mathbb{R}^{H}$, $y$ (`return`)

    `x (..., T, m), h (..., H), W (H, m), U (H, H), b (H) -> y (..., T, H)`

    [Elman (1990)](https://doi.org/10.1207/s15516709cog1402_1)

    >>> rnn([[1], [0], [0]], [0], [[np.log(3) / 2]], [[1]], [0]).round(4)
    array([[0.5   ],
           [0.4621],
           [0.4318]])
    """
    (y,) = _scan(rnn_cell, _float(x), (h,), W, U, b)
    return y


def rnn_grad(x, h, W, U, b, g):
    r"""Pass gradients at all states back through time.

    $$q_{Tj} = g_{Tj}, \quad
      q_{rj} = g_{rj} + \sum_{k=1}^{H} U_{kj} \left(1 - y_{r+1,k}^2\right) q_{r+1,k} \quad (r < T)$$

    $$\frac{\partial L}{\partial x_{si}} = \sum_{j=1}^{H} W_{ji} \left(1 - y_{sj}^2\right) q_{sj}$$

    $$\frac{\partial L}{\partial W_{ji}} = \sum_{s=1}^{T} \left(1 - y_{sj}^2\right) q_{sj}\, x_{si}$$

    $x \in \mathbb{R}^{T \times m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{H \times m}$,
    $U \in \mathbb{R}^{H \times H}$, $b \in \mathbb{R}^{H}$, $g \in \mathbb{R}^{T \times H}$,
    $g = \partial L / \partial y$

    `x (..., T, m), h (..., H), W (H, m), U (H, H), b (H), g (..., T, H) -> dx, dh, dW, dU, db`

    [Werbos (1990)](https://doi.org/10.1109/5.58337)

    >>> dx, *rest = rnn_grad(np.zeros((3, 1)), [0], [[1]], [[0.5]], [0], [[0], [0], [1]])
    >>> dx.ravel()
    array([0.25, 0.5 , 1.  ])
    """
    grads, (y,), (q,) = _scan_grad(rnn_cell, rnn_cell_grad, x, [h], [W, U, b], [g])
    dx, dh, dW, dU, db = grads
    return dx, dh, dW, dU, db


def _lstm_gates(a):
    """Input gate, forget gate, candidate, output gate: PyTorch's order."""
    i, f, n, o = np.split(a, 4, -1)
    return sigmoid(i), sigmoid(f), np.tanh(n), sigmoid(o)


def lstm_cell(x, h, c, W, U, b):
    r"""Take one step of a long short-term memory: forget a part of the cell, write to it, show a part.

    $$a = W x + U h_{t-1} + b$$

    $$i_j = \sigma(a_j), \quad f_j = \sigma(a_{H+j})$$

    $$n_j = \tanh(a_{2H+j}), \quad o_j = \sigma(a_{3H+j})$$

    $$c_t = f \odot c_{t-1} + i \odot n$$

    $$h_t = o \odot \tanh c_t$$

    $x \in \mathbb{R}^{m}$, $h, c \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{4H \times m}$,
    $U \in \mathbb{R}^{4H \times H}$, $b \in \mathbb{R}^{4H}$

    `x (..., m), h (..., H), c (..., H), W (4 H, m), U (4 H, H), b (4 H) -> h (..., H), c (..., H)`

    [Gers, Schmidhuber & Cummins (2000)](https://doi.org/10.1162/089976600300015015)

    >>> keep = [-9, 9, 0, 9]
    >>> h, c = lstm_cell([1], [0.3], [2], np.zeros((4, 1)), np.zeros((4, 1)), keep)
    >>> c.round(3), h.round(3)
    (array([2.]), array([0.964]))
    """
    x, W, U, b, h, c = _recurrent(4, x, W, U, [b], [h, c])
    a = x @ W.T + h @ U.T + b
    i, f, n, o = _lstm_gates(a)
    c = f * c + i * n
    h = o * np.tanh(c)
    return h, c


def lstm_cell_grad(x, h, c, W, U, b, g, gamma):
    r"""Pass gradients at both new states back through one step of a long short-term memory.

    $$s = \tanh\left(f \odot c + i \odot n\right)$$

    $$q = \gamma + g \odot o \odot (1 - s \odot s)$$

    $$\delta = \begin{pmatrix} q \odot n \odot i \odot (1 - i) \\ q \odot c \odot f \odot (1 - f) \\
      q \odot i \odot (1 - n \odot n) \\ g \odot s \odot o \odot (1 - o) \end{pmatrix}$$

    $$\frac{\partial L}{\partial c} = f \odot q, \quad \frac{\partial L}{\partial x} = W^\top \delta,
      \quad \frac{\partial L}{\partial h} = U^\top \delta$$

    $$\frac{\partial L}{\partial W} = \delta x^\top, \quad \frac{\partial L}{\partial U} = \delta h^\top,
      \quad \frac{\partial L}{\partial b} = \delta$$

    $x \in \mathbb{R}^{m}$, $h, c \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{4H \times m}$,
    $U \in \mathbb{R}^{4H \times H}$, $b \in \mathbb{R}^{4H}$, $g, \gamma \in \mathbb{R}^{H}$,
    $g = \partial L / \partial h_t$, $\gamma = \partial L / \partial c_t$

    `x (..., m), h (..., H), c (..., H), W (4 H, m), U (4 H, H), b (4 H), g (..., H), gamma (..., H)
    -> dx, dh, dc, dW, dU, db`

    [Gers, Schmidhuber & Cummins (2000)](https://doi.org/10.1162/089976600300015015)

    >>> keep = [-9, 9, 0, 9]
    >>> grads = lstm_cell_grad([1], [0], [2], np.zeros((4, 1)), np.ones((4, 1)), keep, [0], [1])
    >>> grads[2].round(3)
    array([1.])
    """
    x, W, U, b, h, c = _recurrent(4, x, W, U, [b], [h, c])
    i, f, n, o = _lstm_gates(x @ W.T + h @ U.T + b)
    s = np.tanh(f * c + i * n)
    g, gamma = _like(g, s), _like(gamma, s)
    q = gamma + g * o * (1 - s**2)
    parts = q * n * i * (1 - i), q * c * f * (1 - f), q * i * (1 - n**2), g * s * o * (1 - o)
    delta = np.concatenate(parts, -1)
    dx, dW, db = _linear_grad(x, W, delta)
    dh, dU, _ = _linear_grad(h, U, delta)
    dc = f * q
    return dx, dh, dc, dW, dU, db


def lstm(x, h, c, W, U, b):
    r"""Read a sequence with a long short-term memory; return output and cell after every step.

    $$a_{rj} = \sum_{i=1}^{m} W_{ji} x_{ri} + \sum_{k=1}^{H} U_{jk} y_{r-1,k} + b_j, \quad y_0 = h$$

    $$\begin{aligned} s_{rj} &= \sigma(a_{r,H+j})\, s_{r-1,j} \\
      &+ \sigma(a_{rj}) \tanh(a_{r,2H+j}), \quad s_0 = c \end{aligned}$$

    $$y_{rj} = \sigma(a_{r,3H+j}) \tanh(s_{rj})$$

    $x \in \mathbb{R}^{T \times m}$, $h, c \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{4H \times m}$,
    $U \in \mathbb{R}^{4H \times H}$, $b \in \mathbb{R}^{4H}$

    `x (..., T, m), h (..., H), c (..., H), W (4 H, m), U (4 H, H), b (4 H) -> y (..., T, H), s (..., T, H)`

    [Gers, Schmidhuber & Cummins (2000)](https://doi.org/10.1162/089976600300015015)

    >>> keep = [-9, 9, 0, 9]
    >>> y, s = lstm(np.zeros((50, 1)), [0], [2], np.zeros((4, 1)), np.zeros((4, 1)), keep)
    >>> s[[0, -1], 0].round(4)
    array([1.9998, 1.9877])
    """
    y, s = _scan(lstm_cell, _float(x), (h, c), W, U, b)
    return y, s


def lstm_grad(x, h, c, W, U, b, g, gamma):
    r"""Pass gradients at all outputs and cells back through time, cell by cell.

    $$\frac{\partial L}{\partial x_{ri}} = \sum_{q=r}^{T} \sum_{j=1}^{H} \left(
      g_{qj} \frac{\partial y_{qj}}{\partial x_{ri}}
      + \gamma_{qj} \frac{\partial s_{qj}}{\partial x_{ri}} \right)$$

    $$\frac{\partial L}{\partial U_{ki}} = \sum_{q=1}^{T} \sum_{j=1}^{H} \left(
      g_{qj} \frac{\partial y_{qj}}{\partial U_{ki}}
      + \gamma_{qj} \frac{\partial s_{qj}}{\partial U_{ki}} \right)$$

    $x \in \mathbb{R}^{T \times m}$, $h, c \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{4H \times m}$,
    $U \in \mathbb{R}^{4H \times H}$, $b \in \mathbb{R}^{4H}$, $g, \gamma \in \mathbb{R}^{T \times H}$,
    $T, m, H \in \mathbb{N}$, $1 < T < 4$, $m, H < 3$,
    $g = \partial L / \partial y$, $\gamma = \partial L / \partial s$

    `x (..., T, m), h (..., H), c (..., H), W (4 H, m), U (4 H, H), b (4 H), g (..., T, H),
    gamma (..., T, H) -> dx, dh, dc, dW, dU, db`

    [Gers, Schmidhuber & Cummins (2000)](https://doi.org/10.1162/089976600300015015)

    >>> keep = [-9, 9, 0, 9]
    >>> zeros, late = np.zeros((4, 1)), np.eye(50)[:, -1:]
    >>> grads = lstm_grad(0 * late, [0], [2], zeros, zeros, keep, 0 * late, late)
    >>> grads[2].round(4)
    array([0.9938])
    """
    grads, (y, s), _ = _scan_grad(lstm_cell, lstm_cell_grad, x, [h, c], [W, U, b], [g, gamma])
    dx, dh, dc, dW, dU, db = grads
    return dx, dh, dc, dW, dU, db


def _gru_gates(a, u):
    """Reset gate, update gate, candidate: PyTorch's order. The reset gate acts on the product with U."""
    (ar, az, an), (ur, uz, un) = np.split(a, 3, -1), np.split(u, 3, -1)
    r, z = sigmoid(ar + ur), sigmoid(az + uz)
    return r, z, np.tanh(an + r * un)


def gru_cell(x, h, W, U, b, d):
    r"""Take one step of a gated recurrent unit: keep a share of the state, replace the rest.

    $$a = W x + b, \quad u = U h_{t-1} + d$$

    $$r_j = \sigma(a_j + u_j), \quad z_j = \sigma(a_{H+j} + u_{H+j})$$

    $$n_j = \tanh(a_{2H+j} + r_j u_{2H+j})$$

    $$h_t = (1 - z) \odot n + z \odot h_{t-1}$$

    $x \in \mathbb{R}^{m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{3H \times m}$,
    $U \in \mathbb{R}^{3H \times H}$, $b, d \in \mathbb{R}^{3H}$

    `x (..., m), h (..., H), W (3 H, m), U (3 H, H), b (3 H), d (3 H) -> h (..., H)`

    [Cho et al. (2014)](https://arxiv.org/abs/1406.1078)

    >>> gru_cell([1], [2], np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3), np.zeros(3))
    array([1.])
    """
    x, W, U, b, d, h = _recurrent(3, x, W, U, [b, d], [h])
    a, u = x @ W.T + b, h @ U.T + d
    r, z, n = _gru_gates(a, u)
    h = (1 - z) * n + z * h
    return h


def gru_cell_grad(x, h, W, U, b, d, g):
    r"""Pass a gradient back through one step of a gated recurrent unit.

    $$\nu = g \odot (1 - z) \odot (1 - n \odot n), \quad \zeta = g \odot (h - n) \odot z \odot (1 - z)$$

    $$\rho_j = \nu_j\, u_{2H+j}\, r_j (1 - r_j)$$

    $$\alpha = \begin{pmatrix} \rho \\ \zeta \\ \nu \end{pmatrix}, \quad
      \beta = \begin{pmatrix} \rho \\ \zeta \\ r \odot \nu \end{pmatrix}$$

    $$\frac{\partial L}{\partial x} = W^\top \alpha, \quad
      \frac{\partial L}{\partial h} = U^\top \beta + z \odot g$$

    $$\frac{\partial L}{\partial W} = \alpha x^\top, \quad \frac{\partial L}{\partial U} = \beta h^\top,
      \quad \frac{\partial L}{\partial b} = \alpha, \quad \frac{\partial L}{\partial d} = \beta$$

    $x \in \mathbb{R}^{m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{3H \times m}$,
    $U \in \mathbb{R}^{3H \times H}$, $b, d \in \mathbb{R}^{3H}$, $g \in \mathbb{R}^{H}$,
    $\rho$ (`dr`), $\zeta$ (`dz`), $\nu$ (`dn`), $g = \partial L / \partial h_t$

    `x (..., m), h (..., H), W (3 H, m), U (3 H, H), b (3 H), d (3 H), g (..., H)
    -> dx, dh, dW, dU, db, dd`

    [Cho et al. (2014)](https://arxiv.org/abs/1406.1078)

    >>> grads = gru_cell_grad([1], [2], np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3), np.zeros(3), [1])
    >>> grads[1]
    array([0.5])
    """
    x, W, U, b, d, h = _recurrent(3, x, W, U, [b, d], [h])
    a, u = x @ W.T + b, h @ U.T + d
    r, z, n = _gru_gates(a, u)
    g = _like(g, h)
    dn = g * (1 - z) * (1 - n**2)
    dr = dn * np.split(u, 3, -1)[2] * r * (1 - r)
    dz = g * (h - n) * z * (1 - z)
    alpha, beta = np.concatenate([dr, dz, dn], -1), np.concatenate([dr, dz, dn * r], -1)
    dx, dW, db = _linear_grad(x, W, alpha)
    dh, dU, dd = _linear_grad(h, U, beta)
    dh += z * g
    return dx, dh, dW, dU, db, dd


def gru(x, h, W, U, b, d):
    r"""Read a sequence with a gated recurrent unit; return the state after every step.

    $$y_r = F(x_r, y_{r-1}, W, U, b, d), \quad y_0 = h$$

    $x \in \mathbb{R}^{T \times m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{3H \times m}$,
    $U \in \mathbb{R}^{3H \times H}$, $b, d \in \mathbb{R}^{3H}$, $F$ (`gru_cell`), $y$ (`return`)

    `x (..., T, m), h (..., H), W (3 H, m), U (3 H, H), b (3 H), d (3 H) -> y (..., T, H)`

    [Cho et al. (2014)](https://arxiv.org/abs/1406.1078)

    >>> zeros = np.zeros((3, 1))
    >>> gru(zeros, [2], zeros, zeros, np.zeros(3), np.zeros(3))
    array([[1.  ],
           [0.5 ],
           [0.25]])
    """
    (y,) = _scan(gru_cell, _float(x), (h,), W, U, b, d)
    return y


def gru_grad(x, h, W, U, b, d, g):
    r"""Pass gradients at all states back through time.

    $$\frac{\partial L}{\partial x_{ri}} =
      \sum_{q=r}^{T} \sum_{j=1}^{H} g_{qj} \frac{\partial y_{qj}}{\partial x_{ri}}$$

    $$\frac{\partial L}{\partial U_{ki}} =
      \sum_{q=1}^{T} \sum_{j=1}^{H} g_{qj} \frac{\partial y_{qj}}{\partial U_{ki}}$$

    $x \in \mathbb{R}^{T \times m}$, $h \in \mathbb{R}^{H}$, $W \in \mathbb{R}^{3H \times m}$,
    $U \in \mathbb{R}^{3H \times H}$, $b, d \in \mathbb{R}^{3H}$, $g \in \mathbb{R}^{T \times H}$,
    $T, m, H \in \mathbb{N}$, $1 < T < 4$, $m, H < 3$,
    $g = \partial L / \partial y$

    `x (..., T, m), h (..., H), W (3 H, m), U (3 H, H), b (3 H), d (3 H), g (..., T, H)
    -> dx, dh, dW, dU, db, dd`

    [Cho et al. (2014)](https://arxiv.org/abs/1406.1078)

    >>> zeros, late = np.zeros((3, 1)), np.eye(3)[:, -1:]
    >>> grads = gru_grad(zeros, [2], zeros, zeros, np.zeros(3), np.zeros(3), late)
    >>> grads[1]
    array([0.125])
    """
    grads, (y,), _ = _scan_grad(gru_cell, gru_cell_grad, x, [h], [W, U, b, d], [g])
    dx, dh, dW, dU, db, dd = grads
    return dx, dh, dW, dU, db, dd


def recurrent_parameters(m, H, gates=1, biases=1):
    r"""Count the parameters of a recurrent layer: 1 block of rows if plain, 3 in a GRU, 4 in an LSTM.

    $$P = G \left(m H + H^2 + B H\right)$$

    $m, H, G, B \in \mathbb{N}$, $G$ (`gates`), $B$ (`biases`), $P$ (`return`)

    `m (), H () -> P ()`

    [Greff et al. (2017)](https://doi.org/10.1109/TNNLS.2016.2582924)

    >>> [recurrent_parameters(100, 128, gates) for gates in (1, 3, 4)]
    [29312, 87936, 117248]
    >>> [recurrent_parameters(100, 128, gates, biases=2) for gates in (1, 3, 4)]
    [29440, 88320, 117760]
    """
    return gates * (m * H + H**2 + biases * H)


def _taps(x, W, b):
    """Floats of the sequence's dtype whose channels belong together."""
    x = _float(x)
    W, b = np.asarray(W, x.dtype), np.asarray(b, x.dtype)
    if W.shape[2] != x.shape[-1] or b.shape not in ((), W.shape[1:2]):
        raise ValueError(f"taps W {W.shape} and bias b {b.shape} do not fit a sequence x {x.shape}")
    return x, W, b


def _delayed(T, steps):
    """The positions that look `steps` back, and those that they see there."""
    return slice(steps, None), slice(0, max(T - steps, 0))


def causal_conv(x, W, b=0.0, dilation=1):
    r"""Mix each step with earlier ones, d steps apart: a dilated convolution that never sees the future.

    $$y_{ro} = b_o + \sum_{u=0}^{\min(k - 1,\, \lfloor r/d \rfloor)} \sum_{c=0}^{C-1} W_{uoc}\, x_{r-ud,\,c}$$

    $x \in \mathbb{R}^{T \times C}$, $W \in \mathbb{R}^{k \times M \times C}$, $b \in \mathbb{R}^{M}$,
    $d \in \{1, 2\}$, $d$ (`dilation`), $y$ (`return`)

    `x (..., T, C), W (k, M, C), b (M) -> y (..., T, M)`

    [van den Oord et al. (2016)](https://arxiv.org/abs/1609.03499)

    >>> causal_conv([[1], [0], [0], [0], [0]], [[[3]], [[2]], [[1]]], dilation=2).ravel()
    array([3., 0., 2., 0., 1.])
    """
    x, W, b = _taps(x, W, b)
    y = np.zeros((*x.shape[:-1], W.shape[1]), x.dtype) + b
    for u, tap in enumerate(W):
        here, there = _delayed(x.shape[-2], u * dilation)
        y[..., here, :] += x[..., there, :] @ tap.T
    return y


def causal_conv_grad(x, W, b, g, dilation=1):
    r"""Pass a gradient back through a causal convolution: errors never flow to later steps.

    $$\frac{\partial L}{\partial x_{rc}} = \sum_{u=0}^{\min(k - 1,\, \lfloor (T - 1 - r)/d \rfloor)}
      \sum_{o=0}^{M-1} W_{uoc}\, g_{r+ud,\,o}$$

    $$\frac{\partial L}{\partial W_{uoc}} = \sum_{r=ud}^{T-1} g_{ro}\, x_{r-ud,\,c}, \quad
      \frac{\partial L}{\partial b_o} = \sum_{r=0}^{T-1} g_{ro}$$

    $x \in \mathbb{R}^{T \times C}$, $W \in \mathbb{R}^{k \times M \times C}$, $b \in \mathbb{R}^{M}$,
    $g \in \mathbb{R}^{T \times M}$, $d \in \{1, 2\}$, $d$ (`dilation`), $g = \partial L / \partial y$

    `x (..., T, C), W (k, M, C), b (M), g (..., T, M) -> dx, dW, db`

    [van den Oord et al. (2016)](https://arxiv.org/abs/1609.03499)

    >>> dx, dW, db = causal_conv_grad([[1], [2], [3]], [[[3]], [[2]]], 0, [[0], [0], [1]], dilation=2)
    >>> dx.ravel(), dW.ravel(), db
    (array([2., 0., 3.]), array([3., 1.]), array([1.]))
    """
    x, W, b = _taps(x, W, b)
    g = np.broadcast_to(g, (*x.shape[:-1], W.shape[1])).astype(x.dtype)
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for u, tap in enumerate(W):
        here, there = _delayed(x.shape[-2], u * dilation)
        into, dW[u], _ = _linear_grad(x[..., there, :], tap, g[..., here, :])
        dx[..., there, :] += into
    db = _batch_sum(g.reshape(-1, g.shape[-1]), 0)
    return dx, dW, db


def tcn_block(x, W, b, V, c, dilation=1):
    r"""Put two causal convolutions beside a shortcut: the block that temporal convolutional networks stack.

    $$z = \operatorname{ReLU}(F(x, W, b, d))$$

    $$y = \operatorname{ReLU}\left(x + \operatorname{ReLU}(F(z, V, c, d))\right)$$

    $x \in \mathbb{R}^{T \times C}$, $W, V \in \mathbb{R}^{k \times C \times C}$, $b, c \in \mathbb{R}^{C}$,
    $d \in \{1, 2\}$, $d$ (`dilation`), $F$ (`causal_conv`), $y$ (`return`)

    `x (..., T, C), W (k, C, C), b (C), V (k, C, C), c (C) -> y (..., T, C)`

    [Bai, Kolter & Koltun (2018)](https://arxiv.org/abs/1803.01271)

    >>> tcn_block([[1], [0], [0]], [[[1]], [[1]]], [0], [[[1]], [[1]]], [0]).ravel()
    array([2., 2., 1.])
    """
    z = relu(causal_conv(x, W, b, dilation))
    return relu(x + relu(causal_conv(z, V, c, dilation)))


def tcn_block_grad(x, W, b, V, c, g, dilation=1):
    r"""Pass a gradient back through both branches of the block.

    $$p = \operatorname{ReLU}(F(z, V, c, d))$$

    $$q_{so} = g_{so}\,[x_{so} + p_{so} > 0]$$

    $$\frac{\partial L}{\partial x} = q + r, \quad
      \frac{\partial L}{\partial c_o} = \sum_{s=1}^{T} q_{so}\,[p_{so} > 0]$$

    $x \in \mathbb{R}^{T \times C}$, $W, V \in \mathbb{R}^{k \times C \times C}$, $b, c \in \mathbb{R}^{C}$,
    $g \in \mathbb{R}^{T \times C}$, $d \in \{1, 2\}$, $d$ (`dilation`), $F$ (`causal_conv`),
    $z$ (`z`), $r$ (`inner`), $g = \partial L / \partial y$

    `x (..., T, C), W (k, C, C), b (C), V (k, C, C), c (C), g (..., T, C) -> dx, dW, db, dV, dc`

    [Bai, Kolter & Koltun (2018)](https://arxiv.org/abs/1803.01271)

    >>> dx, *rest = tcn_block_grad([[1], [0], [0]], [[[1]], [[1]]], [0], [[[1]], [[1]]], [0], [[0], [0], [1]])
    >>> dx.ravel()
    array([1., 1., 1.])
    """
    a = causal_conv(x, W, b, dilation)
    z = relu(a)
    e = causal_conv(z, V, c, dilation)
    p = relu(e)
    q = relu_grad(x + p, g)
    dz, dV, dc = causal_conv_grad(z, V, c, relu_grad(e, q), dilation)
    inner, dW, db = causal_conv_grad(x, W, b, relu_grad(a, dz), dilation)
    dx = q + inner
    return dx, dW, db, dV, dc


def tcn_field(L, k=3, c=2):
    r"""Count the steps that L blocks see, each of c causal convolutions, with dilations 1, 2, 4, ...

    $$R = 1 + c\,(k - 1) \sum_{l=0}^{L-1} 2^l = 1 + c\,(k - 1) \left(2^L - 1\right)$$

    $L, k, c \in \mathbb{N}$, $R$ (`return`)

    `L () -> R ()`

    [Bai, Kolter & Koltun (2018)](https://arxiv.org/abs/1803.01271)

    >>> tcn_field(4, c=1), tcn_field(4), tcn_field(8)
    (31, 61, 1021)
    """
    return 1 + c * (k - 1) * (2**L - 1)


def _padded(x, padding):
    """Add zeros around the last three axes."""
    return np.pad(x, [(0, 0)] * (x.ndim - 3) + [(p, p) for p in np.broadcast_to(padding, 3)])


def _places(x, k):
    """Count the places where a kernel fits on each of the last three axes."""
    size = [n - i + 1 for n, i in zip(x.shape[-3:], k, strict=True)]
    if min(size) < 1:
        frames, kernel = (" x ".join(map(str, n)) for n in (x.shape[-3:], k))
        raise ValueError(f"a kernel that spans {kernel} (time, height, width) does not fit in {frames}")
    return size


def _shifted(x, k):
    """For each tap of a kernel: its place, and the part of the last three axes that it sees."""
    size = _places(x, k)
    for tap in np.ndindex(*k):
        yield tap, (..., *(slice(t, t + n) for t, n in zip(tap, size, strict=True)))


def _by_channel(x):
    """(..., C, T, h, w) -> (C, all the rest)."""
    return np.moveaxis(x, -4, 0).reshape(x.shape[-4], -1)


def _video(x, W, b):
    """Floats of the video's dtype whose channels belong together."""
    x = _float(x)
    W, b = np.asarray(W, x.dtype), np.asarray(b, x.dtype)
    if W.shape[1] != x.shape[-4] or b.shape not in ((), W.shape[:1]):
        raise ValueError(f"kernels W {W.shape} and bias b {b.shape} do not fit a video x {x.shape}")
    return x, W, b


def conv3d(x, W, b=0.0, padding=0):
    r"""Slide a kernel over frames, rows and columns of a video and take the weighted sum of what is under it.

    $$y_{orij} = b_o + \sum_{c=0}^{C-1} \sum_{s=0}^{l-1} \sum_{u=0}^{k-1} \sum_{v=0}^{k-1}
      W_{ocsuv}\, \tilde x_{c,\,r+s,\,i+u,\,j+v}$$

    $x \in \mathbb{R}^{C \times T \times h \times w}$, $b \in \mathbb{R}^{M}$,
    $W \in \mathbb{R}^{M \times C \times l \times k \times k}$, $C, M, T, h, w, l, k \in \mathbb{N}$,
    $C, M, T, h, w, l, k < 3$, $p \in \{0, 1\}$, $l \le T$, $k \le h$, $k \le w$,
    $p$ (`padding`), $\tilde x$ (`padded`), $y$ (`return`)

    `x (..., C, T, h, w), W (M, C, l, k, k), b (M) -> y (..., M, T', h', w')`

    [Tran et al. (2015)](https://arxiv.org/abs/1412.0767)

    >>> video = np.arange(3).reshape(1, 3, 1, 1) ** 2
    >>> conv3d(video, [[[[[-1]], [[1]]]]]).ravel()
    array([1., 3.])
    """
    x, W, b = _video(x, W, b)
    padded = _padded(x, padding)
    y = 0
    for tap, seen in _shifted(padded, W.shape[2:]):
        y = y + np.einsum("oc,...cthw->...othw", W[(..., *tap)], padded[seen], optimize=True)
    return y + b[..., None, None, None]


def conv3d_grad(x, W, b, g, padding=0):
    r"""Pass a gradient back through a convolution over time and space.

    $$\frac{\partial L}{\partial x_{crij}} = \sum_{o=0}^{M-1} \sum_{s=\max(0,\, r+p-m+1)}^{\min(l-1,\, r+p)}
      \sum_{u=\max(0,\, i+p-n+1)}^{\min(k-1,\, i+p)} \sum_{v=\max(0,\, j+p-q+1)}^{\min(k-1,\, j+p)}
      W_{ocsuv}\, g_{o,\,r+p-s,\,i+p-u,\,j+p-v}$$

    $$\frac{\partial L}{\partial W_{ocsuv}} = \sum_{r=0}^{m-1} \sum_{i=0}^{n-1} \sum_{j=0}^{q-1} g_{orij}\,
      \tilde x_{c,\,r+s,\,i+u,\,j+v}$$

    $$\frac{\partial L}{\partial b_o} = \sum_{r=0}^{m-1} \sum_{i=0}^{n-1} \sum_{j=0}^{q-1} g_{orij}$$

    $x \in \mathbb{R}^{C \times (m + l - 1 - 2p) \times (n + k - 1 - 2p) \times (q + k - 1 - 2p)}$,
    $W \in \mathbb{R}^{M \times C \times l \times k \times k}$, $b \in \mathbb{R}^{M}$,
    $g \in \mathbb{R}^{M \times m \times n \times q}$, $C, M, l, k, m, n, q \in \mathbb{N}$,
    $C, M, m, n, q < 3$, $l, k < 4$, $p \in \mathbb{N}$, $0 \le p < 2$,
    $2p < m + l - 1$, $2p < n + k - 1$, $2p < q + k - 1$,
    $p$ (`padding`), $\tilde x$ (`padded`), $g = \partial L / \partial y$

    `x (..., C, T, h, w), W (M, C, l, k, k), b (M), g (..., M, T', h', w') -> dx, dW, db`

    [Tran et al. (2015)](https://arxiv.org/abs/1412.0767)

    >>> dx, dW, db = conv3d_grad(np.ones((1, 3, 1, 1)), [[[[[-1]], [[1]]]]], 0, np.ones((1, 2, 1, 1)))
    >>> dx.ravel(), dW.ravel(), db
    (array([-1.,  0.,  1.]), array([2., 2.]), array([2.]))
    """
    x, W, b = _video(x, W, b)
    padded = _padded(x, padding)
    m, n, q = _places(padded, W.shape[2:])
    g = np.broadcast_to(g, (*x.shape[:-4], len(W), m, n, q)).astype(x.dtype)
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for tap, seen in _shifted(padded, W.shape[2:]):
        dpadded[seen] += np.einsum("oc,...othw->...cthw", W[(..., *tap)], g, optimize=True)
        dW[(..., *tap)] = _by_channel(g) @ _by_channel(padded[seen]).T
    inner = (slice(p, p + a) for p, a in zip(np.broadcast_to(padding, 3), x.shape[-3:], strict=True))
    dx, db = dpadded[(..., *inner)], _by_channel(g).sum(1)
    return dx, dW, db


def conv3d_parameters(C, M, k=3, l=3):
    r"""Count the weights of a convolution over l frames and k x k pixels, biases aside.

    $$P = l\, k^2\, C M$$

    $C, M, k, l \in \mathbb{N}$, $P$ (`return`)

    `C (), M () -> P ()`

    [Tran et al. (2015)](https://arxiv.org/abs/1412.0767)

    >>> conv3d_parameters(64, 64), conv3d_parameters(64, 64, l=1)
    (110592, 36864)
    """
    return l * k**2 * C * M


def factored_channels(C, M, k=3, l=3):
    r"""Choose how many channels lie between the halves of a (2+1)-D convolution: no more weights than in 3-D.

    $$N = \left\lfloor \frac{l\, k^2\, C M}{k^2 C + l M} \right\rfloor$$

    $$k^2\, C N + l\, N M = P - (P \bmod (k^2 C + l M)), \quad P = l\, k^2\, C M$$

    $C, M, k, l \in \mathbb{N}$, $N$ (`return`)

    `C (), M () -> N ()`

    [Tran et al. (2018)](https://arxiv.org/abs/1711.11248)

    >>> factored_channels(64, 64), factored_channels(3, 64)
    (144, 23)
    """
    return l * k**2 * C * M // (k**2 * C + l * M)


def conv2plus1d(x, S, V):
    r"""Convolve in space, then in time, with a nonlinearity between: a factored 3-D convolution.

    $$z_{nrij} = \operatorname{ReLU}\left(\sum_{c=0}^{C-1} \sum_{u=0}^{2f} \sum_{v=0}^{2f} S_{ncuv}\,
      \tilde x_{c,\,r,\,i+u,\,j+v}\right)$$

    $$y_{orij} = \sum_{n=0}^{N-1} \sum_{s=0}^{2p} V_{o n s}\, \tilde z_{n,\,r+s,\,i,\,j}$$

    $x \in \mathbb{R}^{C \times T \times h \times w}$,
    $S \in \mathbb{R}^{N \times C \times (2f+1) \times (2f+1)}$,
    $V \in \mathbb{R}^{M \times N \times (2p+1)}$, $C, N, M, T, h, w, f, p \in \mathbb{N}$,
    $C, N, M, T, h, w < 3$, $0 \le f < 2$, $0 \le p < 2$,
    $\tilde x$ (`x_pad`), $\tilde z$ (`z_pad`), $y$ (`return`)

    `x (..., C, T, h, w), S (N, C, k, k), V (M, N, l) -> y (..., M, T, h, w)`

    [Tran et al. (2018)](https://arxiv.org/abs/1711.11248)

    >>> video = np.arange(3).reshape(1, 3, 1, 1)
    >>> conv2plus1d(video, [[[[2]]]], [[[-1, 0, 1]]]).ravel()
    array([ 2.,  4., -2.])
    """
    S, V = np.asarray(S)[:, :, None], np.asarray(V)[..., None, None]
    x_pad = _padded(_float(x), _half(S.shape[2:]))
    z = relu(conv3d(x_pad, S))
    z_pad = _padded(z, _half(V.shape[2:]))
    return conv3d(z_pad, V)


def conv2plus1d_grad(x, S, V, g):
    r"""Pass a gradient back through the step in time, the nonlinearity and the step in space.

    $$\frac{\partial L}{\partial V_{o n s}} = \sum_{r=\max(0,\, p-s)}^{\min(T,\, T+p-s)-1} \sum_{i=0}^{h-1}
      \sum_{j=0}^{w-1} g_{orij}\, z_{n,\,r+s-p,\,i,\,j}$$

    $$\delta_{nrij} = [z_{nrij} > 0] \sum_{o=0}^{M-1} \sum_{s=\max(0,\, r+p-T+1)}^{\min(2p,\, r+p)}
      V_{o n s}\, g_{o,\,r+p-s,\,i,\,j}$$

    $$\frac{\partial L}{\partial S_{ncuv}} = \sum_{r=0}^{T-1} \sum_{i=\max(0,\, f-u)}^{\min(h,\, h+f-u)-1}
      \sum_{j=\max(0,\, f-v)}^{\min(w,\, w+f-v)-1} \delta_{nrij}\, x_{c,\,r,\,i+u-f,\,j+v-f}$$

    $$\frac{\partial L}{\partial x_{crij}} = \sum_{n=0}^{N-1} \sum_{u=\max(0,\, i+f-h+1)}^{\min(2f,\, i+f)}
      \sum_{v=\max(0,\, j+f-w+1)}^{\min(2f,\, j+f)} S_{ncuv}\, \delta_{n,\,r,\,i+f-u,\,j+f-v}$$

    $x \in \mathbb{R}^{C \times T \times h \times w}$,
    $S \in \mathbb{R}^{N \times C \times (2f+1) \times (2f+1)}$,
    $V \in \mathbb{R}^{M \times N \times (2p+1)}$, $g \in \mathbb{R}^{M \times T \times h \times w}$,
    $C, N, M, T, h, w, f, p \in \mathbb{N}$, $C, N, M < 3$, $T, h, w < 4$, $0 \le f < 2$, $0 \le p < 2$,
    $g = \partial L / \partial y$

    `x (..., C, T, h, w), S (N, C, k, k), V (M, N, l), g (..., M, T, h, w) -> dx, dS, dV`

    [Tran et al. (2018)](https://arxiv.org/abs/1711.11248)

    >>> video, ones = np.arange(3).reshape(1, 3, 1, 1), np.ones((1, 3, 1, 1))
    >>> dx, dS, dV = conv2plus1d_grad(video, [[[[2]]]], [[[-1, 0, 1]]], ones)
    >>> dx.ravel(), dS.ravel(), dV.ravel()
    (array([0., 0., 2.]), array([2.]), array([2., 6., 6.]))
    """
    S, V = np.asarray(S)[:, :, None], np.asarray(V)[..., None, None]
    a = conv3d(x, S, padding=_half(S.shape[2:]))
    z = relu(a)
    dz, dV, _ = conv3d_grad(z, V, 0, g, _half(V.shape[2:]))
    delta = relu_grad(a, dz)
    dx, dS, _ = conv3d_grad(x, S, 0, delta, _half(S.shape[2:]))
    dS, dV = dS[:, :, 0], dV[..., 0, 0]
    return dx, dS, dV


def _shift(x, n, m, forward):
    """Delay n channels by one frame and advance the next m, or the other way round; zeros move in."""
    y = x.copy()
    (late, early) = (slice(1, None), slice(None, -1)) if forward else (slice(None, -1), slice(1, None))
    for channels, here, there in ((slice(n), late, early), (slice(n, n + m), early, late)):
        y[..., channels, :, :, :] = 0
        y[..., channels, here, :, :] = x[..., channels, there, :, :]
    return y


def temporal_shift(x, fold=8, online=False):
    r"""Let 1/fold of the channels come from the frame before and as many from the frame after; no parameters.

    $$y_{crij} = \begin{cases} x_{c,\,r-1,\,i,\,j}, & c \le n,\; r > 1 \\
      x_{c,\,r+1,\,i,\,j}, & n < c \le 2n,\; r < T \\
      x_{crij}, & c > 2n \\ 0, & \text{otherwise} \end{cases}$$

    $$n = \left\lfloor \frac{C}{f} \right\rfloor$$

    $x \in \mathbb{R}^{C \times T \times h \times w}$, $f \in \{2, 3, 4\}$,
    $f$ (`fold`), $y$ (`return`)

    `x (..., C, T, h, w) -> y (..., C, T, h, w)`

    [Lin, Gan & Han (2019)](https://arxiv.org/abs/1811.08383)

    >>> video = np.array([[1, 2, 3]] * 4).reshape(4, 3, 1, 1)
    >>> temporal_shift(video, fold=4)[:, :, 0, 0]
    array([[0., 1., 2.],
           [2., 3., 0.],
           [1., 2., 3.],
           [1., 2., 3.]])
    """
    x = _float(x)
    n = x.shape[-4] // fold
    m = 0 if online else n  # a camera has no frame after
    return _shift(x, n, m, forward=True)


def temporal_shift_grad(x, g, fold=8, online=False):
    r"""Shift the gradient back: the transposed shift.

    $$\frac{\partial L}{\partial x_{crij}} = \begin{cases} g_{c,\,r+1,\,i,\,j}, & c \le n,\; r < T \\
      g_{c,\,r-1,\,i,\,j}, & n < c \le 2n,\; r > 1 \\
      g_{crij}, & c > 2n \\ 0, & \text{otherwise} \end{cases}$$

    $$n = \left\lfloor \frac{C}{f} \right\rfloor$$

    $x \in \mathbb{R}^{C \times T \times h \times w}$, $g \in \mathbb{R}^{C \times T \times h \times w}$,
    $f \in \{2, 3, 4\}$, $f$ (`fold`), $g = \partial L / \partial y$

    `x (..., C, T, h, w), g (..., C, T, h, w) -> dx (..., C, T, h, w)`

    [Lin, Gan & Han (2019)](https://arxiv.org/abs/1811.08383)

    >>> g = np.array([[1, 2, 3]] * 4).reshape(4, 3, 1, 1)
    >>> temporal_shift_grad(np.zeros((4, 3, 1, 1)), g, fold=4)[:, :, 0, 0]
    array([[2., 3., 0.],
           [0., 1., 2.],
           [1., 2., 3.],
           [1., 2., 3.]])
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    n = x.shape[-4] // fold
    m = 0 if online else n
    return _shift(g, n, m, forward=False)


# ---- attention
def _aligned(Q, K, V=None):
    """Floats of the queries' dtype: one batch, queries and keys of one size, a value for each key."""
    Q = _float(Q)
    K = np.asarray(K, Q.dtype)
    V = K if V is None else np.asarray(V, Q.dtype)
    if Q.shape[:-2] != K.shape[:-2] or Q.shape[-1] != K.shape[-1] or K.shape[:-1] != V.shape[:-1]:
        raise ValueError(f"queries {Q.shape}, keys {K.shape} and values {V.shape} do not belong together")
    return Q, K, V


def attention_weights(Q, K, mask=True):
    r"""Compare each query with all keys and turn the similarities into weights that sum to 1.

    $$S_{ts} = \frac{1}{\sqrt{d}} \sum_{j=1}^{d} Q_{tj} K_{sj}$$

    $$A_{ts} = \begin{cases} \frac{e^{S_{ts}}}{\sum_{r:\, M_{tr} = 1} e^{S_{tr}}}, & M_{ts} = 1 \\
      0, & M_{ts} = 0 \end{cases}$$

    $Q \in \mathbb{R}^{T \times d}$, $K \in \mathbb{R}^{N \times d}$, $M \in \{0, 1\}^{T \times N}$,
    $M$ (`mask`), $A$ (`return`)

    `Q (..., T, d), K (..., N, d), mask (..., T, N) -> A (..., T, N)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> Q, K = [[1, 0, 0, 0]], [[2 * np.log(3), 0, 0, 0], [0, 5, 0, 0]]
    >>> attention_weights(Q, K), attention_weights(Q, K, [[True, False]])
    (array([[0.75, 0.25]]), array([[1., 0.]]))
    >>> attention_weights(Q, K, False)
    array([[0., 0.]])
    """
    Q, K, _ = _aligned(Q, K)
    mask = np.asarray(mask)
    other = mask[(mask != 0) & (mask != 1)]
    if other.size:
        raise ValueError(f"mask must be True where a query may look and False elsewhere, got {other[0]}")
    # the queries first: undivided products may be too large for float16
    S = Q / np.asarray(math.sqrt(Q.shape[-1]), Q.dtype) @ K.swapaxes(-1, -2)
    seen = np.where(mask, S, -np.inf)
    e = np.exp(seen - seen.max(-1, keepdims=True, initial=np.finfo(S.dtype).min))
    total = np.maximum(_total(e, -1), 1)  # below 1 only if all is masked: then 0
    return (e / total).astype(S.dtype, copy=False)


def attention_weights_grad(Q, K, g, mask=True):
    r"""Pass a gradient back through the softmax to queries and keys; a masked pair gets none.

    $$D_{ts} = A_{ts} \left( g_{ts} - \sum_{r=1}^{N} A_{tr}\, g_{tr} \right)$$

    $$\frac{\partial L}{\partial Q} = \frac{D K}{\sqrt{d}}, \quad
      \frac{\partial L}{\partial K} = \frac{D^\top Q}{\sqrt{d}}$$

    $Q \in \mathbb{R}^{T \times d}$, $K \in \mathbb{R}^{N \times d}$, $M \in \{0, 1\}^{T \times N}$,
    $g \in \mathbb{R}^{T \times N}$, $M$ (`mask`), $g = \partial L / \partial A$

    `Q (..., T, d), K (..., N, d), g (..., T, N), mask (..., T, N) -> dQ (..., T, d), dK (..., N, d)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> dQ, dK = attention_weights_grad([[2]], [[0], [0]], [[1, 0]])
    >>> dQ, dK
    (array([[0.]]), array([[ 0.5],
           [-0.5]]))
    """
    Q, K, _ = _aligned(Q, K)
    A = attention_weights(Q, K, mask)
    g = _like(g, A)
    D = A * (g - (A * g).sum(-1, keepdims=True))
    scale = np.asarray(math.sqrt(Q.shape[-1]), Q.dtype)
    dQ, dK = D @ K / scale, D.swapaxes(-1, -2) @ Q / scale
    return dQ, dK


def attention(Q, K, V, mask=True):
    r"""Answer each query with a mean of the values, weighted by how well their keys fit.

    $$Y = A V, \quad A = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right)$$

    $Q \in \mathbb{R}^{T \times d}$, $K \in \mathbb{R}^{N \times d}$, $V \in \mathbb{R}^{N \times v}$,
    $Y$ (`return`)

    `Q (..., T, d), K (..., N, d), V (..., N, v), mask (..., T, N) -> Y (..., T, v)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> attention([[1]], [[np.log(3)], [0]], [[4, 0], [0, 8]])
    array([[3., 2.]])
    """
    Q, K, V = _aligned(Q, K, V)
    A = attention_weights(Q, K, mask)
    return A @ V


def attention_grad(Q, K, V, g, mask=True):
    r"""Pass a gradient back to queries, keys and values.

    $$\frac{\partial L}{\partial V} = A^\top g, \quad \frac{\partial L}{\partial A} = g V^\top$$

    $Q \in \mathbb{R}^{T \times d}$, $K \in \mathbb{R}^{N \times d}$, $V \in \mathbb{R}^{N \times v}$,
    $g \in \mathbb{R}^{T \times v}$, $g = \partial L / \partial Y$

    `Q (..., T, d), K (..., N, d), V (..., N, v), g (..., T, v), mask (..., T, N)
    -> dQ (..., T, d), dK (..., N, d), dV (..., N, v)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> for d in attention_grad([[2]], [[0], [0]], [[1], [3]], [[1]]):
    ...     print(d.ravel())
    [0.]
    [-1.  1.]
    [0.5 0.5]
    """
    Q, K, V = _aligned(Q, K, V)
    A = attention_weights(Q, K, mask)
    g = np.broadcast_to(g, (*A.shape[:-1], V.shape[-1])).astype(A.dtype)
    dV, dA = A.swapaxes(-1, -2) @ g, g @ V.swapaxes(-1, -2)
    dQ, dK = attention_weights_grad(Q, K, dA, mask)
    return dQ, dK, dV


def causal_mask(T):
    r"""Let each step look at itself and at earlier steps.

    $$M_{ts} = [s \le t]$$

    $T \in \mathbb{N}$, $M \in \{0, 1\}^{T \times T}$ (`return`)

    `-> mask (T, T)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> causal_mask(3)
    array([[ True, False, False],
           [ True,  True, False],
           [ True,  True,  True]])
    """
    return np.tri(T, dtype=bool)


def padding_mask(n, N):
    r"""Hide what lies after the end of each sequence of a batch, whose rows were filled up to one length.

    $$M_{b1s} = [s \le n_b]$$

    $n \in \{1, 2, 3\}^{B}$, $N \in \{3, 4\}$, $M$ (`return`)

    `n (...) -> mask (..., 1, N)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> padding_mask([1, 3], 3)[:, 0]
    array([[ True, False, False],
           [ True,  True,  True]])
    """
    return np.arange(N) < np.asarray(n)[..., None, None]


def _split(x, heads):
    """(..., T, h m) -> (..., h, T, m)."""
    if x.shape[-1] % heads:
        raise ValueError(f"{x.shape[-1]} columns of Q, K, V cannot be shared out to {heads} heads")
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def _merge(x):
    """(..., h, T, m) -> (..., T, h m)."""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def _for_heads(mask, x, z):
    """A mask of pairs (..., T, N) with an axis for the heads."""
    return np.broadcast_to(mask, (*x.shape[:-1], z.shape[-2]))[..., None, :, :]


def multi_head_attention(x, z, W_Q, W_K, W_V, W_O, heads=1, mask=True):
    r"""Attend several times side by side, each head in its own small space, and mix the answers.

    $$Q = x W_Q^\top, \quad K = z W_K^\top, \quad V = z W_V^\top$$

    $$S_{ats} = \frac{1}{\sqrt{m}} \sum_{j=0}^{m-1} Q_{t,\,am+j}\, K_{s,\,am+j}$$

    $$A_{ats} = \frac{e^{S_{ats}}}{\sum_{r=0}^{N-1} e^{S_{atr}}}$$

    $$C_{ti} = \sum_{s=0}^{N-1} A_{\lfloor i/m \rfloor,\,t,\,s}\, V_{si}, \quad Y = C W_O^\top$$

    $x \in \mathbb{R}^{T \times d}$, $z \in \mathbb{R}^{N \times d}$,
    $W_Q, W_K, W_V \in \mathbb{R}^{hm \times d}$,
    $W_O \in \mathbb{R}^{d \times hm}$, $h, m \in \mathbb{N}$, $h < 4$, $1 < m < 4$,
    $h$ (`heads`), $Y$ (`return`)

    `x (..., T, d), z (..., N, d), W_Q, W_K, W_V (h m, d), W_O (d, h m), mask (..., T, N) -> Y (..., T, d)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> x, z, eye = np.zeros((1, 2)), [[1, 2], [3, 6]], np.eye(2)
    >>> multi_head_attention(x, z, eye, eye, eye, eye, heads=2)
    array([[2., 4.]])
    """
    x = _float(x)
    z, W_Q, W_K, W_V, W_O = (np.asarray(a, x.dtype) for a in (z, W_Q, W_K, W_V, W_O))
    Q, K, V = x @ W_Q.T, z @ W_K.T, z @ W_V.T
    A = attention_weights(_split(Q, heads), _split(K, heads), _for_heads(mask, x, z))
    C = _merge(A @ _split(V, heads))
    return C @ W_O.T


def multi_head_attention_grad(x, z, W_Q, W_K, W_V, W_O, g, heads=1, mask=True):
    r"""Pass a gradient back through all heads to both sequences and the four matrices.

    $$\frac{\partial L}{\partial C} = g W_O, \quad \frac{\partial L}{\partial W_O} = g^\top C$$

    $$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial Q} W_Q, \quad
      \frac{\partial L}{\partial z} = \frac{\partial L}{\partial K} W_K + \frac{\partial L}{\partial V} W_V$$

    $$\frac{\partial L}{\partial W_Q} = \left(\frac{\partial L}{\partial Q}\right)^\top x, \quad
      \frac{\partial L}{\partial W_K} = \left(\frac{\partial L}{\partial K}\right)^\top z, \quad
      \frac{\partial L}{\partial W_V} = \left(\frac{\partial L}{\partial V}\right)^\top z$$

    $x \in \mathbb{R}^{T \times d}$, $z \in \mathbb{R}^{N \times d}$,
    $W_Q, W_K, W_V \in \mathbb{R}^{hm \times d}$,
    $W_O \in \mathbb{R}^{d \times hm}$, $g \in \mathbb{R}^{T \times d}$, $h, m \in \mathbb{N}$, $h, m < 4$,
    $h$ (`heads`), $g = \partial L / \partial Y$

    `x (..., T, d), z (..., N, d), W_Q, W_K, W_V (h m, d), W_O (d, h m), g (..., T, d), mask (..., T, N)
    -> dx, dz, dW_Q, dW_K, dW_V, dW_O`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> x, z, eye = np.zeros((1, 2)), [[1, 2], [3, 6]], np.eye(2)
    >>> dx, dz, *rest = multi_head_attention_grad(x, z, eye, eye, eye, eye, [[1, 0]], heads=2)
    >>> dx, dz
    (array([[1., 0.]]), array([[0.5, 0. ],
           [0.5, 0. ]]))
    """
    x = _float(x)
    z, W_Q, W_K, W_V, W_O = (np.asarray(a, x.dtype) for a in (z, W_Q, W_K, W_V, W_O))
    parts = [_split(v, heads) for v in (x @ W_Q.T, z @ W_K.T, z @ W_V.T)]
    mask = _for_heads(mask, x, z)
    C = _merge(attention(*parts, mask))
    g = np.broadcast_to(g, (*C.shape[:-1], len(W_O))).astype(x.dtype)
    dC, dW_O, _ = _linear_grad(C, W_O, g)
    dQ, dK, dV = (_merge(d) for d in attention_grad(*parts, _split(dC, heads), mask))
    dx, dW_Q, _ = _linear_grad(x, W_Q, dQ)
    by_keys, dW_K, _ = _linear_grad(z, W_K, dK)
    by_values, dW_V, _ = _linear_grad(z, W_V, dV)
    dz = by_keys + by_values
    return dx, dz, dW_Q, dW_K, dW_V, dW_O


def positions(T, d):
    r"""Give every position a vector of sines and cosines, from fast to slow.

    $$p_{t,2i} = \sin\left(\frac{t}{10000^{2i/d}}\right), \quad
      p_{t,2i+1} = \cos\left(\frac{t}{10000^{2i/d}}\right), \quad t = 0, \dots, T - 1$$

    $T \in \mathbb{N}$, $d \in \{2, 4, 6\}$, $p \in \mathbb{R}^{T \times d}$ (`return`)

    `-> p (T, d)`

    [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762)

    >>> positions(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    if d % 2:
        raise ValueError(f"sines and cosines come in pairs: d must be even, got {d}")
    angle = np.arange(T)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angle), np.cos(angle)], -1).reshape(T, d)


def sequence_macs(T, d, k=3):
    r"""Count the multiplications on T steps of d features: recurrent, convolutional, self-attention layer.

    $$R = 2 T d^2, \quad F = k T d^2, \quad A = 4 T d^2 + 2 T^2 d$$

    $T, d, k \in \mathbb{N}$, $R$ (`return[0]`), $F$ (`return[1]`), $A$ (`return[2]`)

    `T (), d () -> R (), F (), A ()`

    [Vaswani et al. (2017), table 1](https://arxiv.org/abs/1706.03762)

    >>> sequence_macs(1000, 512)
    (524288000, 786432000, 2072576000)
    """
    return 2 * T * d**2, k * T * d**2, 4 * T * d**2 + 2 * T**2 * d
