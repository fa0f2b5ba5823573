"""Requests worked off together: each gets its own answer, trace and failure."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sample.tools import heard, query, until

from crossdock import Reject, Tx
from crossdock.database import connect, with_database
from crossdock.errors import Outage
from crossdock.telemetry import Trace
from crossdock.testing import Desk, at_desk
from crossdock.together import AT_ONCE, Asked
from crossdock_contracts.shipments import MilestoneRecorded


class Notes:
    """Notes texts in one go, once its gate is open, and knows how many it got at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.gate = asyncio.Event()

    async def write(self, tx: Tx, asked: Sequence[Asked[str]]) -> list[str]:
        """Note each text and say so; whoever asks for `bad` spoils it."""
        self.sizes.append(len(asked))
        await self.gate.wait()
        for one in asked:
            tx.write("insert into heard (order_id, text) values ('note', $1)", one.what)
            tx.speak_for(one.origin)
            tx.emit(milestone(one.what, tx))
            if one.what == "bad":
                await tx.fetch("select 1")
                raise Reject("no", code="bad_note")
        return [one.what.upper() for one in asked]


def milestone(text: str, tx: Tx) -> MilestoneRecorded:
    """An event that the sample may publish."""
    return MilestoneRecorded(
        order_id="ORD-1",
        shipment_id="SHP-1",
        milestone_id=str(tx.new_id()),
        code="X1",
        recorded_at=tx.now,
        text=text,
    )


Tasks = list[asyncio.Task[str]]


async def asked_at_one_time(desk: Desk, notes: Notes, *texts: str) -> tuple[Tasks, Tasks]:
    """Requests that are worked off, as many as can be, and those that wait for the gate to open."""
    first: Tasks = []
    for number in range(1, AT_ONCE + 1):
        first.append(asyncio.create_task(desk.service.together(notes.write, f"first {number}")))
        async with asyncio.timeout(60):
            while len(notes.sizes) < number:
                await asyncio.sleep(0)
    waiting = [asyncio.create_task(desk.service.together(notes.write, text)) for text in texts]
    await asyncio.sleep(0)  # each has taken its place in the line
    return first, waiting


async def test_those_who_wait_are_answered_in_order_by_one_transaction(desk: Desk) -> None:
    """A lone request waits for nobody; what gathers meanwhile is one batch."""
    notes = Notes()
    _, waiting = await asked_at_one_time(desk, notes, "a", "b", "c")
    notes.gate.set()
    assert await asyncio.gather(*waiting) == ["A", "B", "C"]
    assert notes.sizes == [1] * AT_ONCE + [3]
    rows = await query(desk, "select text, xmin::text as transaction from heard order by nth")
    rows = [row for row in rows if not row["text"].startswith("first")]
    assert [row["text"] for row in rows] == ["a", "b", "c"]
    rows = await query(
        desk, "select count(distinct xmin::text) from heard where text in ('a', 'b')"
    )
    assert rows[0]["count"] == 1


async def test_a_bad_one_among_many_fails_alone(desk: Desk) -> None:
    """What the batch had written is undone, and everybody else is done once."""
    notes = Notes()
    _, waiting = await asked_at_one_time(desk, notes, "a", "bad", "c")
    notes.gate.set()
    first, bad, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first, last) == ("A", "C")
    assert isinstance(bad, Reject)
    texts = [text for _, text in await heard(desk) if not text.startswith("first")]
    assert texts == ["a", "c"]
    said = [event.text for event in await desk.emitted(MilestoneRecorded)]
    assert sorted(said) == sorted(text for _, text in await heard(desk))


async def test_a_caller_that_gives_up_takes_nobody_along(desk: Desk) -> None:
    """Waiting, it is left out; begun, its work is finished, and the others have their answers."""
    notes = Notes()
    begun, waiting = await asked_at_one_time(desk, notes, "a", "left", "c")
    waiting[1].cancel()
    begun[0].cancel()
    notes.gate.set()
    assert await asyncio.gather(waiting[0], waiting[2]) == ["A", "C"]
    assert notes.sizes == [1] * AT_ONCE + [2]

    async def noted() -> set[str]:
        texts = {text for _, text in await heard(desk)}
        return texts if "first 1" in texts else set()

    assert "left" not in await until(noted)


async def test_what_is_said_for_each_carries_its_own_trace_and_correlation(desk: Desk) -> None:
    """One transaction, as many traces as requests."""
    notes, traces = Notes(), {text: Trace.new() for text in "abc"}

    async def ask(text: str) -> str:
        with desk.service.tracer.step("request", traces[text]):
            return await desk.service.together(notes.write, text)

    first, _ = await asked_at_one_time(desk, notes)
    asking = [asyncio.create_task(ask(text)) for text in traces]
    await asyncio.sleep(0)
    notes.gate.set()
    assert await asyncio.gather(*asking) == ["A", "B", "C"]
    await asyncio.gather(*first)
    rows = await query(desk, "select * from crossdock.outbox")
    said = {bytes(row["body"]): row for row in rows}
    correlations = set()
    for text, trace in traces.items():
        [row] = [row for body, row in said.items() if f'"text":"{text}"'.encode() in body]
        assert row["traceparent"].split("-")[1] == trace.trace_id
        correlations.add(row["correlation_id"])
    assert len(correlations) == len(traces)
    assert notes.sizes[-1] == len(traces)


async def test_without_the_store_each_is_told_of_the_outage(desk: Desk, postgres_url: str) -> None:
    """Nobody waits for ever, and the next request after the outage is served."""
    notes = Notes()
    notes.gate.set()
    name = desk.runtime.settings.database_url.rpartition("/")[2]
    admin = await connect(with_database(postgres_url, "postgres"))
    try:
        await admin.execute(f'alter database "{name}" with allow_connections false')
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        asking = (desk.service.together(notes.write, text) for text in "abc")
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in found] == [Outage] * 3
    finally:
        await admin.execute(f'alter database "{name}" with allow_connections true')
        await admin.close()

    async def served() -> str:
        try:
            return await desk.service.together(notes.write, "d")
        except Outage:
            return ""

    assert await until(served) == "D"


async def test_a_stop_finishes_what_waits(service: Any, service_urls: Any) -> None:
    """Asked before the stop, answered by its end; asked after it, refused."""
    notes = Notes()
    async with at_desk(service, *await service_urls(service)) as desk:
        runtime = desk.runtime
        _, waiting = await asked_at_one_time(desk, notes, "a", "b")

        async def stopping() -> bool:
            return not runtime.ready

        async def let_go() -> None:
            await until(stopping)
            with pytest.raises(Outage):
                await service.together(notes.write, "late")
            notes.gate.set()

        opening = asyncio.create_task(let_go())
    await opening
    assert await asyncio.gather(*waiting) == ["A", "B"]
