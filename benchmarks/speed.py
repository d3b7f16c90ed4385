"""What activations and convolutions cost beside plain NumPy, SciPy, PyTorch: python -m benchmarks.speed.

Microseconds for 100,000 numbers (softmax: 1,000 rows of 100), the best of many runs on one thread. "Plain" is
the shortest way to write the function in NumPy that keeps nan and overflows for no usual input; ours takes at
most 1.5 times as long where plain is as exact. How exact both are from -10 to 10 in float32 stands beside it:
1 - tanh^2, for one, takes half the time there and has lost its digits long before it is small. For
convolutions it is the matrix product alone, on columns that are there already; the ratio, ours to the
product, should stay below 5 but for depthwise kernels, whose product is so small that copying the columns
costs more. Pooling stands beside the product of a 3x3 layer on the same image, of which it should be a
fraction.
"""

import math

import numpy as np

from benchmarks.rivals import SCIPY, torch, torch_call
from benchmarks.timing import seconds
from snippets import activations, convolution


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def logsumexp(z):
    m = z.max(-1, keepdims=True)
    return m + np.log(np.exp(z - m).sum(-1, keepdims=True))


def mish(x):
    return x * np.tanh(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def mish_grad(x, g):
    t = np.tanh(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))
    return g * (t + x * (1 - t * t) * sigmoid(x))


def gelu_grad(x, g):
    return g * (erfc(-x / math.sqrt(2)) / 2 + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def gelu_tanh_grad(x, g):
    s = sigmoid(math.sqrt(8 / math.pi) * x * (1 + 0.044715 * x * x))
    return g * s * (1 + x * (1 - s) * math.sqrt(8 / math.pi) * (1 + 0.134145 * x * x))


def indicator(inside, x):
    """1 inside, else 0; nan stays nan."""
    return np.where(np.isnan(x), x, inside)


LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
erfc = np.vectorize(math.erfc, otypes=[float])
PLAIN = {
    "sigmoid": sigmoid,
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: LAMBDA * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0))),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "mish": mish,
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x / 2 * erfc(-x / math.sqrt(2)),
    "gelu_tanh": lambda x: x * sigmoid(math.sqrt(8 / math.pi) * x * (1 + 0.044715 * x * x)),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "softmax": softmax,
    "log_softmax": lambda z: z - logsumexp(z),
    "logsumexp": logsumexp,
}
GRADIENTS = {
    "sigmoid": lambda x, g: g * (s := sigmoid(x)) * (1 - s),
    "log_sigmoid": lambda x, g: g * sigmoid(-x),
    "hard_sigmoid": lambda x, g: g * indicator(np.abs(x) < 3, x) / 6,
    "tanh": lambda x, g: g * (1 - np.tanh(x) ** 2),
    "hard_tanh": lambda x, g: g * indicator(np.abs(x) < 1, x),
    "relu": lambda x, g: g * indicator(x > 0, x),
    "leaky_relu": lambda x, g: g * (0.99 * indicator(x > 0, x) + 0.01),
    "relu6": lambda x, g: g * indicator((x > 0) & (x < 6), x),
    "elu": lambda x, g: g * np.where(x > 0, 1, np.exp(np.minimum(x, 0))),
    "selu": lambda x, g: g * LAMBDA * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0))),
    "softplus": lambda x, g: g * sigmoid(x),
    "mish": mish_grad,
    "gelu": gelu_grad,
    "gelu_tanh": gelu_tanh_grad,
    "silu": lambda x, g: g * (s := sigmoid(x)) * (1 + x * (1 - s)),
    "hard_swish": lambda x, g: g * np.where(np.abs(x) < 3, (2 * x + 3) / 6, indicator(x > 0, x)),
    "softmax": lambda z, g: (p := softmax(z)) * (g - (g * p).sum(-1, keepdims=True)),
    "log_softmax": lambda z, g: g - softmax(z) * g.sum(-1, keepdims=True),
    "logsumexp": lambda z, g: g[..., None] * softmax(z),
}


def forward(name, x):
    """Seconds of ours, plain NumPy, SciPy, PyTorch; None where there is nothing to compare with."""
    ours, plain, scipy = getattr(activations, name), PLAIN[name], SCIPY.get(name)
    calls = [lambda: ours(x), lambda: plain(x), scipy and (lambda: scipy(x)), None]
    if torch:
        f, t = torch_call(name), torch.tensor(x)
        calls[3] = lambda: f(t)
    return seconds(calls)


def backward(name, x):
    """The same for the gradient. PyTorch does not compute the value anew, as the others do: it kept it."""
    ours, plain = getattr(activations, f"{name}_grad"), GRADIENTS[name]
    g = np.ones_like(getattr(activations, name)(x))
    calls = [lambda: ours(x, g=g), lambda: plain(x, g), None, None]
    if torch:
        t, w = torch.tensor(x, requires_grad=True), torch.tensor(g)
        y = torch_call(name)(t)
        calls[3] = lambda: torch.autograd.grad(y, t, w, retain_graph=True)
    return seconds(calls)


def ulps(name, way, x):
    """Units in the last place by which 1 % of ours and of the plain results are off, or by more.

    Ours in float64, which tests hold to mpmath, says what is right. Where a gradient crosses zero, no way of
    writing it keeps the digits; that is why it is not the largest error.
    """
    if way is forward:
        calls = getattr(activations, name), PLAIN[name]
    else:
        y = getattr(activations, name)(x)
        g = np.random.default_rng(1).normal(size=y.shape).astype(y.dtype)
        calls = [lambda x: getattr(activations, f"{name}_grad")(x, g=g), lambda x: GRADIENTS[name](x, g)]
    right = calls[0](x.astype(float)).ravel()
    unit = np.spacing(np.abs(right).astype(x.dtype))
    return [np.quantile(np.abs(call(x).ravel() - right) / unit, 0.99) for call in calls]


LAYERS = {  # C, M, h = w, k, options: from AlexNet, VGG-16, ResNet-50 and MobileNet
    "11x11 / 4": (3, 96, 227, 11, {"stride": 4}),
    "3x3, 64": (64, 64, 56, 3, {"padding": 1}),
    "3x3, 512": (512, 512, 14, 3, {"padding": 1}),
    "1x1": (256, 64, 56, 1, {}),
    "3x3 dilated": (64, 64, 56, 3, {"padding": 2, "dilation": 2}),
    "depthwise": (256, 256, 28, 3, {"padding": 1, "groups": 256}),
}


def layer(C, M, side, k, options, dtype):
    """Seconds of conv2d, the product alone, conv2d_direct, PyTorch's conv2d and of our gradient."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, C, side, side)).astype(dtype)
    groups = options.get("groups", 1)
    W = rng.normal(size=(M, C // groups, k, k)).astype(dtype)
    y = convolution.conv2d(x, W, **options)
    columns = rng.normal(size=(groups, C // groups * k * k, y[0, 0].size)).astype(dtype)
    rows = W.reshape(groups, M // groups, -1)
    calls = [lambda: convolution.conv2d(x, W, **options), lambda: rows @ columns, None, None]
    calls += [lambda: convolution.conv2d_grad(x, W, 0.0, y, **options)]
    if groups == 1:
        calls[2] = lambda: convolution.conv2d_direct(x, W, **options)
    if torch:
        t, w = torch.tensor(x), torch.tensor(W)
        calls[3] = lambda: torch.nn.functional.conv2d(t, w, **options)
    return seconds(calls, rounds=10, count=1)


POOLS = {  # pooling, C, h = w, its arguments; beside the product of a 3x3 layer on the same image
    "max 2x2": ("max_pool", 64, 56, (2,)),
    "max 3x3 / 2": ("max_pool", 64, 112, (3, 2, 1)),
    "avg 2x2": ("avg_pool", 64, 56, (2,)),
    "global": ("global_avg_pool", 512, 14, ()),
}


def pooling(name, C, side, args, dtype):
    """Seconds of ours, the product of a 3x3 layer, PyTorch's pooling and of our gradient."""
    rng = np.random.default_rng(0)
    shapes = (1, C, side, side), (C, 9 * C), (9 * C, side**2)
    x, W, columns = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    ours, grad = (getattr(convolution, name + end) for end in ("", "_grad"))
    calls = [lambda: ours(x, *args), lambda: W @ columns, None, None, lambda: grad(x, 1, *args)]
    if torch:
        t, theirs = torch.tensor(x), {"global_avg_pool": "adaptive_avg_pool2d"}.get(name, f"{name}2d")
        calls[3] = lambda: getattr(torch.nn.functional, theirs)(t, *(args or (1,)))
    return seconds(calls, rounds=10, count=1)


def main():
    heads = "ours", "plain", "SciPy", "PyTorch", "ratio", "ulp", "plain ulp"
    print(f"{'':26}" + "".join(f"{who:>10}" for who in heads))
    rng = np.random.default_rng(0)
    x, wide = rng.normal(size=100_000), rng.uniform(-10, 10, 100_000).astype(np.float32)
    for dtype in ("float64", "float32"):
        for name, way in [(name, forward) for name in PLAIN] + [(name, backward) for name in GRADIENTS]:
            shape = (1000, 100) if name in ("softmax", "log_softmax", "logsumexp") else -1
            times = way(name, x.astype(dtype).reshape(shape))
            cells = "".join(f"{t * 1e6:10.0f}" if t else " " * 10 for t in times)
            cells += f"{times[0] / times[1]:10.2f}"
            if dtype == "float32":
                cells += "".join(f"{error:10.2g}" for error in ulps(name, way, wide.reshape(shape)))
            label = f"{name}_grad" if way is backward else name
            print(f"{label:18}{dtype:8}{cells}", flush=True)
    heads = "ours", "product", "direct", "PyTorch", "gradient", "ratio"
    print(f"\n{'':26}" + "".join(f"{who:>10}" for who in heads))
    for dtype in ("float64", "float32"):
        for name, case in [*LAYERS.items(), *POOLS.items()]:
            times = (layer if name in LAYERS else pooling)(*case, dtype)
            cells = "".join(f"{t * 1e6:10.0f}" if t else " " * 10 for t in times)
            print(f"{name:18}{dtype:8}{cells}{times[0] / times[1]:10.2f}", flush=True)


if __name__ == "__main__":
    main()
