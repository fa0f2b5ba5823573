"""The mesh as processes kept running."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from dotenv import dotenv_values
from typer import Typer
from typer.testing import CliRunner

from crossdock_local.cli import register
from crossdock_local.environment import only_for
from crossdock_local.errors import LocalError
from crossdock_local.nats import NatsServer
from crossdock_local.ports import Ports, free_ports
from crossdock_local.postgres import PostgresServer
from crossdock_local.processes import runs, wait_gone
from crossdock_local.runtime import LocalMesh

MakeMesh = Callable[[Path], LocalMesh]


def processes_of(state: Path) -> list[psutil.Process]:
    """Every living process that was started for this state folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("CROSSDOCK_STATE", "")]
        except psutil.Error:
            continue
        if runs(process) and any(str(state) in word for word in words):
            found.append(process)
    return found


def run(*words: str) -> tuple[int, str]:
    """Run a command of the command line: its exit code, and all it printed."""
    app = Typer()
    register(app)
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_up_starts_all_and_down_leaves_no_process(make_mesh: MakeMesh, awkward: Path) -> None:
    """Servers and services run after up, from an awkward path too; nothing runs after down."""
    mesh = make_mesh(awkward / "var" / "local")
    mesh.up()
    assert mesh.is_up()
    assert {process.name for process in mesh.processes()} == {
        "nats",
        "postgres",
        "invoicing",
        "returns",
    }
    assert mesh.down()
    assert processes_of(mesh.state) == []
    assert not list((mesh.state / "run").glob("*.pid"))
    assert not mesh.down()


def test_a_mesh_comes_back_with_its_data(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """Passwords and databases are the same after down and up."""
    mesh = make_mesh(tmp_path / "state")
    mesh.up()
    before = mesh.environment()
    mesh.down()
    mesh.up()
    assert mesh.environment() == before


def test_a_service_that_dies_is_started_again(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """SIGKILL on a service gives it a new process."""
    mesh = make_mesh(tmp_path / "state")
    mesh.up()

    def pid() -> int:
        return next(process.pid for process in mesh.processes() if process.name == "invoicing")

    first = pid()
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while pid() in (0, first):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_killed_supervisord_leaves_is_stopped_by_down(
    make_mesh: MakeMesh, tmp_path: Path
) -> None:
    """Its children outlive it, and are found through their pid files."""
    mesh = make_mesh(tmp_path / "state")
    mesh.up()
    kill_supervisord(mesh)
    assert processes_of(mesh.state)
    assert mesh.down()
    assert processes_of(mesh.state) == []


def test_up_after_a_killed_supervisord_starts_afresh(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """The ports are taken by our own leftovers: they are stopped first."""
    mesh = make_mesh(tmp_path / "state")
    mesh.up()
    kill_supervisord(mesh)
    mesh.up()
    assert mesh.is_up()


def kill_supervisord(mesh: LocalMesh) -> None:
    """Kill supervisord as if the memory had run out."""
    daemon = psutil.Process(int((mesh.state / "run" / "supervisord.pid").read_text()))
    daemon.kill()
    assert wait_gone([daemon], timeout=30) == []


def test_a_process_that_took_over_a_pid_is_left_alone(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """A stale pid file that names a stranger stops nobody."""
    mesh = make_mesh(tmp_path / "state")
    (mesh.state / "run").mkdir(parents=True)
    (mesh.state / "run" / "nats.pid").write_text(str(os.getppid()))
    assert mesh.supervisor.leftovers() == []


def test_a_taken_port_is_named_with_its_holder(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """One line: which port, whose, and what to do."""
    mesh = make_mesh(tmp_path / "state")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", mesh.ports.nats))
        taken.listen()
        with pytest.raises(LocalError) as raised:
            mesh.up()
    assert f"port {mesh.ports.nats} (nats) is taken by" in str(raised.value)
    assert f"process {os.getpid()}" in str(raised.value)
    assert "CROSSDOCK_PORT_BASE" in str(raised.value)


def test_two_meshes_on_the_same_ports_know_each_other(make_mesh: MakeMesh, tmp_path: Path) -> None:
    """The line names the folder of the mesh that is in the way."""
    first = make_mesh(tmp_path / "first")
    first.up()
    second = LocalMesh(tmp_path / "second", first.ports)
    with pytest.raises(LocalError, match=f"taken by the Crossdock in {first.state}"):
        second.up()
    assert first.is_up()


def test_a_nearly_full_disk_is_noticed_before_anything_starts(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says how much is free and how much is needed."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=123_000_000))
    with pytest.raises(LocalError, match=r"only 123 MB are free .* 500 MB are needed"):
        make_mesh(tmp_path / "state").up()


@pytest.mark.parametrize("broken", ["run", "migrate"])
def test_what_fails_at_start_says_why_and_leaves_nothing(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The last line of its log and the log's path; everything else is stopped again."""
    monkeypatch.setenv("FAIL", broken)
    mesh = make_mesh(tmp_path / "state")
    with pytest.raises(LocalError, match=r"wrong phase \(log: .+\.log\)"):
        mesh.up()
    assert processes_of(mesh.state) == []


def test_a_real_server_that_does_not_answer_is_named(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable and the address are in the line, the password is not."""
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", "postgresql://boss:secret@127.0.0.1:9/postgres")
    mesh = make_mesh(tmp_path / "state")
    with pytest.raises(
        LocalError, match=r"127\.0\.0\.1:9/postgres, which CROSSDOCK_POSTGRES_URL"
    ) as e:
        mesh.up()
    assert "secret" not in str(e.value)


def test_the_environment_file_says_what_the_mesh_says(make_mesh: MakeMesh, awkward: Path) -> None:
    """crossdock.env survives quotes and spaces, is private, and is where the command line looks."""
    mesh = make_mesh(awkward / "var" / "local")
    mesh.up()
    shared = mesh.state.parent / "crossdock.env"
    values = mesh.environment()
    assert dotenv_values(shared) == values
    assert shared.stat().st_mode & 0o777 == 0o600
    assert values["INVOICING_HTTP_PORT"] == str(mesh.ports.services["invoicing"])
    assert values["INVOICING_DATABASE_URL"].endswith(f"@127.0.0.1:{mesh.ports.postgres}/invoicing")
    assert values["PARTNER_EDI_ROOT"] == str(mesh.state / "edi")
    assert mesh.reset()
    assert not shared.exists()


def test_another_meshs_embedded_servers_are_not_taken_for_real_ones(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line has var/crossdock.env in its environment when it starts the next mesh."""
    first = make_mesh(tmp_path / "first")
    for name, value in first.environment().items():
        monkeypatch.setenv(name, value)
    second = make_mesh(tmp_path / "second")
    assert second.given == {}
    assert second.environment()["CROSSDOCK_NATS_URL"] == f"nats://127.0.0.1:{second.ports.nats}"
    second.up()
    service = next(p.pid for p in second.processes() if p.name == "invoicing")
    known = psutil.Process(service).environ()
    assert known["INVOICING_DATABASE_URL"] == second.environment()["INVOICING_DATABASE_URL"]
    assert "RETURNS_DATABASE_URL" not in known
    assert "CROSSDOCK_POSTGRES_URL" not in known


def test_real_servers_are_used_as_given(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No embedded server starts, and every service's URL is on the given one."""
    nats, postgres = (
        NatsServer(tmp_path / "nats", *free_ports(1)),
        PostgresServer(tmp_path / "postgres", *free_ports(1)),
    )
    nats.start()
    postgres.start()
    monkeypatch.setenv("CROSSDOCK_NATS_URL", nats.url)
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres.url)
    mesh = make_mesh(tmp_path / "state")
    mesh.up()
    assert {process.name for process in mesh.processes()} == {"invoicing", "returns"}
    assert f":{postgres.port}/invoicing" in mesh.environment()["INVOICING_DATABASE_URL"]
    monkeypatch.delenv("CROSSDOCK_NATS_URL")
    assert LocalMesh(mesh.state).environment()["CROSSDOCK_NATS_URL"] == nats.url
    mesh.down()
    assert nats.ready()
    nats.stop()
    postgres.stop()


def test_a_service_knows_no_password_but_its_own() -> None:
    """Neither the administrator's nor another service's database reaches it."""
    values = {
        "CROSSDOCK_POSTGRES_URL": "a",
        "INVOICING_DATABASE_URL": "b",
        "RETURNS_DATABASE_URL": "c",
        "RETURNS_URL": "d",
    }
    assert only_for("invoicing", values).keys() == {"INVOICING_DATABASE_URL", "RETURNS_URL"}


def test_the_command_line_from_up_to_reset(
    make_mesh: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """up, up again, logs, down, down again, reset, reset again."""
    ports = Ports.free()
    monkeypatch.setattr(Ports, "default", lambda: ports)
    state = tmp_path / "state"
    make_mesh(state)
    option = ("--state", str(state))
    code, said = run("up", *option)
    assert code == 0
    assert "Crossdock is up" in said
    assert f"http://127.0.0.1:{ports.services['invoicing']}" in said
    assert "already up" in run("up", *option)[1]
    assert "asked for /readyz" in run("logs", "invoicing", *option)[1]
    assert run("logs", "nobody", *option)[0] == 1
    assert run("down", *option) == (0, "Crossdock is down, its data is kept.\n")
    assert run("down", *option) == (0, "Nothing is running.\n")
    assert run("reset", *option)[0] == 0
    assert not state.exists()
    assert run("reset", *option) == (0, "There is nothing to forget.\n")


def test_reset_removes_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    """A mistyped --state loses no data."""
    (tmp_path / "thesis.txt").write_text("three years of work")
    code, said = run("reset", "--state", str(tmp_path))
    assert code == 1
    assert len(said.splitlines()) == 1
    assert (tmp_path / "thesis.txt").exists()
