"""Warnings are errors, and what passed is written down as proof for the cards: `.cache/verification.json`."""

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hooks import cache, verification  # noqa: E402


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
        self.config, self.tests, self.sources, self.formulas = config, {}, {}, None

    def pytest_sessionstart(self):
        files = [p.relative_to(ROOT).with_suffix("") for p in (ROOT / "snippets").rglob("*.py")]
        self.sources = {m: verification.digest(m) for m in sorted(".".join(f.parts) for f in files)}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            proofs = [value for name, value in report.user_properties if name == "proof"]
            self.tests[report.nodeid] = {"passed": report.passed, "skipped": report.skipped, "proofs": proofs}
            self.formulas = dict(report.user_properties).get("formulas", self.formulas)

    def pytest_sessionfinish(self):
        if hasattr(self.config, "workerinput"):
            return
        old = verification.load()
        # a module that was edited during the run is not what was tested
        current = {m for m, d in self.sources.items() if d == verification.digest(m)}
        kept = {m for m in current if old["sources"].get(m) == self.sources[m]}
        tests = merge(old.get("tests", {}), kept) | merge(self.tests, current)
        results = {
            "sources": {m: self.sources[m] for m in sorted(current)},
            "proofs": count(tests),
            "counts": {
                "passed": sum(t["passed"] for t in self.tests.values()),
                "failed": sum(not t["passed"] and not t["skipped"] for t in self.tests.values()),
            },
            "formulas": self.formulas or old["formulas"],
            "tests": tests,
        }
        cache.write(verification.RESULTS, json.dumps(results, indent=1, sort_keys=True))


def merge(tests, modules):
    """The tests that say something about these modules."""
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
