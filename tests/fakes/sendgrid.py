"""SendGrid's v3 mail/send as its reference documents it: what it would refuse is refused."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.fakes.provider import Received

KEY = "SG.a-key"
FIELDS = {"personalizations", "from", "subject", "content", "custom_args", "tracking_settings"}


class SendGrid:
    """`answers` are statuses given to the next mails for an address, instead of 202."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.answers: dict[str, int] = {}

    def __call__(self, request: Received) -> web.Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        if (request.method, request.path) != ("POST", "/v3/mail/send"):
            return _refusal(404, "not found")
        if request.headers.get("content-type") != "application/json":
            return _refusal(415, "Content-Type should be application/json.")
        body = json.loads(request.body)
        if wrong := [what for what, fine in self._checks(body) if not fine()]:
            return _refusal(400, ", ".join(wrong))
        address = body["personalizations"][0]["to"][0]["email"]
        if status := self.answers.get(address):
            return _refusal(status, "refused")
        self.taken.append(body)
        return web.Response(status=202, headers={"X-Message-Id": "an-id"})

    @staticmethod
    def _checks(body: dict[str, Any]) -> list[tuple[str, Callable[[], bool]]]:
        return [
            ("unknown field", lambda: set(body) <= FIELDS),
            ("one personalization", lambda: len(body["personalizations"]) == 1),
            ("recipient", lambda: all(set(to) <= {"email", "name"} for to in body["personalizations"][0]["to"])),
            ("one recipient", lambda: body["personalizations"][0]["to"][0]["email"].count("@") == 1),
            ("sender", lambda: set(body["from"]) <= {"email", "name"} and "@" in body["from"]["email"]),
            ("subject", lambda: bool(body["subject"]) and "\n" not in body["subject"]),
            ("plain before html", lambda: [part["type"] for part in body["content"]] == ["text/plain", "text/html"]),
            ("content", lambda: all(part["value"] for part in body["content"])),
            ("custom_args", lambda: all(isinstance(value, str) for value in body["custom_args"].values())),
        ]


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"errors": [{"message": message, "field": None, "help": None}]}, status=status)
