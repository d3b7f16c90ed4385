"""Building blocks of well-known networks, and what their layers cost.

`<name>_grad` is the backward pass: it takes the inputs of `<name>`, the gradient `g` at its output (one for
each output), options. Weights have PyTorch's layout `(out, in)`; the dtype is that of the first input.
"""

import math

import numpy as np

from snippets.activations import _float, _like, relu, relu_grad, sigmoid, softmax, softmax_grad


# ---- index


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


# ---- resnet


# ---- fpn


# ---- temporal


# ---- attention
