"""A profile for a new partner, as text: asked for field by field, and valid when it is written."""

from __future__ import annotations

import msgspec

from ..book import ProfileError, parsed
from ..edi.envelope import Standard
from ..edi.mapping import Document, code_of
from ..profiles import ROLE_ID, Profile

# What is usual with each kind of partner: what it sends, and what it gets.
USUAL: dict[str, tuple[tuple[Document, ...], tuple[Document, ...]]] = {
    "customer": (("purchase_order",), ("order_response", "ship_notice", "invoice")),
    "supplier": (("order_response", "ship_notice"), ("purchase_order",)),
    "warehouse": (
        ("warehouse_shipment", "transfer_receipt"),
        ("warehouse_order", "transfer_advice"),
    ),
    "carrier": (("tender_response", "carrier_status", "freight_invoice"), ("load_tender",)),
}
RELEASE = {"X12": "004010", "EDIFACT": "D:96A:UN"}


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known of a partner; addresses are `qualifier/id`."""

    partner_id: str
    name: str
    role: str
    party_id: str
    standard: str
    address: str
    our_address: str
    release: str
    receives: tuple[str, ...]
    sends: tuple[str, ...]
    usage: str = "T"


def usual(role: str, standard: str) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """What such a partner sends and gets, as far as its standard has sets for it.

    Where it has none at all, everything: the profile's own check says then what is lacking.
    """
    spoken: Standard = "EDIFACT" if standard == "EDIFACT" else "X12"
    receives, sends = USUAL.get(role, ((), ()))
    known = (
        tuple(document for document in receives if code_of(document, spoken)),
        tuple(document for document in sends if code_of(document, spoken)),
    )
    return known if any(known) else (receives, sends)


def text_of(partner: Newcomer) -> str:
    """The profile's YAML; ProfileError tells what of it cannot be."""
    if partner.role not in ROLE_ID:
        raise ProfileError(f"role={partner.role!r}: one of {', '.join(ROLE_ID)}")
    receives, sends = _list(partner.receives), _list(partner.sends)
    text = f"""\
# {partner.name}: begun in test; usage P when both sides agree.
partner_id: {_json(partner.partner_id)}
name: {_json(partner.name)}
role: {partner.role}
{ROLE_ID[partner.role]}: {_json(partner.party_id)}
standard: {partner.standard}
addresses: [{_address(partner.address)}]
our_addresses: [{_address(partner.our_address)}]
usage: {partner.usage}
inbound:
  releases: [{_json(partner.release)}]
  documents: {receives}
outbound:
  release: {_json(partner.release)}
  documents: {sends}
"""
    profile: Profile = parsed(text.encode(), f"{partner.partner_id}.yaml")
    assert profile.partner_id == partner.partner_id
    return text


def _json(value: str) -> str:
    """A JSON string is a YAML string, whatever is in it."""
    return msgspec.json.encode(value).decode()


def _list(names: tuple[str, ...]) -> str:
    return f"[{', '.join(names)}]"


def _address(given: str) -> str:
    qualifier, slash, own = given.partition("/")
    if not slash:
        qualifier, own = "", given
    return f"{{qualifier: {_json(qualifier)}, id: {_json(own)}}}"
