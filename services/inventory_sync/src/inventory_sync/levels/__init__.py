"""Levels of stock, for those who ask and for those who listen."""

from .store import available, listed, take_unsaid, to_mark

__all__ = ["available", "listed", "take_unsaid", "to_mark"]
