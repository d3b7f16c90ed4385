"""Convolution against its definition, laws, counts by brute force, differences, SciPy and PyTorch."""

import itertools

import numpy as np
import PIL.Image
import pytest
import scipy.ndimage
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
    (N, _, h, w), (M, q, k, l) = x.shape, W.shape
    m, n = C.conv_size(h, k, stride, padding, dilation), C.conv_size(w, l, stride, padding, dilation)
    y = np.zeros((N, M, m, n))
    for e, o, i, j in np.ndindex(y.shape):
        y[e, o, i, j] = b[o]
        for c, u, v in np.ndindex(q, k, l):
            row, column = i * stride + u * dilation - padding, j * stride + v * dilation - padding
            if 0 <= row < h and 0 <= column < w:
                y[e, o, i, j] += W[o, c, u, v] * x[e, o // (M // groups) * q + c, row, column]
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


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_gradient_of_the_image_slides_the_flipped_kernels(padding, proof):
    proof("conv2d_grad", "law")
    x, W = numbers(0, 2, 6, 7), numbers(1, 3, 2, 3, 3)
    g = numbers(2, *C.conv2d(x, W, padding=padding).shape)
    dx = C.conv2d(g, W.swapaxes(0, 1)[..., ::-1, ::-1], padding=2 - padding)
    np.testing.assert_allclose(C.conv2d_grad(x, W, 0, g, padding=padding)[0], dx, rtol=1e-12, atol=1e-13)


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
        C.bilinear_at(x.astype(dtype), [0.5], [1.5]), C.bilinear_at_grad(x.astype(dtype), [0.5], [1.5], 1)[0],
        *(f(x.astype(dtype), 3) for f in (C.nearest, C.bilinear, C.bicubic, C.area, C.resize)),
        *(f(x.astype(dtype), 1, 3) for f in (C.bilinear_grad, C.resize_grad)), C.add(x.astype(dtype), x),
        C.concat(x.astype(dtype), x), *C.concat_grad(x.astype(dtype), x, 1),
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
    dx, dW, db = C.conv2d_grad(x[:0], W, b, g[:0])
    assert dx.shape == (0, 3, 4, 5, 6) and dW.shape == W.shape and not dW.any() and not db.any()


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
    one = C.conv2d(x, C.merge_kernels(W, V), padding=2)  # zeros in between: different, but only at the border
    two = C.conv2d(C.conv2d(x, W, padding=1), V, padding=1)
    np.testing.assert_allclose(two[..., 1:-1, 1:-1], one[..., 1:-1, 1:-1], rtol=1e-10, atol=1e-12)
    assert not np.allclose(two, one)
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


# ---- pooling
@pytest.mark.parametrize("k, stride, padding", [(2, None, 0), (3, 2, 1), ((3, 2), (1, 3), (2, 1)), (1, 2, 0)])
def test_pooling_by_definition(k, stride, padding, proof):
    for name in ("max_pool", "avg_pool", "lp_pool"):
        proof(name, "law")
    x = numbers(0, 2, 3, 7, 8)
    (k1, k2), (s, t), (p, q) = (np.broadcast_to(a, 2) for a in (k, k if stride is None else stride, padding))
    for pool, fill, reduce in ((C.max_pool, -np.inf, np.max), (C.avg_pool, 0, np.mean)):
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (q, q)], constant_values=fill)
        y = pool(x, k, stride, padding)
        assert y.shape[2:] == (C.conv_size(7, k1, s, p), C.conv_size(8, k2, t, q))
        for n, c, i, j in np.ndindex(y.shape):
            window = padded[n, c, i * s : i * s + k1, j * t : j * t + k2]
            np.testing.assert_allclose(y[n, c, i, j], reduce(window), rtol=1e-14)
    y = C.lp_pool(x, k, 3.0, stride)
    for n, c, i, j in np.ndindex(y.shape):
        window = x[n, c, i * s : i * s + k1, j * t : j * t + k2]
        np.testing.assert_allclose(y[n, c, i, j], np.linalg.norm(window.ravel(), 3), rtol=1e-13)


def test_pooling_filters_of_scipy(proof):
    proof("max_pool", "SciPy")
    proof("avg_pool", "SciPy")
    x = numbers(0, 9, 8)
    y = scipy.ndimage.maximum_filter(x, 3, mode="constant", cval=-np.inf)
    np.testing.assert_array_equal(C.max_pool(x[None], 3, 1, 1)[0], y)
    y = scipy.ndimage.uniform_filter(x, 3, mode="constant")
    np.testing.assert_allclose(C.avg_pool(x[None], 3, 1, 1)[0], y, rtol=1e-12, atol=1e-14)


def test_pooling_laws(proof):
    for name in ("max_pool", "avg_pool", "global_avg_pool", "lp_pool"):
        proof(name, "law")
    x = numbers(0, 2, 3, 6, 8)
    np.testing.assert_array_equal(C.max_pool(np.maximum(x, 0), 3, 2), np.maximum(C.max_pool(x, 3, 2), 0))
    mean = C.conv2d(x, np.full((3, 1, 2, 3), 1 / 6), stride=2, groups=3)
    np.testing.assert_allclose(C.avg_pool(x, (2, 3), 2), mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(C.global_avg_pool(x), C.avg_pool(x, (6, 8))[..., 0, 0])
    np.testing.assert_allclose(C.global_avg_pool(C.avg_pool(x, 2)), C.global_avg_pool(x))
    np.testing.assert_allclose(C.lp_pool(x, 2, 1), 4 * C.avg_pool(np.abs(x), 2))
    y, largest = C.lp_pool(x, 2, 7.0), C.max_pool(np.abs(x), 2)
    assert (largest <= y).all() and (y <= 4 ** (1 / 7) * largest * (1 + 1e-12)).all()


def test_pooling_limits_and_extremes(proof):
    proof("lp_pool", "limit")
    proof("lp_pool_grad", "limit")
    x = numbers(0, 3, 6, 8)
    np.testing.assert_array_equal(C.lp_pool(x, 2, np.inf), C.max_pool(np.abs(x), 2))
    np.testing.assert_allclose(C.lp_pool(x, 2, 1e4), C.max_pool(np.abs(x), 2), rtol=1e-3)
    np.testing.assert_allclose(
        C.lp_pool_grad(x, 1, 2, np.inf), C.max_pool_grad(np.abs(x), 1, 2) * np.sign(x), atol=1e-15)
    np.testing.assert_allclose(C.lp_pool(x * 1e200, 2, 3), C.lp_pool(x, 2, 3) * 1e200)
    np.testing.assert_allclose(C.lp_pool(x * 1e-200, 2, 3), C.lp_pool(x, 2, 3) * 1e-200)
    np.testing.assert_allclose(C.lp_pool_grad(x * 1e200, 1, 2, 3), C.lp_pool_grad(x, 1, 2, 3), atol=1e-15)
    for p in (1, 1.5, 2, np.inf):
        zero = np.zeros((1, 2, 2))
        assert (C.lp_pool(zero, 2, p) == 0).all() and (C.lp_pool_grad(zero, 1, 2, p) == 0).all()
        np.testing.assert_array_equal(C.lp_pool([[[np.inf, 1], [1, 1]]], 2, p), [[[np.inf]]])
    np.testing.assert_allclose(C.lp_pool_grad([[[3, 1], [0, -3]]], 1, 2, np.inf), [[[0.5, 0], [0, -0.5]]])
    for p in (1, 1.5, 2, 7, np.inf):  # infinity is the limit of large numbers
        one, two = np.array([[[1, 2, -np.inf]]]), np.array([[[1, np.inf, -np.inf]]])
        for x in (one, two):
            large = np.where(np.isinf(x), np.sign(x) * 1e300, x)
            np.testing.assert_allclose(
                C.lp_pool_grad(x, 2, (1, 3), p), C.lp_pool_grad(large, 2, (1, 3), p), rtol=1e-12, atol=1e-100)
    x = [[[np.nan, 1, np.inf, 0]]]
    np.testing.assert_array_equal(C.lp_pool_grad(x, 1, (1, 2), 2), [[[np.nan, np.nan, 1, 0]]])
    for y in (C.max_pool([[[np.nan, 1]]], (1, 2)), C.lp_pool([[[np.nan, 1]]], (1, 2))):
        assert np.isnan(y).all()


def test_gradient_of_equal_pixels_goes_to_the_first(proof):
    proof("max_pool_grad", "law")
    x = np.zeros((1, 4, 4))
    assert C.max_pool_grad(x, 1, 2)[0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]] * 2
    dx = C.max_pool_grad(x, 1, 3, 1, 1)
    assert dx.sum() == 16 and (dx == first_of_ties(x, 3, 1, 1)).all()


def first_of_ties(x, k, stride, padding):
    """Window by window, the first pixel inside the image."""
    dx = np.zeros_like(x)
    for i, j in np.ndindex(4, 4):
        dx[0, max(i * stride - padding, 0), max(j * stride - padding, 0)] += 1
    return dx


@pytest.mark.parametrize("pool", ["max_pool", "avg_pool"])
def test_pooling_hands_on_the_whole_gradient(pool, proof):
    proof(f"{pool}_grad", "law")
    x, g = numbers(0, 2, 3, 6, 8), numbers(1, 2, 3, 3, 4)
    dx = getattr(C, f"{pool}_grad")(x, g, 2)
    np.testing.assert_allclose(dx.sum((-2, -1)), g.sum((-2, -1)), atol=1e-14)
    assert np.count_nonzero(dx) == np.count_nonzero(g) * (1 if pool == "max_pool" else 4)


@pytest.mark.parametrize("dtype", DTYPES)
def test_pooling_and_dilated_keep_the_dtype(dtype):
    x, W = numbers(0, 2, 4, 6).astype(dtype), numbers(1, 2, 3, 2, 3, 3).astype(dtype)
    results = [
        C.max_pool(x, 2), C.max_pool_grad(x, 1, 2), C.avg_pool(x, 2), C.avg_pool_grad(x, 1, 2),
        C.global_avg_pool(x), C.global_avg_pool_grad(x, 1), C.lp_pool(x, 2), C.lp_pool_grad(x, 1, 2, 3),
        C.dilate(W[0], 2), C.dilate_grad(W[0], 1, 2), C.aspp(x, W, [1, 2]), *C.aspp_grad(x, W, 1, [1, 2]),
    ]  # fmt: skip
    assert {y.dtype for y in results} == {np.dtype(dtype)}
    assert {C.max_pool(np.arange(4).reshape(1, 2, 2), 2).dtype} == {np.dtype(float)}


def test_pooling_batch_axes_are_free():
    x = numbers(0, 2, 3, 4, 5, 6)
    for pool in (C.max_pool, C.avg_pool, C.lp_pool):
        np.testing.assert_array_equal(pool(x, 2)[1, 2], pool(x[1, 2], 2))
        assert pool(x[:0], 2).shape == (0, 3, 4, 2, 3)
        assert pool(x[0, 0, 0], 2).shape == (2, 3)  # no channels, no batch
    np.testing.assert_array_equal(C.global_avg_pool(x)[1, 2], C.global_avg_pool(x[1, 2]))
    for grad in (C.max_pool_grad, C.avg_pool_grad, C.lp_pool_grad):
        np.testing.assert_array_equal(grad(x, 1, 3)[1, 2], grad(x[1, 2], 1, 3))


# ---- receptive_field
STACKS = {  # k, stride, padding, dilation
    "3x3": ([3, 3, 3], 1, 0, 1),
    "strided": ([3, 2, 3, 5], [2, 2, 1, 1], [1, 0, 1, 2], 1),
    "dilated": ([3, 3, 2], [1, 2, 1], [2, 0, 1], [2, 1, 3]),
    "wide stride": ([1, 2, 3], [3, 2, 1], 0, 1),
}


def gradient_of_unit(i, k, stride, padding, dilation, n=61):
    """How a row of n pixels moves unit i of the last layer, all weights 1: paths to each pixel."""
    layers = np.transpose(np.broadcast_arrays(k, stride, padding, dilation)).tolist()
    sizes = [n]
    for layer in layers:
        sizes.append(C.conv_size(sizes[-1], *layer))
    g = np.zeros((1, 1, sizes[-1]))
    g[..., i] = 1
    for (taps, s, p, d), size in zip(layers[::-1], sizes[-2::-1], strict=True):
        options = {"stride": (1, s), "padding": (0, p), "dilation": (1, d)}
        g, _, _ = C.conv2d_grad(np.zeros((1, 1, size)), np.ones((1, 1, 1, taps)), 0, g, **options)
    return g[0, 0]


@pytest.mark.parametrize("name", STACKS)
def test_field_is_where_the_gradient_is(name, proof):
    for function in ("receptive_field", "field_of", "effective_field"):
        proof(function, "law")
    k, s, p, d = STACKS[name]
    a, b = C.field_of(5, k, s, p, d)
    g = gradient_of_unit(5, k, s, p, d)
    w = C.effective_field(k, s, d)
    assert 0 <= a and b < 61 and b - a + 1 == C.receptive_field(k, s, d)[-1] == len(w)
    np.testing.assert_allclose(g[a : b + 1], w * np.prod(k), atol=1e-12)
    assert not g[:a].any() and not g[b + 1 :].any() and (g[[a, b]] > 0).all()


def test_field_of_the_first_layers_does_not_depend_on_later_ones(proof):
    proof("receptive_field", "law")
    k, s, d = [3, 5, 2, 3], [2, 1, 2, 3], [1, 2, 1, 1]
    r = C.receptive_field(k, s, d)
    assert [C.receptive_field(k[:l], s[:l], d[:l])[-1] for l in (1, 2, 3, 4)] == r.tolist()
    assert C.field_of(2, 3, 2) == (4, 6) and C.effective_field(3).tolist() == [1 / 3] * 3  # a single layer
    assert C.receptive_field(3).tolist() == [3] and C.receptive_field([1, 1], 2).tolist() == [1, 1]


def test_effective_field_is_a_distribution_with_known_moments(proof):
    proof("effective_field", "law")
    k, s, d = np.array([3, 4, 2, 3]), np.array([2, 1, 2, 1]), np.array([1, 2, 1, 3])
    w, j = C.effective_field(k, s, d), np.array([1, 2, 2, 4])
    t = np.arange(len(w)) - (len(w) - 1) / 2
    np.testing.assert_allclose(w.sum(), 1)
    np.testing.assert_allclose(w, w[::-1], atol=1e-15)
    np.testing.assert_allclose((w * t**2).sum(), ((d * j) ** 2 * (k**2 - 1) / 12).sum())


def test_effective_field_becomes_a_gaussian(proof):
    proof("effective_field", "limit")
    for L, error in ((10, 3e-2), (100, 3e-3), (1000, 3e-4)):
        w = C.effective_field(np.full(L, 3))
        var, t = L * 2 / 3, np.arange(len(w)) - L
        gauss = np.exp(-(t**2) / 2 / var) / np.sqrt(2 * np.pi * var)
        assert np.abs(w / w.max() - gauss / w.max()).max() < error


# ---- dilated
@pytest.mark.parametrize("d", [1, 2, 3])
def test_dilated_convolution_has_a_kernel_with_zeros(d, proof):
    proof("dilate", "law")
    x, W = numbers(0, 2, 3, 9, 10), numbers(1, 4, 3, 3, 2)
    y = C.conv2d(x, W, dilation=d)
    np.testing.assert_allclose(C.conv2d(x, C.dilate(W, d)), y, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(C.dilate_grad(W, C.dilate(W, d), d), W)


def test_dilated_convolution_works_on_grids_apart():
    x, W = numbers(0, 1, 10, 12), numbers(1, 2, 1, 3, 3)
    y = C.conv2d(x, W, dilation=2)
    for i, j in np.ndindex(2, 2):
        np.testing.assert_allclose(y[:, i::2, j::2], C.conv2d(x[:, i::2, j::2], W), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_coverage_counts_sums_and_has_no_holes_under_a_simple_rule(k, proof):
    """No hole exactly if each rate is at most 1 + (k - 1) times the sum of the smaller ones."""
    proof("coverage", "law")
    for r in itertools.product(range(1, 8), repeat=3):
        sums = {np.dot(r, taps) for taps in itertools.product(range(k), repeat=3)}
        used, spanned = C.coverage(r, k)
        assert used == len(sums) ** 2 and spanned == ((k - 1) * sum(r) + 1) ** 2
        low = np.sort(r)
        assert (used == spanned) == all(low <= 1 + (k - 1) * (np.cumsum(low) - low))


def test_a_large_float16_batch_is_summed_whole(proof):
    """In float16, 2048 + 1 is 2048."""
    proof("conv2d_grad", "limit")
    x, W = np.ones((5000, 2, 1, 1), np.float16), np.zeros((2, 2, 1, 1), np.float16)
    _, dW, db = C.conv2d_grad(x, W, 0, x)
    assert (dW == 5000).all() and (db == 5000).all() and {dW.dtype, db.dtype} == {x.dtype}


def test_coverage_of_a_deep_stack(proof):
    """The shares of paths to the corners, 3^-700, are 0 in floating point; the pixels are reached."""
    proof("coverage", "limit")
    assert C.coverage([1] * 700) == (1401**2, 1401**2)
    assert C.coverage([2] * 700) == (1401**2, 2801**2)


def test_hdc_finds_the_same_stacks_of_three_that_begin_with_rate_one(proof):
    proof("hdc", "law")
    for a, b in itertools.combinations_with_replacement(range(1, 16), 2):
        used, spanned = C.coverage([1, a, b])
        assert (C.hdc([1, a, b])[1] <= 3) == (used == spanned)
    assert C.hdc([2, 2, 2])[1] <= 3 and C.coverage([2, 2, 2]) == (49, 169)  # and only those
    assert C.hdc([5, 2, 1]).tolist() == [7, 3, 1]  # by hand


def test_aspp_is_convolutions_side_by_side(proof):
    proof("aspp", "law")
    x, W = numbers(0, 2, 3, 7, 8), numbers(1, 2, 4, 3, 3, 3)
    y = C.aspp(x, W, [1, 7])
    assert y.shape == (2, 8, 7, 8)
    np.testing.assert_allclose(y[:, :4], C.conv2d(x, W[0], padding=1))
    # a rate as large as the map: the outer taps of a column see only zeros
    np.testing.assert_allclose(y[:, 4:, :, 1:7], C.conv2d(x, W[1, :, :, 1:2, 1:2])[..., 1:7], rtol=1e-12)


# ---- interpolation
IMAGE = numbers(70, 2, 6, 7)
METHODS = {
    "nearest": {}, "bilinear": {}, "bicubic": {}, "area": {}, "resize": {},
    "bilinear corners": {"align_corners": True}, "bicubic corners": {"align_corners": True},
    "nearest corner": {"offset": 0}, "resize triangle": {"kernel": C.triangle, "radius": 1},
}  # fmt: skip
SIZES = [(6, 7), (12, 21), (9, 5), (3, 2), (1, 1)]


def method(name):
    """The function, its gradient, its options."""
    stem = name.split()[0]
    return getattr(C, stem), getattr(C, f"{stem}_grad"), METHODS[name]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", METHODS)
def test_resampling_keeps_constants_and_its_gradient_is_the_transpose(name, size, proof):
    f, f_grad, options = method(name)
    proof(f.__name__, "law")
    proof(f_grad.__name__, "law")
    np.testing.assert_allclose(f(np.full((2, 6, 7), 3.5), size, **options), 3.5, rtol=1e-14)
    y = f(IMAGE, size, **options)
    g = numbers(71, *y.shape)
    np.testing.assert_allclose((y * g).sum(), (IMAGE * f_grad(IMAGE, g, size, **options)).sum(), rtol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_the_same_size_is_the_same_image(name, proof):
    f, f_grad, options = method(name)
    proof(f.__name__, "limit")
    np.testing.assert_allclose(f(IMAGE, (6, 7), **options), IMAGE, rtol=0, atol=1e-15)


@pytest.mark.parametrize("size", SIZES[:4])
@pytest.mark.parametrize("name", sorted(n for n in METHODS if "nearest" not in n))  # which breaks ties
def test_resampling_commutes_with_mirrors(name, size, proof):
    f, f_grad, options = method(name)
    proof(f.__name__, "law")
    y = f(IMAGE, size, **options)[:, ::-1, ::-1]
    np.testing.assert_allclose(f(IMAGE[:, ::-1, ::-1], size, **options), y, rtol=1e-12, atol=1e-13)


def sampled_line(f, n, m, p, **options):
    """The largest error at x^p on one axis, away from the border."""
    t = C.source_position(np.arange(m), n, m, options.get("align_corners", False))
    inside = (t >= 2) & (t <= n - 3)
    y = f(np.arange(n)[None] ** float(p), (1, m), **options)[0]
    return np.abs(y - t**p)[inside].max()


def test_degrees_of_polynomials_that_are_kept(proof):
    for name in ("bilinear", "bicubic", "cubic_kernel", "triangle", "source_position", "bilinear_at"):
        proof(name, "law")
    for corners in (False, True):
        assert sampled_line(C.bilinear, 9, 31, 1, align_corners=corners) < 1e-13
        assert sampled_line(C.bilinear, 9, 31, 2, align_corners=corners) > 0.2
        assert sampled_line(C.bicubic, 9, 31, 2, align_corners=corners, a=-0.5) < 1e-12
        assert sampled_line(C.bicubic, 9, 31, 3, align_corners=corners, a=-0.5) > 0.05
        assert sampled_line(C.bicubic, 9, 31, 1, align_corners=corners) > 0.02  # a = -0.75 bends even lines
    r, s = np.random.default_rng(0).uniform(0, [[5], [6]], (2, 50))
    i, j = np.mgrid[:6, :7]
    saddle = 1 + 2 * i - 3 * j + 4 * i * j
    np.testing.assert_allclose(C.bilinear_at(saddle, r, s), 1 + 2 * r - 3 * s + 4 * r * s, rtol=1e-12)


def test_bilinear_reads_the_image_where_its_pixels_lie(proof):
    proof("bilinear", "law")
    proof("source_position", "law")
    for corners in (False, True):
        i, j = np.mgrid[:9, :4]
        r, s = C.source_position(i, 6, 9, corners), C.source_position(j, 7, 4, corners)
        y = C.bilinear_at(IMAGE, r, s)
        np.testing.assert_allclose(C.bilinear(IMAGE, (9, 4), corners), y, rtol=1e-12, atol=1e-14)


def test_interpolation_against_scipy(proof):
    for name in ("bilinear", "bilinear_at", "nearest", "area"):
        proof(name, "SciPy")
    zoom = {"order": 1, "mode": "nearest", "prefilter": False}
    y = scipy.ndimage.zoom(IMAGE[0], (2, 3), grid_mode=True, **zoom)
    np.testing.assert_allclose(C.bilinear(IMAGE[0], (12, 21)), y, rtol=1e-12, atol=1e-13)
    y = scipy.ndimage.zoom(IMAGE[0], (11 / 6, 13 / 7), grid_mode=False, **zoom)
    np.testing.assert_allclose(C.bilinear(IMAGE[0], (11, 13), align_corners=True), y, rtol=1e-12, atol=1e-13)
    at = np.random.default_rng(0).uniform(-2, 9, (2, 50))
    y = scipy.ndimage.map_coordinates(IMAGE[0], at, order=1, mode="nearest", prefilter=False)
    np.testing.assert_allclose(C.bilinear_at(IMAGE[0], *at), y, rtol=1e-12, atol=1e-13)
    y = scipy.ndimage.zoom(IMAGE[0], 3, order=0, mode="nearest", grid_mode=True)
    np.testing.assert_array_equal(C.nearest(IMAGE[0], (18, 21)), y)
    y = scipy.ndimage.uniform_filter(IMAGE[0][:, :6], (2, 3), origin=(-1, -1), mode="constant")[::2, ::3]
    np.testing.assert_allclose(C.area(IMAGE[0][:, :6], (3, 2)), y, rtol=1e-12)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["LANCZOS", "BICUBIC", "BILINEAR"])
def test_resize_against_pillow(name, size):
    kernel, radius = {
        "LANCZOS": (C.lanczos_kernel, 3), "BILINEAR": (C.triangle, 1),
        "BICUBIC": (lambda t: C.cubic_kernel(t, -0.5), 2),
    }[name]  # fmt: skip
    image = IMAGE[0].astype(np.float32)
    y = PIL.Image.fromarray(image).resize(size[::-1], getattr(PIL.Image.Resampling, name))
    np.testing.assert_allclose(C.resize(image, size, kernel, radius), y, rtol=1e-5, atol=1e-5)


def test_kernels(proof):
    for name in ("cubic_kernel", "lanczos_kernel", "triangle"):
        proof(name, "law")
    t, whole = np.linspace(-4, 4, 801), np.arange(-4, 5)
    for kernel in (C.triangle, C.cubic_kernel, C.lanczos_kernel, lambda t: C.lanczos_kernel(t, 2)):
        np.testing.assert_allclose(kernel(whole), whole == 0, atol=1e-15)  # the pixels themselves are kept
        np.testing.assert_array_equal(kernel(t), kernel(-t))
    u = np.linspace(0, 1, 11)[:, None]
    for a in (-1.0, -0.75, -0.5, 0.0):
        np.testing.assert_allclose(C.cubic_kernel(u - whole, a).sum(1), 1, rtol=1e-13)
        h = 1e-6
        slope = (C.cubic_kernel(1 + h, a) - C.cubic_kernel(1 - h, a)) / (2 * h)
        np.testing.assert_allclose(slope, a, rtol=1e-4, atol=1e-5)
    assert abs(C.lanczos_kernel(0.25 - whole).sum() - 1) > 1e-3  # so weights are divided by their sum


def test_widened_kernels_remove_what_the_small_image_cannot_hold(proof):
    proof("resize", "law")
    stripes = np.cos(0.9 * np.pi * np.arange(64))[None]
    assert np.abs(C.bilinear(stripes, (1, 16))[0, 2:-2]).max() > 0.1
    assert np.abs(C.resize(stripes, (1, 16))[0, 2:-2]).max() < 0.02


def test_a_pixel_that_is_not_finite_spoils_only_its_neighbors():
    x = np.zeros((9, 9))
    x[4, 4] = np.nan
    for f, reach in ((C.nearest, 2), (C.bilinear, 4), (C.bicubic, 8), (C.area, 2)):
        bad = np.isnan(f(x, 18))
        assert bad.any() and bad.any(0).sum() <= reach and bad.any(1).sum() <= reach


def test_an_infinity_in_the_gradient_of_a_resized_image_stays_in_its_channel():
    g = np.ones((2, 18, 18))
    g[0, 4, 4] = np.inf
    for f_grad in (C.nearest_grad, C.bilinear_grad, C.bicubic_grad, C.area_grad):
        with np.errstate(invalid="ignore"):
            dx = f_grad(np.zeros((2, 9, 9)), g, 18)
        assert not np.isfinite(dx[0]).any() and np.isfinite(dx[1]).all()


# ---- add_concat
def test_adding_is_concatenating_with_tied_weights(proof):
    for name in ("add", "concat", "fuse"):
        proof(name, "law")
    x, y, W, b = numbers(0, 2, 3, 5, 6), numbers(1, 2, 3, 5, 6), numbers(2, 4, 3, 3, 3), numbers(3, 4)
    tied = C.conv2d(C.concat(x, y), np.concatenate([W, W], 1), b)
    np.testing.assert_allclose(C.conv2d(C.add(x, y), W, b), tied, rtol=1e-12, atol=1e-13)
    V = numbers(4, 4, 3, 3, 3)
    together = C.conv2d(C.concat(x, y), np.concatenate([W, V], 1))
    np.testing.assert_allclose(together, C.conv2d(x, W) + C.conv2d(y, V), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(C.fuse(x, y, np.hstack([np.eye(3), np.eye(3)])), C.add(x, y), rtol=1e-15)
    np.testing.assert_array_equal(C.fuse(x, y, np.eye(6)), C.concat(x, y))


def test_gradients_of_fusion_are_their_own():
    x = y = numbers(0, 2, 3, 3)
    dx, dy = C.add_grad(x, y, 1.0)
    dx += 1
    assert (dy == 1).all()
    dx, dy = C.concat_grad(x, y, 1.0)
    dx += 1
    assert (dy == 1).all()


def test_counts_of_fusion(proof):
    proof("fusion_parameters", "law")
    proof("dense_parameters", "law")
    x = y = np.zeros((4, 2, 2))
    sizes = [np.zeros((6, len(z), 3, 3)).size for z in (C.add(x, y), C.concat(x, y))]
    assert C.fusion_parameters(4, 6, 3) == tuple(sizes)
    maps, count = 5, 0
    for _ in range(4):
        count += C.conv_parameters(maps, 3, 3, bias=False)
        maps += 3
    assert C.dense_parameters(4, 5, 3) == count


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
    (lambda: C.max_pool(np.ones((1, 5, 5)), 2, padding=2), "padding 2 leaves windows of 2 without a pixel"),
    (lambda: C.avg_pool(np.ones((1, 2, 5)), 3), "a kernel that spans 3 does not fit in 2"),
    (lambda: C.lp_pool(np.ones((1, 4, 4)), 2, 0.5), "p must be at least 1, got 0.5"),
    (lambda: C.lp_pool(np.ones((1, 4, 4)), 2, np.nan), "p must be at least 1, got nan"),
    (lambda: C.max_pool_grad(np.ones((1, 4, 4)), np.ones((1, 4, 4)), 2),
     "gradient g must have the shape of the output, got (1, 4, 4) and (1, 2, 2)"),
    (lambda: C.global_avg_pool_grad(np.ones((3, 4, 4)), np.ones((1, 3))),
     "gradient g must have the shape of the output, got (1, 3) and (3,)"),
    (lambda: C.aspp(np.ones((1, 4, 4)), np.ones((2, 1, 1, 3, 3)), [1]),
     "2 kernels do not go with 1 rates"),
    (lambda: C.aspp(np.ones((1, 4, 4)), np.ones((2, 1, 1, 3, 4)), [1, 2]),
     "a kernel that keeps the size must be odd along every axis, got (3, 4)"),
    (lambda: C.aspp_grad(np.ones((1, 4, 4)), np.ones((2, 1, 1, 2, 2)), 1, [1, 2]),
     "a kernel that keeps the size must be odd along every axis, got (2, 2)"),
    (lambda: C.bilinear(np.ones((1, 4, 5)), (0, 3)), "cannot resize 4 x 5 pixels to 0 x 3"),
    (lambda: C.area(np.ones((1, 0, 5)), 2), "cannot resize 0 x 5 pixels to 2 x 2"),
    (lambda: C.resize(np.ones((4, 5)), (2.5, 3)), "cannot resize 4 x 5 pixels to 2.5 x 3.0"),
    (lambda: C.nearest_grad(np.ones((1, 4, 5)), np.ones((1, 4, 5)), 2),
     "gradient g must have the shape of the output, got (1, 4, 5) and (1, 2, 2)"),
    (lambda: C.add(np.ones((4, 2, 2)), np.ones((1, 2, 2))),
     "images to add must have one shape, got (4, 2, 2) and (1, 2, 2)"),
])  # fmt: skip
def test_bad_input_says_what_is_wrong(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
