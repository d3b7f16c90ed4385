"""Convolution in PyTorch: python -m tests.oracles.autograd convolution rewrites convolution.json."""

import numpy as np

from snippets.convolution import cubic_kernel, triangle

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
    """What the two convolutions make of an image with a single 1,
    channel by channel: their kernel, mirrored."""
    side = 2 * (W.shape[-1] + V.shape[-1]) - 3
    impulse = torch.zeros(W.shape[1], W.shape[1], side, side, dtype=W.dtype)
    impulse[..., side // 2, side // 2] = torch.eye(W.shape[1])
    y = torch.nn.functional.conv2d(torch.nn.functional.conv2d(impulse, W), V)
    return y.flip(2, 3).swapaxes(0, 1)


def shuffle(torch, x, groups):
    return torch.nn.functional.channel_shuffle(x, groups)


def power_mean(torch, x, k, p, stride=None):
    """lp_pool2d takes no absolute values, so we do."""
    return torch.nn.functional.lp_pool2d(x.abs(), p, k, stride)


def insert_zeros(torch, W, d):
    """A transposed 1 x 1 convolution moves the taps apart."""
    one = torch.ones(1, 1, 1, 1, dtype=W.dtype)
    y = torch.nn.functional.conv_transpose2d(W.flatten(0, 1)[:, None], one, stride=d)
    return y.reshape(*W.shape[:2], *y.shape[2:])


def pyramid(torch, x, W, rates):
    conv2d, pairs = torch.nn.functional.conv2d, zip(W, rates, strict=True)
    return torch.cat([conv2d(x, w, padding=r, dilation=r) for w, r in pairs], -3)


WINDOWS = {
    "": {"k": 2},
    " overlapping": {"k": 3, "stride": 2, "padding": 1},
    " axes": {"k": (2, 3), "stride": (1, 2), "padding": (0, 1)},
}

APART = np.random.default_rng(30).permutation(252).reshape(2, 3, 6, 7) / 8 - 16  # no two alike


def keys(t):
    return cubic_kernel(t, -0.5)  # with antialias PyTorch takes Pillow's parameter


def interpolate(mode, size, seed, *shape, **options):
    """F.interpolate in a mode; what our functions call their options, it calls otherwise."""
    corners = {"align_corners": options.get("align_corners", False)} if mode.startswith("bi") else {}
    smooth = {"antialias": True} if "kernel" in options else {}
    return case(
        lambda torch, x, size, **_: torch.nn.functional.interpolate(x, size, mode=mode, **corners, **smooth),
        {"size": size, **options},
        x=numbers(seed, *shape),
    )


def grid_sample(torch, x, r, s):
    h, w = x.shape[-2:]
    grid = torch.stack([2 * s / (w - 1) - 1, 2 * r / (h - 1) - 1], -1)[None, None]
    return torch.nn.functional.grid_sample(x[None], grid, padding_mode="border", align_corners=True)[0, :, 0]


def concat(torch, x, y):
    return torch.cat([x, y], -3)


def fuse(torch, x, y, W, b):
    return torch.nn.functional.conv2d(torch.cat([x, y], 1), W[:, :, None, None], b)


PAIR = {"x": numbers(60, 2, 3, 2, 4), "y": numbers(61, 2, 3, 2, 4)}


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
    **{f"max_pool{name}": case(
        lambda torch, x, k, **o: torch.nn.functional.max_pool2d(x, k, **o), o, x=APART,
    ) for name, o in WINDOWS.items()},
    **{f"avg_pool{name}": case(
        lambda torch, x, k, **o: torch.nn.functional.avg_pool2d(x, k, **o), o, x=numbers(31, 2, 3, 6, 7),
    ) for name, o in WINDOWS.items()},
    "global_avg_pool": case(
        lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 1)[..., 0, 0], x=numbers(32, 2, 3, 4, 5),
    ),
    "lp_pool": case(power_mean, {"k": 2, "p": 2.0}, x=numbers(33, 2, 3, 4, 6)),
    "lp_pool odd": case(power_mean, {"k": (2, 3), "p": 3.0, "stride": 1}, x=numbers(34, 2, 2, 4, 5)),
    "dilate": case(insert_zeros, {"d": 3}, W=numbers(35, 2, 3, 2, 3)),
    "aspp": case(pyramid, {"rates": [1, 2, 6]}, x=numbers(36, 2, 2, 5, 6), W=numbers(37, 3, 2, 2, 3, 3)),
    "bilinear_at": case(grid_sample, x=numbers(40, 2, 4, 5), r=np.array([0.3, 2.9, 1.25, -0.5]),
                        s=np.array([3.6, 0.2, 4.5, 1.75])),
    "nearest up": interpolate("nearest-exact", (7, 9), 41, 2, 2, 3, 4),
    "nearest down": interpolate("nearest-exact", (2, 3), 42, 1, 2, 7, 8),
    "nearest corner": interpolate("nearest", (7, 3), 43, 1, 2, 5, 8, offset=0),
    "bilinear up": interpolate("bilinear", (7, 9), 44, 2, 2, 3, 4),
    "bilinear down": interpolate("bilinear", (2, 3), 45, 1, 2, 7, 8),
    "bilinear corners": interpolate("bilinear", (7, 1), 46, 1, 2, 4, 5, align_corners=True),
    "bicubic up": interpolate("bicubic", (7, 9), 47, 2, 2, 3, 4),
    "bicubic down": interpolate("bicubic", (2, 3), 48, 1, 2, 7, 8),
    "bicubic corners": interpolate("bicubic", (7, 1), 49, 1, 2, 4, 1, align_corners=True),
    "area": interpolate("area", (2, 3), 50, 2, 2, 7, 8),
    "area up": interpolate("area", (5, 7), 51, 1, 2, 3, 4),
    "resize triangle": interpolate("bilinear", (3, 2), 52, 2, 2, 8, 7, kernel=triangle, radius=1),
    "resize cubic": interpolate("bicubic", (3, 9), 53, 1, 2, 8, 7, kernel=keys, radius=2),
    "add": case(lambda torch, x, y: x + y, **PAIR),
    "concat": case(concat, x=PAIR["x"], y=numbers(62, 2, 2, 2, 4)),
    "fuse": case(fuse, x=PAIR["x"], y=numbers(62, 2, 2, 2, 4), W=numbers(63, 4, 5), b=numbers(64, 4)),
}  # fmt: skip
