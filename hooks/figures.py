"""Draw the figures: each public function of snippets/plots/<chapter>.py becomes one SVG, in a light and a dark palette."""

import ast
import hashlib
import importlib
import inspect
import io
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
    for path in sorted((ROOT / "snippets/plots").glob("[!_]*.py")):
        for name in _figures(path):
            for suffix in ("", ".dark"):
                uri = f"assets/figures/{path.stem}/{name}{suffix}.svg"
                files.append(File.generated(config, uri, abs_src_path=str(draw(path.stem, name, suffix))))
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


def _figures(path):
    """Names of the public functions whose parameters are all axes: `relu(ax)`, `depth(ax1, ax2)`."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            names = [a.arg for a in node.args.args]
            if names and all(re.fullmatch(r"ax\d?", n) for n in names):
                yield node.name


def draw(chapter, name, suffix=""):
    """Path of the drawing; draws it only when the code that it depends on has changed."""
    target = CACHE / _digest(chapter) / chapter / f"{name}{suffix}.svg"
    if not target.exists():
        light = _render(chapter, name)
        for end, svg in (("", light), (".dark", re.sub("|".join(DARK), lambda m: DARK[m[0]], light))):
            path = target.with_name(f"{name}{end}.svg")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(svg, "utf-8")
    return target


def _digest(chapter):
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
