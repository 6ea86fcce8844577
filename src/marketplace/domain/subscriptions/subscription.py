"""A subscription to a creator: periods that are paid one after the other, and what people do with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.billing import Billing
from marketplace.domain.subscriptions.moves import (
    ASK_AGAIN,
    FIRST_PAYMENT_TIME,
    Change,
    ChargeUnderWay,
    PaysBy,
    PlanDoesNotFit,
    SubscriptionId,
    SubscriptionStatus,
)
from marketplace.domain.subscriptions.period import Period, PeriodId, PeriodStatus
from marketplace.domain.subscriptions.plan import Plan, months_after


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription(Billing):
    @classmethod
    def start(
        cls, subscription_id: SubscriptionId, period_id: PeriodId, subscriber: UserId, plan: Plan, pays_by: PaysBy,
        fee: Money, now: datetime, *, on_trial: bool,
    ) -> Self:  # fmt: skip
        """A trial costs nothing; else it is unpaid until its first period is paid."""
        nothing = Money(0, plan.price.currency)
        ends_at = now + timedelta(days=plan.trial_days) if on_trial else months_after(now, plan.months)
        first = Period(
            id=period_id, number=1, plan=plan.id, starts_at=now, ends_at=ends_at,
            amount=nothing if on_trial else plan.price, credit=nothing, fee=nothing if on_trial else fee,
            refunded=nothing, status=PeriodStatus.PAID if on_trial else PeriodStatus.DUE,
        )  # fmt: skip
        subscription = cls(
            id=subscription_id, subscriber=subscriber, creator=plan.creator, plan=plan, pays_by=pays_by,
            status=SubscriptionStatus.TRIALING if on_trial else SubscriptionStatus.UNPAID, had_trial=on_trial,
            period=first, anchor=ends_at if on_trial else now, turn=-1 if on_trial else 0, credit=nothing,
            next_at=ends_at if on_trial else now + FIRST_PAYMENT_TIME, created_at=now,
        )  # fmt: skip
        if on_trial:
            subscription._tell(Change.STARTED, now)
        return subscription

    def cancel(self, now: datetime) -> None:
        """At the end of what was paid for; at once where nothing was. Twice is once.

        Raises IllegalSubscriptionMove or ChargeUnderWay.
        """
        if self.status is SubscriptionStatus.CANCELLING:
            return
        if self.is_over:
            raise self._illegal("cancelled")
        if self.is_charging:
            raise self._busy()
        if self.status is SubscriptionStatus.ACTIVE and self.period.status is PeriodStatus.PAID:
            self._cancel_later(now)
        else:
            self._end(now)

    def close(self, now: datetime) -> None:
        """At once, or when the charge that runs has its outcome: so no money comes for what is over."""
        if self.is_over:
            return
        if not self.is_charging:
            self._end(now)
        elif self.status is not SubscriptionStatus.CANCELLING:
            self._cancel_later(now)

    def pause(self, now: datetime) -> None:
        """At the end of the period; raises IllegalSubscriptionMove or ChargeUnderWay."""
        if self.status is not SubscriptionStatus.ACTIVE:
            raise self._illegal("paused")
        self._require_quiet()
        self._pause_later(now)

    def withhold(self, now: datetime) -> None:
        """The creator may not sell now: nothing is charged from here on."""
        match self.status:
            case SubscriptionStatus.UNPAID:
                self.close(now)
            case SubscriptionStatus.PAST_DUE if not self.is_charging:
                self._pause(now)
            case SubscriptionStatus.TRIALING | SubscriptionStatus.ACTIVE | SubscriptionStatus.PAST_DUE:
                self._pause_later(now)

    def keep(self, now: datetime) -> bool:
        """Take back a cancellation or a pause before it takes effect; False where there is none."""
        if self.status is SubscriptionStatus.CANCELLING and now < self.period.ends_at:
            self._require_quiet()
            self._move(SubscriptionStatus.ACTIVE)
        elif not self.is_pausing:
            return False
        self.is_pausing = False
        self._tell(Change.RESUMED, now)
        return True

    def resume(self, period_id: PeriodId, fee: Money, now: datetime) -> None:
        """A new period from now on; it stays paused until that is paid."""
        if self.status is not SubscriptionStatus.PAUSED:
            raise self._illegal("resumed")
        self._require_quiet()
        self.plan, self.next_plan = self.next_plan or self.plan, None
        self.anchor, self.turn = now, 0
        self._open(period_id, fee, now)

    def pay_by(self, pays_by: PaysBy) -> None:
        if self.is_over:
            raise self._illegal("paid by something else")
        self.pays_by = pays_by

    def require_change_to(self, plan: Plan) -> None:
        """Raises IllegalSubscriptionMove, ChargeUnderWay, PlanDoesNotFit or PlanArchived."""
        if self.status not in {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED}:
            raise self._illegal("moved to another plan")
        self._require_quiet()
        if plan.creator != self.creator or plan.price.currency != self.plan.price.currency:
            raise PlanDoesNotFit("is a plan of the same creator, in the same currency", field="plan_id")
        if plan.id != self.plan.id:
            plan.require_open()

    def is_upgrade(self, plan: Plan) -> bool:
        """Whether it costs more for the same time, and is to begin now."""
        is_dearer = plan.price.minor * self.plan.months > self.plan.price.minor * plan.months
        return is_dearer and self.status is SubscriptionStatus.ACTIVE

    def upgrade_price(self, plan: Plan, now: datetime) -> Money:
        """What is unused of the old plan is credited; never below zero."""
        return Money(max(plan.price.minor - self._credit_at(now).minor, 0), plan.price.currency)

    def upgrade_to(self, plan: Plan, period_id: PeriodId, fee: Money, now: datetime) -> None:
        """A new period from now on. What it does not use of the credit is for the periods to come."""
        credit, amount = self._credit_at(now), self.upgrade_price(plan, now)
        self.next_plan, self.next_at = plan, now + ASK_AGAIN
        self.upgrade = Period(
            id=period_id, number=self._last_number + 1, plan=plan.id, starts_at=now,
            ends_at=months_after(now, plan.months), amount=amount, credit=plan.price - amount, fee=fee,
            refunded=Money(0, amount.currency), status=PeriodStatus.DUE,
        )  # fmt: skip
        if not amount.minor:
            left = credit - plan.price
            self._take_upgrade(now)
            self.credit = left

    def change_later(self, plan: Plan, now: datetime) -> None:
        """With the next period; back to the plan that it has, it stays."""
        self.next_plan = None if plan.id == self.plan.id else plan
        self._tell(Change.PLAN_CHANGED, now)

    def _cancel_later(self, now: datetime) -> None:
        self._move(SubscriptionStatus.CANCELLING)
        if not self.is_charging:
            self._void_owed()
            self.next_plan = None
        self.is_pausing, self.next_at = False, self.period.ends_at
        self._tell(Change.CANCELLING, now)

    def _pause_later(self, now: datetime) -> None:
        if not self.is_pausing:
            self.is_pausing = True
            self._tell(Change.PAUSING, now)

    def _credit_at(self, now: datetime) -> Money:
        return self.credit + self.period.unused(now)

    def _require_quiet(self) -> None:
        if self.is_charging or (self.owed is not None and self.owed.status is PeriodStatus.DUE):
            raise self._busy()

    def _busy(self) -> ChargeUnderWay:
        return ChargeUnderWay("a payment of it is under way: try again when that is over", subscription_id=self.id)
