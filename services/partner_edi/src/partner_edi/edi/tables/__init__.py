"""The segment tables of both standards: what a segment may hold, and whether it does."""

from .check import Issue, issues
from .loader import dictionary
from .model import Composite, Dictionary, Element, Note, SegmentTable, Slot

__all__ = [
    "Composite",
    "Dictionary",
    "Element",
    "Issue",
    "Note",
    "SegmentTable",
    "Slot",
    "dictionary",
    "issues",
]
