"""A shipment and its bill in one: 857."""
