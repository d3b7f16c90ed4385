"""Builds editions again and again: one process imports and reads all that is no page only once.

And a page whose Markdown is the same becomes the same: it is neither rendered nor read for the search again.
`python -m tools.again` takes lines like `zh folder` and answers each with `built` or `failed`. The end of its
input ends it, so that it never outlives the server (tools/serve.py) that started it.
"""

import logging
import signal
import subprocess
import sys
import tempfile
import traceback

from material.plugins.search.plugin import SearchIndex
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.structure.pages import Page
from mkdocs_autorefs import AutorefsPlugin
from mkdocs_git_revision_date_localized_plugin.plugin import GitRevisionDateLocalizedPlugin
from mkdocstrings_handlers.python import PythonHandler

from tools.build import EDITIONS, ROOT, environment


class Builder:
    """The other end: ask for editions while nothing but pages changes, then `stop` it and start another."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.again"], cwd=ROOT, env=environment(), encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,  # without its Ctrl+C
        )  # fmt: skip

    def build(self, language, folder):
        print(language, folder, file=self.process.stdin, flush=True)
        return self.process.stdout.readline() == "built\n"

    def stop(self):
        self.process.terminate()
        self.process.communicate()


class Memory:
    """What came of pages in builds that succeeded: a fault has to be found again until it is mended."""

    RENDERED = "content", "toc", "_title_from_render", "present_anchor_ids"
    DATED = "last_revision_commits", "cached_source_paths"

    def __init__(self):
        self.known, self.new, self.anchors = {}, {}, []
        self.replace(Page, "render", self.rendered)
        self.replace(AutorefsPlugin, "register_anchor", self.registered)
        self.replace(PythonHandler, "collect", self.collected)
        self.replace(SearchIndex, "add_entry_from_context", self.entered)
        self.replace(GitRevisionDateLocalizedPlugin, "parallel_compute_commit_timestamps", self.dated)

    def replace(self, owner, name, ours):
        """The method of a library, which ours asks for what it does not remember."""
        theirs = getattr(owner, name)
        setattr(owner, name, lambda *call, **named: ours(lambda: theirs(*call, **named), *call, **named))

    def build(self, language, folder):
        self.new.clear()
        self.anchors.clear()
        if built := _built(language, folder):
            self.known.update(self.new)
        return built

    def recall(self, what, given, compute):
        """What was computed when the same was given."""
        if what not in self.known or self.known[what][0] != given:
            self.new[what] = given, compute()
        return (self.new.get(what) or self.known[what])[1]

    def rendered(self, render, page, config, files):
        def compute():
            before = len(self.anchors)
            render()
            # Not the files themselves, which are others in the next build.
            links = {file.src_uri: anchors for file, anchors in page.links_to_anchors.items()}
            return {name: getattr(page, name) for name in self.RENDERED}, links, self.anchors[before:]

        given = page.markdown, tuple(files.src_uris)  # what there is to link to
        values, links, anchors = self.recall(("rendered", page.file.abs_src_path), given, compute)
        vars(page).update(values)
        for call, named in anchors:
            config.plugins["autorefs"].register_anchor(page, *call, **named)
        page.links_to_anchors = {files.get_file_from_path(uri): links[uri] for uri in links}

    def registered(self, register, plugin, page, *call, **named):
        self.anchors.append((call, named))
        register()

    def collected(self, read_module, handler, address, options):
        return self.recall(("collected", address), None, read_module)

    def entered(self, add, index, page):
        def compute():
            before = len(index.entries)
            add()
            entries = index.entries[before:]
            del index.entries[before:]
            return entries

        given = page.title, page.content, page.meta
        index.entries += self.recall(("entered", page.file.abs_src_path), given, compute)

    def dated(self, ask_git, plugin, files, **options):
        def compute():
            ask_git()
            return {name: getattr(plugin, name) for name in self.DATED}

        paths = (file.abs_src_path for file in files.documentation_pages())
        vars(plugin).update(self.recall(("dated", *paths), plugin.cached_head_commit, compute))


def main():
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s - %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the folder below goes, too
    answers, sys.stdout = sys.stdout, sys.stderr
    memory = Memory()
    for language in EDITIONS:  # nobody waits for these: the first edit is quick
        with tempfile.TemporaryDirectory() as folder:
            memory.build(language, folder)
    for line in sys.stdin:
        language, _, folder = line.rstrip("\n").partition(" ")
        print("built" if memory.build(language, folder) else "failed", file=answers, flush=True)


def _built(language, folder):
    try:
        config = load_config(EDITIONS[language], site_dir=folder)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        return True
    except Abort:  # what was wrong has been logged
        return False
    except Exception:
        traceback.print_exc()
        return False


if __name__ == "__main__":
    main()
