"""A session: one sign-in on one device, kept alive by refresh tokens that are each used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Unauthenticated
from marketplace.domain.shared.ids import SessionId, UserId

SESSION_LIFE = timedelta(days=7)
"""From the last refresh."""

REPEAT_WINDOW = timedelta(seconds=10)
"""So long a client that lost the answer may present the previous refresh token again."""


class InvalidToken(Unauthenticated):
    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("the access token is not valid, sign in again")


class TokenExpired(Unauthenticated):
    code = "token_expired"

    def __init__(self) -> None:
        super().__init__("the access token has expired, refresh it")


class InvalidRefreshToken(Unauthenticated):
    code = "invalid_refresh_token"

    def __init__(self) -> None:
        super().__init__("the refresh token is not valid, sign in again")


class RefreshTokenReused(Unauthenticated):
    code = "refresh_token_reused"

    def __init__(self) -> None:
        super().__init__("the refresh token was used before, so its session has ended; sign in again")


class SessionEnded(Unauthenticated):
    code = "session_ended"

    def __init__(self) -> None:
        super().__init__("the session has ended, sign in again")


class EndReason(StrEnum):
    LOGGED_OUT = "logged_out"
    REFRESH_REUSED = "refresh_reused"


@dataclass(slots=True, kw_only=True, eq=False)
class Session(Aggregate):
    """`generation` is the number of the one refresh token that is good now; nothing secret is kept."""

    id: SessionId
    user_id: UserId
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    generation: int = 1
    ended_at: datetime | None = None
    end_reason: EndReason | None = None

    @classmethod
    def start(cls, session_id: SessionId, user_id: UserId, now: datetime) -> Self:
        return cls(id=session_id, user_id=user_id, created_at=now, rotated_at=now, expires_at=now + SESSION_LIFE)

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def refresh(self, generation: int, now: datetime) -> bool:
        """Trade in the refresh token of `generation`; the new one is that of `self.generation`.

        The previous one, presented again within the repeat window, leads to the same new one. False: any other was
        presented, somebody has a copy, and the session is ended by that.
        """
        if not self.is_live(now):
            raise SessionEnded
        if generation == self.generation:
            self.generation += 1
            self.rotated_at = now
            self.expires_at = now + SESSION_LIFE
        elif generation != self.generation - 1 or now - self.rotated_at > REPEAT_WINDOW:
            self.end(EndReason.REFRESH_REUSED, now)
            return False
        return True

    def end(self, reason: EndReason, now: datetime) -> None:
        """A session that has ended stays as it ended."""
        if self.ended_at is None:
            self.ended_at, self.end_reason = now, reason
