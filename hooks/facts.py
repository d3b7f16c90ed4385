"""Numbers and tables that pages take from code: the line `<!-- facts: name
-->` becomes what the function `name` below returns.

`0.25<!-- = sigmoid_grad(0., 1.) -->` needs no hook: tests/test_pages.py
checks the number, and the reader never sees the comment.
"""

import collections
import json
import pathlib
import re

from mkdocs.exceptions import PluginError

from formulacheck import check
from hooks import activation_table as activations
from hooks import ledger as claims
from hooks import verification as results
from snippets.activations import tanh

ROOT = pathlib.Path(__file__).parent.parent
MARKER = re.compile(r"^<!-- facts: (\w+) -->$", re.M)
FACTS = {}


def fact(function):
    FACTS[function.__name__] = function
    return function


def on_page_markdown(markdown, page, config, files):
    language = config.extra["language"]

    def fill(match):
        if match[1] not in FACTS:
            text = page.file.content_string
            where = f"docs/{language}/{page.file.src_uri}:{text.count(chr(10), 0, text.find(match[0])) + 1}"
            raise PluginError(f"{where}: no fact is called {match[1]}; there are {', '.join(sorted(FACTS))}")
        return FACTS[match[1]](language)

    return re.sub(r"<!-- = .*? -->", "", MARKER.sub(fill, markdown))


def table(header, rows):
    return "\n".join(
        "| " + " | ".join(map(str, row)) + " |" for row in [header, ["---"] * len(header), *rows]
    )


@fact
def ledger(language):
    """How many claims of the articles got which verdict."""
    words = {
        "zh": {
            "right": "正确",
            "imprecise": "不准确",
            "wrong": "错误",
            "garbled": "抓取损坏，已复原",
            "lost": "内容丢失，已补写",
            "outdated": "已过时",
        },
        "en": {
            "right": "right",
            "imprecise": "imprecise",
            "wrong": "wrong",
            "garbled": "damaged, restored",
            "lost": "lost, answered",
            "outdated": "outdated",
        },
    }[language]
    count = collections.Counter()
    for entry in claims.load():
        count[entry.verdict] += len(entry.ids)
    header = {"zh": ["结论", "条数"], "en": ["verdict", "claims"]}[language]
    total = {"zh": "**合计**", "en": "**total**"}[language]
    return table(header, [[words[v], n] for v, n in count.most_common()] + [[total, f"**{count.total()}**"]])


@fact
def verification(language):
    """What the last run of all tests proved, if it was about everything as it is, by kind of proof."""
    words = {
        "zh": {"none": "此版本尚未运行测试：先 `make test`，再构建。", "header": ["证明方式", "函数", "检查"],
               "doctest": "文档测试", "formula": "公式执行", "gradient": "梯度差分", "law": "恒等式与定律", "limit": "极限值",
               "passed": "通过的测试"},
        "en": {"none": "No test has run on this version yet: `make test`, then build.", "header": ["proof",
        "functions", "checks"],
               "doctest": "doctest", "formula": "formula executed", "gradient": "gradient by differences",
               "law": "laws and identities",
               "limit": "limits and extremes", "passed": "tests passed"},
    }[language]  # fmt: skip
    found = results.load()
    functions, checks = collections.Counter(), collections.Counter()
    for function in found["proofs"]:
        for kind, count in results.proofs(function).items():
            functions[kind] += 1
            checks[kind] += count
    if not (passed := results.passed()):
        return words["none"]
    rows = [[words.get(kind, kind), functions[kind], count] for kind, count in checks.most_common()]
    return table(words["header"], [*rows, [words["passed"], "", passed]])


@fact
def accuracy(language):
    """Largest error against mpmath in units in the last place, ours
    beside SciPy's and PyTorch's, on the same points."""
    data = json.loads((ROOT / "docs/assets/data/accuracy.json").read_text("utf-8"))
    words = {
        "zh": ["函数", "精度", "本站", "完整表格"],
        "en": ["function", "format", "ours", "The whole table"],
    }[language]
    versions = {name: data["versions"][name] for name in ("numpy", "scipy", "torch")}
    header = [
        words[0],
        words[1],
        f"{words[2]}, NumPy {versions['numpy']}",
        f"SciPy {versions['scipy']}",
        f"PyTorch {versions['torch']}",
    ]
    rows = [
        [f"`{r['function']}`", r["dtype"], *(_ulp(r.get(who)) for who in ("ours", "scipy", "torch"))]
        for r in data["rows"]
    ]
    return f'??? abstract "{words[3]}"\n\n' + "\n".join(
        "    " + line for line in table(header, rows).splitlines()
    )


def _ulp(entry):
    """`1.9`, or `5e+13 (x = -713)`: where an error is large, the reader may want to try that point."""
    if entry is None:
        return "–"
    size = "∞" if entry["ulp"] is None else f"{entry['ulp']:.2g}"
    return size if entry["ulp"] and entry["ulp"] <= 100 else f"{size} (`x = {entry['at']:.4g}`)"


@fact
def formulas(language):
    """What the formula checker found in its last run on the snippets and pages as they are."""
    words = {
        "zh": {"none": "此版本尚未运行测试：先 `make test`，再构建。", "header": ["结果", "陈述"], "verified": "与代码一致",
        "definition": "定义后面用到的量",
               "identity": "不涉及代码的恒等式", "inequality": "不等式", "unverified": "未验证", "inline": "行内公式，已执行",
               "condition": "行内条件（定义域、取值）", "unbound": "行内公式，无法绑定到代码"},
        "en": {"none": "No test has run on this version yet: `make test`, then build.", "header": ["result",
        "statements"],
               "verified": "agrees with the code", "definition": "defines a quantity used below",
               "identity": "identity that does not touch the code",
               "inequality": "inequality", "unverified": "unverified", "inline": "inline formula, executed",
               "condition": "inline condition (domain, value)",
               "unbound": "inline formula that does not bind to code"},
    }[language]  # fmt: skip
    found = results.formulas()
    if not found:
        return words["none"]
    rows = [[words[kind], n] for kind, n in found["total"].items()]
    rows += [[words.get(kind, words["inline"]), n] for kind, n in _inline(found["inline"]).items()]
    unverified = "".join(f"\n- `{u['name']}`: {u['reason']}" for u in found["unverified"])
    return table(words["header"], [*rows, [words["unverified"], len(found["unverified"])]]) + (
        "\n" + unverified if unverified else ""
    )


def _inline(counts):
    executed = sum(n for kind, n in counts.items() if kind not in ("condition", "unbound"))
    return {"inline": executed, **{kind: counts[kind] for kind in ("condition", "unbound") if kind in counts}}


@fact
def broken_formula(language):
    """A formula with a lost sign, and what the checker says about it."""
    wrong = r"$$\frac{d}{dx} \tanh(x) = -\tanh^2(x)$$"
    (result,) = check(tanh, wrong)
    return f"```latex\n{wrong.strip('$')}\n```\n\n```text\n{result}\n```"


@fact
def activation_table(language):
    """All activations beside each other, computed from the snippets."""
    return table(*activations.rows(language)) + "\n\n" + activations.below(language)
