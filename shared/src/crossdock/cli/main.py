"""`crossdock`: run, migrate, lay streams, look. Errors are one line with the next step."""

from __future__ import annotations

import os
import sys

from ..environment import cli_environment
from ..errors import CrossdockError


def main() -> None:
    """Run the command line; a user's mistake or a missing server is one line, never a traceback."""
    try:
        if sys.argv[1:2] == ["run"]:
            # A service's process draws nothing, so it does not load what draws.
            from .run import run_service

            run_service(sys.argv[2:])
        else:
            from .app import build

            os.environ.update(cli_environment())
            build(*sys.argv[1:2])()
    except CrossdockError as error:
        sys.stderr.write(f"crossdock: {error}\n")
        sys.exit(1)
    except OSError as error:
        if not error.filename:
            raise  # not a file that somebody named
        sys.stderr.write(f"crossdock: {error.filename}: {error.strerror}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
