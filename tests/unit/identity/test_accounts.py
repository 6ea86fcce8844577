import pytest

from marketplace.application.identity.identifiers import InvalidEmail, InvalidPhone
from marketplace.application.shared.actor import Permission
from marketplace.application.shared.limits import Limit
from marketplace.domain.identity.password import WeakPassword
from marketplace.domain.identity.user import (
    AccountExists,
    Role,
    UsernameTaken,
    UserRegistered,
    UserVerified,
)
from marketplace.domain.identity.username import InvalidUsername
from marketplace.domain.shared.errors import DomainError
from tests.builders.identity import NOON, PASSWORD, an_account
from tests.unit.identity.world import World


async def test_registering_stores_the_user_and_signs_them_in(world: World) -> None:
    view = await world.register(an_account(email="Amina@Marketplace.Example", phone="+998 90 123 45 67"))
    user = world.store.users[view.user.id]
    assert (user.email, user.phone) == ("amina@marketplace.example", "+998901234567")
    assert user.password_hash == f"hash of {PASSWORD}"
    assert (view.token_type, view.expires_in, view.user.is_verified) == ("bearer", 1800, False)
    assert [type(event) for event in world.store.events] == [UserRegistered]
    actor = await world.authenticate(view.access_token)
    assert (actor.user, list(world.store.sessions)) == (user.id, [actor.session])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"email": "nobody"}, InvalidEmail),
        ({"phone": "12"}, InvalidPhone),
        ({"username": "a b"}, InvalidUsername),
        ({"password": "weak"}, WeakPassword),
        ({"full_name": " "}, DomainError),
    ],
)
async def test_what_is_not_acceptable_leaves_nothing(
    world: World, changes: dict[str, str], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await world.register(an_account(**changes))
    assert (world.store.users, world.store.sessions, world.store.events) == ({}, {}, [])


async def test_address_username_and_phone_belong_to_one_account_each(world: World) -> None:
    await world.register(an_account(email="a@x.example", username="Amina", phone="+998901234567"))
    for changes, refusal in (
        ({"email": "A@X.example"}, AccountExists),
        ({"username": "aMINA"}, UsernameTaken),
        ({"phone": "+998 90 1234567"}, AccountExists),
    ):
        with pytest.raises(refusal):
            await world.register(an_account(**changes))
    assert len(world.store.users) == len(world.store.sessions) == 1


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.BUYER, Permission.MAKE_OFFERS, Permission.LIST_ITEMS),
        (Role.SELLER, Permission.LIST_ITEMS, Permission.READ_LEDGER),
        (Role.SELLER, Permission.MAKE_OFFERS, Permission.READ_LEDGER),
        (Role.ADMIN, Permission.READ_LEDGER, None),
    ],
)
async def test_a_role_permits_what_it_says(
    world: World, role: Role, may: Permission, may_not: Permission | None
) -> None:
    actor = await world.authenticate((await world.register(an_account(role=role))).access_token)
    assert may in actor.permissions
    assert may_not not in actor.permissions


async def test_an_account_made_by_the_operator_is_verified(world: World) -> None:
    user_id = await world.create_account(an_account(role=Role.ADMIN))
    user = world.store.users[user_id]
    assert (user.is_verified, user.role, user.created_at) == (True, Role.ADMIN, NOON)
    assert [type(event) for event in world.store.events] == [UserRegistered, UserVerified]


def test_a_password_is_not_shown_by_accident() -> None:
    assert PASSWORD not in repr(an_account())


async def test_the_owner_of_an_address_is_told_who_tried_to_register_it_again(world: World) -> None:
    await world.register(an_account(email="amina@gmail.com"))
    await world.work()
    for _ in range(2):
        with pytest.raises(AccountExists):
            await world.register(an_account(email="a.mina+shop@googlemail.com"))
    await world.work()
    assert [mail.to for mail in world.mailer.sent] == ["amina@gmail.com"] * 3
    assert "already have an account" in world.mailer.sent[-1].subject
    world.allow(Limit.EMAIL, 2)
    with pytest.raises(AccountExists):
        await world.register(an_account(email="amina@gmail.com"))
    assert world.store.wishes == []


async def test_names_that_look_alike_are_one_name(world: World) -> None:
    await world.register(an_account(username="paypal"))
    for alike in ("paypaI", "PAYPA1"):
        with pytest.raises(UsernameTaken):
            await world.register(an_account(username=alike))
