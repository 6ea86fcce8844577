from datetime import timedelta

import pytest

from marketplace.application.identity.codes import InvalidCode
from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.identity.user import AccountStatus, UserVerified
from tests.builders.identity import an_account
from tests.unit.identity.world import World


def wrong(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06}"


async def refusal(world: World, identifier: str, code: str) -> InvalidCode:
    with pytest.raises(InvalidCode) as refused:
        await world.verify_code(identifier, code)
    return refused.value


async def test_the_mailed_code_verifies_the_account_once(world: World) -> None:
    user = (await world.register(an_account())).user
    code = await world.code_mailed_to(user.email)
    assert world.mailer.sent[-1].to == user.email
    await world.verify_code(user.username, code)
    assert world.store.users[user.id].is_verified
    assert [type(event) for event in world.store.events][1:] == [UserVerified]
    assert (await refusal(world, user.email, code)).facts == {"tries_left": 0}


async def test_asking_only_notes_the_wish_and_never_the_code(world: World) -> None:
    user = (await world.register(an_account())).user
    await world.send_code(user.email, MessageChannel.SMS)
    await world.send_code("nobody@x.example", MessageChannel.EMAIL)
    assert [wish.to.value for wish in world.store.wishes] == [user.email, user.email, "nobody@x.example"]
    assert world.mailer.sent == []
    await world.work()
    assert [message.to for message in world.mailer.sent] == [user.email, user.email]


async def test_three_wrong_tries_kill_the_code(world: World) -> None:
    user = (await world.register(an_account())).user
    code = await world.code_mailed_to(user.email)
    for left in (2, 1, 0, 0):
        assert (await refusal(world, user.email, wrong(code))).facts == {"tries_left": left}
    await refusal(world, user.email, code)
    assert not world.store.users[user.id].is_verified


async def test_a_new_code_kills_the_old_however_the_account_is_named(world: World) -> None:
    user = (await world.register(an_account())).user
    old, new = await world.code_mailed_to(user.email), await world.code_mailed_to(user.username)
    await refusal(world, user.email, old)
    await world.verify_code(user.email, new)


async def test_a_code_is_good_for_ten_minutes(world: World) -> None:
    user = (await world.register(an_account())).user
    code = await world.code_mailed_to(user.email)
    world.clock.advance(timedelta(minutes=10))
    await refusal(world, user.email, code)


async def test_no_account_is_refused_as_a_wrong_code_is(world: World) -> None:
    user = (await world.register(an_account())).user
    code = await world.code_mailed_to(user.email)
    assert await world.code_mailed_to("nobody@x.example") == ""
    for _ in range(4):
        known = await refusal(world, user.email, wrong(code))
        unknown = await refusal(world, "nobody@x.example", wrong(code))
        assert (known.detail, known.facts) == (unknown.detail, unknown.facts)
    assert (await refusal(world, "no form\0", "000000")).detail == known.detail


async def test_a_closed_account_gets_no_code(world: World) -> None:
    user = (await world.register(an_account())).user
    world.store.users[user.id].status = AccountStatus.SUSPENDED
    assert await world.code_mailed_to(user.email) == ""
