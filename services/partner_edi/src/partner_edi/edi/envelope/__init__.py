"""Segments to interchanges, groups and transaction sets, with every envelope fault found."""

from .listener import Listener
from .model import (
    FUNCTIONAL_CODE,
    FUNCTIONAL_SETS,
    Group,
    Interchange,
    Reading,
    Standard,
    TransactionSet,
)
from .reader import read, stream

__all__ = [
    "FUNCTIONAL_CODE",
    "FUNCTIONAL_SETS",
    "Group",
    "Interchange",
    "Listener",
    "Reading",
    "Standard",
    "TransactionSet",
    "read",
    "stream",
]
