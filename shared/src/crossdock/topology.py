"""Streams: one per noun, made and changed by command only, from the contracts.

A stored subject carries the key's partition number instead of the key: the server keeps an index of
subjects in memory, and lanes divide by these numbers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from crossdock_contracts import EventName, catalogue

from .broker import JetStream
from .leases import PARTITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 1_000_000_000
# The verb and the version stay; the key becomes its partition number.
WILDCARDS = "{{wildcard(1)}}.{{wildcard(2)}}"
PARTITION = f"{{{{partition({PARTITIONS},3)}}}}"
BUCKET = "crossdock_deployed"
DEDUPLICATION = 120 * SECONDS


def wake_subject(service: str) -> str:
    """On which replicas of a service tell one another that there is something to do."""
    return f"_crossdock.{service}.wake"


def streams() -> list[str]:
    """The streams of all nouns in the contracts, by name."""
    return sorted({EventName.parse(literal).stream for literal in catalogue()})


def configuration(stream: str, *, replicas: int = 1, keep_days: int = 0) -> dict[str, Any]:
    """A stream as it has to be; `keep_days` 0 keeps for ever."""
    noun = stream.lower()
    return {
        "name": stream,
        "description": f"Every event of the noun {noun}.",
        "subjects": [f"{noun}.*.*.*"],
        "subject_transform": {
            "src": f"{noun}.*.*.*",
            "dest": f"{noun}.{WILDCARDS}.{PARTITION}",
        },
        "retention": "limits",
        "storage": "file",
        "num_replicas": replicas,
        "max_age": keep_days * 86_400 * SECONDS,
        "max_bytes": -1,
        "max_msgs": -1,
        "duplicate_window": DEDUPLICATION,
        "allow_direct": True,
        "deny_delete": True,
    }


async def lay_streams(
    jetstream: JetStream,
    *,
    replicas: int = 1,
    keep_days: int = 0,
    tell: Callable[[str, str], None] = lambda stream, what: None,
) -> None:
    """Make the streams that are missing, and change those that differ; `tell(stream, what)`."""

    async def lay(wanted: dict[str, Any]) -> None:
        stream = wanted["name"]
        there = await jetstream.stream(stream)
        if there is None:
            await jetstream.api(f"STREAM.CREATE.{stream}", wanted, timeout=15)
            tell(stream, "created")
        elif any(there["config"].get(field) != value for field, value in wanted.items() if value):
            await jetstream.api(
                f"STREAM.UPDATE.{stream}", {**there["config"], **wanted}, timeout=15
            )
            tell(stream, "changed")
        else:
            tell(stream, "unchanged")

    wanted = [configuration(each, replicas=replicas, keep_days=keep_days) for each in streams()]
    await asyncio.gather(*map(lay, [*wanted, bucket(replicas)]))


def bucket(replicas: int) -> dict[str, Any]:
    """Where services say what they are: a bucket of NATS' keys and values, which is a stream."""
    return {
        "name": f"KV_{BUCKET}",
        "description": "What each service was when it was last started, by environment.",
        "subjects": [f"$KV.{BUCKET}.>"],
        "max_msgs_per_subject": 1,
        "discard": "new",
        "storage": "file",
        "num_replicas": replicas,
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "deny_delete": True,
    }


async def missing_streams(jetstream: JetStream, wanted: Sequence[str]) -> list[str]:
    """Those of some streams that the server does not have."""
    there = await asyncio.gather(*(jetstream.stream(stream) for stream in wanted))
    return [stream for stream, info in zip(wanted, there, strict=True) if info is None]
