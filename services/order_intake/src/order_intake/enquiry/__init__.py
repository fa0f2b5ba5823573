"""The one answer on where an order stands, for customer service and portals."""
