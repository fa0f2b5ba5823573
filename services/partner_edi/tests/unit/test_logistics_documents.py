"""Documents with warehouses, carriers and shops: written and read back equal, in both standards."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crossdock_contracts import Address, FreightCharge, Money, Quantity
from crossdock_contracts.partners import PurchaseOrderLine
from partner_edi.edi import document, envelope
from partner_edi.edi.lexer import Segment
from partner_edi.edi.mapping.billing_notice import model as billing
from partner_edi.edi.mapping.billing_notice import x12 as billing_x12
from partner_edi.edi.mapping.carrier_status import edifact as status_edifact
from partner_edi.edi.mapping.carrier_status import model as status
from partner_edi.edi.mapping.carrier_status import x12 as status_x12
from partner_edi.edi.mapping.freight_invoice import model as freight
from partner_edi.edi.mapping.freight_invoice import x12 as freight_x12
from partner_edi.edi.mapping.goods import Goods
from partner_edi.edi.mapping.inventory_report import edifact as stock_edifact
from partner_edi.edi.mapping.inventory_report import model as stock
from partner_edi.edi.mapping.inventory_report import x12 as stock_x12
from partner_edi.edi.mapping.load_tender import edifact as tender_edifact
from partner_edi.edi.mapping.load_tender import model as tender
from partner_edi.edi.mapping.load_tender import x12 as tender_x12
from partner_edi.edi.mapping.price_catalogue import edifact as price_edifact
from partner_edi.edi.mapping.price_catalogue import model as price
from partner_edi.edi.mapping.price_catalogue import x12 as price_x12
from partner_edi.edi.mapping.receiving_advice import edifact as received_edifact
from partner_edi.edi.mapping.receiving_advice import model as received
from partner_edi.edi.mapping.receiving_advice import x12 as received_x12
from partner_edi.edi.mapping.sales_report import edifact as sales_edifact
from partner_edi.edi.mapping.sales_report import model as sales
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

LETTERS = string.ascii_uppercase + string.digits
name = st.text(LETTERS, min_size=2, max_size=12)
maybe = st.one_of(st.just(""), name)
words = st.one_of(st.just(""), st.text(LETTERS + " ", min_size=4, max_size=25).map(str.strip))
words = words.filter(lambda text: text == "" or len(text) > 1)
count = st.integers(1, 10**8).map(lambda n: Decimal(n) / 1000)
units = st.sampled_from(["EA", "CA", "LB", "KG"])
quantity = st.builds(Quantity, count, units)
cents = st.integers(0, 10**8).map(lambda n: Decimal(n) / 100)
money = st.builds(Money, cents, st.just("USD"))
day = st.dates(date(2020, 1, 1), date(2039, 12, 31))
moment = st.datetimes(datetime(2020, 1, 1), datetime(2039, 1, 1)).map(  # noqa: DTZ001 - zoned below
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
two = st.dictionaries(st.sampled_from(["VN", "UP"]), name, min_size=1, max_size=2)
items = st.dictionaries(st.sampled_from(["VN", "UP", "BP", "MG"]), name, min_size=1, max_size=3)
one = st.dictionaries(st.sampled_from(["VN", "UP"]), name, min_size=1, max_size=1)
region = st.sampled_from(["NC", "TX"])
address = st.builds(
    Address,
    name=name,
    street=st.lists(name, min_size=1, max_size=2).map(tuple),
    city=name,
    region=region,
    postal_code=st.text(string.digits, min_size=5, max_size=5),
    country=st.sampled_from(["US", "CA"]),
    location_code=maybe,
)


def some(of: Any, most: int = 3) -> Any:
    """One to `most` of them."""
    return st.lists(of, min_size=1, max_size=most).map(tuple)


def goods(ids: Any, described: Any = words) -> Any:
    """Lines of goods."""
    return some(st.builds(Goods, number=name, items=ids, quantity=quantity, description=described))


def numbered(lines: Sequence[Any]) -> tuple[Any, ...]:
    """Lines with the numbers that lines have."""
    found = [msgspec.structs.replace(line, number=str(n)) for n, line in enumerate(lines, 1)]
    return tuple(found)


charge = st.sampled_from([("linehaul", "400"), ("fuel", "FUE"), ("accessorial", "LFT")]).flatmap(
    lambda kind: st.builds(
        FreightCharge, kind=st.just(kind[0]), amount=money, code=st.just(kind[1]), text=words
    )
)
bill = st.builds(
    freight.FreightInvoice,
    invoice_number=name,
    carrier=st.just("RDWY"),
    billed_on=day,
    total=money,
    charges=some(charge),
    shipment_id=name,
    tracking_number=maybe,
    delivered_on=st.one_of(st.none(), day),
).map(
    lambda b: msgspec.structs.replace(
        b, total=Money(sum((c.amount.amount for c in b.charges), Decimal(0)), "USD")
    )
)
figure = st.builds(
    sales.Figure,
    kind=st.sampled_from(["sold", "returned", "on_hand"]),
    quantity=quantity,
    location=maybe,
)
sold = st.builds(sales.SoldLine, items=items, figures=some(figure, 5))
priced = st.builds(
    price.Price,
    items=items,
    amount=cents,
    uom=units,
    description=words,
    minimum=st.none(),
    valid_from=st.one_of(st.none(), day),
    valid_until=st.one_of(st.none(), day),
)
told = st.builds(
    status.Status,
    code=st.sampled_from(["AF", "X1", "D1", "X6"]),
    at=moment,
    reason=st.sampled_from(["", "AG"]),
    city=name,
    region=region,
    text=words,
)
counted = st.builds(
    received.CountedLine,
    number=name,
    items=items,
    accepted=quantity,
    refused=st.one_of(st.none(), quantity),
)
asked = st.builds(
    PurchaseOrderLine,
    line_no=st.just(1),
    quantity=quantity,
    partner_line=name,
    items=items,
    unit_price=money,
)


def lefts(lines: Any) -> Any:
    """Lines of a pack; what was ordered is in the unit of what left."""
    line = st.builds(
        left.LeftLine,
        items=one.filter(lambda ids: "UP" not in ids),
        shipped=quantity,
        status=st.sampled_from(["complete", "short", "follows"]),
        number=maybe,
    )
    return some(
        st.builds(
            lambda of, more: msgspec.structs.replace(
                of, ordered=Quantity(of.shipped.value + more, of.shipped.uom)
            ),
            line,
            count,
        )
    )


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


TENDERS = st.builds(
    tender.LoadTender,
    shipment_id=name,
    carrier=st.just("RDWY"),
    ship_from=address,
    ship_to=address,
    purpose=st.sampled_from(["original", "cancellation"]),
    pickup_at=st.one_of(st.none(), moment),
    deliver_by=st.one_of(st.none(), moment),
    order_number=maybe,
    packages=st.integers(0, 999),
    charge=st.one_of(st.none(), money),
    description=words,
)
STATUSES = st.builds(
    status.CarrierStatus,
    statuses=some(told),
    shipment_id=name,
    tracking_number=name,
    carrier=st.just("RDWY"),
)
REPORTS = st.builds(
    stock.InventoryReport, report_number=name, at=moment, lines=goods(items).map(numbered)
)
SALES = st.builds(
    sales.SalesReport, report_number=name, begins_on=day, ends_on=day, lines=some(sold)
)
PRICES = st.builds(
    price.PriceCatalogue,
    catalogue_number=name,
    issued_on=day,
    currency=st.just("USD"),
    prices=some(priced),
)
ADVICES = st.builds(
    received.ReceivingAdvice,
    advice_number=name,
    counted_on=day,
    lines=some(counted).map(numbered),
    shipment_reference=maybe,
    po_number=maybe,
)
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
                    lines=lefts(None),
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
