"""The relay: from the outbox to the streams, in order, nothing skipped, one replica at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog

from .broker import OUTAGES
from .database import session, transaction
from .errors import LeaseLost, Outage
from .leases import SQL as LEASES
from .leases import Lease
from .outbox import Page, move_cursor, next_page
from .parked import back_off
from .publisher import Mark, Publisher, PublishRefused
from .redrive import StreamGone, compare, moved_streams, republish

if TYPE_CHECKING:
    from .runtime import Runtime

log = structlog.get_logger()
NAME = "relay"
PAGE = 1000
POLL = 5.0
GAP_POLL = 0.02
NO_MARK = Mark(0, "")


class Relay:
    """Publishes what the service has said. Wakes at once; the poll is only a safety net."""

    def __init__(self, lease: Lease, runtime: Runtime) -> None:
        self.lease = lease
        self._runtime = runtime
        self._lease_time = timedelta(seconds=runtime.settings.lease_seconds)
        self._position = lease.position
        self._gaps = dict(lease.gaps)
        self._marks = msgspec.convert(lease.marks, dict[str, Mark])
        # Acknowledged, and not yet marked: a stream in doubt is first compared with older marks.
        self._unmarked: dict[str, Mark] = {}
        self._doubts = 1
        self._settled = 0
        self._stopping = False
        self._failures = 0

    def distrust(self) -> None:
        """The connection was new: the streams may not be what they were."""
        self._doubts += 1
        self._runtime.outbox_filled.set()

    def stop(self) -> None:
        """Publish what is there, then end."""
        self._stopping = True
        self._runtime.outbox_filled.set()

    async def run(self) -> None:
        """Work until stopped or until the lease is lost; outages are waited out."""
        while not self._stopping:
            publisher = Publisher(self._runtime.client, self._runtime.service_name)
            try:
                await publisher.open()
                await self._work(publisher)
            except LeaseLost as lost:
                log.warning("relay lost", why=str(lost))
                return
            except Exception as error:
                self._failures += 1
                log.warning("relay waits", error=f"{type(error).__name__}: {error}")
                if isinstance(error, (PublishRefused, StreamGone)):
                    await self._say_trouble(str(error))
                await asyncio.sleep(min(back_off(self._failures), 2.0))
            finally:
                await self._close(publisher)

    async def _work(self, publisher: Publisher) -> None:
        while not self._stopping:
            await self._round(publisher)
            self._failures = 0
        # What was said until now goes out before the end.
        while await self._round(publisher) == PAGE:
            continue

    async def _say_trouble(self, text: str) -> None:
        """Tell people why nothing goes out; the next move of the cursor takes it back."""
        try:
            async with transaction(self._runtime.pool) as connection:
                await connection.execute(
                    LEASES.set_trouble, self.lease.name, self.lease.epoch, text
                )
        except Outage as outage:
            log.warning("trouble not noted", why=str(outage))

    async def _close(self, publisher: Publisher) -> None:
        self._runtime.metrics.republished.inc(publisher.resent)
        try:
            await publisher.close()
        except OUTAGES:
            log.debug("closed without the broker")

    async def _round(self, publisher: Publisher) -> int:
        """One page: read, publish, move the cursor; wait for more behind the last. Its rows."""
        self._runtime.outbox_filled.clear()
        if self._settled < self._doubts:
            await self._mend(publisher)
        async with session(self._runtime.pool) as connection:
            page = await next_page(connection, self._position, self._gaps, PAGE)
        if page.rows:
            await publisher.publish(page.rows)
            self._runtime.metrics.published.inc(len(page.rows))
        if page.rows or page.gaps != self._gaps:
            await self._save(page, publisher.take_marks())
        self._runtime.metrics.backlog.set(0 if len(page.rows) < PAGE else len(page.rows))
        self._runtime.published.set()
        if len(page.rows) < PAGE and not self._stopping:
            await self._rest(GAP_POLL if page.gaps else POLL)
        return len(page.rows)

    async def _save(self, page: Page, acknowledged: dict[str, Mark]) -> None:
        # Sequences rise, unless a stream was made anew while it was published to.
        if any(
            stream in self._marks and mark.sequence <= self._marks[stream].sequence
            for stream, mark in acknowledged.items()
        ):
            self._doubts += 1
        # Also a doubt that came while this page was on its way holds until it is settled.
        marks = self._unmarked | acknowledged
        self._unmarked = {}
        if self._settled < self._doubts:
            self._unmarked, marks = marks, {}
        await self._move(page, marks)

    async def _move(self, page: Page, marks: dict[str, Mark]) -> None:
        lease = self.lease
        async with session(self._runtime.pool) as connection:
            self._gaps = await move_cursor(
                connection, lease.name, lease.epoch, page, self._lease_time, marks
            )
        self._position = page.position
        self._marks |= marks

    async def _mend(self, publisher: Publisher) -> None:
        """Where a stream lost what it had, publish that again before anything new."""
        doubts = self._doubts
        lost = await moved_streams(self._runtime.jetstream, self._marks)
        if lost:
            async with transaction(self._runtime.pool) as connection:
                gap = await compare(connection, self._runtime.jetstream, lost)
            log.warning("streams lost what they had", streams=lost, rows=len(gap.missing))
            publisher.salt = f"-{self.lease.epoch}"
            await republish(lambda: transaction(self._runtime.pool), publisher, gap.missing)
            publisher.salt = ""
            self._runtime.metrics.republished.inc(len(gap.missing))
            marks = dict.fromkeys(lost, NO_MARK) | publisher.take_marks()
            await self._move(Page([], self._position, self._gaps), marks)
            self._unmarked = {s: m for s, m in self._unmarked.items() if s not in lost}
        self._settled = doubts

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._runtime.outbox_filled.wait()
        except TimeoutError:
            return
