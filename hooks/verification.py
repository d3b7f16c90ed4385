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


def formulas():
    """The formula checker's summary, if it is about the snippets and pages as they are."""
    path = ROOT / ".cache" / "formulas.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found.get("summary") if found.get("digest") == formula_digest() else None


def record_formulas(summary, digest):
    """Keep the checker's summary for the pages, with the fingerprint taken before it ran."""
    path = ROOT / ".cache" / "formulas.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"digest": digest, "summary": summary}, indent=1), "utf-8")


def formula_digest():
    """Fingerprint of everything that holds formulas, and of what runs them."""
    files = [p for top, kind in (("snippets", "*.py"), ("formulacheck", "*.py"), ("docs", "*.md")) for p in sorted((ROOT / top).rglob(kind))]
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()
