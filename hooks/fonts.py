"""Cut KaTeX's fonts down to the characters that this edition's formulas show: a third of the bytes to fetch.

Also without the hints for screens of the last century. Runs after
hooks/formulas.py, which leaves its formulas in .cache.
"""

import hashlib
import html
import io
import json
import pathlib
import re

import fontTools
from fontTools import subset, ttLib

from hooks import cache
from hooks.assets import KATEX
from hooks.formulas import known_formulas

SHOWN = re.compile(r'class="([^"]*)"[^>]*>([^<]+)<')
# What the classes of KaTeX set in one font alone; everything else may stand in any font.
ALONE = {
    "KaTeX_Main-Bold": "mathbf|textbf",
    "KaTeX_Math-Italic": "mathnormal",
    "KaTeX_AMS-Regular": "mathbb|textbb|amsrm",
}
HOW = pathlib.Path(__file__).read_bytes() + fontTools.version.encode()


def on_post_build(config):
    formulas = json.loads(known_formulas(config).read_text("utf-8")).values()
    shown = {pair for formula in formulas for pair in SHOWN.findall(formula)}
    for font in sorted(KATEX.glob("fonts/*.woff2")):
        target = pathlib.Path(config.site_dir) / "assets/katex/fonts" / font.name
        target.write_bytes(cut(font, characters(font.stem, shown)))


def characters(font, shown):
    """What the font may have to show, in order; `shown` are pairs of classes and text."""
    if font in ALONE:
        mine = {text for classes, text in shown if re.search(ALONE[font], classes)}
    else:
        mine = {text for classes, text in shown if not re.search("|".join(ALONE.values()), classes)}
    return "".join(sorted(set(html.unescape("".join(mine)))))


def cut(font, characters):
    """The WOFF2 file of a font with these characters only, from .cache when it was cut before."""
    key = hashlib.sha256(HOW + font.read_bytes() + characters.encode()).hexdigest()[:16]
    known = cache.FOLDER / "fonts" / f"{font.stem}.{key}.woff2"
    if not known.exists():
        whole, small = ttLib.TTFont(font, recalcTimestamp=False), io.BytesIO()
        cutter = subset.Subsetter(subset.Options(hinting=False, layout_features=[], notdef_outline=True))
        cutter.populate(text=characters)
        cutter.subset(whole)
        whole.flavor = "woff2"
        whole.save(small)
        cache.write(known, small.getvalue())
    return known.read_bytes()
