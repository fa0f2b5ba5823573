"""The service of the bench: it hears orders, writes one row for each, and asks for shipment."""
