"""SQL of how the ways to and from partners work."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from crossdock import Tx

Way = Literal["inbox", "fetch", "put"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One way to or from a partner: how it works, and since when it does not."""

    partner_id: str
    way: Way
    worked_at: datetime | None
    failing_since: datetime | None
    failures: int
    trouble: str
    told_at: datetime | None


async def worked(tx: Tx, partner_id: str, way: Way) -> None:
    """A way works: what was wrong with it is over."""
    await tx.execute(
        """insert into transport_lines (partner_id, way, worked_at) values ($1, $2, $3)
           on conflict (partner_id, way) do update
           set worked_at = excluded.worked_at, failing_since = null, failures = 0, trouble = '',
               told_at = null""",
        *(partner_id, way, tx.now),
    )


async def failed(tx: Tx, partner_id: str, way: Way, trouble: str) -> Line:
    """A way does not work; for how long by now."""
    row = await tx.fetchrow(
        """insert into transport_lines as line
               (partner_id, way, failing_since, failures, trouble)
           values ($1, $2, $3, 1, $4)
           on conflict (partner_id, way) do update
           set failing_since = coalesce(line.failing_since, excluded.failing_since),
               failures = line.failures + 1, trouble = excluded.trouble
           returning *""",
        *(partner_id, way, tx.now, trouble),
    )
    assert row is not None
    return _line(row)


async def mark_told(tx: Tx, line: Line) -> None:
    """A person was told of a failing way; once is enough."""
    await tx.execute(
        "update transport_lines set told_at = $3 where partner_id = $1 and way = $2",
        *(line.partner_id, line.way, tx.now),
    )


async def lines(tx: Tx) -> list[Line]:
    """All ways that were ever used, by partner."""
    return [_line(r) for r in await tx.fetch("select * from transport_lines order by 1, 2")]


def _line(row: Any) -> Line:
    return msgspec.convert(dict(row), Line)
