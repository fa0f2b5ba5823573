"""What invoicing remembers, and every statement it remembers it with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts.catalog import ItemChanged
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderLine
from crossdock_contracts.payments import PaymentApplied
from crossdock_contracts.shipments import ShipmentShipped

from .domain import ZERO, Agreement, Lines

# An item heard late never overwrites a newer one.
REMEMBER_ITEM = """
    insert into items (sku, gl_code, changed_at) values ($1, $2, $3)
    on conflict (sku) do update set gl_code = excluded.gl_code, changed_at = excluded.changed_at
    where items.changed_at <= excluded.changed_at
"""
# The first word about an order stands; later ones are changes.
REMEMBER_ORDER = """
    insert into orders (order_id, agreed) values ($1, $2) on conflict (order_id) do nothing
"""
CHANGE_ORDER = """
    update orders set agreed = jsonb_set(agreed, '{lines}', $2) where order_id = $1
"""
# What shipments' bills need: the agreement, and what every earlier invoice of the order billed.
BILLING = """
    select o.order_id, o.agreed,
        (select coalesce(jsonb_object_agg(i.invoice_id, i.issued -> 'lines'), '{}')
         from invoices i where i.order_id = o.order_id) as billed
    from orders o where o.order_id = any ($1)
"""
HOLD_SHIPMENT = """
    insert into held_shipments (shipment_id, order_id, shipped) values ($1, $2, $3)
    on conflict (shipment_id) do nothing
"""
HELD_SHIPMENTS = "select shipped from held_shipments where order_id = $1 order by shipment_id"
FORGET_HELD = "delete from held_shipments where shipment_id = $1"
GL_CODES = "select sku, gl_code from items where sku = any ($1)"
ADD_INVOICE = """
    insert into invoices (invoice_id, shipment_id, order_id, customer_id, currency, total, due_at,
        issued, settled_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
ADD_CREDIT_MEMO = """
    insert into credit_memos
        (credit_memo_id, invoice_id, return_id, customer_id, currency, total, issued)
    values ($1, $2, $3, $4, $5, $6, $7)
"""
# What a customer owes changes by one entry per document and invoice.
BOOK = """
    insert into receivables
        (document_id, invoice_id, kind, customer_id, currency, amount, booked_at)
    values ($1, $2, $3, $4, $5, $6, $7)
"""
# Move an invoice's running sums by a credit or a payment.
MOVE_INVOICE = """
    update invoices set credited = credited + $2, paid = paid + $3,
        settled_at = coalesce(settled_at, $4)
    where invoice_id = $1
"""
# Invoices that a return concerns, with what was credited of each before.
CREDITING = """
    select i.issued, i.total - i.credited - i.paid as open, i.settled_at,
        (select coalesce(jsonb_agg(c.issued -> 'lines'), '[]')
         from credit_memos c where c.invoice_id = i.invoice_id) as credited,
        (select count(*) from credit_memos c where c.return_id = $2) as memos
    from invoices i where i.invoice_id = any ($1) order by i.invoice_id
"""
# An invoice with what became of it.
INVOICE = """
    select i.issued, i.credited, i.paid, i.settled_at,
        (select coalesce(array_agg(c.credit_memo_id order by c.credit_memo_id), '{}')
         from credit_memos c where c.invoice_id = i.invoice_id) as credit_memo_ids
    from invoices i
"""
ONE_INVOICE = INVOICE + " where i.invoice_id = $1"
FIND_INVOICES = (
    INVOICE
    + """
    where ($1::text is null or i.order_id = $1) and ($2::text is null or i.customer_id = $2)
        and ($3::bool is null or (i.total - i.credited - i.paid > 0) = $3)
    order by i.due_at desc, i.invoice_id desc limit $4
"""
)
ONE_CREDIT_MEMO = "select issued from credit_memos where credit_memo_id = $1"
# Per currency: billed, given back, paid, what is owed, and money that waits to be applied.
RECEIVABLES = """
    select currency::text as currency,
        coalesce(sum(amount) filter (where kind = 'invoice'), 0) as invoiced,
        -coalesce(sum(amount) filter (where kind = 'credit_memo'), 0) as credited,
        -coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
        coalesce(sum(amount) filter (where kind <> 'received'), 0) as balance,
        coalesce(sum(amount) filter (where kind in ('received', 'payment')), 0) as on_account
    from (
        select currency, kind, amount from receivables where customer_id = $1
        union all select currency, 'received', amount from payments where customer_id = $1
    ) as entries
    group by currency order by currency
"""


def remember_item(tx: Tx, item: ItemChanged) -> None:
    """Keep an item's revenue account."""
    tx.write(REMEMBER_ITEM, item.sku, item.gl_code, item.changed_at)


def remember_order(tx: Tx, agreement: Agreement) -> None:
    """Keep what was agreed, for the day it ships."""
    tx.write(REMEMBER_ORDER, agreement.order_id, as_json(agreement))


def change_order(tx: Tx, order_id: str, lines: Sequence[OrderLine]) -> None:
    """What ships from here on is billed at these lines' prices."""
    tx.write(CHANGE_ORDER, order_id, as_json(lines))


def hold_shipment(tx: Tx, event: ShipmentShipped) -> None:
    """Keep a shipment that cannot be billed as the order stands."""
    tx.write(HOLD_SHIPMENT, event.shipment_id, event.order_id, as_json(event))


async def held_shipments(tx: Tx, order_id: str) -> list[ShipmentShipped]:
    """The shipments of an order that wait to be billed."""
    rows = await tx.fetch(HELD_SHIPMENTS, order_id)
    return [msgspec.json.decode(row["shipped"], type=ShipmentShipped) for row in rows]


def forget_held(tx: Tx, shipment_id: str) -> None:
    """It is billed after all."""
    tx.write(FORGET_HELD, shipment_id)


class Billing(NamedTuple):
    """What a shipment's bill needs to know."""

    agreement: Agreement
    billed: dict[str, Lines]
    gl_codes: dict[str, str]


async def billing(tx: Tx, order_ids: Iterable[str], skus: Iterable[str]) -> dict[str, Billing]:
    """The agreements of orders with all their invoices' lines, as far as they are known here."""
    gl_codes = {row["sku"]: row["gl_code"] for row in await tx.fetch(GL_CODES, list(skus))}
    return {
        row["order_id"]: Billing(
            agreement=msgspec.json.decode(row["agreed"], type=Agreement),
            billed=msgspec.json.decode(row["billed"], type=dict[str, Lines]),
            gl_codes=gl_codes,
        )
        for row in await tx.fetch(BILLING, list(order_ids))
    }


def add_invoice(tx: Tx, invoice: InvoiceIssued, settled_at: datetime | None) -> None:
    """Keep an invoice and book it on the customer's account."""
    tx.write(
        ADD_INVOICE,
        invoice.invoice_id,
        invoice.shipment_id,
        invoice.order_id,
        invoice.customer_id,
        invoice.currency,
        invoice.total.amount,
        invoice.due_at,
        as_json(invoice),
        settled_at,
    )
    book(tx, "invoice", invoice.invoice_id, invoice, invoice.total.amount)


def book(
    tx: Tx,
    kind: Literal["invoice", "credit_memo", "payment"],
    document_id: str,
    about: InvoiceIssued | InvoiceCredited | PaymentApplied,
    amount: Decimal,
) -> None:
    """Add a document to what a customer owes; what lowers the debt is negative."""
    currency = about.open.currency if isinstance(about, PaymentApplied) else about.currency
    tx.write(BOOK, document_id, about.invoice_id, kind, about.customer_id, currency, amount, tx.now)


class Creditable(NamedTuple):
    """An invoice with what was credited of it before, and what is open."""

    invoice: InvoiceIssued
    credited: tuple[Lines, ...]
    open: Decimal
    settled_at: datetime | None
    memos: int


async def creditable(tx: Tx, invoice_ids: Iterable[str], return_id: str) -> dict[str, Creditable]:
    """The invoices known by these ids, and how many credit memos the return has already."""
    rows = await tx.fetch(CREDITING, list(invoice_ids), return_id)
    found = (
        Creditable(
            invoice=msgspec.json.decode(row["issued"], type=InvoiceIssued),
            credited=msgspec.json.decode(row["credited"], type=tuple[Lines, ...]),
            open=row["open"],
            settled_at=row["settled_at"],
            memos=row["memos"],
        )
        for row in rows
    )
    return {each.invoice.invoice_id: each for each in found}


def add_credit_memo(tx: Tx, memo: InvoiceCredited, settled_at: datetime | None) -> None:
    """Keep a credit memo, lower its invoice, and book it on the customer's account."""
    amount = memo.total.amount
    tx.write(
        ADD_CREDIT_MEMO,
        memo.credit_memo_id,
        memo.invoice_id,
        memo.return_id,
        memo.customer_id,
        memo.currency,
        amount,
        as_json(memo),
    )
    move_invoice(tx, memo.invoice_id, credited=amount, settled_at=settled_at)
    book(tx, "credit_memo", memo.credit_memo_id, memo, -amount)


def move_invoice(
    tx: Tx,
    invoice_id: str,
    *,
    credited: Decimal = ZERO,
    paid: Decimal = ZERO,
    settled_at: datetime | None = None,
) -> None:
    """Count a credit or a payment into its invoice; the first settlement stands."""
    tx.write(MOVE_INVOICE, invoice_id, credited, paid, settled_at)


class StoredInvoice(NamedTuple):
    """An invoice as issued, and what became of it."""

    issued: InvoiceIssued
    credited: Decimal
    paid: Decimal
    settled_at: datetime | None
    credit_memo_ids: tuple[str, ...]


async def invoice(tx: Tx, invoice_id: str) -> StoredInvoice | None:
    """One invoice, or None."""
    row = await tx.fetchrow(ONE_INVOICE, invoice_id)
    return _invoice(row) if row else None


async def find_invoices(
    tx: Tx, order_id: str | None, customer_id: str | None, is_open: bool | None, limit: int
) -> list[StoredInvoice]:
    """Invoices that match everything given, latest due first."""
    rows = await tx.fetch(FIND_INVOICES, order_id, customer_id, is_open, limit)
    return [_invoice(row) for row in rows]


def _invoice(row: Any) -> StoredInvoice:
    issued = msgspec.json.decode(row["issued"], type=InvoiceIssued)
    return StoredInvoice(
        issued, row["credited"], row["paid"], row["settled_at"], tuple(row["credit_memo_ids"])
    )


async def credit_memo(tx: Tx, credit_memo_id: str) -> InvoiceCredited | None:
    """One credit memo, or None."""
    issued = await tx.fetchval(ONE_CREDIT_MEMO, credit_memo_id)
    return msgspec.json.decode(issued, type=InvoiceCredited) if issued else None


class Account(NamedTuple):
    """What a customer owes in one currency; negative when we owe."""

    currency: str
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    balance: Decimal
    on_account: Decimal


async def receivables(tx: Tx, customer_id: str) -> list[Account]:
    """A customer's account in each currency; empty when nothing was ever booked."""
    return [Account(*row) for row in await tx.fetch(RECEIVABLES, customer_id)]


def as_json(value: Any) -> str:
    """A contract value as PostgreSQL takes it; amounts stay strings, so no cent is lost."""
    return msgspec.json.encode(value).decode()
