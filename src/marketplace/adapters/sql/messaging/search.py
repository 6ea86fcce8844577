"""Messages by their words: one inverted index, in which each message is marked with its members, its conversation and
its month (docs/adr/0046). It is read month by month, until a page is full."""

import re
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from marketplace.adapters.sql.messaging.conversations import MESSAGE
from marketplace.adapters.sql.messaging.queries import message_view
from marketplace.adapters.sql.pool import Pool
from marketplace.application.messaging.attachments import with_links
from marketplace.application.messaging.search import (
    MOST_WORDS,
    FoundMessageView,
    FoundPosition,
    MessageSearch,
    WordMatchView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.links import PrivateLinks
from marketplace.application.shared.ports import Clock
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.shared.ids import ConversationId

SNIPPET, BEFORE = 160, 60
"""Characters, and how many of them stand before the first word that is found."""
MOST_TOKENS = 500
"""Words of a page that are compared with those of the search; behind them nothing is highlighted."""

QUERY = f"""
SELECT string_agg('(' || of_one || ')', ' & ') AS all_of, string_agg(of_one, ' | ') AS any_of FROM (
    SELECT (SELECT string_agg(quote_literal(one), ' | ') FROM unnest(tsvector_to_array(catalog.lexemes(word))) one)
        AS of_one
    FROM regexp_split_to_table(catalog.plain($1), ' ') WITH ORDINALITY AS said (word, nr)
    WHERE word <> '' ORDER BY catalog.says_nothing(word), nr LIMIT {MOST_WORDS}
) words WHERE of_one IS NOT NULL
"""  # noqa: S608 - our own words
SEARCH = f"""
SELECT found.* FROM (
    SELECT generate_series(
        date_trunc('month', $3::timestamptz AT TIME ZONE 'UTC'),
        (SELECT date_trunc('month', min(started_at) AT TIME ZONE 'UTC') - interval '1 month'
            FROM messaging.conversations),
        interval '-1 month') AT TIME ZONE 'UTC' AS month
) months CROSS JOIN LATERAL (
    SELECT {MESSAGE} FROM messaging.messages
    WHERE words @@ (($1 || ' & ') || quote_literal(messaging.mark(%s, $2, month)))::tsquery AND words IS NOT NULL
        AND (created_at, id) < ($3, $4)
    ORDER BY created_at DESC, id DESC LIMIT $5
) found LIMIT $5
"""  # noqa: S608 - our own words
OF_PERSON, OF_CONVERSATION = SEARCH % "'@'", SEARCH % "'#'"
_IS_MEMBER = "SELECT EXISTS (SELECT FROM messaging.members WHERE conversation_id = $1 AND user_id = $2)"
_SAYING = "SELECT word FROM unnest($2::text[]) word WHERE catalog.lexemes(word) @@ $1::text::tsquery"
_WORD = re.compile(r"[^\W_]+(?:['’ʻʼ`][^\W_]+)*")  # noqa: RUF001 - as people write them
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class SqlMessageSearch(MessageSearch):
    def __init__(self, pool: Pool, links: PrivateLinks, clock: Clock) -> None:
        self._pool = pool
        self._links = links
        self._clock = clock

    async def search(
        self,
        actor: Actor,
        text: str,
        *,
        conversation_id: ConversationId | None,
        after: FoundPosition | None,
        limit: int,
    ) -> list[FoundMessageView]:
        place: tuple[datetime, object] = (after.at, after.id) if after else (self._clock.now(), _LAST)
        async with self._pool.connection() as connection:
            if conversation_id and not await connection.fetchval(_IS_MEMBER, conversation_id, actor.user):
                raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
            query = await connection.fetchrow(QUERY, text)
            if query["all_of"] is None:
                return []
            sql, whose = (OF_CONVERSATION, conversation_id) if conversation_id else (OF_PERSON, actor.user)
            rows = await connection.fetch(sql, query["all_of"], whose, *place, limit)
            saying = await _saying(connection, query["any_of"], rows)
        return [self._found(actor, row, saying) for row in rows]

    def _found(self, actor: Actor, row: asyncpg.Record, saying: set[str]) -> FoundMessageView:
        content = row["content"]
        matches = [(one.start(), one.end()) for one in _WORD.finditer(content) if one[0].lower() in saying]
        start = max(matches[0][0] - BEFORE, 0) if matches else 0
        shown = [WordMatchView(begin - start, end - begin) for begin, end in matches if end <= start + SNIPPET]
        return FoundMessageView(
            with_links(self._links, actor, message_view(row)), content[start : start + SNIPPET], shown
        )


async def _saying(connection: asyncpg.Connection, any_of: str, rows: Sequence[asyncpg.Record]) -> set[str]:
    """Which words of these messages stand for one that is looked for."""
    tokens = list(dict.fromkeys(one.lower() for row in rows for one in _WORD.findall(row["content"])))
    return {row["word"] for row in await connection.fetch(_SAYING, any_of, tokens[:MOST_TOKENS])}
