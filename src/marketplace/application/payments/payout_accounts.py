"""Where sellers are paid to: the account itself and the schedule."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace.application.payments.payments import PaymentTerms
from marketplace.application.payments.payout_ports import PayoutAccounts, PayoutGateways, Payouts, PayoutSchedules
from marketplace.application.payments.payout_views import PayoutAccountView, PayoutScheduleView
from marketplace.application.payments.payouts import PayoutSteps
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.payments.payout import PayoutLimits
from marketplace.domain.payments.payout_account import (
    PayoutAccount,
    PayoutAccountInUse,
    PayoutAccountKind,
    PayoutAccountNotFound,
    TooManyPayoutAccounts,
    destination_of,
    mask,
)
from marketplace.domain.payments.payout_schedule import Interval, PayoutSchedule
from marketplace.domain.shared.ids import PayoutAccountId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_ACCOUNTS = 5
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class AddPayoutAccount:
    """Its owner is told at once, and nothing is paid to it before the cool-off has passed."""

    accounts: PayoutAccounts
    gateways: PayoutGateways
    terms: PaymentTerms
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, kind: PayoutAccountKind, holder: str, details: str, *, is_default: bool
    ) -> PayoutAccountView:
        """The first one is the default anyway. Raises StepUpRequired, InvalidPayoutAccount, PayoutKindUnavailable,
        TooManyPayoutAccounts."""
        actor.require(Permission.RECEIVE_PAYOUTS)
        actor.require_recent_proof(self.clock.now())
        self.gateways.provider_of(kind)
        destination, holder = destination_of(kind, details), clean_text(holder, field="holder", longest=120)
        async with self.transaction:
            others, now = await self.accounts.hold(actor.user), self.clock.now()
            if len(others) >= MOST_ACCOUNTS:
                raise TooManyPayoutAccounts(f"{MOST_ACCOUNTS} are kept at most: remove one first")
            account = PayoutAccount(
                id=PayoutAccountId(self.ids.new()), owner=actor.user, kind=kind, holder=holder,
                destination=destination, masked=mask(destination), is_default=is_default or not others,
                usable_from=now + self.terms.cool_off, created_at=now,
            )  # fmt: skip
            account.add()
            for other in others:
                if other.is_default and account.is_default:
                    other.is_default = False
                    await self.accounts.save(other)
            await self.accounts.add(account)
            return self.transaction.answers(PayoutAccountView.of(account))


@dataclass(frozen=True, slots=True)
class RemovePayoutAccount:
    accounts: PayoutAccounts
    payouts: Payouts
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, account_id: PayoutAccountId) -> None:
        """The oldest of the others becomes the default one. Raises PayoutAccountInUse while a payout to it runs."""
        actor.require(Permission.RECEIVE_PAYOUTS)
        actor.require_recent_proof(self.clock.now())
        async with self.transaction:
            accounts = await self.accounts.hold(actor.user)
            account = next((one for one in accounts if one.id == account_id), None)
            if account is None:
                raise PayoutAccountNotFound("no such payout account", account_id=account_id)
            if await self.payouts.is_awaited(account_id):
                raise PayoutAccountInUse("a payout to this account is under way: wait, or cancel it first")
            was_default = account.is_default
            account.remove(self.clock.now())
            await self.accounts.save(account)
            heir = next((one for one in accounts if one.id != account_id), None)
            if was_default and heir is not None:
                heir.is_default = True
                await self.accounts.save(heir)


@dataclass(frozen=True, slots=True)
class ForgetPayoutAccounts:
    """Of somebody whose account was deleted: there is no money left to pay."""

    accounts: PayoutAccounts
    transaction: Transaction
    clock: Clock

    async def __call__(self, owner: UserId) -> None:
        async with self.transaction:
            for account in await self.accounts.hold(owner):
                account.remove(self.clock.now())
                await self.accounts.save(account)


@dataclass(frozen=True, slots=True)
class SetPayoutSchedule:
    schedules: PayoutSchedules
    limits: PayoutLimits
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, currency: str, interval: Interval, day: int, minimum: Decimal
    ) -> PayoutScheduleView:
        """Raises InvalidSchedule, PayoutTooSmall."""
        actor.require(Permission.RECEIVE_PAYOUTS)
        least = Money.price(minimum, currency, field="minimum")
        self.limits.require_enough(least)
        async with self.transaction:
            schedule = PayoutSchedule.starting(actor.user, interval, day, least, self.clock.now())
            await self.schedules.put(schedule)
            return self.transaction.answers(PayoutScheduleView.of(schedule))


@dataclass(frozen=True, slots=True)
class RunPayoutSchedules:
    """Rung again and again: a payout for each schedule whose day has come, once."""

    schedules: PayoutSchedules
    accounts: PayoutAccounts
    steps: PayoutSteps
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> int:
        """How many payouts were made."""
        now, after, made = self.clock.now(), None, 0
        while True:
            async with self.transaction:
                due = await self.schedules.due(now, after=after, limit=AT_ONCE)
            for _, seller, currency in due:
                made += await self._run(seller, currency)
            if len(due) < AT_ONCE:
                return made
            after = due[-1]

    async def _run(self, seller: UserId, currency: str) -> bool:
        async with self.transaction:
            schedule, now = await self.schedules.lock(seller, currency), self.clock.now()
            if schedule is None or not schedule.is_due(now):
                return False
            made = await self._pay(schedule, now)
            await self.schedules.put(schedule)
            return made

    async def _pay(self, schedule: PayoutSchedule, now: datetime) -> bool:
        """A seller without an account waits for the next day of the schedule, one that cools off for its end."""
        schedule.next_at = schedule.after(now)
        try:
            account = await self.accounts.lock(schedule.seller, None)
        except PayoutAccountNotFound:
            return False
        if now < account.usable_from:
            schedule.next_at = account.usable_from
            return False
        currency = schedule.minimum.currency
        if schedule.minimum > await self.steps.free(schedule.seller, currency):
            return False
        await self.steps.create(account, currency, None, None)
        return True
