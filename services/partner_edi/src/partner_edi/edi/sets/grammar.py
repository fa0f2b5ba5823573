"""The sets' tables read: which segments a set holds, in which order and in which loops."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

from ..tables.loader import lines

MANY = 1_000_000
TOKEN = re.compile(r"[{}()]|[^\s{}()]+")


class Use(NamedTuple):
    """A segment at its place: how often it may come, and whether it must."""

    tag: str
    most: int = 1
    mandatory: bool = False


class Bag(NamedTuple):
    """Segments that may come in any order."""

    uses: dict[str, Use]


class Loop(NamedTuple):
    """Segments that come together, opened by the first one."""

    trigger: str
    steps: tuple[Use | Bag | Loop, ...]
    most: int = MANY
    mandatory: bool = False


class SetTable(NamedTuple):
    """One set or message: its name, its structure, and every tag in it."""

    code: str
    name: str
    root: Loop
    tags: frozenset[str]


@cache
def sets(standard: Literal["X12", "EDIFACT"]) -> dict[str, SetTable]:
    """All sets of a standard that have a table."""
    texts = list(lines(f"{standard.lower()}_sets.txt"))
    heads = [text.partition(" ") for text in texts[::2]]
    bodies = {code: body for (code, _, _), body in zip(heads, texts[1::2], strict=True)}
    found = {}
    for code, _, name in heads:
        body = bodies[code]
        body = bodies[body[2:].strip()] if body.startswith("=") else body
        found[code] = _table(code, name, body)
    return found


def _table(code: str, name: str, body: str) -> SetTable:
    tokens = TOKEN.findall(body)
    steps = _steps(tokens, 0)[0]
    words = {re.sub(r"[!*:].*", "", token) for token in tokens}
    tags = frozenset(word for word in words if re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", word))
    return SetTable(code, name, Loop(tokens[0].rstrip("!"), steps), tags)


def _steps(tokens: list[str], at: int) -> tuple[tuple[Use | Bag | Loop, ...], int]:
    """The steps up to the bracket that closes them, and where that stands."""
    steps: list[Use | Bag | Loop] = []
    while at < len(tokens) and tokens[at] not in "})":
        if tokens[at] == "(":
            inner, at = _steps(tokens, at + 1)
            steps.append(Bag(_merged(inner)))
        elif tokens[at] == "{":
            limit = tokens[at + 1] if tokens[at + 1][0] in "!*:" else ""
            inner, at = _steps(tokens, at + (2 if limit else 1))
            first = inner[0]
            assert isinstance(first, Use)
            most = int(limit[1:]) if limit.startswith(":") else MANY
            steps.append(Loop(first.tag, inner, most, "!" in limit))
        else:
            steps.append(_use(tokens[at]))
        at += 1
    return tuple(steps), at


def _merged(inner: tuple[Use | Bag | Loop, ...]) -> dict[str, Use]:
    return {use.tag: use for use in inner if isinstance(use, Use)}


def _use(token: str) -> Use:
    tag = re.split(r"[!*:]", token)[0]
    most = MANY if token.endswith("*") else int(token.partition(":")[2] or 1)
    return Use(tag, most, "!" in token)
