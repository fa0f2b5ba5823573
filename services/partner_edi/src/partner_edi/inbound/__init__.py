"""What partners send: each set read, checked, answered, and handed to its taker.

A set is added by a mapping in `edi/mapping`, a module here with `async def take(tx, incoming)`, and
a line in `TAKERS`. When `take` is called the set is valid, agreed, and recorded once; `tx` commits
what it says and writes together with that record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from crossdock import Tx

from ..edi.finding import Finding
from ..edi.lexer import Segment
from ..edi.mapping.application_advice import edifact as advice_edifact
from ..edi.mapping.application_advice import x12 as advice_x12
from ..edi.mapping.billing_notice import x12 as billing_notice_x12
from ..edi.mapping.carrier_status import edifact as carrier_status_edifact
from ..edi.mapping.carrier_status import x12 as carrier_status_x12
from ..edi.mapping.freight_invoice import x12 as freight_invoice_x12
from ..edi.mapping.order_change import edifact as order_change_edifact
from ..edi.mapping.order_change import x12 as order_change_x12
from ..edi.mapping.order_response import edifact as order_response_edifact
from ..edi.mapping.order_response import x12 as order_response_x12
from ..edi.mapping.price_catalogue import edifact as price_catalogue_edifact
from ..edi.mapping.price_catalogue import x12 as price_catalogue_x12
from ..edi.mapping.purchase_order import edifact as purchase_order_edifact
from ..edi.mapping.purchase_order import x12 as purchase_order_x12
from ..edi.mapping.receiving_advice import edifact as receiving_advice_edifact
from ..edi.mapping.receiving_advice import x12 as receiving_advice_x12
from ..edi.mapping.remittance import edifact as remittance_edifact
from ..edi.mapping.remittance import x12 as remittance_x12
from ..edi.mapping.return_notice import x12 as return_notice_x12
from ..edi.mapping.sales_report import edifact as sales_report_edifact
from ..edi.mapping.sales_report import x12 as sales_report_x12
from ..edi.mapping.ship_notice import edifact as ship_notice_edifact
from ..edi.mapping.ship_notice import x12 as ship_notice_x12
from ..edi.mapping.tender_response import x12 as tender_response_x12
from ..edi.mapping.transfer_receipt import x12 as transfer_receipt_x12
from ..edi.mapping.warehouse_shipment import x12 as warehouse_shipment_x12
from . import (
    acknowledgements,
    application_advice,
    carriers,
    order_change,
    purchase_order,
    remittance,
    return_notice,
    shops,
    suppliers,
    warehouses,
)
from .incoming import Incoming

# A model and findings; no model where a finding forbids it. The text is the currency that holds
# where the document names none.
Read = Callable[[Sequence[Segment], str], tuple[Any, list[Finding]]]


class Taker(NamedTuple):
    """How one set is read, and what it means; `state` is where its document stands then."""

    read: Read
    take: Callable[[Tx, Incoming], Awaitable[None]]
    state: str = "translated"


TAKERS: dict[str, Taker] = {
    "210": Taker(freight_invoice_x12.read, carriers.take_bill),
    "214": Taker(carrier_status_x12.read, carriers.take_status),
    "IFTSTA": Taker(carrier_status_edifact.read, carriers.take_status),
    "832": Taker(price_catalogue_x12.read, suppliers.take_prices),
    "PRICAT": Taker(price_catalogue_edifact.read, suppliers.take_prices),
    "852": Taker(sales_report_x12.read, shops.take_sales),
    "SLSRPT": Taker(sales_report_edifact.read, shops.take_sales),
    "855": Taker(order_response_x12.read, suppliers.take_response),
    "ORDRSP": Taker(order_response_edifact.read, suppliers.take_response),
    "856": Taker(ship_notice_x12.read, suppliers.take_advice),
    "DESADV": Taker(ship_notice_edifact.read, suppliers.take_advice),
    "857": Taker(billing_notice_x12.read, suppliers.take_billing_notice),
    "861": Taker(receiving_advice_x12.read, shops.take_received),
    "RECADV": Taker(receiving_advice_edifact.read, shops.take_received),
    "944": Taker(transfer_receipt_x12.read, warehouses.take_receipt),
    "945": Taker(warehouse_shipment_x12.read, warehouses.take_shipment),
    "990": Taker(tender_response_x12.read, carriers.take_answer),
    "850": Taker(purchase_order_x12.read, purchase_order.take),
    "ORDERS": Taker(purchase_order_edifact.read, purchase_order.take),
    "860": Taker(order_change_x12.read, order_change.take),
    "ORDCHG": Taker(order_change_edifact.read, order_change.take),
    "820": Taker(remittance_x12.read, remittance.take),
    "REMADV": Taker(remittance_edifact.read, remittance.take),
    "180": Taker(return_notice_x12.read, return_notice.take),
    "824": Taker(advice_x12.read, application_advice.take, "validated"),
    "APERAK": Taker(advice_edifact.read, application_advice.take, "validated"),
    "997": Taker(acknowledgements.read_group, acknowledgements.take, "validated"),
    "999": Taker(acknowledgements.read_group, acknowledgements.take, "validated"),
    "TA1": Taker(acknowledgements.read_interchange, acknowledgements.take, "validated"),
    "CONTRL": Taker(acknowledgements.read_control, acknowledgements.take, "validated"),
}
