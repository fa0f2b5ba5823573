"""The gate: what changed since each released version, which of it breaks whom, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from .accepts import Json
from .changes import changes
from .meaning import Change

Snapshots = Mapping[str, Json]
BACKWARD, FORWARD = "backward", "forward"
# Which directions must hold, and whether with every released version or with the newest alone.
MODES = {
    "full-transitive": ({BACKWARD, FORWARD}, True),
    BACKWARD: ({BACKWARD}, False),
    FORWARD: ({FORWARD}, False),
}

ANEW = "declare the change as a new version (vN+1.py) with an upcaster; this one stays as it is"
REMEDIES = {
    "event removed": "keep it declared: streams hold it for ever; mark it as superseded instead",
    "version added": "release the consumer on the new version first: it reads the old one as well",
    "field added": "give it a default, which says what older events mean",
    "field removed": "keep it, with a default if nobody fills it, until no consumer reads it",
    "field renamed": "keep the old name, and add the new one beside it with a default",
    "made required": "keep the default; refuse what lacks it where it is made",
    "made optional": f"keep it required, and always fill it; or {ANEW}",
    "null refused": f"go on taking null, and never write it; or {ANEW}",
    "value removed": "keep the value, and never write it",
    "value added": f"{ANEW}; or let every consumer take the value first, by another field",
    "narrowed": "go on taking the wider values, and refuse them where they are made",
    "data class": f"add a field of the new class beside it, and stop filling the old; or {ANEW}",
    "unit": "add a field in the new unit beside it, with a default; fill both",
    "default": "keep the default, and write the new value out where it is meant",
    "unknown fields refused": "go on skipping unknown fields: they are how a contract grows",
    "key": f"keep the key; a key of its own needs an event of its own: {ANEW}",
    "owner": "keep one owner; another service declares a noun of its own",
}


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """What one consumer reads, by event: the committed answer to who would miss a field."""

    consumer: str
    reads: dict[str, tuple[str, ...]]

    def hears(self, literal: str) -> bool:
        """Whether it takes this event at all, as it is or lifted to a later version."""
        return literal in self.reads or self.lifts(literal)

    def lifts(self, literal: str) -> bool:
        """Whether it reads a later version, to which this one is lifted."""
        event, _, version = literal.rpartition(".v")
        others = (each.rpartition(".v") for each in self.reads)
        return any(name == event and int(n) > int(version) for name, _, n in others)

    def needs(self, literal: str, field: str) -> bool:
        """Whether it reads this field, or anything in it; lifting reads all there is."""
        if literal not in self.reads and self.lifts(literal):
            return True
        inner = re.compile(re.escape(field) + r"($|[.\[{])")
        return any(inner.match(path) for path in self.reads.get(literal, ()))


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One change with its verdict."""

    event: str
    change: Change
    breaking: bool
    directions: tuple[str, ...]
    against: tuple[str, ...]
    breaks: tuple[str, ...]
    remedy: str

    @property
    def what(self) -> str:
        """The change in a few words: `lines[].sku: narrowed from string to ...`."""
        said = self.change
        before = f" from {said.before}" if said.before else ""
        after = f" to {said.after}" if said.after else ""
        return f"{said.field + ': ' if said.field else ''}{said.kind}{before}{after}"


def judge(
    past: Mapping[str, Snapshots],
    now: Snapshots,
    *,
    mode: str = "full-transitive",
    consumers: Sequence[Consumer] | None = None,
) -> list[Finding]:
    """Every change since each of the past versions; the same change of several is told once.

    Without consumers it is unknown who reads what, so whatever could be missed is.
    """
    told: dict[tuple[str, Change], list[str]] = {}
    for label, snapshots in past.items():
        for literal, change in _compared(snapshots, now):
            told.setdefault((literal, change), []).append(label)
    found = [_finding(*each, labels, mode, consumers) for each, labels in told.items()]
    return sorted(found, key=lambda f: (not f.breaking, f.event, f.change.field, f.change.kind))


def binding(releases: Mapping[str, Snapshots], mode: str) -> dict[str, Snapshots]:
    """The releases a mode looks at: all of them, or the newest."""
    ordered = sorted(releases, key=version_of)
    return {label: releases[label] for label in (ordered if MODES[mode][1] else ordered[-1:])}


def version_of(label: str) -> tuple[int, ...]:
    """A release's version as it sorts: 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", label))


def _compared(past: Snapshots, now: Snapshots) -> Iterator[tuple[str, Change]]:
    for literal in sorted(past.keys() | now.keys()):
        if literal not in now:
            gone, lost = "older events cannot be read any more", "it is published no more"
            yield literal, Change(field="", kind="event removed", backward=gone, forward=lost)
        elif literal not in past:
            yield literal, _added(literal, past)
        else:
            yield from ((literal, change) for change in changes(past[literal], now[literal]))


def _added(literal: str, past: Snapshots) -> Change:
    """A new event disturbs nobody; a new version is what its owner says from now on."""
    event, _, version = literal.rpartition(".v")
    if f"{event}.v{int(version) - 1}" not in past:
        return Change(field="", kind="event added")
    late = "who knows only older versions parks what is said from now on, until upgraded"
    return Change(field="", kind="version added", forward=late)


def _finding(
    literal: str,
    change: Change,
    labels: list[str],
    mode: str,
    consumers: Sequence[Consumer] | None,
) -> Finding:
    wanted = [w for w in (BACKWARD, FORWARD) if getattr(change, w) and w in MODES[mode][0]]
    if change.kind == "version added":
        hit = _behind(literal, consumers or ())
        wanted = wanted if hit else []
    else:
        hit = [c for c in consumers or () if _is_hit(c, literal, change)]
    if change.only_readers and consumers is not None and not hit:
        wanted = []
    return Finding(
        event=literal,
        change=change,
        breaking=bool(wanted),
        directions=tuple(wanted),
        against=tuple(labels),
        breaks=tuple(sorted({c.consumer for c in hit})) if wanted else (),
        remedy=REMEDIES.get(change.kind, ANEW) if wanted else "",
    )


def _behind(literal: str, consumers: Sequence[Consumer]) -> list[Consumer]:
    """Who hears an older version of this event, and in no state of theirs this one."""
    upgraded = {c.consumer for c in consumers if c.hears(literal)}
    event, _, version = literal.rpartition(".v")
    older = [f"{event}.v{n}" for n in range(1, int(version))]
    return [
        c
        for c in consumers
        if c.consumer not in upgraded and any(each in c.reads for each in older)
    ]


def _is_hit(consumer: Consumer, literal: str, change: Change) -> bool:
    """A body that cannot be decoded breaks whoever takes it; a meaning, whoever reads the field."""
    if change.wire or not change.field:
        return consumer.hears(literal)
    return consumer.needs(literal, change.field)


def as_text(findings: Sequence[Finding]) -> Iterator[str]:
    """For people: each breaking change with who breaks and what to do, then what is fine."""
    for each in findings:
        if not each.breaking:
            yield f"ok        {each.event} {each.what}"
            continue
        yield f"BREAKING  {each.event} {each.what}"
        yield from (f"          {line}" for line in _explained(each))


def _explained(finding: Finding) -> Iterator[str]:
    yield f"since: {', '.join(finding.against)}"
    for direction in finding.directions:
        yield f"{direction}: {getattr(finding.change, direction)}"
    yield f"breaks: {', '.join(finding.breaks) or 'no consumer known here; others may be'}"
    yield f"do: {finding.remedy}"


def as_json(findings: Sequence[Finding], mode: str) -> dict[str, Any]:
    """For programs: the whole of it."""
    return {
        "mode": mode,
        "breaking": sum(each.breaking for each in findings),
        "findings": msgspec.to_builtins(findings),
    }


def as_github(findings: Sequence[Finding], places: Mapping[str, str]) -> Iterator[str]:
    """For pull requests: an annotation for each breaking change, at the event's declaration.

    `places` gives `path,line=N` of each event; one that is gone is told without a place.
    """
    for each in findings:
        if each.breaking:
            place = f"file={places[each.event]}," if each.event in places else ""
            title = _escaped(f"{each.event} {each.what}").replace(":", "%3A").replace(",", "%2C")
            text = _escaped("\n".join(_explained(each)))
            yield f"::error {place}title={title}::{text}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
