r"""Token helpers, and the constructs that have rows or limits: cases, matrices, \sum, \max."""

import re

from .errors import ParseError
from .lexer import TEXT

CASES = ("cases", "dcases", "rcases", "array")
MATRICES = ("matrix", "bmatrix", "pmatrix", "vmatrix", "Bmatrix", "smallmatrix")
OTHERWISE = re.compile(r"otherwise|else|其他|否则|其它|其余")
SUMMED = ("sym", "sub", "acc", "prime", "deco")


class Environments:
    def __init__(self, source, tokens):
        self.source, self.tokens, self.at = source, tokens, 0
        self.bars, self.separating = [], False

    # -- tokens
    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else None

    def kind(self):
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def next(self):
        if self.at >= len(self.tokens):
            self.fail("unexpected end")
        self.at += 1
        return self.tokens[self.at - 1].text

    def accept(self, *texts):
        return self.next() if self.peek() in texts else None

    def expect(self, text):
        if self.peek() != text:
            self.fail(f"expected {text.rstrip('<>') if len(text) > 1 else text}")
        self.next()

    def fail(self, message, cure=""):
        if self.at < len(self.tokens):
            at = self.tokens[self.at].start
        else:
            at = self.tokens[-1].end if self.tokens else 0
        before, after = self.source[max(0, at - 15) : at], self.source[at : at + 20]
        raise ParseError(f"{message} at …{before} ▸ {after}…".replace("\n", " "), cure)

    def attempt(self, rule):
        """The rule's tree, or None and no token consumed."""
        here, tokens, bars, separating = self.at, list(self.tokens), list(self.bars), self.separating
        try:
            return rule()
        except ParseError:
            self.at, self.tokens, self.bars, self.separating = here, tokens, bars, separating
            return None

    def fresh(self, rule):
        """Apply a rule inside brackets, where outer | do not count."""
        saved = self.bars, self.separating
        self.bars, self.separating = [], False
        e = rule()
        self.bars, self.separating = saved
        return e

    def subparser(self, tokens):
        return type(self)(self.source, tokens)

    def closing(self, at):
        """Position of the bracket that closes the group (or single token) at this position."""
        depth = 0
        for k in range(at, len(self.tokens)):
            text = self.tokens[k].text
            depth += (text in ("{", "(", "[", r"\{")) - (text in ("}", ")", "]", r"\}"))
            if depth == 0:
                return k
        self.fail("a bracket is not closed")

    def raw_group(self):
        """Source text of a {…} group, or of one token."""
        if self.peek() != "{":
            self.next()
            t = self.tokens[self.at - 1]
            return self.source[t.start : t.end]
        depth, start = 0, self.tokens[self.at].end
        while True:
            text = self.next()
            depth += (text == "{") - (text == "}")
            if depth == 0:
                return self.source[start : self.tokens[self.at - 1].start]

    def arg(self):
        r"""The argument of a macro: {expression}, or one token, which for numbers is one digit (\frac12)."""
        if self.accept("{"):
            e = self.fresh(self.expr)
            self.expect("}")
            return e
        if self.kind() == "num":
            t = self.tokens[self.at]
            if len(t.text) > 1:
                self.tokens[self.at : self.at + 1] = [
                    t._replace(text=t.text[0], end=t.start + 1),
                    t._replace(text=t.text[1:], start=t.start + 1),
                ]
            return ("num", self.next())
        if self.peek() in (")", "]", "}", "&", ",", "^", "_", "=", "+", "-", None):
            self.fail("an argument is missing")
        return self.atom()

    # -- sums, maxima
    def big(self, op):
        specs = upper = None
        while self.peek() in ("_", "^"):
            if self.next() == "_":
                specs = self.index_set()
            else:
                upper = self.arg()
        if specs is None:
            if op in ("max", "min") and self.peek() in ("(", r"\{", "["):
                args = self.arguments()
                if self.peek() == "^":
                    self.fail("f(x)^n can mean f(x^n) or (f(x))^n", "write (f(x))^n")
                return ("fn", op, args, 0)
            if op in ("max", "min") and self.starts():
                return ("fn", op, (self.factor(),), 0)
            if op != "sum":
                self.fail(f"\\{op} without an index", f"write \\{op}_{{i}}")
        return ("big", op, specs or (), upper, self.term())

    def index_set(self):
        """One (idx, variable, lower, set, condition) for each index."""
        if self.peek() != "{":
            return (("idx", self.atom(), None, None, None),)
        self.next()
        stacked = self.accept(r"\substack")
        if stacked:
            self.expect("{")
        out = []
        while not self.accept("}"):
            out += self.fresh(self.index_spec)
            self.share_bounds(out)
            if not self.accept(",", "\\\\") and self.peek() != "}":
                self.fail("cannot read the index set")
        if stacked:
            self.expect("}")
        return tuple(out) or self.fail("an empty index set")

    @staticmethod
    def share_bounds(out):
        """0 <= a, b < k bounds both from both sides."""
        if len(out) > 1 and all(s[4] and s[4][0] == "chain" and len(s[4][1]) == 2 for s in out[-2:]):
            (_, a, *_, low), (_, b, *_, high) = out[-2:]
            if low[1][1] == a and high[1][0] == b and {*low[2], *high[2]} <= {"<", "<="}:
                both = [("chain", (low[1][0], v, high[1][1]), low[2] + high[2]) for v in (a, b)]
                out[-2:] = [("idx", v, None, None, c) for v, c in zip((a, b), both)]

    def index_spec(self):
        c = self.chain()
        condition = self.condition() if self.accept(":", r"\mid", "|", r"\colon") else None
        if c[0] == "sym" or c[0] == "prime":
            return [("idx", c, None, None, condition)]
        if c[0] == "jux" and all(x[0] == "sym" for x in c[1:]):
            return [("idx", x, None, None, condition) for x in c[1:]]
        if c[0] != "chain":
            self.fail("cannot read the index set")
        exprs, ops = c[1], c[2]
        if exprs[0][0] in SUMMED and ops == ("=",):
            return [("idx", exprs[0], exprs[1], None, condition)]
        if exprs[0][0] in SUMMED and ops == ("in",):
            return [("idx", exprs[0], None, exprs[1], condition)]
        variables = [
            e
            for e in exprs
            if e[0] in ("acc", "prime") or e[0] == "sym" and len(e[1]) == 1 and e[1].isalpha()
        ]
        if ops[0] in ("!=", ">", ">=") or len(exprs) == 2 and ops[0] in ("<", "<=") and exprs[0] in variables:
            if exprs[0] in variables:
                return [("idx", exprs[0], None, None, c)]
            self.fail("cannot read the index set")
        if len(variables) > len(set(variables)):
            self.fail("an index that bounds itself")
        if variables and all(o in ("<", "<=") for o in ops):  # 1 <= i < j <= n
            inner = [e for e in exprs[1:-1] if e in variables] or variables[:1]
            return [("idx", v, None, None, None) for v in inner[:-1]] + [("idx", inner[-1], None, None, c)]
        self.fail("cannot read the index set")

    # -- cases and matrices
    def atom_begin(self):
        return self.environment()

    def environment(self, braced=False):
        self.expect(r"\begin")
        name = self.raw_group()
        if name == "array":
            self.raw_group()
        if name in CASES and (name != "array" or braced):
            e = ("cases", self.fresh(self.case_rows))
        elif name.rstrip("*") in MATRICES or name == "array":
            e = ("mat", self.fresh(self.matrix_rows))
        else:
            self.fail(f"unsupported environment {name}")
        self.expect(r"\end")
        self.raw_group()
        return e

    def case_rows(self):
        rows = []
        while self.peek() != r"\end":
            value, condition, words = self.expr(), None, ""
            while self.accept(",", ";", "&", r"\quad", r"\qquad", ":"):
                pass
            while self.peek() in TEXT or self.peek() == r"\mathrm":
                self.next()
                words += self.raw_group().strip()
                while self.accept(r"\quad", "&"):
                    pass
            if self.kind() == "row" or self.peek() in (r"\end", ",", "."):
                if not OTHERWISE.search(words):
                    self.fail("a row of cases without a condition", r"write \text{otherwise}")
            elif self.peek() == "(" and self.tokens[self.closing(self.at) + 1].text in ("\\\\", r"\end", ","):
                self.next()
                condition = self.enclosed(")", self.condition)
            else:
                condition = self.condition()
            while self.accept(",", ".", ";"):
                pass
            rows.append((value, condition))
            if self.kind() == "row":
                self.next()
            elif self.peek() != r"\end":
                self.fail("cannot read")
        return tuple(rows) or self.fail("cases without rows")

    def matrix_rows(self):
        rows, row = [], []
        while self.peek() != r"\end":
            row.append(self.expr())
            if self.kind() == "row":
                self.next()
                rows.append(tuple(row))
                row = []
            elif self.peek() != r"\end":
                self.expect("&")
        if row:
            rows.append(tuple(row))
        if not rows or any(len(r) != len(rows[0]) for r in rows):
            self.fail("the rows of the matrix differ in length")
        return tuple(rows)
