"""How an accepted order is changed by who ordered it: more, less, other lines, another day."""
