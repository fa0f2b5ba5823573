"""Whether a service can be deployed beside what stands there: who would not understand whom.

Only what runs is asked. That old messages in streams stay readable is the gate's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from crossdock_contracts import EventName
from crossdock_contracts.gate import BACKWARD, FORWARD, Consumer, judge

from .deployed import Deployed

ANYBODY = "*"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why not, or what is worth knowing: about which contract, and beside whom."""

    about: str
    beside: str
    text: str
    blocks: bool = True


def reasons(candidate: Deployed, there: Sequence[Deployed]) -> list[Reason]:
    """Everything against a candidate, and after it what is no obstacle."""
    others = [each for each in there if each.service != candidate.service]
    before = [each for each in there if each.service == candidate.service]
    found = [*_questions(candidate, others, before), *_unsaid(candidate, others)]
    for other in others:
        found += _said(candidate, other, FORWARD, candidate)
        found += _said(other, candidate, BACKWARD, candidate)
        for earlier in before:
            found += _stopped(candidate, earlier, other)
    return sorted(set(found), key=lambda r: (not r.blocks, r.about, r.beside, r.text))


def _said(
    writer: Deployed, reader: Deployed, direction: str, candidate: Deployed
) -> Iterator[Reason]:
    """What one says and the other takes: the version must be known, and the fields must fit."""
    beside = (reader if writer is candidate else writer).name
    for literal in writer.emits:
        versions = _versions(literal, reader.hears)
        if not versions:
            continue
        if literal not in reader.hears:
            known = ", ".join(f"v{version}" for version in versions)
            text = f"{writer.name} says it, and {reader.name} knows {known} only: it would park it"
            yield Reason(about=literal, beside=beside, text=text)
        else:
            yield from _fields(literal, writer, reader, direction, beside)


def _fields(
    literal: str, writer: Deployed, reader: Deployed, direction: str, beside: str
) -> Iterator[Reason]:
    # The gate compares old with new: forward, the old one reads; backward, the old one wrote.
    said, heard = {literal: writer.emits[literal]}, {literal: reader.hears[literal]}
    old, new = (heard, said) if direction == FORWARD else (said, heard)
    consumers = None
    if reader.reads is not None:
        consumers = [Consumer(consumer=reader.service, reads=reader.reads)]
    for finding in judge({"there": old}, new, mode=direction, consumers=consumers):
        if finding.breaking:
            text = f"{finding.what}: {reader.name} would not read what {writer.name} writes"
            yield Reason(about=literal, beside=beside, text=f"{text}; {finding.remedy}")


def _stopped(candidate: Deployed, earlier: Deployed, other: Deployed) -> Iterator[Reason]:
    """What is said today, heard by another, and would be said no more."""
    for literal in earlier.emits:
        if literal in other.hears and not _versions(literal, candidate.emits):
            text = f"{other.name} hears it, and {candidate.name} would not say it any more"
            yield Reason(about=literal, beside=other.name, text=text)


def _unsaid(candidate: Deployed, others: Sequence[Deployed]) -> Iterator[Reason]:
    """What it would hear and nobody says yet: no harm, and no work."""
    said = [literal for each in (candidate, *others) for literal in each.emits]
    for literal in candidate.hears:
        if not _versions(literal, said):
            text = "nobody who is deployed says it yet"
            yield Reason(about=literal, beside=ANYBODY, text=text, blocks=False)


def _questions(
    candidate: Deployed, others: Sequence[Deployed], before: Sequence[Deployed]
) -> Iterator[Reason]:
    answered = {name for each in others for name in each.answers}
    for name in sorted(set(candidate.asks) - answered):
        text = f"{candidate.name} asks it, and nobody who is deployed answers: it does without"
        yield Reason(about=name, beside=ANYBODY, text=text, blocks=False)
    gone = {name for each in before for name in each.answers} - set(candidate.answers) - answered
    for other in others:
        for name in sorted(gone.intersection(other.asks)):
            text = f"{other.name} asks it, and {candidate.name} would not answer it any more"
            yield Reason(about=name, beside=other.name, text=text)


def _versions(literal: str, among: Iterable[Any]) -> list[int]:
    """The versions of an event that are among some literals."""
    name = EventName.parse(literal)
    found = map(EventName.parse, among)
    return sorted(each.version for each in found if each[:2] == name[:2])
