"""The look into the inboxes: which files are complete, and where they go when they are done."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from crossdock import Service
from crossdock.errors import CrossdockError

from . import folders, store
from .book import Book
from .edi import envelope
from .edi.finding import Finding, Level
from .inbound import files
from .inbound.sets import File

log = structlog.get_logger()
CHUNK = 1 << 16
HOLD = 5.0
KEPT = 5.0
_watch = folders.Watch()
# By start of the service: the profiles that are in its store, and until when that is believed.
_kept: WeakKeyDictionary[Any, tuple[Book, float]] = WeakKeyDictionary()


async def keep_partners(service: Service, book: Book, root: Path) -> None:
    """Bring profiles into the store for the handlers, and make the folders of new partners.

    Profiles that are the same as before are looked at again once in a while only: somebody may have
    removed a folder, and a store may be another one.
    """
    known, until = _kept.get(service.runtime, (None, 0.0))
    if known is book and time.monotonic() < until:
        return
    async with service.begin() as tx:
        kept = await store.partner_versions(tx)
        new = [p for p in book.partners.values() if kept.get(p.partner_id) != p.version]
        for profile in new:
            await store.keep_partner(tx, profile, book.sources[profile.partner_id])
    missing = [p for p in book.partners if not (root / p / "inbox").is_dir()]
    await asyncio.to_thread(folders.make, root, missing)
    _kept[service.runtime] = book, time.monotonic() + KEPT


async def pick_up(service: Service, book: Book) -> None:
    """Take in every file that is complete; one file's failure leaves the others alone."""
    settings = service.settings
    for found in await asyncio.to_thread(_watch.look, settings.root):
        if found.quiet < settings.quiet_seconds:
            continue
        try:
            await _pick_up(service, book, found)
        except FileNotFoundError:
            log.info("file_gone", file=str(found.path))
        except OSError as error:
            # A file that may not be read or moved must not keep the others waiting.
            log.error("file_not_taken", file=str(found.path), error=str(error))
            _watch.hold(found.path, HOLD)
        except CrossdockError:
            # The store is in trouble, not the file: it stays, and is tried again.
            raise
        except Exception as error:
            log.exception("file_failed", file=str(found.path))
            await _give_up(service, found, error)


async def _pick_up(service: Service, book: Book, found: folders.Found) -> None:
    settings = service.settings
    raw, reading = await asyncio.to_thread(_read, found, settings.file_limit)
    # A writer without atomic rename may pause: a file without its end gets time to grow.
    if not reading.complete and found.quiet < settings.patience_seconds:
        return
    file = File(
        partner_id=found.partner_id.encode(errors="replace").decode(),
        name=found.path.name.encode(errors="replace").decode(),
        identity=f"{found.inode}/{found.mtime_ns}/{found.size}",
        raw=raw,
    )
    outcome = await files.take_in(service, book, file, reading)
    box = settings.root / found.partner_id / ("error" if outcome.state == "error" else "archive")
    notes = outcome.findings if outcome.state != "done" else []
    mark = outcome.file_id.hex[:8]
    await asyncio.to_thread(folders.move, found.path, box, mark, notes)


async def _give_up(service: Service, found: folders.Found, error: Exception) -> None:
    """Set a file aside that broke the intake itself; moved back, it goes on where it stood."""
    text = f"{found.path.name} could not be taken in: {type(error).__name__}: {error}"
    async with service.begin() as tx:
        tx.raise_exception(
            code="file_failed",
            kind="technical",
            text=text,
            team="it",
            about=found.path.name,
            context={"partner_id": found.partner_id},
        )
    box = service.settings.root / found.partner_id / "error"
    await asyncio.to_thread(folders.move, found.path, box, f"{found.inode:x}", [text])


def _read(found: folders.Found, limit: int) -> tuple[bytes, envelope.Reading]:
    if found.size > limit:
        text = f"the file has {found.size} bytes, more than the {limit} allowed"
        fault = Finding(code="file_too_large", text=text, level=Level.FATAL)
        return b"", envelope.Reading(findings=[fault])
    raw = found.path.read_bytes()
    chunks = (raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK))
    return raw, envelope.read(chunks)
