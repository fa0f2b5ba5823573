"""How a partner's purchase order becomes an order like any other."""

from __future__ import annotations

from typing import Any

from crossdock_contracts import ExternalId
from crossdock_contracts.partners import ChangeReceived, PurchaseOrderLine, PurchaseOrderReceived

from .drafts import Draft, Wanted

# Element 235, best first: our own number, codes that mean the same to everybody, the buyer's own.
QUALIFIERS = ("VN", "VP", "VA", "SK", "UP", "UK", "UI", "EN", "MG", "BP", "IN", "CB", "PI")


def claim_key(event: PurchaseOrderReceived | ChangeReceived) -> str:
    """One order per partner and purchase order number."""
    return f"po:{event.key}"


def draft(event: PurchaseOrderReceived) -> Draft:
    """The order that the document asks for."""
    return Draft(
        channel="edi",
        customer_id=event.customer_id,
        lines=tuple(wanted(line) for line in event.lines),
        currency=event.currency,
        ship_to=event.ship_to,
        customer_po=event.po_number,
        partner_id=event.partner_id,
        external_ids=(ExternalId(system=f"partner:{event.partner_id}", id=event.po_number),),
        requested_ship_at=event.requested_ship_at,
    )


def wanted(line: PurchaseOrderLine) -> Wanted:
    """The line as it came in."""
    return Wanted(
        line_no=line.line_no,
        names=names(line),
        quantity=line.quantity.value,
        uom=line.quantity.uom,
        unit_price=line.unit_price.amount if line.unit_price else None,
        customer_line=line.partner_line,
    )


def names(line: PurchaseOrderLine) -> tuple[str, ...]:
    """Every name of the item, best first; its description where the partner gave nothing else."""
    known = [q for q in QUALIFIERS if q in line.items]
    others = [q for q in line.items if q not in QUALIFIERS]
    names = tuple(dict.fromkeys(line.items[q] for q in (*known, *others) if line.items[q]))
    return names or (line.description or "(no item number)",)


def duplicate(event: PurchaseOrderReceived, order_id: str, document_id: str) -> dict[str, Any]:
    """What a person has to know about a purchase order that came a second time."""
    return {
        "code": "duplicate_purchase_order",
        "text": (
            f"{event.partner_id} sent purchase order {event.po_number} again ({event.purpose});"
            f" it is {order_id} already, and nothing was changed."
        ),
        "team": "customer_service",
        "about": order_id,
        "order_id": order_id,
        "context": {
            "partner_id": event.partner_id,
            "po_number": event.po_number,
            "purpose": event.purpose,
            "document_id": event.document_id,
            "first_document_id": document_id,
            "file_name": event.file_name,
        },
    }
