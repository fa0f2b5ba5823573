"""What we write: right by the event, and without findings in our own reader."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import (
    Address,
    EarlyPayment,
    LineQuantity,
    Money,
    PaymentTerms,
    Quantity,
    Reason,
    Tax,
)
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderLine, OrderRejected, RequestedLine
from crossdock_contracts.partners import PurchaseOrderLine
from crossdock_contracts.shipments import Package, ShipmentShipped, cartons
from partner_edi import documents, domain
from partner_edi.documents import KnownOrder
from partner_edi.edi import envelope
from partner_edi.edi.acknowledgements import functional
from partner_edi.edi.document import Cover, write
from partner_edi.edi.lexer import Delimiters
from partner_edi.edi.mapping.invoice import x12 as invoice
from partner_edi.edi.mapping.order_response import x12 as order_response
from partner_edi.edi.mapping.ship_notice import x12 as ship_notice
from partner_edi.edi.segments import Row

AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
HERE = Address(name="Store 42", street=("1 Main",), city="Raleigh", region="NC", postal_code="276")
US, THEM = ("ZZ", "US"), ("ZZ", "THEM")
ASKED = PurchaseOrderLine(
    line_no=1,
    quantity=Quantity(Decimal(2), "CA"),
    partner_line="0010",
    items={"BP": "B-1", "VN": "A1"},
    unit_price=Money(Decimal("30.00"), "USD"),
)


def usd(amount: str) -> Money:
    """An amount in dollars."""
    return Money(Decimal(amount), "USD")


def accepted(price: str = "2.50") -> OrderAccepted:
    """Two cases of twelve, agreed in single pieces."""
    line = OrderLine(
        line_no=1,
        sku="A1",
        description="Blue widget",
        quantity=Quantity(Decimal(24), "EA"),
        unit_price=usd(price),
        net=usd("60.00"),
        ordered=Quantity(Decimal(2), "CA"),
    )
    return OrderAccepted(
        order_id="ORD-1",
        channel="edi",
        customer_id="C1",
        accepted_at=AT,
        currency="USD",
        lines=(line,),
        net_total=usd("60"),
        tax_total=usd("0"),
        total=usd("60"),
        ship_to=HERE,
        terms=PaymentTerms(net_days=30),
        customer_po="PO1",
        partner_id="P",
    )


def known(event: OrderAccepted) -> KnownOrder:
    """The order as it is remembered."""
    lines = domain.known_lines(event.lines, {1: ASKED})
    return KnownOrder(
        order_id="ORD-1",
        partner_id="P",
        po_number="PO1",
        po_date=date(2026, 7, 9),
        ship_to=HERE,
        lines=lines,
    )


def shipped(packages: tuple[Package, ...] = ()) -> ShipmentShipped:
    """One case of the two."""
    return ShipmentShipped(
        order_id="ORD-1",
        shipment_id="SHP-1-1",
        warehouse_id="EAST",
        shipped_at=AT,
        lines=(pieces(12),),
        cartons=cartons((pieces(12),), packages, "1Z9"),
        carrier="UPSN",
        bill_of_lading="BOL7",
        ship_to=HERE,
    )


def pieces(value: int) -> LineQuantity:
    """So many pieces of line 1."""
    return LineQuantity(line_no=1, sku="A1", quantity=Quantity(Decimal(value), "EA"))


def texts(rows: list[Row]) -> list[str]:
    """Rows as a person reads them."""
    return ["*".join(row).rstrip("*") for row in rows]


def test_an_order_accepted_as_asked_is_acknowledged_in_the_partners_words() -> None:
    """AD, the partner's line number, unit and price, and IA."""
    event = accepted()
    assert texts(order_response.write(documents.acceptance(event, known(event)))) == [
        "BAK*00*AD*PO1*20260709****ORD-1*20260710",
        "CUR*SE*USD",
        "PO1*0010*2*CA*30**BP*B-1*VN*A1",
        "PID*F****Blue widget",
        "ACK*IA*2*CA",
        "CTT*1",
    ]


def test_another_price_than_asked_is_told() -> None:
    """AC on top and IP on the line."""
    event = accepted(price="2.60")
    rows = texts(order_response.write(documents.acceptance(event, known(event))))
    assert rows[0].startswith("BAK*00*AC*")
    assert "ACK*IP*2*CA" in rows


def test_a_rejection_names_its_reasons() -> None:
    """RJ, the reasons as messages, IR on every line."""
    event = OrderRejected(
        order_id="ORD-1",
        channel="edi",
        customer_id="C1",
        rejected_at=AT,
        reasons=(Reason(code="unknown_item", text="Line 1: no item B-1."),),
        lines=(RequestedLine(line_no=1, item="B-1", quantity=ASKED.quantity),),
        customer_po="PO1",
        partner_id="P",
    )
    rows = texts(order_response.write(documents.rejection(event, date(2026, 7, 9), {1: ASKED})))
    assert rows[0] == "BAK*00*RJ*PO1*20260709****ORD-1*20260710"
    assert "MSG*Line 1: no item B-1." in rows
    assert "ACK*IR*2*CA" in rows


@pytest.mark.parametrize(
    ("packages", "levels"),
    [
        ((), ["S", "O", "I"]),
        ((Package(sscc="0" * 18, contents=(pieces(12),)),), ["S", "O", "P", "I"]),
        ((Package(sscc="0" * 18, contents=(pieces(5),)),), ["S", "O", "I"]),
    ],
)
def test_a_ship_notice_claims_packs_only_when_they_hold_what_shipped(
    packages: tuple[Package, ...], levels: list[str]
) -> None:
    """S-O-P-I with SSCC, else S-O-I; parents exist and CTT counts the levels."""
    rows = ship_notice.write(documents.notice(shipped(packages), known(accepted()), AT))
    tree = [row for row in rows if row[0] == "HL"]
    assert [row[3] for row in tree] == levels
    assert [row[2] for row in tree] == ["", *(str(n) for n in range(1, len(tree)))]
    assert rows[-1] == ("CTT", str(len(tree)))
    assert ("SN1", "0010", "1", "CA") in rows
    assert (("MAN", "GM", "0" * 18) in rows) == ("P" in levels)


def test_an_invoice_bills_in_the_partners_unit_with_implied_decimals() -> None:
    """IT1 in cases, TXI per tax, TDS in cents."""
    tax = Tax(jurisdiction="US-NC", code="STANDARD", rate=Decimal("0.0725"), amount=usd("2.18"))
    line = InvoiceLine(
        line_no=1,
        sku="A1",
        description="Blue widget",
        quantity=Quantity(Decimal(12), "EA"),
        unit_price=usd("2.50"),
        net=usd("30"),
        taxes=(tax,),
    )
    event = InvoiceIssued(
        order_id="ORD-1",
        invoice_id="INV-1-1",
        shipment_id="SHP-1-1",
        customer_id="C1",
        issued_at=AT,
        due_at=AT,
        currency="USD",
        lines=(line,),
        net_total=usd("30"),
        tax_total=usd("2.18"),
        total=usd("32.18"),
        customer_po="PO1",
        partner_id="P",
    )
    rows = texts(invoice.write(documents.bill(event, known(accepted()))))
    assert rows[0] == "BIG*20260710*INV-1-1*20260709*PO1"
    assert "IT1*0010*1*CA*30**BP*B-1*VN*A1" in rows
    assert "TXI*TX*2.18*0.0725*VD*US-NC" in rows
    assert "TDS*3218" in rows
    assert "ITD*01*3****20260710*30" in rows
    early = msgspec.structs.replace(
        event, early_payment=EarlyPayment(rate=Decimal("0.02"), within=10)
    )
    rows = texts(invoice.write(documents.bill(early, known(accepted()))))
    assert "ITD*08*3*2*20260720*10*20260710*30" in rows


MARKS = st.sampled_from(
    [
        Delimiters(),
        Delimiters("|", ">", "\n"),
        Delimiters("^", ":", "!"),
        Delimiters("*", "<", "\x15"),
    ]
)
ROWS = st.lists(
    st.lists(st.text(max_size=20), min_size=1, max_size=8).map(lambda row: ("REF", *row)),
    max_size=9,
)


@given(ROWS, MARKS, st.sampled_from(["", "\n", "\r\n"]), st.integers(1, 999_999_999))
def test_what_we_write_is_read_by_our_own_reader_without_findings(
    rows: list[Row], marks: Delimiters, line_end: str, control: int
) -> None:
    """Whatever text an event holds, the envelope is right and no delimiter leaks."""
    cover = Cover(
        sender=US,
        receiver=THEM,
        control=control,
        written_at=AT,
        version="004010",
        group=("USGROUP", "THEMGROUP"),
        marks=marks,
        line_end=line_end,
    )
    reading = envelope.read([write([("810", rows)], cover).encode()])
    [interchange] = reading.interchanges
    [group] = interchange.groups
    [document] = group.sets
    assert [*reading.findings, *interchange.findings, *group.findings, *document.findings] == []
    assert len(document.segments) == len(rows) + 2
    assert interchange.sender == ("ZZ", "US")


def test_our_997_is_read_back_as_it_was_meant() -> None:
    """A partner that refuses one of our documents is understood."""
    rows: list[Row] = [
        ("AK1", "IN", "7"),
        ("AK2", "810", "0001"),
        ("AK3", "IT1", "5", "", "8"),
        ("AK4", "4", "212", "6", "x"),
        ("AK5", "R", "5"),
        ("AK9", "R", "1", "1", "0"),
    ]
    cover = Cover(sender=US, receiver=THEM, control=1, written_at=AT, version="004010")
    reading = envelope.read([write([("997", rows)], cover).encode()])
    answer = functional.read(reading.interchanges[0].groups[0].sets[0].segments)
    assert answer is not None
    assert (answer.control, answer.status) == (7, "rejected")
    [own] = answer.sets
    assert own.findings == ("segment IT1 at 5: error 8", "element 4: error 6 x", "set error 5")


@given(
    st.decimals("0.001", "100000", places=3),
    st.integers(1, 5000),
    st.integers(1, 2000),
    st.integers(1, 200),
)
def test_units_are_converted_only_where_they_divide(
    price: Decimal, cases: int, stock: int, pieces_shipped: int
) -> None:
    """Quantity times price is the same amount in either unit, or the stock unit stays."""
    line = domain.KnownLine(
        line_no=1,
        sku="A1",
        description="",
        ordered=Quantity(Decimal(cases), "CA"),
        stock=Quantity(Decimal(stock), "EA"),
        unit_price=Money(price, "USD"),
    )
    quantity, each = line.in_partner_units(Quantity(Decimal(pieces_shipped), "EA"))
    assert quantity.value * each.amount == price * pieces_shipped
