"""A user: one person with one login."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from marketplace.domain.identity.username import check_username, skeleton
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

REMEMBERED_PASSWORDS = 5
"""So many of the last ones, the present one included, are not taken again."""

LANGUAGES = ("en", "ru", "uz", "ar", "hi")


class UserNotFound(NotFound):
    code = "user_not_found"


class AccountExists(Conflict):
    """One error for e-mail address and phone number: which of them is known is nobody's business."""

    code = "account_exists"

    def __init__(self) -> None:
        super().__init__("there is an account with this e-mail address or phone number; log in or reset the password")


class UsernameTaken(Conflict):
    code = "username_taken"

    def __init__(self) -> None:
        super().__init__("this username is taken, or looks like one that is; choose another", field="username")


class UnknownLanguage(Invalid):
    code = "unknown_language"


class AlreadyInState(Conflict):
    code = "already_in_state"


class OwnAccount(Conflict):
    code = "own_account"


class InvalidCredentials(Unauthenticated):
    """One message for an unknown account, a wrong password, a closed account and too many failures."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("the identifier or the password is wrong")


class PasswordExpired(Forbidden):
    code = "password_expired"

    def __init__(self) -> None:
        super().__init__("the password is too old; choose a new one by way of POST /api/v1/auth/password/forgot")


class Role(StrEnum):
    """Buyer and seller are registered, the others given; application/identity/permissions.py says what each permits."""

    BUYER = "buyer"
    SELLER = "seller"
    MODERATOR = "moderator"
    FINANCE = "finance"
    ADMIN = "admin"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(DomainEvent):
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(UserEvent):
    name: ClassVar[str] = "identity.user_registered.v1"
    username: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserVerified(UserEvent):
    name: ClassVar[str] = "identity.user_verified.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(UserEvent):
    name: ClassVar[str] = "identity.password_changed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(UserEvent):
    """`former_email` is where the account was reached before, if that changed."""

    name: ClassVar[str] = "identity.contact_changed.v1"
    email: str
    former_email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministeredEvent(UserEvent):
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(AdministeredEvent):
    name: ClassVar[str] = "identity.role_changed.v1"
    former: Role
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSuspended(AdministeredEvent):
    name: ClassVar[str] = "identity.user_suspended.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserActivated(AdministeredEvent):
    name: ClassVar[str] = "identity.user_activated.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(AdministeredEvent):
    """`former_avatar` is what is to be removed from the storage."""

    name: ClassVar[str] = "identity.user_deleted.v1"
    former_email: str
    former_avatar: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class User(Aggregate):
    """`email` is lower-case ASCII, `phone` E.164; both come canonical from application/identity/identifiers.py.

    `password_hash` is None for who signs in by other means only; `former_passwords` are hashes, newest first.
    `rating` is what reviews make of them as a seller; saving a user leaves it alone.
    """

    id: UserId
    email: str
    username: str
    phone: str | None
    full_name: str
    password_hash: str | None
    role: Role
    created_at: datetime
    password_changed_at: datetime
    former_passwords: tuple[str, ...] = ()
    password_valid_days: int | None = None
    email_verified: bool = False
    phone_verified: bool = False
    status: AccountStatus = AccountStatus.ACTIVE
    bio: str = ""
    avatar: str | None = None
    language: str = "en"
    last_login_at: datetime | None = None
    rating: float | None = None

    @classmethod
    def register(
        cls,
        user_id: UserId,
        *,
        email: str,
        username: str,
        phone: str | None,
        full_name: str,
        password_hash: str | None,
        role: Role,
        now: datetime,
    ) -> Self:
        user = cls(
            id=user_id, email=email, username=check_username(username), phone=phone, role=role, created_at=now,
            password_hash=password_hash, password_changed_at=now,
            full_name=clean_text(full_name, field="full_name", longest=100),
        )  # fmt: skip
        user._record(UserRegistered(occurred_at=now, user_id=user.id, username=user.username, role=role))
        return user

    @property
    def username_skeleton(self) -> str:
        return skeleton(self.username)

    @property
    def is_verified(self) -> bool:
        return self.email_verified or self.phone_verified

    @property
    def is_active(self) -> bool:
        return self.status is AccountStatus.ACTIVE

    def verify_email(self, email: str, now: datetime) -> bool:
        """The person answers at `email`; False if that is not the account's address any more."""
        if email != self.email:
            return False
        self._verified(now)
        self.email_verified = True
        return True

    def verify_phone(self, phone: str, now: datetime) -> bool:
        if phone != self.phone:
            return False
        self._verified(now)
        self.phone_verified = True
        return True

    def _verified(self, now: datetime) -> None:
        if not self.is_verified:
            self._record(UserVerified(occurred_at=now, user_id=self.id))

    def log_in(self, now: datetime) -> None:
        if not self.is_active:
            raise InvalidCredentials
        self.last_login_at = now

    def log_in_by_password(self, password_hash: str | None, now: datetime) -> None:
        """`password_hash` is the one the password was checked against, before this user was locked."""
        if password_hash != self.password_hash:
            raise InvalidCredentials
        self.log_in(now)
        days = self.password_valid_days
        if days is not None and now - self.password_changed_at >= timedelta(days=days):
            raise PasswordExpired

    def change_password(self, password_hash: str, now: datetime) -> None:
        """The policy, and that it is none of `remembered_passwords`, were checked before."""
        self.former_passwords = remembered_passwords(self.password_hash, self.former_passwords)[
            : REMEMBERED_PASSWORDS - 1
        ]
        self.password_hash, self.password_changed_at = password_hash, now
        self._record(PasswordChanged(occurred_at=now, user_id=self.id))

    def change_email(self, email: str, now: datetime) -> None:
        """The person has answered at `email`."""
        former, self.email, self.email_verified = self.email, email, True
        self._record(ContactChanged(occurred_at=now, user_id=self.id, email=email, former_email=former))

    def change_phone(self, phone: str, now: datetime) -> None:
        """The person has answered at `phone`."""
        self.phone, self.phone_verified = phone, True
        self._record(ContactChanged(occurred_at=now, user_id=self.id, email=self.email, former_email=None))

    def edit_profile(
        self, *, full_name: str | None = None, bio: str | None = None, language: str | None = None
    ) -> None:
        """What is None stays."""
        if full_name is not None:
            self.full_name = clean_text(full_name, field="full_name", longest=100)
        if bio is not None:
            self.bio = clean_text(bio, field="bio", longest=1_000, shortest=0)
        if language is not None:
            self.language = _known_language(language)

    def set_avatar(self, name: str | None) -> str | None:
        """Show the stored image `name`; what was shown before and is not needed any more."""
        former, self.avatar = self.avatar, name
        return former

    def change_role(self, role: Role, by: UserId, now: datetime) -> None:
        """Raises OwnAccount, and AlreadyInState."""
        self._refuse_self(by)
        if role is self.role:
            raise AlreadyInState(f"the role is {role} already")
        former, self.role = self.role, role
        self._record(RoleChanged(occurred_at=now, user_id=self.id, by=by, former=former, role=role))

    def suspend(self, reason: str, by: UserId, now: datetime) -> None:
        """Raises OwnAccount, and AlreadyInState."""
        self._refuse_self(by)
        self._require(AccountStatus.ACTIVE)
        reason = clean_text(reason, field="reason", longest=500)
        self.status = AccountStatus.SUSPENDED
        self._record(UserSuspended(occurred_at=now, user_id=self.id, by=by, reason=reason))

    def activate(self, by: UserId, now: datetime) -> None:
        self._refuse_self(by)
        self._require(AccountStatus.SUSPENDED)
        self.status = AccountStatus.ACTIVE
        self._record(UserActivated(occurred_at=now, user_id=self.id, by=by))

    def delete(self, by: UserId, now: datetime) -> None:
        """What is personal is gone; the id stays, as the books refer to it."""
        if self.status is AccountStatus.DELETED:
            raise AlreadyInState("the account is deleted already")
        event = UserDeleted(
            occurred_at=now, user_id=self.id, by=by, former_email=self.email, former_avatar=self.avatar
        )  # fmt: skip
        nobody = f"deleted-{self.id.hex[-20:]}"
        self.status, self.email, self.username = AccountStatus.DELETED, f"{nobody}@deleted.invalid", nobody
        self.full_name, self.bio, self.phone, self.avatar = "Deleted account", "", None, None
        self.password_hash, self.former_passwords = None, ()
        self.email_verified = self.phone_verified = False
        self._record(event)

    def _refuse_self(self, by: UserId) -> None:
        if by == self.id:
            raise OwnAccount("nobody does this to the own account; ask another administrator")

    def _require(self, status: AccountStatus) -> None:
        if self.status is not status:
            raise AlreadyInState(f"the account is {self.status}", status=self.status)


def remembered_passwords(present: str | None, former: Sequence[str]) -> tuple[str, ...]:
    """Hashes, newest first."""
    return (*([] if present is None else [present]), *former)[:REMEMBERED_PASSWORDS]


def _known_language(language: str) -> str:
    if language not in LANGUAGES:
        raise UnknownLanguage(f"is one of {', '.join(LANGUAGES)}", field="language")
    return language
