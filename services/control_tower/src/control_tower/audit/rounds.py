"""Reads all stores and judges, and looks again until what is left is certain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .facts import Chassis, S, Transport, read
from .invariants import Explained, Verdict, Violation, confirmed, judge

ROUNDS = 3
PAUSE = 0.5


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What was proved, and which stores could not be asked, with the reason."""

    verdicts: tuple[Verdict, ...]
    missing: Mapping[str, str]

    @property
    def violations(self) -> int:
        """How many violations there are over all invariants."""
        return sum(len(verdict.violations) for verdict in self.verdicts)

    @property
    def in_flight(self) -> int:
        """How many differences are on their way to disappear."""
        return sum(len(verdict.in_flight) for verdict in self.verdicts)


async def audit_stores(
    services: Sequence[str], chassis: Chassis[S], *, rounds: int = ROUNDS, pause: float = PAUSE
) -> Audit:
    """Prove every invariant over the services' stores; a difference must stay to be a violation."""
    verdicts, missing = await _look(services, chassis)
    for _ in range(rounds - 1):
        if not any(verdict.violations for verdict in verdicts.values()):
            break
        await asyncio.sleep(pause)
        seen, missing = await _look(services, chassis)
        verdicts = confirmed(verdicts, seen)
    return Audit(verdicts=tuple(verdicts[number] for number in sorted(verdicts)), missing=missing)


async def _look(
    services: Sequence[str], chassis: Chassis[S]
) -> tuple[dict[int, Verdict], dict[str, str]]:
    async with chassis.open_stores(services) as stores:
        facts = await read(stores)
        waiting = await chassis.in_flight(stores)
        transport = await chassis.transport_facts(stores)
        return judge(facts, waiting) | {5: _transport(transport)}, dict(stores.missing)


def _transport(facts: Transport) -> Verdict:
    return Verdict(
        number=5,
        checked=facts.checked,
        in_flight=tuple(Explained(text=text, because=()) for text in facts.in_flight),
        violations=tuple(
            Violation(check="transport", subject=subject, text=text)
            for subject, text in facts.violations
        ),
    )
