"""What PyTorch is asked about the functions of snippets/architectures.py; see autograd.py."""

from .autograd import case, numbers

CASES = {}  # every page adds its own: CASES |= {...}

# ---- index


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


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
