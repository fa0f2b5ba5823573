"""Our documents on a partner's SFTP server: whole, once, and over nothing of the partner's."""

from __future__ import annotations

import asyncio

import pytest
from partner_server import PartnerServer

from partner_edi.transports import own_keys, sftp_client
from partner_edi.transports.sftp_client import Trouble


async def test_what_we_put_there_appears_whole(partner: PartnerServer) -> None:
    """Under a working name first; a second try finds it there."""
    seen: list[dict[str, bytes]] = []

    async def looks(what: str, _path: str) -> None:
        if what in ("write", "rename"):
            seen.append({n: c for n, c in partner.has("in").items() if not n.startswith(".")})

    partner.before = looks
    content = b"ISA" * 50_000
    for _ in range(2):
        await sftp_client.put(partner.terms(), partner.keys, "855 ü.edi", content)
    assert partner.has("in") == {"855 ü.edi": content}
    assert len(seen) >= 2
    assert not any(seen)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["open", "write", "rename"])
async def test_a_put_that_broke_is_put_again_whole(
    partner: PartnerServer, step: str, moment: str
) -> None:
    """A half file under the working name is written over; a renamed one is not sent twice."""
    setattr(partner, moment, partner.breaking(step, moment))
    with pytest.raises(Trouble):
        await sftp_client.put(partner.terms(), partner.keys, "855.edi", b"855" * 30_000)
    await sftp_client.put(partner.terms(), partner.keys, "855.edi", b"855" * 30_000)
    assert partner.has("in") == {"855.edi": b"855" * 30_000}


async def test_another_file_of_our_name_is_not_written_over(partner: PartnerServer) -> None:
    """A person has to look."""
    (partner.root / "in" / "855.edi").write_bytes(b"theirs")
    with pytest.raises(Trouble, match=r"another file 855\.edi than ours: have it taken away"):
        await sftp_client.put(partner.terms(), partner.keys, "855.edi", b"ours")
    assert partner.has("in") == {"855.edi": b"theirs"}


async def test_the_same_key_of_ours_is_shown_everywhere(partner: PartnerServer) -> None:
    """One pair, made at the first visit."""
    await sftp_client.put(partner.terms(), partner.keys, "a.edi", b"a")
    first = own_keys.public_half(partner.keys, own_keys.CLIENT_KEY)
    await sftp_client.put(partner.terms(), partner.keys, "b.edi", b"b")
    assert own_keys.public_half(partner.keys, own_keys.CLIENT_KEY) == first


async def test_a_server_that_stops_answering_is_given_up(
    partner: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a put or a visit; both are trouble, and are tried again."""
    monkeypatch.setattr(sftp_client, "LONGEST_PUT", 0.5)
    monkeypatch.setattr(sftp_client, "LONGEST_VISIT", 0.5)
    dead = asyncio.Event()

    async def holds(_what: str, _path: str) -> None:
        await dead.wait()

    async def never(*_: object) -> bool:
        raise AssertionError("nothing was read")

    partner.leave("po.edi", b"ISA")
    partner.before = holds
    with pytest.raises(Trouble, match="did not answer in time"):
        await sftp_client.put(partner.terms(), partner.keys, "855.edi", b"855")
    visits = sftp_client.Visits(partner.terms(), partner.keys, limit=1000, quiet_seconds=0.0)
    with pytest.raises(Trouble, match="did not answer in time"):
        await visits.fetch(never)
    dead.set()
    assert partner.has("out") == {"po.edi": b"ISA"}
