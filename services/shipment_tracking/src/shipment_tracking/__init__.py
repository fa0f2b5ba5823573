"""Shipment tracking: from reserved stock to the customer's door."""
