"""What the partner desk relies on: answers of every kind, deadlines, and documents done again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock import Reject, Tx
from crossdock.testing import Desk
from crossdock_contracts import Address, Money, PaymentTerms, Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.orders import OrderAccepted, OrderLine, OrderPlaced, RequestedLine
from crossdock_contracts.partners import (
    AcknowledgementOverdue,
    AcknowledgementReceived,
    DocumentRejected,
    DocumentSent,
    PurchaseOrderReceived,
)
from partner_edi import duties, inbound
from partner_edi.edi import envelope
from partner_edi.edi.document import EDIFACT_MARKS, Cover, Row, write
from partner_edi.inbound.incoming import Incoming

Drop = Callable[[str, str, bytes], Awaitable[Path]]
AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
TEN = Money(Decimal("10.00"), "USD")
ONE = Quantity(Decimal(1), "EA")
ORDER: dict[str, Any] = {
    "order_id": "ORD-1", "customer_id": "CUST-FUSSY", "customer_po": "PO1", "partner_id": "FUSSY",
    "channel": "edi", "currency": "USD",
}  # fmt: skip
PLACED = OrderPlaced(
    **ORDER,
    placed_at=AT,
    lines=(RequestedLine(line_no=1, item="A1", quantity=ONE, unit_price=TEN),),
)
LINE = OrderLine(line_no=1, sku="A1", description="Widget", quantity=ONE, unit_price=TEN, net=TEN)
ACCEPTED = OrderAccepted(
    **ORDER,
    accepted_at=AT,
    lines=(LINE,),
    net_total=TEN,
    tax_total=Money.zero("USD"),
    total=TEN,
    ship_to=Address(name="Store", city="Raleigh", region="NC", postal_code="27601"),
    terms=PaymentTerms(net_days=30),
)
FUSSY: dict[str, Any] = {
    "sender": ("08", "FUSSY"), "receiver": ("01", "US"), "written_at": AT, "version": "005010",
}  # fmt: skip
EURO = Cover(
    sender=("14", "4012345000009"),
    receiver=("14", "5412345000013"),
    control=7,
    written_at=AT,
    version="D:96A:UN",
    marks=EDIFACT_MARKS._replace(repetition=""),
)


def purchase_order(number: str = "PO1") -> list[Row]:
    """An 850 of one line."""
    return [
        ("BEG", "00", "NE", number, "", "20260709"),
        ("PO1", "1", "1", "EA", "10", "", "VN", "A1"),
        ("CTT", "1"),
    ]


def from_fussy(*documents: tuple[str, list[Row]], control: int = 1) -> bytes:
    """A file as FUSSY writes it."""
    return write(documents, Cover(**FUSSY, control=control)).encode()


def outbox(root: Path, partner_id: str, code: str) -> list[str]:
    """Files in a partner's outbox, by set."""
    return [p.read_text() for p in sorted((root / partner_id / "outbox").glob(f"{code}_*.edi"))]


async def codes(desk: Desk) -> list[str]:
    """The codes of what was put before people."""
    return [event.code for event in await desk.emitted(ExceptionRaised)]


async def listed(desk: Desk, **filters: str) -> list[dict[str, Any]]:
    """Documents as the API lists them."""
    response = await desk.http.get("/documents", params=filters)
    found: list[dict[str, Any]] = response.json()
    return found


async def test_a_999_and_a_ta1_answer_where_they_are_agreed(
    desk: Desk, drop: Drop, root: Path
) -> None:
    """No 997 goes to a partner that wants a 999, and the interchange has its own answer."""
    await drop("FUSSY", "po.edi", from_fussy(("850", purchase_order())))
    [order] = await desk.emitted(PurchaseOrderReceived)
    assert (order.partner_id, order.po_number) == ("FUSSY", "PO1")
    [functional] = outbox(root, "FUSSY", "999")
    assert "IK5*A~" in functional
    [interchange] = outbox(root, "FUSSY", "TA1")
    assert "TA1*000000001*260710*0830*A*000~" in interchange
    assert outbox(root, "FUSSY", "997") == []


async def test_an_edifact_partner_gets_a_contrl_and_is_heard(
    desk: Desk, drop: Drop, root: Path
) -> None:
    """A message that is not agreed is refused on its level; an APERAK finds nothing of ours."""
    rows: list[Row] = [("BGM", "35", "P1", "9"), ("DTM", ["137", "20260710", "102"])]
    await drop("EURO", "odd.edi", write([("INVRPT", rows)], EURO).encode())
    [refused] = await desk.emitted(DocumentRejected)
    assert (refused.partner_id, refused.set_code) == ("EURO", "INVRPT")
    [answer] = outbox(root, "EURO", "CONTRL")
    assert "UCI+7+4012345000009:14+5412345000013:14+7'" in answer
    assert "UCM+1+INVRPT:D:96A:UN+4+17" in answer
    [interchange] = envelope.read([answer.encode()]).interchanges
    assert interchange.receiver == ("14", "4012345000009")
    cover = msgspec.structs.replace(EURO, control=8)
    rows = [("BGM", "313", "ADV2", "", "RE"), ("RFF", ["ACW", "INV-9"]), ("ERC", "42")]
    await drop("EURO", "advice.edi", write([("APERAK", rows)], cover).encode())
    assert await codes(desk) == ["set_not_agreed", "advice_unmatched"]
    [advice] = await listed(desk, set="APERAK")
    assert advice["state"] == "validated"


async def test_an_824_reaches_the_document_it_speaks_of(desk: Desk, drop: Drop) -> None:
    """An application refuses what its translator took: the document is rejected after all."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    rows: list[Row] = [
        ("BGN", "00", "ADV1", "20260711"),
        ("OTI", "TR", "TN", "ORD-1", "", "", "", "", "1", "0001", "855"),
        ("TED", "ZZZ", "price differs from contract"),
    ]
    await drop("FUSSY", "advice.edi", from_fussy(("824", rows)))
    [answer] = await desk.emitted(AcknowledgementReceived)
    assert (answer.document_id, answer.status) == ("855-ORD-1", "rejected")
    assert answer.findings == ("price differs from contract [ZZZ]",)
    assert await codes(desk) == ["document_refused"]


async def test_each_answer_is_matched_with_our_document(desk: Desk, drop: Drop) -> None:
    """A TA1 that accepts leaves the document waiting for its 999; the last word counts."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    seen = []
    for control, said in enumerate(("TA1 A", "A", "E", "R", "TA1 R"), start=1):
        tag, _, letter = said.rpartition(" ")
        rows: list[Row] = [("TA1", "000000001", "260710", "0830", letter, "000")]
        if not tag:
            rows = [
                ("AK1", "PR", "1", "005010"),
                ("AK2", "855", "0001"),
                ("IK5", letter),
                ("AK9", letter, "1", "1", "1"),
            ]
        content = from_fussy((tag or "999", rows), control=control)
        await drop("FUSSY", f"ack{control}.edi", content)
        seen += [document["state"] for document in await listed(desk, set="855")]
    assert seen == ["sent", "acknowledged", "acknowledged", "rejected", "rejected"]
    status = [event.status for event in await desk.emitted(AcknowledgementReceived)]
    assert status == ["accepted", "accepted_with_errors", "rejected", "rejected"]


async def test_an_answer_that_does_not_come_is_raised_once(desk: Desk) -> None:
    """The 855 had to be acknowledged at once; the partner's silence becomes an exception."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    for _ in range(2):
        async with desk.begin() as tx:
            await duties.watch(tx)
    [overdue] = await desk.emitted(AcknowledgementOverdue)
    assert (overdue.document_id, overdue.set_code) == ("855-ORD-1", "855")
    assert await codes(desk) == ["acknowledgement_overdue"]
    [late] = await listed(desk, overdue="true")
    assert late["document_id"] == "855-ORD-1"


async def test_what_we_owe_is_raised_before_the_partner_charges_for_it(
    desk: Desk, drop: Drop
) -> None:
    """An 850 came and no 855 went: a person hears of it; one that went is not asked for."""
    documents = [("850", purchase_order()), ("850", purchase_order("PO2"))]
    await drop("FUSSY", "po.edi", from_fussy(*documents))
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    async with desk.begin() as tx:
        await duties.watch(tx)
    raised = [e for e in await desk.emitted(ExceptionRaised) if e.code == "document_owed"]
    assert "FUSSY/PO2" in [event.about for event in raised]
    async with desk.begin() as tx:
        open_ = await tx.fetch("select reference from duties where met_at is null")
    assert [row["reference"] for row in open_] == ["PO2"]


async def test_what_our_own_reader_refuses_is_not_sent(desk: Desk, root: Path) -> None:
    """A PO number that no 855 can hold: the document fails, and mended data will send it."""
    po = "P" * 90
    await desk.deliver(
        msgspec.structs.replace(PLACED, customer_po=po),
        msgspec.structs.replace(ACCEPTED, customer_po=po),
    )
    await desk.errands_done()
    assert outbox(root, "FUSSY", "855") == []
    [refused] = await desk.emitted(DocumentRejected)
    assert (refused.direction, refused.document_id) == ("out", "855-ORD-1")
    shown = (await desk.http.get("/documents/855-ORD-1")).json()
    assert (shown["state"], shown["control_number"]) == ("failed", "")
    assert any("BAK03" in finding for finding in shown["findings"])
    asked = await desk.http.post("/documents/855-ORD-1/reprocess", json={"by": "ann"})
    assert asked.status_code == 202
    await desk.errands_done()
    assert await codes(desk) == ["document_withheld", "document_withheld"]


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
    assert await codes(desk) == ["order_closed"]
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


async def test_a_stranger_is_taken_again_when_its_profile_is_there(
    desk: Desk, drop: Drop, profiles: Path
) -> None:
    """The profile was written after the file had come: its order is not lost."""
    (profiles / "FUSSY.yaml").unlink()
    await drop("FUSSY", "x.edi", from_fussy(("850", purchase_order())))
    [refused] = await listed(desk, state="rejected")
    (profiles / "FUSSY.yaml").write_text(
        (Path(__file__).parent / "profiles" / "FUSSY.yaml").read_text()
    )
    path = f"/documents/{refused['document_id']}/reprocess"
    assert (await desk.http.post(path, json={"by": "ann"})).status_code == 202
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
