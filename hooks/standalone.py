"""Cut a function out of its module to run alone: imports, itself,
then the helpers it calls; no docstrings."""

import ast
import functools
import pathlib

ROOT = pathlib.Path(__file__).parent.parent


@functools.cache
def module(name):
    """Lines of a module of this repository and its top-level statements by the names they define."""
    source = (ROOT / (name.replace(".", "/") + ".py")).read_text("utf-8")
    defined = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.Assign):
            names = [t.id for target in node.targets for t in ast.walk(target) if isinstance(t, ast.Name)]
        else:
            names = [node.name] if isinstance(node, ast.FunctionDef) else []
        defined.update(dict.fromkeys(names, node))
    return source.splitlines(), defined


def standalone(path):
    """`snippets.activations.softmax` -> source code that needs nothing but NumPy."""
    imports, parts = {}, {}
    _collect(*path.rsplit(".", 1), imports, parts)
    return "\n".join(sorted(imports)) + "\n\n\n" * bool(imports) + "\n\n\n".join(parts.values()) + "\n"


def _collect(module_name, name, imports, parts):
    lines, defined = module(module_name)
    node = defined[name]
    if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "snippets":
        return _collect(node.module, name, imports, parts)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        imports[_import(node, name)] = True
    elif (module_name, name) not in parts:
        before, after = _needs(module_name, name)
        for helper in before:
            _collect(module_name, helper, imports, parts)
        # then what the reader came for, then what it calls
        parts[module_name, name] = _without_docstring(lines, node)
        for helper in after:
            _collect(module_name, helper, imports, parts)


@functools.cache
def _needs(module_name, name):
    """Names of the module that a definition needs at once, as a default f=relu, and all that it needs."""
    defined = module(module_name)[1]
    node = defined[name]
    at_once = [node.args, *node.decorator_list] if isinstance(node, ast.FunctionDef) else [node]

    def names(nodes):
        used = [n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)]
        return [other for other in dict.fromkeys(used) if other in defined and other != name]

    return names(at_once), names([node])


def _import(node, name):
    alias = next(a for a in node.names if name in (a.asname, a.name, a.name.split(".")[0]))
    what = alias.name + (f" as {alias.asname}" if alias.asname else "")
    return f"from {node.module} import {what}" if isinstance(node, ast.ImportFrom) else f"import {what}"


def _without_docstring(lines, node):
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    kept = lines[first - 1 : node.end_lineno]
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
        doc = node.body[0]
        kept = lines[first - 1 : doc.lineno - 1] + lines[doc.end_lineno : node.end_lineno]
    return "\n".join(kept).strip("\n")
