"""Files that both editions share and Markdown does not name: docs/assets, KaTeX's style sheet and fonts."""

import pathlib

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parent.parent
ASSETS = ROOT / "docs" / "assets"
KATEX = ROOT / "node_modules" / "katex" / "dist"


def on_files(files, config):
    shared = {f"assets/{p.relative_to(ASSETS).as_posix()}": p for p in ASSETS.rglob("*.*")}
    katex = [KATEX / "katex.min.css", KATEX / "contrib/copy-tex.min.js", *KATEX.glob("fonts/*.woff2")]
    shared |= {f"assets/katex/{'fonts/' * (p.suffix == '.woff2')}{p.name}": p for p in katex}
    for uri, path in sorted(shared.items()):
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files
