"""What the control tower knows by itself: how to tell an order's story and open a case."""

from .cases import open_case
from .summaries import summary
from .timeline import Heard, Step, Timeline, timeline, trace_id_of

__all__ = [
    "Heard",
    "Step",
    "Timeline",
    "open_case",
    "summary",
    "timeline",
    "trace_id_of",
]
