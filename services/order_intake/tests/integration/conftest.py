"""Order intake at its desk, with master data."""

from __future__ import annotations

import pytest
from intake_facts import MASTER

from crossdock import Service
from crossdock.testing import Desk


@pytest.fixture
def service() -> Service:
    """Order intake as it is deployed."""
    from order_intake.app import service

    return service


@pytest.fixture
async def intake(desk: Desk) -> Desk:
    """A desk whose service knows customer C1 and items A, B and OLD."""
    await desk.deliver(*MASTER)
    return desk
