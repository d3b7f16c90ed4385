"""Figures of the chapter on foundations, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import foundations as F
from snippets.activations import relu, relu_grad, sigmoid, sigmoid_grad, tanh, tanh_grad
from snippets.losses import binary_cross_entropy, binary_cross_entropy_grad
from snippets.losses import softmax_cross_entropy, softmax_cross_entropy_grad
from snippets.optimization import best_rate

BLUE, RED, BLACK, GRAY = "#0969da", "#cf222e", "#24292f", "#d0d7de"


# ---- perceptron
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
AND, OR, XOR = np.array([[0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]])


def whole_units(n, top):
    """The units with n whole weights up to top and a bias halfway between whole numbers, as one layer."""
    weights, biases = np.arange(-top, top + 1), np.arange(-n * top, n * top + 2) - 0.5
    *W, b = np.array(np.meshgrid(*[weights] * n, biases, indexing="ij")).reshape(n + 1, -1)
    return np.array(W), b


def truth_tables(n, top):
    """The different truth tables, one a row, of these units on all 2^n inputs."""
    x = np.array(np.meshgrid(*[[0, 1]] * n, indexing="ij")).reshape(n, -1).T
    return np.unique(F.perceptron(x, *whole_units(n, top)).T, axis=0)


def most_right(table, top=3):
    """How many of the four points the best of these units gets right."""
    return (F.perceptron(CORNERS, *whole_units(2, top)) == table[:, None]).sum(0).max()


def _corners(ax, at, table, size):
    """Class 1 filled, class 0 hollow."""
    for label, fill in ((0, "none"), (1, BLUE)):
        ax.plot(*at[table == label].T, "o", color=BLUE, markerfacecolor=fill, markersize=size, zorder=3)


def perceptron(ax):
    """All 16 functions of two bits: a line splits 14 of them; framed, the exclusive or and its opposite."""
    W, b = whole_units(2, 1)
    answers = F.perceptron(CORNERS, W, b)
    frame = np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]) * 1.6 - 0.3
    for k in range(16):
        table = np.array([k >> 3, k >> 2, k >> 1, k]) & 1
        corner = 2.0 * np.array([k % 8, -(k // 8)])
        units = np.flatnonzero((answers == table[:, None]).all(0))
        ax.plot(*(frame + corner).T, color=GRAY if units.size else RED, linewidth=1 if units.size else 2)
        _corners(ax, CORNERS + corner, table, 5)
        if units.size and 0 < table.sum() < 4:
            w, bias = W[:, units[0]], b[units[0]]
            foot = np.array([0.5, 0.5]) - w * (w.sum() / 2 + bias) / (w @ w)
            line = foot + np.outer(np.linspace(-2, 2, 2001), (-w[1], w[0]))
            line = line[(np.abs(line - 0.5) <= 0.8).all(1)][[0, -1]]
            ax.plot(*(line + corner).T, color=BLACK, linewidth=1)
    ax.set_aspect("equal")
    ax.figure.set_figheight(1.6)  # two rows
    ax.set_axis_off()


def hidden_points():
    """Where the two hidden units that compute OR and AND move the four corners."""
    return F.perceptron(CORNERS, np.ones((2, 2)), [-0.5, -1.5])


def xor(ax1, ax2):
    """Two units cut a strip out of the plane; in the plane of their outputs one line is enough."""
    t = np.array([-0.4, 1.9])
    ax1.fill_between(t, 0.5 - t, 1.5 - t, color=BLUE, alpha=0.12, linewidth=0)
    ax1.plot(t, 0.5 - t, "--", color=BLACK, linewidth=1, label="$x_1 + x_2 = 1/2$")
    ax1.plot(t, 1.5 - t, ":", color=BLACK, linewidth=1, label="$x_1 + x_2 = 3/2$")
    _corners(ax1, CORNERS, XOR, 9)
    ax2.fill_between(t, t - 0.5, -0.4, color=BLUE, alpha=0.12, linewidth=0)
    ax2.plot(t, t - 0.5, color=BLACK, linewidth=1, label="$h_1 - h_2 = 1/2$")
    _corners(ax2, hidden_points(), XOR, 9)
    for ax, name in ((ax1, "x"), (ax2, "h")):
        ax.set(xlim=(-0.4, 1.9), ylim=(-0.4, 1.9), xticks=(0, 1), yticks=(0, 1), aspect="equal")
        ax.set_xlabel(f"${name}_1$")
        ax.set_ylabel(f"${name}_2$")
        ax.legend(loc="upper right")


def wrong_answers(table, passes=20):
    """Updates that the learning rule makes in each pass over the four points."""
    w, b, wrong = np.zeros(2), 0.0, np.zeros(passes, int)
    for k in range(passes):
        for x, y in zip(CORNERS, table):
            wrong[k] += F.perceptron(x, w, b) != y
            w, b = F.perceptron_update(w, b, x, y)
    return wrong


def novikoff_bound(table):
    """R^2 / gamma^2 for the points (x, 1): the margin by search through the directions of (w, b)."""
    x, s = np.c_[CORNERS, np.ones(4)], 2 * table - 1
    grid = np.array(np.meshgrid(*[np.linspace(-1, 1, 81)] * 3)).reshape(3, -1)
    margin = (s[:, None] * (x @ grid)).min(0) / np.maximum(np.linalg.norm(grid, axis=0), 1e-9)
    return (x**2).sum(1).max() / margin.max() ** 2


def descend(theta, x, slope, f, df, steps, rate, momentum=0.0):
    """Train many networks with one hidden layer at once; `slope(y)` is the gradient at the output."""
    speed = [0.0] * 4
    for _ in range(steps):
        W, b, v, c = theta
        z = x @ W + b
        h = f(z)
        dy = slope(h @ v + c)
        dz = df(z, dy @ v.transpose(0, 2, 1))
        grads = x.T @ dz, dz.sum(1, keepdims=True), h.transpose(0, 2, 1) @ dy, dy.sum(1, keepdims=True)
        speed = [momentum * s + g for s, g in zip(speed, grads)]
        theta = [p - rate * s for p, s in zip(theta, speed)]
    return theta


def xor_learned(m, f=relu, df=relu_grad, starts=100, steps=400):
    """The share of random starts from which gradient descent, m hidden units, gets all four points right."""
    rng = np.random.default_rng(0)
    theta = [rng.normal(size=(starts, *shape)) for shape in ((2, m), (1, m), (m, 1), (1, 1))]
    y = np.broadcast_to(XOR[:, None], (starts, 4, 1))

    def slope(z):
        return binary_cross_entropy_grad(z, y, 1 / 4)

    W, b, v, c = descend(theta, CORNERS, slope, f, df, steps, rate=0.5)
    return ((f(CORNERS @ W + b) @ v + c > 0) == y).all((1, 2)).mean()


def learning(ax1, ax2):
    """Wrong answers in each pass of the learning rule; the share of starts that learn XOR by hidden units."""
    for table, style, name in ((AND, "o-", r"\wedge"), (OR, "s--", r"\vee"), (XOR, "^:", r"\oplus")):
        ax1.plot(np.arange(1, 13), wrong_answers(table, 12), style, markersize=4, label=f"$x_1 {name} x_2$")
    ax1.set(ylim=(-0.2, 5.6), yticks=range(5), xlabel="$t$")
    ax1.legend(ncols=3, loc="upper center")
    for f, df, style, name in ((relu, relu_grad, "o-", "ReLU"), (tanh, tanh_grad, "s--", "tanh")):
        m = (1, 2, 3, 4, 6, 8)
        ax2.plot(m, [xor_learned(k, f, df) for k in m], style, markersize=4, label=name)
    ax2.set(ylim=(-0.05, 1.05), xlabel="$m$")
    ax2.legend(loc="lower right")


# ---- universal_approximation
def relu_units(m, f=np.sin, low=-np.pi, high=np.pi):
    """The network of m hidden ReLU units that meets f at m + 1 points, equally far apart."""
    t, h = np.linspace(low, high, m + 1, retstep=True)
    return F.interpolant(f(t), low, h)


def relu_error(m, f=np.sin, low=-np.pi, high=np.pi):
    """Its greatest distance from f."""
    x = np.linspace(low, high, 20_001)
    return np.abs(F.relu_network(x[:, None], *relu_units(m, f, low, high)) - f(x)).max()


def step_error(m, f=np.sin, low=-np.pi, high=np.pi):
    """The same for a staircase of m hidden threshold units: m + 1 equal treads, each at f of its middle."""
    x, edges = np.linspace(low, high, 20_001), np.linspace(low, high, m + 2)
    treads = f((edges[1:] + edges[:-1]) / 2)
    h = F.perceptron(x[:, None], np.ones((1, m)), -edges[1:-1])
    return np.abs(h @ np.diff(treads) + treads[0] - f(x)).max()


def interpolant(ax1, ax2):
    """Six ReLU units meet the sine in seven points; the error falls with the square of their number."""
    x = np.linspace(-np.pi, np.pi, 601)
    W, b, v, c = relu_units(6)
    for j in range(6):
        ax1.plot(x, v[j] * relu(x + b[j]), color=GRAY, linewidth=1)
    ax1.plot(x, np.sin(x), color=BLUE, label=r"$\sin x$")
    ax1.plot(x, F.relu_network(x[:, None], W, b, v, c), "--", color=RED, label="$y$")
    ax1.plot(-b, np.sin(-b), "o", color=RED, markersize=4)
    ax1.set_ylim(-2.2, 2.2)
    ax1.set_xlabel("$x$")
    ax1.legend(loc="upper left")
    m = np.array([2, 4, 8, 16, 32, 64, 128])
    ax2.loglog(m, [step_error(k) for k in m], "s--", markersize=4, label="$H$")
    ax2.loglog(m, [relu_error(k) for k in m], "o-", markersize=4, label="ReLU")
    ax2.loglog(m, (2 * np.pi / m) ** 2 / 8, ":", color=BLACK, label="$h^2 / 8$")
    ax2.set_xlabel("$m$")
    ax2.set_ylabel(r"$\max |y - \sin x|$")
    ax2.legend(loc="lower left")


def trained_errors(m, starts=5, steps=1000):
    """The greatest errors of m ReLU units trained on 60 points of the sine, by descent with momentum."""
    rng = np.random.default_rng(0)
    x, fine = (np.linspace(-np.pi, np.pi, n)[:, None] for n in (60, 2001))
    W = rng.normal(size=(starts, 1, m))
    b = -W * rng.uniform(-np.pi, np.pi, size=W.shape)  # the hinges lie in the interval
    theta = [W, b, rng.normal(size=(starts, m, 1)) / np.sqrt(m), np.zeros((starts, 1, 1))]

    def slope(y):
        return (y - np.sin(x)) / len(x)

    W, b, v, c = descend(theta, x, slope, relu, relu_grad, steps, rate=0.02, momentum=0.9)
    return np.abs(relu(fine @ W + b) @ v + c - np.sin(fine)).max((1, 2))


def limits(ax1, ax2):
    """Outside the interval the network runs on straight; trained weights are worse than those that exist."""
    x = np.linspace(-3 * np.pi, 3 * np.pi, 1201)
    ax1.axvspan(-np.pi, np.pi, color=GRAY, alpha=0.4, linewidth=0)
    ax1.plot(x, np.sin(x), color=BLUE, label=r"$\sin x$")
    ax1.plot(x, F.relu_network(x[:, None], *relu_units(100)), "--", color=RED, label="$y$")
    ax1.set(ylim=(-4, 4), xlabel="$x$", xticks=np.pi * np.array([-3, -1, 1, 3]))
    ax1.set_xticklabels([r"$-3\pi$", r"$-\pi$", r"$\pi$", r"$3\pi$"])
    ax1.legend(loc="upper right")
    m = (8, 16, 32, 64)
    ax2.loglog(m, [trained_errors(k) for k in m], "^", color=RED, markersize=5)
    ax2.loglog(m, [relu_error(k) for k in m], "o-", color=BLUE, markersize=4)
    ax2.set_xlabel("$m$")
    ax2.set_ylabel(r"$\max |y - \sin x|$")
    ax2.set_xticks(m, [f"${k}$" for k in m])
    ax2.set_xticks([], minor=True)


def pieces(k):
    """Straight pieces of the sawtooth on [0, 1], counted by the changes of its slope."""
    x = (np.arange(2 ** (k + 2)) + 0.5) / 2 ** (k + 2)
    return 1 + np.count_nonzero(np.diff(F.sawtooth_grad(x, 1.0, k)))


def sawtooth(ax1, ax2):
    """One, two and four layers; pieces against units for a deep network and the most of one hidden layer."""
    x = np.linspace(0, 1, 1025)
    for k, style in ((1, ":"), (2, "--"), (4, "-")):
        ax1.plot(x, F.sawtooth(x, k), style, label=f"$k = {k}$")
    ax1.set_xlabel("$x$")
    ax1.set_ylim(-0.05, 1.35)
    ax1.legend(ncols=3, loc="upper center")
    k = np.arange(1, 11)
    ax2.semilogy(3 * k, [pieces(n) for n in k], "o-", markersize=4, label="$k = m / 3$")
    ax2.semilogy(3 * k, 3 * k + 1, "s--", markersize=4, label="$k = 1$")
    ax2.set_xlabel("$m$")
    ax2.legend()


# ---- training_loop
def noisy_classes(N, n, flip=0.05, seed=0):
    """N samples of two classes in n dimensions; the first one tells them apart; some labels are wrong."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, n))
    return X, ((X[:, 0] > 0) != (rng.random(N) < flip)).astype(float)


def learning_curves(steps=1000, eta=0.5):
    """Training loss, held-out loss and accuracy at each step: 60 samples, 20 inputs, 19 of them noise."""
    X, y = noisy_classes(60, 20, seed=1)
    X_new, y_new = noisy_classes(2000, 20, seed=2)
    w, b, curves = np.zeros(20), 0.0, []
    for _ in range(steps):
        z = X_new @ w + b
        held_out = binary_cross_entropy(z, y_new).mean(), ((z > 0) == y_new).mean()
        w, b, J = F.train_step(w, b, X, y, eta)
        curves.append((J, *held_out))
    return np.array(curves).T


def batch_losses(B, epochs=4, eta=0.1):
    """The loss on all 512 samples after each iteration with batches of B, and the epochs passed."""
    X, y = noisy_classes(512, 10)
    rng = np.random.default_rng(3)
    w, b = np.zeros(10), 0.0
    losses = [np.log(2)]
    for _ in range(epochs):
        for batch in F.batches(512, B, rng):
            w, b, _ = F.train_step(w, b, X[batch], y[batch], eta)
            losses.append(binary_cross_entropy(X @ w + b, y).mean())
    return np.linspace(0, epochs, len(losses)), np.array(losses)


def train_step(ax1, ax2):
    """The same step size with three batch sizes; training loss and held-out loss, which turns."""
    for B, style in ((512, "-"), (32, "--"), (1, ":")):
        ax1.plot(*batch_losses(B), style, linewidth=1.2, label=f"$B = {B}$")
    ax1.set_ylabel("$J$")
    ax1.legend()
    train, held_out, _ = learning_curves()
    t = np.arange(1, len(train))  # 0 has no logarithm
    ax2.semilogx(t, train[1:], color=BLUE)
    ax2.semilogx(t, held_out[1:], "--", color=RED)
    ax2.plot(held_out.argmin(), held_out.min(), "o", color=RED, markersize=5)
    ax2.set_ylabel("$J$")
    ax2.set_xlabel("$t$")


def gradient_noise(B, draws=1000):
    """Standard deviation of the first weight's gradient over batches of B, drawn with replacement."""
    X, y = noisy_classes(512, 10)
    picked = np.random.default_rng(4).integers(512, size=(draws, B))
    return ((0.5 - y) * X[:, 0])[picked].mean(1).std()


BOWL = np.diag([1.0, 10.0])


def descent(eta, steps=9):
    """The path of gradient descent in the bowl, from (10, 2)."""
    path = [np.array([10.0, 2.0])]
    for _ in range(steps):
        path.append(path[-1] - eta * F.quadratic_grad(path[-1], BOWL, 1.0))
    return np.array(path)


def quadratic(ax1, ax2):
    """Three step sizes in a bowl of curvatures 1 and 10; the factors per step, best where the lines meet."""
    u, v = np.meshgrid(np.linspace(-3, 11, 141), np.linspace(-3, 3, 121))
    height = F.quadratic(np.stack([u, v], -1), BOWL)
    ax1.contour(u, v, height, levels=[1, 4, 10, 20, 35, 55], colors=GRAY, linewidths=0.8)
    best, rho = best_rate(*np.diag(BOWL))
    for eta, style, name in ((0.03, ":", "0.03"), (best, "-", "2/11"), (0.205, "--", "0.205")):
        ax1.plot(*descent(eta).T, style, marker=".", linewidth=1, label=rf"$\eta = {name}$")
    ax1.set(xlim=(-3, 11), ylim=(-3.2, 3.2), xlabel="$x_1$", ylabel="$x_2$")
    ax1.legend(loc="upper left")
    eta = np.linspace(0, 0.25, 251)
    for lam, style in ((1, "-"), (10, "--")):
        ax2.plot(eta, np.abs(1 - eta * lam), style, label=rf"$|1 - {'' if lam == 1 else lam} \eta|$")
    ax2.plot(best, rho, "o", color=BLACK, markersize=5)
    ax2.axvline(0.2, color=BLACK, linewidth=0.6)
    ax2.set_xlabel(r"$\eta$")
    ax2.legend(loc="lower left")


# ---- backpropagation
def neuron(x=2.0, w=1.0, b=-1.0, y=0.0):
    """Forward and backward through L = (sigma(w x + b) - y)^2: every value and every gradient, by name."""
    m = w * x
    z = m + b
    p = sigmoid(z)
    e = p - y
    grads = {"L": 1.0, "e": 2 * e}  # from the last to the first
    grads["p"] = grads["e"]
    grads["y"] = -grads["e"]
    grads["z"] = grads["p"] * p * (1 - p)
    grads["m"] = grads["b"] = grads["z"]
    grads["x"], grads["w"] = grads["m"] * w, grads["m"] * x
    return {"x": x, "w": w, "b": b, "y": y, "m": m, "z": z, "p": p, "e": e, "L": e**2}, grads


def backpropagation(ax):
    """A computational graph: above each edge the value on the way forward, below it the gradient."""
    values, grads = neuron()
    inputs = {"x": (0, 0.75), "w": (0, -0.75), "b": (2.6, -1.2), "y": (5.2, -1.2), "L": (7.4, 0)}
    nodes = {r"\times": (1.3, 0), "+": (2.6, 0), r"\sigma": (3.9, 0), "-": (5.2, 0), "(\\,)^2": (6.35, 0)}
    place = inputs | nodes
    edges = {
        "x": ("x", r"\times"), "w": ("w", r"\times"), "m": (r"\times", "+"), "b": ("b", "+"),
        "z": ("+", r"\sigma"), "p": (r"\sigma", "-"), "y": ("y", "-"), "e": ("-", "(\\,)^2"),
        "L": ("(\\,)^2", "L"),
    }  # fmt: skip
    for name, (start, end) in edges.items():
        (x0, y0), (x1, y1) = place[start], place[end]
        arrow = {"arrowstyle": "->", "color": "#57606a", "shrinkA": 14, "shrinkB": 14}
        ax.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
        for number, color, up in ((values[name], BLUE, 1), (grads[name], RED, -1)):
            length = np.hypot(x1 - x0, y1 - y0) * up
            at = (x0 + x1) / 2 - 0.38 * (y1 - y0) / length, (y0 + y1) / 2 + 0.22 * (x1 - x0) / length
            ax.text(*at, f"${number:.3g}$", color=color, ha="center", va="center", fontsize=12)
    circle = {"boxstyle": "circle,pad=0.25", "facecolor": "none", "edgecolor": BLACK}
    for name, at in place.items():
        bbox = circle if name in nodes else None
        ax.text(*at, f"${name}$", ha="center", va="center", fontsize=15, bbox=bbox)
    ax.set(xlim=(-0.3, 7.5), ylim=(-1.4, 1))
    ax.axis("off")


# ---- vanishing_gradient
def through(h, weights, f, norm=False, skip=0):
    """Up through layers h <- skip h + f(h W), h W standardized over the batch if `norm`: output, tape."""
    tape = []
    for W in weights:
        z = h @ W
        s = z.std(0) + 1e-9 if norm else 1.0
        u = (z - z.mean(0)) / s if norm else z
        tape.append((h, W, u, s))
        h = skip * h + f(u)
    return h, tape


def back(g, tape, f_grad, norm=False, skip=0):
    """Down again: the gradients at the inputs of all layers and at the output, and those of the weights."""
    gs, dWs = [g], []
    for h, W, u, s in reversed(tape):
        du = f_grad(u, gs[-1])
        dz = (du - du.mean(0) - u * (du * u).mean(0)) / s if norm else du
        dWs.append(h.T @ dz)
        gs.append(skip * gs[-1] + dz @ W.T)
    return gs[::-1], dWs[::-1]


LAYERS = {  # name: f, its gradient, variance of the weights times their number of inputs, normalized?, skip?
    "sigmoid": (sigmoid, sigmoid_grad, 1, False, 0),
    "tanh": (tanh, tanh_grad, 1, False, 0),
    "relu": (relu, relu_grad, 2, False, 0),
    "relu small": (relu, relu_grad, 1, False, 0),
    "relu large": (relu, relu_grad, 4, False, 0),
    "relu norm": (relu, relu_grad, 2, True, 0),
    "relu norm skip": (relu, relu_grad, 2, True, 1),
    "sigmoid norm": (sigmoid, sigmoid_grad, 1, True, 0),
    "sigmoid skip": (sigmoid, sigmoid_grad, 1, False, 1),
}


def depth_gradients(name, depth=30, width=100):
    """Root mean square of the gradient at the input of each layer, and at the output, where it is 1."""
    f, f_grad, variance, norm, skip = LAYERS[name]
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((depth, width, width)) * np.sqrt(variance / width)
    h, tape = through(rng.standard_normal((128, width)), weights, f, norm, skip)
    gs, _ = back(rng.standard_normal(h.shape), tape, f_grad, norm, skip)
    sizes = np.sqrt(np.mean(np.square(gs), (1, 2)))
    return sizes / sizes[-1]


def vanishing_gradient(ax1, ax2):
    """Gradients over 30 layers: plain networks, and what normalization and skip connections make of them."""
    for name, style, label in (
        ("relu large", "--", r"$\mathrm{ReLU},\ 4/n$"), ("relu", "-", r"$\mathrm{ReLU},\ 2/n$"),
        ("tanh", "-", r"$\tanh,\ 1/n$"), ("relu small", "--", r"$\mathrm{ReLU},\ 1/n$"),
        ("sigmoid", "-", r"$\sigma,\ 1/n$"),
    ):  # fmt: skip
        ax1.semilogy(depth_gradients(name), style, label=label)
    for name, style, label in (
        ("relu norm", "--", r"$\mathrm{ReLU}(\mathrm{BN}(hW))$"),
        ("relu norm skip", "-", r"$h + \mathrm{ReLU}(\mathrm{BN}(hW))$"),
        ("sigmoid norm", "-.", r"$\sigma(\mathrm{BN}(hW))$"), ("sigmoid skip", "-", r"$h + \sigma(hW)$"),
    ):  # fmt: skip
        ax2.semilogy(depth_gradients(name), style, label=label)
    ax2.semilogy(depth_gradients("sigmoid"), ":", color="#57606a", label=r"$\sigma(hW)$")
    ax1.set_ylabel(r"$\mathrm{rms}\ \partial L / \partial h^{(l)}$")
    for ax in (ax1, ax2):
        ax.set(xlabel="$l$", ylim=(1e-21, 1e9))
        ax.legend(loc="lower right", fontsize=9)


def chain_slopes(w, n=10):
    """How much of a gradient n sigmoid neurons with equal weights w pass back to x, at 1001 x from 0 to 1."""
    return np.abs(F.sigmoid_chain_grad(np.linspace(0, 1, 1001), np.full(n, w), 1)[0])


def rings():
    """200 points on two noisy rings, with x_3 = 1, and their labels, one-hot."""
    rng = np.random.default_rng(0)
    angle, label = rng.uniform(0, 2 * np.pi, 200), np.arange(200) % 2
    radius = 0.7 + label + 0.1 * rng.standard_normal(200)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.ones(200)], 1), np.eye(2)[label]


def deep_losses(name, depth=12, width=32, steps=150, rate=0.03):
    """Cross-entropy on the rings, over gradient descent: `depth` such layers between two linear ones."""
    f, f_grad, variance, norm, skip = LAYERS[name]
    rng, (x, y) = np.random.default_rng(0), rings()
    first, last = (rng.standard_normal((n, m)) / np.sqrt(n) for n, m in ((3, width), (width, 2)))
    weights, losses = rng.standard_normal((depth, width, width)) * np.sqrt(variance / width), []
    for _ in range(steps + 1):
        h, tape = through(x @ first, weights, f, norm, skip)
        losses.append(softmax_cross_entropy(h @ last, y).mean())
        dz = softmax_cross_entropy_grad(h @ last, y, np.full(len(x), 1 / len(x)))
        gs, dWs = back(dz @ last.T, tape, f_grad, norm, skip)
        first, last = first - rate * x.T @ gs[0], last - rate * h.T @ dz
        weights = weights - rate * np.array(dWs)
    return np.array(losses)


def deep_training(ax):
    """Twelve hidden layers on two rings: the sigmoid stays at ln 2, tanh and ReLU learn."""
    for name, style, label in (
        ("sigmoid", "-", r"\sigma(hW)"), ("tanh", "--", r"\tanh(hW)"), ("relu", "-.", r"\mathrm{ReLU}(hW)"),
    ):  # fmt: skip
        ax.plot(deep_losses(name), style, label=f"${label}$")
    ax.axhline(np.log(2), color=GRAY, linewidth=0.8)
    ax.set(xlabel="$t$", ylabel="$L$", ylim=(-0.04, 1.6))
    ax.legend()


def cliff(w, T=20):
    """The loss (w^T - 1)^2 of a linear recurrent unit after T steps, and its slope."""
    return (w**T - 1) ** 2, 2 * (w**T - 1) * T * w ** (T - 1)


def cliff_descent(c=None, w=1.4, rate=0.002, steps=40):
    """The weights on the way down the cliff, clipped by norm to c if given; stops far off the map."""
    path = [w]
    while len(path) <= steps and abs(path[-1]) < 100:
        g = cliff(path[-1])[1]
        (g,) = F.clip_by_norm([g], c) if c else (g,)
        path.append(float(path[-1] - rate * g))
    return np.array(path)


def clipping(ax1, ax2):
    """What clipping does to gradients in the plane, and to a descent on the loss of a recurrent unit."""
    turn = np.linspace(0, 2 * np.pi, 200)
    ax1.plot(np.cos(turn), np.sin(turn), color=BLUE, linewidth=1)
    ax1.plot([-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1], "--", color=RED, linewidth=1)
    for g in ([2.6, 1.0], [-1.8, 0.6], [0.6, -0.5]):
        ax1.annotate("", g, (0, 0), arrowprops={"arrowstyle": "->", "color": "#57606a", "linewidth": 1.2})
        (short,) = F.clip_by_norm([g], 1)
        (norm,) = ax1.plot(*short, "o", color=BLUE, markersize=7)
        (value,) = ax1.plot(*F.clip_by_value(g, 1), "s", color=RED, markersize=4)
    labels = r"$g\, \min(1, c / \Vert g \Vert)$", r"$\max(-c, \min(g, c))$"
    ax1.legend([norm, value], labels, loc="upper center", ncols=2, fontsize=9)
    ax1.set(xlabel="$g_1$", ylabel="$g_2$", xlim=(-2.2, 3), ylim=(-1.3, 1.9), aspect="equal")
    w = np.linspace(0.5, 1.42, 400)
    ax2.semilogy(w, cliff(w)[0], color="#57606a", linewidth=1.2)
    path = cliff_descent(c=10.0)
    ax2.semilogy(path, cliff(path)[0], "o-", color=BLUE, markersize=4, linewidth=0.8)
    ax2.set(xlabel="$w$", ylabel="$(w^{20} - 1)^2$", ylim=(1e-5, 1e7))


# ---- gradient_check
def curve(x):
    """A smooth function with known derivatives."""
    return np.exp(np.sin(x))


def curve_grad(x, g=1.0):
    return g * np.exp(np.sin(x)) * np.cos(x)


def difference_error(kind, h, x=1.0):
    """How far a difference quotient of the curve is off at x."""
    d = {
        "forward": lambda: (curve(x + h) - curve(x)) / h,
        "central": lambda: (curve(x + h) - curve(x - h)) / (2 * h),
        "float32": lambda: _float32(h, x),
        "complex": lambda: curve(x + 1j * h).imag / h,
    }[kind]()
    return np.abs(d - curve_grad(x))


def _float32(h, x):
    """The central difference with everything in float32."""
    x, h = np.float32(x), np.asarray(h, np.float32)
    return ((curve(x + h) - curve(x - h)) / (2 * h)).astype(float)


STEPS = np.geomspace(1e-15, 1, 181)


def gradient_check(ax):
    """Errors of difference quotients over the step: truncation on the right, rounding on the left."""
    for kind, style, label in (
        ("forward", "-", r"$(f(x+h) - f(x))\,/\,h$"),
        ("central", "-", r"$(f(x+h) - f(x-h))\,/\,2h$"),
        ("float32", ":", r"$(f(x+h) - f(x-h))\,/\,2h$, float32"),
        ("complex", "--", r"$\mathrm{Im}\,f(x+ih)\,/\,h$"),
    ):  # fmt: skip
        h = STEPS[STEPS > 1e-6] if kind == "float32" else STEPS
        ax.loglog(h, np.maximum(difference_error(kind, h), 1e-17), style, linewidth=1.4, label=label)
    ax.set(xlabel="$h$", ylim=(1e-17, 1e7))
    ax.legend(loc="upper center", ncols=2, fontsize=9)


def kink_difference(x, h=1.0):
    """The central difference of ReLU."""
    return (relu(x + h) - relu(x - h)) / (2 * h)


def kinks(ax):
    """Within h of its kink, the central difference of ReLU runs from 0 to 1; the derivative jumps."""
    x = np.linspace(-3, 3, 601)
    ax.plot(x, kink_difference(x), label=r"$(\mathrm{ReLU}(x+h) - \mathrm{ReLU}(x-h))\,/\,2h$")
    slope = np.where(x == 0, np.nan, x > 0)
    ax.plot(x, slope, "--", color=RED, label=r"$\mathrm{ReLU}'(x)$")
    ax.set(xlabel="$x / h$", ylim=(-0.15, 1.35))
    ax.legend(loc="upper left")
