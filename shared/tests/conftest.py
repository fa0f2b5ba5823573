"""The sample service on the path, healed before each test."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def service():
    """The sample service, with nothing broken."""
    from sample import app

    app.BROKEN.clear()
    app.BROKEN["entered"] = asyncio.Event()
    app.CALLS.clear()
    return app.service
