"""One socket of one user, whatever it speaks."""

from abc import ABC, abstractmethod
from enum import Enum
from functools import cached_property
from uuid import UUID

import msgspec

from marketplace.application.notifications.views import EventView
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.http.messages import encode
from marketplace.entrypoints.realtime.outbox import Waiting, text_frame


class End(Enum):
    """Why the server ends a connection: close code and reason of the plain WebSocket."""

    SIGNED_OUT = (4401, "not_authenticated")
    TOO_SLOW = (1013, "too_slow")
    RESTART = (1012, "reconnect")
    UNAVAILABLE = (1013, "unavailable")
    SILENT = (4408, "silent")

    @property
    def code(self) -> int:
        return self.value[0]

    @property
    def reason(self) -> str:
        return self.value[1]


class _Frame(msgspec.Struct):
    type: str
    id: UUID
    seq: int
    data: msgspec.Raw
    timestamp: object


class Encoded(ABC):
    """An event, encoded once for each protocol however many sockets get it."""

    @property
    @abstractmethod
    def frame(self) -> str:
        """For the plain WebSocket."""

    @property
    @abstractmethod
    def message(self) -> str:
        """For Socket.IO: an EVENT packet."""

    @property
    @abstractmethod
    def block(self) -> str:
        """For server-sent events."""

    @cached_property
    def plain_bytes(self) -> bytes:
        return text_frame(self.frame)

    @cached_property
    def socket_io_bytes(self) -> bytes:
        return text_frame("4" + self.message)


class RoomEvent(Encoded):
    """Now or never, without a number."""

    def __init__(self, name: str, data: msgspec.Raw) -> None:
        self._plain_name, self._name = name, encode(name).decode()
        self._data = bytes(data).decode()

    @property
    def frame(self) -> str:
        return f'{{"type":{self._name},"data":{self._data}}}'

    @property
    def message(self) -> str:
        return f"2[{self._name},{self._data}]"

    @cached_property
    def block(self) -> str:
        return f"event: {self._plain_name}\ndata: {self.frame}\n\n"


class Event(Encoded):
    """Of a user's numbered sequence."""

    def __init__(self, view: EventView) -> None:
        self.seq = view.seq
        self._view = view

    @cached_property
    def frame(self) -> str:
        view = self._view
        return encode(_Frame(view.name, view.id, view.seq, view.data, view.timestamp)).decode()

    @cached_property
    def block(self) -> str:
        return f"id: {self.seq}\nevent: {self._view.name}\ndata: {self.frame}\n\n"

    @cached_property
    def message(self) -> str:
        """Its data also has `eventId` and `seq`."""
        view = self._view
        fields = bytes(view.data).decode().strip()[1:]
        comma = "" if fields.lstrip() == "}" else ","
        name = encode(view.name).decode()
        return f'2[{name},{{"eventId":"{view.id}","seq":{view.seq}{comma}{fields}]'


class Connection(ABC):
    """`seq` is the number of the last event put into the outbox, None until it is known where to begin."""

    def __init__(self, actor: Actor, expires_at: float, outbox: Waiting) -> None:
        self.user = actor.user
        self.session = actor.own_session()
        self.expires_at = expires_at
        self.is_warned = False
        self.outbox = outbox
        self.seq: int | None = None

    @abstractmethod
    def welcome(self, seq: int) -> None:
        """Say `connected`: events behind `seq` follow."""

    @abstractmethod
    def say(self, event: str, data: object) -> None:
        """Something about this very socket, outside the user's sequence."""

    def require_full_sync(self, seq: int) -> None:
        """Say that events were forgotten before they were sent: those behind `seq` follow."""
        self.say("sync:required", {"seq": seq})

    @abstractmethod
    def send(self, event: Encoded) -> None: ...

    @abstractmethod
    def end(self, why: End) -> None:
        """Close the socket, at once if it takes nothing more; may be called again."""

    @abstractmethod
    def beat(self, now: float) -> None:
        """Called every second or so, with the loop's time: ask whether the client is still there."""
