"""A strike either strikes or is said to have missed; a full disk is really full."""

import asyncio
import contextlib
import errno
import os

import pytest
from crossdock_chaos import disks, strikes
from crossdock_chaos import run as runs
from crossdock_chaos.mesh import mount_small, unmount
from crossdock_chaos.options import Options
from crossdock_chaos.plan import Strike
from crossdock_chaos.run import Run

from crossdock.errors import NotReady


@pytest.mark.parametrize("there", [True, False])
async def test_what_found_nothing_to_strike_is_no_fault_that_struck(tmp_path, monkeypatch, there):
    """It is tried again for a while; then the report says so, and does not count it."""

    async def deed(_hand, _strike):
        if not there:
            raise strikes.NothingStruck("nobody at home")
        return "struck"

    monkeypatch.setitem(strikes.DEEDS, "kill_nats", deed)
    monkeypatch.setattr(runs, "ATTEMPTS_SECONDS", 0)
    played = Run(Options(folder=tmp_path, orders=1, faults=()))
    await played._strike(None, Strike(at=0, kind="kill_nats"), 0)
    assert [s["did"] for s in played.struck] == (["struck"] if there else [])
    assert ["nobody at home" in text for text in played.missed] == ([] if there else [True])
    assert played.display.faults["kill_nats"] == there


async def test_a_store_that_is_down_meanwhile_only_takes_longer(monkeypatch):
    """PostgreSQL, killed by another fault, recovers while the second replica is waited for."""
    refused = iter((True, True, False))

    class Store:
        async def fetchval(self, _statement):
            return 2

    @contextlib.asynccontextmanager
    async def store(_name):
        if next(refused):
            raise NotReady("the database system is not yet accepting connections")
        yield Store()

    monkeypatch.setattr(strikes, "store", store)
    await strikes._joined(None, "inventory_sync")
    assert next(refused, None) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system to fill")
async def test_a_full_disk_takes_no_byte_and_then_does_again(tmp_path):
    """The file system of the broker's store, and that of the logs, in small."""
    small = tmp_path / "small"
    mount_small(small, 1)
    if not small.is_mount():
        pytest.skip("this machine lets nobody mount")
    try:
        filling = asyncio.create_task(disks._fill_disk(small, 0.3))
        while not (small / "ballast").exists() or os.statvfs(small).f_bavail:
            await asyncio.sleep(0.01)
        with pytest.raises(OSError, match="No space") as refused:
            (small / "log").write_bytes(b"one line")
        assert refused.value.errno == errno.ENOSPC
        await filling
        (small / "log").write_bytes(b"one line")
    finally:
        unmount(small)
