"""The fixtures that other tests stand on."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from crossdock_local import databases
from crossdock_local.databases import Databases
from crossdock_local.errors import LocalError
from crossdock_local.nats import NatsServer
from crossdock_local.postgres import psql
from crossdock_local.processes import wait_gone
from crossdock_local.pytest_plugin import MakeDatabase, ServiceUrls


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services migrated so far, by a migration of one table."""
    done: list[str] = []

    async def migrate(service: SimpleNamespace, url: str) -> None:
        done.append(service.name)
        psql(url, "create table things (n int)")

    monkeypatch.setattr(databases, "_migrate", migrate)
    return done


async def test_a_service_is_migrated_once_and_cloned_for_each_test(
    make_database: MakeDatabase, migrations: list[str]
) -> None:
    """Two databases of a service come from one migration and share nothing."""
    service = SimpleNamespace(name="fixture_a")
    first, second = await make_database(service), await make_database(service)
    psql(first, "insert into things values (1)")
    assert psql(first, "select count(*) from things") == "1"
    assert psql(second, "select count(*) from things") == "0"
    assert migrations == ["fixture_a"]


async def test_no_service_reads_the_database_of_another(
    make_database: MakeDatabase, migrations: list[str]
) -> None:
    """The role of one is refused by the database of the other."""
    mine = await make_database(SimpleNamespace(name="fixture_b"))
    other = await make_database(SimpleNamespace(name="fixture_c"))
    with pytest.raises(LocalError, match="permission denied for database"):
        psql(f"{mine.rpartition('/')[0]}/{other.rpartition('/')[2]}", "select 1")


async def test_databases_are_dropped_with_their_roles(
    postgres_url: str, migrations: list[str]
) -> None:
    """Nothing stays behind on a server that is not ours."""
    mine = Databases(postgres_url, suffix="zz")
    mine.drop(await mine.clone(SimpleNamespace(name="fixture_d")))
    mine.drop_all()
    assert psql(postgres_url, "select 1 from pg_database where datname like '%_zz%'") == ""
    assert psql(postgres_url, "select 1 from pg_roles where rolname like '%_zz%'") == ""


async def test_service_urls_are_of_this_tests_servers(
    service_urls: ServiceUrls, nats_server: NatsServer, migrations: list[str]
) -> None:
    """A service's test gets a NATS and a database of its own."""
    nats_url, database_url = await service_urls(SimpleNamespace(name="fixture_a"))
    assert nats_url == nats_server.url
    assert nats_server.ready()
    assert psql(database_url, "select 1") == "1"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_tests_leave_no_server(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C and a time limit's SIGTERM stop the servers too."""
    (tmp_path / "test_long.py").write_text(
        textwrap.dedent("""
        import time

        def test_long(postgres_url, nats_url):
            print("started", flush=True)
            time.sleep(60)
        """)
    )
    plugins = ["-p", "crossdock_local.pytest_plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-s", *plugins, "-c", "/dev/null", str(tmp_path)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    ) as tests:
        assert tests.stdout is not None
        while "started" not in (line := tests.stdout.readline()):
            assert line, "pytest ended too early"
        servers = psutil.Process(tests.pid).children(recursive=True)
        assert {"nats-server", "postgres"} <= {server.name() for server in servers}
        tests.send_signal(how)
        tests.communicate(timeout=180)
    assert wait_gone(servers, timeout=30) == []


def test_what_shares_a_mesh_is_run_by_one_worker(tmp_path: Path) -> None:
    """A folder that shares stays together; elsewhere a file does, and files go side by side."""
    body = """
        import os, pathlib, pytest

        @pytest.mark.parametrize("n", range(6))
        def test_it(n):
            with pathlib.Path("ran").open("a") as file:
                file.write(f"{__file__} {os.environ['PYTEST_XDIST_WORKER']}\\n")
    """
    names = ("tests/mesh/test_a.py", "tests/mesh/test_b.py", "test_c.py", "test_d.py")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(body))
    words = ["-n", "2", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    workers = {name: {worker for path, worker in ran if path.endswith(name)} for name in names}
    assert all(len(each) == 1 for each in workers.values()), workers
    assert workers["tests/mesh/test_a.py"] == workers["tests/mesh/test_b.py"]
    assert len(set().union(*workers.values())) == 2
