"""The sets' tables read: which segments a set holds, in which order and in which loops."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ..envelope import Standard
from ..tables.loader import lines

MANY = 1_000_000
FRAGMENT = re.compile(r"@[A-Z0-9]+")
TOKEN = re.compile(r"[{}()]|[^\s{}()]+")


class Use(NamedTuple):
    """A segment at its place: how often it may come, and whether it must."""

    tag: str
    most: int = 1
    mandatory: bool = False


class Bag(NamedTuple):
    """Segments and loops that may come in any order."""

    uses: dict[str, Use | Loop]


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
def sets(standard: Standard) -> dict[str, SetTable]:
    """All sets of a standard that have a table."""
    fragments: dict[str, str] = {}
    texts: list[str] = []
    for text in lines(f"{standard.lower()}_sets.txt"):
        name, _, body = text.partition(" = ") if text.startswith("@") else ("", "", text)
        # A fragment is used by those below it only, so each is whole when it is used.
        body = FRAGMENT.sub(lambda found: fragments[found[0]], body)
        if name:
            fragments[name] = body
        else:
            texts.append(body)
    heads = [text.partition(" ") for text in texts[::2]]
    bodies = {code: body for (code, _, _), body in zip(heads, texts[1::2], strict=True)}
    return {code: _table(code, name, _body(bodies, code)) for code, _, name in heads}


def _body(bodies: dict[str, str], code: str) -> str:
    """A set's own structure, or that of another ("= ORDERS") in which a segment must come."""
    body = bodies[code]
    if not body.startswith("="):
        return body
    _, other, *musts = body.split()
    body = bodies[other]
    for must in musts:
        body = body.replace(f"({must.replace('!', '')} ", f"({must} ", 1)
    return body


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


def _merged(inner: tuple[Use | Bag | Loop, ...]) -> dict[str, Use | Loop]:
    named = [use for use in inner if not isinstance(use, Bag)]
    return {use.trigger if isinstance(use, Loop) else use.tag: use for use in named}


def _use(token: str) -> Use:
    tag = re.split(r"[!*:]", token)[0]
    most = MANY if token.endswith("*") else int(token.partition(":")[2] or 1)
    return Use(tag, most, "!" in token)
