"""Lost: what was acknowledged and is not there, or did not reach the end it has to reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from .book import Book
from .facts import Facts


def lost(book: Book, facts: Facts) -> list[str]:
    """A sentence for each thing that is lost."""
    return [
        *_orders(book, facts),
        *_files(book, facts),
        *_money(book, facts),
        *_receipts(book, facts),
        *_bookings(book, facts),
        *_events(facts),
    ]


def _orders(book: Book, facts: Facts) -> Iterator[str]:
    """Every order acknowledged over the API is there, in the state it has to end in."""
    status = {row["order_id"]: row["status"] for row in facts.rows["orders"]}
    for key, taken in book.orders.items():
        seen = status.get(taken.order_id)
        if seen is None:
            yield f"{taken.order_id} ({key}) was acknowledged, and order_intake has it not"
        elif seen != taken.order.end:
            yield f"{taken.order_id} ({taken.order.case}) is {seen}, not {taken.order.end}"
    yield from _lines(facts)


def _lines(facts: Facts) -> Iterator[str]:
    """A completed order shipped and billed all that was not cancelled, in every store."""
    done = {row["order_id"] for row in facts.rows["orders"] if row["status"] == "completed"}
    shipped = {(r["order_id"], r["line_no"]): r["shipped"] for r in facts.rows["shipped"]}
    billed = {(r["order_id"], r["line_no"]): r["quantity"] for r in facts.rows["invoiced"]}
    for row in facts.rows["lines"]:
        line = row["order_id"], row["line_no"]
        due = row["ordered"] - row["cancelled"]
        if row["order_id"] not in done:
            continue
        for what, there in (("shipped", shipped), ("invoiced", billed)):
            if there.get(line, Decimal(0)) < due:
                yield f"{line[0]} line {line[1]}: {there.get(line, 0)} of {due} {what}"


def _files(book: Book, facts: Facts) -> Iterator[str]:
    """Every file that was taken became an order, and the order went its way."""
    status = {row["order_id"]: row["status"] for row in facts.rows["orders"]}
    orders = {r["po_number"]: r["order_id"] for r in facts.rows["documents"] if r["order_id"]}
    for po_number in book.files:
        order_id = orders.get(po_number)
        if order_id is None:
            yield f"the 850 {po_number} was put into the inbox and became no order"
        elif status.get(order_id) != "completed":
            yield f"{order_id} from the 850 {po_number} is {status.get(order_id)}, not completed"


def _money(book: Book, facts: Facts) -> Iterator[str]:
    """Payments and returns that were acknowledged are there and had their effect."""
    applied = {(row["payment_id"], row["invoice_id"]) for row in facts.rows["applied"]}
    for paid in book.payments:
        if (paid.payment_id, paid.invoice_id) not in applied:
            yield f"payment {paid.payment_id} is not applied to {paid.invoice_id}"
    state = {row["return_id"]: row["state"] for row in facts.rows["returns"]}
    credited = Counter[str]()
    for row in facts.rows["credited"]:
        credited[row["return_id"]] += row["quantity"]
    for return_id in book.returns:
        if state.get(return_id) != "closed":
            yield f"{return_id} is {state.get(return_id)}, not closed"
        if credited[return_id] < 2:
            yield f"{return_id}: {credited[return_id]} of 2 credited"


def _receipts(book: Book, facts: Facts) -> Iterator[str]:
    """Every counted receipt is in the stock."""
    there = {(r["sku"], r["warehouse_id"]): r["quantity"] for r in facts.rows["received"]}
    for place, quantity in receipts(book).items():
        if there.get(place, Decimal(0)) < quantity:
            yield f"{place}: {there.get(place, 0)} of {quantity} received"


def receipts(book: Book) -> dict[tuple[str, str], Decimal]:
    """What was received, by SKU and warehouse, as the outside knows it."""
    found: dict[tuple[str, str], Decimal] = {}
    for receipt in book.receipts.values():
        place = receipt["sku"], receipt["warehouse_id"]
        found[place] = found.get(place, Decimal(0)) + Decimal(receipt["quantity"])
    return found


def _bookings(book: Book, facts: Facts) -> Iterator[str]:
    """The ERP has booked every accepted order, every invoice and every credit memo."""
    booked = {(entry["kind"], entry["document_id"]) for entry in facts.ledger}
    due = [
        ("sales-orders", row["order_id"])
        for row in facts.rows["orders"]
        if row["status"] == "completed"
    ]
    due += [("invoices", row["invoice_id"]) for row in facts.rows["invoices"]]
    due += [("credit-memos", row["credit_memo_id"]) for row in facts.rows["memos"]]
    for kind, document in due:
        if (kind, document) not in booked:
            yield f"the ERP has no {document} among its {kind}"


def _events(facts: Facts) -> Iterator[str]:
    """Every event that a service has said is in its stream."""
    there = {message.id for message in facts.stored}
    for service, rows in facts.said.items():
        for row in rows:
            if row["event_id"] not in there:
                yield f"{row['type']} {row['key']} of {service} is in no stream"
