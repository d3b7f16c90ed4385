"""Value and gradients of our functions, held against differences and against PyTorch, recorded and live.

A chapter lists its cases in `pytorch_<chapter>.py`; the first word of a case names the function:

    CASES = {
        "linear": case(lambda torch, x, W: x @ W, x=numbers(0, 4, 3), W=numbers(1, 3, 2)),
        "huber wide": case(lambda torch, e, delta: …, {"delta": 2.0}, e=numbers(3, 9)),
    }

    python -m tests.oracles.autograd <chapter>      # where PyTorch is installed; rewrites <chapter>.json
"""

import importlib
import json
import pathlib
import sys
from types import SimpleNamespace

import numpy as np


def numbers(seed, *shape, scale=1):
    """Short decimals, which every machine reads alike."""
    return np.round(np.random.default_rng(seed).normal(size=shape) * scale, 2)


def weights(shape):
    """The gradient at an output: no two neighbors alike."""
    return 1.0 + np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3


def case(torch, options=None, fixed="", **inputs):
    """`torch(torch, *inputs, **options)` answers; the inputs named in `fixed` have no gradient."""
    return SimpleNamespace(
        torch=torch, options=options or {}, inputs=inputs, which=[k for k in inputs if k not in fixed.split()]
    )


def _tuple(result):
    return result if isinstance(result, tuple) else (result,)


def ours(module, name, case, inputs=None):
    """Outputs of `module.<name>` and what its `_grad` says: `f_grad(*inputs, *gs)`."""
    name, inputs = name.split()[0], case.inputs if inputs is None else inputs
    outputs = _tuple(getattr(module, name)(*inputs.values(), **case.options))
    gs = [weights(np.shape(y)) for y in outputs]
    grad = getattr(module, f"{name}_grad", None)
    return outputs, _tuple(grad(*inputs.values(), *gs, **case.options)) if grad and case.which else ()


def theirs(case):
    """PyTorch's outputs and gradients, as lists."""
    import torch

    inputs = {
        k: torch.tensor(v, dtype=torch.float64, requires_grad=k in case.which) for k, v in case.inputs.items()
    }
    outputs = _tuple(case.torch(torch, *inputs.values(), **case.options))
    gs = [torch.tensor(weights(y.shape)) for y in outputs]
    grads = torch.autograd.grad(outputs, [inputs[k] for k in case.which], gs) if case.which else ()
    return [[v.tolist() for v in values] for values in (outputs, grads)]


def compare(module, name, case, answer, rtol=1e-12, atol=1e-13):
    """Ours against PyTorch's answer: outputs and gradients."""
    for mine, other in zip(ours(module, name, case), answer, strict=True):
        for a, b in zip(mine, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def by_differences(module, name, case, rtol=1e-7, atol=1e-9, h=1e-3):
    """Our gradients against fourth-order central differences of our function."""
    _, grads = ours(module, name, case)

    def loss(moved):
        outputs = _tuple(getattr(module, name.split()[0])(*moved.values(), **case.options))
        return sum((weights(np.shape(y)) * y).sum() for y in outputs)

    for which, grad in zip(case.which, grads, strict=True):
        expected = np.zeros(np.shape(case.inputs[which]))
        for i in np.ndindex(expected.shape):
            def at(step, i=i, which=which):
                moved = {k: np.array(v) for k, v in case.inputs.items()}
                moved[which][i] += step
                return loss(moved)
            expected[i] = (8 * (at(h) - at(-h)) - at(2 * h) + at(-2 * h)) / (12 * h)
        np.testing.assert_allclose(grad, expected, rtol=rtol, atol=atol, err_msg=which)


def recorded(chapter):
    """Case -> PyTorch's answer, as recorded."""
    return json.loads(pathlib.Path(__file__).with_name(f"{chapter}.json").read_text("utf-8"))["answers"]


def record(chapter):
    import torch

    module = importlib.import_module(f"tests.oracles.pytorch_{chapter}")
    answers = {name: theirs(case) for name, case in module.CASES.items()}
    answers |= getattr(module, "answers", dict)()  # what is no function of inputs
    text = json.dumps({"torch": torch.__version__, "answers": answers}, separators=(",", ":"))
    pathlib.Path(__file__).with_name(f"{chapter}.json").write_text(
        text.replace(']]],"', ']]],\n"') + "\n", "utf-8"
    )


if __name__ == "__main__":
    record(*sys.argv[1:])
