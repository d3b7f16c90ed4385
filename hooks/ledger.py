"""Read the claims ledger, docs/claims/<chapter>/<topic>.yml; a broken one stops the tests and the site build.

`load()` returns one entry per claim, in the order of the files, with the fields of the YAML and
`.name` (the first id, the anchor), `.page` (the owner page), `.path` and `.where` ("path:line").
"""

import functools
import re
from pathlib import Path
from types import SimpleNamespace

from hooks import listed
from hooks.listed import fail

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = "en", "zh"
KINDS = "fact", "question", "recommendation", "definition", "formula", "lost"
VERDICTS = "right", "imprecise", "wrong", "garbled", "outdated", "lost"
REQUIRED = "ids", "kind", "verdict", "claim"
OPTIONAL = "stars", "correction", "must", "demo", "reference"
# YAML joins the lines of a folded text with a space, which Chinese does not want here.
FOLDED = re.compile("(?<=[、，。；：！？（）《》]) | (?=[、，。；：！？（）《》])|(?<=[一-鿿]) (?=[一-鿿])")


@functools.cache
def load(docs=ROOT / "docs", pages=True):
    """Every entry of the ledger; `pages=False` leaves out the question whether the owner pages exist."""
    docs, entries, seen = Path(docs), [], {}
    for path in sorted((docs / "claims").rglob("*.yml")):
        for fields, where in listed.read(path, "ids"):
            entry = _entry(fields, path, docs / "claims", where)
            _check(entry)
            if pages:
                _check_page(entry, docs)
            for id in entry.ids:
                if id in seen:
                    fail(entry.where, f"id {id} stands twice (first at {seen[id]}); keep one")
                seen[id] = entry.where
            entries.append(entry)
    return entries


def finished(chapter, docs=ROOT / "docs"):
    """A chapter is finished once its Chinese folder exists: from then on its pages answer their claims."""
    return (Path(docs) / "zh" / chapter).is_dir()


def _entry(fields, path, claims, where):
    for field in REQUIRED:
        if field not in fields:
            fail(where, f"`{field}` is missing; an entry has at least {', '.join(REQUIRED)}")
    for field in fields:
        if field not in REQUIRED + OPTIONAL:
            fail(where, f"unknown field `{field}`; known: {', '.join(REQUIRED + OPTIONAL)}")
    ids = fields["ids"]
    if not isinstance(ids, dict) or not ids:
        fail(where, "`ids` maps each id to its place in the article, as `S3-101: \"3.11\"`")
    page = path.relative_to(claims).with_suffix("").as_posix()
    return SimpleNamespace(**dict.fromkeys(OPTIONAL) | fields, name=next(iter(ids)), page=page,
                           chapter=page.split("/")[0], path=path, where=where)


def _check(entry):
    where = f"{entry.where}: {entry.name}"
    for id, place in entry.ids.items():
        if not re.fullmatch(r"S[0-4]-\d{2,3}", str(id)):
            fail(where, f"`{id}` is no id; ids look like S3-101")
        if not isinstance(place, str) or not place.strip():
            fail(where, f"the place of {id} is {place!r}; write a text, in quotes when it is a number")
    for field, known in (("kind", KINDS), ("verdict", VERDICTS)):
        if getattr(entry, field) not in known:
            fail(where, f"unknown {field} `{getattr(entry, field)}`; one of {', '.join(known)}")
    if entry.stars is not None and (type(entry.stars) is not int or entry.stars not in range(1, 6)):
        fail(where, f"stars are 1 to 5, got {entry.stars!r}; leave them out where the source has none")
    _check_text(entry.claim, where, "claim")
    if entry.correction is not None:
        _check_text(entry.correction, where, "correction")
    elif entry.verdict != "right":
        fail(where, f"`correction` is missing; verdict `{entry.verdict}` needs one, in both languages")
    if not isinstance(entry.must, (list, type(None))):
        fail(where, f"`must` is a list, each item in both languages; got {entry.must!r}")
    if (entry.verdict == "lost") != bool(entry.must):
        fail(where, "`must` lists what a complete answer holds: verdict `lost` needs it, no other has it")
    for n, item in enumerate(entry.must or [], 1):
        _check_text(item, where, f"must item {n}")
    for field in ("demo", "reference"):
        if not isinstance(getattr(entry, field), (str, type(None))):
            fail(where, f"`{field}` is a text; got {getattr(entry, field)!r}")


def _check_text(text, where, what):
    if not isinstance(text, dict):
        fail(where, f"`{what}` has no languages; write `en: …` and `zh: …` under it")
    for language in LANGUAGES:
        if not isinstance(text.get(language), str) or not text[language].strip():
            fail(where, f"`{what}` lacks `{language}`; write it (neither language translates the other)")
    for language in text:
        if language not in LANGUAGES:
            fail(where, f"`{what}` has an unknown language `{language}`; only {' and '.join(LANGUAGES)}")
        text[language] = text[language].strip()
    text["zh"] = FOLDED.sub("", text["zh"])


def _check_page(entry, docs):
    if "/" not in entry.page:
        fail(entry.where, f"`{entry.page}` is no owner page; move it to docs/claims/<chapter>/<topic>.yml")
    if not finished(entry.chapter, docs):
        return
    for language in LANGUAGES:
        if not (docs / language / f"{entry.page}.md").is_file():
            known = sorted(p.stem for p in (docs / "zh" / entry.chapter).glob("*.md"))
            fail(entry.where, f"unknown page `{entry.page}`: there is no docs/{language}/{entry.page}.md; "
                  f"write it, or name the ledger file after a page of the chapter ({', '.join(known)})")
