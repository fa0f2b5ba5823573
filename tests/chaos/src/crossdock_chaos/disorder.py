"""Out of order: per stream and key, what was handled before something that stands earlier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from uuid import UUID

from .facts import Facts

# Services whose handlers say something in the transaction that handles the message, so that the
# order of their outbox is the order of their handling. Errands say theirs later, and are left out.
SPEAKERS = ("order_intake", "inventory_sync", "invoicing", "returns")


def out_of_order(facts: Facts) -> list[str]:
    """A sentence for each message that was handled out of its turn."""
    return [*_heard(facts), *_said(facts), *_past_holes(facts)]


def _heard(facts: Facts) -> Iterator[str]:
    """The control tower hears everything and writes down when: later in the stream, later."""
    for (stream, key), rows in _by_key(facts.rows["heard"]).items():
        rows.sort(key=lambda row: row["sequence"])
        for before, after in pairwise(rows):
            if after["recorded_at"] < before["recorded_at"]:
                yield (
                    f"control_tower handled {stream} {after['sequence']} of {key} "
                    f"before {before['sequence']}"
                )


def _said(facts: Facts) -> Iterator[str]:
    """What a service said because of messages of one key, it said in their order."""
    places = {row["event_id"]: row for row in facts.rows["heard"]}
    for service in SPEAKERS:
        furthest: dict[tuple[str, str], int] = {}
        for row in facts.said[service]:
            cause = places.get(row["causation_id"])
            if cause is None:
                continue
            place = cause["stream"], cause["key"]
            if cause["sequence"] < furthest.get(place, 0):
                yield (
                    f"{service} spoke of {place[0]} {cause['sequence']} of {place[1]} "
                    f"after {furthest[place]}"
                )
            furthest[place] = max(cause["sequence"], furthest.get(place, 0))


def _past_holes(facts: Facts) -> Iterator[str]:
    """While a message is parked or dead, nothing later of its stream and key was handled."""
    later: dict[tuple[str, str], list[Any]] = defaultdict(list)
    seen: set[UUID] = set()
    for message in facts.stored:
        # A copy stands later than its original: only where it stood first counts.
        if message.id not in seen:
            seen.add(message.id)
            later[message.stream, message.key].append(message)
    for service, rows in facts.parked.items():
        parked = {row["message_id"] for row in rows}
        for (stream, key), waiting in _by_key(rows).items():
            hole = min(row["sequence"] for row in waiting)
            for message in later[stream, key]:
                handled = message.id in facts.taken[service] and message.id not in parked
                if message.sequence > hole and handled:
                    yield (
                        f"{service} handled {stream} {message.sequence} of {key} "
                        f"past {hole}, which is not handled"
                    )


def _by_key(rows: list[Any]) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        found[row["stream"], row["key"]].append(row)
    return found
