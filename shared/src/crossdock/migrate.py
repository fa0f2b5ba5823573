"""Databases, roles and migrations: applied by command, never by a service at its start.

Migrations are plain SQL in the package, `NNNN_pre_what.sql` before a deploy and
`NNNN_post_what.sql` after it; each runs once, in a transaction, as the service's own role.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg

from .database import connect
from .errors import NotReady

if TYPE_CHECKING:
    from .database import Connection
    from .service import Service

LEDGER = """
    create schema if not exists crossdock;
    create schema if not exists audit;
    create table if not exists crossdock.migrations (
        owner text not null, name text not null, checksum text not null,
        applied_at timestamptz not null default now(), primary key (owner, name))
"""
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


def migrations_of(service: Service) -> list[Migration]:
    """The chassis' migrations, then the service's, in order."""
    return [*_read(CHASSIS, "crossdock"), *_read(service.name, service.package)]


def _read(owner: str, package: str) -> list[Migration]:
    folder: Traversable = files(package).joinpath("migrations")
    if not folder.is_dir():
        return []
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(owner, f.name, f.read_text(encoding="utf-8")) for f in found]


async def pending(connection: Connection, service: Service) -> list[str]:
    """Migrations that this code needs and this database does not have yet."""
    if await connection.fetchval("select to_regclass('crossdock.migrations')") is None:
        return [m.name for m in migrations_of(service)]
    rows = await connection.fetch("select owner, name from crossdock.migrations")
    done = {(row["owner"], row["name"]) for row in rows}
    return [m.name for m in migrations_of(service) if (m.owner, m.name) not in done]


async def migrate(service: Service, database_url: str) -> list[str]:
    """Apply what is missing; the names of what was applied. NotReady when a file was changed."""
    connection = await connect(database_url)
    try:
        await connection.execute(
            "select pg_advisory_lock(hashtextextended('crossdock migrate', 0))"
        )
        await connection.execute(LEDGER)
        rows = await connection.fetch("select owner, name, checksum from crossdock.migrations")
        done = {(row["owner"], row["name"]): row["checksum"] for row in rows}
        return [m.name for m in migrations_of(service) if await _apply(connection, m, done)]
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
            await connection.execute(
                "insert into crossdock.migrations (owner, name, checksum) values ($1, $2, $3)",
                m.owner,
                m.name,
                m.checksum,
            )
    except asyncpg.PostgresError as error:
        raise NotReady(f"{m.owner}: migration {m.name} failed: {error}") from error
    return True


async def make_database(admin_url: str, database_url: str) -> bool:
    """Make the role and database that a service's URL names, where they are missing.

    Nobody else may connect to it: one database and one role per service.
    """
    role, password, database = _parts(database_url)
    connection = await connect(admin_url)
    try:
        quoted, secret = _quote(role), "'" + password.replace("'", "''") + "'"
        exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
        verb = "alter" if exists else "create"
        await connection.execute(f"{verb} role {quoted} login password {secret}")
        if await connection.fetchval("select 1 from pg_database where datname = $1", database):
            return False
        await connection.execute(f"grant {quoted} to current_user")
        await connection.execute(f"create database {_quote(database)} owner {quoted}")
        await connection.execute(f"revoke all on database {_quote(database)} from public")
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


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
