"""Databases, roles and migrations: applied by command, never by a service at its start.

Migrations are plain SQL in the package, `NNNN_pre_what.sql` before a deploy and
`NNNN_post_what.sql` after it; each runs once, in a transaction, as the service's own role.

With its `pre` migrations a database serves the release before and this one; a `post` migration
takes away what only the release before needed, so it waits until no replica of that is left. What
comes after a `post` supposes it: it is applied in order, with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg

from .database import connect
from .errors import NotReady
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .service import Service

SQL = queries("migrate")
CHASSIS = "crossdock"


class Migration(NamedTuple):
    """One file: whose it is, its name, its SQL."""

    owner: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """A released migration never changes; this tells when it did."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]

    @property
    def is_post(self) -> bool:
        """Whether it takes away what the release before needs."""
        return "_post_" in self.name


def migrations_of(service: Service) -> list[Migration]:
    """The chassis' migrations, then the service's, in order."""
    return [*_read(CHASSIS, "crossdock"), *_read(service.name, service.package)]


def _read(owner: str, package: str) -> list[Migration]:
    folder: Traversable = files(package).joinpath("migrations")
    if not folder.is_dir():
        return []
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(owner, f.name, f.read_text(encoding="utf-8")) for f in found]


def before_deploy(migrations: Sequence[Migration]) -> list[Migration]:
    """All but the `post` migrations at the end of each owner: what a new release cannot lack."""
    found: list[Migration] = []
    for _, each in groupby(migrations, key=lambda m: m.owner):
        mine = list(each)
        last = max((n for n, m in enumerate(mine) if not m.is_post), default=-1)
        found += mine[: last + 1]
    return found


async def pending(connection: Connection, service: Service) -> list[str]:
    """Migrations that this code needs and this database does not have yet."""
    needed = before_deploy(migrations_of(service))
    if not await connection.fetchval(SQL.has_ledger):
        return [m.name for m in needed]
    rows = await connection.fetch(SQL.applied)
    done = {(row["owner"], row["name"]) for row in rows}
    return [m.name for m in needed if (m.owner, m.name) not in done]


async def migrate(service: Service, database_url: str, *, deploying: bool = False) -> list[str]:
    """Apply what is missing; the names of what was applied. NotReady when a file was changed.

    While `deploying`, the last `post` migrations wait: the release before still runs.
    """
    wanted = migrations_of(service)
    if deploying:
        wanted = before_deploy(wanted)
    connection = await connect(database_url)
    try:
        await connection.execute(SQL.lock)
        await connection.execute(SQL.ledger)
        rows = await connection.fetch(SQL.applied)
        done = {(row["owner"], row["name"]): row["checksum"] for row in rows}
        return [m.name for m in wanted if await _apply(connection, m, done)]
    finally:
        await connection.close()


async def _apply(connection: Connection, m: Migration, done: dict[tuple[str, str], str]) -> bool:
    known = done.get((m.owner, m.name))
    if known is not None:
        if known != m.checksum:
            raise NotReady(
                f"{m.owner}: migration {m.name} was applied as {known} and now reads {m.checksum}: "
                "restore the file, and put the change into a new migration"
            )
        return False
    try:
        async with connection.transaction():
            await connection.execute(m.sql)
            await connection.execute(SQL.note, m.owner, m.name, m.checksum)
    except asyncpg.PostgresError as error:
        raise NotReady(f"{m.owner}: migration {m.name} failed: {error}") from error
    return True


async def make_database(admin_url: str, database_url: str) -> bool:
    """Make the role and database that a service's URL names, where they are missing.

    Nobody else may connect to it: one database and one role per service.
    """
    role, password, database = _parts(database_url)
    connection = await connect(admin_url)

    async def run(template: str, *names: str) -> None:
        await connection.execute(await connection.fetchval(SQL.statement, template, list(names)))

    try:
        known = await connection.fetchval(SQL.has_role, role)
        await run(SQL.alter_role if known else SQL.create_role, role, password)
        if await connection.fetchval(SQL.has_database, database):
            return False
        await run(SQL.become_member, role)
        await run(SQL.create_database, database, role)
        await run(SQL.close_database, database)
    except asyncpg.PostgresError as error:
        raise NotReady(
            f"database {database} with role {role} could not be made: {error}"
        ) from error
    finally:
        await connection.close()
    return True


def _parts(url: str) -> tuple[str, str, str]:
    parsed: Any = urlsplit(url)
    name = parsed.path.lstrip("/")
    if not parsed.username or not name:
        raise NotReady(
            f"a service's database URL needs a user and a database: {parsed.hostname}/{name}"
        )
    return unquote(parsed.username), unquote(parsed.password or ""), name
