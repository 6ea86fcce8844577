"""The statements of a search. What a plan depends on stands in the text; the rest is bound (docs/adr/0021)."""

from collections.abc import Mapping
from functools import cache

from marketplace.application.catalog.search import MOST_CANDIDATES, Sort
from marketplace.domain.catalog.listing import Audience

GAUGE = """
SELECT top, top - (SELECT max(place) FROM catalog.search_progress) AS uncounted, coalesce((
        SELECT min(coalesce(frequency, 0)) FROM unnest($1::text[]) mark
        LEFT JOIN catalog.search_lexemes ON lexeme = mark
    ), top) AS filtered
FROM (SELECT last_value AS top FROM catalog.storefront_places) now"""

PRICE_STEPS = [digit * 10**power for power in range(17) for digit in (1, 2, 5)]

_FOR_EVERYBODY = f"s.audience = '{Audience.EVERYONE}' AND $13::uuid IS NULL"
_FOR_VIEWER = f"""
(s.audience = '{Audience.EVERYONE}' OR s.seller_id = $13
    OR s.seller_id IN (SELECT followed_id FROM social.follows WHERE follower_id = $13))
AND s.seller_id NOT IN (
    SELECT blocked_id FROM social.blocks WHERE blocker_id = $13
    UNION ALL SELECT blocker_id FROM social.blocks WHERE blocked_id = $13
)"""  # noqa: S608 - our own words
_DISTANCE = """
CASE WHEN s.latitude + $10 IS NOT NULL THEN 12742 * asin(least(1, sqrt(
    sin(radians(s.latitude - $10) / 2) ^ 2
    + cos(radians(s.latitude)) * cos(radians($10)) * sin(radians(s.longitude - $11) / 2) ^ 2
))) END"""
_CREATED_AT = "('x' || translate(left(listing_id::text, 13), '-', ''))::bit(48)::bigint / 1000::float8"
"""Seconds since 1970, from the UUIDv7."""
_SCORE = "(coalesce(text, 0) * (1 + 0.2 * freshness + 0.2 * engagement) + 0.01 * freshness)::float8"
_FIRST: Mapping[Sort, str] = {
    Sort.RELEVANCE: "ORDER BY s.place DESC", Sort.NEWEST: "ORDER BY s.listing_id DESC", 
    Sort.NEAREST: "ORDER BY distance, s.place DESC",
}  # fmt: skip
"""Which of a part come first, where it has more than can be ranked; a step of prices is fine enough without."""
_VALUE: Mapping[Sort, str] = {
    Sort.RELEVANCE: "-score", Sort.NEWEST: "0.0", Sort.PRICE_ASC: "price_minor", Sort.PRICE_DESC: "-price_minor",
    Sort.NEAREST: "coalesce(distance, 30000)",
}  # fmt: skip
"""What the rows are ordered by, ascending; ties by id, the youngest first."""


@cache
def search(sort: Sort, *, signed_in: bool, queries: int) -> str:
    """$1 the parts one after the other, $2 what is ranked by, $3 its weights, $4 category to $9 prices, $10 and $11 the
    place, $12 kilometres, $13 the viewer, $14 rating, $15 when, $16 and $17 after what, $18 what to skip, $19 how many,
    from $20 on words and filters: each apart, as the index skips from one to the other."""
    visible = _FOR_VIEWER if signed_in else _FOR_EVERYBODY
    matching = " AND ".join(f"s.words @@ ${20 + n}::tsquery" for n in range(queries))
    return f"""
WITH asked AS MATERIALIZED (
    SELECT term::tsquery, weight FROM unnest($2::text[], $3::float8[]) AS given (term, weight)
), candidate AS MATERIALIZED (
    SELECT one.* FROM unnest($1::text[]) AS part (mark) CROSS JOIN LATERAL (
        SELECT s.listing_id, s.category, s.currency, s.price_minor, {_DISTANCE} AS distance,
            (SELECT sum(weight * rank) * sum(weight) FILTER (WHERE rank > 0) / (1 + 0.5 * ln(s.title_size + 1))
            FROM (
                SELECT weight, ts_rank('{{0.15, 0.2, 0.4, 1}}', s.words, term) AS rank FROM asked) each) AS text
        FROM catalog.storefront s
        WHERE {matching} AND s.words @@ part.mark::tsquery
            AND ($4::text IS NULL OR s.category = $4
                OR s.category IN (SELECT slug FROM catalog.categories WHERE parent = $4))
            AND ($5::text IS NULL OR s.kind = $5) AND ($6::text IS NULL OR s.condition = $6)
            AND ($7::text IS NULL OR s.currency = $7)
            AND ($8::bigint IS NULL OR s.price_minor >= $8) AND ($9::bigint IS NULL OR s.price_minor <= $9)
            AND ($12::float8 IS NULL OR {_DISTANCE} <= $12)
            AND ($14::float8 IS NULL OR EXISTS (
                SELECT FROM identity.public_profiles p WHERE p.id = s.seller_id AND p.rating >= $14))
            AND {visible}
        {_FIRST.get(sort, "")} LIMIT {MOST_CANDIDATES}
    ) one LIMIT {MOST_CANDIDATES}
), counted AS (
    SELECT (SELECT count(*) FROM candidate) AS total,
        (SELECT jsonb_agg(jsonb_build_array(category, n) ORDER BY n DESC, category) FROM (
            SELECT category, count(*) AS n FROM candidate GROUP BY category) c) AS categories,
        (SELECT jsonb_agg(jsonb_build_array(currency, step, n) ORDER BY currency, step) FROM (
            SELECT currency, width_bucket(price_minor, '{{{",".join(map(str, PRICE_STEPS))}}}'::bigint[]) AS step,
                count(*) AS n FROM candidate GROUP BY 1, 2) p) AS prices
), ranked AS (
    SELECT *, ({_VALUE[sort]})::float8 AS value
    FROM (SELECT *, {_SCORE} AS score FROM (
        SELECT candidate.*, 30 / (30 + greatest(0, ($15::float8 - {_CREATED_AT}) / 86400)) AS freshness,
            1 - 1 / (1 + ln(1 + coalesce(views + 5 * favorites + 20 * offers, 0)::float8) / 5) AS engagement
        FROM candidate LEFT JOIN LATERAL (
            SELECT * FROM catalog.listing_signals seen WHERE seen.listing_id = candidate.listing_id LIMIT 1
        ) signals USING (listing_id)
    ) weighed) scored
), page AS (
    SELECT listing_id, value, score, text, freshness, engagement, distance FROM ranked
    WHERE $16::float8 IS NULL OR (value, $17::uuid) > ($16, listing_id)
    ORDER BY value, listing_id DESC OFFSET $18::int LIMIT $19::int
)
SELECT counted.*, page.* FROM counted LEFT JOIN page ON true ORDER BY value, listing_id DESC"""  # noqa: S608


MATCHES = """
SELECT s.listing_id, term.nr, CASE
    WHEN s.words @@ term.title::tsquery THEN 'title' WHEN s.words @@ term.tags::tsquery THEN 'tags'
    WHEN s.words @@ term.anywhere::tsquery THEN 'description' END AS place
FROM catalog.storefront s, unnest($2::text[], $3::text[], $4::text[])
    WITH ORDINALITY AS term (title, tags, anywhere, nr)
WHERE s.listing_id = ANY ($1::uuid[]) ORDER BY term.nr"""
