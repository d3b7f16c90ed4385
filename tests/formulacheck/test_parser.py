r"""LaTeX -> tree: what is read, what is refused, and properties for any input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formulacheck import check
from formulacheck.errors import FormulaError, ParseError
from formulacheck.lexer import tokenize
from formulacheck.parser import parse
from formulacheck.printer import latex
from formulacheck.statements import Range, read_display

X, Y, ONE, TWO = ("sym", "x"), ("sym", "y"), ("num", "1"), ("num", "2")


@pytest.mark.parametrize(
    "source, tree",
    [
        (r"\frac12 x", ("jux", ("frac", ONE, TWO), X)),
        (r"-x^2", ("neg", ("pow", X, TWO))),
        (r"x_i^2", ("pow", ("sub", X, (("sym", "i"),)), TWO)),
        (r"x^2_i", ("pow", ("sub", X, (("sym", "i"),)), TWO)),
        (r"\hat{x}_i", ("sub", ("acc", X, "hat"), (("sym", "i"),))),
        (r"\hat{x_i}", ("sub", ("acc", X, "hat"), (("sym", "i"),))),
        (r"W^{(1)}", ("supidx", ("sym", "W"), ONE)),
        (r"h^{(t)}", ("sub", ("sym", "h"), (("sym", "t"),))),
        (r"X^\top", ("T", ("sym", "X"))),
        (r"x^{\mathsf T}", ("T", X)),
        (r"f'(x)", ("app", ("prime", ("sym", "f"), 1), (X,))),
        (r"\left|x\right| + |y|", ("add", ("abs", X), ("abs", Y))),
        (r"\lVert x \rVert_1", ("norm", X, ONE)),
        (r"\max(x, y)", ("fn", "max", (X, Y), 0)),
        (r"\sin^2 x", ("pow", ("fn", "sin", (X,), 0), TWO)),
        (r"\log_2 x", ("fn", ("logb", TWO), (X,), 0)),
        (r"\sqrt[3]{x}", ("root", X, ("num", "3"))),
        (r"\lfloor x \rfloor", ("floor", X)),
        (r"x!", ("fact", X)),
        (r"\binom{x}{y}", ("binom", X, Y)),
        (r"\mathbb{1}[x > y]", ("ind", ("chain", (X, Y), (">",)))),
        (r"\mathbf 1_{\{x = y\}}", ("ind", ("chain", (X, Y), ("=",)))),
        (r"\frac{\partial x}{\partial y}", ("diff", X, (Y,))),
        (r"\partial x / \partial y", ("diff", X, (Y,))),
        (r"\frac{d^2 x}{dy^2}", ("diff", X, (Y, Y))),
        (r"\frac{d}{2}", ("frac", ("sym", "d"), TWO)),
        (r"\nabla_x y", ("diff", Y, (X,))),
        (r"\int_1^2 x\,dx", ("int", X, ONE, TWO, X)),
        (r"\underbrace{x}_{\text{bias}}", X),
        (r"\operatorname{tanh} x", ("fn", "tanh", (X,), 0)),
        (r"\mathrm{TP}", ("sym", "TP")),
        (r"\left.x\right|_{x=1}", ("at", X, ("chain", (X, ONE), ("=",)))),
        (r"x \in [1, 2)", ("chain", (X, ("interval", "[", ONE, TWO, ")", None)), ("in",))),
        (r"x \in \mathbb{R}^{2}", ("chain", (X, ("space", "R", None, TWO)), ("in",))),
        (r"\langle x, y \rangle", ("inner", X, Y)),
        (r"x \stackrel{\text{def}}{=} y", ("chain", (X, Y), ("=",))),
        (r"\begin{bmatrix} x & y \end{bmatrix}", ("mat", ((X, Y),))),
        (
            r"\begin{cases} x & y > 1 \\ y & \text{otherwise} \end{cases}",
            ("cases", ((X, ("chain", (Y, ONE), (">",))), (Y, None))),
        ),
        (
            r"\left\{\begin{array}{ll} x & y > 1 \\ y & \text{else} \end{array}\right.",
            ("cases", ((X, ("chain", (Y, ONE), (">",))), (Y, None))),
        ),
        (
            r"\underset{x}{\operatorname{argmax}}\,"
            r" y",
            ("big", "argmax", (("idx", X, None, None, None),), None, Y),
        ),
        (r"n_{\rm in}", ("sub", ("sym", "n"), (("sym", "in"),))),
        (r"10{,}000", ("num", "10000")),
        (r"X^{\odot 2}", ("hadpow", ("sym", "X"), TWO)),
    ],
)
def test_tree(source, tree):
    assert parse(source) == tree
    assert parse(latex(tree)) == tree


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x +",
        "(x",
        "x)",
        r"\frac{x}",
        r"\sqrt",
        "{x",
        r"\begin{cases} x \\ y \end{cases}",
        r"\begin{foo}x\end{foo}",
        r"\unknown",
        "x_",
        "x^",
        r"\left|x",
        r"\sum_{",
        r"\int x",
        r"\int_0^1 x",
        r"f(,x)",
        r"\lim_{x \to 0} x",
        r"\begin{cases}\end{cases}",
        r"\begin{bmatrix} x & y \\ x \end{bmatrix}",
        r"\frac{\partial^2 x}{\partial y}",
        r"\arg x",
        "x & y",
        "|",
        "a/b c",
        r"\sin(x)^2",
        r"\tanh^{-1} x",
        "x" * 30_000,
    ],
)
def test_refused(source):
    with pytest.raises(ParseError):
        parse(source)


def test_message_shows_the_place():
    with pytest.raises(ParseError, match=r"cannot read at … = \\frac\{1\}\{2\}  ▸ \) \+ x"):
        parse(r"y = \frac{1}{2} ) + x")


def test_statements_of_a_display():
    found, ranges = read_display(
        r"\begin{aligned} a &= b \\ &\quad + c, \quad d = e, \ f > 0 \\ g &= h \quad \text{for } x > 0 "
        r"\end{aligned} "
        r"\qquad i = 0, \dots, n - 1"
    )
    assert [s.tex for s in found] == [r"a &= b \\ &\quad + c", "d = e", "f > 0", "g &= h"]
    assert found[-1].given == [("chain", (X, ("num", "0")), (">",))]
    assert ranges == [Range(("i",), 0, "n - 1")]


def test_condition_in_brackets():
    found, _ = read_display(r"f'(x) = 1 \ (x > 2)")
    assert found[0].tree[1][1] == ONE and found[0].given == [("chain", (X, TWO), (">",))]


def test_tokens_know_their_place():
    source = r"\left( x^2 \right)"
    assert [(t.text, source[t.start : t.end]) for t in tokenize(source)] == [
        ("(", "("),
        ("x", "x"),
        ("^", "^"),
        ("2", "2"),
        (")", ")"),
    ]


# ------------------------------------------------------------------ properties
LETTERS = st.sampled_from(
    ["x", "y", "z", r"\alpha", r"\hat{y}", r"\mathrm{TP}", "x_i", "W_{ij}", r"\sigma^2", "x'"]
)
ATOMS = st.one_of(LETTERS, st.integers(0, 99).map(str), st.sampled_from(["0.5", "1.25"]))


def compound(inner):
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: f"{p[0]} + {p[1]}"),
        two.map(lambda p: f"{{{p[0]}}} - \\left({p[1]}\\right)"),
        two.map(
            lambda p: (
                rf"\left({p[0]}\right) \left({p[1]}"
                rf"\right)"
            )
        ),
        two.map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
        two.map(lambda p: rf"\left({p[0]}\right)^{{{p[1]}}}"),
        inner.map(lambda e: rf"\sqrt{{{e}}}"),
        inner.map(lambda e: rf"\left|{e}\right|"),
        inner.map(lambda e: rf"\exp\left({e}\right)"),
        inner.map(lambda e: rf"\sum_{{i=1}}^{{n}} {{{e}}}"),
        inner.map(lambda e: rf"-\left({e}\right)"),
        inner.map(lambda e: rf"\left({e}\right)^\top"),
        inner.map(lambda e: rf"f'\left({e}\right)"),
        two.map(lambda p: rf"\max\left({p[0]}, {p[1]}\right)"),
        inner.map(lambda e: rf"\lfloor {e} \rfloor"),
        two.map(lambda p: rf"{{{p[0]}}} \odot {{{p[1]}}}"),
        two.map(lambda p: rf"\begin{{cases}} {p[0]} & x > 0 \\ {p[1]} & \text{{otherwise}} \end{{cases}}"),
        two.map(lambda p: rf"\mathbb{{1}}\left[{p[0]} \le {p[1]}\right]"),
        inner.map(lambda e: rf"\frac{{\partial}}{{\partial x}} \left({e}\right)"),
    )


LATEX = st.recursive(ATOMS, compound, max_leaves=12)


@settings(deadline=None, max_examples=150)
@given(LATEX)
def test_printing_and_parsing_again_gives_the_same_tree(source):
    tree = parse(source)
    assert parse(latex(tree)) == tree


PYTHON = st.recursive(
    st.sampled_from([("x", "x"), ("y", "y"), ("2", "2"), ("0.5", "0.5"), (r"\pi", "math.pi")]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(
            lambda p: (f"{{{p[0][0]}}} + {{{p[1][0]}}}", f"({p[0][1]}) + ({p[1][1]})")
        ),
        st.tuples(inner, inner).map(
            lambda p: (rf"\left({p[0][0]}\right)\left({p[1][0]}\right)", f"({p[0][1]}) * ({p[1][1]})")
        ),
        st.tuples(inner, inner).map(lambda p: (f"{p[0][0]} - {{{p[1][0]}}}", f"({p[0][1]}) - ({p[1][1]})")),
        inner.map(lambda e: (rf"\frac{{{e[0]}}}{{3}}", f"({e[1]}) / 3")),
        inner.map(lambda e: (rf"\left({e[0]}\right)^2", f"({e[1]}) ** 2")),
        inner.map(lambda e: (rf"\tanh\left({e[0]}\right)", f"math.tanh({e[1]})")),
        inner.map(lambda e: (rf"\left|{e[0]}\right|", f"abs({e[1]})")),
        st.tuples(inner, inner).map(lambda p: (rf"\max({p[0][0]}, {p[1][0]})", f"max({p[0][1]}, {p[1][1]})")),
        inner.map(lambda e: (rf"\sum_{{k=1}}^{{3}} k \left({e[0]}\right)", f"6 * ({e[1]})")),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(PYTHON)
def test_expressions_evaluate_as_in_python(pair):
    tex, code = pair

    def value(x, y):
        return eval(code, {"math": math, "x": x, "y": y, "abs": abs, "max": max})

    symbols = r"$x, y \in [-1, 1]$, $v$ (`return`)"
    results = check(value, f"$$v = {tex} % tol: 1e-7\n$$ {symbols}")
    assert [r.status for r in results] in (["verified"], ["identity"]), results
    wrong = check(value, f"$$v = {tex} + 1 % tol: 1e-7\n$$ {symbols}")
    assert [r.kind for r in wrong] == ["Mismatch"] or "1e" in str(wrong)


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                r"\frac { } ( ) [ ] | \| x y _ ^ ' = + - \sum \max \left \right . , & \\ \begin{cases} "
                r"\end{cases} "
                r"\text{if} 1 2.5 \hat "
                r"\partial \top \in \mathbb{R} \{ \} \sqrt \log \exp ! / \cdot < \le \quad \int d "
                r"\mathrm{KL} \mid "
                r"\lfloor \rfloor".split()
            ),
            max_size=25,
        ).map(" ".join),
    )
)
def test_no_input_raises_anything_else(source):
    try:
        parse(source)
    except FormulaError:
        pass
    try:
        read_display(source)
    except FormulaError:
        pass


def ratio(x, y):
    z = x / (1 + np.exp(y))
    return z


@settings(deadline=None, max_examples=120)
@given(
    st.lists(
        st.sampled_from(
            r"z x y = + - ( ) 2 \frac{x}{y} \sum_i x_i \max(x,y) ^2 ^\top \partial_x |x| \sigma(x) e^{x} x_t"
            r" x_{t-1} \log \mathbf{1} I "
            r"\mathbb{1}[x>y] \cdot \odot * / f'(x) \begin{cases}x&x>0\\y&x<0\end{cases} E[x] \nabla x! < "
            r"\in "
            r"\mathbb{R}".split()
        ),
        max_size=9,
    ).map(" ".join)
)
def test_check_only_reports(source):
    results = check(ratio, f"$${source}$$ $x, y \\in \\mathbb{{R}}$")
    assert all(r.status in ("verified", "identity", "inequality", "definition", "failed") for r in results)


def test_deep_nesting_is_refused():
    with pytest.raises(FormulaError):
        parse("(" * 5000 + "x" + ")" * 5000)


I, J, N = ("sym", "i"), ("sym", "j"), ("sym", "n")


def summed(*specs):
    return ("big", "sum", specs, None, X)


@pytest.mark.parametrize(
    "source, tree",
    [
        (r"\Delta x", ("acc", X, "Delta")),
        (r"\Delta", ("sym", "Delta")),
        (r"\mathop{\mathrm{argmin}}_{i} x", ("big", "argmin", (("idx", I, None, None, None),), None, X)),
        (r"\operatorname*{argmax}_i x", ("big", "argmax", (("idx", I, None, None, None),), None, X)),
        (r"\boxed{x}", X),
        (r"\overbrace{x}^{\text{all}}", X),
        (r"\#", ("sym", "#")),
        (r"\#\mathrm{params}", ("sym", "#params")),
        (r"\Pr(x)", ("app", ("sym", "P"), (X,))),
        (r"x^{\max}", ("deco", X, "max")),
        (r"x^{\mathrm{new}}", ("deco", X, "new")),
        (r"x^*", ("deco", X, "star")),
        (r"x^{+}_i", ("sub", ("deco", X, "plus"), (I,))),
        (r"x^+", ("deco", X, "plus")),
        (r"x^\prime", ("prime", X, 1)),
        (r"x^{\prime}", ("prime", X, 1)),
        (r"x^{(i)}_j", ("sub", X, (I, J))),
        (r"x_j^{(i)}", ("sub", X, (I, J))),
        (r"x^\top_i", ("T", ("sub", X, (I,)))),
        (r"x_{(i, j)}", ("sub", X, (I, J))),
        (r"x_{:, j}", ("sub", X, (("sym", ":"), J))),
        (r"n_+", ("sub", N, (("sym", "plus"),))),
        (r"n_{-}", ("sub", N, (("sym", "minus"),))),
        (r"x_\max", ("sub", X, (("sym", "max"),))),
        (r"x_{\min}", ("sub", X, (("sym", "min"),))),
        (r"g_{\mathrm{tanh}}", ("sub", ("sym", "g"), (("sym", "tanh"),))),
        (r"x_{i, j > 1}", ("sub", X, (I, ("ind", ("chain", (J, ONE), (">",)))))),
        (r"\mathbf{XY}", ("grp", ("jux", ("sym", "X"), ("sym", "Y")))),
        (r"\mathbb{P}(x)", ("app", ("sym", "P"), (X,))),
        (r"\mathbb{1}(x = y)", ("ind", ("chain", (X, Y), ("=",)))),
        (r"\mathbb{1}_{x > y}", ("ind", ("chain", (X, Y), (">",)))),
        (r"\mathbf{1}_n", ("sub", ("sym", "1"), (N,))),
        (r"\tanh''(x)", ("fn", "tanh", (X,), 2)),
        (r"\tanh^{\prime}(x)", ("fn", "tanh", (X,), 1)),
        (r"\sin x \cos y", ("jux", ("fn", "sin", (X,), 0), ("fn", "cos", (Y,), 0))),
        (r"\log 2 x", ("fn", "log", (("jux", TWO, X),), 0)),
        (r"f(x | y)", ("app", ("sym", "f"), (X, Y))),
        (r"f(|x|, y)", ("app", ("sym", "f"), (("abs", X), Y))),
        (r"f(x \mid y; i)", ("app", ("sym", "f"), (X, Y, I))),
        (r"\sum_i x", summed(("idx", I, None, None, None))),
        (r"\sum_{i, j} x", summed(("idx", I, None, None, None), ("idx", J, None, None, None))),
        (r"\sum_{ij} x", summed(("idx", I, None, None, None), ("idx", J, None, None, None))),
        (r"\sum_{i \in n} x", summed(("idx", I, None, N, None))),
        (r"\sum_{i \ne j} x", summed(("idx", I, None, None, ("chain", (I, J), ("!=",))))),
        (r"\sum_{i < j} x", summed(("idx", I, None, None, ("chain", (I, J), ("<",))))),
        (r"\sum_{i : y > 1} x", summed(("idx", I, None, None, ("chain", (Y, ONE), (">",))))),
        (
            r"\sum_{\substack{i \in n \\ j \in n}} x",
            summed(("idx", I, None, N, None), ("idx", J, None, N, None)),
        ),
        (r"\sum_{1 \le i \le n} x", summed(("idx", I, None, None, ("chain", (ONE, I, N), ("<=", "<="))))),
        (r"\max x", ("fn", "max", (X,), 0)),
        (r"\int_0^1 \mathrm{d}x", ("int", X, ("num", "0"), ONE, ONE)),
        (r"\frac{d}{dx} y", ("diff", Y, (X,))),
        (r"\frac{\mathrm{d} y}{\mathrm{d} x}", ("diff", Y, (X,))),
        (r"\frac{\partial^2 y}{\partial x \partial x^\top}", ("diff", Y, (X, X))),
        (r"\nabla y", ("diff", Y, ())),
        (r"x \cup y \setminus n", ("setminus", ("cup", X, Y), N)),
        (r"x \in \{1, 2\}^n", ("chain", (X, ("set", (ONE, TWO), N)), ("in",))),
        (r"x \in (y)", ("chain", (X, ("grp", Y)), ("in",))),
        (r"x \in \mathbb{R}_+^n", ("chain", (X, ("space", "R", "+", N)), ("in",))),
        (r"x > 1 \land y > 1", None),
        (r"\begin{array}{cc} x & y \end{array}", ("mat", ((X, Y),))),
        (
            r"\begin{cases} x, & \text{if } (y > 1) \\ y, & \text{else.} \end{cases}",
            ("cases", ((X, ("chain", (Y, ONE), (">",))), (Y, None))),
        ),
        (r"x \overset{!}{=} y", ("chain", (X, Y), ("=",))),
        (r"\left\| x \right\|", ("norm", X, TWO)),
        (r"x \bmod y", ("mod", X, Y)),
    ],
)
def test_more_trees(source, tree):
    if tree is None:
        assert parse(source, "condition")[0] == "and"
    else:
        assert parse(source) == tree


@pytest.mark.parametrize(
    "source",
    [
        r"\int_0^1 x )",
        r"\int_0^1 (d x",
        r"\int_1 x dx",
        r"x \overset{!}{+} y",
        r"\sum_{x + y} x",
        r"\sum_{1 < 2} x",
        r"\sum_{i j + 1} x",
        r"\sum_{} x",
        r"\#x_i + \# \hat{}",
        r"\prod x",
        r"\begin{cases} x & y > 1 & 2 \end{cases}",
        r"\max(x)^2",
        r"x \in \{1, 2",
        r"\mathbb{Q} \in",
        r"f(x",
        r"\partial x",
        r"\hat",
    ],
)
def test_more_refusals(source):
    with pytest.raises(ParseError):
        parse(source)
