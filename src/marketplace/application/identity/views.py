"""What the identity context shows."""

from datetime import datetime

import msgspec

from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.ids import UserId


class UserView(msgspec.Struct, frozen=True):
    """A user as that user sees it."""

    id: UserId
    email: str
    username: str
    full_name: str
    role: Role
    is_verified: bool
    is_active: bool
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserView":
        return cls(
            id=user.id, email=user.email, username=user.username, full_name=user.full_name, role=user.role,
            is_verified=user.is_verified, is_active=user.is_active, created_at=user.created_at,
        )  # fmt: skip


class TokensView(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int


class SignedInView(TokensView, frozen=True, kw_only=True):
    user: UserView


class SocketTicketView(msgspec.Struct, frozen=True):
    """Opens one socket within `expires_in` seconds."""

    ticket: str
    expires_in: int


class VerifiedView(msgspec.Struct, frozen=True):
    is_verified: bool
