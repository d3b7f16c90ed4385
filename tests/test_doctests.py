"""Every function of every snippet shows an example, and the examples print what they say."""

import doctest
import importlib
import inspect
import pkgutil
import textwrap

import numpy as np
import pytest

import snippets
from tests.pages import ADDRESSES, FENCE, LANGUAGES, PULL, ROOT, line, source

MODULES = [importlib.import_module(m.name) for m in pkgutil.walk_packages(snippets.__path__, "snippets.")]
FUNCTIONS = {
    f"{module.__name__}.{name}": function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
SHOWN = [a for a, f in FUNCTIONS.items() if not a.startswith("snippets.plots.") or ">>>" in (f.__doc__ or "")]


@pytest.mark.parametrize("address", SHOWN)
def test_doctest(address, proof):
    proof(address, "doctest")
    tests = [t for t in doctest.DocTestFinder(recurse=False).find(FUNCTIONS[address], address) if t.examples]
    assert tests, f"{address} has no doctest: add one that a reader can check by hand"
    output = []
    results = [doctest.DocTestRunner(verbose=False).run(t, out=output.append) for t in tests]
    assert not any(r.failed for r in results), "".join(output)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", [a for a in ADDRESSES if "```pycon" in source("zh", a)])
def test_examples_of_a_page(address, language):
    """With the functions of its cards, as a reader has them; tests/test_site.py runs what the cards show."""
    text, path = source(language, address), ROOT / "docs" / language / f"{address}.md"
    failed, known = [], {"np": np, **{name.split(".")[-1]: FUNCTIONS[name] for name in PULL.findall(text)}}
    for found in FENCE.finditer(text):
        code, where = textwrap.dedent(found[3]), line(text, found.start(3)) - 1
        if found[2] == "python":
            exec(compile("\n" * where + code, path, "exec"), known)
        if found[2] == "pycon":
            test = doctest.DocTestParser().get_doctest(code, dict(known), address, str(path), where)
            doctest.DocTestRunner(verbose=False).run(test, out=failed.append)
    assert not failed, "".join(failed)
