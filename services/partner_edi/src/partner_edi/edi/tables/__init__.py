"""The segment tables of both standards: what a segment may hold, and whether it does."""

from .check import Issue, issues
from .loader import dictionary
from .model import Composite, Dictionary, Element, SegmentTable, Slot

__all__ = [
    "Composite",
    "Dictionary",
    "Element",
    "Issue",
    "SegmentTable",
    "Slot",
    "dictionary",
    "issues",
]
