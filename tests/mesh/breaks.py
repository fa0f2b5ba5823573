"""Every way that these tests break an invariant by hand, and how each is put right again.

Each yields what the audit must say meanwhile: the invariants that are violated, and words of the
sentence that names the values.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

from hands import Hands
from story import CUSTOMER, Story

from crossdock.outbox import headers_of, subject_of
from crossdock.wire import read_headers

NOWHERE = UUID(int=1)


class Expected(NamedTuple):
    """The invariants that are violated now, and what a sentence about the first of them says."""

    invariants: set[int]
    says: str


Break = Callable[[Hands, Story], AbstractAsyncContextManager[Expected]]


@asynccontextmanager
async def changed(hands: Hands, service: str, change: str, back: str, *args: Any) -> Any:
    """Run one statement, and another that undoes it."""
    await hands.sql(service, change, *args)
    try:
        yield
    finally:
        await hands.sql(service, back, *args)


@asynccontextmanager
async def deleted(hands: Hands, service: str, table: str, where: str, *args: Any) -> Any:
    """Delete rows as nobody may, and put them back as they were."""
    async with hands.store(service) as db:
        await db.execute("set session_replication_role = replica")
        rows = await db.fetch(
            f"delete from {table} t where {where} returning to_jsonb(t)::text as row", *args
        )
        assert len(rows) == 1, f"{table} where {where}"
    try:
        yield
    finally:
        async with hands.store(service) as db:
            columns = await db.fetchval(
                """select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                   where attrelid = $1::regclass and attnum > 0 and not attisdropped
                     and attgenerated = ''""",
                table,
            )
            await db.execute(
                f"""insert into {table} ({columns}) overriding system value
                    select {columns} from jsonb_populate_record(null::{table}, $1::jsonb)""",
                rows[0]["row"],
            )


@asynccontextmanager
async def a_line_counts_too_much(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Order intake says that one piece more is open."""
    where = "where order_id = $1 and line_no = 1"
    change, back = (f"update order_lines set open = open {sign} 1 {where}" for sign in "+-")
    async with changed(hands, "order_intake", change, back, story.plain):
        yield Expected(
            {1},
            f"{story.plain} line 1: ordered 10, but open 1 + reserved 0 + backordered 0"
            " + shipped 10 + cancelled 0 = 11",
        )


@asynccontextmanager
async def a_line_is_billed_too_little(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Order intake forgot that two pieces were billed."""
    where = "where order_id = $1 and line_no = 1"
    change, back = (f"update order_lines set invoiced = invoiced {sign} 2 {where}" for sign in "-+")
    async with changed(hands, "order_intake", change, back, story.plain):
        yield Expected({1}, f"{story.plain} line 1: shipped 10, but invoiced 8")


@asynccontextmanager
async def a_backorder_from_nowhere(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Inventory waits for stock that nobody ordered."""
    change = """insert into backorders (order_id, line_no, sku, uom, quantity, since)
                values ($1, 1, 'BRG-6204-2RS', 'EA', 3, now())"""
    back = "delete from backorders where order_id = $1"
    async with changed(hands, "inventory_sync", change, back, story.plain):
        yield Expected({1}, "backordered is 0 in order_intake, but 3 in inventory_sync")


@asynccontextmanager
async def stock_from_nowhere(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Five bearings more than ever came in."""
    where = "where sku = 'BRG-6206-2RS' and warehouse_id = 'WEST'"
    change, back = (f"update stock set on_hand = on_hand {sign} 5 {where}" for sign in "+-")
    async with changed(hands, "inventory_sync", change, back):
        yield Expected(
            {2},
            "BRG-6206-2RS in WEST: on hand 2005, but opening 2000 + received 0 + restocked 0"
            " + adjusted 0 - shipped 0 = 2000",
        )


@asynccontextmanager
async def stock_is_promised_to_nobody(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Seven pieces are reserved, for no order."""
    where = "where sku = 'BRG-6206-2RS' and warehouse_id = 'WEST'"
    change, back = (f"update stock set reserved = reserved {sign} 7 {where}" for sign in "+-")
    async with changed(hands, "inventory_sync", change, back):
        yield Expected({2}, "BRG-6206-2RS in WEST: reserved 7, but open reservations are 0")


@asynccontextmanager
async def an_invoice_is_gone(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """A shipment without its invoice: lines, receivables and the ERP miss it too."""
    [row] = await hands.sql(
        "invoicing", "select * from invoices where invoice_id = $1", story.paid_invoice
    )
    async with deleted(hands, "invoicing", "invoices", "invoice_id = $1", story.paid_invoice):
        yield Expected({3, 1, 4}, f"{row['shipment_id']} took 13 and has no invoice")


@asynccontextmanager
async def a_payment_is_applied_twice(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The key that forbids it is gone, and the row is there two times."""
    table, key = "payment_applications", "payment_applications_pkey"
    async with hands.store("invoicing") as db:
        await db.execute(f"alter table {table} drop constraint {key}")
        await db.execute(f"insert into {table} select * from {table}")
    try:
        yield Expected({3, 4}, f"{story.payment_id} on {story.paid_invoice}: applied 2 times")
    finally:
        async with hands.store("invoicing") as db:
            await db.execute(f"delete from {table} a using {table} b where a.ctid > b.ctid")
            await db.execute(
                f"alter table {table} add constraint {key} primary key (payment_id, invoice_id)"
            )


@asynccontextmanager
async def a_document_was_sent_twice(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The index that forbids it is gone, and the partner has the same invoice two times."""
    async with hands.store("partner_edi") as db:
        [index] = await db.fetch("select pg_get_indexdef('documents_once'::regclass) as made")
        await db.execute("drop index documents_once")
        await db.execute(
            """insert into documents select (jsonb_populate_record(d,
                   jsonb_build_object('document_id', d.document_id || '-again'))).*
               from documents d where order_id = $1 and set_code = '810'""",
            story.partner,
        )
    try:
        yield Expected({3}, "810 for INV-||went to SHIPPING-GROUP 2 times")
    finally:
        async with hands.store("partner_edi") as db:
            await db.execute("delete from documents where document_id like '%-again'")
            await db.execute(index["made"])


@asynccontextmanager
async def a_return_is_credited_too_much(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The inspection granted one piece less than invoicing gave back."""
    where = "where return_id = $1"
    change, back = (
        f"update return_lines set creditable = creditable {sign} 1 {where}" for sign in "-+"
    )
    async with changed(hands, "returns", change, back, story.return_id):
        yield Expected({3}, "1 to be credited, but 2 credited")


@asynccontextmanager
async def a_balance_is_a_cent_off(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The running balance of one customer differs by a cent from what it is made of."""
    where = "where document_id = $1 and kind = 'invoice'"
    change, back = (f"update receivables set amount = amount {s} 0.01 {where}" for s in "+-")
    async with changed(hands, "invoicing", change, back, story.paid_invoice):
        [account] = await hands.sql(
            "invoicing", "select * from audit.receivables where customer_id = $1", CUSTOMER
        )
        balance = account["balance"].normalize()
        yield Expected({4}, f"{CUSTOMER}: invoiced ||, but the balance is {balance:f} USD")


@asynccontextmanager
async def the_ledger_gets_another_amount(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The ERP is told to book ten dollars more than was billed."""
    where = "where document_id = $1"
    change, back = (f"update postings set amount = amount {s} 10 {where}" for s in "+-")
    async with changed(hands, "erp_bridge", change, back, story.paid_invoice):
        yield Expected({4}, "but the ERP is to book")


@asynccontextmanager
async def a_message_was_never_taken(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The inbox of invoicing lacks a shipment that its lane has passed."""
    [row] = await hands.sql(
        "shipment_tracking",
        "select event_id from crossdock.outbox where type = 'shipments.shipped.v2' and key = $1",
        story.plain,
    )
    async with deleted(hands, "invoicing", "crossdock.inbox", "message_id = $1", row["event_id"]):
        yield Expected({5}, f"(shipped {story.plain}) lies below lane invoicing-on-shipments-")


@asynccontextmanager
async def a_message_nobody_said(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The outbox lacks an event that its stream holds."""
    where = "type = 'orders.accepted.v2' and key = $1"
    async with deleted(hands, "order_intake", "crossdock.outbox", where, story.plain):
        text = f"(accepted {story.plain}) says it is from order_intake, which never said it"
        yield Expected({5}, text)


@asynccontextmanager
async def a_message_is_gone_from_its_stream(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """Somebody purged an order's acceptance; its owner publishes it again from the outbox."""
    row = await _said(hands, story)
    await _purge_first(hands, row)
    try:
        yield Expected(
            {5}, f"orders.accepted.v2 {story.plain} of order_intake is published but not"
        )
    finally:
        await _publish_again(hands, row)
        await hands.settled()


@asynccontextmanager
async def a_message_is_twice_in_its_stream(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The same event was published a second time, past the broker's deduplication."""
    row = await _said(hands, story)
    await _publish_again(hands, row)
    await hands.settled()
    try:
        yield Expected(
            {5}, f"orders.accepted.v2 {story.plain} of order_intake is 2 times in ORDERS"
        )
    finally:
        await _purge_first(hands, row)


async def _said(hands: Hands, story: Story) -> Any:
    [row] = await hands.sql(
        "order_intake",
        "select * from crossdock.outbox where type = 'orders.accepted.v2' and key = $1",
        story.plain,
    )
    return row


async def _publish_again(hands: Hands, row: Any) -> None:
    headers = read_headers(headers_of(row, "order_intake"))
    del headers["Nats-Msg-Id"]
    await hands.publish(subject_of(row), row["body"], headers)


async def _purge_first(hands: Hands, row: Any) -> None:
    """Take the first copy of an event from its stream; it is the first under its stored subject."""
    stored = await hands.stored("ORDERS")
    message = next(m for m in stored if m.id == row["event_id"])
    subject = f"orders.accepted.v2.{message.partition}"
    before = [m for m in stored if m.sequence <= message.sequence and m.verb == message.verb]
    assert [m.partition for m in before].count(message.partition) == 1
    async with hands.streams() as js:
        request = {"filter": subject, "seq": message.sequence + 1}
        assert (await js.api("STREAM.PURGE.ORDERS", request))["purged"] == 1


@asynccontextmanager
async def a_cause_that_nobody_heard(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """An event names a cause that does not exist."""
    async with _event_with(hands, story, "causation_id", NOWHERE):
        text = f"invoices.issued.v1 {story.plain} of invoicing"
        yield Expected({6}, f"was caused by {NOWHERE}, which was never heard||{text}")


@asynccontextmanager
async def an_event_is_forgotten(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """The control tower lost an event that others were caused by."""
    where = "type = 'orders.accepted.v2' and key = $1"
    [row] = await hands.sql(
        "control_tower", f"select event_id from events where {where}", story.plain
    )
    async with deleted(hands, "control_tower", "events", where, story.plain):
        yield Expected({6}, f"was caused by {row['event_id']}, which was never heard")


@asynccontextmanager
async def an_event_is_its_own_cause(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """A chain of causes that bites its tail never leads to a document."""
    [row] = await _issued(hands, story)
    async with _event_with(hands, story, "causation_id", row["event_id"]):
        yield Expected({6}, f"({row['event_id']}) is its own cause")


@asynccontextmanager
async def an_event_is_of_another_trace(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """One event of an order stands in a trace of its own."""
    async with _event_with(hands, story, "trace_id", "f" * 32):
        yield Expected({6}, f"has 2 traces: ||{'f' * 32}")


@asynccontextmanager
async def an_event_has_another_correlation(hands: Hands, story: Story) -> AsyncIterator[Expected]:
    """An event did not inherit what its cause belongs to."""
    async with _event_with(hands, story, "correlation_id", NOWHERE):
        yield Expected({6}, f"has correlation id {NOWHERE}, its cause ")


async def _issued(hands: Hands, story: Story) -> Any:
    return await hands.sql(
        "control_tower",
        "select * from events where type = 'invoices.issued.v1' and key = $1",
        story.plain,
    )


@asynccontextmanager
async def _event_with(hands: Hands, story: Story, column: str, value: Any) -> Any:
    [row] = await _issued(hands, story)
    statement = f"update events set {column} = $2 where event_id = $1"
    await hands.sql("control_tower", statement, row["event_id"], value)
    try:
        yield
    finally:
        await hands.sql("control_tower", statement, row["event_id"], row[column])


# The first of each invariant is also shown to the command.
BREAKS: dict[int, list[Break]] = {
    1: [a_line_counts_too_much, a_line_is_billed_too_little, a_backorder_from_nowhere],
    2: [stock_from_nowhere, stock_is_promised_to_nobody],
    3: [
        a_return_is_credited_too_much,
        a_document_was_sent_twice,
        a_payment_is_applied_twice,
        an_invoice_is_gone,
    ],
    4: [a_balance_is_a_cent_off, the_ledger_gets_another_amount],
    5: [
        a_message_was_never_taken,
        a_message_nobody_said,
        a_message_is_gone_from_its_stream,
        a_message_is_twice_in_its_stream,
    ],
    6: [
        a_cause_that_nobody_heard,
        an_event_is_forgotten,
        an_event_is_its_own_cause,
        an_event_is_of_another_trace,
        an_event_has_another_correlation,
    ],
}
