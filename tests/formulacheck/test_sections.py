"""Pages, inline formulas, the report and the command line, on a small project of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from formulacheck import compare_languages, run, summary
from formulacheck.__main__ import main
from formulacheck.mutate import Damage, Score, Survivor, mutate, print_score, read_explained
from formulacheck.mutate import main as mutate_main
from formulacheck.section import read_formulas

CODE = '''
import numpy as np


def logistic(x):
    r"""Squash.

    $$\\sigma(x) = \\frac{1}{1 + e^{-x}}$$

    $x \\in \\mathbb{R}$, $\\sigma$ (`logistic`)

    >>> logistic(0)
    0.5
    """
    return 1 / (1 + np.exp(-x))


def weights(z):
    r"""Normalize.

    $$p_i = \\frac{e^{z_i}}{\\sum_{j=1}^{K} e^{z_j}}$$

    $$ % unverified: an asymptotic statement
    T(n) = O(n)$$

    $z \\in \\mathbb{R}^{K}$, $p$ (`return`)
    """
    e = np.exp(z)
    return e / e.sum()
'''

PAGE = r"""# Title

Text with $T = 3$ and a fence:

```
$$ not = a formula $$
```

::: {module}.logistic

Its derivative is largest in the middle, $\sigma'(0) = 0.25$. At $x = 0$ it is one half, $\sigma(x) =
0.5$. It is odd
around that point: $\sigma(-x) = 1 - \sigma(x)$. The half-life is $h = 3$, and $\mathrm{Foo}(x) \ge 2$ is
of no concern.
Code such as `$x = 4$` is skipped. <!-- $x = 5$ -->

$$\sigma'(x) = \sigma(x) \left(1 - \sigma(x)\right) \quad \text{WORD } x \in \mathbb{R}$$

::: {module}.weights

$$\sum_{i=1}^{K} p_i = 1$$
"""


@pytest.fixture
def project(tmp_path, monkeypatch, request):
    module = f"small_{abs(hash(request.node.name))}"
    (tmp_path / f"{module}.py").write_text(CODE, encoding="utf-8")
    for language, word in (("en", "for all"), ("zh", "对所有")):
        (tmp_path / language).mkdir()
        text = PAGE.replace("{module}", module).replace("WORD", word)
        (tmp_path / language / "page.md").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path, module


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_report(project):
    root, module = project
    report = run(root / f"{module}.py", root / "en")
    assert report.failures == []
    assert report.displays == 5
    assert report.counts() == {"verified": 4, "unverified": 1}
    assert report.inline_counts() == {"verified": 3, "condition": 1, "unbound": 2}
    assert report.by_function() == {
        f"{module}.logistic": {"verified": 2},
        f"{module}.weights": {"verified": 2, "unverified": 1},
    }
    assert [r.message for r in report.unverified] == ["an asymptotic statement"]


def test_summary(project):
    root, module = project
    found = summary(root / f"{module}.py", root / "en")
    assert found["displays"] == 5 and found["failed"] == []
    assert found["unverified"][0]["reason"] == "an asymptotic statement"
    assert found["functions"][f"{module}.weights"]["verified"] == 2


def test_failure_names_page_and_line(project):
    root, module = project
    edit(root / "en" / "page.md", r"\left(1 - \sigma(x)\right)", r"\left(1 + \sigma(x)\right)")
    [bad] = run(root / "en").failures
    assert (bad.path, bad.kind) == ("en/page.md", "Mismatch")
    assert (root / "en" / "page.md").read_text().splitlines()[bad.line - 1].startswith("$$")
    assert r"\sigma'(x) = \sigma(x) \left(1 + \sigma(x)\right)" in str(bad)
    assert "is not" in bad.message and bad.sample.startswith("x = ") and bad.bindings["x"] == "argument x"


def test_docstring_line(project):
    root, module = project
    edit(root / f"{module}.py", "1 + e^{-x}", "1 - e^{-x}")
    [bad] = run(root / f"{module}.py").failures
    assert "1 - e^{-x}" in (root / f"{module}.py").read_text().splitlines()[bad.line - 1]


def test_wrong_number_in_prose(project):
    root, _ = project
    edit(root / "en" / "page.md", r"\sigma'(0) = 0.25", r"\sigma'(0) = 0.52")
    [bad] = run(root / "en").failures
    assert bad.tex == r"\sigma'(0) = 0.52" and "put the condition into the sentence" in bad.cure


def test_condition_of_the_sentence(project):
    root, _ = project
    edit(root / "en" / "page.md", "At $x = 0$ it is", "It is")
    [bad] = run(root / "en").failures
    assert bad.tex == r"\sigma(x) = 0.5"


def test_display_before_any_card(project):
    root, _ = project
    edit(root / "en" / "page.md", "# Title", "# Title\n\n$$1 = 1$$")
    [bad] = run(root / "en").failures
    assert bad.line == 3 and "above the first card" in bad.message


def test_unknown_card(project):
    root, module = project
    edit(root / "en" / "page.md", f"{module}.weights", f"{module}.heights")
    assert any("cannot be imported" in r.message for r in run(root / "en").failures)


def test_languages(project):
    root, _ = project
    one, other = root / "en" / "page.md", root / "zh" / "page.md"
    assert compare_languages(one, other) == []
    edit(other, "K} p_i = 1", "K} p_i = 2")
    assert compare_languages(one, other) == [(2, r"\sum_{i=1}^{K}p_i=1", r"\sum_{i=1}^{K}p_i=2")]


def test_command_line(project, capsys):
    root, module = project
    assert main([f"{module}.py", "en", "--explain"]) == 0
    out = capsys.readouterr().out
    assert "5 displays: 1 unverified, 4 verified" in out and "function logistic()" in out
    assert main(["en", "--seed", "3", "--seeds", "2"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "seed" in line] == ["seed 3:", "seed 4:"]
    edit(root / "en" / "page.md", r"1 - \sigma(x)\right", r"2 - \sigma(x)\right")
    assert main(["en", "--seed", "3", "--seeds", "2"]) == 1
    assert capsys.readouterr().out.count(": failed:") == 2


def test_command_runs_as_a_module(project):
    root, module = project
    done = subprocess.run(
        [sys.executable, "-m", "formulacheck", f"{module}.py"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )
    assert done.returncode == 0 and "3 displays" in done.stdout, done.stderr


def test_a_second_module_of_the_same_name_stops(project, capsys):
    """The true formula of one.m is not the proof of the false one in two.m."""
    root, module = project
    for folder in "one", "two":
        (root / folder).mkdir()
        (root / folder / f"m_{module}.py").write_text(CODE, encoding="utf-8")
    edit(root / "two" / f"m_{module}.py", "1 + e^{-x}", "1 - e^{-x}")
    assert main(["one", "two"]) == 1
    first, second = (root / folder / f"m_{module}.py" for folder in ("one", "two"))
    assert capsys.readouterr().err == (
        f"{second.relative_to(root)}:1: cannot be imported: another module is called m_{module} ({first}); "
        "rename one or check them apart\n"
    )


# A file of the project, what stands in it, and what the command says. {module}: its good module.
UNREADABLE = {
    "a name of the standard library": (
        "typing.py",
        CODE.encode(),
        r"^typing.py:1: cannot be imported: another module is called typing \(.+typing.py\); rename one or",
    ),
    "a name of a built-in module": (
        "sys.py",
        CODE.encode(),
        r"^sys.py:1: cannot be imported: another module is called sys \(built in\); rename one or check them",
    ),
    "no Python": ("x_syntax.py", b'"""$$"""\n\nx = = 1\n', r"^x_syntax.py:3: invalid syntax$"),
    "an unknown import": (
        "x_import.py",
        b'"""$$"""\nimport nowhere_at_all\n',
        "^x_import.py:1: cannot be imported: No module named 'nowhere_at_all'$",
    ),
    "code in GBK": (
        "x_code.py",
        '"""$$"""\n# 代码'.encode("gbk"),
        "^x_code.py:2: this is no UTF-8; save it as UTF-8$",
    ),
    "a page in GBK": ("x.md", "\n\n中文".encode("gbk"), "^x.md:3: this is no UTF-8; save it as UTF-8$"),
    "no formulas": ("x.md", b"# Title\n", "^no formula below x.md: nothing was checked$"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_unreadable_file_stops_the_command(project, capsys, what):
    name, content, message = UNREADABLE[what]
    (project[0] / name).write_bytes(content)
    assert main([name]) == 1
    assert re.search(message, capsys.readouterr().err.strip())


def test_a_card_of_a_module_that_is_no_python_is_a_failure(project, capsys):
    root, module = project
    (root / f"b_{module}.py").write_text("x = = 1\n")
    edit(root / "en" / "page.md", f"{module}.weights", f"b_{module}.weights")
    [bad] = [r for r in run(root / "en").failures if "cannot be imported" in r.message]
    assert "invalid syntax" in bad.message


def test_a_mistyped_path_stops_the_command(project, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["en", "nowhere"])
    assert "error: no such file or folder: nowhere\n" in capsys.readouterr().err


def test_mutation(project, capsys):
    root, module = project
    score = mutate(root / f"{module}.py", root / "en", jobs=1)
    assert score.total > 40 and score.score >= 0.97, score.survivors
    assert mutate_main([f"{module}.py", "--jobs", "2"]) == 0
    assert "of those that still parse and bind" in capsys.readouterr().out
    assert mutate_main([f"{module}.py", "--jobs", "1", "--floor", "1.01"]) == 1


def test_damages():
    found = {
        kind
        for kind, _ in Damage(
            r"L'_i = -\frac{1}{2} \sum_{j=1}^{n} \sqrt{|\hat{x}_{ij}|} + w_1^\top (a \odot x_j)^2 "
            r"\begin{cases} 1 & x > 0 \end{cases}"
        ).all()
    }
    assert found == {
        "sign",
        "drop term",
        "swap operator",
        "boundary",
        "upper limit",
        "drop exponent",
        "number",
        "upside down",
        "drop denominator",
        "drop root",
        "drop accent",
        "drop odot",
        "drop transpose",
        "drop prime",
        "drop bars",
        "swap index",
        "swap symbol",
        "subscript number",
    }


def test_damage_of_a_sign():
    assert ("sign", "y = a  + b") in [(k, " ".join(new.split(" "))) for k, new in Damage("y = a  - b").all()]


def test_score(capsys):
    score = Score()
    assert score.score == score.by_value == 1.0
    score.value["sign"] += 3
    score.survivors.append(Survivor("here:1", "sign", "a", "b", "f"))
    assert score.score == score.by_value == 0.75
    print_score(score)
    assert "here:1: survived: sign" in capsys.readouterr().out


def test_survivors_are_explained(tmp_path, capsys):
    """A new one fails and is printed as the line to add; one that is caught now has to go."""
    listed = tmp_path / "survivors.txt"
    listed.write_text("# the same\nf: b\nf: gone\ng: not visited\n", encoding="utf-8")
    explained = read_explained(listed)
    assert explained == {"f: b": "the same", "f: gone": "the same", "g: not visited": "the same"}
    score = Score(names={"f"})
    score.survivors += [Survivor("here:1", "sign", "a", "b", "f"), Survivor("here:2", "sign", "a", "c", "f")]
    assert [s.line for s in score.unexplained(explained)] == ["f: c"]
    assert score.stale(explained) == ["f: gone"]
    print_score(score, explained)
    out = capsys.readouterr().out
    assert "\nf: c\n" in out and "\nf: gone\n" in out and "1 survivors explained, 1 not" in out


def test_sentences_and_lines():
    displays, inline = read_formulas(
        "One $a = 1$ and $b = 2$. Two $c = 3$.\n\n$$d = 4$$\n中文 $e = 5$（`five`）。再 $f$。"
    )
    assert [(d.tex, d.line) for d in displays] == [("d = 4", 3)]
    assert [(f.tex, f.line, f.code) for f in inline] == [
        ("a = 1", 1, ""),
        ("b = 2", 1, ""),
        ("c = 3", 1, ""),
        ("e = 5", 4, "five"),
        ("f", 4, ""),
    ]
    assert (
        inline[0].sentence
        == inline[1].sentence
        < inline[2].sentence
        < inline[3].sentence
        < inline[4].sentence
    )
