"""The initializers against their formulas in mpmath, laws of distributions (SciPy), differences, and what PyTorch draws."""

import inspect

import mpmath as mp
import numpy as np
import pytest
import scipy.stats
from oracles import autograd, pytorch_initialization as pytorch

from snippets import activations as A
from snippets import initialization as I
from snippets.plots import initialization as plots

MEMBERS = inspect.getmembers(I, inspect.isfunction)
EVERY = [name for name, f in MEMBERS if f.__module__ == I.__name__ and not name.startswith("_")]
DRAWN = [name for name in EVERY if "rng" in inspect.signature(getattr(I, name)).parameters]
SHAPE = 200, 300
RECORDED = autograd.recorded("initialization")


def normal_noise(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def uniform_noise(shape, seed=0):
    return 2 * np.random.default_rng(seed).random(shape) - 1


# ---- laws: which distribution
STD = {
    "gaussian": 0.01,
    "truncated_normal": 0.01,
    "xavier": np.sqrt(2 / 500),
    "xavier_normal": np.sqrt(2 / 500),
    "kaiming": np.sqrt(2 / 200),
    "kaiming_uniform": np.sqrt(2 / 200),
    "orthogonal": np.sqrt(1 / 300),
}
SHAPES = {"xavier": "uniform", "kaiming_uniform": "uniform", "truncated_normal": "truncnorm"}


def law(name, std):
    """The distribution that each weight has."""
    if SHAPES.get(name) == "uniform":
        return scipy.stats.uniform(-np.sqrt(3) * std, 2 * np.sqrt(3) * std)
    if SHAPES.get(name) == "truncnorm":
        return scipy.stats.truncnorm(-2, 2, scale=std / scipy.stats.truncnorm(-2, 2).std())
    return scipy.stats.norm(0, std)  # an entry of a large orthogonal matrix nearly


@pytest.mark.parametrize("name", DRAWN)
def test_distribution(name, proof):
    proof(name, "SciPy")
    W = getattr(I, name)(*SHAPE, rng=3)
    assert W.shape == SHAPE and W.std() == pytest.approx(STD[name], rel=0.01)
    assert scipy.stats.kstest(W.ravel(), law(name, STD[name]).cdf).pvalue > 0.01


def test_orthogonal_entries_have_the_law_of_a_random_direction(proof):
    proof("orthogonal", "SciPy")
    rng = np.random.default_rng(5)
    first = np.array([I.orthogonal(3, 4, rng=rng) for _ in range(3000)])
    for entry in (first[:, 0, 0], first[:, 2, 3]):  # the diagonal too: no preferred signs
        assert scipy.stats.kstest(entry, lambda t: scipy.stats.beta(1.5, 1.5).cdf((t + 1) / 2)).pvalue > 0.01


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (1, 6), (6, 1)])
def test_orthogonal_keeps_lengths(shape, proof):
    proof("orthogonal", "law")
    W = I.orthogonal(*shape, gain=2.0, rng=0)
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), 2, rtol=1e-14)


@pytest.mark.parametrize("name", DRAWN)
def test_rng_is_a_seed_or_a_generator(name, proof):
    proof(name, "law")
    draw, rng = getattr(I, name), np.random.default_rng(8)
    first, second = draw(4, 5, rng=rng), draw(4, 5, rng=rng)
    np.testing.assert_array_equal(draw(4, 5, rng=8), first)
    assert not np.isclose(first, second).any() and not np.isclose(draw(4, 5), draw(4, 5)).any()


def test_truncated_normal_stays_inside(proof):
    proof("truncated_normal", "law")
    for k in (0.5, 1, 2, 3):
        W = I.truncated_normal(300, 400, sigma=5.0, k=k, rng=2)
        edge = 5 * k / scipy.stats.truncnorm(-k, k).std()
        assert 0.999 * edge < np.abs(W).max() <= edge and W.std() == pytest.approx(5, rel=0.01)


def test_fans_count_the_connections(proof):
    """By brute force: which outputs of a convolution with padding does an input in the middle reach?"""
    proof("fans", "law")
    for C_in, C_out, k, groups in ((2, 3, 3, 1), (4, 6, 1, 2), (6, 6, 3, 6)):
        size = 2 * k + 1
        pairs = {
            (c, i, j, d, i + u, j + v)
            for c in range(C_in) for i in range(size) for j in range(size) for u in range(k) for v in range(k)
            for d in range(C_out) if c * groups // C_in == d * groups // C_out
        }
        source, target = (0, k, k), (0, 2 * k - 1, 2 * k - 1)
        n_out = sum(p[:3] == source for p in pairs)
        n_in = sum(p[3:] == target for p in pairs)
        assert I.fans(C_in, C_out, k, groups) == (n_in, n_out)


# ---- truth: mpmath
def test_within_sigma_to_the_last_digits(proof):
    proof("within_sigma", "mpmath")
    proof("within_sigma", "SciPy")
    k = np.array([1e-9, 0.1, 0.5, 1, 2, 3, 4, 6, 8])
    exact = [float(mp.erf(mp.mpf(v) / mp.sqrt(2))) for v in k.tolist()]
    np.testing.assert_allclose(I.within_sigma(k), exact, rtol=1e-15)
    np.testing.assert_allclose(I.within_sigma(k), 1 - 2 * scipy.stats.norm.sf(k), rtol=1e-14, atol=1e-16)
    assert f"{I.within_sigma(3):.10f}" == "0.9973002039"


def test_within_sigma_at_the_ends(proof):
    proof("within_sigma", "limit")
    np.testing.assert_array_equal(I.within_sigma([-1, 0, np.inf, np.nan]), [0, 0, 1, np.nan])


def test_truncated_std_to_the_last_digits(proof):
    proof("truncated_std", "mpmath")
    proof("truncated_std", "SciPy")
    with mp.workdps(40):
        for k in (1e-12, 1e-3, 0.09, 0.0999, 0.1, 0.11, 0.5, 1, 2, 3, 9):
            exact = mp.quad(lambda t: t * t * mp.npdf(t), [-k, 0, k]) / mp.quad(mp.npdf, [-k, 0, k])
            assert I.truncated_std(k) == pytest.approx(float(mp.sqrt(exact)), rel=1e-6 if k < 0.1 else 1e-12)
            if k >= 0.1:
                assert I.truncated_std(k) == pytest.approx(scipy.stats.truncnorm(-k, k).std(), rel=1e-9)


def test_truncated_std_at_the_ends(proof):
    proof("truncated_std", "limit")
    assert I.truncated_std(50) == 1 and I.truncated_std(1e-100) == pytest.approx(1e-100 / np.sqrt(3))


GAINS = {  # names of closed forms of E f(z)^2, to many digits
    "relu": lambda z: max(z, 0), "tanh": mp.tanh, "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "gelu": lambda z: z * mp.ncdf(z), "selu": lambda z: A.selu(float(z)),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GAINS))
def test_gain(name, proof):
    proof("gain_of", "mpmath")
    square = mp.quad(lambda z: mp.mpf(GAINS[name](z)) ** 2 * mp.npdf(z), [-12, -4, 0, 4, 12])
    assert I.gain_of(getattr(A, name)) == pytest.approx(float(1 / mp.sqrt(square)), rel=1e-8)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.5, 1.0])
def test_gain_of_a_leaky_relu_is_that_of_kaiming(slope, proof):
    proof("gain_of", "law")
    proof("kaiming", "law")
    g = I.gain_of(lambda z: A.leaky_relu(z, slope))
    np.testing.assert_allclose(I.kaiming(7, 9, slope, rng=1), I.gaussian(7, 9, g / np.sqrt(7), rng=1), rtol=1e-7)


# ---- the scale that each rule is there to keep
def test_kaiming_keeps_the_mean_square_of_relu(proof):
    proof("kaiming", "law")
    proof("kaiming_uniform", "law")
    for draw in (I.kaiming, I.kaiming_uniform):
        x, rng = normal_noise((500, 1000)), np.random.default_rng(4)  # one generator: equal layers are another law
        for _ in range(3):
            x = A.relu(x @ draw(1000, 1000, rng=rng))
        assert plots.rms(x) == pytest.approx(1, rel=0.06)


def test_modes_keep_forward_or_backward(proof):
    proof("kaiming", "law")
    x, g = normal_noise((800, 400)), normal_noise((800, 900), 1)
    z = x @ I.kaiming(400, 900, rng=2)
    assert plots.rms(A.relu(z)) == pytest.approx(1, rel=0.03)
    W = I.kaiming(400, 900, mode="fan_out", rng=2)
    assert plots.rms(A.relu_grad(x @ W, g) @ W.T) == pytest.approx(1, rel=0.03)


# ---- the small network: gradients by differences, symmetry
@pytest.mark.parametrize("name", pytorch.CASES)
def test_gradient(name, proof):
    proof(f"{name}_grad", "gradient")
    autograd.by_differences(I, name, pytorch.CASES[name], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", pytorch.CASES)
def test_one_sample_is_a_batch_of_one(name):
    function, gradient, g = getattr(I, name), getattr(I, f"{name}_grad"), np.arange(1.0, 7)
    x, *weights = pytorch.CASES[name].inputs.values()
    assert function(x[0], *weights) == pytest.approx(function(x, *weights)[0])
    for one, many in zip(gradient(x[0], *weights, g[0]), gradient(x[:1], *weights, g[:1]), strict=True):
        np.testing.assert_allclose(one, many if many.shape == one.shape else many[0], rtol=1e-14)


def test_hidden_layer_written_out(proof):
    proof("hidden_layer", "law")
    x, W, v = pytorch.CASES["hidden_layer"].inputs.values()
    written = [sum(v[j] * np.tanh(sum(x[b, i] * W[i, j] for i in range(3))) for j in range(4)) for b in range(6)]
    np.testing.assert_allclose(I.hidden_layer(x, W, v), written, rtol=1e-13)
    assert I.hidden_layer(x[0], W, v) == pytest.approx(written[0])


def test_equal_units_have_equal_gradients_and_zeros_none(proof):
    proof("hidden_layer_grad", "law")
    x = normal_noise((5, 3))
    _, dW, dv = I.hidden_layer_grad(x, np.full((3, 4), 0.7), np.full(4, 0.7), np.arange(5.0))
    assert dW.any() and (dW == dW[:, :1]).all() and (dv == dv[0]).all()
    _, dW, dv = I.hidden_layer_grad(x, np.zeros((3, 4)), np.zeros(4), np.arange(5.0))
    assert not dW.any() and not dv.any()


# ---- PyTorch: the arguments with which it draws
def scales(name, answer, call, noise):
    """What we multiply our noise by, against PyTorch's bound or standard deviation."""
    (theirs,) = answer.values()
    W = call(getattr(I, name))
    Z = noise(W.shape)
    np.testing.assert_allclose(W, theirs[1] * Z, rtol=1e-14)
    assert theirs[0] in (0, -theirs[1])


def compare(answers):
    each = iter(answers["xavier"]), iter(answers["xavier_normal"]), iter(answers["kaiming"]), iter(answers["kaiming_uniform"])
    for shape in pytorch.SHAPES:
        for g in pytorch.GAINS:
            scales("xavier", next(each[0]), lambda f: f(*shape, g, rng=0), uniform_noise)
            scales("xavier_normal", next(each[1]), lambda f: f(*shape, g, rng=0), normal_noise)
        for a in pytorch.SLOPES:
            for mode in ("fan_in", "fan_out"):
                scales("kaiming", next(each[2]), lambda f: f(*shape, a, mode, rng=0), normal_noise)
                scales("kaiming_uniform", next(each[3]), lambda f: f(*shape, a, mode, rng=0), uniform_noise)
    assert [list(I.fans(*kernel)) for kernel in pytorch.KERNELS] == answers["fans"]
    for name in ("relu", "leaky_relu"):
        assert I.gain_of(getattr(A, name)) == pytest.approx(answers["gain"][name], rel=1e-7)
    assert I.gain_of(lambda z: z) == pytest.approx(answers["gain"]["linear"])
    theirs = iter(answers["orthogonal"])
    for shape in pytorch.SHAPES[:4]:
        for g in pytorch.GAINS:
            np.testing.assert_allclose(I.orthogonal(*shape, g, rng=7), next(theirs), rtol=1e-12, atol=1e-14)
    for name, case in pytorch.CASES.items():
        autograd.compare(I, name, case, answers[name], rtol=1e-13, atol=1e-15)


COMPARED = ["xavier", "xavier_normal", "kaiming", "kaiming_uniform", "fans", "gain_of", "orthogonal", "hidden_layer",
            "hidden_layer_grad", "weighted_sum", "weighted_sum_grad"]  # fmt: skip


def test_pytorch_recorded(proof):
    for name in COMPARED:
        proof(name, "PyTorch")
    compare(RECORDED)


def test_pytorch_live(proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    for name in COMPARED:
        proof(name, "PyTorch")
    compare(pytorch.answers() | {name: autograd.theirs(case) for name, case in pytorch.CASES.items()})


def test_the_default_of_a_linear_layer_is_not_kaiming_for_relu():
    """nn.Linear draws from U(-1/sqrt(n), 1/sqrt(n)); the pages warn of it."""
    assert RECORDED["linear_default"]["uniform_"][1] == pytest.approx(1 / np.sqrt(300))
    assert RECORDED["gain"]["tanh"] == pytest.approx(5 / 3) and RECORDED["gain"]["selu"] == 0.75


# ---- what the pages say about whole networks
def test_depth_follows_theory():
    for draw, factor in ((plots.old_uniform, 1 / 6), (I.xavier_normal, 1 / 2), (I.kaiming, 1)):
        for scale, end in zip(plots.relu_scales(draw, (400,) * 21), (-1, 0)):
            assert np.log(scale[end]) == pytest.approx(10 * np.log(factor), abs=1)
    assert plots.log_spread() == pytest.approx(np.sqrt(5 * 50 / 128) / 2, rel=0.2)


def test_only_the_random_start_solves_xor():
    assert plots.train_xor("random")[1][-1] < 1e-9
    assert plots.train_xor(0.5)[1].min() > 0.7 and plots.train_xor(0.0)[1][-1] == 1


BAD = [
    (lambda: I.fans(64, 30, 3, 4), "groups must divide both numbers of channels, got 4 for 64 and 30"),
    (lambda: I.truncated_std(0), "k must be greater than 0, got 0"),
    (lambda: I.truncated_normal(2, 3, k=-1.0), "k must be greater than 0, got -1.0"),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


def test_an_unknown_mode_is_no_mode():
    with pytest.raises(KeyError, match="fan_avg"):
        I.kaiming(2, 3, mode="fan_avg")
    with pytest.raises(KeyError, match="fan_avg"):
        I.kaiming_uniform(2, 3, mode="fan_avg")


@pytest.mark.parametrize("name", EVERY)
def test_every_function_is_held_against_something_else(name):
    """SciPy, mpmath or PyTorch."""
    source = inspect.getsource(inspect.getmodule(test_distribution))
    assert name in DRAWN or name in COMPARED or any(f'proof("{name}", "{kind}")' in source for kind in ("SciPy", "mpmath"))
