"""What a customer counted, held against what left: pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from crossdock_contracts.partners import CountedLine

from .model import Shipment

NOTHING = Decimal(0)


def differences(shipment: Shipment, counted: Iterable[CountedLine]) -> tuple[str, ...]:
    """Each line that was not received as it left, in words with both numbers."""
    left = {line.line_no: line for line in shipment.lines if line.shipped}
    got: dict[int, tuple[Decimal, Decimal]] = {}
    strange = []
    for said in counted:
        if said.line_no not in left:
            strange.append(f"{said.sku or 'an item'}: {said.received.value:f} received, none left")
            continue
        good, bad = got.get(said.line_no, (NOTHING, NOTHING))
        damaged = said.damaged.value if said.damaged else NOTHING
        got[said.line_no] = good + said.received.value, bad + damaged
    found = []
    for no, line in sorted(left.items()):
        good, bad = got.get(no, (NOTHING, NOTHING))
        if good != line.shipped:
            refused = f", {bad:f} refused" if bad else ""
            text = f"line {no}, {line.sku}: {line.shipped:f} left, {good:f} received{refused}"
            found.append(text)
    return (*found, *strange)
