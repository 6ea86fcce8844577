"""A repeated request gets the first one's answer, which is stored in the commit of its effect."""

from dataclasses import dataclass

import pytest

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.idempotency import KEPT, LEASE, SqlForgetOldKeys, SqlIdempotencyKeys
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.idempotency import (
    IdempotencyKeyReused,
    IdempotentRequest,
    IdempotentRequestInProgress,
    StoredReply,
)
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import a_placed_order, a_user_id, new_id

SET_BACK = "UPDATE edge.idempotency_keys SET lease_until = now() - interval '1 second' WHERE caller = $1"


def encode(answer: object) -> StoredReply:
    return StoredReply(201, str(answer).encode())


def a_request(**changes: object) -> IdempotentRequest:
    given = {"caller": a_user_id(), "route": "POST /orders", "key": str(new_id()), "fingerprint": b"body"}
    return IdempotentRequest(**{**given, **changes})  # type: ignore[arg-type]


@dataclass
class Call:
    """One request: a transaction and a claim of its own."""

    pool: Pool

    def __post_init__(self) -> None:
        self.transaction = SqlTransaction(self.pool, {})
        self.keys = SqlIdempotencyKeys(self.pool, self.transaction, TimeOrderedIds())

    async def open(self, request: IdempotentRequest) -> StoredReply | None:
        return await self.keys.open(request, encode)

    async def place(self, answer: object) -> OrderId:
        """The effect: an order, answered with `answer`."""
        order = a_placed_order()
        async with self.transaction:
            await SqlOrders(self.transaction).add(order)
            self.transaction.answers(answer)
        return order.id


async def opened(pool: Pool, request: IdempotentRequest) -> StoredReply | None:
    """By a new request."""
    return await Call(pool).open(request)


async def is_placed(pool: Pool, *orders: OrderId) -> bool:
    async with pool.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM ordering.orders WHERE id = ANY ($1)", orders)
    return found == len(orders)


async def test_a_repetition_gets_the_stored_reply(pool: Pool) -> None:
    request, call = a_request(), Call(pool)
    assert await call.open(request) is None
    assert await is_placed(pool, await call.place("the answer"))
    for _ in range(2):
        assert await opened(pool, request) == StoredReply(201, b"the answer")


async def test_a_repetition_meanwhile_is_told_to_wait(pool: Pool) -> None:
    request = a_request()
    assert await opened(pool, request) is None
    with pytest.raises(IdempotentRequestInProgress):
        await opened(pool, request)


async def test_a_reply_is_stored_by_the_block_that_answers(pool: Pool) -> None:
    """An earlier block of the same request, as that of a payment's intent, stores none."""
    request, call = a_request(), Call(pool)
    await call.open(request)
    await call.place(None)
    with pytest.raises(IdempotentRequestInProgress):
        await opened(pool, request)
    await call.place("settled")
    assert await opened(pool, request) == StoredReply(201, b"settled")


async def test_what_is_rolled_back_leaves_no_reply(pool: Pool) -> None:
    request, call = a_request(), Call(pool)
    await call.open(request)
    order = a_placed_order()
    with pytest.raises(ZeroDivisionError):
        async with call.transaction:
            await SqlOrders(call.transaction).add(order)
            call.transaction.answers("the answer")
            raise ZeroDivisionError
    assert not await is_placed(pool, order.id)
    with pytest.raises(IdempotentRequestInProgress):
        await opened(pool, request)


async def test_a_key_given_back_may_be_claimed_at_once(pool: Pool) -> None:
    request, call = a_request(), Call(pool)
    await call.open(request)
    await call.keys.abandon()
    assert await opened(pool, request) is None


async def test_a_stored_reply_is_not_given_back(pool: Pool) -> None:
    request, call = a_request(), Call(pool)
    await call.open(request)
    await call.place("the answer")
    await call.keys.abandon()
    assert await opened(pool, request) == StoredReply(201, b"the answer")


async def test_a_key_is_not_used_for_another_body(pool: Pool) -> None:
    request, call = a_request(), Call(pool)
    other = a_request(caller=request.caller, key=request.key, fingerprint=b"another body")
    await call.open(request)
    with pytest.raises(IdempotencyKeyReused):
        await opened(pool, other)
    await call.place("the answer")
    with pytest.raises(IdempotencyKeyReused):
        await opened(pool, other)


async def test_keys_of_another_caller_or_route_are_other_keys(pool: Pool) -> None:
    request = a_request()
    assert await opened(pool, request) is None
    assert await opened(pool, a_request(key=request.key)) is None
    assert await opened(pool, a_request(caller=request.caller, key=request.key, route="POST /payments")) is None


async def test_a_claim_whose_lease_is_over_is_taken_over(pool: Pool) -> None:
    """The first call comes too late: it is refused at its commit, and its effect is gone."""
    request, first, second = a_request(), Call(pool), Call(pool)
    await first.open(request)
    order = a_placed_order()
    with pytest.raises(IdempotentRequestInProgress):
        async with first.transaction:
            await SqlOrders(first.transaction).add(order)
            first.transaction.answers("too late")
            async with pool.connection() as connection:
                await connection.execute(SET_BACK, request.caller)
            assert await second.open(request) is None
    assert not await is_placed(pool, order.id)
    await first.keys.abandon()
    assert await is_placed(pool, await second.place("in time"))
    assert await opened(pool, request) == StoredReply(201, b"in time")


async def test_a_lease_that_is_over_is_not_taken_over_with_another_body(pool: Pool) -> None:
    request = a_request()
    await opened(pool, request)
    async with pool.connection() as connection:
        await connection.execute(SET_BACK, request.caller)
    with pytest.raises(IdempotencyKeyReused):
        await opened(pool, a_request(caller=request.caller, key=request.key, fingerprint=b"another body"))


async def test_a_lease_has_its_length(pool: Pool) -> None:
    request = a_request()
    await opened(pool, request)
    async with pool.connection() as connection:
        lease = await connection.fetchval(
            "SELECT lease_until - created_at FROM edge.idempotency_keys WHERE caller = $1", request.caller
        )
    assert lease == LEASE


async def test_old_keys_are_forgotten(pool: Pool) -> None:
    old, young = a_request(), a_request()
    for request in (old, young):
        await opened(pool, request)
    async with pool.connection() as connection:
        age = "UPDATE edge.idempotency_keys SET created_at = now() - $2::interval WHERE caller = $1"
        await connection.execute(age, old.caller, KEPT)
    await SqlForgetOldKeys(pool)()
    assert await opened(pool, old) is None
    with pytest.raises(IdempotentRequestInProgress):
        await opened(pool, young)
