"""Figures of the chapter on metrics, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import metrics as m


# ---- average_precision
def judge(images, t=0.5):
    """Match the detections of one class in each image; hits, scores and the number of objects over all images."""
    y, s, n = [], [], 0
    for found, scores, true in images:
        best = np.argsort(-scores, kind="stable")
        y.append(m.match_boxes(m.iou(found[best][:, None], true), t) >= 0)
        s.append(scores[best])
        n += len(true)
    return np.concatenate(y), np.concatenate(s), n
