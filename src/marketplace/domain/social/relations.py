"""Who follows whom, and who wants nothing to do with whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import UserId


class PersonNotFound(NotFound):
    """Also for who has blocked the asker, or was blocked: a block is not told."""

    code = "user_not_found"

    def __init__(self, user_id: UserId) -> None:
        super().__init__("no such user", user_id=user_id)


class NotWithYourself(Conflict):
    code = "not_with_yourself"

    def __init__(self) -> None:
        super().__init__("nobody follows or blocks the own account; name another one")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowStarted(DomainEvent):
    name: ClassVar[str] = "social.follow_started.v1"
    follower: UserId
    followed: UserId


@dataclass(slots=True, kw_only=True, eq=False)
class Follow(Aggregate):
    follower: UserId
    followed: UserId
    created_at: datetime

    def __post_init__(self) -> None:
        if self.follower == self.followed:
            raise NotWithYourself

    @classmethod
    def start(cls, follower: UserId, followed: UserId, now: datetime) -> Self:
        follow = cls(follower=follower, followed=followed, created_at=now)
        follow._record(FollowStarted(occurred_at=now, follower=follower, followed=followed))
        return follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    blocker: UserId
    blocked: UserId
    created_at: datetime

    def __post_init__(self) -> None:
        if self.blocker == self.blocked:
            raise NotWithYourself
