"""Whole sets held against their tables and against what their own numbers say."""

from .checker import SetCheck
from .codes import KINDS
from .envelopes import envelope_findings
from .whole import check_set, gravest

__all__ = ["KINDS", "SetCheck", "check_set", "envelope_findings", "gravest"]
