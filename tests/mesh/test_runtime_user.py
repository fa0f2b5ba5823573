"""`crossdock up` and `down` as an ordinary user, and what they say when something is wrong."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from conftest import CROSSDOCK, processes_of

from crossdock_local.as_nobody import everyone_can_enter
from crossdock_local.ports import free_ports

pytestmark = pytest.mark.mesh

NEEDED = {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder of an ordinary user; nothing runs in it afterwards."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    entry = pwd.getpwnam("nobody")
    os.chown(tmp_path, entry.pw_uid, entry.pw_gid)
    for folder in (tmp_path, *tmp_path.parents):
        if not everyone_can_enter(folder / "x"):
            folder.chmod(folder.stat().st_mode | 0o011)
    try:
        reached = as_user(tmp_path, "--help").returncode == 0
    except PermissionError:
        reached = False
    if not reached:
        pytest.skip("runs as root, and Python or the checkout is in a folder that only root enters")
    yield tmp_path
    assert processes_of(tmp_path) == []


def as_user(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the owner of a folder, from there, with hardly any environment."""
    owner = home.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    return subprocess.run(
        [CROSSDOCK, *words],
        cwd=home,
        env=NEEDED | {"HOME": str(home), "PATH": os.defpath, "COLUMNS": "200"} | settings,
        capture_output=True,
        text=True,
        timeout=300,
        **(who if os.geteuid() == 0 else {}),
    )


@pytest.fixture
def base(home: Path) -> Iterator[str]:
    """A base port with room for a mesh; whatever is started in this folder is stopped."""
    for port in free_ports(40):
        if all(_free(port + offset) for offset in range(50)):
            break
    yield str(port)
    as_user(home, "down")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_ordinary_user_starts_and_stops_a_mesh(home: Path, base: str) -> None:
    """Twice in a row, with the data kept; every process is the user's, none is left."""
    for _ in range(2):
        up = as_user(home, "up", CROSSDOCK_PORT_BASE=base)
        assert up.returncode == 0, up.stderr
        assert "Crossdock is up after" in up.stdout
        assert "already up" in as_user(home, "up", CROSSDOCK_PORT_BASE=base).stdout
        owners = {p.uids().real for p in psutil.process_iter() if _of(p, home)}
        assert owners == {home.stat().st_uid}
        assert as_user(home, "status").returncode == 0
        assert as_user(home, "audit").returncode == 0
        down = as_user(home, "down")
        assert (down.returncode, down.stdout) == (0, "Crossdock is down, its data is kept.\n")
        assert processes_of(home) == []
    assert as_user(home, "down").stdout == "Nothing is running.\n"
    assert as_user(home, "reset").stdout == "Forgot all in var/local.\n"


def test_a_port_that_is_taken_is_named(home: Path, base: str) -> None:
    """One line with the port, who wants it and what to do; nothing was started."""
    with socket.create_server(("127.0.0.1", int(base) + 4)):
        up = as_user(home, "up", CROSSDOCK_PORT_BASE=base)
    assert up.returncode == 1
    [line] = up.stderr.strip().splitlines()
    assert line.startswith(f"crossdock: port {int(base) + 4} (invoicing) is taken by ")
    assert "CROSSDOCK_PORT_BASE" in line
    assert processes_of(home) == []


@pytest.mark.parametrize(
    ("folder", "what"),
    [("nats", "nats died at start"), ("postgres", "postgres")],
)
def test_a_server_that_dies_is_named(home: Path, base: str, folder: str, what: str) -> None:
    """A store that is no folder, or data that is none: one line and its log; nothing is left."""
    assert as_user(home, "up", CROSSDOCK_PORT_BASE=base).returncode == 0
    assert as_user(home, "down").returncode == 0
    state = home / "var" / "local" / folder
    if folder == "nats":
        for path in sorted(state.rglob("*.inf")):
            path.write_bytes(b"no stream")
        (state / "jetstream").rename(state / "away")
        (state / "jetstream").write_text("a file where a folder should be")
    else:
        (state / "data" / "PG_VERSION").write_text("9")
    up = as_user(home, "up", CROSSDOCK_PORT_BASE=base)
    assert up.returncode == 1
    [line] = up.stderr.strip().splitlines()
    assert line.startswith("crossdock: ")
    assert what in line
    assert processes_of(home) == []


def _of(process: psutil.Process, home: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.environ().get("CROSSDOCK_STATE", "").startswith(str(home))
    return False
