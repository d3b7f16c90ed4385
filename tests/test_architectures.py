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


# ---- fpn


# ---- temporal


# ---- attention
