"""What customers tell of goods they have: what they counted, and what they sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crossdock import Tx
from crossdock_contracts import Quantity
from crossdock_contracts.partners import ReceivingAdvised, SalesReported, SoldItem

from .. import store as orders
from ..edi.mapping.receiving_advice.model import ReceivingAdvice
from ..edi.mapping.sales_report.model import Kind, SalesReport, SoldLine
from ..logistics import store
from ..logistics.domain import counted, sku_of
from .incoming import Incoming, unmatched


async def take_received(tx: Tx, incoming: Incoming) -> None:
    """Say what was counted of a shipment of ours, by the lines of its order."""
    told: ReceivingAdvice = incoming.model
    asked = await store.dispatch(tx, told.shipment_reference)
    _, order = await orders.order(tx, asked.order_id) if asked else (False, None)
    if asked is None or order is None or order.partner_id != incoming.profile.partner_id:
        unmatched(tx, incoming, "shipment", told.shipment_reference)
        return
    tx.emit(
        ReceivingAdvised(
            **incoming.source(tx),
            reference=asked.shipment_id,
            customer_id=incoming.profile.party_id,
            shipment_id=asked.shipment_id,
            counted_on=told.counted_on,
            lines=counted(order.lines, told.lines),
        )
    )


async def take_sales(tx: Tx, incoming: Incoming) -> None:
    """Say what was sold, place by place, and keep it."""
    told: SalesReport = incoming.model
    names = await store.called(
        tx, incoming.profile, {name for line in told.lines for name in line.items.values()}
    )
    said = SalesReported(
        **incoming.source(tx),
        reference=told.report_number,
        customer_id=incoming.profile.party_id,
        begins_on=told.begins_on,
        ends_on=told.ends_on,
        lines=tuple(item for line in told.lines for item in _places(line, names)),
    )
    store.put_sold(tx, said)
    tx.emit(said)


def _places(line: SoldLine, names: Mapping[str, str]) -> Iterable[SoldItem]:
    """One entry per place and unit; figures of one kind are added up."""
    found: dict[tuple[str, str], dict[Kind, Quantity]] = {}
    for figure in line.figures:
        here = found.setdefault((figure.location, figure.quantity.uom), {})
        before = here.get(figure.kind)
        here[figure.kind] = before + figure.quantity if before else figure.quantity
    for (location, _), figures in found.items():
        yield SoldItem(
            items=dict(line.items),
            location=location,
            sold=figures.get("sold"),
            returned=figures.get("returned"),
            on_hand=figures.get("on_hand"),
            sku=sku_of(line.items, names),
        )
