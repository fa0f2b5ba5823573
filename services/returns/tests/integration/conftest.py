"""The service under test."""

import sys
from pathlib import Path

import pytest

from crossdock import Service

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def service() -> Service:
    """Returns as it is deployed."""
    from returns.app import service

    return service
