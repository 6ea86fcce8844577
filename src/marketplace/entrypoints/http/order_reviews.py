"""Reviews of completed orders: written, replied to and reported; the public lists are in public_reviews.py."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.reviews.moderation import ReportReview
from marketplace.application.reviews.ports import OrderReviewQueries, ReportedReviewQueries
from marketplace.application.reviews.reviews import ReplyToReview, WriteReview
from marketplace.application.reviews.views import (
    OrderReviewsView,
    OwnReviewView,
    ReplyView,
    ReportedReviewView,
    ReviewReportView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.reviews.exchange import (
    LONGEST_REPLY,
    LONGEST_TEXT,
    Aspect,
    InvalidReview,
    Opinion,
    ReviewId,
)
from marketplace.domain.reviews.report import LONGEST_DETAILS, ReviewReportReason
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
Stars = Annotated[int, Meta(ge=1, le=5, examples=[5])]


class NewAspects(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a seller: `as_described`, `communication`, `shipping`. Of a buyer: `payment`, `communication`."""

    as_described: Stars | None = None
    communication: Stars | None = None
    shipping: Stars | None = None
    payment: Annotated[int, Meta(ge=1, le=5, description="Of a buyer only.")] | None = None


class ProductStars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product_id: ListingId
    rating: Stars


class NewReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`products`: of the order, by its buyer; those that are not named are rated as the order."""

    rating: Stars
    aspects: NewAspects | None = None
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, examples=["Exactly as described, and here in two days."])] = ""
    products: Annotated[list[ProductStars], Meta(max_length=100)] = []

    def opinion(self) -> Opinion:
        listings = {one.product_id: one.rating for one in self.products}
        if len(listings) < len(self.products):
            raise InvalidReview("names a product twice", field="products")
        given = msgspec.structs.asdict(self.aspects) if self.aspects else {}
        return Opinion(
            rating=self.rating, aspects={Aspect(name): stars for name, stars in given.items() if stars is not None},
            text=self.text, listings=listings,
        )  # fmt: skip


class NewReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_REPLY, examples=["Thank you, Amina."])]


class NewReviewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a review."""

    reason: Annotated[ReviewReportReason, Meta(examples=["personal_data"])]
    details: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_DETAILS, examples=["It gives away my address."])] | None
    ) = None


class ReviewsController(Controller):
    path = "/api/v1"
    tags = ("Reviews",)
    security = BEARER

    @post("/orders/{order_id:uuid}/reviews", summary="Review an order")
    @inject
    async def write(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[NewReview],
        actor: FromDishka[Actor],
        write: FromDishka[WriteReview],
    ) -> Success[OwnReviewView]:
        """Buyer and seller review each other within 14 days of the completion of their order.

        Nobody else sees a review, nor that there is one, until both have written or the 14 days are over; then both
        are public. Until then you may write yours again: it replaces the one before. Then: `reviews_closed`.
        """
        return Success(await write(actor, order_id, data.opinion()))

    @get("/orders/{order_id:uuid}/reviews", summary="Read the reviews of an order", cache_control=PRIVATE)
    @inject
    async def of_order(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], reviews: FromDishka[OrderReviewQueries]
    ) -> Success[OrderReviewsView]:
        """For its buyer and its seller: their own, the other's once it is public, and whether they may write."""
        return Success(await reviews.of_order(actor, order_id))

    @post("/reviews/{review_id:uuid}/reply", summary="Reply to a review")
    @inject
    async def reply(
        self,
        review_id: FromPath[ReviewId],
        data: JSONBody[NewReply],
        actor: FromDishka[Actor],
        reply: FromDishka[ReplyToReview],
    ) -> Success[ReplyView]:
        """For who is reviewed: one reply, public at once. For 24 hours another one replaces it (`reply_closed`)."""
        return Success(await reply(actor, review_id, data.text))

    @post("/reviews/{review_id:uuid}/report", summary="Report a review")
    @inject
    async def report(
        self,
        review_id: FromPath[ReviewId],
        data: JSONBody[NewReviewReport],
        actor: FromDishka[Actor],
        report: FromDishka[ReportReview],
    ) -> Success[ReviewReportView]:
        """Not your own. It counts once: whoever reports a review again is answered their first report."""
        return Success(await report(actor, review_id, data.reason, data.details))

    @get("/reports/reviews", summary="Reviews that people have reported", cache_control=PRIVATE)
    @inject
    async def reported(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[ReportedReviewQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ReportedReviewView]]:
        """With open reports; those whose first report is oldest first. For moderators, who decide them.

        `POST /moderation/items/{item_id}/decide`: to reject takes the review down, with its reply.
        """
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.reported(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))
