"""What waits for moderators, and the history: the fakes of the unit tests and the SQL adapters keep one contract."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.sql.catalog.history import DECODER, ENCODER, SqlHistory
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.moderation import SqlModerationItems
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.history import Author, FieldChange, History, Revision
from marketplace.application.catalog.moderation_ports import ModerationItems
from marketplace.application.catalog.ports import Listings
from marketplace.application.catalog.views import LocationView
from marketplace.application.shared.moderation import Reported
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.moderation import (
    ItemKind,
    ModerationItem,
    ModerationItemId,
    ModerationItemNotFound,
    Report,
    ReportReason,
)
from marketplace.domain.catalog.review import Concern, ReviewRule
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import ListingId, UserId
from tests.builders.commerce import NOON, a_listing, a_user_id, aed, new_id
from tests.fakes.moderation import MemoryHistory, MemoryModerationItems
from tests.fakes.world import MemoryListings, MemoryTransaction

S = ListingStatus
CONCERNS = [
    Concern("title", ReviewRule.PROHIBITED_GOODS, "cocaine"),
    Concern("tags", ReviewRule.CONTACT_DETAILS, "t.me/x"),
]


@dataclass
class Desk:
    transaction: Transaction
    listings: Listings
    items: ModerationItems
    history: History
    revisions: Callable[[ListingId], Any]
    """The history of a listing, oldest first, as rows: by, actor, former, status, reason, fields."""

    async def listed(self, status: ListingStatus) -> ListingId:
        listing = a_listing(status=status)
        async with self.transaction:
            await self.listings.add(listing, aed(1))
        return listing.id

    async def submitted(self, listing_id: ListingId) -> ModerationItemId:
        item_id = ModerationItemId(new_id())
        async with self.transaction:
            await self.items.submit(item_id, listing_id, CONCERNS, NOON)
        return item_id

    async def reported(
        self, listing_id: ListingId, reporter: UserId | None = None, reason: ReportReason = ReportReason.SPAM
    ) -> tuple[ModerationItemId, Report]:
        item_id = ModerationItemId(new_id())
        report = Report(
            listing_id=listing_id, reporter=reporter or a_user_id(), reason=reason, details="Look.", at=NOON
        )
        async with self.transaction:
            return item_id, await self.items.report(item_id, report)

    async def item(self, item_id: ModerationItemId) -> ModerationItem | None:
        try:
            async with self.transaction:
                return await self.items.item(item_id)
        except ModerationItemNotFound:
            return None

    async def move(self, listing_id: ListingId, to: ListingStatus) -> None:
        async with self.transaction:
            await self.listings.move(listing_id, to)


class DeskContract:
    async def test_a_review_is_found_until_it_is_closed(self, desk: Desk) -> None:
        listing_id = await desk.listed(S.PENDING_REVIEW)
        item_id = await desk.submitted(listing_id)
        assert await desk.item(item_id) == ModerationItem(id=item_id, kind=ItemKind.REVIEW, subject=listing_id)
        async with desk.transaction:
            await desk.items.close(item_id)
        assert await desk.item(item_id) is None
        with pytest.raises(ModerationItemNotFound):
            async with desk.transaction:
                await desk.items.close(item_id)

    async def test_a_new_review_voids_the_one_before(self, desk: Desk) -> None:
        listing_id = await desk.listed(S.PENDING_REVIEW)
        first, (reports, _) = await desk.submitted(listing_id), await desk.reported(listing_id)
        second = await desk.submitted(listing_id)
        assert await desk.item(first) is None
        assert await desk.item(second)
        assert await desk.item(reports)

    @pytest.mark.parametrize(
        ("to", "left"), [(S.ACTIVE, {"reports"}), (S.REJECTED, {"reports"}), (S.REMOVED, set[str]())]
    )
    async def test_what_waits_no_more_has_no_review(self, desk: Desk, to: ListingStatus, left: set[str]) -> None:
        listing_id, other = await desk.listed(S.PENDING_REVIEW), await desk.listed(S.PENDING_REVIEW)
        items = {"review": await desk.submitted(listing_id), "reports": (await desk.reported(listing_id))[0]}
        untouched = await desk.submitted(other)
        await desk.move(listing_id, to)
        assert {kind for kind, item_id in items.items() if await desk.item(item_id)} == left
        assert await desk.item(untouched)

    async def test_a_person_reports_a_listing_once(self, desk: Desk) -> None:
        listing_id, reporter = await desk.listed(S.ACTIVE), a_user_id()
        item_id, first = await desk.reported(listing_id, reporter)
        again_id, again = await desk.reported(listing_id, reporter, ReportReason.FRAUD)
        other_id, other = await desk.reported(listing_id, reason=ReportReason.OTHER)
        assert (again, first.reason, other.reason) == (first, ReportReason.SPAM, ReportReason.OTHER)
        assert await desk.item(item_id) == ModerationItem(id=item_id, kind=ItemKind.REPORTS, subject=listing_id)
        assert [await desk.item(one) for one in (again_id, other_id)] == [None, None]

    async def test_reports_that_were_dealt_with_stay_so(self, desk: Desk) -> None:
        listing_id, reporter = await desk.listed(S.ACTIVE), a_user_id()
        item_id, first = await desk.reported(listing_id, reporter)
        async with desk.transaction:
            await desk.items.close(item_id)
        again_id, again = await desk.reported(listing_id, reporter)
        assert (again, await desk.item(again_id)) == (first, None)
        new_item, _ = await desk.reported(listing_id)
        assert await desk.item(new_item)

    @pytest.mark.parametrize("kind", Reported)
    async def test_reports_of_a_review_or_a_message_are_one_item(self, desk: Desk, kind: Reported) -> None:
        subject, first, second = new_id(), ModerationItemId(new_id()), ModerationItemId(new_id())
        async with desk.transaction:
            assert await desk.items.put(kind, subject, first, NOON) == first
            assert await desk.items.put(kind, subject, second, NOON) == first
        assert await desk.item(first) == ModerationItem(id=first, kind=ItemKind(kind), subject=subject)
        async with desk.transaction:
            await desk.items.close(first)
            assert await desk.items.put(kind, subject, second, NOON) == second

    async def test_the_history_keeps_what_it_is_told_in_order(self, desk: Desk) -> None:
        listing_id, seller, moderator = await desk.listed(S.DRAFT), a_user_id(), a_user_id()
        fields = {
            "price": FieldChange(Decimal("850.01"), Decimal("10000000000000.09")), "tags": FieldChange([], ["a"]),
            "location": FieldChange(None, LocationView(25.5, -55.25)), "title": FieldChange("Камера", 'A "camera"'),
        }  # fmt: skip
        said: dict[str, Any] = {"listing_id": listing_id, "at": NOON}
        async with desk.transaction:
            await desk.history.note()
            await desk.history.note(
                Revision(**said, by=Author.SELLER, actor=seller, former=None, status=S.DRAFT),
                Revision(**said, by=Author.SELLER, actor=seller, former=S.DRAFT, status=S.DRAFT, fields=fields),
            )
            await desk.history.note(
                Revision(**said, by=Author.MODERATOR, actor=moderator, former=S.DRAFT, status=S.REMOVED, reason="No."),
                Revision(**{**said, "listing_id": new_id()}, by=Author.SYSTEM, former=S.DRAFT, status=S.REMOVED),
            )
        stored = DECODER.decode(ENCODER.encode(fields))
        assert stored["price"] == fields["price"]
        assert await desk.revisions(listing_id) == [
            ("seller", seller, None, "draft", None, {}), ("seller", seller, "draft", "draft", None, stored),
            ("moderator", moderator, "draft", "removed", "No.", {}),
        ]  # fmt: skip

    async def test_a_failed_block_leaves_nothing(self, desk: Desk) -> None:
        listing_id, item_id = await desk.listed(S.PENDING_REVIEW), ModerationItemId(new_id())
        with pytest.raises(ZeroDivisionError):
            async with desk.transaction:
                await desk.items.submit(item_id, listing_id, CONCERNS, NOON)
                await desk.history.note(
                    Revision(listing_id=listing_id, at=NOON, by=Author.SYSTEM, former=None, status=S.DRAFT)
                )
                raise ZeroDivisionError
        assert await desk.item(item_id) is None
        assert await desk.revisions(listing_id) == []


class TestMemoryDesk(DeskContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()

        async def revisions(listing_id: ListingId) -> Sequence[Any]:
            return [
                (
                    one.by.value, one.actor, one.former and one.former.value, one.status.value, one.reason,
                    DECODER.decode(ENCODER.encode(one.fields)),
                )
                for one in transaction.rows.revisions
                if one.listing_id == listing_id
            ]  # fmt: skip

        return Desk(
            transaction, MemoryListings(transaction), MemoryModerationItems(transaction), MemoryHistory(transaction),
            revisions,
        )  # fmt: skip


class TestSqlDesk(DeskContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        transaction = SqlTransaction(pool, {})

        async def revisions(listing_id: ListingId) -> Sequence[Any]:
            async with pool.connection() as connection:
                rows = await connection.fetch(
                    "SELECT author, actor_id, former, status, reason, fields::text FROM catalog.listing_revisions"
                    " WHERE listing_id = $1 ORDER BY id",
                    listing_id,
                )
            return [(*row[:-1], DECODER.decode(row["fields"])) for row in rows]

        return Desk(
            transaction, SqlListings(transaction), SqlModerationItems(transaction), SqlHistory(transaction), revisions
        )
