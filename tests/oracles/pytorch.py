"""PyTorch's values and gradients for the activations, recorded once so that they are compared everywhere.

    python tests/oracles/pytorch.py      # where PyTorch is installed; rewrites activations.json
"""

import json
import pathlib

import numpy as np

RECORD = pathlib.Path(__file__).with_name("activations.json")
EDGES = [0, 1e-300, 1e-8, 1, 3, 6, 20.5, 36, 88, 300, 700, 1000, 1e308]
SCALARS = [float(v) for v in np.unique([*np.linspace(-9, 9, 40).round(2), *EDGES, *np.negative(EDGES)])]


def _numbers(seed, *shape):
    """Short decimals, which every machine reads alike."""
    return np.round(np.random.default_rng(seed).normal(size=shape) * 3, 2).tolist()


def _scalar(**options):
    return {"inputs": {"x": SCALARS}, "options": options}


def _vector():
    edges = [[1000, 999, 0, -1000, 998], [0, -40, -700, -1e308, 0]]
    return {"inputs": {"z": [*_numbers(0, 4, 5), *edges]}, "options": {}}


CASES = {
    **{name: _scalar() for name in "sigmoid log_sigmoid hard_sigmoid tanh hard_tanh relu relu6".split()},
    **{name: _scalar() for name in "rrelu selu mish gelu gelu_tanh silu hard_swish".split()},
    "leaky_relu": _scalar(alpha=0.2),
    "elu": _scalar(alpha=1.5),
    "softplus": _scalar(beta=2.0),
    "softmax": _vector(),
    "log_softmax": _vector(),
    "logsumexp": _vector(),
    "prelu": {"inputs": {"x": _numbers(1, 6, 3), "alpha": [0.25, 0, -0.5]}, "options": {}},
    "maxout": {
        "inputs": {"x": _numbers(2, 4, 3), "W": _numbers(3, 3, 2, 5), "b": _numbers(4, 2, 5)},
        "options": {},
    },
    "swiglu": {
        "inputs": {"x": _numbers(5, 4, 3), "W": _numbers(6, 3, 2), "V": _numbers(7, 3, 2)},
        "options": {},
    },
}


def functions():
    import torch
    import torch.nn.functional as F

    return {
        "sigmoid": torch.sigmoid,
        "log_sigmoid": F.logsigmoid,
        "hard_sigmoid": F.hardsigmoid,
        "tanh": torch.tanh,
        "hard_tanh": F.hardtanh,
        "relu": F.relu,
        "relu6": F.relu6,
        "rrelu": F.rrelu,
        "selu": F.selu,
        "mish": F.mish,
        "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "hard_swish": F.hardswish,
        "leaky_relu": lambda x, alpha: F.leaky_relu(x, alpha),
        "elu": lambda x, alpha: F.elu(x, alpha),
        "softplus": lambda x, beta, threshold=700: F.softplus(x, beta, threshold),
        "softmax": lambda z: torch.softmax(z, -1),
        "log_softmax": lambda z: torch.log_softmax(z, -1),
        "logsumexp": lambda z: torch.logsumexp(z, -1),
        "prelu": F.prelu,
        "maxout": lambda x, W, b: (torch.tensordot(x, W, 1) + b).max(-1).values,
        "swiglu": lambda x, W, V: F.silu(x @ W) * (x @ V),
    }


def weights(shape):
    """The gradient at the output: no two neighbors alike."""
    return 1 + np.arange(np.prod(shape)).reshape(shape) % 3


def answers(name):
    """PyTorch's output and the gradient of every input."""
    import torch

    case = CASES[name]
    inputs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in case["inputs"].values()]
    y = functions()[name](*inputs, **case["options"])
    y.backward(torch.tensor(weights(y.shape), dtype=torch.float64))
    return {"y": y.tolist(), "grads": [v.grad.tolist() for v in inputs]}


if __name__ == "__main__":
    import torch

    record = {"torch": torch.__version__, "answers": {name: answers(name) for name in CASES}}
    RECORD.write_text(json.dumps(record, separators=(",", ":")).replace('},"', '},\n"') + "\n", "utf-8")
