"""PyTorch's cases for the functions of metrics that have a gradient; see autograd.py."""

import numpy as np

from .autograd import case, numbers

LABELS = np.array([1, 0, 0, 1, 1, 0, 0, 1, 0.0])
ROWS = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 1.0]])


def _boxes(seed, *shape):
    """Corners of boxes around 0, most of which overlap."""
    center, half = (
        numbers(seed, *shape, 2),
        np.round(np.random.default_rng(seed).uniform(0.3, 2, (*shape, 2)), 2),
    )
    return np.concatenate([center - half, center + half], -1)


def soft_f_beta(torch, y, p, beta=1.0):
    return (1 + beta**2) * (y * p).sum(-1) / (p.sum(-1) + beta**2 * y.sum(-1))


def auc_loss(torch, y, s):
    difference = s[y == 1][:, None] - s[y == 0]
    return torch.nn.functional.binary_cross_entropy_with_logits(difference, torch.ones_like(difference))


def areas(torch, a, b):
    """Overlap, union, enclosing box."""
    size = lambda low, high: (high - low).clamp(min=0).prod(-1)
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    overlap = size(low, high)
    union = size(a[..., :2], a[..., 2:]) + size(b[..., :2], b[..., 2:]) - overlap
    outer = size(torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:]))
    return overlap, union, outer


def iou(torch, a, b):
    overlap, union, _ = areas(torch, a, b)
    return overlap / union


def giou(torch, a, b):
    overlap, union, outer = areas(torch, a, b)
    return overlap / union - (outer - union) / outer


BOXES = {"a": _boxes(0, 12), "b": _boxes(1, 12)}
APART = {"a": _boxes(2, 5), "b": _boxes(3, 5) + [5, 0, 5, 0]}
NESTED = {"a": _boxes(4, 2, 3), "b": _boxes(4, 2, 3) + [0.1, 0.05, -0.15, -0.2]}
TIED = {"a": np.array([[0, 0, 2, 2], [0, 0, 2, 2.0]]), "b": np.array([[0, 0, 2, 2], [1, 0, 3, 2.0]])}

CASES = {
    "soft_f_beta": case(soft_f_beta, fixed="y", y=LABELS, p=np.linspace(0.05, 0.97, 9).round(2)),
    "soft_f_beta rows": case(
        soft_f_beta, {"beta": 2.0}, "y", y=ROWS, p=np.linspace(0.9, 0.1, 12).reshape(3, 4).round(2)
    ),
    "auc_loss": case(auc_loss, fixed="y", y=LABELS, s=numbers(5, 9)),
    "auc_loss steep": case(auc_loss, fixed="y", y=LABELS, s=numbers(6, 9, scale=300)),
    **{
        f"{name} {which}": case(function, **boxes)
        for name, function in (("iou", iou), ("giou", giou))
        for which, boxes in (("boxes", BOXES), ("apart", APART), ("nested", NESTED), ("tied", TIED))
    },
}
