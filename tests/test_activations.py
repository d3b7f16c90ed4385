"""The activations against laws, limits, their formulas in mpmath, finite differences, SciPy and PyTorch."""

import inspect

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from oracles import autograd, pytorch_activations as pytorch, truth

from snippets import activations as A

SCALAR = sorted(truth.FORMULAS)  # x -> y, entry by entry
MEMBERS = inspect.getmembers(A, inspect.isfunction)
EVERY = [name for name, f in MEMBERS if f.__module__ == A.__name__ and not name.startswith("_")]
FORWARD = [n for n in EVERY if not n.endswith("_grad")]
DTYPES = [np.float16, np.float32, np.float64]
inf, nan = np.inf, np.nan
rng = np.random.default_rng(0)
X = np.concatenate([np.linspace(-12, 12, 97), [-30, 30, 1e-9, -1e-9]])  # where naive formulas are safe
Z = rng.normal(size=(5, 7)) * 4


def derivative(name, x):
    return getattr(A, f"{name}_grad")(x, 1.0)


# ---- inputs for every function, used wherever all of them must keep a promise
def inputs(name, dtype=float):
    """Small inputs of a function, without g; away from kinks and ties."""
    draw = np.random.default_rng(1).normal
    shapes = {
        "prelu": [(4, 3), (3,)],
        "maxout": [(4, 3), (3, 2, 5), (2, 5)],
        "swiglu": [(4, 3), (3, 2), (3, 2)],
    }
    return [draw(size=s).astype(dtype) for s in shapes.get(name, [(2, 4, 3)])]


def both(name, dtype=float):
    """[(function, its arguments)] for a function and, if it has one, its gradient."""
    args = inputs(name, dtype)
    y = getattr(A, name)(*inputs(name, dtype))
    g = np.random.default_rng(2).normal(size=y.shape).astype(dtype)
    return [(getattr(A, name), args)] + [(getattr(A, n), [*args, g]) for n in EVERY if n == f"{name}_grad"]


def outputs(function, args):
    y = function(*args)
    return y if isinstance(y, tuple) else (y,)


# ---- laws: pairs of expressions that are equal
LAWS = {
    "heaviside": lambda x: (A.heaviside(x) + A.heaviside(-x), 1.0 + (x == 0)),
    "sigmoid": lambda x: (A.sigmoid(-x), 1 - A.sigmoid(x)),
    "log_sigmoid": lambda x: (A.log_sigmoid(x) - A.log_sigmoid(-x), x),
    "hard_sigmoid": lambda x: (A.hard_sigmoid(-x), 1 - A.hard_sigmoid(x)),
    "tanh": lambda x: (A.tanh(x), 2 * A.sigmoid(2 * x) - 1),
    "hard_tanh": lambda x: (A.hard_tanh(-x), -A.hard_tanh(x)),
    "relu": lambda x: (A.relu(x) + A.relu(-x), np.abs(x)),
    "leaky_relu": lambda x: (A.leaky_relu(x, 0.2), np.maximum(x, 0.2 * x)),
    "prelu": lambda x: (A.prelu(x, -1), np.abs(x)),
    "rrelu": lambda x: (A.rrelu(x), A.leaky_relu(x, 11 / 48)),
    "relu6": lambda x: (A.relu6(x), A.relu(x) - A.relu(x - 6)),
    "elu": lambda x: (A.elu(x, 2.5), A.relu(x) + 2.5 * (np.exp(-A.relu(-x)) - 1)),
    "selu": lambda x: (A.selu(x), 1.0507009873554805 * A.elu(x, 1.6732632423543772)),
    "softplus": lambda x: (A.softplus(x, 3.0) - A.softplus(-x, 3.0), x),
    "mish": lambda x: (A.mish(x), x * np.tanh(np.log(1 + np.exp(x)))),
    "maxout": lambda x: (A.maxout(x[:, None], [[1, -1]], [0, 0]), np.abs(x)),
    "softmax": lambda x: (A.softmax(np.stack([x, 0 * x], -1))[:, 0], A.sigmoid(x)),
    "log_softmax": lambda x: (A.log_softmax(np.stack([x, 0 * x], -1))[:, 0], A.log_sigmoid(x)),
    "logsumexp": lambda x: (A.logsumexp(np.stack([x, 0 * x], -1)), A.softplus(x)),
    "gelu": lambda x: (A.gelu(x) - A.gelu(-x), x),
    "gelu_tanh": lambda x: (A.gelu_tanh(x) - A.gelu_tanh(-x), x),
    "silu": lambda x: (A.silu(x) - A.silu(-x), x),
    "hard_swish": lambda x: (A.hard_swish(x), x * A.hard_sigmoid(x)),
    "swiglu": lambda x: (A.swiglu(x[:, None], [[1]], [[1]])[:, 0], x * A.silu(x)),
}


@pytest.mark.parametrize("name", FORWARD)
def test_law(name, proof):
    proof(name, "law")
    left, right = LAWS[name](X)
    np.testing.assert_allclose(left, right, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_law_of_shifts(name, proof):
    proof(name, "law")
    f = getattr(A, name)
    np.testing.assert_allclose(f(Z + 1000) - (1000 if name == "logsumexp" else 0), f(Z), rtol=1e-12)


def test_softmax_sums_to_one_along_any_axis(proof):
    proof("softmax", "law")
    for axis in range(3):
        np.testing.assert_allclose(A.softmax(rng.normal(size=(3, 4, 5)), axis).sum(axis), 1, rtol=1e-15)


def test_log_softmax_keeps_what_log_of_softmax_loses(proof):
    proof("log_softmax", "law")
    np.testing.assert_allclose(np.exp(A.log_softmax(Z)), A.softmax(Z), rtol=1e-13)
    assert A.log_softmax([0, -40.0])[0] == pytest.approx(-np.exp(-40), rel=1e-15)


def test_rrelu_training_draws_uniform_slopes(proof):
    proof("rrelu", "law")
    slopes = -A.rrelu(-np.ones(4000), 0.1, 0.3, np.random.default_rng(3))
    assert scipy.stats.kstest(slopes, scipy.stats.uniform(0.1, 0.2).cdf).pvalue > 0.01
    proof("rrelu_grad", "law")
    np.testing.assert_array_equal(A.rrelu_grad(-np.ones(4000), 1, 0.1, 0.3, np.random.default_rng(3)), slopes)


# ---- limits: the ends of the number line, and zero
L = 1.0507009873554805
LIMITS = {  # -inf, -largest, 0, largest, inf; "x" is the largest number
    "sigmoid": (0, 0, 0.5, 1, 1),
    "log_sigmoid": (-inf, "-x", -np.log(2), 0, 0),
    "hard_sigmoid": (0, 0, 0.5, 1, 1),
    "tanh": (-1, -1, 0, 1, 1),
    "hard_tanh": (-1, -1, 0, 1, 1),
    "relu": (0, 0, 0, "x", inf),
    "leaky_relu": (-inf, "-0.01 * x", 0, "x", inf),
    "rrelu": (-inf, "-11 / 48 * x", 0, "x", inf),
    "relu6": (0, 0, 0, 6, 6),
    "elu": (-1, -1, 0, "x", inf),
    "selu": (-L * 1.6732632423543772, -L * 1.6732632423543772, 0, inf, inf),
    "softplus": (0, 0, np.log(2), "x", inf),
    "mish": (0, 0, 0, "x", inf),
    "gelu": (0, 0, 0, "x", inf),
    "gelu_tanh": (0, 0, 0, "x", inf),
    "silu": (0, 0, 0, "x", inf),
    "hard_swish": (0, 0, 0, "x", inf),
}
SLOPES = {  # at -inf and at -largest, at 0, at largest and at inf
    "sigmoid": (0, 1 / 4, 0),
    "log_sigmoid": (1, 1 / 2, 0),
    "hard_sigmoid": (0, 1 / 6, 0),
    "tanh": (0, 1, 0),
    "hard_tanh": (0, 1, 0),
    "relu": (0, 0, 1),
    "leaky_relu": (0.01, 0.01, 1),
    "rrelu": (11 / 48, 11 / 48, 1),
    "relu6": (0, 0, 0),
    "elu": (0, 1, 1),
    "selu": (0, L * 1.6732632423543772, L),
    "softplus": (0, 1 / 2, 1),
    "mish": (0, 3 / 5, 1),
    "gelu": (0, 1 / 2, 1),
    "gelu_tanh": (0, 1 / 2, 1),
    "silu": (0, 1 / 2, 1),
    "hard_swish": (0, 1 / 2, 1),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SCALAR)
def test_limits(name, dtype, proof):
    proof(name, "limit")
    proof(f"{name}_grad", "limit")
    top = np.finfo(dtype).max
    x = np.array([-inf, -top, -0.0, 0.0, top, inf, nan], dtype)
    a, b, c, d, e = [eval(v, {"x": float(top)}) if isinstance(v, str) else v for v in LIMITS[name]]
    few = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(getattr(A, name)(x), np.array([a, b, c, c, d, e, nan], dtype), rtol=few)
    a, b, c = SLOPES[name]
    np.testing.assert_allclose(derivative(name, x), np.array([a, a, b, b, c, c, nan], dtype), rtol=few)


ROWS = [  # logits, softmax, log-softmax, log-sum-exp; T is the largest number
    ("[0, 0]", [0.5, 0.5], [-np.log(2), -np.log(2)], "log(2)"),
    ("[T, T]", [0.5, 0.5], [-np.log(2), -np.log(2)], "T"),
    ("[T, -T]", [1, 0], [0, -inf], "T"),
    ("[-T, -T]", [0.5, 0.5], [-np.log(2), -np.log(2)], "-T"),
    ("[-inf, 3]", [0, 1], [-inf, 0], "3"),
    ("[-inf, -inf]", [nan, nan], [nan, nan], "-inf"),  # no logit is left: there is no distribution
    ("[inf, 0]", [nan, nan], [nan, nan], "inf"),
    ("[inf, -inf]", [nan, nan], [nan, nan], "inf"),
    ("[nan, 0]", [nan, nan], [nan, nan], "nan"),
    ("[7]", [1], [0], "7"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_limits_of_softmax(row, dtype, proof):
    for name in ("softmax", "log_softmax", "logsumexp"):
        proof(name, "limit")
        proof(f"{name}_grad", "limit")
    names = {"T": np.finfo(dtype).max, "log": np.log, "inf": inf, "nan": nan}
    z, p, l, y = np.array(eval(row[0], names), dtype), row[1], row[2], eval(row[3], names)
    few = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(A.softmax(z), p, rtol=few)
    np.testing.assert_allclose(A.log_softmax(z), l, rtol=few)
    np.testing.assert_allclose(A.logsumexp(z), y, rtol=few)
    np.testing.assert_allclose(A.logsumexp_grad(z, 1), p, rtol=few)
    np.testing.assert_allclose(A.softmax_grad(z, 1), 0 * np.array(p), atol=few)
    np.testing.assert_allclose(A.log_softmax_grad(z, 1), 1 - len(z) * np.array(p), atol=few)


def test_many_float16_classes_do_not_overflow_the_sum(proof):
    for name in ("softmax", "log_softmax", "logsumexp"):
        proof(name, "limit")
    z = np.zeros(100_000, np.float16)
    assert A.softmax(z)[0] == np.float16(1e-5)
    assert A.logsumexp(z) == -A.log_softmax(z)[0] == np.float16(np.log(1e5))


def test_large_float32_gradients_do_not_overflow_the_sum(proof):
    proof("log_softmax_grad", "limit")
    z, g = np.float32([0, -200]), np.float32([3e38, 2e38])
    np.testing.assert_array_equal(A.log_softmax_grad(z, g), np.float32([-2e38, 2e38]))


def test_large_float16_batches_are_summed_whole(proof):
    """In float16, 2048 + 1 is 2048."""
    proof("prelu_grad", "limit")
    proof("maxout_grad", "limit")
    x = -np.ones((5000, 2), np.float16)
    np.testing.assert_array_equal(A.prelu_grad(x, np.float16([0.5, 0.5]), 1)[1], [-5000, -5000])
    _, dW, db = A.maxout_grad(x, np.zeros((2, 1, 1), np.float16), np.float16([[0]]), 1)
    assert db == -dW[0] == 5000 and db.dtype == np.float16


@pytest.mark.parametrize("x", [-20, -12, -8])
def test_a_large_branch_of_swiglu_does_not_overflow_where_the_slope_is_small(x, proof):
    proof("swiglu_grad", "limit")
    g, q = np.float16(8), np.float16(9000)
    _, dW, _ = A.swiglu_grad(np.float16([1]), np.float16([[x]]), q.reshape(1, 1), g)
    np.testing.assert_allclose(dW, [[8 * 9000 * A.silu_grad(float(x), 1)]], rtol=0.01, atol=0.01)


# ---- truth: mpmath, over the whole range of every dtype
ACCURACY = 4  # units in the last place
STATED = {"mish_grad": 6}  # a quotient of polynomials, with about twenty roundings
ILL = {  # held to that many units times the condition number, because
    *("silu", "mish"),  # x times a gate that is subnormal far left keeps the gate's few digits
    *("gelu_tanh", "gelu_tanh_grad"),  # e^-2u magnifies the rounding of u
    *("silu_grad", "mish_grad", "gelu_grad"),  # cancel where the slope is zero
}


def condition(name, grad, v):
    """How much a relative change of x = v is magnified in the result."""
    f = truth.FORMULAS[name][grad]
    with mp.workdps(truth.digits(name, v)):
        v = mp.mpf(v)
        return abs(v * mp.diff(f, v, h=mp.mpf(10) ** -20 * max(abs(v), 1)) / f(v)) if f(v) else mp.inf


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("grad", [False, True], ids=["value", "grad"])
@pytest.mark.parametrize("name", SCALAR)
def test_accuracy(name, grad, dtype, proof):
    address = f"{name}_grad" if grad else name
    proof(address, "mpmath")
    x, bound = truth.points(dtype), STATED.get(address, ACCURACY)
    y = derivative(name, x) if grad else getattr(A, name)(x)
    error = truth.ulps(y, truth.exact(name, x, grad))
    large = {v: e for v, e in zip(x.tolist(), error, strict=True) if e > bound}
    assert not {v: e for v, e in large.items() if address not in ILL or e > bound * condition(name, grad, v)}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("offset", [0, 100, -1000])
def test_accuracy_of_softmax(offset, dtype, proof):
    z = (np.random.default_rng(4).normal(size=9) * 6).astype(dtype)
    z[1] = z.max() - 20
    z = z + dtype(offset)
    spread = z.astype(float) - float(z.max())  # z - max is rounded, and the exponential magnifies that
    for name, t in truth.softmax(z).items():
        proof(name, "mpmath")
        bound = ACCURACY + (np.abs(spread) if name == "softmax" else 0)
        assert (truth.ulps(np.asarray(getattr(A, name)(z)), t) <= bound).all()


def test_every_float16(proof):
    x = np.arange(65536, dtype=np.uint16).view(np.float16)
    x = x[np.isfinite(x)]
    for name in SCALAR:
        proof(name, "mpmath")  # by way of float64, which the test above holds against mpmath
        y, true = getattr(A, name)(x).astype(float), getattr(A, name)(x.astype(float))
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            error = np.abs(y - true) / np.spacing(np.abs(true.astype(np.float16)))
            conditioned = np.abs(x * derivative(name, x.astype(float)) / true)
        good = (y == true) | (error <= ACCURACY) | (error <= ACCURACY * conditioned) & (name in ILL)
        assert np.all(good | (np.abs(true) > 65504) & np.isinf(y))


# ---- gradients: by central differences of the code
SLOPED = [(name, {"alpha": 0.7}) for name in ("leaky_relu", "elu")]
OPTIONS = [*SLOPED, ("softplus", {"beta": 2.5}), ("rrelu", {"lower": 0.2})]
AXES = [(name, {"axis": axis}) for name in ("softmax", "log_softmax", "logsumexp") for axis in (0, 1, -2)]
PLAIN = [(name, {}) for name in FORWARD if f"{name}_grad" in EVERY]


@pytest.mark.parametrize(("name", "options"), PLAIN + OPTIONS + AXES, ids=str)
def test_gradient(name, options, proof):
    proof(f"{name}_grad", "gradient")
    args = {"xWb"[i]: v for i, v in enumerate(inputs(name))}
    autograd.by_differences(A, name, autograd.case(None, options, **args), rtol=1e-9, atol=1e-10)


# ---- oracles: SciPy, PyTorch
SCIPY = {
    "sigmoid": scipy.special.expit,
    "log_sigmoid": scipy.special.log_expit,
    "softplus": lambda x: np.logaddexp(0, x),
    "tanh": lambda x: 2 * scipy.special.expit(2 * x) - 1,
    "elu": lambda x: np.where(x > 0, x, scipy.special.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "silu": lambda x: x * scipy.special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softmax": lambda x: scipy.special.softmax(x, -1),
    "log_softmax": lambda x: scipy.special.log_softmax(x, -1),
    "logsumexp": lambda x: scipy.special.logsumexp(x, -1),
}


@pytest.mark.parametrize("name", sorted(SCIPY))
def test_scipy(name, proof):
    proof(name, "SciPy")
    for x in (X, X + 100, X * 50, Z, Z * 100):
        np.testing.assert_allclose(getattr(A, name)(x), SCIPY[name](x), rtol=1e-13, atol=1e-13)


RECORDED = autograd.recorded("activations")
LOOSE = {  # what PyTorch itself gets only so far
    "hard_sigmoid": 2e-8,  # its gradient multiplies by 1/6 rounded to float32
    "logsumexp": 1e-13,  # its gradient is e^(z - y) with y rounded
}


def compare(name, answer):
    """Ours against PyTorch's, except where PyTorch answers a finite input with nan or inf."""
    case, loose = pytorch.CASES[name], LOOSE.get(name)
    answer = [
        [np.where(np.isfinite(theirs), theirs, mine) for mine, theirs in zip(*values, strict=True)]
        for values in zip(autograd.ours(A, name, case), answer, strict=True)
    ]
    autograd.compare(A, name, case, answer, rtol=loose or 1e-14, atol=loose or 5e-14)


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_recorded(name, proof):
    proof(name, "PyTorch")
    proof(f"{name}_grad", "PyTorch")
    compare(name, RECORDED[name])


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    proof(name, "PyTorch")
    proof(f"{name}_grad", "PyTorch")
    compare(name, autograd.theirs(pytorch.CASES[name]))


def test_every_function_has_an_oracle():
    assert set(FORWARD) == set(pytorch.CASES) | {"heaviside"} == set(LAWS)
    assert {n.removesuffix("_grad") for n in EVERY if n not in FORWARD} == set(FORWARD) - {"heaviside"}


# ---- promises that all functions keep
@pytest.mark.parametrize("name", SCALAR)
def test_a_number_for_a_number(name):
    assert not isinstance(getattr(A, name)(0.5), np.ndarray)
    assert getattr(A, name)(np.longdouble([0.5])).dtype == float


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FORWARD)
def test_dtype_is_kept_and_inputs_are_not_touched(name, dtype):
    for function, args in both(name, dtype):
        before = [a.copy() for a in args]
        assert {y.dtype for y in outputs(function, args)} == {np.dtype(dtype)}
        for a, b in zip(args, before, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", FORWARD)
def test_integers_and_lists_become_float64(name):
    for function, args in both(name):
        whole = [np.round(a * 3).astype(int) for a in args]
        lists = [a.tolist() for a in whole]
        for y, z in zip(outputs(function, whole), outputs(function, lists), strict=True):
            assert y.dtype == z.dtype == np.float64
            np.testing.assert_array_equal(y, z)


@pytest.mark.parametrize("name", FORWARD)
def test_batch_axes_are_free(name):
    function, (x, *parameters) = getattr(A, name), inputs(name)
    whole = function(x, *parameters)
    for i in np.ndindex(x.shape[:-1]):
        np.testing.assert_allclose(function(x[i], *parameters), whole[i], rtol=1e-12)


@pytest.mark.parametrize("name", SCALAR)
def test_scalars_work(name):
    assert getattr(A, name)(0.5).shape == derivative(name, 0.5).shape == ()
    assert getattr(A, name)(np.float32(0.5)).dtype == derivative(name, np.float32(0.5)).dtype == np.float32


one = np.ones
SHAPE_OF_G = "gradient g must have the shape of the output, got {} and {}"
SHAPE_OF_ALPHA = "alpha must have the shape of the last axes of x, got {} and {}"
BOUNDS = "rrelu needs 0 <= lower <= upper <= 1, got lower={} and upper={}"
BAD = [
    (lambda: A.sigmoid_grad(one(3), one((3, 1))), SHAPE_OF_G.format("(3, 1)", "(3,)")),
    (lambda: A.logsumexp_grad(one((2, 3)), one(3)), SHAPE_OF_G.format("(3,)", "(2,)")),
    (lambda: A.maxout_grad(one(3), one((3, 2, 5)), one((2, 5)), one(5)), SHAPE_OF_G.format("(5,)", "(2,)")),
    (lambda: A.prelu(one((2, 4)), one(3)), SHAPE_OF_ALPHA.format("(3,)", "(2, 4)")),
    (lambda: A.prelu(1.0, one(3)), SHAPE_OF_ALPHA.format("(3,)", "()")),
    (lambda: A.prelu_grad(one(4), one(3), 1), SHAPE_OF_ALPHA.format("(3,)", "(4,)")),
    (lambda: A.rrelu(1, 0.5, 0.25), BOUNDS.format(0.5, 0.25)),
    (lambda: A.rrelu(1, nan, 0.25), BOUNDS.format(nan, 0.25)),
    (lambda: A.rrelu_grad(1, 1, -0.5, 0.25), BOUNDS.format(-0.5, 0.25)),
    (lambda: A.softplus(1, 0), "beta must be greater than 0, got 0"),
    (lambda: A.softplus_grad(1, 1, -2.0), "beta must be greater than 0, got -2.0"),
    (
        lambda: A.maxout(one(3), one((3, 2, 5)), one(5)),
        "b must have the shape of W without its first axis, got (5,) and (3, 2, 5)",
    ),
    *[
        (lambda f=f: f(one((3, 0))), "there must be at least one entry along axis -1, got shape (3, 0)")
        for f in (A.softmax, A.log_softmax, A.logsumexp)
    ],
    (
        lambda: A.swiglu(one(3), one((3, 2)), one((3, 1))),
        "W and V must have the same shape, got (3, 2) and (3, 1)",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


def test_ties_go_to_the_first_piece(proof):
    proof("maxout_grad", "law")
    _, _, db = A.maxout_grad([1.0], [[2.0, 2.0]], [0.0, 0.0], 1.0)
    assert db.tolist() == [1, 0]
