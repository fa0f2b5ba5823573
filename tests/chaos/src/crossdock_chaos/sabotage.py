"""Services without one of their safeguards, to show that a run finds its absence.

`CROSSDOCK_CHAOS_SABOTAGE=inbox python -m crossdock_chaos.sabotage run invoicing` patches the
chassis in this process and then runs the service. The product knows nothing of this variable.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from crossdock import inbox, lanes, leases, outbox, parked, relay
from crossdock.cli.main import main as crossdock_main

VARIABLE = "CROSSDOCK_CHAOS_SABOTAGE"


def without_inbox() -> None:
    """Every message counts as new, however often it comes."""
    inbox.SQL.enter = inbox.SQL.enter.replace("array(select message_id from fresh)", "$5::uuid[]")
    inbox._first_of_each = lambda batch, fresh: list(batch)


def without_epoch() -> None:
    """A replica never finds out that another has taken its lease: it goes on."""
    for statement in ("enter", "hold"):
        _drop_epoch(inbox.SQL, statement)
    for statement in ("rewind", "set_trouble"):
        _drop_epoch(leases.SQL, statement)
        _drop_epoch(lanes.LEASES, statement)
    _drop_epoch(outbox.SQL, "move_cursor")
    follow = leases.LeaseKeeper._follow

    async def keep_all(self: Any, mine: dict[str, Any]) -> None:
        rows = {
            name: {**_row_of(lease), "surplus": 0} for name, (lease, _, _) in self._running.items()
        }
        await follow(self, {**mine, **rows})

    leases.LeaseKeeper._follow = keep_all  # type: ignore[method-assign]


def _row_of(lease: Any) -> dict[str, Any]:
    return {name: getattr(lease, name) for name in ("name", "epoch", "kind", "stream", "position")}


def _drop_epoch(queries: Any, statement: str) -> None:
    """The same statement, true for every epoch."""
    sql = getattr(queries, statement)
    for place in ("$2", "$3", "$4"):
        sql = sql.replace(f"and epoch = {place}", f"and {place}::bigint is not null")
    setattr(queries, statement, sql)


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
