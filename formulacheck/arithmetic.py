r"""Sums, products, roots, sets, matrices: the kinds of nodes that only combine the values of their parts."""

from math import comb, factorial

import numpy as np

from .errors import Ambiguous
from .sampling import progression
from .values import (
    Adaptive,
    array,
    cardinality,
    elementwise_power,
    multiply,
    number,
    pair,
    squeeze,
    transpose,
)


def join(values, axis):
    try:
        return np.concatenate(values, axis)
    except ValueError:
        shapes = ", ".join(str(np.shape(v)) for v in values)
        raise Ambiguous(f"a list of shapes {shapes} does not make one array") from None


def small(n):
    """An integer that NumPy holds, or a float."""
    return n if n < 2**53 else float(n)


class Arithmetic:
    def hadpow(self, base, exponent):
        return elementwise_power(self.value(base), self.value(exponent))

    def T(self, e):
        if e[0] == "app" and len(e[2]) == 1 and e not in self.section.bind and not self.is_call(*e[1:]):
            return multiply(self.value(e[1]), transpose(self.value(e[2][0])))  # a (b)^T
        return transpose(self.value(e))

    def jux(self, *factors):
        if any(f[0] == "ind" and self.is_zero(f) for f in factors):
            return 0  # an indicator is zero so strongly that the rest need not exist
        v = self.value(factors[0])
        for f in factors[1:]:
            v = multiply(v, self.value(f))
        return v

    def is_zero(self, indicator):
        v = self.value(indicator)
        return np.ndim(v) == 0 and v == 0

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
        a, b = self.value(a), self.value(b)
        if type(a) is not int or type(b) is not int:  # indices are Python's integers
            a, b = pair(a, b)
        return a + b

    def minus(self, a, b):
        a, b = self.value(a), self.value(b)
        if type(a) is not int or type(b) is not int:
            a, b = pair(a, b)
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
        return small(factorial(int(n)))

    def binom(self, n, k):
        n, k = squeeze(number(self.value(n))), squeeze(number(self.value(k)))
        if np.ndim(n) or np.ndim(k) or n != int(n) or k != int(k) or not 0 <= n <= 1000:
            raise Ambiguous("a binomial coefficient of something that is no small natural number")
        return small(comb(int(n), int(k))) if k >= 0 else 0

    def abs(self, e):
        v = self.value(e)
        if e[0] in ("sym", "sub", "cup", "cap", "setminus", "deco", "acc", "set"):
            count = cardinality(v)
            if count is not None:
                return count
        v = number(v)
        if v.ndim > 1:
            domain = self.section.domains.get(e)
            if domain and domain.base and domain.base[0] == "definite":
                return np.linalg.det(v)
            raise Ambiguous(
                "|A| of a matrix can be a determinant or elementwise", r"write \det A, or indices"
            )
        return np.abs(v * 1)

    def norm(self, e, p):
        v = number(self.value(e)).astype(float)
        if p == ("sym", "F"):
            return np.sqrt((v**2).sum())
        if v.ndim > 1:
            raise Ambiguous("which matrix norm?", r"write \|A\|_F, or sums over indices")
        return np.linalg.norm(np.atleast_1d(v), float(self.value(p)))

    def mat(self, rows):
        cells = [[squeeze(self.value(e)) for e in row] for row in rows]
        if all(len(row) == 1 for row in cells) and all(np.ndim(row[0]) < 2 for row in cells):
            if any(np.ndim(row[0]) for row in cells):  # vectors one above the other
                return join([np.atleast_1d(number(row[0])) for row in cells], 0)
        if all(np.ndim(c) == 2 for row in cells for c in row):
            return join([join(row, 1) for row in cells], 0)
        if any(np.ndim(c) for row in cells for c in row):
            raise Ambiguous("a matrix with blocks that are vectors: rows or columns?", "write its elements")
        return np.array(cells, float)

    def concat(self, separator, parts):
        values = [np.atleast_1d(squeeze(number(self.value(e)))) for e in parts]
        return join(values, 0 if separator == ";" else -1)

    def set(self, items, shape):
        if ("dots",) in items:
            return progression([None if e == ("dots",) else float(self.value(e)) for e in items])
        return np.array([squeeze(number(self.value(e))) for e in items])

    def interval(self, *parts):
        raise Ambiguous("an interval is used as a number")

    space = interval
