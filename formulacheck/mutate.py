r"""Damage every display the way editing does, and count how many of the damaged ones are noticed.

    python -m formulacheck.mutate snippets docs [--jobs 2] [--floor 0.97]

A damaged formula is caught by value, or refused (it no longer parses or binds), or it survives. Survivors are
listed; one that says the same as the original is an equivalent, and has to be explained by a human.
"""

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import TimeoutError, get_context

from .check import Checker
from .errors import FormulaError
from .lexer import ACCENTS, FONTS, GREEK, clean, tokenize
from .pages import sections
from .section import TOLERANCE, UNVERIFIED, strip_comments

SWAP = {
    "+": "-",
    "-": "+",
    ">": "<",
    "<": ">",
    r"\ge": r"\le",
    r"\geq": r"\leq",
    r"\le": r"\ge",
    r"\leq": r"\geq",
    r"\max": r"\min",
    r"\min": r"\max",
    r"\sum": r"\prod",
    r"\prod": r"\sum",
    r"\log": r"\exp",
    r"\ln": r"\exp",
    r"\exp": r"\log",
    r"\tanh": r"\sin",
    r"\sin": r"\cos",
    r"\cos": r"\sin",
    r"\lfloor": r"\lceil",
    r"\rfloor": r"\rceil",
    r"\cap": r"\cup",
    r"\cup": r"\cap",
}
EDGE = {">": r"\ge", "<": r"\le", r"\ge": ">", r"\geq": ">", r"\le": "<", r"\leq": "<"}
OPENING, CLOSING = {"{", "(", "[", r"\{", r"\begin"}, {"}", ")", "]", r"\}", r"\end"}
BEFORE_SIGN = {
    None,
    "(",
    "[",
    "{",
    "=",
    "&",
    ",",
    r"\{",
    "^",
    r"\|",
    "|",
    "|<",
    r"\approx",
    r"\times",
    r"\cdot",
    r"\\",
}
TERM_ENDS = {
    "+",
    "-",
    ")",
    "]",
    "}",
    "&",
    r"\}",
    "=",
    r"\quad",
    r"\qquad",
    r"\end",
    r"\rfloor",
    r"\approx",
    r"\ge",
    r"\le",
    ",",
    "|",
    "|>",
    r"\|>",
    r"\\",
    "<",
    ">",
}


class Damage:
    """All damaged versions of one display, as (kind, LaTeX)."""

    def __init__(self, tex):
        self.body = clean(strip_comments(tex))
        self.tokens = tokenize(self.body)
        self.texts = [t.text for t in self.tokens]
        self.words = self._words()
        self.subs = self._subscripts()
        usable = [i for i in range(len(self.tokens)) if i not in self.words]
        self.letters = sorted({self.texts[i] for i in usable if self.is_letter(i) and i not in self.subs})
        self.index_letters = sorted(
            {
                self.texts[i]
                for i in usable
                if i in self.subs and self.tokens[i].kind == "op" and self.texts[i].isalpha()
            }
        )

    def all(self):
        found = {}
        for i in range(len(self.tokens)):
            if i not in self.words:
                for kind, new in self.at(i):
                    found.setdefault("".join(new.split()), (kind, new))
        found.pop("".join(self.body.split()), None)
        return list(found.values())

    def at(self, i):
        """The damages that begin at one token."""
        text = self.texts[i]
        for rule in (
            self.signs,
            self.relations,
            self.powers,
            self.numbers,
            self.fractions,
            self.marks,
            self.symbols,
        ):
            yield from rule(i, text)

    # -- one kind of damage each
    def signs(self, i, text):
        if text not in ("+", "-"):
            return
        unary = (self.texts[i - 1] if i else None) in BEFORE_SIGN
        yield "sign", self.put(i, i + 1, " " if unary and text == "-" else SWAP[text])
        if not unary:
            yield "drop term", self.put(i, self.term_end(i), " ")

    def relations(self, i, text):
        if text in SWAP and text not in "+-":
            yield "swap operator", self.put(i, i + 1, SWAP[text] + " ")
        if text in EDGE:
            yield "boundary", self.put(i, i + 1, EDGE[text] + " ")

    def powers(self, i, text):
        if text != "^" or i + 1 >= len(self.tokens):
            return
        owner = i - 1
        while owner >= 0 and (owner in self.subs or self.texts[owner] == "_"):
            owner -= 1
        limit = self.texts[owner] in (r"\sum", r"\prod", r"\int")
        end = self.group_end(i + 1)
        yield ("upper limit", self.put(i, end, "^{1}")) if limit else ("drop exponent", self.put(i, end, ""))

    def numbers(self, i, text):
        if self.tokens[i].kind != "num":
            return
        if i in self.subs and text.isdigit():
            yield "subscript number", self.put(i, i + 1, str(int(text) + 1))
        else:
            value = float(text)
            yield (
                "number",
                self.put(i, i + 1, f"{value * 1.5:g}" if text.startswith("0.") else f"{value + 1:g}"),
            )

    def fractions(self, i, text):
        if text == r"\sqrt":
            yield "drop root", self.put(i, i + 1, " ")
        if text != r"\frac" or i + 1 >= len(self.tokens):
            return
        middle = self.group_end(i + 1)
        if self.tokens[i + 1].kind == "num" and len(self.texts[i + 1]) == 2:
            yield "upside down", self.put(i + 1, i + 2, self.texts[i + 1][::-1])
        elif middle < len(self.tokens):
            end = self.group_end(middle)
            top, bottom = self.source(i + 1, middle), self.source(middle, end)
            if r"\partial" not in top and not re.match(r"\{\s*(d\b|d[A-Za-z]|\\mathrm\{d\})", top):
                yield "upside down", self.put(i + 1, end, bottom + " " + top)
                yield "drop denominator", self.put(i, end, top)

    def marks(self, i, text):
        if text in ACCENTS:
            yield "drop accent", self.put(i, i + 1, " ")
        if text == r"\odot":
            yield "drop odot", self.put(i, i + 1, " ")
        if text == r"\top":
            yield "drop transpose", self.put(i, i + 1, "{1}")
        if text == "'":
            yield "drop prime", self.put(i, i + 1, "")
        if text in ("|", "|<", r"\|", r"\|<") and (pair := self.bar_pair(i)):
            start, end = self.tokens[i].start, self.tokens[pair].end
            inner = self.body[self.tokens[i].end : self.tokens[pair].start]
            opening = re.sub(r".*\|", "", self.body[start : self.tokens[i].end])
            yield (
                "drop bars",
                re.sub(r"\\left\s*$", "", self.body[:start])
                + "("
                + re.sub(r"\\right\s*$", "", inner)
                + ")"
                + opening
                + re.sub(r"^_\{?\d\}?", "", self.body[end:]),
            )

    def symbols(self, i, text):
        if (
            i in self.subs
            and text in self.index_letters
            and self.tokens[i].kind == "op"
            and len(self.index_letters) > 1
        ):
            yield "swap index", self.put(i, i + 1, self.next_of(self.index_letters, text))
        elif i not in self.subs and text in self.letters and len(self.letters) > 1:
            yield "swap symbol", self.put(i, i + 1, self.next_of(self.letters, text) + " ")

    # -- helpers
    def put(self, i, j, new):
        start, end = self.tokens[i].start, self.tokens[j - 1].end
        return self.body[:start] + new + self.body[end:]

    def source(self, i, j):
        return self.body[self.tokens[i].start : self.tokens[j - 1].end]

    @staticmethod
    def next_of(choices, text):
        return choices[(choices.index(text) + 1) % len(choices)]

    def is_letter(self, i):
        kind, text = self.tokens[i].kind, self.texts[i]
        return (
            kind == "op"
            and text.isalpha()
            and text != "d"
            or kind == "cmd"
            and text[1:] in GREEK - {"top", "infty", "nabla", "pi"}
        )

    def group_end(self, i):
        """Just past the macro argument that starts at a token."""
        if i >= len(self.texts) or self.texts[i] != "{":
            return min(i + 1, len(self.texts))
        depth = 0
        for j in range(i, len(self.texts)):
            depth += (self.texts[j] == "{") - (self.texts[j] == "}")
            if depth == 0:
                return j + 1
        return len(self.texts)

    def term_end(self, i):
        depth, j = 0, i + 1
        while j < len(self.texts) and not (depth == 0 and self.texts[j] in TERM_ENDS):
            depth += (self.texts[j] in OPENING) - (self.texts[j] in CLOSING)
            j += 1
        return max(j, i + 1)

    def bar_pair(self, i):
        close = {"|<": "|>", r"\|<": r"\|>"}.get(self.texts[i], self.texts[i])
        before = self.texts[:i].count(self.texts[i]) if close == self.texts[i] else 0
        return (
            next((j for j in range(i + 1, len(self.texts)) if self.texts[j] == close), None)
            if before % 2 == 0
            else None
        )

    def _words(self):
        """Tokens that are no mathematics: letters of \\mathrm{…}, names of environments, labels of braces."""
        words = set()
        for i, text in enumerate(self.texts):
            if text in FONTS or text in (r"\begin", r"\end"):
                words.update(range(i + 1, self.group_end(i + 1)))
            if text in (r"\underbrace", r"\overbrace"):
                j = self.group_end(i + 1)
                if self.texts[j : j + 1] in (["_"], ["^"]):
                    words.update(range(j, self.group_end(j + 1)))
        return words

    def _subscripts(self):
        subs = set()
        for i, text in enumerate(self.texts):
            if text == "_" and i not in self.words:
                subs.update(range(i + 1, self.group_end(i + 1)))
        return subs


@dataclass
class Score:
    value: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    survivors: list = field(default_factory=list)  # (where, kind, original, damaged)
    left: int = 0  # sections that the time did not suffice for

    def add(self, other):
        self.value += other.value
        self.refused += other.refused
        self.survivors += other.survivors

    @property
    def total(self):
        return sum(self.value.values()) + sum(self.refused.values()) + len(self.survivors)

    @property
    def score(self):
        return 1 - len(self.survivors) / self.total if self.total else 1.0

    @property
    def by_value(self):
        """Of the damages that still parse and bind."""
        caught = sum(self.value.values())
        return caught / (caught + len(self.survivors)) if caught else 1.0


def mutate_section(section, where="", seed=0):
    """Damage the displays of one section, one at a time; the others stay as they are."""
    score, checker = Score(), Checker(section, seed)
    texts = [d.tex for d in section.displays]
    failing = {r.display for r in checker.results() if not r.ok}
    for k, tex in enumerate(texts):
        if UNVERIFIED.search(tex) or k in failing:
            continue
        note = f" % tol: {m[1]}\n" if (m := TOLERANCE.search(tex)) else ""
        try:
            damaged = Damage(tex).all()
        except FormulaError:
            continue
        for kind, new in damaged:
            results = checker.results(texts[:k] + [new + note] + texts[k + 1 :], suspect=k)
            failed = [r for r in results if not r.ok and r.display not in failing - {k}]
            if not failed:
                address = f"{where}:{section.displays[k].line}"
                score.survivors.append((address, kind, " ".join(tex.split()), " ".join(new.split())))
            elif any(r.kind == "Mismatch" for r in failed):
                score.value[kind] += 1
            else:
                score.refused[kind] += 1
    return score


def mutate(*paths, seed=0, jobs=1, seconds=float("inf")):
    """Damage every display below these paths; with a limit of time, as many as it allows, in a random order."""
    files = [(path, k, seed) for path in paths for k in range(len(list(sections(path))))]
    score, end = Score(), time.monotonic() + seconds
    if seconds < float("inf"):
        random.Random(seed).shuffle(files)
    if jobs > 1:
        with get_context("fork").Pool(jobs) as pool:
            parts, score.left = pool.imap_unordered(_one, files), len(files)
            while score.left and (rest := end - time.monotonic()) > 0:
                try:
                    score.add(parts.next(rest if rest < float("inf") else None))
                    score.left -= 1
                except TimeoutError:
                    break
    else:
        for job in files:
            score.add(_one(job))
    return score


_cache = {}


def _one(job):
    path, k, seed = job
    if path not in _cache:
        _cache[path] = list(sections(path))
    source = _cache[path][k]
    return (
        mutate_section(source.section, source.path, seed)
        if source.section and source.section.displays
        else Score()
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m formulacheck.mutate", description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--floor", type=float, default=0.97, help="exit with an error below this share caught"
    )
    parser.add_argument(
        "--floor-bound", type=float, default=0.95, help="the same for those that still parse and bind"
    )
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    options = parser.parse_args(arguments)
    score = mutate(*options.paths, seed=options.seed, jobs=options.jobs, seconds=options.seconds)
    print_score(score)
    return 0 if score.score >= options.floor and score.by_value >= options.floor_bound else 1


def print_score(score):
    alive = Counter(kind for _, kind, _, _ in score.survivors)
    for where, kind, original, damaged in sorted(score.survivors):
        print(f"{where}: survived: {kind}\n    {original}\n    {damaged}")
    print(f"{'damage':18}{'value':>7}{'refused':>9}{'survived':>10}")
    for kind in sorted(score.value | score.refused | alive):
        print(f"{kind:18}{score.value[kind]:7}{score.refused[kind]:9}{alive[kind]:10}")
    print(
        f"{score.total} damaged displays: {score.score:.4f} caught, "
        f"{score.by_value:.4f} of those that still parse and bind; {score.left} sections not reached in time"
    )


if __name__ == "__main__":
    sys.exit(main())
