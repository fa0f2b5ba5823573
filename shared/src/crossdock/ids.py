"""Ids: time-ordered, so indexes stay compact, or derived, so that a replay makes the same one."""

from __future__ import annotations

import os
import time
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1c0a52-6a6b-5d0e-9f53-0c6f0f3f7d11")


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): milliseconds since 1970, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    high = (time.time_ns() // 1_000_000) << 80
    value = high | (random & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def derived_id(*parts: object) -> UUID:
    """The same parts give the same UUID (version 5), on every machine and every time."""
    return uuid5(NAMESPACE, "\x1f".join(map(str, parts)))
