"""A run from start to end: the mesh comes up, load and faults, rest, and the reckoning."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from crossdock_local.environment import given_servers
from crossdock_local.errors import LocalError
from crossdock_local.ports import Ports
from crossdock_local.programs import crossdock
from crossdock_local.runtime import LocalMesh

from . import facts
from .book import Book
from .disorder import out_of_order
from .display import Display
from .duplicated import duplicated
from .hand import Hand
from .load import Load
from .lost import lost
from .mesh import ChaosMesh, unmount
from .options import Options
from .orders import make_orders, write_master_data
from .outside import Outside
from .plan import SERVICES, Strike, make_plan
from .quiet import look, settle
from .report import Report
from .strikes import carry_out
from .verdict import judge

ATTEMPTS_SECONDS = 30.0
LOOK_EVERY = 1.0
READY_SECONDS = 60.0


class Run:
    """One run of the options; `display` shows it while it goes on."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.book = Book()
        self.orders = make_orders(options.seed, options.orders)
        self.plan = make_plan(options.seed, options.duration, options.faults)
        self.display = Display(self.book, len(self.orders), len(self.plan))
        self.struck: list[dict[str, Any]] = []
        self.missed: list[str] = []

    def _mesh(self) -> ChaosMesh:
        if given := given_servers():
            raise LocalError(f"chaos strikes its own servers only: unset {', '.join(given)}")
        folder = self.options.folder
        forget(folder)
        master = write_master_data(folder / "master")
        return ChaosMesh(
            folder / "mesh",
            Ports.free(),
            master_data=master,
            sabotage=self.options.sabotage,
            orders=len(self.orders),
        )

    def play(self, say: Callable[[str], None]) -> Report:
        """Do it all; the mesh is down again whatever happens."""
        began = time.monotonic()
        self.mesh = self._mesh()
        plan = msgspec.json.format(msgspec.json.encode(self.plan))
        (self.options.folder / "plan.json").write_bytes(plan)
        before = dict(os.environ)
        # Whoever stops a run by SIGTERM must not leave a mesh behind.
        asked_to_end = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self.mesh.proxies.start()
            self.mesh.up(say)
            self.display.phase = "load and faults"
            # Where the chassis' commands and readers look for stores and broker.
            os.environ.update(self.mesh.environment())
            return asyncio.run(self._play(began))
        finally:
            self.display.phase = "stopping"
            self.mesh.close()
            os.environ.clear()
            os.environ.update(before)
            signal.signal(signal.SIGTERM, asked_to_end)

    async def _play(self, began: float) -> Report:
        outside = Outside(self.mesh.environment(), self.book)
        hand = Hand(self.mesh, outside, self.book, self.options.seed)
        load = Load(outside, self.book, self.orders, self._edi())
        watching = asyncio.create_task(self._watch(load))
        try:
            await load.prepare(lambda: self._quiet(hand.nats_url))
            await asyncio.gather(load.run(self.options.duration), self._strike_all(hand))
            await hand.heal()
            healed = time.monotonic()
            self.display.phase = "settling"
            rest = await self._settle(load, hand, healed)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        recovery = None if rest is None else max(0.0, rest - healed)
        try:
            return await self._reckon(outside, recovery, began)
        finally:
            await outside.close()

    def _edi(self) -> Any:
        return self.mesh.state / "edi"

    async def _quiet(self, nats_url: str) -> None:
        """Every service has its copy of the master data."""
        deadline = time.monotonic() + READY_SECONDS
        if await settle(nats_url, self.book, deadline, lambda _: None) is None:
            raise LocalError("the master data did not reach every service: see the logs")

    # Faults

    async def _strike_all(self, hand: Hand) -> None:
        start = time.monotonic()
        await asyncio.gather(*(self._strike(hand, strike, start) for strike in self.plan))

    async def _strike(self, hand: Hand, strike: Strike, start: float) -> None:
        await asyncio.sleep(max(0.0, start + strike.at - time.monotonic()))
        name = f"{strike.kind} {' '.join(strike.targets)}".strip()
        self.display.striking.add(name)
        began = time.monotonic()
        did = await self._patiently(hand, strike)
        self.display.striking.discard(name)
        if did is None:
            return
        self.display.faults[strike.kind] += 1
        self.display.say(did)
        self.struck.append(
            {
                **msgspec.to_builtins(strike),
                "began": round(began - start, 2),
                "ended": round(time.monotonic() - start, 2),
                "did": did,
            }
        )

    async def _patiently(self, hand: Hand, strike: Strike) -> str | None:
        """A strike that needs what another has down waits for it, and in the end is missed."""
        deadline = time.monotonic() + ATTEMPTS_SECONDS
        while True:
            try:
                return await carry_out(hand, strike)
            except Exception as error:
                if time.monotonic() > deadline:
                    why = f"{strike.kind} at {strike.at} s: {type(error).__name__}: {error}"
                    self.missed.append(why)
                    self.display.say(f"missed: {why}")
                    return None
                await asyncio.sleep(1)

    # Watching

    async def _watch(self, load: Load) -> None:
        pids: dict[str, int] = {}
        while True:
            self.display.following = load.following
            if self.display.phase != "settling":
                self.display.backlog = await look(
                    self.mesh.environment()["CROSSDOCK_NATS_URL"], self.book
                )
            for process in await asyncio.to_thread(self._processes):
                if process.pid and pids.setdefault(process.name, process.pid) != process.pid:
                    pids[process.name] = process.pid
                    self.display.restarts[process.name] += 1
            await asyncio.sleep(LOOK_EVERY)

    def _processes(self) -> list[Any]:
        try:
            return self.mesh.processes()
        except OSError:
            return []

    # The end

    async def _settle(self, load: Load, hand: Hand, healed: float) -> float | None:
        """Everything is whole again: wait for what is still to happen, then for rest."""
        deadline = healed + self.options.settle_seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(_loop_time(deadline)):
                await load.follow_ups()
        load.stop()

        def tell(backlog: Any) -> None:
            self.display.backlog = backlog

        rest = await settle(hand.nats_url, self.book, deadline, tell)
        if rest is None:
            self.display.say("the mesh did not come to rest in time")
        return rest

    async def _reckon(self, outside: Outside, recovery: float | None, began: float) -> Report:
        self.display.phase = "reckoning"
        nats_url = self.mesh.environment()["CROSSDOCK_NATS_URL"]
        found = await facts.gather(outside, nats_url)
        audit = await asyncio.to_thread(self._audit)
        verdict = judge(self.book, found, audit)
        if recovery is None:
            left = self.display.backlog
            why = left.in_flight[:5] or [f"{left.waiting} waiting"] if left else ["no answer"]
            verdict.violations.append(
                f"not at rest {self.options.settle_seconds:.0f} s after the last fault: "
                f"{'; '.join(why)}"
            )
        acknowledged = [taken.order for taken in self.book.orders.values()]
        report = Report(
            lost=lost(self.book, found),
            duplicated=duplicated(self.book, found),
            violations=verdict.violations,
            out_of_order=out_of_order(found),
            orders=len(acknowledged) + len(self.book.files),
            orders_by_case=dict(
                Counter(o.case for o in [*acknowledged, *self.book.files.values()])
            ),
            completed=sum(row["status"] == "completed" for row in found.rows["orders"]),
            returns=len(self.book.returns),
            payments=len(self.book.payments),
            requests=self.book.requests,
            requests_repeated=self.book.repeated,
            messages=len(found.stored),
            faults=dict(Counter(strike["kind"] for strike in self.struck)),
            strikes=sorted(self.struck, key=lambda strike: strike["began"]),
            missed=self.missed,
            made_up=self.book.made_up,
            simulated=sorted({s["did"] for s in self.struck if "simulated" in s["did"]}),
            copies=sum(self.book.copies.values()),
            quarantined=verdict.quarantined,
            explained=verdict.explained,
            restarts=dict(self.display.restarts),
            recovery_seconds=None if recovery is None else round(recovery, 2),
            settled=recovery is not None,
            seconds=round(time.monotonic() - began, 1),
            seed=self.options.seed,
            duration=self.options.duration,
            plan=[msgspec.to_builtins(strike) for strike in self.plan],
            sabotage=self.options.sabotage,
        )
        report.write(self.options.folder / "report.json")
        return report

    def _audit(self) -> Any:
        """`crossdock audit`, as a user runs it."""
        done = subprocess.run(
            [*crossdock(), "audit", "--json", "--services", ",".join(SERVICES)],
            env={**os.environ, **self.mesh.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise LocalError(f"`crossdock audit` said: {done.stderr or done.stdout}") from None


def forget(folder: Any) -> None:
    """Stop what an earlier run left, and remove its data."""
    mesh = LocalMesh(folder / "mesh")
    mesh.down()
    for small in (mesh.state / "nats", mesh.logs):
        unmount(small)
    shutil.rmtree(folder / "mesh", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _loop_time(moment: float) -> float:
    """A moment of `time.monotonic` on the clock of the event loop."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()
