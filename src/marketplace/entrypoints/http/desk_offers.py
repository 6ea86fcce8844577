"""Offers on trades: made, compared, countered, accepted. An offer and its negotiation have one id."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.trading.desk_awards import MOST_AWARDED_AT_ONCE, AcceptDeskOffer, AwardTrade, Share
from marketplace.application.trading.desk_offers import (
    EndDeskOffer,
    OfferOnTrade,
    ReviseDeskOffer,
    ShortlistOffer,
)
from marketplace.application.trading.desk_ports import DeskOfferQueries
from marketplace.application.trading.desk_views import (
    AwardView,
    ComparisonView,
    DeskAcceptedView,
    DeskNegotiationView,
    DeskOfferView,
    ShortlistedView,
)
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.terms import LONGEST_DELIVERY, MOST_QUALITIES, LotId
from marketplace.domain.trading.trade import TradeId
from marketplace.entrypoints.http.favorites import PRIVATE
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Price = Annotated[Amount, Meta(description="In the trade's currency, per its `price_unit`.", examples=[62000])]
HowMuch = Annotated[Amount, Meta(description="At most 6 decimals.", examples=[500])]
Unit = Annotated[
    str,
    Meta(min_length=1, max_length=40, description="That counts what the trade's does.", examples=["bale"]),
]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
DeliveryTerms = Annotated[Words, Meta(examples=["ex-works"])]
Place = Annotated[Words, Meta(examples=["Guntur"])]
Days = Annotated[int, Meta(ge=0, le=LONGEST_DELIVERY, description="From the agreement on.", examples=[15])]
Deadline = Annotated[date, Meta(examples=["2026-12-15"])]
Payment = Annotated[Words, Meta(examples=["letter of credit, 30 days"])]
Quality = Annotated[
    dict[str, str],
    Meta(max_length=MOST_QUALITIES, description="Parameters by name.", examples=[{"staple_length": "29 mm"}]),
]
Lot = Annotated[
    LotId, Meta(description="A tested lot of the seller's.", examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d42"])
]
Message = Annotated[str, Meta(max_length=1_000, examples=["Fresh crop, ready to load."])]


class OfferedTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out, or null, is not said; in a counter it stays as it was."""

    delivery_terms: DeliveryTerms | None = None
    delivery_place: Place | None = None
    delivery_days: Days | None = None
    deliver_by: Deadline | None = None
    payment_terms: Payment | None = None
    quality: Quality | None = None
    lot_id: Lot | None = None

    def proposal(
        self, price: Decimal | None, quantity: Decimal | None, unit: str | None, message: str | None
    ) -> Proposal:
        return Proposal(
            price=price, quantity=quantity, unit=unit, delivery_terms=self.delivery_terms,
            delivery_place=self.delivery_place, delivery_days=self.delivery_days, deliver_by=self.deliver_by,
            payment_terms=self.payment_terms, quality=self.quality, lot=self.lot_id, message=message,
        )  # fmt: skip


class NewDeskOffer(OfferedTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`unit`: the trade's, unless said."""

    price: Price
    quantity: HowMuch
    unit: Unit | None = None
    message: Message | None = None


class RevisedDeskOffer(OfferedTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out, or null, stays as it was."""

    price: Price | None = None
    quantity: HowMuch | None = None
    unit: Unit | None = None
    message: Message | None = None


class DeskCounter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out, or null, stays as it was."""

    price: Price | None = None
    quantity: HowMuch | None = None
    unit: Unit | None = None
    terms: OfferedTerms | None = None
    message: Message | None = None

    @property
    def proposal(self) -> Proposal:
        return (self.terms or OfferedTerms()).proposal(self.price, self.quantity, self.unit, self.message)


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `quantity` all of it; `unit`: the offer's, unless said."""

    quantity: HowMuch | None = None
    unit: Unit | None = None


ALL_OF_IT = Acceptance()


class AwardedOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `quantity` all of it; `unit`: the offer's, unless said."""

    offer_id: NegotiationId
    quantity: HowMuch | None = None
    unit: Unit | None = None


class Award(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: Annotated[list[AwardedOffer], Meta(min_length=1, max_length=MOST_AWARDED_AT_ONCE)]


class DeskOffersController(Controller):
    path = "/api/v1/trade-desk"
    tags = ("Trade desk",)
    security = BEARER

    @get("/trades/{trade_id:uuid}/offers", summary="Offers on a trade", cache_control=PRIVATE)
    @inject
    async def offers_on_trade(
        self,
        trade_id: FromPath[TradeId],
        actor: FromDishka[Actor],
        offers: FromDishka[DeskOfferQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[DeskOfferView]]:
        """To the trade's owner all of them, to others their own, newest first.

        Of a sealed trade its owner sees none before `valid_until`.
        """
        after = NegotiationId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await offers.offers(actor, trade_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/trades/{trade_id:uuid}/offers", summary="Make an offer on a trade")
    @inject
    async def make_offer(
        self,
        trade_id: FromPath[TradeId],
        data: JSONBody[NewDeskOffer],
        actor: FromDishka[Actor],
        offer_on_trade: FromDishka[OfferOnTrade],
    ) -> Success[DeskOfferView]:
        """Answer a published need to buy or to sell. Its author and the trade's owner alone see it; of a sealed trade
        its author alone until `valid_until`. One is open at a time: revise it, or withdraw it and make another."""
        proposal = data.proposal(data.price, data.quantity, data.unit, data.message)
        return Success(await offer_on_trade(actor, trade_id, proposal))

    @get("/trades/{trade_id:uuid}/comparison", summary="Compare the offers on a trade", cache_control=PRIVATE)
    @inject
    async def compare_offers(
        self, trade_id: FromPath[TradeId], actor: FromDishka[Actor], offers: FromDishka[DeskOfferQueries]
    ) -> Success[ComparisonView]:
        """For the trade's owner: offers that are open or were accepted, by their price for the same unit, the best for
        the owner first. Of a sealed trade there are none before `valid_until`."""
        return Success(await offers.comparison(actor, trade_id))

    @post("/trades/{trade_id:uuid}/award", status_code=200, summary="Award a trade")
    @inject
    async def award_trade(
        self,
        trade_id: FromPath[TradeId],
        data: JSONBody[Award],
        actor: FromDishka[Actor],
        award: FromDishka[AwardTrade],
    ) -> Success[AwardView]:
        """Accept several offers at once, whole or in part: all of them or none, with an order for each. More than is
        left of the trade is refused (`nothing_left`); when nothing is left, every other offer is superseded."""
        shares = [Share(offer=one.offer_id, quantity=one.quantity, unit=one.unit) for one in data.items]
        return Success(await award(actor, trade_id, shares))

    @get("/offers/{offer_id:uuid}", summary="Read an offer on a trade", cache_control=PRIVATE)
    @inject
    async def read_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], offers: FromDishka[DeskOfferQueries]
    ) -> Success[DeskOfferView]:
        """With the terms proposed last, by either side. For its author and the trade's owner."""
        return Success(await offers.offer(actor, offer_id))

    @patch("/offers/{offer_id:uuid}", summary="Revise an offer on a trade")
    @inject
    async def revise_offer(
        self,
        offer_id: FromPath[NegotiationId],
        data: JSONBody[RevisedDeskOffer],
        actor: FromDishka[Actor],
        revise: FromDishka[ReviseDeskOffer],
    ) -> Success[DeskOfferView]:
        """Replace your own pending proposal; the former one stays readable in the negotiation as withdrawn."""
        proposal = data.proposal(data.price, data.quantity, data.unit, data.message)
        return Success(await revise(actor, offer_id, proposal))

    @post("/offers/{offer_id:uuid}/accept", status_code=200, summary="Accept an offer on a trade")
    @inject
    async def accept_offer(
        self,
        offer_id: FromPath[NegotiationId],
        actor: FromDishka[Actor],
        accept: FromDishka[AcceptDeskOffer],
        data: JSONBody[Acceptance] = ALL_OF_IT,
    ) -> Success[DeskAcceptedView]:
        """Take all of it or a part: the order is placed with its fee frozen, and what is taken is held for 24 hours.

        `transaction_id` is the order to pay. More than is left of the trade is refused (`nothing_left`).
        """
        share = Share(offer=offer_id, quantity=data.quantity, unit=data.unit)
        return Success(await accept(actor, share))

    @post("/offers/{offer_id:uuid}/reject", status_code=200, summary="Reject an offer on a trade")
    @inject
    async def reject_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], end_offer: FromDishka[EndDeskOffer]
    ) -> Success[DeskNegotiationView]:
        """Refuse the pending proposal of the other side, and end the negotiation."""
        return Success(await end_offer(actor, offer_id, Negotiation.decline))

    @post("/offers/{offer_id:uuid}/withdraw", status_code=200, summary="Withdraw an offer on a trade")
    @inject
    async def withdraw_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], end_offer: FromDishka[EndDeskOffer]
    ) -> Success[DeskNegotiationView]:
        """Take your own pending proposal back, and end the negotiation."""
        return Success(await end_offer(actor, offer_id, Negotiation.withdraw))

    @post("/offers/{offer_id:uuid}/shortlist", status_code=200, summary="Shortlist an offer on a trade")
    @inject
    async def shortlist_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], shortlist: FromDishka[ShortlistOffer]
    ) -> Success[ShortlistedView]:
        """A private mark of the trade's owner, shown in the comparison. Doing it twice changes nothing."""
        return Success(await shortlist(actor, offer_id, shortlisted=True))

    @delete("/offers/{offer_id:uuid}/shortlist", summary="Take an offer off the shortlist", opt=NOT_REPEATABLE)
    @inject
    async def unlist_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], shortlist: FromDishka[ShortlistOffer]
    ) -> None:
        """Done also where it was not on it."""
        await shortlist(actor, offer_id, shortlisted=False)
