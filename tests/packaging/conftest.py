"""What is shipped, made once: wheels, libraries, servers configured as compose.yaml does."""

import importlib
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crossdock_packaging.isolation import Environment, build_wheels, link_distributions
from crossdock_packaging.project import ROOT, SERVICES, packages
from crossdock_packaging.running import Nats

from crossdock import Service
from crossdock_local.environment import database_url
from crossdock_local.nats import binary
from crossdock_local.ports import HOST, free_ports
from crossdock_local.postgres import psql
from crossdock_local.processes import ServerProcess, wait_until
from crossdock_local.programs import crossdock
from crossdock_local.users import ADMINISTRATOR, new_seed, public_key
from crossdock_local.waiting import listens


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """Every service, by name."""
    return {name: importlib.import_module(f"{name}.app").service for name in SERVICES}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of the contracts, the chassis and every service."""
    target = tmp_path_factory.mktemp("wheels")
    wanted = ["contracts", "shared", *(f"services/{name}" for name in SERVICES)]
    build_wheels((packages()[folder] for folder in wanted), target)
    return target


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an image's lock brings, and nothing else."""
    return link_distributions("infra/runtime.lock", tmp_path_factory.mktemp("libraries"))


@pytest.fixture
def isolated(wheels: Path, libraries: Path, tmp_path: Path) -> Callable[[str], Environment]:
    """Call with a service: a virtual environment with contracts, chassis and that one."""

    def make(name: str) -> Environment:
        ours = ("crossdock_contracts", "crossdock", f"crossdock_{name}")
        found = [next(wheels.glob(f"{package}-[0-9]*.whl")) for package in ours]
        return Environment.make(tmp_path / "venv", libraries, found)

    return make


@pytest.fixture(scope="session")
def nats_of_compose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """A nats-server with the configuration that compose.yaml gives it."""
    folder = tmp_path_factory.mktemp("nats")
    seeds = {user: new_seed() for user in (ADMINISTRATOR, *SERVICES)}
    port, monitoring = free_ports(2)
    command = [str(binary()), "--config", str(ROOT / "infra" / "nats" / "nats.conf")]
    command += ["--addr", HOST, "--port", str(port), "--http_port", str(monitoring)]
    process = ServerProcess("nats", folder / "nats.log")
    variables = {f"{user.upper()}_NKEY": public_key(seed) for user, seed in seeds.items()}
    process.start([*command, "--store_dir", str(folder)], os.environ | variables)
    try:
        url = f"nats://{HOST}:{port}"
        wait_until(lambda: listens(url), process.alive, "nats", process.log, timeout=120)
        yield Nats(port, seeds)
    finally:
        process.kill()


@pytest.fixture(scope="session")
def streams(nats_of_compose: Nats) -> Nats:
    """The same server, its streams made by the command that the job `topology` runs."""
    environment = os.environ | nats_of_compose.told(ADMINISTRATOR)
    subprocess.run([*crossdock(), "topology"], env=environment, check=True, capture_output=True)
    return nats_of_compose


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """Call with a service: the URL of a database and role that do not exist yet."""
    made: list[str] = []

    def name_one(service: str) -> str:
        made.append(f"{service}_{secrets.token_hex(4)}")
        return database_url(postgres_url, made[-1], secrets.token_urlsafe(12), made[-1])

    yield name_one
    for name in made:
        psql(postgres_url, f"drop database if exists {name} with (force)")
        psql(postgres_url, f"drop role if exists {name}")
