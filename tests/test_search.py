"""The search as a reader meets it: the worker runs under Node on an index that the hook built."""

import functools
import gzip
import html
import json
import shutil
import subprocess
import sys
import time
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
        command = [str(node) if node.exists() else shutil.which("node"), str(folder / "harness.js"), str(folder / "worker.js")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

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
        texts[address] = [text for entry in entries for text in (entry["claim"], entry.get("correction")) if text]
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
    also = {"leaky_relu": ["prelu", "rrelu"], "softmax": ["log_softmax", "logsumexp"], "gelu": ["silu", "hard_swish", "swiglu"]}
    if chapter != "activations" or not hasattr(activations, topic):
        return []
    return [name + end for name in (topic, *also.get(topic, [])) for end in ("", "_grad")]


@pytest.fixture(scope="module", params=["zh", "en"])
def edition(request, tmp_path_factory):
    """A worker that knows everything: the index first, the texts afterwards."""
    worker = Worker(tmp_path_factory.mktemp("worker"))
    index, text = search.data(list(entries(request.param)), about(), request.param)
    assert worker.send({"type": SETUP, "data": json.dumps(index)})["type"] == READY
    assert worker.send({"type": SETUP, "data": json.dumps(text)})["type"] == READY
    worker.language, worker.index, worker.text = request.param, index, text
    yield worker
    worker.process.kill()


def asked(part):
    return [(kind, query, want) for kind, queries in QUERIES[part].items() for query, want in queries.items()]


def misses(worker, part):
    """Queries whose first page is not (one of) the wanted."""
    for kind, query, want in asked(part):
        found = worker.pages(str(query))
        if not any(found[:1] == [page.removesuffix("/index")] for page in want.split("|")):
            yield f"{kind}: {query} -> {', '.join(found[:3]) or 'nothing'}, wanted {want}"
