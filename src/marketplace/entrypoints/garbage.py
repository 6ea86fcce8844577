"""The garbage collector of a process: a start makes much and drops nothing, so a search then is for nothing."""

import gc


def rest() -> None:
    gc.disable()


def resume() -> None:
    """What the start made stays for good: the collector never looks at it."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
