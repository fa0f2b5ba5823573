"""Crossdock's contracts: the events, by noun and version, and the value types they share."""

from .event import Event, EventName, Question, catalogue, name_of, subject_token
from .values import (
    Address,
    Allocation,
    Country,
    Currency,
    ExternalId,
    Instant,
    LineQuantity,
    Money,
    Quantity,
    Reason,
    Tax,
    Team,
    Uom,
    Value,
)

__all__ = [
    "Address",
    "Allocation",
    "Country",
    "Currency",
    "Event",
    "EventName",
    "ExternalId",
    "Instant",
    "LineQuantity",
    "Money",
    "Quantity",
    "Question",
    "Reason",
    "Tax",
    "Team",
    "Uom",
    "Value",
    "catalogue",
    "name_of",
    "subject_token",
]
