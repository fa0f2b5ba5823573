"""Duplicated: second orders, shipments, invoices, credits, payments or bookings for one cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from .book import Book
from .facts import Facts
from .lost import receipts

# What an event is about, in any version, where saying it twice means that it was done twice.
ONCE = {
    "orders.placed": ("order_id",),
    "orders.accepted": ("order_id",),
    "orders.released": ("order_id",),
    "orders.rejected": ("order_id",),
    "orders.completed": ("order_id",),
    "inventory.received": ("receipt_id",),
    "shipments.requested": ("shipment_id",),
    "shipments.picked": ("shipment_id",),
    "shipments.packed": ("shipment_id",),
    "shipments.shipped": ("shipment_id",),
    "shipments.delivered": ("shipment_id",),
    "invoices.issued": ("shipment_id",),
    "invoices.settled": ("invoice_id",),
    "invoices.credited": ("credit_memo_id",),
    "payments.received": ("payment_id",),
    "payments.applied": ("payment_id", "invoice_id"),
    "returns.authorized": ("return_id",),
    "returns.closed": ("return_id",),
    "postings.acknowledged": ("document_kind", "document_id"),
    "postings.posted": ("document_kind", "document_id"),
    "partners.purchase_order_received": ("partner_id", "po_number"),
}


def duplicated(book: Book, facts: Facts) -> list[str]:
    """A sentence for each thing that was done more than once."""
    return [
        *_orders(facts),
        *_goods(facts),
        *_money(facts),
        *_receipts(book, facts),
        *_bookings(facts),
        *_events(facts),
        *_effects(facts),
    ]


def _several(things: Any) -> Iterator[tuple[Any, int]]:
    return ((thing, n) for thing, n in Counter(things).items() if n > 1)


def _orders(facts: Facts) -> Iterator[str]:
    """Every purchase order number of a run is unique: two orders of one are a second order."""
    for po, count in _several(row["po"] for row in facts.rows["orders"]):
        yield f"{count} orders for {po}"
    translated = (r["po_number"] for r in facts.rows["documents"] if r["state"] == "translated")
    for po, count in _several(translated):
        yield f"the 850 {po} was translated {count} times"


def _goods(facts: Facts) -> Iterator[str]:
    """No line ships or is billed beyond what was ordered; no shipment is billed twice."""
    ordered = {(r["order_id"], r["line_no"]): r["ordered"] for r in facts.rows["lines"]}
    for what, rows, name in (
        ("shipped", facts.rows["shipped"], "shipped"),
        ("invoiced", facts.rows["invoiced"], "quantity"),
    ):
        for row in rows:
            line = row["order_id"], row["line_no"]
            if row[name] > ordered.get(line, Decimal(0)):
                yield f"{line[0]} line {line[1]}: {row[name]} {what} of {ordered.get(line, 0)}"
    for shipment, count in _several(row["shipment_id"] for row in facts.rows["invoices"]):
        yield f"{count} invoices for {shipment}"


def _money(facts: Facts) -> Iterator[str]:
    """One credit memo per returned line, one payment per key."""
    for row in facts.rows["credited"]:
        if row["memos"] > 1:
            yield f"{row['memos']} credit memos for {row['return_id']} line {row['line_no']}"
    for key, count in _several(row["idempotency_key"] for row in facts.rows["payments"]):
        yield f"{count} payments for {key}"


def _receipts(book: Book, facts: Facts) -> Iterator[str]:
    """No receipt is counted twice."""
    known = receipts(book)
    for row in facts.rows["received"]:
        place = row["sku"], row["warehouse_id"]
        if row["quantity"] > known.get(place, Decimal(0)):
            yield f"{place}: {row['quantity']} received, and only {known.get(place, 0)} came"


def _bookings(facts: Facts) -> Iterator[str]:
    """The ERP has each document once."""
    for (kind, document), count in _several((e["kind"], e["document_id"]) for e in facts.ledger):
        yield f"the ERP has {document} {count} times among its {kind}"


def _events(facts: Facts) -> Iterator[str]:
    """What happens once is said once."""
    for service, rows in facts.said.items():
        said = Counter(
            (kind, *(msgspec.json.decode(row["body"]).get(f) for f in ONCE[kind]))
            for row in rows
            if (kind := _unversioned(row["type"])) in ONCE
        )
        for (kind, *about), count in said.items():
            if count > 1:
                yield f"{service} said {kind} of {' '.join(map(str, about))} {count} times"


def _effects(facts: Facts) -> Iterator[str]:
    """One message has its effect once: handled again, a handler says the same thing again."""
    for service, rows in facts.said.items():
        caused = Counter(
            (row["causation_id"], row["type"], row["body"]) for row in rows if row["causation_id"]
        )
        for (cause, kind, _), count in caused.items():
            if count > 1 and _unversioned(kind) not in ONCE:
                yield f"{service} said {kind} {count} times because of {cause}"


def _unversioned(literal: str) -> str:
    return literal.rpartition(".v")[0]
