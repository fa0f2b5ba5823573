"""The rows of the event path: who is raced against whom, and what is to be reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .ground import Ground
from .profile import shares
from .race import Lap, Peer, acked, in_outbox, passed, race, said

Tell = Callable[[str], None]
ONCE = "effect once, order per key, nothing lost"
NO_ORDER = "effect once, nothing lost; order per key lost when a message fails"
HISTORY, SHORT_HISTORY = 1_000_000, 10_000


class Compared(msgspec.Struct, kw_only=True):
    """One row: two peers in one run, and the ratio of their rates, round by round."""

    key: str
    name: str
    ours: str
    theirs: str
    floor: float | None
    guarantees: str
    ours_rate: float = 0.0
    theirs_rate: float = 0.0
    ratio: float = 0.0

    @property
    def met(self) -> bool | None:
        """Whether the floor is reached; None where there is none."""
        return None if self.floor is None else self.ratio >= self.floor


class Group(NamedTuple):
    """Peers that take turns, and the rows that come of it."""

    peers: list[Peer]
    rows: list[Compared]


def groups(messages: int, lanes: int) -> list[Group]:
    """Every comparison; peers far slower than the chassis get fewer messages."""
    few, some = messages // 8, messages // 4
    at = f"{lanes} lanes"
    return [
        Group(
            [
                Peer("chassis", "chassis", said, messages),
                Peer("by hand", "handmade", said, messages),
                Peer("chassis, awaited", "chassis", said, messages, work="awaited"),
                Peer("by hand, awaited", "handmade", said, messages, work="awaited"),
                Peer("naive", "naive", in_outbox, few),
            ],
            [
                _row("path", "full path / by hand", "chassis", "by hand", 0.70, f"{ONCE}; {at}"),
                _row(
                    "path",
                    "the same, each write awaited",
                    "chassis, awaited",
                    "by hand, awaited",
                    None,
                    f"{ONCE}; {at}; a handler that waits for each of its statements",
                ),
                _row("path", "full path / naive FastStream", "chassis", "naive", 8.0, NO_ORDER),
            ],
        ),
        Group(
            [
                _relay("chassis relay", "chassis", messages),
                _relay("relay by hand", "handmade_relay", messages),
                _relay("faststream-outbox", "outbox_relay", few, database="foreign"),
                _relay("faststream-outbox, batched", "outbox_relay", some, "batched", "foreign"),
            ],
            [
                _row(
                    "relay",
                    "relay / by hand",
                    "chassis relay",
                    "relay by hand",
                    0.70,
                    "at least once with ids, outbox order; by hand: no lease, stops at a gap",
                ),
                _row(
                    "relay",
                    "relay / faststream-outbox",
                    "chassis relay",
                    "faststream-outbox",
                    8.0,
                    "at least once; no order between workers (4 of them)",
                ),
                _row(
                    "relay",
                    "relay / the same, batched",
                    "chassis relay",
                    "faststream-outbox, batched",
                    None,
                    "at least once; 16 workers, deletes by the hundred",
                ),
            ],
        ),
        Group(
            [
                Peer("open", "chassis", said, messages, held=True),
                Peer("undisturbed", "chassis", said, messages),
            ],
            [_row("held", "a transaction held open", "open", "undisturbed", 0.90, ONCE)],
        ),
        Group(
            [
                Peer("long history", "chassis", said, messages, history=HISTORY),
                Peer("short history", "chassis", said, messages, history=SHORT_HISTORY),
            ],
            [
                _row(
                    "history",
                    "history of 1,000,000 / of 10,000",
                    "long history",
                    "short history",
                    0.90,
                    ONCE,
                )
            ],
        ),
        Group(
            [
                Peer("no work", "chassis", passed, messages, work="nothing"),
                Peer("bare pull", "pull", acked, messages),
            ],
            [
                _row(
                    "overhead",
                    "no business work / bare pull loop",
                    "no work",
                    "bare pull",
                    None,
                    "position and inbox committed / acks only, no store",
                )
            ],
        ),
    ]


def _row(
    key: str, name: str, ours: str, theirs: str, floor: float | None, guarantees: str
) -> Compared:
    return Compared(
        key=key, name=name, ours=ours, theirs=theirs, floor=floor, guarantees=guarantees
    )


def _relay(
    name: str, module: str, messages: int, work: str = "relay", database: str = "relay"
) -> Peer:
    return Peer(name, module, said, messages, work=work, database=database)


async def compare(
    ground: Ground, group: Group, rounds: int, lanes: int, logs: Path, tell: Tell
) -> dict[str, list[Lap]]:
    """Let the peers of a group take turns and fill in its rows; the laps of each."""
    laps: dict[str, list[Lap]] = {peer.name: [] for peer in group.peers}
    for number in range(rounds):
        for peer in group.peers:
            tell(f"{peer.name}, round {number + 1} of {rounds}")
            log = logs / f"{peer.module}.log"
            laps[peer.name].append(await race(ground, peer, lanes, log))
    for row in group.rows:
        ours, theirs = laps[row.ours], laps[row.theirs]
        row.ours_rate = statistics.median(lap.rate for lap in ours)
        row.theirs_rate = statistics.median(lap.rate for lap in theirs)
        row.ratio = statistics.median(
            mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True)
        )
    return laps


DEAD = """
    select regexp_replace(relname, '_[0-9]{8}$|_other$', '') as name,
           sum(n_live_tup)::bigint as live, sum(n_dead_tup)::bigint as dead,
           sum(pg_total_relation_size(relid))::bigint as bytes
    from pg_stat_user_tables
    where schemaname = 'crossdock' and relname ~ '^(inbox|outbox|leases)'
    group by 1 order by 1
"""


async def dead_tuples(
    ground: Ground, messages: int, lanes: int, logs: Path
) -> tuple[Lap, dict[str, Any]]:
    """Handle many messages, and count what vacuum would have to take away."""
    found: dict[str, Any] = {}

    async def look(connection: Any) -> None:
        # Sessions tell of their rows at most once a second, when they rest.
        await connection.execute("select pg_sleep(2.5)")
        for row in await connection.fetch(DEAD):
            found[row["name"]] = {k: row[k] for k in ("live", "dead", "bytes")}

    peer = Peer("chassis", "chassis", said, messages)
    lap = await race(ground, peer, lanes, logs / "chassis.log", look=look)
    return lap, found


async def profiled(
    ground: Ground, messages: int, lanes: int, logs: Path, tell: Tell
) -> dict[str, dict[str, float]]:
    """Where the processor time of a message goes, in microseconds: without work, and in full."""
    found = {}
    for name, work, progress in (("no work", "nothing", passed), ("full path", "full", said)):
        tell(f"{name}, with its stack looked at")
        path = logs / f"profile-{work}.json"
        peer = Peer(name, "chassis", progress, messages, work=work)
        lap = await race(ground, peer, lanes, logs / "chassis.log", profile=path)
        found[name] = shares(path, lap.peer_us)
    return found
