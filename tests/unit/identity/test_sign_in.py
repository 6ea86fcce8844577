"""Locks, known devices, second factors, and what a sign-in leaves behind."""

from datetime import timedelta

import pytest

from marketplace.adapters.security.device_tokens import HmacDeviceTokens
from marketplace.adapters.security.passwords import PasswordChecksBusy
from marketplace.application.identity.ports import AccountLetter, FactorAnswers
from marketplace.application.identity.sign_in import PasswordSignIn
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import PROOF_LIFE, SessionRequired, StepUpRequired
from marketplace.application.shared.audit import Outcome
from marketplace.application.shared.limits import Limit
from marketplace.domain.identity.lockout import FAILURES, FAILURES_IN_ALL, LOCK
from marketplace.domain.identity.second_factor import TwoFactorRequired
from marketplace.domain.identity.session import SessionEnded, SessionNotFound, UnfamiliarSignIn
from marketplace.domain.identity.user import AccountStatus, InvalidCredentials, PasswordExpired
from marketplace.domain.shared.errors import RateLimited
from tests.builders.identity import PASSWORD, a_user, an_account
from tests.fakes.identity import PlainPasswords
from tests.unit.identity.world import World

WRONG = "Wrong-Horse-7"


async def fail(world: World, identifier: str, times: int = 1, device_token: str = "") -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await world.log_in(identifier, WRONG, device_token)


async def registered(world: World) -> SignedInView:
    view = await world.register(an_account(username="amina", email="amina@x.example"))
    await world.work()
    return view


async def test_five_failures_lock_that_network_for_half_an_hour_and_no_other(world: World) -> None:
    await registered(world)
    world.call_from("198.51.100.7")
    await fail(world, "amina", FAILURES)
    await fail(world, "amina@x.example")
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina")
    world.call_from("203.0.113.9")
    await world.log_in("amina")
    world.call_from("198.51.100.7")
    world.clock.advance(LOCK - timedelta(seconds=1))
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina")
    world.clock.advance(timedelta(seconds=1))
    await world.log_in("amina")


async def test_the_owner_is_told_once_of_a_lock_and_nobody_of_an_unknown_name(world: World) -> None:
    await registered(world)
    await fail(world, "amina", FAILURES + 3)
    await fail(world, "nobody", FAILURES + 3)
    assert [(wish.letter, wish.to.value) for wish in world.store.wishes] == [
        (AccountLetter.ACCOUNT_LOCKED, "amina"),
        (AccountLetter.ACCOUNT_LOCKED, "nobody"),
    ]
    already = len(world.mailer.sent)
    await world.work()
    assert [message.to for message in world.mailer.sent[already:]] == ["amina@x.example"]


async def test_a_success_forgets_the_failures_before_it(world: World) -> None:
    await registered(world)
    for _ in range(3):
        await fail(world, "amina", FAILURES - 1)
        await world.log_in("amina")


async def test_a_known_device_is_not_locked_out_by_others_behind_the_same_address(world: World) -> None:
    view = await registered(world)
    await fail(world, "amina", FAILURES)
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina")
    await world.log_in("amina", device_token=view.device_token)
    await fail(world, "amina", FAILURES, view.device_token)
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina", device_token=view.device_token)


async def test_after_a_hundred_failures_from_everywhere_only_known_devices_are_let_in(world: World) -> None:
    view = await registered(world)
    for number in range(FAILURES_IN_ALL):
        world.call_from(f"198.51.100.{number}")
        await fail(world, "amina")
    world.call_from("203.0.113.9")
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina")
    await world.log_in("amina", device_token=view.device_token)
    await world.log_in("amina")


def test_a_device_is_known_to_one_account_only() -> None:
    devices = HmacDeviceTokens(b"k" * 32)
    amina, zarina = a_user().id, a_user().id
    token = devices.write(amina)
    assert devices.read(token, amina)
    assert devices.read(token, zarina) is None
    assert HmacDeviceTokens(b"x" * 32).read(token, amina) is None
    for hostile in ("", ".", "\ud800.é", token[:-1], "x" + token):
        assert devices.read(hostile, amina) is None


async def test_every_attempt_counts_for_the_account_and_the_network(world: World) -> None:
    await registered(world)
    await fail(world, "AMINA@x.example")
    assert set(world.limits.calls) >= {
        (Limit.LOGIN, "account:email:amina@x.example"),
        (Limit.LOGIN, "network:192.0.2.1"),
    }
    world.allow(Limit.LOGIN, 1)
    checks = world.passwords.checks
    with pytest.raises(RateLimited):
        await world.log_in("somebody.else")
    assert world.passwords.checks == checks


async def test_a_second_factor_is_asked_for_after_the_password_only(world: World) -> None:
    user = (await registered(world)).user
    world.factors.asked.add(user.id)
    await fail(world, "amina")
    with pytest.raises(TwoFactorRequired):
        await world.log_in("amina")
    await world.log_in_with(PasswordSignIn("amina", PASSWORD, FactorAnswers(otp_code="123456")))
    newest = max(world.store.sessions.values(), key=lambda session: session.methods)
    assert newest.methods == ("pwd", "otp")


async def test_being_asked_for_a_second_factor_is_no_failure(world: World) -> None:
    user = (await registered(world)).user
    world.factors.asked.add(user.id)
    for _ in range(2 * FAILURES):
        with pytest.raises(TwoFactorRequired):
            await world.log_in("amina")
    await world.log_in_with(PasswordSignIn("amina", PASSWORD, FactorAnswers(otp_code="123456")))


async def test_a_sign_in_from_a_new_place_is_told_of(world: World) -> None:
    await registered(world)
    await world.log_in("amina")
    assert [event for event in world.store.events if isinstance(event, UnfamiliarSignIn)] == []
    world.call_from("203.0.113.9", device="a telephone")
    await world.log_in("amina")
    await world.log_in("amina")
    assert len([event for event in world.store.events if isinstance(event, UnfamiliarSignIn)]) == 1


async def test_sign_ins_and_refusals_are_in_the_audit_trail_by_id(world: World) -> None:
    user = (await registered(world)).user
    await fail(world, "amina")
    await fail(world, "nobody")
    trail = [*world.store.audited, *world.audit.recorded]
    assert [(entry.action, entry.actor, entry.outcome) for entry in trail] == [
        ("identity.signed_in", user.id, Outcome.DONE),
        ("identity.sign_in_refused", None, Outcome.REFUSED),
        ("identity.sign_in_refused", None, Outcome.REFUSED),
    ]
    assert trail[1].subject == user.id
    assert "amina" not in repr(trail)


async def test_an_old_password_of_an_organization_member_is_not_enough(world: World) -> None:
    user = (await registered(world)).user
    world.store.users[user.id].password_valid_days = 90
    world.clock.advance(timedelta(days=90) - timedelta(seconds=1))
    await world.log_in("amina")
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(PasswordExpired):
        await world.log_in("amina")


async def test_a_closed_account_does_not_sign_in_otherwise_either(world: World) -> None:
    user = (await registered(world)).user
    assert (await world.sign_in.start(user.id, ("hwk",))).user.id == user.id
    world.store.users[user.id].status = AccountStatus.SUSPENDED
    with pytest.raises(InvalidCredentials):
        await world.sign_in.start(user.id, ("hwk",))


async def test_people_see_and_end_their_own_sessions(world: World) -> None:
    first = await registered(world)
    world.clock.advance(timedelta(minutes=1))
    world.call_from("203.0.113.9", device="a telephone")
    second = await world.log_in("amina")
    me = await world.authenticate(first.access_token)
    shown = await world.queries.of(me, world.clock.now())
    assert [(one.device, one.address, one.is_current) for one in shown] == [
        ("a telephone", "203.0.113.9", False),
        ("a browser", "192.0.2.1", True),
    ]
    stranger = await world.authenticate((await world.register(an_account())).access_token)
    with pytest.raises(SessionNotFound):
        await world.end_session(stranger, shown[0].id)
    await world.end_session(me, shown[0].id)
    with pytest.raises(SessionEnded):
        await world.authenticate(second.access_token)
    await world.authenticate(first.access_token)


@pytest.mark.parametrize("keep", [True, False])
async def test_all_sessions_end_the_current_one_by_wish_too(world: World, keep: bool) -> None:
    first = await registered(world)
    others = [await world.log_in("amina") for _ in range(3)]
    me = await world.authenticate(first.access_token)
    await world.end_sessions(me, keep_current=keep)
    for other in others:
        with pytest.raises(SessionEnded):
            await world.authenticate(other.access_token)
    live = [session for session in world.store.sessions.values() if session.is_live(world.clock.now())]
    assert [session.id for session in live] == ([me.session] if keep else [])


async def test_a_recent_proof_is_asked_for_and_lasts_five_minutes(world: World) -> None:
    view = await registered(world)
    world.clock.advance(PROOF_LIFE)
    me = await world.authenticate(view.access_token)
    assert me.require_recent_proof(world.clock.now()) == me.session
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(StepUpRequired):
        me.require_recent_proof(world.clock.now())
    with pytest.raises(InvalidCredentials):
        await world.step_up(me, WRONG, FactorAnswers())
    stepped_up = await world.step_up(me, PASSWORD, FactorAnswers())
    assert stepped_up.proven_until == world.clock.now() + PROOF_LIFE
    again = await world.authenticate(view.access_token)
    assert again.require_recent_proof(world.clock.now()) == again.session


async def test_a_step_up_asks_for_the_second_factor_and_locks_like_a_sign_in(world: World) -> None:
    view = await registered(world)
    world.factors.asked.add(view.user.id)
    me = await world.authenticate(view.access_token)
    with pytest.raises(TwoFactorRequired):
        await world.step_up(me, PASSWORD, FactorAnswers())
    for _ in range(FAILURES):
        with pytest.raises(InvalidCredentials):
            await world.step_up(me, WRONG, FactorAnswers())
    with pytest.raises(InvalidCredentials):
        await world.step_up(me, PASSWORD, FactorAnswers(otp_code="123456"))


async def test_an_api_key_has_no_session_to_step_up_or_end(world: World) -> None:
    view = await registered(world)
    me = await world.authenticate(view.access_token)
    key = type(me)(me.user, None, me.permissions)
    for refused in (world.step_up(key, PASSWORD, FactorAnswers()), world.end_session(key)):
        with pytest.raises(SessionRequired):
            await refused


class BusyPasswords(PlainPasswords):
    async def verify(self, password: str, password_hash: str | None) -> bool:
        raise PasswordChecksBusy("too many people log in at this moment, try again")


async def test_attempts_that_find_no_slot_lock_nobody_out(world: World) -> None:
    await registered(world)
    world.passwords = BusyPasswords()
    world.call_from("192.0.2.1")
    for _ in range(3 * FAILURES):
        with pytest.raises(PasswordChecksBusy):
            await world.log_in("amina")
    world.passwords = PlainPasswords()
    world.call_from("192.0.2.1")
    await world.log_in("amina")
