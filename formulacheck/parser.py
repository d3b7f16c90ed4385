r"""Tokens -> tree: sums, products, relations. Precedence as on the blackboard; the rest is refused.

A tree is a tuple: the kind, then the parts. Kinds (a, b, e are trees):

    num "3" | sym "sigma" | acc e "hat" | deco e "star" | supidx e e | prime e 2 | sub e (e, ...) | pow a b
    hadpow a b | T e | app e (e, ...) | fn "log" (e, ...) primes | big "sum" (idx, ...) upper e
    int sym low high e | diff e (sym, ...) | at e condition | jux e e ... | dot a b | times a b | star a b
    had a b | outer a b | div a b | frac a b | add a b | minus a b | neg e | mod a b | cup a b | cap a b
    setminus a b | fact e | root e n | floor e | ceil e | abs e | norm e p | inner a b | binom n k | grp e
    mat rows | cases rows | ind condition | remark condition | chain (e, ...) ("=", ...) | and c c | or c c
    concat "," (e, ...) | interval "[" a b ")" shape | space "R" sign shape | set (e, ...) shape | dots
"""

from .atoms import Atoms
from .errors import ParseError
from .lexer import BIG, FONTS, FUNCTIONS, GREEK, OPEN, RELATIONS, ACCENTS, TEXT, clean, tokenize

PRODUCTS = {
    r"\cdot": "dot",
    r"\times": "times",
    "*": "star",
    "/": "div",
    r"\div": "div",
    r"\odot": "had",
    r"\circ": "had",
    r"\otimes": "outer",
    r"\star": "star",
    r"\oslash": "frac",
    r"\bmod": "mod",
    r"\cap": "cap",
}
SUMS = {"+": "add", "-": "minus", r"\cup": "cup", r"\setminus": "setminus"}
DEPTH = 150  # of a tree; more is no formula
STARTS = {
    r"\frac",
    r"\sqrt",
    r"\begin",
    r"\partial",
    r"\arg",
    r"\underbrace",
    r"\overbrace",
    r"\mathop",
    r"\boxed",
    r"\#",
    r"\Pr",
    r"\binom",
    r"\1",
    r"\int",
    r"\underset",
    r"\langle",
    "|<",
    r"\|<",
    r"\P",
}


class Parser(Atoms):
    def expr(self):
        negative = False
        while self.peek() in ("+", "-"):
            negative ^= self.next() == "-"
        e = self.term()
        e = ("neg", e) if negative else e
        while self.peek() in SUMS:
            e = (SUMS[self.next()], e, self.term())
        return e

    def term(self):
        e = self.run()
        while self.peek() in PRODUCTS:
            if _trailing_big(e):
                self.fail(f"does {self.peek()} belong inside the \\{_trailing_big(e)}?", "add parentheses")
            op = PRODUCTS[self.next()]
            right = self.factor(signed=True) if op == "div" else self.run()
            if op == "div" and self.starts():
                self.fail("a/b c can mean a/(bc) or (a/b)c", r"use \frac or parentheses")
            e = (op, e, right)
        return e

    def run(self):
        """Factors side by side."""
        factors = [self.factor(signed=True)]
        while self.starts():
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else ("jux", *factors)

    def starts(self):
        """Can the next token begin another factor of a product?"""
        text, kind = self.peek(), self.kind()
        if text is None or text in RELATIONS:
            return False
        if text in ("|", r"\|"):
            return text not in self.bars[-1:] and not self.separating
        if text in STARTS or text in OPEN or text == "{" or kind == "num":
            return True
        if kind == "cmd":
            name = text[1:]
            return (
                name in GREEK
                or name in FUNCTIONS
                or name in BIG
                or text in ACCENTS
                or text in FONTS
                and not self.is_prose()
            )
        return kind == "op" and text.isalpha()

    def factor(self, signed=False):
        if signed and self.peek() in ("-", "+"):
            return ("neg", self.factor(True)) if self.next() == "-" else self.factor(True)
        return self.postfix(self.atom())

    # -- relations
    def chain(self):
        exprs, ops = [self.expr()], []
        while op := self.relation():
            ops.append(op)
            exprs.append(self.members() if op in ("in", "notin", "subset") else self.expr())
        return ("chain", tuple(exprs), tuple(ops)) if ops else exprs[0]

    def relation(self):
        if self.peek() in (r"\overset", r"\stackrel"):
            self.next()
            self.raw_group()
            self.expect("{")
            op = self.next()
            self.expect("}")
        elif self.peek() in RELATIONS:
            op = self.next()
        else:
            return None
        return RELATIONS.get(op) or self.fail("unknown relation")

    def members(self):
        r"""What may follow \in: \mathbb{R}^{n}, [0, 1), \{0, 1\}^n, or a named set."""
        if self.peek() in ("(", "["):
            here, opening = self.at, self.next()
            low = self.expr()
            if self.accept(","):
                high, close = self.expr(), self.accept(")", "]")
                if close:
                    return ("interval", opening, low, high, close, self.shape())
            self.at = here
        if self.peek() == r"\{" and self.peek(1) != r"\begin":
            self.next()
            items = self.items(r"\}")
            return ("set", items, self.shape())
        if self.peek() == r"\mathbb":
            here = self.at
            self.next()
            letter = self.raw_group()
            if letter in "RNZ":
                return self.space(letter)
            self.at = here
        return self.expr()

    def space(self, letter):
        sign, shape = None, None
        while self.peek() in ("_", "^"):
            if self.next() == "_":
                sign = self.raw_group().replace(" ", "").replace(r"\ge", ">=").replace("0", "") or "0"
            elif (
                self.peek() in ("+", "*")
                or self.peek() == "{"
                and self.peek(1) == "+"
                and self.peek(2) == "}"
            ):
                sign = self.raw_group()
            else:
                shape = self.arg()
        return ("space", letter, sign, shape)

    def shape(self):
        return self.arg() if self.accept("^") else None

    def items(self, close):
        out = []
        while True:
            out.append(("dots",) if self.accept(r"\dots") else self.expr())
            if self.accept(close):
                return tuple(out)
            if not self.accept(",", ";"):
                self.fail(f"expected , or {close}")

    def condition(self):
        parts = [self.chain()]
        while True:
            if self.accept(r"\land") or self.prose_and() or self.comma_continues():
                parts.append(self.chain())
            elif self.accept(r"\lor") or self.prose_or():
                parts[-1] = ("or", parts[-1], self.chain())
            else:
                return ("and", *parts) if len(parts) > 1 else parts[0]

    def comma_continues(self):
        if self.peek() == "," and self.peek(1) not in (None, "\\\\", r"\end", r"\text", "&", r"\}"):
            return self.next()

    def prose_and(self):
        return self.prose(("and", "且", "和", "及"))

    def prose_or(self):
        return self.prose(("or", "或"))

    def prose(self, words):
        if self.peek() in TEXT:
            here = self.at
            self.next()
            if self.raw_group().strip(" ,，").rstrip("if ").strip() in words:
                return True
            self.at = here
        return False


def _trailing_big(e):
    """max or prod whose body would swallow what follows; a sum gives the same value either way."""
    last = e[-1] if e[0] == "jux" else e
    return last[1] if last[0] == "big" and last[1] != "sum" else None


def depth(tree):
    levels, here = 0, [tree]
    while here:
        levels, here = levels + 1, [part for e in here for part in e if isinstance(part, tuple)]
    return levels


def parse_tokens(source, tokens, rule="chain"):
    parser = Parser(source, tokens)
    try:
        tree = getattr(parser, rule)()
        if parser.at < len(parser.tokens):
            parser.fail("cannot read")
        if depth(tree) > DEPTH:
            raise ParseError("nested too deeply")
        return tree
    except RecursionError:
        raise ParseError("nested too deeply") from None


def parse(source, rule="chain"):
    """The tree of one formula."""
    source = clean(source)
    tokens = [t for t in tokenize(source) if t.text not in (r"\quad", r"\qquad")]
    if not tokens:
        raise ParseError("an empty formula")
    return parse_tokens(source, tokens, rule)
