"""What handlers have to know is looked up for a whole batch, and is as fresh as if alone."""

from sample.app import BROKEN
from sample.tools import completed, heard


async def test_a_batch_looks_once_and_a_key_that_comes_again_looks_anew(desk):
    """Many orders cost few looks; the second event of an order finds what the first one wrote."""
    await desk.deliver(*(completed(n) for n in range(100)), *(completed(n) for n in range(10)))
    assert sorted(await heard(desk)) == sorted(
        [(f"ORD-{n}", "0") for n in range(100)] + [(f"ORD-{n}", "1") for n in range(10)]
    )
    assert sum(BROKEN["looks"]) == 110
    assert max(BROKEN["looks"]) > 1
