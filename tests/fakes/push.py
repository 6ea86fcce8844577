"""Devices in memory, and a push service at hand. They honour the port contracts, see tests/contract/notifications."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from marketplace.adapters.egress import Answer, ProviderHttp, PublicHttp
from marketplace.application.notifications.push_tokens import (
    PushAddresses,
    PushTokenQueries,
    PushTokens,
    PushTokenView,
)
from marketplace.application.notifications.send_push import (
    DevicePush,
    DevicePushes,
    PushGateway,
    PushMessage,
    Verdict,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.notifications.push_token import (
    PushAddress,
    PushToken,
    PushTokenId,
    PushTokenNotFound,
)
from marketplace.domain.shared.ids import SessionId, UserId


class MemoryPushTokens(PushTokens, PushTokenQueries, PushAddresses):
    def __init__(self) -> None:
        self.by_place: dict[str, PushToken] = {}

    async def put(self, token: PushToken, most: int) -> PushToken:
        known = self.by_place.get(token.address.place)
        if known:
            same = known.user_id == token.user_id
            token = replace(token, id=known.id, created_at=known.created_at if same else token.created_at)
        self.by_place[token.address.place] = token
        for oldest in self._of(token.user_id)[most:]:
            del self.by_place[oldest.address.place]
        return token

    async def remove(self, token_id: PushTokenId, owner: UserId) -> None:
        found = [token for token in self._of(owner) if token.id == token_id]
        if not found:
            raise PushTokenNotFound("no such push token")
        self._drop(found)

    async def remove_of_sessions(self, sessions: Collection[SessionId]) -> None:
        self._drop([token for token in self.by_place.values() if token.session_id in sessions])

    async def remove_of(self, user: UserId) -> None:
        self._drop(self._of(user))

    async def of(self, user: UserId) -> Collection[PushTokenId]:
        return [token.id for token in self._of(user)]

    async def of_owner(self, actor: Actor) -> list[PushTokenView]:
        return [PushTokenView.of(token, actor) for token in self._of(actor.user)]

    async def address(self, token_id: PushTokenId, owner: UserId) -> PushAddress | None:
        return next((token.address for token in self._of(owner) if token.id == token_id), None)

    def _of(self, user: UserId) -> list[PushToken]:
        own = [token for token in self.by_place.values() if token.user_id == user]
        return sorted(own, key=lambda token: (token.registered_at, token.id), reverse=True)

    def _drop(self, tokens: Collection[PushToken]) -> None:
        for token in tokens:
            del self.by_place[token.address.place]


class MemoryDevicePushes(DevicePushes):
    def __init__(self) -> None:
        self.added: list[DevicePush] = []

    def add(self, push: DevicePush) -> None:
        self.added.append(push)


class MemoryPushGateway(PushGateway[PushAddress]):
    """`answers` wait for the next pushes to an address."""

    def __init__(self) -> None:
        self.sent: list[tuple[PushAddress, PushMessage]] = []
        self.answers: dict[PushAddress, list[Verdict | Exception]] = {}

    async def send(self, address: PushAddress, message: PushMessage) -> Verdict:
        waiting = self.answers.get(address, [])
        answer = waiting.pop(0) if waiting else Verdict.DELIVERED
        if isinstance(answer, Exception):
            raise answer
        if answer is Verdict.DELIVERED:
            self.sent.append((address, message))
        return answer


class Rerouted(ProviderHttp):
    """What would go to any provider goes to one on this machine, to the same path."""

    def __init__(self, origin: str) -> None:
        super().__init__([origin])
        self._origin = origin

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None,
        data: Mapping[str, str] | None = None, json: object = None,
    ) -> Answer:  # fmt: skip
        there = f"{self._origin}{urlsplit(url).path}"
        return await super().request(method, there, headers=headers, content=content, data=data, json=json)


class ReroutedPublic(PublicHttp):
    """The same of what would go to addresses that people give."""

    def __init__(self, origin: str) -> None:
        super().__init__(within=5, largest=65_536, to_loopback=True)
        self._origin = origin

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        return await super().post(f"{self._origin}{urlsplit(url).path}", headers=headers, content=content)
