"""The SQL adapter and the fake keep one contract."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from marketplace.adapters.security.push_addresses import SealedPushAddresses
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.notifications.push_tokens import SqlPushTokenQueries, SqlPushTokens
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.push_tokens import PushAddresses, PushTokenQueries, PushTokens
from marketplace.application.shared.actor import Actor
from marketplace.domain.notifications.push_token import Platform, PushToken, PushTokenNotFound
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.push import a_fcm_token, a_subscription, a_token
from tests.fakes.push import MemoryPushTokens

SEALED = SealedPushAddresses(Vault([b"k" * 32]), b"p" * 32)


@dataclass
class Subject:
    tokens: PushTokens
    queries: PushTokenQueries
    addresses: PushAddresses
    transaction: AbstractAsyncContextManager[Any]

    async def put(self, token: PushToken, most: int = 20) -> PushToken:
        async with self.transaction:
            return await self.tokens.put(token, most)

    async def ids(self, user: UserId) -> list[Any]:
        async with self.transaction:
            return list(await self.tokens.of(user))

    async def do(self, act: Callable[[PushTokens], Awaitable[None]]) -> None:
        async with self.transaction:
            await act(self.tokens)


@pytest.fixture(params=["memory", "sql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        memory = MemoryPushTokens()
        return Subject(memory, memory, memory, nullcontext())
    pool: Pool = request.getfixturevalue("pool")
    transaction, queries = SqlTransaction(pool, {}), SqlPushTokenQueries(pool, SEALED)
    return Subject(SqlPushTokens(transaction, SEALED), queries, queries, transaction)


def an_actor(token: PushToken) -> Actor:
    return Actor(token.user_id, token.session_id, frozenset())


@pytest.mark.parametrize("address", [a_fcm_token(), a_subscription()])
async def test_a_device_is_kept_and_found(subject: Subject, address: Any) -> None:
    token = a_token(address=address)
    assert await subject.put(token) == token
    assert await subject.ids(token.user_id) == [token.id]
    assert await subject.addresses.address(token.id, token.user_id) == address
    (view,) = await subject.queries.of_owner(an_actor(token))
    assert (view.id, view.platform, view.device_name, view.is_current) == (token.id, Platform.WEB, "Firefox", True)
    assert (view.created_at, view.registered_at) == (token.created_at, token.registered_at)
    assert view.token == f"…{address.place[-4:]}"
    elsewhere = replace(an_actor(token), session=SessionId(uuid4()))
    assert not (await subject.queries.of_owner(elsewhere))[0].is_current


async def test_the_same_device_again_is_the_same_row(subject: Subject) -> None:
    first = a_token()
    await subject.put(first)
    again = replace(a_token(first.user_id, first.address, minute=5), device_name="Renamed")
    kept = await subject.put(again)
    assert (kept.id, kept.created_at, kept.registered_at) == (first.id, first.created_at, again.registered_at)
    (view,) = await subject.queries.of_owner(an_actor(again))
    assert (view.id, view.device_name, view.is_current) == (first.id, "Renamed", True)
    assert (view.created_at, view.registered_at) == (first.created_at, again.registered_at)


async def test_a_device_on_which_another_signed_in_is_theirs(subject: Subject) -> None:
    first = a_token()
    await subject.put(first)
    theirs = await subject.put(a_token(address=first.address, minute=5))
    assert (theirs.id, theirs.created_at) == (first.id, theirs.registered_at)
    assert await subject.ids(first.user_id) == []
    assert await subject.addresses.address(first.id, first.user_id) is None
    assert await subject.addresses.address(first.id, theirs.user_id) == first.address


async def test_the_oldest_go_when_there_are_too_many(subject: Subject) -> None:
    user, other = UserId(uuid4()), a_token()
    await subject.put(other)
    tokens = [await subject.put(a_token(user, minute=minute), 3) for minute in (4, 1, 3, 2)]
    assert await subject.ids(user) == [tokens[0].id, tokens[2].id, tokens[3].id]
    assert [view.id for view in await subject.queries.of_owner(an_actor(tokens[0]))] == await subject.ids(user)
    assert await subject.ids(other.user_id) == [other.id]


async def test_only_its_owner_removes_it(subject: Subject) -> None:
    token = a_token()
    await subject.put(token)
    for token_id, owner in ((token.id, UserId(uuid4())), (a_token().id, token.user_id)):
        with pytest.raises(PushTokenNotFound):
            await subject.do(lambda tokens, one=token_id, who=owner: tokens.remove(one, who))  # type: ignore[misc]
    await subject.do(lambda tokens: tokens.remove(token.id, token.user_id))
    assert await subject.ids(token.user_id) == []


async def test_those_of_sessions_and_of_a_person_go_together(subject: Subject) -> None:
    one, other, stays = a_token(), a_token(), a_token()
    for token in (one, other, stays):
        await subject.put(token)
    await subject.do(lambda tokens: tokens.remove_of_sessions([one.session_id, SessionId(uuid4())]))
    await subject.do(lambda tokens: tokens.remove_of(other.user_id))
    assert [await subject.ids(token.user_id) for token in (one, other, stays)] == [[], [], [stays.id]]
