"""Draw the figures: each public function of snippets/plots/<chapter>.py becomes an SVG, light and dark.

`python -m hooks.figures` draws what is missing, one process a core,
before two editions are built side by side.
"""

import ast
import concurrent.futures
import functools
import hashlib
import importlib
import importlib.metadata
import inspect
import io
import pathlib
import re

from mkdocs.structure.files import File

from hooks import cache, node

ROOT = pathlib.Path(__file__).parent.parent
CACHE = cache.FOLDER / "figures"
PANEL = (4.6, 2.9)  # inches, one panel
LINES = ["#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#57606a"]
# One drawing, two palettes: every color of the light one and what it becomes on a dark page.
DARK = dict(zip(LINES, ["#58a6ff", "#ff7b72", "#56d364", "#e3b341", "#bc8cff", "#8b949e"]))
DARK |= {"#24292f": "#e6edf3", "#d0d7de": "#3d444d"}
svgo = node.Program("svgo")
MARKER = '<use xlink:href="#{}" x="[-\\d.]+" y="[-\\d.]+" style="{}"/>\\s*'
MARKERS = re.compile(MARKER.format(r"(m\w+)", '([^"]*)') + "(?:" + MARKER.format(r"\1", r"\2") + "){19,}")
IMAGE = re.compile(r'<img alt="(?P<alt>[^"]*)" src="(?P<src>[^"]*figures/[^"]+)\.svg" ?/?>')


def on_files(files, config):
    for chapter, name, panels in _figures():
        for variant in _variants(panels):
            uri = f"assets/figures/{chapter}/{name}{variant}.svg"
            files.append(File.generated(config, uri, abs_src_path=str(draw(chapter, name, variant))))
    return files


def on_page_content(html, page, config, files):
    """Markdown names one drawing; the page gets it light and dark, wide and stacked, loaded when in view."""

    def both(match):
        schemes = ("", "light"), (".dark", "dark")
        return "".join(_image(match["src"], match["alt"], *scheme, files) for scheme in schemes)

    return IMAGE.sub(both, html)


def _image(src, alt, dark, scheme, files):
    address = "assets/figures/" + src.partition("figures/")[2]
    wide, tall = (files.get_file_from_path(f"{address}{form}{dark}.svg") for form in ("", ".tall"))
    place = f'src="{src}{dark}.svg#only-{scheme}" {_size(wide)}'
    image = f'<img {place} alt="{alt}" loading="lazy" decoding="async">'
    if not tall:
        return image
    place = f'srcset="{src}.tall{dark}.svg" {_size(tall)}'
    return f'<picture><source media="(max-width: 600px)" {place}>{image}</picture>'


def _size(file):
    """Width and height as the drawing gives them, so that the page can keep the place."""
    return re.search(r'width="\d+" height="\d+"|$', file.content_string)[0]


def _variants(panels):
    """Suffixes of a figure's files: light and dark; with several panels also stacked, for phones."""
    return ["", ".dark"] + [".tall", ".tall.dark"] * (panels > 1)


def _figures():
    """Chapter, name and panels of the public functions whose parameters
    are all axes: `relu(ax)`, `depth(ax1, ax2)`."""
    for path in sorted((ROOT / "snippets/plots").glob("[!_]*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [a.arg for a in node.args.args]
                if names and all(re.fullmatch(r"ax\d?", n) for n in names):
                    yield path.stem, node.name, len(names)


def draw_missing():
    missing = [(chapter, name) for chapter, name, _ in _figures() if not _path(chapter, name).exists()]
    if missing:
        with concurrent.futures.ProcessPoolExecutor() as pool:
            list(pool.map(draw, *zip(*missing)))


def draw(chapter, name, variant=""):
    """Path of a drawing; draws all its variants, only when the code that they depend on has changed."""
    if not _path(chapter, name).exists():
        flat, tall = _render(chapter, name)
        for suffix, svg in ((".tall", tall), ("", flat)):  # the light flat one last: where it is, all are
            if svg:
                dark = re.sub("|".join(DARK), lambda m: DARK[m[0]], svg)
                cache.write(_path(chapter, name, f"{suffix}.dark"), dark)
                cache.write(_path(chapter, name, suffix), svg)
    return _path(chapter, name, variant)


def _path(chapter, name, variant=""):
    return CACHE / chapter / _digest(chapter) / f"{name}{variant}.svg"


@functools.cache
def _digest(chapter):
    """Fingerprint of what a chapter's figures depend on: this file, its tools, code without docstrings."""
    tools = [importlib.metadata.version("matplotlib"), svgo.version]
    text = [pathlib.Path(__file__).read_text("utf-8"), *tools]
    todo = [f"snippets.plots.{chapter}"]
    for module in todo:
        code, used = _code(module)
        text.append(code)
        todo += [m for m in used if m not in todo]
    return hashlib.sha256("".join(text).encode()).hexdigest()[:16]


@functools.cache
def _code(module):
    """Code of a module, without docstrings, and the modules of snippets that it imports."""
    tree, used = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8")), []
    for part in ast.walk(tree):
        if isinstance(part, ast.ImportFrom) and part.module.split(".")[0] == "snippets":
            names = [f"snippets.{a.name}" for a in part.names]
            used += names if part.module == "snippets" else [part.module]
        if isinstance(part, (ast.FunctionDef, ast.Module)) and ast.get_docstring(part):
            part.body[0] = ast.Pass()
    return ast.dump(tree), used


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

    def layout(rows, columns):
        width = PANEL[0] * (columns if columns > 1 else 1.35)
        size = {"figsize": (width, PANEL[1] * rows), "layout": "constrained"}
        figure, axes = plt.subplots(rows, columns, squeeze=False, **size)
        function(*axes.flat)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
        svg = re.sub(r'(width|height)="([\d.]+)pt"', _pixels, out.getvalue(), count=2)
        return svgo.ask(clouds(svg))

    with plt.rc_context(style):
        return layout(1, panels), layout(panels, 1) if panels > 1 else None


def clouds(svg):
    """Twenty equal markers in a row become one path: a thousand elements keep a phone busy."""
    shapes = dict(re.findall(r'<path id="(m\w+)" d="([^"]*)"', svg))

    def one(run):
        shape = _relative(shapes[run[1]])
        places = re.findall(r'x="([-\d.]+)" y="([-\d.]+)"', run[0])
        return f'<path d="{" ".join(f"M {x} {y} {shape}" for x, y in places)}" style="{run[2]}"/>\n'

    return MARKERS.sub(one, svg)


def _relative(shape):
    """A marker as Matplotlib draws it, m, l, c and z, wherever the pen is."""
    pen, commands = [0.0, 0.0], []
    for letter, numbers in re.findall(r"([MLCz])([^MLCz]*)", shape):
        points = [float(number) for number in numbers.split()]
        commands += [letter.lower(), *(round(value - pen[i % 2], 6) for i, value in enumerate(points))]
        pen = points[-2:] or pen
    return " ".join(map(str, commands))


def _pixels(points):
    """So that the page can keep the place; the drawing itself scales."""
    return f'{points[1]}="{round(float(points[2]) * 4 / 3)}"'


if __name__ == "__main__":
    draw_missing()
