"""Telling replicas at once that a person has changed something; they would see it anyway."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from ..broker import OUTAGES
from ..errors import NotReady
from ..pauses import bell
from ..reach import jetstream

console = Console(soft_wrap=True, stderr=True)


async def ring(services: Iterable[str]) -> None:
    """Ring each service's bell; without the broker they look by themselves within a second."""
    try:
        async with jetstream() as js:
            for name in services:
                await js.client.publish(bell(name), b"")
            await js.client.flush()
    except (NotReady, *OUTAGES) as error:
        console.print(f"not announced, but seen within seconds: {error}", style="yellow")
