"""The store follows from the streams alone: timelines, cases, and what people decided."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crossdock.acts import By
from crossdock.rebuild import drop_kept, rebuild
from crossdock.testing import Desk
from crossdock_contracts.cases import CaseOpened

ONLY = {"limit": 500}


async def seen(desk: Desk) -> tuple[Any, Any]:
    """The cases, and the ids of what was heard, as people see them."""
    cases = (await desk.http.get("/cases", params=ONLY)).json()
    events = (await desk.http.get("/events", params=ONLY)).json()
    return cases, sorted(event["event_id"] for event in events)


async def test_a_rebuilt_store_answers_as_the_one_before(
    desk: Desk,
    say: Any,
    raised: Any,
    released: Any,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is said a second time, and the case keeps its worker and its end."""
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres_url)
    await say(1, raised)
    await say(2, released)
    for worker in ("ann", "bob"):
        await desk.http.post("/cases/CASE-E1/assign", json={"assignee": worker})
    body = {"by": "bob", "resolution": "GL code 4000 entered"}
    await desk.http.post("/cases/CASE-E1/resolve", json=body)
    [opened] = await desk.emitted(CaseOpened)

    async def heard() -> int:
        return len((await seen(desk))[1])

    async with asyncio.timeout(15):
        while await heard() < 6:  # two that were said to it, and four that it said
            await asyncio.sleep(0.02)
    before = await seen(desk)
    settings = desk.runtime.settings
    given = {"CROSSDOCK_NATS_URL": settings.nats_url}
    done = await rebuild(desk.service, settings.database_url, By(who="tester"), **given)
    try:
        async with asyncio.timeout(15):
            while (reply := await desk.http.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.02)
        assert reply.status_code == 200
        assert await seen(desk) == before
        assert await desk.emitted(CaseOpened) == [opened]
        again = await desk.http.post("/cases/CASE-E1/resolve", json=body)
        assert again.json()["text"] == "CASE-E1 was resolved by bob: GL code 4000 entered"
    finally:
        await drop_kept(done.before)
