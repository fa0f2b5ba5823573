"""Events turned into what warehouses, suppliers, carriers and customers are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, Quantity
from crossdock_contracts.catalog import PriceChanged, PurchaseOrderChanged
from crossdock_contracts.partners import PurchaseOrderLine
from crossdock_contracts.shipments import CarrierAssigned, ShipmentRequested

from ..edi.mapping.goods import Goods
from ..edi.mapping.inventory_report.model import InventoryReport
from ..edi.mapping.load_tender.model import LoadTender
from ..edi.mapping.price_catalogue.model import Price, PriceCatalogue
from ..edi.mapping.purchase_order.model import PurchaseOrder
from ..edi.mapping.transfer_advice.model import TransferAdvice
from ..edi.mapping.warehouse_order.model import WarehouseOrder
from .store import Stock

GTIN = (12, 13, 14)


def warehouse_order(
    event: ShipmentRequested, po_number: str, called: Mapping[str, str]
) -> WarehouseOrder:
    """What a 3PL is to ship, under our SKUs."""
    return WarehouseOrder(
        shipment_id=event.shipment_id,
        warehouse=event.warehouse_id,
        ship_to=event.ship_to,
        po_number=po_number[:22],
        requested_on=event.requested_at.date(),
        lines=tuple(
            Goods(
                number=str(line.line_no),
                items={"VN": line.sku},
                quantity=line.quantity,
                description=called.get(line.sku, ""),
            )
            for line in event.lines
        ),
    )


def purchase_order(event: PurchaseOrderChanged, where: Address) -> PurchaseOrder:
    """What a supplier is to bring, under its ids and ours."""
    due = datetime.combine(event.due_on, time(), UTC) if event.due_on else None
    return PurchaseOrder(
        po_number=event.po_number,
        purpose="original",
        po_date=event.ordered_on,
        currency=event.currency,
        ship_to=msgspec.structs.replace(where, location_code=event.warehouse_id),
        requested_ship_at=due,
        lines=tuple(
            PurchaseOrderLine(
                line_no=line.line_no,
                quantity=line.quantity,
                partner_line=str(line.line_no),
                items={
                    **({"VN": line.supplier_item} if line.supplier_item else {}),
                    "BP": line.sku,
                },
                unit_price=line.unit_price,
                description=line.description,
            )
            for line in event.lines
        ),
    )


def transfer_advice(
    order: PurchaseOrderChanged, reference: str, goods: Iterable[Goods], told: TransferTimes
) -> TransferAdvice:
    """What a 3PL shall expect of a purchase order."""
    return TransferAdvice(
        order_number=order.po_number,
        shipment_reference=reference,
        warehouse=order.warehouse_id,
        supplier=order.supplier_id,
        shipped_on=told.shipped_at.date(),
        expected_on=told.expected_at.date() if told.expected_at else None,
        carrier=told.carrier,
        lines=tuple(goods),
    )


class TransferTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When goods left, when they are expected, and with whom."""

    shipped_at: datetime
    expected_at: datetime | None = None
    carrier: str = ""


def load_tender(event: CarrierAssigned, ship_from: Address, po_number: str) -> LoadTender:
    """A load for a carrier, at its quote."""
    return LoadTender(
        shipment_id=event.shipment_id,
        carrier=event.carrier,
        ship_from=msgspec.structs.replace(ship_from, location_code=event.warehouse_id),
        ship_to=event.ship_to,
        pickup_at=event.pickup_at,
        order_number=po_number[:30],
        charge=event.total,
    )


def inventory_report(number: str, at: datetime, stock: Iterable[Stock]) -> InventoryReport:
    """What a customer could order now; what is oversold is nothing."""
    lines = tuple(
        Goods(
            number=str(n),
            items=_named(item),
            quantity=_quantity(item),
            description=item.description,
        )
        for n, item in enumerate(stock, 1)
    )
    return InventoryReport(report_number=number, at=at, lines=lines)


def price_catalogue(
    number: str, at: datetime, prices: Iterable[PriceChanged], called: Mapping[str, str]
) -> PriceCatalogue:
    """A customer's prices that have changed, all in the currency of the first."""
    listed = list(prices)
    currency = listed[0].unit_price.currency
    return PriceCatalogue(
        catalogue_number=number,
        issued_on=at.date(),
        currency=currency,
        prices=tuple(
            Price(
                items={"VN": price.sku},
                amount=price.unit_price.amount,
                description=called.get(price.sku, ""),
                valid_from=price.valid_from.date() if price.valid_from else None,
                valid_until=price.valid_until.date() if price.valid_until else None,
            )
            for price in listed
            if price.unit_price.currency == currency
        ),
    )


def _named(item: Stock) -> dict[str, str]:
    """Our SKU, and the trade item number where it has one."""
    trade = [name for name in item.aliases if name.isdigit() and len(name) in GTIN]
    kinds = {12: "UP", 13: "EN", 14: "UK"}
    return {"VN": item.sku, **({kinds[len(trade[0])]: trade[0]} if trade else {})}


def _quantity(item: Stock) -> Quantity:
    return Quantity(max(item.available, Decimal(0)), item.uom)
