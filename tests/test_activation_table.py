"""The table of activations/choosing: complete, and its computed
columns against values known in closed form."""

import json
import math

import pytest

from hooks import activation_table as t

HEADER = {language: t.rows(language)[0] for language in t.WORDS}
CELLS = {name: row for name, row in zip(t.USES, t.rows("en")[1])}


def test_every_activation_is_in_the_table():
    assert sorted(t.USES) == sorted(t.functions())


@pytest.mark.parametrize("name", t.USES)
def test_rows_are_full_and_numbers_the_same_in_both_languages(name):
    en, zh = CELLS[name], t.rows("zh")[1][list(t.USES).index(name)]
    assert len(en) == len(zh) == len(HEADER["en"]) == len(HEADER["zh"]) and all(en) and all(zh)
    assert [en[i] for i in (0, 1, 2, 4)] == [zh[i] for i in (0, 1, 2, 4)]


@pytest.mark.parametrize("name, expected", {
    "heaviside": r"\{0, 1\}", "sigmoid": "(0, 1)", "hard_sigmoid": "[0, 1]", "tanh": "(-1, 1)",
    "relu": r"[0, \infty)",
    "leaky_relu": r"(-\infty, \infty)", "relu6": "[0, 6]", "elu": r"(-1, \infty)",
    "softplus": r"(0, \infty)", "silu": r"[-0.2785, \infty)",
    "hard_swish": r"[-0.375, \infty)",
}.items())  # fmt: skip
def test_ranges(name, expected):
    assert CELLS[name][1] == f"${expected}$"


@pytest.mark.parametrize("name, mean", {
    "heaviside": 1 / 2, "sigmoid": 1 / 2, "tanh": 0, "relu": 1 / math.sqrt(2 * math.pi),
    "leaky_relu": 0.99 / math.sqrt(2 * math.pi),
    "selu": 0, "gelu": 1 / (2 * math.sqrt(math.pi)), "elu": 0.16052057,
}.items())  # fmt: skip
def test_means_under_the_normal_distribution(name, mean):
    assert float(CELLS[name][2]) == pytest.approx(mean, abs=0.0005)


@pytest.mark.parametrize("name, where", {
    "sigmoid": "both, soft: 0 / 0", "hard_tanh": "both, hard: 0 / 0", "relu": "left, hard: 0 / 1",
    "relu6": "both, hard: 0 / 0",
    "elu": "left, soft: 0 / 1", "prelu": "no: 0.25 / 1", "selu": "left, soft: 0 / 1.0507",
    "hard_swish": "left, hard: 0 / 1",
}.items())  # fmt: skip
def test_saturation(name, where):
    assert CELLS[name][3].replace("\u00a0", " ") == where


def test_costs_were_measured_on_the_code_as_it_is():
    measured = json.loads(t.COST.read_text("utf-8"))["measured"]
    assert measured["source"] == t.fingerprint(), "the code has changed: python -m benchmarks.cost"


def test_costs_were_measured_for_the_functions_there_are():
    cost = json.loads(t.COST.read_text("utf-8"))
    assert cost["forward"]["relu"] == 1
    assert set(cost["forward"]) == {name for name in t.USES if not CELLS[name][4].startswith("–")}
    assert {name for name in t.USES if CELLS[name][4] == "– / –"} == {"maxout", "swiglu"}
