r"""What notation means: one line for each construct, with the verdict that the checker must reach."""

import functools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from formulacheck import Ambiguous, FormulaError, Unbound, check
from formulacheck.sampling import progression, quadrature
from formulacheck.truth import is_level
from formulacheck.values import Adaptive, multiply, pair, power, same, transpose


def scalar(x, y, n=3):
    z = x * y
    return z


def vector(u, v):
    w = u + v
    return w


def matrix(A, B, v):
    C = A @ B
    return C


def square(S, v):
    T2 = S @ S
    return T2


def sets(P, N):
    return len(P)


def masks(A, B):
    return int((A & B).sum())


def labels(z, y):
    return z[y]


def tensor(X, k):
    return X.sum((0, 1))


def keyed(x, table=None, mode="sum", *rest, **more):
    return 2 * x


S, V = r"$x, y \in \mathbb{R}$", r"$u, v \in \mathbb{R}^n$, $w$ (`return`)"
M = r"$A \in \mathbb{R}^{n \times m}$, $B \in \mathbb{R}^{m \times k}$, $v \in \mathbb{R}^m$"
Q = r"$S \in \mathbb{R}^{n \times n}$, $v \in \mathbb{R}^n$"
LABELS = r"$z \in \mathbb{R}^K$, $y \in \{0, \dots, K-1\}$, $r$ (`return`)"

TRUE = [
    # arithmetic
    (scalar, r"z = x \cdot y = x \times y = x y = y * x", S),
    (scalar, r"z + \frac{z}{1} = 2z", S),
    (scalar, r"z = -(-x) y", S),
    (scalar, r"z = x y + 5!/5! - 1", S),
    (scalar, r"\lceil z \rceil = -\lfloor -z \rfloor", S),
    (scalar, r"z = x y \binom{4}{2}/6", S),
    (scalar, r"z = \sqrt[3]{(x y)^3 \mathbb{1}[x y \ge 0]} - \sqrt[3]{(-x y)^3 \mathbb{1}[x y < 0]}", S),
    (scalar, r"z = xy + (7 \bmod 4) - 3", S),
    (scalar, r"|z| = |x| |y|", S),
    (scalar, r"z \ne z + 1", S),
    (scalar, r"z = \operatorname{sign}(z) |z|", S),
    (scalar, r"z = \ln e^{z} = \lg 10^{z} = \log_2 2^z", S),
    (scalar, r"z = xy \left(\sin^2 x + \cos^2 x\right)", S),
    (scalar, r"z = \operatorname{arsinh}(\sinh z)", S),
    (scalar, r"z = \min\{z, z + 1\} = \max(z, z - 1, z - 2)", S),
    (scalar, r"z = \operatorname{clip}(z, z-1, z+1)", S),
    (scalar, r"z = x y \Gamma(3) / 2", S),
    (scalar, r"e^{z} = \exp z = \exp\{z\}", S),
    (scalar, r"z = \int_0^x y\,dt", S),
    (scalar, r"z = -\int_x^0 y\,dt", S),
    (scalar, r"z = xy \int_{-\infty}^{\infty} \frac{e^{-t^2/2}}{\sqrt{2\pi}}\,\mathrm{d}t", S),
    (
        scalar,
        r"z = x y \int_0^\infty e^{-t} \,"
        r" dt",
        S,
    ),
    (scalar, r"z \in \mathbb{R}", S),
    (scalar, r"z \in (-\infty, \infty)", S),
    (scalar, r"z = x \sum_{k=1}^{3} k y / 6", S),
    (scalar, r"z = xy \prod_{k=1}^{2} \frac{k}{k}", S),
    (scalar, r"z = xy + \sum_{k \in \{1, 2, 3\}} (k - 2)", S),
    (scalar, r"z = x y + \sum_{k=1}^{0} k", S),
    (scalar, r"z = x y \sum_{i=1}^{3} \sum_{j=1}^3 \delta_{ij} / 3", S),
    (scalar, r"z = xy", S),
    (
        scalar,
        r"\frac{\partial z}{\partial x} ="
        r" y",
        S,
    ),
    (scalar, r"\nabla_x z = y", S),
    (scalar, r"\partial_x z = y", S),
    (scalar, r"\frac{\partial^2 z}{\partial x \partial y} = 1", S),
    (scalar, r"\left.\frac{\partial z}{\partial x}\right|_{y=2} = 2", S),
    (scalar, r"\frac{\partial}{\partial x}\left(z^2\right) = 2 z y", S),
    (scalar, r"\frac{d}{dx} x^3 = 3x^2", S),
    (scalar, r"\operatorname{scalar}(x, y) = z", S),
    (scalar, r"\operatorname{scalar}(2, 3) = 6", S),
    (scalar, r"q = x y, \quad q + z = 2z", S),
    (scalar, r"f(t) = t^2, \quad f(z) = z^2", S),
    (scalar, r"z = \begin{cases} xy & x > 0 \land y > 0 \\ xy & \text{otherwise} \end{cases}", S),
    (scalar, r"z = \begin{cases} xy & x > 0 \text{ or } y > 0 \\ xy & x \le 0, y \le 0 \end{cases}", S),
    (scalar, r"z = xy \quad \text{if } x \in [-1, 1]", S),
    (scalar, r"z = x y \mathbb{1}[x \in (-\infty, \infty)]", S),
    (scalar, r"z = xy + \mathbb{1}[x \notin (-\infty, \infty)]", S),
    (
        scalar,
        r"z = x y + \mathbb{1}[2 \in \{1, 3"
        r"\}]",
        S,
    ),
    (scalar, r"n = 3", S),
    (scalar, r"z = \left(xy\right)^{1}", S),
    # vectors and matrices
    (vector, r"w = u + v", V),
    (vector, r"w_i = u_i + v_i", V),
    (vector, r"u \odot v = v \odot u", V),
    (vector, r"\|w\|_2^2 = w^\top w = \sum_i w_i^2 = w \cdot w", V),
    (vector, r"\|w\|_1 = \sum_i |w_i|", V),
    (vector, r"\|w\|_\infty = \max_i |w_i|", V),
    (vector, r"\max w = \max_i w_i", V),
    (vector, r"w = u + v", V),
    (vector, r"\mathbf{1}^\top w = \sum_i w_i = w^\top \mathbf{1}", V),
    (vector, r"w - 2 \cdot \mathbf 1 + \mathbf 1 + \mathbf{1} = u + v", V),
    (vector, r"u v^\top = u \otimes v", V),
    (vector, r"\operatorname{mean}(w) = \frac1n \sum_{i=1}^n w_i", V),
    (vector, r"w^2 = w \odot w", V),
    (vector, r"\sum w = \sum_{i=1}^n w_i", V),
    (vector, r"w_{1} = u_1 + v_1", V),
    (vector, r"\langle u, w \rangle = u^\top w", V),
    (vector, r"\frac{w}{2} = \frac12 (u + v)", V),
    (vector, r"w = I u + I v", V),
    (vector, r"\frac{\partial w_i}{\partial u_j} = \mathbb{1}[i = j]", V),
    (vector, r"\frac{\partial w}{\partial u} = I", V),
    (vector, r"\arg\max_i w_i = \arg\max_i (2 w_i)", V),
    (vector, r"\arg\min_i w_i = \arg\max_i (-w_i)", V),
    (vector, r"w \in \mathbb{R}^n", V),
    (vector, r"w_{i+1} - w_i = u_{i+1} - u_i + v_{i+1} - v_i", V),
    (vector, r"\min_i w_i \le w_j", V),
    (vector, r"w_i = \sum_{j : j = i} (u_j + v_j)", V),
    (vector, r"w = u + v", V),
    (vector, r"\mathbb{E}[w] = \frac1n \sum_i w_i", V),
    (vector, r"\operatorname{Std}[w] = \sqrt{\operatorname{Var}[w]}", V),
    (matrix, r"C = A B", M),
    (matrix, r"C_{ij} = \sum_k A_{ik} B_{kj}", M),
    (matrix, r"C^\top = B^\top A^\top", M),
    (matrix, r"(C)_{ij} = [AB]_{ij}", M),
    (matrix, r"\|C\|_F^2 = \sum_{i,j} C_{ij}^2 = \operatorname{tr}(C^\top C)", M),
    (matrix, r"(Av)_i = \sum_j A_{ij} v_j", M),
    (matrix, r"C^{\odot 2} = C \odot C", M),
    (matrix, r"A \mathbf{1} = A \mathbf{1}, \quad (C \mathbf 1)_i = \sum_j C_{ij}", M),
    (matrix, r"(\mathbf 1^\top C)_{j} = \sum_i C_{ij}", M),
    (matrix, r"A \operatorname{diag}(v) = A \odot v", M),
    (matrix, r"C \in \mathbb{R}^{n \times k}", M),
    (matrix, r"A_{i,:} \cdot v = (Av)_i", M),
    (square, r"T_2 = S^2 = S S", Q),
    (square, r"\det(T_2) = \det(S) \det(S)", Q),
    (square, r"S + \mathbf{I} = S + I_n", Q),
    (square, r"S^{-1} T_2 = S", Q),
    (square, r"\frac{\partial}{\partial v} \left(v^\top v\right) = 2v", Q),
    (
        square,
        r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \begin{pmatrix} 1 \\ 1 \end{pmatrix} = \begin{bmatrix}"
        r" 3 \\ 7 \end{bmatrix}",
        Q,
    ),
    (
        masks,
        r"r = |A \cap B| = |A| + |B| - |A \cup B| = |A| - |A \setminus B|",
        r"$A, B \subseteq \mathbb{Z}^{4 \times 5}$, $r$ (`return`)",
    ),
    (labels, r"r = z_y", LABELS),
    (labels, r"r = \sum_k z_k \mathbb{1}[k = y + 1]", LABELS),
    (tensor, r"r_l = \sum_{i,j} X_{ijl}", r"$X \in \mathbb{R}^{n \times m \times c}$, $r$ (`return`)"),
    (keyed, r"y = 2x", r"$x \in \mathbb{R}$, $y$ (`return`)"),
]

REFUSED = [
    (scalar, r"z = f", S, "Unbound", "f is bound to nothing"),
    (scalar, r"z", S, "ParseError", "states nothing"),
    (scalar, r"z = (-1)!", S, "Ambiguous", "factorial"),
    (scalar, r"z = \binom{x}{2}", S, "Ambiguous", "binomial"),
    (scalar, r"z = x_1 y", S, "Ambiguous", "1 indices on x, which has 0 axes"),
    (scalar, r"z = \sum_k k", S, "Unbound", "range of the index k"),
    (scalar, r"z = \sum_{k=1} k", S, "Ambiguous", "no upper one"),
    (scalar, r"z = \sum_{k=1}^{x} k", S, "Ambiguous", "not an integer"),
    (scalar, r"z = \sum_{k=1}^{999999} k", S, "TooLong", "terms"),
    (scalar, r"z = \sum x", S, "Ambiguous", "without an index"),
    (scalar, r"z \propto x", S, "Ambiguous", "not about numbers"),
    (scalar, r"z = g(x, y)", S, "Unbound", "the function g is bound to nothing"),
    (
        scalar,
        r"z = \frac{\partial q}{\partial"
        r" x}",
        S,
        "Unbound",
        "neither q nor the derivative",
    ),
    (scalar, r"z = \nabla q", S, "Unbound", "with respect to what"),
    (scalar, r"\frac{\partial z}{\partial q} = 1", S, "Unbound", "no argument or local variable"),
    (scalar, r"z = \tanh''''(x)", S, "Ambiguous", "order 4"),
    (scalar, r"z = [0, 1]", S, "Ambiguous", "shapes () and (2,)"),
    (scalar, r"z = \mathbb{E}[x]", S, "Unbound", "no random variable"),
    (scalar, r"z = \left.x\right|_{x>1}", S, "Ambiguous", "evaluation bar"),
    (scalar, r"z = \left.x\right|_{q=1}", S, "Unbound", "q is no argument"),
    (scalar, r"z = x \cap y", S, "Ambiguous", "no set"),
    (scalar, r"z = x \otimes y", S, "Ambiguous", "two vectors"),
    (scalar, r"z = \sum_{k \in x} k", S, "Ambiguous", "no set of indices"),
    (scalar, r"z = \mathbf{1} + I", S, "Ambiguous", "cannot be told"),
    (
        scalar,
        r"a = b, \quad b = a, \quad z ="
        r" a",
        S,
        "Ambiguous",
        "need each other",
    ),
    (scalar, r"z \in \{1, 2\}", S, "Mismatch", "is not in"),
    (scalar, r"z \notin \mathbb{R}", S, "Mismatch", "is in"),
    (scalar, r"z = \operatorname{scalar}", S, "Unbound", "is bound to nothing"),
    (scalar, r"\operatorname{scalar}(x, y)^2 = z", S, "Ambiguous", "^n can mean"),
    (scalar, r"z = \log \alpha (x)", S, "Ambiguous", "where does the argument"),
    (scalar, r"z = \mathbb{1}[x]", S, "Ambiguous", "a condition is expected"),
    (vector, r"w = u v", V, "Ambiguous", "product of two vectors"),
    (vector, r"w = u \times v", V, "Ambiguous", "several products"),
    (vector, r"w_{ij} = u_i", V, "Ambiguous", "2 indices"),
    (vector, r"w = \|w\|", V, "Ambiguous", "the sides have shapes"),
    (vector, r"w = \mathbb{1}[u > 0]", V, "Mismatch", "[1, 1, 0, 1]"),
    (vector, r"w_i = u_{i/2}", V, "Mismatch", "is not"),
    (
        vector,
        r"w = \begin{cases} u & u > 0 \\ v & u \le 0 "
        r"\end{cases}",
        V,
        "Ambiguous",
        "on an array",
    ),
    (vector, r"w = w!", V, "Ambiguous", "factorial"),
    (vector, r"\arg\max_{i,j} w_i w_j = 1", V, "Ambiguous", "several indices"),
    (vector, r"w = \max_i u_i \cdot 2", V, "Ambiguous", "belong inside"),
    (matrix, r"C = B A", M, "Ambiguous", "matrix product of shapes"),
    (matrix, r"C = A \odot B", M, "Ambiguous", "do not match"),
    (matrix, r"C = A + B", M, "Ambiguous", "do not match"),
    (matrix, r"|A| = 1", M, "Ambiguous", "determinant or elementwise"),
    (matrix, r"\|A\| = 1", M, "Ambiguous", "which matrix norm"),
    (matrix, r"A^2 = C", M, "Ambiguous", "elementwise or matrix power"),
    (matrix, r"A + I = A", M, "Ambiguous", "identity matrix beside"),
    (matrix, r"\det(A) = 1", M, "Ambiguous", "det"),
    (matrix, r"\langle A, B \rangle = 1", M, "Ambiguous", "inner product of shapes"),
    (matrix, r"v \cdot A = v", M, "Ambiguous", "matrix product of shapes"),
    (matrix, r"\begin{bmatrix} v & 1 \end{bmatrix} = v", M, "Ambiguous", "blocks"),
    (tensor, r"X^\top = X", r"$X \in \mathbb{R}^{2 \times 3 \times 4}$", "Ambiguous", "transpose"),
]


@pytest.mark.parametrize("function, tex, symbols", TRUE, ids=[t for _, t, _ in TRUE])
def test_true(function, tex, symbols):
    results = check(function, f"$${tex}$$\n\n{symbols}")
    assert results and all(r.ok for r in results), "\n".join(map(str, results))


@pytest.mark.parametrize(
    "function, tex, symbols, kind, message", REFUSED, ids=[t for _, t, _, _, _ in REFUSED]
)
def test_refused(function, tex, symbols, kind, message):
    failed = [r for r in check(function, f"$${tex}$$\n\n{symbols}") if not r.ok]
    assert failed and any(r.kind == kind and message in r.message for r in failed), "\n".join(
        map(str, failed)
    )


# ------------------------------------------------------------------ domains
def seen(symbols, function=scalar):
    """The inputs of forty points."""
    from formulacheck.sampling import Sampler
    from formulacheck.section import Section

    section = Section(function, f"$$z = z$$ {symbols}", first_line=1, card=Section(function))
    return [Sampler(section).point(k) for k in range(40)]


@pytest.mark.parametrize(
    "symbols, holds",
    [
        (r"$x > 0$", lambda x: x > 0),
        (r"$x \ge 2$", lambda x: x >= 2),
        (r"$0 < x < 1$", lambda x: 0 < x < 1),
        (r"$x < -1$", lambda x: x < -1),
        (r"$-1 \le x \le 1/2$", lambda x: -1 <= x <= 0.5),
        (r"$x \in [0, \infty)$", lambda x: x >= 0),
        (r"$x \in (-2, 3]$", lambda x: -2 < x <= 3),
        (r"$x \in \mathbb{N}$", lambda x: isinstance(x, int) and x >= 1),
        (r"$x \in \mathbb{Z}$, $x < 0$", lambda x: isinstance(x, int) and x < 0),
        (r"$x \in \mathbb{N}$, $x \ge 4$", lambda x: x >= 4),
        (r"$x \in \{-1, 1\}$", lambda x: x in (-1, 1)),
        (r"$x \in \{0.5, 2\}$", lambda x: x in (0.5, 2)),
        (
            r"$x \in \mathbb{R}^{2 \times"
            r" 3}$",
            lambda x: x.shape == (2, 3),
        ),
        (r"$x \in \mathbb{R}_{>0}^{4}$", lambda x: x.shape == (4,) and (x > 0).all()),
        (r"$x \in \mathbb{R}_+^{n+1}$, $y \in \mathbb{R}^n$", lambda x: x.ndim == 1 and (x > 0).all()),
        (r"$x \in \Delta^{2}$", lambda x: x.shape == (2,) and abs(x.sum() - 1) < 1e-12),
        (r"$x \in \Delta^{K-1}$", lambda x: abs(x.sum() - 1) < 1e-12),
        (r"$x \in (\Delta^{K-1})^n$", lambda x: x.ndim == 2 and np.allclose(x.sum(1), 1)),
        (r"$x \in \{1, \dots, 5\}^7$", lambda x: x.shape == (7,) and set(x) <= set(range(1, 6))),
        (
            r"$x \in \mathbb{R}^{3\times 3}$, $x \succ"
            r" 0$",
            lambda x: (np.linalg.eigvalsh(x) > 0).all(),
        ),
        (r"$x \subseteq \mathbb{Z}^{3}$", lambda x: x.dtype == bool),
        (
            r"$x \in \mathbb{R}$, $y \in \mathbb{R}$, $x <"
            r" y$",
            lambda x: isinstance(x, float),
        ),
        (r"$x \in \mathbb{R}^3$, $x_i > 0$", lambda x: (x > 0).all()),
    ],
)
def test_domain(symbols, holds):
    assert all(holds(p.args["x"]) for p in seen(symbols))


def test_conditions_between_inputs_hold():
    assert all(p.args["x"] < p.args["y"] for p in seen(r"$x, y \in \mathbb{R}$, $x < y$"))


def test_points_differ_and_repeat_with_the_seed():
    first, again = seen(r"$x \in \mathbb{R}$"), seen(r"$x \in \mathbb{R}$")
    assert [p.args for p in first] == [p.args for p in again] and len({p.args["x"] for p in first}) > 20


def test_every_second_point_lies_on_the_grid():
    assert all(p.args["x"] * 2 == round(p.args["x"] * 2) for p in seen(r"$x \in \mathbb{R}$")[1::2])


def test_sizes_differ():
    p = seen(r"$x \in \mathbb{R}^{n \times m}$, $y \in \mathbb{R}^m$")[0]
    assert p.args["x"].shape[0] != p.args["x"].shape[1] == len(p.args["y"])


def test_defaults_tell_the_domain():
    def f(x, rate=0.9, scale=2.0, shift=0.0, axis=-1, name=None):
        return x

    p = seen(r"$x \in \mathbb{R}$", f)
    assert all(0 < q.args["rate"] < 1 and q.args["scale"] > 0 for q in p)
    assert all(q.args["axis"] == -1 and q.args["name"] is None for q in p) and any(
        q.args["shift"] < 0 for q in p
    )


@pytest.mark.parametrize(
    "symbols", [r"$x \in \mathcal{Q}$", r"$x \sim \mathcal{F}(1)$", r"$x \in \mathbb{R}^{f(2)}$"]
)
def test_unknown_domain(symbols):
    def f(x):
        return x

    f.__doc__ = rf"$$y = x$$ {symbols}, $y$ (`return`)"
    assert any("unknown" in r.message or "cannot read the size" in r.message for r in check(f) if not r.ok)


def test_progression():
    assert progression([0.0, 0.25, None, 1.0]).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert progression([1.0, None, 4.0]).tolist() == [1, 2, 3, 4]
    assert progression([3.0, None, 1.0]).tolist() == [3, 2, 1]
    for bad in ([None, 1.0], [0.0, 0.4, None, 1.0], [1.0, 1.0, None, 2.0]):
        with pytest.raises(FormulaError):
            progression(bad)


def test_quadrature():
    x, w = quadrature("N", [1.0, 4.0], 9)
    assert math.isclose(w @ x, 1) and math.isclose(w @ x**2, 5) and math.isclose(w @ x**4, 1 + 6 * 4 + 3 * 16)
    x, w = quadrature("U", [1.0, 3.0], 9)
    assert math.isclose(w @ x, 2) and math.isclose(w @ x**2, 13 / 3)
    assert quadrature("Bernoulli", [0.25], 9)[1].tolist() == [0.75, 0.25]
    with pytest.raises(FormulaError, match="unknown distribution"):
        quadrature("Cauchy", [0.0], 9)


def gate(b, x):
    return b * x


@pytest.mark.parametrize(
    "tex, ok",
    [
        (r"\Pr(b = 1) = p", True),
        (r"\Pr(b = 0) = p", False),
        (r"\mathbb{E}[y] = p x", True),
        (r"\operatorname{Var}(y) = p(1-p) x^2", True),
        (r"\operatorname{Cov}(b, y) = p(1-p) x", True),
        (r"\operatorname{Cov}(b, y) = p x", False),
        (r"\mathbb{E}[y^2] = p x", False),
    ],
)
def test_bernoulli(tex, ok):
    results = check(
        gate,
        f"$${tex}$$ $x \\in \\mathbb{{R}}$, $b \\sim \\operatorname{{Bernoulli}}(p)$, $p \\in (0, 1)$, $y$"
        f" (`return`)",
    )
    assert all(r.ok for r in results) == ok, results


def test_random_variable_must_be_an_argument():
    [bad] = check(scalar, r"$$z = xy$$ $q \sim \mathcal{N}(0, 1)$")
    assert bad.kind == "Unbound" and "not an argument" in bad.message


# ------------------------------------------------------------------ values
def test_adaptive_values():
    ones, eye, v = Adaptive("ones"), Adaptive("identity"), np.array([1.0, 2.0])
    A = np.arange(4.0).reshape(2, 2)
    assert multiply(eye, A).tolist() == multiply(A, eye).tolist() == A.tolist()
    assert multiply(A, ones).tolist() == [1, 5] and multiply(transpose(ones), A).tolist() == [2, 4]
    assert multiply(3.0, ones).factor == 3 and multiply(eye, ones).kind == "ones"
    assert multiply(ones, transpose(v)).tolist() == [[1, 2]] and multiply(v, transpose(ones)).tolist() == [
        [1],
        [2],
    ]
    assert pair(ones, v)[0].tolist() == [1, 1] and pair(A, eye)[1].tolist() == [[1, 0], [0, 1]]
    for f in (lambda: multiply(ones, ones), lambda: pair(ones, eye), lambda: pair(v, eye)):
        with pytest.raises(Ambiguous):
            f()


def test_same():
    assert same(1.0, 1.0 + 1e-12, 1e-9, 1e-11) and not same(1.0, 1.001, 1e-9, 1e-11)
    assert same(np.zeros(3), 0, 1e-9, 1e-11) and same(np.ones((1, 3)), np.ones(3), 1e-9, 1e-11)
    assert not same(np.nan, np.nan, 1e-9, 1e-11) and same(np.ones(3), Adaptive("ones"), 1e-9, 1e-11)
    for a, b in ((np.ones(3), 1), (np.ones(3), np.ones(4)), (np.ones((2, 3)), np.ones(6))):
        with pytest.raises(Ambiguous):
            same(a, b, 1e-9, 1e-11)


def test_power():
    S = np.array([[2.0, 1.0], [1.0, 2.0]])
    half = power(S, 0.5)
    assert np.allclose(half @ half, S) and np.allclose(power(S, -1) @ S, np.eye(2)) and power(2, 10) == 1024
    with np.errstate(invalid="ignore"):
        assert multiply(0.0, -np.inf) == 0


# ------------------------------------------------------------------ functions that are hard to read
def test_function_without_source():
    namespace = {"np": np}
    exec("def doubled(x):\n    return 2 * x", namespace)
    text = r"$$y = 2x$$ $$\frac{\partial y}{\partial x} = 2$$ $x \in \mathbb{R}$, $y$ (`return`)"
    assert [r.status for r in check(namespace["doubled"], text)] == ["verified", "verified"]


def test_inner_functions_and_closures():
    factor = 3.0

    def outer(x):
        def inner(t):
            return t * factor

        y: float = inner(x)
        y += 0.0
        return y

    text = r"$$y = 3x, \quad \frac{\partial y}{\partial x} = 3$$ $x \in \mathbb{R}$"
    assert [r.status for r in check(outer, text)] == ["verified", "verified"]


def test_wrapped_function():
    def twice(f):
        @functools.wraps(f)
        def wrapper(*args):
            return f(*args)

        return wrapper

    @twice
    def plus(x):
        y = x + 1
        return y

    assert [r.status for r in check(plus, r"$$y = x + 1$$ $x \in \mathbb{R}$")] == ["verified"]


def test_function_that_never_works():
    def broken(x):
        raise ValueError("no")

    [bad] = check(broken, r"$$y = x$$ $y$ (`return`)")
    assert bad.kind == "Unbound" and "broken() raised ValueError: no" in bad.message and "declare" in bad.cure


def test_parts_of_the_result():
    def both(x):
        return x + 1, [x + 2, x + 3]

    text = r"$$a = x + 1, \quad b = x + 3$$ $x \in \mathbb{R}$, $a$ (`return[0]`), $b$ (`return[1][1]`)"
    assert [r.status for r in check(both, text)] == ["verified", "verified"]
    assert check(both, text.replace("x + 3$$", "x + 4$$"))[1].kind == "Mismatch"


def test_state_comes_in_as_a_tuple():
    def step(theta, g, state):
        return theta - g, (state[0] + 1, state[1] * 2)

    text = r"$$n = t + 1, \quad r = 2 v$$ $(t, v)$ (`state`), $t \in \mathbb{N}$, "
    text += r"$n$ (`return[1][0]`), $r$ (`return[1][1]`)"
    assert [r.status for r in check(step, text)] == ["verified", "verified"]


def test_bad_symbol_line_is_reported():
    def f(x):
        r"""$$y = x$$

        $\frac{y$ (`return`)
        """
        return x

    assert any(
        "argument is missing" in r.message or "expected }" in r.message or "bracket" in r.message
        for r in check(f)
        if not r.ok
    )


def test_docstring_without_displays():
    assert check(labels) == [] and check(labels, "Nothing here.") == []


def test_unverified_displays_are_reported_with_their_reason():
    [r] = check(scalar, "$$ % unverified: a limit\n\\lim z = 0$$")
    assert (r.status, r.message, r.ok) == ("unverified", "a limit", True)
    assert not check(scalar, "$$ % unverified:\n\\lim z = 0$$")[0].ok


def test_errors_are_exported():
    assert issubclass(Unbound, FormulaError) and issubclass(Ambiguous, FormulaError)


def loss(w, x):
    J = ((w @ x) - 1) ** 2
    return J


@pytest.mark.parametrize(
    "tex",
    [
        r"\nabla J(w) = 2 (w^\top x - 1) x",
        r"\nabla_w J = 2 (w^\top x - 1) x",
        r"\frac{\partial J}{\partial x_i} = 2 (w^\top x - 1) w_i",
        r"\frac{\partial^2 J}{\partial w_i \partial w_j} = 2 x_i x_j",
        r"\frac{\partial^2 J}{\partial w\,\partial w^\top} = 2 x x^\top",
    ],
)
def test_gradients(tex):
    symbols = r"$w, x \in \mathbb{R}^n$, $J(w)$ (`return`)"
    results = check(loss, f"$${tex}$$ {symbols}")
    assert [r.status for r in results] == ["verified"], "\n".join(map(str, results))
    wrong = check(loss, f"$${tex.replace('= 2', '= 3')}$$ {symbols}")
    assert [r.kind for r in wrong] == ["Mismatch"]


def squash(x):
    return x / (1 + np.abs(x).sum())


def test_prime_of_a_function_that_is_not_elementwise():
    [bad] = check(squash, r"$$f'(x) = x$$ $x \in \mathbb{R}^n$, $f$ (`squash`)")
    assert bad.kind == "Ambiguous" and "not elementwise" in bad.message


def test_elementwise_prime():
    def f(x):
        return np.tanh(x)

    [good] = check(f, r"$$f'(x) = \mathbf{1} - f(x) \odot f(x)$$ $x \in \mathbb{R}^n$", namespace={"f": f})
    assert good.status == "verified"


def argmax_of(z):
    k = int(np.argmax(z))
    return k


def test_labels_of_the_code_count_from_zero():
    [good] = check(argmax_of, r"$$z_k = \max_j z_j$$ $z \in \mathbb{R}^K$, $k$ (`k`)")
    assert good.status == "verified"


def test_boundary_of_an_array_that_begins_with_one():
    def total(d):
        return d[0] + sum(d[i] - d[i - 1] for i in range(1, len(d)))

    text = r"$$s = \sum_{k=1}^n (d_k - d_{k-1}), \quad d_0 = %s$$ $d \in \mathbb{R}^n$, $s$ (`return`)"
    assert [r.ok for r in check(total, text % "0")] == [True, True]
    assert not all(r.ok for r in check(total, text % "1"))


def test_sampling_that_cannot_work():
    bad = check(scalar, r"$$z = x y$$ $x \in \{1, \dots, 0.5\}$")
    assert any(not r.ok for r in bad)
    assert any(not r.ok for r in check(scalar, r"$$z = x y$$ $x \in \mathbb{R}$, $x^2 < 0$, $y$ (`y`)"))


def test_inner_bar_and_condition_words():
    text = r"$$z = |x| |y| \quad \text{if } x \ge 0 \text{ and } y \ge 0$$" + S
    assert [r.status for r in check(scalar, text)] == ["verified"]
    text = r"$$z = x y \quad \text{for } x > 0 \text{ or } x \le 0$$" + S
    assert [r.status for r in check(scalar, text)] == ["verified"]


@pytest.mark.parametrize("tex", [r"y = \frac{e^{x/T}}{1 + e^{x/T}}", r"\frac{e^{x/T}}{1 + e^{x/T}} \le 1"])
def test_numbers_too_large_for_a_float_say_nothing(tex):
    """e^{1000} / e^{1000} is one, and no float: such points are left out, and the others decide."""

    def stable(x, T):
        y = 0.5 + 0.5 * np.tanh(x / T / 2)
        return y

    domains = r" $x \in \mathbb{R}$, $T \in (0, 0.004)$, $y$ (`return`)"
    assert [r.ok for r in check(stable, f"$${tex}$${domains}")] == [True]
    false = tex.replace("1 +", "2 +").replace(r"\le 1", r"\le 0.9")
    assert [r.kind for r in check(stable, f"$${false}$${domains}")] == ["Mismatch"]


def test_inputs_that_are_all_equal():
    level = is_level(SimpleNamespace(number=1, args={"a": np.zeros(2), "b": np.zeros(3), "eps": 0.1}))
    uneven = is_level(SimpleNamespace(number=1, args={"a": np.zeros(2), "b": np.array([0, 1.0])}))
    alone = is_level(SimpleNamespace(number=1, args={"a": np.zeros(1)}))
    assert (level, uneven, alone) == (True, False, False)
