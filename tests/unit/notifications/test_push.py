"""Devices and pushes by the use cases, on fakes."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from marketplace.adapters.push.payload import LARGEST, encoded, payload
from marketplace.application.notifications.push import Push
from marketplace.application.notifications.push_tokens import (
    ForgetPushTokens,
    PushSetup,
    PushTokenView,
    RegisterPushToken,
    RemovePushToken,
)
from marketplace.application.notifications.send_push import (
    DevicePush,
    PushBusy,
    PushGateways,
    SendPush,
    SendToDevice,
    Verdict,
    WantedPush,
    life_of,
)
from marketplace.application.shared.actor import Actor, SessionRequired
from marketplace.domain.notifications.push_token import (
    FcmToken,
    InvalidPushToken,
    Platform,
    PushAddress,
    PushNotSetUp,
    PushToken,
    PushTokenId,
    PushTokenNotFound,
)
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON
from tests.builders.push import PUSH, a_fcm_token, a_message, a_subscription
from tests.fakes.push import MemoryDevicePushes, MemoryPushGateway, MemoryPushTokens
from tests.fakes.world import FixedClock, MemoryTransaction, SequentialIds

SETUP = PushSetup("key", has_fcm=True, web_services=("push.example.com", "*.push.example.org"))


def an_actor() -> Actor:
    return Actor(UserId(uuid4()), SessionId(uuid4()), frozenset())


@dataclass
class World:
    tokens: MemoryPushTokens = field(default_factory=MemoryPushTokens)
    gateway: MemoryPushGateway = field(default_factory=MemoryPushGateway)
    device_pushes: MemoryDevicePushes = field(default_factory=MemoryDevicePushes)
    transaction: MemoryTransaction = field(default_factory=MemoryTransaction)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    ids: SequentialIds = field(default_factory=SequentialIds)
    setup: PushSetup = SETUP
    has_firebase: bool = True

    async def register(self, actor: Actor, address: PushAddress, platform: Platform = Platform.WEB) -> PushTokenView:
        register = RegisterPushToken(self.setup, self.tokens, self.transaction, self.clock, self.ids)
        return await register(actor, platform, address, " Firefox\u200b ")

    async def send(self, to: Actor, push: Push = PUSH) -> list[DevicePush]:
        """The jobs that it becomes, one for each device."""
        before = len(self.device_pushes.added)
        wanted = WantedPush(uuid4(), to.user, push, self.clock.now() + life_of(push))
        await SendPush(self.tokens, self.device_pushes, self.transaction)(wanted)
        return self.device_pushes.added[before:]

    async def deliver(self, wanted: DevicePush) -> Verdict | None:
        gateways = PushGateways(self.gateway, self.gateway if self.has_firebase else None)
        return await SendToDevice(self.tokens, gateways, self.tokens, self.transaction, self.clock)(wanted)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_device_is_shown_by_its_masked_end_and_a_clean_name(world: World) -> None:
    amina, address = an_actor(), a_subscription()
    view = await world.register(amina, address)
    assert (view.token, view.device_name, view.is_current) == (f"…{address.endpoint[-4:]}", "Firefox", True)
    assert world.transaction.answer == view
    assert address.endpoint not in repr(world.tokens.by_place[address.place])


async def test_a_program_registers_and_removes_nothing(world: World) -> None:
    amina = an_actor()
    view = await world.register(amina, a_subscription())
    program = replace(amina, session=None)
    with pytest.raises(SessionRequired):
        await world.register(program, a_subscription())
    with pytest.raises(SessionRequired):
        await RemovePushToken(world.tokens, world.transaction)(program, view.id)
    with pytest.raises(PushTokenNotFound):
        await RemovePushToken(world.tokens, world.transaction)(an_actor(), view.id)
    assert len(world.tokens.by_place) == 1


async def test_tokens_of_firebase_are_refused_where_it_is_not_set_up(world: World) -> None:
    world.setup = replace(SETUP, has_fcm=False)
    with pytest.raises(PushNotSetUp):
        await world.register(an_actor(), a_fcm_token(), Platform.ANDROID)
    assert world.tokens.by_place == {}


@pytest.mark.parametrize(("endpoint", "is_known"), [
    ("https://push.example.com/1", True), ("https://PUSH.example.com./1", True),
    ("https://eu.push.example.org/1", True), ("https://push.example.org/1", False),
    ("https://evilpush.example.com/1", False), ("https://push.example.com.evil.example/1", False),
])  # fmt: skip
async def test_only_push_services_that_are_known_are_waited_for(world: World, endpoint: str, is_known: bool) -> None:
    address = replace(a_subscription(), endpoint=endpoint)
    if is_known:
        await world.register(an_actor(), address)
    else:
        with pytest.raises(InvalidPushToken):
            await world.register(an_actor(), address)
    world.setup = replace(SETUP, web_services=("*",))
    await world.register(an_actor(), address)


async def test_a_push_becomes_one_job_for_each_device(world: World) -> None:
    amina, bek = an_actor(), an_actor()
    devices = {(await world.register(amina, address)).id for address in (a_subscription(), a_fcm_token())}
    await world.register(bek, a_subscription())
    jobs = await world.send(amina)
    assert {job.device for job in jobs} == devices
    assert len({job.id for job in jobs}) == 1
    assert [await world.deliver(job) for job in jobs] == [Verdict.DELIVERED] * 2
    assert {message.life for _, message in world.gateway.sent} == {timedelta(days=1)}
    assert await world.send(an_actor()) == []


async def test_a_device_that_is_gone_is_forgotten_and_one_that_is_refused_is_not(world: World) -> None:
    amina, gone, refused = an_actor(), a_subscription(), a_fcm_token()
    for address in (gone, refused):
        await world.register(amina, address)
    world.gateway.answers = {gone: [Verdict.GONE, Verdict.GONE], refused: [Verdict.REFUSED]}
    jobs = await world.send(amina)
    assert {await world.deliver(job) for job in jobs} == {Verdict.GONE, Verdict.REFUSED}
    assert set(world.tokens.by_place) == {refused.place}
    assert [await world.deliver(job) for job in jobs if job.device not in await world.tokens.of(amina.user)] == [None]


async def test_a_busy_service_is_left_alone_until_the_push_is_too_old(world: World) -> None:
    amina, address = an_actor(), a_subscription()
    await world.register(amina, address)
    world.gateway.answers = {address: [PushBusy("busy", retry_after=30)]}
    (job,) = await world.send(amina)
    with pytest.raises(PushBusy):
        await world.deliver(job)
    world.clock.advance(timedelta(hours=24))
    assert await world.deliver(job) is None
    assert world.gateway.sent == []


async def test_where_firebase_is_not_set_up_any_more_nothing_is_tried_for_ever(world: World) -> None:
    amina = an_actor()
    await world.register(amina, a_fcm_token())
    world.has_firebase = False
    (job,) = await world.send(amina)
    assert await world.deliver(job) is Verdict.REFUSED


async def test_devices_go_with_their_sessions_and_with_the_person(world: World) -> None:
    amina, bek = an_actor(), an_actor()
    elsewhere = replace(amina, session=SessionId(uuid4()))
    for actor in (amina, elsewhere, bek):
        await world.register(actor, a_subscription())
    forget = ForgetPushTokens(world.tokens, world.transaction)
    await forget.of_sessions([elsewhere.own_session()])
    assert len(await world.tokens.of(amina.user)) == 1
    await forget.of(amina.user)
    assert (len(await world.tokens.of(amina.user)), len(await world.tokens.of(bek.user))) == (0, 1)


@pytest.mark.parametrize(
    "token", ["", "x" * 15, "x" * 4_097, "with white space inside", "кириллица" * 3, "x" * 20 + "\0"]
)
def test_what_is_no_token_of_firebase(token: str) -> None:
    with pytest.raises(InvalidPushToken):
        FcmToken(token)


def test_a_key_must_be_a_point_of_the_curve() -> None:
    good = a_subscription()
    for key in (good.p256dh[:-1], b"\x02" + good.p256dh[1:], good.p256dh[:-1] + bytes([good.p256dh[-1] ^ 1]),
                b"\x04" + b"\xff" * 64, b"\x04" + bytes(64)):  # fmt: skip
        with pytest.raises(InvalidPushToken):
            replace(good, p256dh=key)


def test_a_browser_s_subscription_is_of_the_web_alone() -> None:
    made: dict[str, Any] = {
        "id": PushTokenId(uuid4()), "user_id": UserId(uuid4()), "session_id": SessionId(uuid4()),
        "address": a_subscription(), "device_name": "", "created_at": NOON, "registered_at": NOON,
    }  # fmt: skip
    assert PushToken(platform=Platform.WEB, **made).masked
    with pytest.raises(InvalidPushToken):
        PushToken(platform=Platform.IOS, **made)


@given(title=some.text(max_size=3_000), body=some.text(max_size=9_000), size=some.integers(0, 4_000))
def test_whatever_it_says_a_push_fits(title: str, body: str, size: int) -> None:
    made = payload(a_message(Push("kind", title, body, {"x": "y" * size})))
    assert len(encoded(made)) <= LARGEST
    assert title.startswith(made.title.removesuffix("…"))
    assert body.startswith(made.body.removesuffix("…"))
