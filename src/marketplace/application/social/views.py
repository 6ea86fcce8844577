from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import UserId


class PersonView(msgspec.Struct, frozen=True):
    """A person as everybody sees them."""

    id: UserId
    username: str
    full_name: str
    avatar_url: str | None
    is_verified: bool
    rating: float | None
    role: Annotated[str, Meta(examples=["seller"])]
    bio: Annotated[str, Meta(examples=["I restore film cameras."])]
    created_at: datetime
    followers_count: Annotated[int, Meta(examples=[128])]
    following_count: Annotated[int, Meta(examples=[12])]


class FollowView(msgspec.Struct, frozen=True):
    """Whom the caller follows, since when."""

    user_id: UserId
    followed_at: datetime


class BlockView(msgspec.Struct, frozen=True):
    """Whom the caller has blocked, since when."""

    user_id: UserId
    blocked_at: datetime
