"""Editing, leaving and keeping accounts in order, on fakes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from marketplace.application.identity.avatar import DELETE_AVATAR
from marketplace.application.identity.export import MOST_RECORDS, ExportPersonalData
from marketplace.application.identity.people import (
    AccountHasBusiness,
    ActivateUser,
    ChangeRole,
    DeleteAccount,
    EditProfile,
    ProfileChanges,
    SuspendUser,
)
from marketplace.application.identity.workers import DescribeWork, Work
from marketplace.application.shared.actor import (
    Actor,
    MissingPermission,
    Permission,
    SessionRequired,
    StepUpRequired,
)
from marketplace.domain.identity.session import EndReason, SessionsEnded
from marketplace.domain.identity.user import (
    AccountStatus,
    AlreadyInState,
    OwnAccount,
    Role,
    RoleChanged,
    User,
    UserActivated,
    UserDeleted,
    UserNotFound,
    UserSuspended,
)
from marketplace.domain.identity.worker_profile import MOST_SKILLS, TooManySkills, WorkerProfile
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import a_user_id, aed
from tests.builders.identity import NOON, a_session, a_user
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.identity import MemoryIdentity, MemoryQueries, MemorySessions, MemoryUsers
from tests.fakes.people import ListedTimers, MemoryObligations, MemoryRecords, MemoryWorkerProfiles
from tests.fakes.world import FixedClock

EDIT = ProfileChanges(full_name="New Name", bio="New words", language="uz")
WORK = Work(headline="Electrician", bio="", skills=("Wiring", " wiring"), hourly_rate=aed(90), is_available=True)


class World:
    def __init__(self) -> None:
        self.clock, self.store = FixedClock(NOON), MemoryIdentity()
        self.workers, self.obligations = MemoryWorkerProfiles(), MemoryObligations()
        self.timers = ListedTimers()
        users, sessions = MemoryUsers(self.store), MemorySessions(self.store)
        store, workers, clock = self.store, self.workers, self.clock
        self.edit = EditProfile(users, MemoryAuditTrail(lambda: store.audited), store)
        self.delete = DeleteAccount(users, sessions, workers, workers, self.obligations, self.timers, store, clock)
        self.suspend = SuspendUser(users, sessions, workers, store, clock)
        self.activate = ActivateUser(users, workers, store, clock)
        self.change_role = ChangeRole(users, workers, store, clock)
        self.describe = DescribeWork(users, workers, store, clock)
        self.admin, self.person = self.settled(Role.ADMIN), self.settled(Role.SELLER)

    def settled(self, role: Role) -> Actor:
        """Somebody with an account and a session, who has just proven who they are."""
        user = a_user(role=role)
        session = a_session(user)
        self.store.users[user.id], self.store.sessions[session.id] = user, session
        permissions = frozenset(Permission) if role is Role.ADMIN else frozenset(Permission) - {Permission.MANAGE_USERS}
        return Actor(user.id, session.id, permissions, NOON)

    def user(self, actor: Actor) -> User:
        return self.store.users[actor.user]

    def end_reason(self, actor: Actor) -> EndReason | None:
        assert actor.session is not None
        return self.store.sessions[actor.session].end_reason


@pytest.fixture
def world() -> World:
    return World()


Deed = Callable[[World, Actor, UserId], Awaitable[Any]]
DEEDS: dict[str, Deed] = {
    "edit": lambda world, actor, user: world.edit(actor, user, EDIT),
    "delete": lambda world, actor, user: world.delete(actor, user),
    "suspend": lambda world, actor, user: world.suspend(actor, user, "Fraud."),
    "activate": lambda world, actor, user: world.activate(actor, user),
    "change_role": lambda world, actor, user: world.change_role(actor, user, Role.BUYER),
}


@pytest.mark.parametrize("name", DEEDS)
async def test_an_outsider_does_nothing_to_others(world: World, name: str) -> None:
    victim = world.settled(Role.BUYER)
    before = replace(world.user(victim))
    with pytest.raises(MissingPermission):
        await DEEDS[name](world, world.person, victim.user)
    assert world.user(victim).status is before.status
    assert world.store.events == []


@pytest.mark.parametrize("name", DEEDS)
async def test_who_is_not_there_is_not_found(world: World, name: str) -> None:
    with pytest.raises(UserNotFound):
        await DEEDS[name](world, world.admin, a_user_id())


@pytest.mark.parametrize("name", ["delete", "change_role"])
async def test_what_cannot_be_undone_takes_a_recent_proof_and_no_api_key(world: World, name: str) -> None:
    with pytest.raises(SessionRequired):
        await DEEDS[name](world, replace(world.admin, session=None), world.person.user)
    world.clock.advance(timedelta(minutes=6))
    with pytest.raises(StepUpRequired):
        await DEEDS[name](world, world.admin, world.person.user)
    assert world.user(world.person).is_active


@pytest.mark.parametrize("name", ["suspend", "activate", "change_role"])
async def test_nobody_administers_the_own_account(world: World, name: str) -> None:
    with pytest.raises(OwnAccount):
        await DEEDS[name](world, world.admin, world.admin.user)


async def test_own_edits_are_not_audited_and_those_of_administrators_are(world: World) -> None:
    view = await world.edit(world.person, world.person.user, EDIT)
    assert (view.full_name, view.bio, view.language) == ("New Name", "New words", "uz")
    assert world.store.audited == []
    await world.edit(world.admin, world.person.user, ProfileChanges(bio="Cleaned"))
    assert (world.user(world.person).full_name, world.user(world.person).bio) == ("New Name", "Cleaned")
    (entry,) = world.store.audited
    assert (entry.action, entry.actor, entry.subject) == (
        "identity.profile_edited", world.admin.user, world.person.user,
    )  # fmt: skip


async def test_a_suspension_ends_sessions_and_hides_the_worker_until_it_is_lifted(world: World) -> None:
    await world.describe(world.person, WORK)
    view = await world.suspend(world.admin, world.person.user, "Fraud.")
    assert not view.is_active
    assert world.end_reason(world.person) is EndReason.SUSPENDED
    assert world.end_reason(world.admin) is None
    assert world.workers.listed == set()
    assert (await world.activate(world.admin, world.person.user)).is_active
    assert world.workers.listed == {world.person.user}
    suspended, ended, activated = world.store.events
    assert isinstance(ended, SessionsEnded)
    assert isinstance(suspended, UserSuspended)
    assert (suspended.user_id, suspended.by, suspended.reason) == (world.person.user, world.admin.user, "Fraud.")
    assert isinstance(activated, UserActivated)


async def test_a_role_that_may_not_sell_hides_the_worker(world: World) -> None:
    await world.describe(world.person, WORK)
    await world.change_role(world.admin, world.person.user, Role.FINANCE)
    assert world.workers.listed == set()
    await world.change_role(world.admin, world.person.user, Role.SELLER)
    assert world.workers.listed == {world.person.user}
    changed = world.store.events[0]
    assert isinstance(changed, RoleChanged)
    assert (changed.former, changed.role, changed.by) == (Role.SELLER, Role.FINANCE, world.admin.user)


async def test_who_leaves_is_nobody(world: World) -> None:
    await world.describe(world.person, WORK)
    email, avatar = world.user(world.person).email, uuid4()
    world.user(world.person).set_avatar(avatar.hex)
    await world.delete(world.person, world.person.user)
    user = world.user(world.person)
    assert user.status is AccountStatus.DELETED
    assert (user.phone, user.password_hash, user.avatar, user.bio) == (None, None, None, "")
    assert world.end_reason(world.person) is EndReason.DELETED
    assert world.workers.profiles == {}
    assert world.workers.wiped == [world.person.user]
    assert world.timers.rings == {(DELETE_AVATAR, avatar): NOON}
    event, ended = world.store.events
    assert isinstance(ended, SessionsEnded)
    assert isinstance(event, UserDeleted)
    assert (event.former_email, event.by) == (email, world.person.user)
    with pytest.raises(AlreadyInState):
        await world.delete(world.admin, world.person.user)
    with pytest.raises(UserNotFound):
        await world.edit(world.admin, world.person.user, EDIT)


async def test_business_keeps_a_person(world: World) -> None:
    world.obligations.business = ["running_orders"]
    for actor in (world.person, world.admin):
        with pytest.raises(AccountHasBusiness) as refused:
            await world.delete(actor, world.person.user)
        assert refused.value.facts == {"business": ["running_orders"]}
    assert world.user(world.person).is_active
    assert world.end_reason(world.person) is None
    assert world.workers.wiped == []


async def test_skills_are_words_in_small_letters_each_once(world: World) -> None:
    view = await world.describe(world.person, WORK)
    assert (view.skills, view.hourly_rate, view.currency) == (["wiring"], aed(90).decimal, "AED")
    free = await world.describe(world.person, replace(WORK, hourly_rate=None))
    assert (free.hourly_rate, free.currency) == (None, None)


async def test_only_sellers_describe_their_work(world: World) -> None:
    buyer = replace(world.person, permissions=frozenset({Permission.EDIT_PROFILE}))
    with pytest.raises(MissingPermission):
        await world.describe(buyer, WORK)
    assert world.workers.profiles == {}


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"skills": tuple(map(str, range(MOST_SKILLS + 1)))}, TooManySkills, "skills"),
        ({"skills": ("ok", " ")}, InvalidText, "skills[1]"), ({"headline": "ab"}, InvalidText, "headline"),
        ({"bio": "x" * 2_001}, InvalidText, "bio"),
    ],
)  # fmt: skip
def test_a_profile_is_checked(changes: dict[str, Any], refusal: type[Exception], field: str) -> None:
    given: dict[str, Any] = {
        "user_id": a_user_id(), "headline": "Electrician", "bio": "", "skills": (), "hourly_rate": None,
        "is_available": True, "updated_at": NOON,
    }  # fmt: skip
    with pytest.raises(refusal) as refused:
        WorkerProfile(**given | changes)
    assert getattr(refused.value, "field", None) == field


async def test_an_export_says_what_it_leaves_out(world: World) -> None:
    records = MemoryRecords({"orders": [b"1"] * (MOST_RECORDS + 1), "blocks": [b"{}"]})
    export = ExportPersonalData(MemoryQueries(world.store), records, world.clock)
    view = await export(world.person)
    assert view.account.id == world.person.user
    assert {kind: len(rows) for kind, rows in view.records.items()} == {"orders": MOST_RECORDS, "blocks": 1}
    assert view.incomplete == ["orders"]
    assert msgspec.json.decode(msgspec.json.encode(view.records["blocks"])) == [{}]
    world.clock.advance(timedelta(minutes=6))
    with pytest.raises(StepUpRequired):
        await export(world.person)
