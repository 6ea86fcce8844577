"""What the platform keeps of a sale: schedules that say how much, and the fee frozen on the order with all that
explains it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import EXPONENTS, Money, UnknownCurrency
from marketplace.domain.shared.text import clean_text

FeeScheduleId = NewType("FeeScheduleId", UUID)

CHANNELS = ("community", "discover", "live", "services", "desk", "subscriptions")
BASIS_POINTS: Mapping[str, int] = {
    "community": 500, "discover": 1_500, "services": 500, "desk": 500, "subscriptions": 500
}  # fmt: skip
"""Ten-thousandths of the price by channel (CA-05): 5 % and 15 %; for the others no system says one, so the lower. They
are the default schedules."""
MOST_BASIS_POINTS = 5_000
MOST_OPEN = 1_000
"""So many schedules may be in force or to come: every process keeps them all at hand."""
SETTLED_BEFORE = timedelta(seconds=5)
"""So long before it begins a schedule is changed no more, and every process knows it when it does."""


class InvalidFeeSchedule(Invalid):
    code = "invalid_fee_schedule"


class UnknownFeeScope(Invalid):
    code = "unknown_fee_scope"


class FeeScheduleNotFound(NotFound):
    code = "fee_schedule_not_found"


class FeeScheduleInUse(Conflict):
    code = "fee_schedule_in_use"


class FeeScheduleEnded(Conflict):
    code = "fee_schedule_ended"


class DefaultFeeSchedule(Conflict):
    code = "default_fee_schedule"


class TooManyFeeSchedules(Conflict):
    code = "too_many_fee_schedules"


class NoFeeSchedule(Conflict):
    code = "no_fee_schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """`amount` = `base` x `basis_points` / 10,000, rounded half up to the minor unit, + `fixed`, within the bounds of
    its schedule and at most `base`. `rule` names the schedule's scope and rates."""

    schedule: FeeScheduleId
    rule: str
    basis_points: int
    fixed: Money
    base: Money
    amount: Money

    @property
    def reckoned(self) -> Money:
        """Before the bounds."""
        return self.base.share(self.basis_points) + self.fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One line of an order, as far as its fee depends on it. What the desk trades has no category."""

    channel: str
    category: str | None
    seller: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """The fee of each line of a sale by these rates, in force from `starts_at` until `ends_at`.

    A `channel`, `category` (a slug), `seller` or `currency` that is None: any. `fixed`, `minimum` and `maximum` are
    minor units of the currency.
    """

    id: FeeScheduleId
    channel: str | None = None
    category: str | None = None
    seller: UserId | None = None
    basis_points: int
    fixed: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    currency: str | None = None
    starts_at: datetime
    ends_at: datetime | None = None
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "note", clean_text(self.note, field="note", longest=500, shortest=0))
        if self.channel is not None and self.channel not in CHANNELS:
            raise InvalidFeeSchedule(f"is one of {', '.join(CHANNELS)}", field="channel")
        if not 0 <= self.basis_points <= MOST_BASIS_POINTS:
            raise InvalidFeeSchedule(f"is between 0 and {MOST_BASIS_POINTS}", field="basis_points")
        if self.currency is None and any(one is not None for one in (self.fixed, self.minimum, self.maximum)):
            raise InvalidFeeSchedule("is needed with an amount of money", field="currency")
        if self.currency is not None and self.currency not in EXPONENTS:
            raise UnknownCurrency(f"{self.currency!r} is not a currency we trade in", field="currency")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise InvalidFeeSchedule("is at least the minimum", field="maximum")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise InvalidFeeSchedule("is after the start", field="ends_at")

    @property
    def rule(self) -> str:
        """As in `seller_cameras_community_500bp_plus_100`."""
        seller = None if self.seller is None else "seller"
        scope = [name for name in (seller, self.category, self.channel) if name] or ["any"]
        fixed = f"_plus_{self.fixed}" if self.fixed else ""
        return f"{'_'.join(scope)}_{self.basis_points}bp{fixed}"

    def is_in_force(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def fee_on(self, base: Money) -> FeeLine:
        fixed = Money(self.fixed or 0, base.currency)
        fee = base.share(self.basis_points).minor + fixed.minor
        if self.minimum is not None:
            fee = max(fee, self.minimum)
        if self.maximum is not None:
            fee = min(fee, self.maximum)
        return FeeLine(
            schedule=self.id, rule=self.rule, basis_points=self.basis_points, fixed=fixed, base=base,
            amount=Money(min(fee, base.minor), base.currency),
        )  # fmt: skip

    def require_start(self, now: datetime) -> None:
        if self.starts_at < now:
            raise InvalidFeeSchedule("is not in the past: what was sold keeps its fee", field="starts_at")

    def require_change(self, wanted: "FeeSchedule", now: datetime) -> None:
        """Until it begins a schedule may become anything; then it may only end, not in the past, and have another note.

        Raises FeeScheduleInUse, FeeScheduleEnded, DefaultFeeSchedule or InvalidFeeSchedule.
        """
        if self.starts_at - SETTLED_BEFORE > now:
            wanted.require_start(now)
        elif replace(wanted, ends_at=self.ends_at, note=self.note) != self:
            raise FeeScheduleInUse("this fee schedule has begun: add a new one for new rates", fee_schedule_id=self.id)
        if wanted.ends_at == self.ends_at:
            return
        if self.id in DEFAULTS:
            raise DefaultFeeSchedule("a default never ends: add a newer schedule for it", fee_schedule_id=self.id)
        if self.ends_at is not None and self.ends_at <= now:
            raise FeeScheduleEnded("this fee schedule has ended: add a new one", fee_schedule_id=self.id)
        if wanted.ends_at is not None and wanted.ends_at < now:
            raise InvalidFeeSchedule("is not in the past: what was sold keeps its fee", field="ends_at")


DEFAULTS: Mapping[FeeScheduleId, FeeSchedule] = {
    one.id: one
    for one in (
        FeeSchedule(
            id=FeeScheduleId(UUID(f"00000000-0000-7000-8000-{number:012}")), channel=channel, basis_points=rate,
            starts_at=datetime(2020, 1, 1, tzinfo=UTC), note="Default",
        )
        for number, (channel, rate) in enumerate(BASIS_POINTS.items(), start=1)
    )
}  # fmt: skip
"""In force wherever no other is, so that every sale has a schedule; the migration adds the same."""
_DEFAULT_OF = {one.channel: one for one in DEFAULTS.values()}


class FeeBook:
    """Schedules by what they are for. `parents`: of categories below one that has a schedule."""

    def __init__(self, schedules: Iterable[FeeSchedule], parents: Mapping[str, str] | None = None) -> None:
        self._parents = parents or {}
        self._by_scope: dict[tuple[UserId | None, str | None, str | None], list[FeeSchedule]] = defaultdict(list)
        for one in sorted(schedules, key=lambda one: (one.starts_at, one.id), reverse=True):
            self._by_scope[one.seller, one.category, one.channel].append(one)

    def fee_on(self, sale: Sale, at: datetime) -> FeeLine:
        return self.ruling(sale, at).fee_on(sale.amount)

    def ruling(self, sale: Sale, at: datetime) -> FeeSchedule:
        """The most specific that is in force: seller before category before its parent before channel; of equals the
        one that started last. Raises NoFeeSchedule."""
        parent = None if sale.category is None else self._parents.get(sale.category)
        categories = dict.fromkeys((sale.category, parent, None))
        for scope in product((sale.seller, None), categories, (sale.channel, None)):
            for one in self._by_scope.get(scope, ()):
                if one.is_in_force(at) and one.currency in {None, sale.amount.currency}:
                    return one
        raise NoFeeSchedule(f"no fee is set for sales by the channel {sale.channel}", channel=sale.channel)


def fee_on(channel: str, price: Money) -> FeeLine:
    """By the default schedule of the channel."""
    return _DEFAULT_OF[channel].fee_on(price)
