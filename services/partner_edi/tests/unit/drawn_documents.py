"""Documents of every kind, drawn at random: what mappings must carry both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crossdock_contracts import Address, EarlyPayment, Money, Quantity, Tax
from crossdock_contracts.partners import (
    ChangedLine,
    Deduction,
    PurchaseOrderLine,
    RemittedDocument,
)
from partner_edi.edi.mapping.change_response.model import ChangeResponse
from partner_edi.edi.mapping.credit_note.model import CreditNote
from partner_edi.edi.mapping.invoice.model import BilledLine, Invoice
from partner_edi.edi.mapping.lines import Line
from partner_edi.edi.mapping.order_change.model import OrderChange
from partner_edi.edi.mapping.order_response.model import AcknowledgedLine, OrderResponse, Promise
from partner_edi.edi.mapping.purchase_order.model import PurchaseOrder
from partner_edi.edi.mapping.remittance.model import Remittance
from partner_edi.edi.mapping.return_notice.model import ReturnLine, ReturnNotice
from partner_edi.edi.mapping.ship_notice.model import Pack, ShipNotice
from partner_edi.edi.rules.labels import check_digit

AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
WORDS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def text(most: int = 12) -> st.SearchStrategy[str]:
    """A word that both standards can write as it is: X12 wants two letters of many an id."""
    return st.text(WORDS, min_size=2, max_size=most)


def maybe(most: int = 12) -> st.SearchStrategy[str]:
    """A word, or none."""
    return st.one_of(st.just(""), text(most))


numbers = st.integers(1, 999_999).map(str)
days = st.dates(date(2000, 1, 1), date(2060, 1, 1))
minutes = st.integers(0, 30_000_000).map(lambda n: AT.replace(year=2000) + timedelta(minutes=n))
units = st.sampled_from(["EA", "CA", "LB", "KG", "DZ"])
quantities = st.builds(Quantity, st.decimals(Decimal("0.001"), Decimal(99999), places=3), units)
prices = st.decimals(0, 9999, places=4).map(lambda amount: Money(amount, "USD"))
cents = st.decimals(Decimal("0.01"), Decimal(999999), places=2).map(lambda a: Money(a, "USD"))
items = st.dictionaries(
    st.sampled_from(["VN", "BP", "UP", "EN", "UK", "SK", "IN", "MG"]),
    text(),
    min_size=1,
    max_size=3,
)
places = st.builds(
    Address,
    name=text(30),
    street=st.lists(text(20), max_size=2).map(tuple),
    city=text(20).map(lambda t: "C" + t),
    region=st.sampled_from(["NC", "TX", "BY"]),
    postal_code=st.integers(10000, 99999).map(str),
    country=st.sampled_from(["US", "DE", "CA"]),
    location_code=maybe(10),
)
lines = st.builds(Line, number=numbers, quantity=quantities, items=items, description=maybe(60))
priced = st.builds(
    Line, number=numbers, quantity=quantities, items=items, price=prices, description=maybe(60)
)
taxes = st.builds(
    Tax,
    jurisdiction=text(10),
    code=st.just("TX"),
    rate=st.decimals(0, 1, places=4),
    amount=cents,
)
billed = st.builds(BilledLine, priced, st.lists(taxes, max_size=2).map(tuple))
ssccs = st.integers(0, 10**17 - 1).map(lambda n: f"{n:017d}").map(lambda d: d + check_digit(d))


def some(of: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of them."""
    return st.lists(of, min_size=least, max_size=3).map(tuple)


def numbered(of: tuple[Any, ...]) -> tuple[Any, ...]:
    """Lines in the order of their numbers."""
    return tuple(
        type(line)(**{**{f: getattr(line, f) for f in line.__struct_fields__}, "line_no": at})
        for at, line in enumerate(of, 1)
    )


order_line = {
    "line_no": st.just(1),
    "quantity": quantities,
    "partner_line": numbers,
    "items": items,
    "unit_price": st.one_of(st.none(), prices),
    "description": maybe(60),
}
purchase_orders = st.builds(
    PurchaseOrder,
    po_number=text(20),
    purpose=st.sampled_from(["original", "cancellation", "replace", "confirmation"]),
    po_date=days,
    currency=st.just("USD"),
    lines=some(st.builds(PurchaseOrderLine, **order_line)).map(numbered),
    ship_to=st.one_of(st.none(), places),
    buyer=st.one_of(st.none(), places),
    requested_ship_at=st.one_of(
        st.none(), days.map(lambda d: datetime(d.year, d.month, d.day, tzinfo=UTC))
    ),
)
changed_lines = some(
    st.builds(
        ChangedLine, action=st.sampled_from(["add", "change", "delete", "none"]), **order_line
    ),
    least=0,
)
order_changes = st.builds(
    OrderChange,
    po_number=text(20),
    scope=st.sampled_from(["change", "cancellation", "replace"]),
    currency=st.just("USD"),
    lines=changed_lines.map(numbered),
    po_date=days,
    change_number=text(8),
    changed_on=days,
    requested_ship_at=st.one_of(
        st.none(), days.map(lambda d: datetime(d.year, d.month, d.day, tzinfo=UTC))
    ),
)


@st.composite
def acknowledged(draw: st.DrawFn) -> AcknowledgedLine:
    """A line that is taken whole, refused whole, or in part waits."""
    line, on = draw(priced), draw(st.one_of(st.none(), days))
    ways = {
        "accepted": ("accepted",),
        "rejected": ("rejected",),
        "part": ("quantity_changed", "backordered"),
        "wait": ("backordered",),
    }
    way = ways[draw(st.sampled_from(sorted(ways)))]
    on = None if way == ("rejected",) else on
    return AcknowledgedLine(line, tuple(Promise(s, draw(quantities), on) for s in way))  # type: ignore[arg-type]


response = {
    "kind": st.sampled_from(["accepted", "changed", "rejected"]),
    "po_number": text(20),
    "po_date": days,
    "order_id": text(20),
    "acknowledged_on": days,
    "currency": st.just("USD"),
    "reasons": some(text(60), least=0),
    "lines": some(acknowledged(), least=0),
}
order_responses = st.builds(OrderResponse, **response)
change_responses = st.builds(ChangeResponse, change_number=text(8), changed_on=days, **response)


@st.composite
def packs(draw: st.DrawFn) -> tuple[Pack, ...]:
    """Cartons, each on one of the pallets or on none at all."""
    found: list[Pack] = []
    for pallet in draw(st.lists(ssccs, unique=True, max_size=2)) or [""]:
        found += [
            Pack(sscc, draw(some(lines)), draw(maybe(15)), pallet)
            for sscc in draw(st.lists(ssccs, min_size=1, max_size=2))
        ]
    return tuple(found)


notice = {
    "shipment_id": text(20),
    "order_id": text(20),
    "po_number": text(20),
    "po_date": days,
    "shipped_at": minutes,
    "written_at": minutes,
    "warehouse_id": text(10),
    "ship_to": st.one_of(st.none(), places),
    "carrier": st.sampled_from(["", "UPSN", "ODFL"]),
    "tracking_number": maybe(15),
    "bill_of_lading": maybe(15),
    "expected_at": st.one_of(st.none(), minutes),
}
ship_notices = st.one_of(
    st.builds(ShipNotice, packs=packs(), **notice),
    st.builds(ShipNotice, lines=some(lines), **notice),
)
early = st.builds(
    EarlyPayment, rate=st.decimals("0.001", "0.5", places=3), within=st.integers(1, 60)
)
invoices = st.builds(
    lambda days_to_pay, **given: Invoice(
        **given,
        terms_days=days_to_pay,
        due_on=date.fromordinal(given["invoiced_on"].toordinal() + days_to_pay),
    ),
    days_to_pay=st.integers(0, 120),
    invoice_id=text(20),
    invoiced_on=days,
    early_payment=st.one_of(st.none(), early),
    order_id=text(20),
    shipment_id=text(20),
    po_number=text(20),
    po_date=st.one_of(st.none(), days),
    total=cents,
    lines=some(billed),
    ship_to=st.one_of(st.none(), places),
)
credit_notes = st.builds(
    CreditNote,
    credit_id=text(20),
    credited_on=days,
    invoice_id=text(20),
    total=cents,
    lines=some(billed),
    po_number=text(20),
    order_id=text(20),
    return_id=text(20),
)
deductions = st.builds(
    Deduction,
    amount=cents,
    code=st.sampled_from(["01", "04", "59"]),
    reference=maybe(10),
    text=maybe(30),
)
remitted = st.one_of(
    st.builds(
        RemittedDocument,
        reference=text(20),
        paid=cents,
        billed=st.one_of(st.none(), cents),
        discount=st.one_of(st.none(), cents),
        deductions=some(deductions, least=0),
    ),
    st.builds(RemittedDocument, reference=text(20), paid=cents.map(lambda m: -m)),
)
remittances = st.builds(
    Remittance, reference=text(20), amount=cents, documents=some(remitted), paid_on=days
)
returned = st.builds(ReturnLine, priced, st.sampled_from(["", "DM", "WG"]), maybe(30))
answers = {
    "reference": text(20),
    "noted_on": days,
    "po_number": text(20),
    "lines": some(returned, least=0),
    "invoice_id": maybe(20),
    "reasons": some(text(40), least=0),
}
return_notices = st.one_of(
    st.builds(ReturnNotice, kind=st.just("request"), **answers),
    st.builds(
        ReturnNotice,
        kind=st.sampled_from(["authorization", "rejection"]),
        return_id=text(20),
        **answers,
    ),
)
