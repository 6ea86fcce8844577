from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.centre_ports import Collected, PreferenceBook, Wishes
from marketplace.application.shared.letters import Language, Letter
from marketplace.application.shared.ports import Ids
from marketplace.application.shared.posting import CollectedLetter
from marketplace.domain.notifications.preferences import Preferences
from marketplace.domain.shared.ids import UserId

WISHES = """
SELECT one.user_id, p.chosen::text, l.language,
    (SELECT true FROM notifications.push_tokens t WHERE t.user_id = one.user_id LIMIT 1) AS has_devices
FROM unnest($1::uuid[]) one(user_id)
LEFT JOIN LATERAL (SELECT * FROM notifications.preferences p WHERE p.user_id = one.user_id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT * FROM identity.languages l WHERE l.id = one.user_id LIMIT 1) l ON true"""
_PUT = """
INSERT INTO notifications.preferences (user_id, chosen, updated_at) VALUES ($1, $2::text::jsonb, $3)
ON CONFLICT (user_id) DO UPDATE SET chosen = excluded.chosen, updated_at = excluded.updated_at"""
_COLLECT = """
INSERT INTO notifications.collected_letters (user_id, id, letter, created_at) VALUES ($1, $2, $3::text::jsonb, $4)"""
TAKE = """
WITH gone AS (DELETE FROM notifications.collected_letters WHERE user_id = $1 RETURNING id, letter)
SELECT letter::text, count(*) OVER () AS total FROM gone ORDER BY id DESC LIMIT $2"""
_ANY = "SELECT EXISTS (SELECT FROM notifications.collected_letters WHERE user_id = $1)"

_PREFERENCES = msgspec.json.Decoder(Preferences)
_LETTER = msgspec.json.Decoder(CollectedLetter)


class SqlPreferenceBook(PreferenceBook):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, people: Collection[UserId]) -> Mapping[UserId, Wishes]:
        rows = await self._transaction.connection.fetch(WISHES, list(people))
        return {row["user_id"]: wishes_of(row) for row in rows}

    async def put(self, user: UserId, preferences: Preferences, now: datetime) -> None:
        chosen = msgspec.json.encode(preferences).decode()
        await self._transaction.connection.execute(_PUT, user, chosen, now)


class SqlCollected(Collected):
    def __init__(self, transaction: SqlTransaction, ids: Ids) -> None:
        self._transaction = transaction
        self._ids = ids

    async def add(self, user: UserId, letter: Letter, now: datetime) -> None:
        text = msgspec.json.encode(letter).decode()
        await self._transaction.connection.execute(_COLLECT, user, self._ids.new(), text, now)

    async def take(self, user: UserId, most: int) -> tuple[Sequence[CollectedLetter], int]:
        rows = await self._transaction.connection.fetch(TAKE, user, most)
        letters = [_LETTER.decode(row["letter"]) for row in reversed(rows)]
        return letters, rows[0]["total"] - len(rows) if rows else 0

    async def any_of(self, user: UserId) -> bool:
        return bool(await self._transaction.connection.fetchval(_ANY, user))


def wishes_of(row: asyncpg.Record) -> Wishes:
    chosen = Preferences() if row["chosen"] is None else _PREFERENCES.decode(row["chosen"])
    return Wishes(chosen, Language.closest(row["language"] or ""), bool(row["has_devices"]))
