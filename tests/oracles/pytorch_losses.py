"""What PyTorch computes for the losses.

    python -m tests.oracles.autograd losses      # where PyTorch is installed; rewrites losses.json
"""

import numpy as np

from .autograd import case, numbers


def _positive(seed, *shape):
    return np.round(np.random.default_rng(seed).uniform(0.2, 4, shape), 2)


def _distributions(seed, rows, K=4, zero=False):
    """Distributions in 1/32, exact in binary."""
    p = np.random.default_rng(seed).multinomial(32 - K, np.full(K, 1 / K), rows) + 1
    if zero:
        p[:, 0] += p[:, 1]
        p[:, 1] = 0
    return p / 32


def _each(name):
    """A loss of torch.nn.functional for each sample."""
    return lambda torch, *v, **options: getattr(torch.nn.functional, name)(*v, reduction="none", **options)


def _kl(torch, p, q):
    return torch.nn.functional.kl_div(q.log(), p, reduction="none").sum(-1)


def _gaussian_kl(torch, mu, sigma, m, s):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, sigma), normal(m, s))


def _objective(torch, y_hat, y, w, lam):
    return torch.nn.functional.mse_loss(y_hat, y) + lam * torch.linalg.vector_norm(w) ** 2


LOGITS = [-1000, -300, -88, -37, -20, -3, -0.5, 0, 1e-8, 0.5, 3, 20, 37, 88, 300, 1000]
BINARY = {"z": np.tile(LOGITS, 3), "y": np.repeat([0, 1, 0.25], 16)}
Z = [*numbers(0, 6, 4, scale=3), [1000.0, 0.0, -1000.0, 3.0], [-800.0, -1.0, -2.0, -3.0]]
TARGETS = [*np.eye(4)[[0, 1, 2, 3, 0, 1, 1, 0]], *_distributions(17, 8)]
CLASSES = {"z": np.array(Z + Z), "y": np.array(TARGETS)}
PAIR = {"y_hat": numbers(1, 9, scale=3), "y": numbers(2, 9, scale=3)}

CASES = {
    "squared_error": case(_each("mse_loss"), fixed="y", **PAIR),
    "absolute_error": case(_each("l1_loss"), fixed="y", **PAIR),
    "huber": case(_each("huber_loss"), {"delta": 1.5}, fixed="y", **PAIR),
    "objective": case(_objective, {"lam": 0.25}, fixed="y", **PAIR, w=numbers(3, 5, scale=3)),
    "gaussian_nll": case(
        lambda torch, *inputs: _each("gaussian_nll_loss")(torch, *inputs, full=True),
        fixed="y", **PAIR, var=_positive(4, 9),
    ),
    "laplace_nll": case(
        lambda torch, y_hat, y, b: -torch.distributions.Laplace(y_hat, b).log_prob(y),
        fixed="y", **PAIR, b=_positive(5, 9),
    ),
    "cross_entropy": case(
        lambda torch, p, q: -torch.special.xlogy(p, q).sum(-1),
        fixed="p", p=_distributions(6, 5, zero=True), q=_distributions(7, 5),
    ),
    "entropy": case(lambda torch, p: torch.special.entr(p).sum(-1), p=_distributions(8, 5)),
    "kl_divergence": case(_kl, fixed="p", p=_distributions(9, 5, zero=True), q=_distributions(10, 5)),
    "js_divergence": case(
        lambda torch, p, q: (_kl(torch, p, (p + q) / 2) + _kl(torch, q, (p + q) / 2)) / 2,
        fixed="p", p=_distributions(11, 5, zero=True), q=_distributions(12, 5),
    ),
    "gaussian_kl": case(
        _gaussian_kl,
        mu=numbers(13, 7, scale=3), sigma=_positive(14, 7), m=numbers(15, 7, scale=3), s=_positive(16, 7),
    ),
    "binary_cross_entropy": case(_each("binary_cross_entropy_with_logits"), fixed="y", **BINARY),
    "softmax_cross_entropy": case(_each("cross_entropy"), fixed="y", **CLASSES),
    "sigmoid_squared_error": case(lambda torch, z, y: (torch.sigmoid(z) - y) ** 2 / 2, fixed="y", **BINARY),
    "softmax_squared_error": case(
        lambda torch, z, y: _each("mse_loss")(torch, z.softmax(-1), y).sum(-1) / 2, fixed="y", **CLASSES
    ),
}  # fmt: skip


# ---- focal_loss, label_smoothing, distillation
def _focal(torch, z, y, alpha=0.25, gamma=2.0):
    p_t = torch.sigmoid(z) * y + (1 - torch.sigmoid(z)) * (1 - y)
    cost = _each("binary_cross_entropy_with_logits")(torch, z, y)
    return (alpha * y + (1 - alpha) * (1 - y)) * (1 - p_t) ** gamma * cost


def _softmax_focal(torch, z, y, gamma=2.0):
    return -(y * (1 - torch.softmax(z, -1)) ** gamma * torch.log_softmax(z, -1)).sum(-1)


def _smoothed(torch, z, y, eps=0.1):
    return _each("cross_entropy")(torch, z, y, label_smoothing=eps)


def _soft_targets(torch, z, v, T=4.0):
    logs = (torch.log_softmax(a / T, -1) for a in (z, v))
    return _each("kl_div")(torch, *logs, log_target=True).sum(-1) * T**2


def _distillation(torch, z, v, y, T=4.0, alpha=0.9):
    return alpha * _soft_targets(torch, z, v, T) + (1 - alpha) * _each("cross_entropy")(torch, z, y)


EDGES = np.array([0.0, 1e-8, 36.0, 88.0, 700.0])
SCORES = np.array([*numbers(0, 20, scale=3), *EDGES, *-EDGES])
ROWS = np.array([*numbers(1, 5, 4, scale=3), [300.0, 0.0, -300.0, 299.0]])
TEACHER = np.array([*numbers(2, 5, 4, scale=3), [0.0, 200.0, -100.0, 1.0]])
ONE_HOT = np.eye(4)[[0, 1, 2, 3, 0, 1]]
MIXED = np.array([[0.7, 0.1, 0.2, 0.0], *np.eye(4)[[1, 1, 2, 0]], [0.25, 0.25, 0.25, 0.25]])
ODD, THIRD = np.arange(30) % 2.0, np.arange(30) % 3 // 2.0

CASES |= {
    "focal_loss": case(_focal, fixed="y", z=SCORES, y=ODD),
    "focal_loss strong": case(_focal, {"alpha": 0.6, "gamma": 3.5}, fixed="y", z=SCORES, y=THIRD),
    "softmax_focal_loss": case(_softmax_focal, fixed="y", z=ROWS, y=ONE_HOT),
    "softmax_focal_loss mixed": case(_softmax_focal, {"gamma": 1.5}, fixed="y", z=ROWS[:5], y=MIXED[:5]),
    "label_smoothing_loss": case(_smoothed, fixed="y", z=ROWS, y=ONE_HOT),
    "label_smoothing_loss mixed": case(_smoothed, {"eps": 0.3}, fixed="y", z=ROWS, y=MIXED),
    "soft_target_loss": case(_soft_targets, fixed="v", z=ROWS, v=TEACHER),
    "soft_target_loss plain": case(_soft_targets, {"T": 1.0}, fixed="v", z=ROWS, v=TEACHER),
    "distillation": case(_distillation, fixed="v y", z=ROWS, v=TEACHER, y=ONE_HOT),
    "distillation mixed": case(
        _distillation, {"T": 2.0, "alpha": 0.3}, fixed="v y", z=ROWS, v=TEACHER, y=MIXED
    ),
}
