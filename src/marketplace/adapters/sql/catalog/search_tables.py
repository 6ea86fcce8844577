"""Which words are known, counted bit by bit from what is for sale to everybody (migration 0016)."""

from sqlalchemy import BigInteger, Column, Computed, DateTime, Index, Integer, Sequence, Table, Text, text

from marketplace.adapters.sql.metadata import metadata

storefront_places = Sequence("storefront_places", schema="catalog", metadata=metadata)
"""Numbers the rows of the storefront as they came."""


def _counted() -> list[Column[int]]:
    """`frequency`: of this pass over the storefront or, while it runs, of the one before if that found more."""
    return [
        Column("pass", Integer, nullable=False),
        Column("listings", Integer, nullable=False),
        Column("listings_before", Integer, nullable=False, server_default="0"),
        Column("frequency", Integer, Computed("greatest(listings, listings_before)", persisted=True), nullable=False),
    ]


search_lexemes = Table(
    "search_lexemes", metadata, Column("lexeme", Text, primary_key=True), *_counted(), schema="catalog"
)
"""What the index of words has, marks of filters too: how many listings have it."""

search_words = Table(
    "search_words",
    metadata,
    Column("word", Text, primary_key=True),
    Column("latin", Text, nullable=False),
    *_counted(),
    Index("ix_search_words_one", text('"left"(word, 1)'), text("frequency DESC"), "word"),
    Index("ix_search_words_two", text('"left"(word, 2)'), text("frequency DESC"), "word"),
    Index("ix_search_words_three", text('"left"(word, 3)'), text("frequency DESC"), "word"),
    Index("ix_search_words_slips", text("catalog.slips(latin)"), postgresql_using="gin"),
    Index("ix_search_words_likeness", "latin", postgresql_using="gin", postgresql_ops={"latin": "gin_trgm_ops"}),
    schema="catalog",
)
"""Words of titles, in their own script and in Latin letters: what a beginning or a slip may mean."""

search_progress = Table(
    "search_progress",
    metadata,
    Column("pass", Integer, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("ceiling", BigInteger, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    schema="catalog",
)
"""One row: up to which place the storefront is counted, and to which it was filled at the call before."""
