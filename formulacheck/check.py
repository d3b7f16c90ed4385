"""Check that displayed formulas are true of the code beside them."""

import contextlib
import itertools
from dataclasses import dataclass, field

import numpy as np

from .claims import DEFINABLE, free_indices, read_claims
from .borders import TRIED, far_away, on_borders
from .derivatives import FINER
from .errors import Ambiguous, FormulaError, Mismatch, OutOfRange, ParseError, Unbound, Unusable
from .conditions import COMPARE
from .evaluate import Evaluator
from .names import flat, strip, walk
from .printer import latex
from .sampling import LEVELS, Sampler, short
from .section import TOLERANCE, UNVERIFIED, Section
from .values import array, number, same, squeeze

POINTS = 24  # usable sample points for every statement
DRAWS = 240  # points tried for them
TOLERANCES = [(1e-9, 1e-11), (1e-6, 1e-8), (1e-5, 1e-6), (1e-3, 1e-4)]  # by order of measured derivatives
INTEGRATED = (1e-8, 1e-9)
EQUALITIES = {"=", "~", "<-"}
PYTHON = ArithmeticError, ValueError, TypeError, IndexError, AttributeError, np.linalg.LinAlgError


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
        last = None
        for k in range(DRAWS):
            point = self.sampler.point(k)
            try:
                ready(point)
                return point
            except Unusable as error:
                last = error
        raise Unbound(
            f"no input works: {last}",
            r"declare shapes and domains: $x \in \mathbb{R}^{n}$, $n \in \mathbb{N}$",
        )

    def check_claims(self, claims, texts, first, suspect=None):
        """Results of all claims, or until the first failure of the display that is suspected."""
        evaluator = Evaluator(claims, first)
        out, used, shifted = self.stray_ranges(claims, evaluator), set(), set()
        definitions = [c for c in claims.claims if c.role == "definition"]
        stated = [c for c in claims.claims if c.role != "definition"]
        for claim in sorted(stated, key=lambda c: (claims.is_boundary(c), c.display != suspect)):
            fixed = (True in shifted) if claims.is_boundary(claim) else None  # read as the others were
            result, needed, reading = self.check_claim(claims, claim, texts[claim.display], fixed)
            out.append(result)
            if claim.display == suspect and not result.ok:
                return out
            shifted.add(reading.shifted if reading else None)
            used |= needed
        out += [self.check_definition(evaluator, claim, used) for claim in definitions]
        order = {c.tex: i for i, c in enumerate(claims.claims)}
        return sorted(out, key=lambda r: (r.display, order.get(r.tex, -1)))

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
        """A range such as i = 1, …, K beside formulas that have no index i."""
        free = set().union(*(self.safe_free(evaluator, c) for c in claims.claims), set())
        summed = {s[1][1] for n in claims.nodes if n[0] == "big" for s in n[2] if s[1][0] == "sym"}
        elsewhere = {x for r in self.section.inline_ranges for x in r.names}
        display = claims.claims[0].display if claims.claims else 0
        return [
            self.failure(display, None, Unbound(f"a range of {lost}, which is not a free index"))
            for lost in sorted(claims.ranges - {x[1] for x in free} - summed - elsewhere)
        ]

    @staticmethod
    def safe_free(evaluator, claim):
        try:
            return free_indices(evaluator, claim.tree)
        except FormulaError:
            return set()

    def shadowed(self, evaluator, claim):
        formals = set(evaluator.claims.definitions.get(claim.key, ([], ()))[0])
        return shadow(claim.tree, formals)

    def check_claim(self, claims, claim, source, shifted=None):
        """Try the readings in turn; the first that holds at all points is what was meant."""
        tolerance = float(m[1]) if (m := TOLERANCE.search(source)) else None
        failures = []
        for reading in claims.readings(claim.tree, shifted):
            try:
                done = self.hold(claims, claim, reading, tolerance)
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
                if isinstance(error, ParseError):
                    break
        first = failures[0]
        notation = isinstance(first, Ambiguous) and first.cure
        error = first if notation else next((e for e in failures if isinstance(e, Mismatch)), first)
        if isinstance(error, Unbound) and (name := self.unknown_left(claims, claim)):
            error.cure += f"; if ${name}$ is the result, say ${name}$ (`return`)"
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
        for k in range(1, 2 * TRIED, 2):  # points on the grid
            start = Evaluator(claims, self.sampler.point(k), reading)
            if start.point.unusable is None and not start.point.random:
                for there in (*on_borders(start, claim), *far_away(start, claim)):
                    with contextlib.suppress(Unusable):
                        Done().try_at(there, claim, tolerance)

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
        self.points += 1
        self.code |= evaluator.code_used
        self.bindings.update(evaluator.notes)
        self.definitions |= evaluator.definitions_used
        self.fits |= evaluator.fits

    def refuse_circles(self, claim):
        """y = max(y, x) says no more than y >= x, and z = z nothing; z = sgn(z) |z| is an identity."""
        exprs = claim.tree[1]
        idle = exprs[0] == exprs[1] and exprs[0][0] in (*DEFINABLE, "diff")
        if self.fits == {True, False} or self.code and idle:
            raise Ambiguous(
                f"{latex(exprs[0])} stands on both sides, and other values of it satisfy the equation",
                "define it by something else",
            )

    def status(self, tree):
        if not set(tree[2]) & EQUALITIES:
            return "inequality"
        return "verified" if self.code and self.fits != {True} else "identity"


@contextlib.contextmanager
def evaluating():
    """What Python and NumPy say about a formula that cannot be evaluated, as one of our errors."""
    try:
        with np.errstate(all="ignore"):
            yield
    except RecursionError:
        raise Ambiguous("nested too deeply") from None
    except PYTHON as error:
        raise Ambiguous(f"cannot be evaluated: {type(error).__name__}: {error}") from error


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
    free = sorted(free_indices(evaluator, claim.tree))
    if error := shadow(claim.tree, free):
        raise error
    spans = [index_range(evaluator, f, exprs) for f in free]
    for f, span in zip(free, spans):
        stated_end(evaluator, f, span)
    evaluated, excluded = 0, 0
    for combination in itertools.product(*spans):
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
        except OutOfRange:
            # skipped where the left side does not exist, or its value is stated separately (r_0 = 1)
            if not free or seen and not stated_separately(evaluator, exprs[0]):
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


def stated_separately(evaluator, left):
    base, subs = strip(left)
    if left[0] != "sub":
        return False
    here = tuple(("num", str(int(evaluator.value(s)))) for s in flat(subs))
    return ("sub", base, here) in evaluator.claims.boundary


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
            if evaluator.point.number in LEVELS and (is_undefined(a) or is_undefined(b)):
                raise Unusable("0/0 where all inputs are equal, a matter of convention")
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
    close = np.isclose(a, b, rtol=1e-9, atol=1e-12)
    holds = COMPARE[op](a, b)
    holds = holds | close if op in ("<=", ">=") else holds & ~close if op == "!=" else holds
    if not np.all(holds):
        raise Mismatch(f"not {short(a)} {op} {short(b)}")
