"""The code under a formula: runs it, sees its local variables, and can nudge any of them."""

import ast
import functools
import inspect
import textwrap
from dataclasses import dataclass

import numpy as np

CASTS = {"asarray", "array", "atleast_1d", "asanyarray", "float", "copy", "ascontiguousarray"}


@dataclass
class Run:
    before: dict  # arguments when the call begins, locals when first assigned
    after: dict  # everything when the function returns
    result: object


def copied(v):
    return v.copy() if isinstance(v, np.ndarray) else tuple(map(copied, v)) if isinstance(v, tuple) else v


class Snippet:
    """`run(args, delta)`: delta adds to an argument ("x") or, at its last assignment, a local ("local:x")."""

    def __init__(self, function):
        self.function = function = inspect.unwrap(function)
        self.name = function.__name__
        self.parameters = inspect.signature(function).parameters
        self.delta, self.before, self.seen, self.totals = {}, {}, {}, {}
        self.updated, self.assigned, self.constants = set(), set(), set()
        self.called = []  # arguments without a default that the code calls: no number will do
        self.code = self._instrument(function)

    def _instrument(self, function):
        """The function with a hook after every assignment; without source None, and no local is seen."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            definition = tree.body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            return None
        if not isinstance(definition, ast.FunctionDef) or definition.name != function.__name__:
            return None
        self._survey(definition)
        hooks = _Hooks()
        definition.decorator_list, definition.returns = [], None
        hooks.generic_visit(definition)
        definition.body = (
            [_hook(p, p) for p in self.parameters] + definition.body + [_return(ast.Constant(None))]
        )
        namespace = dict(
            function.__globals__,
            **inspect.getclosurevars(function).nonlocals,
            __hook__=self._hook,
            __seen__=lambda result, names: (result, dict(names)),
        )
        exec(compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec"), namespace)
        return namespace[function.__name__]

    def _survey(self, definition):
        for node in ast.walk(definition):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.assigned.add(node.id)
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                self.constants.add(abs(float(node.value)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                p = self.parameters.get(node.func.id)
                self.called += [p.name] if p and p.default is p.empty else []
        casts = {n for n in ast.walk(definition) if isinstance(n, ast.Assign) and _is_cast(n)}
        stores = [
            x.id
            for n in ast.walk(definition)
            if n not in casts
            for x in ast.iter_child_nodes(n)
            if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
        ]
        self.updated = {x for x in stores if x in self.parameters or stores.count(x) > 1}

    def _hook(self, label, value):
        self.seen[label] = self.seen.get(label, 0) + 1
        name = label.removeprefix("local:")
        if label in self.delta and self.seen[label] == self.totals.get(label, 1):
            value = value + self.delta[label]
        if name not in self.before:
            self.before[name] = copied(value)
        return value

    def run(self, args, delta=None, totals=None):
        self.delta, self.before, self.seen, self.totals = delta or {}, {}, {}, totals or {}
        args = {k: copied(v) for k, v in args.items()}
        if self.code is None:
            args = {k: v + self.delta[k] if k in self.delta else v for k, v in args.items()}
            return Run(dict(args), dict(args), self.function(**args))
        result, after = self.code(**args)
        return Run(self.before, after, result)


@functools.lru_cache(1024)
def instrumented(function):
    """Its Snippet, made once: the docstring and the pages of both languages speak of the same code."""
    return Snippet(function)


class _Hooks(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        return node  # inner functions are left alone

    visit_Lambda = visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Return(self, node):
        return _return(node.value or ast.Constant(None))

    def visit_Assign(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        flat = [x for t in targets for x in (t.elts if isinstance(t, ast.Tuple | ast.List) else [t])]
        return [node] + [_hook("local:" + x.id, x.id) for x in flat if isinstance(x, ast.Name)]

    visit_AugAssign = visit_AnnAssign = visit_Assign


def _call(function, *args):
    return ast.Call(ast.Name(function, ast.Load()), list(args), [])


def _hook(label, name):
    value = _call("__hook__", ast.Constant(label), ast.Name(name, ast.Load()))
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _return(value):
    return ast.Return(_call("__seen__", value, _call("locals")))


def _is_cast(node):
    """x = np.asarray(x, float) changes the type, not the value."""
    call, target = node.value, node.targets[0]
    return (
        isinstance(call, ast.Call)
        and call.args
        and isinstance(call.args[0], ast.Name)
        and isinstance(target, ast.Name)
        and call.args[0].id == target.id
        and (getattr(call.func, "attr", None) or getattr(call.func, "id", None)) in CASTS
    )
