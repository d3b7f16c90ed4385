"""The metrics against scikit-learn, SciPy and pycocotools, laws and
brute force; what has a gradient against PyTorch."""

import inspect
import itertools
import json

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics as sk
from oracles import autograd, coco
from oracles import pytorch_metrics as pytorch

from snippets import metrics as M
from snippets.plots import metrics as plots

MEMBERS = inspect.getmembers(M, inspect.isfunction)
EVERY = [name for name, f in MEMBERS if f.__module__ == M.__name__ and not name.startswith("_")]
SMOOTH = ["soft_f_beta", "auc_loss", "iou", "giou"]
RECORDED = autograd.recorded("metrics")
COCO = json.loads(coco.RECORD.read_text("utf-8"))["answers"]


def labels(seed, n=200, share=0.3, digits=1):
    """Labels, and scores with many ties."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    return y, np.round(rng.normal(size=n) + y, digits)


def classes(seed, n=400, K=5):
    """True and decided classes of a poor classifier; class 3 never is decided for, class 4 never true."""
    rng = np.random.default_rng(seed)
    y = rng.choice(K, n, p=[0.5, 0.3, 0.15, 0.05, 0])
    y_hat = np.where(rng.random(n) < 0.6, y, rng.integers(0, K, n))
    return y, np.where(y_hat == 3, 0, y_hat)


# ---- confusion_matrix
@pytest.mark.parametrize("seed", range(3))
def test_counts_and_ratios_of_classes(seed, proof):
    for name in (
        "confusion_matrix",
        "counts",
        "accuracy",
        "precision",
        "recall",
        "specificity",
        "f_beta",
        "average",
    ):
        proof(name, "scikit-learn")
    y, y_hat = classes(seed)
    C = M.confusion_matrix(y, y_hat)
    np.testing.assert_array_equal(C, sk.confusion_matrix(y, y_hat, labels=range(5)))
    theirs = sk.multilabel_confusion_matrix(y, y_hat, labels=range(5))
    TP, FP, FN, TN = M.counts(C)
    np.testing.assert_array_equal(np.stack([TN, FP, FN, TP], -1).reshape(5, 2, 2), theirs)
    assert M.accuracy(C) == pytest.approx(sk.accuracy_score(y, y_hat), rel=1e-15)
    np.testing.assert_allclose(M.specificity(TN, FP), [t[0, 0] / t[0].sum() for t in theirs], rtol=1e-15)
    for beta in (0.5, 1.0, 2.0):
        F = M.f_beta(TP, FP, FN, beta)
        ours, n = (M.precision(TP, FP), M.recall(TP, FN), F), TP + FN
        options = {"labels": range(5), "beta": beta, "zero_division": np.nan}
        each = sk.precision_recall_fscore_support(y, y_hat, **options)
        for a, b in zip(ours, each[:3], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
        for kind, w in (("macro", 1.0), ("weighted", n)):
            theirs = sk.precision_recall_fscore_support(y, y_hat, average=kind, **options)[:3]
            np.testing.assert_allclose([M.average(v, w) for v in ours], theirs, rtol=1e-14, err_msg=kind)
        sums = TP.sum(), FP.sum(), FN.sum()
        micro = [M.precision(*sums[:2]), M.recall(sums[0], sums[2]), M.f_beta(*sums, beta)]
        np.testing.assert_allclose(
            micro, sk.precision_recall_fscore_support(y, y_hat, average="micro", **options)[:3]
        )
        np.testing.assert_allclose(micro, M.accuracy(C))  # one label each: all four are accuracy


def test_scikit_learn_counts_a_class_that_never_occurs_only_if_told_of_it(proof):
    proof("average", "scikit-learn")
    y, y_hat, told = [0, 1, 1], [0, 1, 0], {"average": "macro", "labels": [0, 1, 2]}
    F = M.f_beta(*M.counts(M.confusion_matrix(y, y_hat, K=3))[:3])
    assert sk.f1_score(y, y_hat, average="macro") == pytest.approx(M.average(F))
    assert sk.f1_score(y, y_hat, zero_division=np.nan, **told) == pytest.approx(M.average(F))
    with pytest.warns(UserWarning, match="ill-defined"):
        assert sk.f1_score(y, y_hat, **told) == pytest.approx(np.nan_to_num(F).mean())


@pytest.mark.parametrize("seed", range(4))
def test_two_classes(seed, proof):
    for name in ("mcc", "recall", "average"):
        proof(name, "scikit-learn")
    y, s = labels(seed)
    C = M.confusion_matrix(y, s > 0.7)
    TP, FP, FN, TN = (v[1] for v in M.counts(C))
    assert [TN, FP, FN, TP] == C.ravel().tolist() == sk.confusion_matrix(y, s > 0.7).ravel().tolist()
    assert M.mcc(TP, FP, FN, TN) == pytest.approx(sk.matthews_corrcoef(y, s > 0.7), rel=1e-13)
    assert M.mcc(TP, FP, FN, TN) == pytest.approx(np.corrcoef(y, s > 0.7)[0, 1], rel=1e-12)
    recalls = M.recall(M.counts(C)[0], M.counts(C)[2])
    assert M.average(recalls) == pytest.approx(sk.balanced_accuracy_score(y, s > 0.7), rel=1e-14)
    assert recalls[0] == M.specificity(TN, FP)


def test_classes_without_samples_keep_their_place(proof):
    proof("confusion_matrix", "limit")
    assert M.confusion_matrix([0, 1], [1, 1], K=4).shape == (4, 4) and M.confusion_matrix([], []).shape == (
        0,
        0,
    )
    assert M.confusion_matrix([0.0, 2.0], [True, False]).tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.uint64])
def test_classes_of_small_integers(dtype, proof):
    """Row times K plus column would not fit: 12 * 20 + 16 is 0 in eight bits."""
    proof("confusion_matrix", "limit")
    for K in (20, np.uint8(20), 127):
        y, y_hat = np.divmod(np.arange(int(K) ** 2), int(K))
        for other in (y_hat, y):
            theirs = sk.confusion_matrix(y, other)
            for k in (K, None):
                C = M.confusion_matrix(y.astype(dtype), other.astype(dtype), k)
                np.testing.assert_array_equal(C, theirs)
    assert M.confusion_matrix(np.int16([300]), np.int16([7]), K=1000)[300, 7] == 1
    last = min(np.iinfo(dtype).max, 999)
    assert M.confusion_matrix(dtype([last]), dtype([0]))[last, 0] == 1


def test_f_beta_is_a_weighted_harmonic_mean_and_ignores_true_negatives(proof):
    proof("f_beta", "law")
    TP, FP, FN = np.random.default_rng(0).integers(1, 50, (3, 20))
    P, R = M.precision(TP, FP), M.recall(TP, FN)
    for beta in (0.3, 1, 4):
        np.testing.assert_allclose(
            1 / M.f_beta(TP, FP, FN, beta), (1 / P + beta**2 / R) / (1 + beta**2), rtol=1e-13
        )
    jaccard = TP / (TP + FP + FN)
    np.testing.assert_allclose(M.f_beta(TP, FP, FN), 2 * jaccard / (1 + jaccard), rtol=1e-14)


def test_f_beta_between_precision_and_recall(proof):
    proof("f_beta", "limit")
    np.testing.assert_allclose(M.f_beta(6, 2, 3, 1e-9), M.precision(6, 2), rtol=1e-15)
    np.testing.assert_allclose(M.f_beta(6, 2, 3, 1e9), M.recall(6, 3), rtol=1e-15)


def test_mcc_is_symmetric_in_the_classes(proof):
    proof("mcc", "law")
    assert M.mcc(90, 5, 3, 2) == M.mcc(2, 3, 5, 90) == pytest.approx(-M.mcc(5, 90, 2, 3))
    assert M.mcc(7, 0, 0, 9) == 1 and M.mcc(0, 7, 9, 0) == -1 and M.mcc(6, 4, 9, 6) == 0
    assert M.mcc(10**6, 10**5, 10**5, 10**6) == pytest.approx(9 / 11)  # integers would overflow


def test_nothing_over_nothing_is_nan(proof):
    for name in ("precision", "recall", "specificity", "f_beta", "mcc", "accuracy", "average"):
        proof(name, "limit")
    nothing = [M.precision(0, 0), M.recall(0, 0), M.specificity(0, 0), M.f_beta(0, 0, 0), M.mcc(0, 0, 5, 5)]
    nothing += [M.accuracy(np.zeros((2, 2))), M.average([np.nan]), M.average([])]
    assert np.isnan(nothing).all()
    assert M.precision(0, 1) == M.recall(0, 1) == M.f_beta(0, 1, 0) == 0


def test_batches_of_matrices(proof):
    proof("counts", "law")
    proof("accuracy", "law")
    C = np.random.default_rng(1).integers(0, 9, (4, 3, 5, 5))
    for i in np.ndindex(4, 3):
        assert M.accuracy(C)[i] == M.accuracy(C[i])
        np.testing.assert_array_equal([v[i] for v in M.counts(C)], M.counts(C[i]))
    for k, (TP, FP, FN, TN) in enumerate(zip(*M.counts(C[0, 0]), strict=True)):
        merged = np.add.reduceat(np.add.reduceat(np.roll(C[0, 0], -k, (0, 1)), [0, 1], 0), [0, 1], 1)
        assert [[TP, FN], [FP, TN]] == merged.tolist()


def test_soft_counts_of_hard_decisions(proof):
    proof("soft_f_beta", "law")
    y, s = labels(3)
    TP, FP, FN, _ = (v[1] for v in M.counts(M.confusion_matrix(y, s > 0.5)))
    for beta in (0.5, 1, 2):
        assert M.soft_f_beta(y, 1.0 * (s > 0.5), beta) == pytest.approx(M.f_beta(TP, FP, FN, beta), rel=1e-14)


# ---- roc_auc
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [0, 1, 9])
def test_roc_curve(seed, digits, proof):
    proof("roc_curve", "scikit-learn")
    y, s = labels(seed, digits=digits)
    FPR, TPR, t = M.roc_curve(y, s)
    for a, b in zip((FPR, TPR, t[1:]), sk.roc_curve(y, s, drop_intermediate=False), strict=True):
        np.testing.assert_allclose(a, b[-len(a) :], rtol=1e-14, atol=1e-16)
    assert t[0] > s.max()


def test_nothing_reaches_the_first_threshold_of_large_scores():
    assert M.roc_curve([1, 0], [1e17, 3])[2][0] > 1e17


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [0, 1, 9])
def test_area_pairs_and_ranks_agree(seed, digits, proof):
    proof("roc_auc", "scikit-learn")
    proof("roc_auc", "SciPy")
    proof("roc_auc", "law")
    y, s = labels(seed, digits=digits)
    AUC = M.roc_auc(y, s)
    assert AUC == pytest.approx(sk.roc_auc_score(y, s), rel=1e-14)
    n_pos, n_neg = y.sum(), (1 - y).sum()
    assert AUC == pytest.approx(
        scipy.stats.mannwhitneyu(s[y == 1], s[y == 0]).statistic / n_pos / n_neg, rel=1e-14
    )
    pairs = [(p > q) + (p == q) / 2 for p, q in itertools.product(s[y == 1], s[y == 0])]
    assert AUC == pytest.approx(np.mean(pairs), rel=1e-14)
    FPR, TPR, _ = M.roc_curve(y, s)
    assert AUC == pytest.approx(np.trapezoid(TPR, FPR), rel=1e-14)


def test_midranks(proof):
    proof("midranks", "SciPy")
    for seed in range(4):
        _, s = labels(seed)
        np.testing.assert_array_equal(M.midranks(s), scipy.stats.rankdata(s))


def test_auc_does_not_see_scale_or_class_ratio(proof):
    proof("roc_auc", "law")
    y, s = labels(8)
    AUC = M.roc_auc(y, s)
    for monotone in (np.exp, lambda s: 5 * s - 3, np.arctan):
        assert M.roc_auc(y, monotone(s)) == AUC
    many = np.where(y == 1, 1, 50)
    assert M.roc_auc(y.repeat(many), s.repeat(many)) == pytest.approx(AUC, rel=1e-14)
    assert M.roc_auc(y, -s) == pytest.approx(1 - AUC) == pytest.approx(M.roc_auc(1 - y, s))
    assert M.roc_auc(y, np.zeros(len(y))) == 0.5


def test_one_class_alone(proof):
    proof("roc_auc", "limit")
    proof("roc_curve", "limit")
    assert (
        np.isnan(M.roc_auc([1, 1], [2, 3]))
        and np.isnan(M.roc_auc([0, 0], [2, 3]))
        and np.isnan(M.roc_auc([], []))
    )
    FPR, TPR, _ = M.roc_curve([1, 1], [2, 3])
    assert np.isnan(FPR).all() and TPR.tolist() == [0, 0.5, 1]


def test_auc_loss_bounds_the_share_of_lost_pairs(proof):
    proof("auc_loss", "law")
    proof("auc_loss", "limit")
    for seed in range(5):
        y, s = labels(seed)
        lost = 1 - M.roc_auc(y, s)
        assert M.auc_loss(y, s) / np.log(2) >= lost
        assert M.auc_loss(y, 1e6 * s[:, None].argsort(0)[:, 0].argsort()) >= 0
    assert M.auc_loss([1, 0], [1000.0, 0]) == 0 and M.auc_loss([1, 0], [0, 0]) == np.log(2)


# ---- average_precision
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [0, 1, 9])
def test_pr_curve_and_step_area(seed, digits, proof):
    proof("pr_curve", "scikit-learn")
    proof("average_precision", "scikit-learn")
    y, s = labels(seed, digits=digits)
    for a, b in zip(M.pr_curve(y, s), sk.precision_recall_curve(y, s), strict=True):
        np.testing.assert_allclose(a, b[::-1][-len(a) :], rtol=1e-14)
    assert M.average_precision(y, s) == pytest.approx(sk.average_precision_score(y, s), rel=1e-13)


def test_positives_are_counted_whatever_their_dtype(proof):
    """The sum of 70,000 ones is inf in float16."""
    for name in ("pr_curve", "average_precision", "envelope_ap", "interpolated_ap"):
        proof(name, "limit")
    y, s = np.ones(70_000, np.float16), np.arange(70_000.0)
    P, R, _ = M.pr_curve(y, s)
    assert R[-1] == P[-1] == M.interpolated_ap(y, s) == 1
    assert M.average_precision(y, s) == pytest.approx(1) == M.envelope_ap(y, s)
    with pytest.raises(ValueError, match="at least 70000, got 69999"):
        M.pr_curve(y, s, n=69_999)


def written_out(y, s, n, levels):
    """VOC and COCO as their papers say: the best precision at this
    recall or beyond, from counts that are exact."""
    order = np.argsort(-s, kind="stable")
    hits = y[order].cumsum().tolist()
    best = lambda a, b: max((h / k for k, h in enumerate(hits, 1) if h * b >= a * n), default=0)
    return np.mean([best(k, levels - 1) for k in range(levels)]), np.sum(
        [best(k, n) for k in range(1, n + 1)]
    ) / n


@pytest.mark.parametrize("missed", [0, 1, 7])
@pytest.mark.parametrize("levels", [11, 101])
def test_interpolation_written_out(missed, levels, proof):
    proof("interpolated_ap", "law")
    proof("envelope_ap", "law")
    for seed in range(6):
        y, s = labels(seed, n=60, digits=9)
        n = int(y.sum()) + missed
        points, area = written_out(y, s, n, levels)
        assert M.interpolated_ap(y, s, n, points=levels) == pytest.approx(points, rel=1e-13)
        assert M.envelope_ap(y, s, n) == pytest.approx(area, rel=1e-13)
        assert M.envelope_ap(y, s, n) >= M.average_precision(y, s, n)


def test_levels_hit_exactly_count(proof):
    """Ten and a hundred positives: their recalls are the levels, which 0.1 * 3 is not."""
    proof("interpolated_ap", "limit")
    for n, levels in ((10, 11), (100, 101)):
        y = np.resize([1, 0], 2 * n)
        s = -np.arange(2.0 * n)
        assert M.interpolated_ap(y, s, points=levels) == pytest.approx(
            written_out(y, s, n, levels)[0], rel=1e-13
        )


def test_envelope_falls_and_touches(proof):
    proof("envelope", "law")
    P = np.random.default_rng(0).random(50)
    np.testing.assert_array_equal(M.envelope(P), [P[k:].max() for k in range(50)])


def test_mean_ap_leaves_out_classes_without_positives(proof):
    proof("average", "scikit-learn")
    Y, S = np.array([labels(k)[0] for k in range(4)]), np.array([labels(k)[1] for k in range(4)])
    AP = [M.average_precision(y, s) for y, s in zip(Y, S, strict=True)]
    assert M.average(AP) == pytest.approx(sk.average_precision_score(Y.T, S.T, average="macro"), rel=1e-13)
    assert M.average([*AP, M.average_precision(np.zeros(3), np.ones(3))]) == M.average(AP)


def test_ap_without_positives_or_detections(proof):
    for name in ("average_precision", "envelope_ap", "interpolated_ap"):
        proof(name, "limit")
        AP = getattr(M, name)
        assert (
            np.isnan(AP([0, 0], [1, 2]))
            and np.isnan(AP([], []))
            and AP([], [], n=3) == 0 == AP([0, 0], [1, 2], n=3)
        )
        assert AP([1, 1, 0], [3, 2, 1]) == 1


def test_random_scores_have_the_share_of_positives_as_ap(proof):
    proof("average_precision", "limit")
    y, _ = labels(0, n=20_000)
    assert M.average_precision(y, np.random.default_rng(1).random(20_000)) == pytest.approx(
        y.mean(), abs=0.01
    )


# ---- boxes
def test_iou_counts_pixels(proof):
    for name in ("iou", "giou"):
        proof(name, "law")
    rng = np.random.default_rng(0)
    low = rng.integers(0, 12, (2, 60, 2))
    a, b = np.concatenate([low, low + rng.integers(1, 8, low.shape)], -1)
    x, y = np.mgrid[:20, :20]
    inside = lambda box: (box[0] <= x) & (x < box[2]) & (box[1] <= y) & (y < box[3])
    for p, q in zip(a, b, strict=True):
        union, outer = inside(p) | inside(q), inside([*np.minimum(p, q)[:2], *np.maximum(p, q)[2:]])
        IoU = (inside(p) & inside(q)).sum() / union.sum()
        assert M.iou(p, q) == IoU == M.iou(q, p)
        assert M.giou(p, q) == pytest.approx(IoU - (outer.sum() - union.sum()) / outer.sum(), rel=1e-14)
    assert M.iou(a[:, None], b).shape == (60, 60)


def test_giou_of_far_boxes_goes_to_minus_one(proof):
    proof("giou", "limit")
    assert M.giou([0, 0, 1, 1], [1e9, 0, 1e9 + 1, 1]) == pytest.approx(-1, abs=1e-8)
    assert np.isnan(M.iou([1, 1, 1, 1], [2, 2, 2, 2]))


def test_matching_by_brute_force(proof):
    proof("match_boxes", "law")
    rng = np.random.default_rng(0)
    for _ in range(50):
        O, t, taken = rng.random((rng.integers(0, 7), rng.integers(0, 5))), rng.random(), set()
        for i, j in enumerate(M.match_boxes(O, t)):
            free = {k: v for k, v in enumerate(O[i]) if k not in taken and v >= t}
            assert j == (max(free, key=free.get) if free else -1)
            taken |= {j} - {-1}


def without_tolerance(y, s, n):
    """COCO's levels as they are stored, of which ten lie above the hundredths that they stand for."""
    P, R, _ = M.pr_curve(y, s, n)
    return np.append(M.envelope(P), 0)[np.searchsorted(R, np.linspace(0, 1, 101))].mean()


def compare_with_coco(answers):
    for category in coco.CATEGORIES:
        judged = [plots.judge(coco.images(category), t) for t in coco.THRESHOLDS]
        AP = [M.interpolated_ap(*found) for found in judged]
        stored = [without_tolerance(*found) for found in judged]
        np.testing.assert_allclose(stored, answers[category], rtol=1e-12, atol=1e-15, err_msg=category)
        # where a recall is a level: with a hundred objects
        difference = np.abs(np.subtract(AP, stored)).max()
        assert 0.004 < difference < 0.005 if category == "hundred" else difference == 0


JUDGED = ["iou", "match_boxes", "pr_curve", "envelope", "interpolated_ap"]


def test_coco_recorded(proof):
    for name in JUDGED:
        proof(name, "pycocotools")
    compare_with_coco(COCO)


def test_coco_live(proof):
    pytest.importorskip("pycocotools", reason="pycocotools not installed")
    for name in JUDGED:
        proof(name, "pycocotools")
    compare_with_coco(coco.answers())


# ---- gradients
@pytest.mark.parametrize("case", [c for c in pytorch.CASES if "tied" not in c])
def test_gradient(case, proof):
    proof(f"{case.split()[0]}_grad", "gradient")
    autograd.by_differences(M, case, pytorch.CASES[case], h=1e-4, rtol=1e-6)


@pytest.mark.parametrize("case", pytorch.CASES)
def test_pytorch_recorded(case, proof):
    for name in (case.split()[0], f"{case.split()[0]}_grad"):
        proof(name, "PyTorch")
    autograd.compare(M, case, pytorch.CASES[case], RECORDED[case])


@pytest.mark.parametrize("case", pytorch.CASES)
def test_pytorch_live(case, proof):
    pytest.importorskip("torch", reason="PyTorch not installed")
    for name in (case.split()[0], f"{case.split()[0]}_grad"):
        proof(name, "PyTorch")
    autograd.compare(M, case, pytorch.CASES[case], autograd.theirs(pytorch.CASES[case]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", SMOOTH)
def test_dtype_is_kept(name, dtype):
    inputs = [
        v if k == "y" else v.astype(dtype)
        for k, v in pytorch.CASES[f"{name}{' boxes' * ('iou' in name)}"].inputs.items()
    ]
    y = getattr(M, name)(*inputs)
    grads = getattr(M, f"{name}_grad")(*inputs, np.ones_like(y))
    assert {y.dtype, *(d.dtype for d in (grads if isinstance(grads, tuple) else (grads,)))} == {
        np.dtype(dtype)
    }


def test_boxes_apart_have_a_gradient_only_by_giou(proof):
    proof("iou_grad", "law")
    proof("giou_grad", "law")
    a, b = pytorch.APART.values()
    a = a - [9, 0, 9, 0]
    assert not np.any(M.iou_grad(a, b, np.ones(5))) and (M.giou_grad(a, b, np.ones(5))[0][:, 2] > 0).all()


BAD = [
    (lambda: M.confusion_matrix([0, 1], [[0], [1]]), "y and y_hat must have one shape, got (2,) and (2, 1)"),
    (lambda: M.confusion_matrix([0, 1], [0.7, 0.2]), "classes must be whole numbers from 0 to 1, got 0.2"),
    (lambda: M.confusion_matrix([0, 3], [0, 0], K=3), "classes must be whole numbers from 0 to 2, got 3"),
    (lambda: M.counts(np.ones((2, 3))), "a confusion matrix is square, got (2, 3)"),
    (lambda: M.accuracy(5), "a confusion matrix is square, got ()"),
    (lambda: M.precision(np.ones(3), np.ones((3, 1))), "counts must have one shape, got (3,) and (3, 1)"),
    (lambda: M.average([1, 2], [[1], [2]]),
     "weights w must have the shape of the values, got (2, 1) and (2,)"),
    (lambda: M.roc_auc([1, -1], [2, 3]), "labels y must be 0 or 1, got -1"),
    (lambda: M.roc_auc([1, 0], [[2], [3]]),
     "labels y must have the shape of the scores, got (2,) and (2, 1)"),
    (lambda: M.roc_curve([1, 0], [np.nan, 3]), "scores must be numbers, got nan"),
    (lambda: M.auc_loss([1, 1], [2, 3]), "pairs need both classes, got 2 positives and 0 negatives"),
    (lambda: M.pr_curve([1, 1], [2, 3], n=1),
     "n counts all positives, also those not found: at least 2, got 1"),
    (lambda: M.iou([5, 5, 2, 2], [0, 0, 1, 1]),
     "boxes are x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, got [5. 5. 2. 2.]"),
    (lambda: M.giou([0, 0, 1], [0, 0, 1, 1]), "boxes have 4 numbers along axis -1, got shape (3,)"),
    (lambda: M.iou_grad([0, 0, 1, 1], [[0, 0, 1, 1]], 1),
     "boxes a and b must have one shape, got (4,) and (1, 4)"),
    (lambda: M.match_boxes(np.ones((2, 1)), 0),
     "t must be positive, because the overlap with taken objects counts 0, got 0"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize("name", EVERY)
def test_every_function_is_held_against_something_else(name):
    """scikit-learn, SciPy, pycocotools, PyTorch, or the definition written out."""
    source = inspect.getsource(inspect.getmodule(test_bad_input))
    assert name.removesuffix("_grad") in SMOOTH + JUDGED or f'"{name}"' in source
