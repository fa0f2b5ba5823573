"""Questions asked while a caller waits: an answer, or None within the deadline; never an error."""

import asyncio

from sample.app import BROKEN, replica

from crossdock.testing import at_desk
from crossdock_contracts.inventory import AvailabilityAnswered, AvailabilityAsked

ASKED = AvailabilityAsked(skus=("A1",))


async def timed(asking) -> tuple[object, float]:
    """An answer, and the seconds it took."""
    clock = asyncio.get_running_loop().time
    started = clock()
    return await asking, clock() - started


async def test_a_question_is_answered(desk):
    """The answer is decoded into its type."""
    assert await desk.service.ask(ASKED, deadline=2) == AvailabilityAnswered(items=())


async def test_nobody_there_is_none_at_once(desk):
    """The broker knows that nobody listens: the deadline need not pass."""
    from crossdock_contracts import Question

    class Nobody(Question[AvailabilityAnswered], frozen=True, kw_only=True, tag="stars.asked.v1"):
        """Nobody answers this."""

    answer, seconds = await timed(desk.service.ask(Nobody(), deadline=5))
    assert answer is None
    assert seconds < 2


async def test_an_answer_that_fails_or_dawdles_is_none_at_the_deadline(desk):
    """A bug on the other side is an absent answer here."""
    for broken in (ZeroDivisionError("told to"), asyncio.Event()):
        BROKEN["answer"] = broken
        answer, seconds = await timed(desk.service.ask(ASKED, deadline=0.3))
        assert answer is None
        assert seconds < 2
    BROKEN.pop("answer")
    assert await desk.service.ask(ASKED, deadline=2) is not None


async def test_an_absent_broker_is_none_at_the_deadline(desk, nats_server):
    """Whoever asks can go on without an answer."""
    await asyncio.to_thread(nats_server.kill)
    answer, seconds = await timed(desk.service.ask(ASKED, deadline=0.3))
    assert answer is None
    assert seconds < 2
    await asyncio.to_thread(nats_server.start)


async def test_one_replica_answers_each_question(desk):
    """Replicas share the questions; a question is answered once."""
    settings = desk.runtime.settings
    async with at_desk(replica(), settings.nats_url, settings.database_url) as second:
        BROKEN["answered"] = []
        answers = await asyncio.gather(*(desk.service.ask(ASKED, deadline=5) for _ in range(40)))
        assert all(answer is not None for answer in answers)
        assert len(BROKEN["answered"]) == 40
        assert second.runtime.ready
