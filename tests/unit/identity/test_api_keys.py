"""API keys: text, making, use and end."""

import re
from datetime import timedelta
from uuid import uuid4
from zlib import crc32

import pytest

from marketplace.adapters.security.api_keys import HmacApiKeyTexts
from marketplace.application.identity.api_keys import NewApiKeyView
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.shared.actor import (
    Actor,
    MissingPermission,
    Permission,
    SessionRequired,
    StepUpRequired,
)
from marketplace.domain.identity.api_key import (
    MOST_LIVE,
    ApiKeyCreated,
    ApiKeyDeleted,
    ApiKeyId,
    ApiKeyNotFound,
    InvalidLife,
    TooManyApiKeys,
)
from marketplace.domain.identity.session import InvalidToken
from marketplace.domain.identity.user import AccountStatus, Role, User
from marketplace.domain.shared.ids import SessionId
from tests.builders.identity import NOON, a_user
from tests.unit.identity.world import World

DAY = timedelta(days=1)
TEXTS = HmacApiKeyTexts(b"k" * 32)


def somebody(world: World, role: Role = Role.SELLER) -> tuple[User, Actor]:
    user = a_user(role=role)
    world.store.users[user.id] = user
    return user, Actor(user.id, SessionId(uuid4()), PERMISSIONS[role], proven_at=world.clock.now())


async def made(world: World, actor: Actor, *scopes: Permission, life: timedelta = 90 * DAY) -> NewApiKeyView:
    return await world.create_api_key(actor, "Stock sync", scopes, life)


def test_the_text_is_prefix_random_checksum_and_tells_the_id() -> None:
    key_id = ApiKeyId(uuid4())
    text, mac = TEXTS.write(key_id)
    body, checksum = text.rsplit("_", 1)
    assert re.fullmatch("mk_[a-z2-7]{64}", body)
    assert int(checksum, 16) == crc32(body.encode())
    read = TEXTS.read(text)
    assert (read.id, read.mac) == (key_id, mac)
    assert TEXTS.write(key_id)[0] != text
    assert HmacApiKeyTexts(b"l" * 32).read(text).mac != mac


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1],
        lambda t: t.upper(),
        lambda t: t + "0",
        lambda t: "mk_",
        lambda t: t[:10] + ("a" if t[10] != "a" else "b") + t[11:],
        lambda t: "mk_\ud800",
    ],
)
def test_a_text_that_is_none_of_ours_is_refused_without_a_look_at_the_store(change: object) -> None:
    assert callable(change)
    with pytest.raises(InvalidToken):
        TEXTS.read(change(TEXTS.write(ApiKeyId(uuid4()))[0]))


async def test_a_key_acts_for_its_owner_within_its_scopes(world: World) -> None:
    user, actor = somebody(world)
    key = await made(world, actor, Permission.LIST_ITEMS)
    assert isinstance(world.store.events[-1], ApiKeyCreated)
    program = await world.authenticate(key.key)
    assert program == Actor(user.id, None, frozenset({Permission.LIST_ITEMS}))
    program.require(Permission.LIST_ITEMS)
    with pytest.raises(MissingPermission):
        program.require(Permission.MAKE_OFFERS)
    with pytest.raises(SessionRequired):
        program.own_session()


async def test_a_key_without_scopes_only_reads(world: World) -> None:
    _, actor = somebody(world)
    assert (await world.authenticate((await made(world, actor)).key)).permissions == frozenset()


async def test_a_key_loses_what_its_owner_loses(world: World) -> None:
    user, actor = somebody(world)
    key = await made(world, actor, Permission.LIST_ITEMS, Permission.MAKE_OFFERS)
    user.role = Role.BUYER
    assert (await world.authenticate(key.key)).permissions == {Permission.MAKE_OFFERS}


async def test_no_scope_beyond_the_owners_permissions(world: World) -> None:
    _, actor = somebody(world, Role.BUYER)
    with pytest.raises(MissingPermission):
        await made(world, actor, Permission.READ_LEDGER)


async def test_a_deleted_an_expired_a_changed_and_a_suspended_owners_key_are_refused_alike(world: World) -> None:
    user, actor = somebody(world)
    expiring, deleted, good = [await made(world, actor, life=life * DAY) for life in (1, 2, 3)]
    await world.delete_api_key(actor, deleted.id)
    assert isinstance(world.store.events[-1], ApiKeyDeleted)
    world.clock.advance(DAY)
    forged = TEXTS.write(good.id)[0]
    for text in (expiring.key, deleted.key, forged):
        with pytest.raises(InvalidToken):
            await world.authenticate(text)
    assert (await world.authenticate(good.key)).user == user.id
    user.status = AccountStatus.SUSPENDED
    with pytest.raises(InvalidToken):
        await world.authenticate(good.key)


async def test_the_last_use_is_noted_once_a_minute(world: World) -> None:
    _, actor = somebody(world)
    key = await made(world, actor)
    assert (await world.api_keys.of_owner(actor))[0].last_used_at is None
    for _ in range(3):
        await world.authenticate(key.key)
    world.clock.advance(timedelta(seconds=59))
    await world.authenticate(key.key)
    assert (world.api_keys.notes, (await world.api_keys.of_owner(actor))[0].last_used_at) == (1, NOON)
    world.clock.advance(timedelta(seconds=1))
    await world.authenticate(key.key)
    assert world.api_keys.notes == 2


async def test_twenty_live_keys_are_the_most(world: World) -> None:
    _, actor = somebody(world)
    keys = [await made(world, actor) for _ in range(MOST_LIVE)]
    with pytest.raises(TooManyApiKeys):
        await made(world, actor)
    await world.delete_api_key(actor, keys[0].id)
    await made(world, actor)
    assert len(await world.api_keys.of_owner(actor)) == MOST_LIVE


@pytest.mark.parametrize("days", [-1, 0, 366])
async def test_a_key_lives_a_year_at_most(world: World, days: int) -> None:
    _, actor = somebody(world)
    with pytest.raises(InvalidLife):
        await made(world, actor, life=days * DAY)
    assert (await made(world, actor, life=365 * DAY)).expires_at == NOON + 365 * DAY


async def test_making_and_deleting_need_a_recent_proof_and_a_session(world: World) -> None:
    user, actor = somebody(world)
    key = await made(world, actor)
    stale = Actor(user.id, actor.session, actor.permissions, proven_at=NOON - timedelta(minutes=6))
    program = await world.authenticate(key.key)
    for who, refusal in ((stale, StepUpRequired), (program, SessionRequired)):
        with pytest.raises(refusal):
            await made(world, who)
        with pytest.raises(refusal):
            await world.delete_api_key(who, key.id)
    with pytest.raises(SessionRequired):
        await world.api_keys.of_owner(program)


async def test_an_outsider_neither_sees_nor_deletes_a_key(world: World) -> None:
    _, actor = somebody(world)
    _, outsider = somebody(world)
    key = await made(world, actor)
    with pytest.raises(ApiKeyNotFound):
        await world.delete_api_key(outsider, key.id)
    assert await world.api_keys.of_owner(outsider) == []
    assert await world.authenticate(key.key)
