"""Returns: from the customer's wish to send goods back to the credit for them."""
