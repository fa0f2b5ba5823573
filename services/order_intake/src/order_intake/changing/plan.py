"""What a change does to an order, line by line, as far as the order's state allows it. Pure.

More is ordered like new: it is open, and inventory reserves it. Less is cancelled, as far as no
warehouse holds it. The agreed price of a line stays; who asks for another is refused that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from crossdock_contracts import Money, Quantity, Reason, Value
from crossdock_contracts.orders import AnsweredChange, OrderLine, OrderPlaced
from crossdock_contracts.partners import ChangedLine, ChangeReceived

from ..catalog.book import Book
from ..domain import decide, in_stock_units
from ..drafts import requested
from ..partners import names, wanted
from ..progress import ZERO, Line, Move


class Asked(Value, frozen=True):
    """What one line of a change asks for, and why it will not get it, as far as that is known."""

    before: Decimal
    target: Decimal
    uom: str = "EA"
    line_no: int | None = None
    customer_line: str = ""
    reason: Reason | None = None


class Plan(NamedTuple):
    """What is ordered in addition, what is cancelled, which lines are new, and what was asked."""

    asked: tuple[Asked, ...]
    more: tuple[Move, ...] = ()
    less: tuple[Move, ...] = ()
    new: tuple[OrderLine, ...] = ()

    def joined(self, other: Plan) -> Plan:
        """Both."""
        return Plan(
            self.asked + other.asked,
            self.more + other.more,
            self.less + other.less,
            self.new + other.new,
        )

    def without_more(self, reason: Reason) -> Plan:
        """Only what makes the order smaller, such as when there is no credit for more."""
        asked = (
            msgspec.structs.replace(one, reason=one.reason or reason)
            if one.target > one.before
            else one
            for one in self.asked
        )
        return Plan(tuple(asked), less=self.less)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands, and all that a change of it is checked against."""

    placed: OrderPlaced
    agreed: Mapping[int, OrderLine]
    lines: Mapping[int, Line]
    book: Book
    tolerance: Decimal
    at: datetime

    def find(self, line: ChangedLine) -> OrderLine | None:
        """The line of the partner's number; else the only one of the item it names."""
        if line.partner_line:
            numbered = [o for o in self.agreed.values() if o.customer_line == line.partner_line]
            if numbered:
                return numbered[0]
        skus = {item.sku for name in names(line) for item in self.book.find(name)}
        same = [one for one in self.agreed.values() if one.sku in skus]
        return same[0] if len(same) == 1 else None


def refuse_all(change: ChangeReceived, reason: Reason) -> Plan:
    """Nothing of it is possible."""
    return Plan(tuple(_refused(line, reason) for line in change.lines))


def plan(change: ChangeReceived, order: Order) -> Plan:
    """What of a change can be done, as everything stands."""
    so_far = Plan(())
    for line in _asked_for(change, order):
        so_far = so_far.joined(_step(line, order, len(so_far.new)))
    return so_far


def _asked_for(change: ChangeReceived, order: Order) -> list[ChangedLine]:
    """The lines of a change; a cancellation or a replacement means the others as well."""
    told = [] if change.cancel else [line for line in change.lines if line.action != "none"]
    if not change.cancel and not change.replace:
        return told
    found = (order.find(line) for line in (() if change.cancel else change.lines))
    kept = {line.line_no for line in found if line}
    gone = (line for number, line in order.agreed.items() if number not in kept)
    return told + [
        ChangedLine(
            line_no=line.line_no,
            quantity=Quantity(ZERO, line.quantity.uom),
            partner_line=line.customer_line,
            items={"VN": line.sku},
            action="delete",
        )
        for line in gone
    ]


def _step(line: ChangedLine, order: Order, taken: int) -> Plan:
    known = order.find(line)
    if line.action == "add":
        if known and known.customer_line == line.partner_line != "":
            text = f"There is a line {line.partner_line} already."
            return Plan((_refused(line, _reason("line_exists", text)),))
        return _add(line, order, max(order.agreed, default=0) + taken + 1)
    if known is None:
        text = f"The order has no line {line.partner_line or line.line_no} to change."
        return Plan((_refused(line, _reason("unknown_line", text)),))
    return _change(line, known, order)


def _add(line: ChangedLine, order: Order, line_no: int) -> Plan:
    wish = wanted(line)._replace(line_no=line_no)
    asked = requested(wish, order.book, order.placed.currency)
    alone = msgspec.structs.replace(order.placed, lines=(asked,))
    decision = decide(alone, order.book, order.tolerance, order.at)
    if decision.reasons:
        return Plan((_refused(line, decision.reasons[0]),))
    [agreed] = decision.lines
    target, uom = agreed.quantity.value, agreed.quantity.uom
    told = Asked(
        before=ZERO, target=target, uom=uom, line_no=line_no, customer_line=line.partner_line
    )
    return Plan((told,), new=(agreed,))


def _change(line: ChangedLine, known: OrderLine, order: Order) -> Plan:
    stands = order.lines[known.line_no]
    kept = stands.ordered - stands.cancelled
    target, reason = _target(line, known, kept, order)
    more, less = max(ZERO, target - kept), max(ZERO, kept - target)
    possible = ZERO if reason else min(less, stands.cancellable())
    number = known.line_no
    asked = Asked(
        before=kept,
        target=target,
        uom=stands.uom,
        line_no=number,
        customer_line=known.customer_line,
        reason=reason,
    )
    return Plan(
        (asked,),
        more=(Move(number, open=more, ordered=more),) if more and not reason else (),
        less=(Move(number, open=-possible, cancelled=possible),) if possible else (),
    )


def _target(
    line: ChangedLine, known: OrderLine, kept: Decimal, order: Order
) -> tuple[Decimal, Reason | None]:
    """What shall be left of a line, in its stock unit, and why that cannot be."""
    if line.action == "delete" or not line.quantity.value:
        return ZERO, None
    items = order.book.find(known.sku)
    factor = items[0].factor(line.quantity.uom) if items else None
    if factor is None:
        text = f"{known.sku} is not sold in {line.quantity.uom}."
        return kept, _reason("uom_not_convertible", text, known.line_no)
    given, ours = line.unit_price, known.unit_price.amount * factor
    if given is not None and abs(given.amount - ours) > order.tolerance:
        text = f"The price was agreed as {ours} per {line.quantity.uom}, not {given.amount}."
        return kept, _reason("price_mismatch", text, known.line_no)
    return in_stock_units(line.quantity.value, factor), None


def _refused(line: ChangedLine, reason: Reason) -> Asked:
    return Asked(
        before=ZERO,
        target=line.quantity.value,
        uom=line.quantity.uom,
        customer_line=line.partner_line,
        reason=reason,
    )


def _reason(code: str, text: str, line_no: int | None = None) -> Reason:
    return Reason(code=code, text=text, line_no=line_no)


def grown(agreed: Iterable[OrderLine], plan: Plan) -> tuple[OrderLine, ...]:
    """All lines of the order with all that was ever ordered of them, new ones at the end."""
    more = {move.line_no: move.ordered for move in plan.more}
    same = (_grow(line, more.get(line.line_no, ZERO)) for line in agreed)
    return (*same, *plan.new)


def _grow(line: OrderLine, more: Decimal) -> OrderLine:
    if not more:
        return line
    was, now = line.quantity.value, line.quantity.value + more
    net = line.unit_price.times(now)
    taxes = (msgspec.structs.replace(t, amount=net.times(t.rate)) for t in line.taxes)
    asked = line.ordered
    if asked is not None:
        asked = Quantity(in_stock_units(asked.value * now, 1 / was), asked.uom)
    return msgspec.structs.replace(
        line,
        quantity=Quantity(now, line.quantity.uom),
        net=net,
        taxes=tuple(taxes),
        ordered=asked,
    )


def total(lines: Sequence[OrderLine], currency: str) -> Money:
    """What lines cost with their taxes."""
    sums = (line.net + sum((t.amount for t in line.taxes), Money.zero(currency)) for line in lines)
    return sum(sums, Money.zero(currency))


def answer(asked: Asked, line: Line | None) -> AnsweredChange:
    """What became of one line, now that nothing of it is open."""
    now = line.ordered - line.cancelled if line else ZERO
    reason = asked.reason
    if reason is None and now != asked.target:
        text = "A warehouse has it already, and ships it."
        reason = _reason("already_in_warehouse", text, asked.line_no)
    return AnsweredChange(
        status="accepted" if reason is None else "refused" if now == asked.before else "changed",
        quantity=Quantity(now, line.uom if line else asked.uom),
        line_no=asked.line_no,
        customer_line=asked.customer_line,
        reason=reason,
    )
