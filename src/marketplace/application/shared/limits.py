from enum import StrEnum
from typing import Protocol


class Limit(StrEnum):
    """The sets of feature OP-04; each has windows of its own (setting RATE_LIMIT_*)."""

    API = "api"
    LOGIN = "login"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a name
    OTP = "otp"
    EMAIL = "email"
    SEND_PER_IP = "send_per_ip"


class RateLimits(Protocol):
    async def take(self, limit: Limit, *keys: str) -> None:
        """Count one call for every key: all windows of all of them must have room, else none is counted.

        Keys are names of subjects such as "user:ID", "account:EMAIL", "network:ADDRESS"; they are stored hashed.
        Raises RateLimited, or Unavailable when there is nothing to count with.
        """
        ...
