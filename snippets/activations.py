"""Activation functions and their gradients, stable over the whole floating-point range.

`<name>_grad` is the backward pass: it takes the inputs of `<name>`, the gradient `g` at its output, options.
float16, float32 and float64 are kept, all else becomes float64; options are Python's own numbers. nan stays
nan; at +-inf the result is the limit, and nan where there is none or, for softmax and its relatives, where
the largest logit is infinite. The derivative at a kink is stated where it is a choice. The sign of a zero is
not promised.
"""

import math

import numpy as np


def _float(x):
    """float16, float32 and float64 stay what they are, everything else becomes float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" and x.itemsize <= 8 else x.astype(float)


def _like(g, y):
    """The gradient at an output has its dtype and its shape; a scalar stands for all its entries."""
    g = np.asarray(g, y.dtype)
    if g.shape not in ((), y.shape):
        raise ValueError(f"gradient g must have the shape of the output, got {g.shape} and {y.shape}")
    return g


def _batch_sum(v, axes):
    """Added up in float64: in float16, a running sum of ones stops at 2048."""
    return v.sum(axes, dtype=float).astype(v.dtype)


def _indicator(inside, x):
    """1 inside, else 0; nan stays nan."""
    return np.where(np.isnan(x), x, inside)


def heaviside(x):
    r"""Fire if the input reaches the threshold.

    $$H(x) = \begin{cases} 1, & x \ge 0 \\ 0, & x < 0 \end{cases}$$

    $x \in \mathbb{R}$, $H$ (`heaviside`)

    `x (...) -> y (...)`

    [McCulloch & Pitts (1943)](https://doi.org/10.1007/BF02478259)

    >>> heaviside([-2, 0, 3])
    array([0., 1., 1.])
    """
    x = _float(x)
    return _indicator(x >= 0, x)[()]  # a number for a number


def sigmoid(x):
    r"""Squash a number into a probability.

    $$\sigma(x) = \frac{1}{1 + e^{-x}}$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`)

    `x (...) -> y (...)`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> sigmoid([0, np.log(3)])
    array([0.5 , 0.75])
    >>> sigmoid([-1000, 1000])
    array([0., 1.])
    """
    x = _float(x)
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_grad(x, g):
    r"""Pass a gradient back through the sigmoid.

    $$\frac{\partial L}{\partial x} = g\,\sigma(x)\,\bigl(1 - \sigma(x)\bigr)$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Rumelhart, Hinton & Williams (1986)](https://doi.org/10.1038/323533a0)

    >>> sigmoid_grad([0, np.log(3)], 16)
    array([4., 3.])
    >>> sigmoid_grad([-1000, 1000], 1)
    array([0., 0.])
    """
    x = _float(x)
    e = np.exp(-np.abs(x))
    e /= 1 + e * (2 + e)
    return e * _like(g, x)


def log_sigmoid(x):
    r"""Take the logarithm of the sigmoid without computing the sigmoid.

    $$\ln \sigma(x) = -\ln\left(1 + e^{-x}\right)$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`), $\ln \sigma(x)$ (`return`)

    `x (...) -> y (...)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> log_sigmoid(-np.log(3)).round(6) == -np.log(4).round(6)
    np.True_
    >>> log_sigmoid([-1000, 1000])
    array([-1000.,     0.])
    """
    x = _float(x)
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def log_sigmoid_grad(x, g):
    r"""Pass a gradient back through the log-sigmoid.

    $$\frac{\partial L}{\partial x} = g\,\sigma(-x)$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> log_sigmoid_grad([0, np.log(3)], 4)
    array([2., 1.])
    """
    x = _float(x)
    return _like(g, x) * sigmoid(-x)


def hard_sigmoid(x):
    r"""Replace the sigmoid by three straight pieces.

    $$y = \frac{\min(\max(0, x + 3), 6)}{6}$$

    $x \in \mathbb{R}$, $y$ (`return`)

    `x (...) -> y (...)`

    [Howard et al. (2019)](https://arxiv.org/abs/1905.02244)

    >>> hard_sigmoid([-9, -1.5, 0, 1.5, 9])
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    return np.clip(_float(x) + 3, 0, 6) / 6


def hard_sigmoid_grad(x, g):
    r"""Pass a gradient back through the hard sigmoid.

    $$\frac{\partial L}{\partial x} = \frac{g}{6}\,\mathbb{1}[|x| < 3]$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Howard et al. (2019)](https://arxiv.org/abs/1905.02244)

    >>> hard_sigmoid_grad([-9, 0, 3], 6)
    array([0., 1., 0.])
    """
    x = _float(x)
    return _like(g, x) * _indicator(np.abs(x) < 3, x) / 6


def tanh(x):
    r"""Squash a number into (-1, 1), symmetrically about zero.

    $$\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}} = 2\sigma(2x) - 1$$

    $x \in \mathbb{R}$, $\tanh$ (`tanh`), $\sigma$ (`sigmoid`)

    `x (...) -> y (...)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> tanh([0, np.log(3)]).round(15)
    array([0. , 0.8])
    >>> tanh([-1000, 1000])
    array([-1.,  1.])
    """
    return np.tanh(_float(x))


def tanh_grad(x, g):
    r"""Pass a gradient back through tanh.

    $$\frac{\partial L}{\partial x} = g\,\bigl(1 - \tanh^2(x)\bigr)$$

    $x \in \mathbb{R}$, $\tanh$ (`tanh`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> tanh_grad([0, np.log(3)], 25).round(12)
    array([25.,  9.])
    >>> tanh_grad([-1000, 1000], 1)
    array([0., 0.])
    """
    x = _float(x)
    with np.errstate(over="ignore"):  # e^-inf = 0 is right
        e = np.exp(-2 * np.abs(x))
    e /= 1 + e * (2 + e)
    return 4 * e * _like(g, x)


def hard_tanh(x):
    r"""Clip a number to [-1, 1].

    $$y = \min(\max(-1, x), 1)$$

    $x \in \mathbb{R}$, $y$ (`return`)

    `x (...) -> y (...)`

    [Collobert et al. (2011)](https://arxiv.org/abs/1103.0398)

    >>> hard_tanh([-7, 0.5, 7])
    array([-1. ,  0.5,  1. ])
    """
    return np.clip(_float(x), -1, 1)


def hard_tanh_grad(x, g):
    r"""Pass a gradient back through the hard tanh.

    $$\frac{\partial L}{\partial x} = g\,\mathbb{1}[|x| < 1]$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Collobert et al. (2011)](https://arxiv.org/abs/1103.0398)

    >>> hard_tanh_grad([-7, 0.5, 1], 5)
    array([0., 5., 0.])
    """
    x = _float(x)
    return _like(g, x) * _indicator(np.abs(x) < 1, x)


def relu(x):
    r"""Let positive numbers through, stop the others.

    $$\operatorname{ReLU}(x) = \max(0, x)$$

    $x \in \mathbb{R}$, $\operatorname{ReLU}$ (`relu`)

    `x (...) -> y (...)`

    [Fukushima (1969)](https://doi.org/10.1109/TSSC.1969.300225)

    >>> relu([-2, 0, 3])
    array([0., 0., 3.])
    """
    return np.maximum(_float(x), 0)


def relu_grad(x, g):
    r"""Pass a gradient back through ReLU; at 0 the derivative is taken as 0.

    $$\frac{\partial L}{\partial x} = g\,\mathbb{1}[x > 0]$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Fukushima (1969)](https://doi.org/10.1109/TSSC.1969.300225)

    >>> relu_grad([-2, 0, 3], 5)
    array([0., 0., 5.])
    """
    x = _float(x)
    return _like(g, x) * _indicator(x > 0, x)


def leaky_relu(x, alpha=0.01):
    r"""Let negative numbers through with a small slope.

    $$y = \max(0, x) + \alpha \min(0, x)$$

    $x \in \mathbb{R}$, $0 < \alpha < 1$, $y$ (`return`)

    `x (...) -> y (...)`

    [Xu et al. (2015)](https://arxiv.org/abs/1505.00853)

    >>> leaky_relu([-200, 0, 3])
    array([-2.,  0.,  3.])
    """
    x = _float(x)
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)


def leaky_relu_grad(x, g, alpha=0.01):
    r"""Pass a gradient back through the leaky ReLU; at 0 the derivative is taken as alpha.

    $$\frac{\partial L}{\partial x} = \begin{cases} g, & x > 0 \\ \alpha g, & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $0 < \alpha < 1$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Xu et al. (2015)](https://arxiv.org/abs/1505.00853)

    >>> leaky_relu_grad([-200, 0, 3], 100)
    array([  1.,   1., 100.])
    """
    x = _float(x)
    s = _indicator(x > 0, x)
    return _like(g, x) * (s + alpha * (1 - s))


def _slopes(alpha, x):
    """One slope for all, or one for each entry of the last axes of x."""
    alpha = np.asarray(alpha, x.dtype)
    if alpha.shape != x.shape[max(x.ndim - alpha.ndim, 0) :]:
        raise ValueError(f"alpha must have the shape of the last axes of x, got {alpha.shape} and {x.shape}")
    return alpha


def prelu(x, alpha):
    r"""Let negative numbers through with a learned slope, one for all or one per channel.

    $$y = \max(0, x) + \alpha \min(0, x)$$

    $x \in \mathbb{R}$, $\alpha \in \mathbb{R}$, $y$ (`return`)

    `x (..., C), alpha (C) or () -> y (..., C)`

    [He et al. (2015)](https://arxiv.org/abs/1502.01852)

    >>> prelu([[-4, 1], [2, -4]], [0.5, 0.25])
    array([[-2.,  1.],
           [ 2., -1.]])
    """
    x = _float(x)
    return np.maximum(x, 0) + _slopes(alpha, x) * np.minimum(x, 0)


def prelu_grad(x, alpha, g):
    r"""Pass a gradient back through PReLU, to the input and to the slope.

    $$\frac{\partial L}{\partial x} = \begin{cases} g, & x > 0 \\ \alpha g, & x \le 0 \end{cases}$$

    $$\frac{\partial L}{\partial \alpha} = g \min(0, x)$$

    $x \in \mathbb{R}$, $\alpha \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (..., C), alpha (C) or (), g (..., C) -> dx (..., C), dalpha (C) or ()`

    [He et al. (2015)](https://arxiv.org/abs/1502.01852)

    >>> dx, dalpha = prelu_grad([[-4, 1], [2, -4]], [0.5, 0.25], 4)
    >>> dx
    array([[2., 4.],
           [4., 1.]])
    >>> dalpha
    array([-16., -16.])
    """
    x = _float(x)
    alpha, g, s = _slopes(alpha, x), _like(g, x), _indicator(x > 0, x)
    dx = g * (s + alpha * (1 - s))
    dalpha = _batch_sum(g * np.minimum(x, 0), tuple(range(x.ndim - alpha.ndim)))
    return dx, dalpha


def _slope(x, lower, upper, rng):
    """The mean slope, or a random one for each entry of x."""
    if not 0 <= lower <= upper <= 1:
        raise ValueError(f"rrelu needs 0 <= lower <= upper <= 1, got lower={lower} and upper={upper}")
    return (lower + upper) / 2 if rng is None else rng.uniform(lower, upper, x.shape).astype(x.dtype)


def rrelu(x, lower=1 / 8, upper=1 / 3, rng=None):
    r"""Let negative numbers through with a random slope in training, and with the mean slope without `rng`.

    $$\alpha = \frac{l + u}{2}$$

    $$y = \max(0, x) + \alpha \min(0, x)$$

    $x \in \mathbb{R}$, $0 < l < 1$ (`lower`), $0 < u < 1$ (`upper`), $l \le u$, $y$ (`return`)

    `x (...) -> y (...)`

    [Xu et al. (2015)](https://arxiv.org/abs/1505.00853)

    >>> rrelu([-48, 3])
    array([-11.,   3.])
    >>> rrelu([-48, 3], lower=0.25, upper=0.25, rng=np.random.default_rng(0))
    array([-12.,   3.])
    """
    x = _float(x)
    return np.maximum(x, 0) + _slope(x, lower, upper, rng) * np.minimum(x, 0)


def rrelu_grad(x, g, lower=1 / 8, upper=1 / 3, rng=None):
    r"""Pass a gradient back through RReLU; `rng` must be in the state in which the forward pass got it.

    $$\frac{\partial L}{\partial x} = \begin{cases} g, & x > 0 \\ \alpha g, & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $0 < l < 1$ (`lower`), $0 < u < 1$ (`upper`), $l \le u$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Xu et al. (2015)](https://arxiv.org/abs/1505.00853)

    >>> rrelu_grad([-48, 3], 48)
    array([11., 48.])
    """
    x = _float(x)
    alpha, s = _slope(x, lower, upper, rng), _indicator(x > 0, x)
    return _like(g, x) * (s + alpha * (1 - s))


def relu6(x):
    r"""Clip ReLU at 6, so that activations fit a few bits.

    $$\operatorname{ReLU6}(x) = \min(\max(0, x), 6)$$

    $x \in \mathbb{R}$, $\operatorname{ReLU6}$ (`relu6`)

    `x (...) -> y (...)`

    [Sandler et al. (2018)](https://arxiv.org/abs/1801.04381)

    >>> relu6([-2, 3, 10])
    array([0., 3., 6.])
    """
    return np.clip(_float(x), 0, 6)


def relu6_grad(x, g):
    r"""Pass a gradient back through ReLU6; at 0 and at 6 the derivative is taken as 0.

    $$\frac{\partial L}{\partial x} = g\,\mathbb{1}[0 < x < 6]$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Sandler et al. (2018)](https://arxiv.org/abs/1801.04381)

    >>> relu6_grad([-2, 0, 3, 6], 5)
    array([0., 0., 5., 0.])
    """
    x = _float(x)
    return _like(g, x) * _indicator((x > 0) & (x < 6), x)


def elu(x, alpha=1.0):
    r"""Bend smoothly to -alpha on the negative side.

    $$\operatorname{ELU}(x) = \begin{cases} x, & x > 0 \\ \alpha\,(e^{x} - 1), & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $\alpha > 0$, $\operatorname{ELU}(x)$ (`return`)

    `x (...) -> y (...)`

    [Clevert, Unterthiner & Hochreiter (2016)](https://arxiv.org/abs/1511.07289)

    >>> elu([-np.log(2), 0, 3]).round(15)
    array([-0.5,  0. ,  3. ])
    >>> elu([-1000, 1000])
    array([  -1., 1000.])
    """
    x = _float(x)
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def elu_grad(x, g, alpha=1.0):
    r"""Pass a gradient back through ELU; at 0 the derivative is taken as alpha.

    $$\frac{\partial L}{\partial x} = \begin{cases} g, & x > 0 \\ \alpha g e^{x}, & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $\alpha > 0$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Clevert, Unterthiner & Hochreiter (2016)](https://arxiv.org/abs/1511.07289)

    >>> elu_grad([-np.log(2), 0, 3], 4)
    array([2., 4., 4.])
    """
    x = _float(x)
    s = _indicator(x > 0, x)
    return _like(g, x) * (s + alpha * np.exp(np.minimum(x, 0)) * (1 - s))


def selu(x):
    r"""Scale ELU so that mean 0 and variance 1 of a normal input are preserved.

    $$\operatorname{SELU}(x) = \begin{cases}
      \lambda x, & x > 0 \\ \lambda \alpha\,(e^{x} - 1), & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $\operatorname{SELU}(x)$ (`return`)

    `x (...) -> y (...)`

    [Klambauer et al. (2017)](https://arxiv.org/abs/1706.02515)

    >>> selu([-1000, 0, 1]).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """
    lam, alpha = 1.0507009873554805, 1.6732632423543772
    x = _float(x)
    with np.errstate(over="ignore"):  # lam * x may exceed the largest float
        return lam * np.maximum(x, 0) + lam * alpha * np.expm1(np.minimum(x, 0))


def selu_grad(x, g):
    r"""Pass a gradient back through SELU; at 0 the derivative is taken from the left.

    $$\frac{\partial L}{\partial x} = \begin{cases}
      \lambda g, & x > 0 \\ \lambda \alpha g e^{x}, & x \le 0 \end{cases}$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Klambauer et al. (2017)](https://arxiv.org/abs/1706.02515)

    >>> selu_grad([-1000, 0, 1], 1).round(4)
    array([0.    , 1.7581, 1.0507])
    """
    lam, alpha = 1.0507009873554805, 1.6732632423543772
    return lam * elu_grad(x, g, alpha)


def softplus(x, beta=1.0):
    r"""Round off the corner of ReLU, the more the smaller beta is.

    $$\operatorname{softplus}(x) = \frac{1}{\beta} \ln\left(1 + e^{\beta x}\right)$$

    $x \in \mathbb{R}$, $\beta > 0$, $\operatorname{softplus}(x)$ (`return`)

    `x (...) -> y (...)`

    [Glorot, Bordes & Bengio (2011)](https://proceedings.mlr.press/v15/glorot11a.html)

    >>> softplus(np.log(3)).round(6) == np.log(4).round(6)
    np.True_
    >>> softplus([-1000, 1000])
    array([   0., 1000.])
    """
    if not beta > 0:
        raise ValueError(f"beta must be greater than 0, got {beta}")
    x = _float(x)
    with np.errstate(over="ignore"):  # beta * x may exceed the largest float: e^-inf = 0
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(beta * x))) / beta


def softplus_grad(x, g, beta=1.0):
    r"""Pass a gradient back through softplus.

    $$\frac{\partial L}{\partial x} = g\,\sigma(\beta x)$$

    $x \in \mathbb{R}$, $\beta > 0$, $\sigma$ (`sigmoid`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Glorot, Bordes & Bengio (2011)](https://proceedings.mlr.press/v15/glorot11a.html)

    >>> softplus_grad([0, np.log(3)], 4)
    array([2., 3.])
    """
    if not beta > 0:
        raise ValueError(f"beta must be greater than 0, got {beta}")
    x = _float(x)
    with np.errstate(over="ignore"):  # beta * x may exceed the largest float: sigmoid(inf) = 1
        return _like(g, x) * sigmoid(beta * x)


def mish(x):
    r"""Gate the input with the tanh of its softplus.

    $$\operatorname{Mish}(x) = x \tanh\left(\ln\left(1 + e^{x}\right)\right)$$

    $x \in \mathbb{R}$, $\operatorname{Mish}$ (`mish`)

    `x (...) -> y (...)`

    [Misra (2019)](https://arxiv.org/abs/1908.08681)

    >>> mish(np.log([2, 3])) / np.log([2, 3])
    array([0.8       , 0.88235294])
    >>> mish([0, 1000])
    array([   0., 1000.])
    """
    x = _float(x)
    e = np.exp(np.minimum(x, np.log(np.finfo(x.dtype).max) / 2 - 1))  # beyond, the fraction is 1
    n = e * (e + 2)
    return np.maximum(x, -2000) * (n / (n + 2))  # the fraction is 0 there, and -inf * 0 would be nan


def mish_grad(x, g):
    r"""Pass a gradient back through Mish.

    $$\frac{\partial L}{\partial x} = g\,\left(t + x\,\bigl(1 - t^2\bigr)\,\sigma(x)\right)$$

    $$t = \tanh\left(\ln\left(1 + e^{x}\right)\right)$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Misra (2019)](https://arxiv.org/abs/1908.08681)

    >>> mish_grad([0, 1000], 5)
    array([3., 5.])
    """
    x = np.clip(_float(x), -2000, 2000)  # inf * 0 would be nan
    a, b = np.exp(np.minimum(x, 0)), np.exp(-np.maximum(x, 0))  # e^x = a / b, and neither overflows
    d = a * a + 2 * b * (a + b)  # t = a (a + 2 b) / d; put in and sorted by powers, nothing cancels
    n = a * (a * (a + 4 * b) + b * b * (4 * x + 6)) + 4 * b * b * b * (x + 1)
    return _like(g, x) * (a * n / d / d)


def _pieces(x, W, b):
    """Every piece of every unit; W (d, m, k) and b (m, k) must belong together."""
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have the shape of W without its first axis, got {b.shape} and {W.shape}")
    return np.tensordot(x, W, 1) + b


def maxout(x, W, b):
    r"""Take the largest of k affine functions.

    $$z_{ij} = \sum_{n=1}^{d} x_n W_{nij} + b_{ij}$$

    $$h_i = \max_{1 \le j \le k} z_{ij}$$

    $x \in \mathbb{R}^{d}$, $W \in \mathbb{R}^{d \times m \times k}$, $b \in \mathbb{R}^{m \times k}$,
    $h$ (`return`)

    `x (..., d), W (d, m, k), b (m, k) -> h (..., m)`

    [Goodfellow et al. (2013)](https://arxiv.org/abs/1302.4389)

    >>> maxout([[-3], [2]], [[[1, -1]]], [[0, 0]])
    array([[3.],
           [2.]])
    """
    z = _pieces(_float(x), _float(W), _float(b))
    return z.max(-1)


def maxout_grad(x, W, b, g):
    r"""Pass a gradient back through maxout: only the winning piece learns, the first one of a tie.

    $$w_{ij} = \mathbb{1}\left[j = \arg\max_{1 \le l \le k} z_{il}\right]$$

    $$\frac{\partial L}{\partial z_{ij}} = g_i w_{ij}$$

    $$\frac{\partial L}{\partial x_n} =
      \sum_{i=1}^{m} \sum_{j=1}^{k} W_{nij} \frac{\partial L}{\partial z_{ij}}$$

    $$\frac{\partial L}{\partial W_{nij}} = x_n \frac{\partial L}{\partial z_{ij}}$$

    $$\frac{\partial L}{\partial b_{ij}} = \frac{\partial L}{\partial z_{ij}}$$

    $x \in \mathbb{R}^{d}$, $W \in \mathbb{R}^{d \times m \times k}$, $b \in \mathbb{R}^{m \times k}$,
    $g \in \mathbb{R}^{m}$

    `x (..., d), W (d, m, k), b (m, k), g (..., m) -> dx (..., d), dW (d, m, k), db (m, k)`

    [Goodfellow et al. (2013)](https://arxiv.org/abs/1302.4389)

    >>> dx, dW, db = maxout_grad([-3], [[[1, -1]]], [[0, 0]], [5])
    >>> dx
    array([-5.])
    >>> dW
    array([[[  0., -15.]]])
    >>> db
    array([[0., 5.]])
    """
    x, W, b = _float(x), _float(W), _float(b)
    z = _pieces(x, W, b)
    w = np.arange(z.shape[-1]) == z.argmax(-1)[..., None]
    dz = _like(g, z[..., 0])[..., None] * w
    batch = tuple(range(x.ndim - 1))
    dx = np.tensordot(dz, np.moveaxis(W, 0, -1), b.ndim)
    dW = np.tensordot(x, dz, (batch, batch))
    db = _batch_sum(dz, batch)
    return dx, dW, db


def _logits(z, axis):
    """Floats with at least one entry along the axis."""
    z = _float(z)
    if z.shape[axis] == 0:
        raise ValueError(f"there must be at least one entry along axis {axis}, got shape {z.shape}")
    return z


def _total(e, axis):
    """Added up in float64; in float32 again, which is faster, where that holds it. float16 seldom would."""
    total, narrow = e.sum(axis, keepdims=True, dtype=float), np.promote_types(e.dtype, np.float32)
    return total.astype(narrow) if np.all(np.abs(total) < np.finfo(narrow).max / 2) else total


def softmax(z, axis=-1):
    r"""Turn logits into probabilities.

    $$p_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $p$ (`return`)

    `z (..., K) -> p (..., K)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> softmax([0, np.log(3)])
    array([0.25, 0.75])
    >>> softmax([1000, 1000])
    array([0.5, 0.5])
    >>> softmax([-np.inf, 0])
    array([0., 1.])
    """
    z = _logits(z, axis)
    with np.errstate(over="ignore", invalid="ignore"):  # e^-inf = 0 is right; a maximum of +-inf gives nan
        e = np.exp(z - z.max(axis, keepdims=True))
    e /= _total(e, axis)
    return e


def softmax_grad(z, g, axis=-1):
    r"""Pass a gradient back through softmax without building its Jacobian.

    $$\frac{\partial L}{\partial z_i} = p_i \left(g_i - \sum_{j=1}^{K} g_j p_j\right)$$

    $z \in \mathbb{R}^{K}$, $g \in \mathbb{R}^{K}$, $p$ (`p`)

    `z (..., K), g (..., K) -> dz (..., K)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> softmax_grad([0, np.log(3)], [16, 0])
    array([ 3., -3.])
    """
    p = softmax(z, axis)
    g = _like(g, p)
    return (p * (g - _total(g * p, axis))).astype(p.dtype, copy=False)


def _log_sum(d, i, axis):
    """ln of the sum of e^d, where d is 0 at i: that 1 is left to log1p, which keeps what tiny terms add."""
    e = np.exp(d)
    np.put_along_axis(e, i, 0, axis)
    # adding d at i: 0, or what spreads from an infinite logit
    return np.log1p(e.sum(axis, keepdims=True, dtype=float)) + np.take_along_axis(d, i, axis)


def log_softmax(z, axis=-1):
    r"""Take the logarithm of the probabilities without computing them.

    $$y_i = z_i - \ln \sum_{j=1}^{K} e^{z_j}$$

    $z \in \mathbb{R}^{K}$, $y$ (`return`)

    `z (..., K) -> y (..., K)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> np.exp(log_softmax([0, np.log(3)])).round(15)
    array([0.25, 0.75])
    >>> log_softmax([1000, 0])
    array([    0., -1000.])
    """
    z = _logits(z, axis)
    i = z.argmax(axis, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):  # e^-inf = 0 is right; a maximum of +-inf gives nan
        d = z - np.take_along_axis(z, i, axis)
    d -= _log_sum(d, i, axis).astype(d.dtype)
    return d


def log_softmax_grad(z, g, axis=-1):
    r"""Pass a gradient back through the log-softmax.

    $$\frac{\partial L}{\partial z_i} = g_i - p_i \sum_{j=1}^{K} g_j$$

    $z \in \mathbb{R}^{K}$, $g \in \mathbb{R}^{K}$, $p$ (`p`)

    `z (..., K), g (..., K) -> dz (..., K)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> log_softmax_grad([0, np.log(3)], [4, 0])
    array([ 3., -3.])
    """
    p = softmax(z, axis)
    g = np.broadcast_to(_like(g, p), p.shape)
    return (g - p * _total(g, axis)).astype(p.dtype, copy=False)


def logsumexp(z, axis=-1):
    r"""Add numbers that are given by their logarithms: a smooth maximum.

    $$y = \ln \sum_{j=1}^{K} e^{z_j}$$

    $z \in \mathbb{R}^{K}$, $y$ (`return`)

    `z (..., K) -> y (...)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> np.exp(logsumexp(np.log([1, 2, 3]))).round(15)
    np.float64(6.0)
    >>> logsumexp([[1000, -1000], [-np.inf, -np.inf]])
    array([1000.,  -inf])
    """
    z = _logits(z, axis)
    i = z.argmax(axis, keepdims=True)
    m = np.take_along_axis(z, i, axis)
    m = np.where(np.isfinite(m), m, 0)
    with np.errstate(over="ignore"):  # e^-inf = 0 is right
        return (m + _log_sum(z - m, i, axis)).squeeze(axis).astype(z.dtype)


def logsumexp_grad(z, g, axis=-1):
    r"""Pass a gradient back through log-sum-exp: softmax deals it out.

    $$\frac{\partial L}{\partial z_i} = g \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $g = \partial L / \partial y$

    `z (..., K), g (...) -> dz (..., K)`

    [Blanchard, Higham & Higham (2021)](https://doi.org/10.1093/imanum/draa038)

    >>> logsumexp_grad([0, np.log(3)], 4)
    array([1., 3.])
    """
    p = softmax(z, axis)
    y = p.take(0, axis)  # one number for each row, as the output has
    return p * np.expand_dims(np.broadcast_to(_like(g, y), y.shape), axis)


_P = (
    5.762437891824205e-07, 1.727502436207176e-05, 0.0002545850921483706, 0.002392132412489037,
    0.015706948034371053, 0.07464769451508274, 0.25746992747520964, 0.6261179726921352,
    0.9884246205251749, 0.7978845608028654,
)
_Q = (
    5.762437892278554e-07, 1.7275024353415436e-05, 0.00025573758047098375, 0.002426682422612259,
    0.016212662119315935, 0.07932827408478282, 0.2873812041404178, 0.7617755015005275,
    1.4197079763067093, 1.6942361270875443, 1.0,
)


def _mills(a):
    """What e^(-a^2/2) is multiplied by to give the probability that a standard normal variable exceeds a."""
    # minimax fit to 4e-18 on [0, 39]; nothing cancels, all coefficients are positive
    return 1 / math.sqrt(2 * math.pi) / (a + np.polyval(_P, a) / np.polyval(_Q, a))


def _gauss(a):
    """e^(-a^2/2), in two factors because a^2 would be rounded."""
    b = a.astype(np.float32).astype(float)  # 24 bits, so that b * b is exact
    return np.exp(-b * b / 2) * np.exp((b - a) * (b + a) / 2)


def gelu(x):
    r"""Weight the input by the probability that a standard normal variable lies below it.

    $$\operatorname{GELU}(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt{2}}\right)$$

    $x \in \mathbb{R}$, $\operatorname{GELU}$ (`gelu`)

    `x (...) -> y (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> gelu([0.5, -0.5]) @ [2, -2]
    np.float64(1.0)
    >>> gelu([-1000, 1000])
    array([   0., 1000.])
    """
    x = _float(x)
    a = np.minimum(np.abs(x), 50).astype(float)  # e^-1250 is 0, and inf * 0 would be nan
    return (np.maximum(x, 0) - a * _gauss(a) * _mills(a)).astype(x.dtype)


def gelu_grad(x, g):
    r"""Pass a gradient back through GELU.

    $$\frac{\partial L}{\partial x} = g\,\left(\frac12\left(1 + \operatorname{erf}\frac{x}{\sqrt{2}}\right)
      + \frac{x}{\sqrt{2\pi}} e^{-x^2/2}\right)$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> gelu_grad([0, 1000], 2)
    array([1., 2.])
    """
    x = _float(x)
    a = np.minimum(np.abs(x), 50).astype(float)  # e^-1250 is 0, and inf * 0 would be nan
    d = _gauss(a) * (_mills(a) - a / math.sqrt(2 * math.pi))  # the derivative at -a
    return _like(g, x) * np.where(x < 0, d, 1 - d).astype(x.dtype)


def gelu_tanh(x):
    r"""Approximate GELU with tanh, as many trained models do.

    $$y = \frac{x}{2}\left(1 + \tanh\left(\sqrt{\frac{2}{\pi}}\,\left(x + 0.044715\,x^3\right)\right)\right)$$

    $x \in \mathbb{R}$, $y$ (`return`)

    `x (...) -> y (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> gelu_tanh([0.5, -0.5]) @ [2, -2]
    np.float64(1.0)
    >>> gelu_tanh([-1000, 1000])
    array([   0., 1000.])
    """
    x = _float(x)
    a = np.minimum(np.abs(x), 50).astype(float)  # e^-9000 is 0, and inf * 0 would be nan
    e = np.exp(-math.sqrt(8 / math.pi) * a * (1 + 0.044715 * a * a))  # (1 + tanh) / 2 is e / (1 + e) at -a
    return (np.maximum(x, 0) - a * e / (1 + e)).astype(x.dtype)


def gelu_tanh_grad(x, g):
    r"""Pass a gradient back through the tanh form of GELU.

    $$\begin{aligned} \frac{\partial L}{\partial x} &= g\,\frac{1 + t}{2} \\
      &+ g\,\frac{x}{2}\,\bigl(1 - t^2\bigr)\,\sqrt{\frac{2}{\pi}}\,\left(1 + 0.134145\,x^2\right)
      \end{aligned}$$

    $$t = \tanh\left(\sqrt{\frac{2}{\pi}}\,\left(x + 0.044715\,x^3\right)\right)$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> gelu_tanh_grad([0, 1000], 2)
    array([1., 2.])
    """
    x = _float(x)
    a = np.clip(x, -26, 26).astype(float)  # e^-1294 is 0, and inf * 0 would be nan
    c, q = math.sqrt(8 / math.pi) * a, 0.044715 * a * a
    h = np.exp(c * (1 + q) / 2)
    r = 1 / h
    d = h + r  # (1 + tanh) / 2 is h / d, and nothing overflows
    return _like(g, x) * (h / d * (1 + c * (1 + 3 * q) * r / d)).astype(x.dtype)


def silu(x):
    r"""Gate the input with its own sigmoid.

    $$\operatorname{SiLU}(x) = x\,\sigma(x)$$

    $x \in \mathbb{R}$, $\operatorname{SiLU}$ (`silu`), $\sigma$ (`sigmoid`)

    `x (...) -> y (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> silu(np.log([3, 1 / 3])) / np.log(3)
    array([ 0.75, -0.25])
    >>> silu([0, 1000])
    array([   0., 1000.])
    """
    x = _float(x)
    return np.maximum(x, -2000) * sigmoid(x)  # the sigmoid is 0 there, and -inf * 0 would be nan


def silu_grad(x, g):
    r"""Pass a gradient back through SiLU.

    $$\frac{\partial L}{\partial x} = g\,\sigma(x)\,\bigl(1 + x\,(1 - \sigma(x))\bigr)$$

    $x \in \mathbb{R}$, $\sigma$ (`sigmoid`), $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Hendrycks & Gimpel (2016)](https://arxiv.org/abs/1606.08415)

    >>> silu_grad([0, 1000], 2)
    array([1., 2.])
    """
    x = np.clip(_float(x), -2000, 2000)  # inf * 0 would be nan
    return _like(g, x) * sigmoid(x) * (1 + x * sigmoid(-x))


def hard_swish(x):
    r"""Gate the input with its own hard sigmoid.

    $$y = x\,\frac{\min(\max(0, x + 3), 6)}{6}$$

    $x \in \mathbb{R}$, $y$ (`return`)

    `x (...) -> y (...)`

    [Howard et al. (2019)](https://arxiv.org/abs/1905.02244)

    >>> hard_swish([-1.5, 0, 1.5, 9])
    array([-0.375,  0.   ,  1.125,  9.   ])
    """
    x = np.maximum(_float(x), -3)
    return (np.minimum(x, 3) + 3) / 6 * x


def hard_swish_grad(x, g):
    r"""Pass a gradient back through the hard swish; at -3 the derivative is taken as 0, at 3 as 1.

    $$\frac{\partial L}{\partial x} = \begin{cases} 0, & x \le -3 \\ g\,\frac{2x + 3}{6}, & -3 < x < 3 \\
      g, & x \ge 3 \end{cases}$$

    $x \in \mathbb{R}$, $g = \partial L / \partial y$

    `x (...), g (...) -> dx (...)`

    [Howard et al. (2019)](https://arxiv.org/abs/1905.02244)

    >>> hard_swish_grad([-3, -1.5, 0, 1.5, 3], 2)
    array([0., 0., 1., 2., 2.])
    """
    x = _float(x)
    c = np.clip(x, -3, 3)
    return _like(g, x) * np.where(np.abs(x) >= 3, x > 0, (2 * c + 3) / 6)


def _branches(x, W, V):
    """Both linear maps; V must not be broadcast to W."""
    if W.shape != V.shape:
        raise ValueError(f"W and V must have the same shape, got {W.shape} and {V.shape}")
    return x @ W, x @ V


def swiglu(x, W, V):
    r"""Multiply one linear map of the input by the SiLU of another.

    $$p_i = \sum_{n=1}^{d} x_n W_{ni}$$

    $$q_i = \sum_{n=1}^{d} x_n V_{ni}$$

    $$y = p \odot \sigma(p) \odot q$$

    $x \in \mathbb{R}^{d}$, $W \in \mathbb{R}^{d \times m}$, $V \in \mathbb{R}^{d \times m}$, $y$ (`return`),
    $\sigma$ (`sigmoid`)

    `x (..., d), W (d, m), V (d, m) -> y (..., m)`

    [Shazeer (2020)](https://arxiv.org/abs/2002.05202)

    >>> swiglu([1, 1], [[999], [1]], [[1], [1]])
    array([2000.])
    """
    p, q = _branches(_float(x), _float(W), _float(V))
    return silu(p) * q


def swiglu_grad(x, W, V, g):
    r"""Pass a gradient back through SwiGLU, to the input and to both weight matrices.

    $$\frac{\partial L}{\partial p} =
      g \odot q \odot \sigma(p) \odot \bigl(1 + p \odot (1 - \sigma(p))\bigr)$$

    $$\frac{\partial L}{\partial q} = g \odot p \odot \sigma(p)$$

    $$\frac{\partial L}{\partial x_n} = \sum_{i=1}^{m} \left(W_{ni} \frac{\partial L}{\partial p_i}
      + V_{ni} \frac{\partial L}{\partial q_i}\right)$$

    $$\frac{\partial L}{\partial W_{ni}} = x_n \frac{\partial L}{\partial p_i}$$

    $$\frac{\partial L}{\partial V_{ni}} = x_n \frac{\partial L}{\partial q_i}$$

    $x \in \mathbb{R}^{d}$, $W \in \mathbb{R}^{d \times m}$, $V \in \mathbb{R}^{d \times m}$,
    $g \in \mathbb{R}^{m}$, $\sigma$ (`sigmoid`)

    `x (..., d), W (d, m), V (d, m), g (..., m) -> dx (..., d), dW (d, m), dV (d, m)`

    [Shazeer (2020)](https://arxiv.org/abs/2002.05202)

    >>> dx, dW, dV = swiglu_grad([1, 1], [[999], [1]], [[1], [1]], [1])
    >>> dx
    array([2998., 1002.])
    >>> dW.T, dV.T
    (array([[2., 2.]]), array([[1000., 1000.]]))
    """
    x, W, V = _float(x), _float(W), _float(V)
    p, q = _branches(x, W, V)
    g = _like(g, p)
    dp, dq = silu_grad(p, g) * q, g * silu(p)  # g * q may overflow where the slope is small
    batch = tuple(range(x.ndim - 1))
    dx = dp @ W.T + dq @ V.T
    dW = np.tensordot(x, dp, (batch, batch))
    dV = np.tensordot(x, dq, (batch, batch))
    return dx, dW, dV
