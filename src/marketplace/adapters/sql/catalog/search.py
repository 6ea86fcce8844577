"""Search: one inverted index answers words and filters; a bounded number of candidates is ranked (docs/adr/0021)."""

from math import log
from typing import Any

import asyncpg
import msgspec

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.catalog.search_sql import GAUGE, MATCHES, PRICE_STEPS, search
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
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.money import decimal_of

RARE = 4_000
"""Of what matches so few, all is looked at; of more, the newest (or cheapest, or nearest) part by part."""
EVERYTHING = "'#s'"
FEWEST = 10
"""Where fewer have all the words, those that lack one are shown after them."""


class SqlSearchQueries(SearchQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def search(self, viewer: Viewer, wish: Wish, *, after: Place | None, skip: int, limit: int) -> Found:
        asked_at = after.asked_at if after else int(self._clock.now().timestamp())
        async with self._pool.connection() as connection:
            terms = await terms_of(connection, wish.text) if wish.text else []
            filters = filters_of(wish)
            gauge = await connection.fetchrow(GAUGE, filters.marks)
            near, lowest, highest = wish.near, wish.lowest, wish.highest

            async def candidates(words: list[str], expected: int) -> list[asyncpg.Record]:
                """The page, in rows that carry what is true of all candidates; at least one row."""
                queries = [query for query in (*words, " & ".join(filters.queries)) if query] or [EVERYTHING]
                rows: list[asyncpg.Record] = await connection.fetch(
                    search(wish.sort, signed_in=viewer.user is not None, queries=len(queries)),
                    _parts(wish, gauge, expected), [term.query for term in terms], _weights(terms, gauge["top"]),
                    wish.category, wish.kind, wish.condition, wish.currency, lowest and lowest.minor,
                    highest and highest.minor, near and near.latitude, near and near.longitude, wish.radius_km,
                    viewer.user, wish.min_rating, asked_at, after and after.value, after and after.listing_id, skip,
                    limit + 1, *queries,
                )  # fmt: skip
                return rows

            expected = min((term.listings for term in terms), default=gauge["filtered"])
            rows = await candidates([term.query for term in rarest_first(terms)], expected)
            known = [term for term in terms if term.listings]
            if rows[0]["total"] < FEWEST and len(terms) > 1 and known:
                expected = sum(term.listings for term in rarest_first(known)[:2]) * len(known)
                rows = await candidates([_all_but_one(known)], expected)
            items = await _items(connection, wish, terms, rows[:limit])
        total, last = rows[0]["total"], rows[:limit][-1]
        is_capped = total >= MOST_CANDIDATES
        return Found(
            items=items, facets=_facets(rows[0]), is_capped=is_capped, has_more=len(rows) > limit,
            total=max(total, min(expected, gauge["filtered"])) if is_capped else total,
            last=Place(last["value"], last["listing_id"], asked_at) if last["listing_id"] else None,
        )  # fmt: skip

    async def suggest(self, text: str) -> list[Suggestion]:
        async with self._pool.connection() as connection:
            return await suggestions(connection, text)


def rarest_first(terms: list[Term]) -> list[Term]:
    return sorted(terms, key=lambda term: term.listings)


def _parts(wish: Wish, gauge: asyncpg.Record, expected: int) -> list[str]:
    """Of the storefront, one after the other; all of it at once where few will match."""
    most = MOST_CANDIDATES if wish.sort in {Sort.PRICE_ASC, Sort.PRICE_DESC} else RARE
    few = min(expected, gauge["filtered"]) + gauge["uncounted"] <= most
    return [EVERYTHING] if few else steps_of(wish, gauge["top"])


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


async def _items(
    connection: asyncpg.Connection, wish: Wish, terms: list[Term], rows: list[asyncpg.Record]
) -> list[FoundProduct]:
    """Without what was withdrawn a moment ago."""
    ids = [row["listing_id"] for row in rows if row["listing_id"]]
    if not ids:
        return []
    products = {row["id"]: view_of(row) for row in await ANY_PRODUCTS.all(connection, ids=ids)}
    matches = await _matches(connection, ids, terms) if wish.explain else {}
    return [
        FoundProduct(
            **msgspec.structs.asdict(products[row["listing_id"]]),
            distance_km=None if row["distance"] is None else round(row["distance"], 3),
            explain=_explanation(row, matches.get(row["listing_id"], [])) if wish.explain else msgspec.UNSET,
        )
        for row in rows
        if row["listing_id"] in products
    ]


async def _matches(connection: asyncpg.Connection, ids: list[Any], terms: list[Term]) -> dict[Any, list[MatchedWord]]:
    def within(weight: str) -> list[str]:
        return ["|".join(f"{quoted(lexeme)}{weight}" for lexeme in term.lexemes) for term in terms]

    found: dict[Any, list[MatchedWord]] = {}
    for row in await connection.fetch(MATCHES, ids, within(":A"), within(":B"), within("")):
        term = terms[row["nr"] - 1]
        word = MatchedWord(term.word, list(term.found_as), term.how, row["place"])
        found.setdefault(row["listing_id"], []).append(word)
    return found


def _explanation(row: asyncpg.Record, words: list[MatchedWord]) -> Explanation:
    return Explanation(row["score"], row["text"] or 0.0, row["freshness"], row["engagement"], words)


def _facets(row: asyncpg.Record) -> Facets:
    return Facets(
        [CategoryCount(category, count) for category, count in row["categories"] or []],
        [_price_range(*one) for one in row["prices"] or []],
    )


def _price_range(currency: str, step: int, count: int) -> PriceRange:
    lowest, highest = (decimal_of(minor, currency) for minor in PRICE_STEPS[step - 1 : step + 1])
    label = f"{currency} {lowest.normalize():f}-{highest.normalize():f}"
    return PriceRange(label, lowest, highest, currency, count)
