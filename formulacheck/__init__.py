from .check import Result, check

__all__ = ["Result", "check"]
