"""Many people at once, on real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.people import DeleteAccount, SuspendUser
from marketplace.application.shared.actor import Actor
from marketplace.application.social.relations import BlockPerson, FollowPerson, ForgetPerson, UnfollowPerson
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import PersonNotFound
from tests.builders.commerce import NOON, an_actor
from tests.builders.identity import a_user
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database) as market:
        yield market


async def settled(market: SqlMarket, count: int) -> list[Actor]:
    people = [a_user() for _ in range(count)]
    transaction = SqlTransaction(market.pool, {})
    async with transaction:
        for person in people:
            await SqlUsers(transaction).add(person)
    return [an_actor(UserId(person.id)) for person in people]


async def counts(market: SqlMarket, actor: Actor) -> tuple[int, int]:
    rows = await market.all("SELECT followers, following FROM social.follow_counts WHERE user_id = $1", actor.user)
    return (rows[0]["followers"], rows[0]["following"]) if rows else (0, 0)


async def counted(market: SqlMarket, actor: Actor) -> tuple[int, int]:
    row = await market.all(
        "SELECT (SELECT count(*) FROM social.follows WHERE followed_id = $1),"
        " (SELECT count(*) FROM social.follows WHERE follower_id = $1)",
        actor.user,
    )
    return tuple(row[0])


async def test_counts_are_right_whoever_follows_whom_at_once(market: SqlMarket) -> None:
    people = await settled(market, 6)
    pairs = [(one, other) for one in people for other in people if one is not other]
    done = await outcomes(*(market.run(FollowPerson, one, other.user) for one, other in pairs * 2))
    assert [one for one in done if isinstance(one, BaseException)] == []
    assert {await counts(market, one) for one in people} == {(5, 5)}
    some = [pair for index, pair in enumerate(pairs) if index % 3]
    done = await outcomes(
        *(market.run(UnfollowPerson, one, other.user) for one, other in some * 2),
        *(market.run(FollowPerson, one, other.user) for one, other in pairs if (one, other) not in some),
    )
    assert [one for one in done if isinstance(one, BaseException)] == []
    for one in people:
        assert await counts(market, one) == await counted(market, one)


async def test_no_follow_outlives_a_block(market: SqlMarket) -> None:
    for _ in range(20):
        one, other = await settled(market, 2)
        done = await outcomes(
            market.run(FollowPerson, one, other.user), market.run(BlockPerson, other, one.user),
            market.run(FollowPerson, other, one.user),
        )  # fmt: skip
        assert [type(result) for result in done if isinstance(result, BaseException)] in (
            [], [PersonNotFound], [PersonNotFound] * 2,
        )  # fmt: skip
        assert await counted(market, one) == await counts(market, one) == (0, 0)


async def test_a_person_who_leaves_is_forgotten_while_others_follow(market: SqlMarket) -> None:
    gone, *others = await settled(market, 8)
    await outcomes(*(market.run(FollowPerson, other, gone.user) for other in others))

    async def churn(other: Actor) -> None:
        for _ in range(3):
            await market.run(UnfollowPerson, other, gone.user)
            await market.run(FollowPerson, other, others[0].user if other is not others[0] else others[1].user)

    done: list[Any] = await outcomes(market.run(ForgetPerson, gone.user), *map(churn, others))
    assert [one for one in done if isinstance(one, BaseException)] == []
    for one in (gone, *others):
        assert await counts(market, one) == await counted(market, one)
    assert await counted(market, gone) == (0, 0)


async def test_a_suspension_and_a_deletion_at_once_leave_one_truth(market: SqlMarket) -> None:
    (person,) = await settled(market, 1)
    admin = Actor(an_actor().user, an_actor().session, an_actor().permissions, NOON)
    done = await asyncio.gather(
        market.run(SuspendUser, admin, person.user, "Fraud."), market.run(DeleteAccount, admin, person.user),
        return_exceptions=True,
    )  # fmt: skip
    refused = [one for one in done if isinstance(one, BaseException)]
    assert all(isinstance(one, DomainError) for one in refused), refused
    assert await market.value("SELECT status FROM identity.users WHERE id = $1", person.user) == "deleted"
