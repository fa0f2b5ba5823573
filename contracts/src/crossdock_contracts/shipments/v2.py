"""Shipments, version 2: what left, carton by carton. Key: the order id."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from ..event import Event
from ..lift import lifts
from ..values import (
    Address,
    Instant,
    LineQuantity,
    OrderId,
    Quantity,
    ShipmentId,
    Value,
    WarehouseId,
)
from . import v1


class Carton(Value, frozen=True):
    """One carton, pallet or parcel as it left: what it holds, and how the carrier finds it."""

    contents: tuple[LineQuantity, ...]
    sscc: Annotated[v1.Sscc | None, Meta(description="Its licence plate, where it has one.")] = None
    tracking_number: str = ""


class ShipmentShipped(Event, frozen=True, kw_only=True, tag="shipments.shipped.v2"):
    """The carrier has the goods. Only what is in `lines` left; only that may be billed."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    shipped_at: Instant
    lines: Annotated[tuple[LineQuantity, ...], Meta(description="What all cartons hold together.")]
    cartons: tuple[Carton, ...]
    short: Annotated[
        tuple[LineQuantity, ...],
        Meta(description="Asked for, but the warehouse could not find it and will not ship it."),
    ] = ()
    carrier: Annotated[str, Meta(description="Standard carrier alpha code (SCAC).")] = ""
    bill_of_lading: str = ""
    ship_to: Address | None = None

    @property
    def tracking_numbers(self) -> tuple[str, ...]:
        """The carrier's numbers of this shipment, each once."""
        return tuple(dict.fromkeys(c.tracking_number for c in self.cartons if c.tracking_number))


@lifts
def in_cartons(old: v1.ShipmentShipped) -> ShipmentShipped:
    """One tracking number held for every package; what no package held left all the same."""
    return ShipmentShipped(
        order_id=old.order_id,
        shipment_id=old.shipment_id,
        warehouse_id=old.warehouse_id,
        shipped_at=old.shipped_at,
        lines=old.lines,
        cartons=cartons(old.lines, old.packages, old.tracking_number),
        short=old.short,
        carrier=old.carrier,
        bill_of_lading=old.bill_of_lading,
        ship_to=old.ship_to,
    )


def cartons(
    lines: Iterable[LineQuantity],
    packages: Iterable[v1.Package] = (),
    tracking_number: str = "",
) -> tuple[Carton, ...]:
    """Packages under their own number or the shipment's; the rest in one more without a plate."""
    found = [
        Carton(
            contents=package.contents,
            sscc=package.sscc,
            tracking_number=package.tracking_number or tracking_number,
        )
        for package in packages
    ]
    if rest := tuple(_rest(lines, found)):
        found.append(Carton(contents=rest, tracking_number=tracking_number))
    return tuple(found)


def _rest(lines: Iterable[LineQuantity], packed: Iterable[Carton]) -> Iterable[LineQuantity]:
    held: dict[int, Decimal] = {}
    for content in (content for carton in packed for content in carton.contents):
        held[content.line_no] = held.get(content.line_no, Decimal(0)) + content.quantity.value
    for line in lines:
        taken = min(line.quantity.value, held.get(line.line_no, Decimal(0)))
        held[line.line_no] = held.get(line.line_no, Decimal(0)) - taken
        if left := line.quantity.value - taken:
            yield LineQuantity(
                line_no=line.line_no, sku=line.sku, quantity=Quantity(left, line.quantity.uom)
            )
