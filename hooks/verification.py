"""What the tests proved, and about which source: written by tests/conftest.py, read by the card."""

import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).parent.parent
RESULTS = ROOT / ".cache" / "verification.json"


def digest(module):
    """Fingerprint of a module's source: a result counts only for exactly this text."""
    return hashlib.sha256((ROOT / (module.replace(".", "/") + ".py")).read_bytes()).hexdigest()


def load():
    """{"sources": {module: digest}, "proofs": {function: {kind: how often}}, "counts": {...}}, or empty."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"sources": {}, "proofs": {}, "counts": {}}


def proofs(function):
    """Kinds of proof of a function, `{"SciPy": 3, …}`; empty where no result is about its current source."""
    results, module = load(), function.rsplit(".", 1)[0]
    current = results["sources"].get(module) == digest(module)
    return results["proofs"].get(function, {}) if current else {}
