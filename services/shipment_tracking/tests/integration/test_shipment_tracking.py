"""Shipment tracking with real PostgreSQL, NATS and HTTP."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.shipments import (
    MilestoneRecorded,
    ShipmentDelivered,
    ShipmentFailed,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentRequested,
    ShipmentShipped,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
AT = NOW.isoformat()


def lines(quantity: int) -> list[dict[str, Any]]:
    """So many of A, as a warehouse writes it."""
    return [{"line_no": 1, "sku": "A", "quantity": quantity, "uom": "EA"}]


async def confirm(desk: Any, kind: str, **more: Any) -> Any:
    """What the warehouse posts; its event id is the kind unless told."""
    said = {"event_id": kind, "kind": kind, "shipment_id": "SHP-7-1", "at": AT, **more}
    return await desk.http.post("/warehouse/events", json=said)


async def carrier(desk: Any, event_id: str, code: str, **more: Any) -> Any:
    """What the carrier posts."""
    said = {"event_id": event_id, "code": code, "at": AT, **more}
    return await desk.http.post("/carrier/events", json=said)


async def exceptions(desk: Any) -> list[str]:
    """The codes of what was put before people."""
    return [event.code for event in await desk.emitted(ExceptionRaised)]


async def test_every_warehouse_is_asked_for_its_part(desk: Any, warehouse: Any, order: Any) -> None:
    """One shipment and one call per warehouse, numbered within the order."""
    await order(RDU=6, CLT=4)
    await desk.errands_done()
    first, second = await desk.emitted(ShipmentRequested)
    assert [first.shipment_id, second.shipment_id] == ["SHP-7-1", "SHP-7-2"]
    assert [asked["warehouse_id"] for asked in warehouse.asked] == ["RDU", "CLT"]
    assert warehouse.asked[0]["lines"][0]["sku"] == "A"
    assert warehouse.asked[0]["ship_to"]["city"] == "Raleigh"
    assert len(set(warehouse.keys)) == 2
    shown = (await desk.http.get("/shipments/SHP-7-1")).json()
    assert shown["state"] == "requested"
    assert shown["asked_at"] is not None


async def test_a_refusing_warehouse_is_put_before_a_person(
    desk: Any, warehouse: Any, order: Any
) -> None:
    """A 4xx will not pass by itself."""
    warehouse.status = 422
    await order(RDU=6)
    await desk.errands_done()
    assert await exceptions(desk) == ["warehouse_refused"]


async def test_stock_before_its_order_waits(
    desk: Any, accepted: Any, reserved: Any, warehouse_of: Any
) -> None:
    """Reserved before accepted is parked, not lost and not guessed; so is one of no warehouse."""
    await desk.deliver(reserved(RDU=10))
    [parked] = await desk.parked()
    assert parked["key"] == "ORD-7"
    await desk.deliver(accepted())
    assert await desk.emitted(ShipmentRequested) == []
    await desk.deliver(warehouse_of("RDU"))
    await desk.unparked()
    assert len(await desk.emitted(ShipmentRequested)) == 1


async def test_a_carrier_reports_under_the_number_of_any_carton(desk: Any, order: Any) -> None:
    """Parcels of one shipment travel under numbers of their own, and one for all of them."""
    await order(RDU=10)
    packages = [{"contents": lines(6), "tracking_number": "1Z1"}, {"contents": lines(4)}]
    shipped = await confirm(
        desk, "shipped", lines=lines(10), packages=packages, tracking_number="1Z9"
    )
    assert shipped.status_code == 200, shipped.text
    for number in ("1Z1", "1Z9"):
        assert (await carrier(desk, number, "AF", tracking_number=number)).status_code == 200
    [event] = await desk.emitted(ShipmentShipped)
    assert [carton.tracking_number for carton in event.cartons] == ["1Z1", "1Z9"]
    shown = (await desk.http.get("/shipments/SHP-7-1")).json()
    assert shown["tracking_numbers"] == ["1Z1", "1Z9"]
    assert len(shown["milestones"]) == 2


async def test_from_bin_to_door(desk: Any, order: Any) -> None:
    """Picked, packed, shipped, on the way, delivered: each said once, with one licence plate."""
    await order(RDU=10)
    assert (await confirm(desk, "picked", lines=lines(10))).status_code == 200
    packages = [{"contents": lines(6)}, {"contents": lines(4)}]
    packed = (await confirm(desk, "packed", lines=lines(10), packages=packages)).json()
    assert packed["state"] == "packed"
    answer = await confirm(
        desk, "shipped", lines=lines(10), carrier="UPSN", tracking_number="1Z9", bill_of_lading="B1"
    )
    plates = [package["sscc"] for package in packed["packages"]]
    assert [package["sscc"] for package in answer.json()["packages"]] == plates
    assert (await carrier(desk, "c1", "AF", tracking_number="1Z9")).status_code == 200
    done = await carrier(desk, "c2", "D1", shipment_id="SHP-7-1", signed_by="Ann")
    assert done.json()["state"] == "delivered"

    [shipped] = await desk.emitted(ShipmentShipped)
    assert [len(carton.contents) for carton in shipped.cartons] == [1, 1]
    assert [carton.tracking_number for carton in shipped.cartons] == ["1Z9", "1Z9"]
    assert len(await desk.emitted(ShipmentPicked)) == 1
    assert len(await desk.emitted(ShipmentPacked)) == 1
    assert [m.code for m in await desk.emitted(MilestoneRecorded)] == ["AF", "D1"]
    [delivered] = await desk.emitted(ShipmentDelivered)
    assert delivered.signed_by == "Ann"
    assert await exceptions(desk) == []


async def test_a_repeated_confirmation_has_no_effect(desk: Any, order: Any) -> None:
    """The second copy is answered like the first and only counted."""
    await order(RDU=10)
    first = await confirm(desk, "shipped", lines=lines(10))
    second = await confirm(desk, "shipped", lines=lines(10))
    assert second.status_code == 200
    assert second.json() == {**first.json(), "outcome": "duplicate"}
    assert len(await desk.emitted(ShipmentShipped)) == 1
    async with desk.begin() as tx:
        assert await tx.fetchval("select duplicates from confirmations") == 1
    changed = await confirm(desk, "shipped", lines=lines(9))
    assert (changed.status_code, changed.json()["code"]) == (409, "event_id_reused")


async def test_copies_at_the_same_time_count_once(desk: Any, order: Any) -> None:
    """Eight senders in a hurry, half of them under an id of their own: one dispatch."""
    await order(RDU=10)
    ids = ["same"] * 4 + ["a", "b", "c", "d"]
    answers = await asyncio.gather(
        *(confirm(desk, "shipped", event_id=event_id, lines=lines(10)) for event_id in ids)
    )
    assert {answer.status_code for answer in answers} == {200, 409}
    assert len(await desk.emitted(ShipmentShipped)) == 1


async def test_what_would_ship_again_is_refused_and_shown(desk: Any, order: Any) -> None:
    """A second dispatch under another id is a conflict for a person, told once."""
    await order(RDU=10)
    await confirm(desk, "shipped", lines=lines(10))
    for _ in range(2):
        again = await confirm(desk, "shipped", event_id="other", lines=lines(10))
        assert (again.status_code, again.json()["code"]) == (409, "already_shipped")
    assert len(await desk.emitted(ShipmentShipped)) == 1
    assert await exceptions(desk) == ["already_shipped"]


async def test_more_than_requested_is_refused_and_shown(desk: Any, order: Any) -> None:
    """Eleven of ten has no effect; the true confirmation still counts."""
    await order(RDU=10)
    answer = await confirm(desk, "shipped", event_id="wrong", lines=lines(11))
    assert answer.status_code == 422
    assert answer.json()["context"]["requested"] == "10"
    assert await exceptions(desk) == ["more_than_requested"]
    assert (await confirm(desk, "shipped", lines=lines(10))).status_code == 200


async def test_a_remainder_that_follows_is_asked_for_again(
    desk: Any, warehouse: Any, order: Any
) -> None:
    """Six of ten now; a new shipment, split from the first, asks for the four."""
    await order(RDU=10)
    await confirm(desk, "shipped", lines=lines(6), remainder="follows")
    await desk.errands_done()
    [_, rest] = await desk.emitted(ShipmentRequested)
    assert (rest.shipment_id, rest.split_from) == ("SHP-7-2", "SHP-7-1")
    assert rest.lines[0].quantity.value == 4
    assert (await desk.emitted(ShipmentShipped))[0].short == ()
    assert warehouse.asked[1]["lines"][0]["quantity"] == "4"
    async with desk.begin() as tx:
        rows = await tx.fetch("select * from audit.shipped_lines order by shipment_id")
    assert [(row["requested"], row["shipped"], row["short"]) for row in rows] == [
        (6, 6, 0),
        (4, 0, 0),
    ]


async def test_a_remainder_nobody_mentions_is_short(desk: Any, order: Any) -> None:
    """What the warehouse neither ships nor promises is short."""
    await order(RDU=10)
    await confirm(desk, "shipped", lines=lines(6))
    [shipped] = await desk.emitted(ShipmentShipped)
    assert shipped.short[0].quantity.value == 4
    assert len(await desk.emitted(ShipmentRequested)) == 1


async def test_a_failed_dispatch_says_why(desk: Any, order: Any) -> None:
    """Failed carries the warehouse's reason and everything that will not come."""
    await order(RDU=10)
    await confirm(desk, "failed", reason="fire")
    [failed] = await desk.emitted(ShipmentFailed)
    assert (failed.reason.text, failed.lines[0].quantity.value) == ("fire", 10)
    listed = (await desk.http.get("/shipments?order_id=ORD-7&state=failed")).json()
    assert [s["shipment_id"] for s in listed["shipments"]] == ["SHP-7-1"]


async def test_an_unknown_shipment_is_kept_and_shown(desk: Any, order: Any) -> None:
    """404 to the sender, an exception to the warehouse team, and the words stay here."""
    answer = await confirm(desk, "shipped", lines=lines(1))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_shipment")
    assert await exceptions(desk) == ["unknown_shipment"]
    async with desk.begin() as tx:
        assert await tx.fetchval("select outcome from confirmations") == "unmatched"
    await order(RDU=10)
    assert (await confirm(desk, "shipped", lines=lines(1))).status_code == 200


async def test_a_carrier_faster_than_the_warehouse_is_believed_later(desk: Any, order: Any) -> None:
    """Milestones under a tracking number wait for the shipment that has it."""
    await order(RDU=10)
    assert (await carrier(desk, "c1", "D1", tracking_number="1Z9")).status_code == 404
    answer = await confirm(desk, "shipped", lines=lines(10), tracking_number="1Z9")
    assert answer.json()["state"] == "delivered"
    assert len(await desk.emitted(ShipmentDelivered)) == 1
    again = await carrier(desk, "c1", "D1", tracking_number="1Z9")
    assert again.status_code == 200
    assert len(await desk.emitted(MilestoneRecorded)) == 1


async def test_delivered_but_never_shipped_is_a_missing_confirmation(desk: Any, order: Any) -> None:
    """The milestone is kept, people are told, and delivery counts once the dispatch is known."""
    await order(RDU=10)
    early = await carrier(desk, "c1", "D1", shipment_id="SHP-7-1", signed_by="Ann")
    assert early.json()["state"] == "requested"
    assert await exceptions(desk) == ["delivered_not_shipped"]
    assert await desk.emitted(ShipmentDelivered) == []
    await confirm(desk, "shipped", lines=lines(10))
    [delivered] = await desk.emitted(ShipmentDelivered)
    assert delivered.signed_by == "Ann"


async def test_a_malformed_confirmation_is_a_400(desk: Any) -> None:
    """Wrong kinds and empty ids never reach the business."""
    assert (await confirm(desk, "vanished")).status_code == 400
    assert (await confirm(desk, "shipped", event_id="")).status_code == 400
    assert (await desk.http.get("/shipments/SHP-0-0")).status_code == 404
