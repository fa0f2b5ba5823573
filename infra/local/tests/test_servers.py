"""The embedded servers, for real."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from crossdock_local.errors import LocalError
from crossdock_local.nats import NatsServer
from crossdock_local.ports import free_ports
from crossdock_local.postgres import PostgresServer

Server = type[NatsServer] | type[PostgresServer]
both = pytest.mark.parametrize("kind", [NatsServer, PostgresServer])


@both
def test_a_server_is_ready_when_start_returns_and_gone_when_stop_does(
    kind: Server, awkward: Path
) -> None:
    """It answers after start, and its port is free after stop."""
    [port] = free_ports(1)
    server = kind(awkward / "server", port)
    server.start()
    pid = server.process.pid
    assert server.ready()
    server.stop()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not server.ready()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@both
def test_a_killed_server_starts_again(kind: Server, tmp_path: Path) -> None:
    """What SIGKILL leaves behind does not keep it from starting."""
    server = kind(tmp_path, *free_ports(1))
    server.start()
    server.kill()
    assert not server.ready()
    server.start()
    assert server.ready()
    server.stop()


def test_postgres_keeps_what_was_committed_before_a_kill(tmp_path: Path) -> None:
    """A commit survives SIGKILL."""
    server = PostgresServer(tmp_path, *free_ports(1))
    server.start()
    server.sql("create table kept (n int)", "insert into kept values (42)")
    server.kill()
    server.start()
    assert server.sql("select n from kept") == "42"
    server.stop()


def test_postgres_listens_on_loopback_with_a_password_only(tmp_path: Path) -> None:
    """No socket file, no trust: a wrong password is refused."""
    server = PostgresServer(tmp_path, *free_ports(1))
    server.start()
    assert server.sql("show unix_socket_directories") == ""
    assert server.sql("show listen_addresses") == "127.0.0.1"
    assert (tmp_path / "admin-password").stat().st_mode & 0o777 == 0o600
    wrong = PostgresServer(tmp_path / "other", server.port)
    wrong.directory.mkdir()
    with pytest.raises(LocalError, match="password authentication failed"):
        wrong.sql("select 1")
    server.stop()


def test_postgres_that_runs_already_is_not_started_twice(tmp_path: Path) -> None:
    """The second start names the process that has the data."""
    server = PostgresServer(tmp_path, *free_ports(1))
    server.start()
    with pytest.raises(LocalError, match=f"process {server.process.pid}"):
        PostgresServer(tmp_path, *free_ports(1)).start()
    server.stop()


def test_an_interrupted_initdb_is_begun_again(tmp_path: Path) -> None:
    """Half a cluster is replaced by a whole one."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18")
    server = PostgresServer(tmp_path, *free_ports(1))
    server.start()
    server.stop()


@both
def test_a_server_that_dies_at_start_says_why(kind: Server, tmp_path: Path) -> None:
    """The error has the log's last line and its path."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = kind(tmp_path, taken.getsockname()[1])
        with pytest.raises(LocalError, match=r"died at start: .+ \(log: .+\.log\)"):
            server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="root only: an ordinary user starts it directly")
def test_postgres_runs_as_nobody_below_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    """A checkout in /root works, without opening /root."""
    closed = tmp_path / "only root's"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "data", *free_ports(1))
    server.start()
    assert psutil.Process(server.process.pid).username() == "nobody"
    assert server.sql("select 1") == "1"
    assert closed.stat().st_mode & 0o777 == 0o700
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_both_servers_run_for_an_ordinary_user() -> None:
    """An unprivileged user starts them directly."""
    code = (
        "import sys, tempfile, pathlib\n"
        "from crossdock_local.servers import NatsServer, PostgresServer\n"
        "from crossdock_local.ports import free_ports\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    for kind in (NatsServer, PostgresServer):\n"
        "        server = kind(pathlib.Path(folder, kind.name), *free_ports(1))\n"
        "        server.start(); server.stop()\n"
    )
    launcher = [sys.executable, "-m", "crossdock_local.as_nobody"]
    subprocess.run([*launcher, sys.executable, "-c", code], check=True)
