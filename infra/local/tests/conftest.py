"""Folders with awkward names, and a mesh of small stand-in services."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crossdock_local import programs
from crossdock_local.ports import Ports
from crossdock_local.runtime import LocalMesh

FAKE_COMMAND = """
    import http.server, os, sys

    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            print("asked for", self.path, flush=True)

    if os.environ.get("FAIL") == sys.argv[1]:
        sys.exit("the moon is in the wrong phase")
    if sys.argv[1] == "run":
        port = int(os.environ[sys.argv[2].upper() + "_HTTP_PORT"])
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Ready).serve_forever()
"""


@pytest.fixture
def awkward(tmp_path: Path) -> Path:
    """A folder whose name has what parsers stumble over."""
    folder = tmp_path / '50% of a "path" #1 ;it\'s'
    folder.mkdir()
    return folder


@pytest.fixture
def make_mesh(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., LocalMesh]]:
    """Make a mesh with two services that only say they are ready; it is down after the test."""
    script = tmp_path / "fake.py"
    script.write_text(textwrap.dedent(FAKE_COMMAND))
    monkeypatch.setattr(programs, "installed_services", lambda: ("invoicing", "returns"))
    monkeypatch.setattr(programs, "has_standins", lambda: False)
    monkeypatch.setattr(programs, "crossdock", lambda: [sys.executable, str(script)])
    for variable in ("CROSSDOCK_NATS_URL", "CROSSDOCK_POSTGRES_URL"):
        monkeypatch.delenv(variable, raising=False)
    made: list[LocalMesh] = []

    def make(state: Path) -> LocalMesh:
        made.append(LocalMesh(state, Ports.free()))
        return made[-1]

    yield make
    for mesh in made:
        mesh.down()
