"""Adding and changing fee schedules, and what sales before and after cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.ordering.fee_schedules import AddFeeSchedule, ChangeFeeSchedule
from marketplace.application.ordering.fee_views import FeeScheduleView
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.ordering.fees import (
    DEFAULTS,
    MOST_OPEN,
    FeeScheduleId,
    FeeScheduleInUse,
    FeeScheduleNotFound,
    InvalidFeeSchedule,
    TooManyFeeSchedules,
    UnknownFeeScope,
)
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.money import InvalidAmount
from tests.builders.commerce import HOUR, NOON, an_actor, an_actor_who_may_not, new_id
from tests.builders.fees import a_fee_draft, a_fee_schedule
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.fees import MemoryFeeSchedules, MemoryFeeScopes
from tests.fakes.market import Market
from tests.fakes.world import SequentialIds


class Office:
    """A market, and who sets its fees."""

    def __init__(self) -> None:
        self.market = Market()
        self.admin, block, clock = an_actor(), self.market.transaction, self.market.clock
        schedules, audit = MemoryFeeSchedules(block), MemoryAuditTrail(lambda: block.inside.audited)
        scopes = MemoryFeeScopes({"electronics"}, {self.market.seller.user})
        self.add = AddFeeSchedule(schedules, scopes, audit, block, clock, SequentialIds())
        self.change = ChangeFeeSchedule(schedules, scopes, audit, block, clock)

    async def added(self, **draft: Any) -> FeeScheduleView:
        return await self.add(self.admin, a_fee_draft(**draft))

    async def sold(self) -> str:
        """The fee of a sale now."""
        return str(self.market.rows.orders[await self.market.ordered()].fee.decimal)


@pytest.fixture
def office() -> Office:
    return Office()


async def test_what_was_sold_keeps_its_fee_and_what_is_sold_next_has_the_new_one(office: Office) -> None:
    before = await office.market.ordered()
    frozen = office.market.rows.orders[before].lines[0].fee
    view = await office.added(channel="community", starts_at=None)
    assert (view.starts_at, view.rule, view.is_default) == (NOON, "community_1500bp", False)
    after = office.market.rows.orders[await office.market.ordered()].lines[0].fee
    assert (str(after.amount.decimal), after.schedule, after.rule) == ("112.50", view.id, "community_1500bp")
    assert office.market.rows.orders[before].lines[0].fee == frozen
    assert (str(frozen.amount.decimal), frozen.rule) == ("37.50", "community_500bp")


async def test_a_schedule_rules_from_its_start_until_its_end(office: Office) -> None:
    await office.added(category="electronics", seller_id=office.market.seller.user)
    told = []
    for at in (timedelta(0), timedelta(days=1), timedelta(days=8)):
        office.market.clock.at = NOON + at
        told.append(await office.sold())
    assert told == ["37.50", "112.50", "37.50"]


async def test_the_estimate_of_a_listing_follows_the_schedules(office: Office) -> None:
    await office.added(seller_id=office.market.seller.user, starts_at=None, basis_points=1_000)
    listing = await office.market.listed()
    assert str(office.market.rows.listings[listing][1].decimal) == "85.00"


async def test_until_it_begins_everything_may_change_and_amounts_are_in_its_currency(office: Office) -> None:
    added = await office.added(channel="community", currency="AED", fixed=Decimal("1.50"), minimum=Decimal(2))
    changes = {"currency": "KWD", "basis_points": 100, "channel": None, "minimum": None, "note": " Winter "}
    changed = await office.change(office.admin, added.id, changes)
    stored = office.market.rows.fee_schedules[added.id]
    assert (stored.fixed, stored.minimum, stored.currency, stored.channel) == (1_500, None, "KWD", None)
    assert (changed.fixed, changed.note, changed.rule) == (Decimal("1.500"), "Winter", "any_100bp_plus_1500")
    assert FeeScheduleView.of(stored) == changed
    assert [(one.action, one.subject, one.actor) for one in office.market.rows.audited] == [
        (f"ordering.fee_schedule_{deed}", added.id, office.admin.user) for deed in ("added", "changed")
    ]
    assert office.market.rows.audited[1].facts == {
        "rule": changed.rule, "starts_at": changed.starts_at.isoformat(), "ends_at": added.ends_at.isoformat(),  # type: ignore[union-attr]
    }  # fmt: skip


async def test_once_it_has_begun_it_may_only_end(office: Office) -> None:
    added = await office.added(channel="community", starts_at=None)
    office.market.clock.advance(HOUR)
    with pytest.raises(FeeScheduleInUse):
        await office.change(office.admin, added.id, {"basis_points": 500})
    ended = await office.change(office.admin, added.id, {"ends_at": NOON + HOUR})
    assert ended.ends_at == NOON + HOUR
    assert await office.sold() == "37.50"


@pytest.mark.parametrize(
    ("draft", "error", "field"),
    [
        ({"category": "submarines"}, UnknownFeeScope, "category"),
        ({"seller_id": new_id()}, UnknownFeeScope, "seller_id"),
        ({"starts_at": NOON - timedelta(seconds=1)}, InvalidFeeSchedule, "starts_at"),
        ({"fixed": Decimal(1)}, InvalidFeeSchedule, "currency"),
        ({"fixed": Decimal("0.001"), "currency": "AED"}, InvalidAmount, "fixed"),
        ({"maximum": Decimal(0), "currency": "AED"}, InvalidAmount, "maximum"),
    ],
)
async def test_a_refused_schedule_leaves_nothing(
    office: Office, draft: dict[str, Any], error: type[DomainError], field: str
) -> None:
    with pytest.raises(error) as refused:
        await office.added(**draft)
    assert getattr(refused.value, "field", None) == field
    assert office.market.rows.fee_schedules == {}
    assert office.market.rows.audited == []


async def test_so_many_schedules_and_no_more(office: Office) -> None:
    some = [a_fee_schedule(ends_at=NOON + HOUR) for _ in range(MOST_OPEN - len(DEFAULTS))]
    office.market.rows.fee_schedules.update({one.id: one for one in some})
    with pytest.raises(TooManyFeeSchedules):
        await office.added()
    office.market.clock.advance(HOUR)
    assert (await office.added()).id in office.market.rows.fee_schedules


async def test_who_may_not_manage_fees_changes_none(office: Office) -> None:
    added, outsider = await office.added(), an_actor_who_may_not(Permission.MANAGE_FEES)
    before = dict(office.market.rows.fee_schedules)
    with pytest.raises(MissingPermission):
        await office.add(outsider, a_fee_draft())
    with pytest.raises(MissingPermission):
        await office.change(outsider, added.id, {"note": "Mine"})
    with pytest.raises(FeeScheduleNotFound):
        await office.change(office.admin, FeeScheduleId(new_id()), {"note": "Whose?"})
    assert office.market.rows.fee_schedules == before
