r"""E, Var, Cov and P over the declared random variables, exactly."""

import itertools

import numpy as np

from .errors import Ambiguous, Unbound
from .names import strip
from .values import number

MOMENTS = {"E": "mean", "Var": "var", "Cov": "cov", "V": "var", "Std": "std"}


class Expectations:
    def moment(self, head):
        base = strip(head)[0]
        if (
            base[0] != "sym"
            or base[1] not in MOMENTS
            and base[1] not in ("P", "Pr")
            or base in self.section.bind
        ):
            return None
        if len(base[1]) == 1 and (self.can(head) or self.can(base)):
            return None
        if self.section.function_bind.get((base, 1)) or base[1] in ("P", "Pr", "V") and not self.point.random:
            return None
        return MOMENTS.get(base[1], "probability")

    def expectation(self, kind, args):
        if kind == "probability":
            if any(law[0] not in ("Bernoulli", "Ber", "B", "Bern") for law in self.point.random.values()):
                raise Ambiguous("a probability of a continuous variable is not computed exactly")
            return self.average(lambda: int(self.truth(args[0])))
        a, b = args[0], args[-1]
        if kind == "mean":
            return self.mean_of(a)
        mean_a, mean_b = self.mean_of(a), self.mean_of(b)
        spread = self.average(lambda: (number(self.value(a)) - mean_a) * (number(self.value(b)) - mean_b))
        return np.sqrt(spread) if kind == "std" else spread

    def mean_of(self, e):
        """E[e], computed once: it does not depend on the outcome of an outer expectation."""
        key = (e, tuple(self.index.items()), str(self.delta))
        if key not in self.means:
            self.means[key] = self.average(lambda: self.value(e))
        return self.means[key]

    def average(self, f):
        """Over all outcomes, or the nodes of a quadrature; without random variables, over the data."""
        if not self.point.random:
            v = number(f())
            if v.ndim != 1:
                raise Unbound(
                    "an expectation, but no random variable is declared",
                    r"say $x \sim \mathcal{N}(0, 1)$ under the formula",
                )
            return v.mean()
        slots = [(n, k) for n, (_, _, shape) in self.point.random.items() for k in range(int(np.prod(shape)))]
        nodes = self.point.nodes
        if np.prod([float(len(nodes[n][0])) for n, _ in slots]) > 20_000:
            raise Ambiguous("too many outcomes for an exact expectation")
        total, saved = 0.0, self.point.drawn
        try:
            for pick in itertools.product(*[range(len(nodes[n][0])) for n, _ in slots]):
                drawn, weight = {n: [] for n in self.point.random}, 1.0
                for (n, _), j in zip(slots, pick):
                    drawn[n].append(nodes[n][0][j])
                    weight *= nodes[n][1][j]
                self.point.drawn = {
                    n: np.array(v).reshape(self.point.random[n][2])[()] for n, v in drawn.items()
                }
                total = total + weight * number(f())
        finally:
            self.point.drawn = saved
        return total
