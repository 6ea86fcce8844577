from typing import Any

import msgspec

from marketplace.adapters.egress import Answer, ProviderHttp
from marketplace.adapters.push.answers import PushUnavailable, later, refused
from marketplace.adapters.push.google import GoogleTokens
from marketplace.adapters.push.payload import payload
from marketplace.application.notifications.send_push import PushGateway, PushMessage, Verdict
from marketplace.application.shared.ports import Clock
from marketplace.domain.notifications.push_token import FcmToken

FCM = "https://fcm.googleapis.com"
LARGEST = 3_500
"""Bytes of JSON: Firebase takes 4,096 of notification and data, and what names and tags need is not ours to count."""

_OF_THE_TOKEN = {"UNREGISTERED", "SENDER_ID_MISMATCH"}
"""Errors after which the token is of no use to us any more."""


class _Violation(msgspec.Struct, frozen=True):
    field: str = ""


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    error_code: str = ""
    field_violations: list[_Violation] = []


class _Error(msgspec.Struct, frozen=True):
    status: str = ""
    details: list[_Detail] = []


class _Failure(msgspec.Struct, frozen=True):
    error: _Error = _Error()


class Fcm(PushGateway[FcmToken]):
    """Firebase Cloud Messaging, HTTP v1. What comes a second time shows under the tag of the first."""

    def __init__(self, http: ProviderHttp, tokens: GoogleTokens, clock: Clock) -> None:
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._url = f"{FCM}/v1/projects/{tokens.account.project_id}/messages:send"

    async def send(self, address: FcmToken, message: PushMessage) -> Verdict:
        body = {"message": {"token": address.token, **self._content(message)}}
        answer = await self._post(body)
        if answer.status == 401 and not _codes(answer):
            answer = await self._post(body)
        if answer.status == 200:
            return Verdict.DELIVERED
        codes = _codes(answer)
        if codes & _OF_THE_TOKEN or "message.token" in codes:
            return Verdict.GONE
        if trouble := later(answer, self._clock.now()):
            raise trouble
        if answer.status == 401:
            raise PushUnavailable(f"Firebase refuses us ({', '.join(sorted(codes)) or 401})")
        return refused(message.id, "fcm", f"status {answer.status} {', '.join(sorted(codes))}")

    async def _post(self, body: object) -> Answer:
        token = await self._tokens.current()
        answer = await self._http.request("POST", self._url, headers={"Authorization": f"Bearer {token}"}, json=body)
        if answer.status == 401:
            self._tokens.drop(token)
        return answer

    def _content(self, message: PushMessage) -> dict[str, Any]:
        """Values of Firebase's `data` are texts, and some names are its own: ours are one JSON text."""
        shown, collapse = payload(message, LARGEST), message.push.collapse
        seconds = max(1, round(message.life.total_seconds()))
        until = int(self._clock.now().timestamp()) + seconds
        return {
            "notification": {"title": shown.title, "body": shown.body},
            "data": {"id": shown.id, "kind": shown.kind, "data": encoded_data(shown.data)},
            "android": {
                "priority": "HIGH", "ttl": f"{seconds}s", **({"collapse_key": collapse} if collapse else {}),
                "notification": {"tag": shown.tag, "channel_id": shown.kind},
            },
            "apns": {
                "headers": {
                    "apns-priority": "10", "apns-expiration": str(until), "apns-collapse-id": shown.tag[:64],
                },
                "payload": {"aps": {"sound": "default", "thread-id": shown.kind}},
            },
            "webpush": {
                "headers": {"TTL": str(seconds), "Urgency": "high" if message.is_call else "normal"},
                "notification": {"tag": shown.tag},
            },
        }  # fmt: skip


def encoded_data(data: dict[str, object]) -> str:
    return msgspec.json.encode(data).decode()


def _codes(answer: Answer) -> set[str]:
    """Firebase's own: of the error, and the names of the fields it does not like."""
    try:
        error = msgspec.json.decode(answer.body, type=_Failure).error
    except msgspec.DecodeError:
        return set()
    return {
        *(detail.error_code for detail in error.details if detail.error_code),
        *(violation.field for detail in error.details for violation in detail.field_violations),
    }
