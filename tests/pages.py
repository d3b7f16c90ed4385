"""The Markdown pages as the tests read them: what both languages must share, and the prose that is left."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent
LANGUAGES = ("zh", "en")
ADDRESSES = sorted(
    p.relative_to(ROOT / "docs/zh").as_posix().removesuffix(".md") for p in (ROOT / "docs/zh").rglob("*.md")
)

FRONT = re.compile(r"\A---\n.*?^---$", re.M | re.S)
FENCE = re.compile(r"^( *)```(\w*).*?\n(.*?)^\1```$", re.M | re.S)
COMMENT = re.compile(r"<!-- (.*?) -->")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"(?<![\\$])\$([^$\n]+?)\$(?!\$)")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
HEADING = re.compile(r"^(#+) (.*?)(?: \{ #([\w-]+) \})?$", re.M)
PULL = re.compile(r"^ *::: ([\w.]+)$", re.M)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]+)\)")
NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*\d%?|\d%")  # one digit alone may be a word in the other language
WORDS = re.compile(r"\\(?:text|operatorname|mathrm)\{[^}]*\}")


def source(language, address):
    return (ROOT / "docs" / language / f"{address}.md").read_text("utf-8")


def line(text, position):
    return text.count("\n", 0, position) + 1


def blank(pattern, text, filler=" "):
    """The text without what matches, line for line, so that a position keeps its line."""
    return pattern.sub(lambda m: "\n" * m[0].count("\n") + filler, text)


def skeleton(text):
    """What is written once for both languages: {kind: what stands there,
    in order or sorted where word order may differ}."""
    body = blank(FENCE, text)
    prose = blank(
        INLINE,
        blank(
            DISPLAY, blank(CODE, blank(COMMENT, re.sub(r"(\[(?:arXiv|doi):[^\]]*)?\]\([^)]*\)", "]", body)))
        ),
    )
    return {
        "headings": [(len(h[1]), h[3] or "no anchor") for h in HEADING.finditer(body)],
        "pulls": PULL.findall(body),
        "figures": [m[2] for m in IMAGE.finditer(body)],
        "displays": [re.sub(r"\s+", " ", d).strip() for d in DISPLAY.findall(body)],
        "inline formulas": sorted(re.sub(r"\s+", "", f) for f in INLINE.findall(blank(DISPLAY, body))),
        "code blocks": [m[2] + "\n" + m[3] for m in FENCE.finditer(text)],
        "code words": sorted(CODE.findall(blank(COMMENT, body))),
        "numbers": sorted(NUMBER.findall(prose)),
        "links": sorted(LINK.findall(body)),
        "comments": sorted(COMMENT.findall(body)),
        "questions": re.findall(r'^\?\?\? question "(★*)', body, re.M),
    }
