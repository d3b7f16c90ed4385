"""What the cards say about tests is true: results count for exactly the source that was tested."""

import re
from types import SimpleNamespace

import pytest

from hooks import verification
from tests import conftest, pages

ADDRESS, MODULE = "snippets.activations.relu", "snippets.activations"


def report(name, passed=True, kinds=("law",), skipped=False):
    return SimpleNamespace(
        nodeid=name, when="call", passed=passed, failed=not passed and not skipped, skipped=skipped,
        user_properties=[("proof", [ADDRESS, kind]) for kind in kinds],
    )  # fmt: skip


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A test run of these reports; its results are what the cards read afterwards."""
    monkeypatch.setattr(verification, "RESULTS", tmp_path / "verification.json")

    def run(*reports, during=lambda: None):
        recorder = conftest.Recorder(SimpleNamespace())
        verification.load.cache_clear()
        recorder.pytest_sessionstart()
        for one in reports:
            recorder.pytest_runtest_logreport(one)
        during()
        recorder.pytest_sessionfinish()
        verification.load.cache_clear()
        return verification.proofs(ADDRESS)

    yield run
    verification.load.cache_clear()


def change(monkeypatch):
    monkeypatch.setattr(verification, "digest", lambda module: "another text")


def test_without_a_run_nothing_is_claimed(run):
    assert run() == {}
    verification.RESULTS.unlink()
    verification.load.cache_clear()
    assert verification.proofs(ADDRESS) == {} and verification.formulas() is None


def test_what_passed_is_counted_by_kind(run):
    assert run(report("a"), report("b", kinds=["law", "SciPy"])) == {"law": 2, "SciPy": 1}


def test_a_later_run_of_some_tests_keeps_the_others(run):
    run(report("a"), report("b", kinds=["SciPy"]))
    assert run(report("a", kinds=["limit"])) == {"limit": 1, "SciPy": 1}


def test_one_failure_refutes_the_function(run):
    assert run(report("a"), report("b", passed=False)) == {}
    assert run(report("b")) == {"law": 2}


def test_a_skipped_test_proves_nothing(run):
    assert run(report("a", passed=False, skipped=True)) == {}


def test_a_changed_source_has_no_proofs(run, monkeypatch):
    run(report("a"))
    change(monkeypatch)
    assert verification.proofs(ADDRESS) == {}
    assert run() == {}, "the results of the old text came back"


def test_a_source_changed_during_the_run_has_no_proofs(run, monkeypatch):
    assert run(report("a"), during=lambda: change(monkeypatch)) == {}


def test_the_formula_summary_is_about_pages_and_snippets_as_they_are(run, monkeypatch):
    found = report("formulas", kinds=[])
    results = {"digest": verification.formula_digest(), "summary": {"failed": 0}}
    found.user_properties = [("formulas", results)]
    run(found)
    run(report("a"))
    assert verification.formulas() == {"failed": 0}
    monkeypatch.setattr(verification, "formula_digest", lambda: "another text")
    assert verification.formulas() is None


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_the_page_names_every_oracle(language):
    tests = "".join(p.read_text("utf-8") for p in (pages.ROOT / "tests").glob("test_*.py"))
    kinds = set(re.findall(r'\bproof\(.*"([\w-]+)"\)', tests))
    oracles = kinds - {"doctest", "formula", "gradient", "law", "limit"}
    text = pages.source(language, "start/verification")
    assert len(oracles) >= 5 and not {name for name in oracles if name not in text}
