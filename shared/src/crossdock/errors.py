"""What can go wrong, and what each error's type decides.

CrossdockError
├── Reject          a business rule says no: dead letter at once, and a person is told
├── RetryLater      not yet: parked with its key, tried again after a delay
├── Undecodable     the contract is broken: quarantined with its bytes, never retried blindly
├── TooNew          a version newer than this service knows: parked until it is upgraded
├── Outage          PostgreSQL is away: waited out, never held against a message
├── LeaseLost       another replica owns this now: stop, without a trace in the store
└── NotReady        the ground is missing (migrations, streams, settings): exit with the next step
"""

from __future__ import annotations

from typing import Any

from crossdock_contracts import Team


class CrossdockError(Exception):
    """The root of everything the chassis raises on purpose."""


class Reject(CrossdockError):
    """A business rule says no, and time will not change it.

    `team` is who has to look; `context` holds the values that explain it.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str = "rejected",
        team: Team = "customer_service",
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.team = team
        self.context = {name: str(value) for name, value in (context or {}).items()}


class RetryLater(CrossdockError):
    """Not yet, such as an order not known here so far; tried again after `after` seconds."""

    def __init__(self, text: str, *, after: float = 0.25) -> None:
        super().__init__(text)
        self.after = after


class Undecodable(CrossdockError):
    """The body is not what its type promises; it is kept as it came."""


class TooNew(CrossdockError):
    """The message has a newer version than this service knows; it waits for the upgrade."""


class Outage(CrossdockError):
    """PostgreSQL is away or full; the work is done again when it is back."""


class LeaseLost(CrossdockError):
    """Another replica took over while this one paused; nothing it did since is committed."""


class NotReady(CrossdockError):
    """The ground a service stands on is missing; the text says which command lays it."""
