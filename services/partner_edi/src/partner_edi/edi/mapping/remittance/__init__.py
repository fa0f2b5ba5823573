"""The remittance advice: 820 and REMADV."""
