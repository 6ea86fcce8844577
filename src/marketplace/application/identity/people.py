"""What becomes of an account: edited and left by its owner, kept in order by administrators."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.application.identity.avatar import DELETE_AVATAR
from marketplace.application.identity.people_ports import Obligations, PersonalTraces, WorkerProfiles
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.identity.ports import Sessions, Users
from marketplace.application.identity.views import UserView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.identity.session import EndReason
from marketplace.domain.identity.user import AccountStatus, Role, User, UserNotFound
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import UserId


class AccountHasBusiness(Conflict):
    code = "account_has_business"


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What is None stays."""

    full_name: str | None = None
    bio: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class EditProfile:
    users: Users
    audit: AuditTrail
    transaction: Transaction

    async def __call__(self, actor: Actor, user_id: UserId, changes: ProfileChanges) -> UserView:
        """One's own, or as an administrator anybody's."""
        own = user_id == actor.user
        actor.require(Permission.EDIT_PROFILE if own else Permission.MANAGE_USERS)
        async with self.transaction:
            user = await self.users.get(user_id)
            if user.status is AccountStatus.DELETED:
                raise UserNotFound("no such user", user_id=user_id)
            user.edit_profile(full_name=changes.full_name, bio=changes.bio, language=changes.language)
            await self.users.save(user)
            if not own:
                self.audit.note(
                    AuditEntry(action="identity.profile_edited", actor=actor.user, subject_kind="user", subject=user_id)
                )
            return self.transaction.answers(UserView.of(user))


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    users: Users
    sessions: Sessions
    traces: PersonalTraces
    workers: WorkerProfiles
    obligations: Obligations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId) -> None:
        """One's own, or as an administrator anybody's; raises StepUpRequired, and AccountHasBusiness.

        The id stays, as orders and books refer to it; what is personal is gone with the commit.
        """
        if user_id != actor.user:
            actor.require(Permission.MANAGE_USERS)
        now = self.clock.now()
        actor.require_recent_proof(now)
        async with self.transaction:
            user = await self.users.get(user_id)
            avatar = user.avatar
            user.delete(actor.user, now)
            if business := await self.obligations.of(user_id):
                raise AccountHasBusiness(
                    "close the open negotiations, finish the orders and wait for the payouts first",
                    business=list(business),
                )
            await self.users.save(user)
            await self.sessions.end_all(user_id, EndReason.DELETED, now)
            await self.traces.wipe(user_id)
            await self.workers.remove(user_id)
            if avatar is not None:
                self.timers.set(DELETE_AVATAR, UUID(avatar), now)


@dataclass(frozen=True, slots=True)
class SuspendUser:
    users: Users
    sessions: Sessions
    workers: WorkerProfiles
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId, reason: str) -> UserView:
        """Every session of the user ends at once."""
        actor.require(Permission.MANAGE_USERS)
        now = self.clock.now()
        async with self.transaction:
            user = await self.users.get(user_id)
            user.suspend(reason, actor.user, now)
            await self.users.save(user)
            await self.sessions.end_all(user_id, EndReason.SUSPENDED, now)
            await self.workers.list(user_id, listed=False)
            return self.transaction.answers(UserView.of(user))


@dataclass(frozen=True, slots=True)
class ActivateUser:
    users: Users
    workers: WorkerProfiles
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId) -> UserView:
        actor.require(Permission.MANAGE_USERS)
        async with self.transaction:
            user = await self.users.get(user_id)
            user.activate(actor.user, self.clock.now())
            await self.users.save(user)
            await self.workers.list(user_id, listed=may_be_listed(user))
            return self.transaction.answers(UserView.of(user))


@dataclass(frozen=True, slots=True)
class ChangeRole:
    users: Users
    workers: WorkerProfiles
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId, role: Role) -> UserView:
        """What the role permits counts from the user's next request on; raises StepUpRequired."""
        actor.require(Permission.MANAGE_USERS)
        now = self.clock.now()
        actor.require_recent_proof(now)
        async with self.transaction:
            user = await self.users.get(user_id)
            user.change_role(role, actor.user, now)
            await self.users.save(user)
            await self.workers.list(user_id, listed=may_be_listed(user))
            return self.transaction.answers(UserView.of(user))


def may_be_listed(user: User) -> bool:
    return user.is_active and Permission.LIST_ITEMS in PERMISSIONS[user.role]
