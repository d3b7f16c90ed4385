"""The textbook formulas, transcribed naively, with so many digits (mpmath) that nothing can go wrong."""

import math

import mpmath as mp
import numpy as np


def _sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def _phi(x):
    return mp.erfc(-min(max(x, -10**4), 10**4) / mp.sqrt(2)) / 2


def _u(x):
    return mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


def _t(x):
    return mp.tanh(mp.log(1 + mp.exp(x)))


_LAM = mp.mpf("1.0507009873554804934193349852946")
_ALPHA = mp.mpf("1.6732632423543772848170429916717")
_A = mp.mpf(0.01)
_R = mp.mpf((1 / 8 + 1 / 3) / 2)

# name -> (function, derivative); at a kink the derivative is the one that the docstring states
FORMULAS = {
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "log_sigmoid": (lambda x: mp.log(_sigmoid(x)), lambda x: 1 - _sigmoid(x)),
    "hard_sigmoid": (lambda x: min(max(x + 3, 0), 6) / 6, lambda x: mp.mpf(abs(x) < 3) / 6),
    "tanh": (mp.tanh, lambda x: 1 - mp.tanh(x) ** 2),
    "hard_tanh": (lambda x: min(max(x, -1), 1), lambda x: mp.mpf(abs(x) < 1)),
    "relu": (lambda x: max(x, 0), lambda x: mp.mpf(x > 0)),
    "leaky_relu": (lambda x: x if x > 0 else _A * x, lambda x: 1 if x > 0 else _A),
    "rrelu": (lambda x: x if x > 0 else _R * x, lambda x: 1 if x > 0 else _R),
    "relu6": (lambda x: min(max(x, 0), 6), lambda x: mp.mpf(0 < x < 6)),
    "elu": (lambda x: x if x > 0 else mp.exp(x) - 1, lambda x: 1 if x > 0 else mp.exp(x)),
    "selu": (
        lambda x: _LAM * (x if x > 0 else _ALPHA * (mp.exp(x) - 1)),
        lambda x: _LAM * (1 if x > 0 else _ALPHA * mp.exp(x)),
    ),
    "softplus": (lambda x: mp.log(1 + mp.exp(x)), _sigmoid),
    "mish": (lambda x: x * _t(x), lambda x: _t(x) + x * (1 - _t(x) ** 2) * _sigmoid(x)),
    "gelu": (lambda x: x * _phi(x), lambda x: _phi(x) + x * mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)),
    "gelu_tanh": (
        lambda x: x / 2 * (1 + mp.tanh(_u(x))),
        lambda x: (1 + mp.tanh(_u(x))) / 2
        + x / 2 * (1 - mp.tanh(_u(x)) ** 2) * mp.sqrt(2 / mp.pi) * (1 + mp.mpf("0.134145") * x * x),
    ),
    "silu": (lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x)))),
    "hard_swish": (
        lambda x: x * min(max(x + 3, 0), 6) / 6,
        lambda x: mp.mpf(x > 0) if abs(x) >= 3 else (2 * x + 3) / 6,
    ),
}


def exact(name, x, grad=False):
    """The function, or its derivative, at each entry of x, correct far beyond any float."""
    return [_exact(name, v, grad) for v in np.ravel(x).tolist()]


def softmax(z):
    """Softmax, its logarithm and log-sum-exp of one row."""
    with mp.workdps(400):
        e = [mp.exp(mp.mpf(v)) for v in np.asarray(z).tolist()]
        p = [v / mp.fsum(e) for v in e]
        return {"softmax": p, "log_softmax": [mp.log(v) for v in p], "logsumexp": [mp.log(mp.fsum(e))]}


def _exact(name, v, grad):
    with mp.workdps(digits(name, v)):
        return mp.mpf(FORMULAS[name][grad](mp.mpf(v)))


def digits(name, v):
    """1 - tanh(u)^2 loses 0.87 |u| digits, 1 + v as many as v has zeros; beyond 800 all underflows."""
    u = max(abs(v), abs(_u(mp.mpf(v)))) if name == "gelu_tanh" else abs(v)
    lost = 0.9 * float(u) - min(0, math.log10(abs(v))) if 0 < u < 800 else 0
    return int(60 + lost)


def points(dtype):
    """Both signs; from the smallest subnormal to the largest number, and densely where things happen."""
    info = np.finfo(dtype)
    far = 2.0 ** np.linspace(np.log2(float(info.smallest_subnormal)), np.log2(float(info.max)) - 1e-9, 120)
    tail = np.linspace(0, -1.05 * float(np.log(info.smallest_subnormal)), 160)
    near = np.concatenate([np.linspace(0, 8, 161), np.geomspace(1e-4, 40, 60)])
    x = np.concatenate([[0, float(info.max)], far, tail, near]).astype(dtype)
    return np.unique(np.concatenate([x, -x]))


def ulps(got, true):
    """Distance of floats from exact numbers, in units in the last place of the exact number."""
    info = np.finfo(got.dtype)
    with mp.workdps(60):
        return np.array([_ulps(y, t, info) for y, t in zip(got.ravel().tolist(), true, strict=True)])


def _ulps(y, t, info):
    t = mp.mpf(t)
    if abs(t) > float(info.max):
        return 0.0 if abs(y) >= float(info.max) else np.inf
    if not np.isfinite(y):
        return np.inf
    exponent = max(mp.frexp(t)[1] - info.nmant - 1, int(info.minexp) - info.nmant)
    return float(abs(y - t) / mp.mpf(2) ** exponent)
