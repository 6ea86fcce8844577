import asyncpg

from marketplace.adapters.sql.ordering.fulfilments import OF_ORDER, fulfilment_of
from marketplace.adapters.sql.ordering.queries import MAY_READ
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.life_ports import OrderNews, OrderTrail
from marketplace.application.ordering.life_views import FulfilmentView, OrderActorView, OrderFacts, TimelineEntry
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.ordering.moves import OrderRole, OrderStatus
from marketplace.domain.ordering.order import AUTO_COMPLETE, OrderNotFound, PaymentStatus, number_of
from marketplace.domain.shared.ids import OrderId

PLACED = f"SELECT buyer_id, seller_id, assignee_id, created_at FROM ordering.orders WHERE id = $1 AND {MAY_READ}"  # noqa: S608 - our own words
STEPS = "SELECT * FROM ordering.order_steps WHERE order_id = $1 ORDER BY id"
NAMES = """
SELECT p.id, p.username FROM unnest($1::uuid[]) one
CROSS JOIN LATERAL (SELECT * FROM identity.public_profiles p WHERE p.id = one LIMIT 1) p WHERE p.is_active
"""
_FACTS = """
SELECT number, buyer_id, seller_id, status, payment_status, delivered_at FROM ordering.orders WHERE id = $1
"""


class SqlOrderTrail(OrderTrail):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def fulfilments(self, actor: Actor, order_id: OrderId) -> list[FulfilmentView]:
        async with self._pool.connection() as connection:
            await _placed(connection, actor, order_id)
            return [FulfilmentView.of(fulfilment_of(row)) for row in await connection.fetch(OF_ORDER, order_id)]

    async def steps(self, actor: Actor, order_id: OrderId) -> list[TimelineEntry]:
        async with self._pool.connection() as connection:
            order = await _placed(connection, actor, order_id)
            steps = await connection.fetch(STEPS, order_id)
            shipped = [fulfilment_of(row) for row in await connection.fetch(OF_ORDER, order_id)]
            people = {order["buyer_id"], *(row["actor_id"] for row in steps), *(one.by for one in shipped)} - {None}
            names = {row["id"]: row["username"] for row in await connection.fetch(NAMES, list(people))}
        buyer, sellers = order["buyer_id"], {order["seller_id"], order["assignee_id"]}
        placed = TimelineEntry(
            kind="placed", at=order["created_at"], status=OrderStatus.PLACED.public,
            actor=OrderActorView(OrderRole.BUYER, buyer, names.get(buyer)),
        )  # fmt: skip
        moved = [
            TimelineEntry(
                kind="moved", at=row["at"], status=OrderStatus(row["target"]).public, reason=row["reason"],
                actor=OrderActorView(OrderRole(row["role"]), row["actor_id"], names.get(row["actor_id"])),
            )
            for row in steps
        ]  # fmt: skip
        sent = [
            TimelineEntry(
                kind="shipped", at=one.shipped_at, fulfilment=FulfilmentView.of(one),
                actor=OrderActorView(
                    OrderRole.SELLER if one.by in sellers else OrderRole.MODERATOR, one.by, names.get(one.by)
                ),
            )
            for one in shipped
        ]  # fmt: skip
        return sorted([placed, *moved, *sent], key=lambda entry: entry.at)


class SqlOrderNews(OrderNews):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, order_id: OrderId) -> OrderFacts:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_FACTS, order_id)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        is_delivered = row["status"] == OrderStatus.DELIVERED and row["delivered_at"] is not None
        return OrderFacts(
            title=number_of(row["number"]), buyer=row["buyer_id"], seller=row["seller_id"],
            payment_status=PaymentStatus(row["payment_status"]),
            completes_at=row["delivered_at"] + AUTO_COMPLETE if is_delivered else None,
        )  # fmt: skip


async def _placed(connection: asyncpg.Connection, actor: Actor, order_id: OrderId) -> asyncpg.Record:
    row = await connection.fetchrow(PLACED, order_id, actor.user, Permission.MANAGE_ORDERS in actor.permissions)
    if row is None:
        raise OrderNotFound("no such order", order_id=order_id)
    return row
