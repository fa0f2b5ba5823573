"""Crossdock's chassis: write the business, and the rest is kept for you."""

from . import lean  # noqa: F401 - before anything that it keeps out
from .errors import Reject, RetryLater
from .handlers import Handlers
from .service import Service
from .settings import Settings
from .tx import Tx

__all__ = ["Handlers", "Reject", "RetryLater", "Service", "Settings", "Tx"]
