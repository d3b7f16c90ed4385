"""What PyTorch answers for penalties, masks and steps with weight decay."""

from .autograd import case, numbers

X, W = numbers(0, 7, 3), numbers(1, 3, 4)
MASK = (numbers(2, 7, 3) > -0.5).astype(float)
MASKS = (numbers(3, 7, 3, 4) > -0.5).astype(float)


def bias_variance(torch, y_hat, f):
    return y_hat.mean(0) - f, y_hat.var(0, correction=0)


def soft_threshold(torch, w, lam):
    return torch.nn.functional.softshrink(w, lam)


def ridge(torch, X, y, lam):
    """Least squares with the penalty as d more rows, another way to the same numbers."""
    d = X.shape[1]
    rows = torch.cat([X, lam**0.5 * torch.eye(d, dtype=X.dtype)])
    return torch.linalg.pinv(rows) @ torch.cat([y, torch.zeros(d, dtype=y.dtype)])


def dropped(torch, x, m, p):
    """What torch.nn.functional.dropout does with the mask that it draws."""
    return x * m.div(1 - p)


FUNCTIONS = {
    "bias_variance": case(bias_variance, y_hat=numbers(5, 6, 4), f=numbers(6, 4), fixed="f"),
    "bias_variance of images": case(bias_variance, y_hat=numbers(7, 3, 2, 4), f=numbers(8, 2, 4), fixed="f"),
    "l2_penalty": case(lambda torch, w, lam: lam / 2 * w.norm() ** 2, {"lam": 0.3}, w=W),
    "l1_penalty": case(lambda torch, w, lam: lam * w.norm(1), {"lam": 0.3}, w=W),
    "soft_threshold": case(soft_threshold, {"lam": 0.755}, w=numbers(4, 9, scale=2)),
    "ridge": case(ridge, {"lam": 0.7}, X=X, y=numbers(9, 7)),
    "dropout": case(dropped, {"p": 0.3}, x=X, m=MASK, fixed="m"),
    "dropout by channel": case(dropped, {"p": 0.3}, x=numbers(10, 2, 3, 4), m=MASK[:2, :, None], fixed="m"),
    "plain_dropout": case(lambda torch, x, m: x * m, x=X, m=MASK, fixed="m"),
    "dropconnect": case(
        lambda torch, x, W, m, p: torch.einsum("bi,bij->bj", x, m * W) / (1 - p),
        {"p": 0.3}, x=X, W=W, m=MASKS, fixed="m",
    ),
    "dropconnect with one mask": case(
        lambda torch, x, W, m, p: x @ (m * W) / (1 - p), {"p": 0.3}, x=X, W=W, m=MASKS[0], fixed="m"
    ),
    "stochastic_depth": case(
        lambda torch, x, f, m, p: x + m[:, None] * f / (1 - p),
        {"p": 0.3}, x=X, f=numbers(11, 7, 3), m=MASK[:, 0], fixed="m",
    ),
    "subnetwork": case(lambda torch, x, W, m: torch.softmax((x * m) @ W, -1), x=X, W=W, m=MASK, fixed="m"),
    "dropout_penalty": case(
        lambda torch, X, w, p: p / (1 - p) * torch.einsum("ij,j->ij", X, w).square().sum(),
        {"p": 0.3}, X=X, w=numbers(12, 3),
    ),
}  # fmt: skip

STEPS = {  # optimizer, our options, its options
    "weight_decay": ("SGD", {"lr": 0.1, "lam": 0.25}, {"lr": 0.1, "weight_decay": 0.25}),
    "adam_decay with l2": ("Adam", {"lr": 0.1, "lam": 0.25}, {"lr": 0.1, "weight_decay": 0.25}),
    "adam_decay decoupled": ("AdamW", {"lr": 0.1, "decay": 0.25}, {"lr": 0.1, "weight_decay": 0.25}),
    "adam_decay betas": (
        "AdamW",
        {"lr": 0.2, "decay": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"lr": 0.2, "weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
    ),
}


def steps(optimizer, options):
    """Weights after one step of a torch.optim optimizer for each row of dw."""

    def run(torch, w, dw):
        w = w.clone().requires_grad_()
        rule = getattr(torch.optim, optimizer)([w], **options)
        for w.grad in dw.clone():
            rule.step()
        return w.detach()

    return run


WALKS = {name: case(steps(rule, theirs), w=numbers(13, 5), dw=numbers(14, 3, 5), fixed="w dw")
         for name, (rule, _, theirs) in STEPS.items()}  # fmt: skip
CASES = FUNCTIONS | WALKS
