"""Read the claims ledger, docs/claims/<chapter>/<topic>.yml; a broken one stops the tests and the site build.

`load()` returns one entry per claim, in the order of the files, with the fields of the YAML and
`.name` (the first id, the anchor), `.page` (the owner page), `.path`, `.line` and `.where` ("path:line").
"""

import functools
import re
from pathlib import Path
from types import SimpleNamespace

import yaml

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = "en", "zh"
KINDS = "fact", "question", "recommendation", "definition", "formula", "lost"
VERDICTS = "right", "imprecise", "wrong", "garbled", "outdated", "lost"
REQUIRED = "ids", "kind", "verdict", "claim"
OPTIONAL = "stars", "correction", "must", "demo", "reference"
# YAML joins the lines of a folded text with a space, which Chinese does not want here.
FOLDED = re.compile("(?<=[、，。；：！？（）《》]) | (?=[、，。；：！？（）《》])|(?<=[一-鿿]) (?=[一-鿿])")


class LedgerError(ValueError):
    """What is broken, where (file and line), and the cure."""


class _Twice(yaml.MarkedYAMLError):
    pass


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a key stands once: PyYAML itself silently keeps the last of two."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _Twice(None, None, f"`{key.value}` stands twice; keep one", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@functools.cache
def load(docs=ROOT / "docs", pages=True):
    """Every entry of the ledger; `pages=False` leaves out the question whether the owner pages exist."""
    docs, entries, seen = Path(docs), [], {}
    for path in sorted((docs / "claims").rglob("*.yml")):
        for entry in _read(path, docs / "claims"):
            _check(entry)
            if pages:
                _check_page(entry, docs)
            for id in entry.ids:
                if id in seen:
                    _fail(entry.where, f"id {id} stands twice (first at {seen[id]}); keep one")
                seen[id] = entry.where
            entries.append(entry)
    return entries


def finished(chapter, docs=ROOT / "docs"):
    """A chapter is finished once its Chinese folder exists: from then on its pages answer their claims."""
    return (Path(docs) / "zh" / chapter).is_dir()


def _fail(where, message):
    raise LedgerError(f"{where}: {message}") from None


def _show(path):
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _read(path, claims):
    loader = _Loader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            _fail(f"{_show(path)}:1", "a ledger file is a list of entries; begin each with `- ids:`")
        for item in node.value:
            where = f"{_show(path)}:{item.start_mark.line + 1}"
            fields = loader.construct_object(item, deep=True)
            if not isinstance(fields, dict):
                _fail(where, "an entry is a mapping; begin it with `- ids:`")
            yield _entry(fields, path, claims, where, item.start_mark.line + 1)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        cure = "" if isinstance(error, _Twice) else " (a text with `: ` or ` #` in it needs quotes)"
        _fail(f"{_show(path)}:{line}", error.problem + cure)


def _entry(fields, path, claims, where, line):
    for field in REQUIRED:
        if field not in fields:
            _fail(where, f"`{field}` is missing; an entry has at least {', '.join(REQUIRED)}")
    for field in fields:
        if field not in REQUIRED + OPTIONAL:
            _fail(where, f"unknown field `{field}`; known: {', '.join(REQUIRED + OPTIONAL)}")
    ids = fields["ids"]
    if not isinstance(ids, dict) or not ids:
        _fail(where, "`ids` maps each id to its place in the article, as `S3-101: \"3.11\"`")
    page = path.relative_to(claims).with_suffix("").as_posix()
    return SimpleNamespace(**dict.fromkeys(OPTIONAL) | fields, name=next(iter(ids)), page=page,
                           chapter=page.split("/")[0], path=path, line=line, where=where)


def _check(entry):
    where = f"{entry.where}: {entry.name}"
    for id, place in entry.ids.items():
        if not re.fullmatch(r"S[0-4]-\d{2,3}", str(id)):
            _fail(where, f"`{id}` is no id; ids look like S3-101")
        if not isinstance(place, str) or not place.strip():
            _fail(where, f"the place of {id} is {place!r}; write a text, in quotes when it is a number")
    for field, known in (("kind", KINDS), ("verdict", VERDICTS)):
        if getattr(entry, field) not in known:
            _fail(where, f"unknown {field} `{getattr(entry, field)}`; one of {', '.join(known)}")
    if entry.stars is not None and entry.stars not in (1, 2, 3, 4, 5):
        _fail(where, f"stars are 1 to 5, got {entry.stars!r}; leave them out where the source has none")
    _check_text(entry.claim, where, "claim")
    if entry.correction is not None:
        _check_text(entry.correction, where, "correction")
    elif entry.verdict != "right":
        _fail(where, f"`correction` is missing; verdict `{entry.verdict}` needs one, in both languages")
    if (entry.verdict == "lost") != bool(entry.must):
        _fail(where, "`must` lists what a complete answer holds: verdict `lost` needs it, no other has it")
    for n, item in enumerate(entry.must or [], 1):
        _check_text(item, where, f"must item {n}")
    for field in ("demo", "reference"):
        if not isinstance(getattr(entry, field), (str, type(None))):
            _fail(where, f"`{field}` is a text; got {getattr(entry, field)!r}")


def _check_text(text, where, what):
    if not isinstance(text, dict):
        _fail(where, f"`{what}` has no languages; write `en: …` and `zh: …` under it")
    for language in LANGUAGES:
        if not isinstance(text.get(language), str) or not text[language].strip():
            _fail(where, f"`{what}` lacks `{language}`; write it (neither language translates the other)")
    for language in text:
        if language not in LANGUAGES:
            _fail(where, f"`{what}` has an unknown language `{language}`; only {' and '.join(LANGUAGES)}")
        text[language] = text[language].strip()
    text["zh"] = FOLDED.sub("", text["zh"])


def _check_page(entry, docs):
    if "/" not in entry.page:
        _fail(entry.where, f"`{entry.page}` is no owner page; move it to docs/claims/<chapter>/<topic>.yml")
    if not finished(entry.chapter, docs):
        return
    for language in LANGUAGES:
        if not (docs / language / f"{entry.page}.md").is_file():
            known = sorted(p.stem for p in (docs / "zh" / entry.chapter).glob("*.md"))
            _fail(entry.where, f"unknown page `{entry.page}`: there is no docs/{language}/{entry.page}.md; "
                  f"write it, or name the ledger file after a page of the chapter ({', '.join(known)})")
