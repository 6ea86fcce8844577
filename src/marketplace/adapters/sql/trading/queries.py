from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import OF_OFFER, negotiations_of
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.ports import OfferQueries
from marketplace.application.trading.views import OfferView
from marketplace.domain.trading.offer import OfferId, OfferNotFound


class SqlOfferQueries(OfferQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(OF_OFFER, offer_id)
        for negotiation in negotiations_of(rows):
            negotiation.side_of(actor.user, self._clock.now())
            if negotiation.subject.listings:
                return OfferView.of(negotiation, negotiation.find(offer_id))
        raise OfferNotFound("no such offer")
