"""What moderators see and what is written down of listings, in memory: tests/contract/catalog/test_moderation.py."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from marketplace.application.catalog.history import History, Revision
from marketplace.application.catalog.moderation_ports import Judges, ModerationItems
from marketplace.application.shared.moderation import Reported
from marketplace.domain.catalog.moderation import (
    ItemKind,
    ModerationItem,
    ModerationItemId,
    ModerationItemNotFound,
    Report,
)
from marketplace.domain.catalog.review import Concern
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import ListingId, UserId
from tests.fakes.world import MemoryTransaction


class MemoryHistory(History):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def note(self, *revisions: Revision) -> None:
        self._transaction.inside.revisions += revisions


class MemoryModerationItems(ModerationItems):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def submit(
        self, item_id: ModerationItemId, listing_id: ListingId, concerns: Collection[Concern], now: datetime
    ) -> None:
        items = self._transaction.inside.moderation_items
        for known in [one for one, _ in items.values() if (one.subject, one.kind) == (listing_id, ItemKind.REVIEW)]:
            del items[known.id]
        items[item_id] = (ModerationItem(id=item_id, kind=ItemKind.REVIEW, subject=listing_id), concerns)

    async def report(self, item_id: ModerationItemId, report: Report) -> Report:
        rows = self._transaction.inside
        key = (report.listing_id, report.reporter)
        if key not in rows.reports:
            new = ModerationItem(id=item_id, kind=ItemKind.REPORTS, subject=report.listing_id)
            same = [one for one, _ in rows.moderation_items.values() if (one.subject, one.kind) == (key[0], new.kind)]
            item = same[0] if same else new
            rows.moderation_items[item.id] = (item, ())
            rows.reports[key] = (item.id, report)
        return rows.reports[key][1]

    async def put(self, kind: Reported, subject: UUID, item_id: UUID, now: datetime) -> UUID:
        items = self._transaction.inside.moderation_items
        new = ModerationItem(id=ModerationItemId(item_id), kind=ItemKind(kind), subject=subject)
        for known, _ in items.values():
            if (known.kind, known.subject) == (new.kind, new.subject):
                return known.id
        items[new.id] = (new, ())
        return new.id

    async def item(self, item_id: ModerationItemId) -> ModerationItem:
        """Those that a trigger of the database would have deleted are passed over."""
        rows = self._transaction.inside
        item, _ = rows.moderation_items.get(item_id, (None, ()))
        if item is not None:
            if item.kind in {ItemKind.FEEDBACK, ItemKind.MESSAGE}:
                return item
            status = rows.listings[ListingId(item.subject)][0].status
            waits = status is ListingStatus.PENDING_REVIEW or item.kind is ItemKind.REPORTS
            if waits and status is not ListingStatus.REMOVED:
                return item
        raise ModerationItemNotFound("decided already, or never was")

    async def close(self, item_id: ModerationItemId) -> None:
        await self.item(item_id)
        del self._transaction.inside.moderation_items[item_id]


class MemoryJudges(Judges):
    """Whatever is reported is published, until it is taken down."""

    def __init__(self) -> None:
        self.taken_down: dict[UUID, tuple[UserId, str]] = {}

    async def judge(self, item: ModerationItem, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        if take_down_for is not None:
            self.taken_down[item.subject] = (moderator, take_down_for)
        return "taken_down" if item.subject in self.taken_down else "published"
