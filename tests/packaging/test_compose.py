"""compose.yaml says what is true of the services, and every file it mounts is there."""

import shutil
import subprocess
import sys
from typing import Any

import pytest
from crossdock_packaging.project import ROOT, SERVICES
from crossdock_packaging.told import compose, mounts, schema_complaints, variables

from crossdock import Service
from crossdock_local.ports import FLOW
from crossdock_local.postgres import SETTINGS, psql
from crossdock_local.pytest_plugin import NATS_IMAGE, POSTGRES_IMAGE
from crossdock_local.users import public_key

STARTED = "service_completed_successfully"


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    """The services of compose.yaml."""
    found: dict[str, Any] = compose()["services"]
    return found


def test_it_is_a_compose_file() -> None:
    """It fits the schema of the Compose specification."""
    assert schema_complaints("vendor.compose-spec", "compose.yaml") == ""


def test_docker_understands_it(tmp_path: Any) -> None:
    """Docker's own reading of it, where that is installed; it takes no running engine."""
    probe = ["docker", "compose", "version"]
    if not shutil.which("docker") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("docker compose is not installed here")
    passwords = [sys.executable, str(ROOT / "infra/images/passwords.py")]
    (tmp_path / ".env").write_bytes(subprocess.run(passwords, stdout=-1, check=True).stdout)
    command = ["docker", "compose", "--env-file", str(tmp_path / ".env"), "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_runs_every_service_and_its_migration(parts: dict[str, Any]) -> None:
    """None is forgotten, and what is no service is an addition of its own."""
    migrations = {f"migrate-{name}" for name in SERVICES}
    around = {"nats", "postgres", "topology"}
    optional = {name for name, part in parts.items() if part.get("profiles")}
    assert set(parts) == set(SERVICES) | migrations | around | optional
    assert optional == {"erp", "warehouse", "otel-collector", "jaeger", "prometheus", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_what_its_settings_read(
    name: str, parts: dict[str, Any], services: dict[str, Service]
) -> None:
    """Each variable exists, the service cannot start without those it lacks, none is another's."""
    part = parts[name]
    told = set(part["environment"])
    assert told <= variables(services[name].settings_type)
    seed = f"{name.upper()}_NATS_SEED"
    assert told >= {f"{name.upper()}_DATABASE_URL", "CROSSDOCK_NATS_URL", seed}
    password = f"{name.upper()}_PASSWORD"
    address = f"postgresql://{name}:{password}@postgres:5432/{name}"
    assert part["environment"][f"{name.upper()}_DATABASE_URL"] == address
    assert part["environment"][seed] == seed
    assert "POSTGRES_PASSWORD" not in str(part)
    assert "_NATS_SEED" not in str(parts["nats"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_on_ground_that_is_laid(name: str, parts: dict[str, Any]) -> None:
    """Migrations by the same image, streams, then the service."""
    assert parts[name]["depends_on"] == {
        f"migrate-{name}": {"condition": STARTED},
        "topology": {"condition": STARTED},
    }
    job = parts[f"migrate-{name}"]
    assert job["command"] == ["crossdock", "migrate", name]
    assert job["image"] == parts[name]["image"] == f"crossdock/{name}"
    assert parts[name]["build"]["dockerfile"] == f"services/{name}/Dockerfile"
    assert set(job["environment"]) == {"CROSSDOCK_POSTGRES_URL", f"{name.upper()}_DATABASE_URL"}


def test_ports_are_those_of_a_local_mesh_and_open_to_this_machine_only(
    parts: dict[str, Any],
) -> None:
    """Whoever knows the one set-up finds everything in the other."""
    expected = {name: [f"127.0.0.1:{7401 + n}:8000"] for n, name in enumerate(FLOW)}
    expected["partner_edi"].append("127.0.0.1:7421:2222")  # SFTP, where it is asked for
    assert {name: parts[name]["ports"] for name in FLOW} == expected
    published = [port for part in parts.values() for port in part.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len(published) == len(set(published))


def test_what_is_mounted_is_there(parts: dict[str, Any]) -> None:
    """Docker would make an empty folder of a file that is missing."""
    named = compose()["volumes"]
    for part in parts.values():
        for source, _ in mounts(part):
            assert source in named or (ROOT / source).exists(), source
        if "build" in part:
            assert (ROOT / part["build"]["dockerfile"]).is_file()


def test_servers_are_those_that_the_tests_know(parts: dict[str, Any]) -> None:
    """The images are those of `--testcontainers`."""
    assert parts["postgres"]["image"] == POSTGRES_IMAGE
    assert parts["nats"]["image"] == f"{NATS_IMAGE}-alpine"


def test_passwords_are_made_for_everybody() -> None:
    """The command that the head of compose.yaml names fills in every variable that it needs."""
    command = [sys.executable, "-I", str(ROOT / "infra/images/passwords.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line for line in printed.splitlines() if not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines)
    assert len(set(given.values())) == len(given) == 3 * len(SERVICES) + 3
    compose(given)
    for name in ("crossdock", *SERVICES):
        assert public_key(given[f"{name.upper()}_NATS_SEED"]) == given[f"{name.upper()}_NKEY"]


def test_postgres_takes_its_settings(postgres_url: str) -> None:
    """Every setting of postgresql.conf is known to a PostgreSQL 18, with a value it accepts."""
    lines = (ROOT / "infra/postgres/postgresql.conf").read_text().splitlines()
    settings = dict(line.split(" = ") for line in lines if line and not line.startswith("#"))
    assert settings.keys() >= SETTINGS.keys() - {"fsync"}
    for name, value in settings.items():
        psql(postgres_url, f"alter system set {name} = {value}", f"alter system reset {name}")
