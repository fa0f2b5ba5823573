"""What 3PL warehouses send: what left, and what was counted in."""

from __future__ import annotations

from datetime import UTC, datetime, time

from crossdock import Tx
from crossdock_contracts.partners import (
    ConfirmedCarton,
    ReceiptConfirmed,
    ReceiptLine,
    ShipmentConfirmed,
)

from ..edi.mapping.transfer_receipt.model import TransferReceipt
from ..edi.mapping.warehouse_shipment.model import LeftPack, WarehouseShipment
from ..logistics import store
from ..logistics.domain import Open, sku_of, summed
from .incoming import Incoming, unmatched


async def take_shipment(tx: Tx, incoming: Incoming) -> None:
    """Say what left for a shipment of ours, line by line; one that is not ours goes to a person."""
    told: WarehouseShipment = incoming.model
    asked = await store.dispatch(tx, told.shipment_id)
    if asked is None or asked.warehouse_id != incoming.profile.party_id:
        unmatched(tx, incoming, "shipment", told.shipment_id)
        return
    lines = [line for pack in told.packs for line in pack.lines]
    names = await store.called(
        tx, incoming.profile, {name for line in lines for name in line.items.values()}
    )
    still = Open(asked.lines)
    cartons = [carton for pack in told.packs if (carton := _carton(pack, still, names)).contents]
    follows = any(line.status == "follows" for line in lines)
    tx.emit(
        ShipmentConfirmed(
            **incoming.source(tx),
            reference=told.shipment_id,
            shipment_id=told.shipment_id,
            warehouse_id=asked.warehouse_id,
            shipped_at=datetime.combine(told.shipped_on, time(), UTC),
            lines=summed(content for carton in cartons for content in carton.contents),
            cartons=tuple(cartons),
            remainder="follows" if follows else "short",
            carrier=told.carrier,
            tracking_number=told.tracking_number,
            bill_of_lading=told.bill_of_lading,
        )
    )


def _carton(pack: LeftPack, still: Open, names: dict[str, str]) -> ConfirmedCarton:
    contents = [
        part
        for line in pack.lines
        if line.shipped.value
        for part in still.take(sku_of(line.items, names), line.shipped)
    ]
    return ConfirmedCarton(
        contents=summed(contents), sscc=pack.sscc or None, tracking_number=pack.tracking_number
    )


async def take_receipt(tx: Tx, incoming: Incoming) -> None:
    """Say what was counted into the 3PL's warehouse."""
    told: TransferReceipt = incoming.model
    names = await store.called(
        tx, incoming.profile, {name for line in told.lines for name in line.items.values()}
    )
    tx.emit(
        ReceiptConfirmed(
            **incoming.source(tx),
            reference=told.receipt_number,
            warehouse_id=incoming.profile.party_id,
            counted_at=datetime.combine(told.counted_on, time(), UTC),
            lines=tuple(
                ReceiptLine(
                    line_no=number,
                    sku=sku_of(line.items, names) or "?",
                    quantity=line.received,
                    damaged=line.damaged,
                )
                for number, line in enumerate(told.lines, 1)
            ),
            order_number=told.order_number,
            shipment_reference=told.shipment_reference,
        )
    )
