"""Figures of the chapter on activation functions, and the experiments whose numbers its pages quote."""

import numpy as np

from snippets import activations as a


def _pair(ax, f, df, x, y, dy):
    """A function (solid) and its derivative (dashed), labeled in mathematics."""
    ax.plot(x, f(x), label=f"${y}$")
    ax.plot(x, df(x, np.ones_like(x)), "--", label=f"${dy}$")
    ax.axhline(0, color="#24292f", linewidth=0.6)
    ax.set_xlabel("$x$")
    ax.legend()


def softmax(ax):
    """Temperature: the same three logits, from winner-takes-all to uniform."""
    T = np.geomspace(0.05, 50, 300)
    ax.semilogx(T, a.softmax(np.array([3.0, 2.0, 1.0]) / T[:, None]), label=["$p_1$", "$p_2$", "$p_3$"])
    ax.axhline(1 / 3, color="#57606a", linewidth=0.8, linestyle=":")
    ax.set_xlabel("$T$")
    ax.set_ylabel(r"$\mathrm{softmax}(z/T),\ z = (3, 2, 1)$")
    ax.legend()


def softmax_overflow(ax):
    """Where e^z stops in each number format: the same curve, three ends."""
    for dtype, width in ((np.float64, 1.5), (np.float32, 4), (np.float16, 8)):
        end = np.log(float(np.finfo(dtype).max))
        z = np.geomspace(1, end, 50)
        (line,) = ax.loglog(z, z / np.log(10), linewidth=width, solid_capstyle="butt", label=np.dtype(dtype).name)
        ax.plot(end, end / np.log(10), "o", color=line.get_color())
        ax.annotate(f"${end:.2f}$", (end, end / np.log(10)), (-8, 6), textcoords="offset points", ha="right")
    ax.set_xlabel("$z$")
    ax.set_ylabel(r"$\log_{10} e^{z}$")
    ax.legend(loc="lower right")
