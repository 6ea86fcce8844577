"""How a text that was begun may go on."""

import asyncpg

from marketplace.adapters.sql.catalog.search_steps import newest
from marketplace.adapters.sql.catalog.search_words import begun, corrections, quoted, terms_of
from marketplace.application.catalog.search import MOST_SUGGESTIONS, Suggestion

MOST_WORDS, MOST_CATEGORIES, MOST_TITLES = 5, 2, 5
LOOKED_AT = 50
"""Titles, the newest; those with whose listings people do most are suggested."""
RARE = 200
"""What so few listings have is looked for in all of them at once."""

PLAIN = """
SELECT plain, catalog.latin(substring(plain FROM '[^ ]*$')) AS latin,
    (SELECT last_value FROM catalog.storefront_places) AS top FROM catalog.plain($1) AS plain"""
CATEGORIES = f"""
SELECT name FROM (
    SELECT DISTINCT ON (slug) position, slug, names ->> language AS name
    FROM catalog.categories, jsonb_each_text(plain_names) AS one (language, plain)
    WHERE ' ' || plain LIKE '% ' || $1 || '%' ORDER BY slug, language
) found ORDER BY position, slug LIMIT {MOST_CATEGORIES}"""  # noqa: S608 - our own words
TITLES = f"""
SELECT title FROM (
    SELECT l.title, coalesce(views + 5 * favorites + 20 * offers, 0) AS wanted, picked.place
    FROM (
        SELECT one.* FROM unnest($2::text[]) AS part (mark) CROSS JOIN LATERAL (
            SELECT listing_id, place FROM catalog.storefront
            WHERE words @@ $1::tsquery AND words @@ part.mark::tsquery AND audience = 'everyone'
            ORDER BY place DESC LIMIT {LOOKED_AT}
        ) one LIMIT {LOOKED_AT}
    ) picked
    CROSS JOIN LATERAL (SELECT title FROM catalog.listings l WHERE l.id = picked.listing_id LIMIT 1) l
    LEFT JOIN LATERAL (
        SELECT * FROM catalog.listing_signals seen WHERE seen.listing_id = picked.listing_id LIMIT 1
    ) signals ON true
) found GROUP BY title ORDER BY max(wanted) DESC, max(place) DESC LIMIT {MOST_TITLES}"""  # noqa: S608


async def suggestions(connection: asyncpg.Connection, text: str) -> list[Suggestion]:
    """Words that the last one may become, categories, and titles that have all of the words."""
    row = await connection.fetchrow(PLAIN, text)
    head, _, last = row["plain"].rpartition(" ")
    if not last:
        return []
    words = await begun(connection, last) or await corrections(connection, last, row["latin"], 1)
    found = [Suggestion(f"{head} {word}".strip(), "word") for word in words[:MOST_WORDS]]
    found += [Suggestion(one["name"], "category") for one in await connection.fetch(CATEGORIES, row["plain"])]
    terms = await terms_of(connection, text)
    if all(term.listings for term in terms):
        query = " & ".join("(" + "|".join(f"{quoted(lexeme)}:A" for lexeme in term.lexemes) + ")" for term in terms)
        rare = min(term.listings for term in terms) <= RARE
        titles = await connection.fetch(TITLES, query, ["'#s'"] if rare else newest(row["top"], "a"))
        found += [Suggestion(one["title"], "title") for one in titles]
    return found[:MOST_SUGGESTIONS]
