"""The claims ledger: every claim of the source articles is there once, is answered, and its proof runs."""

import doctest
import importlib
import inspect
import re
import sys
import warnings
from collections import Counter
from types import SimpleNamespace

import autocorrect_py
import numpy as np
import pytest
from mkdocs.exceptions import PluginError

from hooks import corrections, ledger, listed
from tests import pages

ENTRIES = ledger.load(pages=False)
IDS = [id for entry in ENTRIES for id in entry.ids]
INVENTORY = (pages.ROOT / "tests/data/claim_ids.txt").read_text().split()
EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
BOTH = pytest.mark.parametrize("language", ledger.LANGUAGES)
OWNERS = pytest.mark.parametrize("address", sorted({e.page for e in ENTRIES if ledger.finished(e.chapter)}))
ANCHOR = re.compile(r"<!-- claim: (.*?) -->")
QUESTION = re.compile(r'^\?\?\? question "(★*)[^\n]*\n\s*(?:<!-- claim: (.*?) -->)?', re.M)
DECIMAL = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+")
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_the_ledger_holds_exactly_the_claims_of_the_inventory():
    missing, surplus = sorted(set(INVENTORY) - set(IDS)), sorted(set(IDS) - set(INVENTORY))
    assert not missing, f"missing from docs/claims: {missing}"
    assert not surplus, f"not in tests/data/claim_ids.txt: {surplus}"
    assert len(set(INVENTORY)) == len(INVENTORY) == len(IDS) == 467


def test_every_owner_page_of_a_finished_chapter_exists():
    ledger.load()


def test_chapters_still_to_be_written_are_counted(capsys):
    """No promise but a number that nobody can overlook: what the pages do not answer yet."""
    count = Counter()
    for entry in ENTRIES:
        count[entry.chapter] += len(entry.ids)
    todo = {chapter: n for chapter, n in sorted(count.items()) if not ledger.finished(chapter)}
    with capsys.disabled():
        print(f"\nclaims: {count.total()} in {len(ENTRIES)} entries; waiting for their chapter: "
              f"{sum(todo.values())} {todo or ''}", file=sys.stderr)  # the one stream that xdist passes on
    assert count.total() == len(IDS)


# --- the entries ---


@EVERY
def test_texts_are_in_their_language(entry):
    for text in filter(None, [entry.claim, entry.correction, *(entry.must or [])]):
        en, zh = text["en"], text["zh"]
        assert not HAN.search(en), f"{entry.where}: Chinese in an English text: {en}"
        assert HAN.search(zh) or zh == en, f"{entry.where}: no Chinese in a Chinese text: {zh}"
        better = autocorrect_py.format_for(zh, "markdown")
        assert better == zh, f"{entry.where}: write “{better}” instead of “{zh}”"


@EVERY
def test_every_verdict_has_its_evidence(entry):
    if entry.kind != "question" and entry.verdict != "lost":
        assert entry.demo or entry.reference, f"{entry.where}: {entry.name} needs a `demo` or a `reference`"


def namespace(entry):
    """What a reader of the page has: NumPy and its cards; before it is written, the chapter's snippets."""
    page = pages.ROOT / f"docs/zh/{entry.page}.md"
    if page.is_file():
        cards = [card.rsplit(".", 1) for card in pages.PULL.findall(page.read_text("utf-8"))]
        return {"np": np} | {name: getattr(importlib.import_module(where), name) for where, name in cards}
    if not (pages.ROOT / f"snippets/{entry.chapter}.py").is_file():
        return {"np": np}
    public = inspect.getmembers(importlib.import_module(f"snippets.{entry.chapter}"), inspect.isfunction)
    return {"np": np} | {name: f for name, f in public if not name.startswith("_")}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.demo], ids=lambda entry: entry.name)
def test_demonstrations_run(entry):
    found = doctest.DocTestParser().get_doctest(entry.demo, namespace(entry), entry.name, entry.where, 0)
    assert found.examples, f"{entry.where}: the demo of {entry.name} holds no `>>>`"
    lines = entry.demo.strip().splitlines()
    assert len(lines) <= 10, f"{entry.where}: the demo of {entry.name} has {len(lines)} lines; show it in 10"
    assert max(map(len, lines)) <= 110, f"{entry.where}: wrap the lines of the demo of {entry.name} at 110"
    runner, report = doctest.DocTestRunner(verbose=False, optionflags=doctest.REPORT_ONLY_FIRST_FAILURE), []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runner.run(found, out=report.append)
    if report:
        pytest.fail(f"{entry.where}: the demo of {entry.name}\n{''.join(report)}", pytrace=False)


def quoted(number, printed):
    """Whether one of the printed numbers, rounded as far as `number` is quoted, is that number."""
    mantissa, _, exponent = number.partition("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return any(abs(float(p) - float(number)) <= 0.5000001 * 10.0**-digits for p in printed)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.correction], ids=lambda entry: entry.name)
@BOTH
def test_decimals_of_a_correction_are_printed_by_its_demonstration(entry, language):
    examples = doctest.DocTestParser().get_examples(entry.demo or "")
    printed = re.findall(r"\d+\.?\d*(?:e[+-]?\d+)?", " ".join(example.want for example in examples))
    unproved = [n for n in DECIMAL.findall(entry.correction[language]) if not quoted(n, printed)]
    assert not unproved, f"{entry.where}: {entry.name} ({language}) quotes {unproved}, its demo does not"


# --- the pages of finished chapters ---


def wanted(entry):
    """The anchors that the owner page of an entry holds; corrections are rendered by a hook and need none."""
    if entry.verdict == "lost":
        return [f"{entry.name}.{n}" for n in range(1, len(entry.must) + 1)]
    return [entry.name] if entry.kind == "question" or entry.verdict in ("right", "garbled") else []


@OWNERS
@BOTH
def test_owner_pages_answer_their_claims(address, language):
    page = pages.ROOT / f"docs/{language}/{address}.md"
    found = Counter(ANCHOR.findall(page.read_text("utf-8"))) if page.is_file() else Counter()
    entries = [entry for entry in ENTRIES if entry.page == address]
    wrong = [
        f"<!-- claim: {anchor} --> stands {found[anchor]} times; put it once, after the sentence that "
        f"answers {entry.where}: {entry.claim[language]}"
        for entry in entries for anchor in wanted(entry) if found[anchor] != 1
    ]
    assert not wrong, f"docs/{language}/{address}.md\n" + "\n".join(wrong)


@BOTH
def test_anchors_stand_on_the_owner_page_of_a_claim(language):
    owner = {anchor: entry.page for entry in ENTRIES for anchor in wanted(entry)}
    for address in pages.ADDRESSES:
        text = pages.source(language, address)
        for found in ANCHOR.finditer(text):
            where = f"docs/{language}/{address}.md:{pages.line(text, found.start())}"
            assert found[1] in owner, f"{where}: no claim {found[1]} to anchor; use the first id of an entry"
            assert owner[found[1]] == address, f"{where}: {found[1]} belongs on {owner[found[1]]}"


@BOTH
def test_stars_of_questions_come_from_the_ledger(language):
    stars = {entry.name: entry.stars or 0 for entry in ENTRIES}
    for address in pages.ADDRESSES:
        text = pages.source(language, address)
        for found in QUESTION.finditer(text):
            where = f"docs/{language}/{address}.md:{pages.line(text, found.start())}"
            known = stars.get(found[2], 0)
            assert len(found[1]) == known, f"{where}: write {known} stars, as the ledger for {found[2]}"


# --- bad input: one clear error with file, line and cure ---

GOOD = """\
- ids:
    S0-01: title
  kind: fact
  verdict: wrong
  claim:
    en: One.
    zh: 一。
  correction:
    en: Two.
    zh: 二。
"""
BROKEN = {
    "an id twice in a ledger": (GOOD + GOOD, ":11: id S0-01 stands twice"),
    "an id twice in an entry": (GOOD.replace("  kind", "    S0-01: b\n  kind"), ":3: `S0-01` stands twice"),
    "no id": (GOOD.replace("S0-01", "S9-1"), "`S9-1` is no id; ids look like S3-101"),
    "no place": (GOOD.replace("title", "3.1"), "write a text, in quotes"),
    "unknown verdict": (GOOD.replace("wrong", "false"), "unknown verdict `False`; one of right, imprecise"),
    "unknown kind": (GOOD.replace("fact", "opinion"), "unknown kind `opinion`; one of fact"),
    "missing language": (GOOD.replace("    zh: 一。\n", ""), "`claim` lacks `zh`"),
    "empty language": (GOOD.replace("二。", ""), "`correction` lacks `zh`"),
    "unknown language": (GOOD.replace("    zh: 一。", "    zh: 一。\n    fr: Un."), "unknown language `fr`"),
    "missing correction": (GOOD[: GOOD.index("  correction")], "`correction` is missing; verdict `wrong`"),
    "missing field": (GOOD.replace("  kind: fact\n", ""), "`kind` is missing"),
    "unknown field": (GOOD.replace("correction", "answer"), "unknown field `answer`; known: ids"),
    "lost without must": (GOOD.replace("wrong", "lost"), "`must` lists what a complete answer holds"),
    "too many stars": (GOOD + "  stars: 6\n", "stars are 1 to 5, got 6"),
    "stars that are true": (GOOD + "  stars: true\n", "stars are 1 to 5, got True"),
    "stars with a point": (GOOD + "  stars: 3.0\n", "stars are 1 to 5, got 3.0"),
    "must as a number": (GOOD.replace("wrong", "lost") + "  must: 5\n", "`must` is a list, each item in"),
    "must as a text": (GOOD.replace("wrong", "lost") + "  must: One.\n", "in both languages; got 'One.'"),
    "must of nothing": (GOOD + "  must: 0\n", "`must` is a list, each item in both languages; got 0"),
    "a bracket as a field": (GOOD + "  [a]: b\n", ":11: found unhashable key (a text with `: `, ` #`, a"),
    "no date": (
        GOOD + "  reference: 2023-99-99\n",
        ":11: month must be in 1..12 (a text with `: `, ` #`, a bracket or a date needs quotes)",
    ),
    "a date": (GOOD + "  reference: 2023-09-09\n", "`reference` is a text; got datetime.date(2023, 9, 9)"),
    "control character": (
        GOOD.replace("Two", "\x07Two"),
        ":9: the character U+0007 may not stand here; delete it",
    ),
    "unquoted colon": (GOOD.replace("One.", "One: two."), ":6: mapping values are not allowed"),
    "no list": ("S0-01: title\n", ":1: this file is a list of mappings; begin each with `- ids:`"),
    "an entry without fields": ("- S0-01\n", ":1: this is no mapping; begin it with `- ids:`"),
}


def write(docs, text, page="activations/relu"):
    path = docs / f"claims/{page}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_ledger_stops_with_file_line_and_cure(tmp_path, what):
    text, message = BROKEN[what]
    path = write(tmp_path, text)
    with pytest.raises(listed.SourceError) as error:
        ledger.load(tmp_path)
    assert re.match(re.escape(str(path)) + r":\d+: ", str(error.value)) and message in str(error.value)


def test_a_ledger_that_is_no_utf8_stops(tmp_path):
    path = write(tmp_path, GOOD)
    path.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(listed.SourceError, match=r"relu.yml:7: this is no UTF-8; save the file as UTF-8$"):
        ledger.load(tmp_path)


def test_an_id_in_two_files_stops(tmp_path):
    write(tmp_path, GOOD), write(tmp_path, GOOD, "activations/tanh")
    with pytest.raises(listed.SourceError, match=r"tanh.yml:1: id S0-01 stands twice .*relu.yml:1\)"):
        ledger.load(tmp_path)


@pytest.mark.parametrize("nav, fault", [
    ("activations/index.md", "docs/zh/activations/relu.md is not in nav: add it in mkdocs.yml"),
    ("activations/relu.md", "docs/zh/activations/index.md is not in nav: add it in mkdocs.yml"),
])  # fmt: skip
def test_a_page_of_claims_outside_nav_stops(monkeypatch, nav, fault):
    monkeypatch.setattr(corrections, "by_page", lambda: {"activations/relu": []})
    with pytest.raises(PluginError, match=fault):
        corrections._everything("zh", site_of("# Title { #title }\n"), [nav])


def test_a_page_without_a_title_stops():
    fault = "docs/en/activations/relu.md:1: this page has no title; begin it with `# Title { #anchor }`"
    with pytest.raises(PluginError, match=re.escape(fault)):
        corrections._everything("en", site_of("No title.\n"), ["activations/relu.md"])


def site_of(text):
    page = SimpleNamespace(src_uri="activations/relu.md", content_string=text)
    return SimpleNamespace(documentation_pages=lambda: [page])


@BOTH
def test_an_unknown_page_stops_once_its_chapter_is_written(tmp_path, language):
    write(tmp_path, GOOD)
    assert ledger.load(tmp_path)[0].page == "activations/relu"  # no page of the chapter yet
    for page in "zh/activations/tanh", "en/activations/tanh", "zh/activations/relu", "en/activations/relu":
        if page != f"{language}/activations/relu":
            (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / f"{page}.md").touch()
    ledger.load.cache_clear()
    message = rf"relu.yml:1: unknown page .* no docs/{language}/activations/relu.md; write it"
    with pytest.raises(listed.SourceError, match=message):
        ledger.load(tmp_path)


def test_a_ledger_outside_a_chapter_stops(tmp_path):
    write(tmp_path, GOOD, "relu")
    with pytest.raises(listed.SourceError, match="`relu` is no owner page; move it"):
        ledger.load(tmp_path)


def test_a_good_ledger_is_read(tmp_path):
    write(tmp_path, GOOD.replace("zh: 二。", "zh: >-\n      二，\n      三"))
    entry, = ledger.load(tmp_path)
    assert (entry.name, entry.page) == ("S0-01", "activations/relu") and entry.where.endswith(".yml:1")
    assert entry.ids == {"S0-01": "title"} and entry.stars is entry.demo is entry.must is None
    assert entry.correction == {"en": "Two.", "zh": "二，三"}  # a folded Chinese line gains no space
