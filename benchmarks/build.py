"""What an author waits for: both editions from nothing, again with warm caches, and after one edit under `make serve`."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parent.parent


def clock(*command, **environment):
    start, before = time.time(), os.times()
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment})
    after = os.times()
    return time.time() - start, after.children_user + after.children_system - before.children_user - before.children_system


def main():
    pages = sum(1 for _ in (ROOT / "docs/zh").rglob("*.md"))
    for cache in ("figures", "katex.json"):
        path = ROOT / ".cache" / cache
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    cold, warm = clock("tools.build"), clock("tools.build")
    page = ROOT / "docs/zh/activations/softmax.md"
    os.utime(page)
    edit = clock("mkdocs", "build", "-q", "--dirty", "-d", str(ROOT / "site/zh"))
    for name, (wall, cpu) in {"cold": cold, "warm": warm, "one page edited": edit}.items():
        print(f"{name:16} {wall:6.2f} s   CPU {cpu:6.2f} s   {1000 * cpu / (2 * pages):6.1f} ms of CPU a page and language")


if __name__ == "__main__":
    main()
