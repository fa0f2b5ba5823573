"""PostgreSQL: the pool of one service, and which of its errors pass by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from .errors import NotReady, Outage

# A replica that hangs in a transaction keeps the locks that its successor needs: PostgreSQL ends
# such a session, and the lease's epoch makes the rest harmless.
SESSION = {
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "60s",
    "timezone": "UTC",
    "jit": "off",
}

# A connection, or one that a pool lends: the same to their users.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Record = asyncpg.Record

CONFLICTS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
# Not a message's fault, whatever it was doing: a full disk, too many connections, a shutdown.
SERVER_TROUBLE = (asyncpg.InsufficientResourcesError, asyncpg.OperatorInterventionError)


async def _keep(connection: Any) -> None:
    """Nothing to reset: the chassis ends every transaction and sets no session state."""


async def open_pool(url: str, size: int, application: str) -> Pool:
    """Open a small pool; connections that idle for five minutes are closed.

    Outage when the server cannot serve yet; NotReady when it refuses this role or database.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            max_inactive_connection_lifetime=300,
            reset=_keep,
            server_settings={**SESSION, "application_name": application},
        )
    except SERVER_TROUBLE as error:
        raise Outage(f"PostgreSQL: {type(error).__name__}: {error}") from error
    except (asyncpg.PostgresError, asyncpg.ClientConfigurationError) as error:
        raise NotReady(
            f"PostgreSQL at {without_password(url)}: {error}. "
            f"Run `crossdock migrate {application}` to make the role and the database"
        ) from error


def _is_gone(connection: Any) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True  # the pool took it back when the server ended it


def _is_trouble(error: Exception) -> bool:
    # A statement that takes too long is the fault of who sent it.
    return isinstance(error, SERVER_TROUBLE) and not isinstance(error, asyncpg.QueryCanceledError)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction on a connection of the pool; Outage when the server, not the work, failed."""
    async with session(pool) as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """A connection for a single statement, which needs no `begin` and no `commit` of its own."""
    try:
        connection = await pool.acquire(timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Outage(f"PostgreSQL: {type(error).__name__}: {error}") from error
    try:
        yield connection
    except Exception as error:
        if _is_gone(connection) or _is_trouble(error):
            raise Outage(f"PostgreSQL: {type(error).__name__}: {error}") from error
        raise
    finally:
        await pool.release(connection)


async def connect(url: str) -> Connection:
    """One connection for a command; NotReady says which server did not answer, and why."""
    try:
        return await asyncpg.connect(url, timeout=10, server_settings={"timezone": "UTC"})
    except asyncpg.InvalidCatalogNameError as error:
        where = without_password(url)
        raise NotReady(f"PostgreSQL at {where}: {error}: `crossdock migrate` makes it") from error
    except asyncpg.PostgresError as error:
        raise NotReady(f"PostgreSQL at {without_password(url)}: {error}") from error
    except (OSError, TimeoutError) as error:
        raise NotReady(
            f"PostgreSQL at {without_password(url)} does not answer "
            f"({str(error) or type(error).__name__}): start a mesh with `crossdock up`, or set "
            "CROSSDOCK_POSTGRES_URL"
        ) from error


def without_password(url: str) -> str:
    """The URL as it may be shown: `postgresql://invoicing@127.0.0.1:7432/invoicing`."""
    scheme, _, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    return f"{scheme}://{credentials.partition(':')[0]}{at}{place}"


def with_database(url: str, database: str) -> str:
    """The same server and user, another database."""
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    place = rest.partition("/")[0]
    return f"{scheme}://{place}/{database}" + (f"?{query}" if query else "")
