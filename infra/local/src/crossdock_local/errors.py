"""What can go wrong on one machine, as a line a person can act on."""


class LocalError(Exception):
    """One line that says what is wrong and what to do next."""
