"""`crossdock audit`: proves the invariants of the mesh over all stores and streams."""
