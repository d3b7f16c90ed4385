"""Figures of the chapter on optimization, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import activations as a
from snippets import initialization as init
from snippets import losses as l
from snippets import optimization as o

# ---- optimizers: a race in a valley with curvatures 1 and 100
RACERS = {
    "SGD": o.sgd, "Polyak": o.momentum, "Nesterov": o.nesterov,
    "AdaGrad": o.adagrad, "RMSProp": o.rmsprop, "Adam": o.adam,
}  # fmt: skip
STYLES = dict(zip(RACERS, ("-", "--", "-.", ":", (0, (5, 1)), "-")))
GRID = np.geomspace(1e-3, 10, 81)
START = np.array([10.0, 1.0])  # in the directions of the curvatures 1 and 100


def valley(angle):
    """The matrix H of f = theta' H theta / 2 with the long axis turned by some degrees, and the start."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    Q = np.array([[c, -s], [s, c]])
    return Q @ np.diag([1.0, 100.0]) @ Q.T, Q @ START


def race(name, eta, angle=30.0, steps=100, falling=False):
    """The positions after 0, 1, … steps, for each rate in eta, constant or falling along a cosine."""
    step = RACERS[name]
    H, start = valley(angle)
    theta = np.broadcast_to(start, (*np.shape(eta), 2))
    eta = np.broadcast_to(np.asarray(eta)[..., None], theta.shape)
    path, state = [theta], ()
    for t in range(steps):
        g = np.clip(theta @ H, -1e9, 1e9)  # rates far too large must not overflow
        result = step(theta, g, *state, eta=o.cosine_decay(t, steps, eta) if falling else eta)
        theta, *state = result if isinstance(result, tuple) else (result,)
        path.append(theta)
    return np.array(path)


def height(path, angle=30.0):
    """f along a path."""
    H, _ = valley(angle)
    return ((path @ H) * path).sum(-1) / 2


def tuned(name, angle=30.0):
    """The rate of the grid with which f is lowest in steps 51 to 100, and its geometric mean there."""
    late = np.exp(np.log(height(race(name, GRID, angle)[51:], angle) + 1e-300).mean(0))
    return GRID[late.argmin()], late.min()


def optimizers(ax1, ax2):
    """Paths in a tilted valley, and the height over the steps; every racer with its best rate of a grid."""
    x, y = np.meshgrid(np.linspace(-2, 11, 200), np.linspace(-1.5, 6.5, 200))
    f = height(np.stack([x, y], -1))
    ax1.contour(x, y, f, levels=[1, 5, 20, 50, 100, 200, 400], colors="#d0d7de", linewidths=0.8)
    for name, style in STYLES.items():
        path = race(name, tuned(name)[0])
        ax1.plot(*path[:50].T, linestyle=style, linewidth=1.2)
        ax2.semilogy(height(path), linestyle=style, linewidth=1.4, label=name)
    ax1.plot(0, 0, "*", color="#24292f")
    ax1.set(xlim=(-2, 11), ylim=(-1.5, 6.5), xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", aspect="equal")
    ax2.set(ylim=(1e-6, 1e3), xlabel="$t$", ylabel=r"$f(\theta_t)$")
    ax2.legend(ncols=2, fontsize=8, loc="lower left")


def tilt(ax):
    """The direction of the valley: nothing to SGD and momentum, much to rates per parameter."""
    angles = np.arange(0, 46, 3)
    for name, style in STYLES.items():
        ax.semilogy(angles, [tuned(name, angle)[1] for angle in angles], linestyle=style, label=name)
    ax.set(ylim=(1e-8, 100), xticks=range(0, 46, 15), xlabel=r"$\varphi\;/\;^\circ$", ylabel=r"$f$")
    ax.legend(ncols=2, fontsize=9)


def step_lengths(steps=50, corrected=True, beta1=0.9, beta2=0.999):
    """Adam under equal gradients: the length of each step over the rate, with or without bias correction."""
    t = np.arange(1, steps + 1)
    m, v = 1 - beta1**t, 1 - beta2**t
    return np.ones(steps) if corrected else m / np.sqrt(v)


def bias_correction(ax):
    """Without the correction early steps are up to six and a half times too long."""
    t = np.arange(1, 3001)
    ax.semilogx(t, step_lengths(3000), label=r"$\hat m_t / \sqrt{\hat v_t}$")
    ax.semilogx(t, step_lengths(3000, corrected=False), "--", label=r"$m_t / \sqrt{v_t}$")
    ax.semilogx(t, 1 / np.sqrt(1 - 0.9**t), ":", label=r"RMSProp, $\rho = 0.9$")
    ax.set(ylim=(0, 7), xlabel="$t$", ylabel=r"$|\Delta\theta_t| / \eta$")
    ax.legend()


# ---- convergence: one small network, and one fault at a time
def clusters(n=640, seed=0):
    """n points around 10 centers in 20 dimensions, one class each; variance about 1; labels one-hot."""
    rng = np.random.default_rng(seed)
    k = rng.integers(10, size=n)
    x = np.random.default_rng(9).standard_normal((10, 20))[k] + rng.standard_normal((n, 20))
    return x / np.sqrt(2), np.eye(10)[k]


def network(depth=2, width=32, draw=init.kaiming, last=0.1, bias=0.0):
    """Weights and biases; the last layer is small, so that the first probabilities are nearly equal."""
    rng, sizes = np.random.default_rng(1), [20, *[width] * depth, 10]
    layers = [(draw(n, m, rng=rng), np.full(m, bias)) for n, m in zip(sizes, sizes[1:])]
    return layers[:-1] + [(last * layers[-1][0], np.zeros(10))]


def forward(layers, x, f=a.relu):
    """The inputs of all layers, and what comes out in front of each activation."""
    inputs, outputs = [x], []
    for W, b in layers:
        outputs.append(inputs[-1] @ W + b)
        inputs.append(f(outputs[-1]))
    return inputs[:-1], outputs


def backward(layers, inputs, outputs, g, df=a.relu_grad):
    """The gradients of all layers, given that of the logits."""
    grads = []
    for (W, _), x, z in zip(layers[::-1], inputs[::-1], [None, *outputs[-2::-1]]):
        g = g if z is None else df(z, g)
        grads.append((x.T @ g, g.sum(0)))
        g = g @ W.T
    return grads[::-1]


def twice(z, y):
    """Softmax, and then a loss that takes logits and applies it again."""
    return l.softmax_cross_entropy(a.softmax(z), y)


def twice_grad(z, y, g):
    return a.softmax_grad(z, l.softmax_cross_entropy_grad(a.softmax(z), y, g))


def train(data, layers, rates, shuffle=True, loss=(l.softmax_cross_entropy, l.softmax_cross_entropy_grad),
          f=(a.relu, a.relu_grad), keep=0.0, batch=32):  # fmt: skip
    """Mini-batch gradient descent, one rate a step: losses, last layers. keep = 1 never resets a gradient."""
    (x, y), rng, losses, order = data, np.random.default_rng(2), [], np.arange(len(data[0]))
    sums = [0.0, 0.0] * len(layers)
    with np.errstate(all="ignore"):
        for step, eta in enumerate(rates):
            at = step * batch % len(x)
            order = rng.permutation(len(x)) if shuffle and at == 0 else order
            part = order[at : at + batch]
            inputs, outputs = forward(layers, x[part], f[0])
            losses.append(loss[0](outputs[-1], y[part]).mean())
            grads = backward(layers, inputs, outputs, loss[1](outputs[-1], y[part], 1 / len(part)), f[1])
            sums = [keep * s + g for s, g in zip(sums, [g for pair in grads for g in pair])]
            flat = [v - eta * s for v, s in zip([v for pair in layers for v in pair], sums)]
            layers = list(zip(flat[::2], flat[1::2]))
    return np.array(losses), layers


def accuracy(layers, data=None):
    """Percentage of right answers on 2000 fresh points."""
    x, y = data or clusters(2000, 7)
    return 100 * (forward(layers, x)[1][-1].argmax(1) == y.argmax(1)).mean()


def _small(n_in, n_out, rng=None):
    return init.gaussian(n_in, n_out, 0.01, rng)


def _large(n_in, n_out, rng=None):
    return init.gaussian(n_in, n_out, 0.5, rng)


def _raw():
    x, y = clusters()
    return 100 + 30 * x, y


def _misaligned():
    x, y = clusters()
    return x, y[np.random.default_rng(5).permutation(len(y))]


def _sorted():
    x, y = clusters(2560)
    order = y.argmax(1).argsort(kind="stable")
    return x[order], y[order]


RELU, SIGMOID = (a.relu, a.relu_grad), (a.sigmoid, a.sigmoid_grad)
DEEP = {  # ten hidden layers: initializer, activation
    r"$\mathrm{ReLU},\ 2/n$": (init.kaiming, RELU),
    r"$\mathrm{ReLU},\ 0.01^2$": (_small, RELU),
    r"$\mathrm{ReLU},\ 0.5^2$": (_large, RELU),
    r"$\sigma,\ 1/n$": (init.xavier, SIGMOID),
}
FAULTS = {  # name -> data, network, rate, options of train
    "none": (clusters, {}, 0.2, {}),
    "raw": (_raw, {}, 0.2, {}),
    "misaligned": (_misaligned, {}, 0.2, {}),
    "sorted": (_sorted, {}, 0.2, {"shuffle": False}),
    "large": (clusters, {}, 5.0, {}),
    "small": (clusters, {}, 0.001, {}),
    "early": (clusters, {}, o.step_decay(np.arange(160), 10, 0.2, 0.5), {}),
    "wide": (clusters, {"draw": lambda n, m, rng: init.gaussian(n, m, 1.0, rng), "last": 1}, 0.2, {}),
    "dead": (clusters, {"bias": -20.0}, 0.2, {}),
    "twice": (clusters, {}, 0.2, {"loss": (twice, twice_grad)}),
    "kept": (clusters, {}, 0.2, {"keep": 1.0}),
    **{name: (clusters, {"depth": 10, "draw": draw}, 0.2, {"f": f}) for name, (draw, f) in DEEP.items()},
}  # fmt: skip
_DONE = {}  # the pages ask for several numbers of one run


def run(fault):
    """Losses of 160 steps and the layers at the end; only the first of two equal calls computes."""
    if fault not in _DONE:
        data, net, rate, options = FAULTS[fault]
        _DONE[fault] = train(data(), network(**net), np.broadcast_to(rate, 160), **options)
    return _DONE[fault]


def late(fault):
    """Mean loss of the last 20 of 160 steps."""
    return run(fault)[0][-20:].mean()


def one_batch(fault, steps=160):
    """The loss after 160 steps on the same 32 samples."""
    data, net, rate, options = FAULTS[fault]
    x, y = data()
    return train((x[:32], y[:32]), network(**net), np.broadcast_to(rate, steps), **options)[0][-1]


def dead(fault):
    """Percentage of the units of the last hidden layer that are off for all samples at the end."""
    return 100 * o.dead_share(forward(run(fault)[1], FAULTS[fault][0]()[0])[1][-2])


def step_ratio(fault):
    """Length of the first step over that of the weights, in the first hidden layer."""
    data, net, rate, options = FAULTS[fault]
    before = network(**net)
    after = train(data(), before, np.broadcast_to(rate, 160)[:1], **options)[1]
    return o.update_ratio(before[0][0], after[0][0] - before[0][0])


def _curves(ax, names, labels):
    for (name, style), label in zip(zip(names, ("-", "--", ":", "-.")), labels):
        ax.semilogy(run(name)[0], style, linewidth=1.2, label=label)
    ax.set(ylim=(3e-3, 1e3), xlabel="$t$", ylabel=r"$\ell_t$")
    ax.legend(fontsize=9, ncols=2, loc="upper right")


def convergence(ax1, ax2):
    """The same network with faults in the data, and with faults in the rate."""
    labels = "$(x_i, y_i)$", "$100 + 30 x_i$", r"$(x_i, y_{\pi_i})$", r"$y_1 \leq y_2 \leq \dots$"
    _curves(ax1, ("none", "raw", "misaligned", "sorted"), labels)
    labels = [rf"$\eta = {eta}$" for eta in ("0.2", "5", "0.001", r"0.2 \cdot 2^{-\lfloor t/10 \rfloor}")]
    _curves(ax2, ("none", "large", "small", "early"), labels)


def gradient_sizes(name):
    """Root mean square of each layer's weight gradient before the first step, ten hidden layers."""
    draw, (f, df) = DEEP[name]
    x, y = clusters()
    layers = network(depth=10, draw=draw)
    inputs, outputs = forward(layers, x, f)
    grads = backward(layers, inputs, outputs, l.softmax_cross_entropy_grad(outputs[-1], y, 1 / len(x)), df)
    return np.array([np.sqrt((dW**2).mean()) for dW, _ in grads])


def gradients(ax1, ax2):
    """Ten hidden layers: gradients by layer before the first step, and the losses of the runs."""
    for name, style in zip(DEEP, ("-", "--", ":", "-.")):
        ax1.semilogy(np.arange(1, 12), gradient_sizes(name), style, label=name)
        ax2.semilogy(run(name)[0], style, linewidth=1.2)
    ax1.set(ylim=(1e-25, 1e12), xlabel="$l$", ylabel=r"$\mathrm{rms}\ \partial L / \partial W^{(l)}$")
    ax2.set(ylim=(0.3, 1e3), xlabel="$t$", ylabel=r"$\ell_t$")
    ax1.legend(fontsize=9, ncols=2)


def normalized_accuracy(size=None, one_class=False):
    """Accuracy of the healthy network with batch normalization that changes nothing at inference.

    Without a size: in inference mode. With one: in training mode, in batches of it, or of equal labels.
    """
    layers, known, (x, y) = run("none")[1], clusters()[0], clusters(1024, 7)
    order = y.argmax(1).argsort(kind="stable") if one_class else np.arange(1024)
    h = x[order].reshape(-1, size or 1, 20)
    for W, b in layers[:-1]:
        h, known = h @ W + b, known @ W + b
        mean, std = known.mean(0), known.std(0)
        batch = (h.mean(1, keepdims=True), h.std(1, keepdims=True)) if size else (mean, std)
        h = a.relu((h - batch[0]) / (batch[1] + 1e-5) * std + mean)  # gamma and beta undo what inference does
        known = a.relu(known)
    W, b = layers[-1]
    return 100 * ((h @ W + b).argmax(-1).ravel() == y[order].argmax(1)).mean()


def dropped_accuracy(p=0.5, seed=0):
    """Accuracy of the healthy network with dropout left on, and percentage of answers that change."""
    layers, (x, y) = run("none")[1], clusters(2000, 7)
    rng, answers = np.random.default_rng(seed), []
    for _ in range(2):
        h = x
        for W, b in layers[:-1]:
            h = a.relu(h @ W + b)
            h = h * (rng.random(h.shape) >= p) / (1 - p)
        answers.append((h @ layers[-1][0] + layers[-1][1]).argmax(1))
    return 100 * (answers[0] == y.argmax(1)).mean(), 100 * (answers[0] != answers[1]).mean()


def bugs(ax1, ax2):
    """Softmax twice has a floor, gradients never reset run away; batch statistics by batch size."""
    floor = np.log1p(9 / np.e)
    for name, style, label in (
        ("none", "-", r"$g_t$"), ("twice", "--", r"$\mathrm{softmax}(\mathrm{softmax}(z))$"),
        ("kept", ":", r"$\sum_{s \leq t} g_s$"),
    ):  # fmt: skip
        ax1.semilogy(run(name)[0], style, linewidth=1.2, label=label)
    ax1.axhline(floor, color="#24292f", linewidth=0.6)
    ax1.set(ylim=(3e-3, 1e3), xlabel="$t$", ylabel=r"$\ell_t$")
    ax1.legend(fontsize=9)
    sizes = [1, 2, 4, 8, 16, 32, 64, 128]
    kinds = (False, "o-", r"$\mu_B, \sigma_B$"), (True, "s--", r"$\mu_B, \sigma_B,\ y_i = k$")
    for one_class, style, label in kinds:
        ax2.semilogx(sizes, [normalized_accuracy(n, one_class) for n in sizes], style, base=2, label=label)
    ax2.axhline(normalized_accuracy(), color="#24292f", linewidth=0.8, linestyle=":", label=r"$\mu, \sigma$")
    ax2.set(ylim=(0, 105), xlabel="$n$", ylabel=r"$\%$")
    ax2.legend(fontsize=9)


# ---- training_tricks
def rates(name, T=200, eta=0.2):
    """The learning rates of a run of T steps."""
    t = np.arange(T)
    return {
        "constant": np.full(T, eta), "step": o.step_decay(t, 60, eta), "linear": o.poly_decay(t, T, eta),
        "cosine": o.cosine_decay(t, T, eta), "warm-up": o.warmup_cosine(t, T, 20, eta),
    }[name]  # fmt: skip


def noisy_parabola(eta, alpha=0.0, runs=2000):
    """Mean of x^2 / 2 over runs of SGD from x = 3, gradients x + noise; of an average of x if alpha > 0."""
    rng = np.random.default_rng(0)
    x = mean = np.full(runs, 3.0)
    f = [4.5]
    for e in eta:
        x = o.sgd(x, x + rng.standard_normal(runs), e)
        mean = o.ema(mean, x, alpha)
        f.append((mean**2).mean() / 2)
    return np.array(f)


def schedules(ax1, ax2):
    """Learning rates over 200 steps, and the mean height of SGD on a noisy parabola under each."""
    labels = {
        "constant": r"$\eta$", "step": r"$\eta\,\gamma^{\lfloor t/s \rfloor}$", "linear": "$1 - t/T$",
        "cosine": r"$1 + \cos(\pi t/T)$", "warm-up": r"$t < w:\ (t + 1)/w$",
    }  # fmt: skip
    for (name, label), style in zip(labels.items(), ("-", "--", ":", "-.", (0, (5, 1)))):
        ax1.plot(rates(name), linestyle=style, linewidth=1.5, label=label)
        ax2.semilogy(noisy_parabola(rates(name)), linestyle=style, linewidth=1.5)
    ax1.set(xlabel="$t$", ylabel=r"$\eta_t$", ylim=(-0.01, 0.31))
    ax2.set(xlabel="$t$", ylabel=r"$\mathrm{E}\, f(x_t)$")
    ax1.legend(fontsize=9, ncols=2, loc="upper right")


def averaged(ax):
    """SGD with a constant rate on a noisy parabola, and the height of its running averages."""
    for alpha, style in ((0.0, "-"), (0.9, "--"), (0.97, ":")):
        label = r"$x_t$" if alpha == 0 else rf"$\bar x_t,\ \alpha = {alpha}$"
        ax.semilogy(noisy_parabola(rates("constant"), alpha), style, label=label)
    ax.set(xlabel="$t$", ylabel=r"$\mathrm{E}\, f$")
    ax.legend()


def mixed_accuracy(alpha, wrong=0.4, n=320, steps=600):
    """Accuracy on fresh points of a network trained with some wrong labels, with mixup if alpha > 0."""
    (x, y), rng, layers = clusters(n, 3), np.random.default_rng(4), network()
    bad = rng.random(n) < wrong
    y = np.where(bad[:, None], np.eye(10)[rng.integers(10, size=n)], y)
    for _ in range(steps):
        part = rng.integers(n, size=32)
        inputs, targets = x[part], y[part]
        if alpha:
            inputs, targets = o.mixup(inputs, targets, rng.beta(alpha, alpha), rng.permutation(32))
        layers = _step(layers, inputs, targets)
    return accuracy(layers)


def _step(layers, x, y, eta=0.2, frozen=0):
    """One step of gradient descent; the first layers may stay as they are."""
    inputs, outputs = forward(layers, x)
    grads = backward(layers, inputs, outputs, l.softmax_cross_entropy_grad(outputs[-1], y, 1 / len(x)))
    moved = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in zip(layers, grads)]
    return layers[:frozen] + moved[frozen:]


def bumps(n, seed):
    """Noisy signals of 20 numbers on a circle; the pattern, one of ten, may begin anywhere."""
    rng = np.random.default_rng(seed)
    k = rng.integers(10, size=n)
    patterns = np.random.default_rng(8).standard_normal((10, 20))
    shift = (np.arange(20) + rng.integers(20, size=(n, 1))) % 20
    return patterns[k[:, None], shift] + 0.3 * rng.standard_normal((n, 20)), np.eye(10)[k]


def shifted_accuracy(augment, n=200, steps=1500):
    """Accuracy on fresh signals after training on n, as they are or each time shifted along the circle."""
    (x, y), rng, layers = bumps(n, 1), np.random.default_rng(2), network(width=64)
    for _ in range(steps):
        part = rng.integers(n, size=32)
        shift = (np.arange(20) + augment * rng.integers(20, size=(32, 1))) % 20
        layers = _step(layers, x[part[:, None], shift], y[part])
    return accuracy(layers, bumps(1000, 5))


def regrouped(n, seed):
    """The clusters again, under two new labels that no line separates."""
    x, y = clusters(n, seed)
    return x, np.eye(10)[y.argmax(1) % 2]


def transferred_accuracy(n, pretrained=True, frozen=0, steps=60):
    """Accuracy on the new task after training on n of its samples; mean of 3 draws."""
    found = []
    for seed in range(20, 23):
        x, y = regrouped(n, seed)
        layers = run("none")[1][:-1] + network()[-1:] if pretrained else network()
        for _ in range(steps):
            layers = _step(layers, x, y, 0.3, frozen)
        found.append(accuracy(layers, regrouped(1000, 7)))
    return np.mean(found)


def transfer(ax):
    """Accuracy on a new task by number of labels: from scratch, fine-tuned, with the old layers frozen."""
    sizes = [10, 40, 160]
    for label, style, options in (
        (r"$\theta_0 \sim \mathcal{N}$", "o-", {"pretrained": False}), (r"$\theta_0 = \theta^*$", "s--", {}),
        (r"$W^{(1)}, W^{(2)} = \mathrm{const}$", "^:", {"frozen": 2}),
    ):  # fmt: skip
        ax.semilogx(sizes, [transferred_accuracy(n, **options) for n in sizes], style, label=label)
    ax.set(xlabel="$n$", ylabel=r"$\%$", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
    ax.legend()


def small_gradients(n=20_000):
    """Gradients of many sizes: logarithms normally distributed around that of 1e-7, two decades wide."""
    return 10 ** np.random.default_rng(0).normal(-7, 2, n)


def lost(scale):
    """Percentages of them that a loss scale leaves at zero, and makes infinite, in float16."""
    with np.errstate(over="ignore"):
        g = (small_gradients() * scale).astype(np.float16)
    return 100 * np.mean(g == 0), 100 * np.mean(np.isinf(g))


def loss_scale(ax1, ax2):
    """What a scale does to gradients in float16, and a dynamic one that finds the largest that fits, 2^11."""
    powers = np.arange(0, 31)
    zero, infinite = np.array([lost(2.0**k) for k in powers]).T
    ax1.plot(powers, zero, "-", label="$0$")
    ax1.plot(powers, infinite, "--", label=r"$\infty$")
    ax1.set(xlabel=r"$\log_2 S$", ylabel=r"$\%$")
    ax1.legend()
    S, n, path = 2.0**16, 0, []
    for _ in range(100):
        path.append(S)
        S, n = o.update_scale(S, n, finite=S <= 2.0**11, N=20)
    ax2.step(np.arange(100), np.log2(path), where="post")
    ax2.set(xlabel="$t$", ylabel=r"$\log_2 S_t$")
