"""3PL warehouses and carriers by document: what they say counts as over HTTP, and counts once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from crossdock_contracts import FreightCharge, LineQuantity, Money, Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import (
    CarrierStatus,
    ConfirmedCarton,
    CountedLine,
    FreightBilled,
    FreightTolerance,
    ReceivingAdvised,
    ShipmentConfirmed,
    StatusReported,
    TenderAnswered,
)
from crossdock_contracts.shipments import (
    CarrierAssigned,
    FreightCharged,
    ShipmentDelivered,
    ShipmentFailed,
    ShipmentRequested,
    ShipmentShipped,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {"document_id": "D1", "received_at": NOW, "reference": "SHP-7-1"}
CARRIER = {"partner_id": "ROADWAY", "carrier": "RDWY", **DOCUMENT}


def some(value: int) -> LineQuantity:
    """So many of A."""
    return LineQuantity(line_no=1, sku="A", quantity=Quantity(Decimal(value), "EA"))


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def advice(value: int, **more: Any) -> ShipmentConfirmed:
    """The 3PL says that so many of A left."""
    lines = (some(value),) if value else ()
    return ShipmentConfirmed(
        partner_id="RENO-3PL",
        **DOCUMENT,
        shipment_id="SHP-7-1",
        warehouse_id="RNO",
        shipped_at=NOW,
        lines=lines,
        cartons=(ConfirmedCarton(contents=lines, tracking_number="1Z9"),) if lines else (),
        carrier="RDWY",
        **more,
    )


async def requested(desk: Any, accepted: Any, reserved: Any, warehouse_of: Any) -> None:
    """A shipment that a 3PL is to send."""
    await desk.deliver(accepted(), warehouse_of("RNO", "RENO-3PL"))
    await desk.deliver(reserved(RNO=10))


async def codes(desk: Any) -> list[str]:
    """What was put before people."""
    return [event.code for event in await desk.emitted(ExceptionRaised)]


async def test_a_3pl_is_asked_by_document_and_believed(
    desk: Any, warehouse: Any, accepted: Any, reserved: Any, warehouse_of: Any
) -> None:
    """Nobody calls it; what it could not find is short, what it says again has no effect."""
    await requested(desk, accepted, reserved, warehouse_of)
    [asked] = await desk.emitted(ShipmentRequested)
    assert asked.partner_id == "RENO-3PL"
    await desk.deliver(advice(8), replace(advice(8), document_id="D2"))
    await desk.errands_done()
    assert warehouse.asked == []
    [shipped] = await desk.emitted(ShipmentShipped)
    assert (shipped.lines, shipped.short) == ((some(8),), (some(2),))
    assert shipped.tracking_numbers == ("1Z9",)
    assert await codes(desk) == []
    await desk.deliver(advice(10))
    assert await codes(desk) == ["already_shipped"]


async def test_a_3pl_that_shipped_nothing_or_part_of_it(
    desk: Any, accepted: Any, reserved: Any, warehouse_of: Any
) -> None:
    """What follows is asked for again, of the same 3PL; nothing at all is a failed dispatch."""
    await requested(desk, accepted, reserved, warehouse_of)
    await desk.deliver(advice(4, remainder="follows"))
    _, rest = await desk.emitted(ShipmentRequested)
    assert (rest.partner_id, rest.split_from, rest.lines) == ("RENO-3PL", "SHP-7-1", (some(6),))
    await desk.deliver(replace(advice(0), shipment_id="SHP-7-2", reference="SHP-7-2"))
    [failed] = await desk.emitted(ShipmentFailed)
    assert (failed.reason.code, failed.lines) == ("nothing_shipped", (some(6),))


QUOTE = {
    "carrier": "RDWY",
    "quoted": [
        {"kind": "linehaul", "code": "400", "amount": {"amount": "200.00", "currency": "USD"}},
        {"kind": "fuel", "code": "FUE", "amount": {"amount": "40.00", "currency": "USD"}},
    ],
}
BILL = FreightBilled(
    **{**CARRIER, "reference": "FB-1"},
    invoice_number="FB-1",
    billed_on=date(2025, 3, 5),
    total=usd("243.00"),
    charges=(
        FreightCharge(kind="linehaul", amount=usd("203.00"), code="400"),
        FreightCharge(kind="fuel", amount=usd("40.00"), code="FUE"),
    ),
    tolerance=FreightTolerance(amount=usd("5.00"), rate=Decimal("0.02")),
    shipment_id="SHP-7-1",
)


async def test_a_carrier_is_offered_a_load_and_bills_what_it_quoted(desk: Any, order: Any) -> None:
    """Within the tolerance it is charged, once; the same number for another bill is shown."""
    await order(RDU=10)
    first = await desk.http.put("/shipments/SHP-7-1/carrier", json=QUOTE)
    again = await desk.http.put("/shipments/SHP-7-1/carrier", json=QUOTE)
    assert (first.status_code, again.status_code) == (200, 200)
    [offered] = await desk.emitted(CarrierAssigned)
    assert (offered.total, offered.lines) == (usd("240.00"), (some(10),))
    await desk.deliver(TenderAnswered(**CARRIER, shipment_id="SHP-7-1", answer="accepted"))
    await desk.deliver(BILL, replace(BILL, document_id="D9"))
    [charged] = await desk.emitted(FreightCharged)
    assert (charged.amount, charged.charge_id) == (usd("243.00"), "RDWY:FB-1")
    await desk.deliver(replace(BILL, total=usd("250.00")))
    await desk.deliver(replace(BILL, invoice_number="FB-2", reference="FB-2"))
    assert await codes(desk) == ["freight_invoice_reused", "freight_billed_again"]
    assert len(await desk.emitted(FreightCharged)) == 1


async def test_a_bill_beyond_its_quote_is_finances_business(desk: Any, order: Any) -> None:
    """With the values in it; so is one of a carrier that was never asked, or of no shipment."""
    await order(RDU=10)
    await desk.deliver(BILL)
    await desk.http.put("/shipments/SHP-7-1/carrier", json=QUOTE)
    lift = FreightCharge(kind="accessorial", amount=usd("45.00"), code="LFT")
    more = {"charges": (*BILL.charges, lift), "total": usd("288.00")}
    await desk.deliver(replace(BILL, invoice_number="FB-2", reference="FB-2", **more))
    await desk.deliver(
        replace(BILL, invoice_number="FB-3", reference="FB-3", shipment_id="SHP-8-1")
    )
    raised = await desk.emitted(ExceptionRaised)
    assert [event.code for event in raised] == [
        "freight_unquoted",
        "freight_differs",
        "freight_unmatched",
    ]
    assert {event.team for event in raised} == {"finance"}
    assert "accessorial LFT: quoted 0, billed 45.00, 45.00 more, 0 allowed" in raised[1].text
    assert await desk.emitted(FreightCharged) == []


async def test_a_load_that_is_declined_goes_to_another(desk: Any, order: Any) -> None:
    """A person is told why; who has not declined keeps the load."""
    await order(RDU=10)
    await desk.http.put("/shipments/SHP-7-1/carrier", json=QUOTE)
    other = {**QUOTE, "carrier": "ABFS"}
    refused = await desk.http.put("/shipments/SHP-7-1/carrier", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_assigned")
    no = TenderAnswered(**CARRIER, shipment_id="SHP-7-1", answer="declined", reason="no trucks")
    await desk.deliver(no, no)
    assert await codes(desk) == ["tender_declined"]
    assert (await desk.http.put("/shipments/SHP-7-1/carrier", json=other)).status_code == 200
    assert [a.carrier for a in await desk.emitted(CarrierAssigned)] == ["RDWY", "ABFS"]


async def test_a_carriers_statuses_are_its_words(
    desk: Any, accepted: Any, reserved: Any, warehouse_of: Any
) -> None:
    """Told twice in two documents, delivered once; what the customer counted is compared."""
    await requested(desk, accepted, reserved, warehouse_of)
    await desk.deliver(advice(10))
    said = CarrierStatus(status_id="SHP-7-1:D1:1530", code="D1", at=NOW, place="Raleigh NC")
    report = StatusReported(**CARRIER, statuses=(said,), tracking_number="1Z9")
    await desk.deliver(report, replace(report, document_id="D8"))
    assert len(await desk.emitted(ShipmentDelivered)) == 1
    counted = ReceivingAdvised(
        partner_id="STORE",
        **DOCUMENT,
        customer_id="C1",
        shipment_id="SHP-7-1",
        counted_on=date(2025, 3, 4),
        lines=(CountedLine(line_no=1, sku="A", received=some(10).quantity),),
    )
    await desk.deliver(counted)
    assert await codes(desk) == []
    nine = CountedLine(line_no=1, sku="A", received=some(9).quantity, damaged=some(1).quantity)
    await desk.deliver(replace(counted, lines=(nine,)))
    [told] = await desk.emitted(ExceptionRaised)
    assert (told.code, told.order_id) == ("received_differs", "ORD-7")
    assert "10 left, 9 received, 1 refused" in told.text
