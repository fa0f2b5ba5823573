"""Invariant 4: what customers owe is billed less credited and paid, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter

from .check import ZERO, Difference, Found, number, proves, totals, unequal
from .rows import CreditLine, Invoice, PaymentApplication, Posting, Receivable


@proves(4)
def invoices_add_up(invoices: Sequence[Invoice]) -> Found:
    """Total - credited - paid = open, for every invoice."""
    for invoice in invoices:
        rest = invoice.total - invoice.credited - invoice.paid
        if rest != invoice.open:
            text = (
                f"total {number(invoice.total)} - credited {number(invoice.credited)}"
                f" - paid {number(invoice.paid)} = {number(rest)}, but open is"
                f" {number(invoice.open)} {invoice.currency}"
            )
            yield Difference(invoice.invoice_id, f"{invoice.invoice_id}: {text}")


@proves(4)
def credits_add_up(invoices: Sequence[Invoice], credit_lines: Sequence[CreditLine]) -> Found:
    """An invoice is credited what its credit memos give back."""
    here = {(invoice.invoice_id,): invoice.credited for invoice in invoices}
    there = totals(credit_lines, lambda c: (c.invoice_id,), lambda c: c.total)
    for (invoice_id,), mine, theirs in unequal(here, there):
        text = f"credited {number(mine)}, but its credit memos make {number(theirs)}"
        yield Difference(invoice_id, f"{invoice_id}: {text}")


@proves(4)
def payments_add_up(
    invoices: Sequence[Invoice], payment_applications: Sequence[PaymentApplication]
) -> Found:
    """An invoice is paid what payments were set against it."""
    here = {(invoice.invoice_id,): invoice.paid for invoice in invoices}
    there = totals(payment_applications, lambda p: (p.invoice_id,), lambda p: p.amount)
    for (invoice_id,), mine, theirs in unequal(here, there):
        text = f"paid {number(mine)}, but payments applied to it make {number(theirs)}"
        yield Difference(invoice_id, f"{invoice_id}: {text}")


@proves(4)
def balances_add_up(receivables: Sequence[Receivable]) -> Found:
    """Invoiced - credited - paid = balance, for every customer and currency."""
    for account in receivables:
        rest = account.invoiced - account.credited - account.paid
        if rest != account.balance:
            text = (
                f"invoiced {number(account.invoiced)} - credited {number(account.credited)}"
                f" - paid {number(account.paid)} = {number(rest)}, but the balance is"
                f" {number(account.balance)} {account.currency}"
            )
            yield Difference(_account(account), f"{account.customer_id}: {text}")


@proves(4)
def accounts_agree_with_invoices(
    receivables: Sequence[Receivable], invoices: Sequence[Invoice]
) -> Found:
    """A customer's running sums are the sums of the customer's invoices."""
    for part, field in (("invoiced", "total"), ("credited", "credited"), ("paid", "paid")):
        here = {(a.customer_id, a.currency): getattr(a, part) for a in receivables}
        there = totals(invoices, lambda i: (i.customer_id, i.currency), attrgetter(field))
        for (customer, currency), mine, theirs in unequal(here, there):
            text = f"{part} {number(mine)}, but the invoices make {number(theirs)} {currency}"
            yield Difference(f"{customer} {currency} {part}", f"{customer}: {text}")


@proves(4)
def total_adds_up(receivables: Sequence[Receivable], invoices: Sequence[Invoice]) -> Found:
    """All balances together are what all invoices leave open."""
    here = totals(receivables, lambda a: (a.currency,), lambda a: a.balance)
    there = totals(invoices, lambda i: (i.currency,), lambda i: i.total - i.credited - i.paid)
    for (currency,), mine, theirs in unequal(here, there):
        text = f"all balances make {number(mine)}, but all invoices {number(theirs)} {currency}"
        yield Difference(f"total {currency}", f"total: {text}")


@proves(4)
def ledger_agrees(
    invoices: Sequence[Invoice], credit_lines: Sequence[CreditLine], postings: Sequence[Posting]
) -> Found:
    """The ERP is to book every invoice and credit memo, once, with its amount."""
    ours = _amounts_to_book(invoices, credit_lines)
    booked = [p for p in postings if p.document_kind != "order"]
    theirs = totals(booked, lambda p: (p.document_id, p.currency), lambda p: p.amount or ZERO)
    orders = {document: order for document, _, order, _ in ours}
    orders |= {posting.document_id: posting.order_id for posting in booked}
    due = totals(ours, lambda d: (d[0], d[1]), lambda d: d[3])
    for (document, currency), mine, posted in unequal(due, theirs):
        text = f"{document}: {number(mine)} {currency}, but the ERP is to book {number(posted)}"
        yield Difference(document, text, frozenset({orders[document]}))


def _amounts_to_book(
    invoices: Sequence[Invoice], credit_lines: Sequence[CreditLine]
) -> list[tuple[str, str, str, Decimal]]:
    """Every document for the ERP: id, currency, order and amount (a memo's by line)."""
    currencies = {invoice.invoice_id: invoice.currency for invoice in invoices}
    billed = [(i.invoice_id, i.currency, i.order_id, i.total) for i in invoices]
    return billed + [
        (line.credit_memo_id, currencies.get(line.invoice_id, "?"), line.order_id, line.total)
        for line in credit_lines
    ]


def _account(account: Receivable) -> str:
    return f"{account.customer_id} {account.currency}"
