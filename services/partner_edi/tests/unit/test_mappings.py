"""Whatever our writers write, our reader finds nothing wrong with, and reads back the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from drawn_documents import (
    AT,
    change_responses,
    credit_notes,
    invoices,
    order_changes,
    order_responses,
    purchase_orders,
    remittances,
    return_notices,
    ship_notices,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partner_edi.edi import document, envelope
from partner_edi.edi.finding import Level
from partner_edi.edi.mapping import code_of
from partner_edi.edi.mapping.change_response import edifact as change_response_edifact
from partner_edi.edi.mapping.change_response import x12 as change_response_x12
from partner_edi.edi.mapping.credit_note import edifact as credit_note_edifact
from partner_edi.edi.mapping.credit_note import x12 as credit_note_x12
from partner_edi.edi.mapping.invoice import edifact as invoice_edifact
from partner_edi.edi.mapping.invoice import x12 as invoice_x12
from partner_edi.edi.mapping.order_change import edifact as order_change_edifact
from partner_edi.edi.mapping.order_change import x12 as order_change_x12
from partner_edi.edi.mapping.order_response import edifact as order_response_edifact
from partner_edi.edi.mapping.order_response import x12 as order_response_x12
from partner_edi.edi.mapping.purchase_order import edifact as purchase_order_edifact
from partner_edi.edi.mapping.purchase_order import x12 as purchase_order_x12
from partner_edi.edi.mapping.remittance import edifact as remittance_edifact
from partner_edi.edi.mapping.remittance import x12 as remittance_x12
from partner_edi.edi.mapping.return_notice import x12 as return_notice_x12
from partner_edi.edi.mapping.ship_notice import edifact as ship_notice_edifact
from partner_edi.edi.mapping.ship_notice import x12 as ship_notice_x12
from partner_edi.edi.rules import check_set

MAPPINGS: dict[tuple[str, str], tuple[Any, st.SearchStrategy[Any]]] = {
    ("purchase_order", "X12"): (purchase_order_x12, purchase_orders),
    ("purchase_order", "EDIFACT"): (purchase_order_edifact, purchase_orders),
    ("order_change", "X12"): (order_change_x12, order_changes),
    ("order_change", "EDIFACT"): (order_change_edifact, order_changes),
    ("order_response", "X12"): (order_response_x12, order_responses),
    ("order_response", "EDIFACT"): (order_response_edifact, order_responses),
    ("change_response", "X12"): (change_response_x12, change_responses),
    ("change_response", "EDIFACT"): (change_response_edifact, change_responses),
    ("ship_notice", "X12"): (ship_notice_x12, ship_notices),
    ("ship_notice", "EDIFACT"): (ship_notice_edifact, ship_notices),
    ("invoice", "X12"): (invoice_x12, invoices),
    ("invoice", "EDIFACT"): (invoice_edifact, invoices),
    ("credit_note", "X12"): (credit_note_x12, credit_notes),
    ("credit_note", "EDIFACT"): (credit_note_edifact, credit_notes),
    ("remittance", "X12"): (remittance_x12, remittances),
    ("remittance", "EDIFACT"): (remittance_edifact, remittances),
    ("return_notice", "X12"): (return_notice_x12, return_notices),
}


def as_file(name: Any, standard: Any, rows: list[Any], decimal: str = ".") -> str:
    """A document in an interchange of its own."""
    x12 = standard == "X12"
    euro = document.EDIFACT_MARKS._replace(repetition="", decimal=decimal)
    cover = document.Cover(
        sender=("ZZ", "US"),
        receiver=("ZZ", "THEM"),
        control=1,
        written_at=AT,
        version="004010" if x12 else "D:96A:UN",
        marks=document.X12_MARKS if x12 else euro,
    )
    return document.write([(code_of(name, standard), rows)], cover)


def read_back(text: str, read: Callable[..., Any]) -> Any:
    """What our reader makes of a file of one document, in which it finds no fault."""
    reading = envelope.read([text.encode("latin-1")])
    [[found]] = [[d for g in i.groups for d in g.sets] for i in reading.interchanges]
    faults = [f for f in (*found.findings, *check_set(found)) if f.level > Level.NOTE]
    assert not faults, (faults[0].sentence(), text)
    model, findings = read(found.segments, "USD")
    assert not findings
    return model


@pytest.mark.parametrize(("name", "standard"), list(MAPPINGS))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_written_is_right_and_read_back_the_same(
    name: str, standard: str, data: st.DataObject
) -> None:
    """Both ways, in both standards, by the same tables that judge what partners send."""
    mapping, models = MAPPINGS[name, standard]
    model = data.draw(models)
    text = as_file(name, standard, mapping.write(model))
    assert read_back(text, mapping.read) == model, text


EDIFACT = [name for name, standard in MAPPINGS if standard == "EDIFACT"]


@pytest.mark.parametrize("name", EDIFACT)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_numbers_have_the_decimal_mark_that_una_names(name: str, data: st.DataObject) -> None:
    """All of them and nothing else changes, and what is written is read back the same."""
    mapping, models = MAPPINGS[name, "EDIFACT"]
    model = data.draw(models)
    rows = mapping.write(model)
    point, comma = (as_file(name, "EDIFACT", rows, decimal) for decimal in ".,")
    assert comma.startswith("UNA:+,? '")
    # Nothing that is drawn has a point of its own, so each one is a number's.
    assert comma.replace(",", ".") == point.replace(",", ".")
    # The rate of a TAX is text, whose digits are nobody's to change.
    assert [one for one in comma.split("'") if re.search(r"\d\.\d", one[3:])] == [
        one for one in point.split("'") if one.startswith("TAX") and "." in one
    ]
    assert read_back(comma, mapping.read) == model, comma


def test_a_text_keeps_its_point_where_una_names_a_comma() -> None:
    """Only what the tables call a number has a decimal mark."""
    rows = [("BGM", "220", "P1.5", "9"), ("LIN", "1"), ("QTY", ["21", "2.5", "KGM"])]
    rows += [("IMD", "F", "", ["", "", "", "1.5 mm"]), ("PRI", ["AAA", "0.125"])]
    text = as_file("purchase_order", "EDIFACT", rows, ",")
    assert "BGM+220+P1.5+9'LIN+1'QTY+21:2,5:KGM'IMD+F++:::1.5 mm'PRI+AAA:0,125'" in text
