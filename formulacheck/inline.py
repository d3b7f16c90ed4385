r"""Inline formulas that assert something: $\sigma'(0) = 0.25$ is checked like a display.

In running text a relation may also be a condition ("for $x > 0$", "at $x = 0$"). A relation that only fixes
or bounds an input is read so, and restricts the other formulas of the same sentence.
"""

from .check import DRAWS, Checker, Done, ready
from .claims import Claim, Claims
from .errors import Ambiguous, FormulaError, Mismatch, OutOfRange, ParseError, Unbound, Unusable
from .evaluate import Evaluator
from .names import walk
from .sampling import Sampler
from .truth import evaluating, statement_holds

ENOUGH = 10  # usable points for an inline formula
SIMPLE = {
    "chain",
    "sym",
    "num",
    "neg",
    "frac",
    "div",
    "abs",
    "add",
    "minus",
    "sub",
    "acc",
    "jux",
    "pow",
    "root",
    "grp",
}
CONSTANTS = ("pi", "infty", "e")
ASSERTING = {"=", "~", "<", ">", "<=", ">=", "!="}


def check_inline(section, checker, others=()):
    """Results of the asserting inline formulas; status `unbound` counts what speaks of something else."""
    out = []
    candidates = [checker, *(Checker(other, checker.seed) for other in reversed(others))]
    for formula, tree in section.assertions:
        if not set(tree[2]) & ASSERTING:
            continue
        if section.is_page and is_condition(section, tree):
            out.append(checker.result(None, " ".join(formula.tex.split()), "condition"))
            out[-1].line = formula.line
            continue
        outcome = None
        for here in candidates:
            outcome = one(here, formula, tree, conditions(section, formula))
            if outcome.status != "unbound":
                break
        outcome.line = formula.line
        out.append(outcome)
    return out


def is_condition(section, tree):
    """x = 0, 0 < x < 6, |x| = 5: a relation between inputs and constants, and no claim about the code."""
    symbols = inputs_in(section, tree)
    return (
        bool(symbols)
        and {n[0] for n in walk(tree)} <= SIMPLE
        and all(n in symbols or n[0] != "sym" or n[1] in CONSTANTS for n in walk(tree))
    )


def is_setting(tree):
    r"""\eta = 0.1: a number for a symbol, which may be a setting rather than a claim."""
    left, right = tree[1][0], tree[1][-1]
    return (
        tree[2] == ("=",) and left[0] in ("sym", "sub", "acc") and right[0] in ("num", "neg", "frac", "div")
    )


def inputs_in(section, tree):
    return {
        n
        for n in walk(tree)
        if n[0] in ("sym", "sub", "acc", "deco", "supidx") and (section.parameter(n) or n in section.domains)
    }


def conditions(section, formula):
    """Conditions that stand in the same sentence."""
    return [
        tree
        for other, tree in section.assertions
        if other is not formula and other.sentence == formula.sentence and is_condition(section, tree)
    ]


def one(checker, formula, tree, given):
    section = checker.section
    tex = " ".join(formula.tex.split())
    claim = Claim(None, tree, tex, ())
    try:
        if checker.sampler is None:
            checker.sampler = Sampler(section, checker.seed)
        claims = Claims(section, [], (), None)
        claims.nodes = set(walk(tree))
        checker.usable_point()
        claims.define_inline(checker.usable_point(), except_tree=tree)
    except FormulaError as error:
        return checker.result(None, tex, "unbound", message=str(error))
    failures = []
    for reading in claims.readings(tree):
        try:
            done = hold(checker, claims, claim, reading, given)
            return checker.result(None, tex, done.status(tree), points=done.points, bindings=done.bindings)
        except FormulaError as error:
            failures.append(error)
    mismatch = next((e for e in failures if isinstance(e, Mismatch)), None)
    if mismatch is None:
        return checker.result(None, tex, "unbound", message=str(failures[0]))
    if section.is_page and (is_setting(tree) or inputs_in(section, tree) and not mismatch.code_used):
        return checker.result(None, tex, "condition")
    if not mismatch.cure:
        mismatch.cure = "if it holds only under a condition, put the condition into the sentence: for $x > 0$"
    return checker.failure(None, tex, mismatch)


def hold(checker, claims, claim, reading, given):
    done = Done()
    for k in range(DRAWS):
        point = checker.sampler.point(k)
        evaluator = Evaluator(claims, point, reading)
        try:
            with evaluating():
                ready(point)
                evaluator = under(evaluator, given)
                if evaluator and statement_holds(evaluator, claim, None):
                    done.add(evaluator)
        except Unusable:
            continue
        except FormulaError as error:
            error.sample, error.bindings = evaluator.point.describe(evaluator.notes.values()), evaluator.notes
            error.code_used = evaluator.code_used
            raise
        if done.points >= ENOUGH:
            break
    if not done.points:
        raise Unbound("no random input says anything about it")
    return done


def under(evaluator, given):
    """The evaluator where the sentence's conditions hold: x = 0 is set, x > 0 selects; None: not here."""
    fixed = {}
    for condition in given:
        exprs, ops = condition[1], condition[2]
        if ops == ("=",) and exprs[0][0] == "sym":
            fixed[exprs[0]] = exprs[1]
    if fixed:
        evaluator = evaluator.elsewhere({s: evaluator.value(e) for s, e in fixed.items()})
    try:
        return evaluator if all(evaluator.holds_everywhere(c) for c in given) else None
    except (Ambiguous, Unbound, OutOfRange, ParseError):
        return evaluator
