"""Who may see personal data: whoever is a member of a PostgreSQL role, and every look is noted.

Commands show events with what is personal left out (their contracts say what is). To see it takes
a connection of a person who is a member of `crossdock_privacy`, which the administrator of the
server grants; what was looked at, by whom and why is committed before anything is shown.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from crossdock_contracts import Event, EventName, catalogue
from crossdock_contracts.owners import ANYBODY, OWNERS
from crossdock_contracts.privacy import redacted

from .acts import By, note
from .database import Connection, connect
from .errors import NotReady
from .reach import database_url, load_service, service_names
from .sql import queries

if TYPE_CHECKING:
    from .letters import Letter

ROLE = "crossdock_privacy"
SQL = queries("privacy")


class NotForYou(NotReady):
    """Personal data is not shown to whoever may not see it."""


async def note_look(service: str, by: By, about: str) -> None:
    """Note in a service's store that somebody looks; NotForYou where they may not."""
    if not by.reason.strip():
        raise NotForYou("say why with --reason: it is noted with who looked at personal data")
    async with _in_person(service) as connection:
        [who] = await connection.fetch(SQL.may_look, ROLE)
        if not who["may"]:
            raise NotForYou(
                f"{who['name']} is no member of the role {ROLE} in PostgreSQL and sees no personal "
                f"data: have it granted (`grant {ROLE} to ...`), and name your own role in "
                "CROSSDOCK_POSTGRES_URL"
            )
        await note(connection, by, "look", about, after={"role": who["name"]})


async def note_look_at_noun(noun: str | None, by: By) -> None:
    """The same for whoever reads a stream: noted with its owner, or with everybody."""
    owner = OWNERS.get(noun, ANYBODY) if noun else ANYBODY
    for name in service_names() if owner == ANYBODY else [owner]:
        await note_look(name, by, f"{noun or 'every noun'}, as it is stored")


@asynccontextmanager
async def _in_person(service: str) -> AsyncIterator[Connection]:
    """A service's store, by the URL of the person rather than that of the service."""
    store, person = urlsplit(database_url(service)), os.environ.get("CROSSDOCK_POSTGRES_URL")
    if person:
        user, at, _ = urlsplit(person).netloc.rpartition("@")
        store = store._replace(netloc=f"{user}{at}{store.netloc.rpartition('@')[2]}")
    connection = await connect(urlunsplit(store))
    try:
        yield connection
    finally:
        await connection.close()


def event_shown(literal: str, body: bytes) -> bytes:
    """An event's body without what is personal."""
    return redacted(body, _known(literal))


def letter_shown(letter: Letter) -> Letter:
    """A letter without what is personal in its body: an event's, or a call's to the outside."""
    contract: type[msgspec.Struct] | None = _known(letter.type)
    if contract is None:
        errands = load_service(letter.service).handlers.errands
        contract = next((e for e in errands if e.__struct_config__.tag == letter.type), None)
    return msgspec.structs.replace(letter, body=redacted(letter.body, contract))


def _known(literal: str) -> type[Event] | None:
    try:
        return catalogue().get(str(EventName.parse(literal)))
    except ValueError:
        return None
