"""People with accounts and sessions, made in the database: hashing hundreds of passwords would prove nothing."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from dishka import AsyncContainer

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.adapters.sql.pool import Pool
from marketplace.application.identity.ports import AccessTokens
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.wiring.rotation import access_tokens
from marketplace.entrypoints.wiring.settings import Settings

_USERS = """
INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_hash,
                            password_changed_at, role, email_verified, created_at, version)
SELECT id, name || '@example.com', name || '@example.com', name, name, 'Somebody', $4, now(), role, true, now(), 0
FROM unnest($1::uuid[], $2::text[], $3::text[]) one(id, name, role)
"""
_SESSIONS = """
INSERT INTO identity.sessions (id, user_id, created_at, rotated_at, last_used_at, proven_at, expires_at, generation,
                               version)
SELECT session, id, now(), now(), now(), now(), now() + interval '7 days', 1, 0
FROM unnest($1::uuid[], $2::uuid[]) one(session, id)
"""
UNKNOWN = "none"
"""The hash of no password."""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


async def people(dsn: str, settings: Settings, role: str, count: int, password_hash: str = UNKNOWN) -> list[Person]:
    """Signed in a moment ago."""
    tokens = await access_tokens(settings.with_addresses(dsn, dsn, ""))
    connection = await asyncpg.connect(dsn)
    try:
        return await _signed_in(connection, tokens, [role] * count, password_hash)
    finally:
        await connection.close()


async def people_in(container: AsyncContainer, *roles: str, password_hash: str = UNKNOWN) -> list[Person]:
    """As `people`, one for each role, with the connections and the keys of an application that runs."""
    async with (await container.get(Pool)).connection() as connection:
        return await _signed_in(connection, await container.get(AccessTokens), roles, password_hash)


async def _signed_in(
    connection: asyncpg.Connection, tokens: AccessTokens, roles: Sequence[str], password_hash: str
) -> list[Person]:
    ids = TimeOrderedIds()
    users, sessions = [ids.new() for _ in roles], [ids.new() for _ in roles]
    names = [f"p-{secrets.token_hex(8)}" for _ in roles]
    await connection.execute(_USERS, users, names, roles, password_hash)
    await connection.execute(_SESSIONS, sessions, users)
    now = datetime.now(UTC)  # noqa: TID251 - the harness's own clock
    return [
        Person(user, tokens.issue(UserId(user), SessionId(session), now))
        for user, session in zip(users, sessions, strict=True)
    ]


async def give_password(
    dsn: str, settings: Settings, crowd: Sequence[Person], password: str, *, cost: int = 12
) -> dict[UUID, str]:
    """The addresses of people, by their ids, to log in with. At a low cost (4 at least) their logins are quick.

    What is refused without comparing anything is not: it takes as long as cost 12 whatever an account has.
    """
    hashed = await BcryptPasswords(settings.key("password-pepper"), cost=cost).hash(password)
    connection = await asyncpg.connect(dsn)
    try:
        statement = "UPDATE identity.users SET password_hash = $1 WHERE id = ANY($2) RETURNING id, email"
        return dict(await connection.fetch(statement, hashed, [one.id for one in crowd]))
    finally:
        await connection.close()


PRODUCT = {"title": "The last one", "price": 850.00, "category": "electronics", "feed_type": "community"}
GOOD, DECLINED, SILENT, RANDOM = "4242424242424242", "4000000000000002", "4000000000000341", "4111111111111111"


def payment(card: str) -> dict[str, Any]:
    details = {"number": card, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    return {"payment_method": "credit_card", "card": details}


def client(url: str, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=f"{url}/api/v1", limits=limits, timeout=30)
