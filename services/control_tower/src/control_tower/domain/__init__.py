"""What the control tower knows by itself: how to tell an order's story and open a case."""

# Importing the words teaches `summary` every event.
from . import logistics_words, order_words, other_words
from .cases import open_case
from .timeline import Heard, Step, Timeline, in_order, timeline, trace_id_of
from .words import summary

__all__ = [
    "Heard",
    "Step",
    "Timeline",
    "in_order",
    "logistics_words",
    "open_case",
    "order_words",
    "other_words",
    "summary",
    "timeline",
    "trace_id_of",
]
