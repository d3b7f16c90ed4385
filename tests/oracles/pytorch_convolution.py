"""The convolution chapter in PyTorch: python -m tests.oracles.autograd convolution rewrites convolution.json."""

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


CASES = {
    **{f"conv2d {name}": convolution(name, options) for name, options in OPTIONS.items()},
    "conv2d single": convolution("single", {"padding": 1}, ()),
    "im2col plain": case(unfold, {"k": 3}, x=numbers(3, 2, 3, 5, 6)),
    "im2col apart": case(unfold, {"k": (2, 3), "stride": (1, 2), "dilation": 2}, x=numbers(4, 2, 2, 6, 7)),
}
