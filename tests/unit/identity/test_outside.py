"""Signing in with an outside provider: whose account it is, who gets a new one, and who is told to link."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from marketplace.application.identity.outside import (
    FinishOutsideSignIn,
    IdentifyOutside,
    LinkOutsideIdentity,
    OutsidePerson,
    RedirectNotAllowed,
    Redirects,
    StartOutsideSignIn,
)
from marketplace.application.identity.ports import FactorAnswers
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor, SessionRequired, StepUpRequired
from marketplace.domain.identity.outside_identity import (
    OutsideIdentityTaken,
    OutsideSignInRefused,
    SignInAttemptUnknown,
    VerifiedEmailMissing,
)
from marketplace.domain.identity.user import (
    AccountExists,
    AccountStatus,
    InvalidCredentials,
    Role,
    UserRegistered,
    UserVerified,
)
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON, a_user
from tests.fakes.identity import RandomIds
from tests.fakes.outside import MemoryAttempts, MemoryOutsideIdentities, ToldProvider
from tests.unit.identity.world import World

REDIRECTS = Redirects("https://market.example", frozenset({"https://shop.example"}))


class Outside:
    def __init__(self, world: World) -> None:
        self.world = world
        self.provider, self.identities = ToldProvider(), MemoryOutsideIdentities()
        attempts = MemoryAttempts(world.clock)
        register, ids = world.register, RandomIds()
        self.start = StartOutsideSignIn(self.provider, attempts, REDIRECTS)
        identify = IdentifyOutside(self.provider, attempts)
        self.finish = FinishOutsideSignIn(
            identify, self.identities, register.new_users, register.users, world.factors, world.sign_in, world.store,
            ids,
        )  # fmt: skip
        self.link = LinkOutsideIdentity(identify, self.identities, world.store, ids, world.clock)

    def person(self, email: str | None = "amina@people.example", name: str = "Amina Karimova") -> str:
        """The code that names a new person."""
        code = uuid4().hex
        self.provider.people[code] = OutsidePerson("https://provider.example", f"sub-{code}", email, name)
        return code

    async def sign_in(self, code: str) -> SignedInView:
        return await self.finish(code, (await self.start()).state, FactorAnswers())


@pytest.fixture
def outside(world: World) -> Outside:
    return Outside(world)


async def test_somebody_new_gets_a_verified_account_without_a_usable_password(outside: Outside, world: World) -> None:
    view = await outside.sign_in(outside.person())
    assert (view.user.email, view.user.username, view.user.full_name) == (
        "amina@people.example", "amina.karimova", "Amina Karimova",
    )  # fmt: skip
    assert (view.user.role, view.user.is_verified) == (Role.BUYER, True)
    assert [type(event) for event in world.store.events] == [UserRegistered, UserVerified]
    assert (await world.authenticate(view.access_token)).user == view.user.id
    with pytest.raises(InvalidCredentials):
        await world.log_in("amina@people.example", "")


async def test_the_second_time_it_is_the_same_account(outside: Outside, world: World) -> None:
    code = outside.person()
    first = await outside.sign_in(code)
    outside.provider.people[code] = OutsidePerson("https://provider.example", f"sub-{code}", "new@people.example", "B")
    again = await outside.sign_in(code)
    assert again.user.id == first.user.id
    assert again.user.email == "amina@people.example"
    assert len(world.store.users) == 1
    assert len(world.store.sessions) == 2


async def test_whose_address_has_an_account_is_told_to_log_in_and_link(outside: Outside, world: World) -> None:
    world.store.users[UserId(uuid4())] = a_user(email="amina@people.example")
    with pytest.raises(AccountExists):
        await outside.sign_in(outside.person("Amina@People.example"))
    assert len(world.store.users) == 1
    assert outside.identities.all == []


async def test_without_a_verified_address_no_account_is_made(outside: Outside, world: World) -> None:
    with pytest.raises(VerifiedEmailMissing):
        await outside.sign_in(outside.person(email=None))
    assert world.store.users == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Amina", "amina"), ("Jürgen Müller-Lüdenscheidt", "jurgen.muller.ludens"), ("Ян", "user"), ("", "user"),
     ("A b", "a.b"), ("x", "user")],
)  # fmt: skip
async def test_usernames_come_of_the_name(outside: Outside, name: str, expected: str) -> None:
    view = await outside.sign_in(outside.person(name=name))
    assert view.user.username == expected
    assert view.user.full_name == (name or expected)


async def test_a_username_that_is_taken_gets_an_ending(outside: Outside) -> None:
    views = [await outside.sign_in(outside.person(f"{place}@people.example")) for place in range(3)]
    assert views[0].user.username == "amina.karimova"
    assert all(view.user.username.startswith("amina.karimova-") for view in views[1:])


async def test_a_closed_account_stays_closed(outside: Outside, world: World) -> None:
    code = outside.person()
    view = await outside.sign_in(code)
    world.store.users[view.user.id].status = AccountStatus.SUSPENDED
    with pytest.raises(InvalidCredentials):
        await outside.sign_in(code)


async def test_a_state_is_good_once_and_for_ten_minutes(outside: Outside, world: World) -> None:
    code = outside.person()
    state = (await outside.start()).state
    assert await outside.finish(code, state, FactorAnswers())
    for dead in (state, "never begun"):
        with pytest.raises(SignInAttemptUnknown):
            await outside.finish(code, dead, FactorAnswers())
    late = (await outside.start()).state
    world.clock.advance(timedelta(minutes=10))
    with pytest.raises(SignInAttemptUnknown):
        await outside.finish(code, late, FactorAnswers())


async def test_a_code_that_the_provider_does_not_take_uses_the_state_up(outside: Outside) -> None:
    state = (await outside.start()).state
    with pytest.raises(OutsideSignInRefused):
        await outside.finish("forged", state, FactorAnswers())
    with pytest.raises(SignInAttemptUnknown):
        await outside.finish(outside.person(), state, FactorAnswers())


def signed_in(user: UserId, proven_at: datetime = NOON) -> Actor:
    return Actor(user, SessionId(uuid4()), frozenset(), proven_at)


async def test_an_account_is_linked_by_whoever_has_just_shown_who_they_are(outside: Outside, world: World) -> None:
    user = a_user(email="amina@people.example")
    world.store.users[user.id] = user
    code = outside.person()
    for who, refusal in (
        (signed_in(user.id, proven_at=NOON - timedelta(minutes=6)), StepUpRequired),
        (Actor(user.id, None, frozenset()), SessionRequired),
    ):
        with pytest.raises(refusal):
            await outside.link(who, code, (await outside.start()).state)
    for _ in range(2):
        await outside.link(signed_in(user.id), code, (await outside.start()).state)
    assert len(outside.identities.all) == 1
    assert (await outside.sign_in(code)).user.id == user.id


async def test_an_outsider_does_not_take_over_a_linked_identity(outside: Outside, world: World) -> None:
    code = outside.person()
    owner = (await outside.sign_in(code)).user.id
    outsider = a_user()
    world.store.users[outsider.id] = outsider
    with pytest.raises(OutsideIdentityTaken):
        await outside.link(signed_in(outsider.id), code, (await outside.start()).state)
    assert (await outside.sign_in(code)).user.id == owner


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "https://shop.example.evil.example/", "https://shop.example@evil.example/", "/back",
     "http://shop.example/", "https://shop.example/#x", "javascript:alert(1)", "https://[", "//shop.example"],
)  # fmt: skip
def test_nobody_is_sent_to_a_foreign_page(wanted: str) -> None:
    with pytest.raises(RedirectNotAllowed):
        REDIRECTS.resolve(wanted)


def test_people_come_back_to_our_own_page_or_an_allowed_one() -> None:
    assert REDIRECTS.resolve(None) == "https://market.example/auth/oidc/callback"
    for wanted in ("https://market.example/x", "https://shop.example/back?a=1", "https://SHOP.example/back"):
        assert REDIRECTS.resolve(wanted) == wanted
    anywhere = Redirects("http://127.0.0.1:8000", frozenset({"*"}))
    assert anywhere.resolve("http://localhost:3000/back") == "http://localhost:3000/back"
