"""What PyTorch is asked about the functions of snippets/architectures.py; see autograd.py."""

from .autograd import case, numbers

CASES = {}  # every page adds its own: CASES |= {...}

# ---- index


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


# ---- resnet


# ---- fpn


# ---- temporal


# ---- attention
