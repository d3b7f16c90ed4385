"""Figures of the chapter on normalization, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import activations as a
from snippets import initialization as init
from snippets import losses
from snippets import normalization as n


# ---- standardize
def cloud():
    """400 points of two correlated features, one of them ten times as large as the other, far from 0."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((400, 2)) @ [[0.5, 4], [0, 3]] + [3, 20]


def standardize(ax1, ax2, ax3):
    """A cloud as it is, and scaled in two ways: still tilted."""
    X = cloud()
    for ax, Z, title in (
        (ax1, X, "$x$"),
        (ax2, n.min_max(X, X), "$(x - a) / (b - a)$"),
        (ax3, n.standardize(X, X), r"$(x - \mu) / \sigma$"),
    ):  # fmt: skip
        ax.plot(*Z.T, ".", markersize=3, alpha=0.5)
        ax.plot(*Z.mean(0), "o", color="#cf222e", markersize=6)
        ax.set(title=title, xlabel="$x_1$")
        ax.axis("equal")
    ax1.set_ylabel("$x_2$")


def skewed_features():
    """500 samples of 8 positive, correlated features in units that differ a hundredfold."""
    rng = np.random.default_rng(1)
    return (rng.gamma(2.0, size=(500, 8)) + rng.gamma(2.0, size=(500, 1))) * np.geomspace(0.1, 10, 8)


SCALINGS = {
    "x": lambda X: X,
    r"(x - a) / (b - a)": lambda X: n.min_max(X, X),
    r"(x - \mu) / \sigma": lambda X: n.standardize(X, X),
    r"\mathrm{ZCA}": lambda X: n.zca_whiten(X, X),
}


def condition(name):
    """Condition number of the Hessian of a linear regression with bias on the scaled features."""
    Z = np.hstack([SCALINGS[name](skewed_features()), np.ones((500, 1))])
    return np.linalg.cond(Z.T @ Z)


def regression(name, steps=100):
    """Excess squared error over the steps of gradient descent with the rate 1 / (largest eigenvalue)."""
    Z = np.hstack([SCALINGS[name](skewed_features()), np.ones((500, 1))])
    y = n.standardize(skewed_features(), skewed_features()) @ np.resize([1, -1], 8) + 3
    H, c = Z.T @ Z / 500, Z.T @ y / 500
    best, rate = np.linalg.solve(H, c), 1 / np.linalg.eigvalsh(H)[-1]
    w, excess = np.zeros(9), []
    for _ in range(steps + 1):
        excess.append((w - best) @ H @ (w - best))
        w = w - rate * (H @ w - c)
    return np.array(excess) / excess[0]


def conditioning(ax):
    """Linear regression by gradient descent, each time with a rate that suits the scaling."""
    for name, style in zip(SCALINGS, (":", "--", "-", "-."), strict=True):
        ax.semilogy(regression(name), style, label=f"${name}$")
    ax.set(xlabel="$t$", ylabel=r"$L_t / L_0$", ylim=(1e-7, 2))
    ax.legend()


# ---- whitening
def standardized():
    """The cloud in standard units: (points, eigenvalues and eigenvectors of their covariance)."""
    X = n.standardize(cloud(), cloud())
    return X, *np.linalg.eigh(np.cov(X.T, bias=True))


def whitening(ax1, ax2, ax3):
    """A standardized cloud, PCA-whitened and ZCA-whitened; where two deviations along each axis go."""
    X, lam, U = standardized()
    for ax, f, title, name in (
        (ax1, lambda x: x, r"$(x - \mu) / \sigma$", "x"),
        (ax2, lambda x: n.pca_whiten(x, X, 0), "PCA", "z"),
        (ax3, lambda x: n.zca_whiten(x, X, 0), "ZCA", "z"),
    ):  # fmt: skip
        ax.plot(*f(X).T, ".", markersize=3, alpha=0.5)
        for k, style, color in ((1, "-", "#cf222e"), (0, "--", "#1a7f37")):
            end = 2 * np.sqrt(lam[k]) * U[:, k]
            ax.plot(*f(np.array([-end, end])).T, style, color=color, linewidth=2.5)
        ax.set(title=title, xlabel=f"${name}_1$", ylabel=f"${name}_2$")
        ax.axis("equal")


def apart(Z):
    """Mean squared distance of whitened points from the standardized ones."""
    return ((Z - standardized()[0]) ** 2).sum(1).mean()


EPS = 0, 1e-4, 1e-3


def whitened_variances(eps, N=100, d=64):
    """Variances along the principal components, largest first: (of N whitened samples, of new data)."""
    rng = np.random.default_rng(0)
    X, new = (rng.standard_normal((m, d)) / np.arange(1, d + 1) for m in (N, 20_000))
    return tuple(n.pca_whiten(x, X, eps).var(0) for x in (X, new))


def whitening_eps(ax):
    """What is 1 on the training set is not on new data: small components are too large where eps is 0."""
    for eps, color, name in zip(EPS, ("#0969da", "#cf222e", "#1a7f37"), ("0", "10^{-4}", "10^{-3}")):
        train, new = whitened_variances(eps)
        k = np.arange(1, len(train) + 1)
        ax.semilogy(k, new, color=color, label=rf"$\epsilon = {name}$")
        ax.semilogy(k, train, "--", color=color, linewidth=1)
    ax.set(xlabel="$k$", ylabel=r"$\mathrm{Var}(z_k)$")
    ax.legend(loc="lower left")


# ---- a small network, trained with different layers of normalization
LAYERS = {
    "BN": (n.batch_norm, n.batch_norm_grad),
    "LN": (n.layer_norm, n.layer_norm_grad),
    "GN": (lambda x, *p: n.group_norm(x, *p, 4), lambda x, *p: n.group_norm_grad(x, *p, 4)),
    "-": (lambda x, gamma, beta: x + beta, lambda x, gamma, beta, g: (g, 0, g.sum(0))),
}


def _task():
    """Eight classes of points in 16 dimensions, by the signs of three noisy sums."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3000, 16))
    bits = x @ rng.standard_normal((16, 3)) + 0.3 * rng.standard_normal((3000, 3)) > 0
    return x, np.eye(8)[bits @ [1, 2, 4]]


def _hidden(x, W, gamma, beta, layer, stored=None):
    """What goes into the normalization and what comes out of the ReLU after it."""
    z = x @ W
    norm = n.batch_norm_inference(z, gamma, beta, *stored) if stored else LAYERS[layer][0](z, gamma, beta)
    return z, a.relu(norm), norm


def train(layer, rate, batch=64, steps=60, seed=1):
    """Two hidden layers of 32 units by SGD: (loss of the last 10 steps, percentage of errors on new data)."""
    (x, y), rng = _task(), np.random.default_rng(seed)
    sizes = 16, 32, 32
    weights = [init.kaiming(*size, rng=rng) for size in zip(sizes, sizes[1:])]
    weights.append(init.kaiming(32, 8, rng=rng) / 2)
    affine = [(np.ones(32), np.zeros(32)) for _ in range(2)]
    stored = [(np.zeros(32), np.ones(32)) for _ in range(2)]
    recent = []
    for _ in range(steps):
        rows = rng.integers(0, 2000, batch)
        h, kept = x[rows], []
        for k in range(2):
            z, out, norm = _hidden(h, weights[k], *affine[k], layer)
            kept.append((h, z, norm))
            stored[k] = n.running_statistics(z, *stored[k]) if layer == "BN" else None
            h = out
        logits = h @ weights[2]
        recent.append(losses.softmax_cross_entropy(logits, y[rows]).mean())
        if not recent[-1] < 50:  # gone
            return 50.0, 87.5
        g = losses.softmax_cross_entropy_grad(logits, y[rows], 1 / batch)
        dW, g = h.T @ g, g @ weights[2].T
        weights[2] = weights[2] - rate * dW
        for k in (1, 0):
            h, z, norm = kept[k]
            g, dgamma, dbeta = LAYERS[layer][1](z, *affine[k], a.relu_grad(norm, g))
            affine[k] = affine[k][0] - rate * dgamma, affine[k][1] - rate * dbeta
            dW, g = h.T @ g, g @ weights[k].T
            weights[k] = weights[k] - rate * dW
    h = x[2000:]
    for k in range(2):
        h = _hidden(h, weights[k], *affine[k], layer, stored[k])[1]
    wrong = (h @ weights[2]).argmax(1) != y[2000:].argmax(1)
    return np.mean(recent[-10:]), 100 * wrong.mean()


# ---- batch_norm
RATES, LIMIT = 10 ** np.linspace(-2, 1.5, 8), 1.5


def batch_norm(ax):
    """Loss after 60 steps against the learning rate, with and without batch normalization."""
    for layer, style, name in (("BN", "o-", "BN"), ("-", "s--", r"$z = Wx + b$")):
        loss = [train(layer, rate)[0] for rate in RATES]
        ax.loglog(RATES, np.minimum(loss, 10), style, markersize=4, label=name)
    ax.set(xlabel=r"$\eta$", ylabel="$L$", ylim=(None, 12))
    ax.legend()


def usable_rate(layer):
    """Largest learning rate of the figure at which the loss ends below the limit."""
    return max(rate for rate in RATES if train(layer, rate)[0] < LIMIT)


def gradient_by_depth(activation, norm, gain, depth=50, width=128, batch=128):
    """Root mean square of the gradient at the input of each layer of a random network; at the end it is 1."""
    f, df = {"relu": (a.relu, a.relu_grad), "tanh": (a.tanh, a.tanh_grad)}[activation]
    rng = np.random.default_rng(0)
    x, one, zero, layers = rng.standard_normal((batch, width)), np.ones(width), np.zeros(width), []
    for _ in range(depth):
        W = gain * init.gaussian(width, width, width**-0.5, rng)
        z = x @ W
        y = n.batch_norm(z, one, zero) if norm else z
        layers.append((W, z, y))
        x = f(y)
    g, sizes = rng.standard_normal(x.shape), [1.0]
    for W, z, y in layers[::-1]:
        g = df(y, g)
        g = (n.batch_norm_grad(z, one, zero, g)[0] if norm else g) @ W.T
        sizes.append(np.sqrt(np.mean(g**2)))
    return np.array(sizes[::-1])


def batch_norm_depth(ax):
    """Gradients by layer, with weights too small and too large, and with BN, where they grow slowly."""
    for activation, norm, gain, style, name in (
        ("tanh", False, 0.5, "--", r"$\tanh,\ g = 1/2$"),
        ("relu", False, 2.0, ":", r"$\mathrm{ReLU},\ g = 2$"),
        ("tanh", True, 1.0, "-", r"BN, $\tanh$"),
        ("relu", True, 1.0, "-", r"BN, $\mathrm{ReLU}$"),
    ):  # fmt: skip
        ax.semilogy(gradient_by_depth(activation, norm, gain), style, label=name)
    ax.set(xlabel="$l$", ylabel=r"$|\partial L / \partial x^{(l)}|$")
    ax.legend()


def mean_slope(std):
    """Mean slope of the sigmoid for inputs of mean 0 and this standard deviation."""
    z, dz = np.linspace(-10, 10, 20_001, retstep=True)
    return np.sum(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * a.sigmoid_grad(std * z, 1)) * dz


def statistic_noise(m, trials=4000):
    """Spread of the mean, and relative spread of the variance, of m standard normal numbers."""
    x = np.random.default_rng(m).standard_normal((trials, m))
    return x.mean(1).std(), x.var(1, ddof=1).std()


def small_batches(ax):
    """How far the statistics of a batch are off: measured, and the formulas."""
    m = np.array([2, 4, 8, 16, 32, 64, 128, 256])
    mean, var = np.transpose([statistic_noise(k) for k in m])
    ax.loglog(m, var, "s", label=r"$\mathrm{Std}(s^2) / \sigma^2$")
    ax.loglog(m, mean, "o", label=r"$\mathrm{Std}(\mu) / \sigma$")
    ax.loglog(m, np.sqrt(2 / (m - 1)), ":", color="#0969da", linewidth=1)
    ax.loglog(m, m**-0.5, ":", color="#cf222e", linewidth=1)
    ax.set_xticks(m, [f"${k}$" for k in m])
    ax.minorticks_off()
    ax.set_xlabel("$m$")
    ax.legend()


# ---- layer_norm
def layer_norm(ax1, ax2):
    """Samples n, channels c, three positions each: filled are the numbers that share mean and variance."""
    shared = {
        "BN": lambda k, c: c == 1, "LN": lambda k, c: k == 0,
        "IN": lambda k, c: (k == 0) & (c == 1), "GN": lambda k, c: (k == 0) & (c < 3),
    }  # fmt: skip
    for ax, names in ((ax1, ("BN", "LN")), (ax2, ("IN", "GN"))):
        for block, name in enumerate(names):
            k, c, i = np.indices((4, 6, 3)).reshape(3, -1)
            same = shared[name](k, c)
            for where, color in ((~same, "#d0d7de"), (same, "#0969da")):
                x, y = (c + 0.2 * i + 7.5 * block)[where], (k + 0.2 * i)[where]
                ax.plot(x, y, "s", markersize=5, color=color, markeredgecolor="#24292f", markeredgewidth=0.4)
        ax.set(xlabel="$c$", ylabel="$n$", xlim=(-0.6, 14), ylim=(3.9, -0.5), yticks=[])
        ax.set_xticks([2.7, 10.2], names)
        ax.grid(False)


# ---- group_norm
SIZES = 2, 4, 8, 16, 32


def errors(layer, batch):
    """Percentage of errors on new data after 6400 samples, at a rate in proportion to the batch size."""
    return train(layer, 0.3 * batch / 32, batch, 6400 // batch)[1]


def group_norm(ax):
    """Errors on new data against the batch size."""
    for layer, style in (("BN", "o-"), ("LN", "s--"), ("GN", "^:")):
        ax.semilogx(SIZES, [errors(layer, m) for m in SIZES], style, markersize=5, label=layer)
    ax.set(xlabel="$m$", ylabel=r"$\%$")
    ax.set_xticks(SIZES, [f"${m}$" for m in SIZES])
    ax.minorticks_off()
    ax.legend()


# ---- spectral_norm
def underestimate(ratio, steps=30):
    """Relative error of the norm after each step of the power iteration; ratio: sigma_2 / sigma_1."""
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.standard_normal((20, 20)))[0] for _ in range(2))
    W = U * np.append(1, np.linspace(ratio, 0, 19)) @ V.T
    u, missing = rng.standard_normal(20), []
    for _ in range(steps):
        u, v = n.power_iteration(W, u)
        missing.append(1 - u @ W @ v)
    return np.array(missing)


def discriminator(normed=True, kept=True, steps=300):
    """Telling a circle from a blob in its middle: (largest slope of the logit at the samples of each step,
    product of the norms of the matrices in use at the end); u is kept from step to step, or drawn anew."""
    rng, start, sizes = np.random.default_rng(0), np.random.default_rng(1), (2, 32, 32, 1)
    weights = [init.kaiming(*size, rng=rng).T for size in zip(sizes, sizes[1:])]
    biases = [np.zeros(m) for m in sizes[1:]]
    us = [start.standard_normal(m) for m in sizes[1:]]
    y, slopes = np.repeat([[1.0], [0.0]], 64, axis=0), []
    for _ in range(steps):
        angle = rng.uniform(0, 2 * np.pi, 64)
        h = np.vstack([np.transpose([np.cos(angle), np.sin(angle)]), 0.3 * rng.standard_normal((64, 2))])
        used, layers = list(weights), []
        if normed:
            us = us if kept else [start.standard_normal(m) for m in sizes[1:]]
            us, vs = zip(*(n.power_iteration(W, u) for W, u in zip(weights, us, strict=True)), strict=True)
            used = [n.spectral_norm(*args) for args in zip(weights, us, vs, strict=True)]
        for W, b in zip(used, biases, strict=True):
            layers.append((h, h @ W.T + b))
            h = a.relu(layers[-1][1])
        logits = layers[-1][1]
        g, slope = losses.binary_cross_entropy_grad(logits, y, 1 / len(y)), np.ones_like(logits)
        for k in (2, 1, 0):
            h, z = layers[k]
            if k < 2:
                g, slope = a.relu_grad(z, g), a.relu_grad(z, slope)
            dW = g.T @ h
            dW = n.spectral_norm_grad(weights[k], us[k], vs[k], dW) if normed else dW
            weights[k], biases[k] = weights[k] - 0.5 * dW, biases[k] - 0.5 * g.sum(0)
            g, slope = g @ used[k], slope @ used[k]
        slopes.append(np.linalg.norm(slope, axis=1).max())
    return np.array(slopes), np.prod([np.linalg.norm(W, 2) for W in used])


def spectral_norm(ax1, ax2):
    """How fast the power iteration gets close; the slope of a discriminator with and without the layer."""
    for ratio, style in ((0.95, "-"), (0.8, "--"), (0.5, ":")):
        label = rf"$\sigma_2 / \sigma_1 = {ratio}$"
        ax1.semilogy(np.arange(1, 31), underestimate(ratio), style, label=label)
    ax1.set(xlabel="$t$", ylabel=r"$1 - \sigma / \sigma_1$", ylim=(1e-7, 2))
    ax1.legend()
    for normed, style, name in ((False, "--", "$W$"), (True, "-", r"$\bar W$")):
        ax2.semilogy(discriminator(normed)[0], style, label=name)
    ax2.axhline(1, color="#57606a", linewidth=0.8)
    ax2.set(xlabel="$t$", ylabel=r"$\max_x\, \Vert \nabla f(x) \Vert$")
    ax2.legend()


# ---- rms_norm
def rms_norm(ax1, ax2):
    """Four features: LN ignores a shift, RMSNorm turns toward it; both ignore the scale, until eps shows."""
    x = np.array([-1.0, 0.5, 1.5, 3.0])
    one, zero = np.ones(4), np.zeros(4)
    shift, scale = np.linspace(-8, 8, 161)[:, None], np.geomspace(1e-5, 1e3, 161)[:, None]
    for k in range(4):
        color = ("#0969da", "#cf222e", "#1a7f37", "#9a6700")[k]
        for ax, t, moved in ((ax1, shift, x + shift), (ax2, scale, scale * x)):
            ax.plot(t, n.rms_norm(moved, one)[:, k], color=color, label="RMSNorm" if k == 0 else None)
            y = n.layer_norm(moved, one, zero, 1e-6)[:, k]
            ax.plot(t, y, "--", color=color, label="LN" if k == 0 else None)
    ax1.set(title="$x + c$", xlabel="$c$", ylabel="$y_i$")
    ax2.set(title="$a x$", xlabel="$a$", xscale="log")
    ax2.set_ylim(-2.3, 1.9)
    ax2.legend(loc="lower right", ncols=2)
