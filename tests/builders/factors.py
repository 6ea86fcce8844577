from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pyotp

from marketplace.domain.identity.passkey import Passkey, PasskeyId
from marketplace.domain.identity.second_factor import SecondFactors
from marketplace.domain.identity.user import User
from tests.builders.identity import NOON


def enabled_factors(user: User, **changes: Any) -> SecondFactors:
    given: dict[str, Any] = {
        "user_id": user.id, "seed": b"sealed", "confirmed_at": NOON, "last_step": 10,
        "recovery_codes": (b"one", b"two"),
    }  # fmt: skip
    return SecondFactors(**{**given, **changes})


def a_passkey(user: User, **changes: Any) -> Passkey:
    given: dict[str, Any] = {
        "id": PasskeyId(uuid4()), "user_id": user.id, "credential_id": uuid4().bytes, "public_key": b"key",
        "sign_count": 0, "transports": ("hybrid", "internal"), "backup_eligible": True, "backed_up": False,
        "name": "Amina's phone", "created_at": NOON,
    }  # fmt: skip
    return Passkey(**{**given, **changes})


def code_of(secret: str, at: datetime, steps: int = 0) -> str:
    """What the app shows for the base32 `secret`, so many steps of 30 s later."""
    return pyotp.TOTP(secret).at(at + timedelta(seconds=30 * steps))


def wrong_code(secret: str, at: datetime) -> str:
    """Six digits that are no code of the steps around."""
    near = {code_of(secret, at, step) for step in range(-3, 4)}
    return next(code for number in range(10) if (code := f"{number:06}") not in near)
