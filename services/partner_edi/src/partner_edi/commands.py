"""`crossdock edi`: check and view any EDI file without any server, and what the desk adds.

Whatever reads EDI is imported by the command that needs it: `crossdock --help` loads this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .partner_desk import commands as documents
from .partner_desk import partners

File = Annotated[Path, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file; - is stdin.")]

edi = typer.Typer(help="EDI: files checked and read, documents, partners.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this service's commands to `crossdock`."""
    app.add_typer(edi, name="edi")


documents.register(edi)
partners.register(edi)


@edi.command()
def check(
    file: File,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a file: its sets, its partners, its faults. Exit 0 valid, 1 findings, 2 unreadable."""
    from .edi.desk import terminal

    raise typer.Exit(terminal.check(file, as_json=json))


@edi.command()
def view(
    file: File,
    page: Annotated[bool, typer.Option("--html", help="Print one HTML page instead.")] = False,
) -> None:
    """Show a file as people read it: segments named, trees indented, amounts with decimals."""
    from .edi.desk import terminal

    raise typer.Exit(terminal.view(file, as_html=page))
