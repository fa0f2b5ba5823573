"""What the control tower does when it hears something: write it down, open a case.

It hears its own words too. They change nothing in the store they come from, and make the cases of
a store that is built anew from the streams.
"""

from crossdock import Handlers, Tx
from crossdock_contracts import Event
from crossdock_contracts.cases import CaseAssigned, CaseOpened, CaseResolved
from crossdock_contracts.exceptions import ExceptionRaised

from . import store
from .domain import open_case

handles = Handlers()


@handles
async def record(event: Event, tx: Tx) -> CaseOpened | None:
    """Write every event down; one that needs a person opens a case for the team it names."""
    store.write_event(tx, event)
    match event:
        case ExceptionRaised():
            case = open_case(event, at=tx.now)
            store.write_case(tx, case)
            return case
        case CaseOpened():
            store.write_case(tx, event)
        case CaseAssigned():
            store.assign_case(tx, event)
        case CaseResolved():
            store.resolve_case(tx, event)
    return None
