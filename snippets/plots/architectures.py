"""Figures of the chapter on architectures, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import architectures as a


# ---- index


# ---- alexnet_vgg


# ---- nin


# ---- googlenet


# ---- resnet


# ---- fpn


# ---- temporal


# ---- attention
