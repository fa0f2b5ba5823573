"""Postings out: what the ERP is asked to book, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import httpx
import msgspec

from crossdock import Handlers, RetryLater, Tx
from crossdock.errands import Errand, settle
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
    """The ERP's answer to one document: its number for it, or why it does not book it."""

    status: int
    number: str = ""
    text: str = ""


class Answers(msgspec.Struct, frozen=True):
    """The ERP's answers, in the order of the documents."""

    answers: list[Booked]


Errands = Sequence[Errand[ToPost]]


@handles.errands_together(PostSalesOrder)
async def post_sales_order(errands: Errands) -> None:
    """Post accepted orders; the ERP's number for each is its acknowledgement."""
    await _post(errands, "/sales-orders/batch", "order")


@handles.errands_together(PostInvoice)
async def post_invoice(errands: Errands) -> None:
    """Post invoices to the ERP's receivables."""
    await _post(errands, "/invoices/batch", "invoice")


@handles.errands_together(PostCreditMemo)
async def post_credit_memo(errands: Errands) -> None:
    """Post credit memos to the ERP's receivables."""
    await _post(errands, "/credit-memos/batch", "credit_memo")


async def _post(errands: Errands, path: str, kind: DocumentKind) -> None:
    """Post each under its errand's id: a call repeated after a lost answer books nothing twice."""
    payloads = [errand.payload for errand in errands]
    reply = await _call(errands, path, payloads)
    reply.raise_for_status()
    answers = msgspec.json.decode(reply.content, type=Answers).answers
    found = list(zip(errands, payloads, answers, strict=True))
    for errand, _, answer in found:
        if domain.is_away(answer.status):
            errand.fail(RetryLater(f"the ERP says {answer.status}", after=AWAY_SECONDS))
    taken = [errand for errand in errands if errand.error is None]
    if not taken:
        return
    async with settle(taken) as tx:
        for errand, payload, answer in found:
            if errand.error is None:
                tx.speak_for(errand.origin)
                _note(tx, payload, kind, answer)


async def _call(errands: Errands, path: str, payloads: Sequence[ToPost]) -> httpx.Response:
    """The ERP's answer; RetryLater for as long as it is away."""
    settings = cast("ErpBridgeSettings", errands[0].service.settings)
    documents = [
        {
            "idempotency_key": errand.headers["Idempotency-Key"],
            "traceparent": errand.headers["traceparent"],
            "document": payload.body,
        }
        for errand, payload in zip(errands, payloads, strict=True)
    ]
    try:
        reply = await errands[0].http.post(
            f"{settings.erp_url}{path}",
            json={"documents": documents},
            timeout=settings.erp_timeout_seconds,
        )
    except httpx.TransportError as error:
        raise RetryLater(f"the ERP is away: {error!r}", after=AWAY_SECONDS) from error
    if domain.is_away(reply.status_code):
        raise RetryLater(f"the ERP is away: it says {reply.status_code}", after=AWAY_SECONDS)
    return reply


def _note(tx: Tx, payload: ToPost, kind: DocumentKind, answer: Booked) -> None:
    if domain.refuses(answer.status):
        _refused(tx, payload, kind, f"{answer.status} {answer.text[:1000]}")
    else:
        _booked(tx, payload, kind, answer.number)


def _booked(tx: Tx, payload: ToPost, kind: DocumentKind, number: str) -> None:
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


def _refused(tx: Tx, payload: ToPost, kind: DocumentKind, answer: str) -> None:
    """The ERP will not book it as it is: say so, and let finance look; later documents go on."""
    text = f"the ERP refused {kind} {payload.document_id}: {answer}"
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
