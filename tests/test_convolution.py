"""Convolution against its definition, laws, counts by brute force, differences, SciPy and PyTorch."""

import numpy as np
import pytest
import scipy.signal
from oracles import autograd, pytorch_convolution as pytorch

from snippets import convolution as C

RECORDED = autograd.recorded("convolution")
DTYPES = [np.float16, np.float32, np.float64]
numbers = autograd.numbers


# ---- PyTorch and differences
@pytest.mark.parametrize("name", [n for n, case in pytorch.CASES.items() if case.which])
def test_gradient(name, proof):
    proof(f"{name.split()[0]}_grad", "gradient")
    autograd.by_differences(C, name, pytorch.CASES[name])


def prove(name, proof):
    proof(name.split()[0], "PyTorch")
    if pytorch.CASES[name].which:
        proof(f"{name.split()[0]}_grad", "PyTorch")


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_as_recorded(name, proof):
    prove(name, proof)
    autograd.compare(C, name, pytorch.CASES[name], RECORDED[name])


@pytest.mark.parametrize("name", sorted(pytorch.CASES))
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    prove(name, proof)
    autograd.compare(C, name, pytorch.CASES[name], autograd.theirs(pytorch.CASES[name]))


# ---- conv2d
def by_definition(x, W, b, stride, padding, dilation, groups):
    """Seven loops; pixels outside the image are 0."""
    (N, c_in, h, w), (M, q, k, l) = x.shape, W.shape
    m, n = C.conv_size(h, k, stride, padding, dilation), C.conv_size(w, l, stride, padding, dilation)
    y = np.zeros((N, M, m, n))
    for N_, o, i, j in np.ndindex(y.shape):
        y[N_, o, i, j] = b[o]
        for c, u, v in np.ndindex(q, k, l):
            row, column = i * stride + u * dilation - padding, j * stride + v * dilation - padding
            if 0 <= row < h and 0 <= column < w:
                y[N_, o, i, j] += W[o, c, u, v] * x[N_, o // (M // groups) * q + c, row, column]
    return y


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding, dilation, groups", [(0, 1, 1), (1, 1, 2), (2, 2, 1), (3, 2, 2)])
def test_conv2d_by_definition(stride, padding, dilation, groups, proof):
    proof("conv2d", "law")
    x, W, b = numbers(0, 2, 4, 6, 7), numbers(1, 6, 4 // groups, 3, 2), numbers(2, 6)
    y = by_definition(x, W, b, stride, padding, dilation, groups)
    got = C.conv2d(x, W, b, stride, padding, dilation, groups)
    np.testing.assert_allclose(got, y, rtol=1e-12, atol=1e-13)
    if groups == 1:
        proof("conv2d_direct", "law")
        got = C.conv2d_direct(x, W, b, stride, padding, dilation)
        np.testing.assert_allclose(got, y, rtol=1e-12, atol=1e-13)


def test_conv2d_is_a_correlation_and_flipped_a_convolution(proof):
    proof("conv2d", "SciPy")
    proof("conv2d_direct", "SciPy")
    x, W = numbers(0, 6, 7), numbers(1, 3, 2)
    for f in (C.conv2d, C.conv2d_direct):
        y = f(x[None], W[None, None])[0]
        np.testing.assert_allclose(y, scipy.signal.correlate2d(x, W, "valid"), rtol=1e-12, atol=1e-13)
        y = f(x[None], W[None, None, ::-1, ::-1], padding=(2, 1))[0]
        np.testing.assert_allclose(y, scipy.signal.convolve2d(x, W), rtol=1e-12, atol=1e-13)


def test_conv2d_commutes_with_shifts_away_from_the_border(proof):
    proof("conv2d", "law")
    x, W = np.zeros((1, 12, 12)), numbers(1, 1, 1, 3, 3)
    x[:, 4:7, 3:6] = numbers(0, 3, 3)
    shifted = np.roll(x, (2, 4), (1, 2))
    y = C.conv2d(x, W, padding=1)
    np.testing.assert_allclose(C.conv2d(shifted, W, padding=1), np.roll(y, (2, 4), (1, 2)))
    y = C.conv2d(x, W, stride=2, padding=1)  # with a stride only for its multiples
    np.testing.assert_allclose(C.conv2d(shifted, W, stride=2, padding=1), np.roll(y, (1, 2), (1, 2)))
    assert not np.allclose(C.conv2d(np.roll(x, 1, 2), W, stride=2, padding=1), np.roll(y, 1, 2))


def test_gradient_of_the_image_is_the_adjoint(proof):
    """<conv(x), g> = <x, conv'(g)>, exactly for integers."""
    proof("conv2d_grad", "law")
    proof("im2col_grad", "law")
    rng = np.random.default_rng(0)
    x, W = rng.integers(-4, 5, (2, 4, 8, 9)), rng.integers(-4, 5, (6, 2, 3, 3))
    y = C.conv2d(x, W, 0, 2, 1, 2, 2)
    g = rng.integers(-4, 5, y.shape)
    dx, dW, db = C.conv2d_grad(x, W, 0, g, 2, 1, 2, 2)
    assert (y * g).sum() == (x * dx).sum() == (W * dW).sum() and (db == g.sum((0, 2, 3))).all()
    X = C.im2col(x, 3, 2, 2)
    g = rng.integers(-4, 5, X.shape)
    assert (X * g).sum() == (x * C.im2col_grad(x, g, 3, 2, 2)).sum()


def test_im2col_turns_convolution_into_one_product(proof):
    proof("im2col", "law")
    x, W = numbers(0, 2, 3, 6, 7), numbers(1, 5, 3, 3, 3)
    y = W.reshape(5, -1) @ C.im2col(x, 3)
    np.testing.assert_allclose(y.reshape(2, 5, 4, 5), C.conv2d(x, W), rtol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_that_of_the_image(dtype):
    x, W, b, D = (numbers(i, *s) for i, s in enumerate([(2, 4, 4), (3, 2, 2, 2), (3,), (2, 2, 2)]))
    P = numbers(5, 3, 2)
    results = [
        C.conv2d(x.astype(dtype), W, b), C.conv2d(x.astype(dtype), W), C.conv2d_direct(x.astype(dtype), W),
        *C.conv2d_grad(x.astype(dtype), W, b, 1), C.im2col(x.astype(dtype), 2),
        C.im2col_grad(x.astype(dtype), 1, 2), C.pointwise(x.astype(dtype), P, b),
        *C.pointwise_grad(x.astype(dtype), P, b, 1), C.depthwise_separable(x.astype(dtype), D, P),
        *C.depthwise_separable_grad(x.astype(dtype), D, P, 1), C.channel_shuffle(x.astype(dtype), 2),
    ]  # fmt: skip
    assert {y.dtype for y in results} == {np.dtype(dtype)}


def test_batch_axes_are_free():
    x, W, b = numbers(0, 2, 3, 4, 5, 6), numbers(1, 4, 4, 3, 3), numbers(2, 4)
    y, g = C.conv2d(x, W, b), numbers(3, 2, 3, 4, 3, 4)
    np.testing.assert_allclose(C.conv2d(x[1, 2], W, b), y[1, 2])
    dx, dW, db = C.conv2d_grad(x, W, b, g)
    parts = [C.conv2d_grad(x[i], W, b, g[i]) for i in np.ndindex(2, 3)]
    np.testing.assert_allclose(dx.reshape(6, 4, 5, 6), [p[0] for p in parts])
    np.testing.assert_allclose(dW, sum(p[1] for p in parts))
    np.testing.assert_allclose(db, sum(p[2] for p in parts))
    assert C.conv2d(x[:0], W, b).shape == (0, 3, 4, 3, 4)


def test_inputs_are_left_alone():
    x, W = numbers(0, 2, 4, 4), numbers(1, 3, 2, 2, 2)
    before = x.copy(), W.copy()
    C.conv2d_grad(x, W, 0, 1, padding=1), C.conv2d(x, W), C.im2col_grad(x, 1, 2)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(W, before[1])


# ---- counts
def test_conv_size_counts_places(proof):
    proof("conv_size", "law")
    for n, k, s, p, d in np.ndindex(9, 4, 3, 3, 3):
        n, k, s, d = n + 1, k + 1, s + 1, d + 1
        places = [i for i in range(0, n + 2 * p, s) if i + d * (k - 1) < n + 2 * p]
        if places:
            assert C.conv_size(n, k, s, p, d) == len(places)
    assert (C.conv_size(np.array([32, 224]), 7, 2, 3) == [16, 112]).all()


def test_counts_are_those_of_the_arrays(proof):
    for name in ("conv_parameters", "conv_macs", "separable_parameters", "stack_parameters", "weight_counts"):
        proof(name, "law")
    W, b = np.zeros((6, 2, 3, 3)), np.zeros(6)
    assert C.conv_parameters(4, 6, 3, groups=2) == W.size + b.size
    assert C.conv_parameters(4, 6, 3, groups=2, bias=False) == W.size
    assert C.conv_macs(4, 6, 3, 5, 7, groups=2) == W.size * 5 * 7
    assert C.separable_parameters(4, 6, 3) == np.zeros((4, 3, 3)).size + np.zeros((6, 4)).size
    assert C.stack_parameters(3, 4) == 3 * np.zeros((4, 4, 3, 3)).size
    shapes = (5, 4, 6, 2, 4, 6), (5, 4, 6, 2, 3, 3), (5, 2, 3, 3)
    assert C.weight_counts(2, 5, 3, 4, 6) == tuple(np.zeros(shape).size for shape in shapes)


def test_stack_field_is_what_an_impulse_reaches(proof):
    proof("stack_field", "law")
    for L, k in ((1, 3), (2, 3), (3, 3), (2, 5), (4, 2)):
        y = np.pad(np.ones((1, 1, 1)), [(0, 0), (20, 20), (20, 20)])
        for _ in range(L):
            y = C.conv2d(y, np.ones((1, 1, k, k)))
        assert y.any((0, 1)).sum() == C.stack_field(L, k)


def test_bottleneck_counts_its_three_layers(proof):
    proof("bottleneck_parameters", "law")
    layers = [(256, 64, 1), (64, 64, 3), (64, 256, 1)]
    assert C.bottleneck_parameters(256) == sum(C.conv_parameters(*a, bias=False) for a in layers)


# ---- small_kernels, pointwise, depthwise_separable
def test_merged_kernel_does_what_two_do(proof):
    proof("merge_kernels", "law")
    proof("merge_kernels", "SciPy")
    x, W, V = numbers(0, 2, 3, 8, 9), numbers(1, 4, 3, 3, 2), numbers(2, 5, 4, 2, 3)
    one = C.conv2d(x, C.merge_kernels(W, V))
    np.testing.assert_allclose(C.conv2d(C.conv2d(x, W), V), one, rtol=1e-10, atol=1e-12)
    for o, c in np.ndindex(5, 3):
        U = sum(scipy.signal.convolve2d(W[m, c], V[o, m]) for m in range(4))
        np.testing.assert_allclose(C.merge_kernels(W, V)[o, c], U, rtol=1e-12, atol=1e-13)


def test_pointwise_is_a_matrix_at_each_pixel(proof):
    proof("pointwise", "law")
    x, W, b = numbers(0, 2, 3, 4, 5), numbers(1, 6, 3), numbers(2, 6)
    y = (np.moveaxis(x, 1, -1) @ W.T + b).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(C.pointwise(x, W, b), y, rtol=1e-12)


def test_depthwise_separable_is_a_convolution_of_rank_one_kernels(proof):
    proof("depthwise_separable", "law")
    x, D, W = numbers(0, 2, 3, 6, 7), numbers(1, 3, 3, 3), numbers(2, 4, 3)
    y = C.conv2d(x, W[:, :, None, None] * D, 0, 2, 1)
    np.testing.assert_allclose(C.depthwise_separable(x, D, W, 2, 1), y, rtol=1e-12, atol=1e-13)


def test_channel_shuffle_is_undone_by_its_gradient(proof):
    proof("channel_shuffle", "law")
    proof("channel_shuffle_grad", "law")
    x = numbers(0, 2, 12, 2, 3)
    y = C.channel_shuffle(x, 3)
    np.testing.assert_array_equal(C.channel_shuffle_grad(x, y, 3), x)
    group = np.arange(12) // 4  # after the shuffle each new group has channels of every old one
    dealt = C.channel_shuffle(group[:, None, None], 3).reshape(3, 4)
    assert all(set(row) == {0, 1, 2} for row in dealt)


# ---- bad input
@pytest.mark.parametrize("call, message", [
    (lambda: C.conv_size(4, 3, dilation=2), "a kernel that spans 5 does not fit in 4"),
    (lambda: C.conv2d(np.ones((1, 2, 5)), np.ones((1, 1, 3, 3))), "a kernel that spans 3 does not fit in 2"),
    (lambda: C.conv2d(np.ones((3, 5, 5)), np.ones((4, 2, 3, 3))),
     "weights W (4, 2, 3, 3) in 1 groups do not fit an image x (3, 5, 5)"),
    (lambda: C.conv2d(np.ones((4, 5, 5)), np.ones((3, 2, 3, 3)), groups=2),
     "weights W (3, 2, 3, 3) in 2 groups do not fit an image x (4, 5, 5)"),
    (lambda: C.conv2d(np.ones((1, 5, 5)), np.ones((2, 1, 3, 3)), np.ones(3)),
     "bias b must have one number for each of the 2 maps, got shape (3,)"),
    (lambda: C.conv2d_grad(np.ones((1, 5, 5)), np.ones((2, 1, 3, 3)), 0, np.ones((2, 5, 5))),
     "gradient g must have the shape of the output, got (2, 5, 5) and (2, 3, 3)"),
    (lambda: C.conv_parameters(3, 4, 3, groups=2), "2 groups do not divide 3 input and 4 output channels"),
    (lambda: C.bottleneck_parameters(30), "30 channels cannot be divided by 4"),
    (lambda: C.channel_shuffle(np.ones((3, 2, 2)), 2), "2 groups do not divide 3 channels"),
])  # fmt: skip
def test_bad_input_says_what_is_wrong(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
