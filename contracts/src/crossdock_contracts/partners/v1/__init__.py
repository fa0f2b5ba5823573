"""Partner documents, version 1. Owner: partner_edi. Key: partner and purchase order number."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ...event import Event
from ...values import (
    Address,
    Currency,
    CustomerId,
    Instant,
    LineNo,
    Money,
    OrderId,
    PartnerId,
    Quantity,
    Reason,
    Value,
)

DocumentId = Annotated[str, Meta(description="Id of one transaction set, in or out.")]
PoNumber = Annotated[
    str, Meta(min_length=1, max_length=100, description="The partner's purchase order number.")
]
PartnerOrder = Annotated[
    str, Meta(max_length=100, description="Empty where a document names none, such as a 997.")
]
SetCode = Annotated[str, Meta(description="X12 transaction set or EDIFACT message: 850, ORDERS.")]


class PurchaseOrderLine(Value, frozen=True):
    """One PO1 loop, with every way the partner named the item."""

    line_no: LineNo
    quantity: Quantity
    partner_line: str = ""
    items: Annotated[
        dict[str, str], Meta(description="Item ids by X12 qualifier (element 235): VN, BP, UP, SK.")
    ] = {}
    unit_price: Money | None = None
    description: str = ""


class ChangedLine(PurchaseOrderLine, frozen=True):
    """One line of a change: `quantity` is what is wanted of it in all, once it is changed."""

    action: Annotated[
        Literal["add", "change", "delete", "none"],
        Meta(description="`none` is a line that is told again as it stands."),
    ] = "change"


class PartnerEvent(Event, frozen=True, kw_only=True):
    """What all partner documents share: they stay in order per partner and purchase order."""

    key_fields: ClassVar[tuple[str, ...]] = ("partner_id", "po_number")
    partner_id: PartnerId
    po_number: PartnerOrder


class PurchaseOrderReceived(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.purchase_order_received.v1"
):
    """A trading partner ordered; the document was read and is valid."""

    po_number: PoNumber
    document_id: DocumentId
    customer_id: CustomerId
    received_at: Instant
    purpose: Literal["original", "cancellation", "replace", "confirmation"]
    lines: tuple[PurchaseOrderLine, ...]
    currency: Currency
    po_date: date | None = None
    ship_to: Address | None = None
    requested_ship_at: Instant | None = None
    file_name: str = ""
    control_number: Annotated[str, Meta(description="ISA13/GS06/ST02 of the document.")] = ""


class ChangeReceived(PartnerEvent, frozen=True, kw_only=True, tag="partners.change_received.v1"):
    """A trading partner wants to change an order it placed before."""

    po_number: PoNumber
    document_id: DocumentId
    customer_id: CustomerId
    received_at: Instant
    lines: tuple[ChangedLine, ...]
    cancel: Annotated[bool, Meta(description="The whole order is cancelled.")] = False
    replace: Annotated[bool, Meta(description="What is not in `lines` is cancelled.")] = False
    currency: Currency | None = None
    requested_ship_at: Instant | None = None
    reference: Annotated[str, Meta(description="The partner's number of the change.")] = ""


class Deduction(Value, frozen=True):
    """What the payer keeps back of an invoice, and why."""

    amount: Annotated[Money, Meta(description="Above zero: that much less was paid.")]
    code: Annotated[str, Meta(description="X12 element 426, such as 01 for a pricing error.")] = ""
    reference: Annotated[str, Meta(description="The payer's number of the claim.")] = ""
    text: str = ""


class RemittedDocument(Value, frozen=True):
    """What of a payment is for one invoice, or is taken for one credit memo (`paid` below zero)."""

    reference: Annotated[str, Meta(description="Our invoice or credit memo, as the payer has it.")]
    paid: Money
    billed: Money | None = None
    discount: Annotated[Money | None, Meta(description="Kept back for paying early.")] = None
    deductions: tuple[Deduction, ...] = ()


class RemittanceReceived(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.remittance_received.v1"
):
    """A customer's advice of what it paid, for which invoices, and what it kept back."""

    po_number: PartnerOrder = ""
    document_id: DocumentId
    customer_id: CustomerId
    received_at: Instant
    amount: Money
    reference: Annotated[str, Meta(description="The payer's number of the payment.")]
    documents: tuple[RemittedDocument, ...]
    paid_on: date | None = None


class RequestedReturn(Value, frozen=True):
    """Goods of one order line that a customer wants to send back, in the stock unit."""

    line_no: LineNo
    quantity: Quantity
    reason: Reason


class ReturnRequested(PartnerEvent, frozen=True, kw_only=True, tag="partners.return_requested.v1"):
    """A customer asks to send goods of an order back."""

    document_id: DocumentId
    order_id: OrderId
    customer_id: CustomerId
    received_at: Instant
    lines: tuple[RequestedReturn, ...]
    reference: Annotated[str, Meta(description="The customer's number of the request.")] = ""


class AdviceReceived(PartnerEvent, frozen=True, kw_only=True, tag="partners.advice_received.v1"):
    """A supplier says what it shipped to us (ASN)."""

    document_id: DocumentId
    received_at: Instant
    shipment_reference: str
    lines: tuple[PurchaseOrderLine, ...]
    shipped_at: Instant | None = None
    expected_at: Instant | None = None
    carrier: str = ""


class DocumentSent(PartnerEvent, frozen=True, kw_only=True, tag="partners.document_sent.v1"):
    """A document for a partner was written and handed to its transport."""

    document_id: DocumentId
    set_code: SetCode
    sent_at: Instant
    file_name: str
    control_number: str
    order_id: OrderId | None = None
    reference: Annotated[str, Meta(description="Shipment, invoice or document it speaks of.")] = ""


class DocumentRejected(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.document_rejected.v1"
):
    """A document could not be used; the file is kept and the findings say why."""

    document_id: DocumentId
    set_code: SetCode
    rejected_at: Instant
    findings: tuple[str, ...]
    file_name: str = ""
    direction: Literal["in", "out"] = "in"


class AcknowledgementReceived(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.acknowledgement_received.v1"
):
    """The partner answered one of our documents with a 997."""

    document_id: DocumentId
    set_code: SetCode
    received_at: Instant
    status: Literal["accepted", "accepted_with_errors", "partially_accepted", "rejected"]
    findings: tuple[str, ...] = ()


class AcknowledgementOverdue(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.acknowledgement_overdue.v1"
):
    """The partner has not answered one of our documents in the agreed time."""

    document_id: DocumentId
    set_code: SetCode
    sent_at: Instant
    due_at: Instant
