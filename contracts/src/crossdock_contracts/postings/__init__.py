"""ERP postings: the newest version of each event."""

from .v1 import (
    DocumentKind,
    PostingAcknowledged,
    PostingFailed,
    PostingPosted,
)

__all__ = [
    "DocumentKind",
    "PostingAcknowledged",
    "PostingFailed",
    "PostingPosted",
]
