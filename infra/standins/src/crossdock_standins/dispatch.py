"""What a warehouse does with a shipment: which lines leave, and the story told about it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Literal

import msgspec

Remainder = Literal["follows", "short"]
Callback = tuple[str, dict[str, Any]]

CARRIERS = ("UPSN", "FDEG", "ODFL", "SAIA")
PLACES = ("Greensboro NC", "Columbus OH", "Memphis TN", "Denver CO", "Reno NV")
SIGNATURES = ("J. MORALES", "D. OKAFOR", "S. LINDQVIST", "T. NGUYEN")
LINES_PER_PACKAGE = 4
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "warehouse.standins")


class Line(msgspec.Struct, frozen=True):
    """A quantity of one order line."""

    line_no: int
    sku: str
    quantity: Decimal
    uom: str


class Shipment(msgspec.Struct, frozen=True):
    """A request to ship, as the warehouse's customer sends it."""

    shipment_id: str
    order_id: str
    warehouse_id: str
    lines: tuple[Line, ...]
    ship_to: dict[str, Any] = {}


@dataclass(frozen=True)
class Plan:
    """The lines that leave now, and what becomes of the rest."""

    lines: tuple[Line, ...]
    remainder: Remainder | None = None


@dataclass
class Rules:
    """Per SKU: ship a part now and the rest later, or miss some units for good.

    Each rule meets an order line once, so a remainder that was promised does come.
    """

    partial: dict[str, Decimal] = field(default_factory=dict)
    short: dict[str, Decimal] = field(default_factory=dict)
    _met: set[tuple[str, str, int]] = field(default_factory=set)

    def plan(self, shipment: Shipment) -> Plan:
        """Decide what leaves. A partial shipment keeps its shortages for the remainder."""
        lines = [self._part(shipment.order_id, line) for line in shipment.lines]
        if sum_of(lines) < sum_of(shipment.lines):
            return Plan(_leaving(lines), "follows")
        lines = [self._found(shipment.order_id, line) for line in shipment.lines]
        if sum_of(lines) < sum_of(shipment.lines):
            return Plan(_leaving(lines), "short")
        return Plan(shipment.lines)

    def _part(self, order_id: str, line: Line) -> Line:
        fraction = self.partial.get(line.sku)
        if fraction is None:
            return line
        now = line.quantity * fraction // 1
        if not 0 < now < line.quantity or not self._first("partial", order_id, line):
            return line
        return msgspec.structs.replace(line, quantity=now)

    def _found(self, order_id: str, line: Line) -> Line:
        missing = self.short.get(line.sku)
        if missing is None or not self._first("short", order_id, line):
            return line
        return msgspec.structs.replace(line, quantity=max(Decimal(0), line.quantity - missing))

    def _first(self, rule: str, order_id: str, line: Line) -> bool:
        meeting = (rule, order_id, line.line_no)
        new = meeting not in self._met
        self._met.add(meeting)
        return new


def sum_of(lines: list[Line] | tuple[Line, ...]) -> Decimal:
    """All units of all lines: only good for comparing two lists of the same lines."""
    return sum((line.quantity for line in lines), Decimal(0))


def story(shipment: Shipment, plan: Plan, seed: int) -> Iterator[Callback]:
    """The callbacks of one shipment in order, as pairs of path and body.

    Ids and luck depend on the seed and the shipment alone: a request repeated after a restart
    tells the same story under the same event ids.
    """
    luck = Random(f"{seed}:{shipment.shipment_id}")  # noqa: S311 - a story, not a secret
    if not plan.lines:
        reason = {"code": "not_found", "text": "none of the goods could be found"}
        yield _event(shipment, "failed", lines=shipment.lines, reason=reason)
        return
    yield _event(shipment, "picked", lines=plan.lines)
    yield _event(shipment, "packed", packages=_packages(plan.lines))
    yield _event(
        shipment,
        "shipped",
        lines=plan.lines,
        carrier=luck.choice(CARRIERS),
        tracking_number=f"1Z{luck.randrange(10**12):012d}",
        bill_of_lading=f"BOL{luck.randrange(10**8):08d}",
        remainder=plan.remainder,
    )
    yield _milestone(shipment, "AF", place=shipment.warehouse_id)
    yield _milestone(shipment, "X1", place=luck.choice(PLACES))
    place = str(shipment.ship_to.get("city", ""))
    yield _milestone(shipment, "D1", place=place, signed_by=luck.choice(SIGNATURES))


def _leaving(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.quantity > 0)


def _packages(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    return [
        {"contents": lines[start : start + LINES_PER_PACKAGE]}
        for start in range(0, len(lines), LINES_PER_PACKAGE)
    ]


def _event(shipment: Shipment, kind: str, **more: Any) -> Callback:
    return "/warehouse/events/batch", {
        "event_id": str(uuid.uuid5(NAMESPACE, f"{shipment.shipment_id}:{kind}")),
        "kind": kind,
        "shipment_id": shipment.shipment_id,
        "order_id": shipment.order_id,
        "warehouse_id": shipment.warehouse_id,
        **more,
    }


def _milestone(shipment: Shipment, code: str, place: str, signed_by: str = "") -> Callback:
    return "/carrier/events/batch", {
        "event_id": str(uuid.uuid5(NAMESPACE, f"{shipment.shipment_id}:{code}")),
        "shipment_id": shipment.shipment_id,
        "code": code,
        "place": place,
        "signed_by": signed_by,
    }
