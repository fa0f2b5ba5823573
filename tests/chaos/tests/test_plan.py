"""The plan and the orders are pure functions of what a run is told."""

from collections import Counter

import pytest
from crossdock_chaos import strikes
from crossdock_chaos.options import Options, chosen, safeguard
from crossdock_chaos.orders import MIX, SHARES, demand, make_orders, opening
from crossdock_chaos.plan import KINDS, make_plan

from crossdock.errors import NotReady


def test_the_same_seed_gives_the_same_plan():
    """Seed, duration and faults decide every strike, and another seed decides otherwise."""
    first = make_plan(7, 120, tuple(KINDS))
    assert first == make_plan(7, 120, tuple(KINDS))
    assert first != make_plan(8, 120, tuple(KINDS))


@pytest.mark.parametrize("duration", [20, 75, 600])
def test_each_kind_strikes_at_least_once_while_there_is_load(duration):
    """However short a run is, every kind that was asked for is in it, within its time."""
    plan = make_plan(1, duration, tuple(KINDS))
    assert {strike.kind for strike in plan} == set(KINDS)
    assert all(0 < strike.at < duration for strike in plan)
    assert plan == sorted(plan, key=lambda strike: strike.at)


def test_a_longer_run_strikes_more_often():
    """Ten minutes of all kinds bring each of them several times."""
    counts = Counter(strike.kind for strike in make_plan(1, 600, tuple(KINDS)))
    assert min(counts.values()) >= 3


def test_every_kind_has_a_deed():
    """No kind of fault is only a word."""
    assert set(strikes.DEEDS) == set(KINDS)


def test_faults_are_chosen_by_name():
    """`all` and `none` are words; an unknown name is refused with those there are."""
    assert chosen("all") == Options().faults == tuple(KINDS)
    assert chosen("none") == ()
    assert chosen("poison, freeze") == ("poison", "freeze")
    with pytest.raises(NotReady, match="flood"):
        chosen("flood")
    with pytest.raises(NotReady, match="luck"):
        safeguard("luck")


def test_the_orders_take_every_path():
    """A few dozen orders already hold each case, and the same seed gives the same ones."""
    orders = make_orders(3, 40)
    assert orders == make_orders(3, 40)
    assert {order.case for order in orders} >= set(MIX)
    assert len({order.key for order in orders}) == 40


def test_stock_is_enough_over_all_warehouses_and_in_none_alone():
    """So orders are split, and still all of them can be completed."""
    orders = make_orders(3, 500)
    stock = Counter()
    for receipt in opening(orders):
        stock[receipt["sku"]] += int(receipt["quantity"])
    need = demand(orders)
    assert sum(SHARES.values()) > 1 > max(SHARES.values())
    assert all(stock[sku] >= need[sku] for sku in stock)
