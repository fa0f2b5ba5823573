"""A partner asks by document to send goods back."""

from __future__ import annotations

from test_returns import NOW, accepted, each, issued, shipped

from crossdock.testing import Desk
from crossdock_contracts import Reason
from crossdock_contracts.partners import RequestedReturn, ReturnRequested
from crossdock_contracts.returns import ReturnAuthorized, ReturnRejected


def asked(quantity: int, document_id: str = "DOC-1") -> ReturnRequested:
    """So many of line 1 are to come back."""
    reason = Reason(code="damaged", text="dented")
    line = RequestedReturn(line_no=1, quantity=each(quantity), reason=reason)
    return ReturnRequested(
        partner_id="ACME", po_number="4711", document_id=document_id, order_id="ORD-7",
        customer_id="C1", received_at=NOW, lines=(line,), reference="RGA-1",
    )  # fmt: skip


async def test_a_partner_gets_its_rma_or_the_reasons_once_per_document(desk: Desk) -> None:
    """It waits for the order and its invoice; what never shipped is refused, and names why."""
    await desk.deliver(asked(4))
    assert len(await desk.parked()) == 1
    await desk.deliver(accepted(), shipped(10), issued(10))
    await desk.unparked()
    await desk.deliver(asked(4), asked(7, "DOC-2"), asked(0, "DOC-3"))
    [given] = await desk.emitted(ReturnAuthorized)
    assert (given.document_id, given.lines[0].quantity) == ("DOC-1", each(4))
    assert given.lines[0].reason.code == "damaged"
    refused = await desk.emitted(ReturnRejected)
    assert [(r.document_id, r.reasons[0].code) for r in refused] == [
        ("DOC-2", "more_than_shipped"),
        ("DOC-3", "bad_line"),
    ]
