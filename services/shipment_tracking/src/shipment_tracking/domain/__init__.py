"""What is true of shipments whatever the clock, the wire and the store do: pure decisions."""
