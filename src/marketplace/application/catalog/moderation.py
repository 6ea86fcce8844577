"""What people report and moderators decide."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from marketplace.application.catalog.history import Author, History, Revision
from marketplace.application.catalog.moderation_ports import Judges, ModerationItems
from marketplace.application.catalog.moderation_views import DecisionView, ReportView, TakenDownView
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.catalog.listing import Listing, ListingNotFound
from marketplace.domain.catalog.moderation import (
    Decision,
    ItemKind,
    ModerationItem,
    ModerationItemId,
    OwnProduct,
    Report,
    ReportReason,
    clean_reason,
    require_reason,
)
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import ListingId, UserId


@dataclass(frozen=True, slots=True)
class ReportListing:
    listings: Listings
    items: ModerationItems
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, listing_id: ListingId, reason: ReportReason, details: str | None
    ) -> ReportView:
        """Counts once for a person: a second report changes nothing, and its answer is the first one."""
        actor.require(Permission.REPORT)
        report = Report(listing_id=listing_id, reporter=actor.user, reason=reason, details=details, at=self.clock.now())
        async with self.transaction:
            if not await self.listings.visible_to(actor.user, listing_id):
                raise ListingNotFound("no such product", product_id=listing_id)
            if (await self.listings.terms_for_share(listing_id)).seller == actor.user:
                raise OwnProduct("this is your own product: edit or remove it")
            known = await self.items.report(ModerationItemId(self.ids.new()), report)
            return self.transaction.answers(ReportView.of(known))


@dataclass(frozen=True, slots=True)
class DecideItem:
    listings: Listings
    items: ModerationItems
    judges: Judges
    history: History
    audit: AuditTrail
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, item_id: ModerationItemId, decision: Decision, reason: str | None
    ) -> DecisionView:
        """Of a held listing: publish it or reject it. Of what people have reported: let it be or take it down.

        Raises ReasonRequired, and ModerationItemNotFound for what somebody else has decided.
        """
        actor.require(Permission.MODERATE)
        reason = require_reason(reason) if decision is Decision.REJECT else clean_reason(reason)
        now = self.clock.now()
        async with self.transaction:
            item = await self.items.item(item_id)
            if item.kind in {ItemKind.FEEDBACK, ItemKind.MESSAGE}:
                return self.transaction.answers(await self._judge(actor, item, decision, reason, now))
            listing = await self.listings.locked(ListingId(item.subject))
            await self.items.close(item_id)
            if listing.seller == actor.user:
                raise OwnProduct("somebody else decides about your own product")
            if item.kind is ItemKind.REPORTS and decision is Decision.APPROVE:
                self._note_dismissal(actor, "listing", listing.id)
            else:
                former = listing.status
                if item.kind is ItemKind.REVIEW:
                    listing.decide(decision, reason, actor.user, now)
                else:
                    listing.take_down(require_reason(reason), actor.user, now)
                await self.listings.restate(listing)
                await self.history.note(moved_by_moderator(listing, former, actor.user, reason, now))
            return self.transaction.answers(
                DecisionView(item_id, decision, reason, listing.status, product_id=listing.id)
            )

    async def _judge(
        self, actor: Actor, item: ModerationItem, decision: Decision, reason: str | None, now: datetime
    ) -> DecisionView:
        """A reported review, or message."""
        take_down_for = require_reason(reason) if decision is Decision.REJECT else None
        status = await self.judges.judge(item, actor.user, take_down_for, now)
        await self.items.close(item.id)
        kind = "review" if item.kind is ItemKind.FEEDBACK else "message"
        if decision is Decision.APPROVE:
            self._note_dismissal(actor, kind, item.subject)
        return replace(DecisionView(item.id, decision, reason, status), **{f"{kind}_id": item.subject})

    def _note_dismissal(self, actor: Actor, kind: str, subject: UUID) -> None:
        self.audit.note(
            AuditEntry(action="catalog.reports_dismissed", actor=actor.user, subject_kind=kind, subject=subject)
        )


@dataclass(frozen=True, slots=True)
class TakeDownListing:
    listings: Listings
    history: History
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, listing_id: ListingId, reason: str) -> TakenDownView:
        """Its reports and its review end with it."""
        actor.require(Permission.TAKE_DOWN)
        reason = require_reason(reason)
        now = self.clock.now()
        async with self.transaction:
            listing = await self.listings.locked(listing_id)
            former = listing.status
            listing.take_down(reason, actor.user, now)
            await self.listings.restate(listing)
            await self.history.note(moved_by_moderator(listing, former, actor.user, reason, now))
            return self.transaction.answers(TakenDownView(listing_id, reason, listing.status))


def moved_by_moderator(
    listing: Listing, former: ListingStatus, moderator: UserId, reason: str | None, now: datetime
) -> Revision:
    return Revision(
        listing_id=listing.id, at=now, by=Author.MODERATOR, actor=moderator, former=former, status=listing.status,
        reason=reason,
    )  # fmt: skip
