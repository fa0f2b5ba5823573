"""Documents with warehouses, carriers and shops: written and read back equal, in both standards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from logistics_papers import ADVICES, PRICES, REPORTS, SALES, STATUSES, TENDERS, asked, bill, lefts
from logistics_parts import (
    address,
    day,
    goods,
    maybe,
    money,
    name,
    quantity,
    some,
    two,
    words,
)

from partner_edi.edi import document, envelope
from partner_edi.edi.lexer import Segment
from partner_edi.edi.mapping.billing_notice import model as billing
from partner_edi.edi.mapping.billing_notice import x12 as billing_x12
from partner_edi.edi.mapping.carrier_status import edifact as status_edifact
from partner_edi.edi.mapping.carrier_status import x12 as status_x12
from partner_edi.edi.mapping.freight_invoice import x12 as freight_x12
from partner_edi.edi.mapping.inventory_report import edifact as stock_edifact
from partner_edi.edi.mapping.inventory_report import x12 as stock_x12
from partner_edi.edi.mapping.load_tender import edifact as tender_edifact
from partner_edi.edi.mapping.load_tender import x12 as tender_x12
from partner_edi.edi.mapping.price_catalogue import edifact as price_edifact
from partner_edi.edi.mapping.price_catalogue import x12 as price_x12
from partner_edi.edi.mapping.receiving_advice import edifact as received_edifact
from partner_edi.edi.mapping.receiving_advice import x12 as received_x12
from partner_edi.edi.mapping.sales_report import edifact as sales_edifact
from partner_edi.edi.mapping.sales_report import x12 as sales_x12
from partner_edi.edi.mapping.tender_response import model as answer
from partner_edi.edi.mapping.tender_response import x12 as answer_x12
from partner_edi.edi.mapping.transfer_advice import model as advice
from partner_edi.edi.mapping.transfer_advice import x12 as advice_x12
from partner_edi.edi.mapping.transfer_receipt import model as receipt
from partner_edi.edi.mapping.transfer_receipt import x12 as receipt_x12
from partner_edi.edi.mapping.warehouse_order import model as order
from partner_edi.edi.mapping.warehouse_order import x12 as order_x12
from partner_edi.edi.mapping.warehouse_shipment import model as left
from partner_edi.edi.mapping.warehouse_shipment import x12 as left_x12
from partner_edi.edi.rules import SetCheck


def in_reading_order(report: Any) -> Any:
    """Figures without a order of their own: EDIFACT tells them place by place."""
    lines = [
        (tuple(sorted(line.items.items())), f.kind, f.location, f.quantity)
        for line in report.lines
        for f in line.figures
    ]
    return report.report_number, report.begins_on, report.ends_on, sorted(lines, key=str)


class Case(NamedTuple):
    """A document in one standard: its code, its models, its mapping, and how two are compared."""

    code: str
    models: Any
    mapping: Any
    same: Callable[[Any], Any] = lambda model: model


CASES = [
    Case(
        "940",
        st.builds(
            order.WarehouseOrder,
            shipment_id=name,
            warehouse=name,
            ship_to=address,
            lines=goods(two),
            po_number=maybe,
            requested_on=st.one_of(st.none(), day),
            carrier=st.sampled_from(["", "RDWY"]),
        ),
        order_x12,
    ),
    Case(
        "943",
        st.builds(
            advice.TransferAdvice,
            order_number=name,
            shipment_reference=name,
            warehouse=name,
            shipped_on=day,
            lines=goods(two),
            expected_on=st.one_of(st.none(), day),
            supplier=maybe,
            carrier=st.sampled_from(["", "RDWY"]),
        ),
        advice_x12,
    ),
    Case(
        "944",
        st.builds(
            receipt.TransferReceipt,
            receipt_number=name,
            counted_on=day,
            lines=some(
                st.builds(
                    receipt.ReceivedLine,
                    number=name,
                    items=two,
                    received=quantity,
                    damaged=st.one_of(st.none(), quantity),
                )
            ),
            order_number=name,
            shipment_reference=maybe,
            warehouse=maybe,
        ),
        receipt_x12,
    ),
    Case(
        "945",
        st.builds(
            left.WarehouseShipment,
            shipment_id=name,
            shipped_on=day,
            packs=some(
                st.builds(
                    left.LeftPack,
                    lines=lefts(),
                    sscc=st.sampled_from(["", "106141411928374657"]),
                    tracking_number=maybe,
                )
            ),
            warehouse=maybe,
            warehouse_reference=maybe,
            po_number=maybe,
            carrier=st.sampled_from(["", "RDWY"]),
            bill_of_lading=maybe,
            tracking_number=maybe,
        ),
        left_x12,
    ),
    Case("204", TENDERS, tender_x12),
    Case("IFTMIN", TENDERS, tender_edifact),
    Case(
        "990",
        st.builds(
            answer.TenderResponse,
            shipment_id=name,
            carrier=st.just("RDWY"),
            answer=st.sampled_from(["accepted", "declined"]),
            reason=words,
            pro_number=maybe,
        ),
        answer_x12,
    ),
    Case("214", STATUSES, status_x12),
    Case("IFTSTA", STATUSES, status_edifact),
    Case("210", bill, freight_x12),
    Case("846", REPORTS, stock_x12),
    Case("INVRPT", REPORTS, stock_edifact),
    Case("852", SALES, sales_x12, in_reading_order),
    Case("SLSRPT", SALES, sales_edifact, in_reading_order),
    Case("832", PRICES, price_x12),
    Case("PRICAT", PRICES, price_edifact),
    Case("861", ADVICES, received_x12),
    Case("RECADV", ADVICES, received_edifact),
    Case(
        "857",
        st.builds(
            billing.BillingNotice,
            shipment_reference=name,
            invoice_number=name,
            po_number=name,
            issued_on=day,
            total=money,
            lines=some(asked).map(
                lambda lines: tuple(
                    msgspec.structs.replace(line, line_no=n) for n, line in enumerate(lines, 1)
                )
            ),
        ),
        billing_x12,
    ),
]


def through(code: str, rows: Sequence[Any]) -> tuple[list[Segment], list[str]]:
    """The rows in their envelope, as the reader gives them back, and everything found."""
    edifact = not code.isdigit()
    cover = document.Cover(
        sender=("ZZ", "US"),
        receiver=("14", "THEM"),
        control=7,
        written_at=datetime(2026, 7, 9, 12, tzinfo=UTC),
        version="D:96A:UN" if edifact else "004010",
        marks=document.EDIFACT_MARKS if edifact else document.X12_MARKS,
    )
    reading = envelope.read([document.write([(code, rows)], cover).encode()])
    [interchange] = reading.interchanges
    [group] = interchange.groups
    [read] = group.sets
    check = SetCheck(read.code, read.segments[0])
    for segment in read.segments[1:]:
        check.take(segment)
    found = [*reading.findings, *interchange.findings, *group.findings, *read.findings]
    return list(read.segments), [f.text for f in (*found, *check.findings)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
@settings(max_examples=12, phases=[Phase.generate, Phase.shrink], deadline=None)
@given(data=st.data())
def test_what_is_written_is_right_and_read_back_equal(case: Case, data: st.DataObject) -> None:
    """The standard's tables find nothing in it, and the reader makes the same model of it."""
    model = data.draw(case.models)
    segments, found = through(case.code, case.mapping.write(model))
    assert found == []
    back, own = case.mapping.read(segments)
    assert [f.text for f in own] == []
    assert case.same(back) == case.same(model)
