"""What an author waits for: both editions, cold and with warm caches,
and one after an edit in `make serve`."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from tools.again import Builder

ROOT = pathlib.Path(__file__).parent.parent


def both():
    """Wall and CPU seconds of `make site`."""
    start, before = time.time(), os.times()
    subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT, check=True)
    after = os.times()
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return time.time() - start, user + system


def one(builder, folder):
    """Wall seconds of what happens after an edit."""
    start = time.time()
    assert builder.build("zh", folder)
    return time.time() - start


def main():
    pages = sum(1 for _ in (ROOT / "docs/zh").rglob("*.md"))
    for path in (ROOT / ".cache").glob("*"):
        if path.is_dir() and path.name != "uv":
            shutil.rmtree(path)
        elif path.name.startswith("katex"):
            path.unlink()
    for name, (wall, cpu) in {"cold": both(), "warm": both()}.items():
        print(f"{name:12}{wall:6.2f} s   CPU {cpu:6.2f} s   {500 * cpu / pages:6.1f} ms a page and language")
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder()
        edits = [one(builder, folder) for _ in range(6)][1:]
        builder.stop()
    print(f"one edit    {min(edits):6.2f} s   (the quickest of {len(edits)})")


if __name__ == "__main__":
    main()
