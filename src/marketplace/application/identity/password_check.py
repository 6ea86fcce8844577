from dataclasses import dataclass
from enum import Enum, auto

from marketplace.application.identity.ports import Passwords, SignInGuard
from marketplace.domain.shared.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Attempt:
    """At an account, from a place: a network, a known device, or a session that asks again."""

    account: str
    place: str
    known_device: bool = True


class Comparison(Enum):
    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()
    """Nothing was compared, which took as long."""


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Compares a password if the guard admits the attempt; a right one makes the failures before it forgotten.

    What is asked for besides a password has limits of its own, so not having shown it yet is no failure here.
    """

    passwords: Passwords
    guard: SignInGuard

    async def __call__(self, attempt: Attempt, password: str, password_hash: str | None) -> Comparison:
        """Raises Unavailable when nothing could be compared, which then does not count as a failure."""
        admitted = await self.guard.admit(attempt.account, attempt.place, known_device=attempt.known_device)
        try:
            right = await self.passwords.verify(password, password_hash if admitted else None)
        except Unavailable:
            if admitted:
                await self.guard.take_back(attempt.account, attempt.place, known_device=attempt.known_device)
            raise
        if not admitted:
            return Comparison.LOCKED
        if not right:
            return Comparison.WRONG
        await self.guard.clear(attempt.account, attempt.place)
        return Comparison.RIGHT
