from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from marketplace.application.catalog.moderation_views import HeldProductView, ReportedView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.moderation import ModerationDesk
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.moderation import ModerationItem, ModerationItemId, Report
from marketplace.domain.catalog.review import Concern
from marketplace.domain.shared.ids import ListingId, UserId


class ModerationItems(ModerationDesk, Protocol):
    """What waits for a moderator: of each kind at most one for a listing, a review or a message.

    Reviews are gone as soon as their listing waits no more, and everything once it is removed.
    """

    async def submit(
        self, item_id: ModerationItemId, listing_id: ListingId, concerns: Collection[Concern], now: datetime
    ) -> None:
        """Ask for a review; an earlier one of the same listing is void."""
        ...

    async def report(self, item_id: ModerationItemId, report: Report) -> Report:
        """The first report of this person on this listing: this one, unless there was one before.

        `item_id` becomes the item's if the listing has no open reports.
        """
        ...

    async def item(self, item_id: ModerationItemId) -> ModerationItem:
        """Raises ModerationItemNotFound."""
        ...

    async def close(self, item_id: ModerationItemId) -> None:
        """Raises ModerationItemNotFound for what is closed already."""
        ...


class Judges(Protocol):
    """Asked of reviews and messaging."""

    async def judge(self, item: ModerationItem, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        """What becomes of what people reported, and its status then; None lets it be. Nobody judges their own."""
        ...


class ModerationQueries(Protocol):
    """Raise MissingPermission unless the actor is a moderator. What a suspended seller has waits with them."""

    async def queue(
        self, actor: Actor, *, after: ModerationItemId | None, skip: int, limit: int
    ) -> Slice[HeldProductView]:
        """Listings that the rules hold, those that wait longest first."""
        ...

    async def reported(
        self, actor: Actor, *, after: ModerationItemId | None, skip: int, limit: int
    ) -> Slice[ReportedView]:
        """Listings with open reports, those whose first report is oldest first."""
        ...
