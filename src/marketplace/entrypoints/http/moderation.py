"""Products that people report, and what moderators make of it."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.catalog.moderation import DecideItem, ReportListing, TakeDownListing
from marketplace.application.catalog.moderation_ports import ModerationQueries
from marketplace.application.catalog.moderation_views import (
    DecisionView,
    HeldProductView,
    ReportedView,
    ReportView,
    TakenDownView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.moderation import (
    LONGEST_DETAILS,
    LONGEST_REASON,
    Decision,
    ModerationItemId,
    ReportReason,
)
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
ReasonText = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_REASON, examples=["The pictures show another product."])
]


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a product."""

    reason: Annotated[ReportReason, Meta(examples=["counterfeit"])]
    details: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_DETAILS, examples=["The serial number is scratched off."])]
        | None
    ) = None


class NewDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rejection needs a reason: the seller reads it."""

    decision: Annotated[Decision, Meta(examples=["approve"])]
    reason: ReasonText | None = None


class TakeDown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The seller reads the reason."""

    reason: ReasonText


class ModerationController(Controller):
    path = "/api/v1"
    tags = ("Moderation",)
    security = BEARER

    @post("/products/{product_id:uuid}/report", summary="Report a product")
    @inject
    async def report(
        self,
        product_id: FromPath[ListingId],
        data: JSONBody[NewReport],
        actor: FromDishka[Actor],
        report: FromDishka[ReportListing],
    ) -> Success[ReportView]:
        """Not your own. It counts once: whoever reports a product again is answered their first report."""
        return Success(await report(actor, product_id, data.reason, data.details))

    @get("/moderation/queue", summary="Products that wait for a moderator", cache_control=PRIVATE)
    @inject
    async def queue(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[ModerationQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[HeldProductView]]:
        """With what the rules hold against them; those that wait longest first. For moderators."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await queries.queue(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/reports", summary="Products that people have reported", cache_control=PRIVATE)
    @inject
    async def reported(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[ModerationQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ReportedView]]:
        """With open reports; those whose first report is oldest first. For moderators."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await queries.reported(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/moderation/items/{item_id:uuid}/decide", status_code=200, summary="Decide about what waits for moderators")
    @inject
    async def decide(
        self,
        item_id: FromPath[ModerationItemId],
        data: JSONBody[NewDecision],
        actor: FromDishka[Actor],
        decide: FromDishka[DecideItem],
    ) -> Success[DecisionView]:
        """For moderators, once. From the queue: publish it or reject it. Reported: let it be or take it down.

        What its seller has changed meanwhile has another item. A reported review or message is let be, or taken
        down.
        """
        return Success(await decide(actor, item_id, data.decision, data.reason))

    @post("/admin/listings/{listing_id:uuid}/takedown", status_code=200, summary="Take a product down")
    @inject
    async def take_down(
        self,
        listing_id: FromPath[ListingId],
        data: JSONBody[TakeDown],
        actor: FromDishka[Actor],
        take_down: FromDishka[TakeDownListing],
    ) -> Success[TakenDownView]:
        """For administrators: removed for good, with its reports. An order over it goes its own way."""
        return Success(await take_down(actor, listing_id, data.reason))


def _from(cursors: Cursors, cursor: str | None, page: int, per_page: int) -> tuple[ModerationItemId | None, int]:
    """After which item the page begins, or how many to skip."""
    if cursor:
        return ModerationItemId(cursors.decode(cursor)), 0
    return None, rows_to_skip(page, per_page)
