"""Search: one inverted index answers the words and the filters; at most so many candidates are ranked (docs/adr/0021)."""

import time
from collections.abc import Mapping
from math import log
from typing import Any

import asyncpg
import msgspec

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.catalog.search_steps import filters_of, steps_of
from marketplace.adapters.sql.catalog.search_words import Term, quoted, terms_of
from marketplace.adapters.sql.catalog.suggestions import suggestions
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.search import (
    MOST_CANDIDATES,
    CategoryCount,
    Explanation,
    Facets,
    Found,
    FoundProduct,
    MatchedWord,
    Place,
    PriceRange,
    SearchQueries,
    Sort,
    Suggestion,
    Wish,
)
from marketplace.application.shared.actor import Viewer
from marketplace.domain.catalog.listing import Audience
from marketplace.domain.shared.money import decimal_of

RARE = 4_000
"""Of what matches so few, all is looked at; of more, the newest (or cheapest, or nearest) part by part."""
FEWEST = 10
"""Where fewer have all the words, those that lack one are shown after them."""

_GAUGE = """
SELECT top, top - (SELECT max(place) FROM catalog.search_progress) AS uncounted, coalesce((
        SELECT min(coalesce(frequency, 0)) FROM unnest($1::text[]) mark
        LEFT JOIN catalog.search_lexemes ON lexeme = mark
    ), top) AS filtered
FROM (SELECT last_value AS top FROM catalog.storefront_places) now"""

_PRICE_STEPS = [digit * 10**power for power in range(16) for digit in (1, 2, 5)]

_FOR_EVERYBODY = f"s.audience = '{Audience.EVERYONE}' AND $13::uuid IS NULL"
_FOR_VIEWER = f"""
(s.audience = '{Audience.EVERYONE}' OR s.seller_id = $13
    OR s.seller_id IN (SELECT followed_id FROM social.follows WHERE follower_id = $13))
AND s.seller_id NOT IN (
    SELECT blocked_id FROM social.blocks WHERE blocker_id = $13
    UNION ALL SELECT blocker_id FROM social.blocks WHERE blocked_id = $13
)"""  # noqa: S608 - our own words
_DISTANCE = """
12742 * asin(least(1, sqrt(
    sin(radians(s.latitude - $10) / 2) ^ 2
    + cos(radians(s.latitude)) * cos(radians($10)) * sin(radians(s.longitude - $11) / 2) ^ 2
)))"""
_CREATED_AT = "('x' || substr(replace(listing_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0"
"""Seconds since 1970, from the UUIDv7."""
_FIRST: Mapping[Sort, str] = {
    Sort.RELEVANCE: "s.place DESC", Sort.NEWEST: "s.listing_id DESC", Sort.PRICE_ASC: "s.price_minor, s.place DESC",
    Sort.PRICE_DESC: "s.price_minor DESC, s.place DESC", Sort.NEAREST: "distance, s.place DESC",
}  # fmt: skip
"""Which of a part come first, before ranking."""
_VALUE: Mapping[Sort, str] = {
    Sort.RELEVANCE: "-(coalesce(text, 0) * (1 + 0.2 * freshness + 0.2 * engagement) + 0.01 * freshness)", Sort.NEWEST: "0.0",
    Sort.PRICE_ASC: "price_minor", Sort.PRICE_DESC: "-price_minor", Sort.NEAREST: "coalesce(distance, 30000)",
}  # fmt: skip
"""What the rows are ordered by, ascending; ties by id, the youngest first."""


def _search(sort: Sort, visible: str) -> str:
    """$1 words and filters, $2 the parts one after the other, $3 what is ranked by, $4 category to $9 prices,
    $10 and $11 the place, $12 kilometres, $13 the viewer, $14 rating, $15 when, $16 and $17 after what, $18 what to
    skip, $19 how many."""
    return f"""
WITH asked AS MATERIALIZED (
    SELECT term::tsquery, weight FROM unnest($3::text[], $20::float8[]) AS given (term, weight)
), candidate AS MATERIALIZED (
    SELECT one.* FROM unnest($2::text[]) WITH ORDINALITY AS part (mark, nr) CROSS JOIN LATERAL (
        SELECT s.listing_id, s.category, s.currency, s.price_minor, {_DISTANCE} AS distance,
            (SELECT sum(weight * rank) * sum(weight) FILTER (WHERE rank > 0) / (1 + 0.5 * ln(s.title_size + 1)) FROM (
                SELECT weight, ts_rank('{{0.15, 0.2, 0.4, 1}}', s.words, term) AS rank FROM asked) each) AS text
        FROM catalog.storefront s
        WHERE s.words @@ ($1::tsquery && part.mark::tsquery)
            AND ($4::text IS NULL OR s.category = $4
                OR s.category IN (SELECT slug FROM catalog.categories WHERE parent = $4))
            AND ($5::text IS NULL OR s.kind = $5) AND ($6::text IS NULL OR s.condition = $6)
            AND ($7::text IS NULL OR s.currency = $7)
            AND ($8::bigint IS NULL OR s.price_minor >= $8) AND ($9::bigint IS NULL OR s.price_minor <= $9)
            AND ($12::float8 IS NULL OR {_DISTANCE} <= $12)
            AND ($14::float8 IS NULL OR EXISTS (
                SELECT FROM identity.public_profiles p WHERE p.id = s.seller_id AND p.rating >= $14))
            AND {visible}
        ORDER BY {_FIRST[sort]} LIMIT {MOST_CANDIDATES}
    ) one LIMIT {MOST_CANDIDATES}
), counted AS (
    SELECT (SELECT count(*) FROM candidate) AS total,
        (SELECT jsonb_agg(jsonb_build_array(category, n) ORDER BY n DESC, category) FROM (
            SELECT category, count(*) AS n FROM candidate GROUP BY category) c) AS categories,
        (SELECT jsonb_agg(jsonb_build_array(currency, step, n) ORDER BY currency, step) FROM (
            SELECT currency, width_bucket(price_minor, '{{{",".join(map(str, _PRICE_STEPS))}}}'::bigint[]) AS step,
                count(*) AS n FROM candidate GROUP BY 1, 2) p) AS prices
), ranked AS (
    SELECT *, ({_VALUE[sort]})::float8 AS value FROM (
        SELECT candidate.*, 30 / (30 + greatest(0, ($15 - {_CREATED_AT}) / 86400))::float8 AS freshness,
            1 - 1 / (1 + ln(1 + coalesce(views + 5 * favorites + 20 * offers, 0)) / 5)::float8 AS engagement
        FROM candidate LEFT JOIN LATERAL (
            SELECT * FROM catalog.listing_signals seen WHERE seen.listing_id = candidate.listing_id LIMIT 1
        ) signals USING (listing_id)
    ) weighed
), page AS (
    SELECT listing_id, value, text, freshness, engagement, distance FROM ranked
    WHERE $16::float8 IS NULL OR (value, $17::uuid) > ($16, listing_id)
    ORDER BY value, listing_id DESC OFFSET $18::int LIMIT $19::int
)
SELECT counted.*, page.* FROM counted LEFT JOIN page ON true ORDER BY value, listing_id DESC"""  # noqa: S608


SEARCH = {
    (sort, signed_in): _search(sort, _FOR_VIEWER if signed_in else _FOR_EVERYBODY)
    for sort in Sort
    for signed_in in (False, True)
}
_MATCHES = """
SELECT s.listing_id, term.nr, CASE WHEN s.words @@ term.title::tsquery THEN 'title'
    WHEN s.words @@ term.tags::tsquery THEN 'tags' WHEN s.words @@ term.anywhere::tsquery THEN 'description' END AS place
FROM catalog.storefront s, unnest($2::text[], $3::text[], $4::text[])
    WITH ORDINALITY AS term (title, tags, anywhere, nr)
WHERE s.listing_id = ANY ($1::uuid[]) ORDER BY term.nr"""


class SqlSearchQueries(SearchQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def search(self, viewer: Viewer, wish: Wish, *, after: Place | None, skip: int, limit: int) -> Found:
        asked_at = after.asked_at if after else int(time.time())
        filters = filters_of(wish)
        async with self._pool.connection() as connection:
            terms = await terms_of(connection, wish.text) if wish.text else []
            gauge = await connection.fetchrow(_GAUGE, filters.marks)

            async def run(words: list[str], estimate: int) -> list[asyncpg.Record]:
                rare = min(estimate, gauge["filtered"]) + gauge["uncounted"] <= RARE
                query = " & ".join([*words, *filters.queries] or ["'#s'"])
                parts = ["'#s'"] if rare else steps_of(wish, gauge["top"])
                weights = _weights(terms, gauge["top"])
                near = wish.near
                return list(await connection.fetch(
                    SEARCH[wish.sort, viewer.user is not None], query, parts, [term.query for term in terms], wish.category, wish.kind,
                    wish.condition, wish.currency, wish.lowest and wish.lowest.minor,
                    wish.highest and wish.highest.minor, near and near.latitude, near and near.longitude,
                    wish.radius_km, viewer.user, wish.min_rating, asked_at, after and after.value,
                    after and after.listing_id, skip, limit + 1, weights,
                ))  # fmt: skip

            estimate = min((term.listings for term in terms), default=gauge["filtered"])
            rows = await run([term.query for term in terms], estimate)
            known = [term for term in terms if term.listings]
            if rows[0]["total"] < FEWEST and len(terms) > 1 and known:
                estimate = sum(term.listings for term in known)
                rows = await run([_all_but_one(known)], estimate)
            return await self._found(connection, wish, terms, rows, asked_at, limit, estimate)

    async def suggest(self, text: str) -> list[Suggestion]:
        async with self._pool.connection() as connection:
            return await suggestions(connection, text)

    async def _found(
        self, connection: asyncpg.Connection, wish: Wish, terms: list[Term], rows: list[asyncpg.Record],
        asked_at: int, limit: int, estimate: int,
    ) -> Found:  # fmt: skip
        first, shown = rows[0], [row for row in rows[:limit] if row["listing_id"]]
        ids = [row["listing_id"] for row in shown]
        products = {row["id"]: view_of(row) for row in await ANY_PRODUCTS.all(connection, ids=ids)} if ids else {}
        matches = await _matches(connection, ids, terms) if wish.explain and ids else {}
        items = [
            FoundProduct(
                **msgspec.structs.asdict(products[row["listing_id"]]),
                distance_km=None if row["distance"] is None else round(row["distance"], 3),
                explain=_explanation(row, matches.get(row["listing_id"], [])) if wish.explain else msgspec.UNSET,
            )
            for row in shown
            if row["listing_id"] in products
        ]
        capped = first["total"] >= MOST_CANDIDATES
        last = Place(shown[-1]["value"], shown[-1]["listing_id"], asked_at) if shown else None
        return Found(
            items, _facets(first), max(first["total"], estimate) if capped else first["total"], capped,
            len(rows) > limit, last,
        )  # fmt: skip


def _weights(terms: list[Term], listings: int) -> list[float]:
    """Of each word, more where fewer listings have it; they add up to 1."""
    telling = [log(2 + listings / (1 + term.listings)) for term in terms]
    return [one / sum(telling) for one in telling]


def _all_but_one(terms: list[Term]) -> str:
    """Any of the sets of words that lack one; of two words, either."""
    if len(terms) == 1:
        return terms[0].query
    sets = (" & ".join(term.query for term in terms if term is not left) for left in terms)
    return f"({'|'.join(f'({one})' for one in sets)})"


async def _matches(
    connection: asyncpg.Connection, ids: list[Any], terms: list[Term]
) -> dict[Any, list[MatchedWord]]:
    def within(weight: str) -> list[str]:
        return ["|".join(f"{quoted(lexeme)}{weight}" for lexeme in term.lexemes) for term in terms]

    rows = await connection.fetch(_MATCHES, ids, within(":A"), within(":B"), within(""))
    found: dict[Any, list[MatchedWord]] = {}
    for row in rows:
        term = terms[row["nr"] - 1]
        word = MatchedWord(term.word, list(term.found_as), term.how, row["place"])
        found.setdefault(row["listing_id"], []).append(word)
    return found


def _explanation(row: asyncpg.Record, words: list[MatchedWord]) -> Explanation:
    return Explanation(-row["value"], row["text"], row["freshness"], row["engagement"], words)


def _facets(row: asyncpg.Record) -> Facets:
    return Facets(
        [CategoryCount(category, count) for category, count in row["categories"] or []],
        [_price_range(*one) for one in row["prices"] or []],
    )


def _price_range(currency: str, step: int, count: int) -> PriceRange:
    lowest, highest = (decimal_of(minor, currency) for minor in (_PRICE_STEPS + [10**16])[step - 1 : step + 1])
    return PriceRange(f"{currency} {_short(lowest)}-{_short(highest)}", lowest, highest, currency, count)


def _short(amount: Any) -> str:
    return f"{amount.normalize():f}"
