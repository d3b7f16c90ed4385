"""The search's data and scripts: Material's search box is kept, its worker and index are replaced by ours.

What the search plugin collected becomes `search/index.js` (engine, worker, and an index of titles, headings
and terms, enough to rank: one request, made when the reader opens the search) and `search/text.json` (what
the sections say, fetched after the first result). `assets/search-warm.js` starts the worker. Material
itself only gets an empty index.
"""

import collections
import functools
import html
import itertools
import json
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File

from hooks import lexicon

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "node_modules" / "minisearch" / "dist" / "umd" / "index.js"
WORKER = ROOT / "docs" / "assets" / "search.js"
STARTER = ROOT / "docs" / "assets" / "search-warm.js"
STUB = {"config": {"lang": [], "separator": r"[\s\-]+", "pipeline": [], "fields": {}}, "docs": []}
BUNDLE = re.compile(r'<script src="([^"]*)assets/javascripts/bundle\.')
MATERIAL_WORKER = re.compile(r'"[^"]*assets/javascripts/workers/search\.\w+\.min\.js"')
CARD = re.compile(r"^::: snippets\.\w+\.(\w+)", re.M)
CODE = re.compile(r"<pre>.*?</pre>", re.S)
FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[.*?\\\]", re.S)
SYMBOLS = dict(
    zip(
        "alpha beta gamma delta epsilon eta theta lambda mu nu pi rho sigma tau phi varphi omega partial "
        "nabla sum prod infty cdot times le leq ge geq approx to in Phi Delta ne neq pm odot top mid sim "
        "sqrt dots cdots ldots".split(),
        "α β γ δ ε η θ λ μ ν π ρ σ τ φ φ ω ∂ ∇ Σ Π ∞ · × ≤ ≤ ≥ ≥ ≈ → ∈ Φ Δ ≠ ≠ ± ⊙ ⊤ | ~ √ … … …".split(),
        strict=True,
    )
)

pages = {}  # URL -> what the search plugin does not know of it: owner address and names of its cards


# --- scripts ------------------------------------------------------------------------------------------------


def on_files(files, config):
    content = squeeze(STARTER.read_text("utf-8"))
    files.append(File.generated(config, "assets/search-warm.js", content=content))
    return files


def worker():
    if not ENGINE.exists():
        raise PluginError("MiniSearch is not installed: run `make setup`")
    return squeeze(ENGINE.read_text("utf-8") + WORKER.read_text("utf-8"))


def squeeze(script):
    """Without the comments on lines of their own and without indentation: half of the bytes on the wire."""
    return re.sub(r"(?m)^\s*/\*[\s\S]*?\*/\s*?$|^\s*//.*$|^[ \t]+|^\s*\n", "", script)


def on_post_page(output, page, config):
    return _own_scripts(output)


def on_post_template(output, template_name, config):
    return _own_scripts(output) if template_name.endswith(".html") else output


def _own_scripts(output):
    """Our worker in Material's settings, and the script that starts it before Material's own."""
    if not (bundle := BUNDLE.search(output)):
        return output
    base = bundle[1]
    output, found = MATERIAL_WORKER.subn(lambda _: json.dumps(f"{base}search/index.js"), output)
    if found != 1:
        raise PluginError(
            "Material's settings name no search worker that hooks/search.py knows; adapt MATERIAL_WORKER"
        )
    starter = f'<script src="{base}assets/search-warm.js"></script>\n      '
    return output.replace(bundle[0], starter + bundle[0], 1)


# --- data ---------------------------------------------------------------------------------------------------


def on_config(config):
    pages.clear()


@event_priority(100)  # before facts and corrections put generated text in
def on_page_markdown(markdown, page, config, files):
    names = list(dict.fromkeys(CARD.findall(markdown)))
    pages[page.url] = {"address": page.file.src_uri.removesuffix(".md"), "names": names}


@event_priority(100)
def _without_code(context, page, config, nav):
    """The search plugin reads a page mark by mark, and most marks are in code, which is not searched."""
    page.whole, page.content = page.content, CODE.sub("<pre></pre>", page.content)


@event_priority(-100)
def _with_code(context, page, config, nav):
    page.content = page.whole


on_page_context = CombinedEvent(_without_code, _with_code)


@event_priority(-100)  # after the search plugin wrote its index
def on_post_build(config):
    plugin = next(plugin for name, plugin in config.plugins.items() if name.endswith("search"))
    index, text = data(plugin.search_index.entries, pages, config.theme["language"])
    folder = Path(config.site_dir) / "search"
    _write(folder / "search_index.json", STUB)
    _write(folder / "index.js", index, f"{worker()}answerSearch({{type: 0, data: ", "})\n")
    _write(folder / "text.json", text)
    if not config.use_directory_urls:  # opened from the file system: scripts can be loaded, data cannot
        _write(folder / "search_index.js", STUB, "var __index = ")
        _write(folder / "text.js", text, "searchTexts(", ")")


def _write(path, value, before="", after=""):
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(before + text + after, "utf-8")


def data(entries, about, language):
    """The two files: what ranks the pages, and the text of their sections in the same order."""
    concepts = lexicon.load()
    number = {concept.id: n for n, concept in enumerate(concepts)}
    index, texts = [], []
    for url, sections in _by_page(entries).items():
        known = about.get(url, {"address": None, "names": []})
        text = [plain(section["text"]) for section in sections]
        owned = [number[c.id] for c in concepts if c.page and c.page == known["address"]]
        mentioned = [n for n in map(number.get, _mentions(" ".join(text))) if n not in owned]
        titles = [[section["location"].partition("#")[2], plain(section["title"])] for section in sections]
        index.append({
            "url": url, "title": titles[0][1], "lead": _lead(text[0]), "names": known["names"], "owns": owned,
            "says": mentioned, "boost": sections[0].get("boost", 1), "sections": titles[1:],
        })
        texts.append(text)
    other = "en" if language == "zh" else "zh"
    names = [[getattr(c, language) + c.abbr, getattr(c, other), c.misspellings] for c in concepts]
    return {"language": language, "concepts": names, "pages": index}, {"texts": texts}


def _by_page(entries):
    grouped = {}
    for entry in entries:
        grouped.setdefault(entry["location"].partition("#")[0], []).append(entry)
    return grouped


@functools.lru_cache(200)  # most pages are as they were when `make serve` builds again
def _mentions(text):
    """Ids of the concepts that the text speaks of, the most frequent first."""
    counts = collections.Counter(concept.id for *_, concept in lexicon.spot(text))
    return sorted((c.id for c in lexicon.load() if c.id in counts), key=lambda name: -counts[name])


def _lead(text, columns=100):
    """The beginning of a page's text, cut behind a word; a Chinese character is as wide as two letters."""
    fit = sum(width <= columns for width in itertools.accumulate(1 + (c > "\u2e7f") for c in text))
    if fit == len(text):
        return text
    return re.sub(r"[\s,，;；:：]*[\x21-\x7e]*$", "", text[:fit]) + "…"


def plain(text):
    """The words of a section: no code blocks, no tags, short formulas as symbols and long ones left out."""
    text = CODE.sub(" ", text.replace("\u200b", ""))
    text = html.unescape(re.sub(r"</?(?:code|sub|sup)>", "", text))
    text = FORMULA.sub(lambda m: symbols(m[1] or ""), re.sub(r"</?(?:p|li|ol|ul)>", " ", text))
    return re.sub(r"\s+", " ", text).strip()


def symbols(tex):
    r"""`\sigma(x)` -> σ(x); what would not fit between words is left out."""
    tex = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(
        r"\\(?:mathrm|mathbb|mathbf|boldsymbol|operatorname\*?|text|hat|bar|left|right)\b\s*", "", tex
    )
    tex = re.sub(r"\\([A-Za-z]+) ?", lambda m: SYMBOLS.get(m[1], f"{m[1]} "), tex)
    tex = re.sub(r"\s+(?=[\s^_()]|$)", "", re.sub(r"[\\{}$&]", "", tex))
    return tex if len(tex) <= 24 else "…"
