"""What every page promises: the same skeleton in both languages, one card
per function, checked numbers, clean typography."""

import importlib
import re
import subprocess
import sys
from collections import Counter

import autocorrect_py
import numpy as np
import pytest

from tests import pages
from tools import pairs

SNIPPETS = sorted(p.stem for p in (pages.ROOT / "snippets").glob("[!_]*.py"))
EVERY = pytest.mark.parametrize("address", pages.ADDRESSES)
BOTH = pytest.mark.parametrize("language", pages.LANGUAGES)


@EVERY
def test_both_languages_have_the_same_skeleton(address):
    zh, en = (pages.skeleton(pages.source(language, address)) for language in pages.LANGUAGES)
    for what in zh:
        only_zh, only_en = Counter(zh[what]) - Counter(en[what]), Counter(en[what]) - Counter(zh[what])
        assert zh[what] == en[what], (
            f"{address}: {what} differ. Only in docs/zh: {list(only_zh)}; only in docs/en: {list(only_en)}"
            + ("" if only_zh or only_en else "; the order differs")
        )


@EVERY
@BOTH
def test_headings_have_anchors(address, language):
    text = pages.blank(pages.FENCE, pages.source(language, address))
    for heading in pages.HEADING.finditer(text):
        assert heading[1] == "#" or heading[3], (
            f"docs/{language}/{address}.md:{pages.line(text, heading.start())}: "
            f"the heading “{heading[2]}” has no anchor; "
            "add the same { #ascii-id } in both languages"
        )


@pytest.mark.parametrize("chapter", SNIPPETS)
def test_every_function_has_a_card_on_one_page(chapter):
    module = importlib.import_module(f"snippets.{chapter}")
    functions = [
        n
        for n, f in vars(module).items()
        if callable(f) and getattr(f, "__module__", "") == module.__name__ and n[0] != "_"
    ]
    cards = Counter(
        p
        for a in pages.ADDRESSES
        for p in pages.PULL.findall(pages.source("zh", a))
        if p.startswith(f"snippets.{chapter}.")
    )
    assert {f"snippets.{chapter}.{n}": 1 for n in functions} == cards


@EVERY
@BOTH
def test_displays_stand_under_a_card(address, language):
    text = pages.blank(pages.FENCE, pages.source(language, address))
    card, display = pages.PULL.search(text), pages.DISPLAY.search(text)
    assert not display or (card and card.start() < display.start()), (
        f"docs/{language}/{address}.md:{pages.line(text, display.start())}: "
        "a display formula before the first card; "
        "nothing can execute it: move it below a `:::` line"
    )


CHECKED = re.compile(
    r"(?P<token>`[^`]+`|\$[^$\n]+\$|[-−+]?\d[\d,]*(?:\.\d+)?%?)<!-- = (?P<expression>.+?) -->"
)
UNCHECKED = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+%?|%)(?!\w*<!-- =)")
NOT_PROSE = re.compile(r"(?:\[(?:arXiv|doi):[^\]]*)?\]\([^)]*\)|§[\d.]+|WCAG [\d.]+")


def namespace(address):
    """Everything public of the chapter's snippets and experiments, and np."""
    chapter, names = address.split("/")[0], {"np": np}
    for module in (f"snippets.plots.{chapter}", f"snippets.{chapter}"):
        if chapter in SNIPPETS:
            names.update(vars(importlib.import_module(module)))
    return names


def value_and_unit(token):
    """`99.3%`, `1,000`, `$2.5 \\times 10^{-13}$` -> the number and half a unit of its last printed digit."""
    text = (
        token.strip("`$%")
        .replace(",", "")
        .replace("−", "-")
        .replace("\\%", "")
        .replace("{", "")
        .replace("}", "")
    )
    mantissa, _, exponent = re.sub(r"\s*\\times\s*10\^", "e", text).partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(mantissa) * 10 ** int(exponent or 0), 0.5 * 10.0 ** (int(exponent or 0) - decimals)


@EVERY
@BOTH
def test_numbers_come_from_code(address, language):
    text = pages.source(language, address)
    for m in CHECKED.finditer(text):
        where = f"docs/{language}/{address}.md:{pages.line(text, m.start())}"
        computed = float(eval(m["expression"], namespace(address)))
        printed, unit = value_and_unit(m["token"])
        assert abs(computed - printed) <= unit * (1 + 1e-9), (
            f"{where}: {m['token']} is printed, {m['expression']} gives {computed!r}"
        )


@EVERY
@BOTH
def test_no_number_is_left_unchecked(address, language):
    text = pages.source(language, address)
    prose = text
    for pattern in (
        pages.FRONT,
        pages.FENCE,
        CHECKED,
        pages.COMMENT,
        pages.DISPLAY,
        pages.INLINE,
        pages.CODE,
        NOT_PROSE,
    ):
        prose = pages.blank(pattern, prose)
    for m in UNCHECKED.finditer(prose):
        pytest.fail(
            f"docs/{language}/{address}.md:{pages.line(prose, m.start())}: nothing checks the number {m[0]}; "
            f"write {m[0]}<!-- = expression --> right behind it"
        )


@EVERY
def test_chinese_typography(address):
    text = pages.blank(pages.DISPLAY, pages.blank(pages.FENCE, pages.source("zh", address)))
    text = pages.blank(pages.COMMENT, text, filler="")
    for found in autocorrect_py.lint_for(text, "markdown").lines:
        pytest.fail(
            f"docs/zh/{address}.md:{found.line}: write “{found.new.strip()}” instead of “{found.old.strip()}”"
        )
    joined = re.search(r"[\u4e00-\u9fff，。、；：]\n(?=[\u4e00-\u9fff])", text)
    assert not joined, (
        f"docs/zh/{address}.md:{pages.line(text, joined.start())}: "
        "the line break shows as a space; join the lines"
    )


@EVERY
def test_english_pages_hold_no_chinese(address):
    text = pages.source("en", address)
    found = re.search(r"[\u4e00-\u9fff]", text)
    assert not found or address == "start/notation", (
        f"docs/en/{address}.md:{pages.line(text, found.start())}: Chinese on an English page"
    )


def test_english_spelling():
    """American, in pages, code and ledger (Chinese is no obstacle: only known misspellings are reported)."""
    places = [
        "docs/en",
        "docs/claims",
        "snippets",
        "formulacheck",
        "hooks",
        "tools",
        "tests",
        "README.md",
        "CONTRIBUTING.md",
    ]
    command = [
        sys.executable,
        "-m",
        "codespell_lib",
        "--builtin",
        "clear,rare,en-GB_to_en-US",
        "-I",
        "tests/data/spelling.txt",
        *places,
    ]
    run = subprocess.run(command, cwd=pages.ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_pairs_were_reviewed_together():
    assert not pairs.stale(), "\n".join(pairs.stale())


@pytest.mark.parametrize("wrong, says", [
    ([], "which page? make reviewed PAGE=activations/softmax"),
    (["softmax"], "no such page: softmax; addresses look like activations/softmax"),
])  # fmt: skip
def test_a_page_is_reviewed_by_its_address(wrong, says):
    with pytest.raises(SystemExit, match=re.escape(says)):
        pairs.mark(wrong)
