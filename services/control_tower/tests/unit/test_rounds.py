"""The audit reads only offered views, looks again before it accuses, and says it in a few lines."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from facts_at_rest import AT_REST, changed
from rich.console import Console

from control_tower.audit.facts import SERVICES, Stores, read, row_types, statements
from control_tower.audit.invariants import Facts
from control_tower.audit.report import as_json, show
from control_tower.audit.rounds import Audit, audit_stores


@dataclass
class FakeStore:
    """Answers each statement of the audit with the rows that a test gives."""

    facts: Facts

    async def fetch(self, sql: str, *args: object) -> Sequence[Sequence[Any]]:
        """The rows of the fact that this statement reads."""
        [name] = [name for name, (_, text) in statements().items() if text == sql]
        return list(getattr(self.facts, name) or [])


@dataclass
class Opened:
    """Stores that are open, and those that are not there."""

    opened: Mapping[str, FakeStore]
    missing: Mapping[str, str]


@dataclass
class Sound:
    """A transport in which nothing is wrong."""

    checked: int = 7
    in_flight: Sequence[str] = ()
    violations: Sequence[tuple[str, str]] = ()


@dataclass
class FakeChassis:
    """Gives one set of facts per look, the last one again and again."""

    looks: list[Facts]
    waiting: Mapping[str, Sequence[str]] = field(default_factory=dict)
    transport: Sound = field(default_factory=Sound)
    absent: tuple[str, ...] = ()
    opened: int = 0

    @asynccontextmanager
    async def open_stores(self, services: Sequence[str]) -> AsyncIterator[Opened]:
        """One look at the stores."""
        facts = self.looks[min(self.opened, len(self.looks) - 1)]
        self.opened += 1
        present = {name: FakeStore(facts) for name in services if name not in self.absent}
        yield Opened(present, dict.fromkeys(self.absent, "no database"))

    async def in_flight(self, stores: Stores) -> Mapping[str, Sequence[str]]:
        """What the test says is on its way."""
        return self.waiting

    async def transport_facts(self, stores: Stores) -> Sound:
        """What the test says about the transport."""
        return self.transport


async def audited(chassis: FakeChassis) -> Audit:
    """An audit that does not wait between looks."""
    return await audit_stores(SERVICES, chassis, pause=0)


def printed(audit: Audit) -> str:
    """What a person sees on 80 columns."""
    out = io.StringIO()
    show(audit, Console(file=out, width=80))
    return out.getvalue()


def test_every_statement_reads_the_columns_of_its_row_from_an_offered_view() -> None:
    """A row is filled by position: its fields are the statement's columns, in order."""
    for name, (_, sql) in statements().items():
        query = " ".join(line for line in sql.splitlines() if not line.startswith("--"))
        columns, view = query.removeprefix("select ").split(" from ")
        assert columns.replace(" ", "").split(",") == list(row_types()[name]._fields)
        assert view.startswith("audit.")


async def test_the_facts_of_all_stores_are_read_as_rows() -> None:
    """Reading gives what the stores said, typed."""
    async with FakeChassis([AT_REST]).open_stores(SERVICES) as stores:
        assert await read(stores) == AT_REST


async def test_a_quiet_mesh_is_looked_at_once() -> None:
    """Nothing to confirm where nothing differs."""
    chassis = FakeChassis([AT_REST])
    found = await audited(chassis)
    assert (found.violations, found.in_flight, chassis.opened) == (0, 0, 1)
    assert [verdict.number for verdict in found.verdicts] == [1, 2, 3, 4, 5, 6]


async def test_a_violation_must_stand_in_three_looks() -> None:
    """A difference that goes away between two looks came from reading a running mesh."""
    broken = changed("stock", on_hand=AT_REST.stock[0].on_hand + 1)
    assert (await audited(FakeChassis([broken, AT_REST]))).violations == 0
    chassis = FakeChassis([broken])
    assert (await audited(chassis)).violations == 1
    assert chassis.opened == 3


async def test_a_violation_of_the_transport_is_one_of_invariant_five() -> None:
    """What the chassis finds counts like what the stores show."""
    transport = Sound(violations=[("a1", "event a1 is in no stream")], in_flight=["b2 unpublished"])
    found = await audited(FakeChassis([AT_REST], transport=transport))
    assert (found.violations, found.in_flight) == (1, 1)
    assert "violation of 5: event a1 is in no stream" in printed(found)


async def test_a_store_that_is_not_there_is_reported() -> None:
    """Its invariants are not proved, and nobody else is accused for it."""
    found = await audited(FakeChassis([AT_REST], absent=("invoicing",)))
    assert found.violations == 0
    assert found.missing == {"invoicing": "no database"}
    assert "invoicing was not audited: no database" in printed(found)


async def test_the_report_has_a_row_per_invariant_and_fits_a_terminal() -> None:
    """Numbers, names and counts; sentences only below."""
    text = printed(await audited(FakeChassis([AT_REST])))
    assert len(text.splitlines()) == 7
    assert max(map(len, text.splitlines())) <= 80


async def test_only_the_first_twenty_violations_are_printed_and_json_has_all() -> None:
    """A disaster does not scroll the table away."""
    transport = Sound(violations=[(str(n), f"row {n} [is] lost") for n in range(30)])
    found = await audited(FakeChassis([AT_REST], transport=transport))
    text = printed(found)
    assert text.count("violation of 5") == 20
    assert "row 0 [is] lost" in text
    assert "and 10 more: `crossdock audit --json`" in text
    assert len(as_json(found)["invariants"][4]["violations"]) == 30


async def test_json_names_what_is_in_flight_and_why() -> None:
    """Scripts see the same as people."""
    broken = changed("stock_lines", shipped=AT_REST.stock_lines[0].shipped + 1)
    found = await audited(FakeChassis([broken], waiting={"ORD-1": ["parked in inventory_sync"]}))
    [difference] = as_json(found)["invariants"][0]["in_flight"]
    assert difference["because"] == ["parked in inventory_sync"]
    assert "in flight, 1: ORD-1 line 1" in printed(found)
