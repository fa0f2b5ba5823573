"""The whole mesh on this machine: start, rest, answers and hops at a modest rate, and its limit."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import psutil

from crossdock.broker import JetStream
from crossdock.message import Message
from crossdock.reach import jetstream
from crossdock.reader import Reader
from crossdock_demo.world import DemoFailed, World
from crossdock_local.ports import Ports, installed_services
from crossdock_local.runtime import LocalMesh

from .latency import Percentiles, percentiles
from .load import Plan, Sample, Tally
from .master import order_bodies, receipts, write_master
from .report import Measured, Results
from .rows import Tell

MODEST = 50
WINDOW = 256
BODIES = 500
PLACED, ACCEPTED = "orders.placed.v1", "orders.accepted.v2"
SHIPPED, ISSUED = "shipments.shipped.v2", "invoices.issued.v1"


def measure_mesh(options: Any, folder: Path, results: Results, tell: Tell) -> None:
    """Run the mesh and take all of its rows; it is stopped afterwards, whatever happens."""
    write_master(folder / "master")
    place = folder / "mesh"
    LocalMesh(place, Ports.free()).reset()
    mesh = LocalMesh(place, Ports.free(), master_data=folder / "master")
    try:
        tell("the mesh starts for the first time")
        mesh.up(lambda step: tell(f"the mesh, first start: {step}"))
        asyncio.run(_stock(mesh, tell))
        mesh.down()
        results.measured.append(_start(mesh, tell))
        tell("the mesh comes to rest")
        asyncio.run(_quiet(mesh, 120))
        time.sleep(5)
        results.measured += _rest(mesh, 10 if options.quick else 60, tell)
        results.measured += _modest(mesh, options, folder, tell)
        results.measured += _limit(mesh, options, folder, tell)
    finally:
        mesh.down()


def _start(mesh: LocalMesh, tell: Tell) -> Measured:
    tell("the mesh starts again")
    began = time.monotonic()
    mesh.up()
    seconds = time.monotonic() - began
    return Measured(
        key="mesh",
        name="start, warm",
        text=f"{seconds:.1f} s",
        value=seconds,
        unit="s",
        floor=8,
    )


# Rest


def _rest(mesh: LocalMesh, seconds: int, tell: Tell) -> list[Measured]:
    services = [psutil.Process(p.pid) for p in mesh.processes() if p.name in installed_services()]
    counted_each = sum(service.memory_info().rss for service in services) / 1e6
    # They are forks of one process, whose pages they share: in all, that much memory is taken.
    forks = [services[0].parent() or services[0], *services]
    memory = sum(process.memory_full_info().pss for process in forks) / 1e6
    tell(f"the mesh rests for {seconds} s")
    before = _processor(mesh)
    time.sleep(seconds)
    percent = (_processor(mesh) - before).total() / seconds * 100
    return [
        Measured(
            key="mesh",
            name="memory at rest",
            text=f"{memory:,.0f} MB",
            value=memory,
            unit="MB",
            floor=650,
            under=(
                "resident, eight services and what forked them, shared pages counted once; "
                f"{counted_each:,.0f} MB when each of the eight counts them"
            ),
        ),
        Measured(
            key="mesh",
            name="processor at rest",
            text=f"{percent:.1f} %",
            value=percent,
            unit="% of one core",
            floor=5,
            under=f"services, servers and stand-ins, of one core over {seconds} s",
        ),
    ]


def _processor(mesh: LocalMesh) -> Counter[str]:
    """Seconds of processor time that each process of the mesh, with its children, has spent."""
    spent: Counter[str] = Counter()
    for found in mesh.processes():
        process = psutil.Process(found.pid)
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            spent[found.name] += times.user + times.system  # type: ignore[assignment]
    return spent


# Load


def _modest(mesh: LocalMesh, options: Any, folder: Path, tell: Tell) -> list[Measured]:
    seconds = 10 if options.quick else 30
    tell(f"{MODEST} orders/s for {seconds} s")
    tally = _load(mesh, folder, "modest", seconds, rate=MODEST)
    asyncio.run(_quiet(mesh, 120))
    hops = asyncio.run(_hops(mesh))
    answered = percentiles(tally.answered[MODEST:])
    return [
        _latency("POST /orders", answered, 10, 50),
        _latency("placed to accepted", hops[0], 15, 75),
        _latency("shipped to invoiced", hops[1], 15, 75),
    ]


def _latency(name: str, found: Percentiles, p50: float, p99: float) -> Measured:
    return Measured(
        key="mesh",
        name=f"{name}, p50 / p99",
        text=f"{found.p50:.1f} / {found.p99:.1f} ms",
        value=max(found.p50 / p50, found.p99 / p99),
        unit=f"of {p50} / {p99} ms",
        floor=1,
        under=f"at {MODEST} orders/s; floor {p50} / {p99} ms, as the worse of the two ratios",
        details=msgspec.to_builtins(found),
    )


def _limit(mesh: LocalMesh, options: Any, folder: Path, tell: Tell) -> list[Measured]:
    how = f"{options.rate} orders/s" if options.rate else f"{WINDOW} orders under way at any time"
    tell(f"{options.seconds} s of load: {how}")
    before = _processor(mesh)
    tally = _load(mesh, folder, "limit", options.seconds, rate=options.rate, window=WINDOW)
    spent = _processor(mesh)
    spent.subtract(before)
    tell("the mesh comes to rest, audit")
    asyncio.run(_quiet(mesh, 300))
    audit = _audit(mesh)
    rate, growing = sustained(tally.samples, options.seconds)
    clean = audit == 0
    under = (
        f"order to invoice, 5 lines, {options.seconds} s, {how}; backlog "
        f"{'growing' if growing else 'not growing'}, audit {'clean' if clean else 'NOT clean'}"
    )
    details = {**msgspec.to_builtins(tally), "answered": len(tally.answered)}
    good = rate if clean and not growing else 0.0
    return [
        Measured(
            key="mesh",
            name="order to invoice",
            text=f"{rate:,.0f} orders/s",
            value=good,
            unit="orders/s",
            floor=200,
            at_most=False,
            under=under,
            details=details,
        ),
        _costs(spent, tally.samples[-1].invoiced),
    ]


def _costs(spent: Counter[str], orders: int) -> Measured:
    """What an order costs from placing to invoice, and who spends it."""
    each = {name: seconds * 1000 / orders for name, seconds in spent.most_common()}
    total = sum(each.values())
    return Measured(
        key="mesh",
        name="processor time of an order",
        text=f"{total:.1f} ms",
        value=total,
        unit="ms",
        under="in ms: " + ", ".join(f"{name} {ms:.2f}" for name, ms in each.items() if ms > 0.005),
        details=each,
    )


def sustained(samples: list[Sample], seconds: float) -> tuple[float, bool]:
    """Invoices per second after the warm-up, and whether the backlog grew over that time."""
    steady = [s for s in samples if seconds * 0.1 <= s.at <= seconds]
    first, last = steady[0], steady[-1]
    rate = (last.invoiced - first.invoiced) / (last.at - first.at)
    third = max(1, len(steady) // 3)
    early = statistics.mean(s.placed - s.invoiced for s in steady[:third])
    late = statistics.mean(s.placed - s.invoiced for s in steady[-third:])
    return rate, late > early * 1.25 + rate * 0.25


def _load(mesh: LocalMesh, folder: Path, run: str, seconds: int, **how: int) -> Tally:
    values = mesh.environment()
    plan = Plan(
        host=values["ORDER_INTAKE_HTTP_HOST"],
        port=int(values["ORDER_INTAKE_HTTP_PORT"]),
        nats_url=values["CROSSDOCK_NATS_URL"],
        run=f"{run}-{time.time_ns()}",
        seconds=seconds,
        bodies=order_bodies(BODIES),
        **how,
    )
    path = folder / f"load-{run}.json"
    path.write_bytes(msgspec.json.encode(plan))
    subprocess.run([sys.executable, "-m", "crossdock_bench.load", str(path)], check=True)
    tally = msgspec.json.decode(path.with_suffix(".tally.json").read_bytes(), type=Tally)
    if set(tally.statuses) != {"201"}:
        raise DemoFailed(f"not every order was accepted: {tally.statuses}")
    return tally


# Looking


async def _stock(mesh: LocalMesh, tell: Tell) -> None:
    """Master data into every service, and goods onto the shelves."""
    world = World(mesh.environment(), list(installed_services()))
    try:
        tell("the ERP's master data goes everywhere")
        await world.post("erp_bridge", "/sync", {})
        await _quiet(mesh, 180)
        tell("opening stock")
        for receipt in receipts():
            await world.post("warehouse", "/receipts", receipt)
        await _quiet(mesh, 60)
    finally:
        await world.close()


async def _quiet(mesh: LocalMesh, patience: float) -> None:
    """Wait until no event is on its way anywhere."""
    world = World(mesh.environment(), list(installed_services()))
    deadline = time.monotonic() + patience
    try:
        while True:
            try:
                return await world.quiet()
            except DemoFailed:
                if time.monotonic() > deadline:
                    raise
    finally:
        await world.close()


def _audit(mesh: LocalMesh) -> int:
    command = [str(Path(sys.executable).parent / "crossdock"), "audit", "--json"]
    done = subprocess.run(command, env=mesh.environment(), capture_output=True, check=False)
    if done.returncode:
        (mesh.state / "audit.json").write_bytes(done.stdout)
    return done.returncode


async def _hops(mesh: LocalMesh) -> tuple[Percentiles, Percentiles]:
    """From when something happened to when the stream held what it caused, by order."""
    async with jetstream(mesh.environment()["CROSSDOCK_NATS_URL"]) as js:
        orders = await _all(js, "ORDERS", [PLACED, ACCEPTED])
        shipments = await _all(js, "SHIPMENTS", [SHIPPED])
        invoices = await _all(js, "INVOICES", [ISSUED])
    return _between(orders, orders, PLACED, ACCEPTED), _between(
        shipments, invoices, SHIPPED, ISSUED
    )


async def _all(js: JetStream, stream: str, types: list[str]) -> list[Message]:
    reader = Reader(js, stream, [f"{name}.*" for name in types])
    await reader.open(0)
    found: list[Message] = []
    total = reader.pending
    while len(found) < total:
        found += await reader.take(1000, 2.0)
    await reader.close()
    return found


def _between(causes: list[Message], effects: list[Message], cause: str, effect: str) -> Percentiles:
    began = {m.key: m.occurred_at.timestamp() for m in causes if m.type == cause}
    took = [m.stored / 1e9 - began[m.key] for m in effects if m.type == effect and m.key in began]
    # The first second warms connections and caches.
    return percentiles(took[MODEST:])
