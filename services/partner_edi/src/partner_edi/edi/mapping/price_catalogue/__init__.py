"""Prices: 832 and PRICAT."""
