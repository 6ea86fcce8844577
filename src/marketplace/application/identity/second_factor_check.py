"""What a sign-in by password asks for besides, where two-factor authentication is enabled."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.application.identity.factor_ports import (
    Authenticators,
    Ceremony,
    Challenges,
    CredentialJson,
    FactorQueries,
    OptionsJson,
    RecoveryCodes,
    SecondFactorsByUser,
    Totp,
)
from marketplace.application.identity.passkey_proof import PasskeyProof
from marketplace.application.identity.ports import AskSecondFactor, FactorAnswers
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.passkey import InvalidPasskey
from marketplace.domain.identity.second_factor import (
    InvalidSecondFactor,
    Method,
    Methods,
    SecondFactors,
    TwoFactorRequired,
)
from marketplace.domain.shared.ids import UserId

REFERENCES = {Method.TOTP: "otp", Method.RECOVERY_CODE: "otp", Method.PASSKEY: "swk"}
"""The names of RFC 8176, as sessions remember them."""


@dataclass(frozen=True, slots=True)
class ShownCodes:
    totp: Totp
    recovery_codes: RecoveryCodes

    def are_right(self, factors: SecondFactors, otp_code: str | None, recovery_code: str | None, now: datetime) -> bool:
        """Uses up the step or the recovery code, or counts a failure: save `factors` either way.

        Looks at one code, `otp_code` first. Raises SecondFactorLocked, TwoFactorNotEnabled, or TwoFactorRequired
        without any code.
        """
        seed = factors.enabled_seed()
        if otp_code is not None:
            return factors.show_code(self.totp.step_of(factors.user_id, seed, otp_code, now), now)
        if recovery_code is not None:
            return factors.use_recovery_code(self.recovery_codes.hash(factors.user_id, recovery_code), now)
        raise TwoFactorRequired((Method.TOTP, Method.RECOVERY_CODE))


@dataclass(frozen=True, slots=True)
class SecondFactorCheck(AskSecondFactor):
    """Called after the password was found right, outside any transaction."""

    queries: FactorQueries
    factors: SecondFactorsByUser
    shown_codes: ShownCodes
    passkey_proof: PasskeyProof
    challenges: Challenges
    authenticators: Authenticators
    transaction: Transaction
    clock: Clock

    async def __call__(self, user_id: UserId, answers: FactorAnswers) -> tuple[str, ...]:
        if not await self.required(user_id):
            return ()
        return (REFERENCES[await self.prove(user_id, answers.otp_code, answers.recovery_code, answers.passkey)],)

    async def required(self, user_id: UserId) -> Methods | None:
        """What the user may show, or None where the password is enough."""
        return await self.queries.methods(user_id) or None

    async def prove(
        self,
        user_id: UserId,
        otp_code: str | None = None,
        recovery_code: str | None = None,
        passkey: CredentialJson | None = None,
    ) -> Method:
        """Which of them was shown, uses it up. One is looked at: passkey, code, recovery code, in this order.

        Raises TwoFactorRequired when none is given, InvalidSecondFactor, SecondFactorLocked, or PasskeySuspected.
        """
        if passkey is not None:
            try:
                await self.passkey_proof(Ceremony.SECOND_FACTOR, passkey, of=user_id)
            except InvalidPasskey:
                raise InvalidSecondFactor from None
            return Method.PASSKEY
        if otp_code is None and recovery_code is None:
            raise await self._demand(user_id)
        async with self.transaction:
            factors = await self.factors.get(user_id)
            if not factors.is_enabled:
                raise InvalidSecondFactor
            right = self.shown_codes.are_right(factors, otp_code, recovery_code, self.clock.now())
            await self.factors.save(factors)
        if not right:
            raise InvalidSecondFactor
        return Method.RECOVERY_CODE if otp_code is None else Method.TOTP

    async def _demand(self, user_id: UserId) -> TwoFactorRequired:
        methods = await self.queries.methods(user_id)
        if Method.PASSKEY not in methods:
            return TwoFactorRequired(methods)
        options: OptionsJson = self.authenticators.request_options(
            await self.challenges.issue(Ceremony.SECOND_FACTOR, user_id),
            await self.queries.credentials(user_id), self.challenges.lifetime, verify_user=False,
        )  # fmt: skip
        return TwoFactorRequired(methods, passkey_options=options)
