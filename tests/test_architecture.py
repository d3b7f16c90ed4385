"""Who may import whom: numpy <- snippets <- snippets.plots <- hooks; numpy <- formulacheck <- hooks."""

import ast
import re
import sys

import pytest

from tests.pages import ROOT

STDLIB = sys.stdlib_module_names
OWN = {"snippets", "formulacheck", "hooks", "tools", "tests", "benchmarks"}
# What files of a room may import, by first name; hooks and tools also all that is installed but not ours.
ROOMS = {
    "snippets": {"numpy", "math", "snippets"},
    "snippets/plots": {"numpy", "snippets"},
    "formulacheck": {"numpy", "formulacheck", *STDLIB},
    "hooks": {"snippets", "formulacheck", "hooks"},
    "tools": {"hooks", "tools"},
}
WIDTH = 110
SITE = re.compile(r"\b(mkdocs\w*|html|svg|css|markdown|katex|hooks|docs|site)\b", re.I)


def imports(source, room):
    """(line, dotted name) of everything that a file imports; relative names are written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            parts = room.split("/")[: len(room.split("/")) - node.level + 1] if node.level else []
            parts += [node.module] if node.module else []
            yield from ((node.lineno, ".".join([*parts, alias.name])) for alias in node.names)
        if isinstance(node, ast.Name) and node.id == "__import__":
            yield node.lineno, node.id


def permitted(name, room):
    first = name.split(".")[0]
    if room == "snippets" and name.startswith("snippets.plots"):
        return False
    return first in ROOMS[room] or (room in ("hooks", "tools") and first not in OWN)


def forbidden(source, room):
    return [f"{line}: {name}" for line, name in imports(source, room) if not permitted(name, room)]


def room_of(path):
    return max((room for room in ROOMS if path.startswith(f"{room}/")), key=len)


FILES = sorted({path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")})


@pytest.mark.parametrize("path", FILES)
def test_files_import_only_what_their_room_may(path):
    room = room_of(path)
    found = [f"{path}:{fault}" for fault in forbidden((ROOT / path).read_text("utf-8"), room)]
    assert not found, f"{found}: {room} may import {', '.join(sorted(ROOMS[room] - STDLIB))}"


@pytest.mark.parametrize("path", [p for p in FILES if p.startswith("snippets/")])
def test_snippets_know_of_no_site(path):
    for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1):
        text = re.sub(r"https?://\S+", "", line)
        assert not SITE.search(text), f"{path}:{number}: a snippet knows nothing of the site: {line.strip()}"


ALL = [path for top in OWN for path in sorted((ROOT / top).rglob("*.py"))]


@pytest.mark.parametrize("path", [path.relative_to(ROOT).as_posix() for path in sorted(ALL)])
def test_lines_fit_a_screen(path):
    """The address of a link cannot be broken, so it does not count."""
    for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1):
        width = len(re.sub(r"https?://\S+", "", line))
        assert width <= WIDTH, f"{path}:{number}: {width} columns; break the line before column {WIDTH}"


@pytest.mark.parametrize("room, source", [
    ("snippets", "import scipy"), ("snippets", "def f():\n    import os"), ("snippets", "__import__('os')"),
    ("snippets", "from snippets import plots"), ("snippets", "from .plots import activations"),
    ("snippets/plots", "import matplotlib.pyplot as plt"), ("snippets/plots", "from hooks import figures"),
    ("formulacheck", "import sympy"), ("formulacheck", "from snippets import activations"),
    ("hooks", "import tests.pages"), ("tools", "from tests import pages"),
])  # fmt: skip
def test_a_forbidden_import_is_found(room, source):
    assert forbidden(source, room)


@pytest.mark.parametrize("room, source", [
    ("snippets", "import math\nimport numpy\nfrom snippets.activations import relu\nfrom . import losses"),
    ("snippets/plots", "import numpy\nfrom snippets import activations\nfrom ..activations import relu"),
    ("formulacheck", "import re, ast\nimport numpy as np\nfrom formulacheck import parse"),
    ("hooks", "import mkdocs\nimport snippets.plots.activations\nfrom hooks import ledger"),
])  # fmt: skip
def test_a_permitted_import_is_not(room, source):
    assert not forbidden(source, room)
