"""How far from the truth our activations, SciPy's and PyTorch's are: python -m benchmarks.accuracy.

Prints the largest error, in units in the last place, over the points of tests/oracles/truth.py, which cover
the whole range of each dtype. None: nan or infinity where the truth is a finite number. No column: no such
function. Where PyTorch is installed, the table is also written to docs/assets/data/accuracy.json.
"""

import json
import pathlib
import warnings

import numpy as np
import scipy

from benchmarks.rivals import SCIPY, torch, torch_call
from snippets import activations
from tests.oracles import truth

ROOT = pathlib.Path(__file__).parent.parent
DATA = ROOT / "docs" / "assets" / "data" / "accuracy.json"
DTYPES = ("float16", "float32", "float64")
SOFTMAX = ("softmax", "log_softmax", "logsumexp")


def torch_answers(name, grad, x):
    """PyTorch's value or gradient, as its defaults give it; None where it is not installed."""
    if not torch:
        return None
    t = torch.tensor(x, requires_grad=True)
    y = torch_call(name)(t)
    if grad:
        y.backward(torch.ones_like(y))
    return (t.grad if grad else y).detach().numpy()


def worst(points, got, true):
    """The largest error and where it is."""
    errors = truth.ulps(np.asarray(got, points.dtype), true)
    i = int(np.argmax(errors))
    ulp = float(f"{errors[i]:.3g}") if np.isfinite(errors[i]) else None
    return {"ulp": ulp, "at": float(f"{points[i]:.6g}")}


def scalar_row(name, grad, dtype):
    x = truth.points(dtype)
    true = truth.exact(name, x, grad)
    ours = getattr(activations, f"{name}_grad")(x, 1) if grad else getattr(activations, name)(x)
    answers = {"ours": ours, "torch": torch_answers(name, grad, x)}
    if name in SCIPY and not grad:
        answers["scipy"] = SCIPY[name](x)
    found = {who: worst(x, y, true) for who, y in answers.items() if y is not None}
    return {"function": f"{name}_grad" if grad else name, "dtype": dtype, **found}


def softmax_row(name, dtype):
    """Logits with differences that are exact, so that only the function's own error is measured."""
    z = (np.random.default_rng(0).integers(-300, 300, (100, 10)) / 16).astype(dtype)
    true = [t for row in z for t in truth.softmax(row)[name]]
    ours = getattr(activations, name)(z)
    points = np.repeat(z.max(-1), len(true) // len(z))  # reported as the place of an error: the largest logit
    answers = {"ours": ours, "scipy": SCIPY[name](z), "torch": torch_answers(name, False, z)}
    found = {who: worst(points, y, true) for who, y in answers.items() if y is not None}
    return {"function": name, "dtype": dtype, **found}


def main():
    warnings.simplefilter("ignore")
    cases = [(name, grad) for name in truth.FORMULAS for grad in (False, True)]
    rows = [scalar_row(name, grad, dtype) for name, grad in cases for dtype in DTYPES]
    rows += [softmax_row(name, dtype) for name in SOFTMAX for dtype in DTYPES]
    print(f"{'largest error in ulp':27}" + "".join(f"{who:27}" for who in ("ours", "scipy", "torch")))
    for row in rows:
        found = [row.get(who) for who in ("ours", "scipy", "torch")]
        columns = [f"{f['ulp']!s:>10} at {f['at']:<12}" if f else " " * 26 for f in found]
        print(f"{row['function']:18}{row['dtype']:8}", *columns)
    if torch:
        versions = {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__}
        lines = ",\n".join(json.dumps(row) for row in rows)
        DATA.parent.mkdir(parents=True, exist_ok=True)
        DATA.write_text(f'{{"versions": {json.dumps(versions)}, "rows": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
