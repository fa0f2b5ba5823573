"""Our documents on their way out: into the partner's outbox, or to its own server."""

from __future__ import annotations

import asyncio

from crossdock import RetryLater, Service

from .. import book
from . import folders, health, sftp_client
from .terms import TheirSftp

AGAIN = 15.0


async def deliver(service: Service, partner_id: str, name: str, content: bytes) -> None:
    """Hand a file to the partner's transport, whole or not at all; RetryLater while it is away.

    The outbox is where the partner finds it: in a folder, over our SFTP server, or over HTTP.
    """
    settings = service.settings
    profile = book.current(settings.profiles).partners.get(partner_id)
    if profile is None or not isinstance(profile.transport, TheirSftp):
        await asyncio.to_thread(folders.put, settings.root / partner_id / "outbox", name, content)
        return
    try:
        await sftp_client.put(profile.transport, settings.keys, name, content)
    except sftp_client.Trouble as trouble:
        await health.failed(service, partner_id, "put", str(trouble))
        raise RetryLater(str(trouble), after=AGAIN) from trouble
    await health.worked(service, partner_id, "put")
