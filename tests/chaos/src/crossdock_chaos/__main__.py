"""`python -m crossdock_chaos`: the same as `crossdock chaos`."""

import typer

from .command import chaos

typer.run(chaos)
