"""Serve the built site and rebuild what a change touches: one page of one edition, or everything."""

import pathlib
import subprocess
import sys
import time

from mkdocs.livereload import LiveReloadServer

from tools import build

ROOT = pathlib.Path(__file__).parent.parent
WATCHED = ["docs", "snippets", "hooks", "overrides", "mkdocs.yml", "mkdocs.en.yml"]


def serve(site, port):
    built = [time.time()]

    def rebuild():
        since, built[0] = built[0], time.time()
        changed = [p for p in _files() if p.stat().st_mtime > since]
        edition = _only_pages_of(changed)
        if edition:
            command = [sys.executable, "-m", "mkdocs", "build", "-q", "--dirty", "-f", build.EDITIONS[edition], "-d", str(site / edition)]
            failed = subprocess.run(command, cwd=ROOT).returncode
        else:
            failed = subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT).returncode
        print(f"Rebuilt {edition or 'everything'} in {time.time() - built[0]:.1f} s" if not failed else "Not rebuilt, see above.")

    server = LiveReloadServer(rebuild, "127.0.0.1", port, str(site))
    server.error_handler = lambda code: (site / "404.html").read_bytes() if code == 404 else None
    for path in WATCHED:
        server.watch(str(ROOT / path))
    print(f"\nThe site is at http://127.0.0.1:{port}/ (Ctrl+C stops; a change is rebuilt and reloaded by itself)", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        server.shutdown()


def _files():
    return (p for top in WATCHED for p in [ROOT / top, *(ROOT / top).rglob("*")] if p.is_file() and "__pycache__" not in p.parts)


def _only_pages_of(changed):
    """zh or en when nothing but existing pages of that edition changed, else None."""
    tops = {p.relative_to(ROOT).parts[:2] if p.suffix == ".md" else None for p in changed}
    top = tops.pop() if len(tops) == 1 else None
    return top[1] if top and top[0] == "docs" and top[1] in build.EDITIONS else None
