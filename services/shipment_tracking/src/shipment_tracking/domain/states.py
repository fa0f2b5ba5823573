"""What may happen to a shipment, in which order, and how much of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from crossdock_contracts import Allocation, LineQuantity, Quantity

from .model import ConfirmedLine, Kind, Refusal, Shipment, ShipmentLine, State

Delivery = Literal["none", "now", "not_shipped", "after_failure"]

PROGRESS: tuple[State, ...] = ("requested", "picked", "packed", "shipped", "delivered")
DELIVERED = "D1"  # X12 element 1650: the carrier completed unloading at the consignee
FINEST = -6  # decimals of a quantity; finer ones are noise of a scale, or an attack


def shipment_id(order_id: str, n: int) -> str:
    """The nth shipment of an order: SHP-1042-1 for ORD-1042."""
    return f"SHP-{order_id.removeprefix('ORD-')}-{n}"


def by_warehouse(allocations: Iterable[Allocation]) -> dict[str, tuple[LineQuantity, ...]]:
    """One request per warehouse, lines summed, warehouses in the order they were allocated."""
    requests: dict[str, list[LineQuantity]] = {}
    for a in allocations:
        line = LineQuantity(line_no=a.line_no, sku=a.sku, quantity=a.quantity)
        requests.setdefault(a.warehouse_id, []).append(line)
    return {warehouse: summed(lines) for warehouse, lines in requests.items()}


def summed(lines: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """One entry per line number, in line order."""
    totals: dict[int, LineQuantity] = {}
    for line in lines:
        known = totals.get(line.line_no)
        quantity = line.quantity if known is None else known.quantity + line.quantity
        totals[line.line_no] = LineQuantity(line_no=line.line_no, sku=line.sku, quantity=quantity)
    return tuple(totals[no] for no in sorted(totals))


def advance(shipment: Shipment, kind: Kind) -> State:
    """The state after a confirmation; late picks and packs are kept, a second dispatch is not.

    Warehouses confirm out of order: shipped without picked stands, and a pick heard after the
    truck left changes nothing but the record.
    """
    state = shipment.state
    if state == "failed":
        raise _conflict(shipment, "shipment_failed", kind, "it failed, and nothing follows that")
    if shipment.heard(kind):
        raise _conflict(shipment, f"already_{kind}", kind, f"it was {kind} before")
    if kind == "failed":
        if state == "delivered":
            raise _conflict(shipment, "already_delivered", kind, "the customer has the goods")
        return "failed"
    return max(state, kind, key=PROGRESS.index)


def _conflict(shipment: Shipment, code: str, kind: Kind, why: str) -> Refusal:
    text = f"{shipment.shipment_id} is {shipment.state}; '{kind}' was refused because {why}"
    return Refusal(409, code, text, state=shipment.state, kind=kind)


def some(lines: tuple[ConfirmedLine, ...], kind: Kind) -> tuple[ConfirmedLine, ...]:
    """The lines, of which there has to be one: nothing shipped is not a dispatch."""
    if not lines:
        raise Refusal(422, "incomplete_confirmation", f"'{kind}' needs its lines", kind=kind)
    return lines


def confirmed(
    asked: tuple[LineQuantity, ...], lines: Iterable[ConfirmedLine]
) -> tuple[LineQuantity, ...]:
    """The confirmed quantity per line, never more than was asked for."""
    known = {line.line_no: line for line in asked}
    for line in lines:
        _check_line(known.get(line.line_no), line)
    got = summed(
        LineQuantity(line_no=x.line_no, sku=x.sku, quantity=Quantity(x.quantity, x.uom))
        for x in lines
    )
    for total in got:
        _check_at_most(known[total.line_no].quantity.value, total.line_no, total.quantity.value)
    return got


def _check_line(asked: LineQuantity | None, line: ConfirmedLine) -> None:
    no, context = line.line_no, {"line_no": str(line.line_no), "quantity": str(line.quantity)}
    if asked is None:
        raise Refusal(422, "unknown_line", f"line {no} was not asked for", **context)
    if (line.sku, line.uom) != (asked.sku, asked.quantity.uom):
        said, meant = f"{line.sku} in {line.uom}", f"{asked.sku} in {asked.quantity.uom}"
        raise Refusal(422, "wrong_item", f"line {no} is {meant}, not {said}", **context)
    if not line.quantity.is_finite() or line.quantity <= 0:
        raise Refusal(422, "bad_quantity", f"line {no}: quantity must be above 0", **context)
    _check_at_most(asked.quantity.value, no, line.quantity)
    if int(line.quantity.normalize().as_tuple().exponent) < FINEST:
        raise Refusal(422, "bad_quantity", f"line {no}: at most 6 decimals", **context)


def _check_at_most(asked: Decimal, no: int, said: Decimal) -> None:
    if said > asked:
        text = f"line {no}: {said} confirmed, but only {asked} were asked for"
        context = {"line_no": str(no), "requested": str(asked), "confirmed": str(said)}
        raise Refusal(422, "more_than_requested", text, **context)


def missing(
    asked: tuple[LineQuantity, ...], got: tuple[LineQuantity, ...]
) -> tuple[LineQuantity, ...]:
    """What was asked for and not confirmed, per line."""
    have = {line.line_no: line.quantity.value for line in got}
    return tuple(
        LineQuantity(line_no=x.line_no, sku=x.sku, quantity=Quantity(rest, x.quantity.uom))
        for x in asked
        if (rest := x.quantity.value - have.get(x.line_no, Decimal(0)))
    )


def booked(
    shipment: Shipment, got: tuple[LineQuantity, ...], follows: bool
) -> tuple[ShipmentLine, ...]:
    """The lines after dispatch: asked = shipped + short + what follows in another shipment."""
    have = {line.line_no: line.quantity.value for line in got}
    return tuple(
        _book(line, have.get(line.line_no, Decimal(0)), follows) for line in shipment.lines
    )


def _book(line: ShipmentLine, shipped: Decimal, follows: bool) -> ShipmentLine:
    rest = line.requested - shipped
    return ShipmentLine(
        line_no=line.line_no,
        sku=line.sku,
        uom=line.uom,
        requested=line.requested,
        shipped=shipped,
        short=Decimal(0) if follows else rest,
        follows=rest if follows else Decimal(0),
    )


def delivery(shipment: Shipment, code: str) -> Delivery:
    """What a carrier's code means for delivery; only the first D1 counts."""
    if code != DELIVERED or shipment.delivered_at is not None:
        return "none"
    if shipment.state == "shipped":
        return "now"
    return "after_failure" if shipment.state == "failed" else "not_shipped"
