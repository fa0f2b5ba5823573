"""A word said again reads the same, whichever release heard it first."""

import msgspec
import pytest

from shipment_tracking.domain.model import CarrierEvent, Confirmation
from shipment_tracking.heard import Said, timeless

AT = "2026-03-02T14:40:00Z"
LINE = {"line_no": 1, "sku": "A", "quantity": "10.50", "uom": "EA"}
WAREHOUSE = {
    "event_id": "w1",
    "kind": "shipped",
    "shipment_id": "SHP-7-1",
    "at": AT,
    "lines": [LINE],
    "packages": [{"contents": [LINE]}],
    "tracking_number": "1Z9",
    "reason": {"code": "late", "text": "no"},
}
CARRIER = {"event_id": "c1", "code": "AF", "at": AT, "tracking_number": "1Z9"}
# As the first release noted them; its database has them.
NOTED = {
    "warehouse": "3928ef1d959098baf5ecb7e3a4a2554f1d383d92fe00349c637ca96ddd7ff637",
    "carrier": "dbb60fdf126ab4e0eeefc6888e0a723c26ae60ba7e0dd4c420d8c1b7cc4745c3",
}


@pytest.mark.parametrize(("words", "kind"), [(WAREHOUSE, Confirmation), (CARRIER, CarrierEvent)])
def test_what_an_older_release_heard_is_no_news(words: object, kind: type[Said]) -> None:
    """Or a warehouse that repeats itself after an upgrade would be refused."""
    said = msgspec.convert(words, kind)
    assert timeless(said).hex() == NOTED[said.source]
    assert timeless(msgspec.structs.replace(said, event_id="other")).hex() != NOTED[said.source]


def test_a_number_of_a_carton_is_news() -> None:
    """It was not said before."""
    packages = [{"contents": [LINE], "tracking_number": "1Z1"}]
    said = msgspec.convert({**WAREHOUSE, "packages": packages}, Confirmation)
    assert timeless(said).hex() != NOTED["warehouse"]
    assert said.tracking_numbers == ("1Z9", "1Z1")
