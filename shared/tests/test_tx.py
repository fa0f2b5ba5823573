"""The open transaction: what waits keeps its order, what is not owned is not said."""

import asyncio

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sample.tools import cancelled, heard, query

from crossdock.telemetry import Trace
from crossdock.tx import Tx, _target
from crossdock_contracts.shipments import v1 as shipments_v1
from crossdock_contracts.shipped import examples

STATEMENTS = {
    "insert into a values ($1)": "a",
    "insert into A (x, y) values ($1, $2)": "a",
    "update only a set x = $1": "a",
    "delete from public.a where x = $1": "a",
    'update "a" set x = $1': "a",
    "insert into b values ($1)": "b",
    "\n  update b set x = $1": "b",
    "with old as (select 1) update a set x = $1": "",
    "select set_a($1)": "",
    "merge into b using c on true when matched then delete": "",
}


class Noted:
    """A connection that only notes what is sent to it, in order."""

    def __init__(self):
        self.sent = []

    async def execute(self, sql, *args):
        """Note one row."""
        self.sent.append((sql, args))

    async def executemany(self, sql, rows):
        """Note many rows."""
        self.sent += [(sql, row) for row in rows]

    async def fetchval(self, sql, *args):
        """Note a read."""
        self.sent.append((sql, args))


def new_tx(connection=None) -> Tx:
    """A transaction on a connection that only notes."""
    return Tx(connection or Noted(), "sample", frozenset({"shipments"}), Trace.new())


def test_what_was_superseded_is_said_no_more():
    """Whoever hears it is spared a second version of everything."""
    [(_, body), *_] = examples("shipments.shipped.v1")
    old = msgspec.json.decode(body, type=shipments_v1.ShipmentShipped)
    with pytest.raises(TypeError, match=r"superseded: emit shipments.shipped.v2"):
        new_tx().emit(old)


@pytest.mark.parametrize(("sql", "table"), STATEMENTS.items())
def test_the_table_of_a_deferred_statement_is_told_or_unknown(sql, table):
    """Spelling does not make one table two; what cannot be told is said to be unknown."""
    assert _target(sql) == table


@given(st.lists(st.sampled_from(list(STATEMENTS)), max_size=40))
def test_deferred_writes_to_one_table_keep_their_order(statements):
    """Grouping moves a write only past writes to other tables, and past none it cannot read."""
    connection = Noted()
    tx = new_tx(connection)
    for number, sql in enumerate(statements):
        tx.write(sql, number)
    asyncio.run(tx.flush())
    sent = [(sql, args[0]) for sql, args in connection.sent]
    assert sorted(number for _, number in sent) == list(range(len(statements)))
    for table in ("a", "b"):
        mine = [number for sql, number in sent if STATEMENTS[sql] in (table, "")]
        assert mine == sorted(mine)


def test_equal_statements_go_out_as_one_pipeline():
    """Two tables in turn are two groups, however many rows there are."""
    groups = []

    class Grouped(Noted):
        """Notes the size of each group."""

        async def executemany(self, sql, rows):
            """Note a group."""
            groups.append((sql, len(rows)))

    tx = new_tx(Grouped())
    for number in range(10):
        tx.write("insert into a values ($1)", number)
        tx.write("insert into b values ($1)", number)
    asyncio.run(tx.flush())
    assert groups == [("insert into a values ($1)", 10), ("insert into b values ($1)", 10)]


def test_deferred_writes_go_out_before_a_read():
    """A later read sees them."""
    connection = Noted()
    tx = new_tx(connection)
    tx.write("insert into a values ($1)", 1)
    asyncio.run(tx.fetchval("select count(*) from a"))
    assert [sql for sql, _ in connection.sent] == [
        "insert into a values ($1)",
        "select count(*) from a",
    ]


def test_an_event_of_a_noun_not_owned_is_refused():
    """Only the owner of a noun may say what happened to it."""
    with pytest.raises(TypeError, match=r"sample does not own orders: .*orders.cancelled.v1"):
        new_tx().emit(cancelled(1))


@pytest.mark.parametrize("key", ["", "x" * 1001, "\N{EURO SIGN}" * 112])
def test_an_event_whose_key_no_subject_takes_is_refused_where_it_is_said(key):
    """In the outbox it would hold back everything behind it for ever."""
    tx = new_tx()
    with pytest.raises(ValueError, match=r"exceptions.raised.v1.* (empty|too long)"):
        tx.raise_exception(code="late", text="too late", team="finance", about=key)
    assert not tx.emitted


def test_an_event_larger_than_the_broker_takes_is_refused_where_it_is_said():
    """The handler that says it fails; nobody else waits for it."""
    with pytest.raises(ValueError, match=r"exceptions.raised.v1 x: 1000.* bytes, at most"):
        new_tx().raise_exception(code="late", text="x" * 1_000_000, team="finance", about="x")


def test_exceptions_may_be_raised_by_every_service():
    """`exceptions.raised` is the one subject that everybody may publish."""
    tx = new_tx()
    tx.raise_exception(code="late", text="too late", team="finance", about="ORD-1")
    assert tx.emitted


def test_a_derived_id_is_the_same_every_time_and_its_parts_do_not_run_together():
    """A replay makes the same id; ("a", "bc") and ("ab", "c") are different things."""
    tx = new_tx()
    assert tx.derived_id("INV", 1) == tx.derived_id("INV", 1)
    assert tx.derived_id("a", "bc") != tx.derived_id("ab", "c")
    first, second = tx.new_id(), tx.new_id()
    assert first.version == 7
    assert first.int >> 80 <= second.int >> 80


async def test_a_transaction_that_fails_leaves_nothing(desk):
    """Writes, events and errands commit together, or nothing does."""
    from sample.app import Call

    async def fail() -> None:
        """Do everything, then fail."""
        async with desk.begin() as tx:
            tx.write("insert into heard (order_id, text) values ($1, $2)", "ORD-1", "x")
            tx.raise_exception(code="late", text="too late", team="finance", about="ORD-1")
            tx.errand(Call(text="never"), key="ORD-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await heard(desk) == []
    assert await query(desk, "select 1 from crossdock.outbox") == []
    assert await query(desk, "select 1 from crossdock.errands") == []


async def test_a_deferred_write_that_fails_fails_the_transaction(desk):
    """A constraint is checked before the commit, even for what was deferred."""
    written = desk.begin()
    tx = await written.__aenter__()
    tx.write("insert into heard (order_id, text) values ($1, $2)", None, "x")
    with pytest.raises(Exception, match="null value in column"):
        await written.__aexit__(None, None, None)
    assert await heard(desk) == []


async def test_lanes_that_share_counters_never_deadlock(desk):
    """Hundreds of orders over few counters in every order: locks sorted, nobody waits in a ring."""
    events = [cancelled(n % 40, str(n), code="abc"[n * 7 % 3]) for n in range(600)]
    with structlog.testing.capture_logs() as logs:
        await desk.deliver(*events)
    rows = await query(desk, "select name, n from counters order by name")
    assert {row["name"]: row["n"] for row in rows} == {"a": 200, "b": 200, "c": 200}
    assert await desk.parked() == []
    assert [line for line in logs if "batch met" in line["event"]] == []


async def test_locks_are_taken_in_one_order_whatever_the_order_of_their_names(desk):
    """Transactions that name the same locks in opposite orders finish one after the other."""

    async def hold_both(*names: str) -> None:
        """Lock names, then let others run."""
        async with desk.begin() as tx:
            await tx.lock(*names)
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(hold_both("x", "y", "z") for _ in range(20)),
            *(hold_both("z", "y", "x") for _ in range(20)),
        )
