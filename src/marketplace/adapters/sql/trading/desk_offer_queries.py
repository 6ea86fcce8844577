from collections.abc import Sequence

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import WHOLE, negotiations_of
from marketplace.adapters.sql.trading.trades import trade_of
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.desk_ports import DeskOfferQueries
from marketplace.application.trading.desk_views import (
    MOST_COMPARED,
    ComparedOfferView,
    ComparisonView,
    DeskNegotiationView,
    DeskOfferView,
    author_of,
)
from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferNotFound, Side
from marketplace.domain.trading.trade import Trade, TradeId, TradeNotFound

_TRADE = "SELECT * FROM trading.trades WHERE id = $1"
_NAMES = "SELECT id, username FROM identity.public_profiles WHERE id = ANY ($1::uuid[])"
OFFERS = f"{WHOLE} WHERE n.id = ANY ($1::uuid[]) ORDER BY n.id DESC, o.id"


def _page(of: str, pick: str) -> str:
    """$1 is the trade, $2 the cursor or what to skip, $3 the limit; $4 and $5 are buyer and seller, where asked for."""
    whose = f"FROM trading.negotiations WHERE subject_id = $1 {of}"
    return f"""
SELECT id, (SELECT count(*) FROM (SELECT {whose} LIMIT {EXACT_TOTAL_LIMIT + 1}) one) AS total
{whose} {pick} LIMIT $3::int"""  # noqa: S608 - our own words


_OWN = "AND subject_kind = 'trade' AND buyer_id = $4 AND seller_id = $5"
_AFTER, _SKIPPING = "AND id < $2 ORDER BY id DESC", "ORDER BY id DESC OFFSET $2::int"
ALL_PAGES = {True: _page("", _AFTER), False: _page("", _SKIPPING)}
OWN_PAGES = {True: _page(_OWN, _AFTER), False: _page(_OWN, _SKIPPING)}
"""By cursor, and by number."""
COMPARED = f"""
SELECT id, EXISTS (SELECT FROM trading.shortlist WHERE negotiation_id = n.id) AS shortlisted
FROM trading.negotiations n WHERE subject_id = $1 AND subject_kind = 'trade' AND status IN ('open', 'agreed')
ORDER BY id DESC LIMIT {MOST_COMPARED + 1}"""  # noqa: S608 - our own words


class SqlDeskOfferQueries(DeskOfferQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def offers(
        self, actor: Actor, trade_id: TradeId, *, after: NegotiationId | None, skip: int, limit: int
    ) -> Slice[DeskOfferView]:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            trade = await _trade(connection, actor, trade_id)
            if actor.user == trade.owner and self._is_sealed(trade):
                return Slice([], 0, False)
            by_cursor, first = after is not None, after or skip
            if actor.user == trade.owner:
                rows = await connection.fetch(ALL_PAGES[by_cursor], trade_id, first, limit + 1)
            else:
                buyer, seller = _sides(trade, actor.user)
                rows = await connection.fetch(OWN_PAGES[by_cursor], trade_id, first, limit + 1, buyer, seller)
            views = await _views(connection, [row["id"] for row in rows[:limit]])
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def offer(self, actor: Actor, offer: NegotiationId) -> DeskOfferView:
        async with self._pool.connection() as connection:
            negotiation = await self._seen(connection, actor, offer)
            names = await _names(connection, [negotiation])
        return DeskOfferView.of(negotiation, names.get(author_of(negotiation)))

    async def negotiation(self, actor: Actor, negotiation_id: NegotiationId) -> DeskNegotiationView:
        async with self._pool.connection() as connection:
            return DeskNegotiationView.of(await self._seen(connection, actor, negotiation_id))

    async def comparison(self, actor: Actor, trade_id: TradeId) -> ComparisonView:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            trade = await _trade(connection, actor, trade_id)
            trade.require_owner(actor.user)
            rows = [] if self._is_sealed(trade) else await connection.fetch(COMPARED, trade_id)
            marks = {row["id"]: row["shortlisted"] for row in rows[:MOST_COMPARED]}
            views = await _views(connection, list(marks))
        items = [ComparedOfferView.of(trade, view, shortlisted=marks[view.id]) for view in views]
        return ComparisonView.of(trade, items, has_more=len(rows) > MOST_COMPARED)

    def _is_sealed(self, trade: Trade) -> bool:
        return trade.sealed_until is not None and self._clock.now() < trade.sealed_until

    async def _seen(self, connection: asyncpg.Connection, actor: Actor, offer: NegotiationId) -> Negotiation:
        actor.require(Permission.TRADE)
        for negotiation in negotiations_of(await connection.fetch(OFFERS, [offer])):
            if negotiation.subject.kind is SubjectKind.TRADE:
                negotiation.side_of(actor.user, self._clock.now())
                return negotiation
        raise OfferNotFound("no such offer")


async def _trade(connection: asyncpg.Connection, actor: Actor, trade_id: TradeId) -> Trade:
    row = await connection.fetchrow(_TRADE, trade_id)
    if row is None or not (trade := trade_of(row)).may_see(actor.user):
        raise TradeNotFound("no such trade", trade_id=trade_id)
    return trade


def _sides(trade: Trade, author: UserId) -> tuple[UserId, UserId]:
    """Buyer and seller."""
    return (trade.owner, author) if trade.side.owner_side is Side.BUYER else (author, trade.owner)


async def _views(connection: asyncpg.Connection, ids: Sequence[NegotiationId]) -> list[DeskOfferView]:
    if not ids:
        return []
    negotiations = list(negotiations_of(await connection.fetch(OFFERS, ids)))
    names = await _names(connection, negotiations)
    return [DeskOfferView.of(negotiation, names.get(author_of(negotiation))) for negotiation in negotiations]


async def _names(connection: asyncpg.Connection, of: Sequence[Negotiation]) -> dict[UserId, str]:
    rows = await connection.fetch(_NAMES, list({author_of(negotiation) for negotiation in of}))
    return {row["id"]: row["username"] for row in rows}
