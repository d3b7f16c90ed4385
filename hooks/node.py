"""Programs in hooks/*.mjs that Node runs: a question on a line goes in, an answer on a line comes out."""

import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from mkdocs.exceptions import PluginError

ROOT = pathlib.Path(__file__).parent.parent


class Program:
    """`<package>.mjs`, which uses that npm package; started by the first question."""

    def __init__(self, package):
        self.package = package
        self.path = ROOT / "hooks" / f"{package}.mjs"
        self.process = None

    @functools.cached_property
    def version(self):
        """Names what the answers depend on: the package and the way it is called."""
        package = ROOT / "node_modules" / self.package / "package.json"
        if not package.exists():
            raise PluginError(f"{self.package} is not installed: run `make setup`")
        program = hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]
        return f"{self.package}-{json.loads(package.read_text('utf-8'))['version']}-{program}"

    def ask(self, question):
        if self.process is None:
            path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
            self.process = subprocess.Popen([shutil.which("node", path=path), self.path], **pipes)
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        if not (answer := self.process.stdout.readline()):
            raise PluginError(f"hooks/{self.path.name} gave no answer; Node's own message stands above")
        return json.loads(answer)

    def stop(self):
        """The end of its input is the end of it."""
        if self.process:
            self.process.communicate()
            self.process = None
