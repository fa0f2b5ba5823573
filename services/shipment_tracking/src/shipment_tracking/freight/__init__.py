"""Carriers: who takes a shipment, for what, and whether the bill is what was quoted."""

from .bills import Assignment, assign, hear_answer, hear_bill

__all__ = ["Assignment", "assign", "hear_answer", "hear_bill"]
