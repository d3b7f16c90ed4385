r"""A docstring or a page section: its displays, and what the inline formulas beside them declare.

$z \in \mathbb{R}^{K}$        domain and shape      $\mu_{\mathcal{B}}$ (`mu`)  a name
$0 < \alpha < 1$, $n \ge 2$   bounds                $p$ (`return`)              the result, or `return[1]`
$w \sim \mathcal{N}(0, a)$    a random variable     $\sigma$ (`sigmoid`)        a function
$i = 1, \dots, K$             an index              $(m, v)$ (`state`)          the parts of a tuple
$r_1, \dots, r_T$             where an array begins
$g = \partial L/\partial y$   what an argument stands for
"""

import contextlib
import functools
import inspect
import re
import textwrap
from bisect import bisect
from dataclasses import dataclass

import numpy as np

from .errors import FormulaError, ParseError
from .lexer import RELATIONS, clean, tokenize
from .names import merge_letters, names, spelled, step_of, strip, walk
from .parser import parse_tokens
from .snippet import instrumented
from .statements import _commas, _range

DISPLAY = re.compile(r"(?<!\\)\$\$(.+?)\$\$", re.S)
INLINE = re.compile(
    r"(?<![\\$])\$(?!\$)((?:[^$\\]|\\.)+?)\$(?:\s*[（(]`([A-Za-z_]\w*(?:\[\d+\])*)`[)）])?", re.S
)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
SENTENCE_END = re.compile(r"[.!?:]\s|[。！？：；]|\n\s*\n|\n\s*[-*|#]|\|")
UNVERIFIED = re.compile(r"%\s*unverified:[ \t]*(\S.*)")
TOLERANCE = re.compile(r"%\s*tol:\s*([-+.\deE]+)")
ORIGIN = re.compile(r"(.+?)_\{?([01])\}?\s*,(?:[^,]*,)?\s*\\[lc]?dots[cb]?\s*,\s*\1_[^,]+?")
BOUNDS = {"<", ">", "<=", ">="}


@dataclass
class Formula:
    tex: str
    line: int
    code: str = ""
    sentence: int = 0  # number of the sentence it stands in


@dataclass
class Domain:
    base: tuple | None = None
    low: float | None = None
    high: float | None = None
    closed: tuple = (False, False)


class Section:
    """One function and the formulas that speak about it."""

    def __init__(self, function, source=None, namespace=None, first_line=1, card=None):
        self.function, self.snippet = function, card.snippet if card else instrumented(function)
        self.namespace = (
            namespace if namespace is not None else getattr(self.snippet.function, "__globals__", {})
        )
        self.is_page = card is not None
        self.is_alone = card is None or not card.displays  # nothing else says what the function does
        self.bind = dict(card.bind) if card else {}
        self.function_bind = dict(card.function_bind) if card else {}
        self.domains = dict(card.domains) if card else {}
        self.settled = set(self.domains)  # a text does not narrow what the docstring declares
        self.composites = dict(card.composites) if card else {}
        self.constraints = list(card.constraints) if card else []
        self.inline_ranges = list(card.inline_ranges) if card else []
        self.equations = list(card.equations) if card else []  # inline equations, which may define symbols
        self.errors, self.gradients = [], {}
        self.origins = dict(card.origins) if card else {}  # where arrays begin: r_1, \dots, r_T
        source = textwrap.dedent(source if source is not None else inspect.getdoc(function) or "")
        self.displays, self.inline = read_formulas(source, first_line)
        self.assertions = []
        for formula in self.inline:
            try:
                self._declare(formula)
            except FormulaError as error:
                if not self.is_page and (formula.code or "unknown domain" in str(error)):
                    self.errors.append((formula, error))

        self._count_sizes()
        self._quantify()

    def _quantify(self):
        r"""\sigma(z) = …, where \sigma is a known function and nothing is called z, holds for all z."""
        from .functions import KNOWN

        for tree in self.trees():
            left = tree[1][0] if tree[0] == "chain" and tree[2][0] == "=" else ("",)
            if left[0] != "app" or left[1][0] != "sym":
                continue
            heads = {left[1][1], *names(left[1])}
            bound = any(h == left[1] for h, _ in self.function_bind)
            for a in left[2] if bound or heads & set(KNOWN) else ():
                taken = self.parameter(a) or a in self.bind or set(names(a)) & self.snippet.assigned
                if a[0] == "sym" and len(a[1]) == 1 and not taken:
                    self.domains.setdefault(a, Domain())

    def _count_sizes(self):
        r"""n \ge 3, where n is the size of an array, speaks of natural numbers."""
        bases = [d.base for d in self.domains.values() if d.base and d.base[0] == "space"]
        shapes = {n for base in bases for n in walk(base[3])}
        for subject, d in self.domains.items():
            if d.base is None and subject in shapes:
                d.base = ("space", "N", None, None)

    @property
    def members(self):
        return {s for subjects in self.composites.values() for s in subjects}

    def domains_words(self):
        """Words that stand for inputs, such as TP declared by $TP \\in \\mathbb{N}$."""
        return {n for s in self.domains for n in names(s) if len(n) > 1}

    def trees(self):
        for d in self.displays:
            try:
                from .statements import read_display

                yield from (s.tree for s in read_display(strip_comments(d.tex))[0])
            except FormulaError:
                pass

    def parameter(self, subject):
        """The argument a symbol stands for, or None."""
        said = self.bind.get(subject)
        if said in self.snippet.parameters:
            return said
        found = spelled(subject, self.snippet.parameters)
        if not found and step_of(subject) is not None and subject not in self.bind:  # x_t \in \mathbb{R}^d
            found = spelled(subject[1], self.snippet.parameters)
        return next(iter(found), None)

    # -- one inline formula
    def _declare(self, formula):
        tex, code = formula.tex.strip(), formula.code
        source = clean(tex)
        tokens = [t for t in tokenize(source) if t.text not in (r"\quad", r"\qquad")]
        if not tokens:
            return
        if code and tokens[0].text == "(" and tokens[-1].text == ")" and code in self.snippet.parameters:
            self.composites[code] = [parse_tokens(source, part, "expr") for part in _cut(tokens[1:-1])]
            return
        if m := ORIGIN.fullmatch(source.strip()):
            self.origins[parse_tokens(m[1], tokenize(m[1]), "expr")] = int(m[2])
            return
        found = _range(source.strip())
        if found and not any(self.parameter(("sym", x)) for x in found.names):
            self.inline_ranges.append(found)
            return
        listed, tokens = _listed(tokens)  # p, q \\in \\Delta^{K-1}
        others = [self.merged(parse_tokens(source, t)) for t in listed]
        for k, part in enumerate(_commas(source, tokens)):
            tree = self.merged(parse_tokens(source, part))
            if tree[0] == "chain":
                self._statement(formula, tree, others if k == 0 else [], code)
            elif code:
                self._name(tree, code)

    def merged(self, tree):
        """tp > 0 speaks of the argument tp."""
        return merge_letters(tree, set(self.snippet.parameters))

    def _name(self, subject, code):
        subject = subject[1] if subject[0] == "grp" else subject
        if subject[0] == "jux" and all(
            len(f) == 2 and len(f[1]) == 1 and f[1].isalpha() for f in subject[1:]
        ):
            subject = ("sym", "".join(f[1] for f in subject[1:]))  # TP is one name
        local = code.split("[")[0]
        value = self.namespace.get(code)
        if callable(value) and local not in self.snippet.parameters and local not in self.snippet.assigned:
            key = (subject[1], len(subject[2])) if subject[0] == "app" else (subject, None)
            self.function_bind[key] = value
        elif subject[0] == "fn":
            self.bind[subject] = code
            self.bind[("fn", subject[1], subject[2], 0)] = code
        else:
            self.bind[subject] = code

    def _statement(self, formula, tree, others, code):
        exprs, ops = tree[1], tree[2]
        if code:
            self._name(next((e for e in exprs if _literal(e) is None), exprs[0]), code)
        if ops[0] in ("in", "subset", "sim", ">>") and len(ops) == 1:
            for subject in others + [exprs[0]]:
                self._domain(subject, ops[0], exprs[1])
        elif set(ops) <= BOUNDS and not self._bounds(others, exprs, ops):
            if self.settled & set(walk(tree)):
                self.assertions.append((formula, tree))
            elif not any(n[0] in ("app", "fn") for n in walk(tree)):
                self.constraints.append(tree)
            else:
                self.assertions.append((formula, tree))
        elif ops == ("!=",) and not self.is_page:
            self.constraints.append(tree)
        elif "=" in ops or "~" in ops:
            if exprs[-1][0] == "diff" and ops == ("=",) and self.parameter(exprs[0]):
                self.bind.setdefault(exprs[-1], self.parameter(exprs[0]))  # g = dL/dy
            else:
                self.equations.append(tree)
                self.assertions.append((formula, tree))

    def _domain(self, subject, op, rhs):
        if step_of(subject) is not None and not spelled(subject, self.snippet.parameters):
            if self.parameter(subject[1]) and self.bind.get(subject) not in self.snippet.parameters:
                subject = subject[1]  # h_t and h_{t-1} lie in the same space
        if rhs[0] != "space" and subject in self.settled:
            return  # in running text: a condition, not the domain
        shape = None
        if op == "sim":
            base = ("law", rhs)
        elif op == ">>":
            base = ("definite", self._shape_of(subject))
        elif op == "subset":
            base = ("mask", rhs[3]) if rhs[0] == "space" else None
        elif rhs[0] in ("space", "interval", "set"):
            base = rhs
        else:
            inner, shape = (rhs[1][1], rhs[2]) if rhs[0] == "pow" and rhs[1][0] == "grp" else (rhs, None)
            if inner[0] not in ("pow", "sub") or inner[1] != ("sym", "Delta"):
                raise ParseError(
                    "unknown domain", r"known: \mathbb{R}^{n}, (0, 1)^n, \{0, 1\}^n, \Delta^{K-1}"
                )
            size = inner[2] if inner[0] == "pow" else inner[2][0]
            base = ("simplex", size[1] if size[0] == "minus" else size, shape)
        if base is None:
            raise ParseError("unknown domain")
        if base[0] == "set" and ("dots",) in base[1] and _is_index(subject) and not self.parameter(subject):
            start = base[1][0]
            from .statements import Range

            self.inline_ranges.append(Range((subject[1],), int(start[1]) if start[0] == "num" else None))
            return
        old = self.domains.get(subject)
        self.domains[subject] = Domain(
            base, old.low if old else None, old.high if old else None, old.closed if old else (False, False)
        )

    def _shape_of(self, subject):
        known = self.domains.get(subject)
        return known.base[3] if known and known.base and known.base[0] == "space" else ("num", "3")

    def _bounds(self, others, exprs, ops):
        """0 < a < 1 or a, b > 0 with constant ends: bounds of one symbol. False if it is anything else."""
        values = [_literal(e) for e in exprs]
        subjects = [e for e, v in zip(exprs, values) if v is None]
        if len(subjects) != 1 or subjects[0][0] not in (
            "sym",
            "sub",
            "acc",
            "deco",
            "supidx",
            "prime",
            "app",
        ):
            return False
        if subjects[0] in self.settled:
            return False
        if (
            subjects[0][0] == "sub"
            and not self.parameter(subjects[0])
            and strip(subjects[0])[0] in self.domains
        ):
            subjects = [strip(subjects[0])[0]]  # x_i > 0 for every element of x
        if subjects[0][0] == "app" and not self.parameter(subjects[0]):
            return False
        at = values.index(None)
        for subject in others + subjects:
            d = self.domains.setdefault(subject, Domain())
            low, high, closed = d.low, d.high, list(d.closed)
            for k, op in enumerate(ops):
                other = values[k + 1] if k == at else values[k] if k + 1 == at else None
                if other is None:
                    continue
                below = (op in (">", ">=")) == (k == at)
                if below:
                    low, closed[0] = other, op in ("<=", ">=")
                else:
                    high, closed[1] = other, op in ("<=", ">=")
            if low is not None and high is not None and low >= high:  # "for x > 0 … for x < 0": conditions
                self.domains[subject] = Domain(d.base)
                return False
            self.domains[subject] = Domain(d.base, low, high, tuple(closed))
        return True

    # -- values and side conditions at a point
    def admits(self, key, value, point, element=False):
        """May an input (an argument's name or a free symbol), or an element of it, have this value?"""
        subject = next((s for s in self.domains if s == key or self.parameter(s) == key), None)
        if subject is None:
            default = getattr(self.snippet.parameters.get(key), "default", inspect.Parameter.empty)
            return default is inspect.Parameter.empty
        d = self.domains[subject]
        above = d.low is None or value > d.low or d.closed[0] and value == d.low
        below = d.high is None or value < d.high or d.closed[1] and value == d.high
        if element:
            return above and below and d.base[:3] == ("space", "R", None)
        return above and below and (d.base is None or self.contains(d.base, value, point))

    @functools.cached_property
    def no_claims(self):
        """What side conditions are evaluated with: arguments and constants alone."""
        from .claims import Claims

        return Claims(self, [])

    def contains(self, domain, value, point):
        from .evaluate import Evaluator

        return Evaluator(self, point, plain=True).member(value, domain)

    def evaluate_plain(self, e, point):
        from .evaluate import Evaluator

        return Evaluator(self, point, plain=True).value(e)

    def holds(self, condition, point):
        from .evaluate import Evaluator

        return Evaluator(self, point, plain=True).holds_everywhere(condition)


def read_formulas(source, first_line=1):
    """-> (displays, inline formulas) with their lines; code and comments are no formulas."""
    masked = re.sub(r"<!--.*?-->", lambda m: _blank(m[0]), source, flags=re.S)
    displays = [
        Formula(m[1], first_line + masked.count("\n", 0, m.start())) for m in DISPLAY.finditer(masked)
    ]
    rest = DISPLAY.sub(lambda m: _blank(m[0]), masked)
    rest = CODE_SPAN.sub(lambda m: m[0] if "$" not in m[0] else _blank(m[0]), rest)
    rest = re.sub(r"(?m)^\s*>>>.*$", lambda m: _blank(m[0]), rest)
    ends = [m.start() for m in SENTENCE_END.finditer(INLINE.sub(lambda m: "x" * len(m[0]), rest))]
    inline = [
        Formula(m[1], first_line + rest.count("\n", 0, m.start()), m[2] or "", bisect(ends, m.start()))
        for m in INLINE.finditer(rest)
    ]
    return displays, inline


def stated_tolerance(tex):
    """The number after % tol:, or None."""
    m = TOLERANCE.search(tex)
    if m is None:
        return None
    with contextlib.suppress(ValueError):
        if 0 < float(m[1]) <= 0.1:
            return float(m[1])
    raise ParseError(f"% tol: {m[1]} is no tolerance", "% tol: 1e-3, at most 0.1")


def strip_comments(tex):
    return re.sub(r"(?<!\\)%[^\n]*", "", tex)


def _blank(s):
    return re.sub(r"[^\n]", " ", s)


def _cut(tokens):
    """Parts between commas outside of brackets."""
    parts, depth = [[]], 0
    for t in tokens:
        depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
        if t.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(t)
    return parts


def _listed(tokens):
    """x, y, z \\in S -> ([x, y], z \\in S): what is listed before the first relation."""
    parts = _cut(tokens)
    first = next((k for k, p in enumerate(parts) if any(t.text in RELATIONS for t in p)), 0)
    listed = [p for p in parts[:first] if p]
    start = sum(len(p) + 1 for p in parts[:first])
    return listed, tokens[start:]


def _is_index(e):
    return e[0] == "sym" and re.fullmatch("[a-z]", e[1]) is not None


def _literal(e):
    """The value of a constant, None for anything that names a symbol."""
    if e[0] == "num":
        return float(e[1])
    if e[0] == "neg":
        v = _literal(e[1])
        return None if v is None else -v
    if e == ("sym", "infty"):
        return np.inf
    if e == ("sym", "pi"):
        return np.pi
    if e[0] in ("frac", "div") and None not in (a := [_literal(e[1]), _literal(e[2])]):
        return a[0] / a[1] if a[1] else None
    return None
