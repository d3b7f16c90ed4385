"""Draw the figures: each public function of snippets/plots/<chapter>.py becomes one SVG, in a light and a dark palette.

`python -m hooks.figures` draws what is missing, one process a core, so that two editions built side by side find it done.
"""

import ast
import concurrent.futures
import functools
import hashlib
import importlib
import inspect
import io
import os
import pathlib
import re

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "figures"
PANEL = (4.6, 2.9)  # inches, one panel
LINES = ["#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#57606a"]
# One drawing, two palettes: every color of the light one and what it becomes on a dark page.
DARK = dict(zip(LINES, ["#58a6ff", "#ff7b72", "#56d364", "#e3b341", "#bc8cff", "#8b949e"]))
DARK |= {"#24292f": "#e6edf3", "#d0d7de": "#3d444d"}
IMAGE = re.compile(r'<img alt="(?P<alt>[^"]*)" src="(?P<src>[^"]*figures/[^"]+)\.svg" ?/?>')


def on_files(files, config):
    for chapter, name in _figures():
        for suffix in ("", ".dark"):
            uri = f"assets/figures/{chapter}/{name}{suffix}.svg"
            files.append(File.generated(config, uri, abs_src_path=str(draw(chapter, name, suffix))))
    return files


def on_page_content(html, page, config, files):
    """Markdown names the light drawing; the page gets both, with their size, loaded when they come into view."""

    def both(match):
        chapter, name = match["src"].rsplit("/", 2)[-2:]
        if not match["alt"]:
            raise PluginError(f"{page.file.src_path}: the figure {chapter}/{name} has no alt text: ![what to see](…)")
        svg = files.get_file_from_path(f"assets/figures/{chapter}/{name}.svg")
        width, height = re.search(r'<svg [^>]*?width="(\d+)"[^>]*?height="(\d+)"', _head(svg.abs_src_path)).groups()
        common = f'alt="{match["alt"]}" width="{width}" height="{height}" loading="lazy" decoding="async"'
        return "".join(
            f'<img src="{match["src"]}{suffix}.svg#only-{scheme}" {common}>' for suffix, scheme in (("", "light"), (".dark", "dark"))
        )

    return IMAGE.sub(both, html)


def _head(path):
    return pathlib.Path(path).read_text("utf-8")[:1000]


def _figures():
    """Chapter and name of the public functions whose parameters are all axes: `relu(ax)`, `depth(ax1, ax2)`."""
    for path in sorted((ROOT / "snippets/plots").glob("[!_]*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [a.arg for a in node.args.args]
                if names and all(re.fullmatch(r"ax\d?", n) for n in names):
                    yield path.stem, node.name


def draw_missing():
    missing = [figure for figure in _figures() if not _path(*figure).exists()]
    if missing:
        with concurrent.futures.ProcessPoolExecutor() as pool:
            list(pool.map(draw, *zip(*missing)))


def _path(chapter, name, suffix=""):
    return CACHE / _digest() / chapter / f"{name}{suffix}.svg"


def draw(chapter, name, suffix=""):
    """Path of the drawing; draws it only when the code that it depends on has changed."""
    if not _path(chapter, name).exists():
        light = _render(chapter, name)
        dark = re.sub("|".join(DARK), lambda m: DARK[m[0]], light)
        for end, svg in ((".dark", dark), ("", light)):  # the light one last: where it is, both are
            path = _path(chapter, name, end)
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(svg, "utf-8")
            unfinished.replace(path)
    return _path(chapter, name, suffix)


@functools.cache
def _digest():
    sources = [pathlib.Path(__file__), *sorted((ROOT / "snippets").rglob("*.py"))]
    return hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:16]


def _render(chapter, name):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    style = {
        "svg.hashsalt": name, "svg.fonttype": "path", "mathtext.fontset": "cm", "font.size": 11,
        "axes.prop_cycle": plt.cycler(color=LINES), "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#d0d7de", "grid.linewidth": 0.6, "lines.linewidth": 1.8,
        "text.color": "#24292f", "axes.edgecolor": "#24292f", "axes.labelcolor": "#24292f",
        "xtick.color": "#24292f", "ytick.color": "#24292f", "legend.frameon": False,
        "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    }  # fmt: skip
    function = getattr(importlib.import_module(f"snippets.plots.{chapter}"), name)
    panels = len(inspect.signature(function).parameters)
    with plt.rc_context(style):
        figure, axes = plt.subplots(1, panels, figsize=(PANEL[0] * max(panels, 1.35), PANEL[1]), layout="constrained", squeeze=False)
        function(*axes[0])
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    # Points to pixels, so that the page can reserve the space; the drawing itself scales.
    return re.sub(r'(width|height)="([\d.]+)pt"', lambda m: f'{m[1]}="{round(float(m[2]) * 4 / 3)}"', out.getvalue(), count=2)


if __name__ == "__main__":
    draw_missing()
