"""`crossdock run`: the process of one service."""

from __future__ import annotations

import sys

from ..errors import NotReady
from ..reach import load_service, service_names


def run_service(names: list[str]) -> None:
    """Run the named service; its environment is the process' own, no file is read."""
    if names and names[0].startswith("-"):
        sys.stdout.write("Usage: crossdock run SERVICE\n\nRun one service in the foreground.\n")
        return
    installed = service_names()
    if not names and len(installed) != 1:
        raise NotReady(f"say which service to run: {', '.join(installed) or 'none is installed'}")
    load_service(names[0] if names else installed[0]).run()
