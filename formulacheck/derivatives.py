r"""Derivatives of running code: f'(x), \partial L/\partial w_i, \nabla_w L, by differences of order four.

Where the function has a kink or a jump the difference quotients disagree, and the sample point is not used.
"""

import inspect
from contextvars import ContextVar

import numpy as np

from .errors import Ambiguous, Unbound, Unusable
from .names import names, strip
from .printer import latex
from .values import number

STEP = 1e-3
KINK = 1e-7  # disagreement of difference quotients, relative to the values
FINER = ContextVar("FINER", default=1.0)  # another step must give the same derivative


def slope(f, step=STEP, kink=KINK):
    """Derivative at 0 of s -> f(s)."""
    step *= FINER.get()
    zero, right, left = f(0.0), f(step), f(-step)
    right2, left2 = f(2 * step), f(-2 * step)
    d = (8 * (right - left) - (right2 - left2)) / (12 * step)
    bend, bend2 = (right - 2 * zero + left) / step, (right2 - 2 * zero + left2) / (2 * step)
    if not np.all(np.isfinite(d)):
        raise Unusable("a derivative does not exist here")
    if np.any(np.abs(bend2 - 2 * bend) > kink * (1 + np.abs(d) + np.abs(zero))):
        raise Unusable("a derivative does not exist here")
    return d


def differentiate(f, primes):
    """f', f'' … in the first argument, elementwise for arrays."""
    if primes == 0:
        return f
    if primes > 3:
        raise Ambiguous(f"a derivative of order {primes} cannot be measured")
    g, step = differentiate(f, primes - 1), STEP * 10 ** (primes - 1)

    def derivative(x, *rest):
        x = np.asarray(x, float)[()]
        if np.ndim(x) and np.size(x) > 1:
            moved = np.array(x)
            moved.flat[0] += 0.1
            changed = np.asarray(g(moved, *rest)) != np.asarray(g(x, *rest))
            if changed.shape != x.shape or np.any(changed.flat[1:]):
                raise Ambiguous(
                    "f' of a function that is not elementwise", r"write \partial f_i / \partial x_j"
                )
        return slope(lambda s: np.asarray(g(x + s, *rest), float), step, KINK * 1000 ** (primes - 1))

    return derivative


def is_gradient(point, forward, name):
    """Is the result of f_grad(…, g) the gradient of g f in this input? None: cannot be told here."""
    here, result = point.args.get(name), point.run().result
    needed = inspect.signature(forward).parameters
    if "g" not in point.args or not set(needed) <= set(point.args) or isinstance(result, tuple | list):
        return None
    if name not in needed or np.shape(result) != np.shape(here):
        return False
    here, g = np.asarray(here, float), np.asarray(point.args["g"])
    unit = np.eye(here.size).reshape(here.size, *here.shape)

    def moved(direction):
        inputs = {p: point.args[p] for p in needed}
        return slope(lambda s: np.sum(g * forward(**inputs | {name: (here + s * direction)[()]})))

    try:
        return np.allclose([moved(d) for d in unit], np.ravel(result), rtol=1e-5, atol=1e-7)
    except Exception:  # the function has a kink here, or no use for such an input
        return None


class Derivatives:
    """The part of the evaluator that reads \\partial, \\nabla and d/dx."""

    def diff(self, body, wrt):
        if not wrt:
            return self.gradient_without_variable(body)
        node = ("diff", body, wrt)
        if len(wrt) > 3:
            raise Ambiguous(f"a derivative of order {len(wrt)} cannot be measured")
        if len(wrt) > 1:
            return self.measured(("diff", body, wrt[1:]), wrt[0])
        named = self.named_derivative(body, wrt[0])
        if named is not None:
            return named
        if body[0] in ("sym", "sub", "acc") and not self.can(body) and (f := self.function(body, 1)):
            self.order = max(self.order, 1)
            return self.call(differentiate(f, 1), [self.value(wrt[0])])  # dσ/dx
        if not self.evaluable(body):  # \partial f / \partial x_1 beside f(x) = …
            body = next((n for n in self.claims.results if n[0] == "app" and n[1] == body), body)
        if not self.evaluable(body):
            raise Unbound(
                f"{latex(node)}: neither {latex(body)} nor the derivative has a name in the code",
                f"call the local variable {(names(node) or ['dx'])[0]}, or say ${latex(node)}$ (`name`)",
            )
        return self.measured(body, wrt[0])

    def gradient_without_variable(self, body):
        node = ("diff", body, ())
        for n in names(node):
            if self.has(n):
                return self.lookup(n)
        if body[0] == "app" and len(body[2]) == 1:
            f = self.section.function_bind.get((("diff", body[1], ()), None))
            return self.call(f, [self.value(body[2][0])]) if f else self.diff(body, body[2])
        raise Unbound(f"{latex(node)}: with respect to what?", r"write \nabla_{w}")

    def named_derivative(self, body, wrt):
        r"""\partial L/\partial x_i where the code calls it dx; None if it has to be measured."""
        ways, way = self.ways(), self.way("diff", body, wrt)
        plain, code, at = found = ways.get(way) or self.name_of_derivative(body, wrt)
        if None not in self.section.gradients.values():  # else other points can tell more
            ways[way] = found
        if code is None:
            return None
        value = self.lookup(code)
        self.note(plain, self.origin(code))
        return self.index_into(value, at, plain) if at else value

    def name_of_derivative(self, body, wrt):
        """(the derivative without indices, its name in the code or None, the indices)."""
        body_name, body_at = self.split_index(body)
        wrt_name, wrt_at = self.split_index(wrt)
        plain = ("diff", body_name, (wrt_name,))
        code = self.section.bind.get(plain)
        if code is None and self.is_loss(body_name) and not self.evaluable(body):
            self.one_loss(body_name)
            code = next((n for n in names(plain) if self.has(n)), None) or self.claims.gradient_result(
                wrt_name, self.point
            )
        return plain, code, body_at + wrt_at

    def is_loss(self, body):
        """Where g = dL/dy is said, dx is the gradient of L and of nothing else."""
        said = {n[1] for n in self.section.bind if n[0] == "diff" and n[1][0] == "sym"}
        return not said or body in said

    def split_index(self, e):
        if e[0] != "sub" or e in self.section.bind:
            return e, ()
        numbered = not self.can(e) and self.can(e[1]) and np.ndim(self.resolve(e[1]))  # x_1
        return strip(e) if numbered or self.is_indexed(e) else (e, ())

    def one_loss(self, body):
        """dx is the derivative of one quantity, whatever its letter: two letters cannot both be meant."""
        losses = {
            n[1]
            for n in self.claims.nodes
            if n[0] == "diff"
            and n[1][0] == "sym"
            and n[2]
            and ("diff", n[1], n[2]) not in self.section.bind
            and not self.evaluable(n[1])
        }
        if len(losses | ({body} if body[0] == "sym" else set())) > 1:
            raise Unbound("derivatives of " + " and ".join(sorted(latex(x) for x in losses)))

    def measured(self, body, wrt):
        name, at = self.split_index(wrt)
        label = self.handle(name)
        if label is None:
            raise Unbound(
                f"the derivative with respect to {latex(name)}, which is no argument or local variable"
            )
        here = number(self.value(name)).astype(float)
        if at:
            places = np.arange(here.size).reshape(here.shape)
            direction = np.zeros(here.shape)
            direction[np.isin(places, self.index_into(places, at, name))] = 1
            if direction.sum() != 1:
                raise Ambiguous(f"the derivative with respect to a part of {latex(name)}")
            return self.along(body, label, direction)
        if here.ndim == 0:
            return self.along(body, label, 1.0)
        parts = [self.along(body, label, np.eye(here.size)[k].reshape(here.shape)) for k in range(here.size)]
        return np.moveaxis(np.array(parts), 0, -1).reshape(np.shape(parts[0]) + here.shape)

    def handle(self, name):
        """What to nudge: an argument, a local variable, or a free symbol."""
        candidates = [n for n in [self.section.bind.get(name)] + names(name) if n]
        for n in candidates:
            if n in self.point.args:
                return n
        for n in candidates:
            if n in self.run().after:
                return "local:" + n
        return name if name in self.point.free else None

    def along(self, body, label, direction):
        self.order = max(self.order, 1 + len(self.delta))
        depth = len(self.delta)
        if depth > 1:
            raise Ambiguous("a third derivative of code cannot be measured")
        saved = self.delta
        direction = np.asarray(direction)

        def f(s):
            self.delta = {**saved, label: saved.get(label, 0) + (s * direction)[()]}
            try:
                return number(self.value(body)).astype(float)
            finally:
                self.delta = saved

        nested = (
            body[0] == "diff" and len(body[2]) > 0 and self.named_derivative(body[1], body[2][0]) is None
            if body[0] == "diff" and len(body[2]) == 1
            else body[0] == "diff"
        )
        return slope(f, STEP * 10, KINK * 1000) if nested else slope(f)
