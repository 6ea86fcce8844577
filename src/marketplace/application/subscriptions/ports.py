from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import Slice
from marketplace.application.subscriptions.views import PlanView, SubscriptionDetails, SubscriptionView
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import PaysBy, SubscriptionId
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import Plan, PlanId
from marketplace.domain.subscriptions.subscription import Subscription


class CreatorUnavailable(Conflict):
    code = "creator_unavailable"


class ChargeRefused(Conflict):
    code = "charge_refused"


class Plans(Protocol):
    async def add(self, plan: Plan) -> None: ...

    async def find(self, plan_id: PlanId) -> Plan:
        """Not locked; raises PlanNotFound."""
        ...

    async def save(self, plan: Plan) -> None:
        """Its words and whether it is archived; raises StaleAggregate."""
        ...


class Subscriptions(Protocol):
    """Saving ships the events. A subscription is locked before the payment of one of its periods."""

    async def add(self, subscription: Subscription) -> None:
        """Raises AlreadySubscribed while another of these two people has not ended."""
        ...

    async def lock(self, subscription_id: SubscriptionId) -> Subscription:
        """Raises SubscriptionNotFound."""
        ...

    async def lock_of(self, period_id: PeriodId) -> Subscription:
        """The one of this period; raises SubscriptionNotFound."""
        ...

    async def open_one(self, subscriber: UserId, creator: UserId) -> Subscription | None:
        """That has not ended; locked."""
        ...

    async def had_trial(self, subscriber: UserId, creator: UserId) -> bool: ...

    async def open_of(self, user: UserId, *, as_creator: bool) -> Sequence[SubscriptionId]:
        """Those that have not ended."""
        ...

    async def note_refund(self, period_id: PeriodId, refunded: Money) -> None:
        """So much of the period went back, in all. Its subscription is locked."""
        ...

    async def save(self, subscription: Subscription) -> None: ...


class Fees(Protocol):
    """Asked of ordering: the fee schedules are there."""

    async def on(self, creator: UserId, amount: Money) -> Money: ...


class Creators(Protocol):
    """Asked of identity, inside the running transaction."""

    async def require(self, creator: UserId) -> None:
        """Raises CreatorUnavailable for one who may not sell now."""
        ...


class Collector(Protocol):
    """Asked of payments, outside any transaction."""

    async def require(self, subscriber: UserId, pays_by: PaysBy) -> None:
        """Raises what payments says of a method that is not there, or is somebody else's."""
        ...

    async def collect(self, subscriber: UserId, period_id: PeriodId, pays_by: PaysBy) -> None:
        """Begin a payment of the period. What becomes of it comes by what payments asks of us.

        Raises NothingDue, ChargeUnderWay, or ChargeRefused where no payment could begin.
        """
        ...


class Part(StrEnum):
    SUBSCRIBER = "subscriber"
    CREATOR = "creator"


class Membership(Protocol):
    """For what only subscribers may see."""

    async def is_subscribed(self, user: UserId, creator: UserId) -> bool:
        """Whether the user has access to what this creator has for subscribers."""
        ...


class SubscriptionQueries(Protocol):
    async def plans(
        self, viewer: Viewer, creator: UserId | None, *, after: PlanId | None, skip: int, limit: int
    ) -> Slice[PlanView]:
        """Newest first; archived ones for their creator only, who asks for the own ones."""
        ...

    async def subscriptions(
        self, actor: Actor, part: Part, creator: UserId | None, *, after: SubscriptionId | None, skip: int, limit: int
    ) -> Slice[SubscriptionView]:
        """Newest first: all of the actor's own, perhaps of one creator; or the subscribers that the actor has now."""
        ...

    async def subscription(self, actor: Actor, subscription_id: SubscriptionId) -> SubscriptionDetails:
        """For the two; to others it is not found."""
        ...
