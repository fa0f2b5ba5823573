"""Files in: real ones, bad ones, the same again, and what is left after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from crossdock import RetryLater, Tx
from crossdock.errors import Outage
from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import DocumentRejected, DocumentSent, PurchaseOrderReceived
from partner_edi import store
from partner_edi.edi import envelope
from partner_edi.inbound import TAKERS
from partner_edi.inbound.incoming import Incoming
from partner_edi.records import NewDocument
from partner_edi.transports import folders

Drop = Callable[[str, str, bytes], Awaitable[Path]]
Sample = Callable[[str], bytes]


def texts(folder: Path, set_code: str) -> list[str]:
    """What lies in an outbox, by set."""
    return [path.read_text() for path in sorted(folder.glob(f"{set_code}_*.edi"))]


async def test_a_real_850_becomes_an_order_and_is_acknowledged(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """PO12345 is emitted once, its file archived, and the 997 says A."""
    moved = await drop("SENDER", "po.edi", sample("032"))
    assert moved.parent.name == "archive"
    [order] = await desk.emitted(PurchaseOrderReceived)
    assert (order.partner_id, order.customer_id) == ("SENDER", "CUST-SENDER")
    assert (order.po_number, order.control_number) == ("PO12345", "000000001/1/0001")
    [sent] = await desk.emitted(DocumentSent)
    [answer] = texts(root / "SENDER" / "outbox", "997")
    assert sent.set_code == "997"
    assert "AK9*A*1*1*1~" in answer
    reading = envelope.read([answer.encode()])
    assert reading.interchanges[0].receiver == ("ZZ", "SENDER")


async def test_a_file_with_two_groups_is_answered_twice(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """Its 810s are refused, its 850 is accepted with an error; each group has its 997."""
    await drop("SHIPPING-GROUP", "dual.edi", sample("068"))
    [order] = await desk.emitted(PurchaseOrderReceived)
    assert [str(line.quantity.value) for line in order.lines] == ["150", "50", "25", "25"]
    refused = await desk.emitted(DocumentRejected)
    assert [event.set_code for event in refused] == ["810", "810"]
    answers = texts(root / "SHIPPING-GROUP" / "outbox", "997")
    assert ["AK9*R*2*2*0" in a for a in answers].count(True) == 1
    assert ["AK9*E*1*1*1" in a for a in answers].count(True) == 1


async def test_a_broken_envelope_is_set_aside_with_its_findings(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """Wrong counts and references: no order, a 997 with R, the file kept, a person told."""
    moved = await drop("DERICL", "bad.edi", sample("031"))
    assert moved.parent.name == "error"
    assert moved.read_bytes() == sample("031")
    findings = (moved.parent / "bad.edi.findings.txt").read_text()
    for code in ("set_count", "group_reference", "interchange_reference"):
        assert f"[{code}]" in findings
    [refused] = await desk.emitted(DocumentRejected)
    [raised] = await desk.emitted(ExceptionRaised)
    assert refused.partner_id == "DERICL"
    assert (raised.team, raised.about) == ("partner_desk", refused.document_id)
    assert "AK9*R*1*1*0*4" in texts(root / "DERICL" / "outbox", "997")[0]
    assert await desk.emitted(PurchaseOrderReceived) == []


async def test_bad_files_leave_the_good_one_in_the_same_folder_alone(
    desk: Desk, drop: Drop, sample: Sample
) -> None:
    """Unreadable bytes and an unknown sender are set aside, one by one."""
    assert (await drop("SENDER", "noise.edi", b"\x00\xffnonsense\x00")).parent.name == "error"
    assert (await drop("SENDER", "empty.edi", b"")).parent.name == "error"
    assert (await drop("SENDER", "stranger.edi", sample("020"))).parent.name == "error"
    assert (await drop("SENDER", "good.edi", sample("032"))).parent.name == "archive"
    codes = [event.code for event in await desk.emitted(ExceptionRaised)]
    assert codes == ["unreadable_file", "unreadable_file", "unknown_partner"]
    assert len(await desk.emitted(DocumentRejected)) == 3
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1


async def test_another_partners_interchange_in_this_inbox_is_refused(
    desk: Desk, drop: Drop, sample: Sample
) -> None:
    """An inbox belongs to one partner."""
    assert (await drop("DERICL", "po.edi", sample("032"))).parent.name == "error"
    assert await desk.emitted(PurchaseOrderReceived) == []


async def test_the_same_file_and_the_same_interchange_have_no_second_effect(
    desk: Desk, drop: Drop, sample: Sample
) -> None:
    """Reported as duplicates, kept in the archive, and nothing more."""
    await drop("SENDER", "po.edi", sample("032"))
    await drop("SENDER", "again.edi", sample("032"))
    await drop("SENDER", "po.edi", sample("032"))
    await drop("SENDER", "changed.edi", sample("032").replace(b"PO12345", b"PO54321"))
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1
    codes = [event.code for event in await desk.emitted(ExceptionRaised)]
    assert codes == ["duplicate_file", "duplicate_file", "duplicate_interchange"]
    response = await desk.http.get("/documents", params={"state": "duplicate"})
    assert len(response.json()) == 3


async def test_a_bad_set_does_not_stop_the_good_one_beside_it(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """A negative quantity rejects its own set; the 997 says P, each order has its own trace."""
    text = sample("032").decode()
    start, end = text.index("ST*"), text.index("GE*")
    good = text[start:end]
    bad = good.replace("0001", "0002").replace("PO1**1*", "PO1**-1*").replace("12345", "2")
    other = good.replace("0001", "0003").replace("12345", "3")
    content = text[:start] + good + bad + other + text[end:].replace("GE*1*", "GE*3*")
    moved = await drop("SENDER", "three.edi", content.encode())
    assert moved.parent.name == "archive"
    orders = await desk.emitted(PurchaseOrderReceived)
    assert [order.po_number for order in orders] == ["PO12345", "PO3"]
    [answer] = texts(root / "SENDER" / "outbox", "997")
    assert "AK4*2*330*7*-1" in answer
    assert "AK9*P*3*3*2" in answer
    listed = (await desk.http.get("/documents", params={"set": "850"})).json()
    assert len({document["trace_id"] for document in listed}) == 3
    [refused] = [document for document in listed if document["state"] == "rejected"]
    shown = (await desk.http.get(f"/documents/{refused['document_id']}")).json()
    assert "PO1**-1*EA" in shown["raw"]
    assert any("quantity '-1'" in finding for finding in shown["findings"])


async def test_a_file_that_was_recorded_but_not_moved_is_only_moved(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """The crash came after the last commit: the second look has nothing left to do."""
    moved = await drop("SENDER", "po.edi", sample("032"))
    inbox = root / "SENDER" / "inbox"
    moved.rename(inbox / "po.edi")
    await drop("SENDER", "other.edi", sample("032").replace(b"000000001", b"000000002"))
    assert not (inbox / "po.edi").exists()
    assert len(await desk.emitted(PurchaseOrderReceived)) == 2
    assert await desk.emitted(ExceptionRaised) == []


async def test_a_crash_half_way_leads_to_the_same_result(
    desk: Desk, drop: Drop, sample: Sample, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two sets was committed, then the store went away: the second follows, once."""
    text = sample("032").decode()
    start, end = text.index("ST*"), text.index("GE*")
    other = text[start:end].replace("0001", "0002").replace("12345", "2")
    content = text[:end] + other + text[end:].replace("GE*1*", "GE*2*")
    calls: list[str] = []
    real = store.add_document

    async def failing(tx: Tx, document: NewDocument) -> bool:
        calls.append(document.set_code)
        if len(calls) == 2:
            raise Outage("the store went away")
        return await real(tx, document)

    monkeypatch.setattr(store, "add_document", failing)
    moved = await drop("SENDER", "two.edi", content.encode())
    assert moved.parent.name == "archive"
    assert calls == ["850", "850", "850", "850", "997"]
    orders = await desk.emitted(PurchaseOrderReceived)
    assert [order.po_number for order in orders] == ["PO12345", "PO2"]
    assert len(texts(root / "SENDER" / "outbox", "997")) == 1
    assert await desk.emitted(ExceptionRaised) == []


async def test_a_file_that_still_grows_is_not_read(
    desk: Desk, sample: Sample, root: Path, drop: Drop
) -> None:
    """A half-written file waits in the inbox while the files beside it are taken."""
    inbox = root / "SENDER" / "inbox"
    folders.put(inbox, "slow.edi.part", sample("032")[:150])
    await drop("SENDER", "other.edi", sample("032").replace(b"000000001", b"000000002"))
    assert (inbox / "slow.edi.part").exists()
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1


async def test_a_file_that_has_to_wait_keeps_nobody_waiting(
    desk: Desk, drop: Drop, sample: Sample, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again with back-off, which everybody can see; the others go on."""
    taker, unknown = TAKERS["850"], ["PO12345"]

    async def take(tx: Tx, incoming: Incoming) -> None:
        if incoming.record.po_number in unknown:
            raise RetryLater(f"{incoming.record.po_number} is not known yet", after=0.05)
        await taker.take(tx, incoming)

    monkeypatch.setitem(TAKERS, "850", taker._replace(take=take))
    inbox = root / "SENDER" / "inbox"
    early = folders.put(inbox, "early.edi", sample("032"))
    while not (way := await _inbox(desk, "SENDER")):
        await asyncio.sleep(0.02)
    assert "early.edi: PO12345 is not known yet" in way["trouble"]
    other = sample("032").replace(b"PO12345", b"PO2").replace(b"000000001", b"000000002")
    await drop("SENDER", "other.edi", other)
    assert early.exists()
    assert [e.po_number for e in await desk.emitted(PurchaseOrderReceived)] == ["PO2"]
    unknown.clear()
    while await _inbox(desk, "SENDER"):
        await asyncio.sleep(0.02)
    assert not early.exists()
    orders = [e.po_number for e in await desk.emitted(PurchaseOrderReceived)]
    assert orders == ["PO2", "PO12345"]


async def _inbox(desk: Desk, partner_id: str) -> dict[str, Any]:
    """What is wrong with a partner's inbox, as anybody can see."""
    [found] = [
        each
        for each in (await desk.http.get("/transports")).json()
        if each["partner_id"] == partner_id
    ]
    ways = [each for each in found["ways"] if each["way"] == "inbox" and each["failing_since"]]
    return ways[0] if ways else {}


async def test_partners_are_listed_and_unknown_documents_are_a_problem(
    desk: Desk, drop: Drop, sample: Sample
) -> None:
    """The API answers with Structs and problems."""
    await drop("SENDER", "po.edi", sample("032"))
    partners = (await desk.http.get("/partners")).json()
    assert {partner["partner_id"] for partner in partners} >= {"SENDER", "DERICL"}
    response = await desk.http.get("/documents/none")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_document")
