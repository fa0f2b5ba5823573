"""When somebody must look, and what the case is called."""

from datetime import datetime

from crossdock_contracts.cases import CaseOpened
from crossdock_contracts.exceptions import ExceptionRaised

TITLE_LENGTH = 120


def open_case(event: ExceptionRaised, *, at: datetime) -> CaseOpened:
    """One case per exception: its id comes from the exception's, so a replay makes the same one."""
    return CaseOpened(
        case_id=f"CASE-{event.exception_id}",
        exception_id=event.exception_id,
        team=event.team,
        title=_shortened(f"{event.code.replace('_', ' ')}: {event.text}"),
        opened_at=at,
        order_id=event.order_id,
    )


def _shortened(text: str) -> str:
    """The first line, cut where a list would cut it anyway; the whole text stays in the event."""
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1]}…"
