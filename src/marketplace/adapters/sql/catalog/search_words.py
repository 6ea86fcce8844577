"""What the words of a search mean: which lexemes of the index stand for each, and how common they are."""

from dataclasses import dataclass
from typing import Literal

import asyncpg

from marketplace.application.catalog.search import MOST_WORDS

MOST_MEANINGS = 8
"""Words that a beginning stands for."""
MOST_CORRECTIONS = 3
LEAST_TO_CORRECT, LONG, LONGEST_TO_CORRECT = 4, 6, 24
"""Letters; two slips are corrected in what is long."""

KNOW = f"""
SELECT word, catalog.latin(word) AS latin, lexemes, catalog.says_nothing(word) AS says_nothing,
    coalesce((SELECT max(frequency) FROM catalog.search_lexemes WHERE lexeme = ANY (lexemes)), 0) AS listings,
    (SELECT 1 FROM catalog.search_words known WHERE known.word = said.word) AS is_whole
FROM regexp_split_to_table(catalog.plain($1), ' ') WITH ORDINALITY AS said (word, nr),
    LATERAL tsvector_to_array(catalog.lexemes(word)) AS lexemes
WHERE word <> '' ORDER BY nr LIMIT {MOST_WORDS}"""  # noqa: S608 - our own words
_BEGUN = f"""
SELECT word, latin, frequency FROM catalog.search_words
WHERE left(word, {{letters}}) = left($1, {{letters}}) {{rest}}
ORDER BY frequency DESC, word LIMIT {MOST_MEANINGS}"""  # noqa: S608
BEGUN = {
    1: _BEGUN.format(letters=1, rest=""), 2: _BEGUN.format(letters=2, rest=""),
    3: _BEGUN.format(letters=3, rest="AND starts_with(word, $1)"),
}  # fmt: skip
"""By how many letters of the beginning the index is asked."""
SLIPPED = """
SELECT word, latin, frequency FROM catalog.search_words
WHERE catalog.slips(latin) && catalog.slips($1) AND abs(length(latin) - length($1)) <= 2 LIMIT 200"""
ALIKE = """
SELECT word, latin, frequency FROM catalog.search_words WHERE latin % $1
ORDER BY similarity(latin, $1) DESC, frequency DESC, word LIMIT 20"""
LEXEMES = """
SELECT word, tsvector_to_array(catalog.lexemes(word)) AS lexemes,
    coalesce((SELECT max(frequency) FROM catalog.search_lexemes WHERE lexeme = ANY (
        tsvector_to_array(catalog.lexemes(word)))), 0) AS listings
FROM unnest($1::text[]) word"""
"""Of words that are known."""

How = Literal["word", "beginning", "correction"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the text; any of `lexemes` stands for it, `found_as` are the words that they are of."""

    word: str
    lexemes: tuple[str, ...]
    found_as: tuple[str, ...]
    how: How
    listings: int

    @property
    def query(self) -> str:
        """For tsquery."""
        return alternatives(self.lexemes)


def alternatives(lexemes: tuple[str, ...]) -> str:
    return f"({'|'.join(map(quoted, lexemes))})"


def quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


async def terms_of(connection: asyncpg.Connection, text: str) -> list[Term]:
    """Words that say nothing ("the", "для") are left out, unless there are no others."""
    rows = await connection.fetch(KNOW, text)
    rows = [row for row in rows if not row["says_nothing"]] or rows
    last = rows[-1]["word"] if rows else ""
    return [await _term(connection, row, may_be_begun=row["word"] == last) for row in rows]


async def _term(connection: asyncpg.Connection, row: asyncpg.Record, *, may_be_begun: bool) -> Term:
    word, lexemes, listings = row["word"], tuple(row["lexemes"]), row["listings"]
    how, meant = await _meanings(connection, row, may_be_begun=may_be_begun)
    if not meant:
        return Term(word, lexemes, (word,) if listings else (), "word", listings)
    known = await connection.fetch(LEXEMES, meant)
    found = tuple(dict.fromkeys(lexeme for one in known for lexeme in one["lexemes"]))
    return Term(word, tuple({*lexemes, *found}), tuple(meant), how, listings + sum(one["listings"] for one in known))


async def _meanings(
    connection: asyncpg.Connection, row: asyncpg.Record, *, may_be_begun: bool
) -> tuple[How, list[str]]:
    """A word that no title has as it stands may be begun or mistaken, though another form of it be known."""
    word, latin = row["word"], row["latin"]
    if row["is_whole"]:
        return "word", []
    if may_be_begun and (words := await begun(connection, word)):
        return "beginning", words
    if not row["listings"]:
        return "correction", await corrections(connection, word, latin, 1 if len(latin) < LONG else 2)
    return "word", await corrections(connection, word, latin, 1) if len(latin) > LONG else []


async def begun(connection: asyncpg.Connection, beginning: str) -> list[str]:
    """Known words that begin so, the most frequent first."""
    if not beginning:
        return []
    rows = await connection.fetch(BEGUN[min(len(beginning), 3)], beginning)
    return [row["word"] for row in rows]


async def corrections(connection: asyncpg.Connection, word: str, latin: str, most: int) -> list[str]:
    """Known words that differ by so many slips; the nearest first."""
    if not LEAST_TO_CORRECT <= len(latin) <= LONGEST_TO_CORRECT:
        return []
    near = await connection.fetch(SLIPPED, latin)
    return _nearest(word, latin, near, most) or (
        _nearest(word, latin, await connection.fetch(ALIKE, latin), most) if most > 1 else []
    )


def _nearest(word: str, latin: str, rows: list[asyncpg.Record], most: int) -> list[str]:
    """Of those no further than `most` the nearest, in the same script if there are, the most frequent first."""
    ranked = sorted(
        (distance(latin, row["latin"]), distance(word, row["word"]), -row["frequency"], row["word"]) for row in rows
    )
    return [other for far, _, _, other in ranked if far <= most and far == ranked[0][0]][:MOST_CORRECTIONS]


def distance(one: str, other: str) -> int:
    """Letters to leave out, put in, change or swap with their neighbour (optimal string alignment)."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(one):
        row = [i + 1]
        for j, b in enumerate(other):
            row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (a != b)))
            if i and j and a == other[j - 1] and b == one[i - 1]:
                row[-1] = min(row[-1], before[j - 1] + 1)
        before, last = last, row
    return last[-1]
