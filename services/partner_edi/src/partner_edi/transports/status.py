"""What people ask about the ways to and from partners."""

from __future__ import annotations

import asyncio

import msgspec
from litestar import get
from litestar.di import NamedDependency

from crossdock import Service

from .. import book
from . import own_keys, store
from .store import Line
from .terms import Http, OurSftp, TheirSftp, Transport


class PartnerTransport(msgspec.Struct, kw_only=True):
    """How files come from and go to a partner; `lacking` is what has to be done for it here."""

    partner_id: str
    kind: str
    where: str
    lacking: str
    ways: list[Line]


@get("/transports")
async def list_transports(service: NamedDependency[Service]) -> list[PartnerTransport]:
    """Each partner's transport, and since when it fails where it does."""
    async with service.begin() as tx:
        lines = await store.lines(tx)
    partners = await asyncio.to_thread(book.current, service.settings.profiles)
    return [
        PartnerTransport(
            partner_id=partner_id,
            kind=profile.transport.kind,
            where=_where(service, partner_id, profile.transport),
            lacking=_lacking(service, partner_id, profile.transport),
            ways=[line for line in lines if line.partner_id == partner_id],
        )
        for partner_id, profile in partners.partners.items()
    ]


def _where(service: Service, partner_id: str, terms: Transport) -> str:
    match terms:
        case TheirSftp():
            return f"sftp://{terms.user}@{terms.host}:{terms.port}{terms.fetch_from}"
        case OurSftp():
            return f"sftp://{partner_id}@{service.settings.sftp_host}:{service.settings.sftp_port}"
        case Http():
            return f"{service.runtime.url}/partners/{partner_id}/inbox"
    return str(service.settings.root / partner_id / "inbox")


def _lacking(service: Service, partner_id: str, terms: Transport) -> str:
    settings = service.settings
    match terms:
        case OurSftp() if settings.sftp_port is None:
            return "set PARTNER_EDI_SFTP_PORT: without it nobody can come in"
        case Http() if not own_keys.shared_secrets(settings.keys, partner_id):
            path = settings.keys / f"{partner_id}.secret"
            return f"write a secret of {own_keys.SHORTEST_SECRET} characters or more into {path}"
    return ""
