"""What is done with a lease that another version made."""

from __future__ import annotations

import asyncio


class Idle:
    """A lease for work that this version does not know: held, and nothing done."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End."""
        self._stopped.set()

    async def run(self) -> None:
        """Wait for the end."""
        await self._stopped.wait()
