"""Partner EDI: X12 documents in and out, for trading partners and their folders."""
