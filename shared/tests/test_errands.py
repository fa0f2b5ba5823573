"""Errands: after the commit, in order per key, at least once, their end with their outcome."""

import asyncio

import msgspec
import structlog
from sample.app import BROKEN, CALLS, Call, make_call, replica
from sample.tools import heard, placed, query, until

from crossdock.errands import SQL
from crossdock.errors import Reject, RetryLater
from crossdock.testing import at_desk
from crossdock_contracts.exceptions import ExceptionRaised


async def test_calls_of_one_key_are_made_in_order_and_once(desk):
    """Many orders, several calls each: within an order the second waits for the first."""
    await desk.deliver(*(placed(n, *(f"{n}-{call}" for call in range(4))) for n in range(30)))
    await desk.errands_done()
    assert sorted(CALLS) == sorted(f"{n}-{call}" for n in range(30) for call in range(4))
    for n in range(30):
        mine = [text for text in CALLS if text.startswith(f"{n}-")]
        assert mine == [f"{n}-{call}" for call in range(4)]
    assert len(await heard(desk)) == 120


async def test_a_call_that_fails_is_made_again_with_the_same_id(desk):
    """Retried with back-off until it succeeds; the idempotency key never changes."""
    BROKEN["pay"] = ConnectionError("warehouse is away")
    await desk.deliver(placed(1, "pay", "behind"))

    async def tried_twice() -> bool:
        rows = await query(desk, "select attempts from crossdock.errands order by sequence")
        return rows[0]["attempts"] >= 2

    await until(tried_twice)
    assert CALLS == []  # what lies behind in the key waits
    BROKEN.pop("pay")
    await desk.errands_done()
    assert CALLS == ["pay", "behind"]
    ids = BROKEN["ids"]["pay"]
    assert len(ids) >= 3
    assert len(set(ids)) == 1


async def test_what_another_release_asked_for_is_left_to_it(desk):
    """A call of a kind that this one does not know is not claimed, and holds only its own key."""
    await query(
        desk,
        "insert into crossdock.errands (id, kind, key, payload, correlation_id, traceparent) "
        "values (gen_random_uuid(), 'newer', 'ORD-9', '{}', gen_random_uuid(), '')",
    )
    await desk.deliver(placed(1, "known"))

    async def made() -> bool:
        rows = await query(desk, "select kind from crossdock.errands")
        return [row["kind"] for row in rows] == ["newer"]

    await until(made)
    [claimed] = await query(desk, "select claimed_by from crossdock.errands")
    assert (CALLS, claimed["claimed_by"]) == (["known"], None)


async def test_the_call_carries_its_id_and_trace(desk):
    """Headers for the other side: Idempotency-Key, and the trace of who asked for it."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await desk.deliver(placed(1, "one"), traceparent=trace)
    await desk.errands_done()
    [headers] = BROKEN["headers"]
    assert headers["Idempotency-Key"] == str(BROKEN["ids"]["one"][0])
    assert headers["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


async def test_a_rejected_call_is_dead_and_told_and_holds_its_key(desk):
    """The outside says no: exceptions.raised to the team; later calls of the key wait."""
    BROKEN["pay"] = Reject("card declined", code="declined", team="finance", context={"pan": 4})
    await desk.deliver(placed(1, "pay", "behind"), placed(2, "other"))
    [raised] = await desk.eventually(ExceptionRaised)
    assert (raised.code, raised.team, raised.kind, raised.about) == (
        "declined",
        "finance",
        "business",
        "ORD-1",
    )
    assert raised.context["pan"] == "4"
    assert raised.context["errand"] == "call"
    assert msgspec.json.decode(raised.context["payload"])["text"] == "pay"

    async def other_made() -> bool:
        return CALLS == ["other"]

    async def other_settled() -> bool:
        # A call is noted before it is settled: only then has its row gone.
        [counts] = await query(desk, SQL.counts)
        return (counts["dead"], counts["due"]) == (1, 1)

    await until(other_made)
    await until(other_settled)
    assert CALLS == ["other"]


async def test_a_call_that_never_succeeds_is_dead_after_its_limit(service, service_urls):
    """Technical failures end too, as a question to IT."""
    nats_url, database_url = await service_urls(service)
    BROKEN["pay"] = RetryLater("not yet", after=0.01)
    async with at_desk(service, nats_url, database_url, errand_attempts=2) as desk:
        BROKEN["pay"] = OSError("gone")
        await desk.deliver(placed(1, "pay"))
        [raised] = await desk.eventually(ExceptionRaised)
        assert (raised.code, raised.team, raised.kind) == ("errand_failed", "it", "technical")
        assert raised.attempts == 2


async def test_an_outcome_that_cannot_be_recorded_leaves_the_call_to_be_made_again(desk):
    """Roll-back inside settle takes the errand's end with it."""
    BROKEN["settle:pay"] = ZeroDivisionError("while recording")
    await desk.deliver(placed(1, "pay"))

    async def called_twice() -> bool:
        return CALLS.count("pay") >= 2

    await until(called_twice)
    assert await heard(desk) == []
    BROKEN.pop("settle:pay")
    await desk.errands_done()
    assert await heard(desk) == [("ORD-1", "pay")]


async def test_a_graceful_stop_lets_a_call_finish_and_gives_back_the_others(service, service_urls):
    """The call under way is recorded; another replica makes the rest without waiting."""
    nats_url, database_url = await service_urls(service)
    gate = BROKEN["gate:slow"] = asyncio.Event()
    async with at_desk(service, nats_url, database_url) as desk:
        await desk.deliver(placed(1, "slow", "behind"))

        async def begun() -> bool:
            return bool(BROKEN.get("ids"))

        await until(begun)
        asyncio.get_running_loop().call_later(0.2, gate.set)
    assert CALLS == ["slow"]
    async with at_desk(replica(), nats_url, database_url) as desk:
        await desk.errands_done()
        assert CALLS == ["slow", "behind"]
        assert await heard(desk) == [("ORD-1", "slow"), ("ORD-1", "behind")]


async def test_a_call_taken_over_by_another_replica_records_nothing_here(desk):
    """A replica that wakes up late finds its claim gone: its outcome is not recorded twice."""
    gate = BROKEN["gate:slow"] = asyncio.Event()
    await desk.deliver(placed(1, "slow"))

    async def begun() -> bool:
        return bool(BROKEN.get("ids"))

    await until(begun)
    taken = "update crossdock.errands set claimed_by = 'other', claimed_until = now() + '1 hour'"
    await query(desk, taken)
    with structlog.testing.capture_logs() as logs:
        gate.set()

        async def refused() -> bool:
            return any(line["event"] == "errand not settled" for line in logs)

        await until(refused)
    assert await heard(desk) == []
    [row] = await query(desk, "select claimed_by, state from crossdock.errands")
    assert (row["claimed_by"], row["state"]) == ("other", "due")


async def test_a_call_that_fails_after_it_was_taken_over_says_nothing(desk):
    """What becomes of it is for the replica to say that has it now: no second dead letter."""
    gate = BROKEN["gate:slow"] = asyncio.Event()
    BROKEN["slow"] = Reject("declined", code="declined")
    await desk.deliver(placed(1, "slow"))

    async def begun() -> bool:
        return bool(BROKEN.get("ids"))

    await until(begun)
    taken = "update crossdock.errands set claimed_by = 'other', claimed_until = now() + '1 hour'"
    await query(desk, taken)
    gate.set()

    async def ended() -> bool:
        return not desk.runtime.errand_runner._running

    await until(ended)
    assert await desk.emitted(ExceptionRaised) == []
    [row] = await query(desk, "select claimed_by, state from crossdock.errands")
    assert (row["claimed_by"], row["state"]) == ("other", "due")


async def test_an_errand_of_an_http_request_is_made_too(desk):
    """Whoever opens a transaction may ask for a call."""
    async with desk.begin() as tx:
        tx.errand(Call(text="from http"), key="ORD-1")
    await desk.errands_done()
    assert CALLS == ["from http"]
    assert make_call.__name__ == "make_call"
