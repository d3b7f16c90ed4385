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
            if not isinstance(key, yaml.ScalarNode):
                continue  # PyYAML stops at it
            if key.value in seen:
                raise _Twice(None, None, f"`{key.value}` stands twice; keep one", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node, deep=False):
        """PyYAML lets escape what Python says about a date such as 2023-99-99, without the line."""
        try:
            return super().construct_object(node, deep)
        except (TypeError, ValueError) as error:
            raise yaml.MarkedYAMLError(None, None, str(error), node.start_mark) from None


def read(path, first):
    """(fields, "path:line") of each mapping of the list, which begins with the field `first`."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        text = path.read_text("utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            fail(f"{name}:1", f"this file is a list of mappings; begin each with `- {first}:`")
        for item in node.value:
            where = f"{name}:{item.start_mark.line + 1}"
            if not isinstance(item, yaml.MappingNode):
                fail(where, f"this is no mapping; begin it with `- {first}:`")
            yield loader.construct_object(item, deep=True), where
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        fail(f"{name}:{line}", "this is no UTF-8; save the file as UTF-8")
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, text.index(chr(error.character))) + 1
        fail(f"{name}:{line}", f"the character U+{error.character:04X} may not stand here; delete it")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        quote = " (a text with `: `, ` #`, a bracket or a date needs quotes)"
        cure = "" if isinstance(error, _Twice) else quote
        fail(f"{name}:{line}", error.problem + cure)
