"""The signature is the wiring: what is wrong with it is said at import, by name."""

import msgspec
import pytest

from crossdock import Handlers, Tx
from crossdock.dispatch import decode, emit_all
from crossdock.errors import TooNew, Undecodable
from crossdock_contracts import Event, EventName
from crossdock_contracts.inventory import AvailabilityAsked
from crossdock_contracts.orders import OrderAccepted, OrderCancelled, OrderPlaced
from crossdock_contracts.orders import v1 as orders_v1
from crossdock_contracts.shipped import examples


def test_a_handler_without_annotation_is_refused_by_name():
    """The event consumed is the first parameter's annotation; without one nothing can be wired."""

    async def bare(event, tx):
        """Say nothing of its event."""

    with pytest.raises(TypeError, match=r"bare: annotate its first parameter"):
        Handlers()(bare)


def test_a_handler_without_parameters_is_refused_by_name():
    """A function that takes nothing handles nothing."""

    async def nothing() -> None:
        """Take nothing."""

    with pytest.raises(TypeError, match=r"nothing: annotate its first parameter"):
        Handlers()(nothing)


def test_a_handler_of_something_that_is_no_event_is_refused():
    """Only events are consumed from streams."""

    async def take(event: str, tx: Tx) -> None:
        """Take a text."""

    with pytest.raises(TypeError, match=r"take: its first parameter must be an Event"):
        Handlers()(take)


def test_a_union_of_events_is_refused():
    """One handler, one event: a union has no one name."""

    async def both(event: OrderPlaced | OrderCancelled, tx: Tx) -> None:
        """Take either."""

    with pytest.raises(TypeError, match="event must be annotated with a class"):
        Handlers()(both)


def test_a_second_handler_of_an_event_is_refused_with_the_name_of_the_first():
    """One event has one handler in a service."""
    handles = Handlers()

    @handles
    async def first(event: OrderPlaced, tx: Tx) -> None:
        """Take it."""

    async def second(event: OrderPlaced, tx: Tx) -> None:
        """Take it too."""

    with pytest.raises(TypeError, match="OrderPlaced has a handler: first"):
        handles(second)


def test_what_is_heard_is_read_off_the_signatures():
    """Verbs by noun; the base class hears everything."""
    handles = Handlers()

    @handles
    async def one(event: OrderPlaced, tx: Tx) -> None:
        """Take one."""

    @handles
    async def two(event: OrderCancelled, tx: Tx) -> None:
        """Take another."""

    assert handles.heard() == {"orders": {"placed", "cancelled"}}
    found = handles.find(EventName("orders", "placed", 7))
    assert found is not None
    assert found.name == "one"
    assert handles.find(EventName("orders", "held", 1)) is None

    everything = Handlers()

    @everything
    async def any_of_them(event: Event, tx: Tx) -> None:
        """Take all."""

    assert everything.heard() == {"*": {"*"}}
    assert everything.find(EventName("invoices", "issued", 1)) is not None


def test_questions_errands_and_periodic_work_are_registered_by_their_signature():
    """Each kind of work has its decorator; the function stays what it was."""
    handles = Handlers()

    class Payload(msgspec.Struct, tag="payload"):
        """Something to send."""

    @handles.answers
    async def tell(question: AvailabilityAsked, tx: Tx) -> None:
        """Answer."""

    @handles.errand
    async def send(payload: Payload, errand: object) -> None:
        """Send."""

    @handles.every(5)
    async def sweep(service: object) -> None:
        """Sweep."""

    assert handles.questions == {AvailabilityAsked: tell}
    assert handles.errands == {Payload: send}
    assert handles.periodic == [(5, sweep)]


def test_a_handler_takes_the_newest_version():
    """Older messages are lifted to it, so a handler for those would never be called."""
    with pytest.raises(TypeError, match=r"v1: handlers take the newest version, orders"):

        @Handlers()
        async def late(event: orders_v1.OrderAccepted, tx: Tx) -> None:
            """Take a version of the past."""


def test_an_older_version_reaches_the_handler_as_the_newest():
    """Whatever version a body is in, and whatever field was added since."""
    [(_, body), *_] = examples("orders.accepted.v1")
    event = decode(EventName("orders", "accepted", 1), body)
    assert type(event) is OrderAccepted


def test_a_version_newer_than_any_known_is_too_new_and_an_unknown_verb_is_undecodable():
    """Deployed too early is worth waiting for; a name nobody knows is not."""
    with pytest.raises(TooNew, match=r"orders.placed.v9 is newer than orders.placed.v1"):
        decode(EventName("orders", "placed", 9), b"{}")
    with pytest.raises(Undecodable, match=r"orders.vanished.v1 is not in the contracts"):
        decode(EventName("orders", "vanished", 1), b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"type":"orders.placed.v2"}'])
def test_a_body_that_is_not_its_type_is_undecodable(body):
    """The broken contract is named, whatever the bytes."""
    with pytest.raises(Undecodable, match=r"orders.placed.v1: "):
        decode(EventName("orders", "placed", 1), body)


def test_whatever_a_handler_returns_is_emitted_in_order():
    """Nothing, one event, a tuple, a list or a generator."""

    class Said:
        """Stands for a transaction."""

        def __init__(self):
            self.events = []

        def emit(self, event):
            """Note it."""
            self.events.append(event)

    from sample.tools import cancelled

    one, two = cancelled(1), cancelled(2)
    for outcome, expected in [
        (None, []),
        (one, [one]),
        ((one, two), [one, two]),
        ([two], [two]),
        ((event for event in (one, two)), [one, two]),
        ((), []),
    ]:
        said = Said()
        emit_all(said, outcome)
        assert said.events == expected
