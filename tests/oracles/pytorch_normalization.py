"""PyTorch's answers for the chapter on normalization: layers of torch.nn.functional where there are any."""

import numpy as np

from .autograd import case, numbers

SERIES = numbers(0, 5, 4, scale=3) + 2  # N, C
IMAGES = numbers(1, 3, 4, 2, 3, scale=2) - 1  # N, C, H, W
BIG = np.round(IMAGES * 1e3 + 1e6, 2)  # a mean that is large beside the deviation
GAMMA, BETA = numbers(2, 4), numbers(3, 4)
MEAN, VAR = numbers(4, 4), numbers(5, 4) ** 2 + 0.5
CHANNELS = {"gamma": GAMMA, "beta": BETA}
STORED = {"mean": MEAN, "var": VAR}
DATA = numbers(6, 9, 4, scale=2)
SQUARE = numbers(7, 4, 6)


def _batch_norm(torch, x, gamma, beta, **options):
    return torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, **options)


def _inference(torch, x, gamma, beta, mean, var, **options):
    return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training=False, **options)


def _running(torch, x, mean, var, momentum=0.1):
    mean, var = mean.clone(), var.clone()
    torch.nn.functional.batch_norm(x, mean, var, training=True, momentum=momentum)
    return mean, var


def _fold(torch, W, b, gamma, beta, mean, var, eps=1e-5):
    return torch.nn.utils.fusion.fuse_conv_bn_weights(W, b, mean, var, eps, gamma, beta)


def _fold_by_hand(torch, W, b, gamma, beta, mean, var, eps=1e-5):
    s = gamma / torch.sqrt(var + eps)
    return s.reshape(-1, *[1] * (W.ndim - 1)) * W, s * (b - mean) + beta


def _layer_norm(torch, x, gamma, beta, **options):
    return torch.nn.functional.layer_norm(x, gamma.shape, gamma, beta, **options)


def _instance_norm(torch, x, gamma, beta, **options):
    return torch.nn.functional.instance_norm(x, None, None, gamma, beta, **options)


def _group_norm(torch, x, gamma, beta, groups=32, **options):
    return torch.nn.functional.group_norm(x, groups, gamma, beta, **options)


def _switchable(torch, x, gamma, beta, lam, kappa, eps=1e-5):
    """As in the paper, with the statistics over the axes themselves."""
    w, v = torch.softmax(lam, 0), torch.softmax(kappa, 0)
    axes = (2, 3), (1, 2, 3), (0, 2, 3)
    mu = sum(w[k] * x.mean(a, keepdim=True) for k, a in enumerate(axes))
    var = sum(v[k] * x.var(a, unbiased=False, keepdim=True) for k, a in enumerate(axes))
    return gamma[:, None, None] * (x - mu) / torch.sqrt(var + eps) + beta[:, None, None]


def _power_iteration(torch, W, u, steps=1):
    for _ in range(steps):
        v = torch.nn.functional.normalize(W.T @ u, dim=0)
        u = torch.nn.functional.normalize(W @ v, dim=0)
    return u, v


def _rms_norm(torch, x, gamma, eps=1e-6):
    return torch.nn.functional.rms_norm(x, gamma.shape, gamma, eps=eps)


def _standardize(torch, x, X):
    return (x - X.mean(0)) / X.std(0, unbiased=False)


def _min_max(torch, x, X):
    return (x - X.min(0).values) / (X.max(0).values - X.min(0).values)


def _zca(torch, x, X, eps=1e-5):
    """By the inverse square root, from the singular values of the centered data."""
    _, s, V = torch.linalg.svd(X - X.mean(0), full_matrices=False)
    return (x - X.mean(0)) @ V.T @ torch.diag((s**2 / len(X) + eps) ** -0.5) @ V


FLAT = {"W": numbers(8, 4, 5), "b": numbers(9, 4), **CHANNELS, **STORED}
KERNELS = {"W": numbers(10, 4, 2, 3, 3), "b": numbers(9, 4), **CHANNELS, **STORED}
TOKENS = {"x": numbers(11, 2, 3, 5), "gamma": numbers(12, 5), "beta": numbers(13, 5)}
LOGITS = {"lam": numbers(14, 3), "kappa": numbers(15, 3)}
SINGULAR = [v / np.linalg.norm(v) for v in (numbers(16, 4), numbers(17, 6))]

CASES = {
    "standardize": case(_standardize, x=numbers(18, 2, 3, 4), X=DATA, fixed="X"),
    "min_max": case(_min_max, x=numbers(18, 2, 3, 4), X=DATA, fixed="X"),
    "center": case(lambda torch, X, axis=0: X - X.mean(axis, keepdim=True), X=DATA),
    "center own": case(lambda torch, X, axis=0: X - X.mean(axis, keepdim=True), X=DATA, options={"axis": -1}),
    "zca_whiten": case(_zca, x=numbers(18, 2, 3, 4), X=DATA, fixed="X"),
    "zca_whiten flat": case(_zca, x=DATA, X=DATA, fixed="X", options={"eps": 0.5}),
    "batch_norm": case(_batch_norm, x=SERIES, **CHANNELS),
    "batch_norm images": case(_batch_norm, x=IMAGES, **CHANNELS),
    "batch_norm large mean": case(_batch_norm, x=BIG, **CHANNELS, options={"eps": 1e-3}),
    "batch_norm large eps": case(_batch_norm, x=IMAGES, **CHANNELS, options={"eps": 2.0}),
    "running_statistics": case(_running, x=IMAGES, **STORED, fixed="x mean var"),
    "running_statistics slow": case(
        _running, x=SERIES, **STORED, fixed="x mean var", options={"momentum": 0.01}
    ),
    "batch_norm_inference": case(_inference, x=SERIES, **CHANNELS, **STORED, fixed="mean var"),
    "batch_norm_inference images": case(
        _inference, x=IMAGES, **CHANNELS, **STORED, fixed="mean var", options={"eps": 0.1}
    ),
    "fold_batch_norm": case(_fold_by_hand, **FLAT, fixed="mean var"),
    "fold_batch_norm kernels": case(_fold, **KERNELS, fixed="W b gamma beta mean var", options={"eps": 0.1}),
    "fold_batch_norm kernels by hand": case(_fold_by_hand, **KERNELS, fixed="mean var"),
    "layer_norm": case(_layer_norm, **TOKENS),
    "layer_norm images": case(_layer_norm, x=IMAGES, gamma=numbers(19, 4, 2, 3), beta=numbers(20, 4, 2, 3)),
    "normalize": case(lambda torch, x: torch.nn.functional.layer_norm(x, x.shape[-1:]), x=TOKENS["x"]),
    "instance_norm": case(_instance_norm, x=IMAGES, **CHANNELS),
    "group_norm": case(_group_norm, x=IMAGES, **CHANNELS, options={"groups": 2}),
    "group_norm one": case(_group_norm, x=IMAGES, **CHANNELS, options={"groups": 1, "eps": 0.3}),
    "group_norm flat": case(_group_norm, x=SERIES, **CHANNELS, options={"groups": 2}),
    "switchable_norm": case(_switchable, x=IMAGES, **CHANNELS, **LOGITS),
    "power_iteration": case(_power_iteration, W=SQUARE, u=SINGULAR[0], fixed="W u"),
    "power_iteration long": case(
        _power_iteration, W=SQUARE, u=SINGULAR[0], fixed="W u", options={"steps": 7}
    ),
    "spectral_norm": case(
        lambda torch, W, u, v: W / (u @ W @ v), W=SQUARE, u=SINGULAR[0], v=SINGULAR[1], fixed="u v"
    ),
    "rms_norm": case(_rms_norm, x=TOKENS["x"], gamma=TOKENS["gamma"]),
    "rms_norm images": case(_rms_norm, x=IMAGES, gamma=numbers(19, 4, 2, 3), options={"eps": 0.3}),
}  # fmt: skip
