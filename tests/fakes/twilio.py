"""Twilio's Messages resource as its reference documents it: what it would refuse is refused."""

import re
from base64 import b64encode
from urllib.parse import parse_qs

from aiohttp import web

from tests.fakes.provider import Received

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "a-token", "+15005550006"


class Twilio:
    """`answers` are (status, code) given to messages for a number, instead of 201."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.answers: dict[str, tuple[int, int]] = {}

    def __call__(self, request: Received) -> web.Response:
        if request.headers.get("authorization") != f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}":
            return _refusal(401, 20003)
        if (request.method, request.path) != ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"):
            return _refusal(404, 20404)
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _refusal(400, 21604)
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        if form.get("From") != NUMBER:
            return _refusal(400, 21606)
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", form.get("To", "")):
            return _refusal(400, 21211)
        if not 0 < len(form.get("Body", "")) <= 1_600 or set(form) != {"To", "From", "Body"}:
            return _refusal(400, 21602)
        if answer := self.answers.get(form["To"]):
            return _refusal(*answer)
        self.taken.append(form)
        return web.json_response({"sid": "SM" + "0" * 32, "status": "queued", "error_code": None}, status=201)


def _refusal(status: int, code: int) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": "refused", "more_info": more, "status": status}, status=status)
