from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import AcceptOffer, CounterOffer, DeclineOffer, MakeOffer, WithdrawOffer
from marketplace.application.trading.ports import OfferQueries
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.views import AcceptedView, OfferView
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferId
from marketplace.entrypoints.http.messages import Amount, Success

Message = Annotated[str, Meta(max_length=1_000, examples=["Could you do 750? I can pick it up today."])]


class NewOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product_id: ListingId
    offered_price: Annotated[Amount, Meta(description="In the product's currency.", examples=[750.00])]
    quantity: Annotated[int, Meta(ge=1, le=1, description="A product is one piece.", examples=[1])] = 1
    message: Message | None = None

    @property
    def proposal(self) -> Proposal:
        return Proposal(price=self.offered_price, message=self.message)


class Counter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    counter_price: Annotated[Amount, Meta(description="In the product's currency.", examples=[800.00])]
    message: Message | None = None


class OffersController(Controller):
    path = "/api/v1/offers"
    tags = ("Offers",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class

    @post(summary="Make an offer")
    @inject
    async def make(
        self, data: JSONBody[NewOffer], actor: FromDishka[Actor], make_offer: FromDishka[MakeOffer]
    ) -> Success[OfferView]:
        """Open a negotiation with a first offer. The seller hears of it at once; it expires after 24 hours."""
        return Success(await make_offer(actor, (data.product_id,), data.proposal))

    @get("/{offer_id:uuid}", summary="Read an offer")
    @inject
    async def read(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], offers: FromDishka[OfferQueries]
    ) -> Success[OfferView]:
        """For the two parties of the negotiation; to others it is not found."""
        return Success(await offers.offer(actor, offer_id))

    @patch("/{offer_id:uuid}/accept", summary="Accept an offer")
    @inject
    async def accept(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], accept_offer: FromDishka[AcceptOffer]
    ) -> Success[AcceptedView]:
        """Agree. The product is reserved, the order placed with its fee frozen, and every other offer superseded.

        `transaction_id` is the order to pay within 24 hours.
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
        """Answer with another price. The answer is the new pending offer, which the other side may answer."""
        return Success(await counter_offer(actor, offer_id, Proposal(price=data.counter_price, message=data.message)))

    @patch("/{offer_id:uuid}/withdraw", summary="Withdraw an offer")
    @inject
    async def withdraw(
        self, offer_id: FromPath[OfferId], actor: FromDishka[Actor], withdraw_offer: FromDishka[WithdrawOffer]
    ) -> Success[OfferView]:
        """Take your own pending offer back, and end the negotiation."""
        return Success(await withdraw_offer(actor, offer_id))
