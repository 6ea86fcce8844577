"""What follows from changes to listings, for categories and for those who look out for something."""

from datetime import datetime

from dishka import AsyncContainer

from marketplace.application.catalog.categories import ReadCategories
from marketplace.application.catalog.category_ports import CategoryCache
from marketplace.application.catalog.personal import ForgetOldMatches, ForgetPersonalLists, TellSearchers
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.ports import Clock
from marketplace.domain.catalog.events import (
    ListingPaused,
    ListingPublished,
    ListingRemoved,
    ListingResumed,
    ListingRevised,
)
from marketplace.domain.catalog.saved_search import SearchMatched
from marketplace.domain.identity.user import UserDeleted
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.entrypoints.worker import notices
from marketplace.entrypoints.worker.registry import Handlers

CHANGES_COUNTS: tuple[type[DomainEvent], ...] = (ListingRevised, ListingPaused, ListingResumed, ListingRemoved)
"""Events by which listings come to be for sale, cease to be, or go into another category, and nothing else follows.

Handlers of the others say so by themselves: it costs no job of its own.
"""


def subscribe(handlers: Handlers) -> None:
    for event in CHANGES_COUNTS:
        _count_anew(handlers, event)

    @handlers.routine("renew_categories", 1.0)
    async def renew_categories(scope: AsyncContainer) -> None:
        await (await scope.get(ReadCategories)).renew()

    @handlers.on(ListingPublished, "searches.listing_published", transactional=False)
    async def tell_searchers(scope: AsyncContainer, event: ListingPublished) -> None:
        await counts_changed(scope)
        await (await scope.get(TellSearchers))(event.listing_id)

    @handlers.on(SearchMatched, "notifications.search_matched")
    async def tell_of_match(scope: AsyncContainer, event: SearchMatched) -> None:
        await (await scope.get(DeliverNotices))(notices.of_search_match(event))

    @handlers.on(UserDeleted, "personal.user_deleted", transactional=False)
    async def forget_personal_lists(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetPersonalLists))(event.user_id)

    @handlers.cron("catalog.forget_old_matches", "41 2 * * *", transactional=False)
    async def forget_old_matches(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetOldMatches))((await scope.get(Clock)).now())


def _count_anew(handlers: Handlers, event: type[DomainEvent]) -> None:
    name = event.name.removesuffix(".v1").replace(".", "_")

    @handlers.on(event, f"counts.{name}", transactional=False)
    async def count_anew(scope: AsyncContainer, _: DomainEvent) -> None:
        await counts_changed(scope)


async def counts_changed(scope: AsyncContainer) -> None:
    """Have what is for sale in each category counted anew within some seconds."""
    await (await scope.get(CategoryCache)).changed()
