"""What PyTorch's initializers ask of its random numbers, its fans and gains, recorded once so that they are compared everywhere.

    python -m tests.oracles.autograd initialization      # where PyTorch is installed; rewrites initialization.json
"""

import math

import numpy as np

from .autograd import case
SHAPES = [(3, 5), (5, 3), (4, 4), (1, 6), (300, 500)]
SLOPES = [0.0, 0.01, 0.25, 1.0, math.sqrt(5)]
GAINS = [1.0, 5 / 3, math.sqrt(2)]
KERNELS = [(3, 8, 3), (64, 128, 1), (16, 4, 7)]  # C_in, C_out, k


def noise(shape):
    """Stands in for PyTorch's normal numbers, so that both sides start from the same ones."""
    return np.random.default_rng(7).standard_normal(shape)


def asked(initialize, shape):
    """The arguments with which an initializer draws: {"uniform_": [low, high]} or {"normal_": [mean, std]}."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    drawn = {}

    class Listen(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if (name := function.overloadpacket.__name__) in ("uniform_", "normal_"):
                drawn[name] = [*args[1:3], *[0.0, 1.0][len(args) - 1 :]]  # defaults are not passed on
            return function(*args, **(kwargs or {}))

    with Listen():
        initialize(torch.empty(shape[::-1], dtype=torch.float64))  # PyTorch keeps W as (n_out, n_in)
    return drawn


def orthogonal(shape, gain):
    """PyTorch's orthogonal matrix made of our noise."""
    import torch

    class Replace(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            if function.__name__ == "normal_":
                return args[0].copy_(torch.tensor(noise(shape)))
            return function(*args, **(kwargs or {}))

    with Replace():
        return torch.nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64), gain).tolist()


draw = np.random.default_rng(3).normal
X, W, V = (draw(size=s).round(2) for s in ((6, 3), (3, 4), (4,)))
CASES = {
    "hidden_layer": case(lambda torch, x, W, v: torch.tanh(x @ W) @ v, x=X, W=W, v=V),
    "weighted_sum": case(lambda torch, x, w: x @ w, x=X, w=np.array([0.5, -1.25, 2.0])),
}


def answers():
    """What has no gradient."""
    from torch import nn

    init = nn.init
    modes = ("fan_in", "fan_out")
    kaiming = [(init.kaiming_normal_, "kaiming"), (init.kaiming_uniform_, "kaiming_uniform")]
    return {
        "xavier": [asked(lambda w: init.xavier_uniform_(w, g), s) for s in SHAPES for g in GAINS],
        "xavier_normal": [asked(lambda w: init.xavier_normal_(w, g), s) for s in SHAPES for g in GAINS],
        **{name: [asked(lambda w: f(w, a, mode), s) for s in SHAPES for a in SLOPES for mode in modes] for f, name in kaiming},
        "fans": [list(init._calculate_fan_in_and_fan_out(nn.Conv2d(i, o, k).weight)) for i, o, k in KERNELS],
        "gain": {n: init.calculate_gain(n) for n in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")},
        "linear_default": asked(lambda w: nn.Linear(w.shape[1], w.shape[0], bias=False, dtype=w.dtype), (300, 500)),
        "orthogonal": [orthogonal(s, g) for s in SHAPES[:4] for g in GAINS],
    }
