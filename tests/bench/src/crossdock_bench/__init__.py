"""The bench: how fast the event path and the whole mesh are, beside peers on the same servers."""
