"""What a run can be told, on the command line or by DURATION, ORDERS, SEED and FAULTS."""

from __future__ import annotations

from pathlib import Path

import msgspec

from crossdock.errors import NotReady

from .plan import KINDS

# What a test build can be without, to show that a run finds it.
SAFEGUARDS = ("inbox", "epoch", "keys", "gaps")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One run; `settle_seconds` is how long the mesh may take to come to rest."""

    orders: int = 5000
    duration: float = 600.0
    seed: int = 1
    faults: tuple[str, ...] = tuple(KINDS)
    folder: Path = Path("var/chaos")
    settle_seconds: float = 600.0
    sabotage: str = ""


def chosen(text: str) -> tuple[str, ...]:
    """The kinds of fault that a list names; `all` and `none` are words too."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words in (["all"], []):
        return tuple(KINDS)
    if words == ["none"]:
        return ()
    if unknown := sorted(set(words) - set(KINDS)):
        raise NotReady(f"no such fault: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    return tuple(dict.fromkeys(words))


def safeguard(name: str) -> str:
    """The safeguard to leave out; none when it is empty."""
    if name and name not in SAFEGUARDS:
        raise NotReady(f"no such safeguard: {name}; there are {', '.join(SAFEGUARDS)}")
    return name
