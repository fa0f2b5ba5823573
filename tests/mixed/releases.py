"""Replicas of the old release and of this one, on the same servers and databases."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from crossdock import audit
from crossdock.database import connect
from crossdock.loopback import loopback_client
from crossdock.migrate import migrate
from crossdock.reach import load_service
from crossdock_local.ports import free_ports

CROSSDOCK = str(Path(sys.executable).parent / "crossdock")
# The old release's own commands: what the packages installed here add to them is of this release.
OLD_COMMANDS = (
    "from crossdock.cli import app, main; app.entry_points = lambda **group: (); main.main()"
)
SERVICES = ("invoicing", "shipment_tracking")
OLD, NEW = "old", "new"
PATIENCE = 120.0


class Replica(NamedTuple):
    """A running process."""

    release: str
    service: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path


class Old(NamedTuple):
    """The release before: where it is unpacked, and an empty database of each of its services."""

    path: Path
    admin_url: str
    templates: dict[str, str]

    def url(self, name: str) -> str:
        """The URL of a database under its own role."""
        server = self.admin_url.rpartition("@")[2].partition("/")[0]
        return f"postgresql://{name}:{name}@{server}/{name}"

    async def prepare(self) -> None:
        """Have the old release make and migrate the templates."""
        await asyncio.gather(*(self._migrate(service) for service in self.templates))

    async def forget(self) -> None:
        """Drop them."""
        admin = await connect(self.admin_url)
        for name in self.templates.values():
            await admin.execute(f"drop database if exists {name} with (force)")
            await admin.execute(f"drop role if exists {name}")
        await admin.close()

    async def _migrate(self, service: str) -> None:
        urls = {
            "CROSSDOCK_POSTGRES_URL": self.admin_url,
            f"{service.upper()}_DATABASE_URL": self.url(self.templates[service]),
        }
        path = {"PYTHONPATH": str(self.path)}
        await run({**os.environ, **urls, **path}, self.path, "migrate", service)


async def run(environment: dict[str, str], folder: Path, *words: str) -> str:
    """Run a command of the old release; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OLD_COMMANDS, *words),
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


class Mesh:
    """Databases of two services, and whoever runs on them."""

    def __init__(self, folder: Path, nats: Any, old: Old) -> None:
        self.folder, self.nats, self.old = folder, nats, old
        self.replicas: list[Replica] = []
        self.http = loopback_client(timeout=10)
        self._names = {service: f"{service}_{secrets.token_hex(4)}" for service in SERVICES}
        self.variables = {"CROSSDOCK_NATS_URL": nats.url, "CROSSDOCK_POSTGRES_URL": old.admin_url}
        for service, name in self._names.items():
            self.variables[f"{service.upper()}_DATABASE_URL"] = old.url(name)

    def set(self, **variables: str) -> None:
        """Settings for processes started from now on."""
        self.variables |= variables

    def _environment(self, release: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", *self.variables}}
        path = {"PYTHONPATH": str(self.old.path)} if release == OLD else {}
        return kept | self.variables | path

    # Commands and processes

    async def old_command(self, *words: str) -> str:
        """Run a command of the old release; what it printed."""
        return await run(self._environment(OLD), self.folder, *words)

    async def migrate(self, *, deploying: bool = False) -> list[str]:
        """Migrate all as this release does before a deploy, or after it; what tracking needed."""
        services = [load_service(name) for name in SERVICES]
        urls = [self.variables[f"{service.name.upper()}_DATABASE_URL"] for service in services]
        applied = [
            await migrate(service, url, deploying=deploying)
            for service, url in zip(services, urls, strict=True)
        ]
        return applied[SERVICES.index("shipment_tracking")]

    async def make_databases(self) -> None:
        """As the old release left them; a clone's owner is the role of its name."""
        admin = await connect(self.old.admin_url)
        for service, name in self._names.items():
            template = self.old.templates[service]
            await admin.execute(f"create role {name} login password '{name}' in role {template}")
            await admin.execute(f"alter role {name} set role {template}")
            await admin.execute(f"create database {name} template {template} owner {template}")
        await admin.close()

    async def start(self, release: str, *services: str) -> list[Replica]:
        """Start a replica of each and wait until it works."""
        started = [self._spawn(release, service) for service in services]
        for replica in started:
            await self.until(lambda r=replica: self._works(r), f"{replica.service} works")
        return started

    def _spawn(self, release: str, service: str) -> Replica:
        [port] = free_ports(1)
        given = self._environment(release) | {f"{service.upper()}_HTTP_PORT": str(port)}
        log = self.folder / f"{service}-{release}-{port}.log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                [CROSSDOCK, "run", service],
                env=given,
                cwd=self.folder,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        replica = Replica(release, service, f"http://127.0.0.1:{port}", process, log)
        self.replicas.append(replica)
        return replica

    async def _works(self, replica: Replica) -> bool:
        assert replica.process.poll() is None, replica.log.read_text()[-3000:]
        try:
            return (await self.http.get(f"{replica.url}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def stop(self, *replicas: Replica) -> None:
        """Ask them to stop and wait."""
        for replica in replicas:
            self.replicas.remove(replica)
            replica.process.terminate()
        for replica in replicas:
            await asyncio.to_thread(replica.process.wait, 30)

    def kill(self, *replicas: Replica) -> None:
        """Kill them without warning."""
        for replica in replicas:
            self.replicas.remove(replica)
            replica.process.kill()
            replica.process.wait(10)

    async def exchange(self, *replicas: Replica) -> list[Replica]:
        """A rolling deploy: for each replica one of this release comes, then it goes."""
        come = []
        for replica in replicas:
            come += await self.start(NEW, replica.service)
            await self.stop(replica)
        return come

    def of(self, service: str) -> list[Replica]:
        """Who runs of a service."""
        return [replica for replica in self.replicas if replica.service == service]

    async def close(self) -> None:
        """Nothing of it is left."""
        self.kill(*self.replicas)
        await self.http.aclose()
        admin = await connect(self.old.admin_url)
        for name in self._names.values():
            await admin.execute(f"drop database if exists {name} with (force)")
            await admin.execute(f"drop role if exists {name}")
        await admin.close()

    # Seeing

    async def rows(self, service: str, sql: str, *args: Any) -> list[Any]:
        """Rows of a statement in a service's database."""
        connection = await connect(self.variables[f"{service.upper()}_DATABASE_URL"])
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    async def said(self, service: str, literal: str) -> list[str]:
        """The keys of what a service said of one type, in order."""
        sql = "select key from crossdock.outbox where type = $1 order by id"
        return [row["key"] for row in await self.rows(service, sql, literal)]

    async def parked(self, service: str) -> list[Any]:
        """What is parked or dead, in order."""
        return await self.rows(service, "select * from crossdock.parked order by nth")

    async def until(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        """Look until it is so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (seen := await look()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            logs = "\n".join(f"{r.log.name}: {r.log.read_text()[-1500:]}" for r in self.replicas)
            raise AssertionError(f"not in {PATIENCE:.0f} s: {what}\n{logs}") from None
        return seen

    async def quiet(self) -> audit.Transport:
        """What the audit says of outboxes, streams, lanes and inboxes once nothing is under way."""

        async def found() -> audit.Transport | None:
            async with audit.open_stores(SERVICES) as stores:
                facts = await audit.transport_facts(stores)
            return None if facts.in_flight else facts

        return await self.until(found, "nothing is in flight")
