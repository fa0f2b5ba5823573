"""Full disks: a small file system filled to the last byte, or a limit where none can be mounted."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import psutil

from . import broker
from .hand import Hand
from .plan import Strike


async def disk_logs(hand: Hand, strike: Strike) -> str:
    """There is no room for logs any more."""
    if hand.mesh.has_small(hand.mesh.logs):
        await _fill_disk(hand.mesh.logs, strike.lasts)
        return f"the file system of all logs was full for {strike.lasts:.1f} s"
    hand.mesh.limit_logs(0)
    await asyncio.sleep(strike.lasts)
    hand.mesh.limit_logs(psutil.RLIM_INFINITY)
    return f"no byte of log could be written for {strike.lasts:.1f} s (simulated: RLIMIT_FSIZE)"


async def disk_broker(hand: Hand, strike: Strike) -> str:
    """There is no room for events any more.

    nats-server turns JetStream off when a write fails so, and stays without it: after there is
    room again it has to be started anew, as its operator would.
    """
    async with hand.broker_busy:
        if hand.mesh.has_small(hand.mesh.nats):
            await _fill_disk(hand.mesh.nats, strike.lasts)
            await asyncio.to_thread(hand.mesh.signal, "nats", signal.SIGTERM)
            return f"the broker's file system was full for {strike.lasts:.1f} s, then a new start"
        # Tried again after a failure, this must not take the full streams for the roomy ones.
        hand.roomy = hand.roomy or await broker.read_room(hand.nats_url)
        await broker.take_room(hand.nats_url, hand.roomy)
        await asyncio.sleep(strike.lasts)
        await broker.give_room(hand.nats_url, hand.roomy)
        hand.roomy = []
    return f"all streams were full for {strike.lasts:.1f} s (simulated: a limit on each stream)"


async def _fill_disk(folder: Path, seconds: float) -> None:
    """Fill a small file system to the last byte for a while."""
    ballast = folder / "ballast"
    try:
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(seconds)
    finally:
        ballast.unlink(missing_ok=True)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4_096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
