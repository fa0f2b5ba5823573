"""What is billed, credited and paid, to the cent. Pure: no clock, no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from crossdock_contracts import EarlyPayment, LineQuantity, Money, Quantity, Reason, Tax, Value
from crossdock_contracts.invoices import InvoiceLine
from crossdock_contracts.orders import OrderLine
from crossdock_contracts.returns import InspectedLine

ZERO = Decimal(0)
Lines = tuple[InvoiceLine, ...]
Quantities = Mapping[int, Decimal]


class Agreement(Value, frozen=True):
    """What an accepted order says about its bills."""

    order_id: str
    customer_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    payment_terms_days: int = 30
    early_payment: EarlyPayment | None = None  # an older release keeps none, and ignores it
    customer_po: str = ""
    partner_id: str | None = None


Whole = OrderLine | InvoiceLine  # of which a part is billed, or credited


class Part(NamedTuple):
    """The money of a part."""

    net: Money
    taxes: tuple[Tax, ...]


class Totals(NamedTuple):
    """The sums of an invoice or a credit memo."""

    net: Money
    tax: Money
    total: Money


class OpenInvoice(NamedTuple):
    """An invoice that money may be set against."""

    invoice_id: str
    order_id: str
    open: Decimal
    total: Decimal


class Application(NamedTuple):
    """A part of a payment for one invoice; `left` is what stays open of the invoice."""

    invoice: OpenInvoice
    amount: Decimal
    left: Decimal


def invoice_id(shipment_id: str) -> str:
    """The one invoice of a shipment: `SHP-1042-1` makes `INV-1042-1`."""
    return "INV-" + shipment_id.removeprefix("SHP-")


def credit_memo_id(return_id: str, n: int) -> str:
    """The n-th credit memo of a return: `RMA-1042-1` makes `CRM-1042-1-1`."""
    return f"CRM-{return_id.removeprefix('RMA-')}-{n}"


# Parts of a line. Each part is the difference of two running sums, so the parts of any split add
# up to the whole exactly, and none is ever negative.


def part_of(whole: Whole, before: Decimal, quantity: Decimal) -> Part:
    """The money of the next `quantity` of a line of which `before` is billed or credited."""
    after = before + quantity
    net = _net_up_to(whole, after) - _net_up_to(whole, before)
    taxes = tuple(
        Tax(
            jurisdiction=tax.jurisdiction,
            code=tax.code,
            rate=tax.rate,
            amount=_tax_up_to(whole, tax, after) - _tax_up_to(whole, tax, before),
        )
        for tax in whole.taxes
    )
    return Part(net, taxes)


def _net_up_to(whole: Whole, quantity: Decimal) -> Money:
    if quantity >= whole.quantity.value:
        return whole.net
    net = whole.unit_price.times(quantity)
    return min(net, whole.net, key=lambda money: money.amount)


def _tax_up_to(whole: Whole, tax: Tax, quantity: Decimal) -> Money:
    if quantity >= whole.quantity.value:
        return tax.amount
    amount = _net_up_to(whole, quantity).times(tax.rate)
    return min(amount, tax.amount, key=lambda money: money.amount)


def totals(lines: Iterable[InvoiceLine], currency: str) -> Totals:
    """Sums of lines; rounding happened in the lines."""
    net = tax = Money.zero(currency).rounded()
    for line in lines:
        net += line.net
        tax = sum((each.amount for each in line.taxes), tax)
    return Totals(net, tax, net + tax)


def quantities(documents: Iterable[Iterable[InvoiceLine]]) -> dict[int, Decimal]:
    """How much of each line these invoices or credit memos already have."""
    found: dict[int, Decimal] = {}
    for lines in documents:
        for line in lines:
            found[line.line_no] = found.get(line.line_no, ZERO) + line.quantity.value
    return found


# Invoices


def merged(lines: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """One entry per order line; a line that left in several packages is billed once."""
    found: dict[tuple[int, str, str], Decimal] = {}
    for line in lines:
        key = (line.line_no, line.sku, line.quantity.uom)
        found[key] = found.get(key, ZERO) + line.quantity.value
    return tuple(
        LineQuantity(line_no=line_no, sku=sku, quantity=Quantity(value, uom))
        for (line_no, sku, uom), value in sorted(found.items())
        if value
    )


def doubts(
    agreement: Agreement, shipped: Sequence[LineQuantity], billed: Quantities
) -> tuple[Reason, ...]:
    """Why a shipment cannot be billed without a person; empty when it can."""
    agreed = {line.line_no: line for line in agreement.lines}
    found = (_doubt(agreed.get(s.line_no), s, billed.get(s.line_no, ZERO)) for s in shipped)
    return tuple(reason for reason in found if reason is not None)


def _doubt(agreed: OrderLine | None, shipped: LineQuantity, billed: Decimal) -> Reason | None:
    line_no, quantity = shipped.line_no, shipped.quantity
    if agreed is None:
        code, text = "unknown_line", f"line {line_no} ({shipped.sku}) was never agreed"
    elif agreed.sku != shipped.sku:
        code, text = "other_item", f"line {line_no} is {agreed.sku}, but {shipped.sku} shipped"
    elif agreed.quantity.uom != quantity.uom:
        code = "other_unit"
        text = f"line {line_no} is agreed per {agreed.quantity.uom}, but shipped in {quantity.uom}"
    elif quantity.value < 0 or billed + quantity.value > agreed.quantity.value:
        code = "more_than_agreed"
        text = (
            f"line {line_no}: {quantity.value} shipped and {billed} billed before, "
            f"but {agreed.quantity.value} agreed"
        )
    else:
        return None
    return Reason(code=code, text=text, line_no=line_no)


def bill(
    agreement: Agreement,
    shipped: Iterable[LineQuantity],
    billed: Quantities,
    gl_codes: Mapping[str, str],
) -> Lines:
    """The lines of one shipment's invoice; ask `doubts` first."""
    agreed = {line.line_no: line for line in agreement.lines}
    return tuple(
        _line(agreed[s.line_no], billed.get(s.line_no, ZERO), s.quantity, gl_codes.get(s.sku, ""))
        for s in shipped
    )


def _line(whole: Whole, before: Decimal, quantity: Quantity, gl_code: str) -> InvoiceLine:
    part = part_of(whole, before, quantity.value)
    return InvoiceLine(
        line_no=whole.line_no,
        sku=whole.sku,
        description=whole.description,
        quantity=quantity,
        unit_price=whole.unit_price,
        net=part.net,
        taxes=part.taxes,
        gl_code=gl_code,
        customer_line=whole.customer_line,
        customer_item=whole.customer_item,
    )


def without_gl_code(lines: Iterable[InvoiceLine]) -> list[str]:
    """The SKUs whose revenue account nobody gave."""
    return sorted({line.sku for line in lines if not line.gl_code})


# Credit memos


def by_invoice(lines: Iterable[InspectedLine]) -> dict[str, dict[int, Quantity]]:
    """What is to be credited of each line of each invoice; what gets no credit is left out."""
    found: dict[str, dict[int, Quantity]] = {}
    for line in lines:
        if not line.credit or not line.quantity.value:
            continue
        wanted = found.setdefault(line.invoice_id or invoice_id(line.shipment_id), {})
        known = wanted.get(line.line_no)
        wanted[line.line_no] = line.quantity if known is None else known + line.quantity
    return dict(sorted(found.items()))


def excess(invoiced: Lines, credited: Quantities, wanted: Mapping[int, Quantity]) -> list[str]:
    """Where more is to be credited than was invoiced and not credited yet; empty when it fits."""
    lines = {line.line_no: line for line in invoiced}
    found = []
    for line_no, quantity in sorted(wanted.items()):
        line = lines.get(line_no)
        if line is None or line.quantity.uom != quantity.uom:
            found.append(f"line {line_no}: nothing was invoiced in {quantity.uom}")
        elif credited.get(line_no, ZERO) + quantity.value > line.quantity.value:
            found.append(
                f"line {line_no}: {quantity.value} returned and {credited.get(line_no, ZERO)} "
                f"credited before, but {line.quantity.value} invoiced"
            )
    return found


def credit(invoiced: Lines, credited: Quantities, wanted: Mapping[int, Quantity]) -> Lines:
    """The lines of a credit memo, priced and taxed as in the invoice; ask `excess` first."""
    return tuple(
        _line(line, credited.get(line.line_no, ZERO), wanted[line.line_no], line.gl_code)
        for line in invoiced
        if line.line_no in wanted
    )


# Payments


def apply(
    amount: Decimal, invoices: Iterable[OpenInvoice], asked: Mapping[str, Decimal] | None = None
) -> tuple[Application, ...]:
    """Set money against invoices, in the order given, never more than is open.

    `asked` is what the payer said each part is for; without it each invoice takes what it can.
    """
    found = []
    for invoice in invoices:
        most = amount if asked is None else min(amount, asked.get(invoice.invoice_id, ZERO))
        taken = min(most, invoice.open)
        if taken > 0:
            amount -= taken
            found.append(Application(invoice, taken, invoice.open - taken))
    return tuple(found)
