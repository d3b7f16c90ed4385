"""Convolution in PyTorch: python -m tests.oracles.autograd convolution rewrites convolution.json."""

from .autograd import case, numbers

OPTIONS = {
    "plain": {},
    "stride": {"stride": 2},
    "padding": {"padding": 1},
    "dilation": {"dilation": 2},
    "everything": {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
    "depthwise": {"padding": 1, "groups": 4},
    "axes": {"stride": (2, 1), "padding": (0, 2), "dilation": (1, 2)},
}


def convolution(name, options, batch=(2,)):
    groups = options.get("groups", 1)
    return case(
        lambda torch, x, W, b, **o: torch.nn.functional.conv2d(x, W, b, **o),
        options=options,
        x=numbers(0, *batch, 4, 6, 7), W=numbers(1, 4, 4 // groups, 3, 2), b=numbers(2, 4),
    )  # fmt: skip


def unfold(torch, x, k, stride=1, dilation=1):
    return torch.nn.functional.unfold(x, k, dilation, 0, stride)


def direct(torch, x, W, b, **options):
    return torch.nn.functional.conv2d(x, W, b, **options)


def pointwise(torch, x, W, b):
    return torch.nn.functional.linear(x.movedim(1, -1), W, b).movedim(-1, 1)


def separable(torch, x, D, W, **options):
    z = torch.nn.functional.conv2d(x, D[:, None], groups=len(D), **options)
    return torch.nn.functional.conv2d(z, W[:, :, None, None])


def merged(torch, W, V):
    """What the two convolutions make of an image with a single 1, channel by channel: their kernel, mirrored."""
    side = 2 * (W.shape[-1] + V.shape[-1]) - 3
    impulse = torch.zeros(W.shape[1], W.shape[1], side, side, dtype=W.dtype)
    impulse[..., side // 2, side // 2] = torch.eye(W.shape[1])
    y = torch.nn.functional.conv2d(torch.nn.functional.conv2d(impulse, W), V)
    return y.flip(2, 3).swapaxes(0, 1)


def shuffle(torch, x, groups):
    return torch.nn.functional.channel_shuffle(x, groups)


CASES = {
    **{f"conv2d {name}": convolution(name, options) for name, options in OPTIONS.items()},
    "conv2d single": convolution("single", {"padding": 1}, ()),
    "conv2d_direct": case(
        direct, {"stride": (2, 1), "padding": 1, "dilation": 2},
        "x W b", x=numbers(5, 2, 3, 6, 7), W=numbers(6, 4, 3, 2, 3), b=numbers(7, 4),
    ),
    "im2col plain": case(unfold, {"k": 3}, x=numbers(3, 2, 3, 5, 6)),
    "im2col apart": case(unfold, {"k": (2, 3), "stride": (1, 2), "dilation": 2}, x=numbers(4, 2, 2, 6, 7)),
    "merge_kernels": case(merged, W=numbers(8, 4, 2, 3, 3), V=numbers(9, 3, 4, 2, 2)),
    "pointwise": case(pointwise, x=numbers(10, 2, 3, 2, 4), W=numbers(11, 5, 3), b=numbers(12, 5)),
    "depthwise_separable": case(
        separable, x=numbers(13, 2, 3, 5, 6), D=numbers(14, 3, 3, 2), W=numbers(15, 4, 3),
    ),
    "depthwise_separable wide": case(
        separable, {"stride": 2, "padding": (2, 1), "dilation": 2},
        x=numbers(16, 3, 6, 7), D=numbers(17, 3, 3, 2), W=numbers(18, 4, 3),
    ),
    "channel_shuffle": case(shuffle, {"groups": 3}, x=numbers(19, 2, 6, 2, 3)),
}  # fmt: skip
