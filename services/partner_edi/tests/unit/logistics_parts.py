"""The parts of documents, as hypothesis makes them: names, amounts, places, goods."""

from __future__ import annotations

import string
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from crossdock_contracts import Address, Money, Quantity
from partner_edi.edi.mapping.goods import Goods

LETTERS = string.ascii_uppercase + string.digits
name = st.text(LETTERS, min_size=2, max_size=12)
maybe = st.one_of(st.just(""), name)
words = st.one_of(st.just(""), st.text(LETTERS + " ", min_size=4, max_size=25).map(str.strip))
words = words.filter(lambda text: text == "" or len(text) > 1)
count = st.integers(1, 10**8).map(lambda n: Decimal(n) / 1000)
units = st.sampled_from(["EA", "CA", "LB", "KG"])
quantity = st.builds(Quantity, count, units)
cents = st.integers(0, 10**8).map(lambda n: Decimal(n) / 100)
money = st.builds(Money, cents, st.just("USD"))
day = st.dates(date(2020, 1, 1), date(2039, 12, 31))
moment = st.datetimes(datetime(2020, 1, 1), datetime(2039, 1, 1)).map(  # noqa: DTZ001 - zoned below
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
two = st.dictionaries(st.sampled_from(["VN", "UP"]), name, min_size=1, max_size=2)
items = st.dictionaries(st.sampled_from(["VN", "UP", "BP", "MG"]), name, min_size=1, max_size=3)
one = st.dictionaries(st.sampled_from(["VN", "UP"]), name, min_size=1, max_size=1)
region = st.sampled_from(["NC", "TX"])
address = st.builds(
    Address,
    name=name,
    street=st.lists(name, min_size=1, max_size=2).map(tuple),
    city=name,
    region=region,
    postal_code=st.text(string.digits, min_size=5, max_size=5),
    country=st.sampled_from(["US", "CA"]),
    location_code=maybe,
)


def some(of: Any, most: int = 3) -> Any:
    """One to `most` of them."""
    return st.lists(of, min_size=1, max_size=most).map(tuple)


def goods(ids: Any, described: Any = words) -> Any:
    """Lines of goods."""
    return some(st.builds(Goods, number=name, items=ids, quantity=quantity, description=described))


def numbered(lines: Sequence[Any]) -> tuple[Any, ...]:
    """Lines with the numbers that lines have."""
    found = [msgspec.structs.replace(line, number=str(n)) for n, line in enumerate(lines, 1)]
    return tuple(found)
