"""Outside sign-in without a provider, proven by tests/contract/identity/test_outside.py where it stands for a store."""

from datetime import datetime, timedelta
from uuid import uuid4

from marketplace.application.identity.outside import (
    OutsideIdentities,
    OutsidePerson,
    OutsideProvider,
    SignInAttempt,
    SignInAttempts,
)
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.outside_identity import OutsideIdentity, OutsideIdentityTaken, OutsideSignInRefused
from marketplace.domain.shared.ids import UserId


class ToldProvider(OutsideProvider):
    """Knows people by the code; a code is good for the attempt it was given out in."""

    def __init__(self) -> None:
        self.people: dict[str, OutsidePerson] = {}

    def name(self) -> str:
        return "Told"

    async def authorization_url(self, state: str, attempt: SignInAttempt) -> str:
        return f"https://provider.example/authorize?state={state}&redirect_uri={attempt.redirect_uri}"

    async def identify(self, code: str, attempt: SignInAttempt) -> OutsidePerson:
        if code not in self.people:
            raise OutsideSignInRefused("code")
        return self.people[code]


class MemoryAttempts(SignInAttempts):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempts: dict[str, tuple[SignInAttempt, datetime]] = {}

    async def begin(self, redirect_uri: str) -> tuple[str, SignInAttempt]:
        state, attempt = uuid4().hex, SignInAttempt(redirect_uri, uuid4().hex, uuid4().hex * 2)
        self._attempts[state] = (attempt, self._clock.now() + timedelta(minutes=10))
        return state, attempt

    async def take(self, state: str) -> SignInAttempt | None:
        attempt, until = self._attempts.pop(state, (None, self._clock.now()))
        return attempt if self._clock.now() < until else None


class MemoryOutsideIdentities(OutsideIdentities):
    def __init__(self) -> None:
        self.all: list[OutsideIdentity] = []

    async def owner(self, issuer: str, subject: str) -> UserId | None:
        return next((one.user_id for one in self.all if (one.issuer, one.subject) == (issuer, subject)), None)

    async def add(self, identity: OutsideIdentity) -> None:
        for other in self.all:
            same_person = (other.issuer, other.subject) == (identity.issuer, identity.subject)
            if same_person or (other.user_id, other.issuer) == (identity.user_id, identity.issuer):
                raise OutsideIdentityTaken
        self.all.append(identity)
