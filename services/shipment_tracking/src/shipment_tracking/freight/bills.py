"""A shipment given to a carrier, and the carrier's bill for it."""

from __future__ import annotations

import msgspec

from crossdock import Tx
from crossdock_contracts import FreightCharge, Instant, Money
from crossdock_contracts.partners import FreightBilled, TenderAnswered
from crossdock_contracts.shipments import CarrierAssigned, FreightCharged

from .. import store as shipments
from ..domain import freight
from ..domain.model import Refusal, Shipment
from ..heard import same
from . import store


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall carry a shipment, at which charges: what transport planning decided."""

    carrier: str
    quoted: tuple[FreightCharge, ...]
    pickup_at: Instant | None = None


async def assign(tx: Tx, shipment: Shipment, chosen: Assignment) -> CarrierAssigned | None:
    """Give a shipment to a carrier, once; None when it has been given to it before."""
    if not chosen.quoted or len(freight.currencies(chosen.quoted)) > 1:
        raise Refusal(422, "bad_quote", "a quote has charges, all in one currency")
    before = await store.carriage(tx, shipment.shipment_id)
    if before is not None:
        if (before.carrier, before.quoted) == (chosen.carrier, chosen.quoted):
            return None
        if before.answer != "declined":
            text = f"{shipment.shipment_id} goes with {before.carrier}, which has not declined it"
            raise Refusal(409, "already_assigned", text, carrier=before.carrier)
    store.put_carriage(tx, shipment, chosen.carrier, chosen.quoted)
    return CarrierAssigned(
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
        warehouse_id=shipment.warehouse_id,
        carrier=chosen.carrier,
        assigned_at=tx.now,
        quoted=chosen.quoted,
        total=_total(chosen.quoted),
        ship_to=shipment.ship_to,
        lines=shipment.asked,
        pickup_at=chosen.pickup_at,
    )


async def hear_answer(tx: Tx, event: TenderAnswered) -> None:
    """Keep whether the carrier takes it; a no needs somebody who finds another carrier."""
    known = await store.carriage(tx, event.shipment_id)
    if known is None or known.carrier != event.carrier:
        _raise(tx, event, "tender_unknown", f"{event.shipment_id} was not offered to it", None)
        return
    if known.answer == event.answer:
        return
    store.answer_carriage(tx, event.shipment_id, event.answer)
    if event.answer == "declined":
        why = event.reason or "no reason was given"
        text = f"{event.shipment_id} is declined: {why}; assign another carrier"
        _raise(tx, event, "tender_declined", text, known.order_id)


async def hear_bill(tx: Tx, event: FreightBilled) -> FreightCharged | None:
    """Charge what was quoted, within the tolerance; anything else is put before finance, once."""
    await tx.lock(f"bill:{event.carrier}:{event.invoice_number}")
    content = same(event)
    before = await store.bill(tx, event.carrier, event.invoice_number)
    if before is not None:
        if before != content:
            text = "the number was used before for another bill; nothing of this one is charged"
            _raise(tx, event, "freight_invoice_reused", text, None)
        return None
    numbers = [event.tracking_number] if event.tracking_number else []
    ids = [event.shipment_id] if event.shipment_id else []
    found = await shipments.lock_shipments(tx, ids, [] if ids else numbers)
    shipment = found[0] if found else None
    why = await _doubt(tx, event, shipment)
    outcome = "refused" if why or shipment is None else "charged"
    store.keep_bill(tx, event, shipment.shipment_id if shipment else None, content, outcome)
    if shipment is None or why:
        code, text = why or ("freight_unmatched", "")
        _raise(tx, event, code, text, shipment.order_id if shipment else None)
        return None
    return FreightCharged(
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
        charge_id=f"{event.carrier}:{event.invoice_number}",
        carrier=event.carrier,
        amount=event.total,
        charged_at=tx.now,
        charges=event.charges,
    )


async def _doubt(tx: Tx, event: FreightBilled, shipment: Shipment | None) -> tuple[str, str] | None:
    """Why a bill may not be charged: a code and the sentence; None when it may."""
    name = event.shipment_id or event.tracking_number
    if shipment is None:
        return "freight_unmatched", f"no shipment is known as {name!r}"
    known = await store.carriage(tx, shipment.shipment_id)
    if known is None or known.carrier != event.carrier:
        given = f"it was given to {known.carrier}" if known else "no carrier was assigned"
        return "freight_unquoted", f"{shipment.shipment_id}: nothing was quoted, {given}"
    if await store.is_charged(tx, shipment.shipment_id, event.carrier):
        return "freight_billed_again", f"{shipment.shipment_id} was charged before"
    said = freight.currencies([*event.charges, *known.quoted]) | {event.total.currency}
    if len(said | {event.tolerance.amount.currency}) > 1:
        return "freight_differs", f"bill, quote and tolerance are in {', '.join(sorted(said))}"
    beyond = freight.differences(known.quoted, event.charges, event.total, event.tolerance)
    if beyond:
        return "freight_differs", "; ".join(difference.sentence() for difference in beyond)
    return None


def _raise(
    tx: Tx, event: FreightBilled | TenderAnswered, code: str, text: str, order_id: str | None
) -> None:
    bill = event.invoice_number if isinstance(event, FreightBilled) else ""
    what = f"{event.carrier} bills with {bill}" if bill else f"{event.carrier} answers"
    tx.raise_exception(
        code=code,
        text=f"{what}: {text}",
        team="finance" if bill else "warehouse",
        about=order_id or event.shipment_id or event.reference,
        order_id=order_id,
        context={
            "carrier": event.carrier,
            "shipment_id": event.shipment_id or "",
            "document_id": event.document_id,
            **({"invoice_number": bill, "total": _said(event)} if bill else {}),
        },
    )


def _said(event: FreightBilled | TenderAnswered) -> str:
    if not isinstance(event, FreightBilled):
        return ""
    return f"{event.total.amount:f} {event.total.currency}"


def _total(charges: tuple[FreightCharge, ...]) -> Money:
    total = Money.zero(charges[0].amount.currency)
    for charge in charges:
        total = total + charge.amount
    return total
