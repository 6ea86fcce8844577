"""A session: one sign-in on one device, kept alive by refresh tokens that are each used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import NotFound, Unauthenticated
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


class SessionNotFound(NotFound):
    code = "session_not_found"


class EndReason(StrEnum):
    LOGGED_OUT = "logged_out"
    REFRESH_REUSED = "refresh_reused"
    ENDED_BY_USER = "ended_by_user"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    FACTORS_CHANGED = "factors_changed"
    CONTACT_CHANGED = "contact_changed"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfamiliarSignIn(DomainEvent):
    name: ClassVar[str] = "identity.unfamiliar_sign_in.v1"
    user_id: UserId
    session_id: SessionId
    device: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(DomainEvent):
    name: ClassVar[str] = "identity.sessions_ended.v1"
    user_id: UserId
    session_ids: tuple[SessionId, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class Session(Aggregate):
    """`generation` is the number of the one refresh token that is good now; nothing secret is kept.

    `methods` are how the person signed in (RFC 8176: pwd, otp, hwk, fed), `proven_at` when that was, or the last
    step-up. `device` and `address` are what the client said and where it called from.
    """

    id: SessionId
    user_id: UserId
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    last_used_at: datetime
    proven_at: datetime
    methods: tuple[str, ...] = ("pwd",)
    device: str = ""
    address: str = ""
    generation: int = 1
    ended_at: datetime | None = None
    end_reason: EndReason | None = None

    @classmethod
    def start(
        cls,
        session_id: SessionId,
        user_id: UserId,
        now: datetime,
        *,
        methods: tuple[str, ...] = ("pwd",),
        device: str = "",
        address: str = "",
    ) -> Self:
        return cls(
            id=session_id, user_id=user_id, created_at=now, rotated_at=now, expires_at=now + SESSION_LIFE,
            last_used_at=now, proven_at=now, methods=methods, device=device, address=address,
        )  # fmt: skip

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
            self.rotated_at = self.last_used_at = now
            self.expires_at = now + SESSION_LIFE
        elif generation != self.generation - 1 or now - self.rotated_at > REPEAT_WINDOW:
            self.end(EndReason.REFRESH_REUSED, now)
            return False
        return True

    def is_unfamiliar(self, now: datetime) -> None:
        """Neither its device nor its address was seen with this user before."""
        self._record(
            UnfamiliarSignIn(
                occurred_at=now, user_id=self.user_id, session_id=self.id, device=self.device, address=self.address
            )
        )

    def prove(self, now: datetime) -> None:
        """The person has shown again who they are."""
        if not self.is_live(now):
            raise SessionEnded
        self.proven_at = now

    def end(self, reason: EndReason, now: datetime) -> None:
        """A session that has ended stays as it ended."""
        if self.ended_at is None:
            self.ended_at, self.end_reason = now, reason
            self._record(SessionsEnded(occurred_at=now, user_id=self.user_id, session_ids=(self.id,)))
