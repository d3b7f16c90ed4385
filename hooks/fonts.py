"""Cut KaTeX's fonts down to the characters that the formulas of this edition show: a third of the bytes to fetch.

Also without the hints for screens of the last century. Runs after hooks/formulas.py, which leaves its formulas in .cache.
"""

import hashlib
import html
import io
import json
import pathlib
import re

from fontTools import subset, ttLib

from hooks import cache
from hooks.assets import KATEX
from hooks.formulas import known_formulas

UNSEEN = re.compile(r"<math.*?</math>|<[^>]*>", re.S)


def on_post_build(config):
    characters = shown(json.loads(known_formulas(config).read_text("utf-8")).values())
    for font in sorted(KATEX.glob("fonts/*.woff2")):
        (pathlib.Path(config.site_dir) / "assets/katex/fonts" / font.name).write_bytes(cut(font, characters))


def shown(formulas):
    """All characters that the HTML of the formulas shows, in order."""
    return "".join(sorted({c for f in formulas for c in html.unescape(UNSEEN.sub("", f))}))


def cut(font, characters):
    """The WOFF2 file of a font with these characters only, from .cache when it was cut before."""
    key = hashlib.sha256(font.read_bytes() + characters.encode()).hexdigest()[:16]
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
