r"""The value of a tree at one sample point, as the section's names, the code and the index conventions say."""
import inspect
import itertools
import re
from math import comb, erf, erfc, factorial, gamma
from typing import NamedTuple

import numpy as np

from .derivatives import Derivatives, differentiate
from .errors import Ambiguous, FormulaError, OutOfRange, Unbound, Unusable
from .names import FUNCTION_NAMES, flat, names, step_of, strip, walk
from .printer import latex
from .sampling import Point, progression
from .values import (Adaptive, array, cardinality, elementwise_power, multiply, number, pair, power, same, squeeze,
                     transpose)

FUNCTIONS = {f: getattr(np, f) for f in """exp log log10 sin cos tan tanh sinh cosh arctan arcsin arccos sign trace
    mean""".split()} | {
    "erf": np.vectorize(erf, [float]), "erfc": np.vectorize(erfc, [float]), "det": np.linalg.det,
    "diag": lambda v: np.diag(squeeze(v)), "sec": lambda x: 1 / np.cos(x), "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x), "coth": lambda x: 1 / np.tanh(x), "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x), "arsinh": np.arcsinh, "arcosh": np.arccosh, "artanh": np.arctanh}


def _softmax(z):
    e = np.exp(z - np.max(z, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# Functions whose meaning no textbook leaves open; a function of the code with that name comes first.
KNOWN = {"sigma": lambda x: 1 / (1 + np.exp(-x)), "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softmax": _softmax,
         "relu": lambda x: np.maximum(0, x), "softplus": lambda x: np.log1p(np.exp(x)), "clip": np.clip,
         "Phi": lambda x: 0.5 * (1 + FUNCTIONS["erf"](x / np.sqrt(2))), "Gamma": np.vectorize(gamma, [float]),
         "sqrt": np.sqrt, "round": np.round, "floor": np.floor, "sum": np.sum, "vec": np.ravel}
COMPARE = {"=": np.equal, "~": np.equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
           "!=": np.not_equal}
MOMENTS = {"E": "mean", "Var": "var", "Cov": "cov", "V": "var", "Std": "std"}


class Reading(NamedTuple):
    """What the formula leaves to convention: the first index, and whether x_t is an index or a moment in time."""
    base: int = 1
    steps: bool = True
    shifted: bool = False       # R_0 = 0 is stated for an array that begins with R_1


class Evaluator(Derivatives):
    def __init__(self, claims, point, reading=Reading(), plain=False):
        if plain:                                                # only arguments and constants: side conditions
            from .claims import Claims
            claims = Claims(claims, [])
        self.claims, self.section, self.point, self.reading, self.plain = claims, claims.section, point, reading, plain
        self.index, self.delta, self.when = {}, {}, None
        self.code_used = self.integrated = False
        self.order = 0                                           # of the derivatives measured so far
        self.definitions_used, self.notes, self.means, self._depth = set(), {}, {}, 0

    # -- the code's values
    def run(self):
        if self.plain:
            return _NO_RUN
        return self.point.run(self.delta)

    def has(self, name):
        return self.find(name) is not None

    def find(self, name, when=None):
        """(value, origin) of a code name, or None."""
        name, *places = re.split(r"[\[\]]+", name.rstrip("]"))
        if name in self.point.args and (self.plain or not self.delta) and when is None and \
                name not in self.section.snippet.updated:
            found = self.point.drawn.get(name, self.point.args[name]), "argument"
        else:
            found = self._find(name, when)
        for k in places:
            if found is not None:
                found = (found[0][int(k)], found[1]) if int(k) < len(found[0]) else None
        return found

    def _find(self, name, when):
        run = self.run()
        if name == "return":
            return run.result, "result"
        is_argument = name in self.section.snippet.parameters
        when = when or self.when or ("before" if is_argument else "after")
        if is_argument and name == "t" and name in self.section.snippet.updated and self.claims.timed:
            when = "after"
        if name in run.before and when == "before" and (is_argument or name in self.section.snippet.updated):
            return run.before[name], "argument" if is_argument else "local variable, first value"
        if name in run.after and not callable(run.after[name]) and not inspect.ismodule(run.after[name]):
            return run.after[name], "argument after the call" if is_argument else "local variable"
        if name in self.point.args:
            return self.point.args[name], "argument"
        if name in self.point.dims:
            return self.point.dims[name], "size"
        return self._part(name)

    def _part(self, name):
        """A part of a tuple argument: $(m, v)$ (`state`)."""
        for whole, subjects in self.section.composites.items():
            for k, subject in enumerate(subjects):
                if name in names(subject):
                    return self.point.args[whole][k], f"part {k} of {whole}"
        return None

    def lookup(self, name, when=None):
        found = self.find(name, when)
        if found is None:
            raise Unbound(f"no {name} in {self.section.snippet.name}()")
        value, origin = found
        self.code_used |= origin not in ("argument", "size") and not origin.startswith("part")
        return value

    def origin(self, name):
        return f"{self.find(name)[1]} {name}" if name != "return" else "result"

    def note(self, node, what):
        self.notes.setdefault(latex(node), what)

    # -- what a symbol stands for
    def resolve(self, node, when=None):
        section, claims = self.section, self.claims
        if node in section.bind:
            self.note(node, self.origin(section.bind[node]) if self.has(section.bind[node]) else section.bind[node])
            return self.lookup(section.bind[node], when)
        if node in self.index:
            return self.index[node][0]
        if node in self.point.free:
            self.note(node, "free symbol")
            return self.point.free[node] + self.delta.get(node, 0)
        if node == ("sym", "e") and "e" not in section.snippet.parameters:
            return np.e                                          # a local variable e does not shadow it
        if not (node[0] == "sub" and self.is_indexed(node)):
            for name in names(node):
                if self.has(name):
                    value = self.lookup(name, when)
                    self.note(node, self.origin(name))
                    return value
        if node in claims.definitions and not claims.definitions[node][0]:
            self.definitions_used.add(node)
            self.note(node, "defined by a formula")
            return self.nested(lambda: self.value(claims.definitions[node][1]))
        if node in claims.results:
            self.note(node, "result")
            return self.lookup("return")
        if node[0] == "sym" and node[1] in ("pi", "infty"):
            return {"pi": np.pi, "infty": np.inf}[node[1]]
        if node == ("sym", "1"):
            return Adaptive("ones")
        if node == ("sym", "I"):
            return Adaptive("identity")
        raise Unbound(f"{latex(node)} is bound to nothing in {self.section.snippet.name}()",
                      f"say ${latex(node)}$ (`name`) under the formula, or ${latex(node)} \\in \\mathbb{{R}}$ if it is free")

    def nested(self, rule):
        self._depth += 1
        try:
            if self._depth > 30:
                raise Ambiguous("definitions that need each other")
            return rule()
        finally:
            self._depth -= 1

    def can(self, node):
        try:
            self.resolve(node)
            return True
        except (Unbound, OutOfRange, Ambiguous):
            return False

    def evaluable(self, node):
        try:
            self.value(node)
            return True
        except (Unbound, Ambiguous):
            return False

    # -- indices
    def is_indexed(self, node):
        """Is a subscript an index rather than part of the name?"""
        if self.is_kronecker(node):
            return True
        for s in node[2]:
            if s == ("sym", ":") or any(x in self.index or x[0] == "sym" and x[1] in self.claims.ranges for x in walk(s)):
                return True
        parts = flat(node[2])
        letters = all(re.fullmatch("[a-su-z]", s[1]) for s in parts if s[0] == "sym") and parts and \
            all(s[0] in ("sym", "num") for s in parts) and any(s[0] == "sym" for s in parts)
        known = any(n in self.section.snippet.parameters or n in self.point.dims for n in names(node))
        return bool(letters) and not known and node not in self.point.free

    def is_kronecker(self, node):
        return node[1] == ("sym", "delta") and len(flat(node[2])) == 2 and not self.can(node[1]) \
            and node[1] not in self.claims.definitions

    def index_into(self, value, subs, owner):
        v = array(value)
        subs = flat(subs) if len(subs) != v.ndim and len(flat(subs)) <= v.ndim else list(subs)
        if len(subs) > v.ndim:
            raise Ambiguous(f"{len(subs)} indices on {latex(owner)}, which has {v.ndim} axes",
                            f"declare its shape: ${latex(owner)} \\in \\mathbb{{R}}^{{n}}$" if v.ndim == 0 else "")
        return v[tuple(self.position(s, v.shape[k], owner) for k, s in enumerate(subs))]

    def position(self, s, length, owner):
        if s == ("sym", ":"):
            return slice(None)
        k = squeeze(number(self.value(s)))
        if np.ndim(k) or k != int(k):
            raise Ambiguous(f"the index {latex(s)} of {latex(owner)} is not an integer")
        k = int(k) - self.first_index(s, owner)
        if not 0 <= k < length:
            raise OutOfRange(f"{latex(owner)} has no element {latex(s)} = {k + self.first_index(s, owner)}")
        return k

    def first_index(self, s, owner):
        """0 for labels that the code computes and for arrays written from x_0 on, otherwise the section's base."""
        counted = [self.index[x] for x in walk(s) if x in self.index]
        if any(is_label for _, is_label in counted):
            return self.label_base(s)
        if not counted and s[0] != "num" and not any(
                x[0] == "sym" and (x[1] in self.point.dims or x == ("sym", "t")) for x in walk(s)):
            return self.label_base(s)
        return self.base_of(owner)

    def base_of(self, owner):
        stated = self.reading.shifted and any(n[1] == owner for n in self.claims.boundary)
        return 0 if owner in self.claims.from_zero and not stated else 1 if stated else self.reading.base

    def label_base(self, s):
        r"""Class labels declared as y \in \{1, \dots, K\} count from one, all others as the code does, from zero."""
        for x in walk(s):
            domain = self.section.domains.get(x)
            if domain and domain.base and domain.base[0] == "set" and domain.base[1][0] == ("num", "1") \
                    and ("dots",) in domain.base[1]:
                return 1
        return 0

    # -- evaluation
    def value(self, node):
        if node in self.section.bind:
            return self.resolve(node)
        return getattr(self, node[0])(*node[1:])

    def num(self, text):
        return float(text) if "." in text else int(text)

    def sym(self, name):
        node = ("sym", name)
        try:
            return self.resolve(node)
        except Unbound:
            if self.function(node, 1) is not None and self.claims.pointfree:
                return self.at_the_argument(node)
            raise

    def at_the_argument(self, head):
        """tanh' = 1 - tanh^2 speaks about the function's own argument."""
        name = next(iter(self.section.snippet.parameters), None)
        if name is None:
            raise Unbound(f"the argument of {latex(head)}")
        self.note(head, f"function of {name}")
        return self.call(self.function(head, 1), [self.lookup(name)])

    def acc(self, e, accent):
        return self.resolve(("acc", e, accent))

    def deco(self, e, mark):
        return self.resolve(("deco", e, mark))

    def supidx(self, e, label):
        return self.resolve(("supidx", e, label))

    def prime(self, e, count):
        node = ("prime", e, count)
        if self.claims.pointfree and not self.can(node) and self.function(node, 1) is not None:
            return self.at_the_argument(node)
        return self.resolve(node)

    def grp(self, e):
        return self.value(e)

    def sub(self, base, subs):
        node = ("sub", base, subs)
        if self.is_kronecker(node):
            a, b = (self.value(x) for x in flat(subs))
            return int(a == b)
        try:
            return self.resolve(node)
        except Unbound:
            pass
        timed = self.time(node)
        if timed is not None:
            return timed
        if base in self.claims.definitions and self.claims.definitions[base][0]:
            return self.defined_element(base, subs)
        if base == ("sym", "I") and not self.can_value(base):
            return np.eye(int(self.value(subs[0])))
        return self.element(base, subs)

    def can_value(self, base):
        return any(self.has(n) for n in names(base)) or base in self.section.bind

    def element(self, base, subs):
        """An element of an array, or the value stated for it: R_0 = 0 beside an array that begins with R_1."""
        try:
            return self.index_into(self.value(base), subs, base)
        except OutOfRange:
            if not self.reading.shifted:
                raise
            here = ("sub", base, tuple(("num", str(int(self.value(s)))) for s in flat(subs)))
            if here not in self.claims.boundary:
                raise
            return self.value(self.claims.boundary[here])

    def defined_element(self, base, subs):
        formals, rhs = self.claims.definitions[base]
        self.definitions_used.add(base)
        self.note(base, "defined by a formula")
        subs = flat(subs)
        if len(subs) != len(formals):
            raise Ambiguous(f"{latex(base)} is defined with {len(formals)} indices and used with {len(subs)}")
        actual = [(self.value(s), any(self.index.get(x, (0, False))[1] for x in walk(s))) for s in subs]
        saved, self.index = self.index, {**self.index, **dict(zip(formals, actual))}
        try:
            return self.nested(lambda: self.value(rhs))
        finally:
            self.index = saved

    def time(self, node):
        """x_{t-1} before the call, x_t after it; None where the subscript is an index."""
        step = step_of(node)
        if step is None or not self.reading.steps or ("sym", "t") in self.index or "t" in self.claims.ranges:
            return None
        base, moments = node[1], self.claims.moments(node[1])
        if 1 in moments:
            step -= 1
        value = self.resolve(base, "after" if step == 0 else "before")
        code = {self.section.bind.get(base), *names(base)}
        if len(moments) > 1 and not code & self.section.snippet.updated:
            raise Ambiguous(f"{latex(base)} stands at two times, but {self.section.snippet.name}() never updates it",
                            "assign the new value to the same name, or say which name holds it")
        self.note(node, f"{latex(base)} {'after' if step == 0 else 'before'} the call")
        return value

    def pow(self, base, exponent):
        node = ("pow", base, exponent)
        key, subs = strip(node)
        if key in self.section.bind or key in self.claims.definitions:
            return self.sub(key, subs) if subs else self.resolve(key)
        if key[0] == "pow" and names(key) and not self.can(key[1]) and any(self.has(n) for n in names(key)):
            return self.sub(key, subs) if subs else self.resolve(key)
        if exponent == ("sym", "T") and np.ndim(self.value(base)) >= 1:
            return transpose(self.value(base))
        if base[0] == "app" and base not in self.section.bind and base not in self.claims.definitions:
            if self.is_call(base[1], base[2]):
                raise Ambiguous(f"{latex(base)}^n can mean f(x^n) or (f(x))^n", "write f^n(x) or (f(x))^n")
            if len(base[2]) == 1:
                return multiply(self.value(base[1]), self.value(("pow", ("grp", base[2][0]), exponent)))
        v = self.value(base)
        if isinstance(v, Adaptive):
            raise Ambiguous("a power of \\mathbf{1} or I")
        return power(v, self.value(exponent))

    def hadpow(self, base, exponent):
        return elementwise_power(self.value(base), self.value(exponent))

    def T(self, e):
        return transpose(self.value(e))

    def jux(self, *factors):
        v = self.value(factors[0])
        for f in factors[1:]:
            v = multiply(v, self.value(f))
        return v

    def dot(self, a, b):
        return multiply(self.value(a), self.value(b), "dot")

    def times(self, a, b):
        return multiply(self.value(a), self.value(b), "times")

    def star(self, a, b):
        return multiply(self.value(a), self.value(b), "star")

    def had(self, a, b):
        return multiply(self.value(a), self.value(b), "had")

    def outer(self, a, b):
        a, b = number(self.value(a)), number(self.value(b))
        if a.ndim != 1 or b.ndim != 1:
            raise Ambiguous(r"\otimes of anything but two vectors")
        return np.outer(a, b)

    def inner(self, a, b):
        a, b = number(self.value(a)), number(self.value(b))
        if a.shape != b.shape:
            raise Ambiguous(f"an inner product of shapes {a.shape} and {b.shape}")
        return (a * b).sum()

    def neg(self, e):
        v = self.value(e)
        return v.scaled(-1) if isinstance(v, Adaptive) else -(number(v) * 1)

    def add(self, a, b):
        a, b = pair(self.value(a), self.value(b))
        return a + b

    def minus(self, a, b):
        a, b = pair(self.value(a), self.value(b))
        return a - b

    def frac(self, a, b):
        a, b = pair(self.value(a), self.value(b))
        return a.astype(float) / b if np.ndim(a) else np.float64(a) / b

    div = frac

    def mod(self, a, b):
        a, b = pair(self.value(a), self.value(b))
        return a % b

    def cup(self, a, b):
        return self.sets(a, b, np.union1d, np.logical_or)

    def cap(self, a, b):
        return self.sets(a, b, np.intersect1d, np.logical_and)

    def setminus(self, a, b):
        return self.sets(a, b, np.setdiff1d, lambda p, q: p & ~q)

    def sets(self, a, b, of_lists, of_masks):
        a, b = array(self.value(a)), array(self.value(b))
        if a.dtype == b.dtype == bool and a.shape == b.shape:
            return of_masks(a, b)
        if a.ndim == b.ndim == 1 and a.dtype.kind in "iu" and b.dtype.kind in "iu":
            return of_lists(a, b)
        raise Ambiguous("a set operation on something that is no set")

    def root(self, e, n):
        return elementwise_power(self.value(e), 1 / number(self.value(n)))

    def floor(self, e):
        return np.floor(number(self.value(e)))

    def ceil(self, e):
        return np.ceil(number(self.value(e)))

    def fact(self, e):
        n = squeeze(number(self.value(e)))
        if np.ndim(n) or n < 0 or n != int(n) or n > 100:
            raise Ambiguous("the factorial of something that is no small natural number")
        return factorial(int(n))

    def binom(self, n, k):
        n, k = squeeze(number(self.value(n))), squeeze(number(self.value(k)))
        if np.ndim(n) or np.ndim(k) or n != int(n) or k != int(k) or n < 0:
            raise Ambiguous("a binomial coefficient of something that is no natural number")
        return comb(int(n), int(k)) if k >= 0 else 0

    def abs(self, e):
        v = self.value(e)
        if e[0] in ("sym", "sub", "cup", "cap", "setminus", "deco", "acc", "set"):
            count = cardinality(v)
            if count is not None:
                return count
        v = number(v)
        if v.ndim > 1:
            raise Ambiguous("|A| of a matrix can be a determinant or elementwise")
        return np.abs(v * 1)

    def norm(self, e, p):
        v = number(self.value(e)).astype(float)
        if p == ("sym", "F"):
            return np.sqrt((v ** 2).sum())
        if p == ("sym", "infty"):
            p = ("sym", "infty")
        if v.ndim > 1:
            raise Ambiguous("which matrix norm?", r"write \|A\|_F, or sums over indices")
        return np.linalg.norm(np.atleast_1d(v), float(self.value(p)))

    def mat(self, rows):
        cells = [[squeeze(self.value(e)) for e in row] for row in rows]
        if any(np.ndim(c) for row in cells for c in row):
            raise Ambiguous("a matrix with blocks")
        return np.array(cells, float)

    def set(self, items, shape):
        if ("dots",) in items:
            return progression([None if e == ("dots",) else float(self.value(e)) for e in items])
        return np.array([squeeze(number(self.value(e))) for e in items])

    def interval(self, *parts):
        raise Ambiguous("an interval is used as a number")

    space = interval

    # -- cases and conditions
    def cases(self, rows):
        stated = [(v, c) for v, c in rows if c is not None]
        arrays = [self.truth(c) for _, c in stated]
        if any(np.ndim(t) for t in arrays):
            return self.cases_elementwise(rows, arrays)
        hits = [squeeze(self.value(v)) for (v, _), t in zip(stated, arrays) if t]
        if any(not same(h, hits[0], 1e-9, 1e-11) for h in hits[1:]):
            raise Ambiguous("two cases apply and disagree")
        if hits:
            return hits[0]
        return next((self.value(v) for v, c in rows if c is None), np.nan)

    def cases_elementwise(self, rows, truths):
        raise Ambiguous("a condition on an array", "write the formula for one element, x_i")

    def ind(self, condition):
        return int(self.truth(condition))

    def chain(self, exprs, ops):
        return int(self.truth(("chain", exprs, ops)))

    def truth(self, c):
        kind = c[0]
        if kind == "and":
            return all([self.truth(x) for x in c[1:]])
        if kind == "or":
            return self.truth(c[1]) or self.truth(c[2])
        if kind in ("ind", "grp"):
            return self.truth(c[1])
        if kind != "chain":
            raise Ambiguous(f"{latex(c)} stands where a condition is expected")
        left = self.value(c[1][0])
        for op, e in zip(c[2], c[1][1:]):
            if op in ("in", "notin"):
                if self.member(left, e) == (op == "notin"):
                    return False
                continue
            right = self.value(e)
            if op not in COMPARE:
                raise Ambiguous(f"a condition with {op}")
            a, b = squeeze(number(left)), squeeze(number(right))
            if np.ndim(a) or np.ndim(b):
                raise Ambiguous("a condition on an array", "write it for one element, x_i")
            close = abs(a - b) <= 1e-12 * max(1.0, abs(a), abs(b))
            if not (close and op in ("=", "~", "<=", ">=") or (not close or op not in ("<", ">", "!=")) and COMPARE[op](a, b)):
                return False
            left = right
        return True

    def holds_everywhere(self, condition):
        """A side condition on inputs, for every element of arrays."""
        if condition[0] == "chain":
            values = [squeeze(number(self.value(e))) for e in condition[1]]
            return all(bool(np.all(COMPARE[op](a, b))) for op, a, b in zip(condition[2], values, values[1:]))
        return self.truth(condition)

    def member(self, v, e):
        if e[0] == "interval":
            _, opening, low, high, close, _ = e
            v, low, high = number(v), self.value(low), self.value(high)
            above = v >= low - 1e-12 if opening == "[" else v > low
            below = v <= high + 1e-12 if close == "]" else v < high
            return bool(np.all(above & below))
        if e[0] == "space":
            shape = tuple(n for n in self.shape_of(e[3]) if n != 1)
            v = squeeze(number(v))
            whole = e[1] == "R" or bool(np.all(v == np.round(v)))
            return whole and np.shape(v) == shape and (e[2] is None or bool(np.all(v > -1e-12)))
        if e[0] in ("pow", "sub") and e[1] == ("sym", "Delta"):
            v = number(v)
            return bool(np.all(v >= -1e-12) and np.allclose(v.sum(-1), 1))
        return bool(np.any(np.isclose(np.asarray(self.value(e), float), float(squeeze(v)))))

    def shape_of(self, e):
        if e is None:
            return ()
        if e[0] == "times":
            return self.shape_of(e[1]) + self.shape_of(e[2])
        return (int(self.value(e)),)

    # -- sums, products, maxima, integrals
    def big(self, op, specs, upper, body):
        if not specs:
            v = number(self.value(body))
            if v.ndim != 1:
                raise Ambiguous(r"a \sum without an index", r"write \sum_{i}")
            return v.sum()
        out, saved = [], self.index
        try:
            for index in self.choices(specs, upper, body):
                self.index = index
                out.append((self.value(body), index))
        finally:
            self.index = saved
        values = [v for v, _ in out]
        if op.startswith("arg"):
            return self.best(op, specs, out)
        if op == "sum":
            total = 0
            for v in values:
                total, v = pair(total, v)
                total = total + v
            return total
        if op == "prod":
            self.product_is_clear(specs, body)
            total = 1
            for v in values:
                total = multiply(total, v)
            return total
        if not values:
            raise Unusable(f"\\{op} over nothing")
        return max(squeeze(number(v)) for v in values) if op in ("max", "sup") else \
            min(squeeze(number(v)) for v in values)

    def product_is_clear(self, specs, body):
        variables = {s[1] for s in specs}
        if body[0] == "jux" and not any(x in variables for x in walk(body[-1])) and any(
                x in variables for x in walk(body[1])):
            raise Ambiguous(f"does {latex(body[-1])} belong inside the \\prod?", "put it in front, or add parentheses")

    def best(self, op, specs, out):
        if len(specs) != 1 or not out:
            raise Ambiguous(f"\\{op} over several indices")
        values = [float(squeeze(number(v))) for v, _ in out]
        k = int(np.argmax(values) if op == "argmax" else np.argmin(values))
        position, is_label = out[k][1][specs[0][1]]
        if len(values) > 1 and sorted(values)[-2 if op == "argmax" else 1] == values[k]:
            raise Unusable("a tie: the arg max is not unique")
        return position

    def choices(self, specs, upper, body):
        """All assignments of the index variables, one after the other."""
        if not specs:
            yield self.index
            return
        _, variable, low, among, condition = specs[0]
        rest = specs[1:]
        values, is_label = self.index_values(variable, low, among, upper, (specs, body))
        outer = self.index
        for v in values:
            self.index = {**outer, variable: (v, is_label)}
            if condition is None or self.truth(condition):
                yield from self.choices(rest, upper, body)
        self.index = outer

    def index_values(self, variable, low, among, upper, where):
        if among is not None:
            if among[0] == "interval":
                raise Ambiguous("a sum over an interval")
            s = array(self.value(among))
            s = np.flatnonzero(s) if s.dtype == bool else s
            if s.ndim != 1:
                raise Ambiguous(f"{latex(among)} is no set of indices")
            return s.tolist(), among[0] != "set"
        if low is not None or upper is not None:
            if upper is None:
                raise Ambiguous(f"{latex(variable)} has a lower bound and no upper one")
            first = self.integer(low) if low is not None else self.reading.base
            last = self.integer(upper)
            if last - first > 10_000:
                raise Ambiguous(f"a sum of {last - first} terms")
            if low is not None and low[0] != "num" and upper[0] == "num" and first >= last:
                return range(first, last - 1, -1), False         # \prod_{l=L}^{1}
            return range(first, last + 1), False
        return self.extent(variable, where), False

    def integer(self, e):
        v = squeeze(number(self.value(e)))
        if np.ndim(v) or v != int(v):
            raise Ambiguous(f"the bound {latex(e)} is not an integer")
        return int(v)

    def extent(self, variable, where):
        """The values of an index without bounds: all that its arrays have in common."""
        first = last = None
        saved = self.index
        self.index = {**self.index, variable: (self.reading.base, False)}
        try:
            for node in walk(where):
                if node[0] != "sub" or variable not in flat(node[2]):
                    continue
                span = self.span(node, variable)
                if span:
                    first = span[0] if first is None else max(first, span[0])
                    last = span[1] if last is None else min(last, span[1])
        finally:
            self.index = saved
        if first is None:
            raise Unbound(f"the range of the index {latex(variable)} is not said",
                          rf"write \sum_{{{latex(variable)}=1}}^{{n}}")
        return range(first, last + 1)

    def span(self, node, variable):
        for base in (node[1], ("pow", node[1], ("num", "2"))):
            if base in self.claims.definitions:
                formals, rhs = self.claims.definitions[base]
                at = flat(node[2]).index(variable)
                if at < len(formals):
                    return self.nested(lambda: (lambda r: (r.start, r.stop - 1))(self.extent(formals[at], rhs)))
                continue
            try:
                v = array(self.value(base))
            except (Unbound, Ambiguous, OutOfRange):
                continue
            subs = flat(node[2]) if len(node[2]) != v.ndim else list(node[2])
            if variable in subs and v.ndim >= len(subs):
                first = self.base_of(base)
                return first, first + v.shape[subs.index(variable)] - 1
        return None

    def int(self, variable, low, high, body):
        """Gauss-Legendre on twelve panels; infinite ends are mapped to finite ones."""
        low, high = float(self.value(low)), float(self.value(high))
        sign = 1.0
        if low > high:
            low, high, sign = high, low, -1.0
        x, w = np.polynomial.legendre.leggauss(16)
        edges = np.linspace(0, 1, 13)
        u = np.concatenate([a + (b - a) * (x + 1) / 2 for a, b in zip(edges, edges[1:])])
        w = np.tile(w, 12) / 24
        if np.isinf(low) and np.isinf(high):
            t = 2 * u - 1
            nodes, w = t / (1 - t * t), 2 * w * (1 + t * t) / (1 - t * t) ** 2
        elif np.isinf(high):
            nodes, w = low + u / (1 - u), w / (1 - u) ** 2
        elif np.isinf(low):
            nodes, w = high - u / (1 - u), w / (1 - u) ** 2
        else:
            nodes, w = low + (high - low) * u, w * (high - low)
        self.integrated = True
        saved, total = self.index, 0.0
        try:
            for t, weight in zip(nodes, w):
                self.index = {**saved, variable: (t, False)}
                total = total + weight * number(self.value(body))
        finally:
            self.index = saved
        return sign * total

    # -- functions
    def function(self, head, arity):
        """The Python function a head symbol means, or None."""
        primes = 0
        if head[0] == "prime":
            head, primes = head[1], head[2]
        elif head[0] == "diff":
            head, primes = head[1], len(head[2])
        f = self.section.function_bind.get((head, arity)) or self.section.function_bind.get((head, None))
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
            for p in list(inspect.signature(f).parameters.values())[len(args):]:
                if p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL, p.VAR_KEYWORD):
                    break
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
        if node in self.claims.definitions or node in self.claims.results:
            return self.resolve(node)
        defined = self.claims.function_definition(head, len(args))
        if defined:
            return self.apply_definition(head, *defined, args)
        if len(args) != 1:
            raise Unbound(f"the function {latex(head)} is bound to nothing",
                          f"say ${latex(head)}$ (`name`) under the formula")
        return multiply(self.value(head), self.value(args[0]))

    def is_pointfree(self, e):
        """Does the argument itself name a function without its argument, as in sigma(1 - sigma)?"""
        heads = {x[1] for x in walk(e) if x[0] == "app"}
        return any(x[0] in ("sym", "prime") and x not in heads and not self.can(x) and self.function(x, 1) is not None
                   for x in walk(e))

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
        if len(args) == 1 and args[0][0] == "app" and args[0][1][0] != "prime" and \
                not self.is_call(args[0][1], args[0][2]) and args[0] not in self.section.bind and \
                args[0] not in self.claims.definitions and not self.claims.function_definition(args[0][1], 1):
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
        raise Ambiguous(f"where does the argument of \\{name} end, before or after the bracket?", "add parentheses")

    def namespace_function(self, name):
        f = self.section.namespace.get(name)
        return f if inspect.isfunction(f) else None

    def extreme(self, name, args):
        values = [squeeze(number(self.value(a))) for a in args]
        if len(values) == 1:
            return values[0].max() if name == "max" else values[0].min()
        result = values[0]
        for v in values[1:]:
            a, b = pair(result, v)
            result = np.maximum(a, b) if name == "max" else np.minimum(a, b)
        return result

    def at(self, e, condition):
        """f'(x) at x = 0: the same evaluation with other inputs."""
        if condition[0] != "chain" or set(condition[2]) != {"="} or len(condition[1]) != 2:
            raise Ambiguous("an evaluation bar needs x = value")
        subject, value = condition[1]
        return self.elsewhere({subject: self.value(value)}).value(e)

    def elsewhere(self, values):
        """The same formula at a point where some inputs are given."""
        point = Point(self.section, self.point.number)
        point.args, point.free, point.dims = dict(self.point.args), dict(self.point.free), dict(self.point.dims)
        for subject, v in values.items():
            name = self.section.parameter(subject)
            if name:
                old = np.asarray(point.args[name])
                v = np.broadcast_to(v, old.shape).astype(float)
                point.args[name] = float(v) if old.ndim == 0 else v.copy()
            elif subject in point.free:
                point.free[subject] = v
            else:
                raise Unbound(f"{latex(subject)} is no argument")
        other = Evaluator(self.claims, point, self.reading)
        other.index = dict(self.index)
        return other

    # -- expectations
    def moment(self, head):
        base = strip(head)[0]
        if base[0] != "sym" or base[1] not in MOMENTS and base[1] not in ("P", "Pr") or base in self.section.bind:
            return None
        if len(base[1]) == 1 and (self.can(head) or self.can(base)):
            return None
        if self.section.function_bind.get((base, 1)) or base[1] in ("P", "Pr", "V") and not self.point.random:
            return None
        return MOMENTS.get(base[1], "probability")

    def expectation(self, kind, args):
        if kind == "probability":
            if any(law[0] not in ("Bernoulli", "Ber", "B", "Bern") for law in self.point.random.values()):
                raise Ambiguous("a probability of a continuous variable is not computed exactly")
            return self.average(lambda: int(self.truth(args[0])))
        a, b = args[0], args[-1]
        if kind == "mean":
            return self.mean_of(a)
        mean_a, mean_b = self.mean_of(a), self.mean_of(b)
        spread = self.average(lambda: (number(self.value(a)) - mean_a) * (number(self.value(b)) - mean_b))
        return np.sqrt(spread) if kind == "std" else spread

    def mean_of(self, e):
        """E[e], computed once: it does not depend on the outcome of an outer expectation."""
        key = (e, tuple(self.index.items()), str(self.delta))
        if key not in self.means:
            self.means[key] = self.average(lambda: self.value(e))
        return self.means[key]

    def average(self, f):
        """Exact: over all outcomes, or over the nodes of a quadrature. Without random variables, over the data."""
        if not self.point.random:
            v = number(f())
            if v.ndim != 1:
                raise Unbound("an expectation, but no random variable is declared",
                              r"say $x \sim \mathcal{N}(0, 1)$ under the formula")
            return v.mean()
        slots = [(n, k) for n, (_, _, shape) in self.point.random.items() for k in range(int(np.prod(shape)))]
        nodes = self.point.nodes
        if np.prod([float(len(nodes[n][0])) for n, _ in slots]) > 20_000:
            raise Ambiguous("too many outcomes for an exact expectation")
        total, saved = 0.0, self.point.drawn
        try:
            for pick in itertools.product(*[range(len(nodes[n][0])) for n, _ in slots]):
                drawn, weight = {n: [] for n in self.point.random}, 1.0
                for (n, _), j in zip(slots, pick):
                    drawn[n].append(nodes[n][0][j])
                    weight *= nodes[n][1][j]
                self.point.drawn = {n: np.array(v).reshape(self.point.random[n][2])[()] for n, v in drawn.items()}
                total = total + weight * number(f())
        finally:
            self.point.drawn = saved
        return total


class _NO_RUN:
    before, after, result = {}, {}, None
