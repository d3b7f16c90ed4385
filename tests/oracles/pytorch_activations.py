"""What PyTorch computes for the activations.

    python -m tests.oracles.autograd activations      # where PyTorch is installed; rewrites activations.json
"""

import numpy as np

from .autograd import case, numbers

EDGES = [0, 1e-300, 1e-8, 1, 3, 6, 20.5, 36, 88, 300, 700, 1000, 1e308]
SCALARS = np.unique([*np.linspace(-9, 9, 40).round(2), *EDGES, *np.negative(EDGES)])
LOGITS = np.array([*numbers(0, 4, 5, scale=3), [1000, 999, 0, -1000, 998], [0, -40, -700, -1e308, 0]])


def functional(name, **options):
    """A function of torch.nn.functional, entry by entry."""
    return case(lambda torch, x, **given: getattr(torch.nn.functional, name)(x, **given), options, x=SCALARS)


def of_rows(name):
    return case(lambda torch, z: getattr(torch, name)(z, -1), z=LOGITS)


CASES = {
    "sigmoid": functional("sigmoid"),
    "log_sigmoid": functional("logsigmoid"),
    "hard_sigmoid": functional("hardsigmoid"),
    "tanh": functional("tanh"),
    "hard_tanh": functional("hardtanh"),
    "relu": functional("relu"),
    "relu6": functional("relu6"),
    "rrelu": functional("rrelu"),
    "selu": functional("selu"),
    "mish": functional("mish"),
    "gelu": functional("gelu"),
    "gelu_tanh": case(lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"), x=SCALARS),
    "silu": functional("silu"),
    "hard_swish": functional("hardswish"),
    "leaky_relu": case(
        lambda torch, x, alpha: torch.nn.functional.leaky_relu(x, alpha), {"alpha": 0.2}, x=SCALARS
    ),
    "elu": functional("elu", alpha=1.5),
    "softplus": case(
        lambda torch, x, beta: torch.nn.functional.softplus(x, beta, 700), {"beta": 2.0}, x=SCALARS
    ),
    "softmax": of_rows("softmax"),
    "log_softmax": of_rows("log_softmax"),
    "logsumexp": of_rows("logsumexp"),
    "prelu": case(
        lambda torch, x, alpha: torch.nn.functional.prelu(x, alpha),
        x=numbers(1, 6, 3, scale=3), alpha=np.array([0.25, 0, -0.5]),
    ),
    "maxout": case(
        lambda torch, x, W, b: (torch.tensordot(x, W, 1) + b).max(-1).values,
        x=numbers(2, 4, 3, scale=3), W=numbers(3, 3, 2, 5, scale=3), b=numbers(4, 2, 5, scale=3),
    ),
    "swiglu": case(
        lambda torch, x, W, V: torch.nn.functional.silu(x @ W) * (x @ V),
        x=numbers(5, 4, 3, scale=3), W=numbers(6, 3, 2, scale=3), V=numbers(7, 3, 2, scale=3),
    ),
}  # fmt: skip
