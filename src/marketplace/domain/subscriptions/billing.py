"""The half of a subscription that time and payments move."""

from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import (
    ASK_AGAIN,
    END_AFTER,
    FIRST_PAYMENT_TIME,
    RETRY_AFTER,
    SUBSCRIPTION_MOVES,
    WITH_ACCESS,
    Change,
    ChargeUnderWay,
    IllegalSubscriptionMove,
    NothingDue,
    PaysBy,
    SubscriptionChanged,
    SubscriptionId,
    SubscriptionStatus,
)
from marketplace.domain.subscriptions.period import Period, PeriodId, PeriodStatus
from marketplace.domain.subscriptions.plan import Plan, months_after


@dataclass(slots=True, kw_only=True, eq=False)
class Billing(Aggregate):
    id: SubscriptionId
    subscriber: UserId
    creator: UserId
    plan: Plan
    next_plan: Plan | None = None
    """From the end of the period on, or once `upgrade` is paid."""
    pays_by: PaysBy
    status: SubscriptionStatus
    had_trial: bool
    period: Period
    upgrade: Period | None = None
    """Takes the place of the period once it is paid."""
    anchor: datetime
    """The first day: periods begin on its day of the month."""
    turn: int = 0
    """How many periods after the anchor this one begins."""
    credit: Money
    """What is left of an old plan, for the periods to come."""
    is_pausing: bool = False
    failing_since: datetime | None = None
    next_at: datetime | None
    """When something happens by itself."""
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def has_access(self) -> bool:
        return self.status in WITH_ACCESS

    @property
    def is_over(self) -> bool:
        return self.status is SubscriptionStatus.ENDED

    @property
    def is_new(self) -> bool:
        """It waits for its first payment."""
        return self.status is SubscriptionStatus.UNPAID and self.failing_since is None

    @property
    def is_charging(self) -> bool:
        return any(one and one.status is PeriodStatus.CHARGING for one in (self.upgrade, self.period))

    @property
    def owed(self) -> Period | None:
        """What may be charged."""
        return next((one for one in (self.upgrade, self.period) if one and one.is_owed), None)

    def due(self, now: datetime) -> Period | None:
        """What is to be charged now, without anybody asking for it."""
        owed = self.owed
        if owed is None or self.is_charging or self.is_pausing:
            return None
        is_retry = self.status is SubscriptionStatus.PAST_DUE and self.next_at is not None and now >= self.next_at
        return owed if owed.status is PeriodStatus.DUE or is_retry else None

    # What time does.

    def is_renewable(self, now: datetime) -> bool:
        """Whether the next period is to be opened."""
        running = {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE}
        is_free = not self.is_pausing and not self.is_charging and self.owed is None
        return self.status in running and is_free and now >= self.period.ends_at

    @property
    def renewal_price(self) -> Money:
        """Of the period that would follow, less the credit."""
        price = (self.next_plan or self.plan).price
        return price - self._credit_for(price)

    def renew(self, period_id: PeriodId, fee: Money, now: datetime) -> None:
        """The next period begins where this one ended, however late it is."""
        if self.next_plan is not None:
            self.plan, self.next_plan = self.next_plan, None
            self.anchor, self.turn = self.period.ends_at, -1
        self.turn += 1
        self._open(period_id, fee, now)

    def turn_over(self, now: datetime) -> None:
        """What else time brings; called too early, it changes nothing."""
        if self.is_charging:
            self.next_at = now + ASK_AGAIN
        elif self.next_at is not None and now >= self.next_at:
            if self.status is SubscriptionStatus.CANCELLING or self._is_given_up(now):
                self._end(now)
            elif self.is_pausing:
                self._pause(now)

    # What a payment does.

    def charge(self, period_id: PeriodId) -> Period:
        """A payment of it begins; raises NothingDue or ChargeUnderWay."""
        if self.is_charging:
            raise ChargeUnderWay("a payment of this subscription is under way", subscription_id=self.id)
        owed = self.owed
        if owed is None or owed.id != period_id:
            raise NothingDue("this period is paid, or nobody pays for it any more", subscription_id=self.id)
        charging = replace(owed, status=PeriodStatus.CHARGING)
        if owed is self.upgrade:
            self.upgrade = charging
        else:
            self.period = charging
        return charging

    def pay(self, period_id: PeriodId, now: datetime) -> None:
        """What was not paid for a while begins when it is paid. Repeated news change nothing."""
        if self.upgrade is not None and self.upgrade.id == period_id:
            self._take_upgrade(now)
        elif self.period.id == period_id and self.period.status is not PeriodStatus.PAID:
            was = self.status
            change = {SubscriptionStatus.UNPAID: Change.STARTED, SubscriptionStatus.PAUSED: Change.RESUMED}
            self.period = replace(self.period, status=PeriodStatus.PAID)
            if was is SubscriptionStatus.UNPAID:
                self.anchor, self.turn = now, 0
                self.period = replace(self.period, starts_at=now, ends_at=months_after(now, self.plan.months))
            if was is not SubscriptionStatus.CANCELLING:
                self._move(SubscriptionStatus.ACTIVE)
            self.failing_since, self.next_at = None, self.period.ends_at
            self._tell(change.get(was, Change.RENEWED), now)

    def fail(self, period_id: PeriodId, now: datetime) -> None:
        """The charge was refused. Of an upgrade nothing comes then, and what is paused stays so."""
        if self.upgrade is not None and self.upgrade.id == period_id:
            amount = self.upgrade.amount
            self.upgrade = replace(self.upgrade, status=PeriodStatus.VOID)
            self.next_plan, self.next_at = None, self.period.ends_at
            self._tell(Change.CHARGE_FAILED, now, amount)
        elif self.period.id == period_id and (self.period.is_owed or self.is_charging):
            self.period = replace(self.period, status=PeriodStatus.FAILED)
            if self.status is SubscriptionStatus.CANCELLING:
                self._end(now)
                return
            if self.status is SubscriptionStatus.PAUSED:
                self.period, self.next_at = replace(self.period, status=PeriodStatus.VOID), None
            elif self.is_new:
                self.next_at = self.created_at + FIRST_PAYMENT_TIME
            else:
                self._dun(now)
            self._tell(Change.CHARGE_FAILED, now)

    def _dun(self, now: datetime) -> None:
        """When it is tried again, or else ends."""
        self.failing_since = since = self.failing_since or now
        retry = next((since + pause for pause in RETRY_AFTER if since + pause > now), None)
        is_hopeless = retry is None or self.status is SubscriptionStatus.UNPAID
        self._move(SubscriptionStatus.UNPAID if is_hopeless else SubscriptionStatus.PAST_DUE)
        self.next_at = since + END_AFTER if retry is None or is_hopeless else retry

    def _is_given_up(self, now: datetime) -> bool:
        if self.status is not SubscriptionStatus.UNPAID:
            return False
        if self.failing_since is None:
            return now >= self.created_at + FIRST_PAYMENT_TIME
        return now >= self.failing_since + END_AFTER

    def _open(self, period_id: PeriodId, fee: Money, now: datetime) -> None:
        price, months = self.plan.price, self.plan.months
        credit = self._credit_for(price)
        self.credit -= credit
        self.period = Period(
            id=period_id, number=self._last_number + 1, plan=self.plan.id,
            starts_at=months_after(self.anchor, self.turn * months),
            ends_at=months_after(self.anchor, (self.turn + 1) * months), amount=price - credit, credit=credit, fee=fee,
            refunded=Money(0, price.currency), status=PeriodStatus.DUE,
        )  # fmt: skip
        self.upgrade, self.next_at = None, now + ASK_AGAIN
        if not self.period.amount.minor:
            self.pay(period_id, now)

    def _take_upgrade(self, now: datetime) -> None:
        if self.upgrade is None or self.upgrade.status is PeriodStatus.VOID:
            return
        self.plan, self.next_plan = self.next_plan or self.plan, None
        self.period, self.upgrade = replace(self.upgrade, status=PeriodStatus.PAID), None
        self.anchor, self.turn = self.period.starts_at, 0
        self.credit, self.next_at = Money(0, self.credit.currency), self.period.ends_at
        self._tell(Change.PLAN_CHANGED, now)

    def _end(self, now: datetime) -> None:
        self._move(SubscriptionStatus.ENDED)
        self._void_owed()
        self.ended_at, self.next_at, self.is_pausing = now, None, False
        self._tell(Change.ENDED, now)

    def _pause(self, now: datetime) -> None:
        self._move(SubscriptionStatus.PAUSED)
        self._void_owed()
        self.is_pausing, self.failing_since, self.next_at = False, None, None
        self._tell(Change.PAUSED, now)

    def _void_owed(self) -> None:
        if self.period.is_owed:
            self.period = replace(self.period, status=PeriodStatus.VOID)
        if self.upgrade is not None and self.upgrade.is_owed:
            self.upgrade = replace(self.upgrade, status=PeriodStatus.VOID)

    @property
    def _last_number(self) -> int:
        return max(one.number for one in (self.upgrade, self.period) if one)

    def _credit_for(self, price: Money) -> Money:
        return Money(min(self.credit.minor, price.minor), price.currency)

    def _move(self, to: SubscriptionStatus) -> None:
        if to is not self.status and to not in SUBSCRIPTION_MOVES[self.status]:
            raise self._illegal(to)
        self.status = to

    def _illegal(self, done: str) -> IllegalSubscriptionMove:
        return IllegalSubscriptionMove(
            f"a subscription that is {self.status} cannot be {done}", subscription_id=self.id, status=self.status
        )

    def _tell(self, change: Change, now: datetime, amount: Money | None = None) -> None:
        self._record(
            SubscriptionChanged(
                occurred_at=now, subscription_id=self.id, subscriber=self.subscriber, creator=self.creator,
                change=change, status=self.status, plan=self.plan.name, amount=amount or self.period.amount,
                next_at=self.next_at,
            )
        )  # fmt: skip
