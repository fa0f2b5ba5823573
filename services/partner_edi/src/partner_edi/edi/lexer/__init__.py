"""Bytes to segments: one streaming lexer for X12 and EDIFACT."""

from .segment import BLANK, Delimiters, Opening, Segment
from .stream import Lexed, batches, lex

__all__ = ["BLANK", "Delimiters", "Lexed", "Opening", "Segment", "batches", "lex"]
