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
    """Where each number format stops: the naive form against the shifted one."""
    z = np.linspace(0, 800, 801)
    for dtype in (np.float16, np.float32, np.float64):
        with np.errstate(over="ignore", invalid="ignore"):
            e = np.exp(z.astype(dtype))
        name = np.dtype(dtype).name
        ax.semilogy(z, np.where(np.isinf(e), np.nan, e).astype(float), label=name)
        ax.plot(z[np.isfinite(e)][-1], float(e[np.isfinite(e)][-1]), "o", color=ax.lines[-1].get_color())
    ax.set_xlabel("$z$")
    ax.set_ylabel("$e^{z}$")
    ax.legend()
