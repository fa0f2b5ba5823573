"""What two runs of a service over the same messages said, compared event by event.

Both ran at different times, so a moment counts from each event's own now, and ids made by chance
are not compared; everything else is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

EXAMPLES = 3
ABSENT = "absent"


class Said(NamedTuple):
    """An event of an outbox: what caused it, its type and key, its now, its body."""

    cause: UUID
    type: str
    key: str
    now: datetime
    body: bytes


class Differing(msgspec.Struct, frozen=True):
    """An event that was said before, and would be said otherwise now."""

    cause: str
    key: str
    fields: dict[str, list[Any]]


class Lone(msgspec.Struct, frozen=True):
    """An event that only one of the two runs said."""

    cause: str
    key: str
    body: Any


class Verdict(msgspec.Struct):
    """How two runs differ in one type of event; `missing` is what the new run does not say."""

    same: int = 0
    missing: int = 0
    additional: int = 0
    differing: int = 0
    examples: dict[str, list[Any]] = msgspec.field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.additional or self.differing)

    def note(self, what: str, example: Any) -> None:
        """Count a difference, and keep the first few."""
        setattr(self, what, getattr(self, what) + 1)
        kept = self.examples.setdefault(what, [])
        if len(kept) < EXAMPLES:
            kept.append(example)


def compare(before: Sequence[Said], now: Sequence[Said]) -> dict[str, Verdict]:
    """The verdict for each type: what was said before, and what is said now."""
    verdicts: dict[str, Verdict] = defaultdict(Verdict)
    was, new = _grouped(before), _grouped(now)
    for place in sorted(was.keys() | new.keys(), key=lambda each: (each[1], each[2], each[0].hex)):
        for old, fresh in _paired(was.get(place, []), new.get(place, [])):
            _judge(verdicts[place[1]], old, fresh)
    return dict(verdicts)


def _judge(verdict: Verdict, old: Said | None, fresh: Said | None) -> None:
    if old is None or fresh is None:
        one = old or fresh
        assert one is not None, "a pair has at least one side"
        lone = Lone(str(one.cause), one.key, _read(one))
        verdict.note("additional" if old is None else "missing", lone)
        return
    fields = dict(_differences("", _read(old), _read(fresh), old.now, fresh.now))
    if fields:
        verdict.note("differing", Differing(str(old.cause), old.key, fields))
    else:
        verdict.same += 1


Place = tuple[UUID, str, str]


def _grouped(said: Sequence[Said]) -> dict[Place, list[Said]]:
    found: dict[Place, list[Said]] = defaultdict(list)
    for event in said:
        found[event.cause, event.type, event.key].append(event)
    return found


def _paired(old: list[Said], new: list[Said]) -> Iterator[tuple[Said | None, Said | None]]:
    for n in range(max(len(old), len(new))):
        yield old[n] if n < len(old) else None, new[n] if n < len(new) else None


def _read(event: Said) -> Any:
    return msgspec.json.decode(event.body)


def _differences(
    path: str, old: Any, new: Any, then: datetime, now: datetime
) -> Iterator[tuple[str, list[Any]]]:
    """Each field in which two bodies differ, with both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            inner = f"{path}.{name}" if path else name
            a, b = old.get(name, ABSENT), new.get(name, ABSENT)
            yield from _differences(inner, a, b, then, now)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for n, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{path}[{n}]", a, b, then, now)
    elif not _alike(old, new, then, now):
        yield path, [old, new]


def _alike(old: Any, new: Any, then: datetime, now: datetime) -> bool:
    if old == new:
        return True
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    if _is_id(old) and _is_id(new):
        return True
    a, b = _since(old, then), _since(new, now)
    return a is not None and a == b


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _since(text: str, now: datetime) -> timedelta | None:
    """How far a moment or a day is from now; None for other text."""
    try:
        if len(text) == len("2026-01-02"):
            return date.fromisoformat(text) - now.date()
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment - now if moment.tzinfo else None
