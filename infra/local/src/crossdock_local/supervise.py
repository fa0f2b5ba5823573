"""The process runner: supervisord in the background, and what it leaves when it is killed."""

import contextlib
import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypedDict, cast

import psutil

from .environment import password, write_private
from .errors import LocalError
from .ports import HOST
from .processes import POLL_SECONDS, STATE_VARIABLE, last_line, runs, wait_gone

PYTHON = [sys.executable, "-m"]
STOP_SECONDS = 45
LIVING = ("STARTING", "RUNNING", "STOPPING")
JOBS = "jobs"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """A process to keep running; a higher `rank` starts later and stops earlier.

    A `job` is one that ends by itself, and is not started again.
    """

    name: str
    command: Sequence[str]
    rank: int
    job: bool = False
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    stop_signal: str = "TERM"


@dataclasses.dataclass(frozen=True)
class ProcessState:
    """How a program is doing, in supervisor's words: RUNNING, STARTING, BACKOFF, FATAL, STOPPED."""

    name: str
    state: str
    pid: int


class _Row(TypedDict):
    """A program, as supervisord tells of it."""

    name: str
    group: str
    statename: str
    pid: int
    exitstatus: int


class Supervisor:
    """The supervisord of one state folder. Everything it writes lies in `logs` and `run` there."""

    def __init__(self, state: Path, port: int) -> None:
        self.state = state.absolute()
        self.port = port
        self.run = self.state / "run"
        self.logs = self.state / "logs"

    def start(self, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        """Start supervisord with `programs`, none of them started yet."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(parents=True, exist_ok=True)
        for program in programs:
            write_private(self.run / f"{program.name}.sh", _script(program))
            if program.command[:2] == PYTHON:
                write_private(self.run / f"{program.name}.json", _recipe(program))
        write_private(self.run / "supervisord.conf", self._render(programs))
        done = subprocess.run(  # noqa: S603 - ours
            [*PYTHON, "crossdock_local.prefork", "-c", "run/supervisord.conf"],
            cwd=self.state,
            env={**environment, STATE_VARIABLE: str(self.state)},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise LocalError(
                f"supervisord did not start: {said[-1] if said else 'no reason given'}"
            )

    def running(self) -> bool:
        """Whether this state folder's supervisord lives."""
        return self._recorded("supervisord") is not None

    def launch(self, rank: int) -> None:
        """Start all programs of a rank that do not run, without waiting for them."""
        with self._told() as proxy:
            proxy.supervisor.startProcessGroup(f"rank{rank}", False)

    def do_jobs(self) -> None:
        """Start all jobs side by side and return when they are done; LocalError when some fail."""
        with self._told() as proxy:
            proxy.supervisor.startProcessGroup(JOBS, False)
            while any(row["statename"] in LIVING for row in _rows(proxy, JOBS)):
                time.sleep(POLL_SECONDS)
            failed = [row["name"] for row in _rows(proxy, JOBS) if row["exitstatus"] != 0]
        if failed:
            told = [f"`crossdock {name}` failed: {explain(name, self.logs)}" for name in failed]
            raise LocalError("; ".join(told))

    def processes(self) -> list[ProcessState]:
        """All programs that shall run, and how they are doing."""
        with self._proxy() as proxy:
            found = [row for row in _rows(proxy) if row["group"] != JOBS]
        return [ProcessState(row["name"], row["statename"], row["pid"]) for row in found]

    def stop(self) -> None:
        """Stop everything, highest rank first; then supervisord, and whatever it left behind."""
        daemon = self._recorded("supervisord")
        if daemon is not None:
            with contextlib.suppress(OSError, xmlrpc.client.Error), self._proxy() as proxy:
                _stop_programs(proxy, time.monotonic() + STOP_SECONDS)
                proxy.supervisor.shutdown()
                wait_gone([daemon], timeout=5)
            if runs(daemon):
                daemon.kill()
                wait_gone([daemon], timeout=5)
        self.stop_leftovers()

    def leftovers(self) -> list[tuple[str, psutil.Process]]:
        """Processes of this state folder that live although its supervisord does not."""
        names = [path.stem for path in self.run.glob("*.pid") if path.stem != "supervisord"]
        found = [(name, self._recorded(name)) for name in names]
        return [(name, process) for name, process in found if process is not None]

    def stop_leftovers(self) -> None:
        """Stop such processes, services first and PostgreSQL last, and forget all pid files."""
        order = {"postgres": 2, "nats": 1}
        for name, process in sorted(self.leftovers(), key=lambda found: order.get(found[0], 0)):
            _end(process, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        for path in self.run.glob("*.pid"):
            path.unlink()

    def _recorded(self, name: str) -> psutil.Process | None:
        """The living process of a pid file, if it really is ours: pids are used again."""
        try:
            process = psutil.Process(int((self.run / f"{name}.pid").read_text()))
            return process if runs(process) and self._is_ours(process) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _is_ours(self, process: psutil.Process) -> bool:
        # PostgreSQL overwrites its environment to show titles, but keeps its command line.
        if any(str(self.state) in word for word in process.cmdline()):
            return True
        return bool(process.environ().get(STATE_VARIABLE) == str(self.state))

    @contextlib.contextmanager
    def _told(self) -> Iterator[xmlrpc.client.ServerProxy]:
        """For orders: one that is refused, or that nobody hears, is a LocalError."""
        try:
            with self._proxy() as proxy:
                yield proxy
        except (OSError, xmlrpc.client.Error) as error:
            raise LocalError(
                f"supervisord: {error} (log: {self.logs / 'supervisord.log'})"
            ) from None

    def _proxy(self) -> xmlrpc.client.ServerProxy:
        address = f"http://crossdock:{password(self.state, 'supervisor')}@{HOST}:{self.port}/RPC2"
        return xmlrpc.client.ServerProxy(address, transport=_ImpatientTransport())

    def _render(self, programs: Sequence[Program]) -> str:
        # All paths are relative to the state folder, supervisord's working folder: a path with a
        # space, a per cent sign or a comment character never meets supervisor's parser.
        user = "user=root\n" if os.geteuid() == 0 else ""
        head = (
            "[supervisord]\nlogfile=logs/supervisord.log\npidfile=run/supervisord.pid\n"
            f"logfile_maxbytes=5MB\nlogfile_backups=1\n{user}"
            f"[inet_http_server]\nport={HOST}:{self.port}\nusername=crossdock\n"
            f"password={password(self.state, 'supervisor')}\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        )
        return head + "".join(_section(program) for program in programs) + _groups(programs)


class _ImpatientTransport(xmlrpc.client.Transport):
    """Gives up on a supervisord that does not answer."""

    def make_connection(self, host: Any) -> HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = 10
        return connection


def _rows(proxy: xmlrpc.client.ServerProxy, group: str | None = None) -> list[_Row]:
    rows = cast("list[_Row]", proxy.supervisor.getAllProcessInfo())
    return [row for row in rows if group in (None, row["group"])]


def _stop_programs(proxy: xmlrpc.client.ServerProxy, deadline: float) -> None:
    """Stop rank after rank; supervisord's own shutdown looks only once a second who has gone."""
    for group in sorted({row["group"] for row in _rows(proxy)}, reverse=True):
        proxy.supervisor.stopProcessGroup(group, False)
        while any(row["statename"] in LIVING for row in _rows(proxy, group)):
            if time.monotonic() > deadline:
                return
            time.sleep(POLL_SECONDS)


def _section(program: Program) -> str:
    # What dies within three seconds is started again a second later, then two, then three ...
    lives = "autorestart=true\nstartsecs=3\nstartretries=30\n"
    ends = "autorestart=false\nstartsecs=0\n"
    return (
        f"[program:{program.name}]\ncommand=/bin/sh run/{program.name}.sh\n"
        f"autostart=false\n{ends if program.job else lives}"
        f"stopsignal={program.stop_signal}\nstopwaitsecs=15\nkillasgroup=true\n"
        f"redirect_stderr=true\nstdout_logfile=logs/{program.name}.log\n"
        "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
    )


def _groups(programs: Sequence[Program]) -> str:
    """One group per rank: supervisord stops a group at once, and the groups one after another."""
    groups: dict[tuple[int, str], list[str]] = {}
    for program in programs:
        name = JOBS if program.job else f"rank{program.rank}"
        groups.setdefault((program.rank, name), []).append(program.name)
    return "".join(
        f"[group:{name}]\nprograms={','.join(members)}\npriority={rank}\n"
        for (rank, name), members in sorted(groups.items())
    )


def _script(program: Program) -> str:
    """A shell script that records its pid, then becomes the program."""
    exports = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in program.environment.items())
    return f"echo $$ > run/{program.name}.pid\n{exports}exec {shlex.join(program.command)}\n"


def _recipe(program: Program) -> str:
    """The same for a fork of Python that becomes the program."""
    told = {"command": program.command[2:], "environment": dict(program.environment)}
    return json.dumps(told, indent=1)


def _end(process: psutil.Process, ask: signal.Signals) -> None:
    family = [process, *process.children(recursive=True)]
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(ask)
    alive = wait_gone(family, timeout=15)
    for survivor in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            survivor.kill()
    wait_gone(alive, timeout=5)


def explain(name: str, logs: Path) -> str:
    """Why a program is not ready: the last line of its log, and where the log is."""
    log = logs / f"{name}.log"
    return f"{last_line(log).removeprefix('crossdock: ')} (log: {log})"
