"""Who owns which noun: the one service that publishes it, and whom to ask about it."""

ANYBODY = "*"

OWNERS = {
    "cases": "control_tower",
    "catalog": "erp_bridge",
    "exceptions": ANYBODY,
    "inventory": "inventory_sync",
    "invoices": "invoicing",
    "orders": "order_intake",
    "partners": "partner_edi",
    "payments": "invoicing",
    "postings": "erp_bridge",
    "returns": "returns",
    "shipments": "shipment_tracking",
}
