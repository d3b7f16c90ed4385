"""Normalization against differences, PyTorch, SciPy, scikit-learn,
mpmath, and the laws that each method is there for."""

import inspect
import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.spatial
import scipy.stats
import sklearn.decomposition
import sklearn.preprocessing
from oracles import autograd
from oracles import pytorch_normalization as pytorch

from snippets import normalization as N
from snippets.plots import normalization as plots

CASES = pytest.mark.parametrize("name", pytorch.CASES)
WITH_GRADIENT = [name for name, case in pytorch.CASES.items() if case.which]
RECORDED = autograd.recorded("normalization")
rng = np.random.default_rng(0)
X = rng.standard_normal((200, 4)) @ rng.standard_normal((4, 4)) + [0, 5, -3, 100]
IMAGES = pytorch.IMAGES
GAMMA, BETA = pytorch.GAMMA, pytorch.BETA


# ---- gradients and PyTorch
@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_gradient(name, proof):
    proof(f"{name.split()[0]}_grad", "gradient")
    case = pytorch.CASES[name]
    tolerance = {"rtol": 1e-4, "atol": 1e-6} if "large mean" in name else {}
    autograd.by_differences(N, name, case, **tolerance)


def prove(name, proof):
    proof(name.split()[0], "PyTorch")
    if pytorch.CASES[name].which:
        proof(f"{name.split()[0]}_grad", "PyTorch")


def compare(name, answer):
    autograd.compare(
        N, name, pytorch.CASES[name], answer, **({"rtol": 1e-9, "atol": 1e-10} if "large" in name else {})
    )


@CASES
def test_pytorch_recorded(name, proof):
    prove(name, proof)
    compare(name, RECORDED[name])


@CASES
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    prove(name, proof)
    compare(name, autograd.theirs(pytorch.CASES[name]))


def test_pca_whiten_gradient(proof):
    """No case of PyTorch's: signs of eigenvectors are anyone's choice."""
    proof("pca_whiten_grad", "gradient")
    case = pytorch.case(None, x=pytorch.numbers(18, 2, 3, 4), X=pytorch.DATA, fixed="X")
    autograd.by_differences(N, "pca_whiten", case)


# ---- data: scikit-learn and SciPy
SKLEARN = {
    "standardize": sklearn.preprocessing.StandardScaler(),
    "min_max": sklearn.preprocessing.MinMaxScaler(),
    "pca_whiten": sklearn.decomposition.PCA(whiten=True),
}


@pytest.mark.parametrize("name", SKLEARN)
def test_scikit_learn(name, proof):
    proof(name, "scikit-learn")
    new = X[:7] * 1.5 + 1
    expected = SKLEARN[name].fit(X).transform(new)
    if name == "pca_whiten":  # any sign, variance over n - 1
        ours = N.pca_whiten(new, X, 0) * np.sqrt(1 - 1 / len(X))
        np.testing.assert_allclose(np.abs(ours), np.abs(expected), rtol=1e-8)
    else:
        np.testing.assert_allclose(getattr(N, name)(new, X), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["standardize", "min_max"])
def test_a_constant_feature_becomes_0_as_in_scikit_learn(name, proof):
    proof(name, "scikit-learn")
    constant = np.full((10, 2), 0.1)
    expected = SKLEARN[name].fit(constant).transform(constant)
    np.testing.assert_allclose(getattr(N, name)(constant, constant), expected, atol=1e-15)
    np.testing.assert_array_equal(getattr(N, f"{name}_grad")(constant, constant, 3), 3)


@pytest.mark.parametrize("unit", [5e-324, 1e-170, 1e-3, 1e200])
def test_standardize_where_squares_of_deviations_under_or_overflow(unit, proof):
    proof("standardize", "limit")
    proof("standardize_grad", "limit")
    data = unit * np.array([[1.0, 5], [3, 5]])
    np.testing.assert_allclose(N.standardize(data, data), [[-1, 0], [1, 0]], rtol=1e-14)
    np.testing.assert_allclose(N.standardize_grad(data[0], data, 8 * unit), [8, 8 * unit], rtol=1e-14)


def test_standardize_and_center_are_zscore_and_detrend(proof):
    proof("standardize", "SciPy")
    proof("center", "SciPy")
    np.testing.assert_allclose(N.standardize(X, X), scipy.stats.zscore(X), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(N.center(X), scipy.signal.detrend(X, 0, "constant"), rtol=1e-9, atol=1e-12)


def test_whitened_data_have_covariance_1(proof):
    for name in ("pca_whiten", "zca_whiten"):
        proof(name, "law")
        Z = getattr(N, name)(X, X, 0)
        np.testing.assert_allclose(np.cov(Z.T, bias=True), np.eye(4), atol=1e-9)


def test_zca_is_the_inverse_square_root_and_the_closest(proof):
    proof("zca_whiten", "SciPy")
    proof("zca_whiten", "law")
    centered = X - X.mean(0)
    Z = N.zca_whiten(X, X, 0)
    root = scipy.linalg.sqrtm(np.cov(X.T, bias=True))
    np.testing.assert_allclose(Z, centered @ np.linalg.inv(root), rtol=1e-8, atol=1e-10)
    Q = scipy.stats.ortho_group(4, seed=1).rvs(20)
    assert all(((Z - centered) ** 2).sum() < ((Z @ q - centered) ** 2).sum() for q in Q)


def test_principal_components_come_largest_first(proof):
    """With a large eps the outputs keep the order of their variances; the gradient keeps it, too."""
    proof("pca_whiten", "law")
    proof("pca_whiten_grad", "law")
    variances = N.pca_whiten(X, X, 1e12).var(0)
    assert (np.diff(variances) < 0).all()
    largest = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    sizes = [np.linalg.norm(N.pca_whiten_grad(X[0], X, g, 0)) for g in np.eye(4)]
    np.testing.assert_allclose(np.square(sizes), 1 / largest, rtol=1e-9)


@pytest.mark.parametrize("name", ["pca_whiten", "zca_whiten"])
def test_collinear_features_stay_finite(name, proof):
    """Rounding takes some of their eigenvalues further below 0 than eps can lift."""
    proof(name, "limit")
    for _ in range(20):
        collinear = rng.standard_normal((50, 1)) @ [[1e6, 2e6, 3e6]]
        z = getattr(N, name)(collinear, collinear)
        np.testing.assert_allclose(np.linalg.svd(z, compute_uv=False)[0], np.sqrt(50), rtol=1e-6)


def test_whitenings_differ_by_an_orthogonal_matrix_and_agree_on_distances(proof):
    """What the page on whitening says of uniqueness, of the smallest move and of units."""
    proof("pca_whiten", "law")
    proof("zca_whiten", "law")
    one = np.eye(4)
    pca, zca = (f(one, X, 1) - f(0 * one, X, 1) for f in (N.pca_whiten, N.zca_whiten))
    Q = np.linalg.solve(pca, zca)
    np.testing.assert_allclose(Q @ Q.T, one, atol=1e-9)
    pca, zca = (f(X, X, 0) for f in (N.pca_whiten, N.zca_whiten))
    deviations = scipy.spatial.distance.cdist(X, X, "mahalanobis", VI=np.linalg.inv(np.cov(X.T, bias=True)))
    for Z in (pca, zca):
        np.testing.assert_allclose(scipy.spatial.distance.cdist(Z, Z), deviations, rtol=1e-6, atol=1e-6)
    cor = [N.zca_whiten(*[N.standardize(data, data)] * 2, 0) for data in (X, X * [1, 10, 0.1, 1000])]
    np.testing.assert_allclose(*cor, rtol=1e-7, atol=1e-9)
    sums = [sum(np.corrcoef(z, x)[0, 1] for z, x in zip(Z.T, X.T, strict=True)) for Z in (zca, cor[0])]
    assert sums[0] < sums[1]


def test_what_the_figures_of_whitening_show():
    points, lam, _ = plots.standardized()
    moved = [plots.apart(N.pca_whiten(points, points, 0)[:, order] * signs)
             for order in ([0, 1], [1, 0]) for signs in itertools.product([1, -1], [1, -1])]  # fmt: skip
    assert min(moved) == pytest.approx(4 - np.sqrt(2) * np.sqrt(lam).sum())
    assert plots.apart(N.zca_whiten(points, points, 0)) < min(moved) / 3
    for eps in plots.EPS:
        train, new = plots.whitened_variances(eps)
        assert (train < 1 + 1e-9).all() and new[-1] > 10 * train[-1]
        assert (new.max() < 1.1) == (eps == plots.EPS[-1])


def test_images_are_standardized_by_channel(proof):
    proof("standardize", "law")
    images = rng.random((6, 5, 5, 3)) * [1, 20, 300]
    Z = N.standardize(images, images)
    assert Z.shape == images.shape
    np.testing.assert_allclose((Z.mean((0, 1, 2)), Z.std((0, 1, 2))), ([0] * 3, [1] * 3), atol=1e-12)


def test_scaling_forgets_units(proof):
    proof("standardize", "law")
    proof("min_max", "law")
    units, zero = np.array([2.0, 1e6, 1e-3, 7]), np.array([1.0, -5, 0, 3])
    for f in (N.standardize, N.min_max):
        np.testing.assert_allclose(f(X * units + zero, X * units + zero), f(X, X), rtol=1e-6, atol=1e-10)


# ---- layers: laws
PER_CHANNEL = {
    "batch_norm": (0, 2, 3),
    "instance_norm": (2, 3),
    "group_norm": (1, 2, 3),
}


def layer(name, x, gamma=GAMMA, beta=BETA, **options):
    options |= {"groups": 1} if name == "group_norm" else {}
    return getattr(N, name)(x, gamma, beta, **options)


@pytest.mark.parametrize("name", PER_CHANNEL)
def test_one_formula_over_different_axes(name, proof):
    proof(name, "law")
    proof("normalize", "law")
    by_hand = GAMMA[:, None, None] * N.normalize(IMAGES, PER_CHANNEL[name]) + BETA[:, None, None]
    np.testing.assert_allclose(layer(name, IMAGES), by_hand, rtol=1e-12)


def test_group_norm_spans_instance_and_layer_norm(proof):
    proof("group_norm", "law")
    proof("instance_norm", "law")
    proof("layer_norm", "law")
    one, zero = np.ones(4), np.zeros(4)
    np.testing.assert_allclose(
        N.group_norm(IMAGES, one, zero, 4), N.instance_norm(IMAGES, one, zero), rtol=1e-13
    )
    whole = N.layer_norm(IMAGES, np.ones((4, 2, 3)), np.zeros((4, 2, 3)))
    np.testing.assert_allclose(N.group_norm(IMAGES, one, zero, 1), whole, rtol=1e-12)


def test_switchable_norm_reaches_its_three_parts(proof):
    proof("switchable_norm", "law")
    parts = "instance_norm", "group_norm", "batch_norm"
    for k, name in enumerate(parts):
        only = 800 * np.eye(3)[k]
        np.testing.assert_allclose(
            N.switchable_norm(IMAGES, GAMMA, BETA, only, only), layer(name, IMAGES), rtol=1e-12
        )


def test_mean_and_deviation_are_beta_and_gamma(proof):
    proof("batch_norm", "law")
    y = N.batch_norm(IMAGES, GAMMA, BETA, eps=0)
    np.testing.assert_allclose(y.mean((0, 2, 3)), BETA, rtol=1e-12)
    np.testing.assert_allclose(y.std((0, 2, 3)), np.abs(GAMMA), rtol=1e-12)


@pytest.mark.parametrize("name", [*PER_CHANNEL, "layer_norm"])
def test_shift_and_scale_of_the_input_are_forgotten(name, proof):
    proof(name, "law")
    gamma, beta = (GAMMA, BETA) if name != "layer_norm" else (np.ones((4, 2, 3)), np.zeros((4, 2, 3)))
    y = layer(name, IMAGES, gamma, beta, eps=1e-5)
    np.testing.assert_allclose(layer(name, 8 * IMAGES + 3, gamma, beta, eps=64e-5), y, rtol=1e-11, atol=1e-12)


def test_only_batch_norm_mixes_samples(proof):
    """Change one sample: who else notices?"""
    x = IMAGES.copy()
    x[0] *= 3
    changed = {name: ~np.isclose(layer(name, x), layer(name, IMAGES)).all((1, 2, 3)) for name in PER_CHANNEL}
    assert changed["batch_norm"].all()
    for name in ("instance_norm", "group_norm"):
        proof(name, "law")
        assert not changed[name][1:].any()


def test_rms_norm_forgets_the_scale_and_keeps_the_shift(proof):
    proof("rms_norm", "law")
    x, gamma = pytorch.TOKENS["x"], pytorch.TOKENS["gamma"]
    np.testing.assert_allclose(N.rms_norm(7 * x, gamma, 49e-6), N.rms_norm(x, gamma), rtol=1e-13)
    assert not np.isclose(N.rms_norm(x + 1, gamma), N.rms_norm(x, gamma)).any()
    centered = N.center(x, -1)
    np.testing.assert_allclose(
        N.rms_norm(centered, gamma), N.layer_norm(x, gamma, 0 * gamma, 1e-6), rtol=1e-12
    )


GRADS = {
    "batch_norm": lambda g: N.batch_norm_grad(IMAGES, GAMMA, BETA, g, 0)[0],
    "instance_norm": lambda g: N.instance_norm_grad(IMAGES, GAMMA, BETA, g, 0)[0],
    "group_norm": lambda g: N.group_norm_grad(IMAGES, GAMMA, BETA, g, 1, 0)[0],
    "normalize": lambda g: N.normalize_grad(IMAGES, g, (1, 2, 3), 0),
}


@pytest.mark.parametrize("name", GRADS)
def test_gradients_neither_shift_nor_stretch(name, proof):
    """What the layer forgets has no gradient: the gradient is orthogonal to 1 and, without eps, to x."""
    proof(f"{name}_grad", "law")
    axes = PER_CHANNEL.get(name, (1, 2, 3))
    dx = GRADS[name](rng.standard_normal(IMAGES.shape))
    assert np.abs(dx).max() > 0.1
    np.testing.assert_allclose((dx.sum(axes), (dx * IMAGES).sum(axes)), 0, atol=1e-12)


def test_rms_norm_gradient_does_not_stretch(proof):
    proof("rms_norm_grad", "law")
    x, gamma = pytorch.TOKENS["x"], pytorch.TOKENS["gamma"]
    dx, _ = N.rms_norm_grad(x, gamma, rng.standard_normal(x.shape), 0)
    np.testing.assert_allclose((dx * x).sum(-1), 0, atol=1e-13)
    assert np.abs(dx.sum(-1)).min() > 1e-3


def test_running_statistics_reach_those_of_the_data(proof):
    proof("running_statistics", "limit")
    mean, var = np.zeros(4), np.ones(4)
    for _ in range(400):
        mean, var = N.running_statistics(X, mean, var)
    np.testing.assert_allclose((mean, var), (X.mean(0), X.var(0, ddof=1)), rtol=1e-12)


def test_inference_with_the_statistics_of_the_batch_is_training(proof):
    proof("batch_norm_inference", "law")
    axes = 0, 2, 3
    same = N.batch_norm_inference(IMAGES, GAMMA, BETA, IMAGES.mean(axes), IMAGES.var(axes))
    np.testing.assert_allclose(same, N.batch_norm(IMAGES, GAMMA, BETA), rtol=1e-12, atol=1e-13)


def test_folded_layer_is_the_two_in_a_row(proof):
    proof("fold_batch_norm", "law")
    W, b, gamma, beta, mean, var = pytorch.FLAT.values()
    x = rng.standard_normal((7, 5))
    two = N.batch_norm_inference(x @ W.T + b, gamma, beta, mean, var)
    W, b = N.fold_batch_norm(W, b, gamma, beta, mean, var)
    np.testing.assert_allclose(x @ W.T + b, two, rtol=1e-12, atol=1e-13)


def test_folded_convolution_is_the_two_in_a_row(proof):
    proof("fold_batch_norm", "SciPy")

    def conv(x, W, b):
        return b[:, None, None] + [
            sum(scipy.signal.correlate2d(x[c], w[c], "valid") for c in range(2)) for w in W
        ]

    W, b, gamma, beta, mean, var = pytorch.KERNELS.values()
    x = rng.standard_normal((2, 6, 7))
    two = N.batch_norm_inference(conv(x, W, b)[None], gamma, beta, mean, var)[0]
    folded = N.fold_batch_norm(W, b, gamma, beta, mean, var)
    np.testing.assert_allclose(conv(x, *folded), two, rtol=1e-11, atol=1e-12)


def test_power_iteration_finds_the_largest_singular_value(proof):
    proof("power_iteration", "SciPy")
    proof("spectral_norm", "SciPy")
    W = pytorch.SQUARE
    u, v = N.power_iteration(W, pytorch.SINGULAR[0], 200)
    U, s, V = scipy.linalg.svd(W)
    np.testing.assert_allclose((np.abs(u @ U[:, 0]), np.abs(v @ V[0]), u @ W @ v), (1, 1, s[0]), rtol=1e-12)
    np.testing.assert_allclose(scipy.linalg.svdvals(N.spectral_norm(W, u, v)), s / s[0], rtol=1e-12)


def test_power_iteration_in_bits_is_one_long_iteration(proof):
    proof("power_iteration", "law")
    u = pytorch.SINGULAR[0]
    for _ in range(5):
        u, v = N.power_iteration(pytorch.SQUARE, u)
    np.testing.assert_allclose(
        (*u, *v), np.concatenate(N.power_iteration(pytorch.SQUARE, pytorch.SINGULAR[0], 5))
    )


@pytest.mark.parametrize("unit", [5e-324, 1e-200, 1e-20, 1e200])
def test_power_iteration_where_squares_under_or_overflow(unit, proof):
    proof("power_iteration", "limit")
    W = unit * np.array([[2.0, 0], [0, 4]])
    u, v = N.power_iteration(W, [1, 1])
    np.testing.assert_allclose((u, v), np.array([[1 / 17**0.5, 4 / 17**0.5], [1 / 5**0.5, 2 / 5**0.5]]))


# ---- truth and extremes
@pytest.mark.parametrize("offset", [0, 1e6, 1e9])
def test_large_means_by_mpmath(offset, proof):
    """Where E x^2 - (E x)^2 has lost everything."""
    x = np.array([1.0, 2, 4, 8]) + offset
    with mp.workdps(50):
        mu = mp.fsum(map(mp.mpf, x)) / 4
        s = mp.sqrt(mp.fsum((mp.mpf(v) - mu) ** 2 for v in x) / 4 + mp.mpf(1e-5))
        exact = [float((mp.mpf(v) - mu) / s) for v in x]
    for name, y in {
        "normalize": N.normalize(x),
        "layer_norm": N.layer_norm(x, np.ones(4), np.zeros(4)),
        "batch_norm": N.batch_norm(x[:, None], [1], [0])[:, 0],
        "instance_norm": N.instance_norm(x[None, None], [1], [0])[0, 0],
        "group_norm": N.group_norm(x[None], np.ones(4), np.zeros(4), 1)[0],
    }.items():
        proof(name, "mpmath")
        np.testing.assert_allclose(y, exact, rtol=1e-13)


def test_rms_norm_by_mpmath(proof):
    proof("rms_norm", "mpmath")
    x = np.array([1e-8, 3.0, -1e8, 7e7])
    with mp.workdps(50):
        r = mp.sqrt(mp.fsum(mp.mpf(v) ** 2 for v in x) / 4 + mp.mpf(1e-6))
        exact = [float(mp.mpf(v) / r) for v in x]
    np.testing.assert_allclose(N.rms_norm(x, np.ones(4)), exact, rtol=1e-14)


def test_constant_input_becomes_beta(proof):
    x = np.full((3, 4, 2, 3), 0.1)
    for name in PER_CHANNEL:
        proof(name, "limit")
        np.testing.assert_allclose(layer(name, x), np.broadcast_to(BETA[:, None, None], x.shape), atol=1e-12)
    proof("layer_norm", "limit")
    np.testing.assert_allclose(
        N.layer_norm(x[..., 0], np.ones(2), [5, 6]), np.broadcast_to([5, 6], (3, 4, 2))
    )
    proof("rms_norm", "limit")
    np.testing.assert_array_equal(N.rms_norm(np.zeros(3), np.ones(3)), 0)


def test_eps_above_all_leaves_a_small_multiple(proof):
    """With a large eps a layer only centers and divides by sqrt(eps)."""
    proof("normalize", "limit")
    np.testing.assert_allclose(1e6 * N.normalize(X, 0, 1e12), N.center(X), rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(dtype, proof):
    """Also where the squares overflow in float16; int and list become float64."""
    x = (300 * rng.standard_normal((6, 4, 5))).astype(dtype)
    ones, zeros = np.ones(4), np.zeros(4)
    W = rng.standard_normal((4, 3)).astype(dtype)
    for y in (
        N.batch_norm(x, ones, zeros), N.instance_norm(x, ones, zeros), N.group_norm(x, ones, zeros, 2),
        N.layer_norm(x, np.ones(5), np.zeros(5)), N.rms_norm(x, np.ones(5)), N.normalize(x, (0, 1)),
        N.switchable_norm(x, ones, zeros, [0, 1, 2], [2, 1, 0]),
        N.batch_norm_inference(x, ones, zeros, zeros, ones),
        *N.batch_norm_grad(x, ones, zeros, x), *N.group_norm_grad(x, ones, zeros, x, 2),
        *N.rms_norm_grad(x, np.ones(5), 1),
        *N.layer_norm_grad(x, np.ones(5), np.zeros(5), x),
        *N.switchable_norm_grad(x, ones, zeros, [0] * 3, [0] * 3, 1),
        *N.batch_norm_inference_grad(x, ones, zeros, zeros, ones, 1), N.normalize_grad(x, x),
        *N.fold_batch_norm(W, zeros, ones, zeros, zeros, ones), N.standardize(x, x), N.min_max(x, x),
        N.center(x),
        N.standardize_grad(x, x, 1), N.min_max_grad(x, x, 1), N.center_grad(x, 1), N.zca_whiten(x, x),
        N.pca_whiten(x, x),
        N.zca_whiten_grad(x, x, 1), N.pca_whiten_grad(x, x, 1), *N.power_iteration(300 * W, ones),
    ):  # fmt: skip
        assert y.dtype == dtype and np.isfinite(y).all()
    assert N.normalize([1, 2, 3]).dtype == N.rms_norm([1, 2], [1, 1]).dtype == np.float64


def test_products_beyond_float16_are_added_up_in_float64(proof):
    """300 * 300 overflows in float16; what is left of the sum does not."""
    proof("fold_batch_norm_grad", "limit")
    proof("spectral_norm_grad", "limit")
    W = np.full((1, 4), 300, np.float16)
    for dtype in (np.float16, np.float64):
        W = W.astype(dtype)
        dgamma = N.fold_batch_norm_grad(W, [0], [1], [0], [0], [1e4], W, 0, 0)[2]
        dW = N.spectral_norm_grad(W, [1], [0.5] * 4, W)
        np.testing.assert_array_equal(dgamma, np.asarray([3600], dtype))
        np.testing.assert_allclose(dW, 0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gradients_of_large_batches_are_added_up_in_float64(dtype, proof):
    """A running sum of twos stalls at 4096 in float16."""
    batch = 16384
    x = np.tile(np.array([[-1], [1]], dtype), (batch // 2, 4))
    g, one, zero = (x + 1).astype(dtype), np.ones(4), np.zeros(4)
    for name, grads in {
        "batch_norm_grad": N.batch_norm_grad(x, one, zero, g, 0),
        "batch_norm_inference_grad": N.batch_norm_inference_grad(x, one, zero, zero, one, g, 0),
        "instance_norm_grad": N.instance_norm_grad(x.T[None], one, zero, g.T[None], 0),
        "group_norm_grad": N.group_norm_grad(x.T[None], one, zero, g.T[None], 4, 0),
        "switchable_norm_grad": N.switchable_norm_grad(x.T[None], one, zero, [0] * 3, [0] * 3, g.T[None], 0),
        "rms_norm_grad": N.rms_norm_grad(x, one, g, 0),
        "layer_norm_grad": (None, batch, N.layer_norm_grad(x, one, zero, g)[2]),
    }.items():
        proof(name, "limit")
        for total in grads[1:3]:
            np.testing.assert_array_equal(total, batch)


def test_running_statistics_stay_in_float64(proof):
    """A step of the average is too small for float16: it would stay where it is."""
    proof("running_statistics", "limit")
    x = np.full((2, 1), 1000, np.float16) + np.float16([[-1], [1]])
    mean, var = N.running_statistics(x, [999.9], [1], momentum=0.01)
    assert mean.dtype == var.dtype == np.float64 and mean == pytest.approx(999.901, abs=1e-9)


@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_batch_axes_are_free(name, proof):
    proof(name, "law")
    x, args = pytorch.TOKENS["x"], [np.arange(1.0, 6)] * (1 + (name == "layer_norm"))
    f = getattr(N, name)
    np.testing.assert_array_equal(f(x, *args)[1, 2], f(x[1, 2], *args))
    one, many = (getattr(N, f"{name}_grad")(v, *args, 1.0) for v in (x[1, 2], x[1, 2][None, None]))
    np.testing.assert_allclose(one[0], many[0][0, 0])
    np.testing.assert_allclose(one[1], many[1])


@pytest.mark.parametrize("call, message", [
    (lambda: N.batch_norm([[1, 2]], [1, 1], [0, 0]),
     "cannot normalize a single value, got shape (1, 2) and axes (0,)"),
    (lambda: N.instance_norm([[[1], [2]]], [1, 1], [0, 0]),
     "cannot normalize a single value, got shape (1, 2, 1) and axes -1"),
    (lambda: N.running_statistics([[1, 2]], [0, 0], [1, 1]),
     "cannot normalize a single value, got shape (1, 2) and axes (0,)"),
    (lambda: N.batch_norm(np.ones((3, 2)), [1, 1, 1], [0, 0]),
     "gamma must have one entry for each of 2 channels, got shape (3,)"),
    (lambda: N.batch_norm_inference(np.ones((2, 2)), [1, 1], [0, 0], 0, [1, 1]),
     "mean must have one entry for each of 2 channels, got shape ()"),
    (lambda: N.fold_batch_norm(np.ones((2, 3)), [0, 0, 0], [1, 1], [0, 0], [0, 0], [1, 1]),
     "b must have one entry for each of 2 channels, got shape (3,)"),
    (lambda: N.fold_batch_norm(np.ones((3, 2, 5, 5)), [0, 0], [1, 1], [0, 0], [0, 0], [1, 1]),
     "W must have its 2 output channels first, got shape (3, 2, 5, 5)"),
    (lambda: N.fold_batch_norm_grad(np.ones(2), [0, 0], [1, 1], [0, 0], [0, 0], [1, 1], 1, 1),
     "W must have its 2 output channels first, got shape (2,)"),
    (lambda: N.group_norm(np.ones((2, 6)), np.ones(6), np.zeros(6), 4),
     "groups must divide the number of channels, got 4 and 6"),
    (lambda: N.layer_norm(np.ones((3, 2)), np.ones(3), np.zeros(3)),
     "gamma must have the shape of x's last axes, got (3,) and (3, 2)"),
    (lambda: N.layer_norm(np.ones((3, 2)), np.ones(2), 0),
     "beta must have the shape of x's last axes, got () and (3, 2)"),
    (lambda: N.rms_norm(np.ones((3, 2)), 1),
     "gamma must have the shape of x's last axes, got () and (3, 2)"),
    (lambda: N.standardize(np.ones((3, 2)), np.ones((5, 3))),
     "x and X must have the same features in the last axis, got (3, 2) and (5, 3)"),
    (lambda: N.standardize([1, 2], [1, 2]),
     "the training set X needs axes of samples and of features, got shape (2,)"),
    (lambda: N.instance_norm(np.ones((2, 4, 5)), np.ones(3), np.zeros(3)),
     "gamma must have one entry for each of 4 channels, got shape (3,)"),
    (lambda: N.power_iteration([[3, 0], [0, 1]], [1, 1], steps=0),
     "the power iteration needs at least one step, got 0"),
    (lambda: N.power_iteration(np.zeros((3, 2)), np.ones(3)),
     "the power iteration has no direction to follow: W or its product with u is 0"),
    (lambda: N.batch_norm_grad(np.ones((3, 2)), [1, 1], [0, 0], np.ones(3)),
     "gradient g must have the shape of the output, got (3,) and (3, 2)"),
])  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "name",
    [n for n, f in inspect.getmembers(N, inspect.isfunction) if f.__module__ == N.__name__ and n[0] != "_"],
)
def test_every_function_has_an_oracle(name):
    base = name.removesuffix("_grad")
    assert base in {case.split()[0] for case in pytorch.CASES} | set(SKLEARN)
