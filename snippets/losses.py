"""Losses and their gradients, and what goes with them: smoothed targets, their optimum, a bias to start from.

A loss returns one number per sample, in the dtype of the prediction; the mean over the samples, the cost, is
left to the caller, and only `objective` takes it. `<name>_grad` is the backward pass: it takes the inputs of
`<name>` and the gradient `g` at its output. Logits are called z, probabilities p and q, targets y.
"""

import math

import numpy as np

from snippets.activations import _float, _like, log_sigmoid, log_softmax
from snippets.activations import sigmoid, sigmoid_grad, softmax, softmax_grad


def _target(y, y_hat):
    """A target gets the dtype and has the shape of the prediction: (n,) and (n, 1) would make (n, n)."""
    y = np.asarray(y, y_hat.dtype)
    if y.shape not in ((), y_hat.shape):
        raise ValueError(f"target y must have the shape of the prediction, got {y.shape} and {y_hat.shape}")
    return y


def _probability(y, z):
    """A target that is a probability; the labels -1 and 1 belong to other losses."""
    y = _target(y, z)
    if ((y < 0) | (y > 1)).any():
        raise ValueError(f"labels y must lie in [0, 1], got {y.min()} to {y.max()}")
    return y


def _distribution(p):
    """Probabilities along the last axis; logits or percentages would give a wrong number silently."""
    p = _float(p)
    total = p.sum(-1, dtype=float)
    off = np.abs(total - 1) > np.finfo(p.dtype).eps ** 0.5
    if (p < 0).any() or off.any():
        worst = p.min() if (p < 0).any() else total[off].flat[0]
        raise ValueError(f"probabilities must not be negative and sum to 1 along axis -1, got {worst}")
    return p


def _distributions(p, q):
    q = _distribution(q)
    return _target(_distribution(p), q), q


def _classes(y, z):
    """One distribution over the classes for each row of logits."""
    y = np.asarray(y, z.dtype)
    if y.shape != z.shape:
        raise ValueError(f"target y must have the shape of the logits z, got {y.shape} and {z.shape}")
    return _distribution(y)


def _sum(x, dtype=None):
    """Add up the last axis, in float64 lest float16 loses small terms; + 0 turns -0 into 0."""
    return (x.sum(-1, dtype=float) + 0).astype(dtype or x.dtype)


def _up(g, x):
    """The gradient at one number per row of x, as a column."""
    return np.expand_dims(np.broadcast_to(_like(g, x[..., 0]), x.shape[:-1]), -1)


def _xlogy(x, y):
    """x ln y with 0 ln 0 = 0; -inf where only y is 0."""
    with np.errstate(divide="ignore"):
        return x * np.log(np.where((x == 0) & (y == 0), 1, y))


# ---- index
def squared_error(y_hat, y):
    r"""Square the distance between prediction and target.

    $$\ell = (\hat y - y)^2$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $\ell$ (`return`)

    `y_hat (...), y (...) -> l (...)`

    [Goodfellow, Bengio & Courville (2016), section 5.1.4](https://www.deeplearningbook.org/contents/ml.html)

    >>> squared_error([3.0, 2.5, 1.0], 3)
    array([0.  , 0.25, 4.  ])
    """
    y_hat = _float(y_hat)
    return (y_hat - _target(y, y_hat)) ** 2


def squared_error_grad(y_hat, y, g):
    r"""Pass a gradient back through the squared error: proportional to the residual.

    $$\frac{\partial L}{\partial \hat y} = 2 g\,(\hat y - y)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $g = \partial L / \partial \ell$

    `y_hat (...), y (...), g (...) -> dy_hat (...)`

    [Goodfellow, Bengio & Courville (2016), section 5.1.4](https://www.deeplearningbook.org/contents/ml.html)

    >>> squared_error_grad([3.0, 2.5, 1.0], 3, 1)
    array([ 0., -1., -4.])
    """
    y_hat = _float(y_hat)
    return 2 * _like(g, y_hat) * (y_hat - _target(y, y_hat))


def absolute_error(y_hat, y):
    r"""Take the distance between prediction and target as it is.

    $$\ell = |\hat y - y|$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $\ell$ (`return`)

    `y_hat (...), y (...) -> l (...)`

    [Huber (1964)](https://doi.org/10.1214/aoms/1177703732)

    >>> absolute_error([3.0, 2.5, 1.0], 3)
    array([0. , 0.5, 2. ])
    """
    y_hat = _float(y_hat)
    return np.abs(y_hat - _target(y, y_hat))


def absolute_error_grad(y_hat, y, g):
    r"""Pass a gradient back through the absolute error: only the sign of the residual counts; 0 at the kink.

    $$\frac{\partial L}{\partial \hat y} = g \operatorname{sgn}(\hat y - y)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $g = \partial L / \partial \ell$

    `y_hat (...), y (...), g (...) -> dy_hat (...)`

    [Huber (1964)](https://doi.org/10.1214/aoms/1177703732)

    >>> absolute_error_grad([3.0, 2.5, 5.0], 3, 1)
    array([ 0., -1.,  1.])
    """
    y_hat = _float(y_hat)
    return _like(g, y_hat) * np.sign(y_hat - _target(y, y_hat))


def _positive(value, name):
    if not np.all(np.asarray(value) > 0):
        raise ValueError(f"{name} must be greater than 0, got {value}")
    return value


def huber(y_hat, y, delta=1.0):
    r"""Square small residuals and let large ones grow linearly.

    $$\ell = \begin{cases} \frac{1}{2} e^2, & |e| \le \delta \\
    \delta \left(|e| - \frac{\delta}{2}\right), & |e| > \delta \end{cases}$$

    $e = \hat y - y$, $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $\delta > 0$, $\ell$ (`return`), $e$ (`e`)

    `y_hat (...), y (...) -> l (...)`

    [Huber (1964)](https://doi.org/10.1214/aoms/1177703732)

    >>> huber([3.0, 2.5, 1.0], 3)
    array([0.   , 0.125, 1.5  ])
    """
    _positive(delta, "delta")
    y_hat = _float(y_hat)
    e = y_hat - _target(y, y_hat)
    near = np.clip(e, -delta, delta)
    return near * (e - near / 2)


def huber_grad(y_hat, y, g, delta=1.0):
    r"""Pass a gradient back through the Huber loss: the residual, clipped.

    $$\frac{\partial L}{\partial \hat y} = g \max(-\delta, \min(\hat y - y, \delta))$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $\delta > 0$, $g = \partial L / \partial \ell$

    `y_hat (...), y (...), g (...) -> dy_hat (...)`

    [Huber (1964)](https://doi.org/10.1214/aoms/1177703732)

    >>> huber_grad([3.0, 2.5, 1.0], 3, 1)
    array([ 0. , -0.5, -1. ])
    """
    _positive(delta, "delta")
    y_hat = _float(y_hat)
    return _like(g, y_hat) * np.clip(y_hat - _target(y, y_hat), -delta, delta)


def objective(y_hat, y, w, lam=0.0):
    r"""Average the squared errors of all samples, the cost, and add a penalty on the weights.

    $$\ell_i = (\hat y_i - y_i)^2$$

    $$J = \frac{1}{n} \sum_{i=1}^{n} \ell_i$$

    $$F = J + \lambda \sum_{j=1}^{d} w_j^2$$

    $\hat y \in \mathbb{R}^{n}$, $y \in \mathbb{R}^{n}$, $w \in \mathbb{R}^{d}$, $\lambda \ge 0$,
    $\ell$ (`loss`), $J$ (`cost`), $F$ (`return`)

    `y_hat (n,), y (n,), w (d,) -> F ()`

    [Goodfellow, Bengio & Courville (2016), section 8.1](https://www.deeplearningbook.org/contents/optimization.html)

    >>> objective([2.5, 3.0], [3, 3], w=[2.0], lam=0.5)
    np.float64(2.125)
    """
    y_hat = _float(y_hat)
    loss = squared_error(y_hat.astype(float), y)  # float16 ends at 65504, and so would its sums
    cost = loss.mean()
    return (cost + lam * np.square(w, dtype=float).sum()).astype(y_hat.dtype)


def objective_grad(y_hat, y, w, g, lam=0.0):
    r"""Pass a gradient back through cost and penalty.

    $$\frac{\partial L}{\partial \hat y_i} = \frac{2 g}{n} (\hat y_i - y_i)$$

    $$\frac{\partial L}{\partial w_j} = 2 g \lambda w_j$$

    $\hat y \in \mathbb{R}^{n}$, $y \in \mathbb{R}^{n}$, $w \in \mathbb{R}^{d}$, $\lambda \ge 0$,
    $g = \partial L / \partial F$

    `y_hat (n,), y (n,), w (d,), g () -> dy_hat (n,), dw (d,)`

    [Goodfellow, Bengio & Courville (2016), section 8.1](https://www.deeplearningbook.org/contents/optimization.html)

    >>> objective_grad([2.5, 3.0], [3, 3], [2.0], 1, lam=0.5)
    (array([-0.5,  0. ]), array([2.]))
    """
    y_hat, w = _float(y_hat), _float(w)
    dy_hat = squared_error_grad(y_hat.astype(float), y, g) / y_hat.size  # float16 has no 70,000
    dw = 2 * lam * _like(g, w.astype(float)) * w
    return dy_hat.astype(y_hat.dtype), dw.astype(w.dtype)


def gaussian_nll(y_hat, y, var):
    r"""Score a prediction with Gaussian noise around it: the squared error is hidden inside.

    $$\ell = -\ln\left(\frac{1}{\sqrt{2 \pi v}} \exp\left(-\frac{(y - \hat y)^2}{2 v}\right)\right)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $v > 0$, $v$ (`var`), $\ell$ (`return`)

    `y_hat (...), y (...), var (...) -> l (...)`

    [Nix & Weigend (1994)](https://doi.org/10.1109/ICNN.1994.374138)

    >>> gaussian_nll([0.0, 2.0], 0, var=1 / (2 * np.pi)).round(4)
    array([ 0.    , 12.5664])
    """
    y_hat = _float(y_hat)
    var = _positive(_target(var, y_hat), "var")
    s = np.sqrt(var)
    e = (y_hat - _target(y, y_hat)) / s
    # squaring first would overflow where the result does not
    return e * (e / 2) + np.log(math.sqrt(2 * math.pi) * s)


def gaussian_nll_grad(y_hat, y, var, g):
    r"""Pass a gradient back through the Gaussian score, to the mean and to the variance.

    $$\frac{\partial L}{\partial \hat y} = g \frac{\hat y - y}{v}$$

    $$\frac{\partial L}{\partial v} = \frac{g}{2 v} \left(1 - \frac{(\hat y - y)^2}{v}\right)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $v > 0$, $v$ (`var`), $g = \partial L / \partial \ell$,
    $\frac{\partial L}{\partial v}$ (`dvar`)

    `y_hat (...), y (...), var (...), g (...) -> dy_hat (...), dvar (...)`

    [Nix & Weigend (1994)](https://doi.org/10.1109/ICNN.1994.374138)

    >>> gaussian_nll_grad([3.0, 1.0], 1, [2.0, 2.0], 1)
    (array([1., 0.]), array([-0.25,  0.25]))
    """
    y_hat = _float(y_hat)
    var, g = _positive(_target(var, y_hat), "var"), _like(g, y_hat)
    s = np.sqrt(var)
    e = (y_hat - _target(y, y_hat)) / s
    dy_hat = g * e / s
    dvar = g / 2 * ((1 - e) / s) * ((1 + e) / s)  # no square that float16 could not hold
    return dy_hat, dvar


def laplace_nll(y_hat, y, b):
    r"""Score a prediction with Laplace noise around it: the absolute error is hidden inside.

    $$\ell = -\ln\left(\frac{1}{2 b} \exp\left(-\frac{|y - \hat y|}{b}\right)\right)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $b > 0$, $\ell$ (`return`)

    `y_hat (...), y (...), b (...) -> l (...)`

    [Kendall & Gal (2017)](https://arxiv.org/abs/1703.04977)

    >>> laplace_nll([0.0, 2.0], 0, b=0.5)
    array([0., 4.])
    """
    y_hat = _float(y_hat)
    b = _positive(_target(b, y_hat), "b")
    return np.abs(y_hat - _target(y, y_hat)) / b + np.log(b) + math.log(2)


def laplace_nll_grad(y_hat, y, b, g):
    r"""Pass a gradient back through the Laplace score, to the center and to the scale.

    $$\frac{\partial L}{\partial \hat y} = \frac{g}{b} \operatorname{sgn}(\hat y - y)$$

    $$\frac{\partial L}{\partial b} = \frac{g}{b} \left(1 - \frac{|\hat y - y|}{b}\right)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $b > 0$, $g = \partial L / \partial \ell$

    `y_hat (...), y (...), b (...), g (...) -> dy_hat (...), db (...)`

    [Kendall & Gal (2017)](https://arxiv.org/abs/1703.04977)

    >>> laplace_nll_grad([3.0, 1.0], 1, [2.0, 2.0], 4)
    (array([2., 0.]), array([0., 2.]))
    """
    y_hat = _float(y_hat)
    b, g = _positive(_target(b, y_hat), "b"), _like(g, y_hat)
    e = y_hat - _target(y, y_hat)
    dy_hat = g * np.sign(e) / b
    db = g * (1 - np.abs(e) / b) / b
    return dy_hat, db


# ---- cross_entropy
def cross_entropy(p, q):
    r"""Count the nats that a code built for q spends on data from p.

    $$H(p, q) = -\sum_{k=1}^{K} p_k \ln q_k$$

    $p, q \in \Delta^{K-1}$, $H(p, q)$ (`cross_entropy`)

    `p (..., K), q (..., K) -> H (...)`

    [Shannon (1948)](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x)

    >>> cross_entropy([0, 1, 0], [0.25, 0.25, 0.5]) == np.log(4)
    np.True_
    >>> cross_entropy([[1, 0], [0, 1]], [[1, 0], [1, 0]])
    array([ 0., inf])
    """
    p, q = _distributions(p, q)
    return _sum(-_xlogy(p, q))


def cross_entropy_grad(p, q, g):
    r"""Pass a gradient back to the predicted probabilities; the target p is fixed.

    $$\frac{\partial L}{\partial q_k} = -g \frac{p_k}{q_k}$$

    $p, q \in \Delta^{K-1}$, $g = \partial L / \partial H$

    `p (..., K), q (..., K), g (...) -> dq (..., K)`

    [Shannon (1948)](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x)

    >>> cross_entropy_grad([0, 1, 0], [0.25, 0.25, 0.5], 1)
    array([ 0., -4.,  0.])
    """
    p, q = _distributions(p, q)
    with np.errstate(divide="ignore"):
        return -_up(g, q) * (p / np.where((p == 0) & (q == 0), 1, q)) + 0


def entropy(p):
    r"""Count the nats that an ideal code spends on data from p.

    $$H(p) = -\sum_{k=1}^{K} p_k \ln p_k$$

    $p \in \Delta^{K-1}$, $H(p)$ (`entropy`)

    `p (..., K) -> H (...)`

    [Shannon (1948)](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x)

    >>> entropy([0.5, 0.25, 0.25, 0]) / np.log(2)
    np.float64(1.5)
    >>> entropy([0, 1])
    np.float64(0.0)
    """
    p = _distribution(p)
    return _sum(-_xlogy(p, p))


def entropy_grad(p, g):
    r"""Pass a gradient back through the entropy; infinite at a probability of 0.

    $$\frac{\partial L}{\partial p_k} = -g \,(\ln p_k + 1)$$

    $p \in \Delta^{K-1}$, $g = \partial L / \partial H$

    `p (..., K), g (...) -> dp (..., K)`

    [Shannon (1948)](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x)

    >>> entropy_grad([1, 0], 2)
    array([-2., inf])
    """
    p = _distribution(p)
    with np.errstate(divide="ignore"):
        return -_up(g, p) * (np.log(p) + 1)


def _excess(p, q):
    """p ln(p / q), in float64: these terms nearly cancel, and of float16 only the rounding would be left."""
    p, q = p.astype(float), q.astype(float)
    return _xlogy(p, p) - _xlogy(p, q)


def kl_divergence(p, q):
    r"""Count the nats that are wasted on data from p by a code built for q.

    $$D(p \,\|\, q) = \sum_{k=1}^{K} p_k \ln \frac{p_k}{q_k}$$

    $p, q \in \Delta^{K-1}$, $D$ (`kl_divergence`)

    `p (..., K), q (..., K) -> D (...)`

    [Kullback & Leibler (1951)](https://doi.org/10.1214/aoms/1177729694)

    >>> kl_divergence([[0, 1], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]).round(4)
    array([0.2877, 0.    ])
    >>> kl_divergence([0.5, 0.5], [1, 0])
    np.float64(inf)
    """
    p, q = _distributions(p, q)
    # rounding must not make it negative
    return np.maximum(_sum(_excess(p, q), q.dtype), 0)


def kl_divergence_grad(p, q, g):
    r"""Pass a gradient back to q: the same as for cross-entropy, because the entropy of p is a constant.

    $$\frac{\partial L}{\partial q_k} = -g \frac{p_k}{q_k}$$

    $p, q \in \Delta^{K-1}$, $g = \partial L / \partial D$

    `p (..., K), q (..., K), g (...) -> dq (..., K)`

    [Kullback & Leibler (1951)](https://doi.org/10.1214/aoms/1177729694)

    >>> kl_divergence_grad([0.5, 0.5], [0.25, 0.75], 3)
    array([-6., -2.])
    """
    return cross_entropy_grad(p, q, g)


def js_divergence(p, q):
    r"""Measure how far two distributions are from their middle: symmetric and never infinite.

    $$m = \frac{p + q}{2}$$

    $$J = \frac{1}{2} \sum_{k=1}^{K} p_k \ln \frac{p_k}{m_k}
    + \frac{1}{2} \sum_{k=1}^{K} q_k \ln \frac{q_k}{m_k}$$

    $p, q \in \Delta^{K-1}$, $m$ (`m`), $J$ (`return`)

    `p (..., K), q (..., K) -> J (...)`

    [Lin (1991)](https://doi.org/10.1109/18.61115)

    >>> js_divergence([1, 0], [0, 1]) == np.log(2)
    np.True_
    """
    p, q = _distributions(p, q)
    m = (p.astype(float) + q) / 2
    return np.maximum(_sum((_excess(p, m) + _excess(q, m)) / 2, q.dtype), 0)


def js_divergence_grad(p, q, g):
    r"""Pass a gradient back through the Jensen-Shannon divergence, to q; from one side where p and q are 0.

    $$m = \frac{p + q}{2}$$

    $$\frac{\partial L}{\partial q_k} = \frac{g}{2} \ln \frac{q_k}{m_k}$$

    $p, q \in \Delta^{K-1}$, $m$ (`m`), $g = \partial L / \partial J$

    `p (..., K), q (..., K), g (...) -> dq (..., K)`

    [Lin (1991)](https://doi.org/10.1109/18.61115)

    >>> js_divergence_grad([0, 1], [1, 0], 2)[0] == np.log(2)
    np.True_
    """
    p, q = _distributions(p, q)
    m = (p.astype(float) + q) / 2  # float16 would halve its smallest number to 0
    ratio = np.where(m == 0, 2 * (p == 0), q / np.where(m == 0, 1, m))  # 2 where p is 0, down to q = 0
    with np.errstate(divide="ignore"):
        return (_up(g, q) / 2 * np.log(ratio)).astype(q.dtype)


def _gaussians(mu, sigma, m, s):
    """In float64, because float16 does not hold the square of 300; and the dtype of the result."""
    mu = _float(mu)
    sigma, m, s = (_target(v, mu) for v in (sigma, m, s))
    _positive(sigma, "sigma"), _positive(s, "s")
    return *(v.astype(float) for v in (mu, sigma, m, s)), mu.dtype


def gaussian_kl(mu, sigma, m, s):
    r"""Compare two Gaussians: nats wasted on data from the first by a code built for the second.

    $$D = \ln \frac{s}{\sigma} + \frac{\sigma^2 + (\mu - m)^2}{2 s^2} - \frac{1}{2}$$

    $\mu, m \in \mathbb{R}$, $\sigma, s > 0$, $D$ (`return`)

    `mu (...), sigma (...), m (...), s (...) -> D (...)`

    [Kullback & Leibler (1951)](https://doi.org/10.1214/aoms/1177729694)

    >>> gaussian_kl([0.0, 2.0], 1, 0, 1)
    array([0., 2.])
    """
    mu, sigma, m, s, dtype = _gaussians(mu, sigma, m, s)
    r, d = sigma / s, (mu - m) / s
    return (((r - 1) * (r + 1) + d**2) / 2 - np.log(r)).astype(dtype)


def gaussian_kl_grad(mu, sigma, m, s, g):
    r"""Pass a gradient back to the means and the standard deviations of both Gaussians.

    $$\frac{\partial L}{\partial \mu} = g \frac{\mu - m}{s^2}$$

    $$\frac{\partial L}{\partial \sigma} = g \left(\frac{\sigma}{s^2} - \frac{1}{\sigma}\right)$$

    $$\frac{\partial L}{\partial m} = -g \frac{\mu - m}{s^2}$$

    $$\frac{\partial L}{\partial s} = g \left(\frac{1}{s} - \frac{\sigma^2 + (\mu - m)^2}{s^3}\right)$$

    $\mu, m \in \mathbb{R}$, $\sigma, s > 0$, $g = \partial L / \partial D$

    `mu (...), sigma (...), m (...), s (...), g (...) -> dmu (...), dsigma (...), dm (...), ds (...)`

    [Kullback & Leibler (1951)](https://doi.org/10.1214/aoms/1177729694)

    >>> [float(v) for v in gaussian_kl_grad(2.0, 1.0, 0.0, 2.0, 4)]
    [2.0, -3.0, -2.0, -0.5]
    """
    mu, sigma, m, s, dtype = _gaussians(mu, sigma, m, s)
    g = _like(g, mu)
    r, d = sigma / s, (mu - m) / s  # in these, no square of a tiny s becomes 0
    dmu, dm = g * d / s, -g * d / s
    dsigma = g * (r - 1 / r) / s
    ds = g * ((1 - r) * (1 + r) - d**2) / s
    return tuple(v.astype(dtype) for v in (dmu, dsigma, dm, ds))


def binary_cross_entropy(z, y):
    r"""Score the logit of one yes-or-no question, without computing the probability.

    $$\ell = -y \ln \sigma(z) - (1 - y) \ln(1 - \sigma(z))$$

    $z \in \mathbb{R}$, $y \in [0, 1]$, $\sigma$ (`sigmoid`), $\ell$ (`return`)

    `z (...), y (...) -> l (...)`

    [Goodfellow, Bengio & Courville (2016), section 6.2.2.2](https://www.deeplearningbook.org/contents/mlp.html)

    >>> np.exp(binary_cross_entropy([0, np.log(3)], [1, 0])).round(6)
    array([2., 4.])
    >>> binary_cross_entropy([-1000.0, 1000.0], 1)
    array([1000.,    0.])
    """
    z = _float(z)
    y = _probability(y, z)
    wrong = np.where(z > 0, 1 - y, y)  # how much of the target is on the side that z is against
    with np.errstate(invalid="ignore"):  # where that is nothing, even an infinite z is free
        linear = np.where(wrong == 0, 0, np.abs(z) * wrong)
    return linear + np.log1p(np.exp(-np.abs(z)))


def binary_cross_entropy_grad(z, y, g):
    r"""Pass a gradient back to the logit: prediction minus label.

    $$\frac{\partial L}{\partial z} = g \,(\sigma(z) - y)$$

    $z \in \mathbb{R}$, $y \in [0, 1]$, $\sigma$ (`sigmoid`), $g = \partial L / \partial \ell$

    `z (...), y (...), g (...) -> dz (...)`

    [Goodfellow, Bengio & Courville (2016), section 6.2.2.2](https://www.deeplearningbook.org/contents/mlp.html)

    >>> binary_cross_entropy_grad([0, np.log(3)], [1, 0], 4)
    array([-2.,  3.])
    >>> binary_cross_entropy_grad([-1000.0, 1000.0], 1, 1)
    array([-1.,  0.])
    """
    z = _float(z)
    return _like(g, z) * (sigmoid(z) - _probability(y, z))


def softmax_cross_entropy(z, y):
    r"""Score the logits of classes that exclude each other, without computing the probabilities.

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $$\ell = -\sum_{k=1}^{K} y_k \ln p_k$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $\ell$ (`return`)

    `z (..., K), y (..., K) -> l (...)`

    [Bridle (1990)](https://doi.org/10.1007/978-3-642-76153-9_28)

    >>> np.exp(softmax_cross_entropy([0, np.log(3)], [1, 0])).round(6)
    np.float64(4.0)
    >>> softmax_cross_entropy([[0.0, 1000.0], [0.0, 1000.0]], [[1, 0], [0, 1]])
    array([1000.,    0.])
    """
    z = _float(z)
    y = _classes(y, z)
    return _sum(-y * np.where(y == 0, 0, log_softmax(z)))  # a masked class has z = -inf and y = 0


def softmax_cross_entropy_grad(z, y, g):
    r"""Pass a gradient back to the logits: prediction minus target.

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $$\frac{\partial L}{\partial z_k} = g \,(p_k - y_k)$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $g = \partial L / \partial \ell$

    `z (..., K), y (..., K), g (...) -> dz (..., K)`

    [Bridle (1990)](https://doi.org/10.1007/978-3-642-76153-9_28)

    >>> softmax_cross_entropy_grad([0, np.log(3)], [1, 0], 4)
    array([-3.,  3.])
    """
    z = _float(z)
    return _up(g, z) * (softmax(z) - _classes(y, z))


# ---- cross_entropy_vs_mse
def sigmoid_squared_error(z, y):
    r"""Score a logit by the squared error of its probability: half the Brier score of one event.

    $$\ell = \frac{1}{2} \left(\sigma(z) - y\right)^2$$

    $z \in \mathbb{R}$, $y \in [0, 1]$, $\sigma$ (`sigmoid`), $\ell$ (`return`)

    `z (...), y (...) -> l (...)`

    [Brier (1950)](https://doi.org/10.1175/1520-0493%281950%29078%3C0001:VOFEIT%3E2.0.CO;2)

    >>> sigmoid_squared_error([0, np.log(3)], [1, 0])
    array([0.125  , 0.28125])
    """
    z = _float(z)
    return (sigmoid(z) - _probability(y, z)) ** 2 / 2


def sigmoid_squared_error_grad(z, y, g):
    r"""Pass a gradient back to the logit: the slope of the sigmoid stays in, and it vanishes.

    $$\frac{\partial L}{\partial z} = g \,(\sigma(z) - y)\, \sigma(z) \,(1 - \sigma(z))$$

    $z \in \mathbb{R}$, $y \in [0, 1]$, $\sigma$ (`sigmoid`), $g = \partial L / \partial \ell$

    `z (...), y (...), g (...) -> dz (...)`

    [Brier (1950)](https://doi.org/10.1175/1520-0493%281950%29078%3C0001:VOFEIT%3E2.0.CO;2)

    >>> sigmoid_squared_error_grad([0, np.log(3)], [1, 0], 64)
    array([-8.,  9.])
    >>> sigmoid_squared_error_grad([-1000.0, 1000.0], 1, 1) + 0
    array([0., 0.])
    """
    z = _float(z)
    return sigmoid_grad(z, _like(g, z) * (sigmoid(z) - _probability(y, z)))


def softmax_squared_error(z, y):
    r"""Score logits by the squared error of their probabilities: half the Brier score.

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $$\ell = \frac{1}{2} \sum_{k=1}^{K} (p_k - y_k)^2$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $\ell$ (`return`)

    `z (..., K), y (..., K) -> l (...)`

    [Brier (1950)](https://doi.org/10.1175/1520-0493%281950%29078%3C0001:VOFEIT%3E2.0.CO;2)

    >>> softmax_squared_error([0, np.log(3)], [1, 0])
    np.float64(0.5625)
    """
    z = _float(z)
    return _sum(np.square(softmax(z) - _classes(y, z), dtype=float) / 2, z.dtype)


def softmax_squared_error_grad(z, y, g):
    r"""Pass a gradient back to the logits: each one is scaled by its own probability.

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $$\frac{\partial L}{\partial z_k} = g \,p_k \left((p_k - y_k) - \sum_{j=1}^{K} p_j (p_j - y_j)\right)$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $g = \partial L / \partial \ell$

    `z (..., K), y (..., K), g (...) -> dz (..., K)`

    [Brier (1950)](https://doi.org/10.1175/1520-0493%281950%29078%3C0001:VOFEIT%3E2.0.CO;2)

    >>> softmax_squared_error_grad([0, np.log(3)], [1, 0], 32)
    array([-9.,  9.])
    """
    z = _float(z)
    return softmax_grad(z, _up(g, z) * (softmax(z) - _classes(y, z)))


# ---- focal_loss
def _labels(y, z):
    """A label is 0 or 1: anything between would silently get the sign and the weight of neither class."""
    y = _target(y, z)
    wrong = y[(y != 0) & (y != 1)]
    if wrong.size:
        raise ValueError(f"labels y must be 0 or 1, got {wrong.flat[0]}")
    return y


def _focus(z, y, alpha):
    """Sign and weight of the true class; its probability, one minus it and its logarithm: none cancels."""
    s = 2 * y - 1
    return s, alpha * y + (1 - alpha) * (1 - y), sigmoid(s * z), sigmoid(-s * z), log_sigmoid(s * z)


def focal_loss(z, y, alpha=0.25, gamma=2.0):
    r"""Weigh the cross-entropy of each logit by how hard its sample still is.

    $$\ell = -\alpha_t\,(1 - p_t)^{\gamma} \ln p_t$$

    $$p_t = \sigma(s z)$$

    $$s = 2y - 1$$

    $$\alpha_t = \begin{cases} \alpha, & y = 1 \\ 1 - \alpha, & y = 0 \end{cases}$$

    $z \in \mathbb{R}$, $y \in \{0, 1\}$, $0 < \alpha < 1$, $\gamma \ge 0$, $\sigma$ (`sigmoid`),
    $\ell$ (`return`)

    `z (...), y (...) -> l (...)`

    [Lin et al. (2017)](https://arxiv.org/abs/1708.02002)

    >>> focal_loss([0, 0], [1, 0]) / np.log(2) * 16
    array([1., 3.])
    >>> focal_loss([-1000, 1000], [1, 0])
    array([250., 750.])
    """
    z = _float(z)
    s, alpha_t, p_t, rest, log_p = _focus(z, _labels(y, z), alpha)
    return -alpha_t * rest**gamma * log_p


def focal_loss_grad(z, y, g, alpha=0.25, gamma=2.0):
    r"""Pass a gradient back through the focal loss, to the logits.

    $$\frac{\partial L}{\partial z} = g\,s\,\alpha_t\,(1 - p_t)^{\gamma}
      \,\bigl(\gamma\,p_t \ln p_t + p_t - 1\bigr)$$

    $$p_t = \sigma(s z)$$

    $$s = 2y - 1$$

    $$\alpha_t = \begin{cases} \alpha, & y = 1 \\ 1 - \alpha, & y = 0 \end{cases}$$

    $z \in \mathbb{R}$, $y \in \{0, 1\}$, $0 < \alpha < 1$, $\gamma \ge 0$, $\sigma$ (`sigmoid`),
    $g = \partial L / \partial \ell$

    `z (...), y (...), g (...) -> dz (...)`

    [Lin et al. (2017)](https://arxiv.org/abs/1708.02002)

    >>> focal_loss_grad([0, 0], [1, 0], 8, gamma=0)
    array([-1.,  3.])
    >>> focal_loss_grad([-1000, 1000], [1, 0], 4)
    array([-1.,  3.])
    """
    z = _float(z)
    s, alpha_t, p_t, rest, log_p = _focus(z, _labels(y, z), alpha)
    log_p = np.maximum(log_p, -2000)  # p_t is 0 there, and 0 * -inf would be nan
    return _like(g, z) * s * alpha_t * rest**gamma * (gamma * p_t * log_p - rest)


def softmax_focal_loss(z, y, gamma=2.0):
    r"""Weigh the cross-entropy of exclusive classes by how hard the sample still is.

    $$\ell = -\sum_{k=1}^{K} y_k\,(1 - p_k)^{\gamma} \ln p_k$$

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $\gamma \ge 0$, $\ell$ (`return`)

    `z (..., K), y (..., K) -> l (...)`

    [Lin et al. (2017)](https://arxiv.org/abs/1708.02002)

    >>> softmax_focal_loss([0, 0], [1, 0]) / np.log(2)
    np.float64(0.25)
    >>> softmax_focal_loss([1000, 0, 0], [0, 1, 0])
    np.float64(1000.0)
    """
    z = _float(z)
    y = _classes(y, z)
    log_p = log_softmax(z)
    rest = -np.expm1(log_p)
    return _sum(-y * rest**gamma * np.where(y == 0, 0, log_p))  # a masked class has z = -inf and y = 0


def softmax_focal_loss_grad(z, y, g, gamma=2.0):
    r"""Pass a gradient back through the focal loss of exclusive classes, to the logits.

    $$\frac{\partial L}{\partial z_i} = g \left(w_i - p_i \sum_{k=1}^{K} w_k\right)$$

    $$w_k = y_k \left(\gamma\,p_k\,(1 - p_k)^{\gamma - 1} \ln p_k - (1 - p_k)^{\gamma}\right)$$

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $\gamma \ge 0$, $g = \partial L / \partial \ell$

    `z (..., K), y (..., K), g (...) -> dz (..., K)`

    [Lin et al. (2017)](https://arxiv.org/abs/1708.02002)

    >>> softmax_focal_loss_grad([0, np.log(3)], [1, 0], 4, gamma=0)
    array([-3.,  3.])
    >>> softmax_focal_loss_grad([1000, 0, 0], [0, 1, 0], 1)
    array([ 1., -1.,  0.])
    """
    z = _float(z)
    y = _classes(y, z)
    log_p = np.maximum(log_softmax(z), -2000)  # p is 0 there, and 0 * -inf would be nan
    p, rest = np.exp(log_p), -np.expm1(log_p)
    ratio = log_p / np.where(rest > 0, rest, 1)  # where rest is 0, the ratio does not count
    w = y * rest**gamma * (gamma * p * ratio - 1)
    others = w.sum(-1, keepdims=True, dtype=float) - w  # w - p * sum(w) would cancel at the true class
    return (_up(g, z) * (w * rest - p * others)).astype(z.dtype)


def prior_bias(pi):
    r"""The bias at which an untrained output already predicts the prior of a rare class.

    $$b = -\ln \frac{1 - \pi}{\pi}$$

    $$\sigma(b) = \pi$$

    $\pi \in (0, 1)$, $b$ (`return`), $\sigma$ (`sigmoid`)

    `pi (...) -> b (...)`

    [Lin et al. (2017)](https://arxiv.org/abs/1708.02002)

    >>> prior_bias(0.01).round(3)
    np.float64(-4.595)
    """
    pi = _float(pi)
    if not ((pi > 0) & (pi < 1)).all():
        raise ValueError(f"a prior must lie between 0 and 1, got {pi}")
    return np.log(pi) - np.log1p(-pi)


# ---- label_smoothing
def _share(eps):
    """What smoothing takes from the label."""
    if not 0 <= eps <= 1:
        raise ValueError(f"eps must lie in [0, 1], got {eps}")
    return eps


def label_smoothing(y, eps=0.1):
    r"""Mix the target with the uniform distribution over all classes.

    $$q_k = (1 - \epsilon)\,y_k + \frac{\epsilon}{K}$$

    $y \in \Delta^{K-1}$, $0 < \epsilon < 1$, $q$ (`return`)

    `y (..., K) -> q (..., K)`

    [Szegedy et al. (2016)](https://arxiv.org/abs/1512.00567)

    >>> label_smoothing([1, 0, 0, 0], 0.2)
    array([0.85, 0.05, 0.05, 0.05])
    """
    y, eps = _float(y), _share(eps)
    return (1 - eps) * y + eps / y.shape[-1]


def label_smoothing_others(y, eps=0.1):
    r"""Share eps among the wrong classes only: the other convention.

    $$q_k = (1 - \epsilon)\,y_k + \frac{\epsilon}{K - 1}\,(1 - y_k)$$

    $y \in \Delta^{K-1}$, $0 < \epsilon < 1$, $q$ (`return`)

    `y (..., K) -> q (..., K)`

    [He et al. (2019)](https://arxiv.org/abs/1812.01187)

    >>> label_smoothing_others([1, 0, 0, 0], 0.15)
    array([0.85, 0.05, 0.05, 0.05])
    """
    y, eps = _float(y), _share(eps)
    return (1 - eps) * y + eps / (y.shape[-1] - 1) * (1 - y)


def label_smoothing_loss(z, y, eps=0.1):
    r"""Cross-entropy of the prediction relative to the smoothed target.

    $$\ell = -\sum_{k=1}^{K} q_k \ln p_k$$

    $$q_k = (1 - \epsilon)\,y_k + \frac{\epsilon}{K}$$

    $$p_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $0 < \epsilon < 1$, $\ell$ (`return`)

    `z (..., K), y (..., K) -> l (...)`

    [Szegedy et al. (2016)](https://arxiv.org/abs/1512.00567)

    >>> label_smoothing_loss([0, 0], [1, 0]) == np.log(2)
    np.True_
    >>> label_smoothing_loss([1000, 0], [1, 0], 0.5)
    np.float64(250.0)
    """
    z = _float(z)
    return softmax_cross_entropy(z, label_smoothing(y, eps).astype(z.dtype))


def label_smoothing_loss_grad(z, y, g, eps=0.1):
    r"""Pass a gradient back through the smoothed cross-entropy, to the logits.

    $$\frac{\partial L}{\partial z_i} = g\,(p_i - q_i)$$

    $$q_i = (1 - \epsilon)\,y_i + \frac{\epsilon}{K}$$

    $$p_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $0 < \epsilon < 1$, $g = \partial L / \partial \ell$

    `z (..., K), y (..., K), g (...) -> dz (..., K)`

    [Szegedy et al. (2016)](https://arxiv.org/abs/1512.00567)

    >>> label_smoothing_loss_grad([0, np.log(3)], [0, 1], 4, 0.5)
    array([0., 0.])
    """
    z = _float(z)
    return softmax_cross_entropy_grad(z, label_smoothing(y, eps).astype(z.dtype), g)


def label_smoothing_floor(K, eps=0.1):
    r"""The lowest value that the smoothed loss of a one-hot label can take: the entropy of its target.

    $$\begin{aligned}
      H &= -\left(1 - \epsilon + \frac{\epsilon}{K}\right)
      \ln\left(1 - \epsilon + \frac{\epsilon}{K}\right) \\
      &- (K - 1)\,\frac{\epsilon}{K} \ln \frac{\epsilon}{K} \end{aligned}$$

    $K \in \mathbb{N}$, $K \ge 2$, $0 < \epsilon < 1$, $H$ (`return`)

    `K (), eps () -> H ()`

    [Szegedy et al. (2016)](https://arxiv.org/abs/1512.00567)

    >>> round(label_smoothing_floor(10), 4), label_smoothing_floor(10, 0)
    (0.5003, 0.0)
    """
    wrong = _share(eps) / K
    right = 1 - eps + wrong
    return right * math.log(1 / right) + ((K - 1) * wrong * math.log(1 / wrong) if wrong else 0.0)


def label_smoothing_gap(K, eps=0.1):
    r"""How far the true logit stands above the others where the smoothed loss of a one-hot label is lowest.

    $$d = \ln \left(\frac{(1 - \epsilon)\,K}{\epsilon} + 1\right)$$

    $K \in \mathbb{N}$, $K \ge 2$, $0 < \epsilon < 1$, $d$ (`return`)

    `K (), eps () -> d ()`

    [Müller, Kornblith & Hinton (2019)](https://arxiv.org/abs/1906.02629)

    >>> round(label_smoothing_gap(10), 4), label_smoothing_gap(10, 0)
    (4.5109, inf)
    """
    return math.log((1 - eps) * K / eps + 1) if _share(eps) else math.inf


# ---- distillation
def _soften(z, v, T):
    """Logits of student and teacher over the temperature, in float64: T^2 magnifies what is rounded."""
    z, v = np.asarray(z, float), np.asarray(v, float)
    if v.shape != z.shape:
        raise ValueError(f"the teacher's logits v must have the shape of z, got {v.shape} and {z.shape}")
    if not 0 < T < math.inf:
        raise ValueError(f"the temperature T must be positive and finite, got {T}")
    return z / T, v / T


def distillation(z, v, y, T=4.0, alpha=0.9):
    r"""Learn from a teacher's softened outputs and, with the rest of the weight, from the labels.

    $$\ell = \alpha\,T^2 \sum_{k=1}^{K} p_k \ln \frac{p_k}{q_k} - (1 - \alpha) \sum_{k=1}^{K} y_k \ln r_k$$

    $$p_k = \frac{e^{v_k/T}}{\sum_{j=1}^{K} e^{v_j/T}}$$

    $$q_k = \frac{e^{z_k/T}}{\sum_{j=1}^{K} e^{z_j/T}}$$

    $$r_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $v \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $T > 0$, $0 < \alpha < 1$,
    $\ell$ (`return`)

    `z (..., K), v (..., K), y (..., K) -> l (...)`

    [Hinton, Vinyals & Dean (2015)](https://arxiv.org/abs/1503.02531)

    >>> distillation([0, 0], [0, 0], [1, 0], alpha=0.5) / np.log(2)
    np.float64(0.5)
    """
    return alpha * soft_target_loss(z, v, T) + (1 - alpha) * softmax_cross_entropy(z, y)


def distillation_grad(z, v, y, g, T=4.0, alpha=0.9):
    r"""Pass a gradient back through the distillation loss, to the student's logits.

    $$\frac{\partial L}{\partial z_i} = g\,\bigl(\alpha\,T\,(q_i - p_i) + (1 - \alpha)\,(r_i - y_i)\bigr)$$

    $$p_i = \frac{e^{v_i/T}}{\sum_{j=1}^{K} e^{v_j/T}}$$

    $$q_i = \frac{e^{z_i/T}}{\sum_{j=1}^{K} e^{z_j/T}}$$

    $$r_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$

    $z \in \mathbb{R}^{K}$, $v \in \mathbb{R}^{K}$, $y \in \Delta^{K-1}$, $T > 0$, $0 < \alpha < 1$,
    $g = \partial L / \partial \ell$

    `z (..., K), v (..., K), y (..., K), g (...) -> dz (..., K)`

    [Hinton, Vinyals & Dean (2015)](https://arxiv.org/abs/1503.02531)

    >>> distillation_grad([0, 0], [0, 0], [1, 0], 8, alpha=0.5)
    array([-2.,  2.])
    """
    return alpha * soft_target_loss_grad(z, v, g, T) + (1 - alpha) * softmax_cross_entropy_grad(z, y, g)


def soft_target_loss(z, v, T=4.0):
    r"""KL divergence of the student's softened output q from the teacher's p, times the squared temperature.

    $$\ell = T^2 \sum_{k=1}^{K} p_k \ln \frac{p_k}{q_k}$$

    $$p_k = \frac{e^{v_k/T}}{\sum_{j=1}^{K} e^{v_j/T}}$$

    $$q_k = \frac{e^{z_k/T}}{\sum_{j=1}^{K} e^{z_j/T}}$$

    $z \in \mathbb{R}^{K}$, $v \in \mathbb{R}^{K}$, $T > 0$, $\ell$ (`return`)

    `z (..., K), v (..., K) -> l (...)`

    [Hinton, Vinyals & Dean (2015)](https://arxiv.org/abs/1503.02531)

    >>> soft_target_loss([0, 0], [1000, 0], T=1) / np.log(2)
    np.float64(1.0)
    >>> soft_target_loss([5, 2, 1], [5, 2, 1])
    np.float64(0.0)
    """
    student, teacher = _soften(z, v, T)
    log_q, log_p = log_softmax(student), log_softmax(teacher)
    p, q = np.exp(log_p), np.exp(log_q)
    with np.errstate(invalid="ignore", over="ignore"):  # -inf - -inf where both rule a class out
        d = log_q - log_p
        # the sum of q - p is 0: with it, no term is negative, and none cancels another
        terms = np.where(d < 1, p * (np.expm1(d) - d), q - p - p * d)
    return (T**2 * _sum(np.where(p == 0, q, terms))).astype(_float(z).dtype)


def soft_target_loss_grad(z, v, g, T=4.0):
    r"""Pass a gradient back through the soft loss, to the student's logits.

    $$\frac{\partial L}{\partial z_i} = g\,T\,(q_i - p_i)$$

    $$p_i = \frac{e^{v_i/T}}{\sum_{j=1}^{K} e^{v_j/T}}$$

    $$q_i = \frac{e^{z_i/T}}{\sum_{j=1}^{K} e^{z_j/T}}$$

    $z \in \mathbb{R}^{K}$, $v \in \mathbb{R}^{K}$, $T > 0$, $g = \partial L / \partial \ell$

    `z (..., K), v (..., K), g (...) -> dz (..., K)`

    [Hinton, Vinyals & Dean (2015)](https://arxiv.org/abs/1503.02531)

    >>> soft_target_loss_grad([0, 0], [2 * np.log(3), 0], 2, T=2).round(15)
    array([-1.,  1.])
    """
    student, teacher = _soften(z, v, T)
    return (_up(g, student) * T * (softmax(student) - softmax(teacher))).astype(_float(z).dtype)
