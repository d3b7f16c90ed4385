"""The smallest networks, what they can and cannot compute, and how they learn.

A layer computes `x @ W + b`, so `W` has the shape `(n_in, n_out)`. `<name>_grad` is the backward pass: it
takes the inputs of `<name>` and the gradient `g` at its output. Updates take the parameters and return the
new ones.
"""

import math

import numpy as np

from snippets.activations import _batch_sum, _float, _like, heaviside, log_softmax
from snippets.activations import relu, relu_grad, sigmoid, sigmoid_grad, softmax
from snippets.losses import _classes, _positive, _probability, binary_cross_entropy, binary_cross_entropy_grad
from snippets.optimization import _norm


# ---- perceptron
def perceptron(x, w, b):
    r"""Fire if a weighted sum of the inputs reaches a threshold; a matrix of weights makes a layer of units.

    $$\hat y = \begin{cases} 1, & \sum_{i=1}^{n} w_i x_i + b \ge 0 \\
      0, & \sum_{i=1}^{n} w_i x_i + b < 0 \end{cases}$$

    $x \in \mathbb{R}^{n}$, $w \in \mathbb{R}^{n}$, $b \in \mathbb{R}$, $\hat y$ (`return`)

    `x (..., n), w (n), b () -> y_hat (...)`; `w (n, m), b (m) -> y_hat (..., m)`

    [Rosenblatt (1958)](https://doi.org/10.1037/h0042519)

    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> perceptron(X, w=[1, 1], b=-1.5)
    array([0., 0., 0., 1.])
    """
    return heaviside(linear(x, w, b))


def perceptron_loss(z, y):
    r"""Charge a wrong decision its distance from the threshold, and a right one nothing.

    $$\ell = (\hat y - y)\, z$$

    $$\hat y = \begin{cases} 1, & z \ge 0 \\ 0, & z < 0 \end{cases}$$

    $z \in \mathbb{R}$, $y \in \{0, 1\}$, $\ell$ (`return`)

    `z (...), y (...) -> l (...)`

    [Rosenblatt (1958)](https://doi.org/10.1037/h0042519)

    >>> perceptron_loss([2.0, 2.0, -3.0, -3.0], [1, 0, 1, 0])
    array([0., 2., 3., 0.])
    """
    z = _float(z)
    y = _probability(y, z)
    return np.maximum((1 - y) * z, -y * z)


def perceptron_loss_grad(z, y, g):
    r"""Pass a gradient back to the weighted sum: prediction minus label, where the prediction is 0 or 1.

    $$\frac{\partial L}{\partial z} = g\,(\hat y - y)$$

    $$\hat y = \begin{cases} 1, & z \ge 0 \\ 0, & z < 0 \end{cases}$$

    $z \in \mathbb{R}$, $y \in \{0, 1\}$, $g = \partial L / \partial \ell$

    `z (...), y (...), g (...) -> dz (...)`

    [Rosenblatt (1958)](https://doi.org/10.1037/h0042519)

    >>> perceptron_loss_grad([2.0, 2.0, -3.0, -3.0], [1, 0, 1, 0], 1)
    array([ 0.,  1., -1.,  0.])
    """
    z = _float(z)
    return _like(g, z) * (heaviside(z) - _probability(y, z))


def perceptron_update(w, b, x, y, eta=1.0):
    r"""Show the unit one sample; change the weights only if it answers wrongly.

    $$w \leftarrow w + \eta\,(y - \hat y)\, x$$

    $$b \leftarrow b + \eta\,(y - \hat y)$$

    $w \in \mathbb{R}^{n}$, $b \in \mathbb{R}$, $x \in \mathbb{R}^{n}$, $y \in \{0, 1\}$, $\eta > 0$

    `w (n), b (), x (n), y () -> w (n), b ()`

    [Rosenblatt (1958)](https://doi.org/10.1037/h0042519)

    >>> perceptron_update(w=[0, 0], b=0, x=[1, 2], y=0)
    (array([-1., -2.]), np.float64(-1.0))
    """
    x, w = _float(x), np.asarray(w)
    if x.shape != w.shape or w.ndim != 1:
        raise ValueError(f"x must be one sample of the shape of w, got {x.shape} and {w.shape}")
    if y not in (0, 1):
        raise ValueError(f"label y must be 0 or 1, got {y}")
    y_hat = perceptron(x, w, b)
    w = w + eta * (y - y_hat) * x
    b = b + eta * (y - y_hat)
    return w, b


def dichotomies(N, n):
    r"""Count the ways in which planes split N points in general position in n dimensions into two classes.

    $$C = 2 \sum_{k=0}^{n} \binom{N - 1}{k}$$

    $N, n \in \mathbb{N}$, $C$ (`return`)

    `-> C ()`

    [Cover (1965)](https://doi.org/10.1109/PGEC.1965.264137)

    >>> dichotomies(4, 2), 2**4
    (14, 16)
    """
    return 2 * sum(math.comb(N - 1, k) for k in range(n + 1))


# ---- universal_approximation
def relu_network(x, W, b, v, c):
    r"""Compute the output of a network with one hidden layer of ReLU units.

    $$h_j = \max\left(0, \sum_{i=1}^{n} x_i W_{ij} + b_j\right)$$

    $$y = \sum_{j=1}^{m} v_j h_j + c$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times m}$, $b \in \mathbb{R}^{m}$, $v \in \mathbb{R}^{m}$,
    $c \in \mathbb{R}$, $y$ (`return`)

    `x (..., n), W (n, m), b (m), v (m), c () -> y (...)`

    [Leshno, Lin, Pinkus & Schocken (1993)](https://doi.org/10.1016/S0893-6080(05)80131-5)

    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> relu_network(X, W=np.ones((2, 2)), b=[0, -1], v=[1, -2], c=0)
    array([0., 1., 1., 0.])
    """
    h = relu(linear(x, W, b))
    return linear(h, v, c)


def relu_network_grad(x, W, b, v, c, g):
    r"""Pass a gradient back through the network, to the input and to all parameters.

    $$\frac{\partial L}{\partial x_i} = g \sum_{j=1}^{m} v_j\, [h_j > 0]\, W_{ij}$$

    $$\frac{\partial L}{\partial W_{ij}} = g\, v_j\, [h_j > 0]\, x_i$$

    $$\frac{\partial L}{\partial b_j} = g\, v_j\, [h_j > 0]$$

    $$\frac{\partial L}{\partial v_j} = g\, h_j$$

    $$\frac{\partial L}{\partial c} = g$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times m}$, $b \in \mathbb{R}^{m}$, $v \in \mathbb{R}^{m}$,
    $c \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (..., n), W (n, m), b (m), v (m), c (), g (...) -> dx (..., n), dW (n, m), db (m), dv (m), dc ()`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> dx, dW, db, dv, dc = relu_network_grad([1, 1], np.ones((2, 2)), [0, -1], [1, -2], 0, 10)
    >>> dx, dW, db, dv, dc
    (array([-10., -10.]), array([[ 10., -20.],
           [ 10., -20.]]), array([ 10., -20.]), array([20., 10.]), np.float64(10.0))
    """
    z = linear(x, W, b)
    h = relu(z)
    y = linear(h, v, c)
    g = np.broadcast_to(_like(g, y), y.shape)[..., None]
    dh, dv, dc = linear_grad(h, np.asarray(v)[:, None], [c], g)
    dx, dW, db = linear_grad(x, W, b, relu_grad(z, dh))
    return dx, dW, db, dv[:, 0], dc[0]


def interpolant(y, t=0.0, h=1.0):
    r"""Build the ReLU network that runs straight from point to point: from (t, y_1) to (t + h, y_2) and on.

    $$b_j = -(t + (j - 1)\, h)$$

    $$v_1 = \frac{y_2 - y_1}{h}$$

    $$v_j = \frac{y_{j+1} - 2 y_j + y_{j-1}}{h} \quad (1 < j < K)$$

    $$y_1 + \sum_{j=1}^{K-1} v_j \max(0, t + (k - 1)\, h + b_j) = y_k$$

    $y \in \mathbb{R}^{K}$, $t \in \mathbb{R}$, $h > 0$, $b$ (`return[1]`), $v$ (`return[2]`)

    `y (K), t (), h () -> W (1, K - 1), b (K - 1), v (K - 1), c ()`

    [Leshno, Lin, Pinkus & Schocken (1993)](https://doi.org/10.1016/S0893-6080(05)80131-5)

    >>> W, b, v, c = interpolant([3, 5, 4])
    >>> relu_network([[0], [0.5], [1], [2]], W, b, v, c)
    array([3., 4., 5., 4.])
    """
    y = _float(y)
    slopes = np.diff(y) / _positive(h, "h")
    W = np.ones((1, len(slopes)), y.dtype)
    b = -(t + h * np.arange(len(slopes))).astype(y.dtype)
    v = np.diff(slopes, prepend=y.dtype.type(0))
    c = y[0]
    return W, b, v, c


def sawtooth(x, k=1):
    r"""Feed a triangle to itself: on [0, 1] each layer of three ReLU units doubles the number of pieces.

    $$y = 1 - \left|1 - (2^k x) \bmod 2\right|$$

    $0 < x < 1$, $k \in \mathbb{N}$, $y$ (`return`)

    `x (...) -> y (...)`

    [Telgarsky (2016)](https://arxiv.org/abs/1602.04485)

    >>> sawtooth([0, 0.125, 0.25, 0.375, 0.5], k=2)
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    y = _float(x)
    for _ in range(k):
        y = 2 * relu(y) - 4 * relu(y - 0.5) + 2 * relu(y - 1)
    return y


def sawtooth_grad(x, g, k=1):
    r"""Pass a gradient back through the sawtooth: the slope doubles with each layer, its sign alternates.

    $$\frac{\partial L}{\partial x} = g\, 2^k\, (-1)^{\lfloor 2^k x \rfloor}$$

    $0 < x < 1$, $k \in \mathbb{N}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Telgarsky (2016)](https://arxiv.org/abs/1602.04485)

    >>> sawtooth_grad([-0.1, 0.1, 0.3, 0.6, 0.8], 1, k=2)
    array([ 0.,  4., -4.,  4., -4.])
    """
    x = _float(x)
    slope = np.where(np.floor(2.0**k * x) % 2 == 0, 2.0**k, -(2.0**k))
    return _like(g, x) * np.where((x >= 0) & (x < 1), slope, 0).astype(x.dtype)


# ---- training_loop
def train_step(w, b, X, y, eta=0.1):
    r"""Do one iteration for logistic regression: forward, loss, backward, update.

    $$p = \sigma(X w + b)$$

    $$J = -\frac{1}{B} \sum_{i=1}^{B} \left( y_i \ln p_i + (1 - y_i) \ln(1 - p_i) \right)$$

    $$w \leftarrow w - \frac{\eta}{B} X^\top (p - y)$$

    $$b \leftarrow b - \frac{\eta}{B} \sum_{i=1}^{B} (p_i - y_i)$$

    $w \in \mathbb{R}^{n}$, $b \in \mathbb{R}$, $X \in \mathbb{R}^{B \times n}$, $y \in \{0, 1\}^{B}$,
    $\eta > 0$, $J$ (`J`)

    `w (n), b (), X (B, n), y (B) -> w (n), b (), J ()`

    [Robbins & Monro (1951)](https://doi.org/10.1214/aoms/1177729586)

    >>> w, b, J = train_step(w=[0], b=0, X=[[-1], [3]], y=[0, 1], eta=1.0)
    >>> w, b, J == np.log(2)
    (array([1.]), np.float64(0.0), np.True_)
    """
    X, w = _float(X), np.asarray(w)
    z = linear(X, w, b)  # forward
    J = binary_cross_entropy(z, y).mean()  # loss
    dz = binary_cross_entropy_grad(z, y, 1 / len(X))  # backward
    dw, db = X.T @ dz, dz.sum()
    w, b = w - eta * dw, b - eta * db  # update
    return w, b, J


def batches(N, B, rng=None):
    r"""Shuffle the indices of N samples and cut them into K batches of B; the last one gets the rest.

    $$K = \left\lceil \frac{N}{B} \right\rceil$$

    $$r = N - B\,(K - 1)$$

    $N, B \in \mathbb{N}$, $K$ (`K`), $r$ (`r`)

    `-> K batches, (B) or (r)`

    [Goodfellow, Bengio & Courville (2016), chapter 8](https://www.deeplearningbook.org/contents/optimization.html)

    >>> batches(5, 2, rng=0)
    [array([2, 4]), array([3, 0]), array([1])]
    >>> epoch = batches(50_000, 128)
    >>> len(epoch), len(epoch[-1])
    (391, 80)
    """
    order = np.random.default_rng(rng).permutation(N)
    K = -(-N // B)
    r = N - B * (K - 1)
    return [*order[: N - r].reshape(K - 1, B), order[N - r :]]


def quadratic(x, H):
    r"""Measure the height of a bowl above its lowest point, the model of a loss near a minimum.

    $$y = \frac{1}{2} \sum_{i=1}^{n} \sum_{j=1}^{n} x_i H_{ij} x_j$$

    $x \in \mathbb{R}^{n}$, $H \succ 0$, $y$ (`return`)

    `x (..., n), H (n, n) -> y (...)`

    [Nesterov (2004)](https://doi.org/10.1007/978-1-4419-8853-9)

    >>> quadratic([3, 2], [[1, 0], [0, 10]])
    np.float64(24.5)
    """
    x = _float(x)
    return (x @ np.asarray(H, x.dtype) * x).sum(-1) / 2


def quadratic_grad(x, H, g):
    r"""Pass a gradient back to the position: each direction of curvature on its own.

    $$\frac{\partial L}{\partial x} = g\, H x$$

    $x \in \mathbb{R}^{n}$, $H \succ 0$, $g = \partial L / \partial y$

    `x (..., n), H (n, n), g (...) -> dx (..., n)`

    [Nesterov (2004)](https://doi.org/10.1007/978-1-4419-8853-9)

    >>> quadratic_grad([3, 2], [[1, 0], [0, 10]], 1)
    array([ 3., 20.])
    """
    x = _float(x)
    H = np.asarray(H, x.dtype)
    return _like(g, x[..., 0])[..., None] * (x @ (H + H.T) / 2)


# ---- backpropagation
def linear(x, W, b):
    r"""Add up the inputs with one weight for each pair of input and output, and add a bias.

    $$y_{ij} = \sum_{k=1}^{n} x_{ik} W_{kj} + b_j$$

    $x \in \mathbb{R}^{N \times n}$, $W \in \mathbb{R}^{n \times m}$, $b \in \mathbb{R}^{m}$, $y$ (`return`)

    `x (..., n), W (n, m), b (m) -> y (..., m)`

    [Goodfellow, Bengio & Courville (2016), section 6.1](https://www.deeplearningbook.org/contents/mlp.html)

    >>> linear([[1, 2], [3, 4]], W=[[1, 0, 2], [0, 1, 3]], b=[0, 10, 0])
    array([[ 1., 12.,  8.],
           [ 3., 14., 18.]])
    """
    x = _float(x)
    W, b = np.asarray(W, x.dtype), np.asarray(b, x.dtype)
    if b.shape != W.shape[1:]:  # it might be added to the samples, not the units
        raise ValueError(f"bias b must have the shape {W.shape[1:]}, as the weights {W.shape}, got {b.shape}")
    return x @ W + b


def linear_grad(x, W, b, g):
    r"""Pass a gradient back through the layer: to its input, its weights and its bias.

    $$\frac{\partial L}{\partial x} = g W^\top$$

    $$\frac{\partial L}{\partial W} = x^\top g$$

    $$\frac{\partial L}{\partial b_j} = \sum_{i=1}^{N} g_{ij}$$

    $x \in \mathbb{R}^{N \times n}$, $W \in \mathbb{R}^{n \times m}$, $b \in \mathbb{R}^{m}$,
    $g \in \mathbb{R}^{N \times m}$, $g = \partial L / \partial y$

    `x (..., n), W (n, m), b (m), g (..., m) -> dx (..., n), dW (n, m), db (m)`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> W, b = [[1, 0, 2], [0, 1, 3]], [0, 10, 0]
    >>> dx, dW, db = linear_grad([[1, 2], [3, 4]], W, b, g=[[1, 0, 0], [0, 0, 1]])
    >>> dx
    array([[1., 0.],
           [2., 3.]])
    >>> dW
    array([[1., 0., 3.],
           [2., 0., 4.]])
    >>> db
    array([1., 0., 1.])
    """
    x = _float(x)
    W = np.asarray(W, x.dtype)
    y = np.empty((*x.shape[:-1], len(b)), x.dtype)  # only its shape and dtype matter
    g = np.broadcast_to(_like(g, y), y.shape)
    dx = g @ W.T
    dW = x.reshape(-1, len(W)).T @ g.reshape(-1, len(b))
    db = _batch_sum(g.reshape(-1, len(b)), 0)
    return dx, dW, db


def two_layer(x, y, W1, b1, W2, b2):
    r"""Classify with one hidden layer of tanh units, and average the cross-entropy over the samples.

    $$z^{(1)}_{ij} = \sum_{k} x_{ik} W^{(1)}_{kj} + b^{(1)}_j, \quad h_{ij} = \tanh z^{(1)}_{ij}$$

    $$z^{(2)}_{ij} = \sum_{k} h_{ik} W^{(2)}_{kj} + b^{(2)}_j, \quad
    p_{ij} = \frac{e^{z^{(2)}_{ij}}}{\sum_{k} e^{z^{(2)}_{ik}}}$$

    $$L = -\frac{1}{N} \sum_{i=1}^{N} \sum_{j=1}^{K} y_{ij} \ln p_{ij}$$

    $x \in \mathbb{R}^{N \times n}$, $y \in (\Delta^{K-1})^{N}$, $W^{(1)} \in \mathbb{R}^{n \times m}$,
    $b^{(1)} \in \mathbb{R}^{m}$, $W^{(2)} \in \mathbb{R}^{m \times K}$, $b^{(2)} \in \mathbb{R}^{K}$,
    $L$ (`return`)

    `x (N, n), y (N, K), W1 (n, m), b1 (m), W2 (m, K), b2 (K) -> L ()`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> x, y, W1, b1 = np.ones((3, 2)), np.eye(3), np.ones((2, 4)), np.zeros(4)
    >>> print(np.exp(two_layer(x, y, W1, b1, W2=np.zeros((4, 3)), b2=np.zeros(3))).round(12))
    3.0
    """
    z1 = linear(x, W1, b1)
    h = np.tanh(z1)
    z2 = linear(h, W2, b2)
    return -(_classes(y, z2) * log_softmax(z2)).sum(-1).mean()


def two_layer_grad(x, y, W1, b1, W2, b2, g):
    r"""Pass a gradient back through loss, output layer, tanh and hidden layer, last to first.

    $$\frac{\partial L}{\partial z^{(2)}} = \frac{g}{N} (p - y)$$

    $$\frac{\partial L}{\partial W^{(2)}} = h^\top \frac{\partial L}{\partial z^{(2)}}, \quad
    \frac{\partial L}{\partial b^{(2)}_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial z^{(2)}_{ij}}$$

    $$\frac{\partial L}{\partial h} = \frac{\partial L}{\partial z^{(2)}} {W^{(2)}}^\top$$

    $$\frac{\partial L}{\partial z^{(1)}_{ij}} = \frac{\partial L}{\partial h_{ij}} (1 - h_{ij}^2)$$

    $$\frac{\partial L}{\partial W^{(1)}} = x^\top \frac{\partial L}{\partial z^{(1)}}, \quad
    \frac{\partial L}{\partial b^{(1)}_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial z^{(1)}_{ij}}$$

    $$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial z^{(1)}} {W^{(1)}}^\top$$

    $x \in \mathbb{R}^{N \times n}$, $y \in (\Delta^{K-1})^{N}$, $W^{(1)} \in \mathbb{R}^{n \times m}$,
    $b^{(1)} \in \mathbb{R}^{m}$, $W^{(2)} \in \mathbb{R}^{m \times K}$, $b^{(2)} \in \mathbb{R}^{K}$

    `x (N, n), y (N, K), W1 (n, m), b1 (m), W2 (m, K), b2 (K), g () -> dx, dW1, db1, dW2, db2`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> x, y, W1, b1 = np.ones((3, 2)), np.eye(3)[[0, 0, 1]], np.zeros((2, 4)), np.zeros(4)
    >>> dx, dW1, db1, dW2, db2 = two_layer_grad(x, y, W1, b1, np.zeros((4, 3)), np.zeros(3), g=3)
    >>> db2.round(12)
    array([-1.,  0.,  1.])
    """
    z1 = linear(x, W1, b1)
    h = np.tanh(z1)
    z2 = linear(h, W2, b2)
    p = softmax(z2)
    dz2 = g * (p - _classes(y, z2)) / len(p)
    dh, dW2, db2 = linear_grad(h, W2, b2, dz2)
    dz1 = dh * (1 - h**2)
    dx, dW1, db1 = linear_grad(x, W1, b1, dz1)
    return dx, dW1, db1, dW2, db2


# ---- vanishing_gradient
def sigmoid_chain(x, w):
    r"""Send a number through a chain of sigmoid neurons, one weight each.

    $$h_{l+1} = \sigma(w_l\, h_l)$$

    $x \in \mathbb{R}$, $w \in \mathbb{R}^{n}$, $\sigma$ (`sigmoid`), $h$ (`h`), $h_1 = x$,
    $h_{n+1}$ (`return`)

    `x (...), w (n) -> y (...)`

    [Bengio, Simard & Frasconi (1994)](https://doi.org/10.1109/72.279181)

    >>> print(sigmoid_chain(0, [5]), sigmoid_chain(0, [5, 2 * np.log(3)]).round(12))
    0.5 0.75
    """
    h = [_float(x)]
    for w_l in np.asarray(w, h[0].dtype):
        h.append(sigmoid(w_l * h[-1]))
    return h[-1]


def sigmoid_chain_grad(x, w, g):
    r"""Pass a gradient back through the chain: every neuron multiplies it by its weight and its slope.

    $$\frac{\partial L}{\partial x} = g \prod_{l=1}^{n} w_l\, \sigma'(z_l)$$

    $$\frac{\partial L}{\partial w_k} = g\, h_k\, \sigma'(z_k) \prod_{l=k+1}^{n} w_l\, \sigma'(z_l)$$

    $x \in \mathbb{R}$, $w \in \mathbb{R}^{n}$, $\sigma$ (`sigmoid`), $h$ (`h`), $z$ (`z`), $z_l = w_l h_l$

    `x (...), w (n), g (...) -> dx (...), dw (n)`

    [Bengio, Simard & Frasconi (1994)](https://doi.org/10.1109/72.279181)

    >>> dx, dw = sigmoid_chain_grad(0, [1, 2 * np.log(3)], g=32)
    >>> print(dw.round(12), (dx / np.log(3)).round(12))
    [0. 3.] 3.0
    """
    h, z = [_float(x)], []
    w = np.asarray(w, h[0].dtype)
    for w_l in w:
        z.append(w_l * h[-1])
        h.append(sigmoid(z[-1]))
    dx, dw = _like(g, h[-1]), np.empty_like(w)
    for l in reversed(range(len(w))):
        dz = sigmoid_grad(z[l], dx)
        dw[l] = (dz * h[l]).sum()
        dx = dz * w[l]
    return dx, dw


def clip_by_value(g, c):
    r"""Cut every entry of a gradient off at -c and c.

    $$g'_i = \max(-c, \min(g_i, c))$$

    $g \in \mathbb{R}^{n}$, $c > 0$, $g'$ (`return`)

    `g (...) -> g' (...)`

    [Goodfellow, Bengio & Courville (2016), §10.11.1](https://www.deeplearningbook.org/contents/rnn.html)

    >>> clip_by_value([-5, 0.5, 3], c=1)
    array([-1. ,  0.5,  1. ])
    """
    return np.clip(_float(g), -_positive(c, "c"), c)


def clip_by_norm(grads, c):
    r"""Scale the gradients of all parameters by one factor, so that their common norm is at most c.

    $$s = \sqrt{\sum_{i=1}^{n} u_i^2 + \sum_{j=1}^{m} v_j^2}$$

    $$u'_i = \frac{c}{\max(s, c)}\, u_i, \quad v'_j = \frac{c}{\max(s, c)}\, v_j$$

    $(u, v)$ (`grads`), $u \in \mathbb{R}^{n}$, $v \in \mathbb{R}^{m}$, $c > 0$,
    $u'$ (`return[0]`), $v'$ (`return[1]`)

    `grads [(...), (...)] -> [(...), (...)]`

    [Pascanu, Mikolov & Bengio (2013)](https://arxiv.org/abs/1211.5063)

    >>> clip_by_norm([[3, 0], [4]], c=1)
    [array([0.6, 0. ]), array([0.8])]
    >>> clip_by_norm([[3, 0], [4]], c=10)
    [array([3., 0.]), array([4.])]
    """
    _positive(c, "c")
    grads = [_float(u) for u in grads]
    s = math.hypot(*(_norm(u) for u in grads))
    if not math.isfinite(s):
        raise ValueError(f"the norm of the gradients must be finite, got {s}")
    scale = np.float64(c / max(s, c))  # in float16 a small factor would lose digits
    return [(u * scale).astype(u.dtype) for u in grads]


# ---- gradient_check
def gradient_check(x, f=np.exp, f_grad=lambda x, g: g * np.exp(x), h=1e-5, rng=0):
    r"""Compare a backward pass with differences: the relative error, for a random gradient at the output.

    $$\rho = \frac{\lVert d - n \rVert}{\max(\lVert d \rVert, \lVert n \rVert)}$$

    $x \in \mathbb{R}^{k}$, $d$ (`d`), $n$ (`n`), $\rho$ (`return`)

    `x (...) -> rho ()`

    [Griewank & Walther (2008)](https://doi.org/10.1137/1.9780898717761)

    >>> print(gradient_check([0, 1], np.tanh, lambda x, g: g / np.cosh(x) ** 2) < 1e-9)
    True
    >>> print(gradient_check([0, 1], np.tanh, lambda x, g: g / np.cosh(x)).round(1))
    0.2
    """
    x = _float(x)
    y = np.asarray(f(x))
    g = np.random.default_rng(rng).standard_normal(y.shape).astype(y.dtype)
    d = f_grad(x, g)
    n = numerical_gradient(x, lambda x: (g * f(x)).sum(), h)
    return relative_error(d, n)


def _cubes(x):
    return (x**3).sum()


def numerical_gradient(x, f=_cubes, h=1e-5):
    r"""Find the gradient of a function with one value by central differences, entry by entry.

    $$d_i = \frac{f(x + h\, e_i) - f(x - h\, e_i)}{2h}$$

    $x \in \mathbb{R}^{n}$, $h > 0$, $f$ (`_cubes`), $e$ (`e`), $d$ (`return`)

    `x (...) -> d (...)`

    [Griewank & Walther (2008)](https://doi.org/10.1137/1.9780898717761)

    >>> numerical_gradient([1, 2], lambda x: x[0] ** 2 * x[1]).round(9)
    array([4., 1.])
    """
    _positive(h, "h")
    x = _float(x)
    e = np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
    d = [(f(x + h * e_i) - f(x - h * e_i)) / (2 * h) for e_i in e]
    return np.reshape(d, x.shape)


def relative_error(a, b):
    r"""Measure how far apart two gradients are, in units of the longer one.

    $$\rho = \frac{\lVert a - b \rVert}{\max(\lVert a \rVert, \lVert b \rVert)}$$

    $a \in \mathbb{R}^{n}$, $b \in \mathbb{R}^{n}$, $\rho$ (`return`)

    `a (...), b (...) -> rho ()`

    [Higham (2002), chapter 1](https://doi.org/10.1137/1.9780898718027)

    >>> print(relative_error([3, 4], [3, 0]), relative_error([3, 4], [-3, -4]))
    0.8 2.0
    >>> print(relative_error([0, 0], [0, 0]))  # 0/0 in the formula; equal all the same
    0.0
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        raise ValueError(f"gradients must have the same shape, got {a.shape} and {b.shape}")
    unit = np.abs([a, b]).max(initial=0)
    if unit == 0:
        return unit
    a, b = a / unit, b / unit  # squares overflow or vanish
    return np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b))
