"""Does one statement hold at one sample point? Its free indices take all their values there."""

import contextlib
import itertools
import math
from contextvars import ContextVar

import numpy as np

from .claims import free_indices
from .conditions import COMPARE
from .derivatives import FINER
from .errors import Ambiguous, FormulaError, Mismatch, OutOfRange, Unbound, Unusable
from .evaluate import Evaluator
from .names import flat, strip, walk
from .printer import latex
from .sampling import LEVELS, short
from .values import array, number, same, squeeze

TOLERANCES = [(1e-9, 1e-11), (1e-6, 1e-8), (1e-5, 1e-6), (1e-3, 1e-4)]  # by order of measured derivatives
# combinations of free indices at one point, all at the first; the fewest, where sums are long
MANY, FEW = 12, 6
LONG = 1000  # terms of one statement at one point, ten times as many at the first
INTEGRATED = (1e-8, 1e-9)
EQUALITIES = {"=", "~", "<-"}
NUMBERS = int | float | np.generic | np.ndarray
PYTHON = ArithmeticError, ValueError, TypeError, IndexError, AttributeError, MemoryError
PYTHON += (np.linalg.LinAlgError,)


TOO_LARGE = "a number of the formula is too large for a float"
OVERFLOWN = ContextVar("OVERFLOWN", default=False)  # was a number of the formula too large for a float?


@contextlib.contextmanager
def evaluating():
    """What Python and NumPy say about a formula that cannot be evaluated, as one of our errors."""
    OVERFLOWN.set(False)
    try:
        with np.errstate(all="ignore", over="call", call=lambda *_: OVERFLOWN.set(True)):
            yield
    except RecursionError:
        raise Ambiguous("nested too deeply") from None
    except PYTHON as error:
        raise Ambiguous(f"cannot be evaluated: {type(error).__name__}: {error}") from error


def shadow(tree, free):
    both = set(free) & {s[1] for n in walk(tree) if n[0] == "big" for s in n[2]}
    return (
        Ambiguous(f"the index {latex(both.pop())} is both free and summed over", "rename one of them")
        if both
        else None
    )


def statement_holds(evaluator, claim, tolerance):
    """True if the statement holds here, False if its conditions exclude this point; raises otherwise."""
    exprs, ops = claim.tree[1], claim.tree[2]
    ways, way = evaluator.ways(), ("free", claim.tree)
    if way not in ways:
        ways[way] = sorted(free_indices(evaluator, claim.tree))
    free = ways[way]
    if error := shadow(claim.tree, free):
        raise error
    spans = [index_range(evaluator, f, exprs) for f in free]
    for f, span in zip(free, spans):
        stated_end(evaluator, f, span)
    stated = any([stated_between(evaluator, f, span, claim.given) for f, span in zip(free, spans)])
    long, most = (LONG, MANY) if evaluator.point.number else (10 * LONG, math.inf)
    evaluated, excluded = 0, 0
    for combination in combinations(spans, evaluator.point.number):
        if evaluated >= (FEW if evaluator.terms > long else most):
            break
        evaluator.index = {f: (v, False) for f, v in zip(free, combination)}
        seen = []
        try:
            if not all(evaluator.truth(c) for c in claim.given):
                excluded += 1
                continue
            for e, op in zip(exprs, ("",) + ops):
                evaluator.when = None if "<-" not in ops else "before" if op else "after"
                seen.append(e if op in ("in", "notin") else evaluator.value(e))
            for k, op in enumerate(ops):
                compare(evaluator, seen[k], op, seen[k + 1], exprs[k + 1], tolerance)
            if tolerance is None:
                evaluator.fits.update(fits(evaluator, exprs, ops, seen))
            evaluated += 1
            evaluator.all_zero &= isinstance(seen[0], NUMBERS) and not np.any(seen[0])
        except OutOfRange:
            # skipped where the left side does not exist, or its value is stated separately (r_0 = 1)
            if not free or seen and (stated or not stated_separately(evaluator, exprs[0])):
                raise
        except Mismatch as error:
            if free:
                error.args = (
                    error.args[0]
                    + " for "
                    + ", ".join(f"{latex(f)} = {v}" for f, v in zip(free, combination)),
                )
            raise
        finally:
            evaluator.index, evaluator.when = {}, None
    if not evaluated and not excluded:
        raise Unbound("no value of the indices makes the formula meaningful")
    return evaluated > 0


def combinations(spans, number):
    """All values of the free indices; where these are many, corners first, and then in random order."""
    if math.prod(map(len, spans)) <= MANY:
        return itertools.product(*spans)
    rng = np.random.default_rng(number)
    everything = [*itertools.product(*spans)]
    corners = zip(*(rng.choice([s[0], s[-1]], MANY // 2).tolist() for s in spans))
    others = [everything[k] for k in rng.permutation(len(everything))]
    return dict.fromkeys([*corners, *others])


def fits(evaluator, exprs, ops, seen):
    """Where the left side stands on the right, too: do slightly other values of it satisfy the equation?"""
    left = exprs[0]
    again = [e for op, e in zip(ops, exprs[1:]) if op in ("=", "~") and left in walk(e)]
    if not again or not touches_code(evaluator, left):
        return
    here = np.asarray(squeeze(number(seen[0])), float)
    uneven = np.linspace(1, 2, here.size).reshape(here.shape)  # W = W^T says something about W
    for step in (1e-2, -1e-2):
        moved = evaluator.assumed[left] = here + step * uneven * (1 + np.abs(here))
        try:
            compare(evaluator, moved, "=", evaluator.value(again[0]), again[0], None)
            yield True
        except (FormulaError, *PYTHON):
            yield False
        finally:
            evaluator.assumed.clear()


def touches_code(evaluator, e):
    probe = Evaluator(evaluator.claims, evaluator.point, evaluator.reading)
    probe.index = evaluator.index
    probe.value(e)
    return probe.code_used


def moves_with_step(evaluator, claim, error):
    """Does a finer step give another derivative? Then there is none: |x| x at 0 has no second one."""
    again = Evaluator(evaluator.claims, evaluator.point, evaluator.reading)
    token = FINER.set(0.25)
    try:
        with evaluating():
            statement_holds(again, claim, None)
    except Mismatch as other:
        return any(not same(a, b, 1e-5, 1e-7) for a, b in zip(error.sides, other.sides))
    except FormulaError:
        pass
    finally:
        FINER.reset(token)
    return True


def is_undefined(v):
    return bool(np.isnan(np.asarray(number(squeeze(v)), float)).any())


def is_level(point):
    """Are all elements of all arrays the same number, and more than one?"""
    elements = [x for v in point.args.values() if isinstance(v, np.ndarray) for x in v.flat]
    return point.number in LEVELS or len(elements) > 1 == len(set(elements))


def index_range(evaluator, variable, exprs):
    """All values of a free index: the axes it runs over, best told by the left side."""
    for e in exprs:
        try:
            return evaluator.extent(variable, e)
        except (Unbound, OutOfRange):
            pass
    sizes = [
        n for v in evaluator.run().after.values() if isinstance(v, np.ndarray | list) for n in np.shape(v)
    ]
    return range(-1, max(sizes + [2]) + 2)


def stated_end(evaluator, variable, span):
    r"""i = 1, \dots, K: does the index really run to K?"""
    end = evaluator.claims.ends.get(variable[1])
    if end is not None and span.stop - 1 != (last := float(squeeze(number(evaluator.value(end))))):
        raise Mismatch(
            f"{latex(variable)} is said to run to {latex(end)} = {last:g}, the arrays end at {span.stop - 1}"
        )


def stated_between(evaluator, variable, span, given):
    """(1 < i < K): does a condition say which values the index takes, and do the arrays have them?"""
    for condition in given:
        inside = evaluator.between(variable, condition)
        if inside and (inside.start < span.start or inside.stop > span.stop):
            where, ends = latex(condition), f"{span.start} to {span.stop - 1}"
            raise Mismatch(f"{where} says more than the arrays, which have {latex(variable)} = {ends}")
        if inside is not None:
            return True
    return False


def stated_separately(evaluator, left):
    base, subs = strip(left)
    if left[0] != "sub":
        return False
    here = tuple(("num", str(int(evaluator.value(s)))) for s in flat(subs))
    return ("sub", base, here) in evaluator.claims.stated


def compare(evaluator, a, op, b, right, tolerance):
    if op in ("in", "notin"):
        if evaluator.member(a, right) == (op == "notin"):
            raise Mismatch(f"{short(a)} is {'' if op == 'notin' else 'not '}in {latex(right)}")
        return
    if op in EQUALITIES:
        rtol, atol = INTEGRATED if evaluator.integrated else TOLERANCES[min(evaluator.order, 3)]
        if tolerance is not None:
            rtol, atol = tolerance, tolerance
        elif op == "~" and right[0] == "num":
            rtol, atol = 1e-9, 0.5 * 10.0 ** -len(right[1].partition(".")[2])
        if not same(a, b, rtol, atol):
            undefined = (is_undefined(a) or is_undefined(b)) and not evaluator.uncovered
            if undefined and is_level(evaluator.point):
                raise Unusable("0/0 where all inputs are equal, a matter of convention")
            if undefined and OVERFLOWN.get():
                raise Unusable(TOO_LARGE)
            error = Mismatch(
                f"{short(array(squeeze(a)))} is not {short(array(squeeze(b)))}",
                "" if op != "~" else "≈ is checked exactly unless the display says % tol: 1e-3",
            )
            error.sides = a, b
            raise error
        return
    if op not in COMPARE:
        raise Ambiguous(
            f"a statement with {op} is not about numbers", "mark the display % unverified: reason"
        )
    a, b = squeeze(number(a)), squeeze(number(b))
    if np.ndim(b) > np.ndim(a) == 0:
        error = f"a number is compared with the array {latex(right)}"
        raise Ambiguous(error, "write it for one element, x_i")
    rtol, atol = TOLERANCES[min(evaluator.order, 3)] if evaluator.order else (1e-9, 1e-12)
    close = np.isclose(a, b, rtol=rtol, atol=atol)
    holds = COMPARE[op](a, b)
    strict = op == "!=" or op in ("<", ">") and evaluator.order > 0
    holds = holds | close if op in ("<=", ">=") else holds & ~close if strict else holds
    if not np.all(holds):
        if OVERFLOWN.get() and (is_undefined(a) or is_undefined(b)):
            raise Unusable(TOO_LARGE)
        raise Mismatch(f"not {short(a)} {op} {short(b)}")
