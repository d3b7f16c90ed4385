"""What benchmarks.accuracy and benchmarks.speed compare our activations with: SciPy, PyTorch where it is."""

import functools

import scipy.special

from tests.oracles.pytorch_activations import CASES

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

SCIPY = {
    "sigmoid": scipy.special.expit,
    "log_sigmoid": scipy.special.log_expit,
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "silu": lambda x: x * scipy.special.expit(x),
    "softmax": lambda z: scipy.special.softmax(z, -1),
    "log_softmax": lambda z: scipy.special.log_softmax(z, -1),
    "logsumexp": lambda z: scipy.special.logsumexp(z, -1),
}


def torch_call(name):
    """PyTorch's function with its own defaults, which are ours."""
    if CASES[name].options:  # chosen for the oracle
        return getattr(torch.nn.functional, name)
    return functools.partial(CASES[name].torch, torch)
