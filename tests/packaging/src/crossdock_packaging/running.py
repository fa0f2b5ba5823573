"""A service as a process of its own, as an image would run it."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 120.0


def bare(variables: Mapping[str, str]) -> dict[str, str]:
    """An environment that knows nothing of this one."""
    return {"PATH": os.defpath, "HOME": "/nonexistent", "LANG": "C.UTF-8", **variables}


def run(command: list[str], variables: Mapping[str, str], cwd: Path) -> str:
    """What a command prints, told nothing but `variables`; it must succeed."""
    done = subprocess.run(
        command, env=bare(variables), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(command: list[str], environment: Mapping[str, str], cwd: Path) -> Iterator["Process"]:
    """Run a command in the background, and leave nothing behind."""
    log = cwd / "output.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, env=bare(environment), cwd=cwd, stdout=output, stderr=output
        )
    try:
        yield Process(child, log)
    finally:
        child.kill()
        child.wait()


class Process:
    """One that runs."""

    def __init__(self, child: subprocess.Popen[bytes], log: Path) -> None:
        self._child = child
        self._log = log

    def until_ready(self, url: str) -> dict[str, Any]:
        """Wait for /readyz to answer 200; what it says."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._child.poll() is None, f"it ended: {self._log.read_text()}"
            try:
                with urllib.request.urlopen(f"{url}/readyz", timeout=30) as answer:
                    said: dict[str, Any] = json.load(answer)
                    return said
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError(f"not ready after {PATIENCE:.0f} s: {self._log.read_text()}")

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(PATIENCE)


@dataclass(frozen=True)
class Nats:
    """A nats-server with a user for each service."""

    port: int
    seeds: dict[str, str]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"nats://127.0.0.1:{self.port}"

    def told(self, user: str) -> dict[str, str]:
        """The variables by which one of its users finds it and comes in."""
        return {
            "CROSSDOCK_NATS_URL": self.url,
            f"{user.upper()}_NATS_SEED": self.seeds[user],
        }
