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


def streams() -> list[str]:
    """The streams of all nouns in the contracts, by name."""
    return sorted({EventName.parse(literal).stream for literal in catalogue()})


def configuration(stream: str) -> dict[str, Any]:
    """A stream as it has to be, wherever it is; how many copies of it is a matter of the place."""
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
        "max_bytes": -1,
        "max_msgs": -1,
        "duplicate_window": DEDUPLICATION,
        "allow_direct": True,
        "deny_delete": True,
    }


async def lay_streams(
    jetstream: JetStream,
    *,
    replicas: int | None = None,
    keep_days: int | None = None,
    tell: Callable[[str, str], None] = lambda stream, what: None,
) -> None:
    """Make the streams that are missing, and change those that differ; `tell(stream, what)`.

    `keep_days` 0 keeps for ever. What is not given stays as it is: whoever mends one stream does
    not take copies away from all. A new stream has what the others have, or one copy, for ever.
    """
    wanted = [configuration(each) for each in streams()]
    found = await asyncio.gather(*(jetstream.stream(each["name"]) for each in wanted))
    like = next((there["config"] for there in found if there), {"num_replicas": 1, "max_age": 0})
    asked: dict[str, Any] = {}
    if replicas is not None:
        asked["num_replicas"] = replicas
    if keep_days is not None:
        asked["max_age"] = keep_days * 86_400 * SECONDS

    async def lay(wanted: dict[str, Any], *place: str) -> None:
        stream = wanted["name"]
        there = await jetstream.stream(stream)
        if there is None:
            new = {name: (like | asked)[name] for name in place}
            await jetstream.api(f"STREAM.CREATE.{stream}", wanted | new, timeout=15)
            tell(stream, "created")
            return
        config = there["config"]
        changed = config | wanted | {name: asked[name] for name in place if name in asked}
        if changed != config:
            await jetstream.api(f"STREAM.UPDATE.{stream}", changed, timeout=15)
        tell(stream, "unchanged" if changed == config else "changed")

    laid = [lay(each, "num_replicas", "max_age") for each in wanted]
    await asyncio.gather(*laid, lay(bucket(), "num_replicas"))


def bucket() -> dict[str, Any]:
    """Where services say what they are: a bucket of NATS' keys and values, which is a stream."""
    return {
        "name": f"KV_{BUCKET}",
        "description": "What each service was when it was last started, by environment.",
        "subjects": [f"$KV.{BUCKET}.>"],
        "max_msgs_per_subject": 1,
        "discard": "new",
        "storage": "file",
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "deny_delete": True,
    }


async def missing_streams(jetstream: JetStream, wanted: Sequence[str]) -> list[str]:
    """Those of some streams that the server does not have."""
    there = await asyncio.gather(*(jetstream.stream(stream) for stream in wanted))
    return [stream for stream, info in zip(wanted, there, strict=True) if info is None]
