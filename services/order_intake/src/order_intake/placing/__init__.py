"""How orders come in: one way for one order and for many at a time, through HTTP or EDI."""
