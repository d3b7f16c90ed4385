"""Blocks of networks against laws, limits, differences and PyTorch; counts against published ones."""

import math

import numpy as np
import pytest
from oracles import autograd
from oracles import pytorch_architectures as pytorch

from snippets import architectures as a
from snippets.activations import relu
from snippets.convolution import conv2d
from snippets.plots import architectures as plots

RECORDED = autograd.recorded("architectures")


# ---- all: gradients by differences, PyTorch recorded and live
@pytest.mark.parametrize("name", [n for n, case in pytorch.CASES.items() if case.which])
def test_gradients_by_differences(name, proof):
    proof(f"{name.split()[0]}_grad", "gradient")
    autograd.by_differences(a, name, pytorch.CASES[name])


def proofs(name, proof):
    proof(name.split()[0], "PyTorch")
    if pytorch.CASES[name].which:
        proof(f"{name.split()[0]}_grad", "PyTorch")


@pytest.mark.parametrize("name", pytorch.CASES)
def test_pytorch_recorded(name, proof):
    proofs(name, proof)
    autograd.compare(a, name, pytorch.CASES[name], RECORDED[name])


@pytest.mark.parametrize("name", pytorch.CASES)
def test_pytorch_live(name, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    proofs(name, proof)
    autograd.compare(a, name, pytorch.CASES[name], autograd.theirs(pytorch.CASES[name]))


# ---- index
# Network -> image, parameters, multiply-adds in millions, depth, as published:
# LeCun et al. (1998) with all of C3 connected; Caffe's model zoo; torchvision's table of models.
PUBLISHED = [
    ("LENET5", (1, 32), 61_706, 0.4, 5),
    ("ALEXNET", (3, 227), 60_965_224, 724, 8),
    ("ALEXNET_ONE", (3, 224), 61_100_840, 714, 8),
    ("VGG11", (3, 224), 132_863_336, 7_609, 11),
    ("VGG13", (3, 224), 133_047_848, 11_308, 13),
    ("VGG16", (3, 224), 138_357_544, 15_470, 16),
    ("VGG19", (3, 224), 143_667_240, 19_632, 19),
    ("NIN", (3, 32), 966_986, 222, 9),
    ("NIN_IMAGENET", (3, 224), 7_595_176, 1_100, 12),
    ("GOOGLENET", (3, 224), 6_998_552, 1_583, 22),
    ("GOOGLENET_TORCHVISION", (3, 224), 6_624_904, 1_498, 22),
]


@pytest.mark.parametrize("name, image, parameters, millions, depth", PUBLISHED)
def test_totals_are_the_published_ones(name, image, parameters, millions, depth, proof):
    proof("totals", "law")
    P, A = a.totals(getattr(a, name), *image)
    assert P == parameters and abs(A / 1e6 - millions) < 0.51
    assert a.trace(getattr(a, name), *image)[4][-1] == depth


@pytest.mark.parametrize("name, n", [("NIN", 32), ("NIN_IMAGENET", 224), ("GOOGLENET", 224)])
def test_poolings_round_up_as_in_caffe(name, n, proof):
    proof("trace", "law")
    net = getattr(a, name)
    for layer, m in zip(net, a.trace(net, 3, n)[1], strict=True):
        if layer[0] == "pool":
            assert m == math.ceil((n - layer[1]) / layer[2]) + 1
        n = m


@pytest.mark.parametrize("net, layer, field", [("ALEXNET", 7, 195), ("VGG16", 17, 212)])
def test_trace_gives_the_published_receptive_fields(net, layer, field, proof):
    """Araujo, Norris & Sim (2019): up to the last pooling."""
    proof("trace", "law")
    assert a.trace(getattr(a, net))[5][layer] == field


def run(net, x, shapes):
    """A network of ones in PyTorch's layout, layer by layer; collects the shapes of all weights."""
    for kind, *numbers in net:
        if kind == "conv":
            M, k, s, p, G, e = (*numbers, *(1, 0, 1, 1)[len(numbers) - 2 :])
            shapes += [(M, x.shape[0] // G, k, k), (e * M,)]
            x = conv2d(x, np.ones(shapes[-2]), 0, s, p, 1, G)
        elif kind == "dense":
            shapes += [(numbers[0], x.size), (numbers[0],)]
            x = np.full((numbers[0], 1, 1), x.sum())
        elif kind == "pool":
            k, s, p = (*numbers, 0)[:3]
            ones = np.ones((len(x), 1, k, k))
            x = conv2d(x, ones, 0, s, p, 1, len(x))
        elif kind == "mean":
            x = x.mean((1, 2), keepdims=True)
        else:
            ends = [run(branch, x, shapes) for branch in numbers]
            x = np.concatenate(ends) if kind == "concat" else sum(ends)
    return x


SMALL = (
    ("conv", 4, 3, 1, 1), ("conv", 6, 3, 2, 0, 2),
    ("concat", (("conv", 3, 1),), (("conv", 2, 1), ("conv", 5, 3, 1, 1, 1, 2)), (("pool", 3, 1, 1),)),
    ("add", (("conv", 7, 3, 2, 1), ("conv", 9, 1)), (("conv", 9, 1, 2, 0, 1, 0),)),
    ("add", (("conv", 9, 3, 1, 1),), ()),
    ("mean",), ("dense", 5),
)  # fmt: skip


def test_trace_tells_what_running_shows(proof):
    """Shapes and weights of a network that is run, and its field: where the output depends on the image."""
    proof("trace", "law")
    shapes = []
    y = run(SMALL, np.ones((2, 19, 19)), shapes)
    C, n, P, A, L, r, j = a.trace(SMALL, 2, 19)
    assert y.shape == (C[-1], n[-1], n[-1]) and P.sum() == sum(map(np.prod, shapes))
    assert L.tolist() == [1, 2, 4, 6, 7, 7, 8] and j.tolist() == [1, 2, 2, 4, 4, 4, 4]
    for layers in range(1, 5):
        touched = np.zeros((2, 39, 39))
        C, n, *_, r, j = a.trace(SMALL[:layers], 2, 39)
        for row in range(39):
            x = np.zeros((2, 39, 39))
            x[:, row] = 1
            touched[:, row] = run(SMALL[:layers], x, [])[:, n[-1] // 2, n[-1] // 2].any()
        assert touched[0].any(1).sum() == r[-1]


def test_totals_count_every_multiplication(proof):
    proof("totals", "law")
    net = (("conv", 4, 3, 2, 1, 2), ("add", (("conv", 4, 1),), ()), ("dense", 3))
    maps = 4 * 5 * 5
    assert a.totals(net, 2, 9) == (4 * 9 + 4 + 4 * 4 + 4 + maps * 3 + 3, maps * 9 + maps * 4 + maps * 3)


def test_branches_must_fit():
    with pytest.raises(ValueError, match="branches must end in maps of one size, got 4, 6"):
        a.trace((("concat", (("conv", 1, 3),), ()),), 1, 6)
    with pytest.raises(ValueError, match="branches that are added must have equal channels, got 2, 1"):
        a.trace((("add", (("conv", 2, 1),), ()),), 1, 6)
    with pytest.raises(ValueError, match="a kernel that spans 11 does not fit in 8"):
        a.trace(a.ALEXNET, 3, 8)


# ---- alexnet_vgg
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_local_response_norm_keeps_the_dtype_and_batches(dtype):
    x = autograd.numbers(0, 2, 5, 3, 3).astype(dtype)
    y, dx = a.local_response_norm(x), a.local_response_norm_grad(x, 1)
    assert y.dtype == dx.dtype == dtype and y.shape == dx.shape == x.shape
    np.testing.assert_array_equal(y[1], a.local_response_norm(x[1]))


def test_local_response_norm_limits(proof):
    """No energy: a constant factor. Much energy in one channel: the others vanish, that one is squeezed."""
    proof("local_response_norm", "limit")
    x = np.zeros((5, 1, 1))
    x[2] = 1e-8
    np.testing.assert_allclose(a.local_response_norm(x), x / 2**0.75)
    x = np.array([1.0, 1.0, 1e6, 1.0, 1.0]).reshape(5, 1, 1)
    y = a.local_response_norm(x, alpha=1, beta=0.5).ravel()
    np.testing.assert_allclose(y, [1e-6, 1e-6, 1, 1e-6, 1e-6], rtol=1e-9)
    with pytest.raises(ValueError, match="the number of neighboring channels n must be odd, got 4"):
        a.local_response_norm(x, n=4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_local_response_norm_of_numbers_whose_squares_overflow(dtype, proof):
    proof("local_response_norm", "limit")
    proof("local_response_norm_grad", "limit")
    signs, digits = np.array([1, -1, 1, 0.5, 1]).reshape(5, 1, 1), np.finfo(dtype)
    for size in (300, digits.max):
        x = (size * signs).astype(dtype)
        with np.errstate(over="raise", invalid="raise"):
            y, dx = a.local_response_norm(x), a.local_response_norm_grad(x, 2)
        exact, close = x.astype(float), {"rtol": digits.eps, "atol": digits.smallest_subnormal}
        np.testing.assert_allclose(y, a.local_response_norm(exact), **close)
        np.testing.assert_allclose(dx, a.local_response_norm_grad(exact, 2), **close)
    assert y.all()


def test_half_batches_give_the_gradient_of_the_batch(proof):
    """Data parallelism: the mean of the gradients of equal shares is the gradient of the mean loss."""
    proof("local_response_norm_grad", "law")
    x = autograd.numbers(0, 4, 5, 3, 3)
    whole = a.local_response_norm_grad(x, 1.0 / 4)
    halves = [a.local_response_norm_grad(half, 1.0 / 2) / 2 for half in (x[:2], x[2:])]
    np.testing.assert_allclose(np.concatenate(halves), whole)


# ---- nin
def test_mlpconv_is_a_perceptron_at_each_place(proof):
    proof("mlpconv", "law")
    case = pytorch.CASES["mlpconv"]
    x, W1, b1, W2, b2, W3, b3 = case.inputs.values()
    y = a.mlpconv(*case.inputs.values())
    for i, j in np.ndindex(3, 2):
        u = relu(W1.reshape(4, -1) @ x[1, :, i : i + 3, j : j + 3].ravel() + b1)
        np.testing.assert_allclose(y[1, :, i, j], relu(W3 @ relu(W2 @ u + b2) + b3), atol=1e-13)


def test_average_head_is_the_mean_of_the_class_maps(proof):
    """Average, then classify, or classify each pixel, then average: the same."""
    proof("average_head", "law")
    x, W, b = pytorch.CASES["average_head"].inputs.values()
    np.testing.assert_allclose(a.average_head(x, W, b), a.pointwise(x, W, b).mean((-2, -1)))
    np.testing.assert_allclose(a.average_head(np.tile(x, 2), W, b), a.average_head(x, W, b))
    dx, dW, db = a.average_head_grad(x, W, b, np.ones((2, 4)))
    np.testing.assert_allclose(dx, a.pointwise_grad(x, W, b, np.full((2, 4, 4, 5), 1 / 20))[0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["mlpconv", "average_head", "inception"])
def test_blocks_of_nin_and_googlenet_keep_the_dtype(name, dtype):
    x, *weights = pytorch.CASES[name].inputs.values()
    y = getattr(a, name)(x.astype(dtype), *weights)
    grads = getattr(a, f"{name}_grad")(x.astype(dtype), *weights, np.ones(y.shape))
    assert {y.dtype, *(d.dtype for d in grads)} == {np.dtype(dtype)}
    for given, grad in zip((x, *weights), grads, strict=True):
        assert grad.shape == given.shape
    one = getattr(a, name)(x[1].astype(dtype), *weights)
    np.testing.assert_allclose(one, y[1], rtol=1e-2 if dtype == np.float16 else 1e-5)


# ---- googlenet
# Table 1 of Szegedy et al. (2015): "params" in units of 1024 weights, "ops" in millions of multiply-adds.
TABLE = {5: (159, 128), 6: (380, 304), 8: (364, 73), 9: (437, 88), 12: (840, 170), 15: (1388, 71)}
TABLE |= {17: (1000, 1)}


@pytest.mark.parametrize("layer", TABLE)
def test_googlenet_is_the_table_of_the_paper(layer, proof):
    proof("trace", "law")
    _, _, P, A, *_ = a.trace(a.GOOGLENET)
    params, ops = TABLE[layer]
    assert abs(P[layer] / 1024 - params) / params < 0.017 and abs(A[layer] / 1e6 - ops) < 1.1


def test_inception_weights_are_those_of_the_table(proof):
    proof("inception_weights", "law")
    for layer, numbers in {5: (64, 96, 128, 16, 32, 32), 12: (256, 160, 320, 32, 128, 128)}.items():
        C, n, *_ = a.trace(a.GOOGLENET)
        maps = numbers[1] + numbers[3]  # the biases of the two reductions, besides those of the outputs
        weights, out, naive, grown = a.inception_weights(C[layer - 1], *numbers)
        assert weights + maps + out == a.trace(a.GOOGLENET)[2][layer] and out == C[layer]
        n1, _, n3, _, n5, _ = numbers
        convs = ("conv", n1, 1), ("conv", n3, 3, 1, 1), ("conv", n5, 5, 1, 2)
        branches = *((conv,) for conv in convs), (("pool", 3, 1, 1),)
        plain = a.trace((("concat", *branches),), int(C[layer - 1]), 28)
        assert (plain[0][0], plain[2][0]) == (grown, naive + n1 + n3 + n5)


@pytest.mark.parametrize("k, parameters", [(3, 5_607_184), (5, 5_988_112)])
def test_googlenet_of_tensorflow(k, parameters, proof):
    """inception_v1_base before and after tensorflow/models#2555; no classifier, e = 3 of batch norm."""
    proof("totals", "law")
    assert a.totals(a._googlenet(k, e=3)[:-2])[0] == parameters


def test_inception_parts(proof):
    """Each branch alone, and the pooling against its definition."""
    proof("inception", "law")
    x, W1, R3, W3, R5, W5, U = pytorch.CASES["inception"].inputs.values()
    y = a.inception(x, W1, R3, W3, R5, W5, U)
    np.testing.assert_allclose(y[:, :2], relu(a.pointwise(x, W1)))
    np.testing.assert_allclose(y[:, 2:6], relu(conv2d(relu(a.pointwise(x, R3)), W3, padding=1)), atol=1e-12)
    m = np.zeros_like(x)
    for i, j in np.ndindex(4, 5):
        m[..., i, j] = x[..., max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].max((-2, -1))
    np.testing.assert_allclose(y[:, 9:], relu(a.pointwise(m, U)))


def test_inception_passes_a_tie_to_one_value(proof):
    proof("inception_grad", "law")
    no, k3, k5 = [[0]], np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 5, 5))
    assert a.inception_grad(np.ones((1, 2, 2)), no, no, k3, no, k5, [[1]], 1)[0].sum() == 4


# ---- resnet
COUNTS = [("RESNET18", 11_689_512), ("RESNET34", 21_797_672), ("RESNET50", 25_557_032),
          ("RESNET50_EARLY", 25_557_032), ("RESNET101", 44_549_160), ("RESNET152", 60_192_808)]  # fmt: skip
PAPER = {"RESNET18": 1.8, "RESNET34": 3.6, "RESNET50_EARLY": 3.8}  # Table 1, 10^9


@pytest.mark.parametrize(("net", "parameters"), COUNTS)
def test_resnet_counts_are_those_of_torchvision_and_of_the_paper(net, parameters):
    P, A = a.totals(getattr(a, net))
    assert P == parameters
    if net in PAPER:
        assert A == pytest.approx(PAPER[net] * 1e9, rel=0.03)


def test_resnet_tables():
    for depth in (18, 34, 50, 101, 152):
        C, n, _, _, L, _, _ = a.trace(getattr(a, f"RESNET{depth}"))
        assert L[-1] == depth and n[-3] == 7 and C[-3] == (512 if depth < 50 else 2048)
    assert [int(a.trace(net)[5][-3]) for net in (a.RESNET50, a.RESNET50_EARLY)] == [427, 483]
    assert a.totals(a.RESNET50)[1] == 4_089_184_256  # torchvision's 4.09 GFLOPS


def parts(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("name", ["residual", "pre_activation"])
def test_an_empty_branch_is_the_identity(name, proof):
    proof(name, "law")
    proof(f"{name}_grad", "law")
    x, V, g = parts((4, 3), (5, 3), (4, 3))
    np.testing.assert_array_equal(getattr(a, name)(x, V, np.zeros((3, 5))), x)
    np.testing.assert_array_equal(getattr(a, f"{name}_grad")(x, V, np.zeros((3, 5)), g)[0], g)


def test_residual_gradient_is_at_least_what_the_branch_leaves(proof):
    """All singular values of I + J lie within ||J|| of 1."""
    proof("residual_grad", "law")
    x, V, W = parts((6,), (6, 6), (6, 6))
    V, W = V / np.linalg.norm(V, 2), 0.4 * W / np.linalg.norm(W, 2)
    s = np.linalg.svd([a.residual_grad(x, V, W, g)[0] for g in np.eye(6)], compute_uv=False)
    assert 0.6 <= s.min() and s.max() <= 1.4


def test_residual_stacks_to_a_sum(proof):
    proof("residual", "law")
    x, V, W = parts((6,), (3, 4, 6), (3, 6, 4))
    y, branches = x, 0
    for v, w in zip(V, W, strict=True):
        z = a.residual(y, v, w)
        branches, y = branches + (z - y), z
    np.testing.assert_allclose(y, x + branches, rtol=1e-13)


def test_pre_activation_is_a_residual_block_of_the_rectified_input(proof):
    proof("pre_activation", "law")
    x, V, W = parts((4, 3), (5, 3), (3, 5))
    r = np.maximum(x, 0)
    np.testing.assert_allclose(a.pre_activation(x, V, W), x + a.residual(r, V, W) - r, rtol=1e-12)


def test_projection_block_with_the_identity_is_the_original_block(proof):
    proof("projection_block", "law")
    x, V, W = parts((4, 3), (5, 3), (3, 5))
    expected = np.maximum(a.residual(x, V, W), 0)
    np.testing.assert_allclose(a.projection_block(x, V, W, np.eye(3)), expected, rtol=1e-12, atol=1e-15)


def test_highway_gate_open_and_shut(proof):
    proof("highway", "limit")
    proof("highway_grad", "limit")
    x, W, b, V, g = parts((4, 3), (3, 3), (3,), (3, 3), (4, 3))
    np.testing.assert_array_equal(a.highway(x, W, b, V, np.full(3, -1e4)), x)
    np.testing.assert_array_equal(a.highway_grad(x, W, b, V, np.full(3, -1e4), g)[0], g)
    np.testing.assert_array_equal(a.highway(x, W, b, V, np.full(3, 1e4)), np.tanh(x @ W.T + b))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["residual", "pre_activation", "projection_block", "highway", "fpn_merge"])
def test_blocks_keep_the_dtype(name, dtype):
    args = [v.astype(dtype) for v in pytorch.CASES[name].inputs.values()]
    y = getattr(a, name)(*args)
    grads = getattr(a, f"{name}_grad")(*args, np.ones_like(y))
    assert {v.dtype for v in (y, *grads)} == {np.dtype(dtype)}


def test_shortcut_and_branch_must_have_one_shape():
    V, W = np.ones((4, 3)), np.ones((1, 4))
    for call in (
        lambda: a.residual(np.ones(3), V, W),
        lambda: a.pre_activation(np.ones(3), V, W),
        lambda: a.projection_block(np.ones(3), V, W, np.ones((3, 3))),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == "a shortcut (3,) and a branch (1,) cannot be added"


def test_depth_gradients_follow_theory():
    """Mean squares: a plain block multiplies by (v/2)^2, a residual one by 1 + (v/2)^2."""
    for v in (0.5, 1.0, 2.0):
        for kind, factor in (("plain", v / 2), ("residual", (1 + v * v / 4) ** 0.5)):
            end = plots.depth_gradients(kind, v, depth=20)[0]
            assert np.log(end) == pytest.approx(20 * np.log(factor), abs=1)


def test_one_block_multiplies_the_mean_square_of_the_gradient():
    """By 1 + v^2/2 with one ReLU in the branch, by 1 + (v/2)^2 with two; a ReLU after the sum may shrink."""
    rng, n = np.random.default_rng(0), 256
    for v in (0.5, 1.0, 2.0):
        V, W = rng.standard_normal((2, n, n)) * np.sqrt(v / n)
        x, g = rng.standard_normal((2, 400, n))
        one, two, after = (
            np.mean(np.square(dx)) / np.mean(g * g)
            for dx in (
                a.residual_grad(x, V, W, g)[0], a.pre_activation_grad(x, V, W, g)[0],
                a.projection_block_grad(x, V, W, np.eye(n), g)[0],
            )
        )  # fmt: skip
        assert one == pytest.approx(1 + v * v / 2, rel=0.03)
        assert two == pytest.approx(1 + (v / 2) ** 2, rel=0.03)
        assert after < one and (after < 1) == (v < 2)


def test_degradation_is_not_a_vanishing_gradient():
    """The deep plain network trains worst although its first gradients are alike over the depth."""
    (plain, first, last), (deep, *_), = plots.degradation(16, 0), plots.degradation(16, 1)
    assert 0.5 < first / last < 2
    assert deep[-1] < plots.degradation(2, 1)[0][-1] and plain[-1] > plots.degradation(2, 0)[0][-1] + 0.05


# ---- fpn
def union(intervals):
    return range(min(min(i) for i in intervals), max(max(i) for i in intervals) + 1)


def test_fpn_fields_by_following_every_unit():
    """Along one axis: the pixels that a unit of C2 to C5, or of P2 to P5 after the pathway, depends on."""
    kernels = [(7, 2, 3), (3, 2, 1), *[(3, 1, 1)] * 3, *([(3, 2, 1)] + [(3, 1, 1)] * 3),
               *([(3, 2, 1)] + [(3, 1, 1)] * 5), *([(3, 2, 1)] + [(3, 1, 1)] * 2)]  # fmt: skip
    fields, maps = [range(i, i + 1) for i in range(1024)], []
    for layer, (k, s, p) in enumerate(kernels):
        fields = [union(fields[max(0, i - p) : i - p + k]) for i in range(0, len(fields), s)]
        maps += [fields] if layer in (4, 8, 14, 17) else []
    widest = [max(len(f) for f in level) for level in maps]
    merged = [[union([f, maps[3][i >> 3 - l]]) for i, f in enumerate(level)] for l, level in enumerate(maps)]
    behind = [[len(union(m[i - 1 : i + 2])) for i in range(len(m) * 3 // 8, len(m) * 5 // 8)] for m in merged]
    C, P = plots.fpn_fields()
    np.testing.assert_array_equal(C, widest)
    np.testing.assert_array_equal(P, [min(lengths) for lengths in behind])


def test_fpn_merge_without_the_map_enlarges(proof):
    proof("fpn_merge", "law")
    p = np.arange(12.0).reshape(2, 2, 3)
    y = a.fpn_merge(np.ones((1, 4, 6)), p, np.zeros((2, 1)))
    np.testing.assert_array_equal(y, np.kron(p, np.ones((2, 2))))
    np.testing.assert_array_equal(a.fpn_merge(np.ones((1, 2, 3)), p, np.zeros((2, 1))), p)


def test_fpn_level_by_counting_halvings(proof):
    """Boxes from 7 to 1000 pixels: halve or double until the side is within [224, 448)."""
    proof("fpn_level", "law")
    for side in np.random.default_rng(0).uniform(7, 1000, 300):
        k, s = 4, side
        while s < 224:
            k, s = k - 1, 2 * s
        while s >= 448:
            k, s = k + 1, s / 2
        assert a.fpn_level(side, side, low=-9, high=9) == k and a.fpn_level(side, side) == min(5, max(2, k))
        assert a.fpn_level(side / 4, 4 * side) == a.fpn_level(side, side)
    sides = 224 * 2.0 ** np.arange(-3, 4)
    np.testing.assert_array_equal(a.fpn_level(sides, sides, low=0, high=9), np.arange(1, 8))


def test_fpn_level_needs_boxes():
    with pytest.raises(ValueError) as error:
        a.fpn_level(3.0, 0.0)
    assert str(error.value) == "boxes must have positive sides, got w = 3.0 and h = 0.0"


def test_fpn_merge_needs_channels_that_fit():
    with pytest.raises(ValueError) as error:
        a.fpn_merge(np.ones((3, 4, 4)), np.ones((2, 2, 2)), np.ones((2, 4)))
    assert str(error.value) == "weights W (2, 4) do not lead from 3 channels to 2"


def test_fpn_parameters_are_those_of_its_convolutions(proof):
    proof("fpn_parameters", "law")
    C, M = (3, 5, 7), 4
    kernels = [shape for c in C for shape in ((M, c), (M,), (M, M, 3, 3), (M,))]
    assert a.fpn_parameters(C, M) == sum(np.zeros(shape).size for shape in kernels)


# ---- temporal
RECURRENT = {  # name -> states, what it is called with
    name: (1 + (name == "lstm"), list(pytorch.CASES[name].inputs.values())) for name in ("rnn", "lstm", "gru")
}


def tuple_of(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", RECURRENT)
def test_a_sequence_is_its_steps(name, proof):
    proof(name, "law")
    proof(f"{name}_cell", "law")
    n, (x, *rest) = RECURRENT[name]
    states, weights = rest[:n], rest[n:]
    whole = tuple_of(getattr(a, name)(x, *states, *weights))
    for t in range(x.shape[1]):
        states = tuple_of(getattr(a, f"{name}_cell")(x[:, t], *states, *weights))
        for every, now in zip(whole, states, strict=True):
            np.testing.assert_array_equal(every[:, t], now)


@pytest.mark.parametrize("name", RECURRENT)
def test_a_sequence_can_be_cut_in_two(name, proof):
    """Going on from the last state, and sending its gradient back, changes nothing."""
    proof(f"{name}_grad", "law")
    n, (x, *rest) = RECURRENT[name]
    states, weights = rest[:n], rest[n:]
    run, back = getattr(a, name), getattr(a, f"{name}_grad")
    whole = tuple_of(run(x, *states, *weights))
    gs = [autograd.weights(y.shape) for y in whole]
    at = 2
    middle = [y[:, at - 1] for y in whole]
    dx2, *d2 = back(x[:, at:], *middle, *weights, *(g[:, at:] for g in gs))
    first = [g[:, :at].copy() for g in gs]
    for g, d in zip(first, d2[:n], strict=True):
        g[:, -1] += d
    dx1, *d1 = back(x[:, :at], *states, *weights, *first)
    dx, *d = back(x, *states, *weights, *gs)
    np.testing.assert_allclose(np.concatenate([dx1, dx2], 1), dx, rtol=1e-12)
    for one, two, both in zip(d1[n:], d2[n:], d[n:], strict=True):
        np.testing.assert_allclose(one + two, both, rtol=1e-11)
    for one, both in zip(d1[:n], d[:n], strict=True):
        np.testing.assert_allclose(one, both, rtol=1e-12)


@pytest.mark.parametrize("name", RECURRENT)
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_recurrent_layers_keep_the_dtype_and_need_no_batch(name, dtype):
    n, (x, *rest) = RECURRENT[name]
    one = [x[0].astype(dtype), *(s[0] for s in rest[:n]), *rest[n:]]
    many = tuple_of(getattr(a, name)(x, *rest))
    got = tuple_of(getattr(a, name)(*one))
    for y, expected in zip(got, many, strict=True):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected[0], atol=20 * np.finfo(dtype).eps)
    for d, v in zip(getattr(a, f"{name}_grad")(*one, *got), one, strict=True):
        assert d.dtype == dtype and d.shape == np.shape(v)


def test_extreme_gates(proof):
    """A gate that is shut keeps what it guards, to the last bit."""
    proof("lstm_cell", "limit")
    proof("gru_cell", "limit")
    zeros = np.zeros((8, 2))
    x, h, c = np.ones((3, 2)), np.ones((3, 2)), np.array([[1.5, -2], [0, 3], [4, 5]])
    shut = np.repeat([-1000.0, 1000, 0, 1000], 2)
    with np.errstate(all="raise", under="ignore"):
        got, kept = a.lstm_cell(x, h, c, zeros, zeros, shut)
        np.testing.assert_array_equal(kept, c)
        np.testing.assert_array_equal(got, np.tanh(c))
        keep = np.repeat([0.0, 1000, 0], 2)
        np.testing.assert_array_equal(a.gru_cell(x, c, zeros[:6], zeros[:6], keep, 0 * keep), c)
        np.testing.assert_array_equal(a.rnn_cell(x, h, zeros[:2], zeros[:2], [1000, -1000]), [[1, -1]] * 3)


def test_a_gru_with_its_gates_at_their_ends():
    """Nothing kept: a plain network where the reset gate is open, a layer without a past where it is shut."""
    x, h, W, U, b, d = pytorch.CASES["gru_cell"].inputs.values()
    rows = lambda v: v[-2:]
    for r, past in ((1000, h), (-1000, 0 * h)):
        ends = np.concatenate([np.repeat([r, -1000.0], 2), rows(b)])
        W0, U0, d0 = (np.concatenate([0 * v[:4], rows(v)]) for v in (W, U, d))
        plain = np.tanh(x @ rows(W).T + past @ rows(U).T + rows(b) + rows(d) * (r > 0))
        np.testing.assert_allclose(a.gru_cell(x, h, W0, U0, ends, d0), plain, rtol=1e-12)


def test_a_gru_stays_in_its_range():
    rng = np.random.default_rng(5)
    W, U, b, d = (rng.normal(0, 9, shape) for shape in ((12, 3), (12, 4), 12, 12))
    y = a.gru(rng.normal(0, 9, (200, 3)), rng.uniform(-1, 1, 4), W, U, b, d)
    assert 0.9 < np.abs(y).max() <= 1


def test_the_share_kept_becomes_the_share_replaced_with_the_signs_of_z_reversed():
    """So the two steps add up to the old state and the candidate, which is the step with nothing kept."""
    x, h, *weights = pytorch.CASES["gru_cell"].inputs.values()
    z = np.repeat([False, True, False], 2)
    reversed_z = [np.where(z, -v.T, v.T).T for v in weights]
    W, U, b, d = weights
    n = a.gru_cell(x, h, W, U, b - 1000 * z, d)
    both = a.gru_cell(x, h, *weights) + a.gru_cell(x, h, *reversed_z)
    np.testing.assert_allclose(both, n + h, rtol=1e-12)


def test_two_biases_are_one_except_in_a_gru():
    """PyTorch adds bias_ih and bias_hh; only the candidate of a GRU tells them apart."""
    x, h, W, U, b, d = pytorch.CASES["gru_cell"].inputs.values()
    outside = np.repeat([1.0, 1, 0], 2) * d
    same = a.gru_cell(x, h, W, U, b + outside, d - outside)
    np.testing.assert_allclose(same, a.gru_cell(x, h, W, U, b, d), rtol=1e-13)
    assert np.abs(a.gru_cell(x, h, W, U, b + d, 0 * d) - same).max() > 0.1


def test_recurrent_parameters_count_the_arrays(proof):
    proof("recurrent_parameters", "law")
    for gates in (1, 3, 4):
        sizes = {k: v.size for k, v in pytorch.parts(gates, 5, 7, 2).items()}
        assert a.recurrent_parameters(5, 7, gates) == sizes["W"] + sizes["U"] + sizes["b"]


def test_causal_conv_by_definition_and_never_from_the_future(proof):
    proof("causal_conv", "law")
    x, W, b = autograd.numbers(0, 9, 3), autograd.numbers(1, 4, 2, 3), autograd.numbers(2, 2)
    for d in (1, 2, 5):
        y = [sum((W[u] @ x[t - u * d] for u in range(4) if t >= u * d), b) for t in range(9)]
        np.testing.assert_allclose(a.causal_conv(x, W, b, d), y, rtol=1e-12)
        changed = x.copy()
        changed[5:] += 1
        np.testing.assert_array_equal(a.causal_conv(changed, W, b, d)[:5], a.causal_conv(x, W, b, d)[:5])


@pytest.mark.parametrize("L, k, c", [(1, 2, 1), (3, 3, 1), (4, 3, 1), (3, 3, 2), (2, 4, 2)])
def test_tcn_field_is_what_reaches_the_end(L, k, c, proof):
    proof("tcn_field", "law")
    dilations = [2**l for l in range(L) for _ in range(c)]
    seen = plots.seen_by_last(dilations, k, T=a.tcn_field(L, k, c) + 5)
    assert seen[-1][-1] - seen[-1][0] + 1 == a.tcn_field(L, k, c)


def test_tcn_block_passes_its_input_where_the_branch_is_shut(proof):
    proof("tcn_block", "limit")
    x, W = np.abs(autograd.numbers(0, 6, 2)), autograd.numbers(1, 3, 2, 2)
    np.testing.assert_array_equal(a.tcn_block(x, W, 0, W, -1000), x)


def test_conv3d_by_definition(proof):
    proof("conv3d", "law")
    x, W, b = (v for v in pytorch.CASES["conv3d plain"].inputs.values())
    y = np.empty((1, 3, 1, 3, 1))
    for n, o, r, i, j in np.ndindex(y.shape):
        y[n, o, r, i, j] = b[o] + (W[o] * x[n, :, r : r + 3, i : i + 2, j : j + 3]).sum()
    np.testing.assert_allclose(a.conv3d(x, W, b), y, rtol=1e-12)


def test_a_product_of_kernels_needs_no_3d_convolution(proof):
    """Without a nonlinearity between them, space then time is one 3-D kernel of rank 1."""
    proof("conv2plus1d", "law")
    x = np.abs(autograd.numbers(0, 1, 5, 6, 6))
    S, V = np.abs(autograd.numbers(1, 1, 1, 3, 3)), autograd.numbers(2, 1, 1, 3)  # z > 0: ReLU does nothing
    W = V[..., None, None] * S[:, :, None]
    np.testing.assert_allclose(a.conv2plus1d(x, S, V), a.conv3d(x, W, padding=1), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("C, M", [(3, 64), (64, 64), (64, 128), (256, 512)])
def test_factored_channels_are_the_most_that_fit(C, M, proof):
    proof("factored_channels", "law")
    proof("conv3d_parameters", "law")
    N, budget = a.factored_channels(C, M), np.zeros((M, C, 3, 3, 3)).size
    count = lambda n: np.zeros((n, C, 3, 3)).size + np.zeros((M, n, 3)).size
    assert a.conv3d_parameters(C, M) == budget and count(N) <= budget < count(N + 1)


@pytest.mark.parametrize("online", [False, True])
def test_temporal_shift_moves_frames(online, proof):
    proof("temporal_shift", "law")
    proof("temporal_shift_grad", "law")
    x, g = autograd.numbers(0, 2, 8, 5, 3, 2), autograd.numbers(1, 2, 8, 5, 3, 2)
    y = a.temporal_shift(x, 4, online)
    np.testing.assert_array_equal(y[:, :2, 1:], x[:, :2, :-1])
    early = np.zeros_like(x[:, 2:4])
    early[:, :, :-1] = x[:, 2:4, 1:]
    np.testing.assert_array_equal(y[:, 2:4], x[:, 2:4] if online else early)
    assert not y[:, :2, 0].any() and (y[:, 4:] == x[:, 4:]).all()
    adjoint = a.temporal_shift_grad(x, g, 4, online)
    assert (g * y).sum() == pytest.approx((adjoint * x).sum())


# ---- attention
def test_attention_written_out(proof):
    proof("attention", "law")
    Q, K, V = pytorch.QKV.values()
    for n, t in np.ndindex(2, 3):
        seen = zip(K[n], pytorch.SEEN[t], strict=True)
        e = [see * np.exp(sum(Q[n, t] * k) / np.sqrt(5)) for k, see in seen]
        y = sum(w * v for w, v in zip(e, V[n], strict=True)) / sum(e)
        np.testing.assert_allclose(a.attention(Q, K, V, pytorch.SEEN)[n, t], y, rtol=1e-12)


def test_attention_weights_are_probabilities_of_what_is_seen(proof):
    proof("attention_weights", "law")
    Q, K, _ = pytorch.QKV.values()
    A = a.attention_weights(Q, K, pytorch.SEEN)
    np.testing.assert_allclose(A.sum(-1), 1, rtol=1e-14)
    assert (A[:, ~pytorch.SEEN] == 0).all() and (A[:, pytorch.SEEN] > 0).all()


def test_attention_at_the_extremes(proof):
    """Large scores do not overflow; equal keys share; a query that sees nothing gets 0 and sends back 0."""
    proof("attention", "limit")
    proof("attention_weights", "limit")
    V = np.array([[1.0], [2], [6]])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(a.attention([[1e200]], [[1e100], [0], [-1e100]], V), [[1]])
        np.testing.assert_allclose(a.attention([[7.0]], np.ones((3, 1)), V), [[3]])
        assert a.attention([[7.0]], np.ones((3, 1)), V, False) == 0
        for d in a.attention_grad([[7.0]], np.ones((3, 1)), V, [[1.0]], False):
            assert not d.any()
        long = np.full((1, 256), 16, np.float16)  # 256 * 16^2 is more than float16 can hold
        y = a.attention(long, long * [[1], [0.0], [0.5]], V)
    assert y.dtype == np.float16 and y == 1


def test_a_large_float16_batch_is_summed_whole(proof):
    """In float16, 2048 + 1 is 2048."""
    x, W = np.ones((5000, 2), np.float16), np.zeros((2, 2), np.float16)
    for name, grads in {
        "average_head": a.average_head_grad(x[..., None, None], W, W[0], x),
        "causal_conv": a.causal_conv_grad(x, W[None], W[0], x),
        "highway": a.highway_grad(x, W, W[0], W, W[0], -4 * x),
    }.items():
        proof(f"{name}_grad", "limit")
        np.testing.assert_array_equal(grads[-1], np.full(2, 5000, x.dtype), name, strict=True)


def test_attention_shares_out_to_more_keys_than_float16_can_count(proof):
    proof("attention_weights", "limit")
    Q, K = np.zeros((1, 1), np.float16), np.zeros((70_000, 1), np.float16)
    with np.errstate(over="raise"):
        A = a.attention_weights(Q, K)
    assert A.dtype == np.float16 and (A == np.float16(1 / 70_000)).all()


def test_attention_knows_no_order_and_positions_tell_it(proof):
    proof("attention", "law")
    proof("positions", "law")
    rng = np.random.default_rng(0)
    x, order = rng.standard_normal((6, 8)), rng.permutation(6)
    moved = a.attention(x[order], x[order], x[order])
    np.testing.assert_allclose(a.attention(x, x, x)[order], moved, rtol=1e-12)
    p = a.positions(6, 8)
    there, here = a.attention(x + p, x + p, x)[order], a.attention(x[order] + p, x[order] + p, x[order])
    assert np.abs(there - here).max() > 0.1


def test_products_of_positions_depend_on_the_distance(proof):
    proof("positions", "law")
    p = a.positions(40, 32)
    gram = p @ p.T
    for k in range(40):
        expected = np.cos(k / 10000 ** (np.arange(16) / 16)).sum()
        np.testing.assert_allclose(np.diag(gram, k), expected, rtol=1e-10)


def test_masks(proof):
    proof("causal_mask", "law")
    proof("padding_mask", "law")
    rng = np.random.default_rng(0)
    x, changed = rng.standard_normal((2, 2, 6, 4))
    for t in range(6):  # what comes later does not count, and can be added step by step
        other = np.where(np.arange(6)[:, None] > t, changed, x)
        y, z = (a.attention(v, v, v, a.causal_mask(6))[:, : t + 1] for v in (x, other))
        np.testing.assert_array_equal(y, z)
    short = a.attention(x[1, :4], x[1, :4], x[1, :4])
    filled = a.attention(x, x, x, a.padding_mask([6, 4], 6))
    np.testing.assert_allclose(filled[1, :4], short, rtol=1e-13)
    np.testing.assert_array_equal(a.padding_mask([0, 9], 2)[:, 0], [[False, False], [True, True]])


def test_one_head_of_identities_is_attention(proof):
    proof("multi_head_attention", "law")
    x, z = autograd.numbers(0, 2, 3, 4), autograd.numbers(1, 2, 5, 4)
    eye = np.eye(4)
    got = a.multi_head_attention(x, z, eye, eye, eye, eye)
    np.testing.assert_allclose(got, a.attention(x, z, z), rtol=1e-13)
    halves = [a.attention(x[..., k], z[..., k], z[..., k]) for k in (slice(2), slice(2, 4))]
    got = a.multi_head_attention(x, z, eye, eye, eye, eye, heads=2)
    np.testing.assert_allclose(got, np.concatenate(halves, -1), rtol=1e-13)


def test_a_mask_for_each_sample_reaches_all_heads():
    inputs = [v.astype(np.float32) for v in pytorch.HEADS.values()]
    mask = a.padding_mask([4, 2], 4)
    y = a.multi_head_attention(*inputs, heads=2, mask=mask)
    assert y.dtype == np.float32
    x, z, *weights = inputs
    np.testing.assert_allclose(y[1], a.multi_head_attention(x[1], z[1, :2], *weights, heads=2), rtol=1e-5)
    dx, dz, *_ = a.multi_head_attention_grad(*inputs, y, heads=2, mask=mask)
    assert dx.dtype == np.float32 and not dz[1, 2:].any() and dz[1, :2].all()


def test_sequence_macs_count_products(proof):
    """Each entry of a matrix product of (n, k) and (k, m) takes k multiplications."""
    proof("sequence_macs", "law")
    T, d, k = 7, 5, 3
    product = lambda n, k, m: n * k * m
    convolution = k * product(T, d, d)
    attention = 4 * product(T, d, d) + product(T, d, T) + product(T, T, d)
    assert a.sequence_macs(T, d, k) == (T * (product(1, d, d) + product(1, d, d)), convolution, attention)


def test_what_the_pages_say_about_reach_and_scale():
    assert plots.reach("RNN")[50] < 1e-14 < plots.reach("LSTM")[50] < 1e-10
    assert plots.reach("LSTM", 4.0)[50] > 0.1 and plots.reach("GRU", 4.0)[50] > 0.1
    assert plots.kept(2)[40] < 0.01 < 0.3 < plots.kept(4)[60] < 0.37
    for bias in (0, 2, 4):
        np.testing.assert_allclose(plots.kept(bias), a.sigmoid(bias) ** np.arange(61), rtol=1e-12)
    assert np.ptp(plots.candidate(-40, [-1, 0, 1])) < 1e-12 and a.sigmoid(np.float16(8)) == 1
    for u in (0.5, 1.0, 1.2, 3.0):
        assert (plots.norm_reach(u) <= u ** np.arange(61) * (1 + 1e-9)).all()
    assert plots.norm_reach(1.2)[60] < 1e-3 < 1e6 < plots.norm_reach(3.0)[60]
    shares = plots.query_gradients(512, 0) / np.median(plots.query_gradients(512))
    assert np.mean(shares < 0.01) > 1 / 3 and np.mean(shares > 10) > 1 / 6  # almost no gradient; a huge one
    for d in (4, 64, 256):
        assert plots.scores(d, 0)[0] == pytest.approx(np.sqrt(d), rel=0.05)
        assert plots.scores(d)[0] == pytest.approx(1, rel=0.05)


def test_a_slope_below_1_may_make_a_gradient_explode(proof):
    """U^2 = 0, so with slopes 1 nothing goes back further than one step; with slopes 1 and 1/2 it doubles."""
    proof("rnn_grad", "limit")
    U, T = 4.0 * np.array([[1, -1], [1, -1]]), 12
    g = np.zeros((T, 2))
    g[-1, 0] = 1
    for slope, growth in ((1, 0), (0.5, 2)):
        y = np.array([0, np.sqrt(1 - slope)])  # the state that stays
        x = np.tile(np.arctanh(y) - U @ y, (T, 1))
        dx = np.linalg.norm(a.rnn_grad(x, y, np.eye(2), U, np.zeros(2), g)[0], axis=1)[::-1]
        np.testing.assert_allclose(dx[3:], growth * dx[2:-1], rtol=1e-9)


CELL = pytorch.CASES["lstm_cell"].inputs
BAD_SEQUENCES = {
    "2 units and an input (2, 3) need an array (2, 2), got (2,)":
        lambda: a.lstm_cell(**CELL | {"c": [0.0, 0.0]}),
    "2 units and an input (2, 3) need an array (6, 3), got (8, 3)":
        lambda: a.gru_cell(CELL["x"], CELL["h"], CELL["W"], CELL["U"], CELL["b"], CELL["b"]),
    "taps W (3, 1, 2) and bias b () do not fit a sequence x (4, 3)":
        lambda: a.causal_conv(np.ones((4, 3)), np.ones((3, 1, 2))),
    "kernels W (1, 2, 1, 1, 1) and bias b () do not fit a video x (3, 4, 4, 4)":
        lambda: a.conv3d(np.ones((3, 4, 4, 4)), np.ones((1, 2, 1, 1, 1))),
    "a kernel that spans 2 x 1 x 1 (time, height, width) does not fit in 1 x 2 x 2":
        lambda: a.conv3d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 1, 1))),
    "a kernel that spans 1 x 1 x 5 (time, height, width) does not fit in 4 x 4 x 4":
        lambda: a.conv3d_grad(np.ones((1, 2, 2, 2)), np.ones((1, 1, 1, 1, 5)), 0.0, 1.0, padding=1),
    "a kernel that keeps the size must be odd along every axis, got (1, 2, 2)":
        lambda: a.conv2plus1d(np.ones((1, 3, 4, 4)), np.ones((1, 1, 2, 2)), np.ones((1, 1, 3))),
    "a kernel that keeps the size must be odd along every axis, got (4, 1, 1)":
        lambda: a.conv2plus1d_grad(np.ones((1, 3, 4, 4)), np.ones((1, 1, 3, 3)), np.ones((1, 1, 4)), 1.0),
    "a sequence needs at least one step and an axis of features, got x (3,)":
        lambda: a.rnn(**pytorch.CASES["rnn"].inputs | {"x": np.ones(3)}),
    "queries (2, 3), keys (4, 2) and values (4, 2) do not belong together":
        lambda: a.attention_weights(np.ones((2, 3)), np.ones((4, 2))),
    "queries (2, 3), keys (4, 3) and values (1, 3) do not belong together":
        lambda: a.attention(np.ones((2, 3)), np.ones((4, 3)), np.ones((1, 3))),
    "mask must be True where a query may look and False elsewhere, got -inf":
        lambda: a.attention_weights([[1.0]], [[1.0]], [[-np.inf]]),
    "4 columns of Q, K, V cannot be shared out to 3 heads":
        lambda: a.multi_head_attention(*pytorch.HEADS.values(), heads=3),
    "sines and cosines come in pairs: d must be even, got 3": lambda: a.positions(2, 3),
}  # fmt: skip


@pytest.mark.parametrize("message", BAD_SEQUENCES)
def test_bad_sequences(message):
    with pytest.raises(ValueError) as error:
        BAD_SEQUENCES[message]()
    assert str(error.value) == message


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_recurrent_layer_needs_a_step(name):
    inputs = pytorch.CASES[name].inputs
    inputs = inputs | {"x": inputs["x"][:, :0]}
    gs = [0.0] * (1 + (name == "lstm"))
    shape = inputs["x"].shape
    for call in (
        lambda: getattr(a, name)(**inputs),
        lambda: getattr(a, f"{name}_grad")(*inputs.values(), *gs),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert (
            str(error.value) == f"a sequence needs at least one step and an axis of features, got x {shape}"
        )


def test_the_others_make_nothing_of_nothing():
    """No step, no output; no key to look at, no answer."""
    empty, W, b = np.ones((2, 0, 3)), np.ones((2, 3, 3)), np.ones(3)
    assert a.causal_conv(empty, W, b).shape == a.tcn_block(empty, W, b, W, b).shape == (2, 0, 3)
    dx, dW, db, dV, dc = a.tcn_block_grad(empty, W, b, W, b, 1.0)
    assert dx.shape == (2, 0, 3) and not any(d.any() for d in (dW, db, dV, dc))
    Q, V = np.ones((4, 3)), np.ones((0, 5))
    np.testing.assert_array_equal(a.attention(Q, empty[0], V), np.zeros((4, 5)))
    dQ, dK, dV = a.attention_grad(Q, empty[0], V, 1.0)
    assert not dQ.any() and dK.shape == (0, 3) and dV.shape == (0, 5)
