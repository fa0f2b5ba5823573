"""Processes of this environment's Python, forked from one that has imported what they need.

A process that imports the eight hundred modules of a service takes one to two seconds of processor
for that; a fork of one that has imported them takes a twentieth of a second.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

# What every process imports, now or later; what a service needs beyond, its own module brings.
MODULES = (
    "crossdock.cli.ground",
    "crossdock.http",
    "crossdock.serving",
    "crossdock_standins.outside",
    "anyio._backends._asyncio",
    "faststream.nats",
    "litestar.plugins.attrs",
    "litestar.plugins.opentelemetry",
    "litestar.plugins.pydantic",
    "nacl.signing",
    "nkeys",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)


class Said(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


def import_all() -> None:
    """Import what the processes will; what cannot be imported fails there, where it is told."""
    for module in MODULES:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    for point in entry_points(group="crossdock.services"):
        with contextlib.suppress(Exception):
            point.load()


def become(command: Sequence[str], environment: Mapping[str, str], name: str = "") -> None:
    """Be `python -m command...` in this process from now on, on its standard files.

    `name` is what `top` and `ps -e` show.
    """
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1, errors="backslashreplace")
    if name:
        with contextlib.suppress(OSError):
            Path("/proc/self/comm").write_text(name)
    sys.argv[1:] = command[1:]
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def fork(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: Path,
    errors: Path | None = None,
    given: Path = Path(os.devnull),
) -> ForkServerProcess:
    """Start `python -m command...` in `folder`; it reads `given`, and `output` grows by its words.

    So does `errors` by what goes to standard error; without it that goes to `output`.

    It is a process of its own, in a session of its own. Its parent is a server that was started
    by the first of these calls and ends with the calling process.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *MODULES])
    files = (given, output, errors or output)
    process = context.Process(target=_begin, args=(list(command), dict(environment), folder, files))
    process.start()
    return process


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    given: bytes = b"",
    seconds: float = 180,
) -> Said:
    """Run `python -m command...` in `folder` to its end; TimeoutError, and its end, after that."""
    with TemporaryDirectory() as kept:
        wanted, out, err = (Path(kept, name) for name in ("in", "out", "err"))
        wanted.write_bytes(given)
        process = fork(
            command, environment=environment, folder=folder, output=out, errors=err, given=wanted
        )
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"`{' '.join(command)}` was not done after {seconds:.0f} s")
        return Said(process.exitcode, out.read_text(), err.read_text())


def _begin(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[Path]
) -> None:
    os.setsid()
    os.chdir(folder)
    for number, path in enumerate(files):
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT if number else os.O_RDONLY
        opened = os.open(path, how, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    become(command, environment)
