"""Warnings are errors, and what passed is written down as proof for the cards: `.cache/verification.json`."""

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hooks import cache, verification  # noqa: E402

# With one of these options a run is not of all tests.
SELECTIVE = "keyword markexpr deselect ignore ignore_glob lf stepwise maxfail collectonly setuponly".split()


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error")
    config.pluginmanager.register(Recorder(config))


@pytest.fixture
def proof(request):
    """`proof("softmax", "SciPy")`, first thing in a test: what it proves if it passes and refutes if not."""
    chapter = request.module.__name__.rpartition(".")[2].replace("test_", "snippets.")

    def record(function, kind):
        address = function if "." in function else f"{chapter}.{function}"
        request.node.user_properties.append(("proof", [address, kind]))

    return record


class Recorder:
    """Collects the proofs of all reports, also from xdist's workers, and merges them with earlier ones."""

    def __init__(self, config):
        self.config, self.tests, self.sources, self.everything, self.formulas = config, {}, {}, None, None

    def pytest_sessionstart(self):
        self.sources = digests()
        self.everything = verification.digest_of_everything()

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            proofs = [value for name, value in report.user_properties if name == "proof"]
            self.tests[report.nodeid] = {"passed": report.passed, "skipped": report.skipped, "proofs": proofs}
            self.formulas = dict(report.user_properties).get("formulas", self.formulas)

    def pytest_sessionfinish(self, exitstatus):
        if hasattr(self.config, "workerinput"):
            return
        old = verification.load()
        # a module that was edited during the run is not what was tested
        now = digests()
        current = {m for m, d in self.sources.items() if d == now.get(m)}
        kept = {m for m in current if old["sources"].get(m) == self.sources[m]}
        tests = merge(old.get("tests", {}), kept) | merge(self.tests, current)
        results = {
            "sources": {m: self.sources[m] for m in sorted(current)},
            "proofs": count(tests),
            "counts": self.counts() if self.whole(exitstatus) else old["counts"],
            "formulas": self.formulas or old["formulas"],
            "tests": tests,
        }
        cache.write(verification.RESULTS, json.dumps(results, indent=1, sort_keys=True))

    def whole(self, exitstatus):
        """Whether these were all tests; xdist's controller was given the same options as its workers."""
        selective = any(self.config.getoption(option, None) for option in SELECTIVE)
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        return finished and not selective and self.config.args == self.config.getini("testpaths")

    def counts(self):
        """How many passed and failed, and of what the run was."""
        return {
            "passed": sum(t["passed"] for t in self.tests.values()),
            "failed": sum(not t["passed"] and not t["skipped"] for t in self.tests.values()),
            "digest": self.everything,
        }


def digests():
    """{module: digest} of the snippets and of the tests."""
    files = [p for folder in ("snippets", "tests") for p in (ROOT / folder).rglob("*.py")]
    modules = sorted(module(p.relative_to(ROOT).as_posix()) for p in files)
    return {m: verification.digest(m) for m in modules}


def module(file):
    """tests/test_losses.py -> tests.test_losses"""
    return file.removesuffix(".py").replace("/", ".")


def merge(tests, modules):
    """The tests that say something about these modules, and stand in one of them."""
    tests = {n: t for n, t in tests.items() if module(n.split("::")[0]) in modules}
    about = {n: [p for p in t["proofs"] if p[0].rsplit(".", 1)[0] in modules] for n, t in tests.items()}
    return {n: t | {"proofs": about[n]} for n, t in tests.items() if about[n] and not t["skipped"]}


def count(tests):
    """{function: {kind: how many tests}}, without the functions that a test refuted."""
    refuted = {function for t in tests.values() if not t["passed"] for function, _ in t["proofs"]}
    proofs = {}
    for function, kind in sorted(p for t in tests.values() for p in t["proofs"] if p[0] not in refuted):
        kinds = proofs.setdefault(function, {})
        kinds[kind] = kinds.get(kind, 0) + 1
    return proofs
