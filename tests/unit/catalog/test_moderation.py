"""What people report, what waits for a moderator, and what is decided."""

from uuid import UUID

import pytest
from msgspec import UNSET

from marketplace.application.catalog.history import Author
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.application.shared.moderation import Reported
from marketplace.domain.catalog.events import ListingReviewed, ListingTakenDown
from marketplace.domain.catalog.listing import Audience, Listing, ListingNotAvailable, ListingNotFound, ListingWithheld
from marketplace.domain.catalog.moderation import (
    Decision,
    ModerationItemId,
    ModerationItemNotFound,
    OwnProduct,
    ReasonRequired,
    ReportReason,
)
from marketplace.domain.catalog.standing import ListingStatus, Withheld
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import NOON, a_draft, a_user_id, an_actor, an_actor_who_may_not, new_id
from tests.fakes.market import Market
from tests.fakes.moderation import MemoryModerationItems

S = ListingStatus
MODERATOR = an_actor(None, *PERMISSIONS[Role.MODERATOR])
WHY = "The pictures show another product."


@pytest.fixture
def market() -> Market:
    return Market()


async def held(market: Market) -> tuple[ListingId, ModerationItemId]:
    listing_id = await market.listed(description="Call +971 50 123 4567")
    return listing_id, items(market)[-1]


async def reported(market: Market) -> tuple[ListingId, ModerationItemId]:
    listing_id = await market.listed()
    await market.report_listing(market.buyer, listing_id, ReportReason.FRAUD, None)
    return listing_id, items(market)[-1]


def items(market: Market) -> list[ModerationItemId]:
    return list(market.rows.moderation_items)


def status(market: Market, listing_id: ListingId) -> ListingStatus:
    return market.rows.listings[listing_id][0].status


async def test_what_the_rules_hold_waits_with_the_reasons(market: Market) -> None:
    listing_id, item_id = await held(market)
    assert status(market, listing_id) is S.PENDING_REVIEW
    assert market.news == ["catalog.listing_submitted"]
    item, concerns = market.rows.moderation_items[item_id]
    assert (item.subject, [one.found for one in concerns]) == (listing_id, ["+971 50 123 4567"])


@pytest.mark.parametrize(
    ("decision", "reason", "after", "news"),
    [
        (Decision.APPROVE, None, S.ACTIVE, ["catalog.listing_published", "catalog.listing_reviewed"]),
        (Decision.REJECT, WHY, S.REJECTED, ["catalog.listing_reviewed"]),
    ],
)
async def test_a_moderator_decides_once(
    market: Market, decision: Decision, reason: str | None, after: ListingStatus, news: list[str]
) -> None:
    listing_id, item_id = await held(market)
    market.forget_news()
    view = await market.decide(MODERATOR, item_id, decision, reason)
    assert (view.product_id, view.decision, view.reason, view.status) == (listing_id, decision, reason, after)
    assert status(market, listing_id) is after
    told = market.rows.events[-1]
    assert isinstance(told, ListingReviewed)
    assert (told.by, told.decision, told.reason) == (MODERATOR.user, decision, reason)
    assert market.news == news
    last = market.rows.revisions[-1]
    assert (last.by, last.actor, last.former, last.status, last.reason, last.at) == (
        Author.MODERATOR, MODERATOR.user, S.PENDING_REVIEW, after, reason, NOON,
    )  # fmt: skip
    for again in Decision:
        with pytest.raises(ModerationItemNotFound):
            await market.decide(MODERATOR, item_id, again, WHY)


@pytest.mark.parametrize("reason", [None, "", " \u200b "])
async def test_nobody_is_refused_without_a_word(market: Market, reason: str | None) -> None:
    listing_id, item_id = await held(market)
    with pytest.raises(ReasonRequired):
        await market.decide(MODERATOR, item_id, Decision.REJECT, reason)
    with pytest.raises(ReasonRequired):
        await market.take_down(an_actor(), listing_id, reason or "")
    assert status(market, listing_id) is S.PENDING_REVIEW


async def test_what_is_edited_while_it_waits_is_looked_at_anew(market: Market) -> None:
    listing_id, item_id = await held(market)
    await market.revise_listing(market.seller, listing_id, {"description": "t.me/shop"})
    (new,) = items(market)
    with pytest.raises(ModerationItemNotFound):
        await market.decide(MODERATOR, item_id, Decision.APPROVE, None)
    await market.revise_listing(market.seller, listing_id, {"description": "Works."})
    assert status(market, listing_id) is S.ACTIVE
    with pytest.raises(ModerationItemNotFound):
        await market.decide(MODERATOR, new, Decision.REJECT, WHY)


async def test_a_draft_that_the_rules_hold_waits_once_it_is_published(market: Market) -> None:
    draft = await market.list_product(market.seller, a_draft(title="Fake passports"), publish=False)
    assert items(market) == []
    assert (await market.move_own(market.seller, draft.id, Listing.publish)).status == "pending_review"
    assert len(items(market)) == 1


async def test_what_is_removed_waits_for_nobody(market: Market) -> None:
    listing_id, item_id = await held(market)
    await market.move_own(market.seller, listing_id, Listing.remove)
    with pytest.raises(ModerationItemNotFound):
        await market.decide(MODERATOR, item_id, Decision.APPROVE, None)


async def test_nothing_of_a_suspended_seller_is_approved(market: Market) -> None:
    listing_id, item_id = await held(market)
    await market.withhold_listings(market.seller.user, Withheld.SUSPENDED)
    with pytest.raises(ListingWithheld):
        await market.decide(MODERATOR, item_id, Decision.APPROVE, None)
    await market.give_listings_back(market.seller.user)
    await market.decide(MODERATOR, item_id, Decision.APPROVE, None)
    assert status(market, listing_id) is S.ACTIVE


async def test_nobody_decides_about_their_own(market: Market) -> None:
    _, item_id = await held(market)
    with pytest.raises(OwnProduct):
        await market.decide(market.seller, item_id, Decision.APPROVE, None)
    assert items(market) == [item_id]


async def test_a_report_counts_once_for_a_person(market: Market) -> None:
    listing_id = await market.listed()
    first = await market.report_listing(market.buyer, listing_id, ReportReason.FRAUD, " He lies. ")
    assert (first.product_id, first.reason, first.details, first.reported_at) == (
        listing_id, ReportReason.FRAUD, "He lies.", NOON,
    )  # fmt: skip
    assert await market.report_listing(market.buyer, listing_id, ReportReason.SPAM, None) == first
    await market.report_listing(market.stranger, listing_id, ReportReason.OTHER, None)
    assert (len(items(market)), len(market.rows.reports)) == (1, 2)


async def test_who_may_report(market: Market) -> None:
    listing_id, hidden = await market.listed(), await market.listed(audience=Audience.FOLLOWERS)
    spam = (ReportReason.SPAM, None)
    with pytest.raises(OwnProduct):
        await market.report_listing(market.seller, listing_id, *spam)
    with pytest.raises(ListingNotFound):
        await market.report_listing(market.stranger, hidden, *spam)
    with pytest.raises(MissingPermission):
        await market.report_listing(an_actor_who_may_not(Permission.REPORT), listing_id, *spam)
    with pytest.raises(InvalidText):
        await market.report_listing(market.buyer, listing_id, ReportReason.OTHER, " ")
    assert market.rows.reports == {}


async def test_a_moderator_lets_what_was_reported_be(market: Market) -> None:
    listing_id, item_id = await reported(market)
    market.forget_news()
    await market.decide(MODERATOR, item_id, Decision.APPROVE, None)
    assert (status(market, listing_id), market.news, items(market)) == (S.ACTIVE, [], [])
    (entry,) = market.rows.audited
    assert (entry.action, entry.actor, entry.subject) == ("catalog.reports_dismissed", MODERATOR.user, listing_id)
    await market.report_listing(market.buyer, listing_id, ReportReason.FRAUD, None)
    assert items(market) == [], "the same person said so already"


async def test_a_moderator_takes_down_what_was_reported(market: Market) -> None:
    listing_id, item_id = await reported(market)
    market.forget_news()
    view = await market.decide(MODERATOR, item_id, Decision.REJECT, WHY)
    assert (view.status, status(market, listing_id)) == (S.REMOVED, S.REMOVED)
    assert market.news == ["catalog.listing_taken_down", "catalog.listing_removed"]


@pytest.mark.parametrize("at", [S.DRAFT, S.ACTIVE, S.PAUSED, S.RESERVED])
async def test_an_administrator_takes_anything_down_that_is_not_sold(market: Market, at: ListingStatus) -> None:
    listing_id, item_id = await reported(market)
    market.rows.listings[listing_id][0].status = at
    admin = an_actor()
    view = await market.take_down(admin, listing_id, f" {WHY} ")
    assert (view.reason, view.status, status(market, listing_id)) == (WHY, "removed", S.REMOVED)
    told = market.rows.events[-2]
    assert isinstance(told, ListingTakenDown)
    assert (told.by, told.reason, told.seller) == (admin.user, WHY, market.seller.user)
    assert market.rows.revisions[-1].reason == WHY
    with pytest.raises(ModerationItemNotFound):
        await market.decide(MODERATOR, item_id, Decision.APPROVE, None)


async def test_what_is_sold_or_gone_is_not_taken_down(market: Market) -> None:
    listing_id = await market.listed()
    for at in (S.SOLD, S.REMOVED):
        market.rows.listings[listing_id][0].status = at
        with pytest.raises(ListingNotAvailable):
            await market.take_down(an_actor(), listing_id, WHY)
    with pytest.raises(ListingNotFound):
        await market.take_down(an_actor(), ListingId(a_user_id()), WHY)


async def test_who_may_decide(market: Market) -> None:
    listing_id, item_id = await held(market)
    for role in (Role.BUYER, Role.SELLER, Role.FINANCE):
        outsider = an_actor(None, *PERMISSIONS[role])
        with pytest.raises(MissingPermission):
            await market.decide(outsider, item_id, Decision.APPROVE, None)
    for role in set(Role) - {Role.ADMIN}:
        with pytest.raises(MissingPermission):
            await market.take_down(an_actor(None, *PERMISSIONS[role]), listing_id, WHY)
    assert status(market, listing_id) is S.PENDING_REVIEW


async def reported_feedback(market: Market) -> tuple[UUID, ModerationItemId]:
    review_id, item_id = new_id(), ModerationItemId(new_id())
    async with market.transaction:
        await MemoryModerationItems(market.transaction).put(Reported.REVIEW, review_id, item_id, NOON)
    return review_id, item_id


async def test_a_reported_review_is_decided_at_the_same_desk(market: Market) -> None:
    review_id, item_id = await reported_feedback(market)
    with pytest.raises(ReasonRequired):
        await market.decide(MODERATOR, item_id, Decision.REJECT, None)
    view = await market.decide(MODERATOR, item_id, Decision.REJECT, WHY)
    assert (view.review_id, view.product_id, view.status) == (review_id, UNSET, "taken_down")
    assert market.judges.taken_down == {review_id: (MODERATOR.user, WHY)}
    with pytest.raises(ModerationItemNotFound):
        await market.decide(MODERATOR, item_id, Decision.APPROVE, None)


async def test_a_reported_review_may_be_let_be(market: Market) -> None:
    review_id, item_id = await reported_feedback(market)
    assert (await market.decide(MODERATOR, item_id, Decision.APPROVE, None)).status == "published"
    assert (market.judges.taken_down, items(market)) == ({}, [])
    (entry,) = market.rows.audited
    assert (entry.action, entry.subject_kind, entry.subject) == ("catalog.reports_dismissed", "review", review_id)
