"""Shipment tracking with real PostgreSQL, NATS and HTTP."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock_contracts import Address, Allocation, Money, PaymentTerms, Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted, OrderLine
from crossdock_contracts.shipments import (
    MilestoneRecorded,
    ShipmentDelivered,
    ShipmentFailed,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentRequested,
    ShipmentShipped,
)
from shipment_tracking import words

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
AT = NOW.isoformat()


def accepted() -> OrderAccepted:
    """An order for ten of A."""
    total = Money(Decimal("20.00"), "USD")
    line = OrderLine(
        line_no=1,
        sku="A",
        description="Bolt",
        quantity=Quantity(Decimal(10), "EA"),
        unit_price=Money(Decimal("2.00"), "USD"),
        net=total,
    )
    return OrderAccepted(
        order_id="ORD-7",
        channel="api",
        customer_id="C1",
        accepted_at=NOW,
        currency="USD",
        lines=(line,),
        net_total=total,
        tax_total=Money.zero("USD"),
        total=total,
        ship_to=Address(name="Store 7", city="Raleigh"),
        terms=PaymentTerms(net_days=30),
    )


def reserved(**by_warehouse: int) -> StockReserved:
    """So many of A in each warehouse."""
    return StockReserved(
        order_id="ORD-7",
        reservation_id="R1",
        reserved_at=NOW,
        allocations=tuple(
            Allocation(
                line_no=1, sku="A", warehouse_id=name, quantity=Quantity(Decimal(value), "EA")
            )
            for name, value in by_warehouse.items()
        ),
    )


async def order(desk: Any, **by_warehouse: int) -> None:
    """An order that is known here, and then its stock."""
    await desk.deliver(accepted())
    await desk.deliver(reserved(**by_warehouse))


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


async def test_every_warehouse_is_asked_for_its_part(desk: Any, warehouse: Any) -> None:
    """One shipment and one call per warehouse, numbered within the order."""
    await order(desk, RDU=6, CLT=4)
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


async def test_a_refusing_warehouse_is_put_before_a_person(desk: Any, warehouse: Any) -> None:
    """A 4xx will not pass by itself."""
    warehouse.status = 422
    await order(desk, RDU=6)
    await desk.errands_done()
    assert await exceptions(desk) == ["warehouse_refused"]


async def test_stock_before_its_order_waits(desk: Any) -> None:
    """Reserved before accepted is parked, not lost and not guessed."""
    await desk.deliver(reserved(RDU=10))
    [parked] = await desk.parked()
    assert parked["key"] == "ORD-7"
    assert await desk.emitted(ShipmentRequested) == []
    await desk.deliver(accepted())
    await desk.unparked()
    assert len(await desk.emitted(ShipmentRequested)) == 1


async def test_a_carrier_reports_under_the_number_of_any_carton(desk: Any) -> None:
    """Parcels of one shipment travel under numbers of their own, and one for all of them."""
    await order(desk, RDU=10)
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


async def test_from_bin_to_door(desk: Any) -> None:
    """Picked, packed, shipped, on the way, delivered: each said once, with one licence plate."""
    await order(desk, RDU=10)
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


async def test_a_repeated_confirmation_has_no_effect(desk: Any) -> None:
    """The second copy is answered like the first and only counted."""
    await order(desk, RDU=10)
    first = await confirm(desk, "shipped", lines=lines(10))
    second = await confirm(desk, "shipped", lines=lines(10))
    assert second.status_code == 200
    assert second.json() == {**first.json(), "outcome": "duplicate"}
    assert len(await desk.emitted(ShipmentShipped)) == 1
    async with desk.begin() as tx:
        assert await tx.fetchval("select duplicates from confirmations") == 1
    changed = await confirm(desk, "shipped", lines=lines(9))
    assert (changed.status_code, changed.json()["code"]) == (409, "event_id_reused")


async def test_copies_at_the_same_time_count_once(desk: Any) -> None:
    """Eight senders in a hurry, half of them under an id of their own: one dispatch."""
    await order(desk, RDU=10)
    ids = ["same"] * 4 + ["a", "b", "c", "d"]
    answers = await asyncio.gather(
        *(confirm(desk, "shipped", event_id=event_id, lines=lines(10)) for event_id in ids)
    )
    assert {answer.status_code for answer in answers} == {200, 409}
    assert len(await desk.emitted(ShipmentShipped)) == 1


async def test_what_would_ship_again_is_refused_and_shown(desk: Any) -> None:
    """A second dispatch under another id is a conflict for a person, told once."""
    await order(desk, RDU=10)
    await confirm(desk, "shipped", lines=lines(10))
    for _ in range(2):
        again = await confirm(desk, "shipped", event_id="other", lines=lines(10))
        assert (again.status_code, again.json()["code"]) == (409, "already_shipped")
    assert len(await desk.emitted(ShipmentShipped)) == 1
    assert await exceptions(desk) == ["already_shipped"]


async def test_more_than_requested_is_refused_and_shown(desk: Any) -> None:
    """Eleven of ten has no effect; the true confirmation still counts."""
    await order(desk, RDU=10)
    answer = await confirm(desk, "shipped", event_id="wrong", lines=lines(11))
    assert answer.status_code == 422
    assert answer.json()["context"]["requested"] == "10"
    assert await exceptions(desk) == ["more_than_requested"]
    assert (await confirm(desk, "shipped", lines=lines(10))).status_code == 200


async def test_a_remainder_that_follows_is_asked_for_again(desk: Any, warehouse: Any) -> None:
    """Six of ten now; a new shipment, split from the first, asks for the four."""
    await order(desk, RDU=10)
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


async def test_a_remainder_nobody_mentions_is_short(desk: Any) -> None:
    """What the warehouse neither ships nor promises is short."""
    await order(desk, RDU=10)
    await confirm(desk, "shipped", lines=lines(6))
    [shipped] = await desk.emitted(ShipmentShipped)
    assert shipped.short[0].quantity.value == 4
    assert len(await desk.emitted(ShipmentRequested)) == 1


async def test_a_failed_dispatch_says_why(desk: Any) -> None:
    """Failed carries the warehouse's reason and everything that will not come."""
    await order(desk, RDU=10)
    await confirm(desk, "failed", reason="fire")
    [failed] = await desk.emitted(ShipmentFailed)
    assert (failed.reason.text, failed.lines[0].quantity.value) == ("fire", 10)
    listed = (await desk.http.get("/shipments?order_id=ORD-7&state=failed")).json()
    assert [s["shipment_id"] for s in listed["shipments"]] == ["SHP-7-1"]


async def test_an_unknown_shipment_is_kept_and_shown(desk: Any) -> None:
    """404 to the sender, an exception to the warehouse team, and the words stay here."""
    answer = await confirm(desk, "shipped", lines=lines(1))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_shipment")
    assert await exceptions(desk) == ["unknown_shipment"]
    async with desk.begin() as tx:
        assert await tx.fetchval("select outcome from confirmations") == "unmatched"
    await order(desk, RDU=10)
    assert (await confirm(desk, "shipped", lines=lines(1))).status_code == 200


async def test_a_carrier_faster_than_the_warehouse_is_believed_later(desk: Any) -> None:
    """Milestones under a tracking number wait for the shipment that has it."""
    await order(desk, RDU=10)
    assert (await carrier(desk, "c1", "D1", tracking_number="1Z9")).status_code == 404
    answer = await confirm(desk, "shipped", lines=lines(10), tracking_number="1Z9")
    assert answer.json()["state"] == "delivered"
    assert len(await desk.emitted(ShipmentDelivered)) == 1
    again = await carrier(desk, "c1", "D1", tracking_number="1Z9")
    assert again.status_code == 200
    assert len(await desk.emitted(MilestoneRecorded)) == 1


async def test_delivered_but_never_shipped_is_a_missing_confirmation(desk: Any) -> None:
    """The milestone is kept, people are told, and delivery counts once the dispatch is known."""
    await order(desk, RDU=10)
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


async def test_many_words_are_heard_in_one_call(desk: Any) -> None:
    """In their order; a refused or malformed one is answered as such and holds up no other."""
    await order(desk, RDU=6, CLT=4)
    said = [
        {"event_id": "1", "kind": "picked", "shipment_id": "SHP-7-1", "at": AT, "lines": lines(6)},
        {"event_id": "2", "kind": "dropped", "shipment_id": "SHP-7-1", "at": AT},
        {"event_id": "3", "kind": "picked", "shipment_id": "SHP-9-9", "at": AT, "lines": lines(6)},
        {"event_id": "4", "kind": "shipped", "shipment_id": "SHP-7-1", "at": AT, "lines": lines(6)},
        {"event_id": "5", "kind": "shipped", "shipment_id": "SHP-7-2", "at": AT, "lines": lines(4)},
        {"event_id": "4", "kind": "shipped", "shipment_id": "SHP-7-1", "at": AT, "lines": lines(6)},
    ]
    reply = await desk.http.post("/warehouse/events/batch", json={"events": said})
    found = reply.json()["answers"]
    assert [answer["status"] for answer in found] == [200, 400, 404, 200, 200, 200]
    assert [answer["outcome"] for answer in found[-2:]] == ["taken", "duplicate"]
    shipped = await desk.emitted(ShipmentShipped)
    assert [event.shipment_id for event in shipped] == ["SHP-7-1", "SHP-7-2"]
    assert len({carton.sscc for event in shipped for carton in event.cartons}) == 2


async def test_words_of_one_call_keep_their_own_traces(desk: Any) -> None:
    """An order can be followed although others were told together with it."""
    await order(desk, RDU=6, CLT=4)
    said = [
        {
            "event_id": str(n),
            "kind": "picked",
            "shipment_id": f"SHP-7-{n}",
            "at": AT,
            "lines": lines(quantity),
            "traceparent": f"00-{n:032x}-{n:016x}-01",
        }
        for n, quantity in ((1, 6), (2, 4))
    ]
    await desk.http.post("/warehouse/events/batch", json={"events": said})
    async with desk.begin() as tx:
        sql = "select traceparent from crossdock.outbox where type = $1 order by id"
        rows = await tx.fetch(sql, "shipments.picked.v1")
    assert [row["traceparent"][3:35] for row in rows] == [f"{1:032x}", f"{2:032x}"]


async def test_a_word_that_fails_fails_alone(desk: Any, monkeypatch: Any) -> None:
    """What cannot be handled at all is answered with 500, and the others take effect."""
    await order(desk, RDU=6, CLT=4)
    real = words.events.picked

    def picked(it: Any, *rest: Any) -> Any:
        """Break on one shipment."""
        if it.shipment_id == "SHP-7-1":
            raise ZeroDivisionError
        return real(it, *rest)

    monkeypatch.setattr(words.events, "picked", picked)
    said = [
        {"event_id": f"{n}", "kind": "picked", "shipment_id": f"SHP-7-{n}", "at": AT}
        | {"lines": lines(quantity)}
        for n, quantity in ((1, 6), (2, 4))
    ]
    reply = await desk.http.post("/warehouse/events/batch", json={"events": said})
    assert [answer["status"] for answer in reply.json()["answers"]] == [500, 200]
    [event] = await desk.emitted(ShipmentPicked)
    assert event.shipment_id == "SHP-7-2"
