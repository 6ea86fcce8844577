"""Slow mode: how often somebody may write who is not answered, and to how many whom they do not know."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from marketplace.domain.shared.errors import RateLimited

MOST_IN_A_ROW = 10
PAUSE = timedelta(seconds=60)
DAY = timedelta(days=1)
PROBATION = timedelta(days=30)
"""So long after a message of somebody was taken down."""
FEW_STRANGERS, MANY_STRANGERS = 5, 50
"""Conversations in any 24 hours: of who is new or on probation, and of all others."""


class SlowMode(RateLimited):
    code = "slow_mode"

    def __init__(self, why: str, until: datetime, now: datetime) -> None:
        seconds = max(1, ceil((until - now).total_seconds()))
        super().__init__(f"{why}: wait {seconds} seconds, then try again", retry_after=seconds)


def require_turn(in_a_row: int, last_at: datetime, now: datetime) -> None:
    """`last_at`: when the last of them was written. Raises SlowMode."""
    if in_a_row >= MOST_IN_A_ROW and now < last_at + PAUSE:
        raise SlowMode(f"{in_a_row} messages without an answer", last_at + PAUSE, now)


def most_strangers(joined_at: datetime, taken_down_at: datetime | None, now: datetime) -> int:
    """How many conversations with strangers somebody may begin in 24 hours."""
    is_new = now < joined_at + DAY
    is_on_probation = taken_down_at is not None and now < taken_down_at + PROBATION
    return FEW_STRANGERS if is_new or is_on_probation else MANY_STRANGERS


def require_room(begun: Sequence[datetime], most: int, now: datetime) -> None:
    """`begun`: when the last conversations with strangers began, the newest, which is asked about, first.

    Raises SlowMode.
    """
    if len(begun) > most and now < begun[most] + DAY:
        raise SlowMode(f"{most} conversations with strangers begun within a day", begun[most] + DAY, now)
