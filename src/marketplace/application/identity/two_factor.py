"""Two-factor authentication with an authenticator app and recovery codes."""

from dataclasses import dataclass

from marketplace.application.identity.factor_ports import RecoveryCodes, SecondFactorsByUser, Totp
from marketplace.application.identity.factor_views import RecoveryCodesView, TwoFactorSetupView, TwoFactorView
from marketplace.application.identity.ports import AccountQueries, Sessions
from marketplace.application.identity.second_factor_check import ShownCodes
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.second_factor import InvalidSecondFactor
from marketplace.domain.identity.session import EndReason


@dataclass(frozen=True, slots=True)
class SetUpTwoFactor:
    """A new secret; nothing is asked for at sign-in before EnableTwoFactor."""

    factors: SecondFactorsByUser
    accounts: AccountQueries
    totp: Totp
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor) -> TwoFactorSetupView:
        actor.require_recent_proof(self.clock.now())
        user = await self.accounts.me(actor)
        seed = self.totp.new_seed(actor.user)
        async with self.transaction:
            factors = await self.factors.get(actor.user)
            factors.propose(seed)
            await self.factors.save(factors)
        return self.totp.setup(actor.user, seed, user.email)


@dataclass(frozen=True, slots=True)
class EnableTwoFactor:
    factors: SecondFactorsByUser
    totp: Totp
    recovery_codes: RecoveryCodes
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code: str) -> RecoveryCodesView:
        """Raises InvalidSecondFactor unless the code is one of the secret that was set up last."""
        now = self.clock.now()
        session = actor.require_recent_proof(now)
        codes = self.recovery_codes.make()
        async with self.transaction:
            factors = await self.factors.get(actor.user)
            step = self.totp.step_of(actor.user, factors.proposed_seed(), code, now)
            factors.enable(step, (self.recovery_codes.hash(actor.user, one) for one in codes), now)
            await self.factors.save(factors)
            await self.sessions.end_all(actor.user, EndReason.FACTORS_CHANGED, now, keep=session)
        return RecoveryCodesView(enabled=True, recovery_codes=codes)


@dataclass(frozen=True, slots=True)
class DisableTwoFactor:
    factors: SecondFactorsByUser
    shown_codes: ShownCodes
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code: str | None, recovery_code: str | None) -> TwoFactorView:
        """Raises TwoFactorRequired without either code, InvalidSecondFactor or SecondFactorLocked."""
        now = self.clock.now()
        session = actor.require_recent_proof(now)
        async with self.transaction:
            factors = await self.factors.get(actor.user)
            if right := self.shown_codes.are_right(factors, code, recovery_code, now):
                factors.disable(now)
                await self.sessions.end_all(actor.user, EndReason.FACTORS_CHANGED, now, keep=session)
            await self.factors.save(factors)
        if not right:
            raise InvalidSecondFactor
        return TwoFactorView(enabled=False, recovery_codes_left=0)


@dataclass(frozen=True, slots=True)
class RenewRecoveryCodes:
    factors: SecondFactorsByUser
    shown_codes: ShownCodes
    recovery_codes: RecoveryCodes
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code: str) -> RecoveryCodesView:
        """New codes; the old ones are dead. Raises InvalidSecondFactor or SecondFactorLocked."""
        now = self.clock.now()
        session = actor.require_recent_proof(now)
        codes = self.recovery_codes.make()
        async with self.transaction:
            factors = await self.factors.get(actor.user)
            if right := self.shown_codes.are_right(factors, code, None, now):
                factors.renew_recovery_codes((self.recovery_codes.hash(actor.user, one) for one in codes), now)
                await self.sessions.end_all(actor.user, EndReason.FACTORS_CHANGED, now, keep=session)
            await self.factors.save(factors)
        if not right:
            raise InvalidSecondFactor
        return RecoveryCodesView(enabled=True, recovery_codes=codes)
