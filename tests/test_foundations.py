"""The foundations against laws, limits, differences, SciPy and PyTorch."""

import numpy as np
import pytest
import scipy.optimize
from oracles import autograd
from oracles import pytorch_foundations as pytorch
from oracles.autograd import numbers

from snippets import activations as A
from snippets import foundations as F
from snippets import losses as L

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
    np.testing.assert_array_equal(F.clip_by_value([-np.inf, np.inf, np.nan], 2), [-2, 2, np.nan])


def test_numerical_gradient_against_scipy(proof):
    proof("numerical_gradient", "SciPy")
    for f in (scipy.optimize.rosen, lambda x: np.sin(x).prod()):
        x = numbers(3, 5)
        theirs = scipy.optimize.approx_fprime(x, f, 1e-7)
        np.testing.assert_allclose(F.numerical_gradient(x, f), theirs, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(F.numerical_gradient(x, scipy.optimize.rosen), scipy.optimize.rosen_der(x), rtol=1e-8)


def test_differences_are_exact_for_squares_and_off_by_h_squared_for_cubes(proof):
    proof("numerical_gradient", "law")
    x, h = numbers(4, 2, 3), 2.0**-6
    np.testing.assert_allclose(F.numerical_gradient(x, lambda x: (x**2).sum(), h), 2 * x, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(F.numerical_gradient(x, lambda x: (x**3).sum(), h), 3 * x**2 + h**2, rtol=1e-11)


def test_relative_error(proof):
    proof("relative_error", "law")
    a, b = numbers(5, 3, 4), numbers(6, 3, 4)
    r = F.relative_error(a, b)
    assert 0 < r <= 2 and F.relative_error(b, a) == r and F.relative_error(-7 * a, -7 * b) == pytest.approx(r)
    assert r == pytest.approx(np.sqrt(((a - b) ** 2).sum()) / max(np.sqrt((a**2).sum()), np.sqrt((b**2).sum())))
    assert F.relative_error(a, a) == 0 and F.relative_error(a, -a) == 2 and F.relative_error([0], [0]) == 0
    assert np.isnan(F.relative_error([np.nan], [1])) and np.isnan(F.relative_error([1], [np.nan]))


RIGHT = {"softmax": (3, 4), "log_softmax": (5,), "tanh": (2, 3), "gelu": (7,)}


@pytest.mark.parametrize("name", RIGHT)
def test_gradient_check_passes_what_is_right_and_only_that(name, proof):
    proof("gradient_check", "law")
    x, f, f_grad = numbers(7, *RIGHT[name]), getattr(A, name), getattr(A, f"{name}_grad")
    assert F.gradient_check(x, f, f_grad) < 1e-8
    for wrong in (lambda x, g: -f_grad(x, g), lambda x, g: 1.01 * f_grad(x, g), lambda x, g: f_grad(x, g)[::-1]):
        assert F.gradient_check(x, f, wrong) > 1e-3


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
        theirs = torch.autograd.gradcheck(Tanh.apply, torch.tensor(x, requires_grad=True), raise_exception=False)
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
    for one, all_ in zip(F.linear_grad(x, W, b, 3), F.linear_grad(x, W, b, np.full((2, 5, 4), 3)), strict=True):
        np.testing.assert_array_equal(one, all_)


BAD_LAYERS = [
    (lambda: F.linear(np.ones((5, 3)), np.ones((3, 4)), np.ones((5, 1))),
     "bias b must have the shape (4,), as the weights (3, 4), got (5, 1)"),
    (lambda: F.linear_grad(np.ones((5, 3)), np.ones((3, 4)), np.ones(4), np.ones(4)),
     "gradient g must have the shape of the output, got (4,) and (5, 4)"),
    (lambda: F.two_layer(np.ones((5, 3)), np.ones(4) / 4, np.ones((3, 2)), np.ones(2), np.ones((2, 4)), np.ones(4)),
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
