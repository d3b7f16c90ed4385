"""What the displays of one section claim together: statements, definitions, indices, moments in time."""

import inspect
import itertools
import re
from typing import NamedTuple

import numpy as np

from .brackets import settle, unprimed
from .derivatives import is_gradient
from .errors import FormulaError, ParseError
from .evaluate import Evaluator
from .indices import Reading
from .parser import parse
from .names import flat, heading, merge_letters, names, step_of, strip, text, walk

DEFINABLE = ("sym", "sub", "acc", "deco", "supidx", "app", "pow", "prime")


def with_time(e, letter):
    """The tree with another letter for the time."""
    if e == ("sym", letter):
        return ("sym", "t")
    return tuple(with_time(part, letter) if isinstance(part, tuple) else part for part in e)


def is_convolution(e):
    return e[0] == "grp" and e[1][0] == "star"


class Claim(NamedTuple):
    display: int
    tree: tuple
    tex: str
    given: tuple
    role: str = "check"  # or "definition", then `key` says of what
    key: tuple = ()


class Claims:
    """`statements`: (number of the display, Statement). Inline equations may define symbols too."""

    def __init__(self, section, statements, ranges=(), point=None):
        self.section = section
        known = self.known_words()
        self.displayed_ranges = list(ranges)
        ranges = self.displayed_ranges + section.inline_ranges
        self.ranges = {x for r in ranges for x in r.names if not self.is_argument(("sym", x))}
        titles = {w for w in (heading(s.tree) for _, s in statements) if w and not known & {*w, *w.lower()}}
        known |= titles
        merged = [
            (k, s, merge_letters(s.tree, known), tuple(merge_letters(c, known) for c in s.given))
            for k, s in statements
        ]
        for subject, code in list(section.bind.items()):
            section.bind.setdefault(merge_letters(subject, known), code)
        if letter := self.moment_letter([tree for _, _, tree, _ in merged]):
            merged = [
                (k, s, with_time(tree, letter), with_time(given, letter)) for k, s, tree, given in merged
            ]
            for subject, code in list(section.bind.items()):
                section.bind.setdefault(with_time(subject, letter), code)
        self.inline = [merge_letters(e, known) for e in section.equations]
        self.nodes = {n for _, _, tree, given in merged for n in walk((tree, given))}
        every = self.nodes | {n for e in self.inline for n in walk(e)}
        self.ends = {x: parse(r.end) for r in ranges if r.end for x in r.names}
        self.starts = {r.start for r in ranges} - {None}
        self.from_zero = {
            n[1] for n in every if n[0] == "sub" and ("num", "0") in n[2] and not self.is_argument(n)
        }
        self.from_one = counted_from_one(every) - self.from_zero
        self.timed = any(step_of(n) is not None for n in self.nodes)
        self.pointfree = self.is_pointfree(every)
        self.ways = {}  # how subscripts are read
        self.owners = {}  # the symbol of each code name that has no other by declaration
        self.definitions, self.results, self.boundary, self.functions = {}, set(), {}, {}
        lefts = {tree[1][0] for _, _, tree, _ in merged if tree[0] == "chain" and tree[2][0] == "="}
        self.own_functions = set()  # symbols of the checked function
        self.perhaps_result = []  # defined for use elsewhere, but perhaps the checked function itself
        self.values = {e for e in lefts if self.is_value_with_arguments(e)}
        self.results |= {n for n in every if self.is_own_call(n)}
        self._find_boundary([tree for _, _, tree, _ in merged] + self.inline)
        self.claims = [Claim(k, tree, s.tex, given) for k, s, tree, given in merged]
        if point is not None:
            self._assign_roles(point)

    def moment_letter(self, trees):
        """k in x_{k+1} = x_k - …, where the code makes a new x of the old one: a moment, and no index."""
        section, nodes = self.section, [n for tree in trees for n in walk(tree)]
        taken = self.ranges | set(section.snippet.parameters)
        shapes = {n for d in section.domains.values() for n in walk(d.base)}
        for letter in "kn":
            at = ("sym", letter)
            if ("sym", "t") in nodes or at in shapes or letter in taken:
                continue
            steps = {}
            for n in nodes:
                if n[0] == "sub" and at in walk(n[2]) and step_of(with_time(n, letter)) is not None:
                    steps.setdefault(n[1], []).append(n)
            moving = [base for base, found in steps.items() if len(set(found)) > 1]
            alone = nodes.count(at) == sum(map(len, steps.values()))
            if alone and moving and all(self.moves(base, steps[base]) for base in moving):
                return letter
        return None

    def moves(self, base, moments):
        name, domain = self.section.parameter(base), self.section.domains.get(base)
        is_array = domain and domain.base and domain.base[-1]
        said = any(n in self.section.bind for n in moments)
        return name is not None and (said or not is_array or name in self.section.snippet.updated)

    def is_argument(self, node):
        return self.section.parameter(node) is not None

    def known_words(self):
        section = self.section
        bound = {s[1] for s in list(section.bind) + list(section.domains) if s[0] == "sym"}
        functions = {h[1] for h, _ in section.function_bind if h[0] == "sym"}
        return (
            set(section.snippet.parameters)
            | section.snippet.assigned
            | bound
            | functions
            | {section.snippet.name.replace("_", ""), *section.domains_words()}
        )

    def is_value_with_arguments(self, left):
        """L(w) = …, where L is a local variable of the code, and w an argument: L, not L times w."""
        snippet = self.section.snippet
        if left[0] != "app" or not self.own_arguments(left[2]):
            return False
        known = {self.section.bind.get(left[1]), *names(left[1])} & {"return", *snippet.assigned}
        return bool(known) and self.section.parameter(left[1]) is None

    def own_arguments(self, args):
        """The arguments of the checked function that these are, in its order; None if these are others."""
        args = self.whole(args)
        found = [self.section.parameter(a) for a in args]
        own = [p for p in self.section.snippet.parameters if p in found]
        return found if found == own else None

    def whole(self, args):
        r"""f(x_1, x_2) is f(x) for x \in \mathbb{R}^2."""
        base = args[0][1] if args and args[0][0] == "sub" else None
        domain = self.section.domains.get(base)
        listed = tuple(("sub", base, (("num", str(k + 1)),)) for k in range(len(args)))
        size = domain.base[3] if domain and domain.base and domain.base[0] == "space" else None
        return (base,) if args == listed and size == ("num", str(len(args))) else args

    def is_own_call(self, node):
        r"""L_\delta(y, \hat y), where L_\delta is the result."""
        return (
            node[0] == "app"
            and self.section.bind.get(node[1]) == "return"
            and self.own_arguments(node[2]) is not None
        )

    def stands_for_function(self, evaluator, claim, lhs):
        r"""H(p, q) = …, where nothing else is called H and the checked function takes p and q."""
        if is_convolution(lhs):  # (x * w)_i = …
            return self.own_arguments(lhs[1][1:]) is not None and lhs not in walk(claim.tree[1][1:])
        plain = lhs[0] == "app" and lhs[1][0] in ("sym", "sub", "acc", "deco")
        if not plain or lhs in walk(claim.tree[1][1:]):
            return False
        head, args = lhs[1], self.own_arguments(lhs[2])
        if args is None or evaluator.can(head) or unprimed(head) != head:
            return False
        indexed = head[0] == "sub" and (step_of(head) is not None or evaluator.is_indexed(head))
        if indexed or head[0] == "sub" and evaluator.can(head[1]):
            return False
        needed = {n for n, p in self.section.snippet.parameters.items() if p.default is p.empty}
        declared = set(self.section.domains) | set(self.section.bind)
        return needed <= set(args) or claim.tree[2][0] == "=" and set(lhs[2]) <= declared

    def is_pointfree(self, nodes):
        heads = {n[1] for n in nodes if n[0] == "app"}
        return any(
            n[0] == "fn" and not n[2] or n[0] == "prime" and n not in heads and n[1][0] == "sym"
            for n in nodes
        )

    def moments(self, base):
        """The times at which a symbol stands in these formulas: {-1, 0, 1}."""
        return {step_of(n) for n in self.nodes if n[0] == "sub" and n[1] == base} - {None}

    def gradient_result(self, wrt, point):
        r"""In f_grad(x, g), \partial L/\partial x is what the function returns, if it returns one thing."""
        name = self.section.parameter(wrt)
        if name is None or not re.search(r"(grad|backward|vjp)", self.section.snippet.name):
            return None
        others = {n[2][0] for n in self.nodes if n[0] == "diff" and len(n[2]) == 1 and n[1][0] == "sym"}
        others = {strip(w)[0] for w in others if ("diff", ("sym", "L"), (w,)) not in self.section.bind}
        wanted = {self.section.parameter(w) for w in others} - {None}
        bound = {self.section.parameter(k[2][0]) for k in self.section.bind if k[0] == "diff" and k[2]}
        return "return" if wanted - bound <= {name} and not self.of_another(name, point) else None

    def of_another(self, name, point):
        """Is the result the gradient with respect to another input, and not to this one?"""
        section = self.section
        forward = section.namespace.get(re.sub("_(grad|backward|vjp)$", "", section.snippet.name))
        if not inspect.isfunction(forward) or point.drawn or forward is section.function:
            return False
        told = section.gradients
        for n in section.snippet.parameters:
            if told.get(n) is None and isinstance(point.args.get(n), float | np.ndarray):
                told[n] = is_gradient(point, forward, n)
        return not told.get(name) and any(told.values())

    def take_as_result(self, claim):
        """H(p, q) = … is the function itself after all, and not only what another formula uses."""
        lhs = claim.tree[1][0]
        self.definitions.pop(lhs, None)
        self.functions.pop((lhs[1], len(lhs[2])), None)
        self.results.add(lhs)

    def function_definition(self, head, arity):
        found = self.functions.get((head, arity))
        return found if found else None

    def _find_boundary(self, trees):
        lefts = [tree[1][0] for tree in trees if tree[0] == "chain" and tree[1][0][0] == "sub"]
        self.stated = {e for e in lefts if all(s[0] == "num" for s in e[2])}
        for tree in trees:
            if (
                tree[0] == "chain"
                and tree[2][0] == "="
                and tree[1][0][0] == "sub"
                and all(s == ("num", "0") for s in tree[1][0][2])
            ):
                for e in tree[1][:-1]:
                    self.boundary[e] = tree[1][-1]

    def is_boundary(self, claim):
        return claim.tree[0] == "chain" and claim.tree[1][0] in self.boundary

    # -- roles
    def _assign_roles(self, point):
        evaluator = Evaluator(self, point)
        trees = [(settle(c.tree, evaluator), settle(c.given, evaluator)) for c in self.claims]
        self.claims = [c._replace(tree=t, given=g) for c, (t, g) in zip(self.claims, trees)]
        self.nodes = {n for c in self.claims for n in walk((c.tree, c.given))}
        self._define_inline(evaluator)
        out = []
        for k, claim in enumerate(self.claims):
            if claim.tree[0] != "chain":
                out.append(claim)
                continue
            lhs = claim.tree[1][0]
            if (lhs[0] in DEFINABLE or is_convolution(lhs)) and not self.bound(evaluator, lhs):
                claim = self.unknown_left(evaluator, k, claim, lhs)
            out.append(claim)
        self.claims = out

    def define_inline(self, point, except_tree):
        """Definitions from the section's inline equations, for checking one of them."""
        self._define_inline(Evaluator(self, point), except_tree)

    def _define_inline(self, evaluator, except_tree=None):
        for tree in self.inline:
            setting = self.section.is_page and tree[1][-1][0] in ("num", "neg", "frac", "div")
            if (
                tree != except_tree
                and tree[2][0] == "="
                and not setting
                and not self.bound(evaluator, tree[1][0])
            ):
                self.define(tree[1][0], tree[1][-1])

    def speaks_for_itself(self, k, head):
        """Is the function f on the left of all formulas that mention it, as in f(x) = …, f'(x) = …?"""
        others = [c.tree for j, c in enumerate(self.claims) if j != k and head in walk(c.tree)]
        calls = {len(n[2]) for c in self.claims for n in walk(c.tree) if n[0] == "app" and n[1] == head}
        return len(calls) == 1 and all(t[0] == "chain" and head in walk(t[1][0]) for t in others)

    def unknown_left(self, evaluator, k, claim, lhs):
        if lhs[0] == "app" and self.stands_for_function(evaluator, claim, lhs):
            if self.speaks_for_itself(k, lhs[1]) and lhs[2] == self.whole(lhs[2]):
                self.own_functions.add((lhs[1], len(lhs[2])))
                self.results.add(lhs)
                return claim
        others = {n for j, c in enumerate(self.claims) if j != k for n in walk((c.tree, c.given))}
        key, subs = strip(lhs)
        formals = [s for s in flat(subs) if s[0] == "sym" and re.fullmatch("[a-z]", s[1])]
        by_index = bool(subs) and len(formals) == len(flat(subs)) and evaluator.is_indexed(("sub", key, subs))
        used = any(o == lhs or by_index and strip(o)[0] == key and strip(o)[1] for o in others)
        used |= lhs[0] == "app" and any(o[0] == "app" and o[1] == lhs[1] for o in others)
        if used and claim.tree[2][0] == "=":
            if lhs[0] == "app" and self.stands_for_function(evaluator, claim, lhs):
                self.perhaps_result.append(claim)
            self.define(lhs, claim.tree[1][1], formals if by_index else None)
            if len(claim.tree[1]) > 2:
                return claim._replace(tree=("chain", claim.tree[1][1:], claim.tree[2][1:]))
            return claim._replace(role="definition", key=key if by_index else lhs)
        spelled = key if by_index else lhs[1] if lhs[0] == "app" else lhs
        if text(spelled).lower().replace("_", "") == self.section.snippet.name.lower().replace("_", ""):
            self.results.add(key if by_index else lhs)
        elif self.stands_for_function(evaluator, claim, lhs if lhs[0] == "app" else key):
            self.results.add(lhs if lhs[0] == "app" else key)
        return claim

    def define(self, lhs, rhs, formals=None):
        key, subs = strip(lhs)
        if (
            formals is None
            and subs
            and all(s[0] == "sym" and re.fullmatch("[a-z]", s[1]) for s in flat(subs))
        ):
            formals = flat(subs)
        if formals:
            self.definitions[key] = (formals, rhs)
        else:
            self.definitions[lhs] = ([], rhs)
            if lhs[0] == "app" and all(a[0] in ("sym", "acc") and a in walk(rhs) for a in lhs[2]):
                self.functions[lhs[1], len(lhs[2])] = (lhs[2], rhs)

    def bound(self, evaluator, node):
        section = self.section
        if node in section.bind or strip(node)[0] in section.bind or node in self.results:
            return True
        kind = node[0]
        if is_convolution(strip(node)[0]):
            return evaluator.evaluable(strip(node)[0])
        if kind == "app":
            if (node[1], len(node[2])) in self.functions:
                return True
            if node in self.values and evaluator.can(node[1]):
                return True
            return evaluator.is_call(node[1], node[2]) or len(node[2]) == 1 and evaluator.can(node[1])
        if kind == "pow":
            return bool(names(node) and any(evaluator.has(n) for n in names(node))) or self.bound(
                evaluator, node[1]
            )
        if kind == "prime" and evaluator.function(node, 1) is not None:
            return True
        if evaluator.can(node):
            return True
        if kind == "sub":
            base = node[1]
            if base[0] not in DEFINABLE:
                return True
            if base[0] == "app":
                return self.bound(evaluator, base)
            return (
                evaluator.is_kronecker(node)
                or node in self.boundary
                and evaluator.can(base)
                or evaluator.can(base)
                and (step_of(node) is not None or np.ndim(evaluator.resolve(base)) > 0)
            )
        return kind == "sym" and self.pointfree and evaluator.function(node, 1) is not None

    # -- readings and free indices
    def readings(self, tree, shifted=None):
        """The conventions under which a statement may be meant, the likeliest first."""
        lows = {s[2] for n in walk(tree) if n[0] == "big" for s in n[2]} & {("num", "0"), ("num", "1")}
        starts = self.starts
        if starts == {0} or starts == {1}:
            bases = sorted(starts)
        elif ("num", "0") in lows:
            bases = [0, 1]
        else:
            known = any(n[0] == "sub" and n[1] in self.from_one for n in walk(tree))
            bases = [1] if lows or known else [1, 0]
        if not any(n[0] == "sub" for n in walk(tree)):
            bases = bases[:1]
        steps = [True, False] if self.timed and any(step_of(n) is not None for n in walk(tree)) else [True]
        shifts = [shifted] if shifted is not None else [False, True] if self.boundary else [False]
        found = [Reading(b, s, z) for z, s, b in itertools.product(shifts, steps, bases)]
        return [r for r in found if r.base == 1 or not r.shifted or 1 not in bases or ("num", "0") in lows]


def counted_from_one(nodes):
    r"""The arrays x of \sum_{i=1} x_i: their elements begin with x_1 in every other formula, too."""
    sums = [n for n in nodes if n[0] == "big"]
    specs = [(n, s[1]) for n in sums for s in n[2] if s[2] == ("num", "1")]
    return {n[1] for big, i in specs for n in walk(big[4]) if n[0] == "sub" and i in flat(n[2])}


def free_indices(evaluator, e, bound=frozenset()):
    """Index letters that no sum binds."""
    if not isinstance(e, tuple) or not e:
        return set()
    if e[0] == "big":
        inside = bound | {s[1] for s in e[2]}
        out = set().union(
            *(
                free_indices(evaluator, (s[2], s[3]), bound) | free_indices(evaluator, s[4], inside)
                for s in e[2]
            ),
            set(),
        )
        return out | free_indices(evaluator, e[3], bound) | free_indices(evaluator, e[4], inside)
    if e[0] == "int":
        return free_indices(evaluator, e[2:4], bound) | free_indices(evaluator, e[4], bound | {e[1]})
    out = set()
    if e[0] == "sub" and e not in evaluator.section.bind and e not in evaluator.point.free:
        indexed = evaluator.is_indexed(e)
        if indexed or not any(evaluator.has(n) for n in names(e)):
            out = {x for s in e[2] for x in walk(s) if _index_letter(evaluator, x) and x not in bound}
            if not indexed and step_of(e) is not None and evaluator.reading.steps:
                out.discard(("sym", "t"))
    return out.union(*(free_indices(evaluator, part, bound) for part in e if isinstance(part, tuple)))


def _index_letter(evaluator, x):
    if (
        x[0] != "sym"
        or not re.fullmatch("[a-z]", x[1])
        or x in evaluator.section.bind
        or x in evaluator.point.free
    ):
        return False
    return (
        x[1] in evaluator.claims.ranges
        or x[1] not in evaluator.section.snippet.parameters
        and x[1] not in evaluator.point.dims
    )


def read_claims(section, displays, point=None):
    """Parse displays -> (claims, [(number, error)])."""
    from .section import strip_comments
    from .statements import read_display

    statements, ranges, errors = [], [], []
    for k, tex in displays:
        try:
            found, indices = read_display(strip_comments(tex))
            for s in found:
                if s.tree[0] != "chain":
                    raise ParseError(f"{s.tex} states nothing", "a display must state a relation: =, <, …")
            if not found:
                raise ParseError("an empty display")
            statements += [(k, s) for s in found]
            for r in indices:
                r.display = k
            ranges += indices
        except FormulaError as error:
            errors.append((k, error))
    return Claims(section, statements, ranges, point), errors
