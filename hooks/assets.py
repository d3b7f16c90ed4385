"""Files that both editions share and Markdown does not name: docs/assets, KaTeX's style sheet and fonts.

Each request costs a phone more than its bytes: the scripts of the pages go out as one file.
"""

import pathlib
import re
import shutil

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parent.parent
ASSETS = ROOT / "docs" / "assets"
KATEX = ROOT / "node_modules" / "katex" / "dist"
SCRIPTS = [
    KATEX / "contrib/copy-tex.min.js",
    *(ASSETS / f"{name}.js" for name in ("edition", "scroll", "later")),
]
STYLE = "assets/_mkdocstrings.css"  # of cards that we do not show
# Material's search, which hooks/search.py replaces.
UNUSED = "assets/javascripts/lunr", "assets/javascripts/workers"
# What makes a phone style every element of a page anew while it loads, or while the next one comes:
# the file, what stands in it, what shall stand there.
RESTYLING = [
    # Two fades are switched off while the palette changes, for each element.
    ("stylesheets/palette.*.css", r"(\[data-md-color-switching\] (\*|:after|:before),?){3}\{[^}]*\}", ""),
    # Because of its `*`, whatever is put in or taken out (each table, while it is wrapped) has all its later
    # siblings styled again.
    ("stylesheets/main.*.css", r"\.md-typeset table:not\(\[class\]\)\+\*\{[^}]*\}", ""),
    # Our style sheet says which colors scroll bars have; a second voice in the head counts as a new palette.
    ("javascripts/bundle.*.js", r'(x\("meta",\{)name:"color-scheme"(\}\))', r"\1\2"),
    # Instant navigation writes all addresses in full, and a style sheet with a new address is read again. So
    # they stay as they are, and the heads of two pages are compared by the addresses that were read.
    (
        "javascripts/bundle.*.js",
        r'(function vi\(e\)\{for\(let t of M\("\[href\])(, \[src\]",e\))',
        r"\1:not([rel=stylesheet])\2",
    ),
    (
        "javascripts/bundle.*.js",
        r"t\.set\(r\.outerHTML,r\)",
        r't.set(r.rel=="stylesheet"?(r.sheet||r).href:r.outerHTML,r)',
    ),
    # To take out what has the focus, the clicked link, the browser styles the old page once more; without the
    # focus it does not.
    (
        "javascripts/bundle.*.js",
        r'(function bs\(e\)\{)(for\(let o of\["\[data-md-component=announce\]")',
        r'\1let f=document.activeElement;f&&f.closest("[data-md-component=container]")&&f.blur();\2',
    ),
]
OLD_FONTS = re.compile(r",url\([^)]*\.(?:woff|ttf)\) format\([^)]*\)")


def on_config(config):
    config.extra_css.remove(STYLE)


def on_files(files, config):
    shared = {
        f"assets/{p.relative_to(ASSETS).as_posix()}": p for p in ASSETS.rglob("*.*") if p not in SCRIPTS
    }
    shared |= {f"assets/katex/fonts/{p.name}": p for p in KATEX.glob("fonts/*.woff2")}
    for uri, path in sorted(shared.items()):
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    style = OLD_FONTS.sub("", (KATEX / "katex.min.css").read_text("utf-8"))
    files.append(File.generated(config, "assets/katex/katex.min.css", content=style))
    scripts = "\n".join(p.read_text("utf-8") for p in SCRIPTS)
    files.append(File.generated(config, "assets/house.js", content=scripts))
    return files


def on_post_build(config):
    site = pathlib.Path(config.site_dir)
    (site / STYLE).unlink()
    for folder in UNUSED:
        shutil.rmtree(site / folder)
    for file, said, instead in RESTYLING:
        [path] = site.glob(f"assets/{file}")
        lean, found = re.subn(said, instead, path.read_text("utf-8"))
        if found != 1:
            what = f"{path.name} of this Material has {found} times {said}"
            raise PluginError(f"{what}: mend RESTYLING in hooks/assets.py")
        path.write_text(lean, "utf-8")
