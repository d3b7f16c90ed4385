"""Figures of the chapter on convolution, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import convolution as c

SIDES = 2 ** np.arange(3, 9)


# ---- conv2d
def conv2d(ax):
    """Weights from 3 to 64 maps against the side of the image: fully connected, local, local and shared."""
    counts = np.array([c.weight_counts(3.0, 64, 3, side, side) for side in SIDES.tolist()])
    for column, style, name in zip(counts.T, ("o-", "s--", "^:"), ("dense", "local", "shared"), strict=True):
        ax.loglog(SIDES, column, style, label=rf"$P_{{\mathrm{{{name}}}}}$")
    ax.set(xlabel="$h = w$", ylabel="$P$")
    ax.set_xticks(SIDES, [f"${side}$" for side in SIDES])
    ax.minorticks_off()
    ax.legend()


def row(x, W, stride=1):
    """A row of pixels through one kernel of three taps, W (3), or through one for each place, W (3, n)."""
    if W.ndim == 1:
        return c.conv2d(x[None, None], W[None, None, None], stride=stride, padding=(0, 1))[0, 0]
    return (W * c.im2col(np.pad(x, 1)[None, None], (1, 3))).sum(0)


def shift_error(stride=1, shift=4, shared=True):
    """How far "shift, then layer" is from "layer, then shift", at most; the pattern is far from the border."""
    rng = np.random.default_rng(0)
    x = np.pad(rng.standard_normal(8), (8, 24))
    W = rng.standard_normal(3 if shared else (3, 40))
    return np.abs(row(np.roll(x, shift), W, stride) - np.roll(row(x, W, stride), shift // stride)).max()


def conv2d_shift(ax1, ax2):
    """A pattern and its copy: one kernel answers both alike, kernels of their own at each place do not."""
    rng = np.random.default_rng(0)
    pattern = np.array([1.0, 2.0, 0.0, -1.0, 1.0])
    x = np.zeros(32)
    x[5:10] = x[19:24] = pattern
    for ax, W, name in ((ax1, np.array([1.0, 0.0, -1.0]), "W"), (ax2, rng.standard_normal((3, 32)), "W_j")):
        ax.plot(x, "--", drawstyle="steps-mid", label="$x_j$")
        ax.plot(row(x, W), "o-", markersize=3, label="$y_j$")
        ax.set_title(f"${name}$")
        ax.set_xlabel("$j$")
    ax1.legend()


# ---- small_kernels
def small_kernels(ax):
    """Weights per C^2 that a field of r x r costs: one large kernel, or 3 x 3 stacked."""
    L = np.arange(1, 8)
    r = c.stack_field(L)
    ax.plot(r, r**2, "s--", label="$r^2$")
    ax.plot(r, c.stack_parameters(L, 1), "o-", label=r"$9\,(r - 1)/2$")
    ax.set(xlabel="$r$", ylabel="$P / C^2$")
    ax.set_xticks(r, [f"${n}$" for n in r])
    ax.legend()


def merge_error(relu=False):
    """How far two random 3 x 3 layers are from their merged kernel, in percent of the norm of its output."""
    rng = np.random.default_rng(0)
    x, (W, V) = rng.standard_normal((8, 20, 20)), rng.standard_normal((2, 8, 8, 3, 3))
    z = c.conv2d(x, W)
    one = c.conv2d(x, c.merge_kernels(W, V))
    two = c.conv2d(np.maximum(z, 0) if relu else z, V)
    return 100 * np.linalg.norm(two - one) / np.linalg.norm(one)


# ---- pointwise
def pointwise(ax):
    """What a bottleneck costs against 3 x 3 at full width, and where the weights sit."""
    r = 2.0 ** np.arange(5)
    ax.loglog(r, 2 / r / 9, "s--", label=r"$1 \times 1$")
    ax.loglog(r, 1 / r**2, "^:", label=r"$3 \times 3$")
    whole = [c.bottleneck_parameters(256, int(n)) / c.stack_parameters(1, 256) for n in r]
    ax.loglog(r, whole, "o-", label="$P / 9 C^2$")
    ax.axhline(1, color="#24292f", linewidth=0.6)
    ax.set(xlabel="$r$")
    ax.set_xticks(r, [f"${n:g}$" for n in r])
    ax.minorticks_off()
    ax.legend()


# ---- depthwise_separable
def separable_ratio(C, M, k):
    """Weights of both steps over those of a full convolution."""
    return c.separable_parameters(C, M, k) / c.conv_parameters(C, M, k, bias=False)


def depthwise_separable(ax):
    """The ratio of weights against the output channels, for three kernels; dotted: its limit."""
    M = 2 ** np.arange(2, 11)
    for k in (3, 5, 7):
        ratio = [separable_ratio(64, m, k) for m in M.tolist()]
        (line,) = ax.loglog(M, ratio, "o-", markersize=3, label=f"$k = {k}$")
        ax.axhline(1 / k**2, color=line.get_color(), linewidth=0.8, linestyle=":")
    ax.set(xlabel="$M$", ylabel="$1/M + 1/k^2$")
    ax.set_xticks(M[::2], [f"${m}$" for m in M[::2]])
    ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.4], ["$0.02$", "$0.05$", "$0.1$", "$0.2$", "$0.4$"])
    ax.minorticks_off()
    ax.legend()


def rank_one_error(seed=0):
    """Share of the energy of random 3 x 3 kernels, 64 to 128 maps, that the best separable ones miss."""
    W = np.random.default_rng(seed).standard_normal((128, 64, 9))
    s = np.linalg.svd(W.swapaxes(0, 1), compute_uv=False)  # one matrix (maps, taps) for each input channel
    return 1 - (s[:, 0] ** 2).sum() / (s**2).sum()
