"""supervisord, which forks the mesh's Python processes instead of starting Python for each.

Ten processes that import the same eight hundred modules are most of what a start costs. Here the
supervisor imports them once, and a process begins as its fork: the same pid, signals, logs and
restarts, in a twentieth of the time. It becomes `python -m module`, as its recipe says.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

from supervisor import supervisord
from supervisor.options import ServerOptions

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


class Options(ServerOptions):  # type: ignore[misc]
    """supervisord's way to start a process: as a fork where there is a recipe for it."""

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Become the program; this is the child already, its working folder and files are set."""
        recipe = Path(argv[-1]).with_suffix(".json")
        if not recipe.exists():
            super().execve(filename, argv, env)
        _become(recipe, env)


def _become(recipe: Path, env: Mapping[str, str]) -> NoReturn:
    status = 1
    try:
        recipe.with_suffix(".pid").write_text(f"{os.getpid()}\n")
        told = json.loads(recipe.read_text())
        _as_new(recipe.stem, {**env, **told["environment"]})
        module, *sys.argv[1:] = told["command"]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        # What Python does at its end. Beyond this frame are supervisord's, which are not ours.
        with contextlib.suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _as_new(name: str, environment: Mapping[str, str]) -> None:
    """Take back what supervisord made of this process."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1, errors="backslashreplace")
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)  # what `top` and `ps -e` show


def _import_all() -> None:
    """Import what the processes will; what cannot be imported fails there, where it is told."""
    for module in MODULES:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    for point in entry_points(group="crossdock.services"):
        with contextlib.suppress(Exception):
            point.load()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Run supervisord with its own arguments."""
    if sys.platform == "linux":  # macOS forbids much to a fork that has not become a program
        _import_all()
        supervisord.ServerOptions = Options
    supervisord.main()


if __name__ == "__main__":
    main()
