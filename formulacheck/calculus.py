r"""Derivatives and integrals: \frac{\partial L}{\partial x}, \frac{d}{dx} f, \nabla_w L, \int_a^b f."""

from .environments import Environments
from .lexer import GREEK


class Calculus(Environments):
    def atom_partial(self):
        self.next()
        if self.accept("_"):
            wrt = self.arg()
            return ("diff", self.run(), (wrt,))
        body = self.postfix(self.atom())
        self.expect("/")
        self.expect(r"\partial")
        return ("diff", body, (self.postfix(self.atom()),))

    def atom_nabla(self):
        self.next()
        wrt, twice = (), False
        while self.peek() in ("_", "^"):
            if self.next() == "_":
                wrt = (self.arg(),)
            elif not (twice := self.arg() == ("num", "2")):
                self.fail("only the gradient and the Hessian, \\nabla^2, are known")
        body = self.factor()
        if twice and not wrt and body[0] == "app" and len(body[2]) == 1:
            wrt = body[2]
        if twice and not wrt:
            self.fail("a Hessian with respect to what?", r"write \nabla_w^2")
        return ("diff", ("diff", body, wrt), wrt) if twice else ("diff", body, wrt)

    def atom_int(self):
        self.next()
        low = high = None
        while self.peek() in ("_", "^"):
            low, high = (self.arg(), high) if self.next() == "_" else (low, self.arg())
        if low is None or high is None:
            self.fail("an integral needs both limits")
        depth, at = 0, self.at
        while at < len(self.tokens):  # the differential closes the integral
            text = self.tokens[at].text
            depth += (text in ("{", "(", "[", r"\{")) - (text in ("}", ")", "]", r"\}"))
            if depth == 0 and self.differential(at):
                break
            if depth < 0:
                break
            at += 1
        width = self.differential(at)
        if not width:
            self.fail("an integral without its differential")
        inside = self.subparser(self.tokens[self.at : at])
        body = inside.expr() if inside.tokens else ("num", "1")
        if inside.at < len(inside.tokens):
            inside.fail("cannot read")
        self.at = at + width
        var = self.atom()
        return ("int", var, low, high, body)

    def differential(self, at):
        """How many tokens the d of dx takes at this position, 0 if there is none."""
        texts = [t.text for t in self.tokens[at : at + 5]]
        if (
            texts[:1] == ["d"]
            and len(texts) > 1
            and (texts[1].isalpha() and len(texts[1]) == 1 or texts[1][1:] in GREEK)
        ):
            return 1
        return 4 if texts[:4] == [r"\mathrm", "{", "d", "}"] else 0

    def atom_frac(self):
        self.next()
        here = self.at
        top = self.differentials()
        bottom = top and self.differentials(denominator=True)
        if bottom:
            return self.quotient(top, bottom)
        self.at = here
        return ("frac", self.arg(), self.arg())

    def quotient(self, top, bottom):
        (order, body), (count, variables) = top, bottom
        if order != count:
            self.fail("the orders of the derivative above and below differ")
        return ("diff", body or self.run(), variables)

    def differentials(self, denominator=False):
        r"""{\partial^2 L} -> (2, L), below the line {\partial x \partial y} -> (2, (x, y)); None: a group."""
        here = self.at
        saved = list(self.tokens)
        if not self.accept("{"):
            return None
        order, found = 0, []
        while d := self.d_sign():
            power = 1
            if not denominator and self.accept("^"):
                n = self.arg()
                power = int(n[1]) if n[0] == "num" and n[1].isdigit() else 0
            order += power
            if denominator:
                variable = (
                    self.attempt(lambda: self.postfix(self.atom(), powers=False)) if self.starts() else None
                )
                if variable is None:
                    break
                if self.accept("^"):
                    n = self.arg()
                    if n[0] == "num" and n[1] in "23":
                        order += int(n[1]) - 1
                        found += [variable] * (int(n[1]) - 1)
                    elif n != ("sym", "top"):
                        break
                found.append(variable)
            elif self.peek() != "}":
                body = self.attempt(self.run if d == r"\partial" else self.factor)
                found.append(body)
                break
            else:
                found.append(None)
                break
        if found and order and self.accept("}"):
            return order, tuple(found) if denominator else found[0]
        self.at, self.tokens = here, saved
        return None

    def d_sign(self):
        if self.accept(r"\partial"):
            return r"\partial"
        if self.peek() == "d" and self.peek(1) not in ("_", "(", "+", "-", None):
            return self.next()
        if [t.text for t in self.tokens[self.at : self.at + 4]] == [r"\mathrm", "{", "d", "}"]:
            self.at += 4
            return "d"
        return None
