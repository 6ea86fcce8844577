from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import asyncpg
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.trading.tables import negotiations, offers
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.ports import Negotiations
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import (
    Negotiation,
    NegotiationAlreadyOpen,
    NegotiationStatus,
    Offer,
    OfferId,
    OfferNotFound,
    OfferStatus,
    Side,
)

_whole = (
    select(
        negotiations.c.id, negotiations.c.listing_id, negotiations.c.buyer_id, negotiations.c.seller_id,
        negotiations.c.list_price_minor, negotiations.c.currency, negotiations.c.status, negotiations.c.version,
        offers.c.id.label("offer_id"), offers.c.side, offers.c.price_minor, offers.c.quantity, offers.c.message,
        offers.c.status.label("offer_status"), offers.c.created_at, offers.c.expires_at,
    )
    .join(offers, offers.c.negotiation_id == negotiations.c.id)
    .order_by(negotiations.c.id, offers.c.id)
)  # fmt: skip
_the_offer = offers.alias("the_offer")
_OF_OFFER = Statement(
    _whole.where(
        negotiations.c.id
        == select(_the_offer.c.negotiation_id).where(_the_offer.c.id == bindparam("offer_id")).scalar_subquery()
    )
)
_BY_IDS = Statement(_whole.where(negotiations.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_LOCK_RIVALS = Statement(
    select(negotiations.c.id)
    .where(
        negotiations.c.listing_id == bindparam("listing_id"),
        negotiations.c.id != bindparam("id"),
        negotiations.c.status == constant(NegotiationStatus.OPEN),
    )
    .order_by(negotiations.c.id)
    .with_for_update()
)
_LOCK_OPEN_OF = """
SELECT id FROM trading.negotiations WHERE id IN (
    SELECT id FROM trading.negotiations WHERE buyer_id = $1 AND status = 'open'
    UNION ALL SELECT id FROM trading.negotiations WHERE seller_id = $1 AND status = 'open'
) AND status = 'open' ORDER BY id LIMIT $2 FOR UPDATE
"""
_LOCK_OPEN_OVER = """
SELECT id FROM trading.negotiations WHERE listing_id = $1 AND status = 'open' ORDER BY id LIMIT $2 FOR UPDATE
"""
_ADD = Statement(
    upsert(negotiations)
    .on_conflict_do_nothing(
        index_elements=[negotiations.c.listing_id, negotiations.c.buyer_id],
        index_where=negotiations.c.status == constant(NegotiationStatus.OPEN),
    )
    .returning(negotiations.c.id)
)
_SAVE = """
WITH saved AS (
    UPDATE trading.negotiations n SET status = new.status, version = n.version + 1
    FROM unnest($1::uuid[], $2::int[], $3::text[]) new(id, version, status)
    WHERE n.id = new.id AND n.version = new.version
    RETURNING n.id
), written AS (
    INSERT INTO trading.offers
        (id, negotiation_id, side, price_minor, quantity, message, status, created_at, expires_at)
    SELECT new.id, negotiation_id, side, price_minor, quantity, message, status, created_at, expires_at
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::int[], $9::text[], $10::text[],
                $11::timestamptz[], $12::timestamptz[]) WITH ORDINALITY
         new(id, negotiation_id, side, price_minor, quantity, message, status, created_at, expires_at, place)
    JOIN saved ON saved.id = negotiation_id
    ORDER BY place
    ON CONFLICT (id) DO UPDATE SET status = excluded.status WHERE offers.status <> excluded.status
)
SELECT count(*) FROM saved
"""
"""Offers are written only where the version was still ours, each old one before the new one that replaces it."""


class SqlNegotiations(Negotiations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        rows = await _OF_OFFER.all(self._transaction.connection, offer_id=offer_id)
        if not rows:
            raise OfferNotFound("no such offer")
        return next(_negotiations(rows))

    async def open_rivals(self, of: Negotiation) -> list[Negotiation]:
        """Locked first and read after, so that a change that came between is seen whole."""
        connection = self._transaction.connection
        return await self._read(await _LOCK_RIVALS.all(connection, listing_id=of.listing_id, id=of.id))

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        return await self._read(await self._transaction.connection.fetch(_LOCK_OPEN_OF, party, limit))

    async def open_over(self, listing_id: ListingId, limit: int) -> list[Negotiation]:
        return await self._read(await self._transaction.connection.fetch(_LOCK_OPEN_OVER, listing_id, limit))

    async def _read(self, locked: list[asyncpg.Record]) -> list[Negotiation]:
        if not locked:
            return []
        ids = [row["id"] for row in locked]
        return list(_negotiations(await _BY_IDS.all(self._transaction.connection, ids=ids)))

    async def add(self, negotiation: Negotiation) -> None:
        added = await _ADD.value(
            self._transaction.connection,
            id=negotiation.id, listing_id=negotiation.listing_id, buyer_id=negotiation.buyer,
            seller_id=negotiation.seller, list_price_minor=negotiation.list_price.minor,
            currency=negotiation.list_price.currency, status=negotiation.status.value, version=negotiation.version,
        )  # fmt: skip
        if added is None:
            raise NegotiationAlreadyOpen("you negotiate over this product already: counter or withdraw your offer")
        await self.save(negotiation)

    async def save(self, *negotiations: Negotiation) -> None:
        rows = [
            (
                offer.id, n.id, offer.side.value, offer.price.minor, offer.quantity, offer.message,
                offer.status.value, offer.created_at, offer.expires_at,
            )
            for n in negotiations
            for offer in n.offers
        ]  # fmt: skip
        saved = await self._transaction.connection.fetchval(
            _SAVE,
            [n.id for n in negotiations], [n.version for n in negotiations], [n.status.value for n in negotiations],
            *map(list, zip(*rows, strict=True)),
        )  # fmt: skip
        if saved != len(negotiations):
            raise StaleAggregate("the negotiation changed meanwhile; load it again")
        for negotiation in negotiations:
            negotiation.version += 1
            self._transaction.ship(negotiation, negotiation.id)


def _negotiations(rows: Iterable[asyncpg.Record]) -> Iterator[Negotiation]:
    """Rows in order of negotiation and offer, one per offer; UUIDv7 orders offers by age."""
    for _, group in groupby(rows, key=itemgetter("id")):
        children = list(group)
        head = children[0]
        yield Negotiation(
            id=head["id"], listing_id=head["listing_id"], buyer=head["buyer_id"], seller=head["seller_id"],
            list_price=Money(head["list_price_minor"], head["currency"]),
            status=NegotiationStatus(head["status"]), version=head["version"],
            offers=[_offer(child) for child in children],
        )  # fmt: skip


def _offer(row: asyncpg.Record) -> Offer:
    return Offer(
        id=row["offer_id"], side=Side(row["side"]), price=Money(row["price_minor"], row["currency"]),
        quantity=row["quantity"], message=row["message"], status=OfferStatus(row["offer_status"]),
        created_at=row["created_at"], expires_at=row["expires_at"],
    )  # fmt: skip
