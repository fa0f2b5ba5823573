"""The faults themselves: one function per kind, each ends with what it touched whole again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import Any

import psutil

from crossdock.broker import OUTAGES
from crossdock.database import connect
from crossdock.errors import CrossdockError
from crossdock.reach import store
from crossdock_local.environment import POSTGRES_URL

from . import broker, disks
from .hand import DEEDS, Hand, deed
from .plan import SERVICES, Strike
from .proxy import Proxy, slow_down

STANDBY_STAYS = 20.0
JOIN_SECONDS = 90.0
UNHEARD_SECONDS = 20.0
LATE = 0.5

IN_TRANSACTION = """select pg_terminate_backend(pid) from pg_stat_activity
    where usename = $1 and xact_start is not null and pid <> pg_backend_pid() limit $2"""

LEASES_OF = """select count(*) filter (where owner not like $1) as taken, count(*) as all
    from crossdock.leases"""

REPLICAS = "select count(*) from crossdock.replicas where seen_at > now() - interval '4 s'"


class NothingStruck(Exception):
    """There was nothing to strike just now: it is tried again, and else counts as missed."""


DEEDS.update(disk_logs=disks.disk_logs, disk_broker=disks.disk_broker)


async def carry_out(hand: Hand, strike: Strike) -> str:
    """Carry out one strike, and say what was done; NothingStruck where there was nothing."""
    return await DEEDS[strike.kind](hand, strike)


async def _kill(hand: Hand, *names: str) -> None:
    """Kill them at the same moment; all have to be there first."""
    for name in names:
        await _pid(hand, name)
    for name in names:
        await asyncio.to_thread(hand.mesh.signal, name, signal.SIGKILL)


async def _pid(hand: Hand, name: str) -> int:
    pid = await asyncio.to_thread(hand.mesh.pid, name)
    if pid is None:
        raise NothingStruck(f"{name} does not run")
    return pid


@deed
async def kill_service(hand: Hand, strike: Strike) -> str:
    """A service dies without a word."""
    await _kill(hand, *strike.targets)
    return "killed " + ", ".join(strike.targets)


DEEDS["kill_several"] = kill_service


@deed
async def kill_nats(hand: Hand, strike: Strike) -> str:
    """The broker dies without a word."""
    await _kill(hand, "nats")
    return "killed nats-server"


@deed
async def kill_postgres(hand: Hand, strike: Strike) -> str:
    """The store dies without a word, with all its sessions, as in a power cut."""
    pid = await _pid(hand, "postgres")
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return f"killed PostgreSQL, {len(family)} processes"


@deed
async def freeze(hand: Hand, strike: Strike) -> str:
    """A replica hangs for longer than its leases; another takes over; then it wakes up.

    Meanwhile some keys come to a halt, which it has not seen: it must not handle what is behind.
    """
    [name] = strike.targets
    await asyncio.to_thread(hand.mesh.summon, name)
    await _joined(hand, name)
    pid = await _pid(hand, name)
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(strike.lasts - LATE)
        taken = await _taken_over(name, pid)
        followed = await _halt_keys(hand, strike.count)
        await asyncio.sleep(LATE)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    with contextlib.suppress(*OUTAGES, CrossdockError):
        await asyncio.sleep(LATE)
        await broker.publish_behind(hand.nats_url, hand.book, followed)
    leaving = asyncio.create_task(_leave(hand, name))
    hand.leaving.add(leaving)
    leaving.add_done_callback(hand.leaving.discard)
    return f"froze {name} for {strike.lasts:.1f} s; {taken}"


async def _halt_keys(hand: Hand, count: int) -> list[broker.Followed]:
    """Nothing to follow where another fault has the broker down."""
    try:
        return await broker.publish_unreadable(hand.nats_url, hand.book, hand.dice, count)
    except (*OUTAGES, CrossdockError):
        return []


async def _joined(hand: Hand, name: str) -> None:
    """Wait until the second replica of a service says that it lives.

    Another fault may have the store down meanwhile: that only takes longer.
    """
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(*OUTAGES, CrossdockError):
            async with store(name) as db:
                if await db.fetchval(REPLICAS) > 1:
                    return
        await asyncio.sleep(0.25)
    raise NothingStruck(f"{name} got no second replica, so there is nobody to take over")


async def _taken_over(name: str, pid: int) -> str:
    """Wait until a successor has all leases of a replica that hangs, as the store has it.

    On a busy machine that takes longer than a lease lasts, and waking it earlier proves nothing.
    """
    deadline = time.monotonic() + JOIN_SECONDS
    try:
        async with store(name) as db:
            while True:
                [row] = await db.fetch(LEASES_OF, f"%-{pid}-%")
                if row["taken"] == row["all"] or time.monotonic() > deadline:
                    break
                await asyncio.sleep(0.25)
    except (*OUTAGES, CrossdockError):
        return "another fault had the store down when it woke up"
    if not row["taken"]:
        raise NothingStruck(f"nobody took a lease of {name} over")
    return f"its successor had {row['taken']} of {row['all']} leases before it woke up"


async def _leave(hand: Hand, name: str) -> None:
    await asyncio.sleep(STANDBY_STAYS)
    await asyncio.to_thread(hand.mesh.dismiss, name)


@deed
async def nats_cut(hand: Hand, strike: Strike) -> str:
    """Every connection to the broker breaks at once."""
    hand.mesh.proxies.tell((), Proxy.cut)
    return "cut all broker connections"


@deed
async def nats_slow(hand: Hand, strike: Strike) -> str:
    """Bytes trickle between a service and the broker."""
    hand.mesh.proxies.tell(strike.targets, slow_down)
    await asyncio.sleep(strike.lasts)
    hand.mesh.proxies.tell(strike.targets, Proxy.heal)
    return f"slowed {strike.targets[0]}'s broker connection for {strike.lasts:.1f} s"


@deed
async def nats_half_open(hand: Hand, strike: Strike) -> str:
    """A connection stays open and nothing passes, as behind a dead router."""
    hand.mesh.proxies.tell(strike.targets, Proxy.silence)
    await asyncio.sleep(strike.lasts)
    hand.mesh.proxies.tell(strike.targets, Proxy.heal)
    return f"half-opened {strike.targets[0]}'s broker connection for {strike.lasts:.1f} s"


@deed
async def database_cut(hand: Hand, strike: Strike) -> str:
    """Sessions are ended while they are in a transaction."""
    admin: Any = await connect(hand.environment[POSTGRES_URL])
    cut, deadline = 0, time.monotonic() + strike.lasts
    try:
        while cut < strike.count and time.monotonic() < deadline:
            for role in strike.targets:
                cut += len(await admin.fetch(IN_TRANSACTION, role, strike.count - cut))
            await asyncio.sleep(0.02)
    finally:
        await admin.close()
    if not cut:
        raise NothingStruck(f"{', '.join(strike.targets)} had no transaction open")
    return f"cut {cut} transactions of {', '.join(strike.targets)}"


@deed
async def duplicates(hand: Hand, strike: Strike) -> str:
    """What was published is published again, as after a lost ack and a long outage."""
    async with hand.broker_busy:
        done = await broker.publish_copies(hand.nats_url, hand.book, hand.dice, strike.count)
    if not done:
        raise NothingStruck("nothing is stored yet that could be published again")
    return f"published {done} stored messages again"


@deed
async def poison(hand: Hand, strike: Strike) -> str:
    """Messages nobody can read, and good ones that must wait behind them."""
    async with hand.broker_busy:
        url, book = hand.nats_url, hand.book
        followed = await broker.publish_unreadable(url, book, hand.dice, strike.count)
        await broker.publish_behind(url, book, followed)
    if not followed:
        raise NothingStruck("no event is stored yet that poison could look like")
    return f"published {2 * len(followed)} messages to be quarantined"


@deed
async def erp_down(hand: Hand, strike: Strike) -> str:
    """The ERP answers 503."""
    await hand.outside.post("erp", "/control", {"down_seconds": strike.lasts})
    await asyncio.sleep(strike.lasts)
    return f"the ERP was down for {strike.lasts:.1f} s"


@deed
async def erp_mute(hand: Hand, strike: Strike) -> str:
    """The ERP books what it is sent, and the answer is lost: it is sent the same once more."""
    await hand.outside.post("erp", "/control", {"lose_answers": True})
    await asyncio.sleep(strike.lasts)
    deadline = time.monotonic() + UNHEARD_SECONDS
    while not (lost := await _lost(hand)) and time.monotonic() < deadline:
        await asyncio.sleep(0.25)
    await hand.outside.post("erp", "/control", {"lose_answers": False})
    if not lost:
        raise NothingStruck("nobody asked the ERP for anything")
    return f"the ERP's answers were lost for {strike.lasts:.1f} s, {lost} so far"


async def _lost(hand: Hand) -> int:
    """How many answers of the ERP were lost so far."""
    return int((await hand.outside.post("erp", "/control", {})).json()["lost"])


@deed
async def warehouse_down(hand: Hand, strike: Strike) -> str:
    """The warehouse answers 503, and says nothing itself."""
    await hand.outside.post("warehouse", "/control", {"down_seconds": strike.lasts})
    await asyncio.sleep(strike.lasts)
    return f"the warehouse was down for {strike.lasts:.1f} s"


@deed
async def warehouse_twice(hand: Hand, strike: Strike) -> str:
    """Every callback comes twice."""
    await hand.outside.post("warehouse", "/control", {"answer_twice": True})
    await asyncio.sleep(strike.lasts)
    await hand.outside.post("warehouse", "/control", {"answer_twice": False})
    return f"the warehouse said everything twice for {strike.lasts:.1f} s"


@deed
async def rolling_restart(hand: Hand, strike: Strike) -> str:
    """Every service is stopped as a deployment stops it, and comes back before the next."""
    for name in SERVICES:
        old = await asyncio.to_thread(hand.mesh.signal, name, signal.SIGTERM)
        await hand.restarted(name, old)
    return "restarted every service, one after the other"
