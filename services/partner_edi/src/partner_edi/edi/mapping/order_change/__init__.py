"""The change of a purchase order: 860 and ORDCHG."""
