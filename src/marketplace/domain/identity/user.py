"""A user: one person with one login."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound, Unauthenticated
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

USERNAME = re.compile(r"[A-Za-z0-9._-]{3,30}")
"""ASCII, so that no two names look alike."""


class UserNotFound(NotFound):
    code = "user_not_found"


class EmailTaken(Conflict):
    code = "email_taken"


class UsernameTaken(Conflict):
    code = "username_taken"


class PhoneTaken(Conflict):
    code = "phone_taken"


class InvalidUsername(Invalid):
    code = "invalid_username"


class InvalidCredentials(Unauthenticated):
    """One message for an unknown account, a wrong password and a closed account."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("the identifier or the password is wrong")


class Role(StrEnum):
    """Buyer and seller are registered, the others given; application/identity/permissions.py says what each permits."""

    BUYER = "buyer"
    SELLER = "seller"
    MODERATOR = "moderator"
    FINANCE = "finance"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(DomainEvent):
    name: ClassVar[str] = "identity.user_registered.v1"
    user_id: UserId
    username: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserVerified(DomainEvent):
    name: ClassVar[str] = "identity.user_verified.v1"
    user_id: UserId


@dataclass(slots=True, kw_only=True, eq=False)
class User(Aggregate):
    """`email` is lower-case ASCII, `phone` E.164; both come canonical from application/identity/identifiers.py."""

    id: UserId
    email: str
    username: str
    phone: str | None
    full_name: str
    password_hash: str
    role: Role
    created_at: datetime
    is_verified: bool = False
    is_active: bool = True
    last_login_at: datetime | None = None
    avatar: str | None = None
    """The name that the objects of the picture share."""

    @classmethod
    def register(
        cls,
        user_id: UserId,
        *,
        email: str,
        username: str,
        phone: str | None,
        full_name: str,
        password_hash: str,
        role: Role,
        now: datetime,
    ) -> Self:
        user = cls(
            id=user_id, email=email, username=check_username(username), phone=phone, role=role, created_at=now,
            password_hash=password_hash, full_name=clean_text(full_name, field="full_name", longest=100),
        )  # fmt: skip
        user._record(UserRegistered(occurred_at=now, user_id=user.id, username=user.username, role=role))
        return user

    def verify(self, now: datetime) -> None:
        """The person answers at the account's address; a second time changes nothing."""
        if not self.is_verified:
            self.is_verified = True
            self._record(UserVerified(occurred_at=now, user_id=self.id))

    def log_in(self, password_hash: str, now: datetime) -> None:
        """`password_hash` is the one the password was checked against, before this user was locked."""
        if not self.is_active or password_hash != self.password_hash:
            raise InvalidCredentials
        self.last_login_at = now

    def set_avatar(self, name: str | None, now: datetime) -> None:
        self.avatar = name


def check_username(username: str) -> str:
    if not USERNAME.fullmatch(username):
        raise InvalidUsername("has 3 to 30 of the letters a-z, digits, '.', '_' and '-'", field="username")
    return username
