"""Which mapping writes a document in each standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ..edi.document import Row
from ..edi.envelope.model import Standard
from ..edi.mapping import Document
from ..edi.mapping.application_advice import edifact as advice_edifact
from ..edi.mapping.application_advice import x12 as advice_x12
from ..edi.mapping.application_advice.model import ApplicationAdvice
from ..edi.mapping.change_response import edifact as change_response_edifact
from ..edi.mapping.change_response import x12 as change_response_x12
from ..edi.mapping.change_response.model import ChangeResponse
from ..edi.mapping.credit_note import edifact as credit_note_edifact
from ..edi.mapping.credit_note import x12 as credit_note_x12
from ..edi.mapping.credit_note.model import CreditNote
from ..edi.mapping.inventory_report import edifact as inventory_report_edifact
from ..edi.mapping.inventory_report import x12 as inventory_report_x12
from ..edi.mapping.inventory_report.model import InventoryReport
from ..edi.mapping.invoice import edifact as invoice_edifact
from ..edi.mapping.invoice import x12 as invoice_x12
from ..edi.mapping.invoice.model import Invoice
from ..edi.mapping.load_tender import edifact as load_tender_edifact
from ..edi.mapping.load_tender import x12 as load_tender_x12
from ..edi.mapping.load_tender.model import LoadTender
from ..edi.mapping.order_response import edifact as order_response_edifact
from ..edi.mapping.order_response import x12 as order_response_x12
from ..edi.mapping.order_response.model import OrderResponse
from ..edi.mapping.price_catalogue import edifact as price_catalogue_edifact
from ..edi.mapping.price_catalogue import x12 as price_catalogue_x12
from ..edi.mapping.price_catalogue.model import PriceCatalogue
from ..edi.mapping.purchase_order import edifact as purchase_order_edifact
from ..edi.mapping.purchase_order import x12 as purchase_order_x12
from ..edi.mapping.purchase_order.model import PurchaseOrder
from ..edi.mapping.return_notice import x12 as return_notice_x12
from ..edi.mapping.return_notice.model import ReturnNotice
from ..edi.mapping.ship_notice import edifact as ship_notice_edifact
from ..edi.mapping.ship_notice import x12 as ship_notice_x12
from ..edi.mapping.ship_notice.model import ShipNotice
from ..edi.mapping.transfer_advice import x12 as transfer_advice_x12
from ..edi.mapping.transfer_advice.model import TransferAdvice
from ..edi.mapping.warehouse_order import x12 as warehouse_order_x12
from ..edi.mapping.warehouse_order.model import WarehouseOrder


class Rows(msgspec.Struct, frozen=True):
    """A document that is rows already: an acknowledgement."""

    rows: list[Any]


class Writer(NamedTuple):
    """The model of a document, and what makes rows of it."""

    model: type[msgspec.Struct]
    write: Callable[[Any], list[Any]]


WRITERS: dict[tuple[Document, Standard], Writer] = {
    ("application_advice", "X12"): Writer(ApplicationAdvice, advice_x12.write),
    ("application_advice", "EDIFACT"): Writer(ApplicationAdvice, advice_edifact.write),
    ("order_response", "X12"): Writer(OrderResponse, order_response_x12.write),
    ("order_response", "EDIFACT"): Writer(OrderResponse, order_response_edifact.write),
    ("change_response", "X12"): Writer(ChangeResponse, change_response_x12.write),
    ("change_response", "EDIFACT"): Writer(ChangeResponse, change_response_edifact.write),
    ("ship_notice", "X12"): Writer(ShipNotice, ship_notice_x12.write),
    ("ship_notice", "EDIFACT"): Writer(ShipNotice, ship_notice_edifact.write),
    ("invoice", "X12"): Writer(Invoice, invoice_x12.write),
    ("invoice", "EDIFACT"): Writer(Invoice, invoice_edifact.write),
    ("credit_note", "X12"): Writer(CreditNote, credit_note_x12.write),
    ("credit_note", "EDIFACT"): Writer(CreditNote, credit_note_edifact.write),
    ("return_notice", "X12"): Writer(ReturnNotice, return_notice_x12.write),
    ("inventory_report", "X12"): Writer(InventoryReport, inventory_report_x12.write),
    ("inventory_report", "EDIFACT"): Writer(InventoryReport, inventory_report_edifact.write),
    ("load_tender", "X12"): Writer(LoadTender, load_tender_x12.write),
    ("load_tender", "EDIFACT"): Writer(LoadTender, load_tender_edifact.write),
    ("price_catalogue", "X12"): Writer(PriceCatalogue, price_catalogue_x12.write),
    ("price_catalogue", "EDIFACT"): Writer(PriceCatalogue, price_catalogue_edifact.write),
    ("purchase_order", "X12"): Writer(PurchaseOrder, purchase_order_x12.write),
    ("purchase_order", "EDIFACT"): Writer(PurchaseOrder, purchase_order_edifact.write),
    ("transfer_advice", "X12"): Writer(TransferAdvice, transfer_advice_x12.write),
    ("warehouse_order", "X12"): Writer(WarehouseOrder, warehouse_order_x12.write),
}


def rows_of(document: str, standard: Standard, model: bytes) -> list[Row]:
    """The rows of a document whose model was kept as JSON; acknowledgements are kept as rows."""
    names = {name: name for name, _ in WRITERS}
    if document not in names:
        return msgspec.json.decode(model, type=Rows).rows
    writer = WRITERS[names[document], standard]
    rows: list[Row] = writer.write(msgspec.json.decode(model, type=writer.model))
    return rows
