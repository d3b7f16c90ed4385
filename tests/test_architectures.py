"""Building blocks of networks against laws, limits, differences and PyTorch; counts against published ones."""

import numpy as np
import pytest
from oracles import autograd
from oracles import pytorch_architectures as pytorch

from snippets import architectures as a
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


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


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
    for net, depth in ((a.RESNET18, 18), (a.RESNET34, 34), (a.RESNET50, 50), (a.RESNET101, 101), (a.RESNET152, 152)):
        C, n, _, _, L, _, _ = a.trace(net)
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
    assert {y.dtype, *(d.dtype for d in getattr(a, f"{name}_grad")(*args, np.ones_like(y)))} == {np.dtype(dtype)}


def test_residual_shapes_must_belong_together():
    for call, message in (
        (lambda: a.residual(np.ones(3), np.ones((4, 3)), np.ones((2, 4))),
         "weights (4, 3), (2, 4) and shortcut (3, 3) do not fit an input (3,)"),
        (lambda: a.residual(np.ones(3), np.ones((4, 2)), np.ones((3, 4))),
         "weights (4, 2), (3, 4) and shortcut (3, 3) do not fit an input (3,)"),
        (lambda: a.projection_block(np.ones(3), np.ones((4, 3)), np.ones((2, 4)), np.ones((2, 2))),
         "weights (4, 3), (2, 4) and shortcut (2, 2) do not fit an input (3,)"),
    ):  # fmt: skip
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == message


# ---- fpn
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
    assert a.fpn_parameters(C, M) == sum(np.zeros((M, c)).size + M + np.zeros((M, M, 3, 3)).size + M for c in C)


# ---- temporal


# ---- attention
