"""Start, watch and stop one process of the operating system."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from .errors import LocalError

POLL_SECONDS = 0.02
# Every process of a mesh has it in its environment: whose state folder it works for.
STATE_VARIABLE = "CROSSDOCK_STATE"


class ServerProcess:
    """One server as a child of this process, with its output in a log file."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None else None

    def start(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start it in a session of its own, so that Ctrl-C in the terminal reaches only us."""
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603 - commands of this package only
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )

    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self, ask: signal.Signals, timeout: float = 15.0) -> None:
        """Ask it to stop, and kill it and its children when it has not after `timeout` seconds."""
        if self._child is None:
            return
        if self.alive():
            self._child.send_signal(ask)
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._child = None

    def kill(self) -> None:
        """Kill it and its children without warning, as a power cut would."""
        if self._child is None:
            return
        family = _family(self._child.pid)
        if self.alive():
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        # A child that outlives its parent for a moment still holds ports and shared memory.
        wait_gone(family, timeout=5)
        self._child = None


def _family(pid: int) -> list[psutil.Process]:
    try:
        return [*psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def runs(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that nobody has collected yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_gone(processes: Sequence[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait until none of them runs; returns those that still do after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    alive = [process for process in processes if runs(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [process for process in alive if runs(process)]
    return alive


def wait_until(
    ready: Callable[[], bool], alive: Callable[[], bool], name: str, log: Path, timeout: float
) -> None:
    """Return once `ready`; raise LocalError with the log's last line if it dies or is too slow."""
    deadline = time.monotonic() + timeout
    while not ready():
        if not alive():
            raise LocalError(f"{name} died at start: {last_line(log)} (log: {log})")
        if time.monotonic() > deadline:
            raise LocalError(
                f"{name} was not ready after {timeout:.0f} s: {last_line(log)} (log: {log})"
            )
        time.sleep(POLL_SECONDS)


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return "it wrote no log"
    said = [line.strip() for line in lines if any(map(str.isalnum, line))]
    return said[-1] if said else "it wrote no log"
