"""Crossdock's chassis: write the business, and the rest is kept for you."""

from .errors import Reject, RetryLater
from .handlers import Handlers
from .service import Service
from .settings import Settings
from .tx import Tx

__all__ = ["Handlers", "Reject", "RetryLater", "Service", "Settings", "Tx"]
