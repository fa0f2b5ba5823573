"""Answering questions: over the broker, on raw bytes, within a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from crossdock_contracts import Question

if TYPE_CHECKING:
    from .service import Service

ANSWERED_WITHIN = 5.0


def answer_type_of(question: type[Question[Any]]) -> Any:
    """What a question is answered with, as its class declares."""
    for base in getattr(question, "__orig_bases__", ()):
        if getattr(base, "__args__", None):
            return base.__args__[0]
    raise TypeError(f"{question.__name__}: declare it as Question[<its answer>]")


async def raw(message: Any) -> bytes:
    """Keep FastStream from decoding: it would go through a dict and pydantic."""
    body: bytes = message.body
    return body


def answering(service: Service, question: type[Any], function: Any) -> Any:
    """A FastStream handler on raw bytes: decoding stays msgspec's."""
    decoder = msgspec.json.Decoder(question)

    async def answer(body: bytes) -> bytes:
        # Whoever asked has gone on long before: an answer that dawdles must not take up a place.
        async with asyncio.timeout(ANSWERED_WITHIN), service.begin() as tx:
            return msgspec.json.encode(await function(decoder.decode(body), tx))

    return answer
