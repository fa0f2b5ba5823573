"""What `crossdock edi check` and `view` print; what they return is the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..finding import Finding, Level
from ..lexer import BLANK
from . import html, inspect, pages

CHUNK = 1 << 16
WIDTH = 100
# A tree that never ends still leaves room for its text.
DEEPEST = 15
UNREADABLE = 2


def check(file: Path, *, as_json: bool) -> int:
    """The report on a file."""
    with _chunks(file) as chunks:
        report = inspect.inspect(chunks)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_as_json(file, report))).decode())
    else:
        _print(file, report)
    return report.exit_code


def view(file: Path, *, as_html: bool) -> int:
    """The file itself, segment by segment."""
    with _chunks(file) as chunks:
        if as_html:
            typer.echo(html.head(file.name), nl=False)
        reader = pages.pages(chunks, _show_html if as_html else _show)
        for found in () if reader.readable else reader.findings:
            _show_finding(found, "")
        if as_html:
            typer.echo(html.TAIL, nl=False)
    return reader.report().exit_code


@contextmanager
def _chunks(file: Path) -> Iterator[Iterator[bytes]]:
    """The file's bytes in pieces; what cannot be opened is one line and exit 2."""
    if str(file) == "-":
        yield iter(lambda: sys.stdin.buffer.read(CHUNK), b"")
        return
    try:
        with file.open("rb") as opened:
            opened.peek(1)
            yield iter(lambda: opened.read(CHUNK), b"")
    except OSError as error:
        if error.filename is None and not isinstance(error, IsADirectoryError):
            raise
        typer.echo(f"crossdock: {file} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(UNREADABLE) from error


def _as_json(file: Path, report: inspect.Report) -> dict[str, Any]:
    return {
        "file": str(file),
        "result": {0: "valid", 1: "findings", 2: "unreadable"}[report.exit_code],
        "segments": report.segments,
        "interchanges": report.interchanges,
        "sets": report.sets,
        "findings_total": report.found,
        "counts": {code: number for code, number in report.counts.items() if number},
        "findings": [
            {**_fields(found), "standard_codes": _codes(found)} for found in report.findings
        ],
    }


def _fields(found: Finding) -> dict[str, Any]:
    fields = ("code", "text", "line", "position", "tag", "element", "component", "value")
    told = {name: getattr(found, name) for name in fields}
    return {"level": found.level.name.lower(), **told, "standard_codes": _codes(found)}


def _codes(found: Finding) -> dict[str, str]:
    """What the standard's own acknowledgement would call it."""
    trailer = {"I": "TA105", "G": "AK905", "S": "AK502"}.get(found.tag[:1], "AK502")
    codes = {
        "AK304": found.segment_error,
        "AK403": found.element_error,
        trailer: found.trailer_error,
        "0085": found.control_error,
    }
    return {name: code for name, code in codes.items() if code}


def _print(file: Path, report: inspect.Report) -> None:
    console = Console(width=min(Console().width, WIDTH), highlight=False)
    for one in report.interchanges[:20]:
        line = f"{one.standard} {one.control}  {one.sender or '?'} -> {one.receiver or '?'}"
        console.print(Text(f"{line}  ({one.usage})"))
    for held in report.sets:
        known = held.name if held.checked else "no table for it: only its envelope was checked"
        console.print(Text(f"  {held.count:>5} x {held.code} {held.version}  {known}"))
    if report.findings:
        console.print(_table(report))
    if report.found > len(report.findings):
        console.print(f"{report.found - len(report.findings)} more findings are not shown")
    word = {0: "valid", 1: _findings(report.found), 2: "unreadable"}[report.exit_code]
    console.print(Text(f"{file}: {word}", style="bold"))


def _findings(number: int) -> str:
    return f"{number} finding" + ("s" if number != 1 else "")


def _table(report: inspect.Report) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("line", "segment", "code", "finding"):
        table.add_column(name, justify="right" if name in ("line", "segment") else "left")
    for found in report.findings:
        codes = " ".join(f"{name}={code}" for name, code in _codes(found).items())
        style = {Level.NOTE: "dim", Level.ERROR: "", Level.FATAL: "red"}[found.level]
        place = (str(found.line or ""), str(found.position or ""))
        text = Text(f"{found.text} [{found.code}]", style=style)
        table.add_row(*place, Text(codes), text)
    return table


def _show(line: pages.Line) -> None:
    indent = "  " * min(line.depth, DEEPEST)
    if line.kind != "segment":
        typer.echo("")
    _wrapped(indent + line.title, indent)
    if parts := ", ".join(f"{name}: {value}" for name, value in line.parts):
        _wrapped(f"{indent}    {parts}", f"{indent}    ")
    for found in line.findings:
        _show_finding(found, indent)


def _show_finding(found: Finding, indent: str) -> None:
    _wrapped(f"{indent}  ! {found.sentence().strip(BLANK)}", f"{indent}    ")


def _wrapped(text: str, indent: str) -> None:
    """A line no wider than the terminal; what goes on stands below what it belongs to."""
    width = min(get_terminal_size((80, 24)).columns, WIDTH)
    typer.echo(fill(text, width, subsequent_indent=indent, break_on_hyphens=False))


def _show_html(line: pages.Line) -> None:
    typer.echo(html.line(line), nl=False)
