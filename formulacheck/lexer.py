r"""LaTeX text -> tokens. Spacing and sizes disappear, `\left|` and `\right|` keep their direction."""

import re
from typing import NamedTuple

from .errors import ParseError

LIMIT = 20_000  # characters in one display; a longer one is not a formula


class Token(NamedTuple):
    kind: str  # num | cmd | op | row
    text: str
    start: int
    end: int


GREEK = set(
    r"""alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi
    Omega     Upsilon ell infty top nabla emptyset""".split()
)
FUNCTIONS = {
    f: f
    for f in """exp log sin cos tan tanh sinh cosh arctan arcsin arccos sec csc cot coth sech csch arsinh
    arcosh artanh erf erfc sign det diag trace mean""".split()
} | {
    "ln": "log",
    "lg": "log10",
    "sgn": "sign",
    "tr": "trace",
    "Tr": "trace",
    "arctanh": "artanh",
    "arcsinh": "arsinh",
    "arccosh": "arcosh",
}
BIG = {"sum", "prod", "max", "min", "argmax", "argmin", "sup", "inf"}
FONTS = {
    "\\" + f
    for f in """mathbf mathrm mathcal mathbb mathsf mathit mathtt mathfrak mathscr mathbbm mathds mathbin
    mathrel mathord boldsymbol bm text textbf textrm textit textnormal textsf operatorname
    operatorname* mbox pmb     mathnormal""".split()
}
TEXT = {r"\text", r"\textrm", r"\mbox", r"\textnormal", r"\textit", r"\textsf"}
ACCENTS = {
    "\\" + c: name
    for name, commands in {
        "hat": "hat widehat",
        "bar": "bar overline",
        "tilde": "tilde widetilde",
        "vec": "vec overrightarrow",
        "dot": "dot",
        "ddot": "ddot",
        "check": "check",
        "breve": "breve",
        "mathring": "ring",
    }.items()
    for c in commands.split()
}
RELATIONS = {
    op: name
    for name, ops in {
        "=": r"= := \coloneqq \triangleq \equiv",
        "~": r"\approx \simeq \doteq",
        "<": r"< \lt",
        ">": r"> \gt",
        "<=": r"\le \leq \leqslant",
        ">=": r"\ge \geq \geqslant",
        "!=": r"\ne \neq",
        "in": r"\in",
        "notin": r"\notin",
        "<-": r"\leftarrow \gets",
        "sim": r"\sim",
        "subset": r"\subset \subseteq",
        ">>": r"\succ \succeq",
        "->": r"\to \rightarrow \longrightarrow",
        "propto": r"\propto",
    }.items()
    for op in ops.split()
}
OPEN = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    r"\langle": r"\rangle",
    "|<": "|>",
    r"\|<": r"\|>",
}
SAME = {
    r"\Vert": r"\|",
    r"\vert": "|",
    r"\lbrace": r"\{",
    r"\rbrace": r"\}",
    r"\lbrack": "[",
    r"\rbrack": "]",
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\cfrac": r"\frac",
    r"\ast": "*",
    r"\intercal": r"\top",
    r"\lVert": r"\|<",
    r"\rVert": r"\|>",
    r"\lvert": "|<",
    r"\rvert": "|>",
    r"\dbinom": r"\binom",
    r"\tbinom": r"\binom",
    r"\wedge": r"\land",
    r"\vee": r"\lor",
    r"\ldots": r"\dots",
    r"\cdots": r"\dots",
    r"\dotsc": r"\dots",
    r"\dotsb": r"\dots",
    "…": r"\dots",
    "−": "-",
    "，": ",",
    "；": ";",
    "（": "(",
    "）": ")",
    "𝟙": r"\1",
    r"\backslash": r"\setminus",
    r"\nsubseteq": r"\nsubset",
    "′": "'",
    "·": r"\cdot",
    "×": r"\times",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∈": r"\in",
    r"\Longrightarrow": r"\Rightarrow",
    r"\implies": r"\Rightarrow",
    r"\circledast": "*",
    r"\lbrace ": r"\{",
}
SKIP = {
    "\\" + c
    for c in """displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill strut mathstrut
    big Big bigg Bigg allowbreak nobreak ! , ; : > / -""".split()
} | {"\\ ", "\\\n"}
LEFT = {r"\left", r"\bigl", r"\Bigl", r"\biggl", r"\Biggl"}
RIGHT = {r"\right", r"\bigr", r"\Bigr", r"\biggr", r"\Biggr"}
MIDDLE = {r"\middle", r"\bigm", r"\Bigm"}

_TOKEN = re.compile(
    r"(?P<space>\s+|~|%[^\n]*)|(?P<row>\\\\(?:\[[-\d.\s]*[a-z]{2}\])?)|(?P<num>\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<cmd>\\operatorname\*|\\[A-Za-z]+|\\.)|(?P<op>:=|.)",
    re.S,
)
_OLD_FONT = {"rm": "mathrm", "bf": "mathbf", "it": "mathit", "cal": "mathcal", "sf": "mathsf", "tt": "mathtt"}
_INVISIBLE = re.compile(
    r"\\(?:label|tag\*?|eqlabel|hspace\*?|vspace\*?|phantom|hphantom|vphantom|color)\{[^{}]*\}"
)


def clean(source):
    r"""Remove what prints nothing and write old font switches `{\rm in}` as `{\mathrm{in}}`."""
    source = _INVISIBLE.sub(" ", source)
    source = re.sub(r"\(\s*\\text\{[^{}]*\}\s*\)", " ", source)  # (\text{biased})
    source = re.sub(r"(?<=\d)\{,\}(?=\d{3}(?!\d))", "", source)  # 10{,}000
    return re.sub(
        r"\{\s*\\(rm|bf|it|cal|sf|tt)\b\s*([^{}]*)\}", lambda m: f"{{\\{_OLD_FONT[m[1]]}{{{m[2]}}}}}", source
    )


def tokenize(source):
    if len(source) > LIMIT:
        raise ParseError(f"a formula of {len(source)} characters")
    tokens, opened, size = [], [], None
    for m in _TOKEN.finditer(source):
        kind = m.lastgroup
        text = "\\\\" if kind == "row" else SAME.get(m.group(), m.group())
        if kind == "space":
            continue
        if text in LEFT | RIGHT | MIDDLE:
            size = text
            continue
        if size:
            text, size = _delimiter(text, size, opened), None
        if text and text not in SKIP:
            tokens.append(Token(kind, text, m.start(), m.end()))
    return tokens


def _delimiter(text, size, opened):
    r"""`\left.` and `\right.` disappear; a bar that closes `\left.` marks an evaluation, `|@`."""
    if size in MIDDLE:
        return text
    if size in LEFT:
        opened.append(text)
        return None if text == "." else text + "<" if text in ("|", r"\|") else text
    begun = opened.pop() if opened else None
    if text in ("|", r"\|"):
        return "|@" if begun == "." else text + ">"
    return None if text == "." else text
