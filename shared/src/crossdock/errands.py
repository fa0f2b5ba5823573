"""Errands: calls to the outside world, recorded with the business change, made after its commit.

At least once, in order per key, by any replica; the errand's id is the idempotency key for the
other side. What came of it commits together with the errand's end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import httpx
import msgspec

from .errors import LeaseLost
from .sql import queries
from .telemetry import Trace
from .tx import Origin, Tx

if TYPE_CHECKING:
    from .runtime import Runtime
    from .service import Service

SQL = queries("errands")
P = TypeVar("P")


class Errand(Generic[P]):
    """One call to be made: its id is the idempotency key, its headers carry the trace."""

    def __init__(self, row: Any, payload: type[P], trace: Trace, runtime: Runtime) -> None:
        self.id: UUID = row["id"]
        self.key: str = row["key"]
        self.attempts: int = row["attempts"] + 1
        self.headers = {"Idempotency-Key": str(self.id), "traceparent": trace.parent}
        self.settled = False
        self.error: Exception | None = None
        self.row = row
        self.trace = trace
        self.runtime = runtime
        self._payload = payload

    @property
    def payload(self) -> P:
        """What was asked for."""
        return msgspec.json.decode(self.row["payload"], type=self._payload)

    @property
    def service(self) -> Service:
        """The service this errand is run for, with its settings."""
        return self.runtime.service

    @property
    def http(self) -> httpx.AsyncClient:
        """A shared HTTP client with time-outs."""
        return self.runtime.http_client

    @property
    def origin(self) -> Origin:
        """Whose errand it is: `tx.speak_for(errand.origin)` before what is said of it."""
        row = self.row
        return Origin(self.trace, row["correlation_id"], row["causation_id"])

    def fail(self, error: Exception) -> None:
        """This one of many came to nothing: retried or given up, as if it alone had raised."""
        self.error = error

    @asynccontextmanager
    async def settle(self) -> AsyncIterator[Tx]:
        """Record what came of it, and end the errand, in one transaction."""
        async with settle([self]) as tx:
            yield tx


@asynccontextmanager
async def settle(errands: Sequence[Errand[Any]]) -> AsyncIterator[Tx]:
    """Record what came of some errands, and end them, in one transaction.

    `tx.speak_for(errand.origin)` before each: what is said then belongs to its trace. LeaseLost
    when another replica has one of them by now.
    """
    runtime, row = errands[0].runtime, errands[0].row
    async with runtime.transaction(
        errands[0].trace, row["correlation_id"], row["causation_id"]
    ) as (tx, connection):
        await finish(connection, errands)
        yield tx
    for errand in errands:
        errand.settled = True


async def finish(connection: Any, errands: Sequence[Errand[Any]]) -> None:
    """End errands where they are still ours; LeaseLost when another replica has one by now."""
    owner = errands[0].runtime.owner
    ended = await connection.fetch(SQL.finish, [errand.id for errand in errands], owner)
    if len(ended) < len(errands):
        lost = {errand.id for errand in errands}.difference(row["id"] for row in ended)
        raise LeaseLost(f"another replica has errand {', '.join(map(str, lost))} by now")
