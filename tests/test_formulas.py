"""Every displayed formula of the project is executed against the function nearest above it."""

from pathlib import Path

import pytest

from formulacheck.check import Checker
from formulacheck.inline import check_inline
from formulacheck.mutate import Damage, read_explained
from formulacheck.pages import compare_languages, sections, summary
from hooks import verification

ROOT = Path(__file__).parent.parent
UNVERIFIED_SHARE = 0.05


def sources():
    """(address, source) of every docstring and of every part of a page below a card."""
    for folder in ("snippets", "docs"):
        for source in sections(ROOT / folder):
            line = (
                source.error.line
                if source.error
                else source.section.displays[0].line
                if source.section.displays
                else 0
            )
            yield pytest.param(source, id=f"{Path(source.path).name}-{source.name.rsplit('.', 1)[-1]}-{line}")


SOURCES = list(sources())


@pytest.mark.parametrize("source", SOURCES)
def test_display(source, proof):
    assert source.error is None, source.error
    if source.section.displays:
        proof(source.name, "formula")
    failures = [r for r in Checker(source.section).results() if not r.ok]
    for r in failures:
        r.path = source.path
    assert not failures, "\n\n".join(map(str, failures))


@pytest.mark.parametrize("source", SOURCES)
def test_inline(source):
    if source.error is None:
        failures = [
            r
            for r in check_inline(source.section, Checker(source.section), [s.section for s in source.cards])
            if not r.ok
        ]
        for r in failures:
            r.path = source.path
        assert not failures, "\n\n".join(map(str, failures))


@pytest.mark.parametrize(
    "page",
    sorted((ROOT / "docs" / "zh").rglob("*.md")),
    ids=lambda p: str(p.relative_to(ROOT / "docs" / "zh")),
)
def test_both_languages_show_the_same_displays(page):
    other = ROOT / "docs" / "en" / page.relative_to(ROOT / "docs" / "zh")
    if other.exists():
        assert compare_languages(page, other) == []


def test_explained_survivors_are_damages_of_displays_that_stand():
    """`make mutate` holds the list against the survivors; here it is only read."""
    stand = {}
    for source in (s for p in SOURCES for s in p.values if s.section):
        stand.setdefault(source.name, set()).update(
            " ".join(new.split()) for d in source.section.displays for _, new in Damage(d.tex).all()
        )
    for line, reason in read_explained(ROOT / "tests" / "formulacheck" / "survivors.txt").items():
        name, _, damaged = line.partition(": ")
        assert reason and damaged in stand.get(name, ()), line


def test_few_displays_are_unverified(record_property):
    digest = verification.formula_digest()
    found = summary(ROOT / "snippets", ROOT / "docs")
    assert not found["failed"]
    assert len(found["unverified"]) <= UNVERIFIED_SHARE * found["displays"], found["unverified"]
    record_property("formulas", {"digest": digest, "summary": found})
