"""Documents sent and taken again, profiles that change, and partners that change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from two_partners import (
    ACCEPTED,
    PLACED,
    Drop,
    codes,
    from_fussy,
    listed,
    outbox,
    purchase_order,
)
from typer.testing import CliRunner

from crossdock import Reject, Tx
from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import (
    DocumentSent,
    PurchaseOrderReceived,
)
from partner_edi import inbound
from partner_edi.commands import edi
from partner_edi.edi.document import Row
from partner_edi.inbound import drift
from partner_edi.inbound.incoming import Incoming


async def test_a_document_is_sent_again_as_it_was_or_under_a_new_number(
    desk: Desk, drop: Drop, root: Path
) -> None:
    """Both are acts with a name; an answer to either number finds the document."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    [first] = outbox(root, "FUSSY", "855")
    for renumber in (False, True):
        asked = {"by": "ann", "reason": "they lost it", "renumber": renumber}
        response = await desk.http.post("/documents/855-ORD-1/resend", json=asked)
        assert response.status_code == 202
        await desk.errands_done()
    same, other = outbox(root, "FUSSY", "855")
    assert same == first
    assert other.split("ST*")[1].split("GE*")[0] == first.split("ST*")[1].split("GE*")[0]
    sent = [event.control_number for event in await desk.emitted(DocumentSent)]
    assert sent == ["000000001/1/0001", "000000001/1/0001", "000000002/2/0001"]
    async with desk.begin() as tx:
        acts = await tx.fetch("select who, action, reason from crossdock.acts order by id")
    assert [tuple(act) for act in acts] == [("ann", "resend", "they lost it")] * 2
    rows: list[Row] = [("AK1", "PR", "1", "005010"), ("AK9", "A", "1", "1", "1")]
    await drop("FUSSY", "ack.edi", from_fussy(("999", rows)))
    shown = (await desk.http.get("/documents/855-ORD-1")).json()
    assert shown["state"] == "acknowledged"
    assert [one["control_number"] for one in shown["sendings"]] == sent[:0:-1]


async def test_a_refusal_by_the_business_is_told_in_an_824(
    desk: Desk, drop: Drop, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form was right, so the 999 accepts; why nothing can be done with it is in the 824."""

    async def refuse(tx: Tx, incoming: Incoming) -> None:
        raise Reject("PO1 was closed last week", code="order_closed")

    taker = inbound.TAKERS["850"]._replace(take=refuse)
    monkeypatch.setitem(inbound.TAKERS, "850", taker)
    await drop("FUSSY", "po.edi", from_fussy(("850", purchase_order())))
    assert await desk.emitted(PurchaseOrderReceived) == []
    assert "order_closed" in await codes(desk)
    assert "IK5*A~" in outbox(root, "FUSSY", "999")[0]
    [advice] = outbox(root, "FUSSY", "824")
    assert "OTI*TR*TN*PO1*****1*0001*850~" in advice
    assert "TED*ZZZ*PO1 was closed last week~" in advice


async def test_what_failed_is_taken_again_once(
    desk: Desk, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours fails one set and not its neighbour; mended, it becomes its order."""
    taker = inbound.TAKERS["850"]

    async def stumble(tx: Tx, incoming: Incoming) -> None:
        if incoming.record.po_number == "PO1":
            raise KeyError("a fault of ours")
        await taker.take(tx, incoming)

    monkeypatch.setitem(inbound.TAKERS, "850", taker._replace(take=stumble))
    documents = [("850", purchase_order()), ("850", purchase_order("PO2"))]
    await drop("FUSSY", "two.edi", from_fussy(*documents))
    assert [e.po_number for e in await desk.emitted(PurchaseOrderReceived)] == ["PO2"]
    [failed] = await listed(desk, state="failed")
    assert any("a fault of ours" in finding for finding in failed["findings"])
    monkeypatch.setitem(inbound.TAKERS, "850", taker)
    path = f"/documents/{failed['document_id']}/reprocess"
    first = await desk.http.post(path, json={"by": "ann"})
    await desk.errands_done()
    second = await desk.http.post(path, json={"by": "ann"})
    assert (first.status_code, second.status_code) == (202, 409)
    orders = [e.po_number for e in await desk.emitted(PurchaseOrderReceived)]
    assert orders == ["PO2", "PO1"]


async def test_a_stranger_is_taken_again_when_its_address_is_known(
    desk: Desk, drop: Drop, profiles: Path
) -> None:
    """Its new address was written down after the file had come: its order is not lost."""
    content = from_fussy(("850", purchase_order())).replace(b"FUSSY ", b"FUSSY2")
    await drop("FUSSY", "x.edi", content)
    [refused] = await listed(desk, state="rejected")
    path = profiles / "FUSSY.yaml"
    more = 'addresses: [{qualifier: "08", id: FUSSY2}, {qualifier: "08", id: FUSSY}]'
    text = path.read_text().replace('addresses: [{qualifier: "08", id: FUSSY}]', more, 1)
    path.write_text(text)
    asked = f"/documents/{refused['document_id']}/reprocess"
    assert (await desk.http.post(asked, json={"by": "ann"})).status_code == 202
    await desk.errands_done()
    [order] = await desk.emitted(PurchaseOrderReceived)
    assert order.po_number == "PO1"
    settled = (await desk.http.get(f"/documents/{refused['document_id']}")).json()
    assert settled["state"] == "validated"


async def test_each_version_of_a_profile_is_kept_with_its_text(
    desk: Desk, drop: Drop, profiles: Path
) -> None:
    """A document tells under which agreement it was handled, in the words of that time."""
    await drop("FUSSY", "po.edi", from_fussy(("850", purchase_order())))
    path = profiles / "FUSSY.yaml"
    path.write_text(path.read_text().replace("name: Fussy Stores", "name: Fussier Stores"))
    await drop("FUSSY", "po2.edi", from_fussy(("850", purchase_order("PO2")), control=2))
    kept = (await desk.http.get("/partners/FUSSY/profiles")).json()
    assert len(kept) == 2
    found = await listed(desk, set="850")
    shown = [(await desk.http.get(f"/documents/{d['document_id']}")).json() for d in found]
    assert ["Fussier" in s["profile_source"] for s in shown] == [True, False]


async def test_what_a_partner_never_sent_before_is_raised_once(desk: Desk, drop: Drop) -> None:
    """After ten alike, a new qualifier and a foreign segment are drift; the next time not."""
    line: Row = ("PO1", "2", "1", "CA", "10", "", "UP", "B1")
    odd = [*purchase_order()[:2], line, ("ZZ9", "1")]
    plain = [("850", purchase_order(f"PO{n}")) for n in range(drift.LEARNT)]
    await drop("FUSSY", "usual.edi", from_fussy(*plain))
    assert "mapping_drift" not in await codes(desk)
    await drop("FUSSY", "odd.edi", from_fussy(("850", odd), ("850", odd), control=2))
    found = await desk.emitted(ExceptionRaised)
    [raised] = [event for event in found if event.code == "mapping_drift"]
    assert raised.context["new"] == "code PO103=CA, code PO106=UP, segment ZZ9"


async def test_a_change_in_the_rate_of_errors_is_raised(desk: Desk, drop: Drop) -> None:
    """Two windows of twenty: the first without errors, the second with one in two."""
    half = drift.WINDOW // 2
    good = [("850", purchase_order(f"PO{n}")) for n in range(drift.WINDOW)]
    await drop("FUSSY", "good.edi", from_fussy(*good))
    bad = [("850", [*purchase_order(f"Q{n}")[:2], ("CTT", "9")]) for n in range(half)]
    await drop("FUSSY", "mixed.edi", from_fussy(*good[:half], *bad, control=2))
    raised = await desk.emitted(ExceptionRaised)
    [event] = [one for one in raised if one.code == "error_rate_changed"]
    assert (event.context["before"], event.context["now"]) == ("0.00", "0.50")


async def test_the_commands_say_what_the_service_knows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed and shown within 80 columns, without the text; an act goes through the service."""
    monkeypatch.setenv("PARTNER_EDI_URL", str(desk.http.base_url))
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()

    async def run(*words: str) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, edi, list(words))
        if "--json" not in words:
            assert max(map(len, result.output.splitlines()), default=0) <= 80
        return result.output if result.exit_code == 0 else str(result.exception)

    assert "> 855-ORD-1" in await run("list", "--partner", "FUSSY", "--direction", "out")
    assert await run("list", "--state", "failed") == "no document matches\n"
    shown = await run("show", "855-ORD-1")
    assert ("000000001/1/0001" in shown, "PO1*1" in shown) == (True, False)
    again = await run("resend", "855-ORD-1", "--renumber", "--by", "ann", "--reason", "lost")
    assert again == "855-ORD-1: is sent again, renumbered\n"
    await desk.errands_done()
    assert "000000002/2/0001" in await run("show", "855-ORD-1", "--json")
    refused = await run("reprocess", "855-ORD-1")
    assert "855-ORD-1 (ours) is sent: reprocess takes any document that is rejected" in refused
