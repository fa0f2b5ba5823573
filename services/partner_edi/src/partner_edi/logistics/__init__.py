"""Warehouses, suppliers, carriers and shops: what they are sent, and what is known to read them."""
