"""What the identity context shows."""

from datetime import datetime

import msgspec

from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.ids import SessionId, UserId


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
    phone: str | None
    email_verified: bool
    phone_verified: bool
    bio: str
    language: str
    avatar_url: str | None
    last_login_at: datetime | None

    @classmethod
    def of(cls, user: User) -> "UserView":
        return cls(
            id=user.id, email=user.email, username=user.username, full_name=user.full_name, role=user.role,
            is_verified=user.is_verified, is_active=user.is_active, created_at=user.created_at, phone=user.phone,
            email_verified=user.email_verified, phone_verified=user.phone_verified, bio=user.bio,
            language=user.language, avatar_url=avatar_url(user.avatar), last_login_at=user.last_login_at,
        )  # fmt: skip


def avatar_url(avatar: str | None) -> str | None:
    """As the view identity.public_profiles writes it."""
    return avatar and f"/media/avatars/{avatar}-256.webp"


class TokensView(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int


class SignedInView(TokensView, frozen=True, kw_only=True):
    """`device_token` makes this device known: sent with later logins, others' failures do not lock it out."""

    device_token: str
    user: UserView


class SessionView(msgspec.Struct, frozen=True):
    """`device` is what the client called itself, `methods` how the person signed in (RFC 8176)."""

    id: SessionId
    device: str
    address: str
    methods: list[str]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool


class SteppedUpView(msgspec.Struct, frozen=True):
    """Until when this session may do what needs a recent proof."""

    proven_until: datetime


class SocketTicketView(msgspec.Struct, frozen=True):
    """Opens one socket within `expires_in` seconds."""

    ticket: str
    expires_in: int


class VerifiedView(msgspec.Struct, frozen=True):
    is_verified: bool


class AvatarView(msgspec.Struct, frozen=True):
    """The path of the square of 256 pixels; those of 64 and 512 are named alike."""

    avatar_url: str | None
