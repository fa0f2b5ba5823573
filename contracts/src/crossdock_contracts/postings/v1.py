"""ERP postings, version 1. Owner: erp_bridge. Key: the order id."""

from __future__ import annotations

from typing import Literal

from ..event import Event
from ..values import Instant, Money, OrderId, Reason

DocumentKind = Literal["order", "invoice", "credit_memo"]


class PostingAcknowledged(Event, frozen=True, kw_only=True, tag="postings.acknowledged.v1"):
    """The ERP has an order of ours and gave it its own number."""

    order_id: OrderId
    document_kind: DocumentKind
    document_id: str
    erp_reference: str
    acknowledged_at: Instant


class PostingPosted(Event, frozen=True, kw_only=True, tag="postings.posted.v1"):
    """The ERP booked an invoice or credit memo in its ledger."""

    order_id: OrderId
    document_kind: DocumentKind
    document_id: str
    erp_reference: str
    amount: Money
    posted_at: Instant


class PostingFailed(Event, frozen=True, kw_only=True, tag="postings.failed.v1"):
    """The ERP refused a document; a person must look."""

    order_id: OrderId
    document_kind: DocumentKind
    document_id: str
    failed_at: Instant
    reason: Reason
