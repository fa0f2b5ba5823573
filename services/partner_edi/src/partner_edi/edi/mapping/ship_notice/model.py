"""What a ship notice says, in either standard."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from crossdock_contracts import Address

from ..lines import Line


class Pack(msgspec.Struct, frozen=True):
    """One carton: its SSCC-18, what is in it, and the SSCC of the pallet it stands on."""

    sscc: str
    lines: tuple[Line, ...]
    tracking_number: str = ""
    pallet: str = ""


class ShipNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What shipped of one order; where no packs are known, `lines` alone says it.

    Levels are S-O-P-I with packs, S-O-T-P-I where these stand on pallets, else S-O-I.
    """

    shipment_id: str
    order_id: str
    po_number: str
    po_date: date | None
    shipped_at: datetime
    written_at: datetime
    warehouse_id: str
    ship_to: Address | None = None
    carrier: str = ""
    tracking_number: str = ""
    bill_of_lading: str = ""
    packs: tuple[Pack, ...] = ()
    lines: tuple[Line, ...] = ()
    expected_at: datetime | None = None
