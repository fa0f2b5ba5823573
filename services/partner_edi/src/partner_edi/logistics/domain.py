"""What partners' words mean in ours: which line, which item, how much; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from crossdock_contracts import LineQuantity, Quantity
from crossdock_contracts.partners import CountedLine

from ..domain import KnownLine
from ..edi.mapping.receiving_advice import model as received

# Our own SKU first, whoever writes it under which qualifier.
PREFERRED = ("VN", "SK", "BP", "IN", "UP", "EN", "UK")


def sku_of(items: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The item that one of these ids leads to; the best of the ids themselves where none does."""
    ids = [items[kind] for kind in PREFERRED if kind in items] or list(items.values())
    return next((names[name] for name in ids if name in names), ids[0] if ids else "")


class Open:
    """What of a shipment's lines is not accounted for yet."""

    def __init__(self, asked: Iterable[LineQuantity]) -> None:
        self._asked = tuple(asked)
        self._left = {line.line_no: line.quantity.value for line in self._asked}

    def take(self, sku: str, quantity: Quantity) -> tuple[LineQuantity, ...]:
        """Spread a quantity of an item over the lines that asked for it, the first one first.

        What is more than was asked for stays with the last of them, and an item that nobody asked
        for gets a line of its own: whoever hears it refuses it with its values.
        """
        mine = [line for line in self._asked if line.sku == sku]
        if not mine:
            number = len(self._asked) + 1
            return (LineQuantity(line_no=number, sku=sku or "?", quantity=quantity),)
        rest, found = quantity.value, []
        for line in mine:
            last = line is mine[-1]
            part = rest if last else min(rest, self._left[line.line_no])
            if part > 0:
                self._left[line.line_no] -= part
                rest -= part
                share = Quantity(part, quantity.uom)
                found.append(LineQuantity(line_no=line.line_no, sku=sku, quantity=share))
        return tuple(found)


def summed(parts: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """One entry per line, in line order."""
    totals: dict[int, LineQuantity] = {}
    for part in parts:
        known = totals.get(part.line_no)
        quantity = known.quantity + part.quantity if known else part.quantity
        totals[part.line_no] = LineQuantity(line_no=part.line_no, sku=part.sku, quantity=quantity)
    return tuple(totals[number] for number in sorted(totals))


def counted(
    lines: Sequence[KnownLine], told: Iterable[received.CountedLine]
) -> tuple[CountedLine, ...]:
    """What a customer counted, by our lines and in stock units."""
    found = []
    for line in told:
        known = _line_of(lines, line)
        found.append(
            CountedLine(
                line_no=known.line_no if known else len(lines) + 1,
                sku=known.sku if known else next(iter(line.items.values()), ""),
                received=_in_stock(known, line.accepted),
                damaged=_in_stock(known, line.refused) if line.refused else None,
            )
        )
    return tuple(found)


def _line_of(lines: Sequence[KnownLine], told: received.CountedLine) -> KnownLine | None:
    names = set(told.items.values())
    for line in lines:
        if names & {line.sku, *line.items.values()}:
            return line
    numbered = [line for line in lines if told.number in (line.partner_line, str(line.line_no))]
    return numbered[0] if numbered and not names else None


def _in_stock(line: KnownLine | None, quantity: Quantity) -> Quantity:
    """A partner's quantity in the item's stock unit, by what the order line agreed."""
    if line is None or quantity.uom == line.stock.uom or quantity.uom != line.ordered.uom:
        return quantity
    factor = line.stock.value / line.ordered.value if line.ordered.value else Decimal(1)
    return Quantity(quantity.value * factor, line.stock.uom)
