"""Build both editions into site/: strictly, side by side, published only when everything passed.

python -m tools.build            build, check and leave site/
python -m tools.build --serve    the same, then serve it and rebuild an edition when its sources change
python -m tools.build --zip      a copy for reading offline, opened from the file system
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

from tools import check_site, root_pages

ROOT = pathlib.Path(__file__).parent.parent
SITE = ROOT / "site"
EDITIONS = {"zh": "mkdocs.yml", "en": "mkdocs.en.yml"}


def build(site):
    """Both editions in parallel processes, one a core; the first error stops with its own message."""
    shutil.rmtree(site, ignore_errors=True)
    env = environment()
    if subprocess.run([sys.executable, "-m", "hooks.figures"], cwd=ROOT, env=env).returncode:
        sys.exit("A figure was not drawn; site/ is as it was. The message above names function and line.")
    running = [_mkdocs(config, site / language, env) for language, config in EDITIONS.items()]
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        lines = [line for text in said for line in text.splitlines() if not line.startswith("INFO")]
        print(*dict.fromkeys(lines), sep="\n", file=sys.stderr)
        sys.exit("The site was not built; site/ is as it was. The message above names file, line and cure.")
    root_pages.write(site)
    if problems := check_site.problems(site):
        sys.exit("\n".join(problems) + "\nThe site was built but has the faults above; site/ is as it was.")


def _mkdocs(config, folder, env):
    """Not with -q: that would drop warnings (of broken links, say) before strict mode counts them."""
    command = [sys.executable, "-m", "mkdocs", "build", "-f", config, "-d", str(folder)]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return subprocess.Popen(command, cwd=ROOT, env=env | {"PYTHONIOENCODING": "utf-8"}, **out)


def publish(new):
    shutil.rmtree(SITE, ignore_errors=True)
    new.rename(SITE)


def environment():
    """Pages show the date of their last commit; where one has none,
    no page does, for the clock is no source."""
    date = _git("log", "-1", "--format=%ct")
    dated = date and not _git("ls-files", "--others", "--exclude-standard", "docs")
    own = {"SOURCE_DATE_EPOCH": date or "0", "PAGE_DATES": "true" if dated else "false"}
    return {**os.environ, **own, "NO_MKDOCS_2_WARNING": "1", "GIT_PYTHON_REFRESH": "quiet"}


def _git(*arguments):
    """What git says; nothing where it is missing, or this is no repository."""
    if not shutil.which("git"):
        return ""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--zip", action="store_true")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    new = ROOT / ".cache" / "site"
    if options.zip:
        os.environ["DIRECTORY_URLS"] = "false"
        build(new)
        print("Wrote", shutil.make_archive(str(ROOT / "site-offline"), "zip", new))
        return
    if options.serve:
        from tools import serve  # which imports this module

        serve.require(options.port)
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{options.port}/")
    build(new)
    publish(new)
    print(f"Built {sum(1 for _ in SITE.rglob('*.html'))} pages in site/")
    if options.serve:
        serve.serve(SITE, options.port)


if __name__ == "__main__":
    main()
