"""What PyTorch computes for the functions of the chapter on foundations.

    python -m tests.oracles.autograd foundations      # where PyTorch is installed; rewrites foundations.json
"""

import numpy as np

from .autograd import case, numbers


def _relu_network(torch, x, W, b, v, c):
    return torch.relu(x @ W + b) @ v + c


def _sawtooth(torch, x, k):
    for _ in range(k):
        x = torch.where(x < 0.5, 2 * x, 2 - 2 * x)
    return x


def _train_step(torch, w, b, X, y, eta):
    parameters = [w.clone().requires_grad_(), b.clone().requires_grad_()]
    J = torch.nn.functional.binary_cross_entropy_with_logits(X @ parameters[0] + parameters[1], y)
    J.backward()
    torch.optim.SGD(parameters, lr=eta).step()
    return *parameters, J


def _linear(torch, x, W, b):
    return torch.nn.functional.linear(x, W.T, b)


def _clip_by_value(torch, g, c):
    p = torch.zeros_like(g).requires_grad_()
    p.grad = g.clone()
    torch.nn.utils.clip_grad_value_([p], c)
    return p.grad


def _clip_by_norm(torch, grads, c):
    """PyTorch divides by the norm plus 1e-6: asked with a limit that
    much larger, it gives the quotient itself."""
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


INSIDE = np.array([0.03, 0.11, 0.2, 0.3, 0.42, 0.57, 0.66, 0.83, 0.97])  # away from the kinks
CASES = {
    "perceptron_loss": case(
        lambda torch, z, y: torch.relu((1 - 2 * y) * z), fixed="y", z=numbers(20, 9), y=np.arange(9) % 2.0
    ),
    "relu_network": case(
        _relu_network,
        x=numbers(41, 5, 3),
        W=numbers(22, 3, 4),
        b=numbers(23, 4),
        v=numbers(24, 4),
        c=numbers(25),
    ),
    "relu_network batch axes": case(
        _relu_network,
        x=numbers(26, 2, 5, 3),
        W=numbers(22, 3, 4),
        b=numbers(23, 4),
        v=numbers(24, 4),
        c=numbers(25),
    ),
    "sawtooth": case(_sawtooth, {"k": 1}, x=INSIDE),
    "sawtooth deep": case(_sawtooth, {"k": 3}, x=INSIDE),
    "train_step": case(
        _train_step,
        {"eta": 0.3},
        fixed="w b X y",
        w=numbers(29, 3),
        b=numbers(30),
        X=numbers(31, 6, 3),
        y=np.arange(6) % 2.0,
    ),
    "quadratic": case(
        lambda torch, x, H: torch.einsum("ni,ij,nj->n", x, H, x) / 2,
        fixed="H",
        x=numbers(32, 4, 3),
        H=numbers(33, 3, 3) @ numbers(33, 3, 3).T,
    ),
    "linear": case(_linear, x=numbers(0, 5, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "linear one sample": case(_linear, x=numbers(0, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "linear batch axes": case(_linear, x=numbers(0, 2, 5, 3), W=numbers(1, 3, 4), b=numbers(2, 4)),
    "two_layer": case(
        _two_layer,
        fixed="y",
        x=numbers(3, 5, 2),
        y=np.eye(3)[[0, 2, 1, 1, 0]],
        W1=numbers(4, 2, 4),
        b1=numbers(5, 4),
        W2=numbers(6, 4, 3),
        b2=numbers(7, 3),
    ),
    "sigmoid_chain": case(_sigmoid_chain, x=numbers(8, 6), w=numbers(9, 4, scale=3)),
    "clip_by_value": case(_clip_by_value, {"c": 0.7}, fixed="g", g=numbers(10, 3, 4)),
    "clip_by_norm": case(_clip_by_norm, {"c": 1.5}, fixed="grads", grads=numbers(11, 3, 4)),
    "clip_by_norm short": case(_clip_by_norm, {"c": 100.0}, fixed="grads", grads=numbers(11, 3, 4)),
}
