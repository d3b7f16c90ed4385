"""Normalization of data, of activations and of weights, with gradients.

Data: the last axis holds the features, and the statistics are those of X, the training set. Layers: as in
PyTorch, `x (N, C, ...)` with one gamma and one beta per channel; layer_norm and rms_norm normalize the last
axes. Statistics are computed in float64, because the squares of float16 overflow at 256, and running
statistics remain so; every other result has the dtype of the first argument.
"""

import numpy as np

from snippets.activations import _float, _like, softmax, softmax_grad


# ---- standardize
def _training_set(X, x):
    """One row per sample, or per pixel; the same features as x."""
    X = np.asarray(X, float)
    if X.ndim < 2:
        raise ValueError(f"the training set X needs axes of samples and of features, got shape {X.shape}")
    if X.shape[-1:] != x.shape[-1:]:
        raise ValueError(f"x and X must have the same features in the last axis, got {x.shape} and {X.shape}")
    return X.reshape(-1, X.shape[-1])


def _mean_and_deviation(X):
    """Of each feature, exactly 0 if constant; over the range, so that no square under- or overflows."""
    mu, width = X.mean(0), np.ptp(X, 0)
    return mu, width * ((X - mu) / np.where(width == 0, 1, width)).std(0)


def standardize(x, X):
    r"""Subtract the mean of each feature and divide by its deviation, both those of the training set X.

    $$\mu_j = \frac{1}{N} \sum_{i=1}^{N} X_{ij}$$

    $$\sigma_j = \sqrt{\frac{1}{N} \sum_{i=1}^{N} (X_{ij} - \mu_j)^2}$$

    $$z_j = \frac{x_j - \mu_j}{\sigma_j} \quad (\sigma_j > 0)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $z$ (`return`)

    `x (..., d), X (..., d) -> z (..., d)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> standardize([[10, 7], [20, 7]], X=[[1, 7], [3, 7]])
    array([[ 8.,  0.],
           [18.,  0.]])
    """
    x = _float(x)
    X = _training_set(X, x)
    mu, sigma = _mean_and_deviation(X)
    return ((x - mu) / np.where(sigma == 0, 1, sigma)).astype(x.dtype)  # a constant feature: 0


def standardize_grad(x, X, g):
    r"""Pass a gradient back to the raw input, with the statistics of the training set as constants.

    $$\frac{\partial L}{\partial x_j} = \frac{g_j}{\sigma_j} \quad (\sigma_j > 0)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $g \in \mathbb{R}^{d}$,
    $g = \partial L / \partial z$

    `x (..., d), X (..., d), g (..., d) -> dx (..., d)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> standardize_grad([0, 0], X=[[1, 10], [3, 30]], g=1)
    array([1. , 0.1])
    """
    x = _float(x)
    mu, sigma = _mean_and_deviation(_training_set(X, x))
    return np.broadcast_to(_like(g, x) / np.where(sigma == 0, 1, sigma), x.shape).astype(x.dtype)


def min_max(x, X):
    r"""Map the range that each feature has in the training set X to [0, 1]; new data may fall outside.

    $$a_j = \min_{1 \le i \le N} X_{ij}$$

    $$b_j = \max_{1 \le i \le N} X_{ij}$$

    $$z_j = \frac{x_j - a_j}{b_j - a_j} \quad (b_j > a_j)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $z$ (`return`)

    `x (..., d), X (..., d) -> z (..., d)`

    [Han, Kamber & Pei (2011), section 3.5.2](https://doi.org/10.1016/C2009-0-61819-5)

    >>> min_max([[1, 7], [4, 7], [9, 7]], X=[[1, 7], [5, 7]])
    array([[0.  , 0.  ],
           [0.75, 0.  ],
           [2.  , 0.  ]])
    """
    x = _float(x)
    X = _training_set(X, x)
    a, b = X.min(0), X.max(0)
    return ((x - a) / np.where(b == a, 1, b - a)).astype(x.dtype)


def min_max_grad(x, X, g):
    r"""Pass a gradient back to the raw input, with the range as a constant.

    $$\frac{\partial L}{\partial x_j} = \frac{g_j}{b_j - a_j} \quad (b_j > a_j)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $g \in \mathbb{R}^{d}$,
    $g = \partial L / \partial z$

    `x (..., d), X (..., d), g (..., d) -> dx (..., d)`

    [Han, Kamber & Pei (2011), section 3.5.2](https://doi.org/10.1016/C2009-0-61819-5)

    >>> min_max_grad([0, 0], X=[[1, 10], [5, 50]], g=1)
    array([0.25 , 0.025])
    """
    x = _float(x)
    X = _training_set(X, x)
    a, b = X.min(0), X.max(0)
    return np.broadcast_to(_like(g, x) / np.where(b == a, 1, b - a), x.shape).astype(x.dtype)


def center(X, axis=0):
    r"""Subtract the mean of each feature over the data set, or with axis -1 of each sample over its features.

    $$Z_{ij} = X_{ij} - \frac{1}{N} \sum_{k=1}^{N} X_{kj}$$

    $X \in \mathbb{R}^{N \times d}$, $Z$ (`return`)

    `X (N, d) -> Z (N, d)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> center([[1, 5], [3, 9]])
    array([[-1., -2.],
           [ 1.,  2.]])
    >>> center([[1, 5], [3, 9]], axis=-1)
    array([[-2.,  2.],
           [-3.,  3.]])
    """
    X = _float(X)
    return (X - X.mean(axis, dtype=float, keepdims=True)).astype(X.dtype)


def center_grad(X, g, axis=0):
    r"""Pass a gradient back through the subtraction: it loses its mean, too.

    $$\frac{\partial L}{\partial X_{ij}} = g_{ij} - \frac{1}{N} \sum_{k=1}^{N} g_{kj}$$

    $X, g \in \mathbb{R}^{N \times d}$, $g = \partial L / \partial Z$

    `X (N, d), g (N, d) -> dX (N, d)`

    [LeCun, Bottou, Orr & Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2)

    >>> center_grad([[1, 5], [3, 9]], [[1, 0], [0, 4]])
    array([[ 0.5, -2. ],
           [-0.5,  2. ]])
    """
    X = _float(X)
    g = np.broadcast_to(_like(g, X), X.shape)
    return (g - g.mean(axis, dtype=float, keepdims=True)).astype(X.dtype)


def _principal(X):
    """Mean, covariance, eigenvalues, largest first (rounding can push a zero below 0), and eigenvectors."""
    mu = X.mean(0)
    cov = (X - mu).T @ (X - mu) / len(X)
    lam, U = np.linalg.eigh(cov)  # smallest first
    return mu, cov, np.maximum(lam[::-1], 0), U[:, ::-1]


def pca_whiten(x, X, eps=1e-5):
    r"""Turn the features into principal components, largest first, and give each of them variance 1.

    $$\Sigma_{jk} = \frac{1}{N} \sum_{i=1}^{N} (X_{ij} - \mu_j)(X_{ik} - \mu_k)$$

    $$\Sigma = U \operatorname{diag}(\lambda)\, U^\top$$

    $$W_{jk} = \frac{U_{jk}}{\sqrt{\lambda_k + \epsilon}}$$

    $$z = W^\top (x - \mu)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $\epsilon > 0$, $\Sigma$ (`cov`), $z$ (`return`)

    `x (..., d), X (..., d) -> z (..., d)`

    [Kessy, Lewin & Strimmer (2018)](https://arxiv.org/abs/1512.00809)

    >>> X = np.random.default_rng(0).standard_normal((1000, 2)) @ [[3, 1], [0, 1]]
    >>> np.cov(pca_whiten(X, X).T, bias=True).round(4) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    x = _float(x)
    X = _training_set(X, x)
    mu, cov, lam, U = _principal(X)
    W = U / np.sqrt(lam + eps)
    return ((x - mu) @ W).astype(x.dtype)


def pca_whiten_grad(x, X, g, eps=1e-5):
    r"""Pass a gradient back to the raw input, with the statistics of the training set as constants.

    $$\frac{\partial L}{\partial x} = W g$$

    $$\Sigma = U \operatorname{diag}(\lambda)\, U^\top$$

    $$W_{jk} = \frac{U_{jk}}{\sqrt{\lambda_k + \epsilon}}$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $\epsilon > 0$, $\Sigma$ (`cov`),
    $g \in \mathbb{R}^{d}$, $g = \partial L / \partial z$

    `x (..., d), X (..., d), g (..., d) -> dx (..., d)`

    [Kessy, Lewin & Strimmer (2018)](https://arxiv.org/abs/1512.00809)

    >>> np.abs(pca_whiten_grad([0, 0], X=[[-2, -3], [-2, 3], [2, -3], [2, 3]], g=[0, 1], eps=0))
    array([0.5, 0. ])
    """
    x = _float(x)
    mu, cov, lam, U = _principal(_training_set(X, x))
    W = U / np.sqrt(lam + eps)
    return (np.broadcast_to(_like(g, x), x.shape) @ W.T).astype(x.dtype)


def zca_whiten(x, X, eps=1e-5):
    r"""Whiten and rotate back: of all whitened versions the one closest to the data.

    $$\Sigma = U \operatorname{diag}(\lambda)\, U^\top$$

    $$W_{jk} = \sum_{l=1}^{d} \frac{U_{jl}\, U_{kl}}{\sqrt{\lambda_l + \epsilon}}$$

    $$z = W (x - \mu)$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $\epsilon > 0$, $\Sigma$ (`cov`), $z$ (`return`)

    `x (..., d), X (..., d) -> z (..., d)`

    [Bell & Sejnowski (1997)](https://doi.org/10.1016/S0042-6989%2897%2900121-1)

    >>> zca_whiten([[1, 1], [1, -1]], X=[[3, 3], [-3, -3], [1, -1], [-1, 1]], eps=0).round(12)
    array([[ 0.33333333,  0.33333333],
           [ 1.        , -1.        ]])
    """
    x = _float(x)
    X = _training_set(X, x)
    mu, cov, lam, U = _principal(X)
    W = U / np.sqrt(lam + eps) @ U.T
    return ((x - mu) @ W).astype(x.dtype)


def zca_whiten_grad(x, X, g, eps=1e-5):
    r"""Pass a gradient back to the raw input; the matrix is its own transpose.

    $$\frac{\partial L}{\partial x} = W g$$

    $$\Sigma = U \operatorname{diag}(\lambda)\, U^\top$$

    $$W_{jk} = \sum_{l=1}^{d} \frac{U_{jl}\, U_{kl}}{\sqrt{\lambda_l + \epsilon}}$$

    $x \in \mathbb{R}^{d}$, $X \in \mathbb{R}^{N \times d}$, $\epsilon > 0$, $\Sigma$ (`cov`),
    $g \in \mathbb{R}^{d}$, $g = \partial L / \partial z$

    `x (..., d), X (..., d), g (..., d) -> dx (..., d)`

    [Bell & Sejnowski (1997)](https://doi.org/10.1016/S0042-6989%2897%2900121-1)

    >>> zca_whiten_grad([0, 0], X=[[3, 3], [-3, -3], [1, -1], [-1, 1]], g=[3, 3], eps=0).round(12)
    array([1., 1.])
    """
    x = _float(x)
    mu, cov, lam, U = _principal(_training_set(X, x))
    W = U / np.sqrt(lam + eps) @ U.T
    return (np.broadcast_to(_like(g, x), x.shape) @ W).astype(x.dtype)


# ---- batch_norm
def _per_channel(x, axis=1, **parameters):
    """Parameters with one entry per channel, shaped to broadcast along that axis of x."""
    C, *after = x.shape[axis:]
    for name, p in parameters.items():
        if np.shape(p) != (C,):
            raise ValueError(f"{name} must have one entry for each of {C} channels, got shape {np.shape(p)}")
    return [np.asarray(p, float).reshape(C, *np.ones_like(after)) for p in parameters.values()]


def _several(x, axis):
    """How many values a statistic is taken from; a single one would always become 0."""
    m = np.size(x) // max(np.size(np.min(x, axis)), 1)
    if m < 2:
        raise ValueError(f"cannot normalize a single value, got shape {np.shape(x)} and axes {axis}")
    return m


def batch_norm(x, gamma, beta, eps=1e-5):
    r"""Standardize each channel over the batch, then give it a learned scale and mean; the mode for training.

    $$\mu_c = \frac{1}{m} \sum_{i=1}^{m} x_{ic}$$

    $$\sigma_c^2 = \frac{1}{m} \sum_{i=1}^{m} (x_{ic} - \mu_c)^2$$

    $$\hat x_{ic} = \frac{x_{ic} - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}}$$

    $$y_{ic} = \gamma_c \hat x_{ic} + \beta_c$$

    $x \in \mathbb{R}^{m \times C}$, $\gamma, \beta \in \mathbb{R}^{C}$, $\epsilon > 0$

    `x (N, C, ...), gamma (C), beta (C) -> y (N, C, ...)`

    [Ioffe & Szegedy (2015)](https://arxiv.org/abs/1502.03167)

    >>> batch_norm([[1, 5], [3, 5]], gamma=[2, 1], beta=[10, 7], eps=0.0001).round(3)
    array([[ 8.,  7.],
           [12.,  7.]])
    """
    x = _float(x)
    axes = (0, *range(2, x.ndim))
    _several(x, axes)
    mu, var = x.mean(axes, dtype=float), x.var(axes, dtype=float)
    mu, var, gamma, beta = _per_channel(x, mu=mu, var=var, gamma=gamma, beta=beta)
    x_hat = (x - mu) / np.sqrt(var + eps)
    y = gamma * x_hat + beta
    return y.astype(x.dtype)


def batch_norm_grad(x, gamma, beta, g, eps=1e-5):
    r"""Pass a gradient back through the layer; mean and variance depend on the batch, too.

    $$\frac{\partial L}{\partial \beta_c} = \sum_{i=1}^{m} g_{ic}$$

    $$\frac{\partial L}{\partial \gamma_c} = \sum_{i=1}^{m} g_{ic}\, \hat x_{ic}$$

    $$\frac{\partial L}{\partial x_{ic}} = \frac{\gamma_c}{\sqrt{\sigma_c^2 + \epsilon}} \left( g_{ic}
      - \frac{1}{m} \frac{\partial L}{\partial \beta_c}
      - \frac{1}{m}\, \hat x_{ic} \frac{\partial L}{\partial \gamma_c} \right)$$

    $x \in \mathbb{R}^{m \times C}$, $\gamma, \beta \in \mathbb{R}^{C}$, $\epsilon > 0$,
    $g \in \mathbb{R}^{m \times C}$, $g = \partial L / \partial y$

    `x (N, C, ...), gamma (C), beta (C), g (N, C, ...) -> dx (N, C, ...), dgamma (C), dbeta (C)`

    [Ioffe & Szegedy (2015)](https://arxiv.org/abs/1502.03167)

    >>> dx, dgamma, dbeta = batch_norm_grad([[-1], [-1], [1], [1]], [3], [0], [[4], [0], [0], [0]], eps=0)
    >>> dx.T, dgamma, dbeta
    (array([[ 6., -6.,  0.,  0.]]), array([-4.]), array([4.]))
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    axes = (0, *range(2, x.ndim))
    m = _several(x, axes)
    mu, var = x.mean(axes, dtype=float), x.var(axes, dtype=float)
    mu, var, gamma, beta = _per_channel(x, mu=mu, var=var, gamma=gamma, beta=beta)
    x_hat = (x - mu) / np.sqrt(var + eps)
    dbeta = g.sum(axes, dtype=float)
    dgamma = (g * x_hat).sum(axes)
    mean_g, mean_gx = _per_channel(x, dbeta=dbeta / m, dgamma=dgamma / m)
    dx = gamma / np.sqrt(var + eps) * (g - mean_g - x_hat * mean_gx)
    return tuple(d.astype(x.dtype) for d in (dx, dgamma, dbeta))


def running_statistics(x, mean, var, momentum=0.1):
    r"""Move the stored mean and variance toward those of the batch; the variance here is the unbiased one.

    $$\mu_c = \frac{1}{m} \sum_{i=1}^{m} x_{ic}$$

    $$\bar\mu_c \leftarrow (1 - a)\, \bar\mu_c + a\, \mu_c$$

    $$\bar\sigma_c^2 \leftarrow (1 - a)\, \bar\sigma_c^2 + \frac{a}{m - 1} \sum_{i=1}^{m} (x_{ic} - \mu_c)^2$$

    $x \in \mathbb{R}^{m \times C}$, $\bar\mu \in \mathbb{R}^{C}$ (`mean`),
    $\bar\sigma^2 \in \mathbb{R}^{C}$ (`var`),
    $a \in [0, 1]$ (`momentum`)

    `x (N, C, ...), mean (C), var (C) -> mean (C), var (C)`

    [Ioffe & Szegedy (2015)](https://arxiv.org/abs/1502.03167)

    >>> running_statistics([[2], [4]], mean=[0], var=[1])
    (array([0.3]), array([1.1]))
    """
    x = np.moveaxis(_float(x), 1, -1)
    axes = tuple(range(x.ndim - 1))
    _several(x, axes)
    mean, var = _per_channel(x, -1, mean=mean, var=var)
    mean = (1 - momentum) * mean + momentum * x.mean(axes, dtype=float)
    var = (1 - momentum) * var + momentum * x.var(axes, dtype=float, ddof=1)
    return mean, var


def batch_norm_inference(x, gamma, beta, mean, var, eps=1e-5):
    r"""Apply the layer with stored statistics: one affine map for every sample, whatever is in the batch.

    $$y_{ic} = \gamma_c \frac{x_{ic} - \bar\mu_c}{\sqrt{\bar\sigma_c^2 + \epsilon}} + \beta_c$$

    $x \in \mathbb{R}^{N \times C}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $\bar\mu \in \mathbb{R}^{C}$ (`mean`),
    $\bar\sigma^2 \in \mathbb{R}_{>0}^{C}$ (`var`), $\epsilon > 0$, $y$ (`return`)

    `x (N, C, ...), gamma (C), beta (C), mean (C), var (C) -> y (N, C, ...)`

    [Ioffe & Szegedy (2015)](https://arxiv.org/abs/1502.03167)

    >>> batch_norm_inference([[5], [1]], gamma=[3], beta=[7], mean=[1], var=[4], eps=0)
    array([[13.],
           [ 7.]])
    """
    x = _float(x)
    gamma, beta, mean, var = _per_channel(x, gamma=gamma, beta=beta, mean=mean, var=var)
    return (gamma * (x - mean) / np.sqrt(var + eps) + beta).astype(x.dtype)


def batch_norm_inference_grad(x, gamma, beta, mean, var, g, eps=1e-5):
    r"""Pass a gradient back with stored statistics: they are constants, so each entry of x stands alone.

    $$\hat x_{ic} = \frac{x_{ic} - \bar\mu_c}{\sqrt{\bar\sigma_c^2 + \epsilon}}$$

    $$\frac{\partial L}{\partial x_{ic}} = \frac{\gamma_c\, g_{ic}}{\sqrt{\bar\sigma_c^2 + \epsilon}}$$

    $$\frac{\partial L}{\partial \gamma_c} = \sum_{i=1}^{N} g_{ic}\, \hat x_{ic}$$

    $$\frac{\partial L}{\partial \beta_c} = \sum_{i=1}^{N} g_{ic}$$

    $x \in \mathbb{R}^{N \times C}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $\bar\mu \in \mathbb{R}^{C}$ (`mean`),
    $\bar\sigma^2 \in \mathbb{R}_{>0}^{C}$ (`var`), $\epsilon > 0$, $g \in \mathbb{R}^{N \times C}$,
    $g = \partial L / \partial y$

    `x (N, C, ...), …, g (N, C, ...) -> dx (N, C, ...), dgamma (C), dbeta (C)`

    [Ioffe & Szegedy (2015)](https://arxiv.org/abs/1502.03167)

    >>> dx, dgamma, dbeta = batch_norm_inference_grad([[5], [1]], [3], [7], [1], [4], [[10], [1]], eps=0)
    >>> dx.T, dgamma, dbeta
    (array([[15. ,  1.5]]), array([20.]), array([11.]))
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    gamma, beta, mean, var = _per_channel(x, gamma=gamma, beta=beta, mean=mean, var=var)
    axes = (0, *range(2, x.ndim))
    x_hat = (x - mean) / np.sqrt(var + eps)
    dx = gamma * g / np.sqrt(var + eps)
    dgamma = (g * x_hat).sum(axes)
    dbeta = g.sum(axes, dtype=float)
    return tuple(d.astype(x.dtype) for d in (dx, dgamma, dbeta))


def _by_output(W, gamma):
    """Weights with a row for each output channel; those of a transposed convolution start with the inputs."""
    W = _float(W)
    if W.ndim < 2 or len(W) != np.size(gamma):
        raise ValueError(f"W must have its {np.size(gamma)} output channels first, got shape {W.shape}")
    return W


def fold_batch_norm(W, b, gamma, beta, mean, var, eps=1e-5):
    r"""Merge the layer, as used at inference, into the linear layer or ordinary convolution in front of it.

    $$\tilde W_{ck} = \frac{\gamma_c}{\sqrt{\bar\sigma_c^2 + \epsilon}} W_{ck}$$

    $$\tilde b_c = \frac{\gamma_c}{\sqrt{\bar\sigma_c^2 + \epsilon}} (b_c - \bar\mu_c) + \beta_c$$

    $W \in \mathbb{R}^{C \times n}$, $b, \gamma, \beta \in \mathbb{R}^{C}$,
    $\bar\mu \in \mathbb{R}^{C}$ (`mean`),
    $\bar\sigma^2 \in \mathbb{R}_{>0}^{C}$ (`var`), $\epsilon > 0$,
    $\tilde W$ (`return[0]`), $\tilde b$ (`return[1]`)

    `W (C, ...), b (C), gamma (C), beta (C), mean (C), var (C) -> W (C, ...), b (C)`

    [Jacob et al. (2018), section 3.2](https://arxiv.org/abs/1712.05877)

    >>> fold_batch_norm([[1, 2]], [4], gamma=[6], beta=[5], mean=[1], var=[4], eps=0)
    (array([[3., 6.]]), array([14.]))
    """
    W = _by_output(W, gamma)
    b, gamma, beta, mean, var = _per_channel(W.T, -1, b=b, gamma=gamma, beta=beta, mean=mean, var=var)
    s = gamma / np.sqrt(var + eps)
    return (s * W.T).T.astype(W.dtype), (s * (b - mean) + beta).astype(W.dtype)


def fold_batch_norm_grad(W, b, gamma, beta, mean, var, g_W, g_b, eps=1e-5):
    r"""Pass gradients back from the merged layer, as training for quantization does.

    $$s_c = \frac{\gamma_c}{\sqrt{\bar\sigma_c^2 + \epsilon}}$$

    $$\frac{\partial L}{\partial W_{ck}} = s_c\, G_{ck}$$

    $$\frac{\partial L}{\partial b_c} = s_c\, h_c$$

    $$\frac{\partial L}{\partial \gamma_c}
      = \frac{h_c (b_c - \bar\mu_c) + \sum_{k=1}^{n} G_{ck} W_{ck}}{\sqrt{\bar\sigma_c^2 + \epsilon}}$$

    $$\frac{\partial L}{\partial \beta_c} = h_c$$

    $W \in \mathbb{R}^{C \times n}$, $b, \gamma, \beta \in \mathbb{R}^{C}$,
    $\bar\mu \in \mathbb{R}^{C}$ (`mean`),
    $\bar\sigma^2 \in \mathbb{R}_{>0}^{C}$ (`var`), $\epsilon > 0$, $G \in \mathbb{R}^{C \times n}$ (`g_W`),
    $h \in \mathbb{R}^{C}$ (`g_b`), $G = \partial L / \partial \tilde W$, $h = \partial L / \partial \tilde b$

    `W (C, ...), …, g_W (C, ...), g_b (C) -> dW (C, ...), db (C), dgamma (C), dbeta (C)`

    [Jacob et al. (2018), section 3.2](https://arxiv.org/abs/1712.05877)

    >>> dW, db, dgamma, dbeta = fold_batch_norm_grad([[1, 2]], [4], [6], [5], [1], [4], [[1, 0]], [1], eps=0)
    >>> dW, db, dgamma, dbeta
    (array([[3., 0.]]), array([3.]), array([2.]), array([1.]))
    """
    W = _by_output(W, gamma)
    g_W = np.broadcast_to(_like(g_W, W), W.shape)
    b, gamma, beta, mean, var = _per_channel(W.T, -1, b=b, gamma=gamma, beta=beta, mean=mean, var=var)
    g_b = np.broadcast_to(_like(g_b, b), b.shape)
    s = gamma / np.sqrt(var + eps)
    dW = (s * g_W.T).T
    db = s * g_b
    per_weight = np.multiply(g_W, W, dtype=float).reshape(len(W), -1)
    dgamma = (g_b * (b - mean) + per_weight.sum(1)) / np.sqrt(var + eps)
    dbeta = g_b
    return tuple(d.astype(W.dtype) for d in (dW, db, dgamma, dbeta))


# ---- layer_norm
def normalize(x, axis=-1, eps=1e-5):
    r"""Give the values along the chosen axes mean 0 and variance 1; which axes these are makes the method.

    $$\mu = \frac{1}{m} \sum_{i=1}^{m} x_i$$

    $$\sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2$$

    $$\hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$

    $x \in \mathbb{R}^{m}$, $\epsilon > 0$, $\hat x$ (`return`)

    `x (...) -> x_hat (...)`

    [Wu & He (2018)](https://arxiv.org/abs/1803.08494)

    >>> normalize([[1, 3], [5, 9]], axis=-1, eps=0)
    array([[-1.,  1.],
           [-1.,  1.]])
    >>> normalize([[1, 3], [5, 9]], axis=0, eps=0)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x = _float(x)
    _several(x, axis)
    mu, var = x.mean(axis, dtype=float, keepdims=True), x.var(axis, dtype=float, keepdims=True)
    return ((x - mu) / np.sqrt(var + eps)).astype(x.dtype)


def normalize_grad(x, g, axis=-1, eps=1e-5):
    r"""Pass a gradient back: what would only move the mean or stretch the values is taken out.

    $$\frac{\partial L}{\partial x_i} = \frac{1}{\sqrt{\sigma^2 + \epsilon}} \left( g_i
      - \frac{1}{m} \sum_{j=1}^{m} g_j - \frac{\hat x_i}{m} \sum_{j=1}^{m} g_j\, \hat x_j \right)$$

    $x, g \in \mathbb{R}^{m}$, $\epsilon > 0$, $\sigma^2$ (`var`), $g = \partial L / \partial \hat x$

    `x (...), g (...) -> dx (...)`

    [Ba, Kiros & Hinton (2016)](https://arxiv.org/abs/1607.06450)

    >>> normalize_grad([-1, -1, 1, 1], [4, 0, 0, 0], eps=0)
    array([ 2., -2.,  0.,  0.])
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    x_hat = normalize(x.astype(float), axis, eps)
    var = x.var(axis, dtype=float, keepdims=True)
    mean_g, mean_gx = (v.mean(axis, dtype=float, keepdims=True) for v in (g, g * x_hat))
    return ((g - mean_g - x_hat * mean_gx) / np.sqrt(var + eps)).astype(x.dtype)


def _last_axes(x, **parameters):
    """Parameters of the shape of the last axes of x, and these axes."""
    shape = np.shape(next(iter(parameters.values())))
    for name, p in parameters.items():
        if not shape or np.shape(p) != shape or shape != x.shape[-len(shape) :]:
            raise ValueError(f"{name} must have the shape of x's last axes, got {np.shape(p)} and {x.shape}")
    return *(np.asarray(p, float) for p in parameters.values()), tuple(range(-len(shape), 0))


def layer_norm(x, gamma, beta, eps=1e-5):
    r"""Standardize the features of each sample, then scale and shift every feature.

    $$\mu = \frac{1}{d} \sum_{i=1}^{d} x_i$$

    $$\sigma^2 = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2$$

    $$y_i = \gamma_i \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_i$$

    $x, \gamma, \beta \in \mathbb{R}^{d}$, $\epsilon > 0$, $y$ (`return`)

    `x (..., d), gamma (d), beta (d) -> y (..., d)`

    [Ba, Kiros & Hinton (2016)](https://arxiv.org/abs/1607.06450)

    >>> layer_norm([[1, 3], [50, 90]], gamma=[1, 2], beta=[0, 10], eps=0)
    array([[-1., 12.],
           [-1., 12.]])
    """
    x = _float(x)
    gamma, beta, axes = _last_axes(x, gamma=gamma, beta=beta)
    return (gamma * normalize(x.astype(float), axes, eps) + beta).astype(x.dtype)


def layer_norm_grad(x, gamma, beta, g, eps=1e-5):
    r"""Pass a gradient back to the features and to their scales and shifts.

    $$\sigma^2 = \frac{1}{d} \sum_{i=1}^{d} \left( x_i - \frac{1}{d} \sum_{j=1}^{d} x_j \right)^2$$

    $$\hat g_i = \gamma_i\, g_i$$

    $$\frac{\partial L}{\partial x_i} = \frac{1}{\sqrt{\sigma^2 + \epsilon}} \left( \hat g_i
      - \frac{1}{d} \sum_{j=1}^{d} \hat g_j - \frac{\hat x_i}{d} \sum_{j=1}^{d} \hat g_j\, \hat x_j \right)$$

    $$\frac{\partial L}{\partial \gamma_i} = g_i\, \hat x_i$$

    $$\frac{\partial L}{\partial \beta_i} = g_i$$

    $x, \gamma, \beta, g \in \mathbb{R}^{d}$, $\epsilon > 0$, $g = \partial L / \partial y$

    `x (..., d), gamma (d), beta (d), g (..., d) -> dx (..., d), dgamma (d), dbeta (d)`

    [Ba, Kiros & Hinton (2016)](https://arxiv.org/abs/1607.06450)

    >>> dx, dgamma, dbeta = layer_norm_grad([-1, -1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0], [4, 0, 0, 0], eps=0)
    >>> dx, dgamma
    (array([ 2., -2.,  0.,  0.]), array([-4.,  0.,  0.,  0.]))
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    gamma, beta, axes = _last_axes(x, gamma=gamma, beta=beta)
    x_hat = normalize(x.astype(float), axes, eps)
    batch = tuple(range(x.ndim - gamma.ndim))
    dx = normalize_grad(x.astype(float), gamma * g, axes, eps)
    dgamma = (g * x_hat).sum(batch)
    dbeta = g.sum(batch, dtype=float)
    return tuple(d.astype(x.dtype) for d in (dx, dgamma, dbeta))


def instance_norm(x, gamma, beta, eps=1e-5):
    r"""Standardize each channel of each sample over its positions.

    $$\mu_{nc} = \frac{1}{m} \sum_{i=1}^{m} x_{nci}$$

    $$\sigma_{nc}^2 = \frac{1}{m} \sum_{i=1}^{m} (x_{nci} - \mu_{nc})^2$$

    $$y_{nci} = \gamma_c \frac{x_{nci} - \mu_{nc}}{\sqrt{\sigma_{nc}^2 + \epsilon}} + \beta_c$$

    $x \in \mathbb{R}^{N \times C \times m}$, $\gamma, \beta \in \mathbb{R}^{C}$, $\epsilon > 0$,
    $y$ (`return`)

    `x (N, C, ...), gamma (C), beta (C) -> y (N, C, ...)`

    [Ulyanov, Vedaldi & Lempitsky (2016)](https://arxiv.org/abs/1607.08022)

    >>> instance_norm([[[1, 3], [50, 90]]], gamma=[1, 2], beta=[0, 10], eps=0)
    array([[[-1.,  1.],
            [ 8., 12.]]])
    """
    return group_norm(x, gamma, beta, len(gamma), eps)


def instance_norm_grad(x, gamma, beta, g, eps=1e-5):
    r"""Pass a gradient back; each channel of each sample by itself.

    $$\mu_{nc} = \frac{1}{m} \sum_{i=1}^{m} x_{nci}$$

    $$\sigma_{nc}^2 = \frac{1}{m} \sum_{i=1}^{m} (x_{nci} - \mu_{nc})^2$$

    $$\hat x_{nci} = \frac{x_{nci} - \mu_{nc}}{\sqrt{\sigma_{nc}^2 + \epsilon}}$$

    $$\frac{\partial L}{\partial x_{nci}} = \frac{\gamma_c}{\sqrt{\sigma_{nc}^2 + \epsilon}} \left( g_{nci}
      - \frac{1}{m} \sum_{j=1}^{m} g_{ncj} - \frac{\hat x_{nci}}{m}
      \sum_{j=1}^{m} g_{ncj}\, \hat x_{ncj} \right)$$

    $$\frac{\partial L}{\partial \gamma_c} = \sum_{n=1}^{N} \sum_{i=1}^{m} g_{nci}\, \hat x_{nci}$$

    $$\frac{\partial L}{\partial \beta_c} = \sum_{n=1}^{N} \sum_{i=1}^{m} g_{nci}$$

    $x, g \in \mathbb{R}^{N \times C \times m}$, $\gamma, \beta \in \mathbb{R}^{C}$, $\epsilon > 0$,
    $g = \partial L / \partial y$

    `x (N, C, ...), gamma (C), beta (C), g (N, C, ...) -> dx (N, C, ...), dgamma (C), dbeta (C)`

    [Ulyanov, Vedaldi & Lempitsky (2016)](https://arxiv.org/abs/1607.08022)

    >>> dx, dgamma, dbeta = instance_norm_grad([[[-1, -1, 1, 1]]], [3], [0], [[[4, 0, 0, 0]]], eps=0)
    >>> dx, dgamma, dbeta
    (array([[[ 6., -6.,  0.,  0.]]]), array([-4.]), array([4.]))
    """
    dx, dgamma, dbeta = group_norm_grad(x, gamma, beta, g, len(gamma), eps)
    return dx, dgamma, dbeta


def _grouped(x, groups):
    """(N, C, ...) -> (N, groups, all values of a group)."""
    if x.shape[1] % groups:
        raise ValueError(f"groups must divide the number of channels, got {groups} and {x.shape[1]}")
    return x.reshape(len(x), groups, -1)


def group_norm(x, gamma, beta, groups=32, eps=1e-5):
    r"""Standardize each group of neighboring channels of each sample, over its channels and positions.

    $$\mu_{nk} = \frac{1}{m} \sum_{i=1}^{m} z_{nki}$$

    $$\sigma_{nk}^2 = \frac{1}{m} \sum_{i=1}^{m} (z_{nki} - \mu_{nk})^2$$

    $$\hat z_{nki} = \frac{z_{nki} - \mu_{nk}}{\sqrt{\sigma_{nk}^2 + \epsilon}}$$

    $$y_{nci} = \gamma_c \hat x_{nci} + \beta_c$$

    $x \in \mathbb{R}^{N \times C \times s}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $G \in \mathbb{N}$ (`groups`), $G \mid C$,
    $\epsilon > 0$, $m = \frac{C s}{G}$, $y$ (`return`)

    `x (N, C, ...), gamma (C), beta (C) -> y (N, C, ...)`

    [Wu & He (2018)](https://arxiv.org/abs/1803.08494)

    >>> group_norm([[1, 3, 50, 90]], gamma=[1, 1, 1, 2], beta=[0, 0, 0, 10], groups=2, eps=0)
    array([[-1.,  1., -1., 12.]])
    """
    x = _float(x)
    gamma, beta = _per_channel(x, gamma=gamma, beta=beta)
    z = _grouped(x.astype(float), groups)
    z_hat = normalize(z, -1, eps)
    x_hat = z_hat.reshape(x.shape)
    return (gamma * x_hat + beta).astype(x.dtype)


def group_norm_grad(x, gamma, beta, g, groups=32, eps=1e-5):
    r"""Pass a gradient back; each group of each sample by itself.

    $$\frac{\partial L}{\partial z_{nki}} = \frac{1}{\sqrt{\sigma_{nk}^2 + \epsilon}} \left( h_{nki}
      - \frac{1}{m} \sum_{j=1}^{m} h_{nkj} - \frac{\hat z_{nki}}{m}
      \sum_{j=1}^{m} h_{nkj}\, \hat z_{nkj} \right)$$

    $$\frac{\partial L}{\partial \gamma_c} = \sum_{n=1}^{N} \sum_{i=1}^{s} g_{nci}\, \hat x_{nci}$$

    $$\frac{\partial L}{\partial \beta_c} = \sum_{n=1}^{N} \sum_{i=1}^{s} g_{nci}$$

    $x, g \in \mathbb{R}^{N \times C \times s}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $G \in \mathbb{N}$ (`groups`), $G \mid C$,
    $\epsilon > 0$, $m = \frac{C s}{G}$, $g = \partial L / \partial y$

    `x (N, C, ...), gamma (C), beta (C), g (N, C, ...) -> dx (N, C, ...), dgamma (C), dbeta (C)`

    [Wu & He (2018)](https://arxiv.org/abs/1803.08494)

    >>> x, g = [[-1, -1, 1, 1]], [[4, 0, 0, 0]]
    >>> dx, dgamma, dbeta = group_norm_grad(x, [1] * 4, [0] * 4, g, groups=1, eps=0)
    >>> dx, dgamma
    (array([[ 2., -2.,  0.,  0.]]), array([-4.,  0.,  0.,  0.]))
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    gamma, beta = _per_channel(x, gamma=gamma, beta=beta)
    z, h = _grouped(x.astype(float), groups), _grouped(gamma * g, groups)
    var = z.var(-1)
    z_hat = normalize(z, -1, eps)
    x_hat = z_hat.reshape(x.shape)
    dz = normalize_grad(z, h, -1, eps)
    dx = dz.reshape(x.shape)
    axes = (0, *range(2, x.ndim))
    dgamma = (g * x_hat).sum(axes)
    dbeta = g.sum(axes, dtype=float)
    return tuple(d.astype(x.dtype) for d in (dx, dgamma, dbeta))


def _mixtures(x, lam, kappa):
    """Weights, means and variances of IN, LN and BN for x (N, C, m); the last two follow from the first."""
    mu, var = x.mean(2, dtype=float), x.var(2, dtype=float)
    mus = [mu.mean(axis, keepdims=True) for axis in ((), 1, 0)]
    variances = [(var + (mu - mus[k]) ** 2).mean(axis, keepdims=True) for k, axis in enumerate(((), 1, 0))]
    return softmax(np.asarray(lam, float)), softmax(np.asarray(kappa, float)), mus, variances


def switchable_norm(x, gamma, beta, lam, kappa, eps=1e-5):
    r"""Normalize with learned mixtures of the statistics over positions (IN), a sample (LN), a channel (BN).

    $$\mu^{\mathrm{IN}}_{nc} = \frac{1}{m} \sum_{i=1}^{m} x_{nci}$$

    $$s^{\mathrm{IN}}_{nc} = \frac{1}{m} \sum_{i=1}^{m} (x_{nci} - \mu^{\mathrm{IN}}_{nc})^2$$

    $$\mu^{\mathrm{LN}}_{n} = \frac{1}{C} \sum_{c=1}^{C} \mu^{\mathrm{IN}}_{nc}$$

    $$s^{\mathrm{LN}}_{n} = \frac{1}{C} \sum_{c=1}^{C}
      \left( s^{\mathrm{IN}}_{nc} + (\mu^{\mathrm{IN}}_{nc} - \mu^{\mathrm{LN}}_{n})^2 \right)$$

    $$\mu^{\mathrm{BN}}_{c} = \frac{1}{N} \sum_{n=1}^{N} \mu^{\mathrm{IN}}_{nc}$$

    $$s^{\mathrm{BN}}_{c} = \frac{1}{N} \sum_{n=1}^{N}
      \left( s^{\mathrm{IN}}_{nc} + (\mu^{\mathrm{IN}}_{nc} - \mu^{\mathrm{BN}}_{c})^2 \right)$$

    $$w = \operatorname{softmax}(\lambda), \quad v = \operatorname{softmax}(\kappa)$$

    $$\mu_{nc} = w_1\, \mu^{\mathrm{IN}}_{nc} + w_2\, \mu^{\mathrm{LN}}_{n} + w_3\, \mu^{\mathrm{BN}}_{c}$$

    $$\sigma^2_{nc} = v_1\, s^{\mathrm{IN}}_{nc} + v_2\, s^{\mathrm{LN}}_{n} + v_3\, s^{\mathrm{BN}}_{c}$$

    $$y_{nci} = \gamma_c \frac{x_{nci} - \mu_{nc}}{\sqrt{\sigma_{nc}^2 + \epsilon}} + \beta_c$$

    $x \in \mathbb{R}^{N \times C \times m}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $\lambda, \kappa \in \mathbb{R}^{3}$,
    $\epsilon > 0$, $y$ (`return`)

    `x (N, C, ...), gamma (C), beta (C), lam (3), kappa (3) -> y (N, C, ...)`

    [Luo et al. (2019)](https://arxiv.org/abs/1806.10779)

    >>> x = [[[1, 3], [50, 90]]]
    >>> switchable_norm(x, [1, 1], [0, 0], lam=[99, 0, 0], kappa=[99, 0, 0], eps=0).round(6)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    x = _float(x)
    z = x.reshape(*x.shape[:2], -1)
    gamma, beta = _per_channel(z, gamma=gamma, beta=beta)
    w, v, mus, variances = _mixtures(z, lam, kappa)
    mu = sum(a * b for a, b in zip(w, mus, strict=True))
    var = sum(a * b for a, b in zip(v, variances, strict=True))
    z_hat = (z - mu[..., None]) / np.sqrt(var + eps)[..., None]
    return (gamma * z_hat + beta).reshape(x.shape).astype(x.dtype)


def switchable_norm_grad(x, gamma, beta, lam, kappa, g, eps=1e-5):
    r"""Pass a gradient back to values and scales, and through both softmaxes to the logits of the mixtures.

    $$h_{nci} = \gamma_c\, g_{nci}, \quad
      \hat x_{nci} = \frac{x_{nci} - \mu_{nc}}{\sqrt{\sigma_{nc}^2 + \epsilon}}$$

    $$a_{nc} = -\frac{1}{\sqrt{\sigma_{nc}^2 + \epsilon}} \sum_{i=1}^{m} h_{nci}, \quad
      b_{nc} = -\frac{1}{2\,(\sigma_{nc}^2 + \epsilon)} \sum_{i=1}^{m} h_{nci}\, \hat x_{nci}$$

    $$\mu^{\mathrm{IN}}_{nc} = \frac{1}{m} \sum_{i=1}^{m} x_{nci}, \quad
      \mu^{\mathrm{LN}}_{n} = \frac{1}{C} \sum_{c=1}^{C} \mu^{\mathrm{IN}}_{nc}, \quad
      \mu^{\mathrm{BN}}_{c} = \frac{1}{N} \sum_{n=1}^{N} \mu^{\mathrm{IN}}_{nc}$$

    $$\begin{aligned}
      \frac{\partial L}{\partial x_{nci}} = \frac{h_{nci}}{\sqrt{\sigma_{nc}^2 + \epsilon}}
      &+ \frac{1}{m} \left( w_1\, a_{nc} + \frac{w_2}{C} \sum_{k=1}^{C} a_{nk}
      + \frac{w_3}{N} \sum_{k=1}^{N} a_{kc} \right) \\
      &+ \frac{2}{m}\, v_1\, b_{nc}\, (x_{nci} - \mu^{\mathrm{IN}}_{nc}) \\
      &+ \frac{2}{m} \frac{v_2}{C} (x_{nci} - \mu^{\mathrm{LN}}_{n}) \sum_{k=1}^{C} b_{nk} \\
      &+ \frac{2}{m} \frac{v_3}{N} (x_{nci} - \mu^{\mathrm{BN}}_{c}) \sum_{k=1}^{N} b_{kc} \end{aligned}$$

    $$\frac{\partial L}{\partial \gamma_c} = \sum_{n=1}^{N} \sum_{i=1}^{m} g_{nci}\, \hat x_{nci}, \quad
      \frac{\partial L}{\partial \beta_c} = \sum_{n=1}^{N} \sum_{i=1}^{m} g_{nci}$$

    $x, g \in \mathbb{R}^{N \times C \times m}$, $\gamma, \beta \in \mathbb{R}^{C}$,
    $\lambda, \kappa \in \mathbb{R}^{3}$,
    $\epsilon > 0$, $a$ (`dmu`), $b$ (`dvar`), $g = \partial L / \partial y$

    `x (N, C, ...), …, g (N, C, ...) -> dx (N, C, ...), dgamma (C), dbeta (C), dlam (3), dkappa (3)`

    [Luo et al. (2019)](https://arxiv.org/abs/1806.10779)

    >>> x, g = [[[-1, -1, 1, 1]]], [[[4, 0, 0, 0]]]
    >>> dx, dgamma, dbeta, dlam, dkappa = switchable_norm_grad(x, [3], [0], [0, 0, 0], [0, 0, 0], g, eps=0)
    >>> dx.round(12), dgamma, dbeta
    (array([[[ 6., -6.,  0.,  0.]]]), array([-4.]), array([4.]))
    """
    x = _float(x)
    z = x.reshape(*x.shape[:2], -1)
    gamma, beta = _per_channel(z, gamma=gamma, beta=beta)
    g = np.broadcast_to(_like(g, x), x.shape).reshape(z.shape)
    w, v, mus, variances = _mixtures(z, lam, kappa)
    mu = sum(a * b for a, b in zip(w, mus, strict=True))
    var = sum(a * b for a, b in zip(v, variances, strict=True))
    x_hat = (z - mu[..., None]) / np.sqrt(var + eps)[..., None]
    h = gamma * g
    dmu = -h.sum(2) / np.sqrt(var + eps)
    dvar = -(h * x_hat).sum(2) / (2 * (var + eps))
    dx = h / np.sqrt(var + eps)[..., None]
    for k, axis in enumerate(((), 1, 0)):  # each entry has its share in three means and three variances
        dmu_k, dvar_k = (w[k] * dmu.mean(axis, keepdims=True), v[k] * dvar.mean(axis, keepdims=True))
        dx = dx + (dmu_k[..., None] + 2 * dvar_k[..., None] * (z - mus[k][..., None])) / z.shape[2]
    dgamma = (g * x_hat).sum((0, 2))
    dbeta = g.sum((0, 2), dtype=float)
    dlam = softmax_grad(np.asarray(lam, float), np.array([(dmu * m).sum() for m in mus]))
    dkappa = softmax_grad(np.asarray(kappa, float), np.array([(dvar * s).sum() for s in variances]))
    return tuple(d.astype(x.dtype) for d in (dx.reshape(x.shape), dgamma, dbeta, dlam, dkappa))


def _direction(v):
    """The unit vector along v. In units of its largest entry no square under- or overflows."""
    largest = np.abs(v).max()
    if largest == 0:
        raise ValueError("the power iteration has no direction to follow: W or its product with u is 0")
    v = v / largest
    return v / np.linalg.norm(v)


def power_iteration(W, u, steps=1):
    r"""Approach the first pair of singular vectors of a matrix; u is kept from one training step to the next.

    $$v = \frac{W^\top u}{\lVert W^\top u \rVert}$$

    $$u_t = \frac{W v}{\lVert W v \rVert}$$

    $W \in \mathbb{R}^{m \times n}$, $u \in \mathbb{R}^{m}$

    `W (m, n), u (m) -> u (m), v (n)`

    [Miyato et al. (2018), algorithm 1](https://arxiv.org/abs/1802.05957)

    >>> u, v = power_iteration([[3, 0], [0, 1]], [1, 1], steps=20)
    >>> u.round(6), v.round(6)
    (array([1., 0.]), array([1., 0.]))
    """
    W, u = _float(W), np.asarray(u, float)
    if steps < 1:
        raise ValueError(f"the power iteration needs at least one step, got {steps}")
    for _ in range(steps):
        v = _direction(W.T @ u)
        u = _direction(W @ v)
    return u.astype(W.dtype), v.astype(W.dtype)


def spectral_norm(W, u, v):
    r"""Divide a weight matrix by its largest singular value, as u and v from the power iteration estimate it.

    $$\sigma = u^\top W v$$

    $$\bar W = \frac{W}{\sigma}$$

    $W \in \mathbb{R}^{m \times n}$, $u \in \mathbb{R}^{m}$, $v \in \mathbb{R}^{n}$, $\bar W$ (`return`)

    `W (m, n), u (m), v (n) -> W (m, n)`

    [Miyato et al. (2018)](https://arxiv.org/abs/1802.05957)

    >>> spectral_norm([[4, 0], [0, 1]], u=[1, 0], v=[1, 0])
    array([[1.  , 0.  ],
           [0.  , 0.25]])
    """
    W, u, v = _float(W), np.asarray(u, float), np.asarray(v, float)
    sigma = u @ W @ v
    return (W / sigma).astype(W.dtype)


def spectral_norm_grad(W, u, v, g):
    r"""Pass a gradient back to the raw weights, with u and v as constants: what only stretches is taken out.

    $$\frac{\partial L}{\partial W_{ij}} = \frac{1}{\sigma} \left( g_{ij}
      - u_i v_j \sum_{k=1}^{m} \sum_{l=1}^{n} g_{kl} \frac{W_{kl}}{\sigma} \right)$$

    $W, g \in \mathbb{R}^{m \times n}$, $u \in \mathbb{R}^{m}$, $v \in \mathbb{R}^{n}$,
    $g = \partial L / \partial \bar W$

    `W (m, n), u (m), v (n), g (m, n) -> dW (m, n)`

    [Miyato et al. (2018)](https://arxiv.org/abs/1802.05957)

    >>> spectral_norm_grad([[4, 0], [0, 1]], [1, 0], [1, 0], g=[[8, 0], [0, 4]])
    array([[-0.25,  0.  ],
           [ 0.  ,  1.  ]])
    """
    W, u, v = _float(W), np.asarray(u, float), np.asarray(v, float)
    g = np.broadcast_to(_like(g, W), W.shape)
    sigma = u @ W @ v
    dW = (g - np.outer(u, v) * (g * (W / sigma)).sum()) / sigma
    return dW.astype(W.dtype)


# ---- rms_norm
def rms_norm(x, gamma, eps=1e-6):
    r"""Divide the features by their root mean square, then scale every feature.

    $$r = \sqrt{\frac{1}{d} \sum_{i=1}^{d} x_i^2 + \epsilon}$$

    $$y_i = \gamma_i \frac{x_i}{r}$$

    $x, \gamma \in \mathbb{R}^{d}$, $\epsilon > 0$, $y$ (`return`)

    `x (..., d), gamma (d) -> y (..., d)`

    [Zhang & Sennrich (2019)](https://arxiv.org/abs/1910.07467)

    >>> rms_norm([1, 7], gamma=[1, 2], eps=0)
    array([0.2, 2.8])
    >>> rms_norm(np.float16([300, 300]), gamma=[1, 1])
    array([1., 1.], dtype=float16)
    """
    x = _float(x)
    gamma, axes = _last_axes(x, gamma=gamma)
    r = np.sqrt(np.mean(np.square(x, dtype=float), axes, keepdims=True) + eps)
    return (gamma * x / r).astype(x.dtype)


def rms_norm_grad(x, gamma, g, eps=1e-6):
    r"""Pass a gradient back: what would only stretch the vector is taken out.

    $$\hat x_i = \frac{x_i}{r}$$

    $$\frac{\partial L}{\partial x_i}
      = \frac{1}{r} \left( \gamma_i\, g_i
      - \frac{\hat x_i}{d} \sum_{j=1}^{d} \gamma_j\, g_j\, \hat x_j \right)$$

    $$\frac{\partial L}{\partial \gamma_i} = g_i\, \hat x_i$$

    $x, \gamma, g \in \mathbb{R}^{d}$, $\epsilon > 0$, $g = \partial L / \partial y$

    `x (..., d), gamma (d), g (..., d) -> dx (..., d), dgamma (d)`

    [Zhang & Sennrich (2019)](https://arxiv.org/abs/1910.07467)

    >>> rms_norm_grad([1, 7], [1, 1], [0, 5], eps=0)
    (array([-0.14,  0.02]), array([0., 7.]))
    """
    x = _float(x)
    g = np.broadcast_to(_like(g, x), x.shape)
    gamma, axes = _last_axes(x, gamma=gamma)
    r = np.sqrt(np.mean(np.square(x, dtype=float), axes, keepdims=True) + eps)
    x_hat = x / r
    dx = (gamma * g - x_hat * (gamma * g * x_hat).mean(axes, keepdims=True)) / r
    dgamma = (g * x_hat).sum(tuple(range(x.ndim - gamma.ndim)))
    return dx.astype(x.dtype), dgamma.astype(x.dtype)
