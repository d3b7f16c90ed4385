r"""The value of a tree at one sample point, as the section's names, the code and the index conventions say.

Each kind of node is a method: `frac(a, b)`, `sub(base, subs)`, `big(op, specs, upper, body)` …
"""

import inspect
import re

import numpy as np

from .arithmetic import Arithmetic
from .conditions import Conditions
from .derivatives import Derivatives
from .errors import Ambiguous, OutOfRange, TooLong, Unbound
from .expectations import Expectations
from .functions import Functions
from .indices import Indices, Reading, Sums
from .names import names, strip
from .printer import latex
from .sampling import Point
from .values import Adaptive, multiply, power, transpose


TERMS = 200_000  # of all sums, products, integrals and definitions of one statement at one point


class Evaluator(Arithmetic, Conditions, Indices, Sums, Functions, Expectations, Derivatives):
    def __init__(self, claims, point, reading=Reading(), plain=False):
        if plain:  # only arguments and constants: side conditions
            claims = claims.no_claims
        self.claims, self.section, self.point, self.reading, self.plain = (
            claims,
            claims.section,
            point,
            reading,
            plain,
        )
        self.index, self.delta, self.when, self.assumed = {}, {}, None, {}
        self.bound_kinds = {node[0] for node in self.section.bind}  # to hash a large tree is slow
        self.code_used = self.integrated = False
        self.all_zero = True
        self.uncovered = False  # were there cases of which none applied?
        self.order = 0  # of the derivatives measured so far
        self.terms, self._run, self._ways = 0, (None, None, {}), (None, {})
        self.fits = set()  # whether other values of the left side satisfy the statement as well
        self.definitions_used, self.notes, self.means, self._depth = set(), {}, {}, 0

    # -- the code's values
    def run(self):
        if self.plain:
            return _NO_RUN
        return self.point.run(self.delta)

    def has(self, name):
        return self.find(name) is not None

    def find(self, name, when=None):
        """(value, origin) of a code name, or None."""
        places = ()
        if "[" in name:  # return[1]
            name, *places = re.split(r"[\[\]]+", name.rstrip("]"))
        if (
            name in self.point.args
            and (self.plain or not self.delta)
            and when is None
            and name not in self.section.snippet.updated
        ):
            found = self.point.drawn.get(name, self.point.args[name]), "argument"
        else:
            found = self._find(name, when)
        for k in places:
            whole = found[0] if found else ()
            parts = whole if isinstance(whole, tuple | list | np.ndarray) else ()
            found = (parts[int(k)], found[1]) if int(k) < len(parts) else None
        return found

    def _find(self, name, when):
        run = self.run()
        if name == "return":
            return run.result, "result"
        is_argument = name in self.section.snippet.parameters
        when = when or self.when or ("before" if is_argument else "after")
        if is_argument and name == "t" and name in self.section.snippet.updated and self.claims.timed:
            when = "after"
        if name in run.before and when == "before" and (is_argument or name in self.section.snippet.updated):
            return run.before[name], "argument" if is_argument else "local variable, first value"
        if name in run.after and not callable(run.after[name]) and not inspect.ismodule(run.after[name]):
            return run.after[name], "argument after the call" if is_argument else "local variable"
        if name in self.point.args:
            return self.point.args[name], "argument"
        if name in self.point.dims:
            return self.point.dims[name], "size"
        return self._part(name)

    def _part(self, name):
        """A part of a tuple argument: $(m, v)$ (`state`)."""
        for whole, subjects in self.section.composites.items():
            for k, subject in enumerate(subjects):
                if name in names(subject):
                    return self.point.args[whole][k], f"part {k} of {whole}"
        return None

    def lookup(self, name, when=None):
        found = self.find(name, when)
        if found is None:
            raise Unbound(f"no {name} in {self.section.snippet.name}()")
        self.touch(found[1])
        return found[0]

    def touch(self, origin):
        """Anything but the inputs themselves is the code's doing."""
        self.code_used |= origin not in ("argument", "size") and not origin.startswith("part")

    def origin(self, name):
        return f"{self.find(name)[1]} {name}" if name != "return" else "result"

    def note(self, node, what):
        self.notes.setdefault(latex(node), what)

    # -- what a symbol stands for
    def resolve(self, node, when=None):
        section, claims = self.section, self.claims
        if node in section.bind:
            return self.declared(node, section.bind[node], when)
        if node in self.index:
            return self.index[node][0]
        if node in self.point.free:
            self.note(node, "free symbol")
            return self.point.free[node] + self.delta.get(node, 0)
        if node == ("sym", "e") and "e" not in section.snippet.parameters:
            return np.e  # a local variable e does not shadow it
        if not (node[0] == "sub" and self.is_indexed(node)) and (found := self.named(node, when)):
            return found[0]
        if node in claims.definitions and not claims.definitions[node][0]:
            self.definitions_used.add(node)
            self.note(node, "defined by a formula")
            return self.nested(lambda: self.value(claims.definitions[node][1]))
        if node in claims.results:
            self.note(node, "result")
            return self.lookup("return")
        if node[0] == "sym" and node[1] in ("pi", "infty"):
            return {"pi": np.pi, "infty": np.inf}[node[1]]
        if node == ("sym", "1"):
            return Adaptive("ones")
        if node == ("sym", "I"):
            return Adaptive("identity")
        if node[0] == "prime":
            raise Unbound(f"{latex(node)}: the derivative with respect to what?", r"write \frac{dy}{dx}")
        raise Unbound(
            f"{latex(node)} is bound to nothing in {self.section.snippet.name}()",
            f"say ${latex(node)}$ (`name`) under the formula, "
            f"or ${latex(node)} \\in \\mathbb{{R}}$ if it is free",
        )

    def declared(self, node, name, when):
        """The value of the code name that the symbol was declared to have; looked up once for each run."""
        key, known = (node, when or self.when), self.known()
        if key not in known:
            self.note(node, self.origin(name) if self.has(name) else name)
            known[key] = self.lookup(name, when)
        return known[key]

    def named(self, node, when):
        """The value under one of the symbol's names, in a list, or None; looked up once, too."""
        key, known = (node, when or self.when), self.known()
        if key not in known:
            found = next(((n, f) for n in names(node) if (f := self.find(n, when))), None)
            if found:
                self.refuse_second_symbol(node, found[0])
                self.touch(found[1][1])
                self.note(node, f"{found[1][1]} {found[0]}")
            known[key] = found and found[1][:1]
        return known[key]

    def refuse_second_symbol(self, node, name):
        r"""Beside $\bar\sigma^2$ (`var`), \sigma^2 without the bar is nothing."""
        subject, bind = strip(node)[0], self.section.bind.items()
        subject = subject[1] if subject[0] == "grp" else subject
        said = [s for s, code in bind if code == name and s[0] not in ("diff", "fn")]  # g = dL/dy is no name
        owner = said[0] if said else self.claims.owners.setdefault(name, subject)
        if subject not in (owner, ("sym", name)):  # q_i may be a row of Q
            raise Unbound(
                f"{latex(subject)}: {name} is called {latex(owner)} here",
                f"write ${latex(owner)}$, or say ${latex(subject)}$ (`{name}`) under the formula",
            )

    def known(self):
        """What was found so far with the same nudges and the same outcome of the random variables."""
        if self._run[0] is not self.delta or self._run[1] is not self.point.drawn:
            self._run = self.delta, self.point.drawn, {}
        return self._run[2]

    def ways(self):
        """How parts of the formula are read, as it turned out: the same wherever the same names are known."""
        run = self.run()
        if self._ways[0] is not run:
            known = self.reading, self.plain, *self.point.args, "", *run.before, "", *run.after
            self._ways = run, self.claims.ways.setdefault(known, {})
        return self._ways[1]

    def way(self, *parts):
        return *parts, self.when, *[(x, is_label) for x, (_, is_label) in self.index.items()]

    def work(self, terms):
        self.terms += terms
        if self.terms > TERMS:
            raise TooLong(f"more than {TERMS} terms")

    def nested(self, rule):
        self.work(1)
        self._depth += 1
        try:
            if self._depth > 30:
                raise Ambiguous(
                    "definitions that need each other",
                    "give one of them another letter, or a name in the code",
                )
            return rule()
        finally:
            self._depth -= 1

    def can(self, node):
        try:
            self.resolve(node)
            return True
        except (Unbound, OutOfRange, Ambiguous):
            return False

    def evaluable(self, node):
        try:
            self.value(node)
            return True
        except (Unbound, Ambiguous):
            return False

    def value(self, node):
        kind = node[0]
        if self.assumed and node in self.assumed:
            return self.assumed[node]
        if kind in self.bound_kinds and node in self.section.bind:
            return self.resolve(node)
        if kind == "sym" and node in self.index:
            return self.index[node][0]
        if kind == "grp" and node in self.claims.results:
            return self.resolve(node)
        return getattr(self, kind)(*node[1:])

    def num(self, text):
        return float(text) if "." in text else int(text)

    def sym(self, name):
        node = ("sym", name)
        try:
            return self.resolve(node)
        except Unbound:
            if self.claims.pointfree and self.function(node, 1) is not None:
                return self.at_the_argument(node)
            raise

    def at_the_argument(self, head):
        """tanh' = 1 - tanh^2 speaks about the function's own argument."""
        name = next(iter(self.section.snippet.parameters), None)
        if name is None:
            raise Unbound(f"the argument of {latex(head)}")
        self.note(head, f"function of {name}")
        return self.call(self.function(head, 1), [self.lookup(name)])

    def acc(self, e, accent):
        return self.resolve(("acc", e, accent))

    def deco(self, e, mark):
        return self.resolve(("deco", e, mark))

    def supidx(self, e, label):
        return self.resolve(("supidx", e, label))

    def prime(self, e, count):
        node = ("prime", e, count)
        if self.claims.pointfree and not self.can(node) and self.function(node, 1) is not None:
            return self.at_the_argument(node)
        return self.resolve(node)

    def grp(self, e):
        return self.value(e)

    def pow(self, base, exponent):
        node = ("pow", base, exponent)
        key, subs = strip(node)
        if key in self.section.bind or key in self.claims.definitions:
            return self.sub(key, subs) if subs else self.resolve(key)
        squares = names(key) if key[0] == "pow" else []
        if any(map(self.has, squares)) and not (self.can(key[1]) or self.can(base)):
            return self.sub(key, subs) if subs else self.resolve(key)
        if exponent == ("sym", "T") and np.ndim(self.value(base)) >= 1:
            return transpose(self.value(base))
        if base[0] == "app" and base not in self.section.bind and base not in self.claims.definitions:
            if self.moment(base[1]) is None and self.is_call(base[1], base[2]):
                raise Ambiguous(f"{latex(base)}^n can mean f(x^n) or (f(x))^n", "write f^n(x) or (f(x))^n")
            if self.moment(base[1]) is None and len(base[2]) == 1:
                return multiply(self.value(base[1]), self.value(("pow", ("grp", base[2][0]), exponent)))
        v = self.value(base)
        if isinstance(v, Adaptive):
            raise Ambiguous("a power of \\mathbf{1} or I")
        return power(v, self.value(exponent))

    def at(self, e, condition):
        """f'(x) at x = 0: the same evaluation with other inputs."""
        if condition[0] != "chain" or set(condition[2]) != {"="} or len(condition[1]) != 2:
            raise Ambiguous("an evaluation bar needs x = value")
        subject, value = condition[1]
        there = self.elsewhere({subject: self.value(value)})
        found = there.value(e)
        self.code_used |= there.code_used
        return found

    def elsewhere(self, values):
        """The same formula at a point where some inputs are given."""
        point = Point(self.section, self.point.number)
        point.args, point.free, point.dims = (
            dict(self.point.args),
            dict(self.point.free),
            dict(self.point.dims),
        )
        for subject, v in values.items():
            name = self.section.parameter(subject)
            if name:
                old = np.asarray(point.args[name])
                v = np.broadcast_to(v, old.shape).astype(float)
                point.args[name] = float(v) if old.ndim == 0 else v.copy()
            elif subject in point.free:
                point.free[subject] = v
            else:
                raise Unbound(f"{latex(subject)} is no argument")
        other = Evaluator(self.claims, point, self.reading)
        other.index = dict(self.index)
        return other


class _NO_RUN:
    before, after, result = {}, {}, None
