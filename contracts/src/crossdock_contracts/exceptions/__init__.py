"""Exceptions: the newest version of each event."""

from .v1 import (
    ExceptionRaised,
)

__all__ = [
    "ExceptionRaised",
]
