"""Any operation of the API document as a request, and what the service decides about who sent it."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.application.identity.ports import CodePurpose, OneTimeCodes
from tests.builders.identity import PASSWORD
from tests.http.access.scene import IN_BODIES, Scene, Stage
from tests.http.access.table import ALLOW, DOCUMENT, KINDS
from tests.http.identity.house import registration

REFUSALS = {401, 403, 404}
ABOUT_CONTENT = {304, 409, 410, 422}
"""Only somebody admitted is told so."""

PATHS: dict[str, dict[str, Any]] = json.loads(DOCUMENT.read_text())["paths"]
FORM = "application/x-www-form-urlencoded"
_PARAMETER = re.compile(r"\{(\w+)\}")
_VARYING = {"x-request-id", "date"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`path` still has its parameters' names; `ids` are their values."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str = ""

    async def by(self, credential: str | None, stage: Stage) -> httpx.Response:
        headers = {"authorization": f"Bearer {credential}"} if credential else {}
        content = {"data": self.body} if self.media_type == FORM else {"json": self.body}
        return await stage.house.client.request(
            self.method, self.path.format_map(self.ids), headers=headers, params=self.query,
            **(content if self.body is not None else {}),
        )  # fmt: skip

    def of_nothing(self) -> "Asked":
        """The same about objects that never were."""
        return replace(self, ids={name: str(TimeOrderedIds().new()) for name in self.ids})


@dataclass(frozen=True, slots=True)
class Answer:
    """`twin` is the answer to the same question about an object that never was, where the path names one."""

    kind: str
    decision: str
    response: httpx.Response
    twin: httpx.Response | None


async def request(operation: str, scene: Scene) -> Asked:
    """From the document's examples, about the owner's objects."""
    method, path = operation.split(" ")
    described = PATHS[path][method.lower()]
    ids = {name: await scene.id(name) for name in _PARAMETER.findall(path)}
    query = {
        one["name"]: one["schema"]["examples"][0]
        for one in described.get("parameters", [])
        if one["in"] == "query" and one["required"]
    }
    asked = Asked(method, path, ids, query)
    for media_type, content in described.get("requestBody", {}).get("content", {}).items():
        body = content["example"]
        named = {name: await IN_BODIES[name](scene) for name in body if name in IN_BODIES}
        changed = await BODIES[operation](scene) if operation in BODIES else {}
        body = {name: value for name, value in {**body, **named, **changed}.items() if value is not None}
        return replace(asked, body=body, media_type=media_type)
    return asked


async def answers(stage: Stage, operation: str, expected: Mapping[str, str]) -> AsyncIterator[Answer]:
    """First those who should be refused, all over one scene; then each who is admitted, over one of their own."""
    shared = Scene(stage)
    for kind in sorted(KINDS, key=lambda kind: expected.get(kind, ALLOW) == ALLOW):
        alone = expected.get(kind, ALLOW) == ALLOW and not operation.startswith("GET ")
        scene = Scene(stage) if alone else shared
        credential = await scene.credential(kind)
        asked = await request(operation, scene)
        twin = await asked.of_nothing().by(credential, stage) if asked.ids else None
        response = await asked.by(credential, stage)
        yield Answer(kind, decision(response), response, twin)


def decision(response: httpx.Response) -> str:
    if response.status_code in REFUSALS:
        return str(response.status_code)
    assert response.is_success or response.status_code in ABOUT_CONTENT, (
        f"{response.request.method} {response.url} decides nothing: {response.status_code} {response.text[:500]}"
    )
    return ALLOW


def shown(response: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """What a stranger can compare: everything but the ids of the request and of what the path names."""
    path = response.url.path
    text = response.text.replace(path, "PATH")
    for own in (response.headers["x-request-id"], *path.split("/")):
        text = text.replace(own, "ID") if len(own) == 36 else text
    headers = {name: value for name, value in response.headers.items() if name not in _VARYING}
    return response.status_code, text, headers


async def _somebody_new(_: Scene) -> dict[str, Any]:
    return registration()


async def _registered(scene: Scene) -> dict[str, Any]:
    return await scene.stage.house.registered()


async def _credentials(scene: Scene) -> dict[str, Any]:
    email = (await _registered(scene))["user"]["email"]
    return {"identifier": email, "password": PASSWORD, "otp_code": None}


async def _credentials_in_a_form(scene: Scene) -> dict[str, Any]:
    return {"username": (await _credentials(scene))["identifier"]}


async def _refresh_token(scene: Scene) -> dict[str, Any]:
    return {"refresh_token": (await _registered(scene))["refresh_token"]}


async def _code(scene: Scene) -> dict[str, Any]:
    user = (await _registered(scene))["user"]
    codes = await scene.stage.house.container.get(OneTimeCodes)
    return {"identifier": user["email"], "otp_code": await codes.make(CodePurpose.VERIFY_ACCOUNT, user["id"])}


BODIES: Mapping[str, Callable[[Scene], Awaitable[dict[str, Any]]]] = {
    "POST /api/v1/auth/register": _somebody_new,
    "POST /api/v1/auth/login": _credentials,
    "POST /api/v1/auth/login/oauth2": _credentials_in_a_form,
    "POST /api/v1/auth/refresh": _refresh_token,
    "POST /api/v1/auth/verify-otp": _code,
}
"""Where the document's example does not fit: the fields to change, None to leave one out."""
