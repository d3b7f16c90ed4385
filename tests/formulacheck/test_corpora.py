"""72 snippets with their formulas, and textbook formulas with the defects that print gives them."""

import inspect

import corpus
import docstrings
import pytest
import strangers
import textbook

from formulacheck import check
from formulacheck.mutate import mutate_section
from formulacheck.section import Section

SNIPPETS = {
    name: f
    for name, f in vars(corpus).items()
    if inspect.isfunction(f) and f.__module__ == "corpus" and "$$" in (f.__doc__ or "")
}
RIGHT = [(f, symbols, tex) for f, symbols, right, _ in textbook.CASES for tex in right]
WRONG = [(f, symbols, tex) for f, symbols, _, wrong in textbook.CASES for tex in wrong]


def about(case):
    function, symbols, tex = case
    return check(function, f"$${tex}$$\n\n{symbols}")


def name(case):
    return f"{case[0].__name__}: {case[2][:70]}"


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_is_true(snippet):
    results = check(SNIPPETS[snippet])
    assert results and all(r.ok for r in results), "\n".join(map(str, results))
    assert all(r.points >= 20 for r in results if r.status in ("verified", "identity"))


def test_corpus_counts():
    """Which statements touch the code does not change by accident."""
    statuses = [r.status for f in SNIPPETS.values() for r in check(f)]
    assert {s: statuses.count(s) for s in set(statuses)} == {
        "verified": 119,
        "identity": 3,
        "definition": 4,
        "unverified": 3,
    }


@pytest.mark.parametrize("case", RIGHT, ids=map(name, RIGHT))
def test_true_formula_passes(case):
    results = about(case)
    assert results and all(r.ok for r in results), "\n".join(map(str, results))


@pytest.mark.parametrize("case", WRONG, ids=map(name, WRONG))
def test_defect_is_found(case):
    failures = [r for r in about(case) if not r.ok]
    assert failures
    assert all(
        r.message and r.kind in ("Mismatch", "Ambiguous", "OutOfRange", "ParseError", "Unbound")
        for r in failures
    )


DAMAGED = [(f, damage) for f, damages in docstrings.CASES for damage in damages]


@pytest.mark.parametrize("function", [f for f, _ in docstrings.CASES], ids=lambda f: f.__name__)
def test_docstring_is_true(function):
    results = check(function)
    assert any(r.status == "verified" for r in results) and all(r.ok for r in results)


@pytest.mark.parametrize("function, damage", DAMAGED, ids=lambda v: getattr(v, "__name__", ""))
def test_damaged_docstring_is_refused(function, damage):
    assert not all(r.ok for r in check(docstrings.with_damage(function, damage)))


@pytest.mark.parametrize(
    "function, symbols, tex, cure, better", strangers.CURED, ids=lambda v: getattr(v, "__name__", "")
)
def test_cure_works(function, symbols, tex, cure, better):
    refused = [r for r in about((function, symbols, tex)) if not r.ok]
    assert refused and cure in refused[0].cure, "\n".join(map(str, refused))
    if better.startswith("$"):
        symbols += ", " + better
    else:
        tex = better
    results = about((function, symbols, tex))
    assert results and all(r.ok for r in results), "\n".join(map(str, results))


def test_most_defects_are_found_by_value():
    by_value = sum(any(r.kind == "Mismatch" for r in about(case)) for case in WRONG)
    assert by_value >= 0.85 * len(WRONG)


@pytest.mark.parametrize("snippet", ["softmax", "bn_forward", "huber", "adam_step", "auc", "tanh"])
def test_damages_are_found(snippet):
    score = mutate_section(Section(SNIPPETS[snippet]), snippet)
    assert score.total > 10
    assert score.score >= 0.95, score.survivors


@pytest.mark.parametrize("seed", [11, 12])
def test_no_false_alarm_for_other_random_inputs(seed):
    assert [str(r) for f in SNIPPETS.values() for r in check(f, seed=seed) if not r.ok] == []
