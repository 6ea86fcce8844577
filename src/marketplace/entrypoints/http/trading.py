from datetime import date
from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.trading.offers import AcceptOffer, CounterOffer, DeclineOffer, MakeOffer, WithdrawOffer
from marketplace.application.trading.ports import OfferQueries, Wanted
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.views import AcceptedView, HistoryView, OfferView
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferId, OfferStatus, Side
from marketplace.entrypoints.http.messages import Amount, InvalidRequest, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)

Message = Annotated[str, Meta(max_length=1_000, examples=["Could you do 750? I can pick it up today."])]


Text = Annotated[str, Meta(min_length=1, max_length=200)]
Quality = Annotated[dict[str, str], Meta(max_length=30)]
Price = Annotated[Amount, Meta(description="For the whole quantity, in the product's currency.", examples=[750.00])]
Role = Annotated[Side | None, Parameter(description="Yours in the deal; without it, both.")]
StatusWanted = Annotated[OfferStatus | None, Parameter(description="Only offers that are so now.")]
ProductWanted = Annotated[
    ListingId | None, Parameter(description="Only offers on this product, or on a package with it.")
]


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The lines of a term sheet beside its price. What is left out is not said; in a counter it stays as it was."""

    quantity: Annotated[Amount, Meta(description="A part of a lot; else 1.", examples=[1])] | None = None
    unit: Annotated[str, Meta(min_length=1, max_length=20, examples=["piece"])] | None = None
    delivery_terms: Annotated[Text, Meta(examples=["ex-works"])] | None = None
    delivery_place: Annotated[Text, Meta(examples=["Guntur"])] | None = None
    delivery_days: Annotated[int, Meta(ge=0, le=730, examples=[15])] | None = None
    deliver_by: Annotated[date, Meta(examples=["2030-06-30"])] | None = None
    payment_terms: Annotated[Text, Meta(examples=["letter of credit, 30 days"])] | None = None
    quality: Annotated[Quality, Meta(description="By parameter.", examples=[{"staple_length": "29 mm"}])] | None = None
    message: Message | None = None

    def proposal_at(self, price: Amount | None) -> Proposal:
        said: dict[str, Any] = {name: getattr(self, name) for name in Lines.__struct_fields__}
        return Proposal(price=price, **said)


class NewOffer(Lines, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On a product (`product_id`), or on several of one seller as a package (`product_ids`)."""

    product_id: Annotated[
        ListingId | None, Meta(description="Or `product_ids`.", examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"])
    ] = None
    product_ids: Annotated[list[ListingId], Meta(min_length=2, max_length=20, examples=[None])] | None = None
    offered_price: Price

    @property
    def listings(self) -> list[ListingId]:
        """Raises InvalidRequest."""
        if (self.product_id is None) is (self.product_ids is None):
            raise InvalidRequest("say either `product_id` or `product_ids`", field="product_id")
        return self.product_ids or [self.product_id]  # type: ignore[list-item]  # one of both is there

    @property
    def proposal(self) -> Proposal:
        return self.proposal_at(self.offered_price)


class Counter(Lines, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """At least one line that is not as the other side offered it."""

    counter_price: Annotated[Amount, Meta(description="Else as it was.", examples=[800.00])] | None = None


class OffersController(Controller):
    path = "/api/v1/offers"
    tags = ("Offers",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class

    @post(summary="Make an offer")
    @inject
    async def make(
        self, data: JSONBody[NewOffer], actor: FromDishka[Actor], make_offer: FromDishka[MakeOffer]
    ) -> Success[OfferView]:
        """Open a negotiation with a first offer. The seller hears of it at once; it expires after 24 hours.

        You may make 10 offers on one product (`no_attempts_left`). Of a lot you may offer for a part.
        """
        return Success(await make_offer(actor, data.listings, data.proposal))

    @get("/", summary="Your offers", cache_control=PRIVATE)
    @inject
    async def mine(  # noqa: PLR0913 - the query's parameters
        self,
        actor: FromDishka[Actor],
        offers: FromDishka[OfferQueries],
        cursors: FromDishka[Cursors],
        role: Role = None,
        status: StatusWanted = None,
        product_id: ProductWanted = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[OfferView]]:
        """Every offer that you made or got, newest first. Those on the trade desk have a list of their own."""
        wanted = Wanted(role=role, status=status, product_id=product_id)
        return Success(await page_of_offers(offers, actor, wanted, cursors, page, per_page, cursor))

    @get("/{offer_id:uuid}", summary="Read an offer")
    @inject
    async def read(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], offers: FromDishka[OfferQueries]
    ) -> Success[OfferView]:
        """For the two parties of the negotiation; to others it is not found."""
        return Success(await offers.offer(actor, offer_id))

    @get("/{offer_id:uuid}/history", summary="Read the negotiation of an offer", cache_control=PRIVATE)
    @inject
    async def history(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], offers: FromDishka[OfferQueries]
    ) -> Success[HistoryView]:
        """Every offer of it, oldest first, each with what it changed; for its two parties, for ever."""
        return Success(await offers.history(actor, offer_id))

    @patch("/{offer_id:uuid}/accept", summary="Accept an offer")
    @inject
    async def accept(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], accept_offer: FromDishka[AcceptOffer]
    ) -> Success[AcceptedView]:
        """Agree. The product is reserved, the order placed with its fee frozen, and every other offer superseded.

        `transaction_id` is the order to pay within 24 hours. Of a lot the part is held, and other offers stay open
        until nothing is left; more than is left is refused (`nothing_left`).
        """
        return Success(await accept_offer(actor, offer_id))

    @patch("/{offer_id:uuid}/decline", summary="Decline an offer")
    @inject
    async def decline(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], decline_offer: FromDishka[DeclineOffer]
    ) -> Success[OfferView]:
        """Refuse, and end the negotiation."""
        return Success(await decline_offer(actor, offer_id))

    @patch("/{offer_id:uuid}/counter", summary="Counter an offer")
    @inject
    async def counter(
        self,
        offer_id: FromPath[OfferId],
        data: JSONBody[Counter],
        actor: FromDishka[Actor],
        counter_offer: FromDishka[CounterOffer],
    ) -> Success[OfferView]:
        """Answer with other terms. The answer is the new pending offer, which the other side may answer."""
        return Success(await counter_offer(actor, offer_id, data.proposal_at(data.counter_price)))

    @patch("/{offer_id:uuid}/withdraw", summary="Withdraw an offer")
    @inject
    async def withdraw(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], withdraw_offer: FromDishka[WithdrawOffer]
    ) -> Success[OfferView]:
        """Take your own pending offer back, and end the negotiation."""
        return Success(await withdraw_offer(actor, offer_id))


async def page_of_offers(
    offers: OfferQueries,
    actor: Actor,
    wanted: Wanted,
    cursors: Cursors,
    page: int,
    per_page: int,
    cursor: str | None,
) -> Page[OfferView]:
    after = OfferId(cursors.decode(cursor)) if cursor else None
    skip = 0 if cursor else rows_to_skip(page, per_page)
    return page_of(await offers.mine(actor, wanted, after=after, skip=skip, limit=per_page), cursors, page, per_page)
