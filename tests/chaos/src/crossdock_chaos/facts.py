"""What the stores, the streams and the stand-ins say after a run: plain rows, nothing judged."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from crossdock.reach import store
from crossdock.streams import Stored

from . import broker
from .outside import Outside
from .plan import SERVICES

ORDERS = "select order_id, status, placed ->> 'customer_po' as po from orders"
LINES = "select order_id, line_no, ordered, shipped, invoiced, cancelled from audit.order_lines"
FILES = "select file_name, sha256, state from files"
DOCUMENTS = """select po_number, order_id, state from documents
    where direction = 'in' and set_code = '850'"""
SHIPMENTS = "select shipment_id, order_id, state from audit.shipments"
SHIPPED = """select order_id, line_no, sum(shipped) as shipped from audit.shipped_lines
    group by order_id, line_no"""
INVOICES = "select invoice_id, shipment_id, order_id from audit.invoices"
INVOICED = """select order_id, line_no, sum(quantity) as quantity from audit.invoiced_lines
    group by order_id, line_no"""
MEMOS = "select distinct credit_memo_id, return_id from audit.credit_lines"
CREDITED = """select return_id, line_no, shipment_id, sum(quantity) as quantity,
    count(distinct credit_memo_id) as memos from audit.credit_lines
    group by return_id, line_no, shipment_id"""
PAYMENTS = "select payment_id, idempotency_key from payments"
APPLIED = "select payment_id, invoice_id from payment_applications"
RETURNS = "select return_id, order_id, state from returns"
RECEIVED = """select sku, warehouse_id,
    sum(coalesce(opening, 0) + coalesce(received, 0)) as quantity
    from audit.stock group by sku, warehouse_id"""
HEARD = "select event_id, stream, sequence, key, recorded_at from events"
SAID = """select id, event_id, type, key, causation_id, body from crossdock.outbox order by id"""
PARKED = """select stream, sequence, key, state, reason, error, type, message_id
    from crossdock.parked"""
ERRANDS = "select id, kind, key, state, error from crossdock.errands"
TAKEN = "select message_id from crossdock.inbox"
LANES = "select stream, partitions, position, hears from crossdock.leases where kind = 'lane'"


class Facts(msgspec.Struct):
    """Rows by the name of the question; those of the chassis by service as well."""

    rows: dict[str, list[Any]]
    said: dict[str, list[Any]]
    parked: dict[str, list[Any]]
    errands: dict[str, list[Any]]
    taken: dict[str, set[Any]]
    lanes: dict[str, list[Any]]
    ledger: list[dict[str, Any]]
    stored: list[Stored]


QUESTIONS = {
    "order_intake": {"orders": ORDERS, "lines": LINES},
    "partner_edi": {"files": FILES, "documents": DOCUMENTS},
    "shipment_tracking": {"shipments": SHIPMENTS, "shipped": SHIPPED},
    "invoicing": {
        "invoices": INVOICES,
        "invoiced": INVOICED,
        "memos": MEMOS,
        "credited": CREDITED,
        "payments": PAYMENTS,
        "applied": APPLIED,
    },
    "returns": {"returns": RETURNS},
    "inventory_sync": {"received": RECEIVED},
    "control_tower": {"heard": HEARD},
}


async def gather(outside: Outside, nats_url: str) -> Facts:
    """Ask every store, the broker and the ERP."""
    rows: dict[str, list[Any]] = {}
    chassis: dict[str, dict[str, Any]] = defaultdict(dict)
    for service in SERVICES:
        async with store(service) as db:
            for name, sql in QUESTIONS.get(service, {}).items():
                rows[name] = list(await db.fetch(sql))
            for name, sql in (("said", SAID), ("parked", PARKED), ("errands", ERRANDS)):
                chassis[name][service] = list(await db.fetch(sql))
            chassis["taken"][service] = {row["message_id"] for row in await db.fetch(TAKEN)}
            chassis["lanes"][service] = list(await db.fetch(LANES))
    ledger = (await outside.get("erp", "/ledger"))["entries"]
    return Facts(rows=rows, ledger=ledger, stored=await broker.stored_messages(nats_url), **chassis)
