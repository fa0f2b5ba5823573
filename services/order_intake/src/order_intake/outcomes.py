"""The event that says what was decided over an order; pure."""

from __future__ import annotations

from datetime import datetime

from crossdock_contracts import PaymentTerms
from crossdock_contracts.orders import OrderAccepted, OrderHeld, OrderPlaced, OrderRejected

from .domain import Decision


def outcome(
    order: OrderPlaced, decision: Decision, at: datetime
) -> OrderAccepted | OrderHeld | OrderRejected:
    """The event that follows the placing."""
    if decision.status == "rejected":
        return _rejected(order, decision, at)
    if decision.status == "held" or decision.ship_to is None:
        return _held(order, decision, at)
    return OrderAccepted(
        order_id=order.order_id,
        channel=order.channel,
        customer_id=order.customer_id,
        accepted_at=at,
        currency=order.currency,
        lines=decision.lines,
        net_total=decision.net_total,
        tax_total=decision.tax_total,
        total=decision.total,
        ship_to=decision.ship_to,
        terms=PaymentTerms(
            net_days=decision.payment_terms_days, early_payment=decision.early_payment
        ),
        customer_po=order.customer_po,
        partner_id=order.partner_id,
        external_ids=order.external_ids,
        requested_ship_at=order.requested_ship_at,
    )


def _held(order: OrderPlaced, decision: Decision, at: datetime) -> OrderHeld:
    return OrderHeld(
        order_id=order.order_id,
        customer_id=order.customer_id,
        held_at=at,
        reasons=decision.reasons,
        total=decision.total,
        customer_po=order.customer_po,
        partner_id=order.partner_id,
    )


def _rejected(order: OrderPlaced, decision: Decision, at: datetime) -> OrderRejected:
    return OrderRejected(
        order_id=order.order_id,
        channel=order.channel,
        customer_id=order.customer_id,
        rejected_at=at,
        reasons=decision.reasons,
        lines=order.lines,
        customer_po=order.customer_po,
        partner_id=order.partner_id,
    )
