"""What PyTorch makes of the same inputs: paths of optimizers, rates of schedules, averages, loss scales."""

import numpy as np

from .autograd import case, numbers

GRADIENTS = numbers(1, 12, 5)
GRADIENTS[3] = 0  # a step without gradient; the first entry never has one
GRADIENTS[:, 0] = 0


def path(optimizer, **options):
    """The parameters after each of twelve steps with given gradients."""

    def run(torch, theta, gs, **ours):
        theta, out = theta.clone().requires_grad_(), []
        step = getattr(torch.optim, optimizer)([theta], **options)
        for g in gs:
            theta.grad = g.clone()
            step.step()
            out.append(theta.detach().clone())
        return torch.stack(out)

    return run


def optimizer(name, ours, **theirs):
    return case(path(name, **theirs), options=ours, fixed="theta gs", theta=numbers(0, 5), gs=GRADIENTS)


def rates(scheduler, steps, **options):
    """The learning rate before each step."""

    def run(torch, t, **ours):
        step = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=ours["eta"])
        schedule, out = getattr(torch.optim.lr_scheduler, scheduler)(step, **options), []
        for _ in range(steps):
            out.append(step.param_groups[0]["lr"])
            step.step()
            schedule.step()
        return torch.tensor(out, dtype=torch.float64)

    return run


def schedule(name, steps, ours, **theirs):
    return case(rates(name, steps, **theirs), options=ours, fixed="t", t=np.arange(steps))


def warmup(torch, t, T, w, eta):
    step = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=eta)
    kinds, out = torch.optim.lr_scheduler, []
    line = kinds.LinearLR(step, start_factor=1 / w, total_iters=w - 1)
    cosine = kinds.CosineAnnealingLR(step, T - w)
    both = kinds.SequentialLR(step, [line, cosine], milestones=[w])
    for _ in t:
        out.append(step.param_groups[0]["lr"])
        step.step()
        both.step()
    return torch.tensor(out, dtype=torch.float64)


def scales(torch, S, finite, growth, backoff, N):
    """The loss scale after each step, and how many steps have gone well since it changed."""
    S, n = S.to(torch.float32).reshape(1), torch.zeros(1, dtype=torch.int32)
    out = []
    for ok in finite:
        torch._amp_update_scale_(S, n, (1 - ok).to(torch.float32).reshape(1), growth, backoff, N)
        out.append([S.item(), n.item()])
    return torch.tensor(out, dtype=torch.float64)


FINITE = np.array([1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1])
ORDER = [2, 0, 3, 2]
CASES = {
    "sgd": optimizer("SGD", {"eta": 0.1}, lr=0.1),
    "momentum": optimizer("SGD", {"eta": 0.1, "mu": 0.8}, lr=0.1, momentum=0.8),
    "nesterov": optimizer("SGD", {"eta": 0.1, "mu": 0.8}, lr=0.1, momentum=0.8, nesterov=True),
    "adagrad": optimizer("Adagrad", {}, lr=0.01),
    "adagrad eps": optimizer("Adagrad", {"eta": 0.3, "eps": 0.5}, lr=0.3, eps=0.5),
    "rmsprop": optimizer("RMSprop", {}, lr=0.01, alpha=0.9),
    "rmsprop eps": optimizer("RMSprop", {"rho": 0.99, "eps": 0.5}, alpha=0.99, eps=0.5),
    "adam": optimizer("Adam", {}),
    "adam eps": optimizer(
        "Adam", {"eta": 0.1, "beta1": 0.7, "beta2": 0.8, "eps": 0.5}, lr=0.1, betas=(0.7, 0.8), eps=0.5
    ),
    "adamw": optimizer("AdamW", {}),
    "adamw decay": optimizer("AdamW", {"eta": 0.1, "lam": 0.3}, lr=0.1, weight_decay=0.3),
    "step_decay": schedule("StepLR", 30, {"s": 7, "eta": 0.4, "gamma": 0.3}, step_size=7, gamma=0.3),
    "cosine_decay": schedule(
        "CosineAnnealingLR", 21, {"T": 20, "eta": 0.4, "eta_min": 0.01}, T_max=20, eta_min=0.01
    ),
    "poly_decay": schedule("PolynomialLR", 25, {"T": 20, "eta": 0.4, "p": 0.9}, total_iters=20, power=0.9),
    "warmup_cosine": case(warmup, options={"T": 20, "w": 5, "eta": 0.4}, fixed="t", t=np.arange(21)),
    "mixup": case(
        lambda torch, x, y, lam, order: (torch.lerp(x[order], x, lam), torch.lerp(y[order], y, lam)),
        options={"lam": 0.3, "order": ORDER}, x=numbers(2, 4, 2, 3), y=numbers(3, 4, 5),
    ),
    "ema": case(
        lambda torch, mean, theta, alpha: torch.optim.swa_utils.get_ema_avg_fn(alpha)(mean, theta, 0),
        options={"alpha": 0.9}, fixed="mean theta", mean=numbers(4, 3, 2), theta=numbers(5, 3, 2),
    ),
    "accumulate": case(
        lambda torch, gs, sizes: torch.repeat_interleave(gs, sizes.long(), 0).mean(0),
        fixed="gs sizes", gs=numbers(6, 3, 4), sizes=np.array([5, 2, 1]),
    ),
    "update_scale": case(
        scales, options={"growth": 2.0, "backoff": 0.5, "N": 3},
        fixed="S finite", S=np.array(1024.0), finite=FINITE,
    ),
}  # fmt: skip
