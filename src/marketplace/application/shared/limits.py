"""How often is too often: windows, what is left of them, and the port that counts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from marketplace.domain.shared.errors import RateLimited


class Limit(StrEnum):
    """The sets of feature OP-04; each has windows of its own (setting RATE_LIMIT_*)."""

    API = "api"
    LOGIN = "login"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a name
    OTP = "otp"
    EMAIL = "email"
    SEND_PER_IP = "send_per_ip"
    CHAT = "chat"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class RateWindow:
    """At most `limit` calls in any `seconds`."""

    limit: int
    seconds: int

    @property
    def bucket(self) -> int:
        """Seconds that are counted as one: 1 in a minute, a minute in an hour, 15 minutes in a day."""
        return self.seconds // (96 if self.seconds == 86_400 else 60)


RateLimit = tuple[RateWindow, ...]
"""All windows must have room; shortest first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the tightest window after this call; in `reset` seconds it has more room."""

    limit: int
    remaining: int
    reset: int


class TooManyCalls(RateLimited):
    code = "rate_limited"

    def __init__(self, window: RateWindow, retry_after: int) -> None:
        super().__init__(
            f"too often: wait {retry_after} seconds, then try again",
            retry_after=retry_after, limit=window.limit, window_seconds=window.seconds,
        )  # fmt: skip
        self.allowance = Allowance(window.limit, 0, retry_after)


class RateLimits(Protocol):
    async def take(self, limit: Limit, *keys: str, calls: int = 1) -> Allowance:
        """Count one call for every key: all windows of all of them must have room, else none is counted.

        Several `calls`, some answered before they are counted, all count as soon as there is room for one: a window may
        then hold more than its limit, and is full until they have left it.

        Keys are names of subjects such as "user:ID", "account:EMAIL", "network:ADDRESS"; they are stored hashed.
        Never more calls than the limit in any window, to the second; a refusal lasts one bucket too long at most.
        Raises TooManyCalls, or Unavailable when there is nothing to count with.
        """
        ...
