"""Figures of the chapter on activation functions, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import activations as a


def _pair(ax, f, df, x, y, dy):
    """A function (solid) and its derivative (dashed), labeled in mathematics."""
    ax.plot(x, f(x), label=f"${y}$")
    ax.plot(x, df(x, np.ones_like(x)), "--", label=f"${dy}$")
    ax.axhline(0, color="#24292f", linewidth=0.6)
    ax.set_xlabel("$x$")
    ax.legend()


def gaussian_moments(f, std=1.0):
    """Mean and variance of f(x) for x ~ N(0, std^2), by quadrature."""
    z = np.linspace(-12, 12, 20_001)
    p = np.exp(-(z**2) / 2)
    y, p = f(std * z), p / p.sum()
    mean = p @ y
    return mean, p @ (y - mean) ** 2


def mean_square(f, std=1.0):
    """Second moment of f(x) for x ~ N(0, std^2)."""
    mean, var = gaussian_moments(f, std)
    return mean**2 + var


def lowest(f, left=-10.0, right=10.0):
    """Where a smooth function is lowest, and its value there: a grid,
    then finer ones around the best point."""
    for _ in range(3):
        x = np.linspace(left, right, 1001)
        i = int(np.clip(f(x).argmin(), 1, x.size - 2))
        left, right = x[i - 1], x[i + 1]
    return x[i], f(x)[i]


def _hard(ax1, ax2, soft, hard, x, y):
    """A smooth function (dotted) and its straight pieces (solid), values left, slopes right (dashed)."""
    for ax, i, g, style, prime in (ax1, 0, (), "-", ""), (ax2, 1, (1,), "--", "'"):
        ax.plot(x, hard[i](x, *g), style, label=f"$y{prime}(x)$")
        ax.plot(x, soft[i](x, *g), ":", label=f"${y}{prime}(x)$")
        ax.axhline(0, color="#24292f", linewidth=0.6)
        ax.set_xlabel("$x$")
        ax.legend()


def heaviside(ax):
    """The step, and the sigmoids that steepen towards it: beta = 1, 4, 16."""
    x = np.linspace(-3, 3, 1200)  # an even number of points: none at the jump
    for beta in (1, 4, 16):
        ax.plot(x, a.sigmoid(beta * x), label=rf"$\sigma({beta if beta > 1 else ''}x)$")
    for side in (x[x < 0], x[x > 0]):
        ax.plot(
            side, a.heaviside(side), color="#24292f", linewidth=1.2, label="$H(x)$" if side[0] > 0 else None
        )
    ax.plot(0, 0, "o", color="#24292f", markerfacecolor="none", markersize=5)
    ax.plot(0, a.heaviside(0), "o", color="#24292f", markersize=5)
    ax.set_xlabel("$x$")
    ax.legend()


def ring_data(n=100):
    """n points of the unit disc and n of the ring around it, both uniform in area: (x, inside)."""
    rng = np.random.default_rng(0)
    inside = np.arange(2 * n) < n
    r = np.sqrt(np.where(inside, rng.uniform(0, 1, 2 * n), rng.uniform(2.2**2, 3**2, 2 * n)))
    t = rng.uniform(0, 2 * np.pi, 2 * n)
    return np.c_[r * np.cos(t), r * np.sin(t)], inside


def best_line():
    """The line that gets most points right: (normal u, offset c, accuracy); inside is u x > c."""
    x, inside = ring_data()
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    u, c = np.array([np.cos(angles), np.sin(angles)]), np.linspace(-3, 3, 121)
    right = ((x @ u)[..., None] > c) == inside[:, None, None]
    i, j = np.unravel_index(right.mean(0).argmax(), (angles.size, c.size))
    return u[:, i], c[j], right[:, i, j].mean()


def ring_train(f, df, units, starts=20, steps=400, rate=0.3):
    """One hidden layer, gradient descent with momentum, many random starts: (parameters, accuracy)."""
    x, inside = ring_data()
    rng = np.random.default_rng(0)
    theta = [rng.standard_normal((starts, 2, units)), np.zeros((starts, 1, units)),
             rng.standard_normal((starts, units, 1)) / np.sqrt(units), np.zeros((starts, 1, 1))]
    speed = [0 * p for p in theta]
    for _ in range(steps):
        W, b, v, c = theta
        z = x @ W + b
        h = f(z)
        dlogit = (a.sigmoid(h @ v + c) - inside[:, None]) / len(x)  # binary cross-entropy
        dz = df(z, dlogit @ v.swapaxes(1, 2))
        grads = x.T @ dz, dz.sum(1, keepdims=True), h.swapaxes(1, 2) @ dlogit, dlogit.sum(1, keepdims=True)
        speed = [0.9 * m + g for m, g in zip(speed, grads)]
        theta = [p - rate * m for p, m in zip(theta, speed)]
    W, b, v, c = theta
    return theta, (((f(x @ W + b) @ v + c)[..., 0] > 0) == inside).mean(1)


def ring(ax1, ax2):
    """Left: the best line. Right: three trained ReLU units, where each switches (dotted), and f = 0."""
    x, inside = ring_data()
    t = np.linspace(-5, 5, 200)
    u, c, _ = best_line()
    theta, accuracy = ring_train(a.relu, a.relu_grad, 3)
    W, b, v, d = (p[accuracy.argmax()] for p in theta)
    for ax in (ax1, ax2):
        ax.plot(*x[inside].T, "o", color="#0969da", markersize=3.5)
        ax.plot(*x[~inside].T, "^", color="#9a6700", markersize=3.5)
        ax.set(xlim=(-3.3, 3.3), ylim=(-3.3, 3.3), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax1.plot(*(c * u[:, None] + t * np.array([-u[1:], u[:1]])), color="#cf222e")
    for w, s in zip(W.T, b[0]):
        ax2.plot(
            *(-s * w[:, None] / (w @ w) + t * np.array([-w[1:], w[:1]])), ":", color="#57606a", linewidth=1.2
        )
    grid = np.stack(np.meshgrid(t, t), -1)
    ax2.contour(t, t, (a.relu(grid @ W + b) @ v + d)[..., 0], [0], colors="#cf222e", linewidths=1.8)


def sgd_path(center, steps=60):
    """Weights of a neuron on two sigmoid inputs, minus `center`, that learns w = (1, -1) sample by sample."""
    rng = np.random.default_rng(0)
    inputs = a.sigmoid(rng.standard_normal((steps, 2))) - center
    rate = 1 / (2 * gaussian_moments(lambda z: (a.sigmoid(z) - center) ** 2)[0])  # 1 / E|x|^2
    w = [np.zeros(2)]
    for x in inputs:
        w.append(w[-1] - rate * (x @ (w[-1] - [1, -1])) * x)
    return np.array(w)


def same_sign(center):
    """Share of the 30 steps drawn that move both weights the same way."""
    steps = np.diff(sgd_path(center)[:31], axis=0)
    return np.mean(steps[:, 0] * steps[:, 1] > 0)


def distance(center, step):
    """How far the weights are from (1, -1) after so many steps."""
    return np.linalg.norm(sgd_path(center)[step] - [1, -1])


def zero_centered(ax1, ax2):
    """The same neuron learns from positive inputs (left) and from the same inputs centered (right)."""
    for ax, center, label in ((ax1, 0, r"x = \sigma(z)"), (ax2, 0.5, r"x = \sigma(z) - 1/2")):
        ax.plot(*sgd_path(center)[:31].T, ".-", linewidth=1, markersize=4, label=f"${label}$")
        ax.plot(1, -1, "*", color="#cf222e", markersize=11)
        ax.set(xlim=(-0.6, 1.5), ylim=(-1.5, 0.6), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
        ax.legend(loc="upper right")


def sigmoid(ax):
    """The S between 0 and 1, and its slope."""
    _pair(ax, a.sigmoid, a.sigmoid_grad, np.linspace(-8, 8, 401), r"\sigma(x)", r"\sigma'(x)")


def sigmoid_saturation(ax):
    """The slope falls like e^-|x|; computed from an output in float16 it becomes a staircase and then 0."""
    x = np.linspace(-10, 10, 2001)
    s = a.sigmoid(np.float16(x))
    d = s * (1 - s)
    ax.semilogy(x, a.sigmoid_grad(x, 1), label=r"$\sigma'(x)$")
    ax.semilogy(x, np.where(d > 0, d, np.nan), "--", label=r"$\sigma(x)\,(1 - \sigma(x))$, float16")
    end = 11 * np.log(2)
    ax.plot(end, 2.0**-10, "o", color="#cf222e")
    ax.annotate(f"${end:.2f}$", (end, 2.0**-10), (8, 0), textcoords="offset points", va="center")
    ax.set_xlabel("$x$")
    ax.legend(loc="lower center")


def log_sigmoid(ax):
    """Linear on the left, so that its slope stays 1 where the sigmoid has none left."""
    x = np.linspace(-6, 6, 401)
    _pair(ax, a.log_sigmoid, a.log_sigmoid_grad, x, r"\ln\,\sigma(x)", r"\sigma(-x)")


def hard_sigmoid(ax1, ax2):
    """Three straight pieces instead of the S: slope 1/6 between -3 and 3."""
    soft, hard = (a.sigmoid, a.sigmoid_grad), (a.hard_sigmoid, a.hard_sigmoid_grad)
    _hard(ax1, ax2, soft, hard, np.linspace(-6, 6, 2401), r"\sigma")


def tanh(ax):
    """The S between -1 and 1, and its slope."""
    _pair(ax, a.tanh, a.tanh_grad, np.linspace(-5, 5, 401), r"\tanh(x)", r"\tanh'(x)")


def tanh_saturation(ax):
    """The slope of tanh falls like e^-2|x|, that of the sigmoid like e^-|x|: they cross."""
    x = np.linspace(-8, 8, 401)
    c = np.arccosh(1 + np.sqrt(3))
    ax.semilogy(x, a.tanh_grad(x, 1), label=r"$\tanh'(x)$")
    ax.semilogy(x, a.sigmoid_grad(x, 1), "--", label=r"$\sigma'(x)$")
    ax.plot([-c, c], a.sigmoid_grad([-c, c], 1), "o", color="#24292f", markersize=4)
    ax.annotate(f"${c:.2f}$", (c, a.sigmoid_grad(c, 1)), (6, 4), textcoords="offset points")
    ax.set_xlabel("$x$")
    ax.legend(loc="lower center")


def hard_tanh(ax1, ax2):
    """tanh cut out of a line: slope 1 between -1 and 1."""
    soft, hard = (a.tanh, a.tanh_grad), (a.hard_tanh, a.hard_tanh_grad)
    _hard(ax1, ax2, soft, hard, np.linspace(-3, 3, 2401), r"\tanh")


def relu(ax):
    """ReLU and its derivative."""
    x = np.linspace(-3, 3, 1200)  # an even number of points: none at the kink
    _pair(ax, a.relu, a.relu_grad, x, r"\mathrm{ReLU}(x)", r"\mathrm{ReLU}'(x)")


def off_units(rate, alpha=0.0, bias=0.0, steps=200):
    """Share of 50 hidden units that are off for all 200 samples, before
    and after each step of SGD; alpha 0 is ReLU."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 10)) + 1  # a positive mean, like the output of a ReLU layer
    t = np.sin(2 * x[:, 0]) * x[:, 1] > 0
    W, b, v = rng.normal(0, np.sqrt(2 / 10), (10, 50)), np.full(50, bias), rng.normal(0, np.sqrt(2 / 50), 50)
    share = [(x @ W + b <= 0).all(0).mean()]
    for _ in range(steps):
        i = rng.integers(0, 200, 32)
        z = x[i] @ W + b
        h = a.leaky_relu(z, alpha)
        dlogit = (a.sigmoid(h @ v) - t[i]) / 32  # binary cross-entropy
        dz = a.leaky_relu_grad(z, np.outer(dlogit, v), alpha)
        W, b, v = W - rate * x[i].T @ dz, b - rate * dz.sum(0), v - rate * h.T @ dlogit
        share.append((x @ W + b <= 0).all(0).mean())
    return np.array(share)


def relu_dead(ax):
    """The larger the learning rate, the more units are switched off in the first steps, and they stay off."""
    for rate in (10, 3, 1, 0.1):
        ax.semilogx(np.arange(1, 201), off_units(rate)[1:], label=rf"$\eta = {rate}$")
    ax.set_xlabel("$t$")
    ax.set_ylabel(r"$\#\{j : z_j \leq 0\ \forall x\}\,/\,50$")
    ax.set_ylim(-0.03, 1)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.08))


def depth_scales(f, df, gain, depth=50, width=128):
    """Root mean square of the activations and of the gradients at each
    layer of a random network, Var W = gain / n."""
    rng = np.random.default_rng(0)
    W = rng.normal(0, np.sqrt(gain / width), (depth, width, width))
    x, z, g = [rng.standard_normal((64, width))], [], [rng.standard_normal((64, width))]
    for w in W:
        z.append(x[-1] @ w)
        x.append(f(z[-1]))
    for w, s in zip(W[::-1], z[::-1]):
        g.append(df(s, g[-1]) @ w.T)
    return [np.sqrt(np.mean(np.square(values), (1, 2))) for values in (x, g[::-1])]


def relu_depth(ax1, ax2):
    """Each layer multiplies the scale of the activations by one
    factor and that of the gradients by another."""
    for name, f, df, gain, style in (
        (r"\sigma", a.sigmoid, a.sigmoid_grad, 1, "-"),
        (r"\tanh", a.tanh, a.tanh_grad, 1, "-"),
        (r"\mathrm{ReLU}", a.relu, a.relu_grad, 2, "-"),
        (r"\mathrm{ReLU}", a.relu, a.relu_grad, 1, "--"),
    ):
        for ax, scale in zip((ax1, ax2), depth_scales(f, df, gain)):
            ax.semilogy(scale, style, label=rf"${name}\ ({gain}/n)$")
    ax1.set_ylabel(r"$\mathrm{rms}\ x^{(l)}$")
    ax2.set_ylabel(r"$\mathrm{rms}\ \partial L / \partial x^{(l)}$")
    for ax in (ax1, ax2):
        ax.set_xlabel("$l$")
    ax1.legend(loc="lower left")


def leaky_relu(ax):
    """Leaky ReLU with a slope that can be seen, and its derivatives in x and in alpha."""
    x = np.linspace(-4, 2, 1200)
    _pair(ax, lambda x: a.leaky_relu(x, 0.25), lambda x, g: a.leaky_relu_grad(x, g, 0.25), x,
          r"y,\ \alpha = 1/4", r"\partial y / \partial x")
    ax.plot(x, np.minimum(0, x), ":", label=r"$\partial y / \partial \alpha$")
    ax.legend()


def leaky_relu_revival(ax):
    """All units start off, with a bias of -10: how many are still off after t steps?"""
    for alpha, width in ((0, 5), (0.01, 1.8), (0.1, 1.8), (0.25, 1.8)):
        share = off_units(1, alpha, -10.0, 1000)[1:]
        ax.semilogx(np.arange(1, 1001), share, linewidth=width, label=rf"$\alpha = {alpha}$")
    ax.set_xlabel("$t$")
    ax.set_ylabel(r"$\#\{j : z_j \leq 0\ \forall x\}\,/\,50$")
    ax.legend(loc="lower left")


def rrelu(ax):
    """RReLU: in training (dots) a random slope for each number, in testing (lines) the mean one."""
    _pair(ax, a.rrelu, a.rrelu_grad, np.linspace(-4, 2, 1200), "y", "dy/dx")
    x, rng = np.linspace(-4, 0, 200), np.random.default_rng
    ax.plot(x, a.rrelu(x, rng=rng(0)), ".", markersize=3, color="#0969da")
    ax.plot(x, a.rrelu_grad(x, 1, rng=rng(0)), ".", markersize=3, color="#cf222e")


def relu6(ax):
    """ReLU6 and its derivative."""
    x = np.linspace(-3, 9, 1200)
    _pair(ax, a.relu6, a.relu6_grad, x, r"\mathrm{ReLU6}(x)", r"\mathrm{ReLU6}'(x)")


def quantization_error(cap, bits=8):
    """Root mean square error of ReLU(x), x ~ N(0, 1), after it is
    capped and rounded to one of 2^bits equal levels."""
    step = cap / (2**bits - 1)
    return np.sqrt(
        gaussian_moments(lambda x: (np.round(np.clip(x, 0, cap) / step) * step - a.relu(x)) ** 2)[0]
    )


def relu6_quantized(ax):
    """Below the best cap the error of clipping grows, above it that of rounding."""
    caps = np.linspace(0.5, 10, 39)
    for bits in (4, 6, 8):
        ax.semilogy(caps, [quantization_error(c, bits) for c in caps], label=f"$b = {bits}$")
    ax.axvline(6, color="#24292f", linewidth=0.8, linestyle=":")
    ax.set_xlabel("$c$")
    ax.set_ylabel(r"$\mathrm{rms}\ (\hat{y} - y)$")
    ax.legend()


def elu(ax):
    """ELU: with alpha = 1 the derivative is continuous."""
    x = np.linspace(-5, 3, 401)
    _pair(ax, a.elu, a.elu_grad, x, r"\mathrm{ELU}(x),\ \alpha = 1", r"\mathrm{ELU}'(x)")


def selu(ax):
    """SELU: the slope jumps at 0 from lambda alpha to lambda."""
    x = np.linspace(-5, 3, 400)  # an even number of points: none at the jump
    _pair(ax, a.selu, a.selu_grad, x, r"\mathrm{SELU}(x)", r"\mathrm{SELU}'(x)")


def depth_moments(f, gain, std, depth=24):
    """Mean and variance after each layer, infinitely wide, Var W =
    gain / n; row 0 is the input, N(0, std^2)."""
    rows = [(0.0, std**2)]
    for _ in range(depth):
        mean, var = rows[-1]
        rows.append(gaussian_moments(f, np.sqrt(gain * (mean**2 + var))))
    return np.array(rows)


def network_moments(f, gain, std, depth=24, width=200):
    """The same of one random network with as many samples as units."""
    rng = np.random.default_rng(0)
    x = std * rng.standard_normal((width, width))
    rows = [(x.mean(), x.var())]
    for _ in range(depth):
        x = f(x @ rng.normal(0, np.sqrt(gain / width), (width, width)))
        rows.append((x.mean(), x.var()))
    return np.array(rows)


def selu_depth(ax):
    """SELU forgets the scale of its input, ReLU keeps it. Lines: infinite width; dots: one random network."""
    for std in (2, 0.5):
        (mean, var), (_, relu_var) = depth_moments(a.selu, 1, std).T, depth_moments(a.relu, 2, std).T
        lines = ax.plot(var, "-", relu_var, "--", mean, ":")
        for line, color in zip(lines, ("#0969da", "#cf222e", "#1a7f37")):
            line.set_color(color)
        for y, color in zip(network_moments(a.selu, 1, std).T, ("#1a7f37", "#0969da")):
            ax.plot(y, ".", color=color, markersize=4)
    for y in (0, 1):
        ax.axhline(y, color="#24292f", linewidth=0.6)
    ax.set_xlabel(r"$\ell$")
    ax.set_ylim(-0.5, 4.2)
    ax.legend(lines, [r"$\mathrm{Var}$ (SELU)", r"$\mathrm{Var}$ (ReLU)", r"$\mathrm{E}$ (SELU)"], ncols=3)


def softplus(ax):
    """Softplus, the ReLU it rounds off, and its derivative, a sigmoid."""
    x = np.linspace(-5, 5, 401)
    _pair(ax, a.softplus, a.softplus_grad, x, r"\mathrm{softplus}(x)", r"\mathrm{softplus}'(x) = \sigma(x)")
    ax.plot(x, a.relu(x), ":", label=r"$\mathrm{ReLU}(x)$")
    ax.legend()


def softplus_gap(ax):
    """How far softplus lies above ReLU: ln 2 / beta at the corner, exponentially little elsewhere."""
    x = np.linspace(-5, 5, 401)
    for beta in (1, 2, 5):
        (line,) = ax.plot(x, a.softplus(x, beta) - a.relu(x), label=rf"$\beta = {beta}$")
        ax.plot(0, np.log(2) / beta, "o", color=line.get_color())
    ax.set_yticks(np.log(2) / np.array([1, 2, 5]), [r"$\ln 2$", r"$\ln 2/2$", r"$\ln 2/5$"])
    ax.set_xlabel("$x$")
    ax.set_ylabel(r"$\mathrm{softplus}(x) - \mathrm{ReLU}(x)$")
    ax.legend()


def mish(ax):
    """Mish and its derivative, with the lowest point of each."""
    _pair(ax, a.mish, a.mish_grad, np.linspace(-6, 3, 401), r"\mathrm{Mish}(x)", r"\mathrm{Mish}'(x)")
    ax.plot(*lowest(a.mish), "o", color="#0969da")
    ax.plot(*lowest(lambda x: a.mish_grad(x, np.ones_like(x))), "o", color="#cf222e")


def gelu(ax):
    """GELU and its derivative, with the lowest point."""
    _pair(ax, a.gelu, a.gelu_grad, np.linspace(-4, 3, 401), r"\mathrm{GELU}(x)", r"\mathrm{GELU}'(x)")
    ax.plot(*lowest(a.gelu), "o", color="#0969da")


def silu(ax):
    """SiLU and its derivative, and the hard swish, the same in straight and parabolic pieces."""
    x = np.linspace(-6, 4, 401)
    _pair(ax, a.silu, a.silu_grad, x, r"\mathrm{SiLU}(x)", r"\mathrm{SiLU}'(x)")
    ax.plot(x, a.hard_swish(x), label=r"$\mathrm{hard\ swish}(x)$")
    ax.plot(x, a.hard_swish_grad(x, np.ones_like(x)), "--", label=r"$\mathrm{hard\ swish}'(x)$")
    ax.legend()


def sigmoid_gelu(x):
    """The coarser approximation of GELU, x sigma(1.702 x)."""
    return x * a.sigmoid(1.702 * x)


def taylor_gelu(x):
    """The tanh form with the coefficient of the Taylor series, (4 - pi) / (6 pi), for the fitted 0.044715."""
    return x * a.sigmoid(np.sqrt(8 / np.pi) * (x + (4 - np.pi) / (6 * np.pi) * x**3))


def largest_error(f):
    """The largest distance of an approximation from GELU."""
    return -lowest(lambda x: -np.abs(f(x) - a.gelu(x)), 0, 8)[1]


def gelu_error(ax):
    """Error of the two approximations of GELU, on a logarithmic axis."""
    x = np.linspace(-6, 6, 1200)
    for f, name in ((sigmoid_gelu, r"x\,\sigma(1.702\,x)"), (a.gelu_tanh, r"\mathrm{GELU}_{\tanh}(x)")):
        ax.semilogy(x, np.abs(f(x) - a.gelu(x)), label=f"${name}$")
    ax.set_ylim(1e-8, 1)
    ax.set_xlabel("$x$")
    ax.set_ylabel(r"$|y - \mathrm{GELU}(x)|$")
    ax.legend(loc="upper right", ncols=2)


def tangents(f, df, k):
    """W and b of a maxout unit: its pieces touch the convex f at the
    midpoints of k equal parts of [-1, 1]."""
    t = (2 * np.arange(k) + 1) / k - 1
    return df(t)[None, None], (f(t) - t * df(t))[None]


def square_error(k):
    """The largest error of k tangents to x^2 on [-1, 1]."""
    x = np.linspace(-1, 1, 4097)
    return np.abs(x**2 - a.maxout(x[:, None], *tangents(np.square, lambda t: 2 * t, k))[:, 0]).max()


def sine_from_two(x, k):
    """sin(pi x) from two maxout units: tangents to the convex sin(pi x) + c x^2 minus tangents to c x^2."""
    c = np.pi**2 / 2
    bowl = tangents(lambda t: c * t**2, lambda t: 2 * c * t, k)
    wave = tangents(
        lambda t: np.sin(np.pi * t) + c * t**2, lambda t: np.pi * np.cos(np.pi * t) + 2 * c * t, k
    )
    return (a.maxout(x[:, None], *wave) - a.maxout(x[:, None], *bowl))[:, 0]


def sine_error(k):
    """The largest error of that difference on [-1, 1]."""
    x = np.linspace(-1, 1, 4097)
    return np.abs(np.sin(np.pi * x) - sine_from_two(x, k)).max()


def maxout(ax1, ax2):
    """Four tangents and their maximum against x^2; the slope is that of the winning piece."""
    x = np.linspace(-1, 1, 2001)
    W, b = tangents(np.square, lambda t: 2 * t, 4)
    for w, c in zip(W[0, 0], b[0]):
        ax1.plot(x, w * x + c, color="#57606a", linewidth=0.8)
    ax1.plot(x, a.maxout(x[:, None], W, b), label="$h(x)$")
    ax1.plot(x, x**2, ":", label="$x^2$")
    ax1.set_ylim(-0.4, 1.05)
    dx = [a.maxout_grad([t], W, b, [1])[0][0] for t in x]
    ax2.plot(x, dx, "--", label="$h'(x)$")
    ax2.plot(x, 2 * x, ":", label="$2x$")
    for ax in ax1, ax2:
        ax.set_xlabel("$x$")
        ax.legend()


def maxout_difference(ax1, ax2):
    """A function that is not convex needs two units; both errors fall like 1 / k^2."""
    x = np.linspace(-1, 1, 401)
    ax1.plot(x, sine_from_two(x, 8), label="$h_1(x) - h_2(x)$")
    ax1.plot(x, np.sin(np.pi * x), ":", label=r"$\sin \pi x$")
    ax1.set_xlabel("$x$")
    ax1.legend(loc="upper left")
    k = 2 ** np.arange(1, 8)
    ax2.loglog(k, [sine_error(n) for n in k], "o-", label=r"$\sin \pi x - (h_1 - h_2)$")
    ax2.loglog(k, [square_error(n) for n in k], "s--", label="$x^2 - h$")
    ax2.set_xlabel("$k$")
    ax2.legend()


def softmax(ax):
    """Temperature: the same three logits, from winner-takes-all to uniform."""
    T = np.geomspace(0.05, 50, 300)
    ax.semilogx(T, a.softmax(np.array([3.0, 2.0, 1.0]) / T[:, None]), label=["$p_1$", "$p_2$", "$p_3$"])
    ax.axhline(1 / 3, color="#57606a", linewidth=0.8, linestyle=":")
    ax.set_xlabel("$T$")
    ax.set_ylabel(r"$\mathrm{softmax}(z/T),\ z = (3, 2, 1)$")
    ax.legend()


def softmax_overflow(ax):
    """Where e^z stops in each number format: the same curve, three ends."""
    for dtype, width in ((np.float64, 1.5), (np.float32, 4), (np.float16, 8)):
        end = np.log(float(np.finfo(dtype).max))
        z = np.geomspace(1, end, 50)
        (line,) = ax.loglog(
            z, z / np.log(10), linewidth=width, solid_capstyle="butt", label=np.dtype(dtype).name
        )
        ax.plot(end, end / np.log(10), "o", color=line.get_color())
        ax.annotate(f"${end:.2f}$", (end, end / np.log(10)), (-8, 6), textcoords="offset points", ha="right")
    ax.set_xlabel("$z$")
    ax.set_ylabel(r"$\log_{10} e^{z}$")
    ax.legend(loc="lower right")


def choosing(ax1, ax2):
    """The candidates for hidden layers beside each other, and their slopes."""
    x = np.linspace(-4, 3, 1400)
    for name, f, df in (
        (r"\mathrm{ReLU}", a.relu, a.relu_grad), (r"\mathrm{ELU}", a.elu, a.elu_grad),
        (r"\mathrm{GELU}", a.gelu, a.gelu_grad), (r"\mathrm{SiLU}", a.silu, a.silu_grad),
        (r"\tanh", a.tanh, a.tanh_grad), (r"\sigma", a.sigmoid, a.sigmoid_grad),
    ):  # fmt: skip
        ax1.plot(x, f(x), label=f"${name}$")
        ax2.plot(x, df(x, 1.0))
    for ax, label in ((ax1, "$f(x)$"), (ax2, "$f'(x)$")):
        ax.axhline(0, color="#24292f", linewidth=0.6)
        ax.set_xlabel("$x$")
        ax.set_ylabel(label)
    ax1.set_ylim(-1.2, 3)
    ax1.legend()


def peak(df):
    """The steepest slope."""
    return -lowest(lambda x: -df(x, 1.0))[1]
