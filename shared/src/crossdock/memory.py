"""The garbage collector of a process that lives long and makes many short-lived values."""

import gc


def settle_memory() -> None:
    """What is there now stays: it is not looked through again with every batch."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
