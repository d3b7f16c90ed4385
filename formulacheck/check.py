"""Check that displayed formulas are true of the code beside them."""

import contextlib
import itertools
from dataclasses import dataclass, field

import numpy as np

from .borders import TRIED, edges
from .claims import DEFINABLE, free_indices, read_claims
from .errors import Ambiguous, Excluded, FormulaError, Mismatch, ParseError, TooLong, Unbound, Unusable
from .evaluate import Evaluator
from .names import strip, walk
from .printer import latex
from .sampling import Sampler
from .section import UNVERIFIED, Section, stated_tolerance
from .truth import EQUALITIES, evaluating, moves_with_step, shadow, statement_holds

POINTS = 24  # usable sample points for every statement
DRAWS = 360  # points tried for them
HOPELESS = 10  # points whose side conditions no draw satisfies: the others will not either
IDLE = 72  # so many points at which all is zero do not count: max(0, a) max(0, b) says little there


@dataclass
class Result:
    """What became of one statement."""

    name: str  # the function
    tex: str  # the statement as printed
    status: str  # verified | identity | inequality | definition | unverified | failed
    message: str = ""  # why it failed, or the reason after `% unverified:`
    cure: str = ""
    line: int = 0
    path: str = ""
    points: int = 0
    kind: str = ""  # of a failure: the class of the error
    bindings: dict = field(default_factory=dict)
    sample: str = ""
    display: int = 0

    @property
    def ok(self):
        return self.status != "failed"

    def __str__(self):
        where = f"{self.path}:{self.line}: " if self.path else ""
        out = [f"{where}{self.name}: {self.status}: {self.tex}"]
        if self.message:
            out.append(f"    {self.message}")
        if self.sample:
            out.append(f"    at {self.sample}")
        if self.bindings and not self.ok:
            out.append("    where " + ", ".join(f"{k} = {v}" for k, v in self.bindings.items()))
        if self.cure:
            out.append(f"    cure: {self.cure}")
        return "\n".join(out)


def check(function, text=None, namespace=None, seed=0, points=POINTS):
    """A Result for every statement displayed in the docstring of a function, or in a text about it."""
    return Checker(section_of(function, text, namespace), seed, points).results()


def section_of(function, text=None, namespace=None, first_line=1):
    card = Section(function, None, namespace)
    return card if text is None else Section(function, text, namespace, first_line, card)


class Checker:
    """Checks displays of one section; sample points and runs of the code are shared between them."""

    def __init__(self, section, seed=0, points=POINTS):
        self.section, self.points, self.sampler = section, points, None
        self.seed = seed

    def results(self, displays=None, suspect=None):
        """Results of the section's displays, or of other displays in their place, one of them suspected."""
        section = self.section
        texts = [d.tex for d in section.displays] if displays is None else displays
        out = [
            self.result(k, " ".join(t.split()), "unverified", message=m[1])
            for k, t in enumerate(texts)
            if (m := UNVERIFIED.search(t))
        ]
        live = [(k, t) for k, t in enumerate(texts) if not UNVERIFIED.search(t)]
        out += [self.failure(k, None, e) for k, e in self.declaration_errors()]
        if not live:
            return out
        try:
            if self.sampler is None:
                self.sampler = Sampler(section, self.seed)
            first = self.usable_point()
            claims, errors = read_claims(section, live, first)
        except RecursionError:
            return out + [self.failure(k, t, ParseError("nested too deeply")) for k, t in live]
        except FormulaError as error:
            return out + [self.failure(k, " ".join(t.split()), error) for k, t in live]
        out += [self.failure(k, " ".join(texts[k].split()), e) for k, e in errors]
        if suspect is not None and any(k == suspect for k, _ in errors):
            return out
        return out + self.check_claims(claims, texts, first, suspect)

    def declaration_errors(self):
        for formula, error in self.section.errors:
            yield None, type(error)(f"${formula.tex}$: {error}", error.cure)

    def usable_point(self):
        last, excluded = None, 0
        for k in range(DRAWS):
            point = self.sampler.point(k)
            excluded += isinstance(point.unusable, Excluded)
            try:
                ready(point)
                return point
            except Unusable as error:
                last = error
            if excluded == HOPELESS:
                break
        cure = r"declare shapes and domains: $x \in \mathbb{R}^{n}$, $n \in \mathbb{N}$"
        for name in self.section.snippet.called:
            last = f"{name} is a function, and functions are not drawn"
            cure = f"give it a default: {name}=np.exp"
        raise Unbound(f"no input works: {last}", cure)

    def check_claims(self, claims, texts, first, suspect=None):
        """Where R_0 is stated, it is an element of the array for all claims, or stands beside it for all."""
        tried = []
        for shifted in (False, True) if claims.boundary else (False,):
            tried.append(self.check_under(claims, texts, first, suspect, shifted))
            if all(r.ok for r in tried[-1]):
                return tried[-1]
        return min(tried, key=lambda results: sum(not r.ok for r in results))

    def check_under(self, claims, texts, first, suspect, shifted):
        """Results of all claims, or until the first failure of the display that is suspected."""
        evaluator = Evaluator(claims, first)
        self.touched = False  # does any statement speak about the code?
        out, used = self.stray_ranges(claims, evaluator), set()
        definitions = [c for c in claims.claims if c.role == "definition"]
        stated = [c for c in claims.claims if c.role != "definition"]
        counted = {}  # indexed left side -> [(claim, reading)]
        for claim in sorted(stated, key=lambda c: (claims.is_boundary(c), c.display != suspect)):
            result, needed, reading = self.check_claim(claims, claim, texts[claim.display], shifted)
            if reading and not claims.is_boundary(claim):
                before = counted.setdefault(indexed_left(claim), [])
                before.append((claim, reading))
                if error := self.miscounted(claims, before, texts):
                    before.pop()
                    result = self.failure(claim.display, claim.tex, error)
            out.append(result)
            if claim.display == suspect and not result.ok:
                return out
            used |= needed
        out += [self.check_definition(evaluator, claim, used) for claim in definitions]
        definitions = definitions or claims.perhaps_result
        if self.section.is_alone and definitions and not self.touched and all(r.ok for r in out):
            out = self.bind_to_code(claims, texts, out)
        order = {c.tex: i for i, c in enumerate(claims.claims)}
        return sorted(out, key=lambda r: (r.display, order.get(r.tex, -1)))

    def miscounted(self, claims, read, texts):
        """Formulas of one array that hold only if it counts from 0 in one of them and from 1 in another."""
        left = indexed_left(read[-1][0])
        if left is None or len({reading.base for _, reading in read}) == 1:
            return None
        for base in (0, 1):
            with contextlib.suppress(FormulaError):
                for claim, reading in read:
                    tolerance = stated_tolerance(texts[claim.display])
                    self.hold(claims, claim, reading._replace(base=base), tolerance)
                return None
        here, there = read[-1][1].base, read[0][1].base
        return Ambiguous(
            f"{latex(left)} counts from {here} here and from {there} in another formula",
            "let its indices start at the same number everywhere",
        )

    def bind_to_code(self, claims, texts, out):
        """Nothing so far speaks about the code: one of the definitions is the function, or all is in vain."""
        for claim in claims.perhaps_result[:1]:
            claims.take_as_result(claim)
            result = self.check_claim(claims, claim, texts[claim.display], shifted=False)[0]
            return [r for r in out if r.display != claim.display or r.tex != claim.tex] + [result]
        name = self.section.snippet.name
        first = next(c for c in claims.claims if c.role == "definition")
        error = Unbound(
            f"no formula speaks about {name}(): all of this holds whatever it computes",
            f"say which symbol is the result: ${latex(strip(first.tree[1][0])[0])}$ (`return`)",
        )
        return [r for r in out if r.display != first.display or r.tex != first.tex] + [
            self.failure(first.display, first.tex, error)
        ]

    def check_definition(self, evaluator, claim, used):
        """A definition says nothing by itself: something that is checked must use it."""
        if error := self.shadowed(evaluator, claim):
            return self.failure(claim.display, claim.tex, error)
        key = claim.key
        if key in used or strip(key)[0] in used or key[0] == "app" and key[1] in used:
            return self.result(claim.display, claim.tex, "definition")
        error = Unbound(
            f"{latex(key)} is bound to nothing in {self.section.snippet.name}(), and nothing checked uses it",
            f"say ${latex(key)}$ (`name`) under the formula",
        )
        return self.failure(claim.display, claim.tex, error)

    def stray_ranges(self, claims, evaluator):
        """A range such as i = 1, …, K in a display that has no index i."""
        out = []
        for r in claims.displayed_ranges:
            here = [c for c in claims.claims if c.display == r.display]
            used = set().union(*(self.safe_free(evaluator, c) for c in here))
            used |= {s[1] for c in here for n in walk(c.tree) if n[0] == "big" for s in n[2]}
            inputs = {x for x in r.names if r.is_set and claims.is_argument(("sym", x))}
            for lost in sorted({*r.names} - inputs - {x[1] for x in used if x[0] == "sym"}):
                error = Unbound(f"a range of {lost}, which is no index here")
                out.append(self.failure(r.display, None, error))
        return out

    @staticmethod
    def safe_free(evaluator, claim):
        try:
            return free_indices(evaluator, claim.tree)
        except FormulaError:
            return set()

    def shadowed(self, evaluator, claim):
        formals = set(evaluator.claims.definitions.get(claim.key, ([], ()))[0])
        return shadow(claim.tree, formals)

    def check_claim(self, claims, claim, source, shifted):
        """Try the readings in turn; the first that holds at all points is what was meant."""
        failures = []
        try:
            tolerance = stated_tolerance(source)
        except ParseError as error:
            return self.failure(claim.display, claim.tex, error), set(), None
        for reading in claims.readings(claim.tree, shifted):
            try:
                done = self.hold(claims, claim, reading, tolerance)
                self.touched |= done.code
                return (
                    self.result(
                        claim.display,
                        claim.tex,
                        done.status(claim.tree),
                        points=done.points,
                        bindings=done.bindings,
                    ),
                    done.definitions,
                    reading,
                )
            except FormulaError as error:
                failures.append(error)
                if isinstance(error, ParseError | TooLong):
                    break
        first = failures[0]
        notation = isinstance(first, Ambiguous) and first.cure
        error = first if notation else next((e for e in failures if isinstance(e, Mismatch)), first)
        if isinstance(error, Unbound) and (name := self.unknown_left(claims, claim)):
            said = f"if ${name}$ is the result, say ${name}$ (`return`)"
            error.cure = f"{error.cure}; {said}" if error.cure else said
        return self.failure(claim.display, claim.tex, error), getattr(failures[0], "definitions", set()), None

    def unknown_left(self, claims, claim):
        """The left side in LaTeX, if it is what has no value while the right side has one."""
        evaluator = Evaluator(claims, self.usable_point())
        try:
            with evaluating():
                left, right = (evaluator.evaluable(e) for e in claim.tree[1][:2])
                return latex(claim.tree[1][0]) if right and not left else ""
        except FormulaError:
            return ""

    def hold(self, claims, claim, reading, tolerance):
        """Evaluate one statement at all sample points under one reading."""
        done, last = Done(), None
        for k in range(DRAWS):
            try:
                done.try_at(Evaluator(claims, self.sampler.point(k), reading), claim, tolerance)
            except Unusable as error:
                last = error
            if done.points >= self.points:
                self.hold_at_the_edge(claims, claim, reading, tolerance)
                done.refuse_circles(claim)
                return done
        raise Unbound(
            f"only {done.points} of {DRAWS} random inputs say anything about it"
            + (f": {last}" if last else ""),
            "declare the domain, or check the condition",
        )

    def hold_at_the_edge(self, claims, claim, reading, tolerance):
        for there in itertools.islice(edges(self.sampler, claims, claim, reading), TRIED):
            try:
                Done().try_at(there, claim, tolerance)
            except Unusable:
                pass
            except Mismatch:
                if not there.order:  # a derivative measured there: kinks cancel, and far away it is coarse
                    raise

    # -- results
    def result(self, display, tex, status, **more):
        line = self.section.displays[display].line if display is not None and self.section.displays else 0
        return Result(self.section.snippet.name, tex, status, line=line, display=display or 0, **more)

    def failure(self, display, tex, error):
        if tex is None:
            tex = " ".join(self.section.displays[display].tex.split()) if display is not None else "symbols"
        return self.result(
            display,
            tex,
            "failed",
            message=str(error),
            kind=type(error).__name__,
            cure=getattr(error, "cure", ""),
            sample=getattr(error, "sample", ""),
            bindings=getattr(error, "bindings", {}),
        )


@dataclass
class Done:
    points: int = 0
    idle: int = 0
    code: bool = False
    bindings: dict = field(default_factory=dict)
    definitions: set = field(default_factory=set)
    fits: set = field(default_factory=set)  # what `fits` found

    def try_at(self, evaluator, claim, tolerance):
        point = evaluator.point
        try:
            with evaluating():
                ready(point)
                if statement_holds(evaluator, claim, tolerance):
                    self.add(evaluator)
        except Unusable:
            raise
        except FormulaError as error:
            if isinstance(error, Mismatch) and evaluator.order and moves_with_step(evaluator, claim, error):
                raise Unusable("a derivative has a kink here") from None
            error.sample, error.bindings, error.definitions = (
                point.describe(evaluator.notes.values()),
                evaluator.notes,
                evaluator.definitions_used,
            )
            raise

    def add(self, evaluator):
        if evaluator.all_zero and self.idle < IDLE:
            self.idle += 1
        else:
            self.points += 1
        self.code |= evaluator.code_used
        self.bindings.update(evaluator.notes)
        self.definitions |= evaluator.definitions_used
        self.fits |= evaluator.fits

    def refuse_circles(self, claim):
        """y = max(y, x) says no more than y >= x, and z = z nothing; z = sgn(z) |z| is an identity."""
        exprs = claim.tree[1]
        idle = exprs[0] == exprs[1] and exprs[0][0] in (*DEFINABLE, "diff")
        if self.fits == {True, False} or idle:
            raise Ambiguous(
                f"{latex(exprs[0])} stands on both sides, and other values of it satisfy the equation",
                "define it by something else",
            )

    def status(self, tree):
        if not set(tree[2]) & EQUALITIES:
            return "inequality"
        return "verified" if self.code and self.fits != {True} else "identity"


def indexed_left(claim):
    """PE of PE_{p, 2i} = …, or None."""
    key, subs = strip(claim.tree[1][0])
    return key if any(s[0] != "num" for s in subs) else None


def ready(point):
    """Unusable unless the code runs there and its result is finite."""
    if point.unusable:
        raise point.unusable
    if getattr(point, "is_ready", None) is None:
        point.is_ready = all(np.all(np.isfinite(v)) for v in numbers_in(point.run().result))
    if not point.is_ready:
        raise Unusable("the code returns inf or nan")


def numbers_in(v):
    if isinstance(v, dict):
        v = tuple(v.values())
    if isinstance(v, tuple | list):
        return [x for part in v for x in numbers_in(part)]
    return [np.asarray(v)] if np.asarray(v).dtype.kind in "biuf" else []
