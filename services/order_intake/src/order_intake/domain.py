"""The checks that an order passes before it is accepted, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from crossdock_contracts import Address, EarlyPayment, Money, Quantity, Reason, Tax
from crossdock_contracts.orders import OrderLine, OrderPlaced, RequestedLine

from .catalog.book import Book, Credit, Customer, Item
from .tax import rates

LARGEST = Decimal(10**9)
LARGEST_NET = Decimal(10**15)  # of one line, so that a thousand of them make an allowed amount
FINEST = Decimal("0.000001")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the checks say, with every reason; lines are there as far as they could be agreed."""

    status: Literal["accepted", "held", "rejected"]
    reasons: tuple[Reason, ...]
    lines: tuple[OrderLine, ...]
    net_total: Money
    tax_total: Money
    total: Money
    ship_to: Address | None
    payment_terms_days: int
    early_payment: EarlyPayment | None = None  # what an older release decided has none


@dataclass(slots=True)
class _Findings:
    """Reasons as they are found: what makes the order impossible, and what needs a person."""

    rejections: list[Reason] = field(default_factory=list)
    holds: list[Reason] = field(default_factory=list)

    def reject(self, code: str, text: str, line_no: int | None = None) -> None:
        self.rejections.append(Reason(code=code, text=text, line_no=line_no))

    def hold(self, code: str, text: str, line_no: int | None = None) -> None:
        self.holds.append(Reason(code=code, text=text, line_no=line_no))


def decide(order: OrderPlaced, book: Book, tolerance: Decimal, at: datetime) -> Decision:
    """Check everything but credit, which comes last: all orders of a customer wait for it."""
    found = _Findings()
    customer = _check_customer(order, book.customer, found)
    if not order.lines:
        found.reject("no_lines", "The order has no lines.")
    ship_to = order.ship_to or (customer.ship_to if customer else None)
    pricing = _Pricing(order, book, tolerance, at, found)
    lines = tuple(
        agreed for line in order.lines if (agreed := _agree(line, customer, ship_to, pricing))
    )
    zero = Money.zero(order.currency)
    net = sum((line.net for line in lines), zero)
    tax = sum((tax.amount for line in lines for tax in line.taxes), zero)
    reasons = found.rejections or found.holds
    return Decision(
        status="rejected" if found.rejections else "held" if found.holds else "accepted",
        reasons=tuple(reasons),
        lines=lines,
        net_total=net,
        tax_total=tax,
        total=net + tax,
        ship_to=ship_to,
        payment_terms_days=customer.payment_terms_days if customer else 30,
        early_payment=customer.early_payment if customer else None,
    )


def check_credit(decision: Decision, credit: Credit | None, exposure: Decimal) -> Decision:
    """Hold an order that takes the customer beyond its credit; `exposure` has this order in it."""
    reason = credit_reason(decision.total, credit, exposure)
    if reason is None or decision.status == "rejected":
        return decision
    return replace(decision, status="held", reasons=(*decision.reasons, reason))


Account = tuple[str, str]  # a customer, and the currency of what is owed


class InTurn(NamedTuple):
    """One of several orders whose credit is checked at one time."""

    account: Account
    decision: Decision
    credit: Credit | None


def check_credits(turns: Sequence[InTurn], owed: Mapping[Account, Decimal]) -> list[InTurn]:
    """Check orders in the order they came; one that is held leaves room for the next.

    `owed` is what customers may owe without these orders.
    """
    so_far, checked = dict(owed), []
    for turn in turns:
        account, decision, credit = turn
        if decision.status != "rejected":
            exposure = so_far[account] + decision.total.amount
            decision = check_credit(decision, credit, exposure)
            if decision.status == "accepted":
                so_far[account] = exposure
        checked.append(turn._replace(decision=decision))
    return checked


def credit_reason(total: Money, credit: Credit | None, exposure: Decimal) -> Reason | None:
    """Why the customer may not owe so much; None when it may."""
    if credit is None:
        return Reason(code="credit_unknown", text="No credit limit is known for this customer.")
    limit = credit.limit
    if credit.on_hold:
        return Reason(code="credit_hold", text="The customer's credit is on hold.")
    if limit.currency != total.currency:
        text = f"The credit limit is in {limit.currency}, the order in {total.currency}."
        return Reason(code="credit_currency", text=text)
    if exposure > limit.amount:
        text = (
            f"With this order the customer owes {exposure} {total.currency};"
            f" the credit limit is {limit.amount}."
        )
        return Reason(code="credit_limit_exceeded", text=text)
    return None


def _check_customer(
    order: OrderPlaced, customer: Customer | None, found: _Findings
) -> Customer | None:
    if customer is None:
        found.reject("unknown_customer", f"Customer {order.customer_id} is not known.")
    elif customer.status == "closed":
        found.reject("customer_closed", f"Customer {customer.customer_id} is closed.")
    elif customer.status != "active":
        found.hold("customer_on_hold", f"Customer {customer.customer_id} is on hold.")
    return customer


class _Pricing(NamedTuple):
    """What every line of one order is checked with."""

    order: OrderPlaced
    book: Book
    tolerance: Decimal
    at: datetime
    found: _Findings


def _agree(
    line: RequestedLine, customer: Customer | None, ship_to: Address | None, pricing: _Pricing
) -> OrderLine | None:
    """What was asked as SKU, stock unit, agreed price and taxes; None where that cannot be."""
    if not _is_sensible(line, pricing.found):
        return None
    item = _find_item(line, pricing)
    factor = _find_factor(line, item, pricing.found) if item else None
    if item is None or factor is None:
        return None
    price = _agree_price(line, item, factor, pricing)
    quantity = in_stock_units(line.quantity.value, factor)
    if quantity * price.amount > LARGEST_NET:
        text = f"Line {line.line_no}: nobody can owe {quantity} times {price.amount}."
        pricing.found.reject("invalid_quantity", text, line.line_no)
        return None
    net = price.times(quantity)
    levied = (
        rates(ship_to.country, ship_to.region, item.tax_code, customer.tax_exempt)
        if customer and ship_to
        else ()
    )
    return OrderLine(
        line_no=line.line_no,
        sku=item.sku,
        description=item.description,
        quantity=Quantity(quantity, item.stock_uom),
        unit_price=price,
        net=net,
        taxes=tuple(
            Tax(
                jurisdiction=r.jurisdiction,
                code=item.tax_code,
                rate=r.rate,
                amount=net.times(r.rate),
            )
            for r in levied
        ),
        customer_line=line.customer_line,
        customer_item=line.item,
        ordered=None if line.quantity.uom == item.stock_uom else line.quantity,
    )


def _is_sensible(line: RequestedLine, found: _Findings) -> bool:
    """Documents are read leniently; what comes over HTTP was refused before."""
    quantity, price = line.quantity.value, line.unit_price
    if not 0 < quantity <= LARGEST:
        text = f"Line {line.line_no}: nobody can order {quantity}."
        found.reject("invalid_quantity", text, line.line_no)
    elif price is not None and not 0 <= price.amount <= LARGEST:
        text = f"Line {line.line_no}: nobody can pay {price.amount} for one."
        found.reject("invalid_price", text, line.line_no)
    else:
        return True
    return False


def _find_item(line: RequestedLine, pricing: _Pricing) -> Item | None:
    items = pricing.book.find(line.item)
    if not items:
        text = f"Line {line.line_no}: item {line.item} is not known."
        pricing.found.reject("unknown_item", text, line.line_no)
    elif len(items) > 1:
        text = f"Line {line.line_no}: {line.item} names {', '.join(i.sku for i in items)}."
        pricing.found.reject("ambiguous_item", text, line.line_no)
    elif items[0].status != "active":
        text = f"Line {line.line_no}: item {items[0].sku} is {items[0].status}."
        pricing.found.reject("item_discontinued", text, line.line_no)
    else:
        return items[0]
    return None


def _find_factor(line: RequestedLine, item: Item, found: _Findings) -> Decimal | None:
    factor = item.factor(line.quantity.uom)
    if factor is None or factor <= 0:
        units = ", ".join([item.stock_uom, *item.conversions])
        text = f"Line {line.line_no}: {item.sku} is sold in {units}, not in {line.quantity.uom}."
        found.reject("uom_not_convertible", text, line.line_no)
        return None
    return factor


def in_stock_units(value: Decimal, factor: Decimal) -> Decimal:
    """Whole numbers stay as written; what a factor makes endless ends at six decimals."""
    quantity = value * factor
    exponent = quantity.as_tuple().exponent
    return quantity.quantize(FINEST) if isinstance(exponent, int) and exponent < -6 else quantity


def _agree_price(line: RequestedLine, item: Item, factor: Decimal, pricing: _Pricing) -> Money:
    """Our price of one stock unit; the customer's own counts only where we have none."""
    given = line.unit_price
    ours = _our_price(line, item, pricing)
    if ours is None:
        return _unconfirmed_price(line, item, factor, pricing)
    if given is not None and abs(given.amount - ours.amount * factor) > pricing.tolerance:
        text = (
            f"Line {line.line_no}: the customer's price is {given.amount} per {line.quantity.uom},"
            f" ours is {ours.amount * factor}."
        )
        pricing.found.hold("price_mismatch", text, line.line_no)
    return ours


def _our_price(line: RequestedLine, item: Item, pricing: _Pricing) -> Money | None:
    """The contract price that holds now, the newest first; else the list price."""
    currency = pricing.order.currency
    contract = [
        p for p in pricing.book.prices.get(item.sku, ()) if p.unit_price.currency == currency
    ]
    valid = [p for p in contract if p.covers(pricing.at)]
    if valid:
        return max(valid, key=lambda p: p.valid_from or LONG_AGO).unit_price
    if contract:
        text = f"Line {line.line_no}: the contract price of {item.sku} is not valid now."
        pricing.found.hold("price_outdated", text, line.line_no)
    listed = item.list_price
    return listed if listed and listed.currency == currency else None


def _unconfirmed_price(
    line: RequestedLine, item: Item, factor: Decimal, pricing: _Pricing
) -> Money:
    """Nobody here has a price: the customer's may stand once a person agrees, nothing may not."""
    currency = pricing.order.currency
    where = f"Line {line.line_no}: no contract or list price of {item.sku} in {currency}"
    if line.unit_price is None:
        pricing.found.hold("price_missing", f"{where}, and none was given.", line.line_no)
        return Money.zero(currency)
    pricing.found.hold("price_unconfirmed", f"{where}; the customer's would apply.", line.line_no)
    each = line.unit_price.amount
    return Money(each if factor == 1 else (each / factor).quantize(FINEST), currency)


def obstacles(decision: Decision) -> tuple[Reason, ...]:
    """What not even a person's release can lift: an impossible line, or one without any price."""
    if decision.status == "rejected":
        return decision.reasons
    return tuple(reason for reason in decision.reasons if reason.code == "price_missing")
