"""The table of contents of a service: which function handles which event, answer or errand."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

from crossdock_contracts import Event, EventName, Question, name_of, newest

if TYPE_CHECKING:
    from .tx import Tx

Outcome = Event | Iterable[Event] | None
HandlerFunction = Callable[..., Awaitable[Outcome]]
LockNames = Callable[[Any], Iterable[str]]
# What some events need to know, by their keys.
Reads = Callable[["Tx", list[Any]], Awaitable[Mapping[str, Any]]]
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
B = TypeVar("B", bound=Callable[..., AbstractAsyncContextManager[Any]])


class Handler(msgspec.Struct, frozen=True):
    """A function with the event it takes, the names it locks and what it has to know."""

    function: HandlerFunction
    event: type[Event]
    locks: LockNames | None = None
    reads: Reads | None = None

    @property
    def name(self) -> str:
        """What the business calls it: the function's name."""
        return str(getattr(self.function, "__name__", "handler"))


class Handlers:
    """Collects what a service does. The signature is the wiring."""

    def __init__(self) -> None:
        self.events: dict[type[Event], Handler] = {}
        self.questions: dict[type[Question[Any]], Callable[..., Awaitable[Any]]] = {}
        self.errands: dict[type[msgspec.Struct], Callable[..., Awaitable[None]]] = {}
        self.together: set[type[msgspec.Struct]] = set()
        self.periodic: list[tuple[float, Callable[..., Awaitable[None]]]] = []
        self.woken: set[str] = set()
        self.contexts: list[Callable[..., AbstractAsyncContextManager[Any]]] = []

    @overload
    def __call__(self, function: F) -> F: ...

    @overload
    def __call__(
        self, *, locks: LockNames | None = None, reads: Reads | None = None
    ) -> Callable[[F], F]: ...

    def __call__(
        self, function: Any = None, *, locks: LockNames | None = None, reads: Reads | None = None
    ) -> Any:
        """Register an event handler: `async def bill_shipment(event: ShipmentShipped, tx: Tx)`.

        `locks` names rows that other keys share (`sku:A1`); they are locked for the whole batch
        in one order, so that two lanes never wait for each other in a circle. `reads` looks up, for
        many events at once, what belongs to each one's key and to nothing else; the function gets
        its own as a third argument, None where there is nothing, as fresh as if read by itself.
        """

        def register(target: F) -> F:
            event = _first_parameter(target)
            if not issubclass(event, Event):
                raise TypeError(f"{target.__name__}: its first parameter must be an Event")
            if newest(event) is not event:
                raise TypeError(
                    f"{target.__name__} takes {name_of(event)}: handlers take the newest version, "
                    f"{name_of(newest(event))}, to which older ones are lifted"
                )
            if event in self.events:
                raise TypeError(f"{event.__name__} has a handler: {self.events[event].name}")
            self.events[event] = Handler(target, event, locks, reads)
            return target

        return register if function is None else register(function)

    def answers(self, function: F) -> F:
        """Register the answer to a question asked while a caller waits."""
        self.questions[_first_parameter(function)] = function
        return function

    def errand(self, function: F) -> F:
        """Register a call to the outside world, made after the commit that asked for it."""
        self.errands[_first_parameter(function)] = function
        return function

    def errands_together(self, payload: type[msgspec.Struct]) -> Callable[[F], F]:
        """Register one call for all errands of a kind that are due: `async def f(errands)`.

        Each has its `payload`, its id as idempotency key and its trace. It settles them, or says
        `errand.fail(error)`; when it raises, each is tried alone, but for errors that time cures.
        """

        def register(function: F) -> F:
            self.errands[payload] = function
            self.together.add(payload)
            return function

        return register

    def errand_name(self, payload: type[msgspec.Struct]) -> str:
        """The name of the function that makes this call, as people pause it."""
        return getattr(self.errands[payload], "__name__", "")

    def every(self, seconds: float, *, woken: bool = False) -> Callable[[F], F]:
        """Register periodic work, done by one replica at a time.

        `woken` work rests until a transaction has said `tx.wake` with the function's name, and
        `seconds` is the least time between two calls.
        """

        def register(target: F) -> F:
            self.periodic.append((seconds, target))
            if woken:
                self.woken.add(target.__name__)
            return target

        return register

    def beside(self, function: B) -> B:
        """Register what is open while the service runs, in each replica, such as a further port.

        `function(service)` is an async context: entered when transactions can begin, left before
        they no longer can. NotReady out of it ends the start.
        """
        self.contexts.append(function)
        return function

    def heard(self) -> dict[str, set[str]]:
        """What is consumed: verbs by noun; `*` where a handler takes every event of all nouns."""
        nouns: dict[str, set[str]] = {}
        for event in self.events:
            if event is Event:
                return {"*": {"*"}}
            name = name_of(event)
            nouns.setdefault(name.noun, set()).add(name.verb)
        return nouns

    def find(self, name: EventName) -> Handler | None:
        """The handler of an event's noun and verb, whatever its version; None if there is none."""
        if not hasattr(self, "_by_verb"):
            self._by_verb = {
                (name_of(e).noun, name_of(e).verb): h
                for e, h in self.events.items()
                if e is not Event
            }
        return self._by_verb.get((name.noun, name.verb)) or self.events.get(Event)


def _first_parameter(function: Callable[..., Any]) -> type[Any]:
    """The class that a function's first parameter is annotated with."""
    first = next(iter(inspect.signature(function).parameters), None)
    hints = typing.get_type_hints(function)
    if first is None or first not in hints:
        raise TypeError(f"{function.__qualname__}: annotate its first parameter")
    cls = hints[first]
    if not isinstance(cls, type):
        raise TypeError(f"{function.__qualname__}: {first} must be annotated with a class")
    return cls
