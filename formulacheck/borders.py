r"""Sample points on the borders of cases and indicators, such as w x = \theta for \mathbb{1}[w x \ge \theta].

Random inputs hardly ever meet them. One input after the other is moved until both sides of the comparison are
equal, in binary fractions, so that formula and code cannot differ by rounding. An inequality may bind only
where an input is large or small: there, too, inputs are moved.
"""

import contextlib

import numpy as np

from .claims import free_indices
from .conditions import COMPARE
from .errors import FormulaError
from .evaluate import Evaluator
from .names import walk
from .sampling import Point
from .truth import PYTHON, index_range
from .values import number, squeeze

STARTS, TRIED = 6, 36  # sample points that are moved, places where one statement is tried
FINE = 2.0**20  # an exact number is a multiple of 1 / FINE


def edges(sampler, claims, claim, reading):
    """Evaluators for all these places, one starting point after the other."""
    compared = comparisons([claim, *claims.claims])
    for k in range(1, 2 * STARTS, 2):  # points on the grid
        start = Evaluator(claims, sampler.point(k), reading)
        if start.point.unusable is None and not start.point.random:
            yield from on_borders(start, compared)
            yield from far_away(start, claim)


def comparisons(claims):
    r"""(left, right) of every condition; \operatorname{sgn}(a) compares a with 0, \max(a, b) a with b."""
    found = {}
    for n in walk(tuple((c.tree[1], c.given) for c in claims)):
        if n[0] == "chain":
            pairs = zip(n[1], n[2], n[1][1:])
            found.update(((a, b), None) for a, op, b in pairs if op in COMPARE)
        elif n[0] == "fn" and n[1] == "sign" and len(n[2]) == 1:
            found[n[2][0], ("num", "0")] = None
        elif n[0] == "fn" and n[1] in ("max", "min") and len(n[2]) == 2:
            found[n[2]] = None
    return list(found)


def on_borders(evaluator, compared):
    """Evaluators at points near this one at which a comparison is an equality, or turned round."""
    for left, right in compared:
        index = first_index(evaluator, left, right)
        for place in scalars(evaluator.point):
            yield from _moved(evaluator, place, lambda e: _difference(e, left, right, index))


def first_index(evaluator, left, right):
    """The indices of both sides, each at its first value: there inputs are moved."""
    with contextlib.suppress(FormulaError, *PYTHON):
        free = free_indices(evaluator, (left, right))
        return {f: (index_range(evaluator, f, (left, right))[0], False) for f in free}
    return {}


def far_away(evaluator, claim):
    """Evaluators for an inequality at points where one input is large or small."""
    if not set(claim.tree[2]) & {"<", "<=", ">", ">="}:
        return
    for place in scalars(evaluator.point):
        for scale in (0.01, 100.0):
            value = scale * old_value(evaluator.point, place)
            if evaluator.point.section.admits(place[1], value, evaluator.point, place[2] is not None):
                yield _at(evaluator, place, value)


def scalars(point):
    """(args or free, key, None) of every real scalar input, (…, 0) for the first element of an array."""
    for where in ("args", "free"):
        for key, value in getattr(point, where).items():
            if isinstance(value, float):
                yield where, key, None
            elif isinstance(value, np.ndarray) and value.dtype == float and value.size:
                yield where, key, 0


def old_value(point, place):
    where, key, at = place
    value = getattr(point, where)[key]
    return value if at is None else float(value.flat[at])


def _difference(evaluator, left, right, index):
    evaluator.index = index
    try:
        value = squeeze(number(evaluator.value(left))) - squeeze(number(evaluator.value(right)))
    finally:
        evaluator.index = {}
    if np.ndim(value) or not np.isfinite(value):
        raise FormulaError("no single number")
    return float(value)


def _moved(evaluator, place, difference):
    """The difference is taken to be linear in this input; where that was wrong there is no border."""
    start = evaluator.point
    old = old_value(start, place)
    try:
        here = difference(evaluator)
        slope = difference(_at(evaluator, place, old + 1.0)) - here
        new = old - here / slope if slope else np.nan
        if here == 0 or not np.isfinite(new):
            return
        exact = new * FINE == np.round(new * FINE)
        beyond = new + (new - old) / 100
        for value, wanted in ((new, 0), (beyond, -np.sign(here)))[0 if exact else 1 :]:
            if start.section.admits(place[1], value, start, place[2] is not None):
                there = _at(evaluator, place, float(value))
                allowed = all(start.section.holds(c, there.point) for c in start.section.constraints)
                if allowed and np.sign(difference(there)) == wanted:
                    yield there
    except (FormulaError, *PYTHON):
        return


def _at(evaluator, place, value):
    old, (where, key, at) = evaluator.point, place
    point = Point(old.section, old.number)
    point.args, point.free, point.dims = dict(old.args), dict(old.free), dict(old.dims)
    inputs = getattr(point, where)
    if at is None:
        inputs[key] = value
    else:
        inputs[key] = inputs[key].copy()
        inputs[key].flat[at] = value
    return Evaluator(evaluator.claims, point, evaluator.reading)
