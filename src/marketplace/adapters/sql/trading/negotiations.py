from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.ports import Negotiations, Past
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, NegotiationId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import (
    Asked,
    NegotiationAlreadyOpen,
    NegotiationStatus,
    Offer,
    OfferId,
    OfferNotFound,
    OfferStatus,
    Rule,
    Side,
)
from marketplace.domain.trading.terms import LotId, TermSheet
from marketplace.domain.trading.units import Quantity, plain

WHOLE = """
SELECT n.*, o.id AS offer_id, o.side, o.price_minor, o.price_unit, o.quantity, o.unit, o.terms, o.message, o.by_rule,
    o.taken, o.status AS offer_status, o.created_at, o.expires_at
FROM trading.negotiations n JOIN trading.offers o ON o.negotiation_id = n.id
"""
_ORDER = "ORDER BY n.id, o.id"
OF_OFFER = f"{WHOLE} WHERE n.id = (SELECT negotiation_id FROM trading.offers WHERE id = $1) {_ORDER}"  # noqa: S608 - our own words
BY_IDS = f"{WHOLE} WHERE n.id = ANY ($1::uuid[]) {_ORDER}"
LOCK_RIVALS = """
SELECT id FROM trading.negotiations WHERE id IN (
    SELECT id FROM trading.negotiations WHERE subject_id = ANY ($1::uuid[]) AND status = 'open'
    UNION ALL
    SELECT id FROM trading.negotiations WHERE listing_ids && $2::uuid[] AND subject_kind = 'package' AND status = 'open'
) AND id IS DISTINCT FROM $3::uuid AND status = 'open' ORDER BY id FOR UPDATE
"""
_LOCK_OPEN_OF = """
SELECT id FROM trading.negotiations WHERE id IN (
    SELECT id FROM trading.negotiations WHERE buyer_id = $1 AND status = 'open'
    UNION ALL SELECT id FROM trading.negotiations WHERE seller_id = $1 AND status = 'open'
) AND status = 'open' ORDER BY id LIMIT $2 FOR UPDATE
"""
_LOCK_OPEN_OVER = """
SELECT id FROM trading.negotiations WHERE id IN (
    SELECT id FROM trading.negotiations WHERE subject_id = $1 AND status = 'open'
    UNION ALL
    SELECT id FROM trading.negotiations
    WHERE listing_ids && ARRAY[$1::uuid] AND subject_kind = 'package' AND status = 'open'
) AND status = 'open' ORDER BY id LIMIT $2 FOR UPDATE
"""
_LOCK_BUYER = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text || $2::uuid::text, 0))"
PAST = """
SELECT buyer.id, past.* FROM unnest($2::uuid[]) buyer(id) CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.side = 'buyer') AS attempts, bool_or(n.status = 'open') AS is_open,
        max(o.created_at) FILTER (WHERE o.side = 'seller') AS offered_at
    FROM trading.negotiations n JOIN trading.offers o ON o.negotiation_id = n.id
    WHERE n.subject_id = $1 AND n.buyer_id = buyer.id HAVING count(*) > 0
) past
"""
_ADD = """
WITH added AS (
    INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
        asked_minor, asked_quantity, asked_unit, asked_is_ceiling, closes_at, sealed_until, attempts, step_minor,
        status)
    SELECT id, subject_kind, subject_id, listing_ids::uuid[], buyer_id, seller_id, opener, currency, asked_minor,
        asked_quantity, asked_unit, asked_is_ceiling, closes_at, sealed_until, attempts, step_minor, status
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
            $9::bigint[], $10::numeric[], $11::text[], $12::boolean[], $13::timestamptz[], $14::timestamptz[],
            $15::int[], $16::bigint[], $17::text[])
        new(id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency, asked_minor,
            asked_quantity, asked_unit, asked_is_ceiling, closes_at, sealed_until, attempts, step_minor, status)
    ON CONFLICT (subject_id, buyer_id, seller_id) WHERE status = 'open' DO NOTHING RETURNING id
)
SELECT count(*) FROM added
"""
SAVE = """
WITH saved AS (
    UPDATE trading.negotiations n SET status = new.status, version = n.version + 1
    FROM unnest($1::uuid[], $2::int[], $3::text[]) new(id, version, status)
    WHERE n.id = new.id AND n.version = new.version
    RETURNING n.id
), written AS (
    INSERT INTO trading.offers (id, negotiation_id, side, price_minor, price_unit, quantity, unit, terms, message,
        status, by_rule, taken, created_at, expires_at)
    SELECT new.id, negotiation_id, side, price_minor, price_unit, quantity, unit, terms, message, status, by_rule,
        taken, created_at, expires_at
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::numeric[], $10::text[], $11::jsonb[],
            $12::text[], $13::text[], $14::text[], $15::numeric[], $16::timestamptz[], $17::timestamptz[])
        WITH ORDINALITY new(id, negotiation_id, side, price_minor, price_unit, quantity, unit, terms, message, status,
            by_rule, taken, created_at, expires_at, place)
    JOIN saved ON saved.id = negotiation_id
    ORDER BY place
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, by_rule = excluded.by_rule, taken = excluded.taken
    WHERE offers.status <> excluded.status
)
SELECT count(*) FROM saved
"""
"""Offers are written only where the version was still ours, each old one before the new one that replaces it."""


class SqlNegotiations(Negotiations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        rows = await self._transaction.connection.fetch(OF_OFFER, offer_id)
        if not rows:
            raise OfferNotFound("no such offer")
        return next(negotiations_of(rows))

    async def find(self, negotiation_id: NegotiationId) -> Negotiation:
        rows = await self._transaction.connection.fetch(BY_IDS, [negotiation_id])
        if not rows:
            raise OfferNotFound("no such offer")
        return next(negotiations_of(rows))

    async def attempts(self, subject: Subject, buyer: UserId) -> int:
        """Counted in a statement after the lock, so that what came before is seen."""
        await self._transaction.connection.execute(_LOCK_BUYER, subject.id, buyer)
        past = (await self.past(subject, [buyer])).get(buyer)
        if past is not None and past.is_open:
            raise NegotiationAlreadyOpen("you negotiate over this already: counter or withdraw your offer")
        return past.attempts if past else 0

    async def past(self, subject: Subject, buyers: Collection[UserId]) -> Mapping[UserId, Past]:
        rows = await self._transaction.connection.fetch(PAST, subject.id, list(buyers))
        return {row["id"]: Past(row["attempts"], row["is_open"], row["offered_at"]) for row in rows}

    async def open_rivals(self, over: Subject, *, but: NegotiationId | None = None) -> list[Negotiation]:
        """Locked first and read after, so that a change that came between is seen whole."""
        subjects = [over.id, *over.listings]
        return await self._read(
            await self._transaction.connection.fetch(LOCK_RIVALS, subjects, list(over.listings), but)
        )

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        return await self._read(await self._transaction.connection.fetch(_LOCK_OPEN_OF, party, limit))

    async def open_over(self, subject: UUID, limit: int) -> list[Negotiation]:
        return await self._read(await self._transaction.connection.fetch(_LOCK_OPEN_OVER, subject, limit))

    async def _read(self, locked: list[asyncpg.Record]) -> list[Negotiation]:
        if not locked:
            return []
        ids = [row["id"] for row in locked]
        return list(negotiations_of(await self._transaction.connection.fetch(BY_IDS, ids)))

    async def add(self, *negotiations: Negotiation) -> None:
        if not negotiations:
            return
        columns = zip(*map(_columns, negotiations), strict=True)
        added = await self._transaction.connection.fetchval(_ADD, *columns)
        if added != len(negotiations):
            raise NegotiationAlreadyOpen("you negotiate over this already: counter or withdraw your offer")
        await self.save(*negotiations)

    async def save(self, *negotiations: Negotiation) -> None:
        rows = [offer_columns(n.id, offer) for n in negotiations for offer in n.offers]
        saved = await self._transaction.connection.fetchval(
            SAVE,
            [n.id for n in negotiations], [n.version for n in negotiations], [n.status.value for n in negotiations],
            *map(list, zip(*rows, strict=True)),
        )  # fmt: skip
        if saved != len(negotiations):
            raise StaleAggregate("the negotiation changed meanwhile; load it again")
        for negotiation in negotiations:
            negotiation.version += 1
            self._transaction.ship(negotiation, negotiation.id)


def _columns(n: Negotiation) -> tuple[Any, ...]:
    """In the order of _ADD's arrays."""
    asked = n.asked
    return (
        n.id, n.subject.kind.value, n.subject.id, f"{{{','.join(map(str, n.subject.listings))}}}", n.buyer, n.seller,
        n.opener.value, n.currency, asked and asked.price.minor, asked and asked.quantity.amount,
        asked and asked.quantity.unit, asked and asked.is_ceiling, n.closes_at, n.sealed_until, n.attempts,
        n.step and n.step.minor, n.status.value,
    )  # fmt: skip


def offer_columns(negotiation_id: NegotiationId, offer: Offer) -> tuple[Any, ...]:
    """In the order of SAVE's arrays."""
    terms = offer.terms
    return (
        offer.id, negotiation_id, offer.side.value, terms.price.minor, terms.price_unit, terms.quantity.amount,
        terms.quantity.unit, _stored(terms), offer.message, offer.status.value, offer.by_rule and offer.by_rule.value,
        offer.taken and offer.taken.amount, offer.created_at, offer.expires_at,
    )  # fmt: skip


def _stored(terms: TermSheet) -> dict[str, Any] | None:
    """Its lines beside price and quantity."""
    said = {
        "delivery_terms": terms.delivery_terms, "delivery_place": terms.delivery_place,
        "delivery_days": terms.delivery_days, "deliver_by": terms.deliver_by and terms.deliver_by.isoformat(),
        "payment_terms": terms.payment_terms, "quality": dict(terms.quality) or None,
        "lot": terms.lot and str(terms.lot),
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None} or None


def terms_of(row: asyncpg.Record) -> TermSheet:
    """Of a row with `currency` and the columns of an offer."""
    said = row["terms"] or {}
    if "deliver_by" in said:
        said["deliver_by"] = date.fromisoformat(said["deliver_by"])
    if "lot" in said:
        said["lot"] = LotId(UUID(said["lot"]))
    return TermSheet(
        price=Money(row["price_minor"], row["currency"]), price_unit=row["price_unit"],
        quantity=Quantity(plain(row["quantity"]), row["unit"]), **said,
    )  # fmt: skip


def negotiations_of(rows: Iterable[asyncpg.Record]) -> Iterator[Negotiation]:
    """Rows of WHOLE in order of negotiation and offer; UUIDv7 orders offers by age."""
    for _, group in groupby(rows, key=itemgetter("id")):
        children = list(group)
        yield _negotiation(children[0], [_offer(child) for child in children])


def _negotiation(row: asyncpg.Record, offers: list[Offer]) -> Negotiation:
    currency = row["currency"]
    return Negotiation(
        id=row["id"], subject=subject_of(row), buyer=row["buyer_id"], seller=row["seller_id"], currency=currency,
        opener=Side(row["opener"]), asked=asked_of(row), closes_at=row["closes_at"], sealed_until=row["sealed_until"],
        attempts=row["attempts"], step=None if row["step_minor"] is None else Money(row["step_minor"], currency),
        status=NegotiationStatus(row["status"]), version=row["version"], offers=offers,
    )  # fmt: skip


def subject_of(row: asyncpg.Record) -> Subject:
    listings = tuple(ListingId(one) for one in row["listing_ids"])
    return Subject(kind=SubjectKind(row["subject_kind"]), id=row["subject_id"], listings=listings)


def asked_of(row: asyncpg.Record) -> Asked | None:
    if row["asked_minor"] is None:
        return None
    return Asked(
        price=Money(row["asked_minor"], row["currency"]),
        quantity=Quantity(plain(row["asked_quantity"]), row["asked_unit"]), is_ceiling=row["asked_is_ceiling"],
    )  # fmt: skip


def _offer(row: asyncpg.Record) -> Offer:
    taken: Decimal | None = row["taken"]
    return Offer(
        id=row["offer_id"], side=Side(row["side"]), terms=terms_of(row), message=row["message"],
        status=OfferStatus(row["offer_status"]), by_rule=row["by_rule"] and Rule(row["by_rule"]),
        taken=None if taken is None else Quantity(plain(taken), row["unit"]), created_at=row["created_at"],
        expires_at=row["expires_at"],
    )  # fmt: skip
