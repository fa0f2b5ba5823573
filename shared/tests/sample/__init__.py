"""A service of no business: it counts what it hears, and fails when it is told to."""
