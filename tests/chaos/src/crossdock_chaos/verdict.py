"""Violations: what the audit finds and nothing injected explains, and what nobody expected."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from crossdock.streams import Stored

from .book import Book
from .facts import Facts

COPIES = re.compile(r"is (\d+) times in [A-Z]+$")


class Verdict(msgspec.Struct):
    """What counts against the run, and what was expected of it."""

    violations: list[str] = msgspec.field(default_factory=list)
    explained: int = 0
    quarantined: int = 0


def judge(book: Book, facts: Facts, audit: dict[str, Any]) -> Verdict:
    """Sort what was found into what counts and what is explained."""
    verdict = Verdict()
    _audit(book, audit, verdict)
    _parked(book, facts, verdict)
    _poison(book, facts, verdict)
    _errands(facts, verdict)
    verdict.violations += [f"an answer nobody expected: {text}" for text in book.refused]
    return verdict


def _audit(book: Book, audit: dict[str, Any], verdict: Verdict) -> None:
    """A message that the run itself published again is in its stream that often."""
    for invariant in audit["invariants"]:
        for found in invariant["violations"]:
            copies = COPIES.search(found["text"])
            injected = book.copies.get(found["subject"], 0)
            if copies and injected and int(copies[1]) <= injected + 1:
                verdict.explained += 1
            else:
                verdict.violations.append(f"audit {invariant['number']}: {found['text']}")
    for service, why in audit["not_audited"].items():
        verdict.violations.append(f"{service} could not be audited: {why}")


def _parked(book: Book, facts: Facts, verdict: Verdict) -> None:
    """Whatever is parked or dead at the end, and was not put there, is something left undone."""
    for service, rows in facts.parked.items():
        for row in rows:
            if str(row["message_id"]) in book.poison:
                verdict.quarantined += 1
            else:
                verdict.violations.append(
                    f"{row['type']} {row['key']} is {row['state']} in {service}: {row['error']}"
                )


def _poison(book: Book, facts: Facts, verdict: Verdict) -> None:
    """Every service that hears of an unreadable message has it in quarantine."""
    stored = {str(message.id): message for message in facts.stored}
    for service, rows in facts.parked.items():
        there = {str(row["message_id"]): row["state"] for row in rows}
        for event_id, poisoned in book.poison.items():
            message = stored.get(event_id)
            if poisoned.state != "dead" or message is None or not hears(facts, service, message):
                continue
            if there.get(event_id) != "dead":
                verdict.violations.append(
                    f"{message.stream} {message.sequence} is unreadable, and "
                    f"{service} has it not in quarantine"
                )


def hears(facts: Facts, service: str, message: Stored) -> bool:
    """Whether a lane of a service reads a message."""
    for lane in facts.lanes[service]:
        verbs = msgspec.json.decode(lane["hears"])
        if (
            lane["stream"] == message.stream
            and message.partition in lane["partitions"]
            and (message.verb in verbs or "*" in verbs)
        ):
            return True
    return False


def _errands(facts: Facts, verdict: Verdict) -> None:
    """Every call to the outside was made."""
    for service, rows in facts.errands.items():
        verdict.violations += [
            f"errand {row['kind']} {row['key']} of {service} is {row['state']}: {row['error']}"
            for row in rows
        ]
