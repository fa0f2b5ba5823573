"""What the partner desk relies on: answers of every kind, and deadlines."""

from __future__ import annotations

from pathlib import Path

import msgspec
from two_partners import (
    ACCEPTED,
    AT,
    EURO,
    FUSSY_PROFILE,
    PLACED,
    Drop,
    codes,
    from_fussy,
    listed,
    outbox,
    purchase_order,
)

from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import (
    AcknowledgementOverdue,
    AcknowledgementReceived,
    DocumentRejected,
    PurchaseOrderReceived,
)
from crossdock_contracts.shipments import MilestoneRecorded
from partner_edi import duties, outbound, store
from partner_edi.edi import envelope
from partner_edi.edi.document import Row, write
from partner_edi.edi.mapping.application_advice.model import ApplicationAdvice, Original


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


async def test_two_partners_may_have_the_same_reference(desk: Desk, drop: Drop, root: Path) -> None:
    """A reference names something between us and one of them; each gets its own, once."""
    await drop("FUSSY", "po.edi", from_fussy(("850", purchase_order())))
    original = Original(verdict="rejected", reference="R-1", set_code="850")
    advice = ApplicationAdvice(reference="R-1", written_on=AT.date(), originals=(original,))
    async with desk.begin() as tx:
        for partner_id in ("FUSSY", "SENDER"):
            profile = await store.partner(tx, partner_id)
            assert profile is not None
            only = profile.outbound.model_copy(update={"documents": ("application_advice",)})
            agreed = profile.model_copy(update={"outbound": only})
            given = tx, agreed, "application_advice", "R-1", advice
            assert [await outbound.send(*given), await outbound.send(*given)] == [True, False]
    await desk.errands_done()
    for partner_id, document_id in (("FUSSY", "824-R-1"), ("SENDER", "824-R-1-SENDER")):
        assert len(outbox(root, partner_id, "824")) == 1
        [document] = await listed(desk, partner=partner_id, set="824")
        assert (document["document_id"], document["reference"]) == (document_id, "R-1")


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
        seen += [(found["state"], found["answer"]) for found in await listed(desk, set="855")]
    assert seen == [
        ("sent", ""),
        ("acknowledged", "accepted"),
        ("acknowledged", "accepted_with_errors"),
        ("rejected", "rejected"),
        ("rejected", "rejected"),
    ]
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


async def test_a_notice_is_late_when_the_goods_arrive_before_it(desk: Desk) -> None:
    """Eight hours were agreed; the carrier was faster than the notice, so it is owed now."""
    async with desk.begin() as tx:
        for shipment_id in ("SHP-1", "SHP-2"):
            await duties.owe(tx, FUSSY_PROFILE, "ship_notice", shipment_id, since=tx.now)
        await tx.execute(
            """insert into partners (partner_id, name, version, profile, loaded_at)
               values ('FUSSY', '', '', '{}', now()) on conflict do nothing"""
        )
    arrived = MilestoneRecorded(
        order_id="ORD-1", shipment_id="SHP-1", milestone_id="M1", code="X1", recorded_at=AT
    )
    left = msgspec.structs.replace(arrived, shipment_id="SHP-2", milestone_id="M2", code="AF")
    await desk.deliver(arrived, left)
    async with desk.begin() as tx:
        await duties.watch(tx)
    assert [e.about for e in await desk.emitted(ExceptionRaised)] == ["FUSSY/SHP-1"]


async def test_an_answer_to_another_set_than_was_sent_is_not_ours(desk: Desk, drop: Drop) -> None:
    """Its number fits, and what it names does not: the document goes on waiting."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.errands_done()
    rows: list[Row] = [("AK1", "IN", "1"), ("AK2", "810", "0001"), ("IK5", "R"),
                       ("AK9", "R", "1", "1", "0")]  # fmt: skip
    await drop("FUSSY", "ack.edi", from_fussy(("999", rows)))
    assert await codes(desk) == ["acknowledgement_unmatched"]
    [waiting] = await listed(desk, set="855")
    assert waiting["state"] == "sent"


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
