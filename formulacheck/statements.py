r"""One display -> its statements: rows of aligned, parts between commas, conditions, index ranges."""

import re
from dataclasses import dataclass, field

from .errors import ParseError
from .lexer import RELATIONS, TEXT, clean, tokenize
from .parser import parse_tokens

LAYOUT = {
    "aligned",
    "align",
    "alignedat",
    "gathered",
    "gather",
    "split",
    "equation",
    "multline",
    "eqnarray",
    "flalign",
    "multlined",
}
CONTINUES = set(RELATIONS) | {"+", "-", r"\cdot", r"\times", r"\odot", "*", "/"}
WORDS = re.compile(
    r"\{[\s，,.。;:：]*(?:and|where|with|so|hence|thus|then|that is|i\.e\.|in short|and hence|"
    r"or equivalently|"
    r"therefore|且|和|其中|因此|所以|即|从而|于是|或等价于|以及|[^{}]*[:：])?[\s，,.。;:：]*\}"
)
GIVEN = re.compile(
    r"\{[\s，,(（]*(?:if|for|when|whenever|provided|for all|for every|for each|for any|as long as|"
    r"若|当|对|对于|如果|对所有|对任意)[\s，,]*\}"
)
RANGE = re.compile(
    r"(?:\\forall\s*)?([a-z](?:\s*,\s*[a-z])*)\s*(?:=|\\in\s*\\\{)\s*([01])\s*,(?:\s*[12]\s*,)?\s*"
    r"\\[lc]?dots[cb]?\s*,\s*([^,]*?)(?:\\\})?"
)
LIST = re.compile(r"([a-z])\s*=\s*([01](?:\s*,\s*\d)+)")
FORALL = re.compile(r"\\forall\s*([a-z](?:\s*,\s*[a-z])*)")


@dataclass
class Statement:
    tree: tuple
    tex: str  # as printed
    given: list = field(default_factory=list)  # conditions under which it is claimed


@dataclass
class Range:
    """i = 1, …, K: the indices and where they start (None: not said)."""

    names: tuple
    start: int | None
    end: str = ""
    display: int = 0  # where it stands
    is_set: bool = False  # y \in \{1, …, K\} may also be said of an argument


def read_display(source):
    """-> (statements, ranges)"""
    source = clean(source)
    statements, ranges = [], []
    for tokens, is_condition in _split(source):
        tex = " ".join(source[tokens[0].start : tokens[-1].end].split())
        if found := _range(tex):
            ranges.append(found)
            continue
        if is_condition and statements:
            statements[-1].given.append(_condition(source, tokens))
            continue
        tree = parse_tokens(source, tokens)
        if statements and tree[0] == "remark":  # f'(x) = 1 \quad (x > 0)
            statements[-1].given.append(tree[1])
            continue
        tree, given = _parenthesized(tree)
        statements.append(Statement(tree, tex, given))
    return statements, ranges


def _condition(source, tokens):
    if tokens[0].text == "(" and tokens[-1].text == ")":
        tokens = tokens[1:-1]
    return parse_tokens(source, tokens, "condition")


def _parenthesized(tree):
    r"""H'(x) = 0\ (x \ne 0): a relation in brackets at the end is a condition, not a factor."""
    if tree[0] == "chain" and tree[1][-1][0] == "jux" and tree[1][-1][-1][0] == "remark":
        last = tree[1][-1]
        value = last[1] if len(last) == 3 else last[:-1]
        if last[-1][1][0] == "chain":
            return ("chain", tree[1][:-1] + (value,), tree[2]), [last[-1][1]]
    return tree, []


def _range(tex):
    tex = re.sub(r"^\\text\w*\{[^{}]*\}\s*", "", tex)
    if m := RANGE.fullmatch(tex):
        return Range(_distinct(m[1]), int(m[2]), m[3].strip(), is_set="\\in" in tex)
    if m := LIST.fullmatch(tex):
        values = [int(d) for d in re.findall(r"\d", m[2])]
        if values == [*range(values[0], values[-1] + 1)]:
            return Range((m[1],), values[0], str(values[-1]))
    if m := FORALL.fullmatch(tex):
        return Range(_distinct(m[1]), None)
    return None


def _distinct(letters):
    found = tuple(re.findall("[a-z]", letters))
    if len({*found}) < len(found):
        raise ParseError(f"an index twice in {letters}")
    return found


def _split(source):
    """[(tokens, is it a condition)]"""
    parts = _pieces(source)
    out = []
    for tokens, condition, soft in parts:
        while tokens and tokens[-1].text in (",", ".", ";", "。"):
            tokens = tokens[:-1]
        while tokens and tokens[0].text in (",", ";"):
            tokens = tokens[1:]
        if not tokens:
            continue
        previous = out[-1][0] if out else None
        if (
            previous
            and not condition
            and (
                tokens[0].text in CONTINUES
                and not soft
                or tokens[0].text in RELATIONS
                or previous[-1].text in CONTINUES
            )
        ):
            out[-1] = (previous + tokens, out[-1][1])
        else:
            out.append((tokens, condition))
    return [
        (part, condition and not k)
        for tokens, condition in out
        for k, part in enumerate(_commas(source, tokens))
    ]


def _pieces(source):
    """Cut at rows, \\quad, connecting words and \\Rightarrow outside of brackets."""
    tokens, parts, current = tokenize(source), [], []
    depth = rows = at = 0
    condition = False

    def cut(then_condition=False, soft=False):
        nonlocal current, condition
        parts.append((current, condition, soft))
        current, condition = [], then_condition

    while at < len(tokens):
        t = tokens[at]
        if t.text in (r"\begin", r"\end"):
            name = "".join(x.text for x in tokens[at + 2 : at + 14]).split("}")[0].rstrip("*")
            if name in LAYOUT:
                at = _group_end(tokens, at + 1) + 1
                if name == "alignedat" and t.text == r"\begin":
                    at = _group_end(tokens, at) + 1
                continue
            rows += 1 if t.text == r"\begin" else -1
        depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
        top = depth <= 0 and rows == 0
        if top and t.text in TEXT and at + 1 < len(tokens):
            words = source[tokens[at + 1].start : tokens[_group_end(tokens, at + 1)].end]
            joins = condition and re.fullmatch(
                r"\{\s*(and|且)\s*\}", words
            )  # x > 0 and y > 0 is one condition
            if not joins and (WORDS.fullmatch(words) or GIVEN.fullmatch(words)):
                at = _group_end(tokens, at + 1) + 1
                cut(then_condition=bool(GIVEN.fullmatch(words)))
                continue
        if top and t.text in (r"\quad", r"\qquad") and not current:
            pass  # at the beginning of a row: indentation
        elif top and (t.kind == "row" or t.text in (r"\quad", r"\qquad", r"\Rightarrow")):
            cut(soft=t.kind != "row")
        elif rows == 0 and (t.text in ("&", r"\quad", r"\qquad") or t.kind == "row"):
            if t.text == "&" and current and current[-1].text in (",", ";"):
                cut()
        else:
            current.append(t)
        at += 1
    if rows:
        raise ParseError("\\begin without \\end")
    cut()
    return [
        (tokens, condition, soft)
        for (tokens, condition, _), soft in zip(parts, [False] + [p[2] for p in parts[:-1]])
    ]


def _group_end(tokens, at):
    depth = 0
    for k in range(at, len(tokens)):
        depth += (tokens[k].text == "{") - (tokens[k].text == "}")
        if depth == 0:
            return k
    raise ParseError("a brace is not closed")


def _commas(source, tokens):
    """A = a, B = b: two statements; i = 1, \\dots, K and p, q \\in \\Delta: one."""
    if _range(source[tokens[0].start : tokens[-1].end].strip()):
        return [tokens]
    pieces, current, depth, related = [], [], 0, False
    for t in tokens:
        depth += t.text in ("{", "(", "[", r"\{", r"\begin", "|<", r"\|<")
        depth -= t.text in ("}", ")", "]", r"\}", r"\end", "|>", r"\|>")
        if depth <= 0 and t.text in (",", ";") and related:
            pieces.append((current, related))
            current, related = [], False
            continue
        related |= depth <= 0 and t.text in RELATIONS
        current.append(t)
    pieces.append((current, related))
    out = []
    for k, (piece, related) in enumerate(pieces):
        if not piece:
            continue
        if out and not related:  # the tail of a list: i = 1, \dots, K
            comma = tokens[tokens.index(piece[0]) - 1]
            out[-1] = out[-1] + [comma] + piece
        else:
            out.append(piece)
    return out
