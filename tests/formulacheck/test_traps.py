r"""Every way in which a check of formulas can agree too easily, or complain without reason."""

import numpy as np
import pytest

from formulacheck import check


def statuses(function, text):
    return [r.status for r in check(function, text)]


def failure(function, text):
    """The only failure."""
    failed = [r for r in check(function, text) if not r.ok]
    assert len(failed) == 1, failed
    return failed[0]


def failed_messages(function, text):
    return " | ".join(r.message for r in check(function, text) if not r.ok)


def half(x):
    y = x / 2
    return y


def norm(x):
    e = np.exp(x)
    return e / e.sum()


def same_step(h, x):
    out = np.tanh(h + x)
    return out


def step(h, x):
    h = np.tanh(h + x)
    return h


def counts(s, y):
    return float(sum((a > b) + 0.5 * (a == b) for a in s for b in y))


def test_unknown_left_side_is_not_the_result():
    bad = failure(half, r"$$q = \frac{x}{2}$$ $x \in \mathbb{R}$")
    assert (
        bad.kind == "Unbound" and "q is bound to nothing in half()" in bad.message and "(`name`)" in bad.cure
    )


def test_left_side_may_be_named():
    assert statuses(half, r"$$q = \frac{x}{2}$$ $x \in \mathbb{R}$, $q$ (`return`)") == ["verified"]


def ratio(a, b):
    return a / b


@pytest.mark.parametrize(
    "left", ["q", "q(b, a)", "q(a, c)", "q(2a, b)", "q_t(a, b)", "q_i(a, b)", "a(a, b)", "q(a)"]
)
def test_left_side_with_other_arguments_is_not_the_result(left):
    assert failure(ratio, rf"$${left} = \frac{{a}}{{b}}$$").kind in ("Unbound", "Ambiguous", "Mismatch")


def test_left_side_with_all_arguments_is_the_result():
    assert statuses(ratio, r"$$q(a, b) = \frac{a}{b}$$") == ["verified"]
    assert failure(ratio, r"$$q(a, b) = \frac{b}{a}$$").kind == "Mismatch"


def test_overlapping_cases_are_compared():
    text = r"$$y = \begin{cases} 1 & x \ge 3 \\ 0 & x \le 3 \end{cases}$$ $x \in \mathbb{R}$, $y$ (`return`)"
    assert "two cases apply and disagree" in failure(edge, text).message


def test_index_both_free_and_summed():
    text = r"$$p_i = \frac{e^{x_i}}{\sum_i e^{x_i}}$$ $x \in \mathbb{R}^n$, $p$ (`return`)"
    assert "both free and summed" in failure(norm, text).message


def test_ties_are_sampled():
    text = r"$$c = \sum_{i=1}^n \sum_{j=1}^m %s$$ $s \in \mathbb{R}^n$, $y \in \mathbb{R}^m$, $c$ (`return`)"
    assert failure(counts, text % r"\mathbb{1}[s_i > y_j]").kind == "Mismatch"
    assert statuses(
        counts,
        text % r"\left(\mathbb{1}[s_i > y_j] + \frac12\mathbb{1}[s_i = y_j]"
        r"\right)",
    ) == ["verified"]


def test_index_out_of_range_is_not_skipped():
    text = r"$$p_i = \frac{e^{x_{i+1}}}{\sum_j e^{x_j}}$$ $x \in \mathbb{R}^n$, $p$ (`return`)"
    assert failure(norm, text).kind in ("OutOfRange", "Mismatch")


def test_two_times_need_an_update():
    text = r"$$h_t = \tanh(h_{t-1} + x_t)$$ $h, x \in \mathbb{R}$"
    assert statuses(step, text) == ["verified"]
    bad = failure(same_step, text)
    assert bad.kind == "Ambiguous" and "never updates it" in bad.message


def test_wrong_time_is_found():
    assert failure(step, r"$$h_t = \tanh(h_{t} + x_t)$$ $h, x \in \mathbb{R}$").kind == "Mismatch"
    assert failure(step, r"$$h_{t-1} = \tanh(h_{t-1} + x_t)$$ $h, x \in \mathbb{R}$").kind == "Mismatch"


def test_local_e_does_not_shadow_euler():
    text = r"$$p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$ $x \in \mathbb{R}^n$, $p$ (`return`)"
    assert statuses(norm, text) == ["verified"]
    assert statuses(norm, r"$$p_i = \frac{e_i}{\sum_j e_j}$$ $x \in \mathbb{R}^n$, $p$ (`return`)") == [
        "verified"
    ]


@pytest.mark.parametrize(
    "tex, why",
    [
        (r"y = 1/2 x", "a/b c"),
        (r"y = \log(e^{x})^1 / 2", "f(x)^n"),
        (r"y = x / 2 + \max(x, 0)^2", "f(x)^n"),
        (r"y = \sin^{-1}(x)", "inverse or the reciprocal"),
        (r"y = \prod_{i=1}^2 x \cdot x", "belong inside"),
        (r"y = \log x (x)", "end"),
        (r"y = \pm x", "cannot read"),
        (r"y = x_1 + \dots + x_n", "cannot read"),
    ],
)
def test_ambiguous_notation_is_refused(tex, why):
    bad = failure(half, f"$${tex}$$ $x \\in \\mathbb{{R}}$")
    assert bad.kind in ("ParseError", "Ambiguous") and why in bad.message


def inner(u, v):
    return u @ v


def test_product_of_two_vectors_is_refused():
    symbols = r" $u, v \in \mathbb{R}^n$, $c$ (`return`)"
    bad = failure(inner, r"$$c = u v$$" + symbols)
    assert bad.kind == "Ambiguous" and "product of two vectors" in bad.message and r"\odot" in bad.cure
    for tex in (r"c = u \cdot v", r"c = u^\top v", r"c = \langle u, v \rangle", r"c = \sum_i u_i v_i"):
        assert statuses(inner, f"$${tex}$$" + symbols) == ["verified"]


def test_star_between_arrays_is_refused():
    assert (
        "several products" in failure(inner, r"$$c = u * v$$ $u, v \in \mathbb{R}^n$, $c$ (`return`)").message
    )


def nearly(x):
    return x * 1.0001


def test_approximately_is_exact_without_a_tolerance():
    bad = failure(nearly, r"$$y \approx x$$ $x \in \mathbb{R}$, $y$ (`return`)")
    assert bad.kind == "Mismatch" and "% tol" in bad.cure
    assert statuses(nearly, "$$y \\approx x % tol: 1e-3\n$$ $x \\in \\mathbb{R}$, $y$ (`return`)") == [
        "verified"
    ]


def test_approximate_decimal_is_checked_to_its_digits():
    assert statuses(half, r"$$\operatorname{half}(\pi) \approx 1.571$$ $x \in \mathbb{R}$") == ["verified"]
    assert failure(half, r"$$\operatorname{half}(\pi) \approx 1.572$$ $x \in \mathbb{R}$").kind == "Mismatch"


def edge(x):
    return 1.0 if x >= 3 else 0.0


def test_borders_of_cases_are_sampled():
    text = r"$$y = \begin{cases} 1 & x %s 3 \\ 0 & \text{otherwise} \end{cases}$$ "
    text += r"$x \in \mathbb{R}$, $y$ (`return`)"
    assert statuses(edge, text % r"\ge") == ["verified"]
    assert failure(edge, text % ">").kind == "Mismatch"


def test_at_least_twenty_points():
    assert all(r.points >= 20 for r in check(half, r"$$y = \frac x2$$ $x \in \mathbb{R}$"))


def test_condition_that_never_holds_is_no_proof():
    bad = failure(half, r"$$y = 7 \quad (x > 100)$$ $x \in \mathbb{R}$")
    assert bad.kind == "Unbound" and "only 0 of" in bad.message


def test_boundary_value_must_be_true():
    def cumulative(a):
        r = [1.0]
        for x in a:
            r.append(r[-1] + x)
        return r

    text = r"$$r_k = r_{k-1} + a_k, \qquad r_0 = %d$$ $a \in \mathbb{R}^n$"
    assert statuses(cumulative, text % 1) == ["verified", "verified"]
    assert failure(cumulative, text % 2).kind == "Mismatch"


def test_two_losses_cannot_share_one_gradient():
    def both(x, g):
        dx = g * 2
        return dx

    symbols = r" $x, g \in \mathbb{R}$"
    assert statuses(both, r"$$\frac{\partial L}{\partial x} = 2g$$" + symbols) == ["verified"]
    bad = failure(both, r"$$\frac{\partial L}{\partial x} = \frac{\partial M}{\partial x}$$" + symbols)
    assert bad.kind == "Unbound" and "L and M" in bad.message


def square_grad(x, g):
    return 2 * x * g


def test_gradient_is_the_result_of_a_grad_function():
    symbols = r" $x \in \mathbb{R}$, $g = \partial L / \partial y$"
    assert statuses(square_grad, r"$$\frac{\partial L}{\partial x} = 2 g x$$" + symbols) == ["verified"]
    assert statuses(
        square_grad, r"$$\frac{\partial L}{\partial x} = 2 x \frac{\partial L}{\partial y}$$" + symbols
    ) == ["verified"]
    assert failure(square_grad, r"$$\frac{\partial y}{\partial x} = 2 g x$$" + symbols).kind == "Unbound"


def kinked(x):
    return abs(x)


def test_derivative_at_a_kink_is_not_used():
    text = r"$$\operatorname{kinked}'(x) = \operatorname{sign}(x)$$ $x \in \mathbb{R}$"
    assert statuses(kinked, text) == ["verified"]


def test_range_end_must_be_the_end():
    text = r"$$p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \quad i = 1, \dots, %s$$ "
    text += r"$x \in \mathbb{R}^n$, $p$ (`return`)"
    assert statuses(norm, text % "n") == ["verified"]
    assert "said to run to" in failure(norm, text % "n - 1").message


def test_definition_must_be_used():
    assert failure(half, r"$$y = \frac x2, \quad q = 3x$$ $x \in \mathbb{R}$").kind == "Unbound"


def test_zero_times_log_zero():
    def entropy(p):
        return -sum(v * np.log(v) for v in p if v > 0)

    text = r"$$H = -\sum_i p_i \log p_i$$ $p \in \{0, 0.5, 1\}^n$, $H$ (`return`)"
    assert statuses(entropy, text) == ["verified"]


def gate(x, g):
    return g * (0 < x < 1)


def test_indicator_at_the_end_is_a_factor_and_no_condition():
    text = r"$$y = g\,\mathbb{1}[%s]$$ $x, g \in \mathbb{R}$, $y$ (`return`)"
    assert statuses(gate, text % "0 < x < 1") == ["verified"]
    assert failure(gate, text % "0 < x < 0.4").kind == "Mismatch"
    assert failure(gate, text % "x < 1").kind == "Mismatch"


def test_relation_in_round_brackets_at_the_end_is_a_condition():
    assert statuses(gate, r"$$y = g \ (0 < x < 1)$$ $x, g \in \mathbb{R}$, $y$ (`return`)") == ["verified"]
    assert (
        "in brackets" in failure(gate, r"$$y = (0 < x < 1) g$$ $x, g \in \mathbb{R}$, $y$ (`return`)").message
    )


def slope(x, alpha):
    return np.maximum(x, alpha * x)


SLOPE = r"$$%s$$ $x \in \mathbb{R}$, $0 < \alpha < 1$, $y$ (`return`)"


@pytest.mark.parametrize(
    "tex", [r"y = \max(y, \alpha x)", r"y = \begin{cases} y & x > 0 \\ \alpha x & x \le 0 \end{cases}"]
)
def test_result_defined_by_itself(tex):
    bad = failure(slope, SLOPE % tex)
    assert bad.kind == "Ambiguous" and "stands on both sides" in bad.message


def test_left_side_again_on_the_right():
    """An equation that fixes y may use it, an identity too; y = y says nothing."""
    assert statuses(slope, SLOPE % r"y = x + y - x") == ["identity"]
    assert statuses(slope, SLOPE % r"y = 3 y - 2 \max(x, \alpha x)") == ["verified"]
    assert failure(slope, SLOPE % "y = y").kind == "Ambiguous"


def whiten(A):
    W = A + A.T
    return W


def test_symmetry_is_a_statement():
    text = r"$$W = W^\top$$ $A \in \mathbb{R}^{n \times n}$"
    assert statuses(whiten, text) == ["verified"]
    assert failure(whiten, text.replace("= W", "= -W")).kind == "Mismatch"


def fires(w, x, theta):
    return 1 if w @ x >= theta else 0


def steps(w, x):
    return np.where(w @ x > 0, w, w + x)


def test_borders_are_visited():
    """A sum that meets its threshold exactly, and a product of vectors that is zero, are no accidents."""
    text = r"$$y = \mathbb{1}[w^\top x %s \theta]$$ $w, x \in \mathbb{R}^n$, $y$ (`return`)"
    assert statuses(fires, text % r"\ge") == ["verified"]
    assert failure(fires, text % ">").kind == "Mismatch"
    text = r"$$y = w + x \mathbb{1}[w^\top x %s 0]$$ $w, x \in \mathbb{R}^n$, $y$ (`return`)"
    assert statuses(steps, text % r"\le") == ["verified"]
    assert failure(steps, text % "<").kind == "Mismatch"


def test_border_respects_the_domain():
    """x = theta is outside of 0 < theta < 1 for most x; there the formula need not hold."""

    def part(x, theta):
        return x * theta if 0 < theta < 1 else np.inf

    text = r"$$y = x \theta (1 - \mathbb{1}[x = \theta - 3])$$ $x > 0$, $0 < \theta < 1$, $y$ (`return`)"
    assert statuses(part, text) == ["verified"]


def bounded(x, T):
    return x / T


def test_inequality_far_away():
    text = r"$$y \le %s$$ $x \in (0, 1)$, $T > 0$, $y$ (`return`)"
    assert statuses(bounded, text % r"\frac{1}{T}") == ["inequality"]
    assert failure(bounded, text % "10").kind == "Mismatch"


def loss(y_hat, y):
    return (y_hat - y) ** 2


def loss_grad(y_hat, y, g):
    return 2 * g * (y_hat - y)


def test_gradient_belongs_to_its_own_input():
    text = r"$$\frac{\partial L}{\partial %s} = 2 g (\hat y - y)$$ $g = \partial L / \partial \ell$"
    assert statuses(loss_grad, text % r"\hat y") == ["verified"]
    assert failure(loss_grad, text % "y").kind == "Unbound"


def test_index_that_bounds_itself():
    def top(z):
        return z.max()

    text = r"$$m = \max_{1 \le l \le %s} z_l$$ $z \in \mathbb{R}^k$, $m$ (`return`)"
    assert statuses(top, text % "k") == ["verified"]
    assert "bounds itself" in failure(top, text % "l").message


def smooth_corner(a):
    return abs(a) * a / 2


def test_second_derivative_at_a_corner_of_the_first():
    text = r"$$\frac{d^2 y}{da^2} = \operatorname{sgn}(a)$$ $a \in \mathbb{R}$, $y$ (`return`)"
    assert statuses(smooth_corner, text) == ["verified"]
    assert failure(smooth_corner, text.replace("sgn", "cosh")).kind == "Mismatch"


def test_a_primed_name_is_not_the_function():
    """f'(a) = … must not be read as the value of the function."""
    text = r"$$f_2'(a) = %s$$ $a \in \mathbb{R}$, $f_2$ (`return`)"
    assert statuses(smooth_corner, text % "|a|") == ["verified"]
    assert failure(smooth_corner, text % r"\frac{a |a|}{2}").kind == "Mismatch"
    assert failure(smooth_corner, text.partition(",")[0] % r"\frac{a |a|}{2}").kind == "Unbound"


def test_brackets():
    """W [h, x] is a product with a list, x[n + m] an element, E[x, y] none of both."""

    def cell(W, h, x):
        return W @ np.concatenate([h, x])

    text = (
        r"$$y = W %s$$ $W \in \mathbb{R}^{k \times (m+d)}$, $h \in \mathbb{R}^m$, $x \in \mathbb{R}^d$, "
        r"$y$ (`return`)"
    )
    for right in ("[h, x]", "[h; x]", r"\begin{bmatrix} h \\ x \end{bmatrix}", r"\left[h, x\right]"):
        assert statuses(cell, text % right) == ["verified"]
    assert failure(cell, text % "[x, h]").kind == "Mismatch"


def test_word_or_product():
    def rate(TP, FP):
        return TP / (TP + FP)

    def rates(T, P, TP):
        return TP + T * P

    assert statuses(rate, r"$$r = \frac{TP}{TP + FP}$$ $TP, FP > 0$, $r$ (`return`)") == ["verified"]
    text = r"$$r = TP + T \cdot P$$ $T, P, TP \in \mathbb{R}$, $r$ (`return`)"
    assert failure(rates, text).kind == "Ambiguous"
    assert statuses(rates, text.replace("= TP", r"= \mathrm{TP}")) == ["verified"]


def share(g, n):
    return np.full(n, g / n)


def test_for_all_names_the_indices_of_its_display():
    """\forall i: an index that damage has made another one is missed."""
    text = r"$$y_i = \frac{g}{n} \quad %s$$ $g \in \mathbb{R}$, $n \in \mathbb{N}$, $y$ (`return`)"
    assert statuses(share, text % r"\forall i") == ["verified"]
    assert failure(share, text % r"\forall j").kind == "Unbound"
    both = r"$$\sum_{j=1}^n y_j = g$$ " + text
    assert failure(share, both % r"\forall i, j").kind == "Unbound"
    assert failure(share, text % r"\forall i, i").kind == "ParseError"


def recurrence(x, h, c):
    y, s = [h], [c]
    for v in x:
        y.append(y[-1] + v)
        s.append(2 * s[-1] + y[-1])
    return np.array(y[1:]), np.array(s[1:])


def test_a_stated_first_row():
    """y_{0k} is an element of the row y_0 = h, which stands beside the array y_1, y_2, …"""
    text = (
        r"$$y_{rk} = y_{r-1,k} + x_{rk}, \quad y_0 = %s$$ $$s_{rk} = 2 s_{r-1,k} + y_{rk}, \quad s_0 = %s$$ "
        r"$x \in \mathbb{R}^{T \times m}$, $h, c \in \mathbb{R}^m$, $y$ (`return[0]`), $s$ (`return[1]`)"
    )
    assert set(statuses(recurrence, text % ("h", "c"))) <= {"verified", "identity"}
    for wrong in (("c", "c"), ("h", "h"), ("h", "0")):
        assert not all(r.ok for r in check(recurrence, text % wrong))


def test_what_is_stated_at_zero_means_the_same_everywhere():
    """r_0 is the first element for all claims or for none."""

    def field(k, s):
        j = np.cumprod(s)
        return 1 + np.cumsum((k - 1) * (j // s))

    text = (
        r"$$r_l = r_{l-1} + (k_l - 1) j_{l-1}, \quad r_0 = j_0 = %d, \quad j_l = \prod_{t=1}^l s_t$$ "
        r"$k, s \in \mathbb{N}^n$, $r$ (`return`)"
    )
    assert all(r.ok for r in check(field, text % 1))
    assert not all(r.ok for r in check(field, text % 2))


def test_a_time_after_the_result_has_no_value():
    def descend(w, g):
        w = 1 * w
        return w - g

    text = r"$$w_t = %s - g$$ $w, g \in \mathbb{R}^n$, $w_t$ (`return`)"
    assert statuses(descend, text % "w_{t-1}") == ["verified"]
    assert failure(descend, text % "w_{t+1}")


def test_a_tautology_is_no_statement():
    assert failure(half, r"$$x = x$$ $x \in \mathbb{R}$").kind == "Ambiguous"


def spread(g, n):
    m, x = len(g), np.zeros(n)
    for i in range(m):
        a, b = i * n // m, -(-(i + 1) * n // m)
        x[a:b] += g[i] / (b - a)
    return x


def test_an_index_of_definitions_without_arrays():
    """a_i = ⌊i n / m⌋ is there for all i: the range is that of the array g."""
    text = (
        r"$$x_p = \sum_{i:\, a_i \le p < b_i} \frac{g_i}{b_i - a_i}$$ "
        r"$$a_i = \lfloor i n / m \rfloor, \quad b_i = \lceil (i + %d) n / m \rceil$$ "
        r"$g \in \mathbb{R}^m$, $n \in \mathbb{N}$, $x$ (`return`)"
    )
    assert all(r.ok for r in check(spread, text % 1))
    assert not all(r.ok for r in check(spread, text % 2))


def centered(x):
    return (x - x.mean(1, keepdims=True)) * np.arange(1, len(x) + 1)[:, None]


def test_a_definition_sees_only_its_own_indices():
    """In m_{cc} = … and in m_k = …, the mean over i of x_{ni} has no n to borrow from where m is used."""
    text = (
        r"$$y_{nc} = n (x_{nc} - m_n)$$ $$m_%s = \frac{1}{k} \sum_{i=1}^{k} x_{ni}$$ "
        r"$x \in \mathbb{R}^{l \times k}$, $y$ (`return`)"
    )
    assert sorted(statuses(centered, text % "n")) == ["definition", "verified"]
    assert "only a diagonal" in failed_messages(centered, text.replace("m_n)", "m_{nc})") % "{cc}")
    assert "is bound to nothing" in failed_messages(centered, text % "k")


def test_one_symbol_for_one_name():
    r"""Where `var` is called \bar\sigma^2, \sigma^2 without the bar is nothing; and s^2 is not both."""

    def scaled(x, var):
        return x / np.sqrt(var)

    text = r"$$y = \frac{x}{\sqrt{%s^2}}$$ $x \in \mathbb{R}$, $\bar\sigma^2 > 0$ (`var`), $y$ (`return`)"
    assert statuses(scaled, text % r"\bar\sigma") == ["verified"]
    assert r"var is called \bar{\sigma}^{2} here" in failure(scaled, text % r"\sigma").message
    text = (
        r"$$y = \frac{x}{\sqrt{\sigma^2}}, \quad y^2 = \frac{x^2}{%s^2}$$ "
        r"$x \in \mathbb{R}$, $\sigma^2 > 0$, $y$ (`return`)"
    )
    assert statuses(scaled, text % r"\sigma") == ["verified"] * 2
    assert "is called" in failure(scaled, text % "s").message


def test_an_array_counts_from_one_everywhere():
    """b_j = j h is no second way to count where a sum runs over b_1, b_2, …"""

    def ramp(h, x):
        b = h * np.arange(len(x))
        return x @ b

    text = r"$$y = \sum_{j=1}^{n} b_j x_j$$ $$b_j = %s h$$ $x \in \mathbb{R}^n$, $y$ (`return`)"
    assert statuses(ramp, text % "(j - 1)") == ["verified"] * 2
    assert failure(ramp, text % "j").kind == "Mismatch"


def bends(y):
    return y[2:] - 2 * y[1:-1] + y[:-2]


def test_stated_range_must_exist():
    text = (
        r"$$v_j = y_{j+2} - 2 y_{j+1} + y_j \quad (%s)$$ "
        r"$n \in \mathbb{N}$, $n \ge 3$, $y \in \mathbb{R}^n$, $v$ (`return`)"
    )
    for inside in (r"1 \le j \le n - 2", "1 < j < n - 1"):
        assert statuses(bends, text % inside) == ["verified"]
    for outside in (r"1 \le j < n", r"0 \le j \le n - 2"):
        assert "says more than the arrays" in failure(bends, text % outside).message


def limited(u, c):
    return u * min(1, c / abs(u))


def rises(x, w):
    return float(sum(max(0, a @ w) - (a @ w == 0) for a in x))


def test_both_sides_of_a_border():
    r"""\max(s, c) is compared on both sides, and each product in a sum of indicators meets its zero."""
    text = (
        r"$$y = \frac{c\, u}{%s}, \quad \frac{1}{y} = \frac{\max(|u|, c)}{c\, u}$$ "
        r"$u > 0.2$, $0 < c < 0.3$, $y$ (`return`)"
    )
    assert statuses(limited, text % r"\max(|u|, c)") == ["verified"] * 2
    assert failure(limited, text % "|u|").kind == "Mismatch"
    text = (
        r"$$y = \sum_{i=1}^{m} \left( \max\Bigl(0, \sum_{j=1}^{n} x_{ij} w_j\Bigr) - "
        r"\mathbb{1}\Bigl[%s \sum_{j=1}^{n} x_{ij} w_j = 0\Bigr] \right)$$ "
        r"$x \in \mathbb{R}^{m \times n}$, $w \in \mathbb{R}^n$, $y$ (`return`)"
    )
    assert statuses(rises, text % "") == ["verified"]
    assert failure(rises, text % "1 +").kind == "Mismatch"


def test_cases_must_cover_the_border():
    def charge(z, y):
        return max((1 - y) * z, -y * z)

    text = (
        r"$$q = (s - y) z$$ $$s = \begin{cases} 1, & z %s 0 \\ 0, & z < 0 \end{cases}$$ "
        r"$z \in \mathbb{R}$, $y \in \{0, 1\}$, $q$ (`return`)"
    )
    assert sorted(statuses(charge, text % r"\ge")) == ["definition", "verified"]
    assert "is not nan" in failure(charge, text % ">").message


def test_opposite_inputs():
    def apart(a, b):
        return np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b))

    text = r"$$y %s 2$$ $a, b \in \mathbb{R}^n$, $y$ (`return`)"
    assert statuses(apart, text % r"\le") == ["inequality"]
    assert failure(apart, text % "<").kind == "Mismatch"


def test_a_number_is_not_below_an_array():
    text = r"$$y \le 1 + %s^2$$ $w \in \mathbb{R}^n$, $y$ (`return`)"
    assert statuses(np_max, text % r"\max_i |w_i|") == ["inequality"]
    assert "compared with the array" in failure(np_max, text % "w").message


def np_max(w):
    return np.max(w)


def test_a_constant_has_no_slope():
    text = r"$$%s'(x) \le 1$$ $x \in \mathbb{R}$"
    assert failure(half, text % "e").kind == "Unbound"


def bowl_grad(x, H, g):
    return g * (H + H.T) @ x / 2


def bowl(x, H):
    return x @ H @ x / 2


def test_a_gradient_has_the_shape_of_its_input():
    """The result of f_grad is no gradient in an input of another shape, or in one that f does not take."""
    text = (
        r"$$\frac{\partial L}{\partial %s} = g H x$$ "
        r"$x \in \mathbb{R}^n$, $H \succ 0$, $g = \partial L / \partial y$"
    )
    assert statuses(bowl_grad, text % "x") == ["verified"]
    assert failure(bowl_grad, text % "H").kind == "Unbound"
    assert failure(bowl_grad, text % "g").kind == "Unbound"


def test_functions_are_not_drawn():
    def twice(f, x):
        return f(f(x))

    bad = failure(twice, r"$$y = f(f(x))$$ $x \in \mathbb{R}$, $y$ (`return`)")
    assert "f is a function, and functions are not drawn" in bad.message and "f=np.exp" in bad.cure


def soft(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def test_softmax_without_a_function_of_that_name():
    text = r"$$p = \operatorname{softmax}(%s)$$ $z \in \mathbb{R}^K$, $p$ (`return`)"
    assert statuses(soft, text % "z") == ["verified"]
    assert failure(soft, text % "2z").kind == "Mismatch"


def test_membership_in_the_simplex():
    text = r"$$%s \in \Delta^{K-1}$$ $z \in \mathbb{R}^K$, $p$ (`return`)"
    assert statuses(soft, text % "p") == ["inequality"]
    assert "is not in" in failure(soft, text % "2p").message


def test_cases_of_an_array():
    cases = r"$$p_i = \begin{cases} %s, & z > 0 \\ p_i, & z \le 0 \end{cases}$$"
    text = cases + r" $z \in \mathbb{R}^K$, $p$ (`return`)"
    assert "a condition on an array" in failure(soft, text % "p_i").message


def leak(x, slope):
    return max(x, slope * x)


def first(x):
    return x[0]


@pytest.mark.parametrize("called, why", [("leak", "the argument slope of leak()"), ("first", "called so")])
def test_functions_that_cannot_be_called_so(called, why):
    bad = failure(half, rf"$$y = {called}(x)$$ $x \in \mathbb{{R}}$, ${called}$ (`{called}`)")
    assert why in bad.message


HOSTILE = [
    r"\prod_{i=1}^{9999} \prod_{j=1}^{9999} 2",
    r"\sum_{0 \le i < 10^{12}} i",
    r"\int_0^1 (\int_0^1 (\int_0^1 s t u\,ds)\,dt)\,du",
    r"\binom{10^{20}}{10^{10}}",
    "x" * 5000,
    "+".join(["x"] * 2000),
    "x % tol: 1e",
    "x % tol: 1e400",
    "a_0, " + ", ".join(f"a_{{{k}}} = a_{{{k + 1}}} + a_{{{k + 1}}}" for k in range(28)) + ", a_{28} = 1",
]


@pytest.mark.parametrize("tex", HOSTILE, ids=lambda tex: tex[:20])
def test_hostile_formulas_are_refused_soon(tex):
    failed = [r for r in check(half, f"$$y = {tex}\n$$ $x \\in \\mathbb{{R}}$") if not r.ok]
    kinds = {"ParseError", "Ambiguous", "TooLong", "Unbound", "Mismatch"}
    assert failed and {r.kind for r in failed} <= kinds


# ------------------------------------------------------------------ what a stranger's set brought up
def square(x):
    return x**2


def smoothed(x, beta):
    m, out = 0.0, []
    for a in x:
        m = beta * m + (1 - beta) * a
        out.append(m)
    return np.array(out)


def descent(x, g, alpha):
    x = x - alpha * g
    return x


def geometric(q):
    return 1 / (1 - q)


X = r"$x \in \mathbb{R}^n$"
SERIES = r"$x \in \mathbb{R}^T$, $0 < \beta < 1$, $m$ (`return`)"
RATIO = r"$0 < q < 1$, $S$ (`return`)"
STEP = r"$x, g \in \mathbb{R}^d$"
SOFTMAX = r"$$p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \quad \sum_i p_i = 1$$"


@pytest.mark.parametrize("formula", [SOFTMAX, SOFTMAX.replace("x_", "-x_")])
def test_a_text_that_says_nothing_of_the_code_is_refused(formula):
    assert failure(norm, f"{formula}\n\n{X}").cure.endswith("$p$ (`return`)")
    said = [r.ok for r in check(norm, f"{formula}\n\n{X}, $p$ (`return`)")]
    assert all(said) == ("-" not in formula)


@pytest.mark.parametrize(
    "function, tex, symbols, holds",
    [
        (square, r"f(x) = x^2, \quad f'(x) = 2 x", r"$x \in \mathbb{R}$", True),
        (square, r"f(x) = x^2, \quad f' = 2 x", r"$x \in \mathbb{R}$", True),
        (square, r"f(x) = x^2, \quad \frac{df}{dx} = x", r"$x \in \mathbb{R}$", False),
        (square, r"f(x) = 2 x^2, \quad f'(x) = 4 x", r"$x \in \mathbb{R}$", False),
        (smoothed, r"m_t = \beta m_{t-1} + (1-\beta) x_t, \quad m_0 = 0", SERIES, True),
        (smoothed, r"m_t = \beta m_{t-1} + (1-\beta) x_t, \quad m_1 = (1-\beta) x_1", SERIES, True),
        (smoothed, r"m_t = \beta m_{t-1} + (1-\beta) x_t, \quad m_1 = x_1", SERIES, False),
        (smoothed, r"m_t = \beta m_{t-1} + (1-\beta) x_t, \quad m_0 = 1", SERIES, False),
        (smoothed, r"m_t = \beta m_{t-1} + (1-\beta) x_{t-1}, \quad m_0 = 0", SERIES, False),
        (smoothed, r"m_t = \beta m_{t-1} + \beta x_t, \quad m_0 = 0", SERIES, False),
        (descent, r"x_{k+1} = x_k - \alpha g_k", STEP, True),
        (descent, r"x_k = x_{k-1} - \alpha_k g_k", STEP, True),
        (descent, r"x_{k+1} = x_k + \alpha g_k", STEP, False),
        (descent, r"x_{k+1} = x_{k+1} - \alpha g_k", STEP, False),
        (geometric, r"S = \sum_{k=0}^\infty q^k", RATIO, True),
        (geometric, r"S = \sum_{k=1}^\infty q^k", RATIO, False),
        (geometric, r"S = \sum_{k=1}^\infty \frac{1}{k}", RATIO, False),
        (geometric, r"S = \int_0^1 \frac{1}{2 (1 - q) \sqrt{t}} \,dt", RATIO, True),
        (geometric, r"S = \int_{-\infty}^0 \frac{e^{t/9}}{9 (1 - q)} \,dt", RATIO, True),
    ],
)
def test_function_recursion_moment_or_series(function, tex, symbols, holds):
    assert all(r.ok for r in check(function, f"$${tex}$$\n\n{symbols}")) == holds


@pytest.mark.parametrize(
    "tex",
    [
        r"\log y_{",
        r"y = \log _i",
        r"y = I_{10^9}",
        r"y = 10^{10^{10^{10}}}",
        r"y = \sum_{k=0}^{\infty} k!",
        r"y = \sum_{k=-\infty}^{\infty} e^{-k^2}",
        r"y = \sum_{i=0}^\infty \sum_{j=0}^\infty \sum_{k=0}^\infty 2^{-i-j-k}",
        r"y = \prod_{i=1}^{10^{30}} i",
        r"y = \sqrt{" * 400 + "x" + "}" * 400,
    ],
    ids=lambda tex: tex[:40],
)
def test_what_cannot_be_evaluated_is_refused_and_nothing_is_raised(tex):
    assert not all(r.ok for r in check(square, f"$${tex}$$\n\n$x \\in \\mathbb{{R}}$, $y$ (`return`)"))


def lagged(x):
    return np.array([x[: len(x) - k] @ x[k:] for k in range(len(x))])


def test_where_an_array_begins():
    formula = r"$$r_k = \sum_{t=1}^{n-k} x_t x_{t+k}, \quad k = 0, \dots, n - 1$$"
    symbols = "$x \\in \\mathbb{R}^n$, $r$ (`return`)"
    assert r"$x_1, \dots, x_m$" in failure(lagged, f"{formula}\n\n{symbols}").cure
    said = symbols + r", $x_1, \dots, x_n$, $r_0, \dots, r_{n-1}$"
    assert all(r.ok for r in check(lagged, f"{formula}\n\n{said}"))
    assert not all(r.ok for r in check(lagged, f"{formula.replace('{t+k}', '{t+k-1}')}\n\n{said}"))
