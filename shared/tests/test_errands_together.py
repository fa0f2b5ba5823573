"""Errands of a kind in one call: settled together, and one that fails is alone with it."""

from sample.app import BROKEN, Parcel
from sample.tools import heard, query, until

from crossdock.errors import Reject, RetryLater

TRACES = [f"00-{n:032x}-{n:016x}-01" for n in range(1, 7)]


async def ask(desk, *texts: str) -> None:
    """An errand per text, each of an order and a trace of its own, all of one commit."""
    async with desk.begin() as tx:
        for number, text in enumerate(texts):
            tx.trace = type(tx.trace).read(TRACES[number])
            tx.errand(Parcel(text=text), key=f"ORD-{number}")


async def test_what_is_due_goes_in_one_call_and_each_keeps_its_trace(desk):
    """One call, one settlement; what is said of each belongs to the trace that asked for it."""
    await ask(desk, *"abcdef")
    await desk.errands_done()
    assert BROKEN["parcels"] == [list("abcdef")]
    assert await heard(desk) == [
        (f"ORD-{n}", f"{text} {TRACES[n][3:35]}") for n, text in enumerate("abcdef")
    ]


async def test_one_that_is_refused_ends_alone(desk):
    """The others of its call are settled; it is dead, with its reason."""
    BROKEN["fail:b"] = Reject("no such dock", code="no_dock")
    await ask(desk, *"abc")
    await desk.errands_done()
    assert [text[0] for _, text in await heard(desk)] == ["a", "c"]
    [dead] = await query(desk, "select key, error from crossdock.errands where state = 'dead'")
    assert (dead["key"], "no such dock" in dead["error"]) == ("ORD-1", True)


async def test_a_poison_one_does_not_spoil_its_neighbours(desk):
    """When a call of many fails, each is tried alone."""
    BROKEN["b"] = ZeroDivisionError("told to")
    await ask(desk, *"abc")

    async def others_done() -> bool:
        return len(await heard(desk)) == 2

    await until(others_done)
    assert [text[0] for _, text in await heard(desk)] == ["a", "c"]
    assert BROKEN["parcels"][:4] == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    del BROKEN["b"]
    await desk.errands_done()
    assert sorted(text[0] for _, text in await heard(desk)) == ["a", "b", "c"]


async def test_an_outage_of_the_other_side_is_waited_out_together(desk):
    """What time will cure is not tried one by one."""
    BROKEN["b"] = RetryLater("away", after=0.5)
    await ask(desk, *"abc")

    async def tried() -> bool:
        rows = await query(desk, "select attempts from crossdock.errands")
        return [row["attempts"] for row in rows] == [1, 1, 1]

    await until(tried)
    assert BROKEN["parcels"] == [["a", "b", "c"]]
    del BROKEN["b"]
    await desk.errands_done()
    assert sorted(text[0] for _, text in await heard(desk)) == ["a", "b", "c"]
