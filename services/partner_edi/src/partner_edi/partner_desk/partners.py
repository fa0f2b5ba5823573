"""`crossdock edi partner new` and `crossdock edi certify`: a partner's profile begun and tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossdock.environment import cli_environment
from crossdock.errors import CrossdockError

if TYPE_CHECKING:
    # Every `crossdock` command loads this module, and few need the engine.
    from . import newcomer
    from .certify import Scenario

WIDTH = 80
Folder = Annotated[
    Path | None,
    typer.Option("--profiles", help="Folder of profiles, if not the service's."),
]

partner = typer.Typer(help="Trading partners' profiles.", no_args_is_help=True)


def register(edi: typer.Typer) -> None:
    """Add these commands to `crossdock edi`."""
    edi.add_typer(partner, name="partner")
    edi.command("certify")(certify_partner)


def _folder(given: Path | None) -> Path:
    usual = "services/partner_edi/profiles"
    return given or Path(cli_environment().get("PARTNER_EDI_PROFILES", usual))


@partner.command()
def new(
    partner_id: Annotated[str, typer.Argument(metavar="PARTNER", help="Such as ACME.")],
    name: Annotated[str, typer.Option(prompt=True, help="Its name.")],
    role: Annotated[
        str, typer.Option(prompt="Role (customer, supplier, warehouse, carrier)")
    ] = "customer",
    party_id: Annotated[
        str, typer.Option("--id", prompt="Our id for it (for a carrier, its SCAC)")
    ] = "",
    standard: Annotated[str, typer.Option(prompt="Standard (X12, EDIFACT)")] = "X12",
    address: Annotated[
        str, typer.Option(prompt="Its interchange address, qualifier/id", help="Such as ZZ/ACME.")
    ] = "",
    our_address: Annotated[
        str, typer.Option(prompt="Ours, qualifier/id", help="Such as ZZ/US.")
    ] = "",
    release: Annotated[str | None, typer.Option(help="004010 or D:96A:UN when left out.")] = None,
    receives: Annotated[
        list[str] | None, typer.Option(help="A document it sends; the usual ones of its role.")
    ] = None,
    sends: Annotated[
        list[str] | None, typer.Option(help="A document it gets; the usual ones of its role.")
    ] = None,
    profiles: Folder = None,
) -> None:
    """Write the profile of a new partner: asks for what the options do not say."""
    from . import newcomer

    usual_in, usual_out = newcomer.usual(role, standard)
    given = newcomer.Newcomer(
        partner_id=partner_id,
        name=name,
        role=role,
        party_id=party_id or partner_id,
        standard=standard,
        address=address or partner_id,
        our_address=our_address,
        release=release or newcomer.RELEASE.get(standard, "004010"),
        receives=tuple(receives or usual_in),
        sends=tuple(sends or usual_out),
    )
    folder = _folder(profiles)
    path = folder / f"{partner_id}.yaml"
    if path.exists():
        raise CrossdockError(f"{path} is there already: edit it, or choose another id")
    path.write_text(_valid(given, folder), encoding="utf-8")
    typer.echo(f"{path}: written; `crossdock edi certify {partner_id}` says what is missing")


def _valid(given: newcomer.Newcomer, folder: Path) -> str:
    """The profile's text, held against itself and against the other partners' addresses."""
    from .. import book
    from . import newcomer

    try:
        text = newcomer.text_of(given)
        fresh, others = book.parsed(text.encode(), f"{given.partner_id}.yaml"), book.load(folder)
    except book.ProfileError as error:
        raise CrossdockError(str(error)) from error
    for address in fresh.addresses:
        if (owner := others.senders.get(address.key)) is not None:
            shown = "/".join(address.key)
            raise CrossdockError(f"--address {shown} belongs to {owner.partner_id} already")
    return text


def certify_partner(
    partner_id: Annotated[str, typer.Argument(metavar="PARTNER", help="Such as SENDER.")],
    samples: Annotated[
        Path | None, typer.Option(help="The partner's files; PROFILES/samples/PARTNER if not said.")
    ] = None,
    profiles: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Run a partner's scenarios, without any server: what passes, what is missing. Exit 0 or 1."""
    from .. import book
    from .certify import certify

    folder = _folder(profiles)
    try:
        known = book.load(folder)
    except book.ProfileError as error:
        raise CrossdockError(str(error)) from error
    profile = known.partners.get(partner_id)
    if profile is None:
        there = ", ".join(sorted(known.partners))
        raise CrossdockError(f"no profile {partner_id} in {folder}; there are: {there}")
    home = samples or folder / "samples" / partner_id
    paths = sorted(p for p in home.glob("*") if p.is_file()) if home.is_dir() else []
    found = certify(profile, [(path.name, path.read_bytes()) for path in paths])
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _print(partner_id, found, len(paths), home)
    raise typer.Exit(any(not scenario.passed for scenario in found))


def _print(partner_id: str, found: list[Scenario], files: int, home: Path) -> None:
    console = Console(width=WIDTH, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "set", "document", ""):
        table.add_column(name, overflow="fold", no_wrap=name == "set")
    for one in found:
        word = Text("passes" if one.passed else "missing", style="green" if one.passed else "red")
        way = f"{'<' if one.direction == 'in' else '>'} {one.set_code}"
        table.add_row(word, way, one.document.replace("_", " "), one.text)
    console.print(table)
    missing = sum(not one.passed for one in found)
    where = f"{files} files in {home}"
    console.print(f"{partner_id}: {len(found) - missing} of {len(found)} pass, with {where}")
