"""Real servers and real processes; everything of a test is gone after it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from disaster_maker.app import service as maker
from disaster_teller.app import service as teller
from plant import Plant

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs several services together."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.mesh)


@pytest.fixture
async def plant(tmp_path: Path, nats_server: Any, make_database: Any) -> AsyncIterator[Plant]:
    """A maker and a teller, not started yet, with their streams laid."""
    urls = {"maker": await make_database(maker), "teller": await make_database(teller)}
    found = Plant(tmp_path, nats_server.url, urls)
    await found.cli("topology")
    yield found
    await found.close()
