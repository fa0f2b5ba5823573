"""The service under test."""

import pytest

from crossdock import Service


@pytest.fixture
def service() -> Service:
    """Returns as it is deployed."""
    from returns.app import service

    return service
