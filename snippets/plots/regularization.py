"""Figures of the chapter on regularization, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import regularization as r
from snippets.activations import relu, relu_grad
from snippets.losses import binary_cross_entropy, binary_cross_entropy_grad

BLACK = "#24292f"


def _once(experiment):
    """Remember what an experiment found, because pages quote several of its numbers."""
    found = {}

    def remembered(*args, **options):
        key = args, tuple(options.items())
        if key not in found:
            found[key] = experiment(*args, **options)
        return found[key]

    return remembered


# ---- bias_variance
NOISE = 0.3  # standard deviation of the labels around the truth
INPUTS = np.linspace(-1, 1, 20)
FRESH = np.linspace(-0.95, 0.95, 96)


def truth(x):
    """What the labels are on average."""
    return np.sin(4 * x)


def powers(x, degree):
    """Legendre polynomials up to a degree: the same fits as with powers, but well conditioned."""
    return np.polynomial.legendre.legvander(x, degree)


@_once
def fits(degree, sets=400):
    """The predictions of polynomials fitted to many training sets: new labels each time, the same inputs."""
    rng = np.random.default_rng(degree)
    y = truth(INPUTS) + NOISE * rng.standard_normal((sets, INPUTS.size))
    return y @ np.linalg.pinv(powers(INPUTS, degree)).T @ powers(FRESH, degree).T


@_once
def decomposition(degree):
    """Squared bias, variance, noise and error of the fits, each measured, on average over fresh points."""
    y_hat = fits(degree)
    noise = NOISE * np.random.default_rng(99).standard_normal(y_hat.shape)
    bias, var = r.bias_variance(y_hat, truth(FRESH))
    error = (truth(FRESH) + noise - y_hat) ** 2
    return np.array([np.mean(bias**2), var.mean(), np.mean(noise**2), error.mean()])


def bias_variance(ax):
    """The measured error of new labels over the degree, and the three parts that add up to it."""
    d = np.arange(1, 13)
    bias, var, noise, error = np.array([decomposition(k) for k in d]).T
    ax.semilogy(d, error, "o", color=BLACK, label=r"$\mathbb{E}\,(y - \hat{y})^2$")
    ax.semilogy(d, bias + var + noise, color=BLACK, linewidth=1)
    for part, style, label in ((bias, "-", r"b^2"), (var, "--", "v"), (noise, ":", r"\sigma^2")):
        ax.semilogy(d, part, style, label=f"${label}$")
    ax.set_ylim(1e-3, 1)
    ax.set_xlabel("$d$")
    ax.set_xticks(d[1::2])
    ax.legend(ncols=2)


def scatter(ax1, ax2):
    """Models of twenty training sets, thin, their mean over 400, dashed, and the truth, for two degrees."""
    for ax, degree in ((ax1, 1), (ax2, 12)):
        y_hat = fits(degree)
        ax.plot(FRESH, y_hat[:20].T, color="#0969da", linewidth=0.5, alpha=0.5)
        ax.plot(FRESH, y_hat.mean(0), "--", color="#cf222e", label=r"$\bar{y}$")
        ax.plot(FRESH, truth(FRESH), color=BLACK, label="$f$")
        ax.set(title=f"$d = {degree}$", xlabel="$x$", ylim=(-2.2, 2.2))
        ax.legend(loc="lower right")


@_once
def random_features(p, n=40, dim=10, draws=20):
    """Training and test error of least squares on p random ReLU features, the shortest if many are exact."""
    found, rng = [], np.random.default_rng(0)
    for _ in range(draws):
        x, w = rng.standard_normal((n + 400, dim)), rng.standard_normal(dim) / np.sqrt(dim)
        y = x @ w + 0.3 * rng.standard_normal(len(x))
        Z = relu(x @ rng.standard_normal((dim, p))) / np.sqrt(p)
        error = (Z @ (np.linalg.pinv(Z[:n]) @ y[:n]) - y) ** 2
        found.append((error[:n].mean(), error[n:].mean()))
    return np.median(found, 0)


def double_descent(ax):
    """The error of new labels rises up to p = n, where the fit becomes exact, and falls again beyond."""
    p = np.array([2, 4, 7, 12, 20, 30, 36, 40, 44, 52, 70, 120, 250, 500])
    train, test = np.array([random_features(int(k)) for k in p]).T
    ax.loglog(p, test, "o-", markersize=4, label="$R$")
    ax.loglog(p[train > 1e-3], train[train > 1e-3], "s--", markersize=4, label=r"$\hat{R}$")
    ax.axvline(40, color=BLACK, linewidth=0.8, linestyle=":")
    ax.set_xlabel("$p$")
    ax.legend()


# ---- overfitting
def task(n, seed):
    """n noisy points of the same truth, at random inputs."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return x, truth(x) + NOISE * rng.standard_normal(n)


@_once
def errors(degree, n=30, lam=0.0, sets=25):
    """Median training error and error on fresh labels of ridge regression, over training sets."""
    found = []
    for seed in range(sets):
        (x, y), (t, u) = task(n, seed), task(500, seed + 1000)
        w = r.ridge(powers(x, degree), y, lam)
        found.append((np.mean((powers(x, degree) @ w - y) ** 2), np.mean((powers(t, degree) @ w - u) ** 2)))
    return np.median(found, 0)


def overfitting(ax1, ax2):
    """Error on the training set and on fresh data, over the degree for n = 30, and over n for degree 12."""
    d, n = np.arange(1, 17), np.array([20, 25, 30, 40, 60, 100, 200, 400])
    for ax, x, curves in ((ax1, d, [errors(k) for k in d]), (ax2, n, [errors(12, k) for k in n])):
        train, fresh = np.array(curves).T
        ax.plot(x, fresh, "o-", markersize=4, label="$R$")
        ax.plot(x, train, "s--", markersize=4, label=r"$\hat{R}$")
        ax.axhline(NOISE**2, color=BLACK, linewidth=0.8, linestyle=":", label=r"$\sigma^2$")
        ax.set_yscale("log")
    ax1.set(title="$n = 30$", xlabel="$d$", xticks=d[1::2])
    ax2.set(title="$d = 12$", xlabel="$n$", xscale="log")
    ax2.set_xticks([20, 50, 100, 200, 400], ["$20$", "$50$", "$100$", "$200$", "$400$"])
    ax2.minorticks_off()
    ax1.legend()


@_once
def network(p=0.0, decay=0.0, n=100, noise=0.15, steps=500, width=50, seed=0):
    """Two layers of ReLU units learn a disk from n points, some labels flipped: every 10 steps the loss and
    the share of right answers, there and on 1000 fresh points."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (n + 1000, 2))
    inside = ((points**2).sum(1) < 0.5).astype(float)
    y = np.where(rng.random(len(points)) < noise, 1 - inside, inside)
    x = np.column_stack([2 * points, np.ones(len(points))])
    shapes = (3, width), (width, width), (width, 1)
    W = [np.sqrt(gain / a) * rng.standard_normal((a, b)) for gain, (a, b) in zip((2, 2, 1), shapes)]
    state, curve = [(0, 0, 0)] * 3, []

    def forward(x, masks):
        z1 = x @ W[0]
        h1 = r.dropout(relu(z1), masks[0], p)
        z2 = h1 @ W[1]
        h2 = r.dropout(relu(z2), masks[1], p)
        return z1, h1, z2, h2, (h2 @ W[2])[:, 0]

    def evaluate(rows):
        z = relu(relu(x[rows] @ W[0]) @ W[1]) @ W[2]
        return binary_cross_entropy(z[:, 0], y[rows]).mean(), np.mean((z[:, 0] > 0) == (y[rows] > 0.5))

    for t in range(steps + 1):
        if t % 10 == 0:
            curve.append([*evaluate(slice(n)), *evaluate(slice(n, None))])
        masks = [r.dropout_mask((n, width), p, rng) for _ in range(2)]
        z1, h1, z2, h2, z = forward(x[:n], masks)
        dz = binary_cross_entropy_grad(z, y[:n], 1 / n)[:, None]
        d2 = relu_grad(z2, r.dropout_grad(z2, masks[1], dz @ W[2].T, p))
        d1 = relu_grad(z1, r.dropout_grad(z1, masks[0], d2 @ W[1].T, p))
        for k, dW in enumerate((x[:n].T @ d1, h1.T @ d2, h2.T @ dz)):
            W[k], state[k] = r.adam_decay(W[k], dW, state[k], 0.005, decay=decay)
    return np.array(curve)


def early_stopping(ax):
    """Loss on the training set and on fresh data over the steps, and where the fresh one is lowest."""
    curve = network()
    t = 10 * np.arange(len(curve))
    best = curve[:, 2].argmin()
    ax.plot(t, curve[:, 2], label="$R$")
    ax.plot(t, curve[:, 0], "--", label=r"$\hat{R}$")
    ax.plot(t[best], curve[best, 2], "o", color=BLACK)
    ax.set_xlabel("$t$")
    ax.legend()


# ---- weight_decay
def shrunk(rule, scale, steps=1000, lr=0.01, strength=0.1, weights=200):
    """Mean of what is left of weights 1 whose gradients are noise of a scale: only decay has a direction."""
    rng = np.random.default_rng(0)
    w, state = np.ones((np.size(scale), weights)), (0, 0, 0)
    for _ in range(steps):
        dw = np.reshape(scale, (-1, 1)) * rng.standard_normal(weights)
        if rule == "sgd":
            w = r.weight_decay(w, dw, lr, strength)
        else:
            w, state = r.adam_decay(w, dw, state, lr, **{rule: strength})
    return w.mean(1)


def weight_decay(ax):
    """Decoupled decay shrinks all weights alike, L2 under Adam those with small gradients most."""
    scale = np.geomspace(0.03, 3, 9)
    for rule, style, label in (("lam", "o-", r"\mathrm{Adam} + L_2"), ("decay", "s--", r"\mathrm{AdamW}")):
        ax.semilogx(scale, shrunk(rule, scale), style, markersize=4, label=f"${label}$")
    theory = (1 - 0.01 * 0.1) ** 1000
    ax.axhline(theory, color=BLACK, linewidth=0.8, linestyle=":", label=r"$(1 - \eta\lambda)^t$")
    ax.set_ylim(-0.1, 1.1)
    ax.set_xlabel(r"$\sqrt{\mathbb{E}\,(\partial L / \partial w)^2}$")
    ax.set_ylabel(r"$\bar{w}$")
    ax.legend()


def soft_threshold(ax1, ax2):
    """What each penalty makes of a weight: flat at first, or a flatter line; and the sums behind it."""
    w = np.linspace(-3, 3, 601)
    ax1.plot(w, w, color=BLACK, linewidth=0.8, linestyle=":")
    ax1.plot(w, r.soft_threshold(w), label="$L_1$")
    ax1.plot(w, w / 2, "--", label="$L_2$")
    ax1.set(xlabel="$w$", ylabel="$v$")
    v = np.linspace(-1, 2, 601)
    l1, l2 = (np.abs(v), "-", 0.0, "|v|"), (v**2 / 2, "--", 0.4, r"\frac{1}{2} v^2")
    for penalty, style, best, name in (l1, l2):
        total = (v - 0.8) ** 2 / 2 + penalty
        (line,) = ax2.plot(v, total, style, label=rf"$\frac{{1}}{{2}}(v - 0.8)^2 + {name}$")
        ax2.plot(best, np.interp(best, v, total), "o", color=line.get_color())
    ax2.set(xlabel="$v$", ylim=(0, 2.4))
    for ax in (ax1, ax2):
        ax.legend()


CENTER = np.array([0.4, 1.6])  # the best weights without a penalty
STRETCH = np.array([[1.0, 0.5], [0.5, 1.5]])  # Hessian of the loss around them


def boundary(norm, points=20_000):
    """Where on the ball of radius 1 the loss is lowest."""
    u = np.linspace(0, 2 * np.pi, points, endpoint=False)
    ball = np.stack([np.cos(u), np.sin(u)], 1)
    ball /= np.linalg.norm(ball, norm, 1, keepdims=True)
    e = ball - CENTER
    return ball, ball[np.einsum("ni,ij,nj->n", e, STRETCH, e).argmin()].round(3)


def corners(ax1, ax2):
    """Contours of a loss touch the ball of the L1 norm at a corner, that of the L2 norm on the way round."""
    grid = np.meshgrid(np.linspace(-1.4, 2, 171), np.linspace(-1.4, 2.4, 191))
    e = np.stack(grid, -1) - CENTER
    loss = np.einsum("...i,ij,...j->...", e, STRETCH, e)
    for ax, norm in ((ax1, 1), (ax2, 2)):
        ball, best = boundary(norm)
        level = (best - CENTER) @ STRETCH @ (best - CENTER)
        ax.contour(*grid, loss, level * np.array([0.1, 0.4, 1, 2]), colors="#0969da", linewidths=1)
        ax.plot(*np.vstack([ball, ball[:1]]).T, color="#cf222e")
        ax.plot(*best, "o", color=BLACK)
        ax.plot(*CENTER, "+", color=BLACK)
        ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal", title=rf"$\|w\|_{norm} \leq 1$")


def sparse_task():
    """60 samples of 8 standardized, correlated inputs, of which three matter."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((60, 8)) + 0.7 * rng.standard_normal((60, 1))
    X = (X - X.mean(0)) / X.std(0)
    return X, X @ [3, -2, 1, 0, 0, 0, 0, 0] + rng.standard_normal(60)


def lasso(lam, steps=200):
    """Coefficients by proximal steps."""
    X, y = sparse_task()
    lr, w = 1 / np.linalg.norm(X, 2) ** 2, np.zeros(8)
    for _ in range(steps):
        w = r.proximal_step(w, X.T @ (X @ w - y), lr, lam)
    return w


def proximal_step(ax1, ax2):
    """Coefficients over the strength of the penalty: lasso sets one after the other to zero, ridge none."""
    X, y = sparse_task()
    lam = np.geomspace(0.3, 1000, 50)
    l1, l2 = np.array([(lasso(a), r.ridge(X, y, a)) for a in lam]).transpose(1, 0, 2)
    for ax, paths, name in ((ax1, l1, "L_1"), (ax2, l2, "L_2")):
        ax.semilogx(lam, paths[:, :3], label=["$w_1$", "$w_2$", "$w_3$"])
        ax.semilogx(lam, paths[:, 3:], color="#57606a", linewidth=0.9)
        ax.set(title=f"${name}$", xlabel=r"$\lambda$")
    ax1.legend()


# ---- dropout
def dropout(ax1, ax2):
    """The same network with and without dropout: its loss on the training set and on fresh data."""
    for p, style in ((0.0, "--"), (0.5, "-")):
        curve = network(p)
        t = 10 * np.arange(len(curve))
        ax1.plot(t, curve[:, 0], style, label=f"$p = {p:g}$")
        ax2.plot(t, curve[:, 2], style, label=f"$p = {p:g}$")
    ax1.set_title(r"$\hat{R}$")
    ax2.set_title("$R$")
    for ax in (ax1, ax2):
        ax.set_xlabel("$t$")
        ax.set_ylim(0, 1.6)
        ax.legend()


@_once
def sums(p=0.5, draws=20_000, n=100):
    """What a unit adds up from n inputs under random masks: without scaling, inverted, and without masks."""
    rng = np.random.default_rng(0)
    h, w = relu(rng.standard_normal(n)), 0.2 * rng.standard_normal(n) + 0.1
    m = r.dropout_mask((draws, n), p, rng)
    h = np.broadcast_to(h, m.shape)
    return r.plain_dropout(h, m) @ w, r.dropout(h, m, p) @ w, h[0] @ w


def plain_dropout(ax):
    """Sums under masks, plain and inverted, and at test time: the full sum, and the sum times 1 - p."""
    plain, inverted, full = sums()
    for values, style, label in ((plain, "-", "m x"), (inverted, "--", "m x / (1 - p)")):
        density, edges = np.histogram(values, 40, density=True)
        ax.plot((edges[1:] + edges[:-1]) / 2, density, style, label=f"$w^\\top ({label})$")
    for value, color, label in ((full / 2, "#0969da", r"(1 - p)\, w^\top x"), (full, "#cf222e", r"w^\top x")):
        ax.axvline(value, color=color, linewidth=1, linestyle=":", label=f"${label}$")
    ax.set_xlabel("$z$")
    ax.legend()


def ensemble_variance(ax1, ax2):
    """The variance of a mean of n models stops at rho; a majority of independent voters gains if p > 1/2."""
    n = np.arange(1, 22)
    for rho, style in ((0, "-"), (0.2, "--"), (0.5, "-."), (1, ":")):
        ax1.plot(n, r.ensemble_variance(1.0, rho, n), style, label=rf"$\rho = {rho}$")
    ax1.set_ylabel("$s / v$")
    for p, style in ((0.7, "-"), (0.6, "--"), (0.5, "-."), (0.4, ":")):
        ax2.plot(n[::2], [r.majority_vote(p, k) for k in n[::2]], style, label=f"$p = {p}$")
    ax2.set_ylabel("$P$")
    for ax in (ax1, ax2):
        ax.set_xlabel("$n$")
        ax.set_xticks([1, 5, 10, 15, 20])
        ax.set_ylim(-0.05, 1.05)
    ax1.legend()
    ax2.legend(ncols=2)


def subnetwork_means(x=(1.0, -2.0, 3.0), W=((2.0, 0.0), (1.0, -1.0), (0.0, 1.0)), p=0.5):
    """Probability of the first class: mean and geometric mean over all masks, and the scaled network."""
    x, W = np.array(x), np.array(W)
    m = np.indices((2,) * len(x)).reshape(len(x), -1).T
    chance = np.prod((1 - p) ** m * p ** (1 - m), 1)
    q = r.subnetwork(np.broadcast_to(x, m.shape), W, m)
    geometric = np.exp(chance @ np.log(q))
    return (chance @ q)[0], (geometric / geometric.sum())[0], r.subnetwork(x, W, 1 - p)[0]
