"""Files that both editions share and Markdown does not name: docs/assets, KaTeX's style sheet and fonts.

Each request costs a phone more than its bytes: our scripts go out as one file, and so do KaTeX's style sheet
and ours.
"""

import pathlib
import re
import shutil

from mkdocs.structure.files import File

from hooks.patches import STEPS
from hooks.search import STARTER, WORKER, squeeze

ROOT = pathlib.Path(__file__).parent.parent
ASSETS = ROOT / "docs" / "assets"
KATEX = ROOT / "node_modules" / "katex" / "dist"
SCRIPTS = [
    KATEX / "contrib/copy-tex.min.js",
    *(ASSETS / f"{name}.js" for name in ("edition", "scroll", "later", "near")),
]
STYLE = ASSETS / "house.css"
CARDS = "assets/_mkdocstrings.css"  # of cards that we do not show
# Material's search, which hooks/search.py replaces.
UNUSED = "assets/javascripts/lunr", "assets/javascripts/workers"
OLD_FONTS = re.compile(r",url\([^)]*\.(?:woff|ttf)\) format\([^)]*\)")


def on_config(config):
    config.extra_css.remove(CARDS)


def on_files(files, config):
    shared = {
        f"assets/{p.relative_to(ASSETS).as_posix()}": p
        for p in ASSETS.rglob("*.*")
        if p not in [*SCRIPTS, STYLE, STEPS, STARTER, WORKER]
    }
    shared |= {f"assets/katex/fonts/{p.name}": p for p in KATEX.glob("fonts/*.woff2")}
    for uri, path in sorted(shared.items()):
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    formulas = OLD_FONTS.sub("", (KATEX / "katex.min.css").read_text("utf-8"))
    style = formulas.replace("url(fonts/", "url(katex/fonts/") + "\n" + STYLE.read_text("utf-8")
    files.append(File.generated(config, "assets/house.css", content=style))
    scripts = "\n".join(squeeze(p.read_text("utf-8")) for p in SCRIPTS)
    files.append(File.generated(config, "assets/house.js", content=scripts))
    return files


def on_post_build(config):
    site = pathlib.Path(config.site_dir)
    (site / CARDS).unlink()
    for folder in UNUSED:
        shutil.rmtree(site / folder)
