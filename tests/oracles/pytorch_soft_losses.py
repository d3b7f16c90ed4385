"""PyTorch's values and gradients for focal loss, label smoothing and
distillation, recorded to be compared everywhere.

    python tests/oracles/pytorch_soft_losses.py      # where PyTorch is installed; rewrites soft_losses.json
"""

import json
import pathlib

import numpy as np

RECORD = pathlib.Path(__file__).with_name("soft_losses.json")


def _numbers(seed, *shape):
    """Short decimals, which every machine reads alike."""
    return np.round(np.random.default_rng(seed).normal(size=shape) * 3, 2).tolist()


EDGES = [0.0, 1e-8, 36.0, 88.0, 700.0]
LOGITS = [*_numbers(0, 20), *EDGES, *np.negative(EDGES).tolist()]
ROWS = [*_numbers(1, 5, 4), [300.0, 0.0, -300.0, 299.0]]
ONE_HOT = np.eye(4)[[0, 1, 2, 3, 0, 1]].tolist()
MIXED = [[0.7, 0.1, 0.2, 0.0], *np.eye(4)[[1, 1, 2, 0]].tolist(), [0.25, 0.25, 0.25, 0.25]]
TEACHER = [*_numbers(2, 5, 4), [0.0, 200.0, -100.0, 1.0]]

CASES = {  # (function, its case): the first input is differentiated
    ("focal_loss", "paper"): ([LOGITS, [i % 2 for i in range(30)]], {}),
    ("focal_loss", "strong"): ([LOGITS, [i % 3 // 2 for i in range(30)]], {"alpha": 0.6, "gamma": 3.5}),
    ("softmax_focal_loss", "paper"): ([ROWS, ONE_HOT], {}),
    ("softmax_focal_loss", "mixed"): ([ROWS[:5], MIXED[:5]], {"gamma": 1.5}),
    ("label_smoothing_loss", "paper"): ([ROWS, ONE_HOT], {}),
    ("label_smoothing_loss", "mixed"): ([ROWS, MIXED], {"eps": 0.3}),
    ("soft_target_loss", "warm"): ([ROWS, TEACHER], {}),
    ("soft_target_loss", "plain"): ([ROWS, TEACHER], {"T": 1.0}),
    ("distillation", "warm"): ([ROWS, TEACHER, ONE_HOT], {}),
    ("distillation", "mixed"): ([ROWS, TEACHER, MIXED], {"T": 2.0, "alpha": 0.3}),
}


def functions():
    import torch
    import torch.nn.functional as F

    def focal_loss(z, y, alpha=0.25, gamma=2.0):
        ce = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        p_t = torch.sigmoid(z) * y + (1 - torch.sigmoid(z)) * (1 - y)
        return (alpha * y + (1 - alpha) * (1 - y)) * (1 - p_t) ** gamma * ce

    def softmax_focal_loss(z, y, gamma=2.0):
        return -(y * (1 - torch.softmax(z, -1)) ** gamma * torch.log_softmax(z, -1)).sum(-1)

    def label_smoothing_loss(z, y, eps=0.1):
        return F.cross_entropy(z, y, reduction="none", label_smoothing=eps)

    def soft_target_loss(z, v, T=4.0):
        kl = F.kl_div(
            torch.log_softmax(z / T, -1), torch.log_softmax(v / T, -1), reduction="none", log_target=True
        )
        return kl.sum(-1) * T**2

    def distillation(z, v, y, T=4.0, alpha=0.9):
        return alpha * soft_target_loss(z, v, T) + (1 - alpha) * F.cross_entropy(z, y, reduction="none")

    return locals()


def weights(shape):
    """The gradient at the output: no two neighbors alike."""
    return 1 + np.arange(np.prod(shape)).reshape(shape) % 3


def answers(case):
    """PyTorch's loss of each sample and the gradient of the logits."""
    import torch

    inputs, options = CASES[case]
    z, *rest = (torch.tensor(v, dtype=torch.float64) for v in inputs)
    loss = functions()[case[0]](z.requires_grad_(), *rest, **options)
    loss.backward(torch.tensor(weights(loss.shape), dtype=torch.float64))
    return {"loss": loss.tolist(), "grad": z.grad.tolist()}


if __name__ == "__main__":
    import torch

    record = {"torch": torch.__version__, "answers": {" ".join(case): answers(case) for case in CASES}}
    RECORD.write_text(json.dumps(record, separators=(",", ":")).replace('},"', '},\n"') + "\n", "utf-8")
