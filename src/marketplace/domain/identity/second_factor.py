"""What a person shows beside the password: a code of an authenticator app, or a code for the day that is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from typing import ClassVar

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, RateLimited, Unauthenticated
from marketplace.domain.shared.ids import UserId

TRIES = 5
"""Wrong codes in a row; after each such number codes are locked, every time twice as long."""

FIRST_LOCK = timedelta(minutes=15)
DOUBLINGS = 6
FAILURES_A_DAY = 100
"""Wrong codes on one UTC day, whatever right ones come between."""

RECOVERY_CODES = 10


class Method(StrEnum):
    """Ways to show a second factor."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


Methods = tuple[Method, ...]


class TwoFactorAlreadyEnabled(Conflict):
    code = "two_factor_already_enabled"

    def __init__(self) -> None:
        super().__init__("two-factor authentication is enabled already; disable it first")


class TwoFactorNotSetUp(Conflict):
    code = "two_factor_not_set_up"

    def __init__(self) -> None:
        super().__init__("there is nothing to verify; call POST /api/v1/auth/2fa/setup first")


class TwoFactorNotEnabled(Conflict):
    code = "two_factor_not_enabled"

    def __init__(self) -> None:
        super().__init__("two-factor authentication is not enabled")


class TwoFactorRequired(Unauthenticated):
    """`passkey_options` are those of navigator.credentials.get, where a passkey is one of the methods."""

    code = "two_factor_required"

    def __init__(self, methods: Methods, **facts: object) -> None:
        super().__init__("this account needs a second factor; repeat with one", methods=list(methods), **facts)


class InvalidSecondFactor(Unauthenticated):
    code = "invalid_second_factor"

    def __init__(self) -> None:
        super().__init__("the second factor is wrong or was used before; try the next code")


class SecondFactorLocked(RateLimited):
    """Also a right code is refused meanwhile; recovery codes and passkeys are not."""

    code = "second_factor_locked"

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many wrong codes; wait, or use a recovery code or a passkey", retry_after=retry_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFactorEnabled(DomainEvent):
    name: ClassVar[str] = "identity.two_factor_enabled.v1"
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFactorDisabled(DomainEvent):
    name: ClassVar[str] = "identity.two_factor_disabled.v1"
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(DomainEvent):
    name: ClassVar[str] = "identity.recovery_code_used.v1"
    user_id: UserId
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesRenewed(DomainEvent):
    name: ClassVar[str] = "identity.recovery_codes_renewed.v1"
    user_id: UserId


@dataclass(slots=True, kw_only=True, eq=False)
class SecondFactors(Aggregate):
    """Those of one user. `seed` is sealed, `recovery_codes` are the hashes of the unused ones.

    A step is the number of a code's 30 seconds since 1970; `failures` are in a row.
    """

    user_id: UserId
    seed: bytes | None = None
    confirmed_at: datetime | None = None
    last_step: int | None = None
    recovery_codes: tuple[bytes, ...] = ()
    failures: int = 0
    failures_today: int = 0
    failed_on: date | None = None
    locked_until: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        return self.confirmed_at is not None

    def propose(self, seed: bytes) -> None:
        """A seed that counts once a code of it was shown; one proposed before is forgotten."""
        if self.is_enabled:
            raise TwoFactorAlreadyEnabled
        self.seed = seed

    def proposed_seed(self) -> bytes:
        if self.is_enabled:
            raise TwoFactorAlreadyEnabled
        if self.seed is None:
            raise TwoFactorNotSetUp
        return self.seed

    def enable(self, step: int | None, recovery_codes: Iterable[bytes], now: datetime) -> None:
        """`step` is that of the code shown for the proposed seed, None for a wrong one: InvalidSecondFactor."""
        self.proposed_seed()
        if step is None:
            raise InvalidSecondFactor
        self.confirmed_at, self.last_step, self.recovery_codes = now, step, tuple(recovery_codes)
        self._record(TwoFactorEnabled(occurred_at=now, user_id=self.user_id))

    def enabled_seed(self) -> bytes:
        if self.seed is None or not self.is_enabled:
            raise TwoFactorNotEnabled
        return self.seed

    def show_code(self, step: int | None, now: datetime) -> bool:
        """Whether the code shown is right and newer than every one before; `step` is None for a wrong one.

        Only wrong ones are counted: sending a right one twice is no guess. Raises SecondFactorLocked.
        """
        self.enabled_seed()
        if self.locked_until is not None and now < self.locked_until:
            raise SecondFactorLocked(ceil((self.locked_until - now).total_seconds()))
        if step is None:
            self._count_failure(now)
            return False
        if self.last_step is not None and step <= self.last_step:
            return False
        self.last_step, self.failures, self.locked_until = step, 0, None
        return True

    def use_recovery_code(self, code_hash: bytes, now: datetime) -> bool:
        """Each is good once. They are too long to guess, so wrong ones are not counted."""
        self.enabled_seed()
        if code_hash not in self.recovery_codes:
            return False
        self.recovery_codes = tuple(one for one in self.recovery_codes if one != code_hash)
        self._record(RecoveryCodeUsed(occurred_at=now, user_id=self.user_id, left=len(self.recovery_codes)))
        return True

    def renew_recovery_codes(self, recovery_codes: Iterable[bytes], now: datetime) -> None:
        self.enabled_seed()
        self.recovery_codes = tuple(recovery_codes)
        self._record(RecoveryCodesRenewed(occurred_at=now, user_id=self.user_id))

    def disable(self, now: datetime) -> None:
        """The count of failures stays: turning it off and on brings no new tries."""
        self.enabled_seed()
        self.seed = self.confirmed_at = self.last_step = None
        self.recovery_codes = ()
        self._record(TwoFactorDisabled(occurred_at=now, user_id=self.user_id))

    def _count_failure(self, now: datetime) -> None:
        today = now.date()
        self.failures += 1
        self.failures_today = self.failures_today + 1 if self.failed_on == today else 1
        self.failed_on = today
        if self.failures % TRIES == 0:
            self.locked_until = now + FIRST_LOCK * 2 ** min(self.failures // TRIES - 1, DOUBLINGS)
        if self.failures_today >= FAILURES_A_DAY:
            tomorrow = datetime.combine(today + timedelta(days=1), time(), UTC)
            self.locked_until = max(tomorrow, self.locked_until or tomorrow)
