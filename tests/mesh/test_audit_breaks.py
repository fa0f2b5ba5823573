"""The audit can fail: every invariant is broken by hand, found, named, and clean again after."""

from __future__ import annotations

import pytest
from breaks import BREAKS, Break
from hands import Hands
from story import Story

pytestmark = pytest.mark.mesh

LONG = pytest.mark.long
ALL = [(number, broken) for number, ways in BREAKS.items() for broken in ways]


def says(texts: list[str], words: str) -> bool:
    """Whether one sentence has all parts of the words."""
    return any(all(part in text for part in words.split("||")) for text in texts)


@pytest.mark.parametrize(("number", "broken"), ALL, ids=[broken.__name__ for _, broken in ALL])
async def test_what_is_broken_is_found(
    hands: Hands, story: Story, number: int, broken: Break
) -> None:
    """Exactly what was broken is violated, in a sentence with its values; put right, nothing is."""
    async with broken(hands, story) as expected:
        found = await hands.audited()
        assert set(found) == expected.invariants
        assert says(found[number], expected.says), found[number]
    assert await hands.audited() == {}


@pytest.mark.parametrize("number", [1, *(pytest.param(n, marks=LONG) for n in BREAKS if n > 1)])
async def test_the_command_fails_on_a_violation(hands: Hands, story: Story, number: int) -> None:
    """`crossdock audit --json` exits 1 and names the invariant, its check and the values."""
    async with BREAKS[number][0](hands, story) as expected:
        said = await hands.crossdock("audit", "--json")
    assert said.code == 1
    assert said.json["violations"] >= 1
    violated = {row["number"]: row for row in said.json["invariants"] if row["violations"]}
    assert set(violated) == expected.invariants
    texts = [violation["text"] for violation in violated[number]["violations"]]
    assert says(texts, expected.says), texts
    assert await hands.audited() == {}


async def test_the_command_tells_people(hands: Hands, story: Story) -> None:
    """Without --json there is a row for each invariant and a sentence for each violation."""
    async with BREAKS[2][0](hands, story) as expected:
        said = await hands.crossdock("audit")
    assert said.code == 1
    assert f"violation of 2: {expected.says}" in said.out
    assert (await hands.crossdock("audit", "--json")).code == 0


async def test_what_is_on_its_way_is_no_violation(hands: Hands) -> None:
    """While invoicing is stopped, goods left unbilled are in flight and named; then none is."""
    hands.stop("invoicing")
    try:
        orders = [await hands.order(("SAF-GLS-CLR", 2)) for _ in range(4)]
        waiting = {f"{order} line 1: shipped 2, but invoiced 0" for order in orders}

        async def all_shipped() -> bool:
            for row in (await hands.get("order_intake", "/orders"))["orders"]:
                if row["order_id"] in orders:
                    order = await hands.get("order_intake", f"/orders/{row['order_id']}")
                    if float(order["lines"][0]["shipped"]) < 2:
                        return False
            return True

        await hands.until("all shipped", all_shipped)
        said = await hands.crossdock("audit", "--json")
        assert (said.code, said.json["violations"]) == (0, 0)
        named = {d["text"]: d["because"] for d in said.json["invariants"][0]["in_flight"]}
        assert waiting <= set(named)
        for text in waiting:
            assert any("above lane invoicing-on-shipments" in why for why in named[text])
    finally:
        await hands.start("invoicing")
    await hands.completed(*orders)
    await hands.quiet()
    said = await hands.crossdock("audit", "--json")
    assert (said.code, said.json["violations"], said.json["in_flight"]) == (0, 0, 0)


async def test_looks_while_orders_flow_find_no_violation(hands: Hands) -> None:
    """The stores are read while they change, and nothing that moves is taken for a violation."""
    orders = []
    for _ in range(8):
        orders += [await hands.order(("SAF-GLS-CLR", 1), ("BRG-6204-2RS", 1)) for _ in range(2)]
        assert await hands.audited(rounds=3) == {}
    await hands.completed(*orders)
    await hands.quiet()
    assert await hands.audited() == {}
