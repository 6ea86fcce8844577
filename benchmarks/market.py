"""A filled market to measure on: many listings of one seller, and pending offers to accept."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.http.paging import Cursors
from marketplace.entrypoints.wiring.rotation import access_tokens
from marketplace.entrypoints.wiring.settings import Settings

_USER = """
INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_hash,
                            password_changed_at, role, email_verified, created_at, version)
VALUES ($1, $2, $2, $3, $3, 'Bench', 'none', now(), $4, true, now(), 0)
"""
_SESSION = """
INSERT INTO identity.sessions (id, user_id, created_at, rotated_at, last_used_at, proven_at, expires_at, generation,
                               version)
VALUES ($1, $2, now(), now(), now(), now(), now() + interval '7 days', 1, 0)
"""
_LISTINGS = """
INSERT INTO catalog.listings (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition,
                              channel, kind, audience, image_urls, tags, created_at)
SELECT id, $2, 'Listing number ' || place, repeat('Good as new, hardly used. ', 16), 85000, 4250, 'AED', 'electronics',
       'good', 'community', 'product', 'everyone', ARRAY['https://cdn.example/' || place || '.jpg'],
       ARRAY['camera', 'analog'], now()
FROM unnest($1::uuid[]) WITH ORDINALITY one(id, place)
"""
_STATES = """
INSERT INTO catalog.listing_states (listing_id, status)
SELECT id, 'active' FROM unnest($1::uuid[]) one(id)
"""
_NEGOTIATIONS = """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
                                  asked_minor, asked_quantity, asked_unit, asked_is_ceiling, attempts, status)
SELECT id, 'listing', listing, ARRAY[listing], $3, $4, 'buyer', 'AED', 85000, 1, 'piece', true, 0, 'open'
FROM unnest($1::uuid[], $2::uuid[]) one(id, listing)
"""
_OFFERS = """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
SELECT id, negotiation, 'buyer', 75000, 1, 'piece', 'pending', now(), now() + interval '1 day'
FROM unnest($1::uuid[], $2::uuid[]) one(id, negotiation)
"""


class Market:
    """`offers` are [offer, negotiation, listing, buyer, seller], each to be accepted once; `goods` are to be bought."""

    def __init__(self, settings: Settings) -> None:
        self._ids = TimeOrderedIds()
        self._settings = settings
        self.cursors = Cursors(settings.key("cursors"))
        self.listings: list[str] = []
        self.offers: list[list[str]] = []
        self.token = ""
        self.buyers_token = ""
        self.goods: list[str] = []

    async def fill(self, dsn: str, *, listings: int, offers: int, goods: int = 0) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            seller, buyer, session, buyers = self._new(4)
            for user, role in ((seller, "seller"), (buyer, "buyer")):
                name = f"bench-{secrets.token_hex(6)}"
                await connection.execute(_USER, user, f"{name}@example.com", name, role)
            for one, user in ((session, seller), (buyers, buyer)):
                await connection.execute(_SESSION, one, user)
            ids = self._new(listings + goods)
            await connection.execute(_LISTINGS, ids, seller, timeout=120)
            await connection.execute(_STATES, ids, timeout=120)
            wanted = ids[-offers:]
            negotiations, pending = self._new(offers), self._new(offers)
            await connection.execute(_NEGOTIATIONS, negotiations, wanted, buyer, seller, timeout=120)
            await connection.execute(_OFFERS, pending, negotiations, timeout=120)
        finally:
            await connection.close()
        await self.analyze(dsn)
        parts = zip(pending, negotiations, wanted, strict=True)
        self.listings = [str(one) for one in ids[goods : goods + listings - offers]]
        self.goods = [str(one) for one in ids[:goods]]
        self.offers = [[*map(str, (o, n, w, buyer, seller))] for o, n, w in parts]
        now = datetime.now(UTC) - timedelta(seconds=1)  # noqa: TID251 - a benchmark's own clock
        tokens = await access_tokens(self._settings)
        self.token = tokens.issue(UserId(seller), SessionId(session), now)
        self.buyers_token = tokens.issue(UserId(buyer), SessionId(buyers), now)

    async def analyze(self, dsn: str) -> None:
        """What autovacuum does within a minute: plans that were made on empty tables are made anew."""
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute("VACUUM ANALYZE", timeout=120)
        finally:
            await connection.close()

    def _new(self, count: int) -> list[UUID]:
        return [self._ids.new() for _ in range(count)]
