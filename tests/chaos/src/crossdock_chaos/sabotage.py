"""Services without one of their safeguards, to show that a run finds its absence.

`CROSSDOCK_CHAOS_SABOTAGE=inbox python -m crossdock_chaos.sabotage run invoicing` patches the
chassis in this process and then runs the service. The product knows nothing of this variable.
"""

from __future__ import annotations

import os
import re
import sys
from types import SimpleNamespace
from typing import Any

import msgspec

from crossdock import inbox, lanes, leases, outbox, parked, relay
from crossdock.cli.main import main as crossdock_main

VARIABLE = "CROSSDOCK_CHAOS_SABOTAGE"
EPOCH = re.compile(r"and epoch = (\$\d+)")


def without_inbox() -> None:
    """Every message counts as new, however often it comes."""
    inbox.SQL.enter = inbox.SQL.enter.replace("array(select message_id from fresh)", "$5::uuid[]")
    inbox._first_of_each = lambda batch, fresh: list(batch)


def without_epoch() -> None:
    """A replica never finds out that another has taken its lease: it goes on."""
    for queries in {id(q): q for q in _statements()}.values():
        for name, sql in vars(queries).items():
            setattr(queries, name, EPOCH.sub(r"and \1::bigint is not null", sql))
    make = leases._lease
    vars(leases)["_lease"] = lambda row: msgspec.structs.replace(
        make(row), epoch=Always(row["epoch"])
    )
    follow = leases.LeaseKeeper._follow

    async def keep_all(self: Any, mine: dict[str, Any]) -> None:
        kept = {name: {"epoch": lease.epoch} for name, (lease, _, _) in self._running.items()}
        rows = {name: dict(row) for name, row in mine.items()}
        await follow(self, {name: {**row, "surplus": 0} for name, row in (kept | rows).items()})

    leases.LeaseKeeper._follow = keep_all  # type: ignore[method-assign]


class Always(int):
    """A number equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


def _statements() -> list[SimpleNamespace]:
    """Every collection of statements that a module of the chassis holds."""
    modules = [m for name, m in list(sys.modules.items()) if name.startswith("crossdock.")]
    return [v for m in modules for v in vars(m).values() if isinstance(v, SimpleNamespace)]


def without_keys() -> None:
    """What stands behind a parked message does not wait for it."""

    async def nobody(*_: Any) -> list[Any]:
        return []

    class Never(set[str]):
        def __contains__(self, _: object) -> bool:
            return False

        def __bool__(self) -> bool:
            return True

    # Its own head is still tried again, so that only the order is lost.
    before = lanes.Lane.__setattr__

    def forget(self: Any, name: str, value: Any) -> None:
        before(self, name, Never(value) if name == "_parked_keys" else value)

    lanes.Lane.__setattr__ = forget  # type: ignore[method-assign]
    parked.SQL.due_heads = parked.SQL.due_heads.replace("q.nth < p.nth", "false")
    parked.SQL.next_due = parked.SQL.next_due.replace("q.nth < p.nth", "false")


def without_gaps() -> None:
    """The relay forgets the rows of transactions that were open when it passed them."""

    async def forgetful(*arguments: Any) -> Any:
        page = await outbox.next_page(*arguments)
        return page._replace(gaps={})

    vars(relay)["next_page"] = forgetful


SABOTAGES = {
    "inbox": without_inbox,
    "epoch": without_epoch,
    "keys": without_keys,
    "gaps": without_gaps,
}


def main() -> None:
    """Patch, then be the command line."""
    SABOTAGES[os.environ[VARIABLE]]()
    sys.argv[0] = "crossdock"
    crossdock_main()


if __name__ == "__main__":
    main()
