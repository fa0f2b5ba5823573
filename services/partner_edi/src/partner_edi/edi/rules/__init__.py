"""Whole sets held against their tables and against what their own numbers say."""

from .checker import SetCheck
from .codes import KINDS
from .envelopes import envelope_findings

__all__ = ["KINDS", "SetCheck", "envelope_findings"]
