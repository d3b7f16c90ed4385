"""Metrics of classifiers, rankings and detectors, and smooth stand-ins that have a gradient.

Labels y come first and are 0 or 1, or classes 0, 1, …; scores are called s, decisions y_hat. A ratio of
nothing, 0/0, is nan. Counts and what is made of them are float64; functions with a gradient keep the dtype.
"""

import numpy as np

from snippets.activations import _float, _like, log_sigmoid, sigmoid


def _ratio(a, b):
    """a / b, silently nan for 0/0."""
    with np.errstate(invalid="ignore"):
        return np.divide(a, b)


def _counts(*numbers):
    """Counts of one shape, (3,) and (3, 1) would make (3, 3); in float64: products of integers overflow."""
    arrays = [np.asarray(c, float) for c in numbers]
    if len({a.shape for a in arrays}) > 1:
        raise ValueError(f"counts must have one shape, got {' and '.join(str(a.shape) for a in arrays)}")
    return arrays


def _square(C):
    C = np.asarray(C, float)
    if C.ndim < 2 or C.shape[-1] != C.shape[-2]:
        raise ValueError(f"a confusion matrix is square, got {C.shape}")
    return C


def _binary(y, s):
    """Labels as booleans beside their scores; labels -1 and 1, or a nan, would be sorted in silently."""
    y, s = np.asarray(y), _float(s)
    if y.shape != s.shape:
        raise ValueError(f"labels y must have the shape of the scores, got {y.shape} and {s.shape}")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"labels y must be 0 or 1, got {y[~np.isin(y, (0, 1))][0]}")
    if np.isnan(s).any():
        raise ValueError("scores must be numbers, got nan")
    return y.astype(bool), s


# ---- confusion_matrix
def confusion_matrix(y, y_hat, K=None):
    r"""Count how often class i was called class j: true classes in rows, decisions in columns.

    $$C_{ij} = \sum_{k=0}^{n-1} [y_k = i]\,[\hat y_k = j]$$

    $y \in \{0, 1, 2\}^{n}$, $\hat y \in \{0, 1, 2\}^{n}$, $C$ (`return`)

    `y (n,), y_hat (n,) -> C (K, K)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> confusion_matrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2])
    array([[2, 1, 0],
           [0, 1, 1],
           [0, 0, 1]])
    """
    y, y_hat = np.asarray(y), np.asarray(y_hat)
    if y.shape != y_hat.shape:
        raise ValueError(f"y and y_hat must have one shape, got {y.shape} and {y_hat.shape}")
    seen = np.union1d(y, y_hat)
    K = int(max(seen, default=-1)) + 1 if K is None else K
    wrong = seen[~np.isin(seen, np.arange(K))]
    if wrong.size:
        raise ValueError(f"classes must be whole numbers from 0 to {K - 1}, got {wrong[0]}")
    C = np.zeros((K, K), int)
    np.add.at(C, (y.astype(int), y_hat.astype(int)), 1)  # y * K + y_hat may not fit into small integers
    return C


def counts(C):
    r"""Read off, for each class against the rest, the four counts that all metrics are made of.

    $$TP_k = C_{kk}$$

    $$FP_k = \sum_{i=1}^{K} C_{ik} - C_{kk}$$

    $$FN_k = \sum_{j=1}^{K} C_{kj} - C_{kk}$$

    $$TP_k + FP_k + FN_k + TN_k = \sum_{i=1}^{K} \sum_{j=1}^{K} C_{ij}$$

    $C \in \mathbb{N}^{K \times K}$,
    $TP$ (`return[0]`), $FP$ (`return[1]`), $FN$ (`return[2]`), $TN$ (`return[3]`)

    `C (..., K, K) -> TP, FP, FN, TN (..., K)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> TP, FP, FN, TN = counts([[2, 1, 0], [0, 1, 1], [0, 0, 1]])
    >>> TP, FP, FN
    (array([2., 1., 1.]), array([0., 1., 1.]), array([1., 1., 0.]))
    """
    C = _square(C)
    TP = C.diagonal(axis1=-2, axis2=-1)
    FP = C.sum(-2) - TP
    FN = C.sum(-1) - TP
    TN = C.sum((-2, -1))[..., None] - TP - FP - FN
    return TP, FP, FN, TN


def accuracy(C):
    r"""Share of all decisions that are right: the diagonal over everything.

    $$\mathrm{Acc} = \frac{\sum_{k=1}^{K} C_{kk}}{\sum_{i=1}^{K} \sum_{j=1}^{K} C_{ij}}$$

    $C \in \mathbb{N}^{K \times K}$, $\mathrm{Acc}$ (`return`)

    `C (..., K, K) -> Acc (...)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> accuracy([[980, 10], [5, 5]])
    np.float64(0.985)
    """
    C = _square(C)
    return _ratio(np.trace(C, axis1=-2, axis2=-1), C.sum((-2, -1)))


def precision(TP, FP):
    r"""Of what was called positive, the share that is.

    $$P = \frac{TP}{TP + FP}$$

    $TP \in \mathbb{N}$, $FP \in \mathbb{N}$, $P$ (`return`)

    `TP (...), FP (...) -> P (...)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> precision(TP=[6, 0], FP=[2, 0])
    array([0.75,  nan])
    """
    TP, FP = _counts(TP, FP)
    return _ratio(TP, TP + FP)


def recall(TP, FN):
    r"""Of what is positive, the share that was found: sensitivity, true positive rate.

    $$R = \frac{TP}{TP + FN}$$

    $TP \in \mathbb{N}$, $FN \in \mathbb{N}$, $R$ (`return`)

    `TP (...), FN (...) -> R (...)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> recall(TP=[6, 0], FN=[2, 0])
    array([0.75,  nan])
    """
    TP, FN = _counts(TP, FN)
    return _ratio(TP, TP + FN)


def specificity(TN, FP):
    r"""Of what is negative, the share that was left alone: true negative rate, the recall of the other class.

    $$\mathrm{TNR} = \frac{TN}{TN + FP}$$

    $TN \in \mathbb{N}$, $FP \in \mathbb{N}$, $\mathrm{TNR}$ (`return`)

    `TN (...), FP (...) -> TNR (...)`

    [Powers (2011)](https://arxiv.org/abs/2010.16061)

    >>> specificity(TN=980, FP=20)
    np.float64(0.98)
    """
    TN, FP = _counts(TN, FP)
    return _ratio(TN, TN + FP)


def f_beta(TP, FP, FN, beta=1.0):
    r"""Weigh missed positives against false alarms, beta squared to one; beta = 1 is F1.

    $$F_\beta = \frac{(1 + \beta^2)\,TP}{(1 + \beta^2)\,TP + \beta^2 FN + FP}$$

    $TP \in \mathbb{N}$, $FP \in \mathbb{N}$, $FN \in \mathbb{N}$, $\beta > 0$, $F_\beta$ (`return`)

    `TP (...), FP (...), FN (...) -> F (...)`

    [van Rijsbergen (1979), chapter 7](http://www.dcs.gla.ac.uk/Keith/Preface.html)

    >>> f_beta(TP=[6, 0, 0], FP=[2, 3, 0], FN=[2, 0, 0])
    array([0.75, 0.  ,  nan])
    """
    TP, FP, FN = _counts(TP, FP, FN)
    return _ratio((1 + beta**2) * TP, (1 + beta**2) * TP + beta**2 * FN + FP)


def mcc(TP, FP, FN, TN):
    r"""Correlate decisions with labels, over all four counts: Matthews' coefficient.

    $$\begin{aligned} D &= (TP + FP)(TP + FN) \\ &\cdot (TN + FP)(TN + FN) \end{aligned}$$

    $$\mathrm{MCC} = \frac{TP \cdot TN - FP \cdot FN}{\sqrt{D}}$$

    $TP \in \mathbb{N}$, $FP \in \mathbb{N}$, $FN \in \mathbb{N}$, $TN \in \mathbb{N}$,
    $\mathrm{MCC}$ (`return`)

    `TP (...), FP (...), FN (...), TN (...) -> MCC (...)`

    [Matthews (1975)](https://doi.org/10.1016/0005-2795(75)90109-9)

    >>> mcc(TP=4, FP=1, FN=1, TN=4)
    np.float64(0.6)
    """
    TP, FP, FN, TN = _counts(TP, FP, FN, TN)
    D = (TP + FP) * (TP + FN) * (TN + FP) * (TN + FN)
    return _ratio(TP * TN - FP * FN, np.sqrt(D))


def average(v, w=1.0):
    r"""Average the values of the classes, leaving out those that are undefined: macro, or weighted by w.

    $$\bar v = \frac{\sum_{k=1}^{K} w_k v_k}{\sum_{k=1}^{K} w_k}$$

    $v \in (0, 1)^{K}$, $w \in (0, 1)^{K}$, $\bar v$ (`return`)

    `v (K,), w (K,) -> v_bar ()`

    [Opitz & Burst (2019)](https://arxiv.org/abs/1911.03347)

    >>> average([1, 0.5, np.nan])
    np.float64(0.75)
    >>> average([1, 0.5, np.nan], w=[3, 1, 0])
    np.float64(0.875)
    """
    v = np.asarray(v, float)
    w = np.asarray(w, float)
    if w.shape not in ((), v.shape):
        raise ValueError(f"weights w must have the shape of the values, got {w.shape} and {v.shape}")
    w = w * ~np.isnan(v)
    return _ratio((w * np.nan_to_num(v)).sum(), w.sum())


def soft_f_beta(y, p, beta=1.0):
    r"""Let each probability count as that much of a decision: an F-beta that has a gradient, soft Dice.

    $$F_\beta = \frac{(1 + \beta^2) \sum_{i=1}^{n} y_i\,p_i}
    {\sum_{i=1}^{n} p_i + \beta^2 \sum_{i=1}^{n} y_i}$$

    $y \in \{0, 1\}^{n}$, $p \in (0, 1)^{n}$, $\beta > 0$, $F_\beta$ (`return`)

    `y (..., n), p (..., n) -> F (...)`

    [Milletari, Navab & Ahmadi (2016)](https://arxiv.org/abs/1606.04797)

    >>> soft_f_beta([1, 1, 0, 0], [0.9, 0.6, 0.4, 0.1])
    np.float64(0.75)
    """
    y, p = _binary(y, p)
    return _ratio((1 + beta**2) * (y * p).sum(-1), p.sum(-1) + beta**2 * y.sum(-1, dtype=p.dtype))


def soft_f_beta_grad(y, p, g, beta=1.0):
    r"""Pass a gradient back to the probabilities: the positives share one slope, the negatives another.

    $$\frac{\partial L}{\partial p_i} = g\,\frac{(1 + \beta^2)\,y_i - F_\beta}
    {\sum_{k=1}^{n} p_k + \beta^2 \sum_{k=1}^{n} y_k}$$

    $y \in \{0, 1\}^{n}$, $p \in (0, 1)^{n}$, $\beta > 0$, $g = \partial L / \partial F$, $F_\beta$ (`F`)

    `y (..., n), p (..., n), g (...) -> dp (..., n)`

    [Milletari, Navab & Ahmadi (2016)](https://arxiv.org/abs/1606.04797)

    >>> soft_f_beta_grad([1, 1, 0, 0], [0.9, 0.6, 0.4, 0.1], 16)
    array([ 5.,  5., -3., -3.])
    """
    y, p = _binary(y, p)
    F = soft_f_beta(y, p, beta)
    slope = _ratio(_like(g, F), p.sum(-1) + beta**2 * y.sum(-1, dtype=p.dtype))
    return slope[..., None] * ((1 + beta**2) * y.astype(p.dtype) - F[..., None])


# ---- roc_auc
def _sweep(y, s):
    """Distinct scores, falling, and how many positives and negatives reach each."""
    y, s = _binary(y, s)
    t, k = np.unique(-s, return_inverse=True)
    TP, FP = (np.bincount(k.ravel(), w.ravel(), t.size).cumsum() for w in (y, ~y))
    return -t, TP, FP


def roc_curve(y, s):
    r"""Lower the threshold past all scores, and note which share of negatives and of positives reaches it.

    $$\mathrm{TPR}_k = \frac{\sum_{i=1}^{n} y_i\,[s_i \ge t_k]}{\sum_{i=1}^{n} y_i}$$

    $$\mathrm{FPR}_k = \frac{\sum_{i=1}^{n} (1 - y_i)\,[s_i \ge t_k]}{\sum_{i=1}^{n} (1 - y_i)}$$

    $y \in \{0, 1\}^{n}$, $s \in \mathbb{R}^{n}$,
    $\mathrm{FPR}$ (`return[0]`), $\mathrm{TPR}$ (`return[1]`), $t$ (`return[2]`)

    `y (n,), s (n,) -> FPR (m,), TPR (m,), t (m,)`

    [Fawcett (2006)](https://doi.org/10.1016/j.patrec.2005.10.010)

    >>> FPR, TPR, t = roc_curve([1, 0, 1, 0], [9, 8, 8, 3])
    >>> FPR, TPR
    (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]))
    """
    t, TP, FP = _sweep(y, s)
    t = np.r_[t[:1] + np.abs(t[:1]) + 1, t]  # nothing reaches the first threshold
    TP, FP = np.r_[0, TP], np.r_[0, FP]
    return _ratio(FP, FP[-1]), _ratio(TP, TP[-1]), t


def midranks(s):
    r"""Rank from the smallest, 1, to the largest; equal scores share the mean of their ranks.

    $$r_i = \frac{1}{2} + \sum_{j=1}^{n} \left([s_j < s_i] + \frac{1}{2}\,[s_j = s_i]\right)$$

    $s \in \mathbb{R}^{n}$, $r$ (`return`)

    `s (n,) -> r (n,)`

    [Mann & Whitney (1947)](https://doi.org/10.1214/aoms/1177730491)

    >>> midranks([9, 8, 8, 3])
    array([4. , 2.5, 2.5, 1. ])
    """
    _, k, ties = np.unique(s, return_inverse=True, return_counts=True)
    return (ties.cumsum() - (ties - 1) / 2)[k]


def roc_auc(y, s):
    r"""Probability that a random positive scores above a random negative; a tie counts one half.

    $$\begin{aligned} \mathrm{AUC} &= \frac{1}{n_+ n_-} \\ &\cdot \sum_{i: y_i = 1}\; \sum_{j: y_j = 0}
      \left([s_i > s_j] + \frac{1}{2}\,[s_i = s_j]\right) \end{aligned}$$

    $y \in \{0, 1\}^{n}$, $s \in \mathbb{R}^{n}$, $n_+$ (`n_pos`), $n_-$ (`n_neg`), $\mathrm{AUC}$ (`return`)

    `y (n,), s (n,) -> AUC ()`

    [Hanley & McNeil (1982)](https://doi.org/10.1148/radiology.143.1.7063747)

    >>> roc_auc([1, 0, 1, 0], [9, 8, 8, 3])
    np.float64(0.875)
    """
    y, s = _binary(y, s)
    n_pos, n_neg = y.sum(), (~y).sum()
    r = midranks(s)
    return _ratio(r[y].sum() - n_pos * (n_pos + 1) / 2, n_pos * n_neg)


def _pairs(y, s):
    """Score of each positive (rows) minus score of each negative (columns)."""
    y, s = _binary(y, s)
    if y.all() or not y.any():
        raise ValueError(f"pairs need both classes, got {y.sum()} positives and {(~y).sum()} negatives")
    return s[y][:, None] - s[~y]


def auc_loss(y, s):
    r"""Charge each pair of a positive and a negative a smooth price for being in the wrong order.

    $$\ell = \frac{1}{n_+ n_-} \sum_{i: y_i = 1}\; \sum_{j: y_j = 0} \ln\left(1 + e^{-(s_i - s_j)}\right)$$

    $y \in \{0, 1\}^{n}$, $s \in \mathbb{R}^{n}$,
    $n_+ = \sum_{i=1}^{n} y_i$, $n_- = \sum_{i=1}^{n} (1 - y_i)$, $\ell$ (`return`)

    `y (n,), s (n,) -> l ()`

    [Burges et al. (2005), RankNet](https://doi.org/10.1145/1102351.1102363)

    >>> auc_loss([1, 0], [0, 1000])
    np.float64(1000.0)
    """
    return -log_sigmoid(_pairs(y, s)).mean()


def auc_loss_grad(y, s, g):
    r"""Pass a gradient back to the scores: each pair pulls its positive up and its negative down.

    $$\frac{\partial L}{\partial s_i} =
    -\frac{g}{n_+ n_-} \sum_{j: y_j = 0} \sigma(s_j - s_i) \quad (y_i = 1)$$

    $$\frac{\partial L}{\partial s_j} =
    \frac{g}{n_+ n_-} \sum_{i: y_i = 1} \sigma(s_j - s_i) \quad (y_j = 0)$$

    $y \in \{0, 1\}^{n}$, $s \in \mathbb{R}^{n}$,
    $n_+ = \sum_{i=1}^{n} y_i$, $n_- = \sum_{i=1}^{n} (1 - y_i)$, $g = \partial L / \partial \ell$

    `y (n,), s (n,), g () -> ds (n,)`

    [Burges et al. (2005), RankNet](https://doi.org/10.1145/1102351.1102363)

    >>> auc_loss_grad([1, 0, 0], [0, 0, 0], 8)
    array([-4.,  2.,  2.])
    """
    y, s = _binary(y, s)
    pull = _like(g, s[..., 0]) * sigmoid(-_pairs(y, s)) / (y.sum() * (~y).sum())
    ds = np.empty_like(s)
    ds[y], ds[~y] = -pull.sum(1), pull.sum(0)
    return ds


# ---- average_precision
def pr_curve(y, s, n=None):
    r"""Lower the threshold from score to score, and note precision and recall, of n positives in all.

    $$P_k = \frac{\sum_{i=1}^{N} y_i\,[s_i \ge t_k]}{\sum_{i=1}^{N} [s_i \ge t_k]}$$

    $$R_k = \frac{\sum_{i=1}^{N} y_i\,[s_i \ge t_k]}{\sum_{i=1}^{N} y_i}$$

    $y \in \{0, 1\}^{N}$, $s \in \mathbb{R}^{N}$, $P$ (`return[0]`), $R$ (`return[1]`), $t$ (`return[2]`)

    `y (N,), s (N,) -> P (m,), R (m,), t (m,)`

    [Davis & Goadrich (2006)](https://doi.org/10.1145/1143844.1143874)

    >>> P, R, t = pr_curve([1, 0, 1, 1], [9, 8, 7, 3])
    >>> P.round(2), R.round(2)
    (array([1.  , 0.5 , 0.67, 0.75]), array([0.33, 0.33, 0.67, 1.  ]))
    """
    t, TP, FP = _sweep(y, s)
    found = np.count_nonzero(y)  # in float16, a sum of ones overflows
    n = found if n is None else n
    if found > n:
        raise ValueError(f"n counts all positives, also those not found: at least {found}, got {n}")
    return TP / (TP + FP), _ratio(TP, n), t


def _if_any(AP, y, n):
    """nan without positives, where there was nothing to find."""
    return AP if (np.count_nonzero(y) if n is None else n) else np.float64(np.nan)


def average_precision(y, s, n=None):
    r"""Average the precision over the recall: the area under the steps of the precision-recall curve.

    $$\mathrm{AP} = \sum_{k} P_k\,\Delta R_k$$

    $$\Delta R_k = R_k - R_{k-1}, \quad R_0 = 0$$

    $y \in \{0, 1\}^{N}$, $s \in \mathbb{R}^{N}$, $P$ (`P`), $R$ (`R`), $\Delta R$ (`dR`),
    $\mathrm{AP}$ (`return`)

    `y (N,), s (N,) -> AP ()`

    [Davis & Goadrich (2006)](https://doi.org/10.1145/1143844.1143874)

    >>> average_precision([1, 0, 1, 1], [9, 8, 7, 3]).round(4)
    np.float64(0.8056)
    """
    P, R, _ = pr_curve(y, s, n)
    dR = np.diff(R, prepend=0)
    return _if_any((P * dR).sum(), y, n)


def envelope(P):
    r"""Replace each precision by the best one at this recall or beyond.

    $$\bar P_k = \max_{j: j \ge k} P_j$$

    $P \in (0, 1)^{m}$, $\bar P$ (`return`)

    `P (m,) -> P_bar (m,)`

    [Everingham et al. (2010)](https://doi.org/10.1007/s11263-009-0275-4)

    >>> envelope([0.25, 0.5, 0.125])
    array([0.5  , 0.5  , 0.125])
    """
    return np.maximum.accumulate(np.asarray(P, float)[::-1])[::-1]


def envelope_ap(y, s, n=None):
    r"""Take the whole area under the envelope: average precision as in VOC since 2010.

    $$\mathrm{AP} = \sum_{k} \bar P_k\,\Delta R_k$$

    $$\bar P_k = \max_{j: R_j \ge R_k} P_j$$

    $y \in \{0, 1\}^{N}$, $s \in \mathbb{R}^{N}$, $P$ (`P`), $R$ (`R`), $\Delta R$ (`dR`),
    $\mathrm{AP}$ (`return`)

    `y (N,), s (N,) -> AP ()`

    [Everingham et al. (2015)](https://doi.org/10.1007/s11263-014-0733-5)

    >>> envelope_ap([1, 0, 1, 1], [9, 8, 7, 3]).round(4)
    np.float64(0.8333)
    """
    P, R, _ = pr_curve(y, s, n)
    dR = np.diff(R, prepend=0)
    return _if_any((envelope(P) * dR).sum(), y, n)


def interpolated_ap(y, s, n=None, points=101):
    r"""Average the envelope at evenly spaced levels of recall: 101 as in COCO, 11 as in VOC 2007.

    $$\mathrm{AP} = \frac{1}{M} \sum_{k=0}^{M-1} \max_{j: R_j \ge k/(M-1)} P_j$$

    $y \in \{0, 1\}^{N}$, $s \in \mathbb{R}^{N}$, $M$ (`points`), $P$ (`P`), $R$ (`R`),
    $\mathrm{AP}$ (`return`)

    `y (N,), s (N,) -> AP ()`

    [Everingham et al. (2010)](https://doi.org/10.1007/s11263-009-0275-4),
    [Lin et al. (2014)](https://arxiv.org/abs/1405.0312)

    >>> interpolated_ap([1, 0, 1, 1], [9, 8, 7, 3], points=11).round(4)
    np.float64(0.8409)
    >>> interpolated_ap([1, 0, 1], [9, 8, 7], n=4, points=11).round(4)
    np.float64(0.4545)
    """
    P, R, _ = pr_curve(y, s, n)
    level = np.linspace(0, 1, points) - 1e-9  # 0.1 + 0.2 is more than 0.3
    best = np.append(envelope(P), 0)[np.searchsorted(R, level)]  # 0 beyond the last recall
    return _if_any(best.mean(), y, n)


def _boxes(*boxes):
    """Corners x1, y1, x2, y2 of one dtype; x, y, width, height would give a number too."""
    boxes = [_float(b) for b in boxes]
    for b in boxes:
        if b.shape[-1:] != (4,):
            raise ValueError(f"boxes have 4 numbers along axis -1, got shape {b.shape}")
        wrong = (b[..., 2:] < b[..., :2]).any(-1)
        if wrong.any():
            raise ValueError(f"boxes are x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, got {b[wrong][0]}")
    return boxes


def _areas(a, b):
    """Areas of overlap, union and smallest enclosing box."""
    size = lambda low, high: np.maximum(high - low, 0).prod(-1)
    a1, a2, b1, b2 = a[..., :2], a[..., 2:], b[..., :2], b[..., 2:]
    overlap = size(np.maximum(a1, b1), np.minimum(a2, b2))
    return overlap, size(a1, a2) + size(b1, b2) - overlap, size(np.minimum(a1, b1), np.maximum(a2, b2))


def iou(a, b):
    r"""Divide the overlap of two boxes by their union.

    $$\begin{aligned} I &= \max(0, \min(a_3, b_3) - \max(a_1, b_1)) \\
      &\cdot \max(0, \min(a_4, b_4) - \max(a_2, b_2)) \end{aligned}$$

    $$\begin{aligned} U &= (a_3 - a_1)(a_4 - a_2) \\ &+ (b_3 - b_1)(b_4 - b_2) - I \end{aligned}$$

    $$\mathrm{IoU} = \frac{I}{U}$$

    $a \in \mathbb{R}^{4}$, $b \in \mathbb{R}^{4}$, $a_1 < a_3$, $a_2 < a_4$, $b_1 < b_3$, $b_2 < b_4$,
    $I$ (`I`), $\mathrm{IoU}$ (`return`)

    `a (..., 4), b (..., 4) -> IoU (...)`

    [Everingham et al. (2010)](https://doi.org/10.1007/s11263-009-0275-4)

    >>> iou([0, 0, 2, 2], [[1, 0, 3, 2], [2, 2, 3, 3]])
    array([0.33333333, 0.        ])
    """
    I, U, _ = _areas(*_boxes(a, b))
    return _ratio(I, U)


def _slopes(a, b):
    """Derivatives of the three areas with respect to a; half of it where a min or max has a tie."""
    a1, a2, b1, b2 = a[..., :2], a[..., 2:], b[..., :2], b[..., 2:]
    inner = np.maximum(np.minimum(a2, b2) - np.maximum(a1, b1), 0)
    outer = np.maximum(a2, b2) - np.minimum(a1, b1)
    inside_1, inside_2 = np.heaviside(a1 - b1, 0.5), np.heaviside(b2 - a2, 0.5)

    def slope(low, high, sides):  # of width times height: by the width it is the height
        other = sides[..., ::-1]
        return np.concatenate([-low * other, high * other], -1)

    dI = slope(inside_1 * (inner > 0), inside_2 * (inner > 0), inner)
    dU = slope(1, 1, a2 - a1) - dI
    return dI, dU, slope(1 - inside_1, 1 - inside_2, outer)


def _same(a, b):
    a, b = _boxes(a, b)
    if a.shape != b.shape:
        raise ValueError(f"boxes a and b must have one shape, got {a.shape} and {b.shape}")
    return a, b


def iou_grad(a, b, g):
    r"""Pass a gradient back to the corners of both boxes; none if they do not overlap.

    $$\frac{\partial L}{\partial a_j} = \frac{g}{U^2}
    \left(U\,\frac{\partial I}{\partial a_j} - I\,\frac{\partial U}{\partial a_j}\right)$$

    $$\frac{\partial L}{\partial b_j} = \frac{g}{U^2}
    \left(U\,\frac{\partial I}{\partial b_j} - I\,\frac{\partial U}{\partial b_j}\right)$$

    $a \in \mathbb{R}^{4}$, $b \in \mathbb{R}^{4}$, $a_1 < a_3$, $a_2 < a_4$, $b_1 < b_3$, $b_2 < b_4$,
    $I$ (`I`), $U$ (`U`), $g = \partial L / \partial \mathrm{IoU}$

    `a (..., 4), b (..., 4), g (...) -> da (..., 4), db (..., 4)`

    [Yu et al. (2016), UnitBox](https://arxiv.org/abs/1608.01471)

    >>> da, db = iou_grad([0, 0, 2, 2], [1, 0, 3, 2], 18)
    >>> da, db
    (array([2., 0., 6., 0.]), array([-6.,  0., -2.,  0.]))
    """
    a, b = _same(a, b)
    I, U, _ = _areas(a, b)
    scale = _like(g, I) / np.where(U > 0, U, np.nan) ** 2

    def pull(dI, dU, _):
        return scale[..., None] * (U[..., None] * dI - I[..., None] * dU)

    da, db = pull(*_slopes(a, b)), pull(*_slopes(b, a))
    return da, db


def giou(a, b):
    r"""Subtract the share of the smallest enclosing box that neither covers: boxes far apart differ, too.

    $$\begin{aligned} C &= (\max(a_3, b_3) - \min(a_1, b_1)) \\
      &\cdot (\max(a_4, b_4) - \min(a_2, b_2)) \end{aligned}$$

    $$\mathrm{GIoU} = \frac{I}{U} - \frac{C - U}{C}$$

    $a \in \mathbb{R}^{4}$, $b \in \mathbb{R}^{4}$, $a_1 < a_3$, $a_2 < a_4$, $b_1 < b_3$, $b_2 < b_4$,
    $I$ (`I`), $U$ (`U`), $C$ (`C`), $\mathrm{GIoU}$ (`return`)

    `a (..., 4), b (..., 4) -> GIoU (...)`

    [Rezatofighi et al. (2019)](https://arxiv.org/abs/1902.09630)

    >>> giou([0, 0, 2, 2], [[0, 0, 2, 2], [3, 0, 5, 2]])
    array([ 1. , -0.2])
    """
    I, U, C = _areas(*_boxes(a, b))
    return _ratio(I, U) - _ratio(C - U, C)


def giou_grad(a, b, g):
    r"""Pass a gradient back to the corners of both boxes, even if they do not overlap.

    $$\frac{\partial L}{\partial a_j} =
    g\,\frac{\partial}{\partial a_j} \left(\frac{I}{U} + \frac{U}{C}\right)$$

    $$\frac{\partial L}{\partial b_j} =
    g\,\frac{\partial}{\partial b_j} \left(\frac{I}{U} + \frac{U}{C}\right)$$

    $a \in \mathbb{R}^{4}$, $b \in \mathbb{R}^{4}$, $a_1 < a_3$, $a_2 < a_4$, $b_1 < b_3$, $b_2 < b_4$,
    $I$ (`I`), $U$ (`U`), $C$ (`C`), $g = \partial L / \partial \mathrm{GIoU}$

    `a (..., 4), b (..., 4), g (...) -> da (..., 4), db (..., 4)`

    [Rezatofighi et al. (2019)](https://arxiv.org/abs/1902.09630)

    >>> da, db = giou_grad([0, 0, 2, 2], [3, 0, 5, 2], 25)
    >>> da, db
    (array([-1.,  0.,  5.,  0.]), array([-5.,  0.,  1.,  0.]))
    """
    a, b = _same(a, b)
    I, U, C = _areas(a, b)
    over_U, over_C = (_like(g, I) / np.where(area > 0, area, np.nan) ** 2 for area in (U, C))

    def pull(dI, dU, dC):
        return (
            over_U[..., None] * (U[..., None] * dI - I[..., None] * dU)
            + over_C[..., None] * (C[..., None] * dU - U[..., None] * dC)
        )

    da, db = pull(*_slopes(a, b)), pull(*_slopes(b, a))
    return da, db


def match_boxes(O, t=0.5):
    r"""Let each detection, best first, take the free object that it overlaps most, if by t or more.

    $$F_{ij} = \prod_{k=0}^{i-1} [m_k \ne j]$$

    $$m_i = \begin{cases} \arg\max_j F_{ij}\,O_{ij}, & \max_j F_{ij}\,O_{ij} \ge t \\
    -1, & \max_j F_{ij}\,O_{ij} < t \end{cases}$$

    $O \in (0, 1)^{D \times G}$, $0 < t < 1$, $m$ (`return`)

    `O (D, G) -> m (D,)`

    [Lin et al. (2014)](https://arxiv.org/abs/1405.0312)

    >>> match_boxes([[0.9, 0.6], [0.8, 0.7], [0.7, 0.0]])
    array([ 0,  1, -1])
    """
    if not t > 0:
        raise ValueError(f"t must be positive, because the overlap with taken objects counts 0, got {t}")
    O = np.asarray(O, float)
    m, F = np.full(len(O), -1), np.ones(O.shape)
    for i in range(len(O) if O.size else 0):
        j = (F[i] * O[i]).argmax()
        if F[i, j] * O[i, j] >= t:
            m[i] = j
            F[i + 1 :, j] = 0  # no longer free
    return m
