from typing import Protocol

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.trading.desk_views import ComparisonView, DeskNegotiationView, DeskOfferView
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.trade import TradeId


class Shortlist(Protocol):
    """The offers that the owner of their trade looks at first. Doing either twice changes nothing."""

    async def add(self, offer: NegotiationId) -> None: ...
    async def remove(self, offer: NegotiationId) -> None: ...


class DeskOfferQueries(Protocol):
    """Reads for the author of an offer and the owner of its trade, for whom a sealed one is not there before its
    deadline. To everybody else an offer is not found."""

    async def offers(
        self, actor: Actor, trade_id: TradeId, *, after: NegotiationId | None, skip: int, limit: int
    ) -> Slice[DeskOfferView]:
        """Newest first: to the trade's owner all of them, to others their own. Raises TradeNotFound."""
        ...

    async def offer(self, actor: Actor, offer: NegotiationId) -> DeskOfferView: ...

    async def negotiation(self, actor: Actor, negotiation_id: NegotiationId) -> DeskNegotiationView: ...

    async def comparison(self, actor: Actor, trade_id: TradeId) -> ComparisonView:
        """For the trade's owner; raises TradeNotFound or NotYourTrade."""
        ...
