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
    """How far "shift, then layer" is from "layer, then shift", at
    most; the pattern is far from the border."""
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


# ---- pooling
SIGNED = np.array([-3.0, 1.0, 2.0, 0.5])


def pooling(ax):
    """The p-norm of a window and its power mean against p; both end at the largest magnitude."""
    p = np.geomspace(1, 64, 61)
    norm = np.array([c.lp_pool(SIGNED[None, None], (1, 4), q).item() for q in p])
    ax.semilogx(p, norm, label=r"$(\sum |x_i|^p)^{1/p}$", base=2)
    ax.semilogx(p, norm / 4 ** (1 / p), "--", label=r"$(\frac{1}{n} \sum |x_i|^p)^{1/p}$", base=2)
    for y, name in ((3, r"\max |x_i|"), (2, r"\max x_i"), (SIGNED.mean(), r"\frac{1}{n} \sum x_i")):
        ax.axhline(y, color="#57606a", linewidth=0.8, linestyle=":")
        ax.text(64, y + 0.08, f"${name}$", ha="right", va="bottom")
    ax.set(xlabel="$p$", ylim=(0, 7))
    ax.legend()


def shift_change(k, shift):
    """How much shifted maps differ after max pooling k x k; 1: as two that have nothing in common."""
    x = np.random.default_rng(0).standard_normal((8, 64, 64))
    x = np.maximum(sum(np.roll(x, (i, j), (1, 2)) for i, j in np.ndindex(3, 3)), 0)
    y, z = (c.max_pool(v, k) for v in (x, np.roll(x, shift, 2)))
    return np.sqrt(((z - y) ** 2).mean() / (2 * y.var((1, 2)).mean()))


def pooling_shift(ax):
    """What a shift changes, without pooling and after windows of three sizes."""
    shifts = np.arange(9)
    for k, style in ((1, "o-"), (2, "s--"), (4, "^:"), (8, "d-.")):
        ax.plot(shifts, [shift_change(k, shift) for shift in shifts], style, markersize=4, label=f"$k = {k}$")
    ax.set(xlabel=r"$\Delta$")
    ax.legend()


# ---- receptive_field
ALEXNET = [11, 3, 5, 3, 3, 3, 3, 3], [4, 2, 1, 2, 1, 1, 1, 2]  # kernels and strides up to the last pooling
VGG16 = [3, 3, 2] * 2 + [3, 3, 3, 2] * 3, [1, 1, 2] * 2 + [1, 1, 1, 2] * 3


def resnet50(late):
    """Kernels and strides of ResNet-50 up to its last block; strides on the 3 x 3, or on the 1 x 1 before."""
    k, s = [7, 3], [2, 2]
    for blocks, first in ((3, 1), (4, 2), (6, 2), (3, 2)):
        for stride in [first] + [1] * (blocks - 1):
            k += [1, 3, 1]
            s += [1, stride, 1] if late else [stride, 1, 1]
    return k, s


def cone(ax, k, stride=1):
    """One unit of the last layer and all below it, each drawn at the middle of what it sees."""
    k, s = np.broadcast_arrays(k, stride)
    units = [0]
    for l in range(len(k), -1, -1):
        at = {i: sum(c.field_of(i, k[:l], s[:l])) / 2 if l else i for i in range(c.field_of(0, k, s)[1] + 1)}
        if l < len(k):
            taps = [(i, i * s[l] + u) for i in units for u in range(k[l])]
            for i, j in taps:
                ax.plot([above[i], at[j]], [l + 1, l], color="#57606a", linewidth=0.5)
            units = sorted({j for _, j in taps})
        ax.plot([at[i] for i in units], [l] * len(units), "o", markersize=5, color="#0969da")
        ax.text(at[max(units)] + 0.4, l, f"${len(units)}$", va="center")
        above = at
    ax.set(ylabel="$l$", yticks=range(len(k) + 1))
    ax.grid(False)


def receptive_field(ax1, ax2):
    """What one unit sees: through four 3 x 3 layers; through 3 x 3, pooling 2 x 2 and 3 x 3."""
    cone(ax1, [3, 3, 3, 3])
    ax1.set_title("$k = (3, 3, 3, 3)$")
    cone(ax2, [3, 2, 3], [1, 2, 1])
    ax2.set_title("$k = (3, 2, 3)$, $s = (1, 2, 1)$")


def measured_field(L=20, maps=8, draws=30, seed=0):
    """Squared gradient of one unit by the pixels: random images, random 3 x 3 layers, ReLU; sum 1."""
    rng = np.random.default_rng(seed)
    total = np.zeros((2 * L + 1, 2 * L + 1))
    for _ in range(draws):
        x, zs, Ws = rng.standard_normal((maps, 2 * L + 1, 2 * L + 1)), [], []
        for _ in range(L):
            Ws.append(rng.standard_normal((maps, maps, 3, 3)) * np.sqrt(2 / (9 * maps)))
            zs.append(c.conv2d(x, Ws[-1]))
            x = np.maximum(zs[-1], 0)
        g = np.ones((maps, 1, 1))
        for z, W in zip(zs[::-1], Ws[::-1], strict=True):
            g = c.conv2d(g * (z > 0), W.swapaxes(0, 1)[..., ::-1, ::-1], padding=2)
        total += (g**2).sum(0) / (g**2).sum()
    return total / draws


SHARE = 0.95


def width(w):
    """The smallest number of columns in the middle that hold this share of all paths."""
    middle = len(w) // 2
    inside = w[middle] + np.cumsum(w[middle + 1 :] + w[:middle][::-1])
    return 2 * (np.argmax(inside >= SHARE) + 1) + 1


def receptive_field_effective(ax1, ax2):
    """The gradient in the 41 columns that 20 layers see; how field and effective field grow with depth."""
    w, t = c.effective_field([3] * 20), np.arange(-20, 21)
    squares = r"$\sum_i\, (\partial y / \partial x_{it})^2$"
    ax1.plot(t, measured_field().sum(0), "o", markersize=3.5, label=squares)
    ax1.plot(t, w, "-", label="$w_t$")
    ax1.set(xlabel="$t$", title="$L = 20$")
    ax1.legend()
    L = 2 ** np.arange(1, 9)
    ax2.loglog(L, [c.receptive_field([3] * n)[-1] for n in L], "s--", label="$r$")
    ax2.loglog(L, [width(c.effective_field([3] * n)) for n in L], "o-", label=r"$95\%$")
    ax2.loglog(L, 3.92 * np.sqrt(2 * L / 3), ":", label=r"$3.92 \sqrt{2L/3}$")
    ax2.set(xlabel="$L$", title=r"$L = 2, \dots, 256$")
    ax2.set_xticks(L, [f"${n}$" for n in L])
    ax2.minorticks_off()
    ax2.legend()


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


# ---- dilated
def dilated(ax1, ax2):
    """Pixels that one unit uses after three 3 x 3 layers, larger where more paths begin."""
    for ax, r in ((ax1, [2, 2, 2]), (ax2, [1, 2, 3])):
        w = c.effective_field([3, 3, 3], 1, r)
        i, j = np.indices((w.size, w.size)) - w.size // 2
        paths = np.outer(w, w)
        used = paths > 0
        ax.scatter(i[~used], j[~used], s=2, color="#57606a", linewidths=0)
        ax.scatter(i[used], j[used], s=90 * np.sqrt(paths[used] / paths.max()), marker="s", linewidths=0)
        ax.set(title=f"$r = ({r[0]}, {r[1]}, {r[2]})$", aspect="equal")
        ax.set(xticks=range(-6, 7, 2), yticks=range(-6, 7, 2))
        ax.grid(False)


def taps_inside(n, d):
    """Share of the nine taps with dilation rate d that lie on a map of n x n, averaged over all places."""
    return c.conv2d(np.ones((1, n, n)), np.ones((1, 1, 3, 3)), padding=d, dilation=d).mean() / 9


def dilated_border(ax):
    """The larger the rate, the more taps fall into the padding; at last only the middle one is left."""
    d = np.arange(1, 81)
    for n, style in ((65, "-"), (33, "--")):
        ax.plot(d, [taps_inside(n, rate) for rate in d.tolist()], style, label=f"$n = {n}$")
    ax.axhline(1 / 9, color="#57606a", linewidth=0.8, linestyle=":")
    ax.set(xlabel="$d$", ylim=(0, 1))
    ax.set_yticks([1 / 9, 0.5, 1], ["$1/9$", "$1/2$", "$1$"])
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


# ---- interpolation
METHODS = {
    "nearest": c.nearest,
    "bilinear": c.bilinear,
    "bicubic": c.bicubic,
    "area": c.area,
    "triangle": lambda x, size: c.resize(x, size, c.triangle, 1),
    "Keys": lambda x, size: c.resize(x, size, lambda t: c.cubic_kernel(t, -0.5), 2),
    "Lanczos": c.resize,
}


def interpolation(ax1, ax2):
    """Kernels, and an edge of six pixels that becomes 96."""
    t = np.linspace(-3, 3, 601)
    ax1.plot(t, c.triangle(t), "--", label=r"$\Lambda$")
    for a, style in ((-0.5, "-"), (-0.75, ":")):
        ax1.plot(t, c.cubic_kernel(t, a), style, label=f"$W$, $a = {a}$")
    ax1.plot(t, c.lanczos_kernel(t), "-.", label="$L$, $a = 3$")
    ax1.set(xlabel="$t$")
    ax1.legend()
    edge = np.repeat([[0.0, 1.0]], 3, 1)
    s = c.source_position(np.arange(96), 6, 96)
    for name, style in (("nearest", ":"), ("bilinear", "--"), ("bicubic", "-")):
        ax2.plot(s, METHODS[name](edge, (1, 96))[0], style, label=name)
    ax2.plot(edge[0], "o", color="#57606a")
    ax2.set(xlabel="$j$")
    ax2.legend()


def overshoot(a=-0.75):
    """How far bicubic interpolation of an edge leaves the range of its pixels, in percent of the edge."""
    return 100 * c.bicubic(np.repeat([[0.0, 1.0]], 4, 1), (1, 800), a=a).max() - 100


def kept(name, f, shrink=4):
    """What a method keeps of stripes with f cycles per pixel, in percent, when the image shrinks."""
    j = np.arange(64 * shrink)
    waves = np.stack([np.cos(2 * np.pi * f * j), np.sin(2 * np.pi * f * j)])[:, None]
    y = METHODS[name](waves, (1, 64))[:, 0, 8:-8]
    return 100 * np.sqrt((y**2).sum(0).mean())


def upsampling_error(name, period=8, zoom=4):
    """Root mean square error of enlarged stripes, in percent of that of the stripes."""
    n = 8 * period
    s = c.source_position(np.arange(zoom * n), n, zoom * n)
    y = METHODS[name](np.cos(2 * np.pi / period * np.arange(n))[None], (1, zoom * n))[0]
    inside = slice(4 * zoom, -4 * zoom)
    wave = np.cos(2 * np.pi / period * s)
    return 100 * np.sqrt(np.mean((y - wave)[inside] ** 2) / np.mean(wave[inside] ** 2))


def interpolation_aliasing(ax):
    """What is left of stripes in an image four times smaller, against their frequency."""
    f = np.linspace(0, 0.5, 101)
    styles = {"nearest": ":", "bilinear": "--", "area": "-.", "triangle": (0, (6, 2)), "Lanczos": "-"}
    for name, style in styles.items():
        ax.plot(f, [kept(name, cycles) / 100 for cycles in f], linestyle=style, label=name)
    ax.axvline(1 / 8, color="#57606a", linewidth=0.8)
    ax.set(xlabel="$f$", ylim=(0, 1.1))
    ax.set_xticks([0, 1 / 8, 1 / 4, 3 / 8, 1 / 2], ["$0$", "$1/8$", "$1/4$", "$3/8$", "$1/2$"])
    ax.legend()


def transposed_error():
    """Bilinear doubling against a transposed convolution with a fixed 4 x 4 kernel, away from the border."""
    x = np.random.default_rng(0).standard_normal((1, 8, 8))
    row = np.array([1, 3, 3, 1]) / 4
    up = c.conv2d_grad(np.zeros((1, 16, 16)), np.outer(row, row)[None, None], 0, x, stride=2, padding=1)[0]
    return np.abs(up - c.bilinear(x, 16))[:, 2:-2, 2:-2].max()


def overlaps(k, stride=2):
    """How many windows meet at a pixel of a transposed convolution: fewest and most, away from the border."""
    size = (20 - 1) * stride + k
    count = c.im2col_grad(np.zeros((1, size, size)), 1, k, stride)[0, k:-k, k:-k]
    return int(count.min()), int(count.max())


# ---- add_concat
def add_concat(ax1, ax2):
    """Channels that layer l reads, and weights of L layers: sums of
    64 channels, and 32 more from each layer."""
    layers = np.arange(1, 13)
    ax1.plot(layers, np.full(12, 64), "s--", label="ResNet")
    ax1.plot(layers, 64 + 32 * (layers - 1), "o-", label="DenseNet")
    ax1.set(xlabel="$l$", ylabel="$C_l$")
    ax2.plot(layers, c.stack_parameters(layers, 64), "s--", label="ResNet")
    ax2.plot(layers, c.dense_parameters(layers, 64, 32), "o-", label="DenseNet")
    ax2.set(xlabel="$L$", ylabel="$P$")
    ax2.ticklabel_format(axis="y", style="sci", scilimits=(0, 0), useMathText=True)
    ax2.legend()


def recovered(fusion):
    """Share of one of two independent signals that the best linear map gets back from their fusion."""
    x, y = np.random.default_rng(0).standard_normal((2, 4000, 1))
    z = x + y if fusion == "add" else np.hstack([x, y])
    return 1 - ((x - z @ np.linalg.lstsq(z, x)[0]) ** 2).sum() / (x**2).sum()


def sum_scale(N):
    """Root mean square of a sum of N independent maps of size 1."""
    return np.sqrt((np.random.default_rng(0).standard_normal((N, 100000)).sum(0) ** 2).mean())
