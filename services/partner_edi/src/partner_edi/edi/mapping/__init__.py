"""The business documents, each one model for both standards, and what they are called in each.

A document has a folder: `model.py` says what it is, `x12.py` and `edifact.py` read it
(`read(segments, currency)` gives the model, or None, and findings) and write it (`write(model)`
gives the rows between header and trailer). Whether segments, elements and codes are of the
standard is said by the tables; a mapping adds only what the business cannot use, as a fatal
finding.
"""

from __future__ import annotations

from typing import Literal, get_args

from ..envelope.model import Standard

Document = Literal[
    "purchase_order",
    "order_change",
    "order_response",
    "change_response",
    "ship_notice",
    "invoice",
    "credit_note",
    "inventory_report",
    "remittance",
    "return_notice",
    "warehouse_order",
    "transfer_advice",
    "transfer_receipt",
    "warehouse_shipment",
    "load_tender",
    "tender_response",
    "carrier_status",
    "freight_invoice",
    "sales_report",
    "price_catalogue",
    "application_advice",
    "receiving_advice",
    "billing_notice",
]
DOCUMENTS: tuple[Document, ...] = get_args(Document)
_CODES: dict[Document, tuple[str, str]] = {
    "purchase_order": ("850", "ORDERS"),
    "order_change": ("860", "ORDCHG"),
    "order_response": ("855", "ORDRSP"),
    "change_response": ("865", "ORDRSP"),
    "ship_notice": ("856", "DESADV"),
    "invoice": ("810", "INVOIC"),
    "credit_note": ("812", "INVOIC"),
    "inventory_report": ("846", "INVRPT"),
    "remittance": ("820", "REMADV"),
    "return_notice": ("180", ""),
    "warehouse_order": ("940", ""),
    "transfer_advice": ("943", ""),
    "transfer_receipt": ("944", ""),
    "warehouse_shipment": ("945", ""),
    "load_tender": ("204", "IFTMIN"),
    "tender_response": ("990", ""),
    "carrier_status": ("214", "IFTSTA"),
    "freight_invoice": ("210", ""),
    "sales_report": ("852", "SLSRPT"),
    "price_catalogue": ("832", "PRICAT"),
    "application_advice": ("824", "APERAK"),
    "receiving_advice": ("861", "RECADV"),
    "billing_notice": ("857", ""),
}


def code_of(document: Document, standard: Standard) -> str:
    """The set or message a document is in a standard; empty where there is none."""
    return _CODES[document][standard == "EDIFACT"]
