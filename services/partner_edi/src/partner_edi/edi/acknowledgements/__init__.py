"""Answers to what was received: 997, 999 and TA1 in X12, CONTRL in EDIFACT."""
