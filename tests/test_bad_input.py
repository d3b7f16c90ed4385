"""Bad input stops the build or the tests with file, line and cure: one fault each, in a site of two pages."""

import importlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests import pages, test_doctests, test_pages
from tests.pages import ROOT

SNIPPET = '''\
"""A chapter with one topic."""

import numpy as np


def double(x):
    r"""Twice the input.

    $$y = 2 x$$

    $x \\in \\mathbb{R}$, $y$ (`return`)

    `x (...) -> y (...)`

    >>> double(2)
    np.int64(4)
    """
    return 2 * np.asarray(x)
'''
FIGURE = "def double(ax):\n    ax.plot([0, 1], [0, 2])\n"
PAGE = """\
# Double { #double }

Twice.

::: snippets.mini.double

![A line](../assets/figures/mini/double.svg)

## Why { #why }

$y$ is even.
"""
NAV = "INHERIT: ./mkdocs.yml\nnav: [index.md, mini/double.md]\n"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A site of two pages with one card and one figure, built by the real hooks and templates."""
    top, cache = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("cache")
    for name in ("hooks", "formulacheck", "snippets", "overrides", "docs/assets"):
        shutil.copytree(ROOT / name, top / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", top)
    if (ROOT / ".cache/figures").exists():  # of the real chapter, which need not be drawn again
        shutil.copytree(ROOT / ".cache/figures", cache / "figures")
    (top / ".cache").symlink_to(cache)
    (top / "node_modules").symlink_to(ROOT / "node_modules")
    files = {"docs/lexicon.yml": "[]\n", "small.yml": NAV}
    files |= {"snippets/mini.py": SNIPPET, "snippets/plots/mini.py": FIGURE}
    files |= {f"docs/{language}/index.md": "# Home { #home }\n" for language in pages.LANGUAGES}
    files |= {f"docs/{language}/mini/double.md": PAGE for language in pages.LANGUAGES}
    for name, text in files.items():
        write(top / name, text)
    assert build(top) == ""
    return top


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def build(top):
    """What stops the build, or nothing."""
    command = [sys.executable, "-m", "mkdocs", "build", "-f", "small.yml", "-d", top / "site"]
    env = {**os.environ, "PAGE_DATES": "false", "NO_MKDOCS_2_WARNING": "1"}
    run = subprocess.run(command, cwd=top, env=env, capture_output=True, text=True)
    return run.stdout + run.stderr if run.returncode else ""


@pytest.fixture
def small(good, tmp_path):
    return shutil.copytree(good, tmp_path / "small", symlinks=True)


ZH = "docs/zh/mini/double.md"
MINI = "snippets/mini.py"
DOCSTRING = SNIPPET[SNIPPET.index("    r") : SNIPPET.index("    return")]
# Which file, what is replaced there, by what, and what the build says.
FAULTS = {
    "broken LaTeX on a page": (
        (ZH, "$y$", r"$\frac{1$"),
        f"{ZH}:11: KaTeX parse error: Unexpected end of input.*Correct the LaTeX",
    ),
    "broken LaTeX in a snippet": (
        (MINI, "y = 2 x", r"y = \twice x"),
        rf"{MINI}:9: KaTeX parse error: Undefined control sequence: \\twice.*Correct the LaTeX",
    ),
    "unknown function": (
        (ZH, "mini.double", "mini.duoble"),
        f"{ZH}:5: there is no snippets.mini.duoble to make a card of; its functions are double",
    ),
    "unknown module": (
        (ZH, "mini.double", "maxi.double"),
        f"{ZH}:5: there is no snippets.maxi.double to make a card of; see snippets/",
    ),
    "snippet that is no Python": (
        (MINI, "return 2 *", "return 2 * *"),
        f"{MINI}:18: invalid syntax",
    ),
    "image that no figure draws": (
        (ZH, "double.svg", "triple.svg"),
        rf"{ZH}:7: no figure mini/triple.svg is drawn; write a function triple\(ax\) in snippets/",
    ),
    "figure without a description": (
        (ZH, "![A line]", "![]"),
        f"{ZH}:7: the figure has no description; say between the brackets what to see",
    ),
    "figure that raises": (
        ("snippets/plots/mini.py", "[0, 2]", "[0, 2, 3]"),
        'snippets/plots/mini.py", line 2, in double.*x and y must have same first dimension',
    ),
    "function without a formula": (
        (MINI, "    $$y = 2 x$$\n\n", ""),
        rf"{MINI}:6: double has no display formula; write \$\$…\$\$ after the first sentence",
    ),
    "function without a docstring": (
        (MINI, DOCSTRING, ""),
        rf"{MINI}:6: double has no display formula; write \$\$…\$\$ after the first sentence",
    ),
    "unknown fact": (
        (ZH, "Twice.", "<!-- facts: nothing -->"),
        f"{ZH}:3: no fact is called nothing; there are",
    ),
    "another script of Material": (
        ("hooks/patches.py", 'name:"color-scheme"', 'name:"other"'),
        r"bundle\..*\.min\.js of this Material has 0 times .*other.*: mend it in hooks/patches.py",
    ),
    "broken link": (
        (ZH, "Twice.", "[x](nowhere.md)"),
        "'mini/double.md' contains a link 'nowhere.md', but the target .* is not found",
    ),
    "broken anchor": (
        (ZH, "Twice.", "[x](../index.md#nowhere)"),
        "'mini/double.md' contains a link '../index.md#nowhere', but .* does not contain an anchor",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build_with_file_line_and_cure(small, fault):
    (name, old, new), message = FAULTS[fault]
    text = (small / name).read_text("utf-8")
    assert old in text
    write(small / name, text.replace(old, new))
    said = build(small)
    assert re.search(message, said, re.S), said[-3000:] or "the site was built"


@pytest.mark.parametrize("here, there", [("zh", "en"), ("en", "zh")])
def test_a_page_without_its_counterpart_stops_the_build(small, here, there):
    write(small / f"docs/{here}/mini/alone.md", "# Alone { #alone }\n")
    cure = f"write docs/{there}/mini/alone.md, or delete the page in both"
    assert f"docs/{here}/mini/alone.md has no counterpart: {cure}" in build(small)


def test_a_heading_without_an_anchor_stops_the_tests(monkeypatch):
    monkeypatch.setattr(pages, "source", lambda language, address: "# Title\n\n## Why\n")
    with pytest.raises(AssertionError, match="docs/en/a/b.md:3: the heading “Why” has no anchor; add"):
        test_pages.test_headings_have_anchors("a/b", "en")


def test_an_example_that_prints_something_else_stops_the_tests(tmp_path, monkeypatch):
    write(tmp_path / "wrong_example.py", SNIPPET.replace("int64(4)", "int64(5)"))
    monkeypatch.syspath_prepend(tmp_path)
    function = importlib.import_module("wrong_example").double
    monkeypatch.setitem(test_doctests.FUNCTIONS, "wrong_example.double", function)
    message = r'(?s)File ".*wrong_example.py", line 15.*Expected:\s+np.int64\(5\)\s+Got:\s+np.int64\(4\)'
    with pytest.raises(AssertionError, match=message):
        test_doctests.test_doctest("wrong_example.double", proof=lambda *arguments: None)
