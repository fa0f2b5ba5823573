"""The open transaction, as a handler sees it: reads, writes, locks, events and errands."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from crossdock_contracts import Event, Team, catalogue, name_of, newest, subject_token

from . import acts, ids
from .sql import queries
from .telemetry import Trace

if TYPE_CHECKING:
    from .database import Connection, Record
    from .message import Message

OUTBOX = queries("outbox")
ERRANDS = queries("errands")
TARGET = re.compile(
    r"\s*(?:insert\s+into|update|delete\s+from)\s+(?:only\s+)?([\w.\"]+)", re.IGNORECASE
)
LOCK = queries("tx").lock
# What a server takes by default, less its headers: a body of one megabyte, a line of 4 kB.
LARGEST_BODY = 1_000_000
LONGEST_KEY = 1_000

encode = msgspec.json.Encoder().encode


class Origin(NamedTuple):
    """Where work comes from: what is said for it carries this along."""

    trace: Trace
    correlation_id: UUID
    causation_id: UUID | None = None


class Tx:
    """One transaction. Everything in it commits together, or nothing does.

    `now` is fixed for the message being handled; `message` is None outside of event handling.
    """

    def __init__(
        self,
        connection: Connection,
        service: str,
        owns: frozenset[str],
        trace: Trace,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> None:
        self.service = service
        self.now = datetime.now(UTC)
        self.message: Message | None = None
        self.trace = trace
        self.correlation_id = correlation_id or ids.new_id()
        self._causation_id = causation_id
        self._connection = connection
        self._owns = owns
        self._writes: list[tuple[str, list[tuple[Any, ...]]]] = []
        self._events: list[tuple[Any, ...]] = []
        self._errands: list[tuple[Any, ...]] = []
        self._emitted = self._asked = False
        self.locked: set[str] = set()
        self.woken: set[str] = set()

    @property
    def trace_id(self) -> str:
        """The trace this work belongs to, 32 hexadecimal digits."""
        return self.trace.trace_id

    def turn_to(self, message: Message, trace: Trace) -> None:
        """The chassis points a batch's transaction at its next message."""
        self.now = datetime.now(UTC)
        self.message = message
        self.trace = trace
        self.correlation_id = message.correlation_id
        self._causation_id = message.id

    @property
    def origin(self) -> Origin:
        """Whose work is being done just now."""
        return Origin(self.trace, self.correlation_id, self._causation_id)

    def speak_for(self, origin: Origin) -> None:
        """What is said from here on is said for one of the requests worked off together."""
        self.trace, self.correlation_id, self._causation_id = origin

    # Reading and writing

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """All rows of a statement; deferred writes go out first, so it sees them."""
        await self._flush()
        return list(await self._connection.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        """The first row of a statement, or None."""
        await self._flush()
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        await self._flush()
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement now; its command tag, such as `UPDATE 1`."""
        await self._flush()
        return str(await self._connection.execute(sql, *args))

    async def executemany(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        """Run a statement for many rows, pipelined."""
        await self._flush()
        await self._connection.executemany(sql, rows)

    def write(self, sql: str, *args: Any) -> None:
        """Write later: before the next read or the commit, together with its like.

        Equal statements are sent in one pipeline. Writes to one table keep their order; so a
        deferred statement may touch one table only, and read no other. One whose table cannot be
        told (`with ...`) passes no other write, and none passes it.
        """
        table = _target(sql)
        for group_sql, rows in reversed(self._writes):
            if group_sql == sql:
                rows.append(args)
                return
            if not table or _target(group_sql) in (table, ""):
                break
        self._writes.append((sql, [args]))

    async def lock(self, *names: str) -> None:
        """Lock names such as `sku:A1` until the commit, in one order for everybody.

        `locked` has those of the whole batch: what all of its handlers will read can be read once.
        """
        self.locked.update(names)
        if names:
            await self._connection.execute(LOCK, list(names))

    # Saying and asking

    def emit(self, event: Event) -> None:
        """Say that something happened; it is published after the commit, in order per key."""
        noun, literal = _name(type(event))
        if noun not in self._owns and noun != "exceptions":
            raise TypeError(f"{self.service} does not own {noun}: it cannot publish {literal}")
        key, body = event.key, encode(event)
        # One such row would hold back everything behind it: the server takes no such message.
        if not key or len(subject_token(key)) > LONGEST_KEY:
            raise ValueError(f"{literal}: key {key[:40]!r} is empty or too long for a subject")
        if len(body) > LARGEST_BODY:
            raise ValueError(f"{literal} {key}: {len(body)} bytes, at most {LARGEST_BODY} are sent")
        self._events.append(
            (
                ids.new_id(),
                literal,
                key,
                self.now,
                self.correlation_id,
                self._causation_id,
                self.trace.parent,
                self.trace.state,
                body,
            )
        )

    def errand(self, payload: msgspec.Struct, *, key: str) -> UUID:
        """Ask for a call to the outside after the commit; calls with one key stay in order."""
        errand_id = ids.new_id()
        kind = str(payload.__struct_config__.tag)
        self._errands.append(
            (
                errand_id,
                kind,
                key,
                encode(payload),
                self.correlation_id,
                self._causation_id,
                self.trace.parent,
                self.trace.state,
            )
        )
        return errand_id

    def wake(self, name: str) -> None:
        """After the commit, wake the periodic work of this name, registered as `woken`."""
        self.woken.add(name)

    def raise_exception(
        self,
        *,
        code: str,
        text: str,
        team: Team,
        about: str,
        order_id: str | None = None,
        kind: Literal["business", "technical", "contract"] = "business",
        context: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Put something before a person, without failing the work at hand."""
        raised = catalogue()["exceptions.raised.v1"]
        self.emit(
            raised(
                exception_id=str(self.new_id()),
                about=about,
                service=self.service,
                code=code,
                kind=kind,
                team=team,
                text=text,
                raised_at=self.now,
                order_id=order_id,
                event_id=str(self.message.id) if self.message else "",
                event_type=self.message.type if self.message else "",
                context={name: str(value) for name, value in (context or {}).items()},
                **more,
            )
        )

    async def note(self, by: acts.By, action: str, about: str, **more: Any) -> None:
        """Write down what a person did; `before` and `after` say what changed."""
        await acts.note(self._connection, by, action, about, **more)

    def new_id(self) -> UUID:
        """A time-ordered id."""
        return ids.new_id()

    def derived_id(self, *parts: object) -> UUID:
        """An id that a replay makes again."""
        return ids.derived_id(*parts)

    # The chassis' side

    @property
    def emitted(self) -> bool:
        """Whether the relay has something to do after the commit."""
        return self._emitted or bool(self._events)

    @property
    def asked(self) -> bool:
        """Whether an errand is to be run after the commit."""
        return self._asked or bool(self._errands)

    async def flush(self) -> None:
        """Send everything that waits: writes, errands, and the events last."""
        await self._flush()
        if self._errands:
            errands, self._errands, self._asked = self._errands, [], True
            await self._connection.executemany(ERRANDS.add, errands)
        if self._events:
            events, self._events, self._emitted = self._events, [], True
            await self._connection.execute(OUTBOX.append, *map(list, zip(*events, strict=True)))

    async def _flush(self) -> None:
        if not self._writes:
            return
        writes, self._writes = self._writes, []
        for sql, rows in writes:
            if len(rows) == 1:
                await self._connection.execute(sql, *rows[0])
            else:
                await self._connection.executemany(sql, rows)


@cache
def _name(event: type[Event]) -> tuple[str, str]:
    """The noun and the literal of an event's class; what was superseded is said no more."""
    name = name_of(event)
    if newest(event) is not event:
        raise TypeError(f"{name} is superseded: emit {name_of(newest(event))}")
    return name.noun, str(name)


_targets: dict[str, str] = {}


def _target(sql: str) -> str:
    """The table a statement writes; empty where that cannot be told."""
    target = _targets.get(sql)
    if target is None:
        match = TARGET.match(sql)
        table = match[1].replace('"', "").lower() if match else ""
        target = _targets[sql] = table.removeprefix("public.")
    return target
