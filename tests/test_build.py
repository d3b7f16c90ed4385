"""`make site`, `make serve`, `make zip`: a mistake costs nothing, and an edit is seen at once."""

import itertools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import pygments
import pytest
from pygments.lexers import PythonConsoleLexer, PythonLexer
from pymdownx.highlight import BlockHtmlFormatter, InlineHtmlFormatter

from hooks import cache, editions, highlight
from tests.pages import ROOT
from tests.test_bad_input import good, write  # noqa: F401, good is a fixture
from tools import serve as serving


@pytest.fixture
def small(good, tmp_path):  # noqa: F811
    """The site of two pages with the machinery of the real one around it."""
    top = shutil.copytree(good, tmp_path / "small", symlinks=True, ignore=shutil.ignore_patterns("site"))
    shutil.copytree(ROOT / "tools", top / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.en.yml", top)
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    write(top / "mkdocs.yml", re.sub(r"(?m)^nav:\n(?: .*\n)+", "nav: [index.md, mini/double.md]\n", settings))
    return top


def run(top, *options, **environment):
    command = [sys.executable, "-m", "tools.build", *options]
    return subprocess.run(command, cwd=top, env={**os.environ, **environment}, capture_output=True, text=True)


def replace(path, old, new):
    write(path, path.read_text("utf-8").replace(old, new))


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_failing_build_leaves_the_site_as_it_was(small):
    assert (first := run(small)).returncode == 0, first.stderr
    before = files(small / "site")
    for fault in ("[x](nowhere.md)", '<p id="why">in HTML only</p>'):
        write(small / "docs/en/index.md", f"# Home {{ #home }}\n\n{fault}\n\n## Why {{ #why }}\n")
        failed = run(small)
        assert failed.returncode and "site/ is as it was" in failed.stderr
        assert files(small / "site") == before


def test_without_git_and_repository_pages_have_no_date(small, tmp_path):
    (tmp_path / "node").symlink_to(pathlib.Path(sys.executable).parent / "node")
    built = run(small, PATH=str(tmp_path))
    assert built.returncode == 0, built.stderr
    assert "git-revision-date" not in (small / "site/en/mini/double/index.html").read_text("utf-8")


def test_the_offline_copy_is_complete_and_links_files(small):
    packed = run(small, "--zip")
    assert packed.returncode == 0, packed.stderr
    with zipfile.ZipFile(small / "site-offline.zip") as archive:
        names = set(archive.namelist())
        assert {"index.html", "en/mini/double.html", "zh/mini/double.html", "en/search/index.js"} <= names
        assert 'href="mini/double.html"' in archive.read("en/index.html").decode()
        assert 'href="en/index.html"' in archive.read("index.html").decode()
    assert not (small / "site").exists()


class Serve:
    def __init__(self, top):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.said = top / "said.txt"
        command = [sys.executable, "-m", "tools.build", "--serve", "--port", str(self.port)]
        with open(self.said, "w") as out:
            self.process = subprocess.Popen(command, cwd=top, stdout=out, stderr=out)

    def wait(self, message, times=1):
        for _ in range(600):
            if (text := self.said.read_text("utf-8")).count(message) >= times:
                return
            assert self.process.poll() is None, text
            time.sleep(0.1)
        pytest.fail(f"waited in vain for: {message}\n{text}")

    def page(self, address):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{address}") as answer:
            return answer.read().decode()


@pytest.fixture
def serve(small):
    server = Serve(small)
    yield server
    server.process.terminate()
    server.process.wait()


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_an_edit_is_seen_and_nothing_else_changes(small, serve):
    serve.wait("The site is at")
    before = files(small / "site")
    page = small / "docs/zh/mini/double.md"
    replace(page, "Twice.", "Two times.")
    serve.wait("Rebuilt zh in")
    assert "Two times." in serve.page("zh/mini/double/") and "Two times." in serve.page("zh/search/text.json")
    after = files(small / "site")
    assert after.keys() == before.keys()
    own = {"zh/mini/double/index.html", "zh/search/index.js", "zh/search/text.json"}
    assert {name for name in before if before[name] != after[name]} <= own

    replace(page, "$y$", r"$\frac{1$")
    serve.wait("Not rebuilt")
    assert "docs/zh/mini/double.md:11: KaTeX parse error" in serve.said.read_text("utf-8")
    assert "Two times." in serve.page("zh/mini/double/")

    replace(page, r"$\frac{1$", "$y$")
    serve.wait("Rebuilt zh in", 2)
    front = "---\nsearch:\n  boost: 2\n---\n"
    links = "[Why](mini/double.md#why), [card][snippets.mini.double]"
    write(small / "docs/zh/index.md", f"# Home {{ #home }}\n\n{links}\n")
    serve.wait("Rebuilt zh in", 3)
    write(small / "docs/zh/index.md", f"{front}# Home {{ #home }}\n\n{links}\n")
    serve.wait("Rebuilt zh in", 4)
    replace(page, "{ #why }", "{ #because }")  # the other page, which is remembered, still links to it
    serve.wait("'mini/double.md' does not contain an anchor '#why'")
    replace(page, "{ #because }", "{ #why }")
    serve.wait("Rebuilt zh in", 5)
    after = files(small / "site")
    assert run(small, SITE_URL=f"http://127.0.0.1:{serve.port}/").returncode == 0
    assert files(small / "site") == after, "make serve shows something else than make site"

    replace(small / "snippets/mini.py", "np.asarray(x)", "x")
    serve.wait("Rebuilt everything in")
    assert '<span class="mi">2</span> * x' in serve.page("en/mini/double/")

    (small / "docs/en/mini/double.md").unlink()
    replace(page, "Two times.", "Twice.")
    serve.wait("docs/zh/mini/double.md has no counterpart: write docs/en/mini/double.md")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the children of a process")
def test_the_server_leaves_no_process_behind(serve):
    serve.wait("The site is at")
    assert (left := children(serve.process.pid))
    serve.process.kill()
    serve.process.wait()
    for _ in range(100):
        if not any(pathlib.Path(f"/proc/{pid}").exists() for pid in left):
            return
        time.sleep(0.1)
    pytest.fail(f"still there: {left}")


def test_a_busy_port_is_said_before_the_build(small):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        refused = run(small, "--serve", "--port", str(port))
    assert refused.returncode and f"Port {port} cannot be used" in refused.stderr
    assert f"PORT={port + 1}" in refused.stderr and not (small / "site").exists()


@pytest.mark.parametrize("url, shown", [
    ("https://github.com/o/n.git", "https://github.com/o/n"),
    ("https://user:secret@github.com/o/n.git", "https://github.com/o/n"),
    ("git@github.com:o/n.git", None),
])  # fmt: skip
def test_pages_link_to_the_repository_without_its_secrets(monkeypatch, tmp_path, url, shown):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", url], check=True)
    monkeypatch.setattr(editions, "ROOT", tmp_path)
    assert editions._origin() == shown


def test_what_an_editor_keeps_beside_a_file_is_no_edit(monkeypatch, tmp_path):
    monkeypatch.setattr(serving, "ROOT", tmp_path)
    for name in ("a.md", ".a.md.swp", "a.md~", "#a.md#", ".DS_Store"):
        write(tmp_path / "docs" / name, "")
    assert [path.name for path in serving._files()] == ["a.md"]


def test_code_is_colored_once(monkeypatch, tmp_path):
    """What is kept is what Pygments said, of this code, this language, these options."""
    colored, asked = pygments.highlight, []
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    monkeypatch.setattr(pygments, "highlight", lambda *of: asked.append(of) or colored(*of))
    block, bare, inline = BlockHtmlFormatter(), BlockHtmlFormatter(nowrap=True), InlineHtmlFormatter()
    ways = itertools.product((PythonLexer(), PythonConsoleLexer()), (block, bare, inline))
    for of in ((">>> 1 + 1\n2\n", *way) for way in ways):
        assert highlight.kept(*of) == highlight.kept(*of) == colored(*of)
    assert len(asked) == 6
