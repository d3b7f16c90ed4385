r"""Subscripts: parts of a name, indices of an array, moments in time; sums, maxima, integrals over them."""

import contextlib
import re
from typing import NamedTuple

import numpy as np

from .errors import Ambiguous, OutOfRange, TooLong, Unbound, Unusable
from .names import flat, spelled, step_of, names, walk
from .printer import latex
from .values import array, multiply, number, pair, squeeze


PANELS = 24  # of an integral
SLOW, QUIET = 3000, 20  # terms of an infinite sum; so many that are nothing beside the sum end it
UNVERIFIABLE = "mark the display % unverified: reason"


class Reading(NamedTuple):
    """What the formula leaves to convention: the first index, and whether x_t is a moment in time."""

    base: int = 1
    steps: bool = True
    shifted: bool = False  # R_0 = 0 is stated for an array that begins with R_1


class Indices:
    def is_indexed(self, node):
        """Is a subscript an index rather than part of the name?"""
        if self.is_kronecker(node):
            return True
        for s in node[2]:
            if s == ("sym", ":") or any(
                x in self.index or x[0] == "sym" and x[1] in self.claims.ranges for x in walk(s)
            ):
                return True
        parts = flat(node[2])
        letters = (
            all(re.fullmatch("[a-su-z]", s[1]) for s in parts if s[0] == "sym")
            and parts
            and all(s[0] in ("sym", "num") for s in parts)
            and any(s[0] == "sym" for s in parts)
        )
        known = spelled(node, {*self.section.snippet.parameters, *self.point.dims})
        if not known and letters and not self.has_base(node[1]):  # SS_{res}, where there is no SS
            known = spelled(node, self.section.snippet.assigned)
        return bool(letters) and not known and node not in self.point.free

    def has_base(self, base):
        section = self.section
        inside = {*section.snippet.parameters, *section.snippet.assigned}
        return base in section.bind or base in self.claims.definitions or bool(spelled(base, inside))

    def is_kronecker(self, node):
        return (
            node[1] == ("sym", "delta")
            and len(flat(node[2])) == 2
            and not self.can(node[1])
            and node[1] not in self.claims.definitions
        )

    def index_into(self, value, subs, owner):
        v = array(value)
        return self.pick(v, self.axes(v.ndim, subs, owner), owner)

    def axes(self, count, subs, owner):
        """(index, the first it can be) for each axis."""
        letters = any(
            s[0] == "jux" and all(c[0] in ("sym", "prime") for c in s[1:]) for s in subs
        )  # ij are two, 2i is one
        subs = flat(subs) if letters or len(subs) != count and len(flat(subs)) <= count else list(subs)
        if len(subs) > count:
            raise Ambiguous(
                f"{len(subs)} indices on {latex(owner)}, which has {count} axes",
                f"declare its shape: ${latex(owner)} \\in \\mathbb{{R}}^{{n}}$; if it is one name, "
                f"say ${latex(('sub', owner, tuple(subs)))}$ (`name`)",
            )
        return [(s, self.first_index(s, owner)) for s in subs]

    def pick(self, v, axes, owner):
        found = v[tuple([self.position(*axis, n, owner) for axis, n in zip(axes, v.shape)])]
        return int(found) if isinstance(found, np.integer) else found  # to count on, with Python's integers

    def position(self, s, first, length, owner):
        if s == ("sym", ":"):
            return slice(None)
        k = self.value(s)
        if type(k) is not int:
            k = squeeze(number(k))
            if np.ndim(k) or k != int(k):
                raise Ambiguous(f"the index {latex(s)} of {latex(owner)} is not an integer")
        k = int(k) - first
        if not 0 <= k < length:
            raise OutOfRange(
                f"{latex(owner)} has no element {latex(s)} = {k + first}",
                rf"say which terms are meant, as in \sum_{{j: 1 \le i - j \le n}}, "
                rf"or where the array begins: ${latex(owner)}_{int(k >= 0)}, \dots, {latex(owner)}_m$",
            )
        return k

    def first_index(self, s, owner):
        """0 for labels that the code computes and arrays written from x_0 on, else the reading's base."""
        counted = [self.index[x] for x in walk(s) if x in self.index]
        if any(is_label for _, is_label in counted):
            return self.label_base(s)
        if (
            not counted
            and s[0] != "num"
            and not any(x[0] == "sym" and (x[1] in self.point.dims or x == ("sym", "t")) for x in walk(s))
        ):
            return self.label_base(s)
        return self.base_of(owner)

    def base_of(self, owner):
        if owner in self.section.origins:
            return self.section.origins[owner]
        stated = self.reading.shifted and any(n[1] == owner for n in self.claims.boundary)
        return 0 if owner in self.claims.from_zero and not stated else 1 if stated else self.reading.base

    def label_base(self, s):
        r"""Labels declared as y \in \{1, \dots, K\} count from one, others from zero, as the code does."""
        domains = [self.section.domains.get(x) for x in walk(s)]
        sets = [d.base[1] for d in domains if d and d.base and d.base[0] == "set"]
        return int(any(items[0] == ("num", "1") and ("num", "0") not in items for items in sets))

    def sub(self, base, subs):
        ways, way = self.ways(), self.way(base, subs)
        if way in ways:
            return self.element(base, subs, *ways[way])
        node = ("sub", base, subs)
        if base[0] == "grp" and subs == (("sym", "plus"),):  # [a]_+
            return np.maximum(number(self.value(base)), 0)
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
            if (n := self.integer(subs[0])) > 1000:
                raise TooLong(f"an identity matrix of size {n}")
            return np.eye(n)
        whole = self.owner_of(base, len(flat(subs)))
        v = array(self.array_of(whole))
        ways[way] = whole, v.ndim, self.axes(v.ndim, subs, base)
        return self.element(base, subs, *ways[way])

    def owner_of(self, base, count):
        """The array that the indices go into: a_{ij} is an element of A."""
        matrix = ("sym", base[1].upper()) if base[0] == "sym" and len(base[1]) == 1 else base
        if matrix != base and count > 1 and not self.can(base) and self.can(matrix):
            if np.ndim(self.value(matrix)) == count:
                return matrix
        return base

    def array_of(self, whole):
        """Its value; e_i is an element of the code's e, not of Euler's number."""
        return self.lookup("e") if whole == ("sym", "e") and self.has("e") else self.value(whole)

    def can_value(self, base):
        return any(self.has(n) for n in names(base)) or base in self.section.bind

    def element(self, base, subs, whole, count, axes):
        """An element of an array, or its stated value: R_0 = 0 beside an array that begins with R_1."""
        v = array(self.array_of(whole))
        try:
            return self.pick(v, axes if v.ndim == count else self.axes(v.ndim, subs, base), base)
        except OutOfRange:
            here = ("sub", base, tuple(("num", str(int(self.value(s)))) for s in flat(subs)))
            if self.claims.is_argument(here):  # h_0 is given, the array begins with h_1
                return self.resolve(here)
            if not self.reading.shifted:
                raise
            if here in self.claims.boundary:
                return self.value(self.claims.boundary[here])
            row = ("sub", base, here[2][:1])
            if row not in self.claims.boundary:  # h_0 is given, this is one number of it
                raise
            return self.index_into(self.value(self.claims.boundary[row]), flat(subs)[1:], row)

    def defined_element(self, base, subs):
        formals, rhs = self.claims.definitions[base]
        self.definitions_used.add(base)
        self.note(base, "defined by a formula")
        subs = flat(subs)
        if len(subs) != len(formals):
            raise Ambiguous(f"{latex(base)} is defined with {len(formals)} indices and used with {len(subs)}")
        if len({*formals}) < len(formals):
            whole = latex(("sub", base, tuple(formals)))
            raise Ambiguous(f"{whole} is only a diagonal", "use another letter")
        actual = [(self.value(s), any(self.index.get(x, (0, False))[1] for x in walk(s))) for s in subs]
        key = base, *(array(v).tobytes() for v, _ in actual)
        known = {} if self.assumed or self.when else self.known()
        if key in known:
            return known[key]
        saved, self.index = self.index, dict(zip(formals, actual))  # no index from outside
        try:
            value = self.nested(lambda: self.value(rhs))
        finally:
            self.index = saved
        known[key] = value
        return value

    def time(self, node):
        """x_{t-1} before the call, x_t after it; None where the subscript is an index."""
        step = step_of(node)
        if step is None or not self.reading.steps or ("sym", "t") in self.index or "t" in self.claims.ranges:
            return None
        base, moments = node[1], self.claims.moments(node[1])
        named = [step_of(b) for b in self.section.bind if b[:2] == ("sub", base)]
        if step > max([s for s in named if s is not None], default=step):
            raise Unbound(f"{latex(node)} comes after the last value that the code has")
        if 1 in moments:
            step -= 1
        value = self.resolve(base, "after" if step == 0 else "before")
        code = {self.section.bind.get(base), *names(base)}
        named = {step_of(n) for n in self.section.bind if n[0] == "sub" and n[1] == base}
        if len(moments - named) > 1 and not code & self.section.snippet.updated:
            raise Ambiguous(
                f"{latex(base)} stands at two times, but {self.section.snippet.name}() never updates it",
                "assign the new value to the same name, or say which name holds it",
            )
        self.note(node, f"{latex(base)} {'after' if step == 0 else 'before'} the call")
        return value


class Sums:
    def big(self, op, specs, upper, body):
        if not specs:
            v = number(self.value(body))
            if v.ndim != 1:
                raise Ambiguous(r"a \sum without an index", r"write \sum_{i}")
            return v.sum()
        if op == "sum" and len(specs) == 1 and upper == ("sym", "infty") and specs[0][2] is not None:
            return self.series(*specs[0][1:3], body)
        out, saved = [], self.index
        try:
            for index in self.choices(specs, upper, body):
                self.index = index
                out.append((self.value(body), index))
        finally:
            self.index = saved
        values = [v for v, _ in out]
        if op.startswith("arg"):
            self.body_is_clear(op, specs, body)
            return self.best(op, specs, out)
        if op != "sum":
            self.body_is_clear(op, specs, body)
        if op == "sum":
            total = 0
            for v in values:
                total, v = pair(total, v)
                total = total + v
            return total
        if op == "prod":
            total = 1
            for v in values:
                total = multiply(total, v)
            return total
        if not values:
            raise Unusable(f"\\{op} over nothing")
        return (
            max(squeeze(number(v)) for v in values)
            if op in ("max", "sup")
            else min(squeeze(number(v)) for v in values)
        )

    def series(self, variable, low, body):
        """An infinite sum, until many terms in a row change nothing; others converge too slowly."""
        saved, total, quiet = self.index, 0.0, 0
        first = self.integer(low)
        try:
            for k in range(first, first + SLOW):
                self.index = {**saved, variable: (k, False)}
                self.work(10)  # one inside the other they take long
                before, term = pair(total, self.value(body))
                total = before + term
                quiet = quiet + 1 if np.all(np.abs(term) <= 1e-17 * np.abs(total)) else 0
                if quiet == QUIET:
                    return total
        finally:
            self.index = saved
        raise Ambiguous("the infinite sum cannot be added up: its terms fall too slowly", UNVERIFIABLE)

    def body_is_clear(self, op, specs, body):
        """A last factor without the index may be meant outside of the \\prod or \\max."""
        if body[0] in ("jux", "dot", "times", "star", "div", "had"):
            if not any(x in {s[1] for s in specs} for x in walk(body[-1])):
                raise Ambiguous(
                    f"does {latex(body[-1])} belong inside the \\{op}?", "put it in front, or add parentheses"
                )

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
        values, is_label = self.index_values(variable, low, among, upper, (specs, body), condition)
        outer = self.index
        self.work(len(values))
        for v in values:
            self.index = {**outer, variable: (v, is_label)}
            if condition is None or self.truth(condition):
                yield from self.choices(rest, upper, body)
        self.index = outer

    def between(self, variable, condition):
        """The range that 0 <= a < k states, or None."""
        if not condition or condition[0] != "chain" or not set(condition[2]) <= {"<", "<="}:
            return None
        exprs, ops = condition[1], condition[2]
        k = exprs.index(variable) if variable in exprs else 0
        if not 0 < k < len(exprs) - 1 or not (self.evaluable(exprs[k - 1]) and self.evaluable(exprs[k + 1])):
            return None
        first, last = self.integer(exprs[k - 1]), self.integer(exprs[k + 1])
        return range(first + (ops[k - 1] == "<"), last + (ops[k] == "<="))

    def index_values(self, variable, low, among, upper, where, condition=None):
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
            if low is not None and low[0] != "num" and upper[0] == "num" and first >= last:
                return range(first, last - 1, -1), False  # \prod_{l=L}^{1}
            return range(first, last + 1), False
        stated = self.between(variable, condition)
        return (self.extent(variable, where) if stated is None else stated), False

    def integer(self, e):
        v = self.value(e)
        if type(v) is int:
            return v
        v = squeeze(number(v))
        if np.ndim(v) == 0 and np.isinf(v):
            raise Ambiguous("an infinite range can only be that of a \\sum_{k=0}^\\infty", UNVERIFIABLE)
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
            raise Unbound(
                f"the range of the index {latex(variable)} is not said",
                rf"write \sum_{{{latex(variable)}=1}}^{{n}}",
            )
        return range(first, last + 1)

    def span(self, node, variable):
        for base in (node[1], ("pow", node[1], ("num", "2"))):
            if base in self.claims.definitions:
                formals, rhs = self.claims.definitions[base]
                at = flat(node[2]).index(variable)
                if at < len(formals):
                    with contextlib.suppress(Unbound):  # a_i = 2i + 1 is there for all i
                        r = self.nested(lambda: self.extent(formals[at], rhs))
                        return r.start, r.stop - 1
                continue
            try:
                v = array(self.array_of(self.owner_of(base, len(flat(node[2])))))
            except (Unbound, Ambiguous, OutOfRange):
                continue
            subs = flat(node[2]) if len(node[2]) != v.ndim else list(node[2])
            if variable in subs and v.ndim >= len(subs):
                first = self.base_of(base)
                return first, first + v.shape[subs.index(variable)] - 1
        return None

    def int(self, variable, low, high, body):
        """Gauss-Legendre on panels; infinite ends are mapped to finite ones."""
        low, high = float(self.value(low)), float(self.value(high))
        sign = 1.0
        if low > high:
            low, high, sign = high, low, -1.0
        x, w = np.polynomial.legendre.leggauss(16)
        edges = np.linspace(0, 1, PANELS + 1)
        u = np.concatenate([a + (b - a) * (x + 1) / 2 for a, b in zip(edges, edges[1:])])
        w = np.tile(w, PANELS) / (2 * PANELS)
        u, w = graded(u, w, *((high, low) if np.isinf(low) else (low, high)))  # u = 0 at a finite end
        if low == high:
            return 0.0
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
        self.work(len(nodes))
        saved, total = self.index, 0.0
        try:
            for t, weight in zip(nodes, w):
                self.index = {**saved, variable: (t, False)}
                total = total + weight * number(self.value(body))
        finally:
            self.index = saved
        return sign * total


def graded(u, w, low, high):
    """Nodes on (0, 1) that crowd at finite ends, where roots and logarithms have infinite slopes."""
    width = 1 / PANELS
    for end, at in enumerate((low, high)):
        v = (1 - u if end else u) / width
        near = (v < 1) & np.isfinite(at)
        steep = 6 if end or at else 10  # only beside 0 are there floats so close to the end
        w = np.where(near, w * steep * v ** (steep - 1), w)
        moved = width * v**steep
        u = np.where(near, 1 - moved if end else moved, u)
    return u, w
