"""The purchase order: 850 and ORDERS."""
