"""Orders, version 2: the terms of payment belong to what was accepted. Key: the order id."""

from __future__ import annotations

from ..event import Event
from ..lift import lifts
from ..values import (
    Address,
    Currency,
    CustomerId,
    ExternalId,
    Instant,
    Money,
    OrderId,
    PartnerId,
    PaymentTerms,
)
from . import v1


class OrderAccepted(Event, frozen=True, kw_only=True, tag="orders.accepted.v2"):
    """Every check passed: reserve it, ship it, bill it at these prices and on these terms."""

    order_id: OrderId
    channel: v1.Channel
    customer_id: CustomerId
    accepted_at: Instant
    currency: Currency
    lines: tuple[v1.OrderLine, ...]
    net_total: Money
    tax_total: Money
    total: Money
    ship_to: Address
    terms: PaymentTerms
    customer_po: str = ""
    partner_id: PartnerId | None = None
    external_ids: tuple[ExternalId, ...] = ()
    requested_ship_at: Instant | None = None


@lifts
def with_terms(old: v1.OrderAccepted) -> OrderAccepted:
    """Version 1 knew the net days alone: no order of that time was promised a discount."""
    return OrderAccepted(
        order_id=old.order_id,
        channel=old.channel,
        customer_id=old.customer_id,
        accepted_at=old.accepted_at,
        currency=old.currency,
        lines=old.lines,
        net_total=old.net_total,
        tax_total=old.tax_total,
        total=old.total,
        ship_to=old.ship_to,
        terms=PaymentTerms(net_days=old.payment_terms_days),
        customer_po=old.customer_po,
        partner_id=old.partner_id,
        external_ids=old.external_ids,
        requested_ship_at=old.requested_ship_at,
    )
