"""A forgotten password, and a new one."""

import base64
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.adapters.security.mail_tokens import HmacMailTokens
from marketplace.application.identity.letters import RESET_LINK_LIFE
from marketplace.application.identity.ports import MailPurpose
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.limits import Limit
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.identity.password import PasswordUsedBefore, WeakPassword
from marketplace.domain.identity.session import SessionEnded
from marketplace.domain.identity.user import AccountStatus, InvalidCredentials, PasswordChanged
from marketplace.domain.shared.errors import RateLimited
from tests.builders.identity import NOON, PASSWORD, a_user, an_account
from tests.unit.identity.world import World

NEW = "Another-Horse-8"


async def registered(world: World) -> SignedInView:
    view = await world.register(an_account(username="amina", email="amina@x.example"))
    await world.work()
    return view


async def reset_token(world: World, identifier: str = "amina") -> str:
    await world.forget_password(identifier)
    await world.work()
    return world.mailer.sent[-1].text.split("token=")[-1].split()[0]


async def test_a_mailed_link_sets_a_new_password_once(world: World) -> None:
    view = await registered(world)
    token, older = await reset_token(world), await reset_token(world, "amina@x.example")
    await world.reset_password(token, NEW)
    with pytest.raises(SessionEnded):
        await world.authenticate(view.access_token)
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina", PASSWORD)
    await world.log_in("amina", NEW)
    for dead in (token, older):
        with pytest.raises(InvalidMailToken):
            await world.reset_password(dead, "Third-Horse-9")
    assert world.store.users[view.user.id].email_verified
    assert [type(event) for event in world.store.events].count(PasswordChanged) == 1


async def test_a_link_is_good_for_half_an_hour_and_for_its_account_only(world: World) -> None:
    user = (await registered(world)).user
    token = await reset_token(world)
    world.clock.advance(RESET_LINK_LIFE)
    with pytest.raises(InvalidMailToken):
        await world.reset_password(token, NEW)
    token = await reset_token(world)
    world.store.users[user.id].status = AccountStatus.SUSPENDED
    with pytest.raises(InvalidMailToken):
        await world.reset_password(token, NEW)


async def test_nobody_is_written_to_and_the_wish_counts_all_the_same(world: World) -> None:
    await world.forget_password("nobody")
    await world.work()
    assert world.mailer.sent == []
    assert world.limits.taken[Limit.PASSWORD_RESET, "account:username:nobody"] == 1
    world.limits.most[Limit.PASSWORD_RESET] = 1
    with pytest.raises(RateLimited):
        await world.forget_password("nobody")


async def test_a_reset_opens_what_failures_had_locked(world: World) -> None:
    await registered(world)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await world.log_in("amina", "Wrong-Horse-7")
    await world.reset_password(await reset_token(world), NEW)
    await world.log_in("amina", NEW)


async def test_a_change_ends_the_other_sessions_and_needs_the_present_password(world: World) -> None:
    first = await registered(world)
    other = await world.log_in("amina")
    me = await world.authenticate(first.access_token)
    with pytest.raises(InvalidCredentials):
        await world.change_password(me, "Wrong-Horse-7", NEW)
    await world.change_password(me, PASSWORD, NEW)
    await world.authenticate(first.access_token)
    with pytest.raises(SessionEnded):
        await world.authenticate(other.access_token)


async def test_none_of_the_last_five_passwords_is_taken_again(world: World) -> None:
    me = await world.authenticate((await registered(world)).access_token)
    passwords = [PASSWORD, *(f"Horse-number-{number}" for number in range(5))]
    for current, following in pairwise(passwords):
        await world.change_password(me, current, following)
    for former in passwords[1:]:
        with pytest.raises(PasswordUsedBefore):
            await world.change_password(me, passwords[-1], former)
    await world.change_password(me, passwords[-1], PASSWORD)


@pytest.mark.parametrize("weak", ["Sh-rt1", "Password123!", "Amina@x.example1"])
async def test_a_weak_password_changes_nothing(world: World, weak: str) -> None:
    user = (await registered(world)).user
    world.store.users[user.id].email = "amina@x.example1"
    with pytest.raises(WeakPassword):
        await world.reset_password(await reset_token(world), weak)
    assert world.store.users[user.id].password_hash == f"hash of {PASSWORD}"


@given(st.binary(max_size=80), st.integers(0, 55), st.integers(1, 255))
def test_a_mail_token_is_ours_unchanged_and_for_its_purpose_or_nothing(junk: bytes, place: int, flip: int) -> None:
    tokens, user = HmacMailTokens(b"k" * 32), a_user().id
    token = tokens.write(MailPurpose.RESET_PASSWORD, user, "state", NOON + timedelta(minutes=1))
    assert tokens.user_of(token) == user
    tokens.check(token, MailPurpose.RESET_PASSWORD, "state", NOON)
    with pytest.raises(InvalidMailToken):
        tokens.check(token, MailPurpose.VERIFY_EMAIL, "state", NOON)
    with pytest.raises(InvalidMailToken):
        tokens.check(token, MailPurpose.RESET_PASSWORD, "other state", NOON)
    with pytest.raises(InvalidMailToken):
        tokens.check(token, MailPurpose.RESET_PASSWORD, "state", NOON + timedelta(minutes=1))
    raw = bytearray(_raw(token))
    raw[place] ^= flip
    for forged in (_text(bytes(raw)), _text(junk), junk.decode("latin-1")):
        with pytest.raises(InvalidMailToken):
            tokens.check(forged, MailPurpose.RESET_PASSWORD, "state", NOON)


def _raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
