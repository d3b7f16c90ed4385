"""The losses against laws, limits, finite differences, SciPy, scikit-learn and PyTorch."""

import numpy as np
import pytest

from snippets import losses as L

rng = np.random.default_rng(0)


def differences(f, x, g):
    """The gradient of sum(g f(x)) with respect to x, by fourth-order central differences."""
    out, h = np.zeros(x.shape), 1e-3
    for i in np.ndindex(x.shape):
        def loss(step):
            moved = x.copy()
            moved[i] += step
            return (g * f(moved)).sum()
        out[i] = (8 * (loss(h) - loss(-h)) - loss(2 * h) + loss(-2 * h)) / (12 * h)
    return out


# ---- index
def test_squared_error_gradient(proof):
    proof("squared_error_grad", "gradient")
    y_hat, y, g = rng.normal(size=(3, 4, 3))
    expected = differences(lambda v: L.squared_error(v, y), y_hat, g)
    np.testing.assert_allclose(L.squared_error_grad(y_hat, y, g), expected, rtol=1e-9, atol=1e-10)


def test_a_target_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"got \(3, 1\) and \(3,\)"):
        L.squared_error(np.ones(3), np.ones((3, 1)))
