"""What the cards say about tests is true: results count for exactly the source that was tested."""

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hooks import facts, verification
from tests import conftest, pages

ADDRESS, MODULE = "snippets.activations.relu", "snippets.activations"


def report(name, passed=True, kinds=("law",), skipped=False):
    return SimpleNamespace(
        nodeid=f"tests/test_activations.py::{name}",
        when="call",
        passed=passed,
        failed=not passed and not skipped,
        skipped=skipped,
        user_properties=[("proof", [ADDRESS, kind]) for kind in kinds],
    )


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A test run of these reports; its results are what the cards read afterwards."""
    monkeypatch.setattr(verification, "RESULTS", tmp_path / "verification.json")

    def run(*reports, during=lambda: None, args=("tests",), exitstatus=0, **options):
        config = SimpleNamespace(args=[*args], getini=lambda name: ["tests"])
        config.getoption = lambda name, default: options.get(name, default)
        recorder = conftest.Recorder(config)
        verification.load.cache_clear()
        recorder.pytest_sessionstart()
        for one in reports:
            recorder.pytest_runtest_logreport(one)
        during()
        recorder.pytest_sessionfinish(exitstatus)
        verification.load.cache_clear()
        return verification.proofs(ADDRESS)

    yield run
    verification.load.cache_clear()


def change(monkeypatch, changed=MODULE):
    digest = verification.digest
    monkeypatch.setattr(verification, "digest", lambda m: "another text" if m == changed else digest(m))


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


def test_results_of_a_changed_test_file_are_forgotten(run, monkeypatch):
    """Its tests may be gone or have another name."""
    run(report("a"), report("b", kinds=["SciPy"]))
    change(monkeypatch, "tests.test_activations")
    assert run(report("c")) == {"law": 1}


def test_results_of_a_deleted_test_file_are_forgotten(run):
    run(report("a"))
    old = verification.RESULTS.read_text()
    verification.RESULTS.write_text(old.replace("test_activations", "test_gone"))
    assert run(report("b", kinds=["SciPy"])) == {"SciPy": 1}


def test_the_formula_summary_is_about_pages_and_snippets_as_they_are(run, monkeypatch):
    found = report("formulas", kinds=[])
    results = {"digest": verification.formula_digest(), "summary": {"failed": 0}}
    found.user_properties = [("formulas", results)]
    run(found)
    run(report("a"))
    assert verification.formulas() == {"failed": 0}
    monkeypatch.setattr(verification, "formula_digest", lambda: "another text")
    assert verification.formulas() is None


def test_formulas_of_a_changed_page_are_forgotten(run, monkeypatch):
    formula, law = report("x", kinds=["formula"]), report("a")
    formula.nodeid = "tests/test_formulas.py::test_display[relu.md-relu-9]"
    assert run(formula, law) == {"formula": 1, "law": 1}
    monkeypatch.setattr(verification, "formula_digest", lambda: "another text")
    assert run(law) == {"law": 1}


def test_only_a_run_of_all_tests_is_counted(run):
    run(report("a"), report("b"))
    assert verification.passed() == 2
    for what in [
        {"args": ["tests/test_activations.py"]},
        {"exitstatus": pytest.ExitCode.INTERRUPTED},
        *({option: "1"} for option in conftest.SELECTIVE),
    ]:
        run(report("a"), **what)
        assert verification.passed() == 2, what
    run(report("a"), report("b", passed=False), exitstatus=pytest.ExitCode.TESTS_FAILED)
    assert verification.passed() == 1


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_the_page_shows_what_a_run_of_all_tests_of_this_version_said(run, monkeypatch, language):
    none, count = "`make test`", re.compile(r"^\| (tests passed|通过的测试) \|  \| (\d+) \|$", re.M)
    run(report("a"), args=["tests/test_activations.py"])
    assert none in facts.verification(language)
    run(report("a"), report("b"))
    assert count.search(facts.verification(language))[2] == "2"
    monkeypatch.setattr(verification, "digest_of_everything", lambda: "another text")
    assert none in facts.verification(language) and not count.search(facts.verification(language))


def test_results_of_an_older_format_claim_nothing(run):
    """Without fingerprints of the test files: what they prove is unknown, but the site builds."""
    old = {"sources": {MODULE: verification.digest(MODULE)}, "counts": {"passed": 66, "failed": 1}}
    test = {"passed": True, "skipped": False, "proofs": [[ADDRESS, "law"]]}
    old["tests"] = {"tests/test_activations.py::a": test}
    verification.RESULTS.write_text(json.dumps(old))
    assert verification.passed() is None
    assert run(report("b", kinds=["SciPy"]), args=["one"]) == {"SciPy": 1} and verification.passed() is None


SMALL = """
import pytest

@pytest.mark.parametrize("x", range(3))
def test_small(x):
    assert x < 2
"""


@pytest.mark.parametrize("arguments, whole", [
    ("", True), ("-n 2", True), ("tests", True),
    ("tests/test_small.py", False), ("-k small", False), ("-n 2 -k small", False), ("-m slow", False),
    ("-x", False), ("--collect-only", False), ("--lf", False), ("--deselect tests/test_small.py", False),
])  # fmt: skip
def test_pytest_itself_says_whether_a_run_was_whole(tmp_path, arguments, whole):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_small.py").write_text(SMALL)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = slow\n")
    (tmp_path / "said.py").write_text(
        "from tests.conftest import Recorder\n"
        "def pytest_sessionfinish(session, exitstatus):\n"
        "    if not hasattr(session.config, 'workerinput'):\n"
        "        print('WHOLE', Recorder(session.config).whole(exitstatus))\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "said", *arguments.split()]
    env = {**os.environ, "PYTHONPATH": f"{pages.ROOT}"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert f"WHOLE {whole}" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_the_page_names_every_oracle(language):
    tests = "".join(p.read_text("utf-8") for p in (pages.ROOT / "tests").glob("test_*.py"))
    kinds = set(re.findall(r'\bproof\(.*"([\w-]+)"\)', tests))
    oracles = kinds - {"doctest", "formula", "gradient", "law", "limit"}
    text = pages.source(language, "start/verification")
    assert len(oracles) >= 5 and not {name for name in oracles if name not in text}
