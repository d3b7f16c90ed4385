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
