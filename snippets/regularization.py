"""Why models fail on new data, and what keeps them from it: bias and variance, penalties, dropout.

A layer computes `y = x @ W`. Penalties are sums over all weights; how much they weigh depends on whether the
loss beside them is a sum over the samples or a mean. Random masks are inputs, 1 to keep and 0 to drop: the
backward pass gets the one that the forward pass had.
"""

import math

import numpy as np

from snippets.activations import _float, _like, softmax, softmax_grad
from snippets.optimization import adam


def _design(X, lam):
    """A matrix A with A^T A = X^T X + lam I; to form that product would square the condition number."""
    X = np.asarray(X, float)
    if lam < 0:
        raise ValueError(f"lam must not be negative, got {lam}")
    d = X.shape[1]
    A = np.concatenate([X, math.sqrt(lam) * np.eye(d)])
    if (rank := np.linalg.matrix_rank(A)) < d:
        raise ValueError(f"with lam = {lam:g} the columns of X must be independent, got rank {rank} of {d}")
    return A


def _factors(X, lam):
    """X = Q R and X^T X + lam I = R^T R."""
    Q, R = np.linalg.qr(_design(X, lam))
    return Q[: len(X)], R


# ---- bias_variance
def bias_variance(y_hat, f):
    r"""Find how far models from M training sets are off on average, and how much they differ.

    $$\bar y_j = \frac{1}{M} \sum_{i=1}^{M} \hat y_{ij}$$

    $$b_j = \bar y_j - f_j$$

    $$v_j = \frac{1}{M} \sum_{i=1}^{M} (\hat y_{ij} - \bar y_j)^2$$

    $\hat y \in \mathbb{R}^{M \times n}$, $f \in \mathbb{R}^{n}$, $\bar y$ (`mean`),
    $b$ (`return[0]`), $v$ (`return[1]`)

    `y_hat (M, ...), f (...) -> b (...), v (...)`

    [Geman, Bienenstock & Doursat (1992)](https://doi.org/10.1162/neco.1992.4.1.1)

    >>> bias_variance([[4.0, 0.0], [6.0, 0.0]], [2, 1])
    (array([ 3., -1.]), array([1., 0.]))
    """
    y_hat = _float(y_hat)
    f = np.asarray(f, y_hat.dtype)
    if f.shape not in ((), y_hat.shape[1:]):
        raise ValueError(f"f must have the shape of one model's y_hat, got {f.shape} and {y_hat.shape[1:]}")
    mean = y_hat.mean(0)
    return mean - f, y_hat.var(0, dtype=float).astype(y_hat.dtype)


def bias_variance_grad(y_hat, f, g_bias, g_var):
    r"""Pass gradients back to the predictions: the bias moves all models alike, the variance apart.

    $$\frac{\partial L}{\partial \hat y_{ij}} = \frac{g_j + 2 h_j\,(\hat y_{ij} - \bar y_j)}{M}$$

    $\hat y \in \mathbb{R}^{M \times n}$, $f \in \mathbb{R}^{n}$, $\bar y$ (`mean`),
    $g \in \mathbb{R}^{n}$ (`g_bias`), $h \in \mathbb{R}^{n}$ (`g_var`),
    $g = \partial L / \partial b$, $h = \partial L / \partial v$

    `y_hat (M, ...), f (...), g_bias (...), g_var (...) -> dy_hat (M, ...)`

    [Geman, Bienenstock & Doursat (1992)](https://doi.org/10.1162/neco.1992.4.1.1)

    >>> bias_variance_grad([[4.0, 0.0], [6.0, 0.0]], [2, 1], 6, 4)
    array([[-1.,  3.],
           [ 7.,  3.]])
    """
    y_hat = _float(y_hat)
    mean = y_hat.mean(0)
    return (_like(g_bias, mean) + 2 * _like(g_var, mean) * (y_hat - mean)) / len(y_hat)


def hat_matrix(X, lam=0.0):
    r"""Map the labels of the training set to the fit of least squares, or with a penalty of ridge regression.

    $$H = X \left(X^\top X + \lambda I\right)^{-1} X^\top$$

    $X \in \mathbb{R}^{n \times d}$, $n > d$, $\lambda > 0$, $H$ (`return`)

    `X (n, d) -> H (n, n)`

    [Hastie, Tibshirani & Friedman (2009), section 3.4](https://doi.org/10.1007/978-0-387-84858-7)

    >>> hat_matrix([[1.0], [1.0]])
    array([[0.5, 0.5],
           [0.5, 0.5]])
    >>> hat_matrix([[1.0], [1.0]], lam=2)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    X = _float(X)
    Q, _ = _factors(X, lam)
    return (Q @ Q.T).astype(X.dtype)


def degrees_of_freedom(X, lam=0.0):
    r"""Count the coefficients that a ridge regression really uses.

    $$k = \operatorname{tr}\left(X \left(X^\top X + \lambda I\right)^{-1} X^\top\right)$$

    $$k = \sum_{j=1}^{d} \frac{s_j^2}{s_j^2 + \lambda}$$

    $X \in \mathbb{R}^{n \times d}$, $n > d$, $\lambda > 0$, $k$ (`return`), $s \in \mathbb{R}^{d}$ (`s`)

    `X (n, d) -> k ()`

    [Hastie, Tibshirani & Friedman (2009), section 3.4](https://doi.org/10.1007/978-0-387-84858-7)

    >>> X = np.diag([1.0, 2.0, 3.0])
    >>> degrees_of_freedom(X), degrees_of_freedom(X, lam=1).round(2)
    (np.float64(3.0), np.float64(2.2))
    """
    X = _float(X)
    _design(X, lam)
    s = np.linalg.svd(X.astype(float), compute_uv=False)
    return ((s / np.hypot(s, math.sqrt(lam))) ** 2).sum().astype(X.dtype)


# ---- overfitting
def early_stopping(loss, patience=5):
    r"""Find the best step and the one at which to stop: when the best is that many steps ago.

    $$b = \arg\min_{0 \le t \le T} \ell_t$$

    $$T = b + k \quad (T < n - 1)$$

    $\ell \in \mathbb{R}^{n}$ (`loss`), $k \in \mathbb{N}$ (`patience`), $b$ (`return[0]`), $T$ (`return[1]`)

    `loss (n,) -> b (), T ()`

    [Prechelt (1998)](https://doi.org/10.1007/3-540-49430-8_3)

    >>> early_stopping([9, 6, 4, 5, 7, 3, 2], patience=2)
    (2, 4)
    """
    if not patience >= 1:
        raise ValueError(f"patience must be at least 1, got {patience}")
    if not len(loss):
        raise ValueError("loss must hold at least one step")
    b, best = 0, math.inf
    for T, value in enumerate(loss):
        if value < best:  # which nan never is
            b, best = T, value
        if T - b >= patience:
            break
    return b, T


# ---- weight_decay
def weight_decay(w, dw, lr=0.1, lam=0.01):
    r"""Take a step of gradient descent and shrink all weights by the same factor.

    $$w_t = (1 - \eta\lambda)\,w_{t-1} - \eta\,\frac{\partial L}{\partial w}$$

    $w \in \mathbb{R}^{n}$, $\frac{\partial L}{\partial w} \in \mathbb{R}^{n}$,
    $\eta > 0$ (`lr`), $\lambda \ge 0$

    `w (...), dw (...) -> w (...)`

    [Loshchilov & Hutter (2019)](https://arxiv.org/abs/1711.05101)

    >>> weight_decay([1.0, -2.0], [2.0, 0.0], lr=0.1, lam=1)
    array([ 0.7, -1.8])
    """
    w = _float(w)
    w = (1 - lr * lam) * w - lr * _like(dw, w)
    return w


def l2_penalty(w, lam=1.0):
    r"""Charge each weight by its square.

    $$\Omega = \frac{\lambda}{2} \sum_{i=1}^{n} w_i^2$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $\Omega$ (`return`)

    `w (...) -> Omega ()`

    [Hoerl & Kennard (1970)](https://doi.org/10.1080/00401706.1970.10488634)

    >>> l2_penalty([3, -4], lam=2)
    np.float64(25.0)
    """
    w = _float(w)
    return (lam / 2 * (w**2).sum()).astype(w.dtype)


def l2_penalty_grad(w, g, lam=1.0):
    r"""Pull each weight towards zero in proportion to its size.

    $$\frac{\partial L}{\partial w_i} = g \lambda w_i$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $g = \partial L / \partial \Omega$

    `w (...), g () -> dw (...)`

    [Hoerl & Kennard (1970)](https://doi.org/10.1080/00401706.1970.10488634)

    >>> l2_penalty_grad([3, -4], 1, lam=2)
    array([ 6., -8.])
    """
    w = _float(w)
    return np.asarray(g, w.dtype) * lam * w


def l1_penalty(w, lam=1.0):
    r"""Charge each weight by its size.

    $$\Omega = \lambda \sum_{i=1}^{n} |w_i|$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $\Omega$ (`return`)

    `w (...) -> Omega ()`

    [Tibshirani (1996)](https://doi.org/10.1111/j.2517-6161.1996.tb02080.x)

    >>> l1_penalty([3, -4], lam=2)
    np.float64(14.0)
    """
    w = _float(w)
    return (lam * np.abs(w).sum()).astype(w.dtype)


def l1_penalty_grad(w, g, lam=1.0):
    r"""Pull each weight towards zero with the same force; at 0 it is one of the subgradients.

    $$\frac{\partial L}{\partial w_i} = g \lambda \operatorname{sgn}(w_i)$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $g = \partial L / \partial \Omega$

    `w (...), g () -> dw (...)`

    [Tibshirani (1996)](https://doi.org/10.1111/j.2517-6161.1996.tb02080.x)

    >>> l1_penalty_grad([3, -4, 0], 1, lam=2)
    array([ 2., -2.,  0.])
    """
    w = _float(w)
    return np.asarray(g, w.dtype) * lam * np.sign(w)


def soft_threshold(w, lam=1.0):
    r"""Move each weight towards zero by lam, and stop there.

    $$v_i = \operatorname{sgn}(w_i) \max(|w_i| - \lambda, 0)$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $v$ (`return`)

    `w (...) -> v (...)`

    [Donoho & Johnstone (1994)](https://doi.org/10.1093/biomet/81.3.425)

    >>> soft_threshold([3.0, -0.5, -4.0])
    array([ 2.,  0., -3.])
    """
    w = _float(w)
    return w - np.clip(w, -lam, lam)


def soft_threshold_grad(w, g, lam=1.0):
    r"""Pass a gradient back to the weights that were not set to zero.

    $$\frac{\partial L}{\partial w_i} = \begin{cases} g_i, & |w_i| > \lambda \\
    0, & |w_i| \le \lambda \end{cases}$$

    $w \in \mathbb{R}^{n}$, $\lambda \ge 0$, $g \in \mathbb{R}^{n}$, $g = \partial L / \partial v$

    `w (...), g (...) -> dw (...)`

    [Donoho & Johnstone (1994)](https://doi.org/10.1093/biomet/81.3.425)

    >>> soft_threshold_grad([3.0, -0.5, -4.0], 5)
    array([5., 0., 5.])
    """
    w = _float(w)
    return _like(g, w) * (np.abs(w) > lam)


def proximal_step(w, dw, lr=0.1, lam=1.0):
    r"""Take a step of gradient descent on the loss, then the L1 penalty in closed form.

    $$u = w_{t-1} - \eta\,\frac{\partial L}{\partial w}$$

    $$w_t = \operatorname{sgn}(u) \max(|u| - \eta\lambda, 0)$$

    $w \in \mathbb{R}$, $\frac{\partial L}{\partial w} \in \mathbb{R}$, $\eta > 0$ (`lr`), $\lambda \ge 0$

    `w (...), dw (...) -> w (...)`

    [Beck & Teboulle (2009)](https://doi.org/10.1137/080716542)

    >>> proximal_step([2.0, 0.3], [-1.0, 1.0], lr=0.5, lam=2)
    array([1.5, 0. ])
    """
    w = _float(w)
    u = w - lr * _like(dw, w)
    w = soft_threshold(u, lr * lam)
    return w


def ridge(X, y, lam=1.0):
    r"""Fit a linear model by least squares with an L2 penalty.

    $$w = \left(X^\top X + \lambda I\right)^{-1} X^\top y$$

    $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^{n}$, $n > d$, $\lambda > 0$, $w$ (`return`)

    `X (n, d), y (n,) -> w (d,)`

    [Hoerl & Kennard (1970)](https://doi.org/10.1080/00401706.1970.10488634)

    >>> ridge([[1.0], [2.0]], [1, 2], lam=5)
    array([0.5])
    """
    X = _float(X)
    y = np.asarray(y, X.dtype)
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have one entry for each row of X, got {y.shape} and {X.shape}")
    Q, R = _factors(X, lam)
    return np.linalg.solve(R, Q.T @ y).astype(X.dtype)


def ridge_grad(X, y, g, lam=1.0):
    r"""Pass a gradient back from the coefficients to the data.

    $$a = \left(X^\top X + \lambda I\right)^{-1} g$$

    $$\frac{\partial L}{\partial X} = (y - X w)\,a^\top - X a\,w^\top$$

    $$\frac{\partial L}{\partial y} = X a$$

    $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^{n}$, $n > d$, $\lambda > 0$,
    $g \in \mathbb{R}^{d}$, $g = \partial L / \partial w$

    `X (n, d), y (n,), g (d,) -> dX (n, d), dy (n,)`

    [Hoerl & Kennard (1970)](https://doi.org/10.1080/00401706.1970.10488634)

    >>> ridge_grad([[1.0], [2.0]], [3, 1], [10.0], lam=5)
    (array([[ 2.],
           [-1.]]), array([1., 2.]))
    """
    dtype = _float(X).dtype
    X, y = np.asarray(X, float), np.asarray(y, float)
    w = ridge(X, y, lam)
    Q, R = _factors(X, lam)
    b = np.linalg.solve(R.T, np.broadcast_to(_like(g, w), w.shape))
    a, dy = np.linalg.solve(R, b), Q @ b
    dX = np.outer(y - X @ w, a) - np.outer(dy, w)
    return dX.astype(dtype), dy.astype(dtype)


def adam_decay(w, dw, state=(0, 0, 0), lr=0.001, lam=0.0, decay=0.0, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Take a step of Adam with an L2 penalty, which enters the gradient, or weight decay, which does not.

    $$d_t = \frac{\partial L}{\partial w} + \lambda w_{t-1}$$

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\,d_t$$

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\,d_t^2$$

    $$w_t = (1 - \eta\omega)\,w_{t-1}
      - \eta\,\frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}$$

    $w, m \in \mathbb{R}^{n}$, $\frac{\partial L}{\partial w} \in \mathbb{R}^{n}$, $v \in (0, 1)^{n}$,
    $t \in \mathbb{N}$, $(m, v, t)$ (`state`), $\eta > 0$ (`lr`), $\lambda \ge 0$, $\omega \ge 0$ (`decay`),
    $d_t$ (`d`)

    `w (...), dw (...), state -> w (...), state`

    [Loshchilov & Hutter (2019)](https://arxiv.org/abs/1711.05101)

    >>> w, state = adam_decay([1.0, 1.0], [2.0, 20.0], lr=0.1, lam=0.1)
    >>> w.round(6)
    array([0.9, 0.9])
    >>> w, state = adam_decay([1.0, 1.0], [2.0, 20.0], lr=0.1, decay=0.1)
    >>> w.round(6)
    array([0.89, 0.89])
    """
    m, v, t = state
    w = _float(w)
    d = _like(dw, w) + lam * w
    w, (m, v, t) = adam((1 - lr * decay) * w, d, (m, v, t), lr, beta1, beta2, eps)
    return w, (m, v, t)


# ---- dropout
def _chance(p):
    if not 0 <= p <= 1:
        raise ValueError(f"p, the probability of dropping, must lie in [0, 1], got {p}")
    return p


def _boost(p):
    """What makes up for the dropped share; if all is dropped, nothing can."""
    return 1 / (1 - p) if _chance(p) < 1 else 0.0


def _mask(m, shape, dtype):
    """A mask fits into what it masks, one entry for each value or for a whole row or channel."""
    m = np.asarray(m, dtype)
    if np.broadcast_shapes(m.shape, shape) != shape:
        raise ValueError(f"the mask must fit into what it masks, got {m.shape} for {shape}")
    return m


def dropout_mask(shape, p=0.5, rng=None):
    r"""Draw which values stay: each one is dropped with probability p, independently of the others.

    $$m_i = \begin{cases} 1, & u_i \ge p \\ 0, & u_i < p \end{cases}$$

    $p \in (0, 1)$, $n \in \mathbb{N}$ (`shape`), $u_i$ `~ U(0, 1)`, $m$ (`return`)

    `-> m shape`

    [Hinton et al. (2012)](https://arxiv.org/abs/1207.0580)

    >>> dropout_mask((2, 3), rng=1)
    array([[1., 1., 0.],
           [1., 0., 0.]])
    """
    u = np.random.default_rng(rng).random(shape)
    return (u >= _chance(p)).astype(float)


def dropout(x, m, p=0.5):
    r"""Drop the values whose mask is 0 and scale up the others, so that the mean stays (inverted dropout).

    $$y_i = \frac{m_i x_i}{1 - p}$$

    $x \in \mathbb{R}^{n}$, $m \sim \operatorname{Bernoulli}(1 - p)^{n}$, $0 < p < 1$, $y$ (`return`)

    `x (...), m (...) -> y (...)`

    [Srivastava et al. (2014)](https://jmlr.org/papers/v15/srivastava14a.html)

    >>> dropout([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1], p=0.25).round(3)
    array([1.333, 0.   , 4.   , 5.333])
    """
    x = _float(x)
    return _mask(m, x.shape, x.dtype) * x * np.asarray(_boost(p), x.dtype)


def dropout_grad(x, m, g, p=0.5):
    r"""Pass a gradient back through the units that were kept, by the mask of the forward pass.

    $$\frac{\partial L}{\partial x_i} = \frac{m_i g_i}{1 - p}$$

    $x \in \mathbb{R}^{n}$, $m \in \{0, 1\}^{n}$, $0 < p < 1$,
    $g \in \mathbb{R}^{n}$, $g = \partial L / \partial y$

    `x (...), m (...), g (...) -> dx (...)`

    [Srivastava et al. (2014)](https://jmlr.org/papers/v15/srivastava14a.html)

    >>> dropout_grad([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1], 3, p=0.25)
    array([4., 0., 4., 4.])
    """
    x = _float(x)
    return _mask(m, x.shape, x.dtype) * _like(g, x) * np.asarray(_boost(p), x.dtype)


def plain_dropout(x, m):
    r"""Drop values without scaling; at test time the mask is replaced by its mean, the keep probability.

    $$y_i = m_i x_i$$

    $x \in \mathbb{R}^{n}$, $m \sim \operatorname{Bernoulli}(1 - p)^{n}$, $0 < p < 1$, $y$ (`return`)

    `x (...), m (...) -> y (...)`

    [Hinton et al. (2012)](https://arxiv.org/abs/1207.0580)

    >>> plain_dropout([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1])
    array([1., 0., 3., 4.])
    >>> plain_dropout([1.0, 2.0, 3.0, 4.0], 0.75)
    array([0.75, 1.5 , 2.25, 3.  ])
    """
    x = _float(x)
    return _mask(m, x.shape, x.dtype) * x


def plain_dropout_grad(x, m, g):
    r"""Pass a gradient back through the units that were kept.

    $$\frac{\partial L}{\partial x_i} = m_i g_i$$

    $x \in \mathbb{R}^{n}$, $m \in \{0, 1\}^{n}$, $g \in \mathbb{R}^{n}$,
    $g = \partial L / \partial y$

    `x (...), m (...), g (...) -> dx (...)`

    [Hinton et al. (2012)](https://arxiv.org/abs/1207.0580)

    >>> plain_dropout_grad([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1], 3)
    array([3., 0., 3., 3.])
    """
    x = _float(x)
    return _mask(m, x.shape, x.dtype) * _like(g, x)


def dropconnect(x, W, m, p=0.5):
    r"""Drop single weights instead of units.

    $$y_j = \frac{1}{1 - p} \sum_{i=1}^{n} x_i\, m_{ij} W_{ij}$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times k}$, $0 < p < 1$,
    $m \sim \operatorname{Bernoulli}(1 - p)^{n \times k}$, $y$ (`return`)

    `x (..., n), W (n, k), m (..., n, k) -> y (..., k)`

    [Wan et al. (2013)](https://proceedings.mlr.press/v28/wan13.html)

    >>> dropconnect([1.0, 1.0], [[1.0, 3.0], [2.0, 4.0]], [[1, 0], [0, 1]])
    array([2., 8.])
    """
    x, W = _float(x), _float(W)
    kept = _mask(m, (*x.shape[:-1], *W.shape), W.dtype) * W * np.asarray(_boost(p), W.dtype)
    return (x[..., None, :] @ kept)[..., 0, :]


def dropconnect_grad(x, W, m, g, p=0.5):
    r"""Pass a gradient back through the weights that were kept.

    $$\frac{\partial L}{\partial x_i} = \frac{1}{1 - p} \sum_{j=1}^{k} m_{ij} W_{ij}\, g_j$$

    $$\frac{\partial L}{\partial W_{ij}} = \frac{1}{1 - p}\, x_i\, m_{ij}\, g_j$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times k}$, $m \in \{0, 1\}^{n \times k}$, $0 < p < 1$,
    $g \in \mathbb{R}^{k}$, $g = \partial L / \partial y$

    `x (..., n), W (n, k), m (..., n, k), g (..., k) -> dx (..., n), dW (n, k)`

    [Wan et al. (2013)](https://proceedings.mlr.press/v28/wan13.html)

    >>> dropconnect_grad([1.0, 1.0], [[1.0, 3.0], [2.0, 4.0]], [[1, 0], [0, 1]], [1.0, 2.0])
    (array([ 2., 16.]), array([[2., 0.],
           [0., 4.]]))
    """
    x, W = _float(x), _float(W)
    m = _mask(m, (*x.shape[:-1], *W.shape), W.dtype) * np.asarray(_boost(p), W.dtype)
    y = x @ W  # of the shape of the output
    g = np.broadcast_to(_like(g, y), y.shape)[..., None, :]
    dx = (m * W * g).sum(-1)
    dW = (x[..., None] * m * g).reshape(-1, *W.shape).sum(0)
    return dx, dW


def stochastic_depth(x, f, m, p=0.5):
    r"""Drop the whole branch f of a residual block, for each sample.

    $$y_i = x_i + \frac{m f_i}{1 - p}$$

    $x \in \mathbb{R}^{n}$, $f \in \mathbb{R}^{n}$, $m \sim \operatorname{Bernoulli}(1 - p)$, $0 < p < 1$,
    $y$ (`return`)

    `x (..., n), f (..., n), m (...) -> y (..., n)`

    [Huang et al. (2016)](https://arxiv.org/abs/1603.09382)

    >>> stochastic_depth([[1.0, 2.0], [1.0, 2.0]], [[5.0, 5.0], [5.0, 5.0]], [1, 0])
    array([[11., 12.],
           [ 1.,  2.]])
    """
    x = _float(x)
    return x + plain_dropout(np.asarray(f, x.dtype), np.expand_dims(m, -1) * _boost(p))


def stochastic_depth_grad(x, f, m, g, p=0.5):
    r"""Pass a gradient back through the skip path and, where it was kept, the branch.

    $$\frac{\partial L}{\partial x_i} = g_i$$

    $$\frac{\partial L}{\partial f_i} = \frac{m g_i}{1 - p}$$

    $x \in \mathbb{R}^{n}$, $f \in \mathbb{R}^{n}$, $m \in \{0, 1\}$, $0 < p < 1$, $g \in \mathbb{R}^{n}$,
    $g = \partial L / \partial y$

    `x (..., n), f (..., n), m (...), g (..., n) -> dx (..., n), df (..., n)`

    [Huang et al. (2016)](https://arxiv.org/abs/1603.09382)

    >>> stochastic_depth_grad([1.0, 2.0], [5.0, 5.0], 1, [3.0, 4.0])
    (array([3., 4.]), array([6., 8.]))
    """
    x = _float(x)
    dx = np.broadcast_to(_like(g, x), x.shape)
    df = plain_dropout(dx, np.expand_dims(m, -1) * _boost(p))
    return dx, df


def ensemble_variance(var, rho, n):
    r"""Find the variance of the mean of n predictions that have equal variances and correlations.

    $$s = \rho v + \frac{1 - \rho}{n} v$$

    $v > 0$ (`var`), $0 < \rho < 1$, $n \in \mathbb{N}$, $s$ (`return`)

    `var (...), rho (...), n (...) -> s (...)`

    [Hastie, Tibshirani & Friedman (2009), section 15.2](https://doi.org/10.1007/978-0-387-84858-7)

    >>> ensemble_variance(1.0, 0.5, 5)
    0.6
    """
    return rho * var + (1 - rho) / n * var


def majority_vote(p, n):
    r"""Find the probability that more than half of n independent voters are right, each with probability p.

    $$P = \sum_{k = \lfloor n/2 \rfloor + 1}^{n} \binom{n}{k} p^k (1 - p)^{n - k}$$

    $0 < p < 1$, $n \in \mathbb{N}$, $P$ (`return`)

    `p (...), n () -> P (...)`

    [Hansen & Salamon (1990)](https://doi.org/10.1109/34.58871)

    >>> majority_vote(0.6, 5).round(5)
    np.float64(0.68256)
    """
    p = _float(p)
    chance = np.zeros((n + 1, *p.shape))  # of k right ones; binomial coefficients would overflow
    chance[0] = 1
    for _ in range(n):  # one more voter
        chance[1:], chance[0] = p * chance[:-1] + (1 - p) * chance[1:], (1 - p) * chance[0]
    return chance[n // 2 + 1 :].sum(0).astype(p.dtype)


def subnetwork(x, W, m):
    r"""Let one subnetwork of a softmax layer answer: the one that sees the inputs of its mask.

    $$q_k = \frac{\exp\left(\sum_{i=1}^{n} m_i x_i W_{ik}\right)}
      {\sum_{j=1}^{K} \exp\left(\sum_{i=1}^{n} m_i x_i W_{ij}\right)}$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times K}$, $0 < p < 1$,
    $m \sim \operatorname{Bernoulli}(1 - p)^{n}$, $q$ (`return`)

    `x (..., n), W (n, K), m (..., n) -> q (..., K)`

    [Goodfellow et al. (2016), section 7.12](https://www.deeplearningbook.org/contents/regularization.html)

    >>> subnetwork([1.0, 5.0], [[np.log(3), 0.0], [7.0, 9.0]], [1, 0])
    array([0.75, 0.25])
    """
    return softmax(plain_dropout(x, m) @ _float(W))


def subnetwork_grad(x, W, m, g):
    r"""Pass a gradient back through one subnetwork: to its inputs and their weights.

    $$d_k = q_k \left(g_k - \sum_{j=1}^{K} g_j q_j\right)$$

    $$\frac{\partial L}{\partial x_i} = m_i \sum_{k=1}^{K} W_{ik} d_k$$

    $$\frac{\partial L}{\partial W_{ik}} = m_i x_i d_k$$

    $x \in \mathbb{R}^{n}$, $W \in \mathbb{R}^{n \times K}$, $m \in \{0, 1\}^{n}$, $g \in \mathbb{R}^{K}$,
    $g = \partial L / \partial q$

    `x (..., n), W (n, K), m (..., n), g (..., K) -> dx (..., n), dW (n, K)`

    [Goodfellow et al. (2016), section 7.12](https://www.deeplearningbook.org/contents/regularization.html)

    >>> dx, dW = subnetwork_grad([1.0, 5.0], [[0.0, 0.0], [7.0, 9.0]], [1, 0], [4.0, 0.0])
    >>> dW
    array([[ 1., -1.],
           [ 0.,  0.]])
    """
    W, h = _float(W), plain_dropout(x, m)
    q = softmax(h @ W)
    d = softmax_grad(h @ W, g)
    dx = plain_dropout_grad(x, m, d @ W.T)
    dW = h.reshape(-1, len(W)).T @ d.reshape(-1, W.shape[1])
    return dx, dW


def dropout_penalty(X, w, p=0.5):
    r"""Find what dropout on the inputs adds, on average, to the sum of squared errors of a linear model.

    $$\Omega = \frac{p}{1 - p} \sum_{j=1}^{d} w_j^2 \sum_{i=1}^{n} X_{ij}^2$$

    $X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^{d}$, $0 < p < 1$, $\Omega$ (`return`)

    `X (n, d), w (d,) -> Omega ()`

    [Wager, Wang & Liang (2013)](https://arxiv.org/abs/1307.1493)

    >>> dropout_penalty([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0], p=0.5)
    np.float64(30.0)
    """
    X = _float(X)
    squares = np.square(X * np.asarray(w, float))  # in float16 they overflow at 256
    return (p * _boost(p) * squares.sum()).astype(X.dtype)


def dropout_penalty_grad(X, w, g, p=0.5):
    r"""Pull each weight towards zero the harder, the larger its input.

    $$\frac{\partial L}{\partial X_{ij}} = \frac{2 g p}{1 - p}\, w_j^2 X_{ij}$$

    $$\frac{\partial L}{\partial w_j} = \frac{2 g p}{1 - p}\, w_j \sum_{i=1}^{n} X_{ij}^2$$

    $X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^{d}$, $0 < p < 1$, $g = \partial L / \partial \Omega$

    `X (n, d), w (d,), g () -> dX (n, d), dw (d,)`

    [Wager, Wang & Liang (2013)](https://arxiv.org/abs/1307.1493)

    >>> dropout_penalty_grad([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0], 1)[1]
    array([20., 40.])
    """
    X, w, scale = _float(X), np.asarray(w, float), 2 * g * p * _boost(p)
    dX = scale * w**2 * X
    dw = scale * w * np.square(X, dtype=float).sum(0)
    return dX.astype(X.dtype), dw.astype(X.dtype)
