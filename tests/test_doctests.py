"""Every function of every snippet shows an example, and the examples print what they say."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import snippets

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
