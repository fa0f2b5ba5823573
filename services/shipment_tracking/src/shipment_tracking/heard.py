"""What tells a confirmation said again from another under the same id, in any release."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from crossdock.ids import digest
from crossdock_contracts.partners import FreightBilled, ShipmentConfirmed

from .domain.model import CarrierEvent, Confirmation

Said = Confirmation | CarrierEvent
NEVER = datetime.min.replace(tzinfo=UTC)


def timeless(said: Said) -> bytes:
    """What was said, but for the time: a sender that lost its notes tells the same again, later.

    What an older release heard is no news now: it knew no trace, and no number of a carton.
    """
    words = msgspec.to_builtins(replace(said, at=NEVER))
    del words["traceparent"]
    for package in words.get("packages", ()):
        if not package["tracking_number"]:
            del package["tracking_number"]
    return digest(words)


def same(event: ShipmentConfirmed | FreightBilled) -> bytes:
    """What a partner's document says, whichever document said it and whenever it came."""
    return digest(replace(event, document_id="", received_at=NEVER))
