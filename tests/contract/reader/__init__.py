"""A service that reads events in every way there is."""
