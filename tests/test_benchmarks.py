"""The benchmarks are no tests, but what they import has to be there on the day somebody measures."""

import importlib

import numpy as np
import pytest

from snippets import activations
from tests.pages import ROOT

NAMES = sorted(path.stem for path in ROOT.glob("benchmarks/[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_can_be_imported(name):
    importlib.import_module(f"benchmarks.{name}")


def test_rivals_compute_the_same():
    from benchmarks import rivals, speed

    x = np.linspace(-2, 2, 12).reshape(3, 4)
    for name, plain in speed.PLAIN.items():
        ours = getattr(activations, name)(x)
        np.testing.assert_allclose(np.reshape(plain(x), ours.shape), ours, 1e-12, err_msg=name)
        if theirs := rivals.SCIPY.get(name):
            np.testing.assert_allclose(theirs(x), ours, 1e-12, err_msg=name)
        if rivals.torch:
            theirs = rivals.torch_call(name)
            np.testing.assert_allclose(theirs(rivals.torch.tensor(x)), ours, 1e-9, err_msg=name)
    for name, plain in speed.GRADIENTS.items():
        g = np.random.default_rng(0).normal(size=getattr(activations, name)(x).shape)
        ours = getattr(activations, f"{name}_grad")(x, g=g)
        np.testing.assert_allclose(plain(x, g), ours, 1e-9, 1e-12, err_msg=name)
