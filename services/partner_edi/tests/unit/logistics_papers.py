"""Any document with warehouses, carriers and shops, as hypothesis makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from logistics_parts import (
    address,
    cents,
    count,
    day,
    goods,
    items,
    maybe,
    moment,
    money,
    name,
    numbered,
    one,
    quantity,
    region,
    some,
    units,
    words,
)

from crossdock_contracts import FreightCharge, Money, Quantity
from crossdock_contracts.partners import PurchaseOrderLine
from partner_edi.edi.mapping.carrier_status import model as status
from partner_edi.edi.mapping.freight_invoice import model as freight
from partner_edi.edi.mapping.inventory_report import model as stock
from partner_edi.edi.mapping.load_tender import model as tender
from partner_edi.edi.mapping.price_catalogue import model as price
from partner_edi.edi.mapping.receiving_advice import model as received
from partner_edi.edi.mapping.sales_report import model as sales
from partner_edi.edi.mapping.warehouse_shipment import model as left

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


def lefts() -> Any:
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
