"""The search as a reader meets it: the worker runs under Node on an index that the hook built."""

import functools
import gzip
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hooks import search
from snippets import activations

ROOT = Path(__file__).parent.parent
QUERIES = yaml.safe_load((ROOT / "tests/data/search_queries.yml").read_text("utf-8"))
SETUP, READY, QUERY, RESULT = range(4)
HEADINGS = {"zh": ["为什么", "反向传播", "数值问题", "实践", "面试问题"],
            "en": ["Why", "Backward pass", "Numerics", "In practice", "Interview questions"]}
IDS = ["why", "backward", "numerics", "practice", "interview"]
HARNESS = """
const replies = []
globalThis.self = globalThis
globalThis.importScripts = globalThis.fetch = () => { throw new Error("the worker loads nothing by itself") }
globalThis.postMessage = message => replies.push(message)
console.warn = () => {}
require("vm").runInThisContext(require("fs").readFileSync(process.argv[2], "utf8"))
require("readline").createInterface({ input: process.stdin }).on("line", line => {
  const start = performance.now()
  self.onmessage({ data: JSON.parse(line) })
  console.log(JSON.stringify({ replies: replies.splice(0), ms: performance.now() - start }))
})
"""


class Worker:
    """The published worker in a Node process; `send` returns its answer."""

    def __init__(self, folder):
        (folder / "worker.js").write_text(search.worker(), "utf-8")
        (folder / "harness.js").write_text(HARNESS, "utf-8")
        node = Path(sys.executable).parent / "node"
        command = [
            node if node.exists() else shutil.which("node"),
            folder / "harness.js",
            folder / "worker.js",
        ]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.ms = answer["ms"]
        (reply,) = answer["replies"]
        return reply

    def search(self, query):
        reply = self.send({"type": QUERY, "data": query})
        assert reply["type"] == RESULT
        return reply["data"]

    def pages(self, query):
        return [group[0]["location"].removesuffix("/") for group in self.search(query)["items"]]


@functools.cache
def claims():
    """Address -> texts in both languages: what the pages of the fixture say."""
    texts = {}
    for path in sorted((ROOT / "docs/claims").rglob("*.yml")):
        address = path.relative_to(ROOT / "docs/claims").with_suffix("").as_posix()
        entries = yaml.safe_load(path.read_text("utf-8")) or []
        texts[address] = [
            entry[field] for entry in entries for field in ("claim", "correction") if entry.get(field)
        ]
    return texts


def entries(language):
    """What the search plugin collects from a site with the pages of search_queries.yml."""
    for address, titles in QUERIES["pages"].items():
        url = address.removesuffix("index") + "/" * (not address.endswith("index"))
        title = titles[["zh", "en"].index(language)]
        texts = [html.escape(text[language], quote=False) for text in claims().get(address, [])]
        yield {"location": url, "title": title, "text": f"<p>{texts[0]}</p>" if texts else ""}
        for n, heading in enumerate(HEADINGS[language] * bool(texts)):
            text = "".join(f"<p>{text}</p>" for text in texts[n :: len(IDS)])
            yield {"location": f"{url}#{IDS[n]}", "title": heading, "text": text}


def about():
    """What the pages' own Markdown tells: their address, and the functions whose cards they show."""
    known = {}
    for address in QUERIES["pages"]:
        url = address.removesuffix("index") + "/" * (not address.endswith("index"))
        source = ROOT / "docs/zh" / f"{address}.md"
        names = search.CARD.findall(source.read_text("utf-8")) if source.exists() else []
        known[url] = {"address": address, "names": names or own_functions(address)}
    return known


def own_functions(address):
    chapter, topic = address.split("/")
    also = {
        "leaky_relu": ["prelu", "rrelu"],
        "softmax": ["log_softmax", "logsumexp"],
        "gelu": ["silu", "hard_swish", "swiglu"],
    }
    if chapter != "activations" or not hasattr(activations, topic):
        return []
    return [name + end for name in (topic, *also.get(topic, [])) for end in ("", "_grad")]


@pytest.fixture(scope="module", params=["zh", "en"])
def edition(request, tmp_path_factory):
    """A worker that knows everything: the index first, the texts afterwards."""
    with Worker(tmp_path_factory.mktemp("worker")) as worker:
        index, text = search.data(list(entries(request.param)), about(), request.param)
        assert worker.send({"type": SETUP, "data": json.dumps(index)})["type"] == READY
        assert worker.send({"type": SETUP, "data": json.dumps(text)})["type"] == READY
        worker.language, worker.index, worker.text = request.param, index, text
        yield worker


def asked(part):
    return [(kind, query, want) for kind, queries in QUERIES[part].items() for query, want in queries.items()]


def misses(worker, part):
    """Queries whose first page is not (one of) the wanted."""
    for kind, query, want in asked(part):
        found = worker.pages(str(query))
        if not any(found[:1] == [page.removesuffix("/index")] for page in want.split("|")):
            yield f"{kind}: {query} -> {', '.join(found[:3]) or 'nothing'}, wanted {want}"


# --- the right page first -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["held_out", "tuned"])
def test_right_page_comes_first(edition, part):
    wrong = list(misses(edition, part))
    print(*wrong, sep="\n")
    assert len(wrong) <= 0.05 * len(asked(part)), "\n".join(wrong)


def test_titles_alone_find_nearly_everything(tmp_path):
    """Before the texts have arrived: what the first result on a slow line is made of."""
    index, _ = search.data(list(entries("zh")), about(), "zh")
    with Worker(tmp_path) as worker:
        worker.send({"type": SETUP, "data": json.dumps(index)})
        wrong = list(misses(worker, "held_out"))
    assert len(wrong) <= 0.1 * len(asked("held_out")), "\n".join(wrong)


@pytest.mark.parametrize("query", [
    "梯度消失", "vanishing gradients", "VANISHING-GRADIENT", "ｖａｎｉｓｈｉｎｇ gradient", "梯度弥散", "梯度销失", "梯度消夫",
    "vanishng gradent", "gradient vanish",
])  # fmt: skip
def test_every_way_to_write_a_term_means_the_same_page(edition, query):
    assert edition.pages(query)[0] == "foundations/vanishing_gradient"


@pytest.mark.parametrize("query", ["混淆矩阵感受野", "感受野混淆矩阵", "感受野的混淆矩阵"])
def test_chinese_queries_lose_no_character(edition, query):
    """Stock segmentation drops the last word of a query; here both words count, in any order."""
    assert set(edition.pages(query)[:2]) == {"metrics/confusion_matrix", "convolution/receptive_field"}


@pytest.mark.parametrize("word", ["对数", "作用", "有界", "要点", "可能"])
def test_a_particle_inside_a_word_is_no_particle(edition, word):
    """The page that comes first has the word, not only its other character."""
    texts = zip(edition.index["pages"], edition.text["texts"], strict=True)
    having = {page["url"].removesuffix("/") for page, said in texts if word in " ".join(said)}
    assert bool(having) == (edition.language == "zh")
    assert edition.language == "en" or edition.pages(word)[0] in having


def test_single_characters_are_found(edition):
    assert "losses/cross_entropy" in edition.pages("熵")[:2]


def test_words_of_the_text_are_found(edition):
    """The longest clause that a page says comes back to it: what stands in titles only is not enough."""
    clause = re.compile(r"[\u4e00-\u9fff]{8,}" if edition.language == "zh" else r"(?:\b[A-Za-z-]+\b ?){5,}")
    missed, asked = [], 0
    for page, texts in zip(edition.index["pages"], edition.text["texts"], strict=True):
        if clauses := clause.findall(" ".join(texts)):
            asked += 1
            longest = max(clauses, key=len).strip()
            if page["url"].removesuffix("/") != edition.pages(longest)[0]:
                missed.append(f"{page['url']}: {longest} -> {edition.pages(longest)[:3]}")
    assert asked > 40 and len(missed) <= 0.05 * asked, "\n".join(missed)


# --- what is shown ------------------------------------------------------------------------------------------


def test_results_have_the_form_that_material_draws(edition):
    for group in edition.search("梯度消失")["items"]:
        assert "#" not in group[0]["location"], "each group begins with its page"
        assert all(item["location"].startswith(group[0]["location"]) for item in group)
        for item in group:
            assert set(item) == {"location", "title", "text", "score", "terms"}
            assert all(item["terms"].values())
    assert [group[0]["score"] for group in edition.search("relu")["items"]] == sorted(
        (group[0]["score"] for group in edition.search("relu")["items"]), reverse=True)


def test_matches_are_marked_in_the_language_of_the_page(edition):
    first = edition.search({"zh": "vanishing gradient", "en": "梯度消失"}[edition.language])["items"][0]
    word = {"zh": "梯度消失", "en": "vanishing gradients"}[edition.language]
    assert f"<mark>{word}</mark>" in " ".join(item["title"] + item["text"] for item in first)
    assert word in first[0]["terms"]


def test_suggestions_complete_the_last_word(edition):
    assert edition.search("softm")["suggest"] == ["softmax"]
    assert edition.search("cross ent")["suggest"] == ["entropy"]
    assert edition.search("梯度消")["suggest"] == ["梯度消失"]
    assert edition.search("zzzz")["suggest"] == []


@pytest.mark.parametrize("query", [
    "", " ", "\t", "的", "the", "?", "!!!", "*", "~^:+-", "\\", "(", "[", "(?<=", "#12", "#999", "&lt;",
    "<script>alert(1)</script>", "a" * 5000, "梯" * 5000, "softmax " * 300, "𝑥²", "\ud83d\ude00", "\u202e",
    "\x00",
    "éàü", "Straße İ", "__proto__", "constructor", "toString", "hasOwnProperty", "null", "0", "1.5e-3",
    "e^{z_i}", "\\frac{1}{2}",
])  # fmt: skip
def test_weird_queries_are_answered(edition, query):
    for group in edition.search(query)["items"]:
        for item in group:
            assert "<script" not in item["title"] + item["text"]
    assert edition.ms < 1000
    assert edition.pages("softmax")[0] == "activations/softmax", "the worker works on"


@pytest.mark.parametrize("message", [
    None, 0, "x", [], {}, {"type": 9},
    {"type": QUERY}, {"type": QUERY, "data": None}, {"type": QUERY, "data": 7}, {"type": QUERY, "data": {}},
    {"type": SETUP}, {"type": SETUP, "data": "no JSON"}, {"type": SETUP, "data": {}},
    {"type": SETUP, "data": {"texts": []}},
])  # fmt: skip
def test_garbage_is_answered(edition, message):
    reply = edition.send(message)
    assert reply["type"] in (READY, RESULT)
    assert edition.pages("softmax")[0] == "activations/softmax", "the worker works on"


def test_queries_before_the_index_are_answered(tmp_path):
    with Worker(tmp_path) as worker:
        assert worker.search("softmax") == {"items": []}


def test_markup_in_titles_and_texts_is_escaped(tmp_path):
    evil = html.escape("<img src=x onerror=alert(1)> softmax")
    index, text = search.data([{"location": "a/", "title": evil, "text": f"<p>{evil}</p>"}], {}, "en")
    with Worker(tmp_path) as worker:
        worker.send({"type": SETUP, "data": json.dumps(index)})
        worker.send({"type": SETUP, "data": json.dumps(text)})
        ((item,),) = worker.search("softmax")["items"]
    assert "<img" not in item["title"] + item["text"]
    assert "<mark>softmax</mark>" in item["title"] and "&lt;img" in item["title"]


# --- what it costs ------------------------------------------------------------------------------------------


def test_first_result_needs_few_bytes(edition):
    def wire(value):
        return len(
            gzip.compress(
                (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode(), 6
            )
        )

    engine, index, text = wire(search.worker()), wire(edition.index), wire(edition.text)
    print(
        f"{edition.language}, {len(QUERIES['pages'])} pages, gzip: "
        f"worker {engine}, index {index}, texts {text}"
    )
    assert engine < 15_000 and index < 25_000
    assert engine + index + text < 150_000


# --- the hook -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[True, False], ids=["hosted", "offline"])
def built(request, tmp_path_factory):
    """A small site of Material's with the two hooks."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    root = tmp_path_factory.mktemp("site")
    (root / "docs/activations").mkdir(parents=True)
    (root / "docs/index.md").write_text("# Home\n\nWords.\n", "utf-8")
    (root / "docs/activations/softmax.md").write_text(
        "# Softmax\n\nLead with $\\sigma(x)$ and `softmax_grad`.\n\n"
        "## Why { #why }\n\n$$\\frac{secret}{formula}$$\n\n"
        "```python\nhidden_code()\n```\n\nOverflow matters.\n", "utf-8")  # fmt: skip
    (root / "mkdocs.yml").write_text(json.dumps({
        "site_name": "x", "site_url": "http://localhost/", "use_directory_urls": request.param,
        "theme": {"name": "material", "language": "en", "font": False},
        "plugins": {"search": {}},
        "hooks": [str(ROOT / "hooks" / hook) for hook in ("lexicon.py", "search.py")],
        "markdown_extensions": {
            "attr_list": {}, "pymdownx.arithmatex": {"generic": True}, "pymdownx.superfences": {},
        },
    }), "utf-8")  # fmt: skip
    build(load_config(str(root / "mkdocs.yml")))
    return root / "site", request.param


def test_material_gets_an_empty_index_and_our_worker(built):
    site, hosted = built
    assert json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"] == []
    pages = list(site.rglob("*.html"))
    assert len(pages) >= 3, "the error page counts, too"
    for path in pages:
        page = path.read_text("utf-8")
        assert "workers/search." not in page and "search/index.js" in page
        assert page.index("assets/search-warm.js") < page.index("javascripts/bundle.")
    assert (site / "search/index.js").read_text("utf-8").startswith(search.worker())
    assert (site / "search/text.js").exists() != hosted, "data as scripts only where data cannot be fetched"


def test_the_index_holds_words_not_sources(built):
    site, hosted = built
    script = (site / "search/index.js").read_text("utf-8")
    index = json.loads(re.search(r"answerSearch\(\{type: 0, data: (.*)\}\)$", script)[1])
    pages = {page["url"]: page for page in index["pages"]}
    url = "activations/softmax/" if hosted else "activations/softmax.html"
    texts = json.loads((site / "search/text.json").read_text("utf-8"))["texts"]
    lead, why = texts[list(pages).index(url)]
    assert lead == "Lead with σ(x) and softmax_grad."
    assert "secret" not in why and "hidden_code" not in why and "Overflow matters." in why
    assert pages[url]["sections"] == [["why", "Why"]]
    assert pages[url]["owns"], "a page knows the concepts that it explains"


def test_another_material_stops_the_build():
    from mkdocs.exceptions import PluginError

    with pytest.raises(PluginError, match="MATERIAL_WORKER"):
        search._own_scripts('<script src="assets/javascripts/bundle.1.min.js"></script>')


@pytest.mark.parametrize(("text", "words"), [
    (r"<p>where \(x\) and \(\alpha\le 1\)</p>", "where x and α≤1"),
    (r"<p>\(z \in \mathbb{R}^{K}\), \(\ln p\), \(g^\top p\), \(\max(0, x)\)</p>",
     "z ∈R^K, ln p, g^⊤p, max(0, x)"),
    (r"<p>\(\frac{\partial L}{\partial x_1}\) long</p>", "∂L/∂x_1 long"),
    ("<p>a</p><pre>code</pre><ul><li>b</li></ul>", "a b"),
    ("<p>1 &lt; 2</p>", "1 < 2"),
    ("梯度\u200b消失", "梯度消失"),
])  # fmt: skip
def test_plain(text, words):
    assert search.plain(text) == words
