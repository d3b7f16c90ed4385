"""PyTorch's values and gradients for the losses, recorded once so that they are compared everywhere.

    python tests/oracles/pytorch_losses.py      # where PyTorch is installed; rewrites losses.json
"""

import json
import pathlib

import numpy as np

RECORD = pathlib.Path(__file__).with_name("losses.json")
LOGITS = [
    -1000.0,
    -300.0,
    -88.0,
    -37.0,
    -20.0,
    -3.0,
    -0.5,
    0.0,
    1e-8,
    0.5,
    3.0,
    20.0,
    37.0,
    88.0,
    300.0,
    1000.0,
]


def _numbers(seed, *shape):
    """Short decimals, which every machine reads alike."""
    return np.round(np.random.default_rng(seed).normal(size=shape) * 3, 2).tolist()


def _positive(seed, *shape):
    return np.round(np.random.default_rng(seed).uniform(0.2, 4, shape), 2).tolist()


def _distributions(seed, rows, K=4, zero=False):
    """Distributions in 1/32, exact in binary."""
    p = np.random.default_rng(seed).multinomial(32 - K, np.full(K, 1 / K), rows) + 1
    if zero:
        p[:, 0] += p[:, 1]
        p[:, 1] = 0
    return (p / 32).tolist()


def _case(which, **inputs):
    """`which` inputs have a gradient: those that `<name>_grad` answers for."""
    return {"inputs": inputs, "which": which.split(), "options": {}}


Z = [*_numbers(0, 6, 4), [1000.0, 0.0, -1000.0, 3.0], [-800.0, -1.0, -2.0, -3.0]]
ONE_HOT = np.eye(4)[[0, 1, 2, 3, 0, 1, 1, 0]].tolist()
PAIR = {"y_hat": _numbers(1, 9), "y": _numbers(2, 9)}

CASES = {
    "squared_error": _case("y_hat", **PAIR),
    "absolute_error": _case("y_hat", **PAIR),
    "huber": _case("y_hat", **PAIR) | {"options": {"delta": 1.5}},
    "objective": _case("y_hat w", **PAIR, w=_numbers(3, 5)) | {"options": {"lam": 0.25}},
    "gaussian_nll": _case("y_hat var", **PAIR, var=_positive(4, 9)),
    "laplace_nll": _case("y_hat b", **PAIR, b=_positive(5, 9)),
    "cross_entropy": _case("q", p=_distributions(6, 5, zero=True), q=_distributions(7, 5)),
    "entropy": _case("p", p=_distributions(8, 5)),
    "kl_divergence": _case("q", p=_distributions(9, 5, zero=True), q=_distributions(10, 5)),
    "js_divergence": _case("q", p=_distributions(11, 5, zero=True), q=_distributions(12, 5)),
    "gaussian_kl": _case(
        "mu sigma m s", mu=_numbers(13, 7), sigma=_positive(14, 7), m=_numbers(15, 7), s=_positive(16, 7)
    ),
    "binary_cross_entropy": _case("z", z=[*LOGITS] * 3, y=[*[0.0] * 16, *[1.0] * 16, *[0.25] * 16]),
    "softmax_cross_entropy": _case("z", z=Z + Z, y=ONE_HOT + _distributions(17, 8)),
    "sigmoid_squared_error": _case("z", z=[*LOGITS] * 3, y=[*[0.0] * 16, *[1.0] * 16, *[0.25] * 16]),
    "softmax_squared_error": _case("z", z=Z + Z, y=ONE_HOT + _distributions(17, 8)),
}


def functions():
    import torch
    import torch.distributions as D
    import torch.nn.functional as F

    def kl(p, q):
        return F.kl_div(q.log(), p, reduction="none").sum(-1)

    return {
        "squared_error": lambda y_hat, y: F.mse_loss(y_hat, y, reduction="none"),
        "absolute_error": lambda y_hat, y: F.l1_loss(y_hat, y, reduction="none"),
        "huber": lambda y_hat, y, delta: F.huber_loss(y_hat, y, reduction="none", delta=delta),
        "objective": lambda y_hat, y, w, lam: F.mse_loss(y_hat, y) + lam * torch.linalg.vector_norm(w) ** 2,
        "gaussian_nll": lambda y_hat, y, var: F.gaussian_nll_loss(y_hat, y, var, full=True, reduction="none"),
        "laplace_nll": lambda y_hat, y, b: -D.Laplace(y_hat, b).log_prob(y),
        "cross_entropy": lambda p, q: -torch.special.xlogy(p, q).sum(-1),
        "entropy": lambda p: torch.special.entr(p).sum(-1),
        "kl_divergence": kl,
        "js_divergence": lambda p, q: (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2,
        "gaussian_kl": lambda mu, sigma, m, s: D.kl_divergence(D.Normal(mu, sigma), D.Normal(m, s)),
        "binary_cross_entropy": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "softmax_cross_entropy": lambda z, y: F.cross_entropy(z, y, reduction="none"),
        "sigmoid_squared_error": lambda z, y: F.mse_loss(torch.sigmoid(z), y, reduction="none") / 2,
        "softmax_squared_error": lambda z, y: F.mse_loss(z.softmax(-1), y, reduction="none").sum(-1) / 2,
    }


def weights(shape):
    """The gradient at the output: no two neighbors alike."""
    return 1 + np.arange(np.prod(shape)).reshape(shape) % 3


def answers(name):
    """PyTorch's output and the gradients of the inputs that have one."""
    import torch

    case = CASES[name]
    inputs = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in case["inputs"].items()}
    y = functions()[name](*inputs.values(), **case["options"])
    grads = torch.autograd.grad(y, [inputs[k] for k in case["which"]],
                                torch.tensor(weights(y.shape), dtype=torch.float64))
    return {"y": y.tolist(), "grads": [v.tolist() for v in grads]}


if __name__ == "__main__":
    import torch

    record = {"torch": torch.__version__, "answers": {name: answers(name) for name in CASES}}
    RECORD.write_text(json.dumps(record, separators=(",", ":")).replace('},"', '},\n"') + "\n", "utf-8")
