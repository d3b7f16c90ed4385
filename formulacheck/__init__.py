r"""Displayed formulas are propositions about the code beside them, and this package tries to refute them.

    check(softmax)                  results for every statement of every $$…$$ in the docstring
    check(softmax, text)            the same for a text about it, such as a section of a page
    summary("snippets", "docs")     counts for all docstrings and pages below these folders

The grammar, what is refused and why: README.md in this folder.
"""

from .check import Result, check
from .errors import Ambiguous, FormulaError, Mismatch, OutOfRange, ParseError, Unbound, Unusable
from .pages import Report, compare_languages, run, summary

__all__ = [
    "Ambiguous",
    "FormulaError",
    "Mismatch",
    "OutOfRange",
    "ParseError",
    "Report",
    "Result",
    "Unbound",
    "Unusable",
    "check",
    "compare_languages",
    "run",
    "summary",
]
