"""Stock per warehouse: receipts, reservations, backorders, and what shipped or came back."""
