"""Invariant 3: one invoice per shipment, one credit per return line, each payment applied once."""

from __future__ import annotations

from collections.abc import Sequence

from .check import Difference, Found, grouped, number, proves, totals, unequal
from .rows import (
    CreditLine,
    Document,
    Invoice,
    InvoicedLine,
    Payment,
    PaymentApplication,
    ReturnLine,
    Shipment,
    ShippedLine,
)

SENT_ONCE = ("810", "856")


@proves(3)
def one_invoice_per_shipment(
    shipments: Sequence[Shipment], shipped_lines: Sequence[ShippedLine], invoices: Sequence[Invoice]
) -> Found:
    """A shipment that took goods is billed once; one that took none is not billed."""
    billed = grouped(invoices, lambda i: i.shipment_id)
    taken = totals(shipped_lines, lambda s: s.shipment_id, lambda s: s.shipped)
    known = {shipment.shipment_id: shipment.order_id for shipment in shipments}
    known |= {invoice.shipment_id: invoice.order_id for invoice in invoices}
    for shipment_id, order_id in known.items():
        names = [invoice.invoice_id for invoice in billed.get(shipment_id, [])]
        expected = 1 if taken.get(shipment_id, 0) > 0 else 0
        if len(names) != expected:
            text = f"{shipment_id} took {number(taken[shipment_id])} and has {_named(names)}"
            yield Difference(shipment_id, text, frozenset({order_id}))


@proves(3)
def invoices_bill_what_shipped(
    invoices: Sequence[Invoice],
    invoiced_lines: Sequence[InvoicedLine],
    shipped_lines: Sequence[ShippedLine],
) -> Found:
    """Each invoice bills the quantities of its own shipment."""
    shipment = {invoice.invoice_id: invoice.shipment_id for invoice in invoices}
    order = {invoice.shipment_id: invoice.order_id for invoice in invoices}
    here = totals(
        invoiced_lines, lambda i: (shipment.get(i.invoice_id), i.line_no), lambda i: i.quantity
    )
    took = [line for line in shipped_lines if line.shipment_id in order]
    there = totals(took, lambda s: (s.shipment_id, s.line_no), lambda s: s.shipped)
    for (shipment_id, line_no), mine, theirs in unequal(here, there):
        text = f"line {line_no} was billed {number(mine)}, but shipped {number(theirs)}"
        keys = frozenset({order[shipment_id]} if shipment_id in order else ())
        yield Difference(f"{shipment_id} line {line_no}", f"{shipment_id}: {text}", keys)


@proves(3)
def one_credit_per_return_line(
    return_lines: Sequence[ReturnLine], credit_lines: Sequence[CreditLine]
) -> Found:
    """Each creditable returned quantity is credited once, by one memo."""
    memos = [line for line in credit_lines if line.return_id]
    due = totals(return_lines, _returned, lambda r: r.creditable)
    credited = totals(memos, _returned, lambda c: c.quantity)
    for key, expected, given in unequal(due, credited):
        text = f"{number(expected)} to be credited, but {number(given)} credited"
        yield _about_return(key, text)
    for key, lines in grouped(memos, _returned).items():
        names = sorted({line.credit_memo_id for line in lines})
        if len(names) > 1:
            yield _about_return(key, f"credited by {len(names)} memos: {', '.join(names)}")


@proves(3)
def never_credited_above_invoiced(
    invoiced_lines: Sequence[InvoicedLine], credit_lines: Sequence[CreditLine]
) -> Found:
    """No line gives back more than was billed."""
    billed = totals(invoiced_lines, lambda i: (i.invoice_id, i.line_no), lambda i: i.quantity)
    credited = totals(credit_lines, lambda c: (c.invoice_id, c.line_no), lambda c: c.quantity)
    for (invoice_id, line_no), quantity in credited.items():
        most = billed.get((invoice_id, line_no), 0)
        if quantity > most:
            subject = f"{invoice_id} line {line_no}"
            yield Difference(subject, f"{subject}: credited {number(quantity)} of {most} billed")


@proves(3)
def payments_are_applied_once(payment_applications: Sequence[PaymentApplication]) -> Found:
    """One application per payment and invoice."""
    groups = grouped(payment_applications, lambda p: (p.payment_id, p.invoice_id))
    for (payment_id, invoice_id), applications in groups.items():
        if len(applications) > 1:
            subject = f"{payment_id} on {invoice_id}"
            yield Difference(subject, f"{subject}: applied {len(applications)} times")


@proves(3)
def payments_are_not_overspent(
    payments: Sequence[Payment], payment_applications: Sequence[PaymentApplication]
) -> Found:
    """A payment is applied as far as it says, in its own currency, and never above its amount."""
    here = {(payment.payment_id, payment.currency): payment.applied for payment in payments}
    there = totals(payment_applications, lambda p: (p.payment_id, p.currency), lambda p: p.amount)
    for (payment_id, currency), mine, theirs in unequal(here, there):
        text = f"says {number(mine)} {currency} is applied, but {number(theirs)} is"
        yield Difference(f"{payment_id} {currency}", f"{payment_id}: {text}")
    for payment in payments:
        if payment.applied > payment.amount:
            amount = f"{number(payment.amount)} {payment.currency}"
            text = f"applied {number(payment.applied)} of {amount}"
            yield Difference(payment.payment_id, f"{payment.payment_id}: {text}")


@proves(3)
def invoices_are_not_overpaid(
    invoices: Sequence[Invoice], payment_applications: Sequence[PaymentApplication]
) -> Found:
    """Payments go to known invoices, in their currency, and never above their total."""
    totals_of = {(invoice.invoice_id, invoice.currency): invoice.total for invoice in invoices}
    paid = totals(payment_applications, lambda p: (p.invoice_id, p.currency), lambda p: p.amount)
    for (invoice_id, currency), amount in paid.items():
        total = totals_of.get((invoice_id, currency))
        if total is None or amount > total:
            limit = "no such invoice" if total is None else f"its total is {number(total)}"
            text = f"payments of {number(amount)} {currency}, but {limit}"
            yield Difference(f"{invoice_id} {currency}", f"{invoice_id}: {text}")


@proves(3)
def documents_are_sent_once(documents: Sequence[Document]) -> Found:
    """A partner gets one 810 per invoice and one 856 per shipment."""
    sent = [d for d in documents if d.direction == "out" and d.set_code in SENT_ONCE]
    groups = grouped(sent, lambda d: (d.partner_id, d.set_code, d.reference))
    for (partner, set_code, reference), copies in groups.items():
        if len(copies) > 1:
            text = f"{set_code} for {reference} went to {partner} {len(copies)} times"
            yield Difference(f"{partner} {set_code} {reference}", text)


def _returned(line: ReturnLine | CreditLine) -> tuple[str | None, str, int, str]:
    return line.return_id, line.order_id, line.line_no, line.shipment_id


def _about_return(key: tuple[str, str, int, str], text: str) -> Difference:
    return_id, order_id, line_no, shipment_id = key
    subject = f"{return_id} line {line_no} of {shipment_id}"
    return Difference(subject, f"{subject}: {text}", frozenset({order_id}))


def _named(invoices: Sequence[str]) -> str:
    if not invoices:
        return "no invoice"
    return f"{len(invoices)} invoice{'s' if len(invoices) > 1 else ''}: {', '.join(invoices)}"
