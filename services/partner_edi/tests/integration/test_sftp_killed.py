"""SIGKILL at the worst moments of a visit: nothing lost, nothing doubled, on either side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from partner_server import PartnerServer

from crossdock import Service
from crossdock.migrate import migrate
from crossdock.testing import at_desk, lay_streams_at
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import DocumentSent, PurchaseOrderReceived
from crossdock_local.forks import fork

# When the partner's server is asked for this (its file moved away, ours renamed), the service dies.
MOMENTS = [
    ("before", "read", "/out/po.edi"),  # half of it is here
    ("before", "rename", "/out/po.edi"),  # it is committed here, and still there
    ("after", "rename", "/in/"),  # our answer is there, and not known as sent here
]


@pytest.fixture
def transports(partner: PartnerServer) -> dict[str, str]:
    """SENDER has a server."""
    return {"SENDER": partner.profile}


async def killed(environment: dict[str, str], partner: PartnerServer, *moment: str) -> None:
    """Run the service until the partner's server sees the moment, and kill it there."""
    when, step, path = moment
    seen, dead = asyncio.Event(), asyncio.Event()

    async def holds(what: str, where: str) -> None:
        if what == step and where.startswith(path):
            seen.set()
            await dead.wait()

    setattr(partner, when, holds)
    process = fork(
        ["crossdock", "run", "partner_edi"],
        environment={**os.environ, **environment},
        folder=Path.cwd(),
        output=Path(os.devnull),
    )
    try:
        await asyncio.wait_for(seen.wait(), 60)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        partner.before = partner.after = None
        partner.hang_up()
        dead.set()


async def test_a_service_killed_at_any_moment_neither_loses_nor_doubles(
    service: Service,
    service_urls: Callable[[Service], Any],
    desk_settings: dict[str, Any],
    partner: PartnerServer,
    sample: Callable[[str], bytes],
) -> None:
    """One order, one answer there, one file kept, no duplicate reported, three lives later."""
    nats_url, database_url = await service_urls(service)
    await migrate(service, database_url)
    await lay_streams_at(nats_url)
    settings = {**desk_settings, "lease_seconds": 1.0}
    environment = {
        "PARTNER_EDI_DATABASE_URL": database_url,
        "CROSSDOCK_NATS_URL": nats_url,
        "PARTNER_EDI_HTTP_PORT": "0",
        **{f"PARTNER_EDI_{name.upper()}": str(value) for name, value in settings.items()},
    }
    partner.leave("po.edi", sample("032"))
    for moment in MOMENTS:
        await killed(environment, partner, *moment)
    async with at_desk(service, nats_url, database_url, **settings) as desk:
        async with desk.begin() as tx:  # what the dead had begun is anybody's at once
            await tx.execute("update crossdock.errands set claimed_until = now(), due_at = now()")
        desk.runtime.errand_added.set()
        await desk.eventually(DocumentSent)
        async with asyncio.timeout(30):
            while not partner.has("done") or partner.has("out"):
                await asyncio.sleep(0.05)
        assert len(await desk.emitted(PurchaseOrderReceived)) == 1
        assert len(await desk.emitted(DocumentSent)) == 1
        assert await desk.emitted(ExceptionRaised) == []
    assert list(partner.has("done")) == ["po.edi"]
    [name] = partner.has("in")
    assert name.startswith("997_")
