"""What a ship notice says, in either standard."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from crossdock_contracts import Address

from ..lines import Line


class Pack(msgspec.Struct, frozen=True):
    """One carton or pallet: its SSCC-18 and what is in it."""

    sscc: str
    lines: tuple[Line, ...]
    tracking_number: str = ""


class ShipNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What shipped; give `packs` (S-O-P-I) or, where packs are not known, `lines` (S-O-I)."""

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
