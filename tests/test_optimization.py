"""Optimizers, schedules, tricks against PyTorch, laws, SciPy, mpmath; and what the pages say about runs."""

import inspect
from types import SimpleNamespace

import mpmath as mp
import numpy as np
import pytest
import scipy.optimize
from oracles import autograd, pytorch_optimization as pytorch

from snippets import losses, optimization as O
from snippets.plots import optimization as plots

OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
RECORDED = autograd.recorded("optimization")
ALL = pytest.mark.parametrize("name", OPTIMIZERS)
EVERY_CASE = pytest.mark.parametrize("name", sorted(pytorch.CASES))
rng = np.random.default_rng(0)


def walk(step, theta, gs, **options):
    """The parameters after each step with given gradients; the last thing is the state."""
    path, state = [], ()
    for g in gs:
        result = step(theta, g, *state, **options)
        theta, *state = result if isinstance(result, tuple) else (result,)
        path.append(theta)
    return np.array(path), state


def scales(S, finite, **options):
    path, n = [], 0
    for ok in finite:
        S, n = O.update_scale(S, n, ok, **options)
        path.append((S, n))
    return np.array(path)


# ---- PyTorch, over several steps
def along(name):
    return lambda theta, gs, **options: walk(getattr(O, name), theta, gs, **options)[0]


PATHS = SimpleNamespace(**vars(O) | {name: along(name) for name in OPTIMIZERS} | {"update_scale": scales})


def compared(name, proof):
    proof(name.split()[0], "PyTorch")
    if pytorch.CASES[name].which:
        proof(f"{name.split()[0]}_grad", "PyTorch")


@EVERY_CASE
def test_pytorch_recorded(name, proof):
    compared(name, proof)
    autograd.compare(PATHS, name, pytorch.CASES[name], RECORDED[name])


@EVERY_CASE
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    compared(name, proof)
    autograd.compare(PATHS, name, pytorch.CASES[name], autograd.theirs(pytorch.CASES[name]))


def test_gradient(proof):
    proof("mixup_grad", "gradient")
    autograd.by_differences(O, "mixup", pytorch.CASES["mixup"])


# ---- laws of single steps
@ALL
def test_no_gradient_no_step(name, proof):
    proof(name, "limit")
    path, _ = walk(getattr(O, name), np.array([1.0, -2.0]), np.zeros((3, 2)))
    decay = (1 - 0.001 * 0.01) ** np.arange(1, 4)[:, None] if name == "adamw" else 1
    np.testing.assert_allclose(path, [[1.0, -2.0]] * 3 * decay, rtol=1e-15)


@ALL
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, int])
def test_dtype_is_kept(name, dtype, proof):
    proof(name, "law")
    path, state = walk(getattr(O, name), np.arange(6, dtype=dtype), np.ones((2, 6)), eta=np.float64(0.5))
    state = state[0][:2] if name.startswith("adam") else state
    assert {a.dtype for a in (path, *state)} == {np.dtype(float if dtype is int else dtype)}


@ALL
def test_parameters_are_independent_and_nothing_changes_in_place(name, proof):
    proof(name, "law")
    theta, gs = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 3))
    before = theta.copy(), gs.copy()
    whole, _ = walk(getattr(O, name), theta, gs)
    for i in np.ndindex(theta.shape):
        one, _ = walk(getattr(O, name), theta[i], gs[(slice(None), *i)])
        np.testing.assert_array_equal(one, whole[(slice(None), *i)])
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(gs, before[1])


@ALL
def test_against_the_gradient(name, proof):
    """The first step goes down in every coordinate."""
    proof(name, "law")
    g = np.array([3.0, -0.2, 1e-3])
    path, _ = walk(getattr(O, name), np.zeros(3), [g])
    assert (np.sign(path[0]) == -np.sign(g)).all()


def test_momentum_is_a_weighted_sum(proof):
    proof("momentum", "law")
    gs = rng.normal(size=(7, 3))
    _, (v,) = walk(O.momentum, np.zeros(3), gs, mu=0.7)
    np.testing.assert_allclose(v, sum(0.7 ** (6 - k) * gs[k] for k in range(7)), rtol=1e-13)


def test_momentum_is_1_over_1_minus_mu_faster_on_a_slope(proof):
    proof("momentum", "limit")
    path, _ = walk(O.momentum, np.zeros(1), np.ones((400, 1)), eta=0.1, mu=0.9)
    assert path[-2] - path[-1] == pytest.approx(0.1 / (1 - 0.9))


def test_without_momentum_it_is_sgd(proof):
    proof("momentum", "limit")
    proof("nesterov", "limit")
    gs = rng.normal(size=(5, 3))
    expected, _ = walk(O.sgd, np.ones(3), gs, eta=0.3)
    for step in (O.momentum, O.nesterov):
        np.testing.assert_allclose(walk(step, np.ones(3), gs, eta=0.3, mu=0.0)[0], expected, rtol=1e-13)


def test_nesterov_looks_ahead(proof):
    """The original: the gradient is taken at theta + mu u; our parameters are that point."""
    proof("nesterov", "law")
    H, theta, u = np.diag([1.0, 20.0]), np.array([3.0, 1.0]), np.zeros(2)
    ours, v, ahead = theta, 0, []
    for _ in range(20):
        u = 0.9 * u - 0.03 * H @ (theta + 0.9 * u)
        theta = theta + u
        ahead.append(theta + 0.9 * u)
        ours, v = O.nesterov(ours, H @ ours, v, eta=0.03, mu=0.9)
        np.testing.assert_allclose(ours, ahead[-1], atol=1e-13)


def test_adagrad_slows_down_like_1_over_root_t(proof):
    proof("adagrad", "law")
    path, _ = walk(O.adagrad, np.zeros(1), np.full((50, 1), 7.0), eta=0.2)
    np.testing.assert_allclose(-np.diff(path[:, 0]), 0.2 / np.sqrt(np.arange(2, 51)), rtol=1e-8)


def test_rmsprop_on_equal_gradients(proof):
    """No bias correction: the first step is 1 / sqrt(1 - rho) rates long, the later ones tend to one."""
    proof("rmsprop", "limit")
    path, _ = walk(O.rmsprop, np.zeros(1), np.full((300, 1), -5.0), eta=0.1, rho=0.9)
    assert path[0] == pytest.approx(0.1 / np.sqrt(0.1)) and path[-1] - path[-2] == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw"])
def test_the_scale_of_the_gradient_does_not_matter(name, proof):
    proof(name, "law")
    gs = rng.normal(size=(8, 4))
    small, large = (walk(getattr(O, name), np.ones(4), c * gs, eps=0.0)[0] for c in (1e-6, 1e6))
    np.testing.assert_allclose(small, large, rtol=1e-12)


def test_adam_first_step_is_the_sign(proof):
    proof("adam", "limit")
    theta, _ = O.adam(np.zeros(3), np.array([1e-3, -5, 200]), eta=0.001)
    np.testing.assert_allclose(theta, [-0.001, 0.001, -0.001], rtol=1e-4)


def test_bias_correction_makes_averages_of_equal_gradients_exact(proof):
    proof("adam", "law")
    path, _ = walk(O.adam, np.zeros(1), np.full((40, 1), 3.0), eta=0.1, eps=0.0)
    np.testing.assert_allclose(path[:, 0], -0.1 * np.arange(1, 41), rtol=1e-12)


def test_adamw_is_adam_and_a_decay(proof):
    proof("adamw", "law")
    gs = rng.normal(size=(6, 3))
    np.testing.assert_array_equal(walk(O.adamw, np.ones(3), gs, lam=0.0)[0], walk(O.adam, np.ones(3), gs)[0])
    ours, state = O.adamw([2.0], [1.0], eta=0.1, lam=0.5)
    np.testing.assert_allclose(ours, O.adam([2.0], [1.0], eta=0.1)[0] - 0.1 * 0.5 * 2, rtol=1e-13)


def test_adam_with_a_penalty_is_not_adamw(proof):
    """In the first step the penalty only turns the sign of the gradient, or nothing."""
    proof("adamw", "law")
    theta, g = np.array([2.0, 2.0]), np.array([1.0, -1.0])
    np.testing.assert_allclose(O.adam(theta, g + 0.1 * theta, eta=0.1)[0], O.adam(theta, g, eta=0.1)[0])
    assert (O.adamw(theta, g, eta=0.1, lam=0.1)[0] < O.adam(theta, g, eta=0.1)[0]).all()


# ---- quadratics
@pytest.mark.parametrize("a, b", [(1.0, 1.0), (1.0, 4.0), (0.3, 90.0)])
def test_best_rate_is_the_best(a, b, proof):
    proof("best_rate", "SciPy")
    def worst(eta):
        return max(abs(1 - eta * a), abs(1 - eta * b))

    options = {"xatol": 1e-12}
    found = scipy.optimize.minimize_scalar(worst, bounds=(0, 2 / b), method="bounded", options=options)
    eta, r = O.best_rate(a, b)
    assert eta == pytest.approx(found.x, rel=1e-6) and r == pytest.approx(found.fun, abs=1e-6)


def contraction(eta, mu, a, b):
    """Largest absolute eigenvalue of a step of momentum on the pair (x, v), over the curvatures."""
    steps = [np.array([[1 - eta * h, -eta * mu], [h, mu]]) for h in np.linspace(a, b, 41)]
    return max(np.abs(np.linalg.eigvals(M)).max() for M in steps)


@pytest.mark.parametrize("a, b", [(1.0, 4.0), (0.3, 90.0)])
def test_best_momentum_is_the_best(a, b, proof):
    proof("best_momentum", "SciPy")
    eta, mu, r = O.best_momentum(a, b)
    assert contraction(eta, mu, a, b) == pytest.approx(r, abs=1e-6)
    found = scipy.optimize.differential_evolution(
        lambda p: contraction(*p, a, b), [(0, 4 / b), (0, 1)], rng=0, maxiter=40, popsize=8, tol=1e-10
    )
    assert found.fun >= r - 1e-6 and found.x == pytest.approx([eta, mu], rel=0.05)


def test_descend_is_many_steps_of_sgd(proof):
    proof("descend", "law")
    for h, eta in ((10.0, 0.199), (10.0, 0.21), (0.0, 0.5), (-1.0, 0.1)):
        x = 3.0
        for _ in range(50):
            x = O.sgd(x, h * x, eta)
        assert O.descend(3.0, h, eta, 50) == pytest.approx(x, rel=1e-12)
    assert O.descend(np.float32(1), 10.0, 0.1, 3).dtype == np.float32


def test_descend_converges_below_two_over_the_curvature(proof):
    proof("descend", "limit")
    assert abs(O.descend(1.0, 10.0, 0.1999, 10**5)) < 1e-8 < abs(O.descend(1.0, 10.0, 0.2, 10**5)) == 1
    assert abs(O.descend(1.0, 10.0, 0.2001, 10**5)) > 1e8


# ---- schedules
SCHEDULES = {
    "step_decay": lambda t: O.step_decay(t, 7), "cosine_decay": lambda t: O.cosine_decay(t, 30),
    "poly_decay": lambda t: O.poly_decay(t, 30), "warmup_cosine": lambda t: O.warmup_cosine(t, 30, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_one_step_is_an_entry_of_many(name, proof):
    proof(name, "law")
    many = SCHEDULES[name](np.arange(40))
    np.testing.assert_allclose([SCHEDULES[name](t) for t in range(40)], many, rtol=1e-14)
    falling = many[6:] if name == "warmup_cosine" else many
    assert (np.diff(falling) <= 0).all() and many.max() == 0.1 and many.min() >= 0


def test_ends_of_schedules(proof):
    for name in ("cosine_decay", "poly_decay", "warmup_cosine"):
        proof(name, "limit")
        assert SCHEDULES[name](30) == SCHEDULES[name](99) == 0
    assert O.cosine_decay(15, 30, 0.4, 0.2) == pytest.approx(0.3)
    assert O.warmup_cosine(0, 30, 6) == pytest.approx(0.1 / 6)  # not 0: the first step counts
    assert O.warmup_cosine(5, 30, 6) == O.warmup_cosine(6, 30, 6) == 0.1
    np.testing.assert_array_equal(O.warmup_cosine(np.arange(9), 8, 0), O.cosine_decay(np.arange(9), 8))


# ---- mixup, averages, number formats
def test_mixup_of_loss_or_of_targets(proof):
    """Cross-entropy is linear in the target: mixing the labels is mixing the losses."""
    proof("mixup", "law")
    x, y, order, lam = rng.normal(size=(6, 4)), np.eye(3)[rng.integers(3, size=6)], rng.permutation(6), 0.3
    mixed, target = O.mixup(x, y, lam, order)
    z = mixed @ rng.normal(size=(4, 3))
    parts = [losses.softmax_cross_entropy(z, t) for t in (y, y[order])]
    np.testing.assert_allclose(losses.softmax_cross_entropy(z, target), lam * parts[0] + (1 - lam) * parts[1])


def test_mixup_at_the_ends(proof):
    proof("mixup", "limit")
    x, y, order = rng.normal(size=(4, 2, 3)), np.eye(4, dtype=int), [1, 2, 3, 0]
    for lam, index in ((1.0, slice(None)), (0.0, order)):
        for mixed, plain in zip(O.mixup(x, y, lam, order), (x, y), strict=True):
            np.testing.assert_array_equal(mixed, plain[index])
    assert O.mixup(x.astype(np.float32), y, 0.5, order)[0].dtype == np.float32


def test_ema_unrolled(proof):
    proof("ema", "law")
    thetas, mean = rng.normal(size=(9, 3)), np.zeros(3)
    for theta in thetas:
        mean = O.ema(mean, theta, 0.8)
    np.testing.assert_allclose(mean, 0.2 * sum(0.8 ** (8 - k) * thetas[k] for k in range(9)), rtol=1e-13)
    assert O.ema(np.float16([1]), np.float16([2])).dtype == np.float16


def test_half_life(proof):
    proof("half_life", "mpmath")
    for alpha in (0.5, 0.9, 0.999, 0.9999):
        exact = mp.log(2) / -mp.log(mp.mpf(alpha))
        assert O.half_life(alpha) == pytest.approx(float(exact), rel=1e-12)


def test_small_batches_add_up_to_the_large_one(proof):
    proof("accumulate", "law")
    X, y, w = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=3)
    parts = np.split(np.arange(12), [5, 7])
    gs = [2 * X[i].T @ (X[i] @ w - y[i]) / len(i) for i in parts]
    whole = 2 * X.T @ (X @ w - y) / 12
    np.testing.assert_allclose(O.accumulate(gs, [len(i) for i in parts]), whole, rtol=1e-12)
    assert not np.allclose(np.mean(gs, 0), whole)
    assert O.accumulate(np.float32([[1], [2]]), [1, 1]).dtype == np.float32


def test_scale_stays_a_power_of_two_and_finds_its_height(proof):
    proof("update_scale", "law")
    S, n, seen = 2.0**16, 0, []
    for _ in range(3000):
        S, n = O.update_scale(S, n, finite=S <= 2.0**11, N=20)  # gradients that overflow above 2^11
        seen.append(S)
    assert set(seen[-100:]) == {2.0**11, 2.0**12} and (np.log2(seen) % 1 == 0).all()


def test_dead_share_by_hand(proof):
    proof("dead_share", "law")
    z = rng.normal(size=(50, 6)) - [0, 9, 0, 9, 9, 0]
    assert O.dead_share(z) == np.mean([all(v <= 0 for v in z[:, j]) for j in range(6)]) == 0.5
    assert O.dead_share([[0.0, -1.0], [0.0, 1.0]]) == 0.5  # ReLU has no slope at 0


def test_update_ratio_has_no_unit(proof):
    proof("update_ratio", "law")
    theta, step = rng.normal(size=(2, 3, 4))
    assert O.update_ratio(1000 * theta, 1000 * step) == pytest.approx(O.update_ratio(theta, step))
    assert O.update_ratio(theta, 0.01 * theta) == pytest.approx(0.01)
    assert O.update_ratio(np.full(9, np.float16(300)), np.full(9, np.float16(3))) == pytest.approx(0.01)


def test_update_ratio_of_numbers_whose_squares_overflow_or_vanish(proof):
    proof("update_ratio", "limit")
    for large in (1e-200, 1e200):
        assert O.update_ratio([3 * large, 4 * large], [0, large / 2]) == pytest.approx(0.1, rel=1e-15)
    assert O.update_ratio([1.0], [0.0]) == 0 and np.isnan(O.update_ratio([1.0], [np.nan]))


# ---- what the pages say about whole runs
def test_a_tilt_changes_nothing_for_sgd_and_momentum_and_much_for_adagrad():
    for name in ("SGD", "Polyak", "Nesterov"):
        straight, tilted = plots.race(name, 0.01, 0.0), plots.race(name, 0.01, 37.0)
        np.testing.assert_allclose(plots.height(straight, 0.0), plots.height(tilted, 37.0), rtol=1e-8)
    assert plots.tuned("AdaGrad", 0.0)[1] < 1e-100
    assert plots.tuned("AdaGrad", 45.0)[1] > plots.tuned("SGD", 45.0)[1]


@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp", "Adam"])
def test_with_a_falling_rate_all_adaptive_methods_prefer_a_valley_along_an_axis(name):
    ends = ((plots.race(name, plots.GRID, angle, falling=True)[-1], angle) for angle in (0, 45))
    axis, diagonal = (plots.height(*end).min() for end in ends)
    assert axis < diagonal / 10


def test_noise_makes_steps_of_adam_a_quarter_of_the_rate():
    path, _ = walk(O.adam, np.zeros(100), np.random.default_rng(1).standard_normal((5000, 100)), eta=1.0)
    steps = np.diff(path, axis=0)[4000:]
    assert np.sqrt((steps**2).mean()) == pytest.approx(((1 - 0.9) / (1 + 0.9)) ** 0.5, rel=0.02)


@pytest.mark.parametrize("f", ["relu", "sigmoid"])
def test_the_network_of_the_experiments_by_differences(f):
    """Its gradients are what every fault is measured against."""
    f = plots.RELU if f == "relu" else plots.SIGMOID
    (x, y), layers = plots.clusters(7), plots.network(width=5, bias=0.1)
    inputs, outputs = plots.forward(layers, x, f[0])
    g = losses.softmax_cross_entropy_grad(outputs[-1], y, 1.0)
    grads = plots.backward(layers, inputs, outputs, g, f[1])
    for (W, b), (dW, db) in zip(layers, grads, strict=True):
        for v, dv in ((W, dW), (b, db)):
            i, h = tuple(n // 2 for n in v.shape), 1e-5
            values = []
            for step in (h, -2 * h):
                v[i] += step
                values.append(losses.softmax_cross_entropy(plots.forward(layers, x, f[0])[1][-1], y).sum())
            v[i] += h
            assert dv[i] == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-9)


def test_each_fault_has_its_symptom():
    assert plots.run("none")[0][0] == pytest.approx(np.log(10), rel=0.02) and plots.late("none") < 0.1
    for fault in ("raw", "large", "dead"):
        assert plots.late(fault) == pytest.approx(np.log(10), rel=0.03) and plots.dead(fault) == 100
    assert np.log1p(9 / np.e) < plots.run("twice")[0].min() and plots.accuracy(plots.run("twice")[1]) > 70
    assert plots.run("kept")[0].max() > 100 and np.isnan(plots.late(r"$\mathrm{ReLU},\ 0.5^2$"))


def test_gradients_never_reset_are_momentum_without_friction():
    data, layers = plots.clusters(32), plots.network()
    losses_, _ = plots.train(data, layers, np.full(6, 0.05), shuffle=False, keep=1.0)
    theta, v, ours = [p for pair in layers for p in pair], [0] * 6, []
    for _ in range(6):
        now = list(zip(theta[::2], theta[1::2]))
        inputs, outputs = plots.forward(now, data[0])
        ours.append(losses.softmax_cross_entropy(outputs[-1], data[1]).mean())
        g = losses.softmax_cross_entropy_grad(outputs[-1], data[1], 1 / 32)
        gs = [p for pair in plots.backward(now, inputs, outputs, g) for p in pair]
        theta, v = zip(*(O.momentum(*each, eta=0.05, mu=1.0) for each in zip(theta, gs, v)))
    np.testing.assert_allclose(losses_, ours, rtol=1e-12)


def test_noise_settles_where_theory_says():
    late = plots.noisy_parabola(plots.rates("constant"))[100:]
    assert late.mean() == pytest.approx(0.2 / (2 * 1.8), rel=0.03)


BAD = [
    (lambda: O.sgd(np.zeros(3), np.zeros((3, 1))), "g has the shape (3, 1), the parameters (3,)"),
    (lambda: O.adam(np.zeros((2, 3)), np.zeros((2, 3)), (np.zeros(3), 0, 0)),
     "m has the shape (3,), the parameters (2, 3)"),
    (lambda: O.ema(np.zeros(2), np.zeros(3)), "theta_bar has the shape (2,), the parameters (3,)"),
    (lambda: O.best_rate(2, 1), "curvatures must satisfy 0 < a <= b, got 2 and 1"),
    (lambda: O.best_momentum(-1.0, 1.0), "curvatures must satisfy 0 < a <= b, got -1.0 and 1.0"),
    (lambda: O.dead_share(np.zeros(3)), "z must have the shape (samples, units), got (3,)"),
    (lambda: O.warmup_cosine(0, T=5, w=5), "warm-up must end before step T, got w = 5 and T = 5"),
    (lambda: O.mixup(np.zeros((2, 3)), np.array([1, 0]), 0.5, [1, 0]),
     "labels y must be one-hot, got class numbers of shape (2,)"),
    (lambda: O.mixup(np.zeros((2, 3)), np.eye(2), 1.5, [1, 0]), "lam must lie in [0, 1], got 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_gradient_of_another_shape_is_refused(name):
    with pytest.raises(ValueError, match=r"g has the shape \(2,\), the parameters \(3,\)"):
        getattr(O, name)(np.zeros(3), np.zeros(2))


MEMBERS = inspect.getmembers(O, inspect.isfunction)
EVERY = [name for name, f in MEMBERS if f.__module__ == O.__name__ and not name.startswith("_")]


@pytest.mark.parametrize("name", EVERY)
def test_every_function_is_held_against_something_else(name):
    """PyTorch, SciPy, mpmath, or a law written out."""
    source = inspect.getsource(inspect.getmodule(walk))
    cases = {c.split()[0] for c in pytorch.CASES}
    assert name.removesuffix("_grad") in cases or f'proof("{name}", "' in source
