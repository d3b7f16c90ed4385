"""Tree -> LaTeX that parses back to the same tree. Used in messages and by the round-trip tests."""

import functools

from .lexer import FUNCTIONS, GREEK

RELATIONS = {
    "=": "=",
    "~": r"\approx",
    "<": "<",
    ">": ">",
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "in": r"\in",
    "notin": r"\notin",
    "<-": r"\leftarrow",
    "sim": r"\sim",
    "subset": r"\subseteq",
    ">>": r"\succ",
    "->": r"\to",
    "propto": r"\propto",
}
INFIX = {
    "add": "+",
    "minus": "-",
    "cup": r"\cup",
    "setminus": r"\setminus",
    "dot": r"\cdot",
    "times": r"\times",
    "star": "*",
    "div": "/",
    "had": r"\odot",
    "outer": r"\otimes",
    "mod": r"\bmod",
    "cap": r"\cap",
}
SIGNS = {"star": "*", "plus": "+", "minus": "-"}
_COMMAND = {v: k for k, v in FUNCTIONS.items() if k not in ("sgn", "lg", "tr", "Tr")} | {
    "log10": "lg",
    "log": "log",
}
_OPERATORS = {"erf", "erfc", "sign", "diag", "trace", "mean", "sech", "csch", "arsinh", "arcosh", "artanh"}


@functools.lru_cache(65536)
def latex(tree):
    return globals()["_" + tree[0]](*tree[1:])


def braced(tree):
    return "{" + latex(tree) + "}"


def listed(trees):
    return ", ".join(latex(t) for t in trees)


def _num(text):
    return text


def _sym(name):
    if name.startswith("#"):
        return r"\#" + _sym(name[1:])
    if name in GREEK:
        return "\\" + name
    return name if len(name) == 1 and name != "1" else r"\mathbb{1}" if name == "1" else r"\mathrm{%s}" % name


def _acc(e, accent):
    command = {"Delta": r"\Delta ", "ring": r"\mathring"}.get(accent, "\\" + accent)
    return command + (latex(e) if accent == "Delta" else braced(e))


def _deco(e, mark):
    return latex(e) + "^{" + (SIGNS.get(mark) or r"\mathrm{%s}" % mark) + "}"


def _supidx(e, label):
    return latex(e) + "^{(" + latex(label) + ")}"


def _prime(e, count):
    return latex(e) + "'" * count


def _sub(e, subs):
    return latex(e) + "_{" + listed(subs) + "}"


def _pow(base, power):
    if base[0] == "fn":
        name, args, primes = base[1:]
        return _name(name) + "'" * primes + "^" + braced(power) + _arguments(args)
    if base[0] == "sub":  # keep index and power apart
        return latex(base) + "^" + braced(power)
    return (
        (latex(base) if base[0] in ("sym", "grp", "num", "acc", "app", "mat") else braced(base))
        + "^"
        + braced(power)
    )


def _hadpow(base, power):
    return braced(base) + r"^{\odot " + latex(power) + "}"


def _T(e):
    return (
        latex(e) if e[0] in ("sym", "sub", "acc", "grp", "deco", "supidx", "mat") else braced(e)
    ) + r"^\top"


def _arguments(args):
    return r"\left(" + listed(args) + r"\right)" if args else ""


def _app(head, args):
    return latex(head) + _arguments(args)


def _name(name):
    if isinstance(name, tuple):
        return r"\log_" + braced(name[1])
    if name in ("max", "min"):
        return "\\" + name
    return r"\operatorname{%s}" % name if name in _OPERATORS else "\\" + _COMMAND[name]


def _fn(name, args, primes):
    return _name(name) + "'" * primes + (_arguments(args) or " ")


def _big(op, specs, upper, body):
    command = r"\operatorname*{%s}" % op if op.startswith("arg") else "\\" + op
    limit = "^" + braced(upper) if upper else ""
    under = "_{" + ", ".join(_index(*s[1:]) for s in specs) + "}" if specs else ""
    return command + under + limit + " " + operand(body)


def _index(var, low, among, condition):
    if low:
        out = latex(var) + "=" + latex(low)
    elif among:
        out = latex(var) + r" \in " + latex(among)
    else:
        out = latex(var)
    return out + (" : " + latex(condition) if condition else "")


def _int(var, low, high, body):
    return r"\int_{%s}^{%s} %s \,d %s" % (latex(low), latex(high), operand(body), latex(var))


def _diff(body, wrt):
    if not wrt:
        return r"\nabla " + operand(body)
    if len(wrt) == 1 and body[0] in ("sym", "sub", "acc"):
        return r"\frac{\partial %s}{\partial %s}" % (latex(body), latex(wrt[0]))
    order = "^{%d}" % len(wrt) if len(wrt) > 1 else ""
    return r"\frac{\partial%s}{%s} %s" % (order, " ".join(r"\partial " + latex(w) for w in wrt), braced(body))


def _at(e, condition):
    return r"\left." + operand(e) + r"\right|_{" + latex(condition) + "}"


def _jux(*factors):
    return " ".join(operand(f) for f in factors)


SIMPLE = {
    "sym",
    "num",
    "sub",
    "acc",
    "grp",
    "frac",
    "abs",
    "norm",
    "supidx",
    "deco",
    "prime",
    "app",
    "root",
    "ind",
    "concat",
}
PRODUCTS = {"jux", "dot", "times", "star", "had", "outer", "cap", "mod", "div"}


def operand(e):
    """Braces disappear when the text is read, and keep the parts of an operand together."""
    return latex(e) if e[0] in SIMPLE else braced(e)


def _infix(kind):
    def write(a, b):
        if kind in ("add", "minus", "cup", "setminus"):
            left = latex(a) if a[0] in ("add", "minus") else operand(a)
            return left + " " + INFIX[kind] + " " + operand(b)
        return operand(a) + " " + INFIX[kind] + " " + operand(b)

    return write


globals().update({"_" + kind: _infix(kind) for kind in INFIX})


def _frac(a, b):
    return r"\frac" + braced(a) + braced(b)


def _neg(e):
    return "-" + operand(e)


def _fact(e):
    return operand(e) + "!"


def _root(e, n):
    return r"\sqrt" + ("" if n == ("num", "2") else "[" + latex(n) + "]") + braced(e)


def _floor(e):
    return r"\lfloor " + latex(e) + r" \rfloor"


def _ceil(e):
    return r"\lceil " + latex(e) + r" \rceil"


def _abs(e):
    return r"\left|" + latex(e) + r"\right|"


def _norm(e, p):
    return r"\left\|" + latex(e) + r"\right\|_" + braced(p)


def _inner(a, b):
    return r"\langle " + latex(a) + ", " + latex(b) + r" \rangle"


def _binom(n, k):
    return r"\binom" + braced(n) + braced(k)


def _grp(e):
    return r"\left(" + latex(e) + r"\right)"


def _mat(rows):
    return (
        r"\begin{bmatrix}"
        + r" \\ ".join(" & ".join(latex(e) for e in row) for row in rows)
        + r"\end{bmatrix}"
    )


def _cases(rows):
    return (
        r"\begin{cases}"
        + r" \\ ".join(latex(e) + " & " + (latex(c) if c else r"\text{otherwise}") for e, c in rows)
        + r"\end{cases}"
    )


def _ind(condition):
    return r"\mathbb{1}\left[" + latex(condition) + r"\right]"


def _remark(condition):
    return r"\left(" + latex(condition) + r"\right)"


def _chain(exprs, ops):
    out = latex(exprs[0])
    for op, e in zip(ops, exprs[1:]):
        out += " " + RELATIONS[op] + " " + latex(e)
    return out


def _and(*parts):
    return r" \land ".join(latex(p) for p in parts)


def _or(a, b):
    return latex(a) + r" \lor " + latex(b)


def _power(shape):
    return "^" + braced(shape) if shape else ""


def _interval(opening, low, high, close, shape):
    return opening + latex(low) + ", " + latex(high) + close + _power(shape)


def _space(letter, sign, shape):
    return r"\mathbb{%s}" % letter + (f"_{{{sign}}}" if sign else "") + _power(shape)


def _concat(separator, parts):
    return "[" + f"{separator} ".join(latex(e) for e in parts) + "]"


def _set(items, shape):
    return r"\{" + listed(items) + r"\}" + _power(shape)


def _dots():
    return r"\dots"


def _idx(*spec):
    return _index(*spec)
