"""Serve the built site; when a source changes, rebuild what depends on it and reload the browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time

from mkdocs.livereload import LiveReloadServer

from tools import check_site, root_pages
from tools.again import Builder
from tools.build import EDITIONS, ROOT

EDITORS = re.compile(r"^[.#]|~$")  # what they keep beside a file that is open
WATCHED = ["docs", "snippets", "formulacheck", "hooks", "overrides", "mkdocs.yml", "mkdocs.en.yml"]


def require(port):
    """Said before the build: afterwards nobody could look at it."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) else error
        sys.exit(f"Port {port} cannot be used ({why}): choose another, as in `make serve PORT={port + 1}`")


def serve(site, port):
    rebuild = Rebuild(site)
    server = LiveReloadServer(rebuild, "127.0.0.1", port, str(site), polling_interval=0.2)
    server.error_handler = lambda code: (site / "404.html").read_bytes() if code == 404 else None
    for path in WATCHED:
        server.watch(str(ROOT / path))
    address = f"http://127.0.0.1:{port}/"
    print(f"\nThe site is at {address} (Ctrl+C stops; changes are rebuilt and reloaded)", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        server.shutdown()
        rebuild.builder.stop()


class Rebuild:
    """An edited page brings its edition, as navigation, search and lists show all pages; else, as when a file
    is gone, all is built."""

    def __init__(self, site):
        self.site, self.since, self.builder = site, time.time(), Builder()
        self.files = set(_files())

    def __call__(self):
        start, files = time.time(), set(_files())
        changed = [p for p in files if p.stat().st_mtime > self.since]
        editions = [] if self.files - files else _editions_of(changed)
        if all(map(self._edition, editions)) if editions else self._everything():
            self.since, self.files = start, files
            what = " and ".join(editions) or "everything"
            print(f"Rebuilt {what} in {time.time() - start:.1f} s", flush=True)
            return True
        print("Not rebuilt, see above; the site is as it was.", flush=True)
        return False

    def _edition(self, language):
        new = ROOT / ".cache" / "again" / language
        if not self.builder.build(language, new):
            return False
        shutil.rmtree(self.site / language)
        new.rename(self.site / language)
        root_pages.write(self.site)
        for problem in check_site.problems(self.site):
            print(problem)
        return True

    def _everything(self):
        self.builder.stop()  # it holds the old code
        failed = subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT).returncode
        self.builder = Builder()
        return not failed


def _files():
    for top in WATCHED:
        for path in [ROOT / top, *(ROOT / top).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts and not EDITORS.search(path.name):
                yield path


def _editions_of(changed):
    """The editions whose pages changed, or none when something else did, too."""
    tops = {p.relative_to(ROOT).parts[1] if p.suffix == ".md" else None for p in changed}
    return sorted(tops) if tops <= set(EDITIONS) else []
