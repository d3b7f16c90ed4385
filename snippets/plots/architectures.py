"""Figures of the chapter on architectures, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import architectures as a


# ---- index


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


# ---- resnet
def _rms(x):
    return np.sqrt(np.mean(np.square(x)))


def depth_gradients(kind, variance=1.0, depth=50, n=64):
    """Root mean square of the gradient behind 0, 1, ... blocks, over that at the end; Var W = variance / n.

    A plain block is the branch of a pre-activation block alone; the gates of a highway have the bias -2.
    """
    rng = np.random.default_rng(7)
    weights = rng.standard_normal((depth, 2, n, n)) * np.sqrt(variance / n)
    x, tape = rng.standard_normal((64, n)), []
    for V, W in weights:
        tape.append((x, V, np.zeros(n), W, np.full(n, -2.0)) if kind == "highway" else (x, V, W))
        x = a.highway(*tape[-1]) if kind == "highway" else a.pre_activation(*tape[-1]) - (kind == "plain") * x
    gs = [rng.standard_normal(x.shape)]
    for inputs in reversed(tape):
        g = gs[-1]
        dx = (a.highway_grad if kind == "highway" else a.pre_activation_grad)(*inputs, g)[0]
        gs.append(dx - (kind == "plain") * g)
    return np.array([_rms(g) for g in reversed(gs)]) / _rms(gs[0])


def resnet(ax1, ax2):
    """The gradient over the depth, and what of it arrives at the input for other scales of the weights."""
    styles = (("highway", 1, ":", "$T H + (1 - T) x$"), ("residual", 1, "-", "$x + F(x)$, $1/n$"),
              ("plain", 1, "--", "$F(x)$, $1/n$"), ("plain", 2, "-.", "$F(x)$, $2/n$"))  # fmt: skip
    for kind, variance, style, name in styles:
        ax1.plot(depth_gradients(kind, variance), style, label=name)
    variances = np.array([0.25, 0.5, 1, 1.5, 2, 2.5, 3])
    for kind, style, name in (("plain", "--", "$F(x)$"), ("residual", "-", "$x + F(x)$")):
        ends = [depth_gradients(kind, v, n=32)[0] for v in variances]
        ax2.plot(variances, ends, style, marker="o", markersize=3, label=name)
    ax1.set(xlabel="$l$", ylabel=r"$\|\partial L / \partial x_l\| \; / \; \|\partial L / \partial x_{50}\|$")
    ax2.set(xlabel=r"$n \operatorname{Var} W$",
            ylabel=r"$\|\partial L / \partial x_0\| \; / \; \|\partial L / \partial x_{50}\|$")  # fmt: skip
    for ax in (ax1, ax2):
        ax.set_yscale("log")
        ax.legend()


def degradation(L, shortcut, steps=100):
    """Training loss of L blocks of two layers, 16 wide, on two spirals with Adam: the mean of four networks.

    Variance 2/n keeps the gradients of the plain network; the residual branches start with 1/sqrt(L) of that.
    Also the gradients of the first step at the weights of the first block and of the last.
    """
    rng, n, y = np.random.default_rng(0), 16, np.arange(64) % 2
    t = np.linspace(1, 5.5, 64)
    spirals = np.stack([t * np.cos(t + np.pi * y), t * np.sin(t + np.pi * y)], 1) / 3
    x0 = spirals @ rng.standard_normal((4, 2, n))
    D, theta = rng.standard_normal((4, n)) / np.sqrt(n), rng.standard_normal((2, L, 4, n, n)) * np.sqrt(2 / n)
    theta[1] /= np.sqrt(L) if shortcut else 1
    m, v, losses = 0, 0, []
    for k in range(1, steps + 1):
        x, tape, d = x0, [], np.empty_like(theta)
        for V, W in zip(*theta, strict=True):
            r = np.maximum(x, 0)
            h = np.maximum(r @ V, 0)
            tape.append((r, h))
            x = shortcut * x + h @ W
        z = (x @ D[..., None])[..., 0]
        losses.append(np.logaddexp(0, np.where(y, -z, z)).mean())
        g = ((1 / (1 + np.exp(-z)) - y) / len(y))[..., None] * D[:, None]
        for l in reversed(range(L)):
            r, h = tape[l]
            dz = g @ theta[1, l].swapaxes(1, 2) * (h > 0)
            d[:, l] = r.swapaxes(1, 2) @ dz, h.swapaxes(1, 2) @ g
            g = shortcut * g + dz @ theta[0, l].swapaxes(1, 2) * (r > 0)
        if k == 1:
            first, last = (_rms(d[:, l]) for l in (0, -1))
        m, v = 0.9 * m + 0.1 * d, 0.99 * v + 0.01 * d * d
        theta -= 0.003 * m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.99**k)) + 1e-8)
    return np.array(losses), first, last


def resnet_degradation(ax):
    """Training loss over the steps, plain and with shortcuts, shallow and deep."""
    for L, shortcut, style in ((2, 0, "--"), (16, 0, "-."), (2, 1, ":"), (16, 1, "-")):
        ax.plot(degradation(L, shortcut)[0], style, label=f"${('', 'x + ')[shortcut]}F(x)$, {2 * L}")
    ax.set(xlabel="$t$", ylabel="$L$", ylim=(0.3, 0.9))
    ax.legend()


# ---- fpn
C_LEVELS = [4, 8, 14, 17]  # rows of the table of ResNet-50 where its stages end


def fpn_fields(net=a.RESNET50):
    """Side of the square of pixels that a unit of C2 to C5 depends on, and one of P2 to P5 at least."""
    _, _, _, _, _, r, j = a.trace(net)
    last = C_LEVELS[-1]
    beside = np.array([0, 0, 1, 2])  # further units of C5 that the 3 x 3 on P2 to P5 reaches at least
    return r[C_LEVELS], r[last] + beside * j[last]


def fpn_macs(n=800, M=256):
    """Multiply-adds, for an n x n image: ResNet-50 without its head, what the pyramid adds, P2 in that."""
    C, m, _, A, _, _, _ = a.trace(a.RESNET50, n=n)
    each = (C[C_LEVELS] * M + 9 * M * M) * m[C_LEVELS] ** 2
    return A[:18].sum(), each.sum(), each[0]


def fpn(ax1, ax2):
    """What a unit of each level sees, before the top-down pathway and behind it, and which box goes where."""
    for side, style, name in zip(fpn_fields(), ("o--", "s-"), "CP", strict=True):
        ax1.plot([2, 3, 4, 5], side, style, label=f"${name}_k$")
    ax1.set(xlabel="$k$", ylabel="$r$", xticks=[2, 3, 4, 5], ylim=(0, 550))
    ax1.legend(loc="lower right")
    side = np.geomspace(28, 1792, 1201)
    ax2.plot(side, a.fpn_level(side, side))
    ax2.plot(side, 4 + np.log2(side / 224), ":")
    ax2.set(xlabel=r"$\sqrt{wh}$", ylabel="$k$", yticks=[2, 3, 4, 5], ylim=(0.7, 7.3))
    ax2.set_xscale("log", base=2)
    ax2.set_xticks([28, 56, 112, 224, 448, 896, 1792], ["28", "56", "112", "224", "448", "896", "1792"])


# ---- temporal


# ---- attention
