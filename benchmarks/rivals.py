"""What benchmarks.accuracy and benchmarks.speed compare our activations
with: SciPy, and PyTorch where it is installed."""

import scipy.special

from tests.oracles import pytorch

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
OPTIONS = {"leaky_relu": {"alpha": 0.01}, "elu": {"alpha": 1.0}, "softplus": {"beta": 1.0, "threshold": 20}}


def torch_call(name):
    """PyTorch's function with the defaults of ours."""
    return lambda t: pytorch.functions()[name](t, **OPTIONS.get(name, {}))
