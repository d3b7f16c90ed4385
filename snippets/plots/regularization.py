"""Figures of the chapter on regularization, and the experiments whose numbers its pages quote."""
import numpy as np
