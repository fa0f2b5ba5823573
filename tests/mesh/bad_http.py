"""Requests that are almost right, and the ways to spoil them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from story import Story

NUL = "\x00"
# Half of a surrogate pair: JSON can spell it, UTF-8 and PostgreSQL cannot.
HALF = "\ud83d"
DEEP = 50_000


class Route(NamedTuple):
    """A request that would be taken."""

    service: str
    path: str
    body: dict[str, Any]
    key: str = ""


def routes(story: Story) -> list[Route]:
    """Every route of the mesh that takes a body, with a body that its schema allows."""
    line = {"line_no": 1, "quantity": "1", "reason_code": "damaged", "reason_text": "bent"}
    counted = {"line_no": 1, "quantity": "1"}
    event = {"event_id": "bad-1", "at": "2026-01-02T03:04:05Z"}
    order = {
        "customer_id": "CUST-PIEDMONT",
        "customer_po": "PO-1",
        "lines": [{"item": "SAF-GLS-CLR", "quantity": "1", "customer_line": "7"}],
        "external_ids": [{"system": "shop", "id": "77"}],
    }
    receipt = {
        "receipt_id": "BAD-1",
        "warehouse_id": "MID",
        "sku": "SAF-GLS-CLR",
        "quantity": "1",
        "reference": "PO-1",
    }
    adjustment = {
        "adjustment_id": "BAD-2",
        "warehouse_id": "MID",
        "sku": "SAF-GLS-CLR",
        "quantity": "1",
        "by": "a clerk",
        "reason": "counted",
    }
    payment = {
        "customer_id": "CUST-PIEDMONT",
        "amount": "1.00",
        "currency": "USD",
        "remittances": [{"invoice_id": story.paid_invoice, "amount": "1.00"}],
        "reference": "wire",
    }
    picked = {
        "kind": "picked",
        "shipment_id": "SHP-1-1",
        "carrier": "UPSN",
        "lines": [{**counted, "sku": "SAF-GLS-CLR", "uom": "EA"}],
    }
    passed = {"code": "X1", "shipment_id": "SHP-1-1", "place": "Reno NV", "text": "on its way"}
    judged = {"disposition": "restock", "credit": True}
    rma = f"/returns/{story.return_id}"
    return [
        Route("order_intake", "/orders", order, "bad"),
        Route("order_intake", f"/orders/{story.plain}/release", {"by": "me", "note": "go"}),
        Route("order_intake", f"/orders/{story.plain}/cancel", {"by": "me", "reason": "no"}),
        Route("inventory_sync", "/receipts", receipt),
        Route("inventory_sync", "/receipts/batch", {"receipts": [receipt]}),
        Route("inventory_sync", "/adjustments", adjustment),
        Route("invoicing", "/payments", payment, "bad"),
        Route(
            "returns",
            "/returns",
            {"order_id": story.returned, "by": "me", "lines": [line]},
            "bad",
        ),
        Route("returns", f"{rma}/receipt", {**event, "warehouse_id": "MID", "lines": [counted]}),
        Route("returns", f"{rma}/inspection", {**event, "lines": [{**counted, **judged}]}),
        Route("shipment_tracking", "/warehouse/events", {**event, **picked}),
        Route("shipment_tracking", "/carrier/events", {**event, **passed}),
        Route("control_tower", "/cases/CASE-1/assign", {"assignee": "me"}),
        Route("control_tower", "/cases/CASE-1/resolve", {"by": "me", "resolution": "done"}),
    ]


def broken_bodies(body: dict[str, Any]) -> dict[str, bytes]:
    """Bodies that are no JSON, not this schema, or too much of it."""
    good = json.dumps(body).encode()
    nested = b"[" * DEEP + b"]" * DEEP
    return {
        "empty": b"",
        "cut": good[:-1],
        "null": b"null",
        "a list": b"[]",
        "a text": b'"text"',
        "a number": b"1e999999",
        "nothing in it": b"{}",
        "no UTF-8": b'{"' + b"\xff\xfe" * 20 + b'": 1}',
        "binary": bytes(range(256)) * 4,
        "deep": nested,
        "deep inside": good[:-1] + b', "more": ' + nested + b"}",
        "deep cut": b'{"a":' * DEEP,
    }


def spoiled_texts(value: Any) -> Iterator[Any]:
    """Copies of a body, each with one text that has a NUL or half a surrogate pair in it."""
    if isinstance(value, str):
        yield value + NUL
        yield HALF + value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from ({**value, name: spoiled} for spoiled in spoiled_texts(part))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            for spoiled in spoiled_texts(part):
                yield [*value[:place], spoiled, *value[place + 1 :]]


def spoiled_numbers(body: dict[str, Any]) -> Iterator[Any]:
    """Copies of a body, each with a quantity or amount that nobody can mean."""
    wrong = ("NaN", "sNaN", "Infinity", "-Infinity", "1e999", "-1e-999", "0", "-1", "", "ten")
    absurd = ("1e30", "99999999999999999999999999", "0.00000000000000000001", True, [], {}, None)
    # A correction of stock may well be negative.
    values = [v for v in (*wrong, *absurd) if v != "-1" or "adjustment_id" not in body]
    for field in ("quantity", "amount"):
        for value in values:
            if field in body:
                yield {**body, field: value}
            for name, part in body.items():
                if isinstance(part, list) and part and field in part[0]:
                    yield {**body, name: [{**part[0], field: value}]}
