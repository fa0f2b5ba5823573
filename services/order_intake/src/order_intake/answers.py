"""What callers get back."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from crossdock_contracts import LineQuantity, Money, Reason
from crossdock_contracts.inventory import Availability
from crossdock_contracts.orders import OrderLine, OrderPlaced

from .domain import Decision


class OrderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order; `code` and `text` are there as in every problem's answer."""

    order_id: str
    status: str
    code: str
    text: str
    customer_id: str
    total: Money
    net_total: Money
    tax_total: Money
    reasons: tuple[Reason, ...]
    lines: tuple[OrderLine, ...]


def answer(order: OrderPlaced, decision: Decision) -> OrderAnswer:
    """The answer to an order, the same whenever it is asked again."""
    reasons = " ".join(reason.text for reason in decision.reasons)
    return OrderAnswer(
        order_id=order.order_id,
        status=decision.status,
        code=f"order_{decision.status}",
        text=f"{order.order_id} is {decision.status}. {reasons}".strip(),
        customer_id=order.customer_id,
        total=decision.total,
        net_total=decision.net_total,
        tax_total=decision.tax_total,
        reasons=decision.reasons,
        lines=decision.lines,
    )


class NotCancelled(msgspec.Struct, frozen=True):
    """A quantity that goes on, and why."""

    line_no: int
    sku: str
    quantity: Decimal
    why: str


class CancelAnswer(msgspec.Struct, frozen=True):
    """What was cancelled, and what was not."""

    order_id: str
    status: str
    cancelled: tuple[LineQuantity, ...]
    not_cancelled: list[NotCancelled]


class AvailabilityView(msgspec.Struct, frozen=True):
    """What could be promised now; `available` is null when inventory did not answer in time."""

    available: tuple[Availability, ...] | None
    note: str = ""
