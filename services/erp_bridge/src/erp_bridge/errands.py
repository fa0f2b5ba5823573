"""Postings out: what the ERP is asked to book, and what its answers mean."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from crossdock import Handlers, RetryLater
from crossdock.errands import Errand
from crossdock_contracts import Money, Reason
from crossdock_contracts.postings import (
    DocumentKind,
    PostingAcknowledged,
    PostingFailed,
    PostingPosted,
)

from . import domain, store
from .settings import ErpBridgeSettings

handles = Handlers()

AWAY_SECONDS = 1.0


class ToPost(msgspec.Struct, frozen=True, kw_only=True):
    """A document for the ERP: whose it is, and its body in the ERP's words."""

    order_id: str
    document_id: str
    amount: Money
    body: dict[str, Any]


class PostSalesOrder(ToPost, frozen=True, kw_only=True, tag="post_sales_order"):
    """Let the ERP know of an accepted order."""


class PostInvoice(ToPost, frozen=True, kw_only=True, tag="post_invoice"):
    """Let the ERP book an invoice."""


class PostCreditMemo(ToPost, frozen=True, kw_only=True, tag="post_credit_memo"):
    """Let the ERP book a credit memo."""


class Booked(msgspec.Struct, frozen=True):
    """The ERP's yes."""

    number: str


@handles.errand
async def post_sales_order(payload: PostSalesOrder, errand: Errand) -> None:
    """Post an accepted order; the ERP's number for it is its acknowledgement."""
    await _post(payload, errand, "/sales-orders", "order")


@handles.errand
async def post_invoice(payload: PostInvoice, errand: Errand) -> None:
    """Post an invoice to the ERP's receivables."""
    await _post(payload, errand, "/invoices", "invoice")


@handles.errand
async def post_credit_memo(payload: PostCreditMemo, errand: Errand) -> None:
    """Post a credit memo to the ERP's receivables."""
    await _post(payload, errand, "/credit-memos", "credit_memo")


async def _post(payload: ToPost, errand: Errand, path: str, kind: DocumentKind) -> None:
    """Post under the errand's id: a call repeated after a lost answer books nothing twice."""
    reply = await _call(errand, path, payload.body)
    if domain.refuses(reply.status_code):
        await _refused(payload, errand, kind, f"{reply.status_code} {reply.text[:1000]}")
        return
    reply.raise_for_status()
    await _booked(payload, errand, kind, msgspec.json.decode(reply.content, type=Booked).number)


async def _call(errand: Errand, path: str, body: dict[str, Any]) -> httpx.Response:
    """The ERP's answer; RetryLater for as long as it is away."""
    settings: ErpBridgeSettings = errand.service.settings
    try:
        reply = await errand.http.post(
            f"{settings.erp_url}{path}",
            json=body,
            headers=errand.headers,
            timeout=settings.erp_timeout_seconds,
        )
    except httpx.TransportError as error:
        raise RetryLater(f"the ERP is away: {error!r}", after=AWAY_SECONDS) from error
    if domain.is_away(reply.status_code):
        raise RetryLater(f"the ERP is away: it says {reply.status_code}", after=AWAY_SECONDS)
    return reply


async def _booked(payload: ToPost, errand: Errand, kind: DocumentKind, number: str) -> None:
    async with errand.settle() as tx:
        store.mark_posted(tx, kind, payload.document_id, number)
        if kind == "order":
            tx.emit(
                PostingAcknowledged(
                    order_id=payload.order_id,
                    document_kind=kind,
                    document_id=payload.document_id,
                    erp_reference=number,
                    acknowledged_at=tx.now,
                )
            )
        else:
            tx.emit(
                PostingPosted(
                    order_id=payload.order_id,
                    document_kind=kind,
                    document_id=payload.document_id,
                    erp_reference=number,
                    amount=payload.amount,
                    posted_at=tx.now,
                )
            )


async def _refused(payload: ToPost, errand: Errand, kind: DocumentKind, answer: str) -> None:
    """The ERP will not book it as it is: say so, and let finance look; later documents go on."""
    text = f"the ERP refused {kind} {payload.document_id}: {answer}"
    async with errand.settle() as tx:
        store.mark_failed(tx, kind, payload.document_id, answer)
        tx.emit(
            PostingFailed(
                order_id=payload.order_id,
                document_kind=kind,
                document_id=payload.document_id,
                failed_at=tx.now,
                reason=Reason(code="erp_refused", text=text),
            )
        )
        tx.raise_exception(
            code="posting_refused",
            text=text,
            team="finance",
            about=payload.order_id,
            order_id=payload.order_id,
            context={"document_id": payload.document_id, "document_kind": kind, "answer": answer},
        )
