"""Figures of the chapter on losses, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import losses as l
from snippets.activations import sigmoid, softmax


# ---- index
def squared_error(ax1, ax2):
    """Three losses of the residual, left, and how hard each one pulls, right."""
    e = np.linspace(-3, 3, 601)
    for loss, grad, style, name in (
        (l.squared_error, l.squared_error_grad, "-", "e^2"),
        (l.absolute_error, l.absolute_error_grad, "--", "|e|"),
        (l.huber, l.huber_grad, ":", r"\ell_{\delta=1}(e)"),
    ):
        ax1.plot(e, loss(e, 0), style, label=f"${name}$")
        ax2.plot(e, grad(e, 0, 1), style, label=rf"$\partial\, {name} / \partial e$")
    ax1.set_ylim(-0.2, 4.2)
    for ax in (ax1, ax2):
        ax.set_xlabel("$e$")
        ax.legend()


OUTLIER = np.array([1.0, 2.0, 3.0, 3.5, 30.0])


def constant_cost(loss, c, y=OUTLIER):
    """The cost of predicting one constant for all y, for each constant c."""
    return loss(*np.broadcast_arrays(c[:, None], y)).mean(1)


def best_constant(loss, y=OUTLIER):
    """The one number that predicts all y at the lowest cost: a grid,
    then finer ones around the best point."""
    left, right = y.min(), y.max()
    for _ in range(4):
        c = np.linspace(left, right, 2001)
        i = int(np.clip(constant_cost(loss, c, y).argmin(), 1, 1999))
        left, right = c[i - 1], c[i + 1]
    return c[i]


def outlier(ax):
    """The cost of predicting one constant c for 1, 2, 3, 3.5, 30,
    above its lowest value, and where it is lowest."""
    c = np.linspace(0, 12, 601)
    for loss, style, name in (
        (l.squared_error, "-", "e^2"), (l.absolute_error, "--", "|e|"), (l.huber, ":", r"\ell_{\delta=1}(e)"),
    ):  # fmt: skip
        cost = constant_cost(loss, c)
        best = best_constant(loss)
        (line,) = ax.plot(c, (cost - cost.min()) / np.ptp(cost), style, label=f"${name}$")
        ax.plot(best, 0, "o", color=line.get_color())
    ax.plot(OUTLIER[:4], np.full(4, -0.06), "^", color="#24292f", markersize=5)
    ax.set_xlabel("$c$")
    ax.legend()


def gaussian_nll(ax1, ax2):
    """Two densities of the noise, left, and minus their logarithms, right: a parabola and a corner."""
    e = np.linspace(-4, 4, 801)
    b = 1 / np.sqrt(2)  # both variances are 1
    for nll, style, name in (
        (l.gaussian_nll(e, 0, 1.0), "-", r"\mathcal{N}(0, 1)"),
        (l.laplace_nll(e, 0, b), "--", r"\mathrm{Laplace}(0, 1/\sqrt{2})"),
    ):  # fmt: skip
        ax1.plot(e, np.exp(-nll), style)
        ax2.plot(e, nll, style, label=f"${name}$")
    ax1.set_ylabel("$f(e)$")
    ax2.set_ylabel(r"$-\ln f(e)$")
    ax2.legend(loc="upper center")
    for ax in (ax1, ax2):
        ax.set_xlabel("$e$")


# ---- cross_entropy
def _coin(q):
    return np.stack([q, 1 - q], -1)


def cross_entropy(ax):
    """Cross-entropy of a coin against the guess q: the entropy is the
    floor, the divergence what lies above."""
    q = np.linspace(0.005, 0.995, 397)
    p = np.broadcast_to([0.7, 0.3], (q.size, 2))
    ax.plot(q, l.cross_entropy(p, _coin(q)), label="$H(p, q)$")
    ax.plot(q, l.entropy(p), "--", label="$H(p)$")
    ax.plot(q, l.kl_divergence(p, _coin(q)), ":", label=r"$D(p \,\|\, q)$")
    ax.plot(0.7, l.entropy([0.7, 0.3]), "o", color="#24292f", markersize=5)
    ax.set_xlabel("$q_1$")
    ax.set_ylim(-0.1, 2.6)
    ax.legend()


def two_peaks():
    """A grid on the line, and two narrow Gaussians around -2 and 2 on it, as a distribution."""
    x = np.linspace(-8, 8, 321)
    p = np.exp(-((x - 2) ** 2) / 0.5) + 0.6 * np.exp(-((x + 2) ** 2) / 0.5)
    return x, p / p.sum()


def closest_gaussian(forward):
    """Mean and deviation of the Gaussian on the grid with least D(p, q), forward, or D(q, p), by search."""
    x, p = two_peaks()
    mean, deviation = np.meshgrid(np.linspace(-3, 3, 61), np.linspace(0.3, 3, 55), indexing="ij")
    q = np.exp(-((x - mean[..., None]) ** 2) / (2 * deviation[..., None] ** 2))
    q /= q.sum(-1, keepdims=True)
    p = np.broadcast_to(p, q.shape)
    d = l.kl_divergence(p, q) if forward else l.kl_divergence(q, p)
    k = np.unravel_index(d.argmin(), d.shape)
    return mean[k], deviation[k], d[k]


def kl_divergence(ax1, ax2):
    """One Gaussian for two peaks: D(p, q) covers both, D(q, p) picks one."""
    x, p = two_peaks()
    for ax, forward, name in ((ax1, True, r"D(p \,\|\, q)"), (ax2, False, r"D(q \,\|\, p)")):
        mean, deviation, _ = closest_gaussian(forward)
        q = np.exp(-((x - mean) ** 2) / (2 * deviation**2))
        ax.plot(x, p / (x[1] - x[0]), label="$p$")
        ax.plot(x, q / q.sum() / (x[1] - x[0]), "--", label=rf"$q = \arg\min\, {name}$")
        ax.set_xlim(-6, 6)
        ax.set_ylim(-0.02, 0.95)
        ax.set_xlabel("$x$")
        ax.legend(loc="upper left")


def naive_binary_cross_entropy(z, dtype):
    """-ln(1 - sigma(z)), the loss of the label 0, as it is often
    written: infinite once sigma(z) rounds to 1."""
    p = 1 / (1 + np.exp(-np.asarray(z, dtype)))
    with np.errstate(divide="ignore"):
        return -np.log(1 - p)


def first_infinity(dtype):
    """The smallest logit, to 0.01, at which the naive form is infinite."""
    z = np.arange(0, 40, 0.01)
    return z[np.isinf(naive_binary_cross_entropy(z, dtype))][0]


def binary_cross_entropy(ax):
    """The loss of the label 0 by logits, and the naive form in three number formats, which ends early."""
    z = np.arange(0, 40, 0.01)
    ax.plot(
        z,
        l.binary_cross_entropy(z, 0),
        color="#d0d7de",
        linewidth=6,
        label=r"$\max(z, 0) + \ln(1 + e^{-|z|})$",
    )
    for dtype in (np.float64, np.float32, np.float16):
        naive = naive_binary_cross_entropy(z, dtype)
        ok = z < first_infinity(dtype)
        (line,) = ax.plot(z[ok], naive[ok], linewidth=1.2, label=np.dtype(dtype).name)
        ax.plot(z[ok][-1], naive[ok][-1], "o", color=line.get_color(), markersize=5)
    ax.set_xlabel("$z$")
    ax.set_ylabel(r"$-\ln(1 - \sigma(z))$")
    ax.legend()


# ---- cross_entropy_vs_mse
def sigmoid_squared_error(ax1, ax2):
    """Both losses of a positive sample over its logit, left; their gradients, right."""
    z = np.linspace(-10, 5, 601)
    for loss, grad, style, name in (
        (l.binary_cross_entropy, l.binary_cross_entropy_grad, "-", r"-\ln \sigma(z)"),
        (l.sigmoid_squared_error, l.sigmoid_squared_error_grad, "--", r"\frac{1}{2}(\sigma(z) - 1)^2"),
    ):
        ax1.plot(z, loss(z, 1), style, label=f"${name}$")
        ax2.plot(z, grad(z, 1, 1), style)
    ax1.set_ylabel(r"$\ell$")
    ax2.set_ylabel(r"$\partial \ell / \partial z$")
    ax1.legend()
    for ax in (ax1, ax2):
        ax.axhline(0, color="#24292f", linewidth=0.6)
        ax.set_xlabel("$z$")


def descend(grad, z=-10.0, steps=30_000):
    """The logit of one positive sample under gradient descent with rate 1, after each step."""
    path = np.empty(steps + 1)
    for k in range(steps + 1):
        path[k] = z
        z = z - float(grad(z, 1, 1))
    return path


def steps_to_half(grad):
    """How many steps until the sample is on the right side."""
    return int((descend(grad) > 0).argmax())


def escape(ax):
    """From a saturated wrong answer, z = -10: probability of the
    right class over the steps of gradient descent."""
    for grad, style, name in (
        (l.binary_cross_entropy_grad, "-", r"-\ln \sigma(z)"),
        (l.sigmoid_squared_error_grad, "--", r"\frac{1}{2}(\sigma(z) - 1)^2"),
    ):
        path = descend(grad)
        ax.semilogx(np.arange(1, path.size), 1 / (1 + np.exp(-path[1:])), style, label=f"${name}$")
    ax.set_xlabel("$t$")
    ax.set_ylabel(r"$\sigma(z_t)$")
    ax.legend()


def expected_score(q, p=0.7):
    """What a guess q costs on average when the event has probability
    p: log score, half Brier score, |q - y|."""
    z = np.log(q) - np.log1p(-q)
    scores = l.binary_cross_entropy, l.sigmoid_squared_error, lambda z, y: l.absolute_error(q, y)
    return [p * f(z, 1) + (1 - p) * f(z, 0) for f in scores]


def proper(ax):
    """Two proper scores are lowest at the true probability 0.7; the absolute error is lowest at 1."""
    q = np.linspace(0.005, 0.995, 397)
    for score, style, name in zip(
        expected_score(q), ("-", "--", ":"), (r"-\ln q_y", r"\frac{1}{2}(q - y)^2", "|q - y|"), strict=True
    ):
        (line,) = ax.plot(q, score, style, label=rf"$\mathrm{{E}}\,[{name}]$")
        ax.plot(q[score.argmin()], score.min(), "o", color=line.get_color(), markersize=5)
    ax.set_ylim(0, 1.6)
    ax.set_xlabel("$q$")
    ax.legend()


# ---- focal_loss
def focal_loss(ax1, ax2):
    """Loss and length of its gradient against the probability of the
    true class, alpha_t = 1; gamma = 0: cross-entropy."""
    p = np.linspace(0.005, 0.999, 400)
    z = np.log(p / (1 - p))
    for gamma in (0, 0.5, 1, 2, 5):
        ax1.plot(p, l.focal_loss(z, np.ones_like(z), 1, gamma), label=rf"$\gamma = {gamma}$")
        ax2.plot(p, -l.focal_loss_grad(z, np.ones_like(z), 1, 1, gamma))
    ax1.set(ylim=(0, 5), xlabel="$p_t$", ylabel=r"$\ell$")
    ax2.set(xlabel="$p_t$", ylabel=r"$|\partial \ell / \partial z|$")
    ax1.legend()


def focal_share(gamma, alpha=0.5):
    """Percentage of the loss that 10 hard positives (p_t = 0.1) hold
    beside 100,000 easy negatives (p_t = 0.99)."""
    hard, easy = (
        10 * l.focal_loss(-np.log(9), 1, alpha, gamma),
        100_000 * l.focal_loss(-np.log(99), 0, alpha, gamma),
    )
    return 100 * hard / (hard + easy)


def focal_optimum(p, gamma):
    """The probability at which the expected focal loss is lowest where positives have the share p."""
    low, high = -30.0, 30.0
    for _ in range(60):  # the slope rises through 0 once
        z = (low + high) / 2
        slope = p * l.focal_loss_grad(z, 1, 1, 0.5, gamma) + (1 - p) * l.focal_loss_grad(z, 0, 1, 0.5, gamma)
        low, high = (z, high) if slope < 0 else (low, z)
    return sigmoid(z)


def rare_class(bias, steps=41, rate=0.3):
    """Focal loss per positive at each step of gradient descent on 5000
    points, 1 in 100 positive; the bias starts as given."""
    rng = np.random.default_rng(0)
    y = np.arange(5000) < 50
    x = rng.standard_normal((5000, 2)) + 2 * y[:, None]
    w, b, losses = np.zeros(2), bias, []
    for _ in range(steps):
        z = x @ w + b
        losses.append(l.focal_loss(z, y).sum() / 50)
        dz = l.focal_loss_grad(z, y, 1 / 50)
        w, b = w - rate * x.T @ dz, b - rate * dz.sum()
    return np.array(losses)


def focal_prior(ax):
    """From a bias of 0 the first step, which is about the negatives alone, goes astray."""
    for bias, label in ((0.0, "b = 0"), (l.prior_bias(0.01), r"b = -\ln 99")):
        ax.semilogy(rare_class(bias), label=f"${label}$")
    ax.set(xlabel="$t$", ylabel=r"$\sum \ell\,/\,N_+$")
    ax.legend()


# ---- label_smoothing
def label_smoothing(ax1, ax2):
    """Loss against the logit gap (K = 10) with its lowest points, and the
    force on the true logit against its probability."""
    gap = np.linspace(-2, 12, 281)
    z = gap[:, None] * np.eye(10)[0]
    y = np.broadcast_to(np.eye(10)[0], z.shape)
    p = softmax(z)[:, 0]
    for eps in (0, 0.05, 0.1, 0.2):
        (line,) = ax1.plot(gap, l.label_smoothing_loss(z, y, eps), label=rf"$\epsilon = {eps}$")
        ax2.plot(p, l.label_smoothing_loss_grad(z, y, 1, eps)[:, 0])
        if eps:
            ax1.plot(
                l.label_smoothing_gap(10, eps), l.label_smoothing_floor(10, eps), "o", color=line.get_color()
            )
            ax2.plot(1 - eps + eps / 10, 0, "o", color=line.get_color())
    ax1.set(ylim=(0, 4), xlabel="$z_y - z_k$", ylabel=r"$\ell$")
    ax2.set(xlim=(0.5, 1.01), ylim=(-0.5, 0.2), xlabel="$p_y$", ylabel=r"$\partial \ell / \partial z_y$")
    ax2.axhline(0, color="#24292f", linewidth=0.6)
    ax1.legend()


def logit_gaps(eps, steps=1000):
    """The gap between the true logit and the others (K = 10) after each
    step of gradient descent on the logits, rate 1."""
    z, y, gaps = np.zeros(10), np.eye(10)[0], [0.0]
    for _ in range(steps):
        z = z - l.label_smoothing_loss_grad(z, y, 1, eps)
        gaps.append(z[0] - z[1])
    return np.array(gaps)


def label_smoothing_gaps(ax):
    """Cross-entropy drives the logits apart forever, like ln t; with smoothing they stop."""
    for eps in (0, 0.05, 0.1, 0.2):
        ax.semilogx(np.arange(1, 1001), logit_gaps(eps)[1:], label=rf"$\epsilon = {eps}$")
    ax.set(xlabel="$t$", ylabel="$z_y - z_k$")
    ax.legend()


# ---- distillation
def soft_gradient(T, factor=True):
    """Length of the gradient of the soft loss for one teacher and one
    student, with or without the factor T^2."""
    z, v = np.array([1.0, 2.0, -1.0, 0.0]), np.array([5.0, 2.0, 1.0, -2.0])
    if np.isinf(T):
        return np.linalg.norm((z - z.mean()) - (v - v.mean())) / 4
    return np.linalg.norm(l.soft_target_loss_grad(z, v, 1, T)) / (1 if factor else T**2)


def distillation(ax1, ax2):
    """The teacher's probabilities soften with T; its gradient dies like 1
    / T^2 without the factor T^2 (dotted: the limit)."""
    T = np.geomspace(0.5, 100, 200)
    ax1.semilogx(
        T, softmax(np.array([5.0, 2.0, 1.0, -2.0]) / T[:, None]), label=["$p_1$", "$p_2$", "$p_3$", "$p_4$"]
    )
    ax1.set(xlabel="$T$", ylabel=r"$\mathrm{softmax}(v/T)$")
    ax1.legend()
    ax2.loglog(T, [soft_gradient(t) for t in T], label=r"$T^2\,|\partial \mathrm{KL} / \partial z|$")
    ax2.loglog(T, [soft_gradient(t, False) for t in T], "--", label=r"$|\partial \mathrm{KL} / \partial z|$")
    ax2.axhline(soft_gradient(np.inf), color="#24292f", linewidth=0.8, linestyle=":")
    ax2.set_xlabel("$T$")
    ax2.legend()


def transfer_data(n, seed):
    """n points in 20 dimensions whose one-hot labels are drawn from a softmax of 10 linear scores."""
    rng = np.random.default_rng(seed)
    W = np.random.default_rng(0).standard_normal((20, 10)) * 3 / np.sqrt(20)
    x = rng.standard_normal((n, 20))
    return x, np.eye(10)[(softmax(x @ W).cumsum(1) > rng.uniform(size=(n, 1))).argmax(1)]


def fit(x, dlogits, steps):
    """Weights of a linear classifier after full-batch gradient descent, rate 1."""
    W = np.zeros((20, 10))
    for _ in range(steps):
        W -= x.T @ dlogits(x @ W) / len(x)
    return W


def teacher():
    """A linear classifier that has seen 2000 labels."""
    x, y = transfer_data(2000, 1)
    return fit(x, lambda z: l.softmax_cross_entropy_grad(z, y, 1), 100)


def accuracy(W):
    """Percentage of right answers on 4000 fresh labels."""
    x, y = transfer_data(4000, 2)
    return 100 * ((x @ W).argmax(1) == y.argmax(1)).mean()


def student_accuracy(n, T=None, W=None, steps=100):
    """Accuracy of students that see n points: their labels, or at
    temperature T what a teacher says; mean of 3 draws."""
    W, found = teacher() if W is None else W, []
    for seed in range(3, 6):
        x, y = transfer_data(n, seed)
        soft = lambda z: l.soft_target_loss_grad(z, x @ W, 1, T)
        hard = lambda z: l.softmax_cross_entropy_grad(z, y, 1)
        found.append(accuracy(fit(x, soft if T else hard, steps)))
    return np.mean(found)


def distillation_samples(ax):
    """Students of n points, from labels and from the outputs of a
    teacher at two temperatures; dotted: the teacher."""
    W, n = teacher(), np.array([10, 20, 50, 100, 200, 500])
    for T, label in ((4, "T = 4"), (1, "T = 1"), (None, "y")):
        ax.semilogx(n, [student_accuracy(k, T, W) for k in n], "o-", label=f"${label}$")
    ax.axhline(accuracy(W), color="#24292f", linewidth=0.8, linestyle=":")
    ax.set(xlabel="$n$", ylabel=r"$\%$")
    ax.set_xticks(n, [f"${k}$" for k in n])
    ax.minorticks_off()
    ax.legend()
