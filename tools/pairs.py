"""Pages come in pairs: when one is edited, somebody reads the other
and runs `make reviewed PAGE=<address>`."""

import hashlib
import json
import pathlib
import sys

DOCS = pathlib.Path(__file__).parent.parent / "docs"
RECORD = DOCS / "pairs.json"


def hashes(docs=DOCS):
    """{address: {language: short hash of the page}} of the pages as they are."""
    top = docs / "zh"
    addresses = sorted(p.relative_to(top).as_posix().removesuffix(".md") for p in top.rglob("*.md"))
    return {a: {lang: _hash(docs / lang / f"{a}.md") for lang in ("zh", "en")} for a in addresses}


def stale(docs=DOCS):
    """One message for each page that changed since its pair was last marked as reviewed."""
    record, messages = json.loads((docs / "pairs.json").read_text("utf-8")), []
    for address, now in hashes(docs).items():
        changed = [lang for lang in now if now[lang] != record.get(address, {}).get(lang)]
        if changed:
            which = " and ".join(f"docs/{lang}/{address}.md" for lang in changed)
            cure = f"bring the other language in step, then run `make reviewed PAGE={address}`"
            messages.append(f"{which} changed: {cure}")
    return messages


def mark(addresses, docs=DOCS):
    """Record these pages as they are."""
    if not addresses:
        sys.exit("which page? make reviewed PAGE=activations/softmax")
    now, path = hashes(docs), docs / "pairs.json"
    unknown = sorted(set(addresses) - set(now))
    if unknown:
        sys.exit(f"no such page: {', '.join(unknown)}; addresses look like activations/softmax")
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    record = {a: now[a] if a in addresses else record.get(a, {}) for a in now}
    path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def _hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


if __name__ == "__main__":
    mark(sys.argv[1:])
