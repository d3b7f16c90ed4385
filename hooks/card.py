"""Griffe extension: reads a snippet's docstring as the caption that it is, for the card template."""

import ast
import re

import griffe
from mkdocs.exceptions import PluginError

from hooks import verification
from hooks.standalone import standalone


class Card(griffe.Extension):
    def on_function_instance(self, *, node, func, agent, **kwargs):
        if re.fullmatch(r"snippets\.\w+\.[a-z]\w*", func.path):
            docstring = func.docstring.value if func.docstring else ""
            if "$$" not in docstring:
                where = f"{func.path.rpartition('.')[0].replace('.', '/')}.py:{func.lineno}"
                cure = "write $$…$$ after the first sentence of its docstring"
                raise PluginError(f"{where}: {func.name} has no display formula; {cure}")
            func.extra["card"] = card(func.path, docstring, ast.unparse(node.args))


def card(path, docstring, arguments):
    """The five parts of the caption, the code that runs alone, and what verified it."""
    text, doctest = _split_doctest(docstring)
    sentence, *paragraphs = re.split(r"\n\s*\n", text.strip())
    shapes = [p for p in paragraphs if p.startswith("`")]
    source = [p for p in paragraphs if p.startswith("[")]
    caption = [p for p in paragraphs if p not in shapes + source]
    return {
        "title": f"{path.rsplit('.', 1)[1]}({arguments})",
        "sentence": sentence,
        "formula": "\n\n".join(caption),
        "shapes": shapes,
        "source": source,
        "doctest": doctest,
        "code": standalone(path),
        "proofs": verification.proofs(path),
    }


def _split_doctest(docstring):
    lines = docstring.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(">>>")), len(lines))
    return "\n".join(lines[:start]), "\n".join(lines[start:]).strip()
