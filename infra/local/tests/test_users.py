"""Who may connect to the embedded NATS."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from crossdock_local import users
from crossdock_local.environment import only_for
from crossdock_local.nats import NatsServer
from crossdock_local.ports import free_ports, installed_services
from crossdock_local.programs import crossdock
from crossdock_local.runtime import LocalMesh


def test_seeds_are_made_once_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    """The server's configuration has the public halves only."""
    made = users.seed(tmp_path, "invoicing")
    assert users.seed(tmp_path, "invoicing") == made
    assert made.startswith("SU")
    assert stat.S_IMODE((tmp_path / "seeds.json").stat().st_mode) == 0o600
    text = users.authorization(tmp_path, users.permissions(tmp_path, ("invoicing",), []))
    assert users.public_key(made) in text
    assert not re.search(r"\bSU[A-Z2-7]{56}\b", text)
    assert "$" not in re.sub(r"\$(JS|KV)\b", "", text)


def test_a_service_is_told_its_own_seed_only(tmp_path: Path) -> None:
    """Neither another's, nor the administrator's."""
    values = LocalMesh(tmp_path).environment()
    told = only_for("invoicing", values)
    assert [name for name in told if name.endswith("_NATS_SEED")] == ["INVOICING_NATS_SEED"]
    assert "CROSSDOCK_NATS_SEED" in values


def test_a_given_server_has_users_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names a NATS says there who comes in, and the mesh makes up nobody."""
    monkeypatch.setenv("CROSSDOCK_NATS_URL", "nats://somewhere:4222")
    assert not [name for name in LocalMesh(tmp_path).environment() if "NATS_SEED" in name]


def test_the_administrator_comes_in_by_its_seed(tmp_path: Path) -> None:
    """And a command without it is told in one line that it is refused."""
    [port] = free_ports(1)
    text = users.permissions(tmp_path, installed_services(), crossdock())
    server = NatsServer(tmp_path / "nats", port, users=users.authorization(tmp_path, text))
    server.start()
    try:
        where = os.environ | {"CROSSDOCK_NATS_URL": server.url, "CROSSDOCK_NATS_SEED": ""}
        seed = {"CROSSDOCK_NATS_SEED": users.seed(tmp_path, users.ADMINISTRATOR)}
        laid, refused = (
            subprocess.run(
                [*crossdock(), "topology"], env=env, capture_output=True, text=True, check=False
            )
            for env in (where | seed, where)
        )
        assert (laid.returncode, refused.returncode) == (0, 1)
        assert "ORDERS: created" in laid.stdout
        assert "CROSSDOCK_NATS_SEED" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    finally:
        server.stop()


def test_a_service_that_is_not_committed_gets_its_permissions_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a committed file that knows it, what is installed says who there is."""
    monkeypatch.setattr(users, "checkout", lambda: tmp_path / "elsewhere")
    text = users.permissions(tmp_path, installed_services(), crossdock())
    assert set(users.names(text)) == {users.ADMINISTRATOR, *installed_services()}
