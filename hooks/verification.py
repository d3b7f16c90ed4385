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
    return hashlib.sha256((ROOT / (module.replace(".", "/") + ".py")).read_bytes()).hexdigest()


@functools.cache
def load():
    """{"sources": {module: digest}, "proofs": {function: {kind: how often}}, "counts": {…}, "formulas": {…}}, or empty."""
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


def formula_digest():
    """Fingerprint of everything that holds formulas, and of what runs them."""
    kinds = ("snippets", "*.py"), ("formulacheck", "*.py"), ("docs", "*.md")
    files = [path for top, kind in kinds for path in sorted((ROOT / top).rglob(kind))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
