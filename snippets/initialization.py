"""Initial weights, and the scales from which they follow.

A layer computes `y = x @ W`, so `W` has the shape `(n_in, n_out)`. `rng` is a `np.random.Generator` or a
seed; hand one generator to all layers, because the same seed would give equal layers. Without it every call
draws anew.
"""

import math

import numpy as np

from snippets.activations import relu

_erf = np.vectorize(math.erf, otypes=[float])


def gaussian(n_in, n_out, sigma=0.01, rng=None):
    r"""Draw weights from a normal distribution of a fixed standard deviation.

    $$W_{ij} = \sigma Z_{ij}$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $\sigma > 0$, $Z_{ij}$ `~ N(0, 1)`, $W$ (`return`)

    `-> W (n_in, n_out)`

    [Krizhevsky, Sutskever & Hinton (2012)](https://doi.org/10.1145/3065386)

    >>> W = gaussian(300, 500, rng=0)
    >>> W.shape, W.std().round(4)
    ((300, 500), np.float64(0.01))
    """
    Z = np.random.default_rng(rng).standard_normal((n_in, n_out))
    return sigma * Z


def hidden_layer(x, W, v):
    r"""Compute the output of a network with one hidden layer of tanh units.

    $$h_j = \tanh\left(\sum_{i=1}^{n} x_i W_{ij}\right)$$

    $$y = \sum_{j=1}^{m} v_j h_j$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times m}$, $v \in \mathbb{R}^{m}$, $y$ (`return`)

    `x (..., n), W (n, m), v (m) -> y (...)`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> hidden_layer([1, 1], np.full((2, 3), np.log(3) / 2), [1, 2, 2]).round(12)
    np.float64(4.0)
    """
    h = np.tanh(np.asarray(x) @ W)
    return h @ np.asarray(v)


def hidden_layer_grad(x, W, v, g):
    r"""Pass a gradient back through the network, to the input and to both layers of weights.

    $$\frac{\partial L}{\partial x_i} = g \sum_{j=1}^{m} v_j \left(1 - h_j^2\right) W_{ij}$$

    $$\frac{\partial L}{\partial W_{ij}} = g\, v_j \left(1 - h_j^2\right) x_i$$

    $$\frac{\partial L}{\partial v_j} = g\, h_j$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times m}$, $v \in \mathbb{R}^{m}$,
    $g = \partial L / \partial y$

    `x (..., n), W (n, m), v (m), g (...) -> dx (..., n), dW (n, m), dv (m)`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> dx, dW, dv = hidden_layer_grad([1, 1], np.full((2, 3), np.log(3) / 2), [1, 2, 2], 25)
    >>> dW.round(12), dv.round(12)
    (array([[ 9., 18., 18.],
           [ 9., 18., 18.]]), array([20., 20., 20.]))
    """
    x, W, v = np.asarray(x, float), np.asarray(W, float), np.asarray(v, float)
    h = np.tanh(x @ W)
    g = np.broadcast_to(np.asarray(g, float), h.shape[:-1])[..., None]
    dz = g * v * (1 - h**2)
    dx = dz @ W.T
    dW = x.reshape(-1, len(W)).T @ dz.reshape(-1, len(v))
    dv = (g * h).reshape(-1, len(v)).sum(0)
    return dx, dW, dv


def within_sigma(k):
    r"""Find the probability that a normal variable lies within k standard deviations of its mean.

    $$P = \operatorname{erf}\frac{k}{\sqrt{2}} = \int_{-k}^{k} \frac{e^{-t^2/2}}{\sqrt{2\pi}}\,dt$$

    $k > 0$, $P$ (`return`)

    `k (...) -> P (...)`

    [DLMF §7.2](https://dlmf.nist.gov/7.2)

    >>> within_sigma([1, 2, 3]).round(4)
    array([0.6827, 0.9545, 0.9973])
    """
    return _erf(np.maximum(k, 0) / math.sqrt(2))


def truncated_std(k=2.0):
    r"""Find the standard deviation that is left of a standard normal variable cut off at plus and minus k.

    $$s^2 = 1 - \frac{2k\, e^{-k^2/2}}{\sqrt{2\pi}\,\operatorname{erf}\frac{k}{\sqrt{2}}}$$

    $k > 0$, $s$ (`return`)

    `k () -> s ()`

    [Burkardt (2014)](https://people.sc.fsu.edu/~jburkardt/presentations/truncated_normal.pdf)

    >>> round(truncated_std(2), 4)
    0.8796
    """
    if not k > 0:
        raise ValueError(f"k must be greater than 0, got {k}")
    if k < 0.1:  # the difference below would cancel
        return k / math.sqrt(3) * (1 - k**2 / 15)
    return math.sqrt(1 - 2 * k * math.exp(-k * k / 2) / (math.sqrt(2 * math.pi) * math.erf(k / math.sqrt(2))))


def truncated_normal(n_in, n_out, sigma=0.01, k=2.0, rng=None):
    r"""Draw normal weights, draw again what is too far out, and make up for the lost variance.

    $$W_{ij} = \frac{\sigma}{s} Z_{ij}$$

    $$|Z_{ij}| \le k$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $\sigma > 0$, $k > 1$, $W$ (`return`)

    `-> W (n_in, n_out)`

    [Robert (1995)](https://arxiv.org/abs/0907.4010)

    >>> W = truncated_normal(300, 500, rng=0)
    >>> W.std().round(4), np.abs(W).max() <= 0.02 / truncated_std(2)
    (np.float64(0.01), np.True_)
    """
    s = truncated_std(k)
    rng = np.random.default_rng(rng)
    Z = rng.standard_normal((n_in, n_out))
    while (far := np.abs(Z) > k).any():
        Z[far] = rng.standard_normal(far.sum())
    return sigma / s * Z


def orthogonal(n_in, n_out, gain=1.0, rng=None):
    r"""Draw a matrix with orthonormal rows or columns, up to one common factor.

    $$W = g\, Q$$

    $$\sum_{k=1}^{n_{\mathrm{out}}} W_{ik} W_{jk} = g^2\, \mathbb{1}[i = j]
      \quad (n_{\mathrm{in}} \le n_{\mathrm{out}})$$

    $$\sum_{k=1}^{n_{\mathrm{in}}} W_{ki} W_{kj} = g^2\, \mathbb{1}[i = j]
      \quad (n_{\mathrm{in}} \ge n_{\mathrm{out}})$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $g > 0$ (`gain`), $W$ (`return`)

    `-> W (n_in, n_out)`

    [Saxe, McClelland & Ganguli (2014)](https://arxiv.org/abs/1312.6120)

    >>> W = orthogonal(2, 5, rng=0)
    >>> np.linalg.norm([3, 4] @ W).round(12)
    np.float64(5.0)
    """
    Z = np.random.default_rng(rng).standard_normal((n_in, n_out))
    Q, R = np.linalg.qr(Z if n_in >= n_out else Z.T)
    Q = Q * np.sign(np.diag(R))  # or else the signs of QR would show
    Q = Q if n_in >= n_out else Q.T
    return gain * Q


def fans(C_in, C_out, k=1, groups=1):
    r"""Count the inputs that a unit adds up and the units that an input feeds; with k = 1 a dense layer.

    $$n_{\mathrm{in}} = \frac{k^2 C_{\mathrm{in}}}{g}$$

    $$n_{\mathrm{out}} = \frac{k^2 C_{\mathrm{out}}}{g}$$

    $C_{\mathrm{in}}, C_{\mathrm{out}}, k \in \mathbb{N}$, $g \in \mathbb{N}$ (`groups`)

    `-> n_in (), n_out ()`

    [Glorot & Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html)

    >>> fans(64, 128, k=3)
    (576, 1152)
    >>> fans(64, 64, k=3, groups=64)
    (9, 9)
    """
    if C_in % groups or C_out % groups:
        raise ValueError(f"groups must divide both numbers of channels, got {groups} for {C_in} and {C_out}")
    n_in = k * k * C_in // groups
    n_out = k * k * C_out // groups
    return n_in, n_out


def weighted_sum(x, w):
    r"""Add up inputs; random weights of mean 0 and variance s turn the sum of squares into a variance.

    $$z = \sum_{i=1}^{n} x_i w_i$$

    $$\mathbb{E}[z^2] = s \sum_{i=1}^{n} x_i^2$$

    $x \in \mathbb{R}^{n}$, $w \sim \mathcal{N}(0, s)^{n}$, $s > 0$, $z$ (`return`)

    `x (..., n), w (n) -> z (...)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> weighted_sum([1, 2], [3, 4])
    np.float64(11.0)
    """
    return np.asarray(x, float) @ np.asarray(w, float)


def weighted_sum_grad(x, w, g):
    r"""Pass a gradient back through the sum, to the inputs and to the weights.

    $$\frac{\partial L}{\partial x_i} = g\, w_i$$

    $$\frac{\partial L}{\partial w_i} = g\, x_i$$

    $$\mathbb{E}\left[\left(\frac{\partial L}{\partial x_i}\right)^2\right] = s\, g^2$$

    $x \in \mathbb{R}^{n}$, $w \sim \mathcal{N}(0, s)^{n}$, $s > 0$, $g = \partial L / \partial z$

    `x (..., n), w (n), g (...) -> dx (..., n), dw (n)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> weighted_sum_grad([1, 2], [3, 4], 10)
    (array([30., 40.]), array([10., 20.]))
    """
    x, w = np.asarray(x, float), np.asarray(w, float)
    g = np.broadcast_to(np.asarray(g, float), x.shape[:-1])[..., None]
    dx = g * w
    dw = (g * x).reshape(-1, w.size).sum(0)
    return dx, dw


def xavier(n_in, n_out, gain=1.0, rng=None):
    r"""Draw uniform weights whose variance is balanced between the way forward and the way back.

    $$a = g \sqrt{\frac{6}{n_{\mathrm{in}} + n_{\mathrm{out}}}}$$

    $$W_{ij} = a\,(2 U_{ij} - 1)$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $g > 0$ (`gain`), $U_{ij}$ `~ U(0, 1)`, $W$ (`return`)

    `-> W (n_in, n_out)`

    [Glorot & Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html)

    >>> W = xavier(300, 500, rng=0)
    >>> W.var().round(4), 2 / (300 + 500)
    (np.float64(0.0025), 0.0025)
    """
    a = gain * math.sqrt(6 / (n_in + n_out))
    U = np.random.default_rng(rng).random((n_in, n_out))
    return a * (2 * U - 1)


def xavier_normal(n_in, n_out, gain=1.0, rng=None):
    r"""Draw normal weights of the same variance.

    $$W_{ij} = g \sqrt{\frac{2}{n_{\mathrm{in}} + n_{\mathrm{out}}}}\; Z_{ij}$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $g > 0$ (`gain`), $Z_{ij}$ `~ N(0, 1)`, $W$ (`return`)

    `-> W (n_in, n_out)`

    [Glorot & Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html)

    >>> W = xavier_normal(300, 500, rng=0)
    >>> W.var().round(4), 2 / (300 + 500)
    (np.float64(0.0025), 0.0025)
    """
    Z = np.random.default_rng(rng).standard_normal((n_in, n_out))
    return gain * math.sqrt(2 / (n_in + n_out)) * Z


def kaiming(n_in, n_out, a=0.0, mode="fan_in", rng=None):
    r"""Draw normal weights that make up for what ReLU, or a leaky ReLU of slope a, takes away.

    $$W_{ij} = \sqrt{\frac{2}{(1 + a^2)\, n}}\; Z_{ij}$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $a \in \mathbb{R}$, $n$ (`n`),
    $Z_{ij}$ `~ N(0, 1)`, $W$ (`return`)

    `-> W (n_in, n_out)`

    [He, Zhang, Ren & Sun (2015)](https://arxiv.org/abs/1502.01852)

    >>> kaiming(300, 500, rng=0).var().round(4)
    np.float64(0.0067)
    >>> kaiming(300, 500, mode="fan_out", rng=0).var().round(4)
    np.float64(0.004)
    """
    n = {"fan_in": n_in, "fan_out": n_out}[mode]
    Z = np.random.default_rng(rng).standard_normal((n_in, n_out))
    return math.sqrt(2 / ((1 + a**2) * n)) * Z


def kaiming_uniform(n_in, n_out, a=0.0, mode="fan_in", rng=None):
    r"""Draw uniform weights of the same variance.

    $$b = \sqrt{\frac{6}{(1 + a^2)\, n}}$$

    $$W_{ij} = b\,(2 U_{ij} - 1)$$

    $n_{\mathrm{in}}, n_{\mathrm{out}} \in \mathbb{N}$, $a \in \mathbb{R}$, $n$ (`n`),
    $U_{ij}$ `~ U(0, 1)`, $W$ (`return`)

    `-> W (n_in, n_out)`

    [He, Zhang, Ren & Sun (2015)](https://arxiv.org/abs/1502.01852)

    >>> W = kaiming_uniform(300, 500, rng=0)
    >>> W.var().round(4), np.abs(W).max().round(3), np.sqrt(6 / 300).round(3)
    (np.float64(0.0067), np.float64(0.141), np.float64(0.141))
    """
    n = {"fan_in": n_in, "fan_out": n_out}[mode]
    b = math.sqrt(6 / ((1 + a**2) * n))
    U = np.random.default_rng(rng).random((n_in, n_out))
    return b * (2 * U - 1)


def gain_of(f=relu):
    r"""Find the factor that gives f(x) the mean square 1 for a standard normal x.

    $$g = \left(\int_{-\infty}^{\infty} (f(t))^2\, \frac{e^{-t^2/2}}{\sqrt{2\pi}}\,dt\right)^{-1/2}$$

    $f$ (`relu`), $g$ (`return`)

    `-> g ()`

    [He, Zhang, Ren & Sun (2015)](https://arxiv.org/abs/1502.01852)

    >>> round(gain_of(), 6), round(gain_of(np.abs), 6)
    (1.414214, 1.0)
    """
    t, dt = np.linspace(-12, 12, 20_001, retstep=True)
    p = np.exp(-(t**2) / 2) * dt / math.sqrt(2 * math.pi)
    return 1 / math.sqrt(p @ f(t) ** 2)
