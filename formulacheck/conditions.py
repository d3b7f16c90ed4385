r"""Cases, indicators, side conditions and membership."""

import operator

import numpy as np

from .errors import Ambiguous
from .printer import latex
from .values import number, pair, same, squeeze

COMPARE = {  # of numbers and of arrays
    "=": operator.eq,
    "~": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
}


class Conditions:
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
        otherwise = [v for v, c in rows if c is None]
        self.uncovered |= not otherwise
        return self.value(otherwise[0]) if otherwise else np.nan

    def cases_elementwise(self, rows, truths):
        raise Ambiguous("a condition on an array", "write the formula for one element, x_i")

    def ind(self, condition):
        if condition[0] == "chain" and set(condition[2]) <= {"<", ">", "<=", ">="}:
            values = [squeeze(number(self.value(e))) for e in condition[1]]
            if any(map(np.ndim, values)):  # 1[x > 0] of an array: for each element
                return self.each(condition[2], values)
        return int(self.truth(condition))

    @staticmethod
    def each(ops, values):
        hits = 1
        for op, a, b in zip(ops, values, values[1:]):
            a, b = pair(a, b)
            close = np.isclose(a, b, rtol=1e-12, atol=1e-12)
            hits = hits * np.where(close, op in ("<=", ">="), COMPARE[op](a, b))
        return hits

    def remark(self, condition):
        raise Ambiguous(
            f"({latex(condition)}) in brackets",
            r"write \mathbb{1}[…] for the number, or put the condition last",
        )

    def chain(self, exprs, ops):
        return int(self.truth(("chain", exprs, ops)))

    def truth(self, c):
        kind = c[0]
        if kind == "and":
            return all([self.truth(x) for x in c[1:]])
        if kind == "or":
            return self.truth(c[1]) or self.truth(c[2])
        if kind in ("ind", "grp", "remark"):
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
            if type(left) is type(right) is int:
                if not COMPARE[op](left, right):
                    return False
                left = right
                continue
            a, b = squeeze(number(left)), squeeze(number(right))
            if np.ndim(a) or np.ndim(b):
                raise Ambiguous("a condition on an array", "write it for one element, x_i")
            close = abs(a - b) <= 1e-12 * max(1.0, abs(a), abs(b))
            if not (
                close
                and op in ("=", "~", "<=", ">=")
                or (not close or op not in ("<", ">", "!="))
                and COMPARE[op](a, b)
            ):
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
