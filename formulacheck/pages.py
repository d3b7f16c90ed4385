"""Markdown pages and Python packages: find the formulas, check each against the function nearest above."""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from .check import Checker, Result
from .inline import check_inline
from .section import Section, read_formulas, strip_comments

CARD = re.compile(r"^[ \t]*:::[ \t]+([A-Za-z_]\w*(?:\.\w+)+)[ \t]*$", re.M)
FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,}).*?^\1\2`*~*[ \t]*$", re.M | re.S)


class Unreadable(Exception):
    """A file that cannot be checked: where, why, and the cure."""


@dataclass
class Report:
    """All results, and the inline formulas that assert something but bind to nothing."""

    results: list = field(default_factory=list)
    inline: list = field(default_factory=list)  # Results of inline assertions
    displays: int = 0
    known: dict = field(default_factory=dict)  # what became of the same displays in another language

    @property
    def failures(self):
        return [r for r in self.results + self.inline if not r.ok]

    def counts(self):
        """{"verified": 12, "identity": 3, …} over all displayed statements."""
        return dict(Counter(r.status for r in self.results))

    def inline_counts(self):
        return dict(Counter(r.status for r in self.inline))

    def by_function(self):
        """{"snippets.activations.sigmoid": {"verified": 2}}: displays in its docstring and on pages."""
        out = {}
        for r in self.results:
            out.setdefault(r.name, Counter())[r.status] += 1
        return {name: dict(c) for name, c in out.items()}

    @property
    def unverified(self):
        return [r for r in self.results if r.status == "unverified"]


def run(*paths, seed=0):
    """Check every docstring below Python folders and every Markdown page below the others."""
    report = Report()
    for path in paths:
        for section in sections(path):
            report_section(report, section, seed)
    return report


def summary(*paths, seed=0):
    """Counts for pages that quote them: total, inline, functions, displays, unverified, failed."""
    report = run(*paths, seed=seed)
    return {
        "displays": report.displays,
        "total": report.counts(),
        "inline": report.inline_counts(),
        "functions": report.by_function(),
        "unverified": [
            {"where": f"{r.path}:{r.line}", "name": r.name, "tex": r.tex, "reason": r.message}
            for r in report.unverified
        ],
        "failed": [str(r) for r in report.failures],
    }


@dataclass
class Source:
    """A section with its address, or a display without a card."""

    path: str
    name: str
    section: Section | None = None
    error: Result | None = None
    cards: list = field(default_factory=list)  # all sections above it on the page, nearest last


def report_section(report, source, seed=0):
    if source.error:
        report.results.append(source.error)
        report.displays += 1
        return
    checker = Checker(source.section, seed)
    results = results_of(checker, source, report.known)
    inline = check_inline(source.section, checker, [s.section for s in source.cards])
    for r in results + inline:
        r.path, r.name = source.path, source.name
    report.displays += len(source.section.displays)
    report.results += results
    report.inline += inline


def results_of(checker, source, known):
    """The displays of a page stand on its counterpart, too: there they are only given their lines."""
    section = source.section
    key = source.name, *((f.tex, f.code) for f in section.displays + section.inline)
    if key not in known or section.errors:
        known[key] = checker.results()
    return [replace(r, line=section.displays[r.display].line) if section.displays else r for r in known[key]]


def sections(path):
    """All sections below a path: functions of .py files, sections of .md files."""
    path = Path(path)
    files = sorted(path.rglob("*.py")) + sorted(path.rglob("*.md")) if path.is_dir() else [path]
    for file in files:
        try:
            yield from python_sections(file) if file.suffix == ".py" else page_sections(file)
        except SyntaxError as error:
            raise Unreadable(f"{shown(error.filename)}:{error.lineno or 1}: {error.msg}") from None
        except UnicodeDecodeError as error:
            raise Unreadable(f"{shown(file)}:{line_of(error)}: this is no UTF-8; save it as UTF-8") from None
        except ImportError as error:
            raise Unreadable(f"{shown(file)}:1: cannot be imported: {error}") from None


def line_of(error):
    """The line of the byte that cannot be decoded."""
    return error.object.count(b"\n", 0, error.start) + 1


def python_sections(file):
    if "$$" not in file.read_text(encoding="utf-8"):
        return
    module = import_file(file)
    for name, function in list(vars(module).items()):
        if (
            inspect.isfunction(function)
            and function.__module__ == module.__name__
            and "$$" in (function.__doc__ or "")
        ):
            section = Section(function, first_line=docstring_line(function))
            yield Source(shown(file), f"{module.__name__}.{name}", section)


def page_sections(file):
    """One Source per card; a display above the first card is an error."""
    source = file.read_text(encoding="utf-8")
    masked = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)
    found = list(CARD.finditer(masked))
    head = masked[: found[0].start()] if found else masked
    for display in read_formulas(head)[0]:
        yield Source(
            shown(file),
            file.stem,
            error=Result(
                file.stem,
                " ".join(display.tex.split()),
                "failed",
                "a display above the first card (:::) of the page",
                "move it below the function that it speaks about",
                display.line,
                shown(file),
                kind="NoCard",
            ),
        )
    cards = []
    for k, m in enumerate(found):
        end = found[k + 1].start() if k + 1 < len(found) else len(masked)
        text, line = masked[m.end() : end], masked.count("\n", 0, m.end()) + 1
        try:
            function = resolve(m[1])
        except (ImportError, AttributeError, SyntaxError) as error:
            yield Source(
                shown(file),
                m[1],
                error=Result(
                    m[1],
                    f"::: {m[1]}",
                    "failed",
                    f"cannot be imported: {error}",
                    "",
                    line,
                    shown(file),
                    kind="NoCard",
                ),
            )
            continue
        card = Section(function)
        for above in cards:  # functions named by cards above keep their names
            for key, value in above.section.function_bind.items():
                card.function_bind.setdefault(key, value)
        section = Section(function, text, None, line, card)
        here = Source(shown(file), m[1], section, cards=list(cards))
        cards.append(here)
        yield here


def resolve(dotted):
    module, name = dotted.rsplit(".", 1)
    function = getattr(importlib.import_module(module), name)
    if not inspect.isfunction(function):
        raise AttributeError(f"{dotted} is no function")
    return function


def import_file(file):
    """Import a file under its dotted name, from the folder above its outermost package."""
    file = Path(file).resolve()
    root, parts = file.parent, [] if file.stem == "__init__" else [file.stem]
    while (root / "__init__.py").exists() or _is_namespace(root):
        parts.insert(0, root.name)
        root = root.parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module = importlib.import_module(name := ".".join(parts))
    found = getattr(module, "__file__", None)
    if found is None or Path(found).resolve() != file:
        other = found or "built in"
        raise ImportError(f"another module is called {name} ({other}); rename one or check them apart")
    return module


def _is_namespace(folder):
    """A folder such as snippets/ without __init__.py, below the folder that holds the project."""
    return (
        (folder.parent / "pyproject.toml").exists()
        or any((p / "pyproject.toml").exists() for p in folder.parents)
        and folder.name.isidentifier()
        and (folder.parent / "__init__.py").exists()
    )


def docstring_line(function):
    """The line of the file on which the docstring begins."""
    try:
        lines, start = inspect.getsourcelines(function)
        node = ast.parse(textwrap.dedent("".join(lines))).body[0].body[0]
        return start + node.lineno - 1
    except (OSError, TypeError, SyntaxError, IndexError):
        return 1


def shown(file):
    try:
        return str(Path(file).resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def displays_of(file):
    """The displays of a page without comments, words and spaces: equal in all languages."""
    source = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), Path(file).read_text(encoding="utf-8"))
    return [re.sub(r"\\text\w*\{[^{}]*\}|\s", "", strip_comments(d.tex)) for d in read_formulas(source)[0]]


def compare_languages(one, other):
    """Differences between two editions of a page: [(number, display here, display there)]."""
    a, b = displays_of(one), displays_of(other)
    length = max(len(a), len(b))
    a, b = a + ["(none)"] * (length - len(a)), b + ["(none)"] * (length - len(b))
    return [(k + 1, x, y) for k, (x, y) in enumerate(zip(a, b)) if x != y]
