"""Each service has its own database, and nobody else's."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hands import Hands

from crossdock.database import connect, with_database
from crossdock.errors import NotReady
from crossdock_local.environment import POSTGRES_URL

pytestmark = pytest.mark.mesh


def environment_of(hands: Hands, name: str) -> dict[str, str]:
    """What a service was told when it started: by its supervisor, and by its own recipe."""
    pid = hands.process(name).pid
    text = Path(f"/proc/{pid}/environ").read_bytes().decode()
    supervisors = dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)
    recipe = json.loads((hands.mesh.state / "run" / f"{name}.json").read_text())
    return {**supervisors, **recipe["environment"]}


async def test_no_role_reads_anothers_database(hands: Hands) -> None:
    """Of all pairs, each service reaches its own database and is refused at the others'."""
    refused = []
    for mine, other in itertools.product(hands.services, repeat=2):
        url = with_database(hands.environment[f"{mine.upper()}_DATABASE_URL"], other)
        try:
            await (await connect(url)).close()
        except NotReady as error:
            refused.append((mine, other, "permission denied" in str(error)))
    pairs = itertools.product(hands.services, repeat=2)
    assert refused == [(mine, other, True) for mine, other in pairs if mine != other]


async def test_roles_may_make_nothing(hands: Hands) -> None:
    """A service's role is no superuser and makes no databases or roles."""
    rows = await hands.sql(
        "returns",
        """select rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
           from pg_roles where rolname = any($1::text[])""",
        hands.services,
    )
    assert len(rows) == len(hands.services)
    assert not any(any(row[1:]) for row in map(tuple, rows))


async def test_a_service_knows_its_own_database_alone(hands: Hands) -> None:
    """No process has the administrator's URL, nor another service's."""
    passwords = {
        name: hands.environment[f"{name.upper()}_DATABASE_URL"].split(":")[2].split("@")[0]
        for name in hands.services
    }
    for name in hands.services:
        told = environment_of(hands, name)
        assert [key for key in told if key.endswith("_DATABASE_URL")] == [
            f"{name.upper()}_DATABASE_URL"
        ]
        assert POSTGRES_URL not in told
        everything = "\n".join(told.values())
        assert [other for other, secret in passwords.items() if secret in everything] == [name]


async def test_secrets_are_read_by_their_owner_alone(hands: Hands) -> None:
    """Files with passwords are closed to other users of the machine."""
    secrets = [
        hands.environment[f"{name.upper()}_DATABASE_URL"].split(":")[2].split("@")[0].encode()
        for name in hands.services
    ]
    folders = ("run", "logs", "edi", "nats")
    files = [p for folder in folders for p in (hands.mesh.state / folder).rglob("*") if p.is_file()]
    files += [p for p in hands.mesh.state.iterdir() if p.is_file()]
    holding = [p for p in files if any(secret in p.read_bytes() for secret in secrets)]
    assert holding
    assert [str(p) for p in holding if p.stat().st_mode & 0o077] == []


async def test_logs_name_no_secret(hands: Hands) -> None:
    """No password is written into a log."""
    url = hands.environment[POSTGRES_URL]
    secrets = [url.split(":")[2].split("@")[0]]
    secrets += [
        hands.environment[f"{name.upper()}_DATABASE_URL"].split(":")[2].split("@")[0]
        for name in hands.services
    ]
    for log in hands.mesh.logs.glob("*.log"):
        text = log.read_text(errors="replace")
        assert not any(secret in text for secret in secrets), log.name
