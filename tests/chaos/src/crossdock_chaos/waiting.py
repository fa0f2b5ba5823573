"""Asking whether a service is ready, without holding up anything else."""

from __future__ import annotations

import asyncio

from crossdock_local.waiting import answers


async def ready(url: str) -> bool:
    """Whether a service says that it can work."""
    return await asyncio.to_thread(answers, f"{url}/readyz")
