"""The looks at partners' own servers: each when its time has come, none waiting for another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from crossdock import RetryLater, Service
from crossdock.errors import CrossdockError

from ..profiles import Profile
from . import handover, health
from .quiet import back_off
from .sftp_client import NotTaken, Remote, Trouble, Visits
from .terms import TheirSftp

log = structlog.get_logger()


class Rounds:
    """Who is being visited, who is next, and what was seen there before; of one replica."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._visits: dict[str, Visits] = {}
        self._due: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, partners: Mapping[str, Profile]) -> None:
        """Begin the visits that are due; whom a visit holds up is not waited for."""
        self._running = {who: task for who, task in self._running.items() if not task.done()}
        for partner_id, profile in partners.items():
            terms = profile.transport
            if not isinstance(terms, TheirSftp) or partner_id in self._running:
                continue
            if self._due.get(partner_id, 0.0) <= time.monotonic():
                visits = self._visits_to(partner_id, terms)
                self._running[partner_id] = asyncio.create_task(self._visit(partner_id, visits))

    def _visits_to(self, partner_id: str, terms: TheirSftp) -> Visits:
        known = self._visits.get(partner_id)
        if known is None or known.terms != terms:
            settings = self._service.settings
            known = self._visits[partner_id] = Visits(
                terms,
                settings.keys,
                limit=settings.file_limit,
                quiet_seconds=settings.quiet_seconds,
            )
        return known

    async def _visit(self, partner_id: str, visits: Visits) -> None:
        wait = visits.terms.every_seconds
        try:
            faults = await visits.fetch(partial(self._receive, partner_id))
            if faults:
                await health.failed(self._service, partner_id, "fetch", "; ".join(faults))
            else:
                await health.worked(self._service, partner_id, "fetch")
        except Trouble as trouble:
            line = await health.failed(self._service, partner_id, "fetch", str(trouble))
            wait = back_off(wait, line.failures)
        except CrossdockError as error:
            # The store is in trouble, not the partner: what is not committed stays there.
            log.info("visit_interrupted", partner=partner_id, error=str(error))
        finally:
            self._due[partner_id] = time.monotonic() + wait

    async def _receive(self, partner_id: str, remote: Remote, raw: bytes, quiet: float) -> bool:
        may_grow = quiet < self._service.settings.patience_seconds
        given = self._service, partner_id, remote.name, remote.identity, raw
        try:
            return await handover.hand_over(*given, may_grow=may_grow) is not None
        except RetryLater as waiting:
            raise NotTaken(f"it stays there, and is tried again: {waiting}") from waiting
        except CrossdockError:
            raise
        except Exception as error:
            log.exception("file_failed", partner=partner_id, file=remote.name)
            text = f"it could not be taken in, and stays there: {type(error).__name__}: {error}"
            raise NotTaken(text) from error


# By start of the service.
_rounds: WeakKeyDictionary[Any, Rounds] = WeakKeyDictionary()


def of(service: Service) -> Rounds:
    """The rounds of a running service."""
    return _rounds.setdefault(service.runtime, Rounds(service))
