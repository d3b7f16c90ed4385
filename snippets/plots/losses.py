"""Figures of the chapter on losses, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import losses as l


# ---- index
def squared_error(ax1, ax2):
    """Squared error against the residual, left; its gradient, right."""
    e = np.linspace(-3, 3, 601)
    ax1.plot(e, l.squared_error(e, 0), label="$e^2$")
    ax2.plot(e, l.squared_error_grad(e, 0, 1), label="$2e$")
    for ax in (ax1, ax2):
        ax.set_xlabel("$e$")
        ax.legend()
