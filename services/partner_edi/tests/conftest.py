"""Both ends of a line: our SFTP server with two partners, and a partner's own server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from harbour import Harbour, Key, make_key
from partner_server import PartnerServer

from partner_edi.transports import folders
from partner_edi.transports.sftp_server import listening
from partner_edi.transports.terms import OurSftp, Transport

LIMIT = 300_000


@pytest.fixture(scope="session")
def key_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Key]:
    """A key pair of somebody."""
    folder = tmp_path_factory.mktemp("keys")
    return lambda who: make_key(folder / who)


@pytest.fixture
async def harbour(tmp_path: Path, key_for: Callable[[str], Key]) -> AsyncIterator[Harbour]:
    """Our server, and the partners ACME and OTHER with a key each."""
    terms: dict[str, Transport] = {
        name: OurSftp(kind="our_sftp", keys=(key_for(name).public,)) for name in ("ACME", "OTHER")
    }
    folders.make(tmp_path / "edi", terms)
    there = Harbour(tmp_path / "edi", tmp_path / "keys", terms)
    async with listening(
        host="127.0.0.1",
        port=0,
        root=there.root,
        keys=there.keys,
        limit=LIMIT,
        terms_of=terms.get,
    ) as there.port:
        yield there


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[PartnerServer]:
    """A partner's running server."""
    async with PartnerServer(tmp_path / "partner", tmp_path / "keys").running() as there:
        yield there
