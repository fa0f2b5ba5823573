"""Two services as real processes on real servers: a maker that says, a teller that hears."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import entry_points
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx

from crossdock import audit
from crossdock.broker import JetStream
from crossdock.database import connect
from crossdock.loopback import loopback_client
from crossdock.reach import jetstream
from crossdock_local.forks import fork, run
from crossdock_local.ports import free_ports

HERE = Path(__file__).parent
PATIENCE = 120.0
ENTRIES = """[crossdock.services]
maker = disaster_maker.app:service
teller = disaster_teller.app:service
"""


class Plant:
    """The processes of one test, its command line, and eyes on its stores and streams."""

    def __init__(self, folder: Path, nats_url: str, databases: Mapping[str, str]) -> None:
        self.folder = folder
        self.nats_url = nats_url
        self.databases = databases
        self.ports: dict[str, int] = {}
        self.processes: dict[str, ForkServerProcess] = {}
        self.http = loopback_client(timeout=30)
        self._settings: dict[str, str] = {}
        _install(folder)

    def set(self, **variables: str) -> None:
        """Settings for processes started from now on."""
        self._settings |= variables

    @property
    def environment(self) -> dict[str, str]:
        """What commands and services see."""
        urls = {f"{name.upper()}_DATABASE_URL": url for name, url in self.databases.items()}
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("CROSSDOCK_")},
            "PYTHONPATH": f"{self.folder}{os.pathsep}{HERE}",
            "CROSSDOCK_NATS_URL": self.nats_url,
            **urls,
            **self._settings,
        }

    # Processes

    async def start(self, *names: str) -> None:
        """Start services and wait until they live; `teller-2` is another replica of `teller`."""
        for name in names:
            self.spawn(name)
        for name in names:
            await self.until(lambda name=name: self._lives(name), f"{name} lives")

    def spawn(self, name: str) -> None:
        """Start a process."""
        [self.ports[name]] = free_ports(1)
        service = name.partition("-")[0]
        given = self.environment | {f"{service.upper()}_HTTP_PORT": str(self.ports[name])}
        self.processes[name] = fork(
            ["crossdock", "run", service],
            environment=given,
            folder=self.folder,
            output=self.folder / f"{name}.log",
        )

    async def _lives(self, name: str) -> bool:
        assert self.processes[name].is_alive(), self.log(name)
        try:
            found = await self.http.get(f"{self.url(name)}/readyz")
        except httpx.TransportError:
            return False
        return found.json().get("trouble") != ["starting"]

    def log(self, name: str) -> str:
        """The end of what a process wrote."""
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def url(self, name: str) -> str:
        """Where a service's HTTP is."""
        return f"http://127.0.0.1:{self.ports[name]}"

    async def stop(self, *names: str) -> None:
        """Ask services to stop and wait."""
        found = [self.processes.pop(name) for name in names]
        for process in found:
            process.terminate()
        for process in found:
            await asyncio.to_thread(process.join, 30)
            assert process.exitcode == 0, process.exitcode

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process."""
        pid = self.processes[name].pid
        assert pid is not None
        os.kill(pid, number)

    def kill(self, name: str) -> None:
        """Kill a process without warning."""
        process = self.processes.pop(name)
        process.kill()
        process.join(10)

    async def close(self) -> None:
        """Nothing of it runs afterwards."""
        for name in list(self.processes):
            self.kill(name)
        await self.http.aclose()

    # Doing

    async def say(self, orders: Mapping[str, int]) -> None:
        """Have the maker say so many events of each order."""
        answer = await self.http.post(f"{self.url('maker')}/say", json=dict(orders))
        assert answer.status_code == 201, answer.text

    async def cli(self, *words: str, code: int = 0, given: bytes = b"") -> str:
        """Run a command; what it printed."""
        done = await asyncio.to_thread(
            run,
            ["crossdock", *words],
            environment=self.environment,
            folder=self.folder,
            given=given,
            seconds=PATIENCE,
        )
        said = done.out + done.err
        assert done.code == code, said
        return said

    async def json(self, *words: str) -> Any:
        """Run a command and read what it printed."""
        return json.loads(await self.cli(*words, "--json"))

    # Seeing

    async def query(self, name: str, sql: str, *args: Any) -> list[Any]:
        """Rows of a statement in a service's database."""
        connection = await connect(self.databases[name])
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    async def heard(self) -> list[tuple[str, int]]:
        """What the teller noted, in order."""
        rows = await self.query("teller", "select order_id, text from heard order by nth")
        return [(row["order_id"], int(row["text"])) for row in rows]

    async def until(
        self, look: Callable[[], Awaitable[Any]], what: str, seconds: float = PATIENCE
    ) -> Any:
        """Look until it is so."""
        try:
            async with asyncio.timeout(seconds):
                while not (seen := await look()):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            logs = "\n".join(f"{name}: {self.log(name)}" for name in self.processes)
            raise AssertionError(f"not in {seconds:.0f} s: {what}\n{logs}") from None
        return seen

    async def until_heard(self, count: int) -> None:
        """Wait until the teller noted so many events."""

        async def enough() -> bool:
            [row] = await self.query("teller", "select count(*) as n from heard")
            return bool(row["n"] >= count)

        await self.until(enough, f"{count} heard")

    async def until_published(self) -> None:
        """Wait until the maker's outbox is in its streams."""

        async def empty() -> bool:
            [row] = await self.query(
                "maker",
                "select count(*) as n from crossdock.leases l join crossdock.outbox o "
                "on o.id > l.position or o.id = any(l.gap_ids) where l.kind = 'relay'",
            )
            return bool(row["n"] == 0)

        await self.until(empty, "the maker's outbox is published")

    async def stream(self, name: str = "ORDERS") -> dict[str, Any]:
        """A stream's state."""
        async with jetstream(self.nats_url) as js:
            info = await js.stream(name)
            assert info is not None
            return dict(info["state"])

    async def broker(self, act: Callable[[JetStream], Awaitable[Any]]) -> Any:
        """Do something at the broker."""
        async with jetstream(self.nats_url) as js:
            return await act(js)

    async def audit(self, monkeypatch: Any) -> None:
        """Transport facts without a violation, once nothing is in flight."""
        for name, value in self.environment.items():
            if name.startswith("CROSSDOCK_") or name.endswith("_DATABASE_URL"):
                monkeypatch.setenv(name, value)

        async def quiet() -> bool:
            async with audit.open_stores(["maker", "teller"]) as stores:
                found = await audit.transport_facts(stores)
            self.found = found
            return not found.in_flight

        await self.until(quiet, "nothing is in flight")
        assert not self.found.violations, self.found.violations[:5]


def assert_each_once_in_order(heard: list[tuple[str, int]], orders: Mapping[str, int]) -> None:
    """Every number of every order once, rising."""
    for order_id, count in orders.items():
        mine = [n for key, n in heard if key == order_id]
        assert mine == list(range(1, count + 1)), (order_id, mine)


def _install(folder: Path) -> None:
    """Make the two services the only installed ones, for whoever has the folder on its path."""
    points = entry_points(group="crossdock.services")
    for name in {point.dist.name for point in points if point.dist} | {"crossdock-disaster"}:
        info = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(ENTRIES if name == "crossdock-disaster" else "")


def forget_streams(store: Path) -> None:
    """Delete what JetStream keeps, as a lost disk would."""
    shutil.rmtree(store / "jetstream")


def copy_streams(store: Path, to: Path) -> None:
    """Copy what JetStream keeps."""
    shutil.copytree(store / "jetstream", to)


def restore_streams(copy: Path, store: Path) -> None:
    """Put an older copy back."""
    forget_streams(store)
    shutil.copytree(copy, store / "jetstream")
