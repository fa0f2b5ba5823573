"""Partner profiles: what was agreed with each partner, written by hand in YAML, checked here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .edi.agreement import Agreement
from .edi.lexer import Delimiters
from .edi.writer import Party

log = structlog.get_logger()
Qualifier = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
InterchangeId = Annotated[str, Field(min_length=1, max_length=15, pattern=r"^\S(.*\S)?$")]
GroupId = Annotated[str, Field(min_length=2, max_length=15)]
Mark = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[^A-Za-z0-9 ]$")]


class ProfileError(Exception):
    """A profile cannot be used: the text names file, field, value and what is allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IsaId(_Part):
    """An interchange address: qualifier and id."""

    qualifier: Qualifier
    id: InterchangeId


class Marks(_Part):
    """The characters our documents are written with."""

    element: Mark = "*"
    component: Mark = ">"
    segment: Mark = "~"

    @model_validator(mode="after")
    def _differ(self) -> Marks:
        if len({self.element, self.component, self.segment}) < 3:
            raise ValueError("element, component and segment must differ")
        return self


class Profile(_Part):
    """What was agreed with one trading partner."""

    partner_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    customer_id: Annotated[str, Field(min_length=1, max_length=40)]
    name: str
    isa: Annotated[tuple[IsaId, ...], Field(min_length=1)]
    gs: Annotated[tuple[GroupId, ...], Field(min_length=1)]
    our_isa: Annotated[tuple[IsaId, ...], Field(min_length=1)]
    our_gs: GroupId
    usage: Literal["P", "T"] = "P"
    versions: Annotated[tuple[str, ...], Field(min_length=1)] = ("004010",)
    group_types: Annotated[
        dict[str, str], Field(description="GS01 of an industry guide by set, such as 850: SC.")
    ] = {}
    documents: tuple[Literal["855", "856", "810"], ...] = ("855", "856", "810")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    delimiters: Marks = Marks()
    line_end: Literal["", "\n", "\r\n"] = "\n"

    @property
    def marks(self) -> Delimiters:
        """The delimiters of documents for this partner."""
        chosen = self.delimiters
        return Delimiters(chosen.element, chosen.component, chosen.segment)

    @property
    def agreement(self) -> Agreement:
        """What an interchange from this partner is held against."""
        return Agreement(
            receivers=frozenset((isa.qualifier, isa.id) for isa in self.our_isa),
            usage=self.usage,
            versions=frozenset(self.versions),
            group_types=self.group_types,
            group_senders=frozenset(self.gs),
        )

    @property
    def us(self) -> Party:
        """We, as this partner addresses us."""
        return Party(self.our_isa[0].qualifier, self.our_isa[0].id, self.our_gs)

    @property
    def them(self) -> Party:
        """The partner, as we address it."""
        return Party(self.isa[0].qualifier, self.isa[0].id, self.gs[0])

    @property
    def version(self) -> str:
        """A short digest of the profile, recorded with every document."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Book(msgspec.Struct, frozen=True):
    """All partners, by id and by interchange address."""

    partners: Mapping[str, Profile]
    senders: Mapping[tuple[str, str], Profile]


def load(folder: Path) -> Book:
    """Read every *.yaml of a folder; ProfileError tells all that is wrong with a bad one."""
    if not folder.is_dir():
        raise ProfileError(f"{folder} is not a folder of partner profiles")
    partners: dict[str, Profile] = {}
    senders: dict[tuple[str, str], Profile] = {}
    for path in sorted(folder.glob("*.yaml")):
        profile = _read(path)
        if profile.partner_id in partners:
            raise ProfileError(f"{path}: partner_id {profile.partner_id} is used twice")
        partners[profile.partner_id] = profile
        for isa in profile.isa:
            address = isa.qualifier, isa.id
            if address in senders:
                other = senders[address].partner_id
                raise ProfileError(f"{path}: ISA {'/'.join(address)} belongs to {other} already")
            senders[address] = profile
    return Book(partners, senders)


def _read(path: Path) -> Profile:
    try:
        return Profile.model_validate(msgspec.yaml.decode(path.read_bytes()))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}={fault['input']!r}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ProfileError(f"{path}: {faults}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error


_loaded: dict[Path, tuple[object, Book]] = {}


def book(folder: Path) -> Book:
    """The profiles as they are now; while one cannot be used, all as they were before."""
    files = [folder, *folder.glob("*.yaml")] if folder.is_dir() else []
    signature = sorted((str(path), path.stat().st_mtime_ns) for path in files)
    known = _loaded.get(folder)
    if known is not None and known[0] == signature:
        return known[1]
    try:
        fresh = load(folder)
    except ProfileError as error:
        log.error("profile_unusable", error=str(error))
        fresh = known[1] if known else Book({}, {})
    _loaded[folder] = signature, fresh
    return fresh
