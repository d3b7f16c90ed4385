"""Building blocks of well-known networks, and what their layers cost.

`<name>_grad` is the backward pass: it takes the inputs of `<name>`, the gradient `g` at its output (one for
each output), options. Weights have PyTorch's layout `(out, in)`; the dtype is that of the first input.
"""

import math

import numpy as np

from snippets.activations import _float, _like, relu, relu_grad, sigmoid, softmax, softmax_grad
from snippets.convolution import conv_macs, conv_parameters, conv_size, pointwise, pointwise_grad


# ---- index
# A network is a tuple of layers. A layer is its kind and the numbers that the function of that kind asks for: M
# maps, k x k, stride s, padding p, G groups, e parameters for each map besides weights (1 bias, 2 of batch
# normalization); concat and add hold networks, () is the identity. The functions tell what becomes of C maps of
# n x n: C, n, then kernel k, stride s, parameters P, multiply-adds A, depth L.
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
