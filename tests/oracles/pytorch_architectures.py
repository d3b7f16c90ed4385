"""What PyTorch is asked about the functions of snippets/architectures.py; see autograd.py."""

from .autograd import case, numbers

CASES = {}  # every page adds its own: CASES |= {...}

# ---- index


# ---- alexnet_vgg
def _normalized(torch, x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    """PyTorch divides alpha by n, the paper does not."""
    return torch.nn.functional.local_response_norm(x, n, alpha * n, beta, k)


CASES |= {
    "local_response_norm": case(_normalized, {"alpha": 0.3}, x=numbers(0, 2, 7, 3, 2)),
    "local_response_norm n=3": case(
        _normalized, {"n": 3, "k": 1.0, "alpha": 0.5, "beta": 0.5}, x=numbers(1, 1, 4, 2, 3)
    ),
}


# ---- nin
def _mlpconv(torch, x, W1, b1, W2, b2, W3, b3, **options):
    u = torch.conv2d(x, W1, b1, **options).relu()
    v = torch.conv2d(u, W2[..., None, None], b2).relu()
    return torch.conv2d(v, W3[..., None, None], b3).relu()


_MLP = {"W1": numbers(1, 4, 2, 3, 3), "b1": numbers(2, 4), "W2": numbers(3, 5, 4), "b2": numbers(4, 5)}
_MLP |= {"W3": numbers(5, 3, 5), "b3": numbers(6, 3)}
CASES |= {
    "mlpconv": case(_mlpconv, x=numbers(0, 2, 2, 5, 4), **_MLP),
    "mlpconv padded": case(_mlpconv, {"stride": 2, "padding": 1}, x=numbers(11, 2, 2, 5, 4), **_MLP),
    "average_head": case(
        lambda torch, x, W, b: torch.nn.functional.linear(x.mean((-2, -1)), W, b),
        x=numbers(8, 2, 3, 4, 5), W=numbers(9, 4, 3), b=numbers(10, 4),
    ),
}


# ---- googlenet
def _inception(torch, x, W1, R3, W3, R5, W5, U):
    def conv(x, W, padding=0):
        return torch.conv2d(x, W if W.ndim == 4 else W[..., None, None], padding=padding).relu()

    pooled = torch.nn.functional.max_pool2d(x, 3, 1, 1)
    return torch.cat([conv(x, W1), conv(conv(x, R3), W3, 1), conv(conv(x, R5), W5, 2), conv(pooled, U)], 1)


CASES |= {
    "inception": case(
        _inception, x=numbers(0, 2, 3, 4, 5), W1=numbers(1, 2, 3),
        R3=numbers(2, 2, 3), W3=numbers(3, 4, 2, 3, 3),
        R5=numbers(4, 2, 3), W5=numbers(5, 3, 2, 5, 5), U=numbers(6, 2, 3),
    ),
}


# ---- resnet
def _branch(torch, x, V, W):
    return torch.relu(x @ V.T) @ W.T


MATRICES = {"x": numbers(40, 4, 3), "V": numbers(41, 5, 3), "W": numbers(42, 3, 5)}
CASES |= {
    "residual": case(lambda torch, x, V, W: x + _branch(torch, x, V, W), **MATRICES),
    "residual one": case(lambda torch, x, V, W: x + _branch(torch, x, V, W), **MATRICES | {"x": numbers(43, 3)}),
    "pre_activation": case(lambda torch, x, V, W: x + _branch(torch, torch.relu(x), V, W), **MATRICES),
    "projection_block": case(
        lambda torch, x, V, W, P: torch.relu(x @ P.T + _branch(torch, x, V, W)),
        x=numbers(40, 2, 4, 3), V=numbers(41, 5, 3), W=numbers(44, 2, 5), P=numbers(45, 2, 3),
    ),
    "highway": case(
        lambda torch, x, W, b, V, c: torch.lerp(x, torch.tanh(x @ W.T + b), torch.sigmoid(x @ V.T + c)),
        x=numbers(40, 4, 3), W=numbers(46, 3, 3), b=numbers(47, 3), V=numbers(48, 3, 3), c=numbers(49, 3),
    ),
}  # fmt: skip


# ---- fpn
def _merge(torch, x, p, W, b):
    enlarged = torch.nn.functional.interpolate(p, size=x.shape[-2:], mode="nearest")
    return torch.nn.functional.conv2d(x, W[:, :, None, None], b) + enlarged


COARSE = {"p": numbers(51, 2, 4, 3, 2), "W": numbers(52, 4, 3), "b": numbers(53, 4)}
CASES |= {
    "fpn_merge": case(_merge, x=numbers(50, 2, 3, 6, 4), **COARSE),
    "fpn_merge odd": case(_merge, x=numbers(54, 2, 3, 5, 3), **COARSE),
}


# ---- temporal


# ---- attention
