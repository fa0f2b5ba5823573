"""The look into the inboxes: which files are complete, and where they go when they are done."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from crossdock import RetryLater, Service
from crossdock.errors import CrossdockError

from .. import store
from ..book import Book
from . import folders, handover, health

log = structlog.get_logger()
HOLD = 5.0
KEPT = 5.0
_watch = folders.Watch()
_failing: set[str] = set()
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
    if known is None:
        await asyncio.to_thread(folders.recover, root)
        await health.begin(service)
    missing = [p for p in book.partners if not (root / p / "inbox").is_dir()]
    await asyncio.to_thread(folders.make, root, missing)
    _kept[service.runtime] = book, time.monotonic() + KEPT


async def pick_up(service: Service) -> None:
    """Take in every file that is complete; one file's failure leaves the others alone."""
    settings = service.settings
    ready = await asyncio.to_thread(_watch.look, settings.root)
    # Once the last file that could not be taken is gone, an inbox works again.
    for partner_id in sorted(_failing - _watch.held()):
        await health.worked(service, partner_id, "inbox")
        _failing.discard(partner_id)
    for found in ready:
        if found.quiet < settings.quiet_seconds:
            continue
        try:
            await _pick_up(service, found)
        except FileNotFoundError:
            log.info("file_gone", file=str(found.path))
        except (OSError, RetryLater) as trouble:
            # A file that cannot be read, moved or understood yet must not keep the others waiting.
            await health.failed(service, found.partner_id, "inbox", f"{found.path}: {trouble}")
            _failing.add(found.partner_id)
            _watch.hold(found.path, trouble.after if isinstance(trouble, RetryLater) else HOLD)
        except CrossdockError:
            # The store is in trouble, not the file: it stays, and is tried again.
            raise
        except Exception as error:
            log.exception("file_failed", file=str(found.path))
            await _give_up(service, found, error)


async def _pick_up(service: Service, found: folders.Found) -> None:
    settings = service.settings
    given = service, found.partner_id, found.path.name, str(found.shape)
    if found.shape.size > settings.file_limit:
        outcome = await handover.refuse_size(*given, found.shape.size)
    else:
        raw = await asyncio.to_thread(_read, found)
        if len(raw) != found.shape.size:
            return  # it is being written: the next look sees
        # A writer without atomic rename may pause: a file without its end gets time to grow.
        may_grow = found.quiet < settings.patience_seconds
        taken = await handover.hand_over(*given, raw, may_grow=may_grow)
        if taken is None:
            return
        outcome = taken
    box = settings.root / found.partner_id / ("error" if outcome.state == "error" else "archive")
    notes = outcome.findings if outcome.state != "done" else []
    mark = outcome.file_id.hex[:8]
    await asyncio.to_thread(folders.move, found.path, found.shape, box, mark, notes)


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
    mark = f"{found.shape.inode:x}"
    await asyncio.to_thread(folders.move, found.path, found.shape, box, mark, [text])


def _read(found: folders.Found) -> bytes:
    """The file's bytes, and at most one more than it had."""
    with found.path.open("rb") as file:
        return file.read(found.shape.size + 1)
