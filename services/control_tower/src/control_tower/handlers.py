"""What the control tower does when it hears something: write it down, open a case."""

from crossdock import Handlers, Tx
from crossdock_contracts import Event
from crossdock_contracts.cases import CaseOpened
from crossdock_contracts.exceptions import ExceptionRaised

from . import store
from .domain import open_case

handles = Handlers()


@handles
async def record(event: Event, tx: Tx) -> CaseOpened | None:
    """Write every event down; one that needs a person opens a case for the team it names."""
    store.write_event(tx, event)
    if not isinstance(event, ExceptionRaised):
        return None
    case = open_case(event, at=tx.now)
    store.write_case(tx, case, event)
    return case
