"""What was ordered, announced and received, compared by SKU in stock units: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from crossdock_contracts.catalog import PurchaseLine
from crossdock_contracts.partners import PurchaseOrderLine

from ..domain import Item, Refused

By = Mapping[str, Decimal]
NOTHING = Decimal(0)


class Doubt(NamedTuple):
    """What does not agree: a code to count by, and a sentence with the values."""

    code: str
    text: str


class Matched(NamedTuple):
    """An advice by SKU, and what of it belongs to no line of its order."""

    quantities: dict[str, Decimal]
    strange: tuple[str, ...]


def match(
    ordered: Iterable[PurchaseLine], advised: Iterable[PurchaseOrderLine], items: Mapping[str, Item]
) -> Matched:
    """Find each advised line's item: by our SKU, the supplier's id, or our line number."""
    lines = tuple(ordered)
    found: dict[str, Decimal] = {}
    strange = []
    for line in advised:
        names = set(line.items.values())
        known = [o for o in lines if o.sku in names or (o.supplier_item in names - {""})]
        known = known or [o for o in lines if not names and str(o.line_no) == line.partner_line]
        value = _in_stock(items.get(known[0].sku), line) if known else None
        if value is None:
            ids = ", ".join(f"{kind} {name}" for kind, name in line.items.items())
            strange.append(f"{line.quantity.value:f} {line.quantity.uom} of {ids or 'no item'}")
        else:
            found[known[0].sku] = found.get(known[0].sku, NOTHING) + value
    return Matched(found, tuple(strange))


def _in_stock(item: Item | None, line: PurchaseOrderLine) -> Decimal | None:
    try:
        return item.in_stock_unit(line.quantity.value, line.quantity.uom) if item else None
    except Refused:
        return None


def in_stock(lines: Iterable[PurchaseLine], items: Mapping[str, Item]) -> dict[str, Decimal]:
    """What was ordered by SKU; an item or unit that is not known counts as it was ordered."""
    found: dict[str, Decimal] = {}
    for line in lines:
        item, value = items.get(line.sku), line.quantity.value
        if item and line.quantity.uom in item.conversions:
            value = item.in_stock_unit(value, line.quantity.uom)
        found[line.sku] = found.get(line.sku, NOTHING) + value
    return found


def advice_doubts(
    ordered: By, before: By, advice: Matched, expected_at: datetime | None, due_on: date | None
) -> tuple[Doubt, ...]:
    """What is wrong with an advice: items of no line, more than was ordered, too late."""
    found = []
    if advice.strange:
        found.append(Doubt("asn_unmatched", f"not ordered: {'; '.join(advice.strange)}"))
    over = [
        f"{sku}: {ordered.get(sku, NOTHING):f} ordered, {total:f} announced"
        for sku, value in advice.quantities.items()
        if (total := before.get(sku, NOTHING) + value) > ordered.get(sku, NOTHING)
    ]
    if over:
        found.append(Doubt("asn_over", "; ".join(over)))
    if expected_at and due_on and expected_at.date() > due_on:
        found.append(Doubt("asn_late", f"expected on {expected_at:%Y-%m-%d}, due on {due_on}"))
    return tuple(found)


def receipt_doubts(announced: By, counted: By, damaged: By) -> tuple[Doubt, ...]:
    """Where a receipt is not what was announced: one doubt for all that is over, one for short."""
    over, short = [], []
    for sku in sorted({*announced, *counted}):
        said, got = announced.get(sku, NOTHING), counted.get(sku, NOTHING)
        bad = f", {damaged[sku]:f} damaged" if damaged.get(sku) else ""
        text = f"{sku}: {said:f} announced, {got:f} received{bad}"
        if got > said:
            over.append(text)
        elif got < said:
            short.append(text)
    doubts = (("receipt_over", over), ("receipt_short", short))
    return tuple(Doubt(code, "; ".join(texts)) for code, texts in doubts if texts)


def missing(ordered: By, received: By) -> tuple[str, ...]:
    """What of an order has not come, in words."""
    return tuple(
        f"{sku}: {value:f} ordered, {received.get(sku, NOTHING):f} received"
        for sku, value in sorted(ordered.items())
        if received.get(sku, NOTHING) < value
    )
