"""Fixtures on real servers: a PostgreSQL per session, a nats-server per test, databases cloned.

CROSSDOCK_POSTGRES_URL names an administrator's URL to use instead of the embedded PostgreSQL;
`--testcontainers` takes both servers from Docker.
"""

import secrets
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .databases import Databases
from .environment import POSTGRES_URL, given_servers
from .nats import NatsServer
from .ports import free_ports
from .postgres import SETTINGS, THROWAWAY, PostgresServer

# Folders whose tests share something that takes long to make: a mesh, an old release.
SHARED = ("tests/mesh/", "tests/mixed/")
POSTGRES_IMAGE = "postgres:18"
NATS_IMAGE = "nats:2.12"
MakeDatabase = Callable[[Any], Awaitable[str]]
ServiceUrls = Callable[[Any], Awaitable[tuple[str, str]]]


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis judges what code does, never how fast a shared machine is today."""
    try:
        from hypothesis import HealthCheck, settings
    except ImportError:
        return
    settings.register_profile(
        "crossdock", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("crossdock")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run side by side, a file stays together, and so do all that share one mesh."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((folder for folder in SHARED if file.startswith(folder)), file)

    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --testcontainers."""
    parser.addoption(
        "--testcontainers",
        action="store_true",
        help="take PostgreSQL and NATS from Docker instead of the embedded ones",
    )


@pytest.fixture(scope="session")
def postgres_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An administrator's URL of the PostgreSQL of this test session."""
    given = given_servers().get(POSTGRES_URL)
    if given:
        yield given
    elif request.config.getoption("testcontainers"):
        yield from _postgres_in_docker()
    else:
        yield from _embedded_postgres(tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    """Migrated templates and their clones on this session's PostgreSQL; dropped at the end."""
    found = Databases(postgres_url, suffix=secrets.token_hex(4))
    yield found
    found.drop_all()


@pytest.fixture
def make_database(databases: Databases) -> Iterator[MakeDatabase]:
    """Call with a service: the URL of a fresh, migrated database of its own role."""
    made: list[str] = []

    async def make(service: Any) -> str:
        url = await databases.clone(service)
        made.append(url)
        return url

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A fresh embedded nats-server, which the test may stop, kill and start again."""
    [port] = free_ports(1)
    server = NatsServer(tmp_path / "nats", port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def nats_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh nats-server with JetStream, empty."""
    if request.config.getoption("testcontainers"):
        yield from _nats_in_docker()
    else:
        yield request.getfixturevalue("nats_server").url


@pytest.fixture
def service_urls(nats_url: str, make_database: MakeDatabase) -> ServiceUrls:
    """Call with a service: the URLs of this test's NATS and of a fresh database for it."""

    async def urls(service: Any) -> tuple[str, str]:
        return nats_url, await make_database(service)

    return urls


def _embedded_postgres(directory: Path) -> Iterator[str]:
    [port] = free_ports(1)
    server = PostgresServer(directory, port, settings=THROWAWAY)
    # Whoever stops the tests by SIGTERM (a CI's time limit) must not leave a server behind:
    # as KeyboardInterrupt it lets fixtures finish.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
        signal.signal(signal.SIGTERM, before)


def _postgres_in_docker() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer  # only where it was asked for

    connections = f"-c max_connections={SETTINGS['max_connections']}"
    image = PostgresContainer(POSTGRES_IMAGE, driver=None).with_command(connections)
    with image as container:
        yield container.get_connection_url()


def _nats_in_docker() -> Iterator[str]:
    from testcontainers.nats import NatsContainer  # only where it was asked for

    with NatsContainer(NATS_IMAGE).with_command("-js") as container:
        yield container.nats_uri()
