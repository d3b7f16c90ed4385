"""What the tests proved, and about which source: written by tests/conftest.py, read by the card."""

import functools
import hashlib
import json
import pathlib

from hooks import cache

ROOT = pathlib.Path(__file__).parent.parent
RESULTS = cache.FOLDER / "verification.json"


def digest(module):
    """Fingerprint of a module's source: a result counts only for exactly this text."""
    text = (ROOT / (module.replace(".", "/") + ".py")).read_bytes()
    if module == "tests.test_formulas":  # whose tests come from the pages
        text += formula_digest().encode()
    return hashlib.sha256(text).hexdigest()


@functools.cache
def load():
    """{"sources": {module: digest}, "proofs": {function: {kind: count}}, "counts": {…}, "formulas": {…}}."""
    found = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return {"sources": {}, "proofs": {}, "counts": {}, "formulas": {}, **found}


def proofs(function):
    """Kinds of proof of a function, `{"SciPy": 3, …}`; empty where no result is about its current source."""
    results, module = load(), function.rsplit(".", 1)[0]
    current = results["sources"].get(module) == digest(module)
    return results["proofs"].get(function, {}) if current else {}


def formulas():
    """The formula checker's summary, if it is about the snippets and pages as they are."""
    found = load()["formulas"]
    return found["summary"] if found and found["digest"] == formula_digest() else None


def passed():
    """How many tests passed in the last run of all tests, if it was about everything as it is."""
    counts = load()["counts"]
    return counts.get("passed") if counts.get("digest") == digest_of_everything() else None


def formula_digest():
    """Fingerprint of everything that holds formulas, and of what runs them."""
    return fingerprint(("snippets", "*.py"), ("formulacheck", "*.py"), ("docs", "*.md"))


def digest_of_everything():
    """Fingerprint of all that the tests are about, and of the tests."""
    folders = "snippets", "formulacheck", "hooks", "tools", "tests"
    return fingerprint(*((folder, "*.py") for folder in folders), ("docs", "*.md"), ("docs", "*.yml"))


def fingerprint(*kinds):
    files = [path for top, kind in kinds for path in sorted((ROOT / top).rglob(kind))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
