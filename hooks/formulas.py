"""Render every formula at build time with KaTeX (HTML for the eye, MathML for screen readers): no script in the reader's browser.

Runs on the finished page, after the search index has read the LaTeX, and keeps what it rendered in .cache/katex.json.
"""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

from mkdocs.exceptions import PluginError

ROOT = pathlib.Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "katex.json"
VERSION = "katex"  # replaced on_config by the installed one: another KaTeX, another cache
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>([，。；：、！？）”,.;:!?)]?)', re.S)

rendered = {}
node = None


def on_config(config):
    global VERSION
    package = ROOT / "node_modules/katex/package.json"
    if not package.exists():
        raise PluginError("KaTeX is not installed: run `make setup`")
    VERSION = json.loads(package.read_text("utf-8"))["version"]
    if CACHE.exists():
        rendered.update(json.loads(CACHE.read_text("utf-8")).get(VERSION, {}))


def on_post_page(output, page, config):
    return FORMULA.sub(lambda m: _render(html.unescape(m[3]).strip(), m[2] == "[", page, m[4]), output)


def on_post_build(config):
    text = json.dumps({VERSION: rendered}, ensure_ascii=False, sort_keys=True)
    if not CACHE.exists() or CACHE.read_text("utf-8") != text:
        CACHE.parent.mkdir(exist_ok=True)
        CACHE.write_text(text, "utf-8")


def _render(tex, display, page, mark):
    """HTML of a formula and the punctuation behind it, which must not begin a line (.keep in house.css)."""
    key = f"{'$$' if display else '$'}{tex}"
    if key not in rendered:
        answer = _katex(tex, display)
        if "error" in answer:
            raise PluginError(f"{_place(tex, page)}: {answer['error']}\n    {tex}\nCorrect the LaTeX between the dollar signs.")
        rendered[key] = answer["html"]
    return f'<span class="keep">{rendered[key]}{mark}</span>' if mark and len(tex) <= 40 else rendered[key] + mark


def _katex(tex, display):
    """KaTeX has no blackboard digits, so the indicator is set in bold."""
    global node
    tex = tex.replace(r"\mathbb{1}", r"\mathbf{1}")
    if node is None:
        beside = pathlib.Path(sys.executable).parent / "node"
        program = str(beside) if beside.exists() else shutil.which("node")
        node = subprocess.Popen([program, ROOT / "hooks/katex.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    node.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    node.stdin.flush()
    return json.loads(node.stdout.readline())


def _place(tex, page):
    """File and line where the formula stands: the page itself, or the docstring or ledger entry that it shows."""
    sources = [pathlib.Path(page.file.abs_src_path), *sorted((ROOT / "snippets").glob("*.py")), *sorted((ROOT / "docs/claims").rglob("*.yml"))]
    for path in sources:
        text = path.read_text("utf-8")
        if tex in text:
            return f"{path.relative_to(ROOT)}:{text[: text.index(tex)].count(chr(10)) + 1}"
    return f"{page.file.src_path} (generated)"
