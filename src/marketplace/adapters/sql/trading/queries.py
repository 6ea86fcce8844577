from sqlalchemy import bindparam, or_, select

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.tables import negotiations, offers
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.ports import OfferQueries
from marketplace.application.trading.views import OfferView
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import OfferId, OfferNotFound, OfferStatus, Side

_OFFER = Statement(
    select(offers, negotiations.c.listing_id, negotiations.c.list_price_minor, negotiations.c.currency)
    .join(negotiations, negotiations.c.id == offers.c.negotiation_id)
    .where(
        offers.c.id == bindparam("offer_id"),
        or_(negotiations.c.buyer_id == bindparam("actor"), negotiations.c.seller_id == bindparam("actor")),
    )
)


class SqlOfferQueries(OfferQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView:
        async with self._pool.connection() as connection:
            row = await _OFFER.one(connection, offer_id=offer_id, actor=actor.user)
        if row is None:
            raise OfferNotFound("no such offer", offer_id=offer_id)
        currency = row["currency"]
        return OfferView(
            id=row["id"], product_id=row["listing_id"], negotiation_id=row["negotiation_id"],
            offered_price=Money(row["price_minor"], currency).decimal,
            original_price=Money(row["list_price_minor"], currency).decimal, currency=currency,
            quantity=row["quantity"], message=row["message"], status=OfferStatus(row["status"]),
            side=Side(row["side"]), expires_at=row["expires_at"], created_at=row["created_at"],
        )  # fmt: skip
