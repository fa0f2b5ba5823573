"""A file taken in once more, because a person asked for one of its documents."""

from __future__ import annotations

from uuid import UUID

import structlog

from crossdock import Service

from ..book import Book
from ..edi import envelope
from ..partner_desk import store
from .files import Again, take_again
from .sets import File

log = structlog.get_logger()


async def take_file_again(service: Service, book: Book, file_id: UUID, document_id: str) -> None:
    """Read the file's bytes as they were kept, and do what is still to do."""
    async with service.begin() as tx:
        row = await store.file(tx, file_id)
    file = File(partner_id=row["partner_id"], name=row["file_name"], identity="", raw=row["raw"])
    asked = Again(document_id, row["turns"])
    outcome = await take_again(service, book, file, file_id, asked, envelope.read([row["raw"]]))
    async with service.begin() as tx:
        await store.settle_rest(tx, file_id)
    log.info("taken_again", document=document_id, file=row["file_name"], state=outcome.state)
