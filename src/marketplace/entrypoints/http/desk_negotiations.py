"""Negotiations over offers on trades, by the id that they share with the offer."""

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.desk_awards import AcceptDeskOffer, Share
from marketplace.application.trading.desk_offers import CounterDeskOffer, EndDeskOffer
from marketplace.application.trading.desk_ports import DeskOfferQueries
from marketplace.application.trading.desk_views import DeskAcceptedView, DeskNegotiationView
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.entrypoints.http.desk_offers import ALL_OF_IT, Acceptance, DeskCounter
from marketplace.entrypoints.http.favorites import PRIVATE
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success


class DeskNegotiationsController(Controller):
    path = "/api/v1/trade-desk"
    tags = ("Trade desk",)
    security = BEARER

    @get("/offers/{offer_id:uuid}/negotiations", summary="The negotiation over an offer", cache_control=PRIVATE)
    @inject
    async def negotiations_of_offer(
        self, offer_id: FromPath[NegotiationId], actor: FromDishka[Actor], offers: FromDishka[DeskOfferQueries]
    ) -> Success[list[DeskNegotiationView]]:
        """One, which has the offer's id; none before the first counter. For both sides."""
        negotiation = await offers.negotiation(actor, offer_id)
        return Success([negotiation] if len({one.side for one in negotiation.history}) > 1 else [])

    @post("/offers/{offer_id:uuid}/negotiations", summary="Negotiate over an offer")
    @inject
    async def open_negotiation(
        self,
        offer_id: FromPath[NegotiationId],
        data: JSONBody[DeskCounter],
        actor: FromDishka[Actor],
        counter: FromDishka[CounterDeskOffer],
    ) -> Success[DeskNegotiationView]:
        """Answer an offer with other terms, as the trade's owner. Its author answers next."""
        return Success(await counter(actor, offer_id, data.proposal))

    @get("/negotiations/{negotiation_id:uuid}", summary="Read a negotiation on the desk", cache_control=PRIVATE)
    @inject
    async def read_negotiation(
        self, negotiation_id: FromPath[NegotiationId], actor: FromDishka[Actor], offers: FromDishka[DeskOfferQueries]
    ) -> Success[DeskNegotiationView]:
        """Every version of the terms, with what each changed. For both sides."""
        return Success(await offers.negotiation(actor, negotiation_id))

    @post("/negotiations/{negotiation_id:uuid}/counter", status_code=200, summary="Counter on the desk")
    @inject
    async def counter_terms(
        self,
        negotiation_id: FromPath[NegotiationId],
        data: JSONBody[DeskCounter],
        actor: FromDishka[Actor],
        counter: FromDishka[CounterDeskOffer],
    ) -> Success[DeskNegotiationView]:
        """Answer the other side's pending proposal with other terms; what is left out stays as it was."""
        return Success(await counter(actor, negotiation_id, data.proposal))

    @post("/negotiations/{negotiation_id:uuid}/accept", status_code=200, summary="Accept terms on the desk")
    @inject
    async def accept_terms(
        self,
        negotiation_id: FromPath[NegotiationId],
        actor: FromDishka[Actor],
        accept: FromDishka[AcceptDeskOffer],
        data: JSONBody[Acceptance] = ALL_OF_IT,
    ) -> Success[DeskAcceptedView]:
        """Agree to the other side's pending proposal: the same as accepting the offer, for whoever's turn it is."""
        share = Share(offer=negotiation_id, quantity=data.quantity, unit=data.unit)
        return Success(await accept(actor, share))

    @post("/negotiations/{negotiation_id:uuid}/reject", status_code=200, summary="Reject terms on the desk")
    @inject
    async def reject_terms(
        self, negotiation_id: FromPath[NegotiationId], actor: FromDishka[Actor], end_offer: FromDishka[EndDeskOffer]
    ) -> Success[DeskNegotiationView]:
        """Refuse the other side's pending proposal, and end the negotiation."""
        return Success(await end_offer(actor, negotiation_id, Negotiation.decline))
