"""Signed uploads and downloads over HTTP: each partner reaches its own inbox and outbox."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from crossdock import Service
from crossdock.http import Problem, unknown

from .. import book
from . import folders, handover, names, own_keys, signatures
from .terms import Http

TYPES = (
    "application/edi-x12",
    "application/edifact",
    "application/edi-consent",
    "application/octet-stream",
    "text/plain",
)


class Received(msgspec.Struct):
    """What came of a file: it is committed, whatever its findings."""

    file_id: str
    state: str
    findings: list[str]


class Waiting(msgspec.Struct):
    """A document that waits in the outbox."""

    name: str
    size: int
    written_at: datetime


@post("/partners/{partner_id:str}/inbox", request_max_body_size=None)
async def send_file(
    request: Request[Any, Any, Any],
    service: NamedDependency[Service],
    partner_id: FromPath[str],
    name: Annotated[str, QueryParameter()] = "",
) -> Received:
    """Take a file in; 201 says that it is committed. The same request again changes nothing."""
    signature = _admit(service, request, partner_id)
    _check_type(request)
    if fault := names.fault(name) if name else None:
        raise Problem(400, "bad_file_name", fault)
    raw = await _body(request, service.settings.file_limit)
    digest = hashlib.sha256(raw).digest()
    promised = signatures.digest_of(request.headers)
    if promised is None or not hmac.compare_digest(digest, promised):
        text = "Content-Digest must read sha-256=:BASE64: with the SHA-256 of this very body"
        raise Problem(400, "digest_mismatch", text, size=len(raw))
    identity = f"http/{signature.mac.hex()}"
    name = name or f"{digest.hex()[:16]}.edi"
    given = service, partner_id, name, identity, raw
    outcome = await handover.hand_over(*given, may_grow=False)
    assert outcome is not None, "what may not grow is taken as it is"
    return Received(str(outcome.file_id), outcome.state, outcome.findings)


@get("/partners/{partner_id:str}/outbox")
async def list_outbox(
    request: Request[Any, Any, Any], service: NamedDependency[Service], partner_id: FromPath[str]
) -> list[Waiting]:
    """The documents that wait for this partner, oldest first."""
    _admit(service, request, partner_id)
    return await asyncio.to_thread(_waiting, service.settings.root / partner_id / "outbox")


@get("/partners/{partner_id:str}/outbox/{name:str}")
async def fetch_document(
    request: Request[Any, Any, Any],
    service: NamedDependency[Service],
    partner_id: FromPath[str],
    name: FromPath[str],
) -> Response[bytes]:
    """One document as it was written; it waits until it is deleted."""
    path = _document(service, request, partner_id, name)
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise unknown("document", name, partner_id=partner_id, name=name) from None
    return Response(content, media_type="application/octet-stream")


@delete("/partners/{partner_id:str}/outbox/{name:str}")
async def remove_document(
    request: Request[Any, Any, Any],
    service: NamedDependency[Service],
    partner_id: FromPath[str],
    name: FromPath[str],
) -> None:
    """Say that a document has been fetched: it waits no more."""
    path = _document(service, request, partner_id, name)
    await asyncio.to_thread(path.unlink, missing_ok=True)


def _admit(
    service: Service, request: Request[Any, Any, Any], partner_id: str
) -> signatures.Signature:
    """Who signed may come in where it is its own: 401 for a bad signature, 403 for another's place.

    A partner that there is not, or that does not come by HTTP, has no secret: it is answered like
    a wrong secret, so that nobody learns who our partners are.
    """
    settings = service.settings
    raw_path = request.scope["raw_path"].decode("latin-1")
    asked = signatures.Request(
        method=request.method,
        path=raw_path.partition("?")[0],
        query=request.scope["query_string"].decode("latin-1"),
        headers=request.headers,
    )
    try:
        signature = signatures.read(asked)
        profile = book.current(settings.profiles).partners.get(signature.key_id)
        shared: list[bytes] = []
        if profile is not None and isinstance(profile.transport, Http):
            shared = own_keys.shared_secrets(settings.keys, profile.partner_id)
        signatures.check(
            asked, signature, shared, now=time.time(), window=settings.http_window_seconds
        )
    except signatures.Unsigned as error:
        raise Problem(401, error.code, error.text) from error
    if signature.key_id != partner_id:
        text = f"{signature.key_id} may reach /partners/{signature.key_id}/, not {partner_id}'s"
        raise Problem(403, "not_yours", text, partner_id=signature.key_id)
    return signature


def _check_type(request: Request[Any, Any, Any]) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if given not in TYPES or packed != "identity":
        text = f"send the file as it is, with a Content-Type of {', '.join(TYPES)}"
        raise Problem(415, "wrong_content_type", text, content_type=given, content_encoding=packed)


async def _body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """The body, read piece by piece, and no further than the limit."""
    announced = request.headers.get("content-length", "")
    size, pieces = int(announced) if announced.isdigit() else 0, []
    if size <= limit:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                break
            pieces.append(piece)
    if size > limit:
        text = f"a file may have {limit} bytes, and this has {size} or more: split it"
        raise Problem(413, "body_too_large", text, size=size, limit=limit)
    return b"".join(pieces)


def _document(
    service: Service, request: Request[Any, Any, Any], partner_id: str, name: str
) -> Path:
    """Where a document of the partner's outbox lies, whether or not it is there."""
    _admit(service, request, partner_id)
    if names.fault(name) or names.unfinished(name):
        raise unknown("document", name, partner_id=partner_id, name=name)
    return Path(service.settings.root / partner_id / "outbox" / name)


def _waiting(outbox: Path) -> list[Waiting]:
    found = [(os.stat(entry.path), entry.name) for entry in folders.files(outbox)]
    return [
        Waiting(names.storable(name), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
        for status, name in sorted(found, key=lambda one: (one[0].st_mtime_ns, one[1]))
    ]


routes = [send_file, list_outbox, fetch_document, remove_document]
