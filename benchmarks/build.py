"""What an author waits for: both editions, cold and with warm caches; one after an edit in `make serve`."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from tools.build import ROOT, SITE
from tools.serve import Rebuild

PAGE = ROOT / "docs/zh/activations/softmax.md"


def both():
    """Wall and CPU seconds of `make site`."""
    start, before = time.time(), os.times()
    subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT, check=True)
    after = os.times()
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return time.time() - start, user + system


def edits(rounds=6):
    """Wall seconds between the edit of a page, which is taken back, and the checked site."""
    text = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        rebuild = Rebuild(pathlib.Path(shutil.copytree(SITE, pathlib.Path(folder) / "site")))
        try:
            for n in range(rounds):
                PAGE.write_text(f"{text}\n<!-- edit {n} -->\n", "utf-8")
                start = time.time()
                assert rebuild()
                yield time.time() - start
        finally:
            PAGE.write_text(text, "utf-8")
            rebuild.builder.stop()


def main():
    pages = sum(1 for _ in (ROOT / "docs/zh").rglob("*.md"))
    for path in (ROOT / ".cache").glob("*"):
        if path.is_dir() and path.name != "uv":
            shutil.rmtree(path)
        elif path.name.startswith("katex"):
            path.unlink()
    for name, (wall, cpu) in {"cold": both(), "warm": both()}.items():
        print(f"{name:12}{wall:6.2f} s   CPU {cpu:6.2f} s   {500 * cpu / pages:6.1f} ms a page and language")
    took = list(edits())[1:]  # the first waits for the builder to start
    print(f"one edit    {min(took):6.2f} s   (the quickest of {len(took)}; the slowest {max(took):.2f} s)")


if __name__ == "__main__":
    main()
