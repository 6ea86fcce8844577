import asyncpg
import msgspec

from marketplace.adapters.sql.paging import BOTH, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.application.webhooks.ports import DeliveryQueries, EndpointQueries
from marketplace.application.webhooks.views import AttemptView, DeliveryDetailView, DeliveryView, EndpointView
from marketplace.domain.webhooks.delivery import DeliveryId, DeliveryNotFound, DeliveryStatus
from marketplace.domain.webhooks.endpoint import EndpointId, EndpointNotFound

_ENDPOINT = """
SELECT id, url, description, event_types, disabled_because IS NULL AS enabled, disabled_because, failing_since,
    former_until AS former_secret_until, created_at
FROM webhooks.endpoints WHERE owner_id = $1"""
_NAMES = ("id", "endpoint_id", "event_id", "event_type", "status", "tries", "next_at", "created_at", "ended_at")
_COLUMNS = ", ".join(f"d.{name}" for name in _NAMES)


def _page(*, by_type: bool, by_cursor: bool) -> str:
    """$1 the owner, $2 an endpoint or null, $3 the statuses, $4 the event type or null, $5 the cursor or what to skip.

    One endpoint and status after the other has its rows in order of their ids; they are few, and merged here.
    """
    where = f"d.endpoint_id = places.endpoint_id AND d.status = places.status{' AND d.event_type = $4' * by_type}"
    picked = f"{where} AND d.id < $5" if by_cursor else where
    depth = "$6::int" if by_cursor else "$5::int + $6::int"
    return f"""
WITH places AS MATERIALIZED (
    SELECT e.id AS endpoint_id, status FROM webhooks.endpoints e CROSS JOIN unnest($3::text[]) status
    WHERE e.owner_id = $1 AND ($2::uuid IS NULL OR e.id = $2) AND ($4::text IS NULL OR $4 <> '')
)
SELECT found.*, (SELECT count(*) FROM (
    SELECT FROM places CROSS JOIN LATERAL (
        SELECT FROM webhooks.deliveries d WHERE {where} ORDER BY d.id DESC LIMIT {EXACT_TOTAL_LIMIT + 1}) one
    LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM places CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM webhooks.deliveries d WHERE {picked} ORDER BY d.id DESC LIMIT {depth}
) found
ORDER BY id DESC LIMIT $6::int {"" if by_cursor else "OFFSET $5::int"}"""  # noqa: S608 - our own words


PAGES = {(by_type, by_cursor): _page(by_type=by_type, by_cursor=by_cursor) for by_type in BOTH for by_cursor in BOTH}
_DELIVERY = f"""
SELECT {_COLUMNS}, d.body, d.attempts
FROM webhooks.deliveries d JOIN webhooks.endpoints e ON e.id = d.endpoint_id WHERE d.id = $2 AND e.owner_id = $1"""  # noqa: S608


class SqlWebhookQueries(EndpointQueries, DeliveryQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def endpoints(self, actor: Actor) -> list[EndpointView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(f"{_ENDPOINT} ORDER BY id DESC", actor.user)
        return [EndpointView(**row) for row in rows]

    async def endpoint(self, actor: Actor, endpoint_id: EndpointId) -> EndpointView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(f"{_ENDPOINT} AND id = $2", actor.user, endpoint_id)
        if row is None:
            raise EndpointNotFound
        return EndpointView(**row)

    async def deliveries(
        self, actor: Actor, endpoint_id: EndpointId | None, status: DeliveryStatus | None, event_type: str | None,
        *, before: DeliveryId | None, skip: int, limit: int,
    ) -> Slice[DeliveryView]:  # fmt: skip
        statuses = [one.value for one in DeliveryStatus if status in {None, one}]
        page = PAGES[event_type is not None, before is not None]
        where = skip if before is None else before
        async with self._pool.connection() as connection:
            rows = await connection.fetch(page, actor.user, endpoint_id, statuses, event_type, where, limit + 1)
        return slice_of(rows, limit, _view)

    async def delivery(self, actor: Actor, delivery_id: DeliveryId) -> DeliveryDetailView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_DELIVERY, actor.user, delivery_id)
        if row is None:
            raise DeliveryNotFound
        attempts = msgspec.convert(row["attempts"], list[AttemptView])
        return DeliveryDetailView(
            **{name: row[name] for name in _NAMES}, payload=msgspec.Raw(row["body"].encode()),
            attempts=attempts,
        )  # fmt: skip


def _view(row: asyncpg.Record) -> DeliveryView:
    return DeliveryView(**{name: row[name] for name in _NAMES})
