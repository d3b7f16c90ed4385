"""Figures of the chapter on metrics, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import metrics as m
from snippets.initialization import within_sigma

INK = "#24292f"


def tail(t):
    """The share of standard normal scores at or above t."""
    return 0.5 - 0.5 * np.sign(t) * within_sigma(np.abs(t))


# ---- confusion_matrix
C = np.array([[50, 8, 2], [6, 20, 4], [1, 3, 6]])


def confusion_matrix(ax):
    """Three classes: true ones in rows, decisions in columns; recalls
    beside the rows, precisions below the columns."""
    TP, FP, FN, _ = m.counts(C)
    for i, j in np.ndindex(3, 3):
        color = "#0969da" if i == j else "#cf222e"
        ax.fill_between(
            [j - 0.5, j + 0.5], i - 0.5, i + 0.5, color=color, alpha=0.6 * C[i, j] / C[i].sum(), linewidth=0
        )
        ax.text(j, i, f"${C[i, j]}$", ha="center", va="center")
    for k in range(3):
        ax.text(2.6, k, f"$R_{k} = {m.recall(TP, FN)[k]:.2f}$", va="center")
        ax.text(k, 2.75, f"$P_{k} = {m.precision(TP, FP)[k]:.2f}$", ha="center", va="center")
    ax.set(
        xlim=(-0.5, 3.4), ylim=(3, -0.5), xlabel=r"$\hat{y}$", ylabel="$y$", xticks=range(3), yticks=range(3)
    )
    ax.set_frame_on(False)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")


def counts_at(t, share, d=1.5):
    """TP, FP, FN, TN per sample at threshold t: positives score N(d, 1), negatives N(0, 1)."""
    TP, FP = share * tail(t - d), (1 - share) * tail(t)
    return TP, FP, share - TP, 1 - share - FP


def threshold(ax1, ax2):
    """Five metrics over the threshold, for two shares of positives:
    recall and specificity do not see the share."""
    t = np.linspace(-2.5, 4.5, 281)
    for ax, share in ((ax1, 0.5), (ax2, 0.1)):
        TP, FP, FN, TN = counts_at(t, share)
        ax.plot(t, m.recall(TP, FN), label="$R$")
        ax.plot(t, m.specificity(TN, FP), "--", label="TNR")
        ax.plot(t, m.precision(TP, FP), label="$P$")
        ax.plot(t, m.f_beta(TP, FP, FN), label="$F_1$")
        ax.plot(t, TP + TN, ":", label="Acc")
        ax.set(xlabel="$t$", ylim=(-0.03, 1.03), title=rf"$\rho = {share}$")
    ax2.legend(loc="center left")


def best_f1(share=0.1, d=1.5):
    """The highest F1 that any threshold reaches, and the probability
    of the positive class at that threshold."""
    t = np.linspace(-3, 5, 80_001)
    F = m.f_beta(*counts_at(t, share, d)[:3])
    best = t[F.argmax()]
    odds = share / (1 - share) * np.exp(d * best - d**2 / 2)
    return F.max(), odds / (1 + odds)


def f_beta(ax):
    """Pairs of recall and precision that have the same F-beta, 0.6, and dotted the same arithmetic mean."""
    R = np.linspace(0.2, 1, 401)
    for beta, style in ((0.5, "--"), (1, "-"), (2, "-.")):
        P = 0.6 * R / ((1 + beta**2) * R - 0.6 * beta**2)
        ax.plot(*np.where((P > 0) & (P <= 1), (R, P), np.nan), style, label=rf"$F_{{{beta}}} = 0.6$")
    ax.plot(R, 1.2 - R, ":", color=INK, label="$(P + R)/2 = 0.6$")
    ax.set(xlabel="$R$", ylabel="$P$", xlim=(0.2, 1.02), ylim=(0.2, 1.02))
    ax.legend()


# ---- roc_auc
def roc_auc(ax1, ax2):
    """Two densities of scores with one threshold; the curve that the threshold draws, and its point."""
    s, t, d = np.linspace(-3.5, 5, 400), 1.0, 1.5
    density = lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    for y, mean, color in ((0, 0, "#cf222e"), (1, d, "#0969da")):
        ax1.plot(s, density(s - mean), color=color, label=f"$y = {y}$")
        ax1.fill_between(s[s >= t], density(s - mean)[s >= t], color=color, alpha=0.25, linewidth=0)
    ax1.axvline(t, color=INK, linewidth=0.8, linestyle="--")
    ax1.set(xlabel="$s$", title=f"$t = {t:.0f}$")
    ax1.legend()
    ax2.plot(tail(s), tail(s - d))
    ax2.plot(tail(t), tail(t - d), "o", color=INK)
    ax2.fill_between(tail(s), tail(s - d), alpha=0.12, linewidth=0)
    ax2.plot([0, 1], [0, 1], ":", color=INK, linewidth=0.8)
    ax2.text(0.5, 0.35, f"AUC $= {binormal_auc(d):.2f}$")
    ax2.set(xlabel="FPR", ylabel="TPR")


def binormal_auc(d, sigma=1.0):
    """The area for positives from N(d, sigma^2) and negatives from N(0, 1)."""
    return tail(-d / np.sqrt(1 + sigma**2))


SMALL_Y, SMALL_S = np.array([1, 0, 1, 0, 1, 0]), np.array([9, 8, 8, 3, 6, 6])


def staircase(ax):
    """Six samples: a step up for a positive, right for a negative, diagonal where both share a score."""
    FPR, TPR, t = m.roc_curve(SMALL_Y, SMALL_S)
    ax.plot(FPR, TPR, "o-")
    ax.fill_between(FPR, TPR, alpha=0.12, linewidth=0)
    for x, y, threshold in zip(FPR[1:], TPR[1:], t[1:], strict=True):
        ax.text(x + 0.02, y - 0.09, f"$t = {threshold:.0f}$")
    ax.plot([0, 1], [0, 1], ":", color=INK, linewidth=0.8)
    ax.set(xlabel="FPR", ylabel="TPR", xticks=[0, 1 / 3, 2 / 3, 1], yticks=[0, 1 / 3, 2 / 3, 1])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticklabels(["$0$", "$1/3$", "$2/3$", "$1$"])


def auc_and_ap(copies=1):
    """AUC and average precision of four positives and four negatives,
    each negative standing there so often."""
    s = np.r_[[9, 8, 6, 4], np.repeat([7, 6, 3, 2], copies)]
    y = np.arange(s.size) < 4
    return m.roc_auc(y, s), m.average_precision(y, s)


def binormal_ap(share, d=1.5):
    """Area under the precision-recall curve for this share of positives."""
    t = np.linspace(8, -8, 4001)
    TP, FP, FN, _ = counts_at(t, share, d)
    return (m.precision(TP, FP)[1:] * np.diff(m.recall(TP, FN))).sum()


def imbalance(ax1, ax2):
    """The same scores for three shares of positives: one ROC curve, three precision-recall curves."""
    t = np.linspace(6, -5, 400)
    for share, style, name in ((1 / 2, "-", "1/2"), (1 / 11, "--", "1/11"), (1 / 101, ":", "1/101")):
        TP, FP, FN, TN = counts_at(t, share)
        ax1.plot(1 - m.specificity(TN, FP), m.recall(TP, FN), style, label=rf"$\rho = {name}$")
        ax2.plot(m.recall(TP, FN), m.precision(TP, FP), style)
    ax1.set(xlabel="FPR", ylabel="TPR")
    ax2.set(xlabel="$R$", ylabel="$P$", ylim=(-0.03, 1.03))
    ax1.legend()


WIDE = 3.0, 1.5 * np.sqrt((1 + 3.0**2) / 2)  # deviation of the positives, and their mean for the same area


def tpr_at(FPR, d, sigma=1.0):
    """True positive rate at a false positive rate, by interpolation on a fine curve."""
    t = np.linspace(9, -30, 40_001)
    return np.interp(FPR, tail(t), tail((t - d) / sigma))


def crossing(ax):
    """Two curves of the same area that cross."""
    t = np.linspace(30, -30, 4001)
    for (sigma, d), style in (((1.0, 1.5), "-"), (WIDE, "--")):
        ax.plot(tail(t), tail((t - d) / sigma), style, label=rf"$\sigma_+ = {sigma:.0f}$")
    ax.set(xlabel="FPR", ylabel="TPR")
    ax.legend()


# ---- average_precision
RANKED, FALLING = np.array([1, 0, 0, 1, 1, 1, 0, 1]), np.arange(8.0, 0, -1)


def average_precision(ax):
    """Eight ranked samples, five positive: precision and recall after
    each, the envelope, its eleven points."""
    P, R, _ = m.pr_curve(RANKED, FALLING)
    level = np.linspace(0, 1, 11)
    best = m.envelope(P)[np.searchsorted(R, level - 1e-9)]
    ax.plot(R, P, "o-", color="#57606a", label="$P(R)$")
    ax.step(np.r_[0, R], np.r_[m.envelope(P)[0], m.envelope(P)], where="pre", label=r"$\bar{P}(R)$")
    ax.plot(level, best, "x", color="#cf222e", label=r"$\bar{P}(0), \bar{P}(0.1), \dots$")
    ax.set(xlabel="$R$", ylabel="$P$", ylim=(0, 1.05))
    ax.legend(loc="lower left")


def judge(images, t=0.5):
    """Match the detections of one class in each image; hits, scores
    and the number of objects over all images."""
    y, s, n = [], [], 0
    for found, scores, true in images:
        best = np.argsort(-scores, kind="stable")
        y.append(m.match_boxes(m.iou(found[best][:, None], true), t) >= 0)
        s.append(scores[best])
        n += len(true)
    return np.concatenate(y), np.concatenate(s), n


def detector(jitter, count=150):
    """Images with two objects of 100 by 100, found with corners off
    by N(0, jitter^2), and two false alarms."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        low = rng.uniform(0, 300, (2, 2))
        true = np.concatenate([low, low + 100], -1)
        false = rng.uniform(0, 300, (2, 2))
        found = np.concatenate([true + jitter * rng.standard_normal((2, 4)), np.c_[false, false + 100]])
        yield found, np.r_[rng.normal(1, 1, 2), rng.normal(0, 1, 2)], true


def ap_by_threshold(jitter):
    """Average precision at the ten thresholds of COCO."""
    return np.array([m.interpolated_ap(*judge(detector(jitter), t)) for t in np.linspace(0.5, 0.95, 10)])


def thresholds(ax):
    """Three detectors that find the same objects with more or less exact corners; dotted, their means."""
    for jitter, style in ((2, "o-"), (6, "s--"), (12, "^:")):
        AP = ap_by_threshold(jitter)
        (line,) = ax.plot(np.linspace(0.5, 0.95, 10), AP, style, label=rf"$\sigma = {jitter}$")
        ax.axhline(AP.mean(), color=line.get_color(), linewidth=0.8, linestyle=":")
    ax.set(xlabel="IoU", ylabel="AP", ylim=(-0.03, 0.85))
    ax.legend()


def iou(ax1, ax2):
    """A unit box shifted along another: both measures, and how they change with the shift."""
    x = np.linspace(0.001, 3, 600)
    a = np.stack([x, 0 * x, x + 1, 0 * x + 1], -1)
    b = np.broadcast_to([0.0, 0, 1, 1], a.shape)
    for f, grad, style, name in ((m.iou, m.iou_grad, "-", "IoU"), (m.giou, m.giou_grad, "--", "GIoU")):
        ax1.plot(x, f(a, b), style, label=name)
        ax2.plot(x, grad(a, b, np.ones(x.size))[0][:, [0, 2]].sum(-1), style, label=name)
    ax1.set(xlabel="$x$")
    ax2.set(xlabel="$x$", ylabel=r"$\partial / \partial x$")
    ax1.legend()


def levels_above():
    """How many of COCO's 101 stored levels lie above the hundredth that they stand for."""
    return (np.linspace(0, 1, 101) > np.arange(101) / 100).sum()
