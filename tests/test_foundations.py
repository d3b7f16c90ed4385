"""The foundations against laws, limits, differences, SciPy and PyTorch."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.optimize
import scipy.stats
import sklearn.linear_model
import sklearn.metrics
from oracles import autograd
from oracles import pytorch_foundations as pytorch
from oracles.autograd import numbers

from snippets import activations as A
from snippets import foundations as F
from snippets import losses as L
from snippets.plots import foundations as plots

RECORDED = autograd.recorded("foundations")
WITH_GRADIENT = [name for name, case in pytorch.CASES.items() if hasattr(F, f"{name.split()[0]}_grad")]


def _proofs(proof, name, kind):
    name = name.split()[0]
    proof(name, kind)
    if hasattr(F, f"{name}_grad"):
        proof(f"{name}_grad", kind)


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_gradients_by_differences(name, proof):
    proof(f"{name.split()[0]}_grad", "gradient")
    autograd.by_differences(F, name, pytorch.CASES[name])


@pytest.mark.parametrize("name", pytorch.CASES)
def test_pytorch_recorded(name, proof):
    _proofs(proof, name, "PyTorch")
    autograd.compare(F, name, pytorch.CASES[name], RECORDED[name])


@pytest.mark.parametrize("name", pytorch.CASES)
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    _proofs(proof, name, "PyTorch")
    autograd.compare(F, name, pytorch.CASES[name], autograd.theirs(pytorch.CASES[name]))


# ---- perceptron
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def separable(points, labels):
    """Whether some (w, b) gives each point its label, by linear programming."""
    rows = -np.where(labels, 1, -1)[:, None] * np.c_[points, np.ones(len(points))]
    cost, bounds = np.zeros(rows.shape[1]), (None, None)
    return scipy.optimize.linprog(cost, rows, -np.ones(len(rows)), bounds=bounds, method="highs").status == 0


def all_labels(n):
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


@pytest.mark.parametrize(("N", "n"), [(1, 2), (3, 2), (4, 2), (5, 1), (5, 2), (6, 3)])
def test_dichotomies_counts_what_linear_programming_separates(N, n, proof):
    proof("dichotomies", "SciPy")
    points = np.random.default_rng(N).normal(size=(N, n))
    assert sum(separable(points, labels) for labels in all_labels(N)) == F.dichotomies(N, n)


def test_dichotomies_recurrence_and_ends(proof):
    proof("dichotomies", "law")
    for N in range(1, 12):
        assert F.dichotomies(N, N) == F.dichotomies(N, N - 1) == 2**N  # up to n + 1 points: all
        assert F.dichotomies(N, 0) == 2
        for n in range(1, 6):
            assert F.dichotomies(N + 1, n) == F.dichotomies(N, n) + F.dichotomies(N, n - 1)
            assert F.dichotomies(2 * n + 2, n) == 2 ** (2 * n + 1)  # at 2(n + 1) points: half


def test_units_with_whole_weights_compute_what_is_separable_and_no_more(proof):
    """The search that the page shows, against linear programming, for two and three bits."""
    proof("perceptron", "SciPy")
    for n, top, count in ((2, 1, 14), (3, 2, 104)):
        x = np.array(np.meshgrid(*[[0, 1]] * n, indexing="ij")).reshape(n, -1).T
        found = {tuple(table) for table in plots.truth_tables(n, top)}
        assert found == {tuple(t) for t in all_labels(2**n) if separable(x, t)} and len(found) == count
    assert not separable(CORNERS, plots.XOR) and plots.most_right(plots.XOR) == 3


def test_perceptron_decides_at_the_threshold_and_a_layer_is_its_units(proof):
    proof("perceptron", "law")
    assert F.perceptron([0.5], [2.0], -1.0) == 1 and F.perceptron([0.5], [2.0], np.nextafter(-1, -2)) == 0
    x, W, b = numbers(0, 7, 3), numbers(1, 3, 4), numbers(2, 4)
    units = [F.perceptron(x, W[:, j], b[j]) for j in range(4)]
    np.testing.assert_array_equal(F.perceptron(x, W, b), np.transpose(units))
    np.testing.assert_array_equal(F.perceptron(x, 5 * W, 5 * b), F.perceptron(x, W, b))


def test_perceptron_loss_is_zero_exactly_where_the_answer_is_right(proof):
    proof("perceptron_loss", "law")
    z = np.array([-2.0, -0.5, 0.5, 2.0])
    np.testing.assert_array_equal(F.perceptron_loss(z, 1), [2, 0.5, 0, 0])
    np.testing.assert_array_equal(F.perceptron_loss(-z, 0), F.perceptron_loss(z, 1))


def test_an_update_is_a_gradient_step_on_the_loss(proof):
    proof("perceptron_update", "gradient")
    for seed in range(20):
        w, x, b, y = numbers(seed, 3), numbers(seed + 50, 3), float(numbers(seed + 90)), seed % 2
        dz = F.perceptron_loss_grad(w @ x + b, y, 0.3)
        new_w, new_b = F.perceptron_update(w, b, x, y, eta=0.3)
        np.testing.assert_allclose(new_w, w - dz * x, rtol=1e-15)
        np.testing.assert_allclose(new_b, b - dz, rtol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_mistakes_stay_below_the_bound_of_novikoff(seed, proof):
    proof("perceptron_update", "law")
    rng = np.random.default_rng(seed)
    direction, X = rng.normal(size=4), rng.normal(size=(300, 3))
    margin = np.c_[X, np.ones(300)] @ direction / np.linalg.norm(direction)
    X, margin = X[np.abs(margin) > 0.1], margin[np.abs(margin) > 0.1]
    w, b, mistakes, before = np.zeros(3), 0.0, 0, -1
    while mistakes > before:
        before = mistakes
        for x, y in zip(X, margin > 0, strict=True):
            mistakes += F.perceptron(x, w, b) != y
            w, b = F.perceptron_update(w, b, x, int(y))
    assert 0 < mistakes <= (np.square(X).sum(1).max() + 1) / np.abs(margin).min() ** 2


# ---- universal_approximation
@pytest.mark.parametrize("f", [np.sin, np.exp, np.abs, np.square], ids=lambda f: f.__name__)
def test_interpolant_is_linear_interpolation(f, proof):
    proof("interpolant", "law")
    t, h = np.linspace(-2, 3, 12, retstep=True)
    x = np.linspace(-2, 3, 501)
    y = F.relu_network(x[:, None], *F.interpolant(f(t), -2, h))
    np.testing.assert_allclose(y, np.interp(x, t, f(t)), rtol=1e-12, atol=1e-12)
    spline = scipy.interpolate.make_interp_spline(t, f(t), k=1)
    np.testing.assert_allclose(y, spline(x), rtol=1e-12, atol=1e-12)


def test_interpolant_error_is_at_most_h_squared_over_8_times_the_curvature(proof):
    proof("interpolant", "limit")
    for m in (3, 10, 50):
        assert plots.relu_error(m) <= (2 * np.pi / m) ** 2 / 8
        assert plots.relu_error(m, np.exp, 0, 1) <= np.e / m**2 / 8
    assert plots.relu_error(400) == pytest.approx((2 * np.pi / 400) ** 2 / 8, rel=0.01)


def test_relu_network_written_out(proof):
    proof("relu_network", "law")
    x, W, b, v, c = numbers(0, 6, 2), numbers(1, 2, 3), numbers(2, 3), numbers(3, 3), 0.7
    written = [c + sum(v[j] * max(0, xi @ W[:, j] + b[j]) for j in range(3)) for xi in x]
    np.testing.assert_allclose(F.relu_network(x, W, b, v, c), written, rtol=1e-14)


def test_sawtooth_feeds_on_itself_and_is_zero_outside(proof):
    proof("sawtooth", "law")
    x = np.linspace(-1, 2, 385)
    for k in range(1, 6):
        outside = (x < 0) | (x > 1)
        np.testing.assert_array_equal(F.sawtooth(x, k + 1), F.sawtooth(F.sawtooth(x, k)))
        assert not F.sawtooth(x, k)[outside].any() and not F.sawtooth_grad(x, 1, k)[outside].any()
        assert plots.pieces(k) == 2**k
    np.testing.assert_array_equal(F.sawtooth(x, 1), np.clip(1 - np.abs(2 * x - 1), 0, 1))


# ---- training_loop
def test_batches_hold_every_sample_once(proof):
    proof("batches", "law")
    for N, B in ((10, 3), (10, 5), (10, 10), (10, 99), (1, 1), (7, 1)):
        parts = F.batches(N, B, rng=1)
        assert sorted(np.concatenate(parts)) == list(range(N)) and {len(p) for p in parts[:-1]} <= {B}
        assert len(parts) == np.ceil(N / B) and 1 <= len(parts[-1]) <= B
    first, again = F.batches(50, 7, rng=2), F.batches(50, 7, rng=2)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (np.concatenate(first) != np.concatenate(F.batches(50, 7))).any()


def test_batches_are_as_many_as_pytorch_makes(proof):
    torch = pytest.importorskip("torch", reason="PyTorch not installed")
    proof("batches", "PyTorch")
    for N, B in ((10, 3), (10, 5), (4, 9)):
        theirs = torch.utils.data.DataLoader(range(N), batch_size=B)
        assert [len(b) for b in theirs] == [len(b) for b in F.batches(N, B)]


def test_batches_come_in_every_order(proof):
    proof("batches", "SciPy")
    rng = np.random.default_rng(0)
    counts = np.zeros((5, 5))
    for _ in range(2000):
        counts[np.concatenate(F.batches(5, 2, rng)), range(5)] += 1
    assert scipy.stats.chisquare(counts.ravel()).pvalue > 0.01


def test_training_reaches_the_optimum_of_scikit_learn(proof):
    proof("train_step", "scikit-learn")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(float)
    w, b = np.zeros(2), 0.0
    for _ in range(400):
        w, b, J = F.train_step(w, b, X, y, eta=2.0)
    theirs = sklearn.linear_model.LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    np.testing.assert_allclose([*w, b], [*theirs.coef_[0], *theirs.intercept_], rtol=1e-5)
    assert J == pytest.approx(sklearn.metrics.log_loss(y, theirs.predict_proba(X)), rel=1e-8)


def test_a_small_enough_step_lowers_the_loss(proof):
    """Below 2 / lambda_max, where lambda_max of logistic regression is at most that of X'X / 4B."""
    proof("train_step", "law")
    X, y = numbers(0, 30, 4), np.arange(30) % 2
    w, b, losses = numbers(1, 4), 0.3, []
    top = np.linalg.eigvalsh(np.c_[X, np.ones(30)].T @ np.c_[X, np.ones(30)] / 120)[-1]
    for _ in range(12):
        w, b, J = F.train_step(w, b, X, y, eta=1.9 / top)
        losses.append(J)
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize(("eta", "factor"), [(2 / 11, 9 / 11), (0.1, 0.9), (0.2, 1.0), (0.21, 1.1)])
def test_descent_multiplies_by_the_worst_of_the_factors(eta, factor, proof):
    """|1 - eta lambda|; at 2 / lambda_max the steepest direction oscillates, beyond it grows."""
    proof("quadratic_grad", "law")
    H, x = np.diag([1.0, 4.0, 10.0]), np.array([1.0, 1.0, -1.0])
    for _ in range(200):
        last, x = x, x - eta * F.quadratic_grad(x, H, 1)
    assert np.linalg.norm(x) / np.linalg.norm(last) == pytest.approx(factor)


def test_quadratic_sees_the_symmetric_part(proof):
    proof("quadratic", "law")
    x, H = numbers(6, 4, 3), numbers(7, 3, 3)
    np.testing.assert_allclose(F.quadratic(x, H), F.quadratic(x, (H + H.T) / 2), rtol=1e-13)
    np.testing.assert_allclose(F.quadratic(x, H), [v @ H @ v / 2 for v in x], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_of_units_and_steps_is_kept(dtype):
    x, W, b, v = numbers(0, 5, 3).astype(dtype), numbers(1, 3, 4), numbers(2, 4), numbers(3, 4)
    kept = [
        F.perceptron(x, W, b), F.perceptron_loss(x, 1), F.perceptron_loss_grad(x, 1, 1),
        F.relu_network(x, W, b, v, 1), *F.relu_network_grad(x, W, b, v, 1, 1), *F.interpolant(x[0]),
        F.sawtooth(x, 2), F.sawtooth_grad(x, 1, 2),
        F.quadratic(x, np.eye(3)), F.quadratic_grad(x, np.eye(3), 1),
    ]  # fmt: skip
    assert {np.asarray(a).dtype for a in kept} == {np.dtype(dtype)}


BAD_UNITS = [
    (lambda: F.perceptron(np.ones((5, 3)), np.ones((3, 4)), np.ones(5)),
     "bias b must have the shape (4,), as the weights (3, 4), got (5,)"),
    (lambda: F.perceptron(np.ones((5, 3)), np.ones(3), np.ones(5)),
     "bias b must have the shape (), as the weights (3,), got (5,)"),
    (lambda: F.perceptron_update(np.ones(3), 0, np.ones((3, 3)), np.ones(3)),
     "x must be one sample of the shape of w, got (3, 3) and (3,)"),
    (lambda: F.perceptron_update(np.ones(3), 0, np.ones(3), -1), "label y must be 0 or 1, got -1"),
    (lambda: F.perceptron_loss([1.0], -1), "labels y must lie in [0, 1], got -1.0 to -1.0"),
    (lambda: F.interpolant([1, 2], h=0), "h must be greater than 0, got 0"),
    (lambda: F.train_step(np.zeros(2), 0, np.ones((5, 2)), np.ones((5, 1))),
     "target y must have the shape of the prediction, got (5, 1) and (5,)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD_UNITS, ids=[m for _, m in BAD_UNITS])
def test_bad_units_and_steps(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


# ---- backpropagation, vanishing_gradient, gradient_check
def test_linear_written_out(proof):
    proof("linear", "law")
    x, W, b = numbers(0, 5, 3), numbers(1, 3, 4), numbers(2, 4)
    written = [[b[j] + sum(x[i, k] * W[k, j] for k in range(3)) for j in range(4)] for i in range(5)]
    np.testing.assert_allclose(F.linear(x, W, b), written, rtol=1e-14)


def test_two_layers_are_their_parts(proof):
    """Value and gradient against the functions of other chapters, put together."""
    proof("two_layer", "law")
    proof("two_layer_grad", "law")
    x, y, W1, b1, W2, b2 = pytorch.CASES["two_layer"].inputs.values()
    h = np.tanh(x @ W1 + b1)
    z = h @ W2 + b2
    assert F.two_layer(x, y, W1, b1, W2, b2) == pytest.approx(L.softmax_cross_entropy(z, y).mean(), rel=1e-14)
    dz = L.softmax_cross_entropy_grad(z, y, np.full(5, 2 / 5))
    np.testing.assert_allclose(F.two_layer_grad(x, y, W1, b1, W2, b2, 2)[3], h.T @ dz, rtol=1e-12, atol=1e-15)


def test_two_layers_by_hand_against_differences(proof):
    """What the page on backpropagation prints."""
    proof("two_layer_grad", "gradient")
    inputs = pytorch.CASES["two_layer"].inputs
    grads = dict(zip(("x", "W1", "b1", "W2", "b2"), F.two_layer_grad(*inputs.values(), 1), strict=True))
    for name, grad in grads.items():
        n = F.numerical_gradient(inputs[name], lambda v: F.two_layer(**{**inputs, name: v}))
        assert F.relative_error(grad, n) < 1e-9


def test_a_chain_shrinks_a_gradient_at_least_by_4_per_neuron_and_unit_weight(proof):
    proof("sigmoid_chain_grad", "law")
    x, w = numbers(0, 50), numbers(1, 6, scale=2)
    dx, _ = F.sigmoid_chain_grad(x, w, 1)
    assert (np.abs(dx) <= np.prod(np.abs(w)) / 4**6).all()
    np.testing.assert_allclose(F.sigmoid_chain_grad(np.zeros(2), [3.0], 1)[0], 3 / 4)  # sharp


def test_a_factor_exceeds_1_only_in_a_narrow_window(proof):
    """What the page says of larger weights: |w sigma'(w h)| > 1 for h
    in less than 0.45, whatever the weight."""
    proof("sigmoid_chain_grad", "law")
    h = np.linspace(-2, 2, 40_001)
    for w in (-1, -4, -6.9, -10, -30, 4, 5, 6.9, 8, 30):
        share = (np.abs(F.sigmoid_chain_grad(h, [w], 1)[0]) > 1).mean()
        assert 4 * share < 0.45 and (share > 0) == (abs(w) > 4)


def test_sigmoid_chain_at_the_end_of_the_range(proof):
    proof("sigmoid_chain", "limit")
    proof("sigmoid_chain_grad", "limit")
    x = np.array([-np.inf, -1e300, 1e300, np.inf])
    np.testing.assert_array_equal(F.sigmoid_chain(x, [2.0]), [0, 0, 1, 1])
    np.testing.assert_array_equal(F.sigmoid_chain_grad(x[1:3], [2.0], 1)[0], [0, 0])


def test_clipping_by_norm_keeps_the_direction_and_by_value_the_signs(proof):
    proof("clip_by_norm", "law")
    proof("clip_by_value", "law")
    u, v = numbers(0, 4, 3), numbers(1, 5)
    for c in (0.01, 1, 3, 4, 1000):
        s = np.sqrt((u**2).sum() + (v**2).sum())
        a, b = F.clip_by_norm([u, v], c)
        np.testing.assert_allclose(np.sqrt((a**2).sum() + (b**2).sum()), min(s, c))
        np.testing.assert_allclose(a * s, u * min(s, c))
        value = F.clip_by_value(u, c)
        np.testing.assert_array_equal(np.sign(value), np.sign(u))
        np.testing.assert_array_equal(np.abs(value), np.minimum(np.abs(u), c))


def test_clipping_at_the_ends(proof):
    proof("clip_by_norm", "limit")
    proof("clip_by_value", "limit")
    np.testing.assert_array_equal(F.clip_by_norm([np.zeros(3)], 1)[0], 0)
    large = np.full(4, 60_000, np.float16)  # its squares overflow
    np.testing.assert_array_equal(F.clip_by_norm([large], 1)[0], np.full(4, 0.5, np.float16))
    large = np.full(4, 3e38, np.float32)
    np.testing.assert_allclose(F.clip_by_norm([large], 2)[0], np.float32(1), rtol=1e-6)
    np.testing.assert_allclose(F.clip_by_norm([[3e200], [4e200]], 1), [[0.6], [0.8]], rtol=1e-15)
    np.testing.assert_allclose(F.clip_by_norm([[3e-200], [4e-200]], 5e-201), [[3e-201], [4e-201]], rtol=1e-15)
    np.testing.assert_allclose(F.clip_by_norm([[5e-324]], 1), [[5e-324]])
    np.testing.assert_array_equal(F.clip_by_value([-np.inf, np.inf, np.nan], 2), [-2, 2, np.nan])


def test_numerical_gradient_against_scipy(proof):
    proof("numerical_gradient", "SciPy")
    for f in (scipy.optimize.rosen, lambda x: np.sin(x).prod()):
        x = numbers(3, 5)
        theirs = scipy.optimize.approx_fprime(x, f, 1e-7)
        np.testing.assert_allclose(F.numerical_gradient(x, f), theirs, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        F.numerical_gradient(x, scipy.optimize.rosen), scipy.optimize.rosen_der(x), rtol=1e-8
    )


def test_differences_are_exact_for_squares_and_off_by_h_squared_for_cubes(proof):
    proof("numerical_gradient", "law")
    x, h = numbers(4, 2, 3), 2.0**-6
    np.testing.assert_allclose(
        F.numerical_gradient(x, lambda x: (x**2).sum(), h), 2 * x, rtol=1e-11, atol=1e-12
    )
    np.testing.assert_allclose(
        F.numerical_gradient(x, lambda x: (x**3).sum(), h), 3 * x**2 + h**2, rtol=1e-11
    )


def test_relative_error(proof):
    proof("relative_error", "law")
    a, b = numbers(5, 3, 4), numbers(6, 3, 4)
    r = F.relative_error(a, b)
    assert 0 < r <= 2 and F.relative_error(b, a) == r and F.relative_error(-7 * a, -7 * b) == pytest.approx(r)
    assert r == pytest.approx(
        np.sqrt(((a - b) ** 2).sum()) / max(np.sqrt((a**2).sum()), np.sqrt((b**2).sum()))
    )
    assert F.relative_error(a, a) == 0 and F.relative_error(a, -a) == 2 and F.relative_error([0], [0]) == 0
    assert np.isnan(F.relative_error([np.nan], [1])) and np.isnan(F.relative_error([1], [np.nan]))


def test_a_large_float16_batch_is_summed_whole(proof):
    """In float16, 2048 + 1 is 2048."""
    proof("linear_grad", "limit")
    x, zero = np.ones((5000, 2), np.float16), np.zeros((2, 2), np.float16)
    _, dW, db = F.linear_grad(x, zero, zero[0], 1)
    assert (dW == 5000).all() and (db == 5000).all() and db.dtype == np.float16


def test_relative_error_of_numbers_whose_squares_overflow_or_vanish(proof):
    proof("relative_error", "limit")
    for large in (5e-324, 1e-200, 1e200, 1.7e308):
        assert F.relative_error([large], [-large]) == 2 and F.relative_error([large], [0]) == 1
        assert F.relative_error([large, large], [large, large]) == 0
    assert F.relative_error([3e-200, 4e-200], [3e-200, 0]) == pytest.approx(0.8, rel=1e-15)
    assert np.isnan(F.relative_error([0], [np.nan])) and np.isnan(F.relative_error([np.nan], [0]))
    assert F.relative_error([], []) == 0


RIGHT = {"softmax": (3, 4), "log_softmax": (5,), "tanh": (2, 3), "gelu": (7,)}


@pytest.mark.parametrize("name", RIGHT)
def test_gradient_check_passes_what_is_right_and_only_that(name, proof):
    proof("gradient_check", "law")
    x, f, f_grad = numbers(7, *RIGHT[name]), getattr(A, name), getattr(A, f"{name}_grad")
    assert F.gradient_check(x, f, f_grad) < 1e-8
    for wrong in (
        lambda x, g: -f_grad(x, g),
        lambda x, g: 1.01 * f_grad(x, g),
        lambda x, g: f_grad(x, g)[::-1],
    ):
        assert F.gradient_check(x, f, wrong) > 1e-3


def test_gradient_check_sees_a_wrong_sign_however_small_the_gradient(proof):
    proof("gradient_check", "limit")
    for scale in (1e-200, 1e200):
        f, f_grad = lambda x: scale * np.sin(x), lambda x, g: scale * g * np.cos(x)
        assert F.gradient_check([0, 1], f, f_grad) < 1e-8
        assert F.gradient_check([0, 1], f, lambda x, g: -f_grad(x, g)) == pytest.approx(2, rel=1e-6)


def test_gradient_check_agrees_with_pytorch(proof):
    """Both pass tanh, and both see that one entry of a gradient is off."""
    torch = pytest.importorskip("torch", reason="PyTorch not installed")
    proof("gradient_check", "PyTorch")

    class Tanh(torch.autograd.Function):
        factor = 1.0

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.tanh(x)

        @staticmethod
        def backward(ctx, g):
            return g * (1 - Tanh.factor * torch.tanh(ctx.saved_tensors[0]) ** 2)

    x = numbers(8, 5)
    for Tanh.factor in (1.0, 1.01):
        ours = F.gradient_check(x, np.tanh, lambda x, g: g * (1 - Tanh.factor * np.tanh(x) ** 2)) < 1e-6
        theirs = torch.autograd.gradcheck(
            Tanh.apply, torch.tensor(x, requires_grad=True), raise_exception=False
        )
        assert ours == theirs == (Tanh.factor == 1)


ROUND = {  # functions that keep the dtype of their first input
    "linear": [numbers(0, 5, 3), numbers(1, 3, 4), numbers(2, 4)],
    "sigmoid_chain": [numbers(0, 5), numbers(1, 3)],
    "clip_by_value": [numbers(0, 5), 0.5],
    "numerical_gradient": [numbers(0, 3)],
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ROUND)
def test_dtype_of_layers_and_clips_is_kept(name, dtype):
    first, *rest = ROUND[name]
    options = {"h": 0.125} if name == "numerical_gradient" else {}
    y = getattr(F, name)(first.astype(dtype), *rest, **options)
    assert y.dtype == dtype
    if grad := getattr(F, f"{name}_grad", None):
        assert {d.dtype for d in grad(first.astype(dtype), *rest, 1)} == {np.dtype(dtype)}
    assert F.clip_by_norm([first.astype(dtype), first], 0.1)[0].dtype == dtype


def test_dtype_of_two_layers_is_that_of_the_samples():
    x, y, *parameters = pytorch.CASES["two_layer"].inputs.values()
    for dtype in (np.float16, np.float32, np.float64):
        assert F.two_layer(x.astype(dtype), y, *parameters).dtype == dtype
        assert {d.dtype for d in F.two_layer_grad(x.astype(dtype), y, *parameters, 1)} == {np.dtype(dtype)}


def test_a_number_as_gradient_stands_for_all_entries():
    x, W, b = numbers(0, 2, 5, 3), numbers(1, 3, 4), numbers(2, 4)
    for one, all_ in zip(
        F.linear_grad(x, W, b, 3), F.linear_grad(x, W, b, np.full((2, 5, 4), 3)), strict=True
    ):
        np.testing.assert_array_equal(one, all_)


BAD_LAYERS = [
    (lambda: F.linear(np.ones((5, 3)), np.ones((3, 4)), np.ones((5, 1))),
     "bias b must have the shape (4,), as the weights (3, 4), got (5, 1)"),
    (lambda: F.linear_grad(np.ones((5, 3)), np.ones((3, 4)), np.ones(4), np.ones(4)),
     "gradient g must have the shape of the output, got (4,) and (5, 4)"),
    (lambda: F.two_layer(
        np.ones((5, 3)), np.ones(4) / 4, np.ones((3, 2)), np.ones(2), np.ones((2, 4)), np.ones(4)),
     "target y must have the shape of the logits z, got (4,) and (5, 4)"),
    (lambda: F.clip_by_norm([[1.0, np.inf]], 1), "the norm of the gradients must be finite, got inf"),
    (lambda: F.clip_by_norm([[1.0], [np.nan]], 1), "the norm of the gradients must be finite, got nan"),
    (lambda: F.clip_by_norm([[1.0]], 0), "c must be greater than 0, got 0"),
    (lambda: F.clip_by_value([1.0], -1), "c must be greater than 0, got -1"),
    (lambda: F.numerical_gradient([1.0], np.sum, h=0), "h must be greater than 0, got 0"),
    (lambda: F.relative_error([1, 2], [[1], [2]]), "gradients must have the same shape, got (2,) and (2, 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD_LAYERS, ids=[m for _, m in BAD_LAYERS])
def test_bad_layers_and_gradients(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
