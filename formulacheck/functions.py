r"""Functions of the code, of the page's definitions, of mathematics; with their argument or without."""

import functools
import inspect
from math import erf, erfc, gamma

import numpy as np

from .derivatives import differentiate
from .errors import Ambiguous, FormulaError, Unbound, Unusable
from .names import FUNCTION_NAMES, names, walk
from .printer import latex
from .values import multiply, number, pair, squeeze

FUNCTIONS = {
    f: getattr(np, f)
    for f in """exp log log10 sin cos tan tanh sinh cosh arctan arcsin arccos sign trace
    mean""".split()
} | {
    "erf": np.vectorize(erf, [float]),
    "erfc": np.vectorize(erfc, [float]),
    "det": np.linalg.det,
    "diag": lambda v: np.diag(squeeze(v)),
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "coth": lambda x: 1 / np.tanh(x),
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "arsinh": np.arcsinh,
    "arcosh": np.arccosh,
    "artanh": np.arctanh,
}


def _softmax(z):
    e = np.exp(z - np.max(z, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# Functions whose meaning no textbook leaves open; a function of the code with that name comes first.
KNOWN = {
    "sigma": lambda x: 1 / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": _softmax,
    "relu": lambda x: np.maximum(0, x),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "clip": np.clip,
    "Phi": lambda x: 0.5 * (1 + FUNCTIONS["erf"](x / np.sqrt(2))),
    "Gamma": np.vectorize(gamma, [float]),
    "sqrt": np.sqrt,
    "round": np.round,
    "floor": np.floor,
    "sum": np.sum,
    "vec": np.ravel,
}


@functools.lru_cache(1024)
def positional(f):
    """The parameters that a call by position fills."""
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [p for p in inspect.signature(f).parameters.values() if p.kind in kinds]


class Functions:
    def function(self, head, arity):
        """The Python function a head symbol means, or None."""
        primes, whole = 0, head
        if head[0] == "prime":
            head, primes = head[1], head[2]
        elif head[0] == "diff":
            head, primes = head[1], len(head[2])
        bound = self.section.function_bind
        if (whole, None) in bound:  # $\nabla f$ (`gradient`)
            return bound[whole, None]
        f = bound.get((head, arity)) or bound.get((head, None))
        if f is None and head[0] in ("sym", "sub", "acc", "deco") and not self.can(head):
            f = self.function_by_name(head)
        self.order = max(self.order, primes if f else 0)
        return differentiate(f, primes) if f else None

    def function_by_name(self, head):
        space = self.section.namespace
        last = head[1] if head[0] == "sym" else ""
        for name in [x for n in names(head) for x in (n, n.lower())] + FUNCTION_NAMES.get(last, []):
            if inspect.isfunction(space.get(name)) or isinstance(space.get(name), np.ufunc | np.vectorize):
                return space[name]
        return KNOWN.get(last) or KNOWN.get(last.lower() if len(last) > 1 else "")

    def is_call(self, head, args):
        return self.moment(head) is not None or self.function(head, len(args)) is not None

    def call(self, f, args):
        self.code_used |= f not in KNOWN.values()
        args = [squeeze(number(a)) for a in args]
        if inspect.isfunction(f) and f.__name__ not in ("<lambda>", "derivative"):
            for p in positional(f)[len(args) :]:
                if self.has(p.name):
                    args.append(self.lookup(p.name))
                elif p.default is not p.empty:
                    break
                else:
                    raise Unbound(f"the argument {p.name} of {f.__name__}()")
        try:
            return f(*args)
        except FormulaError:
            raise
        except (TypeError, IndexError, AttributeError) as error:
            raise Ambiguous(f"{getattr(f, '__name__', f)}() cannot be called so: {error}") from None
        except Exception as error:
            raise Unusable(f"{getattr(f, '__name__', f)}() raised {type(error).__name__}: {error}") from None

    def app(self, head, args):
        node = ("app", head, args)
        kind = self.moment(head)
        if kind:
            return self.expectation(kind, args)
        f = self.function(head, len(args))
        if f is not None:
            if self.claims.pointfree and len(args) == 1 and self.is_pointfree(args[0]):
                return multiply(self.at_the_argument(head), self.value(args[0]))
            self.note(head, f"function {getattr(f, '__name__', 'f')}()")
            return self.call(f, [self.value(a) for a in args])
        shadowed = any(a in self.index for a in args)  # a sum over y of L(y) is no sum of results
        if node in self.claims.definitions or node in self.claims.results and not shadowed:
            return self.resolve(node)
        defined = self.claims.function_definition(head, len(args))
        if defined:
            return self.apply_definition(head, *defined, args)
        if len(args) != 1:
            raise Unbound(
                f"the function {latex(head)} is bound to nothing",
                f"say ${latex(head)}$ (`name`) under the formula",
            )
        return multiply(self.value(head), self.value(args[0]))

    def is_pointfree(self, e):
        """Does the argument itself name a function without its argument, as in sigma(1 - sigma)?"""
        heads = {x[1] for x in walk(e) if x[0] == "app"}
        return any(
            x[0] in ("sym", "prime")
            and x not in heads
            and not self.can(x)
            and self.function(x, 1) is not None
            for x in walk(e)
        )

    def apply_definition(self, head, formals, rhs, args):
        self.definitions_used.add(head)
        self.note(head, "defined by a formula")
        actual = {f: (self.value(a), False) for f, a in zip(formals, args)}
        saved, self.index = self.index, {**self.index, **actual}
        try:
            return self.nested(lambda: self.value(rhs))
        finally:
            self.index = saved

    def fn(self, name, args, primes):
        if isinstance(name, tuple):
            return np.log(number(self.value(args[0]))) / np.log(number(self.value(name[1])))
        if not args:
            return self.fn_at_the_argument(name, primes)
        if name in ("max", "min"):
            return self.extreme(name, args)
        if (
            len(args) == 1
            and args[0][0] == "app"
            and args[0][1][0] != "prime"
            and not self.is_call(args[0][1], args[0][2])
            and args[0] not in self.section.bind
            and args[0] not in self.claims.definitions
            and not self.claims.function_definition(args[0][1], 1)
        ):
            return self.of_product(name, args[0], primes)
        own = self.namespace_function(name)
        values = [self.value(a) for a in args]
        self.order = max(self.order, primes)
        if own:
            self.note(("fn", name, (), 0), f"function {own.__name__}()")
            return self.call(differentiate(own, primes), values)
        if len(values) != 1:
            raise Ambiguous(f"\\{name} of {len(values)} arguments")
        v = number(values[0])
        if name not in ("det", "trace", "diag", "mean"):
            v = v.astype(float)
        elif v.ndim > 2:
            raise Ambiguous(f"\\{name} of a {v.ndim}-dimensional array")
        try:
            return differentiate(FUNCTIONS[name], primes)(v)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise Ambiguous(f"\\{name}: {error}") from None

    def fn_at_the_argument(self, name, primes):
        """tanh' = 1 - tanh^2"""
        own, first = self.namespace_function(name), next(iter(self.section.snippet.parameters), None)
        if first is None or name not in FUNCTIONS:
            raise Ambiguous(f"\\{name} without an argument")
        f, x = differentiate(own or FUNCTIONS[name], primes), self.lookup(first)
        self.order = max(self.order, primes)
        return self.call(f, [x]) if own else f(number(x))

    def of_product(self, name, argument, primes):
        raise Ambiguous(
            f"where does the argument of \\{name} end, before or after the bracket?", "add parentheses"
        )

    def namespace_function(self, name):
        f = self.section.namespace.get(name)
        return f if inspect.isfunction(f) else None

    def extreme(self, name, args):
        values = [self.value(a) for a in args]
        if len(values) > 1 and {*map(type, values)} == {int}:  # indices are Python's integers
            return max(values) if name == "max" else min(values)
        values = [squeeze(number(v)) for v in values]
        if len(values) == 1:
            return values[0].max() if name == "max" else values[0].min()
        result = values[0]
        for v in values[1:]:
            a, b = pair(result, v)
            result = np.maximum(a, b) if name == "max" else np.minimum(a, b)
        return result
