"""The six invariants: facts in, verdicts out. Pure, so that a test can break each by hand."""

from .check import CHECKS, Check, Difference
from .rows import Facts
from .verdict import NAMES, Explained, Verdict, Violation, confirmed, judge

__all__ = [
    "CHECKS",
    "NAMES",
    "Check",
    "Difference",
    "Explained",
    "Facts",
    "Verdict",
    "Violation",
    "confirmed",
    "judge",
]
