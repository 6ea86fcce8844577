"""What a person does with the notifications in the centre, and when these are forgotten."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from marketplace.application.notifications.centre_ports import Centre, NotificationId
from marketplace.application.notifications.views import UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.shared.ids import UserId

BATCH = 1_000
"""Rows changed in one transaction."""
KEPT_WHEN_READ = timedelta(days=90)


def read_notice(user: UserId, unread: int, ids: list[UUID] | None = None) -> Notice:
    """To the person's devices; without ids: all."""
    which = {"all": True} if ids is None else {"ids": ids}
    return Notice(user, "notification:read", {**which, "unreadCount": unread})


@dataclass(frozen=True, slots=True)
class ReadNotification:
    centre: Centre
    user_events: UserEvents
    clock: Clock
    transaction: Transaction

    async def __call__(self, actor: Actor, notification_id: NotificationId) -> UnreadView:
        actor.own_session()
        async with self.transaction:
            changed = await self.centre.read(actor.user, notification_id, self.clock.now())
            unread = await self.centre.unread_of(actor.user)
            if changed:
                await self.user_events.append([read_notice(actor.user, unread, [notification_id])])
            return self.transaction.answers(UnreadView(unread))


@dataclass(frozen=True, slots=True)
class ReadAllNotifications:
    """In batches; what comes meanwhile stays unread."""

    centre: Centre
    user_events: UserEvents
    clock: Clock
    transaction: Transaction

    async def __call__(self, actor: Actor) -> UnreadView:
        actor.own_session()
        now, in_all = self.clock.now(), 0
        while True:
            async with self.transaction:
                changed = await self.centre.read_some(actor.user, now, BATCH)
                in_all += changed
                if changed < BATCH:
                    unread = await self.centre.unread_of(actor.user)
                    if in_all:
                        await self.user_events.append([read_notice(actor.user, unread)])
                    return self.transaction.answers(UnreadView(unread))


@dataclass(frozen=True, slots=True)
class DeleteNotification:
    """The person's other devices are told if it was unread."""

    centre: Centre
    user_events: UserEvents
    transaction: Transaction

    async def __call__(self, actor: Actor, notification_id: NotificationId) -> None:
        actor.own_session()
        async with self.transaction:
            if await self.centre.remove(actor.user, notification_id):
                unread = await self.centre.unread_of(actor.user)
                await self.user_events.append([read_notice(actor.user, unread, [notification_id])])


@dataclass(frozen=True, slots=True)
class DeleteReadNotifications:
    centre: Centre
    transaction: Transaction

    async def __call__(self, actor: Actor) -> None:
        actor.own_session()
        removed = BATCH
        while removed == BATCH:
            async with self.transaction:
                removed = await self.centre.remove_read(actor.user, BATCH)


@dataclass(frozen=True, slots=True)
class ForgetReadNotifications:
    centre: Centre
    clock: Clock
    transaction: Transaction

    async def __call__(self) -> None:
        before, removed = self.clock.now() - KEPT_WHEN_READ, BATCH
        while removed == BATCH:
            async with self.transaction:
                removed = await self.centre.forget_read(before, BATCH)


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """React to the end of an account: nothing of it stays in the centre."""

    centre: Centre
    transaction: Transaction

    async def __call__(self, user: UserId) -> None:
        removed = 1
        while removed:
            async with self.transaction:
                removed = await self.centre.forget_person(user, BATCH)
