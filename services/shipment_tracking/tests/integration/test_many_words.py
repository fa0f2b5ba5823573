"""Many words of a warehouse in one call: each heard by itself, none held up by another."""

from typing import Any

from crossdock_contracts.shipments import ShipmentPicked, ShipmentShipped
from shipment_tracking import words

AT = "2025-03-01T12:00:00+00:00"


def lines(quantity: int) -> list[dict[str, Any]]:
    """So many of A, as a warehouse writes it."""
    return [{"line_no": 1, "sku": "A", "quantity": quantity, "uom": "EA"}]


async def test_many_words_are_heard_in_one_call(desk: Any, order: Any) -> None:
    """In their order; a refused or malformed one is answered as such and holds up no other."""
    await order(RDU=6, CLT=4)
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
    assert len({package.sscc for event in shipped for package in event.packages}) == 2


async def test_words_of_one_call_keep_their_own_traces(desk: Any, order: Any) -> None:
    """An order can be followed although others were told together with it."""
    await order(RDU=6, CLT=4)
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


async def test_a_word_that_fails_fails_alone(desk: Any, order: Any, monkeypatch: Any) -> None:
    """What cannot be handled at all is answered with 500, and the others take effect."""
    await order(RDU=6, CLT=4)
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
