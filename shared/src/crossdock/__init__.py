"""Crossdock's chassis: write the business, and the rest is kept for you."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import lean  # noqa: F401 - before anything that it keeps out

if TYPE_CHECKING:
    from .errors import Reject, RetryLater
    from .handlers import Handlers
    from .service import Service
    from .settings import Settings
    from .tx import Tx

__all__ = ["Handlers", "Reject", "RetryLater", "Service", "Settings", "Tx"]

PLACES = {
    "Handlers": "handlers",
    "Reject": "errors",
    "RetryLater": "errors",
    "Service": "service",
    "Settings": "settings",
    "Tx": "tx",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for: a command that needs no service is there at once."""
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{PLACES[name]}", __name__), name)
    globals()[name] = found
    return found
