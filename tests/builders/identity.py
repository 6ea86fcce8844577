from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from marketplace.application.identity.accounts import NewAccount
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.ids import SessionId, UserId

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
PASSWORD = "Correct-Horse-7"


def a_name() -> str:
    """A username nobody else has."""
    return f"u{uuid4().hex[:20]}"


def a_phone() -> str:
    return f"+99890{uuid4().int % 10**7:07}"


def an_account(**changes: Any) -> NewAccount:
    name = a_name()
    given = {
        "email": f"{name}@marketplace.example", "username": name, "password": PASSWORD, "full_name": "Amina Karimova",
        "role": Role.BUYER, "phone": None,
    }  # fmt: skip
    return NewAccount(**{**given, **changes})


def a_user(**changes: Any) -> User:
    name = a_name()
    given: dict[str, Any] = {
        "id": UserId(uuid4()), "email": f"{name}@marketplace.example", "username": name, "phone": None,
        "full_name": "Amina Karimova", "password_hash": "no hash", "role": Role.BUYER, "created_at": NOON,
        "password_changed_at": NOON,
    }  # fmt: skip
    return User(**{**given, **changes})


def a_session(user: User, **changes: Any) -> Session:
    session = Session.start(SessionId(uuid4()), user.id, NOON)
    for name, value in changes.items():
        setattr(session, name, value)
    return session
