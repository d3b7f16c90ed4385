"""What PyTorch computes for the functions of the chapter on foundations.

    python -m tests.oracles.autograd foundations      # where PyTorch is installed; rewrites foundations.json
"""

import numpy as np

from .autograd import case, numbers


def _linear(torch, x, W, b):
    return torch.nn.functional.linear(x, W.T, b)


def _clip_by_value(torch, g, c):
    p = torch.zeros_like(g).requires_grad_()
    p.grad = g.clone()
    torch.nn.utils.clip_grad_value_([p], c)
    return p.grad


def _clip_by_norm(torch, grads, c):
    """PyTorch divides by the norm plus 1e-6: asked with a limit that much larger, it gives the quotient itself."""
    ps = [torch.zeros_like(g).requires_grad_() for g in grads]
    for p, g in zip(ps, grads, strict=True):
        p.grad = g.clone()
    norm = torch.linalg.vector_norm(grads)
    torch.nn.utils.clip_grad_norm_(ps, c * float((norm + 1e-6) / norm))
    return torch.stack([p.grad for p in ps])


def _two_layer(torch, x, y, W1, b1, W2, b2):
    return torch.nn.functional.cross_entropy(torch.tanh(x @ W1 + b1) @ W2 + b2, y)


def _sigmoid_chain(torch, x, w):
    for w_l in w:
        x = torch.sigmoid(w_l * x)
    return x


CASES = {
    "linear": case(_linear, x=numbers(0, 5, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "linear one sample": case(_linear, x=numbers(0, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "linear batch axes": case(_linear, x=numbers(0, 2, 5, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "two_layer": case(
        _two_layer, fixed="y", x=numbers(3, 5, 2), y=np.eye(3)[[0, 2, 1, 1, 0]],
        W1=numbers(4, 2, 4), b1=numbers(5, 4), W2=numbers(6, 4, 3), b2=numbers(7, 3),
    ),
    "sigmoid_chain": case(_sigmoid_chain, x=numbers(8, 6), w=numbers(9, 4, scale=3)),
    "clip_by_value": case(_clip_by_value, {"c": 0.7}, fixed="g", g=numbers(10, 3, 4)),
    "clip_by_norm": case(_clip_by_norm, {"c": 1.5}, fixed="grads", grads=numbers(11, 3, 4)),
    "clip_by_norm short": case(_clip_by_norm, {"c": 100.0}, fixed="grads", grads=numbers(11, 3, 4)),
}
