"""Builds editions again and again: one process imports and reads all that is no page only once.

`python -m tools.again` takes lines like `zh folder` and answers each with `built` or `failed`. The end of its
input ends it, so that it never outlives the server (tools/serve.py) that started it.
"""

import logging
import subprocess
import sys
import tempfile
import traceback

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from tools.build import EDITIONS, ROOT, environment


class Builder:
    """The other end: ask for editions while nothing but pages changes, then `stop` it and start another."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.again"], cwd=ROOT, env=environment(), encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,  # Ctrl+C is the server's alone
        )  # fmt: skip

    def build(self, language, folder):
        print(language, folder, file=self.process.stdin, flush=True)
        return self.process.stdout.readline() == "built\n"

    def stop(self):
        self.process.communicate()


def main():
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s - %(message)s")
    answers, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as folder:  # nobody waits for this one, and the first edit finds all imported
        _built("zh", folder)
    for line in sys.stdin:
        language, _, folder = line.rstrip("\n").partition(" ")
        print("built" if _built(language, folder) else "failed", file=answers, flush=True)


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
