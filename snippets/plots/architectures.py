"""Figures of the chapter on architectures, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import architectures as a
from snippets.initialization import orthogonal


# ---- index
NETS = {  # name -> table, image
    "AlexNet": (a.ALEXNET, (3, 227)),
    "VGG-16": (a.VGG16, (3, 224)),
    "VGG-19": (a.VGG19, (3, 224)),
    "NiN": (a.NIN_IMAGENET, (3, 224)),
    "GoogLeNet": (a.GOOGLENET, (3, 224)),
    "ResNet-18": (a.RESNET18, (3, 224)),
    "ResNet-50": (a.RESNET50, (3, 224)),
}


def dense_share(name):
    """Percent of the parameters that are in fully connected layers."""
    net, image = NETS[name]
    P = a.trace(net, *image)[2]
    return 100 * sum(p for p, (kind, *_) in zip(P, net, strict=True) if kind == "dense") / P.sum()


def index(ax):
    """Multiply-adds for one image against parameters."""
    for marker, (name, (net, image)) in zip("osD^vP*", NETS.items(), strict=True):
        P, A = a.totals(net, *image)
        ax.loglog(P / 1e6, A / 1e9, marker, markersize=7, label=name)
    ax.set(xlabel="$P / 10^6$", ylabel="$A / 10^9$")
    ax.legend()


# ---- alexnet_vgg
def shares(name):
    """Percent of the parameters and of the multiply-adds in each layer that has any."""
    net, image = NETS[name]
    _, _, P, A, *_ = a.trace(net, *image)
    return 100 * P[P > 0] / P.sum(), 100 * A[P > 0] / A.sum()


def alexnet_vgg(ax1, ax2):
    """Where the parameters are and where the work is, layer by layer."""
    for ax, name in ((ax1, "AlexNet"), (ax2, "VGG-16")):
        P, A = shares(name)
        l = np.arange(1, len(P) + 1)
        ax.bar(l - 0.2, P, 0.4, label=r"$P_l / P$")
        ax.bar(l + 0.2, A, 0.4, label="$A_l / A$")
        ax.set_title(name)
        ax.set(xlabel="$l$", ylabel=r"$\%$", xticks=l[:: len(l) // 8])
        ax.legend()


# ---- nin
def head_parameters(n, C=512, K=1000):
    """Classifiers on C maps of n x n: fully connected, and by global average pooling."""
    return a.totals((("dense", K),), C, n)[0], a.totals((("mean",), ("dense", K)), C, n)[0]


def nin(ax):
    """The classifier's parameters against the side of the last map."""
    n = np.arange(1, 15)
    dense, average = np.transpose([head_parameters(int(side)) for side in n])
    ax.semilogy(n, dense, "s--", label=r"$512\,n^2 \cdot 1000 + 1000$")
    ax.semilogy(n, average, "o-", label=r"$512 \cdot 1000 + 1000$")
    ax.set(xlabel="$n$", ylabel="$P$")
    ax.legend()


# ---- googlenet
MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
NUMBERS = (  # C, then n1, r3, n3, r5, n5, n_pool
    (192, 64, 96, 128, 16, 32, 32), (256, 128, 128, 192, 32, 96, 64), (480, 192, 96, 208, 16, 48, 64),
    (512, 160, 112, 224, 24, 64, 64), (512, 128, 128, 256, 24, 64, 64), (512, 112, 144, 288, 32, 64, 64),
    (528, 256, 160, 320, 32, 128, 128), (832, 256, 160, 320, 32, 128, 128),
    (832, 384, 192, 384, 48, 128, 128),
)  # fmt: skip
SIDES = (28, 28, 14, 14, 14, 14, 14, 7, 7)


def module_macs(naive=False):
    """Millions of multiply-adds of the nine modules, on the input that each has in the network."""
    weights = np.array([a.inception_weights(*numbers)[2 if naive else 0] for numbers in NUMBERS])
    return weights * np.square(SIDES) / 1e6


def grown_channels():
    """Output channels if no module projected its pooled branch."""
    C = [192]
    for _, n1, r3, n3, r5, n5, n_pool in NUMBERS:
        C.append(a.inception_weights(C[-1], n1, r3, n3, r5, n5, n_pool)[3])
    return C[1:]


def googlenet(ax1, ax2):
    """Work of each module with and without reductions; channels with and without the projection."""
    l = np.arange(9)
    ax1.bar(l - 0.2, module_macs(), 0.4, label=r"$r_3,\; r_5$")
    ax1.bar(l + 0.2, module_macs(True), 0.4, label="$C$")
    ax1.set_ylabel("$A / 10^6$")
    ax2.plot(l, [a.inception_weights(*numbers)[1] for numbers in NUMBERS], "o-", label="$n_p$")
    ax2.plot(l, grown_channels(), "s--", label="$C$")
    ax2.set_ylabel("$M$")
    for ax in (ax1, ax2):
        ax.set_xticks(l, MODULES)
        ax.legend()


# ---- resnet
def _rms(x):
    return np.sqrt(np.mean(np.square(x)))


def depth_gradients(kind, variance=1.0, depth=50, n=64):
    """Root mean square of the gradient after 0, 1, ... blocks, over that at the end; Var W = variance / n.

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
    """What a unit of each level sees, before the top-down pathway and after it, and which box goes where."""
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


# ---- recurrent, lstm, gru
RATIO = r"$\|\partial L/\partial x_{T-k}\| \,/\, \|\partial L/\partial x_T\|$"


def by_distance(dx):
    """Lengths of the gradients at the inputs k = 0, 1, ... steps before the last one, relative to its own."""
    return np.linalg.norm(dx[::-1], axis=1) / np.linalg.norm(dx[-1])


def norm_reach(u, T=61, H=64):
    """Length of a plain network's gradient k steps back, relative to k = 0.

    U is u times an orthogonal matrix; so is W, or |U|^k would not bound the ratio.
    """
    rng = np.random.default_rng(0)
    x, zeros, g = rng.standard_normal((T, H)), np.zeros(H), np.zeros((T, H))
    g[-1] = 1
    W, U = orthogonal(H, H, 0.5, rng), orthogonal(H, H, u, rng)
    return by_distance(a.rnn_grad(x, zeros, W, U, zeros, g)[0])


def recurrent(ax):
    """What the last state sends back to the input k steps before it, by the norm of U, and its bound."""
    for u in (0.5, 1.0, 1.2, 3.0):
        r = norm_reach(u)
        (line,) = ax.semilogy(r)
        ax.semilogy(u ** np.arange(len(r)), "--", color=line.get_color(), linewidth=0.8)
        ax.annotate(rf"$\|U\| = {u:g}$", (len(r), r[-1]), va="center")
    ax.plot([], [], "--", color="#57606a", linewidth=0.8, label=r"$\|U\|^k$")
    ax.set(xlabel="$k$", ylabel=RATIO, xlim=(-3, 77), ylim=(1e-26, 1e12), xticks=range(0, 61, 10))
    ax.legend(loc="lower left")


def reach(kind, bias=0.0, T=100, H=64):
    """Length of the gradient that the last state sends to the input k steps earlier, relative to k = 0.

    The bias is that of the gate which keeps: of f in an LSTM, of z in a GRU.
    """
    rng = np.random.default_rng(0)
    x = rng.standard_normal((T, H))
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    W = rng.uniform(-1, 1, (gates * H, H)) / np.sqrt(H)  # PyTorch's range for all weights
    U = rng.uniform(-1, 1, (gates * H, H)) / np.sqrt(H)
    zeros, b, g = np.zeros(H), np.zeros(gates * H), np.zeros((T, H))
    g[-1], b[H : 2 * H] = 1, bias
    if kind == "RNN":
        dx = a.rnn_grad(x, zeros, W, U, b, g)[0]
    elif kind == "GRU":
        dx = a.gru_grad(x, zeros, W, U, b, np.zeros_like(b), g)[0]
    else:
        dx = a.lstm_grad(x, zeros, zeros, W, U, b, g, np.zeros_like(g))[0]
    return by_distance(dx)


def lstm(ax):
    """What the last state sends back to the input k steps before it, by the bias of the forget gate."""
    for label, style, *what in (
        ("RNN", "-", "RNN"), ("LSTM, $b_f = 0$", "--", "LSTM"), ("LSTM, $b_f = 2$", "-.", "LSTM", 2.0),
        ("LSTM, $b_f = 4$", ":", "LSTM", 4.0),
    ):  # fmt: skip
        ax.semilogy(reach(*what), linestyle=style, label=label)
    ax.set(xlabel="$k$", ylabel=RATIO, ylim=(1e-20, 10))
    ax.legend()


def kept(bias, T=60):
    """Share of the first state that a unit of a GRU still has after k steps; the bias is that of z."""
    zeros = np.zeros((3, 1))
    y = a.gru(np.zeros((T, 1)), [1], zeros, zeros, [0, bias, 0], np.zeros(3))
    return np.array([1, *y[:, 0]])


def candidate(bias, h, a_n=0.5, u=2):
    """What a unit of a GRU would write, by its last state; the bias is that of r, and z is shut."""
    h = np.reshape(h, (-1, 1))
    U = [[0], [0], [u]]
    return a.gru_cell(np.zeros_like(h), h, np.zeros((3, 1)), U, [bias, -40, a_n], np.zeros(3))[:, 0]


def gru(ax1, ax2):
    """What is left of a state after k steps, by the bias of z; the candidate by the last state and by r."""
    for bias, style in ((0, "-"), (2, "--"), (4, "-.")):
        ax1.plot(kept(bias), style, label=f"$b_z = {bias}$")
    ax1.set(xlabel="$k$", ylabel="$h_k \\,/\\, h_0$", ylim=(-0.03, 1.03))
    ax1.legend()
    h = np.linspace(-1, 1, 81)
    for r, bias, style in (("0", -40, "-"), ("0.5", 0, "--"), ("1", 40, "-.")):
        ax2.plot(h, candidate(bias, h), style, label=f"$r = {r}$")
    ax2.set(xlabel="$h_{t-1}$", ylabel="$n$", ylim=(-1.05, 1.05), yticks=(-1, -0.5, 0, 0.5, 1))
    ax2.legend()


# ---- temporal
def seen_by_last(dilations, k=3, T=32):
    """For each layer, from the output down: which steps the last output depends on."""
    g, layers = np.zeros((T, 1)), []
    g[-1] = 1
    for d in reversed(dilations):
        layers.append(np.flatnonzero(g[:, 0]))
        g = a.causal_conv_grad(g, np.ones((k, 1, 1)), 0, g, d)[0]
    return [*layers, np.flatnonzero(g[:, 0])]


def causal_conv(ax):
    """Three causal convolutions of three taps, dilations 1, 2, 4: the cone of the last output."""
    dilations, T = (1, 2, 4), 17
    seen = seen_by_last(dilations, T=T)
    for level in range(4):
        ax.plot(np.arange(T), np.full(T, level), "o", color="#d0d7de", markersize=4)
    for level, (steps, d) in enumerate(zip(seen, reversed(dilations))):
        for t in steps:
            for u in range(3):
                ax.plot([t, t - u * d], [3 - level, 2 - level], color="#0969da", linewidth=0.8)
    for level, steps in enumerate(seen):
        ax.plot(steps, np.full(len(steps), 3 - level), "o", color="#cf222e", markersize=5)
    ax.set_yticks(range(4), ["$x$", "$d = 1$", "$d = 2$", "$d = 4$"])
    ax.set(xlabel="$t$", ylim=(-0.4, 3.4))
    ax.grid(False)


# ---- video
def factored_weights(N, C=64, M=64, k=3, l=3):
    """Weights of a convolution in space from C to N channels and one in time from N to M."""
    return a.conv3d_parameters(C, N, k, l=1) + a.conv3d_parameters(N, M, k=1, l=l)


def video(ax1, ax2):
    """After a temporal shift: the frame that each value comes from; weights against frames, 2-D = 1."""
    frames = np.arange(1, 7)
    x = np.broadcast_to(frames[:, None, None], (8, 6, 1, 1))
    for c, row in enumerate(a.temporal_shift(x)[..., 0, 0], 1):
        color = {1: "#cf222e", 2: "#0969da"}.get(c, "#57606a")
        for r, frame in zip(frames, row, strict=True):
            ax1.text(r, c, f"${frame:.0f}$", color=color, fontsize=14, ha="center", va="center")
    ax1.plot([2.6, 3.4, 3.4, 2.6, 2.6], [0.5, 0.5, 8.5, 8.5, 0.5], color="#24292f", linewidth=0.8)
    ax1.set(xlabel="$r$", ylabel="$c$", xlim=(0.4, 6.6), ylim=(8.7, 0.3), xticks=frames, yticks=range(1, 9))
    ax1.grid(False)
    l = np.array([1, 3, 5, 7])
    flat = a.conv3d_parameters(64, 64, l=1)
    ax2.plot(l, a.conv3d_parameters(64, 64, l=l) / flat, label="3D")
    ax2.plot(l, factored_weights(a.factored_channels(64, 64, l=l), l=l) / flat, "o", label="(2+1)D")
    ax2.plot(l, factored_weights(64, l=l) / flat, "s--", label="(2+1)D, $N = C$")
    ax2.plot(3, 1, "*", markersize=11, label="2D, TSM")
    ax2.set(xlabel="$l$", ylabel="$P \\,/\\, (k^2 C M)$", xticks=l, ylim=(0, 7.5))
    ax2.legend()


# ---- attention
def words(T=12, d=16):
    """Queries and keys of T made-up words of three kinds."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((T, d)) + 1.5 * rng.standard_normal((3, d))[np.arange(T) % 3]
    return x / 2, x


def attention(ax1, ax2):
    """Weights of twelve made-up words on each other, areas of dots; free, and with the causal mask."""
    for ax, mask, title in ((ax1, True, "$M = 1$"), (ax2, a.causal_mask(12), r"$M_{ts} = [s \leq t]$")):
        A = a.attention_weights(*words(), mask)
        t, s = np.indices(A.shape) + 1
        ax.scatter(s, t, 3 * np.round(30 * A), color="#0969da")  # few sizes: few bytes
        ax.set(xlabel="$s$", ylabel="$t$", title=title, xlim=(0.3, 12.7), ylim=(12.7, 0.3))
        ax.set(xticks=range(2, 13, 2), yticks=range(2, 13, 2))
        ax.grid(False)


def _random_keys(d, N=32, rows=400):
    """A random query for each row, N random keys, and a random gradient at the weights."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal((rows, n, m)) for n, m in ((1, d), (N, d), (1, N))]


def scores(d, power=0.5, N=32, rows=400):
    """Scores of random queries and N keys divided by d^power: their deviation, the largest weight, the slope.

    The slope is the median Frobenius norm of the Jacobian of the softmax.
    """
    Q, K, _ = _random_keys(d, N, rows)
    A = a.attention_weights(d ** (0.5 - power) * Q, K)  # which itself divides by the root of d
    J = A[..., None] * (np.eye(N) - A[..., None, :])
    slope = np.median(np.linalg.norm(J, axis=(-2, -1)))
    return (Q @ K.swapaxes(-1, -2)).std() / d**power, A.max(-1).mean(), slope


def query_gradients(d, power=0.5):
    """Lengths of the gradients that the queries get; the scores are divided by d^power."""
    Q, K, g = _random_keys(d)
    s = d ** (0.5 - power)
    return np.linalg.norm(s * a.attention_weights_grad(s * Q, K, g)[0], axis=(-2, -1))


def attention_scale(ax1, ax2):
    """Deviation of the scores and slope of the softmax against d: undivided, divided by root d, by d."""
    sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    names = r"q^\top k", r"q^\top k/\sqrt{d}", r"q^\top k/d"
    for power, style, name in zip((0, 0.5, 1), ("o-", "s--", "^:"), names, strict=True):
        deviation, _, slope = np.transpose([scores(d, power, rows=60) for d in sizes])
        ax1.loglog(sizes, deviation, style, label=f"${name}$", markersize=4)
        ax2.loglog(sizes, slope, style, markersize=4)
    ax1.set(xlabel="$d$", ylabel=r"$\sigma$")
    ax2.set(xlabel="$d$", ylabel=r"$\|\partial A/\partial S\|$")
    ax1.legend()
