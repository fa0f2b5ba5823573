"""The environment of the command line: the process' own, and what a local mesh wrote down."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

ENV_FILE = Path("var/crossdock.env")


def cli_environment() -> dict[str, str]:
    """The environment the command line works in: `var/crossdock.env`, then the real one."""
    return {**_env_file(), **os.environ}


def _env_file() -> dict[str, str]:
    if not ENV_FILE.is_file():
        return {}
    return {name: value for name, value in dotenv_values(ENV_FILE).items() if value is not None}
