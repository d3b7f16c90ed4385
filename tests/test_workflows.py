"""A workflow that GitHub would refuse is refused here first."""

import subprocess
import sys

from tests.pages import ROOT


def test_workflows_follow_their_schema():
    files = sorted((ROOT / ".github/workflows").glob("*.yml"))
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *files,
    ]
    run = subprocess.run(command, capture_output=True, text=True)
    assert files and run.returncode == 0, run.stdout + run.stderr
