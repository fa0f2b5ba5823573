"""Partners' files: made, and found again in their outboxes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossdock_contracts import Address, LineQuantity, Money, Quantity
from crossdock_contracts.orders import OrderPlaced, RequestedLine
from crossdock_contracts.shipments import ShipmentRequested
from partner_edi.edi import envelope
from partner_edi.edi.document import EDIFACT_MARKS, Cover, write

AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
HERE = Address(
    name="Somewhere", street=("1 Dock Road",), city="Reno", region="NV", postal_code="89521"
)
PROFILES = {
    "RENO-3PL": """
role: warehouse
warehouse_id: RENO
inbound: {releases: ["004010"], documents: [warehouse_shipment, transfer_receipt]}
outbound: {release: "004010", documents: [warehouse_order, transfer_advice]}
""",
    "ROADWAY": """
role: carrier
carrier: RDWY
tolerances: {freight_amount: "5.00", freight_percent: "2"}
inbound: {releases: ["004010"], documents: [tender_response, carrier_status, freight_invoice]}
outbound: {release: "004010", documents: [load_tender]}
""",
    "SPEDITION": """
role: carrier
carrier: SPED
standard: EDIFACT
inbound: {releases: ["D:96A:UN"], documents: [carrier_status]}
""",
    "RUBBERCO": """
role: supplier
supplier_id: VEND-1
inbound:
  releases: ["004010"]
  documents: [order_response, ship_notice, billing_notice, price_catalogue]
outbound: {release: "004010", documents: [purchase_order]}
""",
    "GUMMI": """
role: supplier
supplier_id: VEND-2
standard: EDIFACT
inbound: {releases: ["D:96A:UN"], documents: [order_response, ship_notice]}
outbound: {release: D:96A:UN, documents: [purchase_order]}
""",
    "SHOP": """
role: customer
customer_id: CUST-SHOP
standard: EDIFACT
inbound: {releases: ["D:96A:UN"], documents: [sales_report]}
outbound:
  release: D:96A:UN
  documents: [inventory_report, price_catalogue]
  every: {inventory_report: 1h, price_catalogue: 1h}
""",
    "STORE": """
role: customer
customer_id: CUST-STORE
inbound: {releases: ["004010"], documents: [sales_report, receiving_advice]}
""",
}


def pieces(value: int) -> Quantity:
    """So many."""
    return Quantity(Decimal(value), "EA")


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def file(code: str, rows: Sequence[Any], sender: str, control: int = 1) -> bytes:
    """A partner's document in its envelope."""
    edifact = not code.isdigit()
    cover = Cover(
        sender=("ZZ", sender),
        receiver=("ZZ", "CROSSDOCK"),
        control=control,
        written_at=AT,
        version="D:96A:UN" if edifact else "004010",
        usage="T",
        **({"marks": EDIFACT_MARKS._replace(repetition="")} if edifact else {}),
    )
    return write([(code, rows)], cover).encode()


def sent(root: Path, partner: str, code: str) -> list[Any]:
    """The documents of a set that lie in a partner's outbox, as segments."""
    found = []
    for path in sorted(root.glob(f"{partner}/outbox/*")):
        reading = envelope.read([path.read_bytes()])
        for interchange in reading.interchanges:
            for group in interchange.groups:
                found += [one.segments for one in group.sets if one.code == code]
    return found


REQUESTED = ShipmentRequested(
    order_id="ORD-1",
    shipment_id="SHP-1-1",
    warehouse_id="RENO",
    requested_at=AT,
    lines=(
        LineQuantity(line_no=1, sku="A1", quantity=pieces(10)),
        LineQuantity(line_no=2, sku="A1", quantity=pieces(5)),
    ),
    ship_to=HERE,
    partner_id="RENO-3PL",
)
PLACED = OrderPlaced(
    order_id="ORD-1",
    customer_id="CUST-1",
    channel="api",
    placed_at=AT,
    currency="USD",
    lines=(RequestedLine(line_no=1, item="A1", quantity=pieces(15)),),
)
