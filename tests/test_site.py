"""What the built site promises: valid pages that find each other, code that runs alone, the same bytes."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse

import pytest
from mkdocs.config import load_config

from hooks import figures
from tests.site import EDITIONS, ROOT, code_blocks, site  # noqa: F401, site is a fixture
from tools import check_site, csp, root_pages

NODE = shutil.which("node", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))
ROOT_URL = "http://127.0.0.1:8000/"


def pages(site, edition):
    """{address below the edition: HTML}, without the 404 page."""
    top = site / edition
    found = sorted(top.rglob("index.html"))
    return {p.relative_to(top).as_posix().removesuffix("index.html"): p.read_text("utf-8") for p in found}


# --- links, ids, hosts: tools/check_site.py -------------------------------------------------------

FAULTS = {
    '<a href="nowhere.html">x</a>': "broken link: nowhere.html",
    '<img src="a.svg" alt="">': "broken link: a.svg",
    '<a href="#nowhere">x</a>': "broken anchor: #nowhere",
    '<a href="sub/#nowhere">x</a>': "broken anchor: sub/#nowhere",
    '<p id="a"></p><p id="a"></p>': "the id a occurs 2 times",
    r'<span class="arithmatex">\(x\)</span>': "a formula was not rendered",
    '<script src="https://example.org/x.js"></script>': "<script> loads from another host",
    '<link rel="stylesheet" href="//example.org/x.css">': "<link> loads from another host",
    '<img srcset="https://example.org/x.png 2x" alt="">': "<img> loads from another host",
    '<div style="background: url(https://example.org/x.png)">': "<div> loads from another host",
    '<style>@import "//example.org/x.css"</style>': "<style> loads from another host",
}
GOOD = """<a href="sub/">x</a> <a href="sub/#there">x</a> <a href="#here" id="here">x</a>
<a href="https://example.org/">x</a> <a href="mailto:a@example.org">x</a>
<link rel="canonical" href="https://example.org/"> <script>"<a href='no'>"</script>"""


def small_site(folder, html):
    (folder / "sub").mkdir()
    (folder / "sub/index.html").write_text('<h1 id="there">x</h1>')
    (folder / "index.html").write_text(html)
    return check_site.problems(folder)


@pytest.mark.parametrize("html", FAULTS)
def test_a_fault_in_the_html_is_found(html, tmp_path):
    found = small_site(tmp_path, html)
    assert len(found) == 1 and found[0].startswith("index.html: ") and FAULTS[html] in found[0], found


def test_a_style_sheet_that_loads_from_another_host_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url(https://example.org/x.woff2) }")
    assert small_site(tmp_path, GOOD) == ["a.css: loads from another host: https://example.org/x.woff2"]


def test_good_html_has_no_fault(tmp_path):
    assert small_site(tmp_path, GOOD) == []


def test_the_site_has_no_fault(site):
    assert check_site.problems(site) == []


def test_html_is_valid(site):
    program = ROOT / "node_modules/html-validate/bin/html-validate.mjs"
    options = ["--config", ROOT / ".htmlvalidate.mjs", "--formatter", "text", "--ext", "html"]
    run = subprocess.run([NODE, program, *options, site], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[:3000] + run.stderr


def test_inline_scripts_are_few(site):
    """A strict policy names each by its hash: Material's three, whatever the page."""
    assert len(csp.inline_script_hashes(site)) == 3


# --- code -----------------------------------------------------------------------------------------

# A process that has NumPy and the standard library, and nothing else; every block in a fresh namespace.
BARE = """
import contextlib, doctest, io, json, sys, traceback, warnings, numpy
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in sys.stdlib_module_names | {"numpy"}:
            raise ModuleNotFoundError(f"a reader has only NumPy, not {name}")
sys.meta_path.insert(0, Nothing())
warnings.simplefilter("error")
for page, blocks in json.load(sys.stdin).items():
    shared = {"__name__": "__main__", "np": numpy}
    for language, code, card in blocks:
        if language == "python":
            try:
                alone = {"__name__": "__main__"}
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(code, page, "exec"), alone)
                if card and not callable(alone.get(card.rsplit(".")[-1])):
                    print(f"{page}: the code of the card {card} does not define it")
                shared.update(alone)
            except Exception:
                print(f"{page}: a block does not run alone\\n{code}\\n{traceback.format_exc()}")
    for language, code, card in blocks:
        if language == "pycon":
            test = doctest.DocTestParser().get_doctest(code, dict(shared), page, page, 0)
            report = []
            doctest.DocTestRunner(verbose=False).run(test, out=report.append)
            print(*(f"{page}: {text}" for text in report), sep="", end="")
"""


def in_bare_process(blocks):
    """What goes wrong when blocks {page: [(language, text, card)]} run where there is only NumPy."""
    command = [sys.executable, "-I", "-c", BARE]
    run = subprocess.run(command, input=json.dumps(blocks), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_block_runs_with_numpy_alone_and_every_example_is_true(site):
    blocks = {p.relative_to(site).as_posix(): code_blocks(p) for p in sorted(site.rglob("index.html"))}
    assert sum(map(len, blocks.values())) > 100
    assert not (found := in_bare_process(blocks)), found


@pytest.mark.parametrize("block, message", [
    (("python", "from snippets.activations import relu", None), "a reader has only NumPy, not snippets"),
    (("python", "import scipy", None), "a reader has only NumPy, not scipy"),
    (("python", "np.zeros(3)", None), "NameError: name 'np' is not defined"),
    (("python", "import numpy as np\nnp.log(0.)", None), "RuntimeWarning: divide by zero"),
    (("python", "def relu(x):\n    return x", "snippets.activations.elu"), "does not define it"),
    (("pycon", ">>> 1 + 1\n3", None), "Expected:\n    3\nGot:\n    2"),
    (("pycon", ">>> relu(1)\n1", None), "NameError: name 'relu' is not defined"),
])  # fmt: skip
def test_a_block_that_does_not_run_alone_is_found(block, message):
    assert message in in_bare_process({"a/index.html": [block]})


def test_examples_use_the_cards_of_their_page():
    card = ("python", "import numpy as np\ndef two():\n    return 2", "a.two")
    example = ("pycon", ">>> np.add(two(), 1)\nnp.int64(3)", None)
    assert in_bare_process({"a": [card, example]}) == ""
    assert "NameError" in in_bare_process({"a": [card], "b": [example]})


def test_code_blocks_are_read_as_they_are_shown(tmp_path):
    page = tmp_path / "a.html"
    page.write_text(
        '<div class="card" data-function="a.f"><div class="x"></div><div class="language-python highlight">'
        "<pre><span></span><code><span>x</span> &lt; 1\n</code></pre></div></div>"
        '<div><div class="language-pycon highlight"><pre>&gt;&gt;&gt; 1</pre></div></div>'
    )
    assert code_blocks(page) == [("python", "x < 1\n", "a.f"), ("pycon", ">>> 1", None)]


# --- the same bytes -------------------------------------------------------------------------------


def test_the_same_sources_give_the_same_bytes(site, tmp_path):
    """Elsewhere, with empty caches, another time zone, another hash seed: all is drawn and rendered anew."""
    besides = shutil.ignore_patterns(".*", "node_modules", "site", "__pycache__")
    shutil.copytree(ROOT, tmp_path, dirs_exist_ok=True, ignore=besides)
    for name in (".git", "node_modules"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".cache").mkdir()
    if (results := ROOT / ".cache/verification.json").exists():
        shutil.copy(results, tmp_path / ".cache")
    program = "import pathlib; from tools import build; build.build(pathlib.Path('site').resolve())"
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=env, check=True)
    here, there = contents(site), contents(tmp_path / "site")
    assert here.keys() == there.keys()
    differ = [name for name in sorted(here) if here[name] != there[name]]
    assert not differ, f"{len(differ)} of {len(here)} files differ: {differ[:10]}"


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- editions -------------------------------------------------------------------------------------


def test_both_editions_have_the_same_pages(site):
    assert pages(site, "zh").keys() == pages(site, "en").keys()


@pytest.mark.parametrize("edition", EDITIONS)
def test_pages_name_themselves_and_their_counterparts(site, edition):
    other = "en" if edition == "zh" else "zh"
    for address, html in pages(site, edition).items():
        here, there = f"{ROOT_URL}{edition}/{address}", f"{ROOT_URL}{other}/{address}"
        links = dict(re.findall(r'<link rel="alternate " hreflang="([\w-]+)" href="([^"]+)">', html))
        assert links == {edition: here, other: there, "x-default": ROOT_URL}
        assert f'<link rel="canonical" href="{here}">' in html, here
        assert f'<html lang="{edition}"' in html
        switch, = re.findall(r'<a class="md-header__button edition"[^>]* href="([^"]+)"', html)
        assert urllib.parse.urljoin(here, switch) == there


@pytest.mark.parametrize("edition", EDITIONS)
def test_headings_descend_one_level_at_a_time(site, edition):
    for address, html in pages(site, edition).items():
        levels = [int(n) for n in re.findall(r"<h([1-6])[ >]", html[html.index('<article'):])]
        assert levels[0] == 1 and levels.count(1) == 1, (address, levels)
        assert all(b - a <= 1 for a, b in zip(levels, levels[1:])), (address, levels)


@pytest.mark.parametrize("edition", EDITIONS)
def test_images_are_described_sized_and_lazy(site, edition):
    for address, html in pages(site, edition).items():
        for tag in re.findall(r"<img [^>]*>", html):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            assert attributes.get("alt") and attributes.get("loading") == "lazy", (address, tag)
            assert int(attributes.get("width", 0)) and int(attributes.get("height", 0)), (address, tag)


def test_every_color_of_a_drawing_has_its_dark_one(site):
    """Dark drawings are made by exact exchange, after SVGO has written the colors its own way."""
    drawings = [path for path in (site / "en/assets/figures").rglob("*.svg") if ".dark" not in path.name]
    assert len(drawings) > 150
    for path in drawings:
        svg = path.read_text("utf-8")
        colors = set(re.findall(r"""(?:fill|stroke)[=:]["' ]*([#\w]+)""", svg)) - {"none"}
        assert colors <= set(figures.DARK), f"{path.name}: {sorted(colors - set(figures.DARK))}"


def test_drawings_have_few_elements(site):
    """A cloud of a thousand markers took a phone a third of a second."""
    for path in (site / "en/assets/figures").rglob("*.svg"):
        assert path.read_text("utf-8").count("<use") < 300, path.name


def test_many_markers_become_one_path():
    """Each in its place, whatever its shape; a few stay as they are."""
    use = '<use xlink:href="#m1" x="{}" y="5" style="t"/>\n'.format
    few = '<path id="m1" d="M 0 1 \nC 1 1 2 2 2 3 \nL -1 0 \nz\n" style="s"/>' + "".join(map(use, range(19)))
    assert figures.clouds(few) == few
    many = figures.clouds(few + use(19.5))
    assert "<use" not in many
    assert many.endswith('M 19.5 5 m 0.0 1.0 c 1.0 0.0 2.0 1.0 2.0 2.0 l -3.0 -3.0 z" style="t"/>\n')


@pytest.mark.parametrize("edition", EDITIONS)
def test_sitemaps_list_every_page(site, edition):
    sitemap = (site / edition / "sitemap.xml").read_bytes()
    listed = re.findall(r"<loc>(.*?)</loc>", sitemap.decode())
    assert sorted(listed) == sorted(f"{ROOT_URL}{edition}/{address}" for address in pages(site, edition))
    assert gzip.decompress((site / edition / "sitemap.xml.gz").read_bytes()) == sitemap
    assert f"<loc>{ROOT_URL}{edition}/sitemap.xml</loc>" in (site / "sitemap.xml").read_text()
    assert (site / "robots.txt").read_text().endswith(f"Sitemap: {ROOT_URL}sitemap.xml\n")


def test_each_edition_and_the_root_have_a_404_page(site):
    for edition in EDITIONS:
        assert f'<html lang="{edition}"' in (site / edition / "404.html").read_text("utf-8")
    assert (site / "404.html").read_bytes() == (site / "zh/404.html").read_bytes()


def test_the_root_page_offers_both_editions(site):
    html = (site / "index.html").read_text("utf-8")
    assert re.findall(r'<a href="([^"]+)" hreflang="(\w+)"', html) == [("zh/", "zh"), ("en/", "en")]
    for code, path in {"zh": "zh/", "en": "en/", "x-default": ""}.items():
        assert f'<link rel="alternate" hreflang="{code}" href="{ROOT_URL}{path}">' in html


@pytest.mark.parametrize("edition, file", [("zh", "mkdocs.yml"), ("en", "mkdocs.en.yml")])
def test_site_url_comes_from_the_environment(monkeypatch, edition, file):
    monkeypatch.setenv("SITE_URL", "https://example.org/base/")
    monkeypatch.chdir(ROOT)
    config = load_config(file)
    config = config.plugins.on_config(config)
    assert config.site_url == f"https://example.org/base/{edition}/"
    assert config.extra["root_url"] == "https://example.org/base/" and config.extra["scope"] == "/base/"


def test_root_files_know_the_site_url(monkeypatch, tmp_path):
    monkeypatch.setenv("SITE_URL", "https://example.org/base")
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh/404.html").write_text("x")
    root_pages.write(tmp_path)
    assert '<link rel="canonical" href="https://example.org/base/">' in (tmp_path / "index.html").read_text()
    assert "<loc>https://example.org/base/en/sitemap.xml</loc>" in (tmp_path / "sitemap.xml").read_text()
    assert "Sitemap: https://example.org/base/sitemap.xml" in (tmp_path / "robots.txt").read_text()


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_first_result_of_a_search_needs_few_bytes(site, edition):
    """The worker with its index; the texts of all pages come while the reader reads it.

    tests/test_search.py holds claims and headings alone, without the pages' prose, to less.
    """
    names = "search/index.js", "search/text.json"
    index, texts = (len(gzip.compress((site / edition / name).read_bytes(), 6)) for name in names)
    assert index < 43_000 and texts < 250_000, (index, texts)
