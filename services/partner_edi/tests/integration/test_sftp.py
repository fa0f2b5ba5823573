"""SFTP both ways on the running service: from a partner's file to an order, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harbour import Harbour, Key
from partner_server import PartnerServer

from crossdock.errors import NotReady
from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import DocumentSent, PurchaseOrderReceived
from crossdock_local.ports import free_ports

Sample = Callable[[str], bytes]
SETTINGS = {"transport_patience_seconds": 0.0}


@pytest.fixture
def transports(partner: PartnerServer, key_for: Callable[[str], Key]) -> dict[str, str]:
    """SENDER has a server, DERICL comes to ours."""
    ours = f"transport: {{kind: our_sftp, keys: [{key_for('DERICL').public!r}]}}\n"
    return {"SENDER": partner.profile, "DERICL": ours}


@pytest.fixture
def desk_settings(desk_settings: dict[str, Any]) -> dict[str, Any]:
    """A port for partners; trouble is told at once."""
    return {**desk_settings, **SETTINGS, "sftp_port": free_ports(1)[0]}


@pytest.fixture
def harbour(desk: Desk, desk_settings: dict[str, Any]) -> Harbour:
    """The service's own SFTP server."""
    there = Harbour(desk_settings["root"], desk_settings["keys"], {})
    there.port = desk_settings["sftp_port"]
    return there


async def until(true: Callable[[], object]) -> None:
    """Return when something has become true."""
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.02)


async def way(desk: Desk, partner_id: str, name: str) -> dict[str, Any]:
    """How one way to a partner stands."""
    answer = (await desk.http.get("/transports")).json()
    [found] = [each for each in answer if each["partner_id"] == partner_id]
    return next((each for each in found["ways"] if each["way"] == name), {})


async def test_an_order_is_fetched_and_its_answer_put_there(
    desk: Desk, partner: PartnerServer, sample: Sample, root: Path
) -> None:
    """From the partner's server and back to it; its file is kept where it was agreed."""
    partner.leave("po.edi", sample("032"))
    [order] = await desk.eventually(PurchaseOrderReceived)
    assert order.po_number == "PO12345"
    await desk.eventually(DocumentSent)
    [answer] = partner.has("in").values()
    assert b"AK9*A*1*1*1~" in answer
    await until(lambda: partner.has("done"))
    assert partner.has("out") == {}
    assert not any((root / "SENDER" / "outbox").iterdir())
    assert (await way(desk, "SENDER", "put"))["worked_at"]
    partner.leave("again.edi", sample("032"))
    await until(lambda: "again.edi" in partner.has("done"))
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1
    [raised] = await desk.emitted(ExceptionRaised)
    assert raised.code == "duplicate_file"


async def test_a_server_that_is_away_is_told_once_and_tried_until_it_is_back(
    desk: Desk, partner: PartnerServer, sample: Sample, tmp_path: Path
) -> None:
    """With what is wrong and since when; nothing is marked as received or sent meanwhile."""
    partner.leave("po.edi", sample("032"))
    partner.refuse = True
    [told] = await desk.eventually(ExceptionRaised)
    assert (told.code, told.about) == ("transport_failing", "SENDER")
    assert "does not let crossdock in with our key" in told.text
    line = await way(desk, "SENDER", "fetch")
    assert line["failing_since"]
    assert line["trouble"] in told.text
    assert (await desk.http.get("/readyz")).status_code == 200
    assert (await desk.http.get("/documents")).json() == []
    partner.refuse = False
    await desk.eventually(PurchaseOrderReceived)
    await until(lambda: partner.has("done"))
    assert len(await desk.emitted(ExceptionRaised)) == 1
    await desk.eventually(DocumentSent)
    line = await way(desk, "SENDER", "fetch")
    assert (line["failing_since"], line["trouble"], line["failures"]) == (None, "", 0)


async def test_what_cannot_be_put_there_waits(
    desk: Desk, partner: PartnerServer, sample: Sample
) -> None:
    """The 997 is not sent until it lies there; then it is, once."""
    full = asyncio.Event()

    async def refuses(what: str, path: str) -> None:
        if what == "open" and path.startswith("/in/"):
            full.set()
            raise OSError("the disk is full")

    partner.before = refuses
    partner.leave("po.edi", sample("032"))
    await asyncio.wait_for(full.wait(), 15)
    [told] = await desk.eventually(ExceptionRaised)
    assert "our documents cannot be put on the server of SENDER" in told.text
    assert await desk.emitted(DocumentSent) == []
    partner.before = None
    async with desk.begin() as tx:
        await tx.execute("update crossdock.errands set due_at = now()")
    desk.runtime.errand_added.set()
    await desk.eventually(DocumentSent)
    assert len(partner.has("in")) == 1


async def test_a_file_too_large_stays_with_the_partner_and_is_told(
    desk: Desk, partner: PartnerServer, sample: Sample
) -> None:
    """The file beside it is an order all the same."""
    with partner.leave("huge.edi", b"", age=99).open("wb") as file:
        file.truncate(20_000_001)
    partner.leave("po.edi", sample("032"))
    await desk.eventually(PurchaseOrderReceived)
    [told] = await desk.eventually(ExceptionRaised)
    assert "huge.edi on 127.0.0.1 has 20000001 bytes, more than the 20000000 allowed" in told.text
    assert [*partner.has("out")] == ["huge.edi"]


async def test_a_partner_comes_sends_and_fetches(
    desk: Desk, harbour: Harbour, sample: Sample, key_for: Callable[[str], Key], root: Path
) -> None:
    """Through our server: a file becomes a document, its answer is there for the partner alone."""
    async with harbour.sftp("DERICL", key_for("DERICL")) as sftp:
        async with sftp.open("/inbox/po.edi", "wb") as file:
            await file.write(sample("031"))
        await until(lambda: any((root / "DERICL" / "outbox").glob("997*")))
        [name] = [n for n in await sftp.listdir("/outbox") if n.startswith("997")]
        async with sftp.open(f"/outbox/{name}", "rb") as file:
            assert b"AK9*R" in await file.read()
    assert (root / "DERICL" / "error" / "po.edi").read_bytes() == sample("031")


async def test_a_port_that_is_taken_is_told_at_the_start(
    desk: Desk, desk_settings: dict[str, Any]
) -> None:
    """With the next step; by the server itself."""
    from partner_edi.transports.sftp_server import serving

    with pytest.raises(NotReady, match=f"127.0.0.1:{desk_settings['sftp_port']}.*SFTP_PORT"):
        async with serving(desk.service):
            pass
