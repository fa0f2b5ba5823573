"""What returns does: knows what shipped and was billed, and takes each return to its credit."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec

from crossdock import Handlers, Reject, RetryLater, Tx
from crossdock.http import Problem, unknown
from crossdock.ids import digest
from crossdock_contracts import Quantity, Reason
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.partners import ReturnRequested
from crossdock_contracts.returns import (
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnLine,
    ReturnReceived,
    ReturnRejected,
)
from crossdock_contracts.shipments import ShipmentShipped

from . import domain, store
from .domain import AskedLine, CountedLine, JudgedLine, Refusal, Return, TooMuch

handles = Handlers()


# What happened elsewhere


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep whose order it is."""
    store.remember_order(tx, event)


@handles
async def remember_shipment(event: ShipmentShipped, tx: Tx) -> None:
    """Keep what left: the most that can come back."""
    store.remember_shipped(tx, event)


@handles
async def remember_invoice(event: InvoiceIssued, tx: Tx) -> None:
    """Keep which invoice a credit will be against."""
    store.remember_invoice(tx, event)


@handles
async def authorize_partner_return(event: ReturnRequested, tx: Tx) -> None:
    """A partner asks by document: it gets its RMA or the reasons why not, once per document."""
    wish = ReturnWish(
        order_id=event.order_id, by=event.partner_id, lines=(), document_id=event.document_id
    )
    try:
        lines = tuple(domain.asked(line) for line in event.lines)
        await authorize(tx, msgspec.structs.replace(wish, lines=lines), event.document_id)
    except Problem as not_yet:
        raise RetryLater(not_yet.text, after=1.0) from not_yet
    except Refusal as no:
        if no.status == 409:
            raise RetryLater(no.text, after=1.0) from no
        await _reject(tx, wish, (Reason(code=no.code, text=no.text),))


@handles
async def close_credited_return(event: InvoiceCredited, tx: Tx) -> ReturnClosed | None:
    """A return is over when each creditable quantity has its credit memo."""
    if event.return_id is None:
        return None
    store.add_credit(tx, event)
    it = await store.lock_return(tx, event.return_id)
    if it is None:
        raise Reject(
            f"{event.credit_memo_id} credits {event.return_id}, which is not known here",
            code="unknown_return",
            team="finance",
            context={"return_id": event.return_id, "credit_memo_id": event.credit_memo_id},
        )
    return _close_if_settled(tx, it)


def _close_if_settled(tx: Tx, it: Return) -> ReturnClosed | None:
    """Close an inspected return that waits for no credit any more."""
    if it.state != "inspected" or not domain.settled(it.lines):
        return None
    store.mark_closed(tx, it.return_id)
    return ReturnClosed(
        order_id=it.order_id,
        return_id=it.return_id,
        closed_at=tx.now,
        credit_memo_ids=it.credit_memo_ids,
    )


# What people ask


class ReturnWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a customer wants to send back, and who says so."""

    order_id: str
    by: str
    lines: tuple[AskedLine, ...]
    document_id: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The goods are back; without lines, all of them."""

    event_id: str
    warehouse_id: str
    lines: tuple[CountedLine, ...] = ()


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided who looked at the goods."""

    event_id: str
    lines: tuple[JudgedLine, ...]


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """The RMA that was not given, and why."""

    return_id: str
    text: str
    reasons: tuple[Reason, ...]


async def authorize(tx: Tx, wish: ReturnWish, key: str) -> Return | Rejection:
    """Give an RMA, or reject it for good; both under the caller's key, once."""

    async def decide() -> Return | Rejection:
        customer_id = await store.lock_order(tx, wish.order_id)
        if customer_id is None:
            raise unknown("order", wish.order_id)
        try:
            lines = domain.authorize(wish.lines, await store.shipped(tx, wish.order_id))
        except TooMuch as refusal:
            return await _reject(tx, wish, refusal.reasons)
        return await _authorize(tx, wish, customer_id, lines)

    return await _once(tx, f"return:{key}", wish, decide)


async def receive(tx: Tx, return_id: str, receipt: Receipt) -> Return | Rejection:
    """Take the goods back, once per event id."""

    async def take() -> Return:
        it = await _known(tx, return_id)
        received = domain.receive(it, receipt.lines)
        event = ReturnReceived(
            order_id=it.order_id,
            return_id=return_id,
            warehouse_id=receipt.warehouse_id,
            received_at=tx.now,
            lines=tuple(
                _line(line, value) for line, value in zip(it.lines, received, strict=True) if value
            ),
        )
        store.mark_received(tx, event)
        tx.emit(event)
        return await _known(tx, return_id)

    return await _once(tx, f"{return_id}:receipt:{receipt.event_id}", receipt, take)


async def inspect(tx: Tx, return_id: str, inspection: Inspection) -> Return | Rejection:
    """Send each quantity to stock or to scrap, with or without credit, once per event id."""

    async def judge() -> Return:
        it = await _known(tx, return_id)
        lines = domain.inspect(it, inspection.lines)
        assert it.warehouse_id is not None
        store.mark_inspected(tx, return_id, lines)
        tx.emit(
            ReturnInspected(
                order_id=it.order_id,
                return_id=return_id,
                warehouse_id=it.warehouse_id,
                inspected_at=tx.now,
                lines=lines,
            )
        )
        return await _after_inspection(tx, return_id)

    return await _once(tx, f"{return_id}:inspection:{inspection.event_id}", inspection, judge)


async def _authorize(
    tx: Tx, wish: ReturnWish, customer_id: str, lines: tuple[ReturnLine, ...]
) -> Return:
    event = ReturnAuthorized(
        order_id=wish.order_id,
        return_id=await _next_id(tx, wish.order_id),
        customer_id=customer_id,
        authorized_at=tx.now,
        lines=lines,
        document_id=wish.document_id,
    )
    store.add_return(tx, event, wish.by)
    tx.emit(event)
    return await _known(tx, event.return_id)


async def _reject(tx: Tx, wish: ReturnWish, reasons: tuple[Reason, ...]) -> Rejection:
    event = ReturnRejected(
        order_id=wish.order_id,
        return_id=await _next_id(tx, wish.order_id),
        rejected_at=tx.now,
        reasons=reasons,
        document_id=wish.document_id,
    )
    tx.emit(event)
    text = "; ".join(reason.text for reason in reasons)
    return Rejection(return_id=event.return_id, text=text, reasons=reasons)


async def _next_id(tx: Tx, order_id: str) -> str:
    return domain.return_id(order_id, await store.take_number(tx, order_id))


async def _known(tx: Tx, return_id: str) -> Return:
    it = await store.lock_return(tx, return_id)
    if it is None:
        raise unknown("return", return_id)
    return it


def _line(line: domain.ReturnedLine, value: Decimal) -> ReturnLine:
    return ReturnLine(
        line_no=line.line_no,
        sku=line.sku,
        quantity=Quantity(value, line.uom),
        shipment_id=line.shipment_id,
        reason=Reason(code=line.reason_code, text=line.reason_text, line_no=line.line_no),
        invoice_id=line.invoice_id,
    )


async def _after_inspection(tx: Tx, return_id: str) -> Return:
    """Close what needs no credit; tell people of goods that came back and were not judged."""
    it = await _known(tx, return_id)
    if any(line.inspected < line.received for line in it.lines):
        tx.raise_exception(
            code="inspection_incomplete",
            text=f"{return_id}: not everything that was received was inspected",
            team="warehouse",
            about=it.order_id,
            order_id=it.order_id,
            context={"return_id": return_id},
        )
    closed = _close_if_settled(tx, it)
    if closed is None:
        return it
    tx.emit(closed)
    return await _known(tx, return_id)


async def _once(
    tx: Tx,
    request_id: str,
    said: msgspec.Struct,
    act: Callable[[], Awaitable[Return | Rejection]],
) -> Return | Rejection:
    """Act, or answer as before. What was refused for now may be asked again under the same id."""
    await tx.lock(request_id)
    content = digest(said)
    before = await store.answered(tx, request_id, content)
    if before is None:
        result = await act()
        status = 200 if isinstance(result, Return) else 422
        store.keep_answer(tx, request_id, content, status, result)
        return result
    if not before.same:
        raise Refusal(409, "id_reused", f"{request_id} was used before with other content")
    kind: type[Return | Rejection] = Return if before.status == 200 else Rejection
    return msgspec.json.decode(before.body, type=kind)
