"""Losses and their gradients with respect to the prediction; each returns one number per sample.

`<name>_grad` is the backward pass: it takes the inputs of `<name>` and the gradient `g` at its output. The mean
over the samples, the cost, is left to the caller. Logits are called z, probabilities p and q, targets y. The
dtype is that of the prediction.
"""

import math

import numpy as np

from snippets.activations import _float, _like


def _target(y, y_hat):
    """A target has the dtype and the shape of the prediction: (n,) against (n, 1) would broadcast to (n, n)."""
    y = np.asarray(y, y_hat.dtype)
    if y.shape not in ((), y_hat.shape):
        raise ValueError(f"target y must have the shape of the prediction, got {y.shape} and {y_hat.shape}")
    return y


# ---- index
def squared_error(y_hat, y):
    r"""Square the distance between prediction and target.

    $$\ell = (\hat y - y)^2$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $\ell$ (`return`)

    `y_hat (...), y (...) -> l (...)`

    [Goodfellow, Bengio & Courville (2016), section 5.1.4](https://www.deeplearningbook.org/contents/ml.html)

    >>> squared_error([3.0, 2.5, 1.0], 3)
    array([0.  , 0.25, 4.  ])
    """
    y_hat = _float(y_hat)
    return (y_hat - _target(y, y_hat)) ** 2


def squared_error_grad(y_hat, y, g):
    r"""Pass a gradient back through the squared error: proportional to the residual.

    $$\frac{\partial L}{\partial \hat y} = 2 g\,(\hat y - y)$$

    $\hat y \in \mathbb{R}$, $y \in \mathbb{R}$, $g = \partial L / \partial \ell$

    `y_hat (...), y (...), g (...) -> dy_hat (...)`

    [Goodfellow, Bengio & Courville (2016), section 5.1.4](https://www.deeplearningbook.org/contents/ml.html)

    >>> squared_error_grad([3.0, 2.5, 1.0], 3, 1)
    array([ 0., -1., -4.])
    """
    y_hat = _float(y_hat)
    return 2 * _like(g, y_hat) * (y_hat - _target(y, y_hat))
