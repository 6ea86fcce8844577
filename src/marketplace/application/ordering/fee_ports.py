from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.ordering.fee_views import FeePreview, FeeScheduleView, OrderFeeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.ordering.fees import FeeBook, FeeSchedule, FeeScheduleId, Sale
from marketplace.domain.shared.ids import OrderId, UserId


class FeeSchedules(Protocol):
    async def book(self) -> FeeBook:
        """What is in force and what is to come. A change by another process may be missing for up to a second."""
        ...

    async def open(self, at: datetime, most: int) -> int:
        """How many are in force or to come at a moment, counted up to `most`."""
        ...

    async def locked(self, schedule_id: FeeScheduleId) -> FeeSchedule:
        """Raises FeeScheduleNotFound."""
        ...

    async def used(self, schedule_ids: Collection[FeeScheduleId]) -> Mapping[FeeScheduleId, FeeSchedule]:
        """Those by which fees were frozen, ended or not."""
        ...

    async def add(self, schedule: FeeSchedule) -> None: ...

    async def save(self, schedule: FeeSchedule) -> None: ...

    def changed(self) -> None:
        """After the commit of a change: this process reads its book anew."""
        ...


class FeeScopes(Protocol):
    """Asked of catalog and identity."""

    async def require(self, category: str | None, seller: UserId | None) -> None:
        """Raises UnknownFeeScope where there is no such category or person."""
        ...


class FeeQueries(Protocol):
    async def newest(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[FeeScheduleView]:
        """Every schedule, those that ended too, the one added last first. For those who manage fees."""
        ...

    async def preview(self, sale: Sale, language: str) -> FeePreview:
        """Were it sold now; raises NoFeeSchedule."""
        ...

    async def of_order(self, actor: Actor, order_id: OrderId, language: str) -> list[OrderFeeView]:
        """Of each line, for the two parties and those who manage fees; to others the order is not found."""
        ...
