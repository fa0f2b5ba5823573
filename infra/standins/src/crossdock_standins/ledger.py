"""The ERP's books: each document is booked once, under a number of its own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

PREFIXES = {"sales-orders": "SO", "invoices": "AR", "credit-memos": "CM"}
FIRST_NUMBER = 1001


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a document; the general ledger account is the ERP's to check."""

    line_no: int
    sku: str
    quantity: Decimal
    net: Decimal
    tax: Decimal = Decimal(0)
    uom: str = "EA"
    unit_price: Decimal | None = None
    gl_code: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A sales order, an invoice or a credit memo as another system sends it."""

    document_id: str
    customer_id: str
    currency: str
    lines: tuple[Line, ...]
    total: Decimal
    order_id: str = ""


class Refused(Exception):
    """The ERP does not book this; the text says why."""


class KeyReused(Exception):
    """An idempotency key came again with another document."""


@dataclass
class Ledger:
    """What was booked, in order, and under which idempotency key."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PREFIXES, FIRST_NUMBER))
    _by_key: dict[str, tuple[str, Document, str]] = field(default_factory=dict)

    def book(self, kind: str, key: str, document: Document) -> tuple[str, bool]:
        """Book a document; returns its number, and whether it is new under this key."""
        if booked := self._by_key.get(key):
            if booked[:2] != (kind, document):
                raise KeyReused(f"key {key} was used for {booked[1].document_id}")
            return booked[2], False
        check_total(document)
        number = f"{PREFIXES[kind]}-{self._numbers[kind]}"
        self._numbers[kind] += 1
        self._by_key[key] = (kind, document, number)
        self.entries.append(_entry(kind, number, document))
        return number, True

    def totals(self) -> list[dict[str, Any]]:
        """Ordered, invoiced, credited and receivable, per customer and currency."""
        sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(
            lambda: dict.fromkeys(PREFIXES, Decimal(0))
        )
        for entry in self.entries:
            sums[entry["customer_id"], entry["currency"]][entry["kind"]] += entry["total"]
        return [
            {
                "customer_id": customer_id,
                "currency": currency,
                "ordered": amounts["sales-orders"],
                "invoiced": amounts["invoices"],
                "credited": amounts["credit-memos"],
                "receivable": amounts["invoices"] - amounts["credit-memos"],
            }
            for (customer_id, currency), amounts in sorted(sums.items())
        ]


def check_total(document: Document) -> None:
    """A total is the sum of its lines' net and tax, to the cent."""
    of_lines = sum((line.net + line.tax for line in document.lines), Decimal(0))
    if of_lines != document.total:
        raise Refused(f"{document.document_id}: lines add up to {of_lines}, not {document.total}")


def _entry(kind: str, number: str, document: Document) -> dict[str, Any]:
    return {
        "kind": kind,
        "number": number,
        "document_id": document.document_id,
        "order_id": document.order_id,
        "customer_id": document.customer_id,
        "currency": document.currency,
        "total": document.total,
        "booked_at": datetime.now(UTC),
    }
