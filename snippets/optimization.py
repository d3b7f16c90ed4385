"""Optimizers, one step each, learning-rate schedules, and what else keeps a training run on its way.

An optimizer takes the parameters `theta`, the gradient `g` and its own state and returns parameters and
state anew; nothing is changed in place. A state starts as 0, which stands for zeros of every shape. The
dtype is that of `theta`.
Steps `t` of a schedule are counted from 0.
"""

import numpy as np

from snippets.activations import _float, _like


def _same(theta, **others):
    """Dtype and shape of the parameters for all, or one number: (n,) and (n, 1) would make (n, n)."""
    theta = _float(theta)
    others = {name: np.asarray(v, theta.dtype) for name, v in others.items()}
    for name, v in others.items():
        if v.shape not in ((), theta.shape):
            raise ValueError(f"{name} has the shape {v.shape}, the parameters {theta.shape}")
    return theta, *others.values()


def _norm(v):
    """The length, in float64 and in units of the largest entry: squares overflow or vanish."""
    v = np.asarray(v, float)
    unit = np.abs(v).max(initial=0)
    return unit * np.linalg.norm(v / unit) if 0 < unit < np.inf else unit


# ---- optimizers
def sgd(theta, g, eta=0.01):
    r"""Step against the gradient.

    $$\theta_t = \theta_{t-1} - \eta\, g_t$$

    $\theta, g \in \mathbb{R}^{n}$, $\eta > 0$, $\theta_t$ (`return`)

    `theta (...), g (...) -> theta (...)`

    [Robbins & Monro (1951)](https://doi.org/10.1214/aoms/1177729586)

    >>> sgd([1.0, 2.0], [4.0, -2.0], eta=0.5)
    array([-1.,  3.])
    """
    theta, g, eta = _same(theta, g=g, eta=eta)
    return theta - eta * g


def momentum(theta, g, v=0, eta=0.01, mu=0.9):
    r"""Add up gradients, the old ones ever less, and step against the sum.

    $$v_t = \mu\, v_{t-1} + g_t$$

    $$\theta_t = \theta_{t-1} - \eta\, v_t$$

    $\theta, g, v \in \mathbb{R}^{n}$, $\eta > 0$, $0 < \mu < 1$

    `theta (...), g (...), v (...) -> theta (...), v (...)`

    [Polyak (1964)](https://doi.org/10.1016/0041-5553(64)90137-5)

    >>> theta, v = momentum([1.0], [2.0], eta=0.5, mu=0.5)
    >>> theta, v
    (array([0.]), array([2.]))
    >>> momentum(theta, [2.0], v, eta=0.5, mu=0.5)
    (array([-1.5]), array([3.]))
    """
    theta, g, eta, v = _same(theta, g=g, eta=eta, v=v)
    v = mu * v + g
    theta = theta - eta * v
    return theta, v


def nesterov(theta, g, v=0, eta=0.01, mu=0.9):
    r"""Step as momentum would after one more step with the same gradient.

    $$v_t = \mu\, v_{t-1} + g_t$$

    $$\theta_t = \theta_{t-1} - \eta\,(g_t + \mu\, v_t)$$

    $\theta, g, v \in \mathbb{R}^{n}$, $\eta > 0$, $0 < \mu < 1$

    `theta (...), g (...), v (...) -> theta (...), v (...)`

    [Sutskever et al. (2013)](https://proceedings.mlr.press/v28/sutskever13.html)

    >>> nesterov([1.0], [2.0], eta=0.5, mu=0.5)
    (array([-0.5]), array([2.]))
    """
    theta, g, eta, v = _same(theta, g=g, eta=eta, v=v)
    v = mu * v + g
    theta = theta - eta * (g + mu * v)
    return theta, v


def adagrad(theta, g, s=0, eta=0.01, eps=1e-10):
    r"""Divide the rate of each parameter by the root of the sum of all its squared gradients.

    $$s_t = s_{t-1} + g_t^2$$

    $$\theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}$$

    $\theta, g \in \mathbb{R}^{n}$, $s \in (0, 1)^{n}$, $\eta, \epsilon > 0$

    `theta (...), g (...), s (...) -> theta (...), s (...)`

    [Duchi, Hazan & Singer (2011)](https://jmlr.org/papers/v12/duchi11a.html)

    >>> theta, s = adagrad([1.0, 1.0], [3.0, -0.01], eta=0.5)
    >>> theta.round(6), s
    (array([0.5, 1.5]), array([9.e+00, 1.e-04]))
    """
    theta, g, eta, s = _same(theta, g=g, eta=eta, s=s)
    s = s + g**2
    theta = theta - eta * g / (np.sqrt(s) + eps)
    return theta, s


def rmsprop(theta, g, s=0, eta=0.01, rho=0.9, eps=1e-8):
    r"""AdaGrad with a memory that fades: a moving average instead of the sum.

    $$s_t = \rho\, s_{t-1} + (1 - \rho)\, g_t^2$$

    $$\theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}$$

    $\theta, g \in \mathbb{R}^{n}$, $s \in (0, 1)^{n}$, $0 < \rho < 1$, $\eta, \epsilon > 0$

    `theta (...), g (...), s (...) -> theta (...), s (...)`

    [Tieleman & Hinton (2012), lecture 6.5](https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf)

    >>> theta, s = rmsprop([1.0, 1.0], [3.0, -0.01], eta=0.5, rho=0.75)
    >>> theta.round(5)
    array([0., 2.])
    """
    theta, g, eta, s = _same(theta, g=g, eta=eta, s=s)
    s = rho * s + (1 - rho) * g**2
    theta = theta - eta * g / (np.sqrt(s) + eps)
    return theta, s


def adam(theta, g, state=(0, 0, 0), eta=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Momentum over RMSProp: a moving average of gradients, divided by the root of one of their squares.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t$$

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}$$

    $$\theta_t = \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}$$

    $\theta, g, m \in \mathbb{R}^{n}$, $v \in (0, 1)^{n}$, $t \in \mathbb{N}$, $(m, v, t)$ (`state`),
    $\eta, \epsilon > 0$, $0 < \beta_1 < 1$, $0 < \beta_2 < 1$

    `theta (...), g (...), m (...), v (...), t () -> theta (...), (m (...), v (...), t ())`

    [Kingma & Ba (2015)](https://arxiv.org/abs/1412.6980)

    >>> theta, (m, v, t) = adam([1.0, 1.0], [3.0, -0.01], eta=0.5)
    >>> theta.round(5), t
    (array([0.5, 1.5]), 1)
    """
    m, v, t = state
    theta, g, eta, m, v = _same(theta, g=g, eta=eta, m=m, v=v)
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - eta * m_hat / (np.sqrt(v_hat) + eps)
    return theta, (m, v, t)


def adamw(theta, g, state=(0, 0, 0), eta=0.001, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.01):
    r"""Shrink the parameters, then step as Adam does: the decay never enters the averages.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t$$

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}$$

    $$\theta_t = (1 - \eta \lambda)\, \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}$$

    $\theta, g, m \in \mathbb{R}^{n}$, $v \in (0, 1)^{n}$, $t \in \mathbb{N}$, $(m, v, t)$ (`state`),
    $\eta, \epsilon, \lambda > 0$, $0 < \beta_1 < 1$, $0 < \beta_2 < 1$

    `theta (...), g (...), m (...), v (...), t () -> theta (...), (m (...), v (...), t ())`

    [Loshchilov & Hutter (2019)](https://arxiv.org/abs/1711.05101)

    >>> theta, (m, v, t) = adamw([1.0, 1.0], [3.0, -0.01], eta=0.5, lam=0.5)
    >>> theta.round(5), t
    (array([0.25, 1.25]), 1)
    """
    m, v, t = state
    theta, g, eta, m, v = _same(theta, g=g, eta=eta, m=m, v=v)
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = (1 - eta * lam) * theta - eta * m_hat / (np.sqrt(v_hat) + eps)
    return theta, (m, v, t)


# ---- optimizers: how fast on a quadratic
def _curvatures(a, b):
    if not 0 < a <= b:
        raise ValueError(f"curvatures must satisfy 0 < a <= b, got {a} and {b}")


def best_rate(a, b):
    r"""Choose the rate of gradient descent for curvatures from a to b; each step shrinks the error by r.

    $$\eta = \frac{2}{a + b}$$

    $$r = \frac{b - a}{b + a}$$

    $a > 0$, $b > a$, $\eta$ (`eta`), $r$ (`r`)

    `a (), b () -> eta (), r ()`

    [Polyak (1964)](https://doi.org/10.1016/0041-5553(64)90137-5)

    >>> best_rate(1.0, 3.0)
    (0.5, 0.5)
    """
    _curvatures(a, b)
    eta = 2 / (a + b)
    r = (b - a) / (b + a)
    return eta, r


def best_momentum(a, b):
    r"""Choose rate and momentum for curvatures from a to b; each step shrinks the error by about r.

    $$\eta = \left(\frac{2}{\sqrt{a} + \sqrt{b}}\right)^2$$

    $$r = \frac{\sqrt{b} - \sqrt{a}}{\sqrt{b} + \sqrt{a}}, \qquad \mu = r^2$$

    $a > 0$, $b > a$, $\eta$ (`eta`), $\mu$ (`mu`), $r$ (`r`)

    `a (), b () -> eta (), mu (), r ()`

    [Polyak (1964)](https://doi.org/10.1016/0041-5553(64)90137-5)

    >>> best_momentum(1, 9)
    (0.25, 0.25, 0.5)
    """
    _curvatures(a, b)
    a, b = a**0.5, b**0.5
    eta = (2 / (a + b)) ** 2
    r = (b - a) / (b + a)
    mu = r**2
    return eta, mu, r


# ---- convergence
def descend(x, h, eta, steps):
    r"""Run gradient descent on the parabola h x^2 / 2, in one go.

    $$x_n = (1 - \eta h)^n\, x$$

    $x, h, \eta \in \mathbb{R}$, $n \in \mathbb{N}$, $n$ (`steps`), $x_n$ (`return`)

    `x (...), h (...), eta (...), steps (...) -> x (...)`

    [Nesterov (2004), section 1.2.3](https://doi.org/10.1007/978-1-4419-8853-9)

    >>> descend(1.0, 10.0, [0.05, 0.1, 0.2, 0.3], steps=3)
    array([ 0.125,  0.   , -1.   , -8.   ])
    """
    x = _float(x)
    eta, h = np.asarray(eta, x.dtype), np.asarray(h, x.dtype)
    return (1 - eta * h) ** steps * x


def dead_share(z):
    r"""Find the share of ReLU units that are off for every sample.

    $$s = \frac{1}{d} \sum_{j=1}^{d} \left[\max_{i=1}^{n} z_{ij} \le 0\right]$$

    $z \in \mathbb{R}^{n \times d}$, $s$ (`return`)

    `z (n, d) -> s ()`

    [Lu, Shin, Su & Karniadakis (2020)](https://arxiv.org/abs/1903.06733)

    >>> dead_share([[1.0, -2.0], [-3.0, -4.0]])
    np.float64(0.5)
    """
    if np.ndim(z) != 2:
        raise ValueError(f"z must have the shape (samples, units), got {np.shape(z)}")
    return (_float(z).max(0) <= 0).mean()


def update_ratio(theta, step):
    r"""Compare the length of a step with that of the parameters it moves.

    $$r = \frac{\lVert \Delta \rVert}{\lVert \theta \rVert}$$

    $\theta, \Delta \in \mathbb{R}^{n}$, $\Delta$ (`step`), $r$ (`return`)

    `theta (...), step (...) -> r ()`

    [Karpathy (2016), CS231n](https://cs231n.github.io/neural-networks-3/)

    >>> update_ratio([3.0, 4.0], [0.0, 0.005])
    np.float64(0.001)
    """
    return _norm(step) / _norm(theta)


# ---- training_tricks: schedules
def step_decay(t, s, eta=0.1, gamma=0.1):
    r"""Multiply the rate by gamma every s steps.

    $$\eta_t = \eta\, \gamma^{\lfloor t / s \rfloor}$$

    $t, s \in \mathbb{N}$, $\eta > 0$, $0 < \gamma < 1$, $\eta_t$ (`return`)

    `t (...) -> eta_t (...)`

    [He et al. (2016)](https://arxiv.org/abs/1512.03385)

    >>> step_decay(np.array([0, 9, 10, 25]), 10, eta=1.0, gamma=0.5)
    array([1.  , 1.  , 0.5 , 0.25])
    """
    return eta * gamma ** np.floor_divide(t, s)


def cosine_decay(t, T, eta=0.1, eta_min=0.0):
    r"""Lower the rate along half a cosine, and keep it at the end.

    $$\eta_t = \eta_{\min} + \frac{\eta - \eta_{\min}}{2} \left(1 + \cos \frac{\pi \min(t, T)}{T}\right)$$

    $t, T \in \mathbb{N}$, $\eta, \eta_{\min} > 0$, $\eta_t$ (`return`)

    `t (...) -> eta_t (...)`

    [Loshchilov & Hutter (2017)](https://arxiv.org/abs/1608.03983)

    >>> cosine_decay(np.array([0, 25, 50, 100, 120]), 100).round(4)
    array([0.1   , 0.0854, 0.05  , 0.    , 0.    ])
    """
    return eta_min + (eta - eta_min) / 2 * (1 + np.cos(np.pi * np.minimum(t, T) / T))


def poly_decay(t, T, eta=0.1, p=1.0):
    r"""Lower the rate to 0 along a power of the time that is left; p = 1 is a straight line.

    $$\eta_t = \eta \left(1 - \frac{\min(t, T)}{T}\right)^p$$

    $t, T \in \mathbb{N}$, $\eta, p > 0$, $\eta_t$ (`return`)

    `t (...) -> eta_t (...)`

    [Chen et al. (2018)](https://arxiv.org/abs/1606.00915)

    >>> poly_decay(np.array([0, 2, 4, 5]), 4, eta=1.0, p=2.0)
    array([1.  , 0.25, 0.  , 0.  ])
    """
    return eta * (1 - np.minimum(t, T) / T) ** p


def warmup_cosine(t, T, w, eta=0.1):
    r"""Raise the rate along a line for w steps, then lower it along half a cosine.

    $$\eta_t = \begin{cases} \frac{t + 1}{w}\, \eta, & t < w \\
    \frac{\eta}{2} \left(1 + \cos \frac{\pi (t - w)}{T - w}\right), & w \le t \le T \end{cases}$$

    $t, T, w \in \mathbb{N}$, $w < T$, $t \le T$, $\eta > 0$, $\eta_t$ (`return`)

    `t (...) -> eta_t (...)`

    [He et al. (2019)](https://arxiv.org/abs/1812.01187)

    >>> warmup_cosine(np.array([0, 1, 3, 4, 6, 8]), T=8, w=4, eta=1.0).round(4)
    array([0.25, 0.5 , 1.  , 1.  , 0.5 , 0.  ])
    """
    if not 0 <= w < T:
        raise ValueError(f"warm-up must end before step T, got w = {w} and T = {T}")
    t = np.asarray(t)
    return np.where(t < w, eta * ((t + 1) / max(w, 1)), cosine_decay(t - w, T - w, eta))[()]


# ---- training_tricks: data, weights, number formats
def mixup(x, y, lam, order):
    r"""Mix each sample and its target with a second one; order says which.

    $$\tilde x_i = \lambda x_i + (1 - \lambda)\, x_{\pi_i}$$

    $$\tilde y_i = \lambda y_i + (1 - \lambda)\, y_{\pi_i}$$

    $x \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^{n \times K}$, $0 < \lambda < 1$,
    $\pi \in \{0, 1\}^{n}$, $\pi$ (`order`), $\tilde x$ (`return[0]`), $\tilde y$ (`return[1]`)

    `x (n, ...), y (n, ...), lam (), order (n,) -> x (n, ...), y (n, ...)`

    [Zhang et al. (2018)](https://arxiv.org/abs/1710.09412)

    >>> x, y = mixup([[0.0, 4.0], [8.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], lam=0.75, order=[1, 0])
    >>> x, y
    (array([[2., 3.],
           [6., 1.]]), array([[0.75, 0.25],
           [0.25, 0.75]]))
    """
    if np.ndim(y) == 1 and np.asarray(y).dtype.kind in "iub":
        raise ValueError(f"labels y must be one-hot, got class numbers of shape {np.shape(y)}")
    if not 0 <= lam <= 1:
        raise ValueError(f"lam must lie in [0, 1], got {lam}")
    x, y = _float(x), _float(y)
    return lam * x + (1 - lam) * x[order], lam * y + (1 - lam) * y[order]


def mixup_grad(x, y, gx, gy, lam, order):
    r"""Pass gradients back to the samples: each gets its own share and what it lent to others.

    $$\frac{\partial L}{\partial x_k} = \lambda u_k + (1 - \lambda) \sum_{i=0}^{n-1} [\pi_i = k]\, u_i$$

    $$\frac{\partial L}{\partial y_k} = \lambda v_k + (1 - \lambda) \sum_{i=0}^{n-1} [\pi_i = k]\, v_i$$

    $x, u \in \mathbb{R}^{n \times d}$, $y, v \in \mathbb{R}^{n \times K}$, $0 < \lambda < 1$,
    $\pi \in \{0, 1\}^{n}$, $\pi$ (`order`), $u = \partial L / \partial \tilde x$, $u$ (`gx`),
    $v = \partial L / \partial \tilde y$, $v$ (`gy`)

    `x (n, ...), y (n, ...), gx (n, ...), gy (n, ...) -> dx (n, ...), dy (n, ...)`

    [Verma et al. (2019)](https://arxiv.org/abs/1806.05236)

    >>> x, y, gx, gy = np.zeros((2, 1)), np.eye(2), [[4.0], [8.0]], np.zeros((2, 2))
    >>> mixup_grad(x, y, gx, gy, lam=0.75, order=[1, 0])[0].T
    array([[5., 7.]])
    """
    gx, gy = _like(gx, _float(x)), _like(gy, _float(y))
    dx, dy = lam * gx, lam * gy
    np.add.at(dx, order, (1 - lam) * gx)
    np.add.at(dy, order, (1 - lam) * gy)
    return dx, dy


def ema(theta_bar, theta, alpha=0.999):
    r"""Move the average of the weights a little toward the weights.

    $$\bar\theta_t = \alpha\, \bar\theta_{t-1} + (1 - \alpha)\, \theta_t$$

    $\bar\theta, \theta \in \mathbb{R}^{n}$, $0 < \alpha < 1$

    `theta_bar (...), theta (...) -> theta_bar (...)`

    [Tarvainen & Valpola (2017)](https://arxiv.org/abs/1703.01780)

    >>> ema([0.0, 4.0], [8.0, 4.0], alpha=0.75)
    array([2., 4.])
    """
    theta, theta_bar = _same(theta, theta_bar=theta_bar)
    theta_bar = alpha * theta_bar + (1 - alpha) * theta
    return theta_bar


def half_life(alpha):
    r"""Count the steps after which an entry of the average counts half as much.

    $$\alpha^n = \frac{1}{2}$$

    $0 < \alpha < 1$, $n$ (`return`)

    `alpha (...) -> n (...)`

    [Karras et al. (2022)](https://arxiv.org/abs/2206.00364)

    >>> half_life([0.5, 0.999]).round(1)
    array([  1. , 692.8])
    """
    return np.log(0.5) / np.log(alpha)


def update_scale(S, n, finite, growth=2.0, backoff=0.5, N=2000):
    r"""Lower the loss scale after an overflow, raise it after N steps without one.

    $$S_t = \begin{cases} b S_{t-1}, & f = 0 \\ c S_{t-1}, & f = 1 \land n_{t-1} + 1 = N \\
    S_{t-1}, & f = 1 \land n_{t-1} + 1 < N \end{cases}$$

    $S > 0$, $n \in \mathbb{N}$, $N \in \{2, 3, 4\}$, $n < N$, $f \in \{0, 1\}$,
    $f$ (`finite`), $b$ (`backoff`), $c$ (`growth`)

    `S (), n (), finite () -> S (), n ()`

    [Micikevicius et al. (2018)](https://arxiv.org/abs/1710.03740)

    >>> update_scale(1024.0, 7, finite=False)
    (512.0, 0)
    >>> update_scale(1024.0, 1999, finite=True)
    (2048.0, 0)
    """
    n = n + 1 if finite else 0
    if not finite:
        S = backoff * S
    elif n == N:
        S, n = growth * S, 0
    return S, n


def accumulate(gs, sizes):
    r"""Combine the mean gradients of several small batches into that of their union.

    $$g = \frac{\sum_{k=1}^{K} n_k G_k}{\sum_{k=1}^{K} n_k}$$

    $G \in \mathbb{R}^{K \times d}$, $n \in (1, 5)^{K}$, $g$ (`return`), $G$ (`gs`), $n$ (`sizes`)

    `gs (K, ...), sizes (K,) -> g (...)`

    [Goyal et al. (2017)](https://arxiv.org/abs/1706.02677)

    >>> accumulate([[3.0, 0.0], [0.0, 6.0]], sizes=[32, 16])
    array([2., 2.])
    """
    gs = _float(gs)
    return np.average(gs, 0, sizes).astype(gs.dtype)
