r"""Random inputs from the domains that stand under a formula.

Every second point lies on a grid of halves and of the constants of formula and code, so that ties, zeros and
the borders of cases happen.
"""

import itertools
import warnings

import numpy as np

from .errors import Excluded, FormulaError, ParseError, Unbound, Unusable
from .names import names, text, walk
from .printer import latex

TRIES = 60  # draws for one point until the side conditions hold
LEVELS = {5: 0.0, 9: 1.0, 13: -0.5}  # points at which all unbounded real inputs are equal
EVALUATIONS = 300  # of the code, for one exact expectation


class Point:
    """One choice of all inputs, and what the code does with it."""

    def __init__(self, section, number):
        self.section, self.number = section, number
        self.args, self.free, self.dims, self.random = {}, {}, {}, {}
        self.drawn = {}  # values of random variables while averaging
        self._runs, self._last, self.unusable = {}, (0, 0, None), None

    def run(self, delta=None):
        if self._last[0] is delta and self._last[1] is self.drawn:
            return self._last[2]
        found = self._run(delta)
        self._last = delta, self.drawn, found
        return found

    def _run(self, delta):
        if delta or self.drawn:
            parts = (delta or {}, self.drawn)
            key = tuple((k, np.asarray(v).tobytes()) for part in parts for k, v in part.items())
        else:
            key = ()
        if key not in self._runs:
            if len(self._runs) > 5000:
                self._runs = {}
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._runs[key] = self._call(delta)
        return self._runs[key]

    def _call(self, delta):
        if delta and any(k.startswith("local:") for k in delta if isinstance(k, str)):
            self.run()  # counts the assignments of each local
        snippet, used = self.section.snippet, {k: v for k, v in (delta or {}).items() if isinstance(k, str)}
        try:
            out = snippet.run({**self.args, **self.drawn}, used, getattr(self, "totals", None))
        except FormulaError:
            raise
        except Exception as error:  # the code itself is undefined here
            raise Unusable(f"{snippet.name}() raised {type(error).__name__}: {error}") from None
        if not used and not self.drawn:
            self.totals = dict(snippet.seen)
        return out

    def describe(self, bindings=()):
        """The inputs, or those that a formula speaks about."""
        about = {what.rpartition(" ")[2] for what in bindings} if bindings else set(self.args)
        shown = {k: v for k, v in self.args.items() if k in about} or self.args
        free = {latex(k): v for k, v in self.free.items()}
        return ", ".join(f"{k} = {short(v)}" for k, v in {**shown, **free}.items())


def short(v):
    if isinstance(v, tuple | list):
        return "(" + ", ".join(short(x) for x in v) + ")"
    try:
        return np.array2string(np.asarray(v), precision=5, separator=", ", threshold=12).replace("\n", "")
    except (TypeError, ValueError):
        return repr(v)


class Sampler:
    def __init__(self, section, seed=0):
        self.section, self.seed, self.points = section, seed, {}
        numbers = {abs(float(n[1])) for tree in section.trees() for n in walk(tree) if n[0] == "num"}
        self.constants = sorted(c for c in numbers | section.snippet.constants if 0 < c <= 10)

    def point(self, number):
        if number not in self.points:
            self.points[number] = self._draw(number)
        return self.points[number]

    def _draw(self, number):
        failure = None
        for attempt in range(TRIES):
            self.rng = np.random.default_rng([self.seed, number, attempt])
            self.grid, self.turn, self.shift = number % 2 == 1, number // 2, self.seed + attempt
            self.level = LEVELS.get(number) if attempt == 0 else None
            point = Point(self.section, number)
            try:
                with np.errstate(all="ignore"):
                    self._fill(point)
                    if all(self.section.holds(c, point) for c in self.section.constraints):
                        return point
            except Unusable as error:
                failure = error
            except (ArithmeticError, ValueError, TypeError, IndexError) as error:
                raise ParseError(f"the domains cannot be sampled: {error}") from error
        point.unusable = failure or Excluded("the conditions on the inputs exclude each other")
        return point

    # -- all inputs of one point
    def _fill(self, point):
        section, parameters = self.section, self.section.snippet.parameters
        self.sizes = itertools.chain(self.rng.permutation([2, 3, 4, 5]).tolist(), itertools.count(6))
        values = {}
        integers = [
            s for s, d in section.domains.items() if d.base and d.base[:2] == ("space", "N") and not d.base[3]
        ]
        for subject in integers + [s for s in section.domains if s not in integers]:
            domain = section.domains[subject]
            if domain.base and domain.base[0] == "law":
                continue
            name = section.parameter(subject) or text(subject)
            values[subject] = (
                point.dims[name] if name in point.dims and subject in integers else self.draw(domain, point)
            )
            if isinstance(values[subject], int) and subject in integers:
                point.dims.setdefault(name, values[subject])
        self._tie(values)
        for subject, value in values.items():
            name = section.parameter(subject)
            if name:
                point.args[name] = value
            elif subject not in section.members:
                point.free[subject] = value
        for name, subjects in section.composites.items():
            parts = [values.get(s, point.dims.get(text(s))) for s in subjects]
            point.args[name] = tuple(self.real(()) if v is None else v for v in parts)
        for name, parameter in parameters.items():
            if name not in point.args and parameter.kind not in (
                parameter.VAR_POSITIONAL,
                parameter.VAR_KEYWORD,
            ):
                point.args[name] = point.dims[name] if name in point.dims else self.undeclared(parameter)
        for subject, domain in section.domains.items():
            if domain.base and domain.base[0] == "law":
                self._random_variable(subject, domain.base[1], point)

    def _tie(self, values):
        """On some grid points two inputs of one domain are equal, p = q, or opposite, a = -b."""
        if not self.grid or self.rng.random() > 0.3:
            return
        arrays = [s for s, v in values.items() if isinstance(v, np.ndarray)]
        for k, subject in enumerate(arrays):
            alike = [
                s
                for s in arrays[:k]
                if self.section.domains[s] == self.section.domains[subject]
                and values[s].shape == values[subject].shape
            ]
            if alike:
                d = self.section.domains[subject]
                signed = d.base[:3] == ("space", "R", None) and d.low is d.high is None
                opposite = signed and self.rng.random() < 0.5
                values[subject] = -values[alike[0]] if opposite else values[alike[0]].copy()

    def undeclared(self, parameter):
        """A real number; a default tells more: 0.9 lies in (0, 1), axis=-1 and None stay as they are."""
        default = parameter.default
        if default is parameter.empty:
            return self.real(())
        if not isinstance(default, float):
            return default
        if default == 0:
            return self.real(())
        size = self.between(0.0, 1.0, ()) if abs(default) < 1 else self.between(0.0, None, ())
        return float(np.copysign(size, default))

    # -- numbers
    def real(self, shape):
        return self.between(None, None, shape)

    def between(self, low, high, shape, closed=(False, False)):
        if self.grid:
            chosen = self._on_grid(low, high, closed, shape)
        elif low is not None and high is not None:
            edge = 0.05 * (high - low)
            chosen = self.rng.uniform(low + edge, high - edge, shape)
        elif low is not None:
            chosen = low + np.exp(self.rng.uniform(*np.log([0.2, 8]), shape))
        elif high is not None:
            chosen = high - self.rng.uniform(0.2, 2.5, shape)
        else:
            chosen = self.rng.normal(0, 1.3, shape)
        return float(chosen) if shape == () else chosen

    def _on_grid(self, low, high, closed, shape):
        candidates = self._grid(low, high, closed)
        few = candidates[np.abs(candidates) <= 1]
        if shape != () and len(few) > 1 and self.rng.random() < 0.7:
            return self.rng.choice(few, shape)  # few values, many ties
        borders = [c for c in candidates if abs(c) in self.constants and abs(c) > 2]
        if shape == () and borders and self.turn % 2 == 0:  # every constant has its turn
            self.shift += 1  # two inputs and two attempts differ
            return borders[(self.turn // 2 + self.shift) % len(borders)]
        return self.rng.choice(candidates, shape)

    def _grid(self, low, high, closed):
        base = np.arange(-4, 5) * 0.5
        near = [s * c + d for c in self.constants if c > 2 for s in (1, -1) for d in (-0.5, 0, 0.5)]
        candidates = np.concatenate([base, near])
        if low is not None and high is not None:
            inside = low + (high - low) * np.array([0, 0.25, 0.5, 0.75, 1])
            candidates = np.concatenate([candidates, inside])
        if low is not None:
            candidates = candidates[(candidates > low) | closed[0] & (candidates == low)]
        if high is not None:
            candidates = candidates[(candidates < high) | closed[1] & (candidates == high)]
        return candidates if len(candidates) else np.array([low + 1 if low is not None else high - 1])

    def draw(self, domain, point):
        base, low, high = domain.base, domain.low, domain.high
        if base is None:
            return self.between(low, high, (), domain.closed)
        kind = base[0]
        if kind == "space":
            return self._space(base, domain, point)
        if kind == "interval":
            return self._interval(base, point)
        if kind == "set":
            return self._set(base[1], self.shape(base[2], point), point)
        if kind == "simplex":
            size, rows = base[1], self.shape(base[2], point)
            return self.rng.dirichlet(np.full(self.shape(size, point)[0], 2.0), rows or None)
        if kind == "mask":
            return self.rng.random(self.shape(base[1], point)) < 0.6
        if kind == "definite":
            n = self.shape(base[1], point)[0]
            a = self.rng.normal(size=(n, n))
            return a @ a.T + np.eye(n)
        raise ParseError(f"unknown domain {latex(base)}")

    def _space(self, base, domain, point):
        _, letter, sign, shape = base
        shape = self.shape(shape, point)
        low, high = domain.low, domain.high
        if sign and letter == "R":
            low = 0.0 if low is None else low
        if letter == "R" and not sign and low is None and high is None and self.level is not None:
            return np.full(shape, self.level)[()]
        if letter == "R":
            return self.between(low, high, shape, domain.closed)
        first = 1 if letter == "N" else -5
        if low is not None:
            first = int(np.floor(low)) + (0 if domain.closed[0] else 1)
        last = first + 6 if letter == "N" or low is not None else 5
        if high is not None:
            last = int(np.ceil(high)) - (0 if domain.closed[1] else 1)
            first = first if low is not None or letter == "N" else last - 6
        v = self.rng.integers(first, last + 1, shape)
        return int(v) if shape == () else v

    def _interval(self, base, point):
        _, opening, low, high, close, shape = base
        low, high = self.constant(low, point), self.constant(high, point)
        low, high = (None if np.isinf(low) else low), (None if np.isinf(high) else high)
        return self.between(low, high, self.shape(shape, point), (opening == "[", close == "]"))

    def _set(self, items, shape, point):
        if ("dots",) in items:
            values = progression([None if e == ("dots",) else self.constant(e, point) for e in items])
        else:
            values = np.array([self.constant(e, point) for e in items])
        if np.all(values == np.round(values)):
            values = values.astype(int)
        if shape == ():
            return values[self.rng.integers(len(values))].item()
        size = int(np.prod(shape))
        picked = np.concatenate(
            [values, values[self.rng.integers(len(values), size=max(0, size - len(values)))]]
        )
        return self.rng.permutation(picked)[:size].reshape(shape)

    # -- shapes
    def shape(self, e, point):
        if e is None:
            return ()
        if e[0] == "times":
            return self.shape(e[1], point) + self.shape(e[2], point)
        n = self.size(e, point)
        if n != int(n) or n < 0 or n > 200:
            raise Unusable(f"a shape of {n}")
        return (int(n),)

    def size(self, e, point):
        kind = e[0]
        if kind == "num":
            return float(e[1])
        if kind in ("grp", "neg"):
            return self.size(e[1], point) * (-1 if kind == "neg" else 1)
        if kind in ("add", "minus", "jux", "dot", "frac", "div", "pow"):
            a, b = self.size(e[1], point), self.size(e[2], point)
            return {
                "add": a + b,
                "minus": a - b,
                "frac": a / b if b else 0,
                "div": a / b if b else 0,
                "pow": a**b,
            }.get(kind, a * b)
        name = self.section.parameter(e) or next(iter(names(e)), None)
        if name is None:
            raise ParseError(f"cannot read the size {latex(e)}")
        if name in point.dims:
            return point.dims[name]
        if name in self.section.snippet.parameters:
            default = self.section.snippet.parameters[name].default
            if isinstance(default, int):
                return point.dims.setdefault(name, default)
        return point.dims.setdefault(name, int(next(self.sizes)))

    def constant(self, e, point):
        """The value of an interval end or set element, which may name other inputs."""
        return float(np.asarray(self.section.evaluate_plain(e, point)))

    # -- random variables
    def _random_variable(self, subject, law, point):
        name = self.section.parameter(subject)
        if not name:
            raise Unbound(
                f"the random variable {latex(subject)} is not an argument of {self.section.snippet.name}()"
            )
        shape = ()
        if law[0] == "pow":
            self.sizes = itertools.repeat(2)  # keeps exact enumeration small
            law, shape = law[1], self.shape(law[2], point)
        if law[0] != "app" or law[1][0] != "sym":
            raise ParseError(f"unknown distribution {latex(law)}")
        point.random[name] = (law[1][1], [self.constant(a, point) for a in law[2]], shape)
        total = sum(int(np.prod(s)) for _, _, s in point.random.values())
        most = max(3, min(48, int(EVALUATIONS ** (1 / total))))
        point.nodes = {n: quadrature(kind, args, most) for n, (kind, args, _) in point.random.items()}
        for n, (_, _, s) in point.random.items():
            nodes = point.nodes[n][0]
            point.args[n] = float(nodes[-1]) if s == () else self.rng.choice(nodes, s)


def quadrature(kind, args, most):
    """Nodes and weights that average exactly (finite laws) or to working precision (smooth integrands)."""
    if kind in ("Bernoulli", "Ber", "B", "Bern"):
        return np.array([0.0, 1.0]), np.array([1 - args[0], args[0]])
    if kind in ("N", "Normal", "Gaussian") and len(args) == 2:
        x, w = np.polynomial.hermite_e.hermegauss(most)
        return args[0] + np.sqrt(args[1]) * x, w / w.sum()
    if kind in ("U", "Uniform", "Unif") and len(args) == 2:
        x, w = np.polynomial.legendre.leggauss(most)
        return (args[0] + args[1]) / 2 + (args[1] - args[0]) / 2 * x, w / 2
    raise ParseError(f"unknown distribution {kind}", "known: Bernoulli(p), N(mu, var), U(a, b)")


def progression(values):
    r"""\{0, 0.1, \dots, 1\}: the numbers between are meant too."""
    k = values.index(None)
    if k in (0, len(values) - 1) or None in values[k + 1 :]:
        raise ParseError(r"\dots needs a number on both sides")
    start, stop = values[0], values[-1]
    step = values[k - 1] - values[k - 2] if k > 1 else (1.0 if stop >= start else -1.0)
    if step == 0:
        raise ParseError(r"\dots after two equal numbers")
    count = int(round((stop - start) / step))
    if not 0 <= count <= 10_000 or abs(start + count * step - stop) > 1e-9:
        raise ParseError("the step of the set does not lead to its last element")
    return start + step * np.arange(count + 1)
