r"""What only the code can tell of a tree: whether x(n) is an element, L'(a) a measured slope, i < j a pair.

Each function takes the evaluator of one sample point, and knows the values of the names.
"""

import re

import numpy as np

from .names import walk

CONSTANTS = ("sym", "e"), ("sym", "pi")
INDEX = ("sym", "num", "add", "minus", "jux", "dot", "neg", "grp")


def settle(tree, evaluator):
    """The tree with its open questions answered."""
    return pairs(_settled(tree, evaluator), evaluator)


def _settled(e, evaluator):
    if not isinstance(e, tuple) or not e:
        return e
    e = tuple(_settled(part, evaluator) if isinstance(part, tuple) else part for part in e)
    if e[0] == "app" and is_element(evaluator, *e[1:]):
        return ("sub", e[1], e[2])
    if e[0] == "app" and len(e[2]) == 1 and (order := slope_order(evaluator, *e[1:])):
        return ("diff", unprimed(e[1]), e[2] * order)
    return _elements(evaluator, e[1:]) if e[0] == "jux" else e


def is_element(evaluator, head, args):
    """x[n + m] and x(n), where x is an array and n a letter that nothing else is called."""
    nodes = [n for a in args for n in walk(a)]
    letters = {n for n in nodes if is_index_letter(n)}
    if head[0] not in ("sym", "acc") or not all(n[0] in INDEX for n in nodes):
        return False
    if all(map(evaluator.can, letters)) or evaluator.is_call(head, args):
        return False
    return evaluator.can(head) and np.ndim(evaluator.resolve(head)) > 0


def _elements(evaluator, factors):
    """K[m, n] was read as K times a list."""
    out = []
    for f in factors:
        if out and f[0] == "concat" and f[1] == "," and is_element(evaluator, out[-1], f[2]):
            out[-1] = ("sub", out[-1], f[2])
        else:
            out.append(f)
    return out[0] if len(out) == 1 else ("jux", *out)


def slope_order(evaluator, head, args):
    r"""The number of primes in L_\delta'(a), where L_\delta is a value of the code and a an argument."""
    plain = unprimed(head)
    if plain in CONSTANTS and plain not in evaluator.section.bind:
        return 0
    known = plain != head and evaluator.section.parameter(args[0]) and evaluator.can(plain)
    return known and next(n[2] for n in walk(head) if n[0] == "prime")


def unprimed(head):
    if head[0] == "prime":
        return head[1]
    return ("sub", head[1][1], head[2]) if head[0] == "sub" and head[1][0] == "prime" else head


def pairs(tree, evaluator):
    """i < j under a sum runs over both, unless j stands outside of the sum as well."""

    def read(e):
        if not isinstance(e, tuple) or not e:
            return e
        if e[0] == "big" and len(e[2]) == 1 and (condition := e[2][0][4]) and len(condition[1]) == 2:
            j = condition[1][1]
            inside = is_index_letter(j) and _count(e[4], j) and _count(tree, j) == _count(e, j)
            if inside and not evaluator.can(j):
                e = (*e[:2], (("idx", j, None, None, None), *e[2]), *e[3:])
        return tuple(read(part) if isinstance(part, tuple) else part for part in e)

    return read(tree)


def is_index_letter(e):
    return isinstance(e, tuple) and e[0] == "sym" and re.fullmatch("[a-z]", e[1]) is not None


def _count(tree, e):
    return sum(n == e for n in walk(tree))
