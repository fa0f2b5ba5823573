"""From a transport to the intake: a file's partner, name, identity and bytes."""

from __future__ import annotations

import asyncio

from crossdock import Service

from .. import book
from ..edi import envelope
from ..edi.finding import Finding, Level
from ..inbound import files
from ..inbound.files import Outcome
from ..inbound.sets import File
from . import names

CHUNK = 1 << 16


async def hand_over(
    service: Service, partner_id: str, name: str, identity: str, raw: bytes, *, may_grow: bool
) -> Outcome | None:
    """Have a file taken in; the outcome is committed.

    The same name, identity and bytes are one file, however often it is handed over. None for a file
    without its end, where `may_grow` says that the rest may still come.
    """
    reading = await asyncio.to_thread(_read, raw)
    if may_grow and not reading.complete:
        return None
    return await _take_in(service, partner_id, name, identity, raw, reading)


async def refuse_size(
    service: Service, partner_id: str, name: str, identity: str, size: int
) -> Outcome:
    """Record a file that is too large to be read."""
    limit = service.settings.file_limit
    text = f"the file has {size} bytes, more than the {limit} allowed"
    fault = Finding(code="file_too_large", text=text, level=Level.FATAL)
    reading = envelope.Reading(findings=[fault])
    return await _take_in(service, partner_id, name, identity, b"", reading)


async def _take_in(
    service: Service,
    partner_id: str,
    name: str,
    identity: str,
    raw: bytes,
    reading: envelope.Reading,
) -> Outcome:
    file = File(
        partner_id=names.storable(partner_id),
        name=names.storable(name),
        identity=identity,
        raw=raw,
    )
    partners = book.current(service.settings.profiles)
    return await files.take_in(service, partners, file, reading)


def _read(raw: bytes) -> envelope.Reading:
    return envelope.read(raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK))
