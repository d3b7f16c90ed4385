"""What each activation costs relative to ReLU: python -m benchmarks.cost writes docs/assets/data/cost.json.

Timings are not deterministic, so the site shows the committed file and says on what it was measured.
"""

import json
import os
import pathlib
import platform

# before NumPy
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import numpy as np  # noqa: E402

from benchmarks.timing import seconds  # noqa: E402
from hooks.activation_table import PARAMETERS, fingerprint, functions  # noqa: E402
from snippets import activations  # noqa: E402

TARGET = pathlib.Path(__file__).parent.parent / "docs/assets/data/cost.json"
ELEMENTS, WIDTH, ROUNDS, INNER = 2**15, 1024, 400, 3
LAYERS = {"maxout", "swiglu"}  # contain their own matrix products: nothing to compare element by element


def jobs():
    """{(way, name): call}; every call handles ELEMENTS numbers, 256 KiB that fit the second-level cache."""
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, ELEMENTS // WIDTH, WIDTH))
    found = {}
    for name in (n for n in functions() if n not in LAYERS):
        options = PARAMETERS.get(name, {})
        first = "z" if name == "softmax" else "x"
        found["forward", name] = lambda f=getattr(activations, name), o=options: f(x, **o)
        if df := getattr(activations, f"{name}_grad", None):
            found["backward", name] = lambda f=df, o={first: x, "g": g, **options}: f(**o)
    W = rng.standard_normal((WIDTH, WIDTH))
    found["dense", "dense"] = lambda: x @ W
    return found


def machine():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    found = jobs()
    best = dict(zip(found, seconds(found.values(), ROUNDS, INNER), strict=True))
    relu = best["forward", "relu"]
    ratio = {key: round(time / relu, 2) for key, time in best.items()}
    measured = {
        "machine": machine(), "python": platform.python_version(), "numpy": np.__version__,
        "dtype": "float64",
        "elements": ELEMENTS, "rounds": ROUNDS, "relu_ns": round(relu / ELEMENTS * 1e9, 2),
        "source": fingerprint(), "dense_width": WIDTH, "dense": ratio["dense", "dense"],
    }  # fmt: skip
    ways = {way: {name: r for (w, name), r in ratio.items() if w == way} for way in ("forward", "backward")}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps({"measured": measured, **ways}, indent=1) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))


if __name__ == "__main__":
    main()
