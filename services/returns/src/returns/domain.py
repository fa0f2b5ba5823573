"""What may come back, and what becomes of it: pure decisions."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from crossdock_contracts import Quantity, Reason, Uom, Value
from crossdock_contracts.partners import RequestedReturn
from crossdock_contracts.returns import InspectedLine, ReturnLine
from crossdock_contracts.values import LineNo, Sku

State = Literal["authorized", "received", "inspected", "closed"]
Disposition = Literal["restock", "scrap"]

NOTHING = Decimal(0)
MOST = Decimal(10**9)  # of one line; nobody ships more
FINEST = -6  # decimals of a quantity


class Refusal(Exception):
    """It must not be: the status for the caller, a code, a sentence, and the numbers."""

    def __init__(self, status: int, code: str, text: str, **context: object) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.context = status, code, text, context


class TooMuch(Refusal):
    """More is to come back than can; a reason per line."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        text = "; ".join(reason.text for reason in reasons)
        super().__init__(422, "more_than_shipped", text, reasons=reasons)
        self.reasons = reasons


class AskedLine(Value, frozen=True):
    """What the customer wants to send back, in the item's stock unit."""

    line_no: LineNo
    quantity: Decimal
    reason_code: str
    reason_text: str = ""

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)
        if not re.fullmatch("[a-z_]{1,40}", self.reason_code):
            raise ValueError("reason_code has small letters and underscores only")


class CountedLine(Value, frozen=True):
    """What the warehouse found in the parcel; without a shipment, the oldest first."""

    line_no: LineNo
    quantity: Decimal
    shipment_id: str | None = None

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)


class JudgedLine(Value, frozen=True):
    """What the inspection decided; without a shipment, the oldest first."""

    line_no: LineNo
    quantity: Decimal
    disposition: Disposition
    credit: bool = True
    shipment_id: str | None = None

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)


class ShippedLine(Value, frozen=True):
    """What one shipment brought of an order line, and how much of it is on its way back."""

    line_no: LineNo
    sku: Sku
    uom: Uom
    shipment_id: str
    invoice_id: str | None
    shipped: Decimal
    taken: Decimal = NOTHING


class ReturnedLine(Value, frozen=True):
    """One line of a return and how far it is."""

    line_no: LineNo
    sku: Sku
    uom: Uom
    shipment_id: str
    invoice_id: str | None
    reason_code: str
    reason_text: str
    authorized: Decimal
    received: Decimal = NOTHING
    inspected: Decimal = NOTHING
    restocked: Decimal = NOTHING
    creditable: Decimal = NOTHING
    credited: Decimal = NOTHING


class Return(Value, frozen=True):
    """One RMA, and all that is known of it."""

    return_id: str
    order_id: str
    customer_id: str
    state: State
    asked_by: str
    authorized_at: datetime
    lines: tuple[ReturnedLine, ...]
    warehouse_id: str | None = None
    received_at: datetime | None = None
    inspected_at: datetime | None = None
    closed_at: datetime | None = None
    credit_memo_ids: tuple[str, ...] = ()


def _check_quantity(quantity: Decimal) -> None:
    if not quantity.is_finite() or not NOTHING < quantity <= MOST:
        raise ValueError(f"quantity must be above 0 and at most {MOST}, not {quantity}")
    if int(quantity.normalize().as_tuple().exponent) < FINEST:
        raise ValueError("quantity must have at most 6 decimals")


def asked(line: RequestedReturn) -> AskedLine:
    """A line as a partner's document asks for it."""
    number, reason = line.line_no, line.reason
    try:
        return AskedLine(
            line_no=number,
            quantity=line.quantity.value,
            reason_code=reason.code,
            reason_text=reason.text,
        )
    except ValueError as no:
        raise Refusal(422, "bad_line", f"line {number}: {no}", line_no=number) from no


def return_id(order_id: str, n: int) -> str:
    """The nth return of an order: RMA-1042-1 for ORD-1042."""
    return f"RMA-{order_id.removeprefix('ORD-')}-{n}"


def split(quantity: Decimal, rooms: Sequence[Decimal]) -> list[Decimal]:
    """Fill rooms in their order; the sum is less than the quantity when it does not fit."""
    parts = []
    for room in rooms:
        parts.append(min(quantity, max(room, NOTHING)))
        quantity -= parts[-1]
    return parts


def authorize(
    asked: tuple[AskedLine, ...], shipped: Sequence[ShippedLine]
) -> tuple[ReturnLine, ...]:
    """The lines of an RMA, each against the shipments that brought it, oldest first.

    `shipped` is oldest first. TooMuch names every line that asks for more than what shipped and
    is not yet on its way back; what was not billed yet cannot be credited, hence not returned.
    """
    _check_once(asked)
    reasons = tuple(reason for line in asked if (reason := _excess(line, shipped)))
    if reasons:
        raise TooMuch(reasons)
    lines = tuple(back for line in asked for back in _against_shipments(line, shipped))
    for back in lines:
        if back.invoice_id is None:
            text = f"{back.shipment_id} is not invoiced yet; try again later"
            raise Refusal(409, "not_invoiced_yet", text, shipment_id=back.shipment_id)
    return lines


def _check_once(asked: tuple[AskedLine, ...]) -> None:
    numbers = [line.line_no for line in asked]
    if not numbers:
        raise Refusal(422, "no_lines", "a return needs at least one line")
    for number in numbers:
        if numbers.count(number) > 1:
            raise Refusal(422, "line_twice", f"line {number} is named twice", line_no=number)


def _excess(asked: AskedLine, shipped: Sequence[ShippedLine]) -> Reason | None:
    mine = [line for line in shipped if line.line_no == asked.line_no]
    total = sum((line.shipped for line in mine), NOTHING)
    taken = sum((line.taken for line in mine), NOTHING)
    if asked.quantity <= total - taken:
        return None
    text = (
        f"line {asked.line_no}: {asked.quantity} asked for, {total} shipped, "
        f"{taken} of it returned before"
    )
    code = "more_than_shipped" if total else "nothing_shipped"
    return Reason(code=code, text=text, line_no=asked.line_no)


def _against_shipments(asked: AskedLine, shipped: Sequence[ShippedLine]) -> Iterable[ReturnLine]:
    mine = [line for line in shipped if line.line_no == asked.line_no]
    parts = split(asked.quantity, [line.shipped - line.taken for line in mine])
    reason = Reason(code=asked.reason_code, text=asked.reason_text, line_no=asked.line_no)
    for line, part in zip(mine, parts, strict=True):
        if part:
            yield ReturnLine(
                line_no=line.line_no,
                sku=line.sku,
                quantity=Quantity(part, line.uom),
                shipment_id=line.shipment_id,
                reason=reason,
                invoice_id=line.invoice_id,
            )


def must_be(it: Return, state: State, what: str) -> None:
    """Refuse what is not next."""
    if it.state != state:
        text = f"{it.return_id} is {it.state}: {what} needs it {state}"
        raise Refusal(409, "wrong_state", text, return_id=it.return_id, state=it.state)


def receive(it: Return, counted: tuple[CountedLine, ...]) -> list[Decimal]:
    """How much of each of the return's lines came back; everything, when nobody counted."""
    must_be(it, "authorized", "a receipt")
    authorized = [line.authorized for line in it.lines]
    if not counted:
        return authorized
    left = list(authorized)
    for line in counted:
        _fill(it, left, line, "more_than_authorized", "authorized")
    return [whole - rest for whole, rest in zip(authorized, left, strict=True)]


def inspect(it: Return, judged: tuple[JudgedLine, ...]) -> tuple[InspectedLine, ...]:
    """What goes to stock or to scrap, with or without credit; never more than was received."""
    must_be(it, "received", "an inspection")
    if not judged:
        raise Refusal(422, "no_lines", "an inspection needs at least one line")
    left = [line.received for line in it.lines]
    sums: dict[tuple[int, Disposition, bool], Decimal] = {}
    for line in judged:
        for index, part in _fill(it, left, line, "more_than_received", "received"):
            judgement = (index, line.disposition, line.credit)
            sums[judgement] = sums.get(judgement, NOTHING) + part
    return tuple(
        _inspected(it.lines[index], disposition, credit, part)
        for (index, disposition, credit), part in sums.items()
    )


def _fill(
    it: Return, left: list[Decimal], said: CountedLine | JudgedLine, code: str, what: str
) -> list[tuple[int, Decimal]]:
    """Take a quantity out of `left`, over the lines it can mean, and say which."""
    mine = [
        index
        for index, line in enumerate(it.lines)
        if line.line_no == said.line_no and said.shipment_id in (None, line.shipment_id)
    ]
    rooms = [left[index] for index in mine]
    parts = split(said.quantity, rooms)
    if sum(parts, NOTHING) < said.quantity:
        text = f"line {said.line_no}: {said.quantity}, but only {sum(rooms, NOTHING)} {what}"
        raise Refusal(422, code, text, line_no=said.line_no, quantity=str(said.quantity))
    for index, part in zip(mine, parts, strict=True):
        left[index] -= part
    return [(index, part) for index, part in zip(mine, parts, strict=True) if part]


def _inspected(
    line: ReturnedLine, disposition: Disposition, credit: bool, part: Decimal
) -> InspectedLine:
    return InspectedLine(
        line_no=line.line_no,
        sku=line.sku,
        quantity=Quantity(part, line.uom),
        shipment_id=line.shipment_id,
        disposition=disposition,
        credit=credit,
        invoice_id=line.invoice_id,
    )


def settled(lines: Iterable[ReturnedLine]) -> bool:
    """Whether every creditable quantity has its credit memo."""
    return all(line.credited >= line.creditable for line in lines)
