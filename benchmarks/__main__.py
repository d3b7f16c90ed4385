"""All measurements, one after the other."""

import subprocess
import sys

for name in ("speed", "build", "site"):
    print(f"\n== benchmarks.{name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
