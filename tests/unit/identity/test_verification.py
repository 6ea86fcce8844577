"""Links and codes that show that an address is its owner's."""

from datetime import timedelta

import pytest

from marketplace.application.identity.codes import InvalidCode
from marketplace.application.identity.letters import VERIFY_LINK_LIFE
from marketplace.application.identity.ports import AccountLetter
from marketplace.application.identity.verification import OneContact
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import PROOF_LIFE, Actor, StepUpRequired
from marketplace.application.shared.limits import Limit
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.identity.session import SessionEnded
from marketplace.domain.identity.user import AccountExists, AlreadyInState, ContactChanged
from marketplace.domain.shared.errors import RateLimited
from tests.builders.identity import an_account
from tests.unit.identity.world import World


async def registered(world: World) -> tuple[SignedInView, Actor]:
    view = await world.register(an_account(username="amina", email="amina@x.example", phone="+998901234567"))
    await world.work()
    return view, await world.authenticate(view.access_token)


def token_in_newest_letter(world: World) -> str:
    return world.mailer.sent[-1].text.split("token=")[-1].split()[0]


async def test_the_letter_of_welcome_has_a_link_that_verifies(world: World) -> None:
    view, _ = await registered(world)
    assert [message.to for message in world.mailer.sent] == ["amina@x.example"]
    for _ in range(2):
        await world.verify_email(token_in_newest_letter(world))
    user = world.store.users[view.user.id]
    assert (user.email_verified, user.phone_verified, user.is_verified) == (True, False, True)


async def test_a_link_dies_with_time_and_with_the_address(world: World) -> None:
    view, _ = await registered(world)
    token = token_in_newest_letter(world)
    world.store.users[view.user.id].email = "other@x.example"
    with pytest.raises(InvalidMailToken):
        await world.verify_email(token)
    world.store.users[view.user.id].email = "amina@x.example"
    world.clock.advance(VERIFY_LINK_LIFE)
    with pytest.raises(InvalidMailToken):
        await world.verify_email(token)


async def test_another_link_is_mailed_until_the_address_is_verified(world: World) -> None:
    _, me = await registered(world)
    await world.send_verification(me)
    await world.work()
    await world.verify_email(token_in_newest_letter(world))
    with pytest.raises(AlreadyInState):
        await world.send_verification(me)


async def test_mails_are_limited_by_account_and_by_network_and_a_registration_is_not_refused(world: World) -> None:
    _, me = await registered(world)
    world.limits.most = {Limit.SEND_PER_IP: 1}
    with pytest.raises(RateLimited):
        await world.send_verification(me)
    await world.register(an_account())
    assert world.store.wishes == []
    world.call_from("203.0.113.9")
    world.limits.most = {Limit.EMAIL: 0}
    with pytest.raises(RateLimited):
        await world.send_verification(me)


async def test_a_new_address_is_taken_over_once_its_code_is_shown(world: World) -> None:
    view, me = await registered(world)
    other = await world.log_in("amina")
    await world.change_contact(me, email="New@X.example", phone=None)
    assert [wish.letter for wish in world.store.wishes] == [AccountLetter.CONTACT_CODE]
    await world.work()
    message = world.mailer.sent[-1]
    assert message.to == "new@x.example"
    with pytest.raises(InvalidCode):
        await world.confirm_contact(me, "999999")
    await world.confirm_contact(me, message.subject[:6])
    user = world.store.users[view.user.id]
    assert (user.email, user.email_verified) == ("new@x.example", True)
    assert [event.former_email for event in world.store.events if isinstance(event, ContactChanged)] == [
        "amina@x.example"
    ]
    with pytest.raises(SessionEnded):
        await world.authenticate(other.access_token)
    await world.authenticate(view.access_token)


async def test_an_address_of_another_account_is_learnt_by_its_reader_only(world: World) -> None:
    _, me = await registered(world)
    await world.register(an_account(email="taken@x.example"))
    await world.change_contact(me, email="taken@x.example", phone=None)
    await world.work()
    with pytest.raises(AccountExists):
        await world.confirm_contact(me, world.mailer.sent[-1].subject[:6])


async def test_contacts_change_one_at_a_time_and_with_a_recent_proof(world: World) -> None:
    _, me = await registered(world)
    for email, phone in ((None, None), ("a@x.example", "+998901234568")):
        with pytest.raises(OneContact):
            await world.change_contact(me, email=email, phone=phone)
    world.clock.advance(PROOF_LIFE + timedelta(seconds=1))
    for refused in (world.change_contact(me, email="a@x.example", phone=None), world.confirm_contact(me, "000000")):
        with pytest.raises(StepUpRequired):
            await refused


async def test_a_code_does_not_verify_an_address_the_account_has_left(world: World) -> None:
    view, _ = await registered(world)
    code = await world.code_mailed_to("amina")
    world.store.users[view.user.id].email = "left@x.example"
    with pytest.raises(InvalidCode):
        await world.verify_code("amina", code)
    assert not world.store.users[view.user.id].is_verified
