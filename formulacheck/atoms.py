r"""The parts of a product: letters with accents, indices and powers; functions, fractions, brackets."""

import re

from .calculus import Calculus
from .lexer import ACCENTS, BIG, FONTS, FUNCTIONS, GREEK, OPEN, TEXT

PROSE = re.compile(
    r"\s*\{\s*(?:if|for|when|where|otherwise|else|and|or|with|若|当|其他|其它|否则|且|或|对|如果|,|，|\()"
)
NAMES = ("sym", "sub", "acc", "prime", "deco", "supidx")


def is_letter(e):
    """A name that is no operator: W_f in W_f [h, x], not Cov in Cov[X, Y]."""
    base = e[1] if e[0] in ("sub", "acc", "supidx", "deco") else e
    return base[0] == "sym" and len(base[1]) == 1 and base[1] not in "EPV"


class Atoms(Calculus):
    def is_prose(self):
        return self.peek() in TEXT and bool(PROSE.match(self.source, self.tokens[self.at].end))

    def atom(self):
        kind, text = self.kind(), self.peek()
        if text is None:
            self.fail("unexpected end")
        if kind == "num":
            return ("num", self.next())
        if text == "{":
            return self.arg()
        if text == r"\{" and self.peek(1) == r"\begin":  # \left\{ \begin{array} … \right.
            self.next()
            return self.environment(braced=True)
        if text in ("(", "[", r"\{"):
            return self.parentheses()
        if text in (r"\lfloor", r"\lceil"):
            return ("floor" if self.next() == r"\lfloor" else "ceil", self.enclosed(OPEN[text]))
        if text == r"\langle":
            self.next()
            a = self.fresh(self.expr)
            self.expect(",")
            return ("inner", a, self.enclosed(r"\rangle"))
        if text in ("|", r"\|", "|<", r"\|<"):
            return self.bar()
        if kind == "op" and text.isalpha():
            return ("sym", self.next())
        if text in FONTS:
            return self.font()
        if text in ACCENTS:
            self.next()
            return self.on_name(self.arg(), lambda e: ("acc", e, ACCENTS[text]))
        handler = getattr(self, "atom_" + text[1:], None) if kind == "cmd" else None
        if handler:
            return handler()
        if kind == "cmd" and text[1:] in FUNCTIONS:
            return self.function(FUNCTIONS[self.next()[1:]])
        if kind == "cmd" and text[1:] in BIG:
            return self.big(self.next()[1:])
        if kind == "cmd" and text[1:] in GREEK:
            return ("sym", self.next()[1:])
        self.fail("cannot read", _CURES.get(text, ""))

    def parentheses(self):
        opening = self.next()
        e = self.fresh(self.chain)
        if opening == "[" and self.peek() in (",", ";"):
            return self.concatenation([e])
        self.expect(OPEN[opening])
        if e[0] == "chain":  # [x > 0] is a number, (x > 0) may be a remark
            return ("remark" if opening == "(" else "ind", e)
        return ("grp", e)

    def concatenation(self, parts):
        """[h, x] side by side, [h; x] one above the other: the same for vectors."""
        separator = self.peek()
        while self.accept(separator):
            parts.append(self.fresh(self.expr))
        self.expect("]")
        return ("concat", separator, tuple(parts))

    def enclosed(self, close, rule=None):
        e = self.fresh(rule or self.expr)
        self.expect(close)
        return e

    def bar(self):
        opening = self.next()
        close = OPEN.get(opening, opening)
        saved, self.separating = self.separating, False
        self.bars.append(close)
        e = self.expr()
        self.bars.pop()
        self.separating = saved
        self.expect(close)
        if opening[0] == "|":
            return ("abs", e)
        p = ("num", "2")
        if self.accept("_"):
            p = self.arg()
        return ("norm", e, p)

    def atom_1(self):
        self.next()
        return self.indicator() or ("sym", "1")

    def indicator(self):
        r"""\mathbb{1}[condition] or \mathbf{1}_{\{condition\}} or \mathbb{1}_{condition}"""
        if self.peek() in ("[", r"\{") or self.peek() == "(":
            return ("ind", self.enclosed(OPEN[self.next()], self.condition))
        if self.peek() == "_" and self.peek(1) == "{":
            here = self.at
            self.at += 2
            braced = self.accept(r"\{", "[")
            c = self.fresh(self.condition)
            if c[0] in ("chain", "and", "or"):
                if braced:
                    self.expect(OPEN[braced])
                self.expect("}")
                return ("ind", c)
            self.at = here
        return None

    def atom_arg(self):
        self.next()
        if self.peek() not in (r"\max", r"\min"):
            self.fail(r"expected \max or \min")
        return self.big("arg" + self.next()[1:])

    def atom_Delta(self):
        self.next()
        follows = self.peek()
        if follows and (
            follows in FONTS or follows[1:] in GREEK or self.kind() == "op" and follows.isalpha()
        ):
            return ("acc", self.atom(), "Delta")
        return ("sym", "Delta")

    def atom_Pr(self):
        self.next()
        return ("sym", "P")

    atom_P = atom_Pr

    def atom_sqrt(self):
        self.next()
        n = ("num", "2")
        if self.accept("["):
            n = self.enclosed("]")
        return ("root", self.arg(), n)

    def atom_binom(self):
        self.next()
        return ("binom", self.arg(), self.arg())

    def atom_mathop(self):
        self.next()
        wrapped = self.peek() == "{" and self.closing(self.at)
        if wrapped and self.peek(1) in FONTS:  # \mathop{\mathrm{argmax}}_x: drop the wrapper
            del self.tokens[wrapped], self.tokens[self.at]
        return self.atom()

    def atom_underset(self):
        r"""\underset{x}{\operatorname{argmax}}, as \operatorname*{argmax}_{x}"""
        self.next()
        first, second = self.at, self.closing(self.at) + 1
        end = self.closing(second)
        under, over = self.tokens[first:second], self.tokens[second + 1 : end]
        self.tokens[first : end + 1] = over + [under[0]._replace(text="_")] + under
        return self.atom()

    def atom_underbrace(self):
        self.next()
        e = self.arg()
        if self.accept("_", "^"):
            self.raw_group()
        return e

    atom_overbrace = atom_underbrace

    def atom_boxed(self):
        self.next()
        return self.arg()

    def atom_number_sign(self):
        self.next()
        if self.kind() not in ("op", "cmd") or self.peek() not in FONTS and not self.peek().isalpha():
            return ("sym", "#")
        e = self.atom()
        return ("sym", "#" + e[1]) if e[0] == "sym" else self.fail("expected a name after \\#")

    # -- letters and functions
    def font(self):
        command, here = self.next(), self.at
        raw = self.raw_group().strip()
        flat = re.sub(r"\\[,;:! ]|\s|~", "", raw)
        if flat in ("argmax", "argmin"):
            return self.big(flat)
        if flat in FUNCTIONS and self.peek() == "}":  # a label, as in g_{\mathrm{tanh}}
            return ("sym", flat)
        if flat in FUNCTIONS and command not in (r"\mathbf", r"\boldsymbol", r"\bm"):
            return self.function(FUNCTIONS[flat])
        if flat in ("max", "min"):
            return ("sym", flat) if self.peek() == "}" else self.big(flat)
        if (
            raw == "1"
            and command not in TEXT
            and command != r"\mathrm"
            or raw in "1I"
            and command == r"\mathbb"
        ):
            return self.indicator() or ("sym", "1")
        if command in (r"\mathbf", r"\boldsymbol", r"\bm") and re.fullmatch("[A-Za-z]{2,3}", raw):
            return ("grp", ("jux", *[("sym", c) for c in raw]))  # \mathbf{PQ} is a product
        if command == r"\mathbb" and raw == "P":
            return ("sym", "P")
        if re.fullmatch(r"[^\W\d_](?:\w|[\- ]|\\_)*|\d+[^\W\d_]\w*", raw):
            return ("sym", re.sub(r"[\- _\\]+", "_", raw).strip("_"))
        self.at = here
        return self.arg()

    def function(self, name):
        primes, power = 0, None
        while True:
            if self.accept("'"):
                primes += 1
            elif self.peek() == "^" and self.peek(1) == r"\prime":
                self.at += 2
                primes += 1
            elif [self.peek(k) for k in range(4)] == ["^", "{", r"\prime", "}"]:
                self.at += 4
                primes += 1
            elif self.accept("^"):
                power = self.arg()
                if power == ("neg", ("num", "1")):
                    self.fail(
                        f"\\{name}^{{-1}} can mean the inverse or the reciprocal", "write which one it is"
                    )
            elif name == "log" and self.accept("_"):
                name = ("logb", self.arg())
            else:
                break
        args = self.function_arguments()
        e = ("fn", name, args, primes)
        return ("pow", e, power) if power is not None else e

    def function_arguments(self):
        if self.peek() in ("(", "[", r"\{"):
            args = self.arguments()
            if self.peek() == "^":
                self.fail("f(x)^n can mean f(x^n) or (f(x))^n", "write f^n(x) or (f(x))^n")
            return args
        if not self.starts():
            return ()  # tanh' = 1 - tanh^2
        factors = [self.factor()]
        simple = factors[0][0] not in ("big", "fn", "frac", "root", "abs", "grp", "norm")
        while self.starts() and not self.function_ahead():
            if not simple or self.peek() in OPEN or self.peek() in ("|", r"\|", r"\begin"):
                self.fail("where does the argument of the function end?", "add parentheses")
            factors.append(self.factor())
        return (factors[0] if len(factors) == 1 else ("jux", *factors),)

    def function_ahead(self):
        text = self.peek()
        if self.kind() != "cmd":
            return False
        if text in FONTS:
            raw = self.source[self.tokens[self.at].end :].lstrip(" {")
            return bool(re.match(r"[A-Za-z]{3,}", raw))
        return text[1:] in FUNCTIONS or text[1:] in BIG or text in (r"\frac", r"\int", r"\partial")

    def arguments(self):
        close, out = OPEN[self.next()], []
        saved = self.bars, self.separating
        self.bars, self.separating = [], self.lone_bar()
        while True:
            out.append(self.chain() if self.peek() != "," else self.fail("an empty argument"))
            if self.accept(close):
                break
            if not self.accept(",", ";", "|", r"\|", r"\mid", r"\parallel", ":", "|<", "|>", r"\|<", r"\|>"):
                self.fail(f"expected , or {close}")
        self.bars, self.separating = saved
        return tuple(out)

    def list_in_brackets(self):
        e = self.atom()
        return e if e[0] == "concat" else self.fail("no list")

    def lone_bar(self):
        """Bars inside an argument list: an even number is |x|, an odd one separates, as in P(A|B)."""
        depth, bars = 1, 0
        for t in self.tokens[self.at :]:
            depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
            if depth == 0:
                break
            bars += depth == 1 and t.text in ("|", r"\|")
        return bars % 2 == 1

    # -- indices, powers, primes
    def postfix(self, e, powers=True):
        while True:
            text = self.peek()
            if text == "_":
                self.next()
                e = self.add_index(e, self.subscript())
            elif text == "^" and (powers or self.peek(1) == "{" and self.peek(2) in ("(", "[")):
                self.next()
                e = self.superscript(e)
            elif text == "'":
                count = 0
                while self.accept("'"):
                    count += 1
                e = self.on_name(e, lambda base: ("prime", base, count))
            elif text == "!":
                self.next()
                e = ("fact", e)
            elif text == "[" and is_letter(e) and (factor := self.attempt(self.list_in_brackets)):
                return ("jux", e, factor)
            elif text in ("(", "[") and (e[0] in NAMES or e[0] == "diff" and e[1][0] in NAMES):
                e = ("app", e, self.arguments())
            elif text in ("(", "[") and e[0] == "grp" and e[1][0] == "star":  # (x * w)[n]
                e = ("sub", e, self.arguments())
            elif text == r"\{" and e[0] == "sym" and (e[1] in "EP" or len(e[1]) > 2):
                e = ("app", e, self.arguments())
            elif text == "|@" or text == "|" and self.peek(1) == "_" and "|" not in self.bars[-1:]:
                self.next()
                self.expect("_")
                e = ("at", e, self.braced_condition())
            else:
                return e

    def braced_condition(self):
        self.expect("{")
        c = self.fresh(self.condition)
        self.expect("}")
        return c

    def add_index(self, e, subs):
        if e[0] == "pow" and e[1][0] in NAMES:  # x^2_i = x_i^2
            return ("pow", self.add_index(e[1], subs), e[2])
        if e[0] == "T" and e[1][0] in NAMES:
            return ("T", self.add_index(e[1], subs))
        return ("sub", e[1], e[2] + subs) if e[0] == "sub" else ("sub", e, subs)

    def subscript(self):
        if self.peek() in (r"\min", r"\max"):
            return (("sym", self.next()[1:]),)
        if self.peek() in ("+", "-", "*"):
            return (("sym", {"+": "plus", "-": "minus", "*": "star"}[self.next()]),)
        if self.peek() != "{":
            return (self.arg(),)
        if self.peek(1) in ("+", "-", "*") and self.peek(2) == "}":
            self.at += 3
            return (("sym", {"+": "plus", "-": "minus", "*": "star"}[self.tokens[self.at - 2].text]),)
        if (self.peek(1) or "")[1:] in ("min", "max", "tanh", "sum") and self.peek(2) == "}":
            name = self.peek(1)[1:]
            self.at += 3
            return (("sym", name),)
        self.next()
        close = (
            ")"
            if self.peek() == "("
            and self.tokens[self.closing(self.at) + 1 :][:1] != []
            and self.tokens[self.closing(self.at) + 1].text == "}"
            else None
        )
        if close:
            self.next()
        out = [self.fresh(self.condition_or_index)]
        while self.accept(",", ";"):
            out.append(self.fresh(self.condition_or_index))
        if close:
            self.expect(close)
        self.expect("}")
        return tuple(out)

    def condition_or_index(self):
        if self.accept(":"):
            return ("sym", ":")
        e = self.chain()
        return ("ind", e) if e[0] == "chain" else e

    def superscript(self, e):
        if self.accept(r"\prime"):
            return self.on_name(e, lambda base: ("prime", base, 1))
        if self.accept("*", r"\star", r"\dagger"):
            return self.on_name(e, lambda base: ("deco", base, "star"))
        if self.accept("+", "-"):
            sign = "plus" if self.tokens[self.at - 1].text == "+" else "minus"
            return self.on_name(e, lambda base: ("deco", base, sign))
        if (
            self.peek() == "{"
            and self.peek(2) == "}"
            and self.peek(1) in ("+", "-", "*", r"\prime", r"\star")
        ):
            self.at += 3
            return self.superscript_mark(e, self.tokens[self.at - 2].text)
        if self.peek() == "{" and self.peek(1) in (r"\max", r"\min") and self.peek(2) == "}":
            self.at += 3
            name = self.tokens[self.at - 2].text[1:]
            return self.on_name(e, lambda base: ("deco", base, name))
        if self.peek() == "{" and self.peek(1) in (r"\odot", r"\circ"):
            self.at += 2
            power = self.expr()
            self.expect("}")
            return ("hadpow", e, power)
        inner = self.bracketed_label()
        if inner is not None:
            if inner[0] != "num":  # x^{(i)}: sample i
                return ("sub", e[1], (inner,) + e[2]) if e[0] == "sub" else ("sub", e, (inner,))
            return self.on_name(e, lambda base: ("supidx", base, inner))
        spelled = self.peek() in FONTS or self.peek() == "{" and self.peek(1) in FONTS
        power = self.arg()
        if power in (("sym", "top"), ("sym", "intercal")) or spelled and power == ("sym", "T"):
            return ("T", e)
        if spelled and power[0] == "sym" and len(power[1]) > 1:
            return self.on_name(e, lambda base: ("deco", base, power[1]))
        return ("pow", e, power)

    def superscript_mark(self, e, mark):
        if mark == r"\prime":
            return self.on_name(e, lambda base: ("prime", base, 1))
        word = {"+": "plus", "-": "minus"}.get(mark, "star")
        return self.on_name(e, lambda base: ("deco", base, word))

    def bracketed_label(self):
        r"""^{(1)}, ^{[l]}, ^{\langle t \rangle}, ^{(t-1)}: the label, or None for an ordinary power."""
        if self.peek() != "{" or self.peek(1) not in ("(", "[", r"\langle", "<"):
            return None
        close = {"<": ">"}.get(self.peek(1)) or OPEN[self.peek(1)]
        end = self.closing(self.at)
        if self.tokens[end - 1].text != close:
            return None
        inside = self.subparser(self.tokens[self.at + 2 : end - 1])
        e = self.attempt(inside.expr) if inside.tokens else None
        if e is None or inside.at < len(inside.tokens) or e[0] == "grp":
            return None
        self.at = end + 1
        return e

    @staticmethod
    def on_name(e, wrap):
        r"""A mark belongs to the letter, not to its index: \hat{x_i} is \hat{x}_i."""
        return ("sub", wrap(e[1]), e[2]) if e[0] == "sub" else wrap(e)


setattr(Atoms, "atom_#", Atoms.atom_number_sign)
_CURES = {
    r"\pm": "write two statements",
    r"\dots": r"write the sum with \sum or the product with \prod",
    r"\lim": "state the limit as a value at a point, or mark the display % unverified",
}
