from datetime import timedelta
from typing import Any

import msgspec
import pytest

from marketplace.application.catalog.categories import (
    CategoryDraft,
    CreateCategory,
    DeleteCategory,
    EditCategory,
    ReadCategories,
)
from marketplace.application.catalog.category_ports import Count
from marketplace.application.catalog.personal import (
    TELL_AT_ONCE,
    ForgetOldMatches,
    ForgetPersonalLists,
    KeepFavorite,
    SaveSearch,
    SearchWish,
    TakeFavoriteBack,
    TellSearchers,
)
from marketplace.application.catalog.ports import Signal
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.catalog.category import CategoryInUse, CategoryKind, InvalidCategory
from marketplace.domain.catalog.favorite import OwnListing
from marketplace.domain.catalog.saved_search import SearchMatched
from tests.builders.commerce import NOON, a_published_listing, a_user_id, aed, an_actor, an_actor_who_may_not
from tests.builders.personal import a_category, a_favorite, a_search
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.categories import MemoryCategoryCache, MemoryCategoryCensus, MemoryCategoryTrees
from tests.fakes.personal import MemoryFavorites, MemoryPersonal, MemorySavedSearches, MemoryViews, PersonalRows
from tests.fakes.world import FixedClock, MemoryListings, MemorySignals, SequentialIds


class Desk:
    """All use cases of this part on fakes."""

    def __init__(self) -> None:
        self.transaction = block = MemoryPersonal()
        self.clock = clock = FixedClock(NOON)
        ids, self.cache, self.census = SequentialIds(), MemoryCategoryCache(), MemoryCategoryCensus(block)
        self.favorites, self.searches = MemoryFavorites(block), MemorySavedSearches(block, "electronics")
        self.views, trees = MemoryViews(block, clock), MemoryCategoryTrees(block)
        self.audit = MemoryAuditTrail(lambda: block.inside.audited)
        self.keep = KeepFavorite(self.favorites, MemorySignals(block), block, clock, ids)
        self.take_back = TakeFavoriteBack(self.favorites, block)
        self.save = SaveSearch(self.searches, block, clock, ids)
        self.tell = TellSearchers(self.searches, block, clock)
        self.forget = ForgetPersonalLists(self.favorites, self.views, self.searches, block)
        self.forget_matches = ForgetOldMatches(self.searches, block)
        self.create = CreateCategory(trees, self.cache, self.audit, block)
        self.edit = EditCategory(trees, self.cache, self.audit, block)
        self.delete = DeleteCategory(trees, self.cache, self.audit, block)
        self.read = ReadCategories(self.census, self.cache)

    @property
    def rows(self) -> PersonalRows:
        rows = self.transaction.rows
        assert isinstance(rows, PersonalRows)
        return rows

    async def listed(self, **changes: Any) -> Any:
        listing = a_published_listing(**changes)
        async with self.transaction:
            await MemoryListings(self.transaction).add(listing, aed(1))
        return listing


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_favourite_counts_once_for_a_person(desk: Desk) -> None:
    listing, fan = await desk.listed(), an_actor()
    for _ in range(2):
        await desk.keep(fan, listing.id)
        await desk.take_back(fan, listing.id)
    await desk.keep(an_actor(), listing.id)
    assert desk.rows.signals == {(Signal.FAVORITE, listing.id): 2}


async def test_nobody_keeps_an_own_listing_or_without_the_permission(desk: Desk) -> None:
    seller = an_actor()
    listing = await desk.listed(seller=seller.user)
    with pytest.raises(OwnListing):
        await desk.keep(seller, listing.id)
    outsider = an_actor_who_may_not(Permission.KEEP_LISTS)
    deeds = (
        desk.keep(outsider, listing.id), desk.take_back(outsider, listing.id),
        desk.save(outsider, SearchWish(words="x")),
    )  # fmt: skip
    for deed in deeds:
        with pytest.raises(MissingPermission):
            await deed
    assert (desk.rows.favorites, desk.rows.searches) == ({}, {})


async def test_many_are_told_some_at_a_time_and_once(desk: Desk) -> None:
    async with desk.transaction:
        for _ in range(TELL_AT_ONCE + 1):
            await desk.searches.add(a_search())
    listing = await desk.listed(title="A camera")
    desk.rows.events = []
    for _ in range(2):
        await desk.tell(listing.id)
    told = [event for event in desk.rows.events if isinstance(event, SearchMatched)]
    assert [len(event.found) for event in told] == [TELL_AT_ONCE, 1]
    assert {event.title for event in told} == {"A camera"}
    assert {user for event in told for user, _ in event.found} == {one.user for one in desk.rows.searches.values()}
    await desk.forget_matches(NOON + timedelta(days=29))
    assert len(desk.rows.told) == TELL_AT_ONCE + 1
    await desk.forget_matches(NOON + timedelta(days=31))
    assert desk.rows.told == {}


async def test_personal_lists_go_with_the_account(desk: Desk) -> None:
    leaver, other = a_user_id(), a_user_id()
    listing = await desk.listed(title="A camera")
    for user in (leaver, other):
        desk.views.note(user, listing.id)
        async with desk.transaction:
            await desk.favorites.keep(a_favorite(listing.id, user=user))
            await desk.searches.add(a_search(user=user))
    await desk.tell(listing.id)
    await desk.forget(leaver)
    rows = desk.rows
    for table in (rows.favorites, rows.views, rows.told):
        assert [user for user, _ in table] == [other]
    assert [search.user for search in rows.searches.values()] == [other]


def a_draft(slug: str = "cameras", **changes: Any) -> CategoryDraft:
    given: dict[str, Any] = {
        "slug": slug, "kind": CategoryKind.PRODUCT, "parent": None, "names": {"en": "Cameras"}, "icon": "camera",
        "color": "#2563EB", "secondary_color": "#DBEAFE", "position": None,
    }  # fmt: skip
    return CategoryDraft(**{**given, **changes})


async def test_an_edit_is_read_at_once_and_audited(desk: Desk) -> None:
    admin = an_actor()
    await desk.create(admin, a_draft())
    assert b'"Cameras"' in bytes(await desk.read.roots(CategoryKind.PRODUCT, "ru"))
    await desk.edit(admin, "cameras", {"names": {"ru": "Камеры"}})
    assert "Камеры".encode() in bytes(await desk.read.roots(CategoryKind.PRODUCT, "ru"))
    await desk.delete(admin, "cameras")
    assert bytes(await desk.read.roots(CategoryKind.PRODUCT, "ru")) == b"[]"
    assert [(one.action, one.facts) for one in desk.rows.audited] == [
        (f"catalog.category_{deed}", {"slug": "cameras"}) for deed in ("created", "edited", "deleted")
    ]


async def test_who_may_not_manage_categories_changes_none(desk: Desk) -> None:
    await desk.create(an_actor(), a_draft())
    before, outsider = dict(desk.rows.categories), an_actor_who_may_not(Permission.MANAGE_CATEGORIES)
    deeds = (
        desk.create(outsider, a_draft("lenses")), desk.edit(outsider, "cameras", {}), desk.delete(outsider, "cameras"),
    )  # fmt: skip
    for deed in deeds:
        with pytest.raises(MissingPermission):
            await deed
    assert desk.rows.categories == before


async def test_a_refused_edit_leaves_nothing(desk: Desk) -> None:
    admin = an_actor()
    await desk.create(admin, a_draft())
    await desk.create(admin, a_draft("lenses", parent="cameras"))
    before = dict(desk.rows.categories)
    with pytest.raises(InvalidCategory):
        await desk.edit(admin, "cameras", {"parent": "lenses"})
    with pytest.raises(CategoryInUse):
        await desk.delete(admin, "cameras")
    assert desk.rows.categories == before
    assert len(desk.rows.audited) == 2


async def test_a_category_counts_what_is_below_it_when_counts_are_renewed(desk: Desk) -> None:
    for one in (a_category("home"), a_category("kitchen", parent="home"), a_category("pans", parent="kitchen")):
        desk.rows.categories[one.slug] = one
    assert await counts(desk) == {"home": (0, 0, 0)}
    desk.census.counts = {"home": Count(1, 2, 0), "pans": Count(3, 3, 1)}
    await desk.read.renew()
    assert await counts(desk) == {"home": (0, 0, 0)}, "nothing is known to have changed"
    await desk.cache.changed()
    await desk.read.renew()
    assert await counts(desk) == {"home": (4, 5, 1)}
    details = msgspec.json.decode(bytes(await desk.read.one("kitchen", "en")))
    assert (details["total_products"], details["path"]) == (3, ["home"])
    assert [child["slug"] for child in details["children"]] == ["pans"]


async def counts(desk: Desk) -> dict[str, tuple[int, int, int]]:
    listed = msgspec.json.decode(bytes(await desk.read.roots(CategoryKind.PRODUCT, "en")))
    return {
        one["slug"]: (one["total_products"], one["active_listings_count"], one["live_streams_count"]) for one in listed
    }
