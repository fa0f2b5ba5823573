"""A consumer that joins late: from the first event, from a time, or for one order; then live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sample import app as sample
from sample.tools import cancelled, heard, until

from crossdock.acts import By
from crossdock.database import connect
from crossdock.errors import NotReady
from crossdock.history import give_key, move_back
from crossdock.reach import jetstream
from crossdock.testing import Desk, at_desk

ME = By(who="tester")
EARLY, LATE = 30, 10


@pytest.fixture
async def late(desk: Desk, make_database: Any) -> AsyncIterator[Desk]:
    """A consumer that joined with what came after the first thirty events."""
    await desk.deliver(*(cancelled(n % 3, f"{n}") for n in range(EARLY)))
    moment = datetime.now(UTC)
    await desk.deliver(*(cancelled(n % 3, f"{n}") for n in range(EARLY, EARLY + LATE)))
    joiner = sample.replica()
    url = await make_database(joiner)
    given = {"begin_at": moment, "lanes": 1}
    async with at_desk(joiner, desk.runtime.settings.nats_url, url, **given) as second:
        await texts(second, LATE)
        yield second


async def texts(desk: Desk, count: int) -> list[int]:
    """What it handled, once that is so much."""

    async def there() -> bool:
        return len(await heard(desk)) >= count

    await until(there)
    return [int(text) for _, text in await heard(desk)]


async def replayed(desk: Desk, **given: Any) -> int:
    """Replay into a desk's service, as the command does."""
    bell = f"_crossdock.{desk.service.name}.operate"
    async with jetstream(desk.runtime.settings.nats_url) as js:
        async with desk.runtime.pool.acquire() as db:
            if "key" in given:
                count = await give_key(desk.service, db, js, given["key"], ME)
            else:
                count = await move_back(desk.service, db, js, given["since"], ME)
        await js.client.publish(bell, b"")
        await js.client.flush()
    return count


async def test_it_begins_where_it_is_told_to(late: Desk) -> None:
    """What was stored before that moment is not heard, and the audit does not ask for it."""
    assert await texts(late, LATE) == list(range(EARLY, EARLY + LATE))
    async with late.runtime.pool.acquire() as db:
        since = await db.fetchval("select hears from crossdock.leases where stream = 'ORDERS'")
    assert f'"cancelled": {EARLY}' in since
    assert await late.service.trouble() == []


async def test_it_hears_the_rest_from_the_first_event_on_and_goes_on_live(late: Desk) -> None:
    """In stream order, each once; what it had handled is not handled again."""
    assert await replayed(late, since=None) == EARLY + LATE
    found = await texts(late, EARLY + LATE)
    assert found == [*range(EARLY, EARLY + LATE), *range(EARLY)]
    await late.deliver(cancelled(7, "100"))
    assert (await texts(late, EARLY + LATE + 1))[-1] == 100
    assert sorted(await texts(late, 0)) == [*range(EARLY + LATE), 100]


async def test_it_hears_one_order_and_nothing_else(late: Desk) -> None:
    """All of the order that it passed by, in order; a second time there is nothing to hear."""
    key = cancelled(1).key
    wanted = [n for n in range(EARLY) if n % 3 == 1]
    assert await replayed(late, key=key) == len(wanted)
    found = await texts(late, LATE + len(wanted))
    assert found[LATE:] == wanted
    assert await replayed(late, key=key) == 0
    await late.unparked()
    await late.deliver(cancelled(1, "100"))
    assert (await texts(late, LATE + len(wanted) + 1))[-1] == 100


async def forget(desk: Desk) -> None:
    """Let the inbox drop its days, as it does after a week."""
    async with desk.runtime.pool.acquire() as db:
        await db.execute("truncate crossdock.inbox")
        await db.execute("update crossdock.forgotten set before = now()")


async def test_what_the_inbox_has_forgotten_is_not_handled_again(late: Desk) -> None:
    """What lies below a lane was handled, however long ago; only what it passed by is new."""
    await forget(late)
    assert await replayed(late, since=None) == EARLY + LATE
    assert sorted(await texts(late, EARLY + LATE)) == list(range(EARLY + LATE))
    await forget(late)
    assert await replayed(late, key=cancelled(1).key) == 0
    await late.deliver(cancelled(7, "100"))
    assert sorted(await texts(late, EARLY + LATE + 1)) == [*range(EARLY + LATE), 100]


async def test_a_time_between_is_a_place_to_begin_too(late: Desk) -> None:
    """Only what the stream stored since is read again."""
    async with late.runtime.pool.acquire() as db:
        [lane] = await db.fetch("select mark_time from crossdock.leases where stream = 'ORDERS'")
    last = datetime.fromtimestamp(lane["mark_time"] / 1e9, UTC)
    assert await replayed(late, since=last) <= LATE
    assert len(await texts(late, LATE)) == LATE


async def test_who_never_ran_is_told_how_to_begin(desk: Desk, make_database: Any) -> None:
    """There is no lane to move yet."""
    db = await connect(await make_database(sample.replica()))
    async with jetstream(desk.runtime.settings.nats_url) as js:
        with pytest.raises(NotReady, match="SAMPLE_BEGIN_AT"):
            await move_back(desk.service, db, js, None, ME)
    await db.close()
