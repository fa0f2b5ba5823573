"""supervisord, which forks the mesh's Python processes instead of starting Python for each.

A process is the supervisor's fork, with the pid, signals, logs and restarts that it would have
anyhow, and becomes `python -m module` as its recipe says.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from supervisor import supervisord
from supervisor.options import ServerOptions

from .forks import become, import_all


class Options(ServerOptions):  # type: ignore[misc]
    """supervisord's way to start a process: as a fork where there is a recipe for it."""

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Become the program; this is the child already, its working folder and files are set."""
        recipe = Path(argv[-1]).with_suffix(".json")
        if not recipe.exists():
            super().execve(filename, argv, env)
        _follow(recipe, env)


def _follow(recipe: Path, env: Mapping[str, str]) -> NoReturn:
    status = 1
    try:
        recipe.with_suffix(".pid").write_text(f"{os.getpid()}\n")
        told = json.loads(recipe.read_text())
        become(told["command"], {**env, **told["environment"]}, recipe.stem)
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


def main() -> None:
    """Run supervisord with its own arguments."""
    if sys.platform == "linux":  # macOS forbids much to a fork that has not become a program
        recipes = Path("run").glob("*.json")
        if any(json.loads(recipe.read_text())["command"][0] == "crossdock" for recipe in recipes):
            import_all()
            gc.collect()
            gc.freeze()
        supervisord.ServerOptions = Options
    supervisord.main()


if __name__ == "__main__":
    main()
