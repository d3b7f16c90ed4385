"""What COCO's own evaluation says about a small synthetic detector,
recorded once so that it is compared everywhere.

    python -m tests.oracles.coco      # where pycocotools is installed; rewrites coco.json
"""

import contextlib
import importlib.metadata
import io
import json
import pathlib

import numpy as np

RECORD = pathlib.Path(__file__).with_name("coco.json")
THRESHOLDS = np.linspace(0.5, 0.95, 10)
CATEGORIES = {  # seed, images, fewest and most objects in an image
    "dense": (0, 12, 0, 3), "sparse": (1, 30, 0, 1), "crowded": (2, 8, 0, 6), "hundred": (3, 100, 1, 1),
    "blind": (4, 9, 0, 2),
}  # fmt: skip


def images(category):
    """For each image: boxes found, their scores (no two alike), and
    the true boxes; some true ones stay unfound."""
    seed, count, fewest, most = CATEGORIES[category]
    rng = np.random.default_rng(seed)
    scores = iter(rng.permutation(4000) / 4000)
    for _ in range(count):
        low = rng.integers(0, 60, (rng.integers(fewest, most + 1), 2))
        true = np.c_[low, low + rng.integers(10, 40, low.shape)].astype(float)
        found = np.repeat(true, 2, axis=0) + rng.integers(-3, 4, (2 * len(true), 4))
        stray = rng.integers(0, 60, (rng.integers(0, 3), 2))
        found = np.r_[
            found[rng.random(len(found)) < 0.8], np.c_[stray, stray + rng.integers(10, 40, stray.shape)]
        ]
        if category == "blind":
            found = found[:0]
        yield found, np.array([next(scores) for _ in found]), true


def answers():
    """Category -> average precision at each of the ten thresholds, by pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def annotation(boxes, **more):
        for x1, y1, x2, y2 in boxes.tolist():
            yield {
                "category_id": 1,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "area": (x2 - x1) * (y2 - y1),
                "iscrowd": 0,
            } | more

    def evaluate(category):
        data, found = list(images(category)), []
        truth = [a for i, (_, _, true) in enumerate(data) for a in annotation(true, image_id=i)]
        for i, (boxes, scores, _) in enumerate(data):
            found += [
                a | {"score": s} for a, s in zip(annotation(boxes, image_id=i), scores.tolist(), strict=True)
            ]
        known, guessed = COCO(), COCO()
        for coco, entries in ((known, truth), (guessed, found)):
            numbered = [a | {"id": k} for k, a in enumerate(entries, 1)]
            coco.dataset = {
                "images": [{"id": i} for i in range(len(data))],
                "categories": [{"id": 1}],
                "annotations": numbered,
            }
            coco.createIndex()
        run = COCOeval(known, guessed, "bbox")
        run.evaluate(), run.accumulate()
        # all areas, at most 100 detections an image
        return run.eval["precision"][:, :, 0, 0, 2].mean(1).tolist()

    with contextlib.redirect_stdout(io.StringIO()):
        return {category: evaluate(category) for category in CATEGORIES}


if __name__ == "__main__":
    record = {"pycocotools": importlib.metadata.version("pycocotools"), "answers": answers()}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
