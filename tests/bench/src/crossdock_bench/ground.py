"""What every row stands on: servers with fsync on, databases from templates, full streams."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import nats

from crossdock.broker import JetStream
from crossdock.migrate import migrate
from crossdock.topology import lay_streams
from crossdock_local.environment import database_url
from crossdock_local.nats import NatsServer
from crossdock_local.ports import free_ports
from crossdock_local.postgres import PostgresServer

from . import bodies
from .path.app import service

ROLE = "bench"
WINDOW = 4000
MOMENT = datetime(2026, 1, 9, 8, 0, tzinfo=UTC)

# The history of a service that has run for a while, and backlogs for relays. Ids are time-ordered,
# as the chassis' are; the rows stand in today's partitions, where new ones go.
INBOX_ROWS = """
    insert into crossdock.inbox (message_id, occurred_at)
    select uuidv7(interval '-1 minute'), now() - interval '1 minute'
    from generate_series(1, {count})
"""
OUTBOX_ROWS = """
    insert into crossdock.outbox
        (event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, body)
    select uuidv7(), '{said}', 'ORD-' || n, now(), uuidv7(), uuidv7(),
           '00-' || md5(n::text) || '-' || left(md5(n::text), 16) || '-01', '{body}'::bytea
    from generate_series(1, {count}) as n
"""
PUBLISHED = """
    insert into crossdock.leases (name, kind, position)
    select 'relay', 'relay', coalesce(max(id), 0) from crossdock.outbox
"""
FOREIGN_OUTBOX = """
    insert into fs_outbox (queue, payload, headers)
    select 'bench', '{body}'::bytea, jsonb_build_object(
        'Nats-Msg-Id', i, 'ce-id', i, 'ce-specversion', '1.0', 'ce-type', '{said}',
        'ce-source', 'bench', 'ce-time', now()::text, 'ce-subject', 'ORD-' || n,
        'content-type', 'application/json', 'correlation_id', i, 'causation_id', i,
        'traceparent', '00-' || md5(n::text) || '-' || left(md5(n::text), 16) || '-01')
    from generate_series(1, {count}) as n,
         lateral (select gen_random_uuid()::text || left('', n) as i)
"""
HOLD = """
    insert into crossdock.outbox
        (event_id, type, key, occurred_at, correlation_id, traceparent, body)
    values (uuidv7(), 'shipments.requested.v1', 'HELD', now(), uuidv7(), '', '')
"""


class Ground:
    """One PostgreSQL and one NATS for all rows of a run."""

    def __init__(self, folder: Path) -> None:
        postgres, broker = free_ports(2)
        self.postgres = PostgresServer(folder / "postgres", postgres)
        self.nats = NatsServer(folder / "nats", broker)
        self._password = secrets.token_urlsafe(12)
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self.filled = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Both servers, while the block runs."""
        try:
            self.postgres.start()
            self.nats.start()
            self.postgres.sql(
                f"create role {ROLE} login password '{self._password}'",
                f"grant pg_read_all_stats to {ROLE}",
            )
            yield
        finally:
            self.nats.stop()
            self.postgres.stop()

    # Databases

    async def database(self, kind: str, *, history: int = 0, backlog: int = 0) -> str:
        """The URL of a fresh database: with rows of history, or with rows to relay."""
        template = f"{kind}_{history}_{backlog}"
        if template not in self._templates:
            await self._make_template(template, kind, history, backlog)
        name = f"run_{next(self._numbers)}"
        self.postgres.sql(
            f"create database {name} template {template} owner {ROLE} strategy file_copy",
            "checkpoint",
        )
        return self._url(name)

    def drop(self, url: str) -> None:
        """Forget a database."""
        self.postgres.sql(f"drop database {url.rpartition('/')[2]} with (force)")

    def _url(self, database: str) -> str:
        return database_url(self.postgres.url, ROLE, self._password, database)

    async def _make_template(self, name: str, kind: str, history: int, backlog: int) -> None:
        self.postgres.sql(f"create database {name} owner {ROLE}")
        url = self._url(name)
        await migrate(service(), url)
        body = bodies.encode(bodies.answer(bodies.order(1), MOMENT)).decode()
        connection = await asyncpg.connect(url)
        try:
            for sql in _statements(kind, history, backlog):
                await connection.execute(sql.replace("{body}", body).replace("{said}", bodies.SAID))
            await connection.execute("vacuum analyze")
        finally:
            await connection.close()
        self._templates[name] = url

    @asynccontextmanager
    async def held_transaction(self, url: str) -> AsyncIterator[None]:
        """Somebody else's transaction with a row number of the outbox, open during the block."""
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("begin")
            await connection.execute(HOLD)
            yield
        finally:
            await connection.close()

    # Streams

    async def fill(self, count: int, tell: Any) -> None:
        """Lay the streams and let ORDERS hold at least `count` orders."""
        client = await nats.connect(self.nats.url)
        try:
            await lay_streams(JetStream(client))
            if count > self.filled:
                await _publish_all(client, self.filled, count, tell)
                self.filled = count
        finally:
            await client.close()

    async def forget_said(self, jetstream: JetStream) -> None:
        """Make the stream that peers publish to anew: a purged one still knows message ids."""
        await jetstream.api(f"STREAM.DELETE.{bodies.SAID_STREAM}")
        await lay_streams(jetstream)


def _statements(kind: str, history: int, backlog: int) -> list[str]:
    rows: list[str] = []
    if history:
        rows.append(INBOX_ROWS.replace("{count}", str(history)))
        rows.append(OUTBOX_ROWS.replace("{count}", str(history)))
    if kind == "path":
        rows.append(PUBLISHED)
    if kind == "relay":
        rows.append(OUTBOX_ROWS.replace("{count}", str(backlog)))
    if kind == "foreign":
        rows += [*_foreign_table(), FOREIGN_OUTBOX.replace("{count}", str(backlog))]
    return rows


def _foreign_table() -> list[str]:
    """The table of faststream-outbox, as its own package declares it."""
    from faststream_outbox import make_outbox_table
    from sqlalchemy import MetaData
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

    table = make_outbox_table(MetaData(), "fs_outbox")
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    made: list[DDLElement] = [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    return [str(ddl.compile(dialect=dialect)) for ddl in made]


async def _publish_all(client: Any, start: int, end: int, tell: Any) -> None:
    """Publish with a window; every order is acknowledged by the server."""
    inbox, acked, moved = client.new_inbox(), 0, asyncio.Event()

    async def on_ack(_message: Any) -> None:
        nonlocal acked
        acked += 1
        moved.set()

    await client.subscribe(inbox, cb=on_ack)
    sent = 0
    for subject, body, headers in bodies.orders(start, end):
        await client.publish(subject, body, reply=inbox, headers=headers)
        sent += 1
        while sent - acked >= WINDOW:
            moved.clear()
            await moved.wait()
            tell(acked)
    while acked < sent:
        moved.clear()
        await asyncio.wait_for(moved.wait(), 10)
