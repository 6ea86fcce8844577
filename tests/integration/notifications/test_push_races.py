"""Registering at the same moment: nobody has more than the most, and a device is one row."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from marketplace.adapters.sql.notifications.push_tokens import SqlPushTokens
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.domain.notifications.push_token import PushToken
from marketplace.domain.shared.ids import UserId
from tests.builders.push import a_token
from tests.contract.notifications.test_push_tokens import SEALED

MOST = 3
_COUNT = "SELECT user_id, count(*) FROM notifications.push_tokens WHERE user_id = ANY($1) GROUP BY 1"


async def at_once(pool: Pool, tokens: Sequence[PushToken]) -> None:
    async def put(token: PushToken) -> None:
        async with (transaction := SqlTransaction(pool, {})):
            await SqlPushTokens(transaction, SEALED).put(token, MOST)

    await asyncio.gather(*map(put, tokens))


async def counted(pool: Pool, *users: UserId) -> dict[UserId, int]:
    async with pool.connection() as connection:
        return dict(await connection.fetch(_COUNT, users))


async def test_nobody_has_more_than_the_most(pool: Pool) -> None:
    user = UserId(uuid4())
    await at_once(pool, [a_token(user, minute=minute) for minute in range(12)])
    assert await counted(pool, user) == {user: MOST}


async def test_a_device_on_which_many_sign_in_is_one_s(pool: Pool) -> None:
    device = a_token()
    tokens = [a_token(address=device.address, minute=minute) for minute in range(12)]
    await at_once(pool, tokens)
    assert list((await counted(pool, *(token.user_id for token in tokens))).values()) == [1]
