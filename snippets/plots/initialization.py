"""Figures of the chapter on initialization, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import activations as a
from snippets import initialization as init


def rms(x, axis=None):
    """Root mean square."""
    return np.sqrt(np.mean(np.square(x), axis))


# ---- index: symmetry
def train_xor(start, steps=2000, rate=0.1):
    """Four tanh units learn the exclusive or of two signs, x_3 = 1: (paths of W_1j, loss) over the steps."""
    x = np.array([[-1, -1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, 1]])
    target = -x[:, 0] * x[:, 1]
    rng = np.random.default_rng(0)
    if start == "random":
        W, v = init.xavier_normal(3, 4, rng=rng), init.xavier_normal(4, 1, rng=rng)[:, 0]
    else:
        W, v = np.full((3, 4), start), np.full(4, start)
    path, loss = [W[0]], []
    for _ in range(steps):
        error = init.hidden_layer(x, W, v) - target
        loss.append(np.mean(error**2))
        _, dW, dv = init.hidden_layer_grad(x, W, v, 2 * error / 4)
        W, v = W - rate * dW, v - rate * dv
        path.append(W[0])
    return np.array(path), np.array(loss)


def symmetry(ax1, ax2):
    """Left: the first weight of each unit. Right: the loss, which only the random start brings to 0."""
    for start, color, style in ((0.0, "#57606a", ":"), (0.5, "#cf222e", "--"), ("random", "#0969da", "-")):
        path, loss = train_xor(start)
        label = rf"$W = v = {start:g}$" if start != "random" else r"$W, v \sim \mathcal{N}$"
        ax1.semilogx(np.arange(1, len(path)), path[1:], style, color=color)
        ax2.loglog(np.arange(1, len(loss) + 1), loss, style, color=color, label=label)
    ax1.set_ylabel("$W_{1j}$")
    ax2.set_ylabel("$L$")
    ax2.set_ylim(1e-3, 3)
    for ax in (ax1, ax2):
        ax.set_xlabel("$t$")
    ax2.legend(loc="lower left")


# ---- index: Gaussian, 3 sigma, truncation
def relu_sizes(sigma, depth=10, width=512):
    """Root mean square of the activations after each layer of a random ReLU network."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, width))
    sizes = [rms(x)]
    for _ in range(depth):
        x = a.relu(x @ init.gaussian(width, width, sigma, rng))
        sizes.append(rms(x))
    return np.array(sizes)


def gaussian(ax):
    """A fixed standard deviation shrinks or blows up the signal; one that fits the width keeps it."""
    for sigma, label in ((0.1, "0.1"), (np.sqrt(2 / 512), r"\sqrt{2/512}"), (0.01, "0.01")):
        ax.semilogy(relu_sizes(sigma), "o-", markersize=4, label=rf"$\sigma = {label}$")
    ax.set_xlabel("$l$")
    ax.set_ylabel(r"$\mathrm{rms}\ x^{(l)}$")
    ax.legend(loc="lower left")


def density(z):
    """Of the standard normal distribution."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def three_sigma(ax1, ax2):
    """Left: the shares within 1, 2, 3 sigma. Right: cut off at 2 sigma, and stretched to the old variance."""
    z = np.linspace(-4, 4, 801)
    ax1.plot(z, density(z))
    ax1.fill_between(z, density(z), where=np.abs(z) <= 3, color="#0969da", alpha=0.15, linewidth=0)
    for k, height in ((1, 0.26), (2, 0.13), (3, 0.03)):
        ax1.annotate("", (k, height), (-k, height), arrowprops={"arrowstyle": "<->", "color": "#24292f"})
        share = rf"${100 * init.within_sigma(k):.2f}\,\%$"
        ax1.annotate(share, (0, height), (0, 3), textcoords="offset points", ha="center")
    s, k = init.truncated_std(2), 2
    ax2.plot(z, density(z), ":", label=r"$\mathcal{N}(0, \sigma^2)$")
    for scale, style, label in ((1, "--", r"$|Z| \leq 2$"), (s, "-", rf"$|Z| \leq 2,\ Z/{s:.3f}$")):
        inside = np.where(np.abs(z * scale) <= k, density(z * scale) * scale / init.within_sigma(k), 0)
        ax2.plot(z, inside, style, label=label)
    for ax in (ax1, ax2):
        ax.set_xlabel(r"$w / \sigma$")
        ax.set_xticks(range(-4, 5))
    ax2.set_ylim(0, 0.62)
    ax2.legend(loc="upper center", ncols=2, fontsize=9)


# ---- index: orthogonal
def product_spectrum(draw, depth, width=100):
    """Singular values of a product of random square matrices, the largest first."""
    rng, product = np.random.default_rng(0), np.eye(width)
    for _ in range(depth):
        product = product @ draw(width, width, rng=rng)
    return np.linalg.svd(product, compute_uv=False)


def lecun(n_in, n_out, rng=None):
    """Normal weights of variance 1 / n_in."""
    return init.gaussian(n_in, n_out, np.sqrt(1 / n_in), rng)


def orthogonal(ax):
    """Products of Gaussian matrices stretch a few directions and
    crush the rest, orthogonal ones do neither."""
    i = np.arange(1, 101)
    for depth, style in ((1, "-"), (5, "--"), (20, "-.")):
        ax.semilogy(i, product_spectrum(lecun, depth), style, label=rf"$\mathcal{{N}}(0, 1/n),\ L = {depth}$")
    ax.semilogy(i, product_spectrum(init.orthogonal, 20), color="#24292f", label=r"$Q^\top Q = I,\ L = 20$")
    ax.set_ylim(1e-9, 1e4)
    ax.set_xlabel("$i$")
    ax.set_ylabel("$s_i$")
    ax.legend(loc="lower left")


# ---- xavier and kaiming: scales over depth
def depth_scales(f, df, draw, widths=(128,) * 51, seed=0):
    """Root mean squares of the activations and of the gradients in front of each layer, from the input on."""
    rng = np.random.default_rng(seed)
    weights = [draw(n, m, rng=rng) for n, m in zip(widths, widths[1:])]
    x, z = [rng.standard_normal((32, widths[0]))], []
    for W in weights:
        z.append(x[-1] @ W)
        x.append(f(z[-1]))
    g = [rng.standard_normal((32, widths[-1]))]
    for W, s in zip(weights[::-1], z[::-1]):
        g.append(df(s, g[-1]) @ W.T)
    return np.array([rms(v) for v in x]), np.array([rms(v) for v in g[::-1]])


def old_uniform(n_in, n_out, rng=None):
    """U(-1/sqrt(n), 1/sqrt(n)), what was usual before Xavier, and PyTorch's default for linear layers."""
    return init.kaiming_uniform(n_in, n_out, a=np.sqrt(5), rng=rng)


def xavier_tanh(n_in, n_out, rng=None):
    """Xavier with PyTorch's gain for tanh."""
    return init.xavier(n_in, n_out, 5 / 3, rng)


def tanh_scales(draw):
    """The scales in a tanh network of 50 layers of 128 units."""
    return depth_scales(a.tanh, a.tanh_grad, draw)


def tanh_fixed_point(gain, layers=500):
    """Infinite width, after many layers: (rms of the activations, factor on the gradient's mean square)."""
    z, q = np.linspace(-12, 12, 20_001), 1.0
    p = density(z) / density(z).sum()
    for _ in range(layers):
        q = gain**2 * (p @ a.tanh(np.sqrt(q) * z) ** 2)
    return np.sqrt(q) / gain, gain**2 * (p @ a.tanh_grad(np.sqrt(q) * z, 1.0) ** 2)


def _two_scales(ax1, ax2, curves):
    for label, style, (x, g) in curves:
        ax1.semilogy(x, style, label=label)
        ax2.semilogy(g, style)
    ax1.set_ylabel(r"$\mathrm{rms}\ x^{(l)}$")
    ax2.set_ylabel(r"$\mathrm{rms}\ \partial L / \partial x^{(l)}$")
    for ax in (ax1, ax2):
        ax.set_xlabel("$l$")
    ax1.legend()


def _ticks(set_ticks, values):
    """Powers of two on a logarithmic axis, and nothing between them."""
    set_ticks(values, [f"${v:g}$" if v >= 1 else f"$1/{1 / v:g}$" for v in values])
    set_ticks([], minor=True)


def xavier(ax1, ax2):
    """tanh: the old rule kills signal and gradient, Xavier keeps
    both, a gain of 5/3 keeps the signal only."""
    draws = (
        (r"U(\pm 1/\sqrt{n})", old_uniform, "--"),
        ("g = 1", init.xavier, "-"),
        ("g = 5/3", xavier_tanh, "-."),
    )
    _two_scales(ax1, ax2, [(f"${label}$", style, tanh_scales(draw)) for label, draw, style in draws])


def layer_factors(n_in, n_out, variance):
    """What one linear layer does to the mean square of the signal and of the gradient, measured."""
    rng = np.random.default_rng(0)
    W = init.gaussian(n_in, n_out, np.sqrt(variance), rng)
    x, g = rng.standard_normal((200, n_in)), rng.standard_normal((200, n_out))
    return rms(x @ W) ** 2 / rms(x) ** 2, rms(g @ W.T) ** 2 / rms(g) ** 2


def xavier_fans(ax):
    """Forward and backward factor of a layer under Xavier, against n_out / n_in. Dots: n_in + n_out = 400."""
    r = np.geomspace(1 / 16, 16, 200)
    ax.loglog(r, 2 / (1 + r), label=r"$n_{\mathrm{in}} \mathrm{Var}\, W$")
    ax.loglog(r, 2 * r / (1 + r), "--", label=r"$n_{\mathrm{out}} \mathrm{Var}\, W$")
    ax.loglog(r, 4 * r / (1 + r) ** 2, ":", label=r"$n_{\mathrm{in}} n_{\mathrm{out}} (\mathrm{Var}\, W)^2$")
    for n_in in (25, 50, 100, 200, 300, 350, 375):
        for factor, color in zip(layer_factors(n_in, 400 - n_in, 2 / 400), ("#0969da", "#cf222e")):
            ax.plot((400 - n_in) / n_in, factor, "o", color=color, markersize=4)
    ax.axhline(1, color="#24292f", linewidth=0.6)
    _ticks(ax.set_xticks, [1 / 16, 1 / 4, 1, 4, 16])
    _ticks(ax.set_yticks, [1 / 8, 1 / 4, 1 / 2, 1, 2])
    ax.set_xlabel(r"$n_{\mathrm{out}} / n_{\mathrm{in}}$")
    ax.legend(loc="lower center")


def relu_scales(draw, widths=(128,) * 51, seed=0):
    """The scales in a ReLU network."""
    return depth_scales(a.relu, a.relu_grad, draw, widths, seed)


def kaiming(ax1, ax2):
    """ReLU: Xavier halves the mean square in every layer, Kaiming keeps it; thin, ten more draws."""
    draws = (("2/n", init.kaiming, "-"), ("1/n", init.xavier_normal, "--"), ("1/(3n)", old_uniform, "-."))
    for seed in range(1, 11):
        for ax, scale in zip((ax1, ax2), relu_scales(init.kaiming, seed=seed)):
            ax.semilogy(scale, color="#0969da", linewidth=0.5, alpha=0.5)
    _two_scales(
        ax1,
        ax2,
        [(rf"$\mathrm{{Var}}\, W = {label}$", style, relu_scales(draw)) for label, draw, style in draws],
    )


def log_spread(width=128, depth=50, draws=40):
    """Standard deviation of ln rms x^(L) over random networks under Kaiming initialization."""
    rng = np.random.default_rng(0)
    last = []
    for _ in range(draws):
        x = rng.standard_normal(width)
        for _ in range(depth):
            x = a.relu(x @ init.kaiming(width, width, rng=rng))
        last.append(np.log(rms(x)))
    return np.std(last)


def gradient_factor(f, df):
    """What a layer does to the mean square of the gradient if the gain
    of f gives f(z), z ~ N(0, 1), the mean square 1."""
    z = np.linspace(-12, 12, 20_000)  # an even number of points: none at a kink
    return init.gain_of(f) ** 2 * (density(z) @ df(z, 1.0) ** 2) / density(z).sum()


NARROWING = tuple(np.geomspace(1024, 64, 9).round().astype(int).tolist())


def fan_out(n_in, n_out, rng=None):
    """Kaiming for the way back."""
    return init.kaiming(n_in, n_out, mode="fan_out", rng=rng)


def xavier_relu(n_in, n_out, rng=None):
    """Xavier with the gain of ReLU."""
    return init.xavier_normal(n_in, n_out, np.sqrt(2), rng)


def kaiming_modes(ax1, ax2):
    """A network that narrows from 1024 to 64 units: each mode keeps one of the two scales."""
    draws = ((r"$2/n_{\mathrm{in}}$", init.kaiming, "o-"), (r"$2/n_{\mathrm{out}}$", fan_out, "s--"),
             (r"$4/(n_{\mathrm{in}} + n_{\mathrm{out}})$", xavier_relu, "^:"))
    _two_scales(ax1, ax2, [(label, style, relu_scales(draw, NARROWING)) for label, draw, style in draws])
    for ax in (ax1, ax2):
        ax.set_ylim(0.15, 6)
        _ticks(ax.set_yticks, [1 / 4, 1 / 2, 1, 2, 4])


def residual_sizes(scale, blocks=50, width=128):
    """Root mean square after each block x + scale * ReLU(ReLU(x) W1) W2, both matrices under Kaiming."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, width))
    sizes = [rms(x)]
    for _ in range(blocks):
        W1, W2 = init.kaiming(width, width, rng=rng), init.kaiming(width, width, rng=rng)
        x = x + scale * a.relu(a.relu(x) @ W1) @ W2
        sizes.append(rms(x))
    return np.array(sizes)


def kaiming_residual(ax):
    """Each block adds its variance to that of the skip path: doubling, unless the branch is scaled down."""
    for scale, label, style in (
        (1, r"x + F(x)", "-"),
        (50**-0.5, r"x + F(x)/\sqrt{L}", "--"),
        (0, r"W_2 = 0", ":"),
    ):
        ax.semilogy(residual_sizes(scale), style, label=f"${label}$")
    ax.set_xlabel("$l$")
    ax.set_ylabel(r"$\mathrm{rms}\ x^{(l)}$")
    ax.legend()
