"""Who carries what, for which quote, and what carriers have billed."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import FreightCharge
from crossdock_contracts.partners import FreightBilled

from ..domain.model import Shipment

CARRIAGE = "select carrier, quoted, order_id, answer from carriages where shipment_id = $1"
# Given to another carrier, a shipment waits for an answer again.
PUT_CARRIAGE = """
    insert into carriages (shipment_id, order_id, carrier, quoted, assigned_at)
    values ($1, $2, $3, $4::jsonb, $5)
    on conflict (shipment_id) do update
    set carrier = excluded.carrier, quoted = excluded.quoted, assigned_at = excluded.assigned_at,
        answer = null, answered_at = null
"""
ANSWER = "update carriages set answer = $2, answered_at = $3 where shipment_id = $1"
BILL = "select digest from freight_bills where carrier = $1 and invoice_number = $2"
IS_CHARGED = """
    select exists (select from freight_bills
                   where shipment_id = $1 and carrier = $2 and outcome = 'charged')
"""
KEEP_BILL = """
    insert into freight_bills
        (carrier, invoice_number, shipment_id, digest, body, outcome, heard_at)
    values ($1, $2, $3, $4, $5::jsonb, $6, $7)
"""

_charges = msgspec.json.Decoder(tuple[FreightCharge, ...])


class Carriage(NamedTuple):
    """Who carries a shipment, for what, and what the carrier says to that."""

    carrier: str
    quoted: tuple[FreightCharge, ...]
    order_id: str
    answer: str | None


async def carriage(tx: Tx, shipment_id: str) -> Carriage | None:
    """Who carries a shipment; None when nobody was asked to."""
    row = await tx.fetchrow(CARRIAGE, shipment_id)
    if row is None:
        return None
    quoted = _charges.decode(row["quoted"])
    return Carriage(row["carrier"], quoted, row["order_id"], row["answer"])


def put_carriage(
    tx: Tx, shipment: Shipment, carrier: str, quoted: tuple[FreightCharge, ...]
) -> None:
    """Give a shipment to a carrier."""
    body = msgspec.json.encode(quoted).decode()
    tx.write(PUT_CARRIAGE, shipment.shipment_id, shipment.order_id, carrier, body, tx.now)


def answer_carriage(tx: Tx, shipment_id: str, answer: str) -> None:
    """Keep what the carrier says."""
    tx.write(ANSWER, shipment_id, answer, tx.now)


async def bill(tx: Tx, carrier: str, invoice_number: str) -> bytes | None:
    """What a bill of that number said; None when there was none."""
    found: bytes | None = await tx.fetchval(BILL, carrier, invoice_number)
    return found


async def is_charged(tx: Tx, shipment_id: str, carrier: str) -> bool:
    """Whether the carrier's work on this shipment was charged before."""
    return bool(await tx.fetchval(IS_CHARGED, shipment_id, carrier))


def keep_bill(
    tx: Tx, event: FreightBilled, shipment_id: str | None, content: bytes, outcome: str
) -> None:
    """Keep a bill with what became of it."""
    body = msgspec.json.encode(event).decode()
    number = event.carrier, event.invoice_number
    tx.write(KEEP_BILL, *number, shipment_id, content, body, outcome, tx.now)
