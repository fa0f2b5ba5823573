"""What may come back, and what becomes of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from returns import domain
from returns.domain import (
    AskedLine,
    CountedLine,
    JudgedLine,
    Refusal,
    Return,
    ReturnedLine,
    ShippedLine,
    TooMuch,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def asked(quantity: int | str, line_no: int = 1) -> AskedLine:
    """A wish to send so many back."""
    return AskedLine(line_no=line_no, quantity=Decimal(quantity), reason_code="damaged")


def shipped(value: int, n: int = 1, taken: int = 0, invoiced: bool = True) -> ShippedLine:
    """So many of line 1 in the nth shipment."""
    return ShippedLine(
        line_no=1,
        sku="A",
        uom="EA",
        shipment_id=f"SHP-1-{n}",
        invoice_id=f"INV-1-{n}" if invoiced else None,
        shipped=Decimal(value),
        taken=Decimal(taken),
    )


def returned(*authorized: int, state: str = "authorized", received: bool = False) -> Return:
    """An RMA for line 1, so many of each shipment."""
    lines = tuple(
        ReturnedLine(
            line_no=1,
            sku="A",
            uom="EA",
            shipment_id=f"SHP-1-{n}",
            invoice_id=f"INV-1-{n}",
            reason_code="damaged",
            reason_text="",
            authorized=Decimal(value),
            received=Decimal(value if received else 0),
        )
        for n, value in enumerate(authorized, 1)
    )
    fresh = Return(
        return_id="RMA-1-1",
        order_id="ORD-1",
        customer_id="C1",
        state="authorized",
        asked_by="Ann",
        authorized_at=NOW,
        lines=lines,
    )
    return replace(fresh, state=state)


def judged(quantity: int, disposition: Any = "restock", **more: Any) -> JudgedLine:
    """A judgement of line 1."""
    return JudgedLine(line_no=1, quantity=Decimal(quantity), disposition=disposition, **more)


def refused(code: str) -> Any:
    """The refusal with this code."""
    return pytest.raises(Refusal, check=lambda error: error.code == code)


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=4),
    st.lists(st.integers(1, 30), max_size=12),
)
def test_never_returns_more_than_shipped(amounts: list[int], wishes: list[int]) -> None:
    """However often somebody asks, no shipment takes back more than it brought."""
    lines = [shipped(amount, n) for n, amount in enumerate(amounts, 1)]
    given = 0
    for wish in wishes:
        if wish > sum(amounts) - given:
            with pytest.raises(TooMuch):
                domain.authorize((asked(wish),), lines)
            continue
        backs = domain.authorize((asked(wish),), lines)
        assert sum(back.quantity.value for back in backs) == wish
        given += wish
        for back in backs:
            at = next(i for i, x in enumerate(lines) if x.shipment_id == back.shipment_id)
            lines[at] = replace(lines[at], taken=lines[at].taken + back.quantity.value)
    assert all(0 <= line.taken <= line.shipped for line in lines)


def test_the_oldest_shipment_takes_back_first() -> None:
    """Five against three and four: three of the first, two of the second, each with its invoice."""
    first, second = domain.authorize((asked(5),), [shipped(3), shipped(4, 2)])
    assert (first.shipment_id, first.quantity.value, first.invoice_id) == ("SHP-1-1", 3, "INV-1-1")
    assert (second.shipment_id, second.quantity.value) == ("SHP-1-2", 2)


def test_too_much_is_told_with_the_numbers() -> None:
    """The reasons name asked, shipped and returned before, for every line that is wrong."""
    with pytest.raises(TooMuch) as caught:
        domain.authorize((asked(5), asked(1, line_no=2)), [shipped(6, taken=2)])
    first, second = caught.value.reasons
    assert first.text == "line 1: 5 asked for, 6 shipped, 2 of it returned before"
    assert (second.code, second.line_no) == ("nothing_shipped", 2)


def test_what_is_not_invoiced_waits() -> None:
    """There is nothing to credit yet."""
    with refused("not_invoiced_yet"):
        domain.authorize((asked(1),), [shipped(3, invoiced=False)])


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1E+999999", "0.0000001"])
def test_absurd_quantities_are_no_wish(quantity: str) -> None:
    """They do not even decode."""
    with pytest.raises(ValueError, match="quantity must"):
        asked(quantity)


def test_a_line_is_named_once_and_at_least_one_is() -> None:
    """Ambiguous and empty wishes are refused."""
    with refused("line_twice"):
        domain.authorize((asked(1), asked(1)), [shipped(3)])
    with refused("no_lines"):
        domain.authorize((), [shipped(3)])


def test_uncounted_parcels_are_complete() -> None:
    """Without lines everything authorized is back."""
    assert domain.receive(returned(3, 2), ()) == [3, 2]


def test_a_count_fills_the_oldest_shipment_first() -> None:
    """Four of three and two: all of the first, one of the second."""
    assert domain.receive(returned(3, 2), (CountedLine(line_no=1, quantity=Decimal(4)),)) == [3, 1]
    named = CountedLine(line_no=1, quantity=Decimal(1), shipment_id="SHP-1-2")
    assert domain.receive(returned(3, 2), (named,)) == [0, 1]


def test_more_in_the_parcel_than_authorized_is_refused() -> None:
    """What nobody authorized does not come in with what was."""
    with refused("more_than_authorized"):
        domain.receive(returned(3), (CountedLine(line_no=1, quantity=Decimal(4)),))


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(["restock", "scrap"]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
)
def test_never_judges_more_than_received(
    amounts: list[int], judgements: list[tuple[int, str, bool]]
) -> None:
    """Every judged unit was received, is judged once, and keeps its judgement."""
    it = returned(*amounts, state="received", received=True)
    lines = tuple(judged(q, disposition, credit=credit) for q, disposition, credit in judgements)
    if sum(q for q, _, _ in judgements) > sum(amounts):
        with refused("more_than_received"):
            domain.inspect(it, lines)
        return
    result = domain.inspect(it, lines)
    for n, amount in enumerate(amounts, 1):
        of_it = [x.quantity.value for x in result if x.shipment_id == f"SHP-1-{n}"]
        assert sum(of_it) <= amount
    for credit in (True, False):
        wanted = sum(q for q, _, c in judgements if c is credit)
        assert sum(x.quantity.value for x in result if x.credit is credit) == wanted


def test_the_same_judgement_of_the_same_goods_is_one() -> None:
    """Or one line of a return would be credited by two lines of a credit memo."""
    [line] = domain.inspect(returned(5, state="received", received=True), (judged(2), judged(3)))
    assert line.quantity.value == 5


@pytest.mark.parametrize("state", ["received", "inspected", "closed"])
def test_goods_come_back_once(state: str) -> None:
    """A second receipt is out of turn."""
    with refused("wrong_state"):
        domain.receive(returned(3, state=state), ())


@pytest.mark.parametrize("state", ["authorized", "inspected", "closed"])
def test_goods_are_judged_once_and_not_before_they_are_here(state: str) -> None:
    """An inspection needs a receipt, and is final."""
    with refused("wrong_state"):
        domain.inspect(returned(3, state=state), (judged(1),))


def test_settled_when_every_creditable_unit_is_credited() -> None:
    """What earns no credit waits for none."""
    line = returned(3).lines[0]
    open_line = replace(line, creditable=Decimal(2), credited=Decimal(1))
    assert domain.settled([line])
    assert not domain.settled([line, open_line])
    assert domain.settled([line, replace(open_line, credited=Decimal(2))])
