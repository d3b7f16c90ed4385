"""The losses against laws, limits, finite differences, SciPy, scikit-learn and PyTorch."""

from types import SimpleNamespace

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.spatial.distance
import scipy.special
import scipy.stats
import sklearn.linear_model
import sklearn.metrics
from oracles import autograd, pytorch_losses as pytorch

from snippets.activations import sigmoid, softmax, softmax_grad
from snippets import losses as L

rng = np.random.default_rng(0)


# ---- index, cross_entropy, cross_entropy_vs_mse
RECORDED = autograd.recorded("losses")
ON_SIMPLEX = ["cross_entropy", "entropy", "kl_divergence", "js_divergence"]
SOFT = ["focal_loss", "softmax_focal_loss", "label_smoothing_loss", "soft_target_loss", "distillation"]
HARD = sorted({name.split()[0] for name in pytorch.CASES} - set(SOFT))
DTYPES = [np.float16, np.float32, np.float64]


def moderate(name, dtype=float):
    """The case of a loss, without the samples whose logits are large."""
    case = pytorch.CASES[name]
    inputs = case.inputs
    if "z" in inputs:
        keep = np.abs(inputs["z"]).reshape(len(inputs["z"]), -1).max(-1) < 25
        inputs = {k: v[keep] for k, v in inputs.items()}
    fixed = " ".join(set(inputs) - set(case.which))
    return autograd.case(case.torch, case.options, fixed, **{k: v.astype(dtype) for k, v in inputs.items()})


def gradient(name, args, g, **options):
    dx = getattr(L, f"{name}_grad")(*args.values(), g, **options)
    return dx if isinstance(dx, tuple) else (dx,)


@pytest.mark.parametrize("name", sorted(set(HARD) - set(ON_SIMPLEX)))
def test_gradients_by_differences(name, proof):
    proof(f"{name}_grad", "gradient")
    autograd.by_differences(L, name, moderate(name))


@pytest.mark.parametrize("name", ON_SIMPLEX)
def test_gradients_by_differences_inside_the_simplex(name, proof):
    """Through a softmax, because the sum of probabilities may not change."""
    proof(f"{name}_grad", "gradient")

    def inside(*args):
        return getattr(L, name)(*args[:-1], softmax(args[-1]))

    def inside_grad(*args):
        *fixed, z, g = args
        return softmax_grad(z, getattr(L, f"{name}_grad")(*fixed, softmax(z), g))

    *fixed, last = pytorch.CASES[name].inputs.values()
    inputs = {"p": p for p in fixed}
    case = autograd.case(None, fixed="p", **inputs, z=autograd.numbers(6, *last.shape))
    module = SimpleNamespace(inside=inside, inside_grad=inside_grad)
    autograd.by_differences(module, "inside", case, rtol=1e-8, atol=1e-10)


def prove(name, proof):
    proof(name.split()[0], "PyTorch")
    proof(f"{name.split()[0]}_grad", "PyTorch")


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_as_recorded(name, proof):
    prove(name, proof)
    autograd.compare(L, name, pytorch.CASES[name], RECORDED[name], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    prove(name, proof)
    case = pytorch.CASES[name]
    autograd.compare(L, name, case, autograd.theirs(case), rtol=1e-13, atol=1e-14)


P, Q = np.random.default_rng(8).dirichlet(np.ones(6), (2, 200))
P[0] = Q[0] = np.eye(6)[2]
P[1] = [0, 0.5, 0.5, 0, 0, 0]
E, Y = np.random.default_rng(9).normal(size=(2, 50)) * 3
S = np.random.default_rng(10).uniform(0.2, 3, 50)
SCIPY = {
    "entropy": lambda: (L.entropy(P), scipy.stats.entropy(P, axis=-1)),
    "cross_entropy": lambda: (L.cross_entropy(P, Q), -scipy.special.xlogy(P, Q).sum(-1)),
    "kl_divergence": lambda: (L.kl_divergence(P, Q), scipy.special.rel_entr(P, Q).sum(-1)),
    "js_divergence": lambda: (
        L.js_divergence(P, Q),
        [scipy.spatial.distance.jensenshannon(p, q) ** 2 for p, q in zip(P, Q, strict=True)],
    ),
    "gaussian_nll": lambda: (L.gaussian_nll(E, Y, S**2), -scipy.stats.norm(E, S).logpdf(Y)),
    "laplace_nll": lambda: (L.laplace_nll(E, Y, S), -scipy.stats.laplace(E, S).logpdf(Y)),
    "huber": lambda: (L.huber(E, Y, 1.5), scipy.special.huber(1.5, E - Y)),
}


@pytest.mark.parametrize("name", sorted(SCIPY))
def test_scipy(name, proof):
    proof(name, "SciPy")
    ours, theirs = SCIPY[name]()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_gaussian_kl_by_quadrature(proof):
    proof("gaussian_kl", "SciPy")
    a, b = scipy.stats.norm(0.5, 0.8), scipy.stats.norm(-1, 1.7)
    d, _ = scipy.integrate.quad(lambda x: a.pdf(x) * (a.logpdf(x) - b.logpdf(x)), -12, 12)
    assert L.gaussian_kl(0.5, 0.8, -1, 1.7) == pytest.approx(d, rel=1e-10)


def test_scikit_learn(proof):
    y = np.random.default_rng(11).integers(0, 5, 40)
    z = np.random.default_rng(12).normal(size=(40, 5)) * 3
    one_hot, p = np.eye(5)[y], softmax(z)
    log_loss, brier = sklearn.metrics.log_loss(y, p), sklearn.metrics.brier_score_loss
    for name, ours in [
        ("softmax_cross_entropy", L.softmax_cross_entropy(z, one_hot).mean()),
        ("cross_entropy", L.cross_entropy(one_hot, p).mean()),
    ]:
        proof(name, "scikit-learn")
        assert ours == pytest.approx(log_loss, rel=1e-12)
    q = sigmoid(z[:, 0])
    proof("binary_cross_entropy", "scikit-learn")
    assert L.binary_cross_entropy(z[:, 0], y > 2).mean() == pytest.approx(
        sklearn.metrics.log_loss(y > 2, q), rel=1e-12
    )
    proof("sigmoid_squared_error", "scikit-learn")
    assert 2 * L.sigmoid_squared_error(z[:, 0], y > 2).mean() == pytest.approx(brier(y > 2, q), rel=1e-12)
    proof("squared_error", "scikit-learn")
    assert L.squared_error(E, Y).mean() == pytest.approx(sklearn.metrics.mean_squared_error(Y, E), rel=1e-13)
    proof("absolute_error", "scikit-learn")
    assert L.absolute_error(E, Y).mean() == pytest.approx(
        sklearn.metrics.mean_absolute_error(Y, E), rel=1e-13
    )
    proof("objective", "scikit-learn")
    ridge = sklearn.linear_model.Ridge(alpha=50 * 0.3, fit_intercept=False).fit(E[:, None], Y)
    w, = ridge.coef_  # where the gradient of the objective is zero
    dy_hat, dw = L.objective_grad(w * E, Y, [w], 1, lam=0.3)
    assert abs(dy_hat @ E + dw[0]) < 1e-12


Z = np.concatenate([np.linspace(-30, 30, 121), [-700, 700]])
LAWS = {
    "squared_error": lambda: (L.squared_error(E, Y), L.absolute_error(E, Y) ** 2),
    "absolute_error": lambda: (L.absolute_error(E, Y), L.huber(E, Y, 1e-12) / 1e-12),
    "huber": lambda: (L.huber(E, Y, 1e12), L.squared_error(E, Y) / 2),
    "objective": lambda: (L.objective(E, Y, [3, 4], 0.1), L.squared_error(E, Y).mean() + 2.5),
    "gaussian_nll": lambda: (L.gaussian_nll(E, Y, 0.5), L.squared_error(E, Y) + np.log(np.pi) / 2),
    "laplace_nll": lambda: (L.laplace_nll(E, Y, 1), L.absolute_error(E, Y) + np.log(2)),
    "cross_entropy": lambda: (L.cross_entropy(P, Q), L.entropy(P) + L.kl_divergence(P, Q)),
    "entropy": lambda: (L.entropy(P), np.log(6) - L.kl_divergence(P, np.full_like(P, 1 / 6))),
    "kl_divergence": lambda: (L.kl_divergence(P, P), 0),
    "js_divergence": lambda: (
        L.js_divergence(P, Q), L.entropy((P + Q) / 2) - (L.entropy(P) + L.entropy(Q)) / 2
    ),
    "gaussian_kl": lambda: (L.gaussian_kl(3 * E, 3 * S, 3 * Y, 3), L.gaussian_kl(E, S, Y, 1)),
    "binary_cross_entropy": lambda: (L.binary_cross_entropy(Z, 1), L.binary_cross_entropy(-Z, 0)),
    "softmax_cross_entropy": lambda: (
        L.softmax_cross_entropy(np.stack([Z, 0 * Z], -1), np.broadcast_to([0.3, 0.7], (Z.size, 2))),
        L.binary_cross_entropy(Z, 0.3),
    ),
    "sigmoid_squared_error": lambda: (L.sigmoid_squared_error(Z, 1), L.sigmoid_squared_error(-Z, 0)),
    "softmax_squared_error": lambda: (
        L.softmax_squared_error(np.stack([Z, 0 * Z], -1), np.broadcast_to([0.3, 0.7], (Z.size, 2))),
        2 * L.sigmoid_squared_error(Z, 0.3),
    ),
}


@pytest.mark.parametrize("name", sorted(LAWS))
def test_laws(name, proof):
    proof(name, "law")
    left, right = LAWS[name]()
    np.testing.assert_allclose(left, right, rtol=1e-11, atol=1e-13)


def test_bounds_of_entropies(proof):
    for name in ("entropy", "kl_divergence", "js_divergence"):
        proof(name, "law")
    assert (L.entropy(P) <= np.log(6)).all() and L.entropy(np.full(6, 1 / 6)) == pytest.approx(np.log(6))
    assert (L.kl_divergence(P, Q) >= 0).all() and not np.allclose(
        L.kl_divergence(P, Q), L.kl_divergence(Q, P)
    )
    assert (L.js_divergence(P, Q) <= np.log(2)).all()
    near = softmax(np.log(P[2:]) + 1e-9 * Q[2:])
    assert (L.kl_divergence(P[2:], near) >= 0).all()  # rounding alone would make some of these negative


def test_the_gradient_of_divergence_in_the_logits_is_q_minus_p(proof):
    proof("kl_divergence_grad", "law")
    proof("softmax_cross_entropy_grad", "law")
    z = np.log(Q[2:])
    for dz in (
        softmax_grad(z, L.kl_divergence_grad(P[2:], Q[2:], 1)),
        L.softmax_cross_entropy_grad(z, P[2:], 1),
    ):
        np.testing.assert_allclose(dz, Q[2:] - P[2:], atol=1e-13)


def test_zero_times_the_logarithm_of_zero_is_zero(proof):
    for name in ("cross_entropy", "entropy", "kl_divergence", "js_divergence"):
        proof(name, "limit")
    a, b = [1.0, 0, 0], [0.5, 0.5, 0]
    assert L.entropy(a) == 0 and L.cross_entropy(a, b) == np.log(2) == L.kl_divergence(a, b)
    assert L.kl_divergence(b, a) == L.cross_entropy(b, a) == np.inf
    np.testing.assert_array_equal(L.cross_entropy_grad(a, b, 1), [-2, 0, 0])
    np.testing.assert_array_equal(L.entropy_grad(a, 1), [-1, np.inf, np.inf])
    np.testing.assert_array_equal(L.js_divergence_grad(a, b, 2), np.log([2 / 3, 2, 2]))
    tiny = [1 - 1e-300, 1e-300, 0]  # its quotients leave the range of numbers
    assert L.kl_divergence(tiny, b) == pytest.approx(np.log(2)) == L.entropy(b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_js_gradient_from_one_side_where_both_are_zero(dtype, proof):
    proof("js_divergence_grad", "limit")
    tiny, p = np.finfo(dtype).smallest_subnormal, np.array([1, 0, 0], dtype)
    for rest in (0, tiny):
        dq = L.js_divergence_grad(p, np.array([0.5, 0.5, rest], dtype), 2)
        np.testing.assert_array_equal(dq, np.log([2 / 3, 2, 2]).astype(dtype))
    assert L.js_divergence_grad(np.array([1, tiny], dtype), np.array([1, 0], dtype), 1)[1] == -np.inf
    h = 1e-6  # from inside, along a direction that keeps the sum
    q = np.array([0.5, 0.5, 0])
    slope = (L.js_divergence(p, q + [-h, 0, h]) - L.js_divergence(p, q)) / h
    dq = L.js_divergence_grad(p, q, 1)
    assert slope == pytest.approx(dq[2] - dq[0], abs=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_divergences_round_only_their_result(dtype, proof):
    for name in ("kl_divergence", "js_divergence", "js_divergence_grad", "softmax_squared_error"):
        proof(name, "limit")
    p, q = np.array([0.5, 0.5], dtype), np.array([0.505, 0.495], dtype)
    with mp.workdps(40):
        a, b = [mp.mpf(float(v)) for v in p], [mp.mpf(float(v)) for v in q]
        kl = mp.fsum(x * mp.log(x / y) for x, y in zip(a, b))
        js = sum(x * mp.log(2 * x / (x + y)) + y * mp.log(2 * y / (x + y)) for x, y in zip(a, b)) / 2
        slope = [mp.log(2 * y / (x + y)) / 2 for x, y in zip(a, b)]
    ulp = float(np.spacing(dtype(float(kl)))) + 1e-16
    assert abs(float(L.kl_divergence(p, q)) - kl) <= ulp and L.kl_divergence(p, q) > 0
    assert abs(float(L.js_divergence(p, q)) - js) <= ulp and L.js_divergence(p, q) > 0
    dq = L.js_divergence_grad(p, q, 1)
    close = {"rtol": 2 * np.finfo(dtype).eps, "atol": 1e-15}
    np.testing.assert_allclose(dq.astype(float), [float(v) for v in slope], **close)
    y = np.full(8192, 2.0**-13, dtype)
    z = np.tile([-np.inf, 0], 4096).astype(dtype)  # its squares, 2^-26, are below float16
    assert L.softmax_squared_error(z, y) == 2.0**-14


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_samples_and_many_weights(dtype, proof):
    proof("objective", "limit")
    proof("objective_grad", "limit")
    n, one = 70_000, np.ones(1, dtype)  # more than float16 can count
    for size, value, lam in ((n, 1, 1e-4), (100_000, 1e-4, 100)):
        w = np.full(size, value, dtype)
        F = L.objective(one, one, w, lam)
        true = lam * float(w[0]) ** 2 * size
        assert F.dtype == dtype and F == pytest.approx(true, rel=2 * float(np.finfo(dtype).eps))
    y_hat = np.full(n, 2, dtype)
    assert L.objective(y_hat, 1, [1.0]) == 1 and L.objective(y_hat, 1, [1.0]).dtype == dtype
    assert L.objective(np.array([300, 0, 0], dtype), 0, one) == dtype(30_000)
    dy_hat, dw = L.objective_grad(y_hat, 1, one, 1, lam=0.5)
    assert dy_hat.dtype == dw.dtype == dtype and (dy_hat == dtype(2 / n)).all() and dw == 1
    _, dw = L.objective_grad(y_hat, 1, one, 4096, lam=1e-8)  # lam is nothing in float16, its product is
    assert dw == dtype(8192e-8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_densities_at_the_end_of_the_range(dtype, proof):
    for name in ("gaussian_nll", "gaussian_nll_grad", "laplace_nll"):
        proof(name, "limit")
    few = {"rtol": 4 * np.finfo(dtype).eps}
    for e, var in ((0, 20_000), (300, 10_000), (300, 1), (0.001, 1e-4)):
        e, var = dtype(e), dtype(var)
        a, v = float(e), float(var)
        loss, (dy_hat, dvar) = L.gaussian_nll(e, 0, var), L.gaussian_nll_grad(e, 0, var, 1)
        np.testing.assert_allclose(loss, a**2 / (2 * v) + np.log(2 * np.pi * v) / 2, **few)
        np.testing.assert_allclose(dy_hat, a / v, **few)
        np.testing.assert_allclose(dvar, (1 - a**2 / v) / (2 * v), **few, atol=6e-8)
        assert loss.dtype == dy_hat.dtype == dvar.dtype == dtype
    top = np.finfo(dtype).max
    np.testing.assert_allclose(L.laplace_nll(dtype(0), 0, top), np.log(float(top) / 2) + np.log(4), **few)
    true = (np.log(float(top) / 2) + np.log(4 * np.pi)) / 2
    np.testing.assert_allclose(L.gaussian_nll(dtype(0), 0, top), true, **few)


EXTREMES = [(np.float16, 1e-3), (np.float16, 300), (np.float32, 1e-20), (np.float32, 1e20), (float, 1e-170)]


@pytest.mark.parametrize(("dtype", "s"), [*EXTREMES, (float, 1e170)])
def test_gaussians_as_narrow_or_wide_as_the_range_allows(dtype, s, proof):
    proof("gaussian_kl", "limit")
    proof("gaussian_kl_grad", "limit")
    s = dtype(s)
    assert L.gaussian_kl(s, s, s, s) == 0 and L.gaussian_kl(2 * s, s, s, s) == 0.5
    assert [float(v) for v in L.gaussian_kl_grad(s, s, s, s, 1)] == [0, 0, 0, 0]
    scaled = [float(v) * float(s) for v in L.gaussian_kl_grad(2 * s, 2 * s, s, s, 1)]
    np.testing.assert_allclose(scaled, [1, 1.5, -1, -4], rtol=2 * np.finfo(dtype).eps, atol=2e-5 * (s == 300))


def test_divergence_of_float16_gaussians(proof):
    proof("gaussian_kl", "limit")
    half = np.float16
    wide, narrow = L.gaussian_kl(half(0), half(300), half(0), half(1)), 2.0**-24
    assert wide == half(300**2 / 2 - 0.5 - np.log(300))
    assert L.gaussian_kl(half(0), half(narrow), half(0), half(100)) == half(np.log(100 / narrow) - 0.5)
    near = 1 + 2.0**-8
    assert L.gaussian_kl(half(0), half(near), half(0), half(1)) == half((near**2 - 1) / 2 - np.log(near))


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinite_logits(dtype, proof):
    proof("binary_cross_entropy", "limit")
    proof("binary_cross_entropy_grad", "limit")
    inf = np.inf
    z, y = np.array([inf, -inf, inf, -inf, inf, -inf], dtype), [1, 0, 0, 1, 0.25, 0.25]
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(L.binary_cross_entropy(z, y), [0, 0, inf, inf, inf, inf])
        np.testing.assert_array_equal(L.binary_cross_entropy_grad(z, y, 4), [0, 0, 4, -4, 3, -1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_logits_at_the_end_of_the_range(dtype, proof):
    top = float(np.finfo(dtype).max) / 4
    z = np.array([-top, top], dtype)
    for name in ("binary_cross_entropy", "sigmoid_squared_error"):
        proof(name, "limit")
        proof(f"{name}_grad", "limit")
    np.testing.assert_array_equal(L.binary_cross_entropy(z, 1), [top, 0])
    np.testing.assert_array_equal(L.binary_cross_entropy_grad(z, 1, 1), [-1, 0])
    np.testing.assert_array_equal(L.sigmoid_squared_error(z, 1), [0.5, 0])
    np.testing.assert_array_equal(L.sigmoid_squared_error_grad(z, 1, 1), [0, 0])
    for name in ("softmax_cross_entropy", "softmax_squared_error"):
        proof(name, "limit")
        proof(f"{name}_grad", "limit")
    right, wrong = np.array([0, 1], dtype), np.array([1, 0], dtype)
    assert L.softmax_cross_entropy(z, right) == 0 and L.softmax_cross_entropy(z, wrong) == 2 * top
    np.testing.assert_array_equal(L.softmax_cross_entropy_grad(z, wrong, 1), [-1, 1])
    assert L.softmax_squared_error(z, wrong) == 1
    np.testing.assert_array_equal(L.softmax_squared_error_grad(z, wrong, 1), [0, 0])


def test_a_masked_class_costs_nothing(proof):
    proof("softmax_cross_entropy", "limit")
    z, y = [0.0, np.log(3), -np.inf], [1, 0, 0]
    assert L.softmax_cross_entropy(z, y) == pytest.approx(np.log(4))
    np.testing.assert_allclose(L.softmax_cross_entropy_grad(z, y, 1), [-0.75, 0.75, 0])


def test_many_float16_classes(proof):
    proof("entropy", "limit")
    proof("softmax_cross_entropy", "limit")
    z = np.zeros(4096, np.float16)
    assert L.entropy(np.full(4096, 2.0**-12, np.float16)) == np.float16(np.log(4096))
    assert L.softmax_cross_entropy(z, softmax(z)) == np.float16(np.log(4096))
    # here NumPy would add up in float16
    columns = np.asfortranarray(np.full((2, 4096), 2.0**-12, np.float16))
    assert (L.entropy(columns) == np.float16(np.log(4096))).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", HARD)
def test_dtype_is_kept_and_inputs_are_not_touched(name, dtype):
    case = moderate(name, dtype)
    args, options = case.inputs, case.options
    before = {k: v.copy() for k, v in args.items()}
    y = getattr(L, name)(*args.values(), **options)
    assert {v.dtype for v in (y, *gradient(name, args, np.ones_like(y), **options))} == {np.dtype(dtype)}
    for k in args:
        np.testing.assert_array_equal(args[k], before[k])


@pytest.mark.parametrize("name", sorted(set(HARD) - {"objective"}))
def test_each_sample_has_its_own_loss_and_batch_axes_are_free(name):
    args = {k: v[:4] for k, v in moderate(name).inputs.items()}
    whole = getattr(L, name)(*args.values())
    folded = {k: v.reshape(2, 2, *v.shape[1:]) for k, v in args.items()}
    np.testing.assert_array_equal(getattr(L, name)(*folded.values()), whole.reshape(2, 2))
    g = np.arange(1.0, 5)
    for a, b in zip(gradient(name, args, g), gradient(name, folded, g.reshape(2, 2)), strict=True):
        np.testing.assert_array_equal(a.reshape(b.shape), b)
    for i, value in enumerate(whole):
        np.testing.assert_allclose(getattr(L, name)(*(v[i] for v in args.values())), value, rtol=1e-13)


one = np.ones
BAD = [
    (
        lambda: L.squared_error(one(3), one((3, 1))),
        "target y must have the shape of the prediction, got (3, 1) and (3,)",
    ),
    (lambda: L.absolute_error_grad(one(3), 0, one((3, 1))), "gradient g must have the shape of the output"),
    (lambda: L.huber(1.0, 0, delta=0), "delta must be greater than 0, got 0"),
    (lambda: L.huber_grad(1.0, 0, 1, delta=-1.0), "delta must be greater than 0, got -1.0"),
    (lambda: L.gaussian_nll(1.0, 0, 0.0), "var must be greater than 0, got 0.0"),
    (lambda: L.laplace_nll_grad(1.0, 0, -1.0, 1), "b must be greater than 0, got -1.0"),
    (lambda: L.gaussian_kl(0.0, 1, 0, -2.0), "s must be greater than 0, got -2.0"),
    (lambda: L.entropy([0.5, 0.2]), "got 0.7"),
    (lambda: L.entropy([[1.5, -0.5]]), "got -0.5"),
    (lambda: L.cross_entropy([2.0, -1.0], [0.5, 0.5]), "got -1.0"),
    (lambda: L.kl_divergence([0.5, 0.5], [40.0, 60.0]), "got 100.0"),
    (
        lambda: L.js_divergence_grad([0.5, 0.5], [0.5, 0.5], one(2)),
        "gradient g must have the shape of the output",
    ),
    (lambda: L.binary_cross_entropy([1.0, 2.0], [-1, 1]), "labels y must lie in [0, 1], got -1.0"),
    (lambda: L.softmax_cross_entropy(one((3, 4)), [0, 2, 3]), "got (3,) and (3, 4)"),
    (lambda: L.softmax_cross_entropy(one((1, 3)), [[0, 1, 1]]), "got 2.0"),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_what_would_be_silently_wrong_is_refused(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert message in str(error.value)


def test_nan_stays_nan():
    assert np.isnan(L.entropy([np.nan, 1.0])) and np.isnan(L.kl_divergence([0.5, 0.5], [np.nan, 0.5]))
    assert np.isnan(L.binary_cross_entropy(np.nan, 1)) and np.isnan(
        L.softmax_cross_entropy([np.nan, 0], [1, 0])
    )


# ---- focal_loss, label_smoothing, distillation
close, equal = np.testing.assert_allclose, np.testing.assert_array_equal
STUDENT, TEACHER = np.random.default_rng(6).normal(size=(2, 4, 5)) * 3  # logits of student and teacher
TARGETS, LABELS = np.random.default_rng(7).dirichlet(np.ones(5), 4), np.eye(5)[[0, 1, 2, 0]]
SOFT_CASES = {
    "focal_loss": autograd.case(None, {"alpha": 0.3, "gamma": 1.7}, "y", z=STUDENT, y=LABELS),
    "softmax_focal_loss": autograd.case(None, {"gamma": 0.6}, "y", z=STUDENT, y=TARGETS),
    "label_smoothing_loss": autograd.case(None, {"eps": 0.3}, "y", z=STUDENT, y=TARGETS),
    "soft_target_loss": autograd.case(None, {"T": 2.5}, "v", z=STUDENT, v=TEACHER),
    "distillation": autograd.case(None, {"T": 2.5, "alpha": 0.3}, "v y", z=STUDENT, v=TEACHER, y=TARGETS),
}


@pytest.mark.parametrize("name", SOFT)
def test_soft_gradient(name, proof):
    proof(f"{name}_grad", "gradient")
    autograd.by_differences(L, name, SOFT_CASES[name], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", SOFT)
def test_soft_dtype_is_that_of_the_logits_and_rows_are_apart(name, dtype):
    z, *rest = SOFT_CASES[name].inputs.values()
    options = SOFT_CASES[name].options
    z, rest = z.astype(dtype), [v.astype(dtype) if v is TEACHER else v for v in rest]
    loss = getattr(L, name)(z, *rest, **options)
    grad = getattr(L, f"{name}_grad")(z, *rest, 1, **options)
    assert loss.dtype == grad.dtype == dtype and grad.shape == z.shape
    assert loss.shape == (z.shape if name == "focal_loss" else z.shape[:-1])
    for i in range(len(z)):
        row = [v[i] for v in (z, *rest)]
        equal(getattr(L, name)(*row, **options), loss[i])
        equal(getattr(L, f"{name}_grad")(*row, 1, **options), grad[i])


def test_focal_loss_without_focus_is_weighted_cross_entropy(proof):
    for name in ("focal_loss", "focal_loss_grad", "softmax_focal_loss", "softmax_focal_loss_grad"):
        proof(name, "law")
    weight = 0.3 * LABELS + 0.7 * (1 - LABELS)
    z, y, p = STUDENT, LABELS, TARGETS
    close(L.focal_loss(z, y, 0.3, 0), weight * L.binary_cross_entropy(z, y), rtol=1e-14)
    close(L.focal_loss_grad(z, y, 2, 0.3, 0), weight * L.binary_cross_entropy_grad(z, y, 2), rtol=1e-14)
    close(L.softmax_focal_loss(z, p, 0), L.softmax_cross_entropy(z, p), rtol=1e-14)
    close(L.softmax_focal_loss_grad(z, p, 2, 0), L.softmax_cross_entropy_grad(z, p, 2), 1e-12, 1e-15)


def test_focal_loss_of_two_classes_is_that_of_one_logit(proof):
    for name in ("focal_loss", "focal_loss_grad", "softmax_focal_loss", "softmax_focal_loss_grad"):
        proof(name, "law")
    z = np.linspace(-40, 40, 161)
    rows, y = np.stack([0 * z, z], -1), np.tile([0.0, 1.0], (161, 1))
    close(2 * L.focal_loss(z, 1, 0.5), L.softmax_focal_loss(rows, y), rtol=1e-13)
    dz = L.softmax_focal_loss_grad(rows, y, 1)
    close(2 * L.focal_loss_grad(z, 1, 1, 0.5), dz[:, 1], rtol=1e-13)
    close(dz.sum(-1), 0, atol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_focal_loss_accuracy(dtype, gamma, proof):
    for name in ("focal_loss", "focal_loss_grad"):
        proof(name, "mpmath")
    z = np.unique(np.concatenate([np.linspace(-9, 9, 37), [-600, -80, -20, 20, 80, 600]])).astype(dtype)
    loss, grad = L.focal_loss(z, 1, 0.25, gamma), L.focal_loss_grad(z, 1, 1, 0.25, gamma)
    tiny, eps = float(np.finfo(dtype).tiny), float(np.finfo(dtype).eps)
    with mp.workdps(700):
        for i, v in enumerate(z.tolist()):
            p = 1 / (1 + mp.exp(-mp.mpf(v)))
            true = -(1 - p) ** gamma * mp.log(p) / 4
            slope = (1 - p) ** gamma * (gamma * p * mp.log(p) + p - 1) / 4
            few = (8 + 4 * gamma) * eps  # the power magnifies the rounding of 1 - p_t
            # what underflows in between may be lost
            assert abs(float(loss[i]) - true) <= few * abs(true) + tiny / eps**0.5
            assert abs(float(grad[i]) - slope) <= few * abs(slope) + tiny / eps**0.5


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_softmax_focal_loss_accuracy(gamma, proof):
    for name in ("softmax_focal_loss", "softmax_focal_loss_grad"):
        proof(name, "mpmath")
    for z in ([1.0, 2.0, 3.0], [30.0, 0.0, 1.0], [-30.0, 0.0, 1.0], [300.0, 0.0, 1.0], [1.0, 1.0, 36.0]):
        with mp.workdps(300):
            e = [mp.exp(mp.mpf(v)) for v in z]
            p = [v / sum(e) for v in e]
            u = 1 - p[0]
            w = gamma * p[0] * u ** (gamma - 1) * mp.log(p[0]) - u**gamma
            true = [w * u, -w * p[1], -w * p[2]]
            loss = -(u**gamma) * mp.log(p[0])
        close(L.softmax_focal_loss(z, [1, 0, 0], gamma), float(loss), rtol=1e-13)
        close(L.softmax_focal_loss_grad(z, [1, 0, 0], 1, gamma), [float(v) for v in true], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0, 0.5, 2])
def test_focal_loss_limits(gamma, dtype, proof):
    for name in ("focal_loss", "focal_loss_grad", "softmax_focal_loss", "softmax_focal_loss_grad"):
        proof(name, "limit")
    z = np.array([-np.inf, np.inf, np.nan], dtype)
    equal(L.focal_loss(z, 1, 0.25, gamma), np.array([np.inf, 0, np.nan], dtype))
    equal(L.focal_loss(-z, 0, 0.25, gamma), np.array([np.inf, 0, np.nan], dtype))
    equal(L.focal_loss_grad(z, 1, 4, 0.25, gamma), np.array([-1, 0, np.nan], dtype))
    masked = np.array([-np.inf, 0, 0], dtype)
    assert L.softmax_focal_loss(masked, [0, 1, 0], gamma) == L.softmax_focal_loss(masked[1:], [1, 0], gamma)
    assert L.softmax_focal_loss(masked, [1, 0, 0], gamma) == np.inf
    equal(L.softmax_focal_loss_grad(masked, [1, 0, 0], 2, gamma), [-2, 1, 1])


def test_prior_bias_is_the_logit(proof):
    proof("prior_bias", "SciPy")
    p = np.array([1e-300, 1e-12, 0.01, 0.5, 0.99])
    close(L.prior_bias(p), scipy.special.logit(p), rtol=1e-14)
    proof("prior_bias", "law")
    close(scipy.special.expit(L.prior_bias(p)), p, rtol=1e-13)


def test_label_smoothing_is_a_mixture(proof):
    for name in ("label_smoothing", "label_smoothing_others", "label_smoothing_loss"):
        proof(name, "law")
    uniform = np.full_like(TARGETS, 1 / 5)
    mixed = 0.7 * L.softmax_cross_entropy(STUDENT, TARGETS) + 0.3 * L.softmax_cross_entropy(STUDENT, uniform)
    close(L.label_smoothing_loss(STUDENT, TARGETS, 0.3), mixed, rtol=1e-14)
    close(L.label_smoothing(TARGETS, 0.3).sum(-1), 1, rtol=1e-15)
    # the two conventions are one, with eps K / (K - 1) for eps
    close(L.label_smoothing(LABELS, 0.3 * 5 / 4), L.label_smoothing_others(LABELS, 0.3), rtol=1e-14)
    equal(L.label_smoothing(TARGETS, 0), TARGETS)
    equal(L.label_smoothing(TARGETS, 1), uniform)
    equal(L.label_smoothing_loss(STUDENT, TARGETS, 0), L.softmax_cross_entropy(STUDENT, TARGETS))


def test_label_smoothing_is_expected_label_noise(proof):
    proof("label_smoothing_loss", "law")
    for k in range(5):  # a label that is replaced by a random one with probability 0.3
        noisy = 0.7 * LABELS[k % 4] + sum(0.3 / 5 * np.eye(5)[j] for j in range(5))
        expected = sum(noisy[j] * L.softmax_cross_entropy(STUDENT[0], np.eye(5)[j]) for j in range(5))
        assert L.label_smoothing_loss(STUDENT[0], LABELS[k % 4], 0.3) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("K", [2, 10, 1000])
@pytest.mark.parametrize("eps", [1e-6, 0.1, 0.5, 1])
def test_label_smoothing_floor_and_gap(K, eps, proof):
    y = np.eye(K)[0]
    q = L.label_smoothing(y, eps)
    proof("label_smoothing_floor", "SciPy")
    assert L.label_smoothing_floor(K, eps) == pytest.approx(scipy.stats.entropy(q), rel=1e-13)
    z = L.label_smoothing_gap(K, eps) * y
    for name in ("label_smoothing_floor", "label_smoothing_gap"):
        proof(name, "law")
    assert L.label_smoothing_loss(z, y, eps) == pytest.approx(L.label_smoothing_floor(K, eps), rel=1e-12)
    close(L.label_smoothing_loss_grad(z, y, 1, eps), 0, atol=1e-14)
    for moved in z + np.random.default_rng(9).normal(size=(20, K)):
        assert L.label_smoothing_loss(moved, y, eps) > L.label_smoothing_floor(K, eps)


def test_label_smoothing_ends(proof):
    for name in ("label_smoothing_floor", "label_smoothing_gap"):
        proof(name, "limit")
    assert L.label_smoothing_floor(10, 0) == 0 and L.label_smoothing_gap(10, 0) == np.inf
    assert L.label_smoothing_floor(10, 1) == pytest.approx(np.log(10)) and L.label_smoothing_gap(10, 1) == 0
    assert L.label_smoothing_loss([-np.inf, 0.0], [0, 1]) == np.inf  # a masked class is not forgiven


def test_soft_target_loss_is_a_divergence(proof):
    for name in ("soft_target_loss", "soft_target_loss_grad", "distillation", "distillation_grad"):
        proof(name, "law")
    proof("soft_target_loss", "SciPy")
    z, v, y = STUDENT, TEACHER, TARGETS
    for T in (0.5, 1, 4, 100):
        p, q = scipy.special.softmax(v / T, -1), scipy.special.softmax(z / T, -1)
        close(L.soft_target_loss(z, v, T), T**2 * scipy.special.rel_entr(p, q).sum(-1), rtol=1e-9)
        close(L.soft_target_loss_grad(z, v, 1, T), T * (q - p), rtol=1e-9, atol=1e-13)
    close(L.soft_target_loss(z + 7, z), 0, atol=1e-14)
    close(L.distillation(z, v, y, 3, 1), L.soft_target_loss(z, v, 3), rtol=1e-15)
    close(L.distillation(z, v, y, 3, 0), L.softmax_cross_entropy(z, y), rtol=1e-15)
    # with hard labels for a teacher and T = 1 it is cross-entropy
    close(L.soft_target_loss(z, LABELS * 800, 1), L.softmax_cross_entropy(z, LABELS), rtol=1e-13)


def test_soft_target_gradient_at_high_temperature_matches_logits(proof):
    for name in ("soft_target_loss", "soft_target_loss_grad"):
        proof(name, "limit")
    centered = (STUDENT - STUDENT.mean(-1, keepdims=True)) - (TEACHER - TEACHER.mean(-1, keepdims=True))
    for T in (1e2, 1e4, 1e6):
        bound = (np.ptp(STUDENT, -1) ** 2 + np.ptp(TEACHER, -1) ** 2)[:, None] / (2 * T)  # a Taylor remainder
        assert (np.abs(L.soft_target_loss_grad(STUDENT, TEACHER, 1, T) - centered / 5) <= bound).all()
    close(L.soft_target_loss(STUDENT, TEACHER, 1e4), (centered**2).sum(-1) / 10, rtol=1e-3)


@pytest.mark.parametrize("T", [1e-3, 1, 1e4, 1e6, 1e8])
def test_soft_target_loss_at_high_temperature(T, proof):
    proof("soft_target_loss", "mpmath")
    for z, v in (([5.001, 2.0, 1.0], [5.0, 2.0, 1.0]), ([3.0, 2.0, 1.0], [5.0, 2.0, -1.0])):
        with mp.workdps(60):
            p, q = ([mp.exp(mp.mpf(a) / T) for a in logits] for logits in (v, z))
            p, q = ([a / mp.fsum(row) for a in row] for row in (p, q))
            true = mp.mpf(T) ** 2 * mp.fsum(a * mp.log(a / b) for a, b in zip(p, q, strict=True))
        assert L.soft_target_loss(z, v, T) == pytest.approx(float(true), rel=1e-4, abs=1e-15)
    assert (L.soft_target_loss(STUDENT * 1e-9, TEACHER * 1e-9, T) >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_classes_in_columns(dtype, proof):
    proof("softmax_focal_loss_grad", "limit")
    z = np.zeros((2, 4096), dtype)
    y = np.full_like(z, 2.0**-12)
    columns = L.softmax_focal_loss_grad(np.asfortranarray(z), np.asfortranarray(y), 4096, 0)
    assert columns.dtype == dtype
    close(columns, 0, atol=8 * np.finfo(dtype).eps)  # a running sum in float16 would stall at half


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_soft_target_loss_rounds_only_its_result(dtype):
    z, v = STUDENT.astype(dtype), TEACHER.astype(dtype)
    exact, slope = (
        L.soft_target_loss(z.astype(float), v, 20),
        L.soft_target_loss_grad(z.astype(float), v, 1, 20),
    )
    equal(L.soft_target_loss(z, v, 20), exact.astype(dtype))
    equal(L.soft_target_loss_grad(z, v, 1, 20), slope.astype(dtype))


def test_soft_target_loss_of_masked_classes(proof):
    proof("soft_target_loss", "limit")
    proof("soft_target_loss_grad", "limit")
    inf = np.inf
    assert L.soft_target_loss([-inf, 1.0, 0.0], [-inf, 1.0, 0.0]) == 0
    assert L.soft_target_loss([1.0, 1.0, 0.0], [-inf, 1.0, 0.0]) > 0
    assert L.soft_target_loss([-inf, 1.0, 0.0], [1.0, 1.0, 0.0]) == inf
    equal(L.soft_target_loss_grad([-inf, 1.0, 0.0], [-inf, 1.0, 0.0], 1), [0, 0, 0])


SHAPE = "target y must have the shape of the {}, got {} and {}"
SHAPE_OF_V = "the teacher's logits v must have the shape of z, got (3,) and (2,)"
SHAPE_OF_G = "gradient g must have the shape of the output, got (2,) and ()"
TEMPERATURE = "the temperature T must be positive and finite, got 0"
SOFT_BAD = [
    (lambda: L.focal_loss([1.0], [0.5]), "labels y must be 0 or 1, got 0.5"),
    (lambda: L.focal_loss_grad([1.0], [-1], 1), "labels y must be 0 or 1, got -1.0"),
    (lambda: L.focal_loss(np.ones(3), np.ones((3, 1))), SHAPE.format("prediction", "(3, 1)", "(3,)")),
    (lambda: L.softmax_focal_loss(STUDENT, [1, 0, 0, 0, 0]), SHAPE.format("logits z", "(5,)", "(4, 5)")),
    (lambda: L.label_smoothing([1, 0], 1.5), "eps must lie in [0, 1], got 1.5"),
    (lambda: L.label_smoothing_gap(2, -0.5), "eps must lie in [0, 1], got -0.5"),
    (lambda: L.prior_bias(1), "a prior must lie between 0 and 1, got 1.0"),
    (lambda: L.soft_target_loss([1, 2], [1, 2, 3]), SHAPE_OF_V),
    (lambda: L.distillation_grad([1, 2], [1, 2], [0, 1], 1, T=0), TEMPERATURE),
    (lambda: L.soft_target_loss_grad([1, 2], [1, 2], [1, 1]), SHAPE_OF_G),
]


@pytest.mark.parametrize(("call", "message"), SOFT_BAD, ids=[m for _, m in SOFT_BAD])
def test_soft_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
