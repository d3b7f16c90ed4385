"""Render every formula with KaTeX, HTML for the eye, MathML for
screen readers: no script in the reader's browser.

Runs on the finished page, after the search index has read the LaTeX. What it rendered is kept in .cache, in a
file for each edition, as both are built at the same time.
"""

import html
import json
import pathlib
import re

from mkdocs.exceptions import PluginError

from hooks import cache, node

ROOT = pathlib.Path(__file__).parent.parent
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>([，。；：、！？）”,.;:!?)]?)', re.S)

STRUT = re.compile(r'katex-strut" style="height:([\d.]+)em;(?:vertical-align:-([\d.]+)em;)?')

rendered = {}  # what this process knows
used = set()  # what this build needs of it
katex = node.Program("katex")


def on_config(config):
    used.clear()
    if (known := known_formulas(config)).exists():
        rendered.update(json.loads(known.read_text("utf-8")))


def on_post_page(output, page, config):
    return FORMULA.sub(lambda m: _render(html.unescape(m[3]).strip(), m[2] == "[", page, m[4]), output)


def on_post_build(config):
    katex.stop()
    cache.write(
        known_formulas(config), json.dumps({k: rendered[k] for k in sorted(used)}, ensure_ascii=False)
    )


def known_formulas(config):
    return cache.FOLDER / f"{katex.version}.{config.theme['language']}.json"


def _render(tex, display, page, mark):
    """HTML of a formula and the punctuation behind it, which must not begin a line (.keep in house.css)."""
    key = f"{'$$' if display else '$'}{tex}"
    if key not in rendered:
        answer = katex.ask({"tex": tex, "display": display})
        if "error" in answer:
            cure = "Correct the LaTeX between the dollar signs."
            raise PluginError(f"{_place(tex, page)}: {answer['error']}\n    {tex}\n{cure}")
        rendered[key] = answer["html"]
    used.add(key)
    result = (_with_height(rendered[key]) if display else rendered[key]) + mark
    return f'<span class="keep">{result}</span>' if mark and len(tex) <= 40 else result


def _with_height(display):
    """Its struts say how tall a formula will be: the browser need not lay it out to know (house.css).

    Not of one in several parts, which a phone may set below each other.
    """
    if "in-parts" in display:
        return display
    struts = [(float(height), float(depth or 0)) for height, depth in STRUT.findall(display)]
    above, below = max(height - depth for height, depth in struts), max(depth for _, depth in struts)
    name = 'class="katex-display"'
    return display.replace(name, f'{name} style="--ems:{above + below:.3f}"', 1)


def _place(tex, page):
    """File and line where the formula stands: the page itself, or the
    docstring or ledger entry that it shows."""
    shown = sorted((ROOT / "snippets").glob("*.py")) + sorted((ROOT / "docs/claims").rglob("*.yml"))
    for path in [pathlib.Path(page.file.abs_src_path), *shown]:
        text = path.read_text("utf-8")
        if tex in text:
            return f"{path.relative_to(ROOT)}:{text[: text.index(tex)].count(chr(10)) + 1}"
    return f"{page.file.src_path} (generated)"
