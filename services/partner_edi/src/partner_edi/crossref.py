"""A partner's own units and item numbers turned into ours and back, as its profile says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from .profiles import Profile

M = TypeVar("M")


def inward(profile: Profile, model: M) -> M:
    """A model in our units, with our item number (VN) where the partner's is known."""
    if model is None or not (profile.units or profile.items):
        return model

    def ours(part: dict[str, Any]) -> None:
        _change_unit(part, profile.units)
        if isinstance(named := part.get("items"), dict):
            known = (profile.items[name] for name in named.values() if name in profile.items)
            if sku := next(known, None):
                named["VN"] = sku

    return _with(model, ours)


def outward(profile: Profile, model: M) -> M:
    """A model in the partner's units."""
    if not profile.units:
        return model
    theirs = {ours: their for their, ours in profile.units.items()}
    return _with(model, lambda part: _change_unit(part, theirs))


def _change_unit(part: dict[str, Any], units: Mapping[str, str]) -> None:
    if part.keys() == {"value", "uom"}:
        part["uom"] = units.get(part["uom"], part["uom"])


def _with(model: M, change: Callable[[dict[str, Any]], None]) -> M:
    parts = msgspec.to_builtins(model)
    _walk(parts, change)
    return msgspec.convert(parts, type=type(model))


def _walk(part: Any, change: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(part, dict):
        change(part)
        for inner in part.values():
            _walk(inner, change)
    elif isinstance(part, list | tuple):
        for inner in part:
            _walk(inner, change)
