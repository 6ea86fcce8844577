"""The notification centre, and how its owner wants to be told."""

from datetime import time
from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post, put
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.notifications.centre import (
    DeleteNotification,
    DeleteReadNotifications,
    ReadAllNotifications,
    ReadNotification,
)
from marketplace.application.notifications.centre_ports import NotificationId, NotificationQueries
from marketplace.application.notifications.digests import SetPreferences
from marketplace.application.notifications.views import NotificationView, PreferencesView, UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.notifications.kinds import Group, NotificationKind
from marketplace.domain.notifications.preferences import Channel, Digest, Every, Preferences, QuietHours, Weekday
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
MINUTE = "^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\\n)"
CHOICES = {"offers": {"email": False, "sms": True}, "messages": {"in_app": True}}

Unread = Annotated[bool, Parameter(description="Only what was not read.")]
OfKind = Annotated[NotificationKind | None, Parameter(description="Of this kind only.")]


class ChannelsSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Channels that are left out stay as they are at first."""

    in_app: Annotated[bool, Meta(description="Shown in the notification centre.", examples=[True])] | None = None
    push: Annotated[bool, Meta(examples=[True])] | None = None
    email: Annotated[bool, Meta(examples=[False])] | None = None
    sms: Annotated[bool, Meta(description="To the confirmed phone number.", examples=[False])] | None = None

    def choices(self) -> dict[Channel, bool]:
        return {Channel(name): on for name, on in msgspec.structs.asdict(self).items() if on is not None}


class QuietTimeSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pushes and text messages wait until they end. They may go past midnight."""

    begins: Annotated[str, Meta(pattern=MINUTE, examples=["22:00"])] = msgspec.field(name="from")
    until: Annotated[str, Meta(pattern=MINUTE, examples=["07:00"])]

    def hours(self) -> QuietHours:
        return QuietHours(time.fromisoformat(self.begins), time.fromisoformat(self.until))


class DigestSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One letter instead of many e-mails."""

    every: Annotated[Literal["off", "daily", "weekly"], Meta(examples=["daily"])]
    hour: Annotated[int, Meta(ge=0, le=23, description="Of the time zone.", examples=[8])] = 8
    weekday: Annotated[Weekday, Meta(description="Of a weekly one.", examples=["monday"])] = Weekday.MONDAY
    groups: Annotated[list[Group], Meta(max_length=len(Group), examples=[["offers", "searches"]])] = []

    def digest(self) -> Digest | None:
        if self.every == "off":
            return None
        return Digest(Every(self.every), self.hour, frozenset(self.groups), self.weekday)


class NewPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out is as it is at first."""

    channels: Annotated[dict[Group, ChannelsSaid], Meta(examples=[CHOICES])] = {}
    time_zone: Annotated[str, Meta(max_length=60, description="Of the IANA database.", examples=["Asia/Dubai"])] = "UTC"
    quiet_hours: QuietTimeSaid | None = None
    digest: DigestSaid | None = None

    def preferences(self) -> Preferences:
        return Preferences(
            choices={group: said.choices() for group, said in self.channels.items()},
            time_zone=self.time_zone,
            quiet_hours=None if self.quiet_hours is None else self.quiet_hours.hours(),
            digest=None if self.digest is None else self.digest.digest(),
        )


class NotificationsController(Controller):
    path = "/api/v1/notifications"
    tags = ("Notifications",)
    security = BEARER

    @get(summary="Your notifications", cache_control=PRIVATE)
    @inject
    async def notifications(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[NotificationQueries],
        cursors: FromDishka[Cursors],
        unread: Unread = False,
        kind: OfKind = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[NotificationView]]:
        """The newest first, in the language of your account. `data` has the ids to open."""
        after = NotificationId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.page(actor, unread=unread, kind=kind, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/unread-count", summary="How many notifications you have not read", cache_control=PRIVATE)
    @inject
    async def unread_count(
        self, actor: FromDishka[Actor], queries: FromDishka[NotificationQueries]
    ) -> Success[UnreadView]:
        """Exact, whatever their number. Events of the sockets carry it too, as `notification.unreadCount`."""
        return Success(await queries.unread(actor))

    @get("/preferences", summary="How you are told", cache_control=PRIVATE)
    @inject
    async def preferences(
        self, actor: FromDishka[Actor], queries: FromDishka[NotificationQueries]
    ) -> Success[PreferencesView]:
        """For each group what acts: what you chose, else what holds at first."""
        return Success(await queries.preferences(actor))

    @put("/preferences", summary="Choose how you are told")
    @inject
    async def set_preferences(
        self, data: JSONBody[NewPreferences], actor: FromDishka[Actor], set_preferences: FromDishka[SetPreferences]
    ) -> Success[PreferencesView]:
        """Replaces all that you chose before.

        What happens to your account itself is always shown in the centre and mailed, at once. Letters that were
        collected for a digest that you turn off go now, in one.
        """
        return Success(await set_preferences(actor, data.preferences()))

    @post("/read-all", status_code=200, summary="Mark all your notifications as read")
    @inject
    async def read_all(self, actor: FromDishka[Actor], read: FromDishka[ReadAllNotifications]) -> Success[UnreadView]:
        """What comes meanwhile stays unread. Your other devices are told by `notification:read`."""
        return Success(await read(actor))

    @delete(summary="Delete the notifications that you have read", opt=NOT_REPEATABLE)
    @inject
    async def delete_read(self, actor: FromDishka[Actor], delete_read: FromDishka[DeleteReadNotifications]) -> None:
        """All of them; the unread ones stay."""
        await delete_read(actor)

    @get("/{notification_id:uuid}", summary="Read a notification", cache_control=PRIVATE)
    @inject
    async def notification(
        self,
        notification_id: FromPath[NotificationId],
        actor: FromDishka[Actor],
        queries: FromDishka[NotificationQueries],
    ) -> Success[NotificationView]:
        """One of yours; looking at it does not mark it as read."""
        return Success(await queries.one(actor, notification_id))

    @post("/{notification_id:uuid}/read", status_code=200, summary="Mark a notification as read")
    @inject
    async def read(
        self, notification_id: FromPath[NotificationId], actor: FromDishka[Actor], read: FromDishka[ReadNotification]
    ) -> Success[UnreadView]:
        """How many are unread now. Doing it twice changes nothing; your other devices are told once."""
        return Success(await read(actor, notification_id))

    @delete("/{notification_id:uuid}", summary="Delete a notification", opt=NOT_REPEATABLE)
    @inject
    async def delete_one(
        self,
        notification_id: FromPath[NotificationId],
        actor: FromDishka[Actor],
        delete_one: FromDishka[DeleteNotification],
    ) -> None:
        """One of yours, read or not."""
        await delete_one(actor, notification_id)
