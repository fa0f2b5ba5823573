"""A small mesh at rest, where every invariant holds: tests break one thing of it at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from control_tower.audit.invariants import Facts, Violation, judge
from control_tower.audit.invariants.rows import (
    CreditLine,
    Document,
    HeardEvent,
    Invoice,
    InvoicedLine,
    Order,
    OrderLine,
    Payment,
    PaymentApplication,
    Posting,
    Receivable,
    ReturnLine,
    Shipment,
    ShippedLine,
    Stock,
    StockLine,
)

D = Decimal


def event_id(number: int) -> UUID:
    """A readable id: the number at its end."""
    return UUID(int=number)


def heard(number: int, cause: int | None, *, root: int = 1, trace: str | None = "t1") -> HeardEvent:
    """An event of one order's chain."""
    return HeardEvent(
        event_id=event_id(number),
        type="orders.placed.v1",
        key="ORD-1",
        order_id="ORD-1",
        correlation_id=event_id(root),
        causation_id=event_id(cause) if cause else None,
        trace_id=trace,
        service="order_intake",
    )


# One order of 10: 4 shipped (1 of them came back and was credited), 3 reserved, 2 backordered,
# 1 cancelled. One held order that nobody else knows.
AT_REST = Facts(
    orders=[Order("ORD-1", "accepted", "CUST-1"), Order("ORD-2", "held", "CUST-1")],
    order_lines=[
        OrderLine("ORD-1", 1, "SKU-1", D(10), D(0), D(3), D(2), D(4), D(1), D(4)),
        OrderLine("ORD-2", 1, "SKU-1", D(5), D(0), D(0), D(0), D(0), D(0), D(0)),
    ],
    stock=[Stock("SKU-1", "EAST", D(10), D(3), D(8), D(4), D(1), D(1), D(4), D(3))],
    stock_lines=[StockLine("ORD-1", 1, "SKU-1", D(3), D(2), D(4))],
    shipments=[
        Shipment("SHP-1-1", "ORD-1", "EAST", "delivered"),
        Shipment("SHP-1-2", "ORD-1", "EAST", "requested"),
    ],
    shipped_lines=[
        ShippedLine("SHP-1-1", "ORD-1", 1, "SKU-1", D(4), D(4), D(0)),
        ShippedLine("SHP-1-2", "ORD-1", 1, "SKU-1", D(3), D(0), D(0)),
    ],
    invoices=[
        Invoice("INV-1-1", "SHP-1-1", "ORD-1", "CUST-1", "USD", D(40), D(10), D(25), D(5)),
    ],
    invoiced_lines=[InvoicedLine("INV-1-1", "ORD-1", 1, "SKU-1", D(4))],
    credit_lines=[CreditLine("CRM-1-1", "RMA-1-1", "INV-1-1", "ORD-1", 1, "SHP-1-1", D(1), D(10))],
    payment_applications=[PaymentApplication("PAY-1", "INV-1-1", "USD", D(25))],
    payments=[Payment("PAY-1", "CUST-1", "USD", D(30), D(25))],
    receivables=[Receivable("CUST-1", "USD", D(40), D(10), D(25), D(5))],
    return_lines=[
        ReturnLine("RMA-1-1", "ORD-1", 1, "SKU-1", "SHP-1-1", D(1), D(1), D(1), D(1), "closed")
    ],
    postings=[
        Posting("order", "ORD-1", "ORD-1", "acknowledged", None, None),
        Posting("invoice", "INV-1-1", "ORD-1", "posted", D(40), "USD"),
        Posting("credit_memo", "CRM-1-1", "ORD-1", "posted", D(10), "USD"),
    ],
    documents=[
        Document("D1", "in", "850", "ACME", "ORD-1", "", "accepted"),
        Document("D2", "out", "856", "ACME", "ORD-1", "SHP-1-1", "sent"),
        Document("D3", "out", "810", "ACME", "ORD-1", "INV-1-1", "sent"),
    ],
    events=[heard(1, None), heard(2, 1), heard(3, 2), heard(4, None, root=4, trace="t2")],
    discarded=[],
)


def without(name: str) -> Facts:
    """The mesh at rest, with the rows of one fact lost."""
    return replace(AT_REST, **{name: []})


def twice(name: str) -> Facts:
    """The mesh at rest, with the first row of one fact there twice."""
    rows: Any = getattr(AT_REST, name)
    return replace(AT_REST, **{name: [rows[0], *rows]})


def changed(name: str, **values: Any) -> Facts:
    """The mesh at rest, with values of the first row of one fact changed by hand."""
    rows: Any = getattr(AT_REST, name)
    return replace(AT_REST, **{name: [rows[0]._replace(**values), *rows[1:]]})


def violations(facts: Facts, invariant: int, **waiting: list[str]) -> list[Violation]:
    """What is violated of one invariant when nothing but `waiting` is in flight."""
    return list(judge(facts, waiting)[invariant].violations)


def broken(facts: Facts, invariant: int) -> set[str]:
    """The checks of one invariant that find something."""
    return {violation.check for violation in violations(facts, invariant)}
