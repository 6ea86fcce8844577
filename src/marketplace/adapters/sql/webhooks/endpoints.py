import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.webhooks.endpoints import FORGET_DELIVERIES
from marketplace.application.webhooks.ports import Endpoints, Hearing, Secrets
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.endpoint import (
    MOST_ENDPOINTS,
    DisabledBecause,
    Endpoint,
    EndpointId,
    EndpointNotFound,
    TooManyEndpoints,
)
from marketplace.domain.webhooks.signature import KEY_LENGTH, Secret, secret_of

COLUMNS = """id, owner_id, url, description, event_types, sealed_secret, sealed_former_secret, former_until,
    disabled_because, failing_since, created_at"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('webhooks.endpoints' || $1::uuid, 0))"
_COUNT = "SELECT count(*) FROM webhooks.endpoints WHERE owner_id = $1"
_ADD = f"INSERT INTO webhooks.endpoints ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"  # noqa: S608
_LOCKED = f"SELECT {COLUMNS} FROM webhooks.endpoints WHERE id = $1 AND owner_id = $2 FOR UPDATE"  # noqa: S608
_SAVE = """
UPDATE webhooks.endpoints SET url = $3, description = $4, event_types = $5, sealed_secret = $6,
    sealed_former_secret = $7, former_until = $8, disabled_because = $9, failing_since = $10
WHERE id = $1 AND owner_id = $2 AND created_at = $11"""
_REMOVE = "DELETE FROM webhooks.endpoints WHERE id = $1"
_OF_OWNER = "SELECT id FROM webhooks.endpoints WHERE owner_id = $1 ORDER BY id"
HEARING = """
SELECT id, owner_id, event_types, disabled_because IS NULL AS is_enabled FROM webhooks.endpoints
WHERE owner_id = ANY ($1::uuid[]) ORDER BY id"""


class NewSecrets(Secrets):
    def new(self) -> Secret:
        return secret_of(secrets.token_bytes(KEY_LENGTH))


@dataclass(frozen=True, slots=True)
class SealedEndpoints:
    """Endpoints as rows: their secrets are sealed for the endpoint alone."""

    vault: Vault

    def row(self, one: Endpoint) -> tuple[object, ...]:
        former = one.former_secret and self.vault.seal(one.former_secret.encode(), _context(one.id))
        return (
            one.id, one.owner, one.url, one.description, list(one.event_types),
            self.vault.seal(one.secret.encode(), _context(one.id)), former, one.former_until, one.disabled_because,
            one.failing_since, one.created_at,
        )  # fmt: skip

    def read(self, row: asyncpg.Record) -> Endpoint:
        former, because = row["sealed_former_secret"], row["disabled_because"]
        return Endpoint(
            id=row["id"], owner=row["owner_id"], url=row["url"], description=row["description"],
            event_types=tuple(row["event_types"]), secret=self._open(row["sealed_secret"], row["id"]),
            former_secret=None if former is None else self._open(former, row["id"]), former_until=row["former_until"],
            disabled_because=None if because is None else DisabledBecause(because),
            failing_since=row["failing_since"], created_at=row["created_at"],
        )  # fmt: skip

    def _open(self, sealed: bytes, endpoint_id: EndpointId) -> Secret:
        return Secret(self.vault.open(sealed, _context(endpoint_id)).decode())


def _context(endpoint_id: EndpointId) -> str:
    return f"webhook:{endpoint_id}"


class SqlEndpoints(Endpoints):
    def __init__(self, transaction: SqlTransaction, sealed: SealedEndpoints) -> None:
        self._transaction = transaction
        self._sealed = sealed

    async def add(self, endpoint: Endpoint) -> None:
        connection = self._transaction.connection
        await connection.execute(_LOCK, endpoint.owner)
        if await connection.fetchval(_COUNT, endpoint.owner) >= MOST_ENDPOINTS:
            raise TooManyEndpoints
        await connection.execute(_ADD, *self._sealed.row(endpoint))

    async def locked(self, endpoint_id: EndpointId, owner: UserId) -> Endpoint:
        row = await self._transaction.connection.fetchrow(_LOCKED, endpoint_id, owner)
        if row is None:
            raise EndpointNotFound
        return self._sealed.read(row)

    async def save(self, endpoint: Endpoint) -> None:
        await self._transaction.connection.execute(_SAVE, *self._sealed.row(endpoint))
        self._transaction.ship(endpoint, endpoint.id)

    async def remove(self, endpoint: Endpoint) -> None:
        await self._transaction.connection.execute(_REMOVE, endpoint.id)
        self._transaction.jobs.run(FORGET_DELIVERIES, endpoint.id)

    async def of_owner(self, owner: UserId) -> Sequence[EndpointId]:
        return [row[0] for row in await self._transaction.connection.fetch(_OF_OWNER, owner)]

    async def hearing(self, owners: Collection[UserId]) -> Sequence[Hearing]:
        return [Hearing(*row) for row in await self._transaction.connection.fetch(HEARING, list(owners))]
