"""Bias and variance, penalties, dropout: laws by enumeration, differences, SciPy, scikit-learn, PyTorch."""

import itertools

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sklearn.linear_model
from oracles import autograd
from oracles import pytorch_regularization as pytorch
from oracles.autograd import numbers

from snippets import regularization as R
from snippets.activations import softmax
from snippets.plots import regularization as plots

X, Y, W = numbers(20, 12, 4), numbers(21, 12), numbers(22, 4)


def masks(n, p):
    """All masks of n entries, and how likely each one is."""
    m = np.array(list(itertools.product((0, 1), repeat=n)), float)
    return m, (p ** (1 - m) * (1 - p) ** m).prod(1)


# ---- gradients and PyTorch
@pytest.mark.parametrize("name", pytorch.FUNCTIONS)
def test_gradients_by_differences(name, proof):
    proof(f"{name.split()[0]}_grad", "gradient")
    autograd.by_differences(R, name, pytorch.CASES[name])


@pytest.mark.parametrize("name", pytorch.FUNCTIONS)
def test_pytorch_recorded(name, proof):
    proof(name.split()[0], "PyTorch")
    proof(f"{name.split()[0]}_grad", "PyTorch")
    autograd.compare(R, name, pytorch.CASES[name], autograd.recorded("regularization")[name])


@pytest.mark.parametrize("name", pytorch.FUNCTIONS)
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    proof(name.split()[0], "PyTorch")
    proof(f"{name.split()[0]}_grad", "PyTorch")
    autograd.compare(R, name, pytorch.CASES[name], autograd.theirs(pytorch.CASES[name]))


def walk(name):
    """Our weights after the steps that PyTorch's optimizer took."""
    w, dw = pytorch.CASES[name].inputs.values()
    _, options, _ = pytorch.STEPS[name]
    state = 0.0, 0.0, 0
    for d in dw:
        if name == "weight_decay":
            w = R.weight_decay(w, d, **options)
        else:
            w, state = R.adam_decay(w, d, state, **options)
    return w


@pytest.mark.parametrize("name", pytorch.WALKS)
def test_steps_of_pytorch_recorded(name, proof):
    proof(name.split()[0], "PyTorch")
    (theirs,), _ = autograd.recorded("regularization")[name]
    np.testing.assert_allclose(walk(name), theirs, rtol=1e-12)


@pytest.mark.parametrize("name", pytorch.WALKS)
def test_steps_of_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    proof(name.split()[0], "PyTorch")
    (theirs,), _ = autograd.theirs(pytorch.CASES[name])
    np.testing.assert_allclose(walk(name), theirs, rtol=1e-12)


def test_pytorch_drops_with_probability_p_and_scales_by_what_is_kept():
    """p is the drop probability there, the rest is divided by 1 - p, and p = 1 gives zeros."""
    torch = pytest.importorskip("torch", reason="PyTorch not installed")
    torch.manual_seed(0)
    for p in (0.2, 0.75):
        y = torch.nn.functional.dropout(torch.ones(10_000), p)
        assert y.unique().tolist() == pytest.approx([0, 1 / (1 - p)])
        assert (y == 0).float().mean().item() == pytest.approx(p, abs=0.02)
    assert not torch.nn.functional.dropout(torch.ones(9), 1.0).any()
    assert not R.dropout(np.ones(9), np.zeros(9), 1).any()


# ---- bias and variance
def test_bias_and_variance_add_up_to_the_error(proof):
    proof("bias_variance", "law")
    y_hat, f = numbers(23, 8, 5), numbers(24, 5)
    bias, var = R.bias_variance(y_hat, f)
    np.testing.assert_allclose(bias**2 + var, ((y_hat - f) ** 2).mean(0))
    np.testing.assert_allclose(var, y_hat.var(0))
    assert not R.bias_variance(y_hat[:1], f)[1].any() and not R.bias_variance([f, f], f)[0].any()


def test_bias_and_variance_of_all_training_sets(proof):
    """Label noise +-1 on four inputs makes 16 training sets; the hat matrix gives what comes out of them."""
    for name in ("bias_variance", "hat_matrix"):
        proof(name, "law")
    x = np.array([0.0, 1, 2, 4])
    f, P, H = x**2, np.vander(x, 2), R.hat_matrix(np.vander(x, 2))
    noise = np.array(list(itertools.product((-1, 1), repeat=4)))
    fits = np.array([np.polyval(np.polyfit(x, f + e, 1), x) for e in noise])
    bias, var = R.bias_variance(fits, f)
    np.testing.assert_allclose(bias, H @ f - f, atol=1e-12)
    np.testing.assert_allclose(var, np.diag(H @ H.T))
    assert var.mean() == pytest.approx(P.shape[1] / 4)  # noise times d / n


def test_hat_matrix_projects(proof):
    proof("hat_matrix", "law")
    H = R.hat_matrix(X)
    np.testing.assert_allclose(H @ H, H, atol=1e-14)
    np.testing.assert_allclose(H @ X, X, atol=1e-13)
    shrunk = np.linalg.eigvalsh(R.hat_matrix(X, 2.0))
    assert shrunk.min() > -1e-15 and shrunk.max() < 1


def test_hat_matrix_and_ridge_against_scikit_learn(proof):
    for lam in (0.01, 1, 30):
        model = sklearn.linear_model.Ridge(alpha=lam, fit_intercept=False).fit(X, Y)
        proof("ridge", "scikit-learn")
        np.testing.assert_allclose(R.ridge(X, Y, lam), model.coef_, rtol=1e-10)
        proof("hat_matrix", "scikit-learn")
        np.testing.assert_allclose(R.hat_matrix(X, lam) @ Y, model.predict(X), rtol=1e-10, atol=1e-12)
    proof("ridge", "SciPy")
    np.testing.assert_allclose(R.ridge(X, Y, 0), scipy.optimize.lsq_linear(X, Y).x, rtol=1e-10)


@pytest.mark.parametrize(("dtype", "d"), [(np.float16, 4), (np.float32, 7), (np.float64, 13)])
def test_columns_that_are_nearly_dependent(dtype, d, proof):
    """Powers of numbers from 0 to 1, with condition numbers up to 7e8, whose squares are past all digits."""
    for name in ("hat_matrix", "degrees_of_freedom", "ridge", "ridge_grad"):
        proof(name, "limit")
    eps, P = float(np.finfo(dtype).eps), np.vander(np.linspace(0, 1, 30), d).astype(dtype)
    H, y = R.hat_matrix(P), P.sum(1)
    assert np.trace(H.astype(float)) == pytest.approx(d, abs=30 * eps)
    np.testing.assert_allclose(H @ P, P, atol=20 * eps)
    np.testing.assert_allclose(P @ R.ridge(P, y, 0), y, atol=30 * eps)
    _, dy = R.ridge_grad(P, y, np.eye(d)[0], 0)
    inverse = np.linalg.pinv(P.astype(float))
    np.testing.assert_allclose(dy, inverse[0], rtol=max(2 * eps, 1e-7), atol=eps * np.abs(dy).max())
    for lam in (1e-30, 1e-12, 1e-3):
        trace = np.trace(R.hat_matrix(P, lam))
        assert R.degrees_of_freedom(P, lam) == pytest.approx(trace, rel=max(2 * eps, 1e-10))


def test_inputs_whose_squares_overflow_or_vanish(proof):
    for name in ("hat_matrix", "degrees_of_freedom", "ridge", "ridge_grad"):
        proof(name, "limit")
    for column in (np.float16([[300], [300]]), np.float32([[1e30], [1e30]]), [[1e200]] * 2, [[1e-200]] * 2):
        x = np.asarray(column)[:, 0]
        np.testing.assert_allclose(R.hat_matrix(column), np.full((2, 2), 0.5), rtol=1e-15)
        assert R.degrees_of_freedom(column) == 1 and R.ridge(column, x, 0) == pytest.approx(1, rel=1e-15)
        _, dy = R.ridge_grad(column, x, x[:1], 0)
        np.testing.assert_allclose(dy, [0.5, 0.5], rtol=1e-15)
    assert R.degrees_of_freedom([[1e-200]], 1) == 0 and R.ridge([[1e200]], [1e200], 1) == 1


def test_more_columns_than_rows(proof):
    proof("ridge", "law")
    proof("ridge_grad", "law")
    wide = X[:2]
    w = wide.T @ np.linalg.solve(wide @ wide.T + 0.3 * np.eye(2), Y[:2])  # the kernel form
    np.testing.assert_allclose(R.ridge(wide, Y[:2], 0.3), w, rtol=1e-12)
    a = np.linalg.solve(wide.T @ wide + 0.3 * np.eye(4), W)
    dX, dy = R.ridge_grad(wide, Y[:2], W, 0.3)
    np.testing.assert_allclose(dy, wide @ a, rtol=1e-12)
    np.testing.assert_allclose(dX, np.outer(Y[:2] - wide @ w, a) - np.outer(wide @ a, w), rtol=1e-12)


def test_degrees_of_freedom_are_the_trace(proof):
    proof("degrees_of_freedom", "law")
    for lam in (0, 0.5, 40):
        assert R.degrees_of_freedom(X, lam) == pytest.approx(np.trace(R.hat_matrix(X, lam)))
    assert R.degrees_of_freedom(X) == pytest.approx(4) and R.degrees_of_freedom(X, 1e9) < 1e-6


# ---- early stopping
def test_early_stopping_written_out(proof):
    proof("early_stopping", "law")
    rng = np.random.default_rng(0)
    for loss in rng.integers(0, 9, (300, 12)):
        for k in (1, 2, 4, 20):
            best = [int(np.argmin(loss[: t + 1])) for t in range(12)]
            T = next((t for t in range(12) if t - best[t] >= k), 11)
            assert R.early_stopping(loss, k) == (best[T], T)
    assert R.early_stopping([3.0, 2, 1], 1) == (2, 2) and R.early_stopping([1.0, 2, 3], 1) == (0, 1)
    assert R.early_stopping([1.0, 2, 3, 4], 1.5) == (0, 2)


def test_float16_squares_do_not_overflow(proof):
    for name in ("bias_variance", "dropout_penalty", "dropout_penalty_grad"):
        proof(name, "limit")
    half = np.float16
    assert R.bias_variance(half([0, 0, 0, 500]), half(400))[1] == half(46_875)
    X, w = half([[300], [300]]), half([0.1])
    Omega, (dX, dw) = R.dropout_penalty(X, w), R.dropout_penalty_grad(X, w, 0.1)
    assert {Omega.dtype, dX.dtype, dw.dtype} == {X.dtype}
    np.testing.assert_allclose([Omega, *dw, *dX[0]], [1800, 3600, 0.6], rtol=1e-3)


def test_nan_is_never_the_best(proof):
    proof("early_stopping", "limit")
    nan = np.nan
    assert R.early_stopping([nan, 3, 2, 1], 5) == (3, 3)
    assert R.early_stopping([nan, 3, nan, nan, 2], 2) == (1, 3)
    assert R.early_stopping([nan] * 9, 2) == (0, 2) and R.early_stopping([nan, np.inf, 7], 2) == (2, 2)


# ---- penalties
def test_priors(proof):
    """The penalties are negative logarithms of a Gaussian and of a Laplace density, up to a constant."""
    lam, w, v = 0.7, numbers(25, 6), numbers(26, 6)
    priors = {"l2_penalty": scipy.stats.norm(0, lam**-0.5), "l1_penalty": scipy.stats.laplace(0, 1 / lam)}
    for name, law in priors.items():
        proof(name, "SciPy")
        penalty = getattr(R, name)
        assert penalty(w, lam) - penalty(v, lam) == pytest.approx(law.logpdf(v).sum() - law.logpdf(w).sum())


@pytest.mark.parametrize("w", [-3.0, -1.3, -1.0, 0.0, 0.4, 1.0, 1.1, 7.0])
def test_soft_threshold_is_the_minimum(w, proof):
    proof("soft_threshold", "SciPy")
    total = lambda v: (v - w) ** 2 / 2 + abs(v)
    best = scipy.optimize.minimize_scalar(total, bounds=(-9, 9), options={"xatol": 1e-10})
    assert R.soft_threshold(w, 1.0) == pytest.approx(best.x, abs=1e-7)


def test_soft_threshold_laws(proof):
    proof("soft_threshold", "law")
    w, v = numbers(27, 300, scale=3), numbers(28, 300, scale=3)
    s, t = R.soft_threshold(w, 1.5), R.soft_threshold(v, 1.5)
    np.testing.assert_allclose(s, np.sign(w) * np.maximum(np.abs(w) - 1.5, 0), atol=1e-15)
    np.testing.assert_array_equal(R.soft_threshold(-w, 1.5), -s)
    assert (np.abs(s - t) <= np.abs(w - v) + 1e-12).all()  # brings no two points farther apart
    np.testing.assert_array_equal(R.soft_threshold(w, 0), w)
    assert not R.soft_threshold([-1e300, 1e300], np.inf).any()
    assert R.soft_threshold(R.soft_threshold(5.0, 1.25), 0.5) == R.soft_threshold(5.0, 1.75)


def lasso(X, y, lam, steps=4000):
    lr, w = 1 / np.linalg.norm(X, 2) ** 2, np.zeros(X.shape[1])
    for _ in range(steps):
        w = R.proximal_step(w, X.T @ (X @ w - y), lr, lam)
    return w


@pytest.mark.parametrize("lam", [0.5, 3.0, 6.0])
def test_proximal_steps_lead_to_the_lasso(lam, proof):
    proof("proximal_step", "scikit-learn")
    model = sklearn.linear_model.Lasso(alpha=lam / len(Y), fit_intercept=False, tol=1e-12, max_iter=100_000)
    model.fit(X, Y)
    w = lasso(X, Y, lam)
    np.testing.assert_allclose(w, model.coef_, atol=1e-8)
    np.testing.assert_array_equal(w == 0, model.coef_ == 0)


def test_orthonormal_columns_are_thresholded_and_shrunk_once(proof):
    proof("proximal_step", "law")
    proof("ridge", "law")
    Q = np.linalg.qr(X)[0]
    np.testing.assert_allclose(lasso(Q, Y, 0.4), R.soft_threshold(Q.T @ Y, 0.4), atol=1e-12)
    np.testing.assert_allclose(R.ridge(Q, Y, 0.4), Q.T @ Y / 1.4)


def test_ridge_is_the_minimum(proof):
    proof("ridge", "law")
    w = R.ridge(X, Y, 2.0)
    gradient = X.T @ (X @ w - Y) + R.l2_penalty_grad(w, 1, 2.0)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)


def test_l2_is_weight_decay_for_sgd_and_not_for_adam(proof):
    for name in ("weight_decay", "adam_decay"):
        proof(name, "law")
    w, dw = numbers(29, 6), numbers(30, 6)
    l2 = dw + R.l2_penalty_grad(w, 1, 0.3)
    np.testing.assert_allclose(R.weight_decay(w, dw, 0.1, 0.3), R.weight_decay(w, l2, 0.1, 0))
    by_l2, by_decay = (R.adam_decay(w, dw, lr=0.1, **o)[0] for o in ({"lam": 0.3}, {"decay": 0.3}))
    np.testing.assert_allclose(by_l2, R.adam_decay(w, l2, lr=0.1)[0])
    np.testing.assert_allclose(by_decay, R.adam_decay(w, dw, lr=0.1)[0] - 0.1 * 0.3 * w)
    assert np.abs(by_l2 - by_decay).min() > 1e-3


# ---- dropout
def test_masks_keep_with_probability_1_minus_p(proof):
    proof("dropout_mask", "SciPy")
    for p in (0.1, 0.5, 0.8):
        m = R.dropout_mask((200, 300), p, rng=1)
        assert set(np.unique(m)) == {0, 1}
        assert scipy.stats.binomtest(int(m.sum()), m.size, 1 - p).pvalue > 0.01
        assert abs(np.corrcoef(m[:, 0], m[:, 1])[0, 1]) < 0.25
    assert R.dropout_mask(5, 0).all() and not R.dropout_mask(5, 1).any()
    np.testing.assert_array_equal(R.dropout_mask(50, rng=3), R.dropout_mask(50, rng=3))
    assert (R.dropout_mask(200, rng=3) != R.dropout_mask(200, rng=4)).any()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_expectation_and_variance_of_dropout(p, proof):
    for name in ("dropout", "plain_dropout"):
        proof(name, "law")
    (m, chance), x = masks(3, p), np.array([2.0, -1.0, 0.5])
    y = R.dropout(np.tile(x, (8, 1)), m, p)
    np.testing.assert_allclose(chance @ y, x)
    np.testing.assert_allclose(chance @ (y - x) ** 2, p / (1 - p) * x**2)
    np.testing.assert_allclose(chance @ R.plain_dropout(np.tile(x, (8, 1)), m), R.plain_dropout(x, 1 - p))


def test_dropout_at_the_ends(proof):
    proof("dropout", "limit")
    x = numbers(31, 5)
    np.testing.assert_array_equal(R.dropout(x, np.ones(5), 0), x)
    np.testing.assert_array_equal(R.dropout(x, np.zeros(5), 1), 0 * x)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropconnect_over_all_masks(p, proof):
    proof("dropconnect", "law")
    (m, chance), x, V = masks(6, p), numbers(32, 3), numbers(33, 3, 2)
    y = R.dropconnect(np.tile(x, (64, 1)), V, m.reshape(64, 3, 2), p)
    np.testing.assert_allclose(chance @ y, x @ V)
    np.testing.assert_allclose(chance @ (y - x @ V) ** 2, p / (1 - p) * x**2 @ V**2)
    rows = np.repeat(m[:8, -3:], 2, 1).reshape(8, 3, 2)  # whole rows dropped: that is dropout
    np.testing.assert_allclose(
        R.dropconnect(np.tile(x, (8, 1)), V, rows, p), R.dropout(np.tile(x, (8, 1)), rows[..., 0], p) @ V,
        atol=1e-15,
    )


def test_stochastic_depth_over_both_masks(proof):
    proof("stochastic_depth", "law")
    x, f = numbers(34, 4), numbers(35, 4)
    kept, dropped = R.stochastic_depth([x, x], [f, f], [1, 0], 0.3)
    np.testing.assert_array_equal(dropped, x)
    np.testing.assert_allclose(0.7 * kept + 0.3 * dropped, x + f)


def test_scaling_the_inputs_is_the_geometric_mean_of_all_subnetworks(proof):
    proof("subnetwork", "law")
    (m, chance), x, V = masks(4, 0.3), numbers(36, 4), numbers(37, 4, 3)
    q = R.subnetwork(np.tile(x, (16, 1)), V, m)
    np.testing.assert_allclose(softmax(chance @ np.log(q)), R.subnetwork(x, V, 0.7))
    assert np.abs(chance @ q - R.subnetwork(x, V, 0.7)).max() > 0.01


def test_dropout_in_linear_regression_is_a_penalty(proof):
    proof("dropout_penalty", "law")
    (m, chance), p = masks(4, 0.3), 0.3
    errors = [((Y - R.dropout(X, np.broadcast_to(row, X.shape), p) @ W) ** 2).sum() for row in m]
    assert chance @ errors == pytest.approx(((Y - X @ W) ** 2).sum() + R.dropout_penalty(X, W, p))


def test_ensemble_variance(proof):
    proof("ensemble_variance", "law")
    for n, rho in ((1, 0.3), (5, 0.0), (5, 0.5), (7, 1.0), (4, -1 / 3)):
        covariance = 2.5 * ((1 - rho) * np.eye(n) + rho)
        assert R.ensemble_variance(2.5, rho, n) == pytest.approx(covariance.mean(), abs=1e-15)


def test_majority_vote(proof):
    proof("majority_vote", "SciPy")
    p = np.linspace(0, 1, 11)
    for n in (1, 3, 5, 21, 101):
        np.testing.assert_allclose(R.majority_vote(p, n), scipy.stats.binom.sf(n // 2, n, p), rtol=1e-12)
    tie_is_lost = scipy.stats.binom.sf(2, 4, p)
    np.testing.assert_allclose(R.majority_vote(p, 4), tie_is_lost, rtol=1e-12)


def test_vote_of_many(proof):
    """Binomial coefficients overflow from n = 1030 on, in float16 from n = 19 on."""
    proof("majority_vote", "limit")
    for p in (1e-3, 0.3, 0.499, 0.5, 0.6, 0.99, 1 - 1e-9):
        for n in (1030, 1101, 2500):
            exact = scipy.stats.binom.sf(n // 2, n, p)
            assert R.majority_vote(p, n) == pytest.approx(exact, rel=1e-11, abs=1e-300)
    assert R.majority_vote(0, 1101) == 0 and R.majority_vote(1, 1101) == 1
    assert R.majority_vote(0.5, 1101) == pytest.approx(0.5, rel=1e-13)
    p = np.float16(0.6)
    half = R.majority_vote(p, 21)
    assert half.dtype == np.float16 and half == pytest.approx(R.majority_vote(float(p), 21), rel=1e-3)


# ---- dtype, batches, bad input
CALLS = {
    "bias_variance": lambda a: R.bias_variance(a, a[0]),
    "bias_variance_grad": lambda a: R.bias_variance_grad(a, a[0], 1, a[1]),
    "hat_matrix": lambda a: R.hat_matrix(a, 0.5),
    "degrees_of_freedom": lambda a: R.degrees_of_freedom(a, 0.5),
    "weight_decay": lambda a: R.weight_decay(a, a),
    "l2_penalty": lambda a: R.l2_penalty(a, 0.3),
    "l2_penalty_grad": lambda a: R.l2_penalty_grad(a, 1.5, 0.3),
    "l1_penalty": lambda a: R.l1_penalty(a, 0.3),
    "l1_penalty_grad": lambda a: R.l1_penalty_grad(a, 1.5, 0.3),
    "soft_threshold": lambda a: R.soft_threshold(a, 0.3),
    "soft_threshold_grad": lambda a: R.soft_threshold_grad(a, a, 0.3),
    "proximal_step": lambda a: R.proximal_step(a, a),
    "ridge": lambda a: R.ridge(a, a[:, 0]),
    "ridge_grad": lambda a: R.ridge_grad(a, a[:, 0], a[0]),
    "adam_decay": lambda a: R.adam_decay(a, a, lam=0.1, decay=0.1)[0],
    "dropout": lambda a: R.dropout(a, a > 0, 0.3),
    "dropout_grad": lambda a: R.dropout_grad(a, a > 0, a, 0.3),
    "plain_dropout": lambda a: R.plain_dropout(a, a > 0),
    "plain_dropout_grad": lambda a: R.plain_dropout_grad(a, a > 0, a),
    "dropconnect": lambda a: R.dropconnect(a, a.T, a.T > 0, 0.3),
    "dropconnect_grad": lambda a: R.dropconnect_grad(a, a.T, a.T > 0, 1, 0.3),
    "stochastic_depth": lambda a: R.stochastic_depth(a, a, a[:, 0] > 0, 0.3),
    "stochastic_depth_grad": lambda a: R.stochastic_depth_grad(a, a, a[:, 0] > 0, a, 0.3),
    "subnetwork": lambda a: R.subnetwork(a, a.T, a > 0),
    "subnetwork_grad": lambda a: R.subnetwork_grad(a, a.T, a > 0, 1),
    "majority_vote": lambda a: R.majority_vote(np.abs(a) / 9, 5),
    "dropout_penalty": lambda a: R.dropout_penalty(a, a[0], 0.3),
    "dropout_penalty_grad": lambda a: R.dropout_penalty_grad(a, a[0], 1.5, 0.3),
}


def parts(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", CALLS)
def test_dtype_is_kept(name, dtype):
    a = numbers(38, 5, 3).astype(dtype)
    exact = parts(CALLS[name](a.astype(float)))
    for got, wanted in zip(parts(CALLS[name](a)), exact, strict=True):
        assert got.dtype == dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(got, wanted, rtol=100 * eps, atol=20 * eps)


@pytest.mark.parametrize("name", CALLS)
def test_integers_become_float64(name):
    a = np.array([[2, -1, 1], [1, 0, 2], [0, 1, 3], [1, 1, 1]])
    assert all(r.dtype == float for r in parts(CALLS[name](a)))


V2 = W[:, None] * [1, -2]
BATCHED = {
    "dropout": lambda x, m: R.dropout(x, m, 0.3),
    "dropout_grad": lambda x, m: R.dropout_grad(x, m, x, 0.3),
    "dropconnect": lambda x, m: R.dropconnect(x, V2, m[..., None] * [1, 1], 0.3),
    "dropconnect_grad": lambda x, m: R.dropconnect_grad(x, V2, m[..., None] * [1, 1], x[..., :2])[0],
    "stochastic_depth": lambda x, m: R.stochastic_depth(x, 2 * x, m[..., 0], 0.3),
    "subnetwork": lambda x, m: R.subnetwork(x, V2, m),
    "subnetwork_grad": lambda x, m: R.subnetwork_grad(x, V2, m, x[..., :2])[0],
    "soft_threshold": lambda x, m: R.soft_threshold(x, 0.4),
}


@pytest.mark.parametrize("name", BATCHED)
def test_batch_axes_come_first_and_are_free(name):
    x, m = numbers(39, 2, 3, 4), (numbers(40, 2, 3, 4) > 0).astype(float)
    batch = BATCHED[name](x, m)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(batch[i], BATCHED[name](x[i], m[i]), rtol=1e-14)


@pytest.mark.parametrize("name", ["dropconnect_grad", "subnetwork_grad"])
def test_gradients_of_shared_weights_add_up(name):
    x, m, V = numbers(41, 3, 4), (numbers(42, 3, 4) > 0).astype(float), numbers(43, 4, 2)
    grad, shape = getattr(R, name), ((...,) if name == "subnetwork_grad" else (..., None))
    m = m[shape] * (1 if name == "subnetwork_grad" else np.ones(2))
    total = sum(grad(x[i], V, m[i], x[i, :2])[1] for i in range(3))
    np.testing.assert_allclose(grad(x, V, m, x[:, :2])[1], total, rtol=1e-14)


ones = np.ones
FIT = "with lam = 0 the columns of X must be independent, got rank {} of 3"
MASK = "the mask must fit into what it masks, got {} for {}"
ONE = "f must have the shape of one model's y_hat, got {} and (3,)"
UP = "gradient g must have the shape of the output, got {} and (3,)"
ROWS = "y must have one entry for each row of X, got {} and (3, 3)"
P = "p, the probability of dropping, must lie in [0, 1], got {}"
BAD = [
    (lambda: R.bias_variance(ones((5, 3)), ones(5)), ONE.format((5,))),
    (lambda: R.bias_variance_grad(ones((5, 3)), 0, ones(5), 1), UP.format((5,))),
    (lambda: R.hat_matrix(ones((5, 3))), FIT.format(1)),
    (lambda: R.degrees_of_freedom(ones((5, 3))), FIT.format(1)),
    (lambda: R.ridge(numbers(0, 2, 3), [1, 2], 0), FIT.format(2)),
    (lambda: R.ridge(ones((5, 3)), ones(5), 1e-40), FIT.replace("= 0", "= 1e-40").format(1)),
    (lambda: R.degrees_of_freedom(ones((5, 3)), 1e-40), FIT.replace("= 0", "= 1e-40").format(1)),
    (lambda: R.ridge(np.eye(3), ones(3), -1), "lam must not be negative, got -1"),
    (lambda: R.ridge(np.eye(3), ones((3, 1))), ROWS.format((3, 1))),
    (lambda: R.early_stopping([1, 2], 0), "patience must be at least 1, got 0"),
    (lambda: R.early_stopping([], 1), "loss must hold at least one step"),
    (lambda: R.weight_decay(ones(3), ones((3, 1))), UP.format((3, 1))),
    (lambda: R.dropout_mask(3, 1.2), P.format(1.2)),
    (lambda: R.dropout(ones(3), ones(3), -0.1), P.format(-0.1)),
    (lambda: R.dropout(ones(3), ones((2, 3))), MASK.format((2, 3), (3,))),
    (lambda: R.dropconnect(ones(3), ones((3, 2)), ones((4, 3, 2))), MASK.format((4, 3, 2), (3, 2))),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


# ---- what the pages say about experiments
def test_measured_parts_add_up_to_the_measured_error():
    for degree in (1, 3, 5, 12):
        *parts_of_it, error = plots.decomposition(degree)
        assert sum(parts_of_it) == pytest.approx(error, rel=0.02)


def test_what_is_left_of_weights_follows_the_pull_of_each_rule():
    """Decay: e^-1. Adam with the penalty: the pull is divided by the size s of the noise, e^(-1 / s)."""
    for rule in ("decay", "sgd"):
        np.testing.assert_allclose(plots.shrunk(rule, [0.1, 1.0, 3.0]), np.exp(-1), atol=0.01)
    np.testing.assert_allclose(plots.shrunk("lam", [0.5, 1.0, 3.0]), np.exp([-2, -1, -1 / 3]), atol=0.02)


def test_dropout_tames_the_network_of_the_page_with_other_seeds_too():
    for seed in (1, 2):
        without, with_it = plots.network(seed=seed), plots.network(0.5, seed=seed)
        assert without[-1, 0] < with_it[-1, 0] < with_it[-1, 2] < 0.5 * without[-1, 2]
