"""What a page pulls, cards behind `:::` and figures, must exist: later nobody knows the line and the cure."""

import ast
import functools
import pathlib
import re

from mkdocs.exceptions import PluginError

ROOT = pathlib.Path(__file__).parent.parent
CARD = re.compile(r"^ *::: (\S+)$", re.M)
FIGURE = re.compile(r"!\[([^\]]*)\]\([^)]*figures/([^)]*)\.svg\)")
FENCE = re.compile(r"^( *)```.*?^\1```$", re.M | re.S)


def on_page_markdown(markdown, page, config, files):
    path = pathlib.Path(page.file.abs_src_path)
    text = FENCE.sub(lambda m: "\n" * m[0].count("\n"), path.read_text("utf-8"))
    for found, fault in _faults(text, {f.src_uri for f in files}):
        line = text.count("\n", 0, found.start()) + 1
        raise PluginError(f"{path.relative_to(ROOT)}:{line}: {fault}")


def _faults(text, files):
    for found in CARD.finditer(text):
        module, name = found[1].rpartition(".")[::2]
        known = _functions(module.replace(".", "/") + ".py")
        if name not in known:
            near = f"its functions are {', '.join(known)}" if known else "see snippets/ for what is there"
            yield found, f"there is no {found[1]} to make a card of; {near}"
    for found in FIGURE.finditer(text):
        chapter, _, name = found[2].rpartition("/")
        if f"assets/figures/{found[2]}.svg" not in files:
            cure = f"write a function {name}(ax) in snippets/plots/{chapter}.py"
            yield found, f"no figure {found[2]}.svg is drawn; {cure}"
        if not found[1]:
            yield found, "the figure has no description; say between the brackets what to see in it: ![…]"


@functools.cache
def _functions(module):
    """Public functions of a module, or a fault in it that would hide them."""
    path = ROOT / module
    try:
        body = ast.parse(path.read_text("utf-8")).body if path.exists() else []
    except SyntaxError as error:
        raise PluginError(f"{module}:{error.lineno}: {error.msg}") from None
    return [node.name for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
