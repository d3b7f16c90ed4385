"""Everything that can be wrong with a formula. Nothing else leaves the package, whatever the input."""


class FormulaError(Exception):
    """Base class; `cure` tells the author what to write instead."""

    def __init__(self, message, cure=""):
        super().__init__(message)
        self.cure = cure


class ParseError(FormulaError):
    """The LaTeX is outside the grammar. There is no silent recovery."""


class Unbound(FormulaError):
    """A symbol has no counterpart in the code."""


class Ambiguous(FormulaError):
    """The notation does not say which operation is meant."""


class TooLong(Ambiguous):
    """More terms than a formula has; no other reading is tried."""


class OutOfRange(FormulaError):
    """An index points outside its array."""


class Unusable(FormulaError):
    """This sample point says nothing: the code fails there, or a derivative does not exist."""


class Excluded(Unusable):
    """None of many draws satisfies the side conditions."""


class Mismatch(FormulaError):
    """Both sides were evaluated and differ: the formula is false."""

    sides = ()
