"""Read the YAML of the ledger and of the lexicon, lists of mappings;
what is broken stops with file, line and cure."""

from pathlib import Path

import yaml
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parent.parent


class SourceError(PluginError, ValueError):
    """What is broken, where (file and line), and the cure."""


def fail(where, message):
    raise SourceError(f"{where}: {message}") from None


class _Twice(yaml.MarkedYAMLError):
    pass


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a key stands once: PyYAML itself silently keeps the last of two."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _Twice(None, None, f"`{key.value}` stands twice; keep one", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path, first):
    """(fields, "path:line") of each mapping of the list, which begins with the field `first`."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    loader = _Loader(path.read_text("utf-8"))
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            fail(f"{name}:1", f"this file is a list of mappings; begin each with `- {first}:`")
        for item in node.value:
            where = f"{name}:{item.start_mark.line + 1}"
            if not isinstance(item, yaml.MappingNode):
                fail(where, f"this is no mapping; begin it with `- {first}:`")
            yield loader.construct_object(item, deep=True), where
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        cure = "" if isinstance(error, _Twice) else " (a text with `: ` or ` #` in it needs quotes)"
        fail(f"{name}:{line}", error.problem + cure)
