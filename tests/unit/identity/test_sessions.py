from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from marketplace.application.identity.authenticate import InvalidTicket
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.session import (
    REPEAT_WINDOW,
    SESSION_LIFE,
    InvalidRefreshToken,
    InvalidToken,
    RefreshTokenReused,
    SessionEnded,
    SessionNotFound,
    TokenExpired,
)
from marketplace.domain.identity.user import AccountStatus, InvalidCredentials
from marketplace.domain.shared.ids import SessionId
from tests.builders.identity import NOON, PASSWORD, an_account
from tests.unit.identity.world import World

LATER = REPEAT_WINDOW + timedelta(seconds=1)


async def signed_in(world: World) -> tuple[SignedInView, Actor]:
    view = await world.register(an_account())
    return view, await world.authenticate(view.access_token)


def changed(mac: str) -> str:
    return ("B" if mac[0] == "A" else "A") + mac[1:]


def close_account(world: World, view: SignedInView) -> None:
    world.store.users[view.user.id].status = AccountStatus.SUSPENDED


async def test_login_by_address_username_and_phone(world: World) -> None:
    account = an_account(email="amina@x.example", username="Amina", phone="+998901234567")
    registered = await world.register(account)
    for identifier in ("AMINA@x.example", "amina", "+998 90 123 45 67"):
        world.clock.advance(timedelta(minutes=1))
        view = await world.log_in(identifier, PASSWORD)
        assert view.user == msgspec.structs.replace(registered.user, last_login_at=world.clock.now())
        assert world.store.users[view.user.id].last_login_at == world.clock.now()
    assert len(world.store.sessions) == 4


async def test_unknown_wrong_and_closed_are_one_answer_after_one_check_each(world: World) -> None:
    view, _ = await signed_in(world)
    closed = await world.register(an_account())
    close_account(world, closed)
    messages = set()
    tries = [("nobody", PASSWORD), ("no form\0", PASSWORD), (view.user.email, "wrong"), (closed.user.email, PASSWORD)]
    for number, (identifier, password) in enumerate(tries, 1):
        with pytest.raises(InvalidCredentials) as refused:
            await world.log_in(identifier, password)
        messages.add(refused.value.detail)
        assert world.passwords.checks == number
    assert len(messages) == 1
    assert len(world.store.sessions) == 2


async def test_an_access_token_lives_half_an_hour(world: World) -> None:
    view, actor = await signed_in(world)
    world.clock.advance(timedelta(seconds=1829))
    assert await world.authenticate(view.access_token) == actor
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenExpired):
        await world.authenticate(view.access_token)


async def test_what_is_no_token_of_ours_is_refused(world: World) -> None:
    view, _ = await signed_in(world)
    stranger = World()
    head, body, mac = view.access_token.split(".")
    forged = f"{head}.{body}.{changed(mac)}"
    for token in ("", "a.b.c", f"{head}.{body}.", forged, "\0", "é" * 3000, view.refresh_token):
        with pytest.raises(InvalidToken):
            await world.authenticate(token)
    with pytest.raises(SessionEnded):
        await stranger.authenticate(view.access_token)


async def test_logout_ends_access_and_refresh_at_once(world: World) -> None:
    view, actor = await signed_in(world)
    other = await world.log_in(view.user.email, PASSWORD)
    await world.end_session(actor)
    with pytest.raises(SessionEnded):
        await world.authenticate(view.access_token)
    with pytest.raises(SessionEnded):
        await world.refresh(view.refresh_token)
    assert world.store.told_ended == [actor.session]
    await world.authenticate(other.access_token)


async def test_a_closed_account_is_out_at_once(world: World) -> None:
    view, _ = await signed_in(world)
    close_account(world, view)
    with pytest.raises(SessionEnded):
        await world.authenticate(view.access_token)
    with pytest.raises(SessionEnded):
        await world.refresh(view.refresh_token)


async def test_refreshing_keeps_a_session_for_another_seven_days(world: World) -> None:
    view, actor = await signed_in(world)
    token = view.refresh_token
    for _ in range(3):
        world.clock.advance(SESSION_LIFE - timedelta(seconds=1))
        tokens = await world.refresh(token)
        token = tokens.refresh_token
        assert await world.authenticate(tokens.access_token) == actor
    world.clock.advance(SESSION_LIFE)
    with pytest.raises(SessionEnded):
        await world.refresh(token)


async def test_a_repeated_refresh_gets_the_same_token_and_a_late_one_ends_the_session(world: World) -> None:
    view, actor = await signed_in(world)
    child = await world.refresh(view.refresh_token)
    again = await world.refresh(view.refresh_token)
    assert child.refresh_token == again.refresh_token != view.refresh_token
    world.clock.advance(LATER)
    with pytest.raises(RefreshTokenReused):
        await world.refresh(view.refresh_token)
    with pytest.raises(SessionEnded):
        await world.refresh(child.refresh_token)
    with pytest.raises(SessionEnded):
        await world.authenticate(child.access_token)
    assert world.store.told_ended == [actor.session]


async def test_a_forged_refresh_token_ends_nothing(world: World) -> None:
    view, _ = await signed_in(world)
    session, generation, mac = view.refresh_token.split(".")
    other = f"{session}.{generation}.{changed(mac)}"
    for forged in ("", f"{session}.2.{mac}", other, f"{session}.1.{'é' * 43}", "\0.1.x"):
        with pytest.raises(InvalidRefreshToken):
            await world.refresh(forged)
    await world.refresh(view.refresh_token)


async def test_a_ticket_opens_one_socket(world: World) -> None:
    _, actor = await signed_in(world)
    ticket = await world.issue_ticket(actor)
    assert ticket.expires_in == 30
    assert await world.redeem_ticket(ticket.ticket) == actor
    with pytest.raises(InvalidTicket):
        await world.redeem_ticket(ticket.ticket)


async def test_a_ticket_is_short_lived_and_dies_with_its_session(world: World) -> None:
    _, actor = await signed_in(world)
    late, dead = await world.issue_ticket(actor), await world.issue_ticket(actor)
    await world.end_session(actor)
    with pytest.raises(SessionEnded):
        await world.redeem_ticket(dead.ticket)
    world.clock.advance(timedelta(seconds=30))
    with pytest.raises(InvalidTicket):
        await world.redeem_ticket(late.ticket)


async def test_a_session_that_never_was_is_not_logged_out(world: World) -> None:
    _, actor = await signed_in(world)
    with pytest.raises(SessionNotFound):
        await world.end_session(replace(actor, session=SessionId(actor.user)))
    assert all(session.is_live(NOON) for session in world.store.sessions.values())
