"""The audit proves a real store against a real stream, and sees what is broken in either."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from control_tower.audit.rounds import Audit, audit_stores
from crossdock import audit as chassis
from crossdock.testing import Desk


@pytest.fixture
def noon() -> datetime:
    """Now: a message older than what stores remember is not looked for."""
    return datetime.now(UTC)


@pytest.fixture
async def story(
    desk: Desk,
    say: Any,
    purchase_order: Any,
    released: Any,
    raised: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three events of one chain, one of which opens a case; the audit's way to both servers."""
    monkeypatch.setenv("CONTROL_TOWER_DATABASE_URL", desk.runtime.settings.database_url)
    monkeypatch.setenv("CROSSDOCK_NATS_URL", desk.runtime.settings.nats_url)
    monkeypatch.setenv("RETURNS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/returns")
    await say(1, purchase_order)
    await say(2, released, cause=1)
    await say(3, raised, cause=2)


async def audited(*services: str) -> Audit:
    """An audit of this service, or of those named."""
    return await audit_stores(services or ("control_tower",), chassis, pause=0.05)


def broken(found: Audit) -> set[int]:
    """The invariants that are violated."""
    return {verdict.number for verdict in found.verdicts if verdict.violations}


async def test_a_sound_store_and_stream_have_no_violation(desk: Desk, story: None) -> None:
    """Whatever is still on its way counts as in flight."""
    found = await audited()
    assert broken(found) == set()
    assert [verdict.number for verdict in found.verdicts if verdict.checked] == [5, 6]


async def test_a_cause_that_was_lost_is_a_violation_of_six(desk: Desk, story: None) -> None:
    """An event deleted by hand leaves its effects without a root."""
    async with desk.begin() as tx:
        await tx.execute("delete from events where type = 'partners.purchase_order_received.v1'")
    found = await audited()
    assert broken(found) == {6}
    assert "never heard" in found.verdicts[5].violations[0].text


async def test_a_message_that_was_skipped_is_a_violation_of_five(desk: Desk, story: None) -> None:
    """An inbox row deleted by hand: below the lane's position, but never taken."""
    async with desk.begin() as tx:
        await tx.execute(
            "delete from crossdock.inbox where message_id = '00000000-0000-0000-0000-000000000002'"
        )
    assert broken(await audited()) == {5}


async def test_a_store_that_does_not_answer_is_not_audited(desk: Desk, story: None) -> None:
    """The others are, and the reason is told."""
    found = await audited("control_tower", "returns")
    assert broken(found) == set()
    assert list(found.missing) == ["returns"]
