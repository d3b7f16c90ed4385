r"""What sums and products mean for scalars, vectors and matrices; where that is open: Ambiguous."""

import numpy as np

from .errors import Ambiguous, Unusable


SCALARS = {int, float, np.float64}  # most values are one of these: what needs no care is done at once


class Adaptive:
    r"""The ones vector \mathbf{1} or the identity I, times a number: it takes the size of what it meets."""

    def __init__(self, kind, factor=1.0, row=False):
        self.kind, self.factor, self.row = kind, factor, row

    def like(self, other):
        other = np.asarray(other)
        if self.kind == "ones":
            return np.full(other.shape, self.factor)
        if other.ndim != 2 or other.shape[0] != other.shape[1]:
            raise Ambiguous(f"an identity matrix beside shape {other.shape}")
        return self.factor * np.eye(len(other))

    def scaled(self, factor):
        return Adaptive(self.kind, self.factor * factor, self.row)

    def transposed(self):
        return Adaptive(self.kind, self.factor, not self.row)


def array(v):
    return np.asarray(v)


def squeeze(v):
    """A single number without its axes; everything else unchanged."""
    if isinstance(v, np.generic):
        return v
    if isinstance(v, Adaptive):
        return v
    v = array(v)
    return v.reshape(())[()] if v.size == 1 and v.ndim else v[()]


def number(v):
    """As an array of numbers, or Ambiguous."""
    if isinstance(v, np.generic) and v.dtype.kind in "biuf":
        return v
    if callable(v):
        raise Ambiguous("a function is used as a number", "write its argument in parentheses")
    if isinstance(v, Adaptive):
        raise Ambiguous("the size of \\mathbf{1} or I cannot be told here")
    v = array(v)
    if v.dtype.kind not in "biuf":
        raise Ambiguous(f"a value of type {v.dtype} is used as a number")
    return v


def pair(a, b):
    """Both sides of a sum or quotient, with shapes that fit: equal, a scalar, or rows of a matrix."""
    if type(a) in SCALARS and type(b) in SCALARS and not type(a) is type(b) is int:
        return np.float64(a), np.float64(b)
    a, b = squeeze(a), squeeze(b)
    if isinstance(a, Adaptive) and isinstance(b, Adaptive):
        raise Ambiguous("the size of \\mathbf{1} or I cannot be told here")
    if isinstance(a, Adaptive):
        a = a.like(b)
    if isinstance(b, Adaptive):
        b = b.like(a)
    a, b = number(a), number(b)
    if a.ndim and b.ndim and a.shape != b.shape:
        rows = {a.ndim, b.ndim} == {1, 2} and a.shape[-1] == b.shape[-1]
        kept = a.ndim == b.ndim and all(p == q or 1 in (p, q) for p, q in zip(a.shape, b.shape))
        if not rows and not kept:
            raise Ambiguous(f"shapes {a.shape} and {b.shape} do not match")
    if a.dtype == bool or b.dtype == bool:
        a, b = a * 1, b * 1
    return a, b


def multiply(a, b, op="jux"):
    if type(a) in SCALARS and type(b) in SCALARS and (product := a * b) == product:
        return product
    if isinstance(a, Adaptive) or isinstance(b, Adaptive):
        return _with_adaptive(a, b)
    a, b = squeeze(number(a)), squeeze(number(b))
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return _zero_wins(a, b)
    if op in ("star", "times"):
        raise Ambiguous(
            f"{'*' if op == 'star' else chr(92) + 'times'} between arrays can mean several products",
            r"write \odot for elementwise, juxtaposition for the matrix product, \sum for a convolution",
        )
    if op == "had":
        a, b = pair(a, b)
        return _zero_wins(a, b)
    if a.ndim == b.ndim == 1:
        if op != "dot":
            raise Ambiguous("a product of two vectors", r"write \odot, \cdot, ^\top or indices")
        if a.shape != b.shape:
            raise Ambiguous(f"inner product of shapes {a.shape} and {b.shape}")
        return a @ b
    if a.ndim == 1 and b.ndim == 2 and b.shape[0] == 1:
        return np.outer(a, b[0])
    if a.ndim != 2 or b.ndim > 2 or a.shape[1] != b.shape[0]:
        raise Ambiguous(
            f"matrix product of shapes {a.shape} and {b.shape}", r"check ^\top and the order of the factors"
        )
    return squeeze(a @ b)


def _zero_wins(a, b):
    """0 log 0 = 0, the convention of information theory."""
    product = array(a) * b
    if np.isnan(product).any():
        hit = (array(a) == 0) & np.isinf(b) | (array(b) == 0) & np.isinf(a)
        product = np.where(hit, 0.0, product)[()]
    return product


def _with_adaptive(a, b):
    for v, other in ((a, b), (b, a)):
        if isinstance(v, Adaptive) and not isinstance(other, Adaptive) and np.ndim(squeeze(other)) == 0:
            return v.scaled(float(squeeze(other)))
    if isinstance(a, Adaptive) and isinstance(b, Adaptive):
        if "identity" not in (a.kind, b.kind):
            raise Ambiguous("the size of \\mathbf{1} cannot be told here")
        kept, other = (b, a) if a.kind == "identity" else (a, b)
        return kept.scaled(other.factor)
    if isinstance(a, Adaptive):
        b = squeeze(b)
        if a.kind == "identity":
            return a.factor * b
        if not a.row and b.ndim == 2 and b.shape[0] == 1:
            return a.factor * b  # 1 b^T: every row is b
        return a.factor * b.sum(0)
    a = squeeze(a)
    if b.kind == "identity":
        return b.factor * a
    return b.factor * (np.outer(a, [1.0]) if b.row and a.ndim == 1 else a.sum(-1))


def transpose(v):
    if isinstance(v, Adaptive):
        return v.transposed()
    v = number(v)
    if v.ndim > 2:
        raise Ambiguous(f"the transpose of a {v.ndim}-dimensional array")
    if v.ndim == 1:
        return v[None, :]
    return v[0] if v.ndim == 2 and v.shape[0] == 1 else v.T


def power(v, p):
    if type(v) is np.float64 and type(p) in SCALARS:
        return v**p
    v, p = squeeze(number(v)), squeeze(number(p))
    if np.ndim(v) >= 2:
        square = v.shape[0] == v.shape[1] and np.ndim(p) == 0
        if square and p == int(p):
            try:
                return np.linalg.matrix_power(v.astype(float), int(p))
            except np.linalg.LinAlgError:
                raise Unusable("a singular matrix") from None
        if square and p in (0.5, -0.5) and np.allclose(v, v.T):
            values, vectors = np.linalg.eigh(v)
            return vectors * values ** float(p) @ vectors.T
        raise Ambiguous(
            "a power of a matrix: elementwise or matrix power?", r"write X^{\odot 2} or use indices"
        )
    if isinstance(v, int | np.integer) and isinstance(p, int | np.integer) and 0 <= p < 64:
        return v**p
    return array(v).astype(float) ** p


def elementwise_power(v, p):
    return number(v).astype(float) ** number(p)


def cardinality(v):
    """|P| of an index set or a mask; None when v is not a set."""
    v = array(v)
    if v.dtype == bool:
        return int(v.sum())
    return len(v) if v.ndim == 1 and v.dtype.kind in "iu" else None


def same(a, b, rtol, atol):
    """Do two values agree? Ambiguous when their shapes cannot be compared."""
    a, b = squeeze(a), squeeze(b)
    if isinstance(a, Adaptive) or isinstance(b, Adaptive):
        a, b = pair(a, b)
    a, b = number(a), number(b)
    if a.ndim == b.ndim == 0:
        a, b = float(a), float(b)
        return a == b or abs(b) < np.inf and abs(a - b) <= atol + rtol * abs(b)
    if a.ndim and b.ndim and a.shape != b.shape:
        row = {a.ndim, b.ndim} == {1, 2} and sorted((a.shape, b.shape), key=len)[1] == (1, a.size)
        if not row:
            raise Ambiguous(f"the sides have shapes {a.shape} and {b.shape}")
        a, b = a.ravel(), b.ravel()
    elif a.ndim != b.ndim and not (np.ndim(a) == 0 and a == 0 or np.ndim(b) == 0 and b == 0):
        raise Ambiguous(f"the sides have shapes {a.shape} and {b.shape}")
    return bool(np.allclose(a.astype(float), b.astype(float), rtol=rtol, atol=atol))
