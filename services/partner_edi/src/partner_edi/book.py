"""All partners' profiles, read from their folder, and looked at again when a file changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog
from pydantic import ValidationError

from .profiles import Profile

log = structlog.get_logger()


class ProfileError(Exception):
    """A profile cannot be used: the text names file, field, value and what is allowed."""


class Book(msgspec.Struct, frozen=True):
    """All partners, by id and by interchange address, and what was written about each."""

    partners: Mapping[str, Profile]
    senders: Mapping[tuple[str, str], Profile]
    sources: Mapping[str, str] = {}


def load(folder: Path) -> Book:
    """Read every *.yaml of a folder; ProfileError tells all that is wrong with a bad one."""
    if not folder.is_dir():
        raise ProfileError(f"{folder} is not a folder of partner profiles")
    partners: dict[str, Profile] = {}
    senders: dict[tuple[str, str], Profile] = {}
    sources: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        profile = read(path)
        if profile.partner_id in partners:
            raise ProfileError(f"{path}: partner_id {profile.partner_id} is used twice")
        partners[profile.partner_id] = profile
        sources[profile.partner_id] = path.read_text(encoding="utf-8")
        for address in profile.addresses:
            if address.key in senders:
                other, shown = senders[address.key].partner_id, "/".join(address.key)
                raise ProfileError(f"{path}: address {shown} belongs to {other} already")
            senders[address.key] = profile
    return Book(partners, senders, sources)


def read(path: Path) -> Profile:
    """One profile; ProfileError tells all that is wrong with it."""
    return parsed(path.read_bytes(), str(path))


def parsed(raw: bytes, path: str) -> Profile:
    """One profile from its bytes; `path` is what a ProfileError calls it."""
    try:
        return Profile.model_validate(msgspec.yaml.decode(raw))
    except ValidationError as error:
        raise ProfileError(f"{path}: {'; '.join(map(_said, error.errors()))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error


def _said(fault: Any) -> str:
    """Field, value and what is allowed; what is wrong between fields names them itself."""
    if not fault["loc"]:
        return str(fault["msg"])
    # A private key pasted in by mistake must not get into a log.
    shown = repr(fault["input"])[:100]
    return f"{'.'.join(map(str, fault['loc']))}={shown}: {fault['msg']}"


_loaded: dict[Path, tuple[object, Book]] = {}


def current(folder: Path) -> Book:
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
