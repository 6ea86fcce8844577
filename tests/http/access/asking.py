"""Any operation of the API document as a request, and what the service decides about who sent it."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from marketplace.adapters.ids import TimeOrderedIds
from tests.http.access.arranging import arranged
from tests.http.access.scene import IN_BODIES, OBJECTS, Scene, Stage
from tests.http.access.table import ALLOW, DOCUMENT, KINDS

REFUSALS = {401, 403, 404}
ABOUT_CONTENT = {304, 409, 410, 422}
"""Only somebody admitted is told so."""

PATHS: dict[str, dict[str, Any]] = json.loads(DOCUMENT.read_text())["paths"]
CONTENT = {
    "application/json": "json",
    "application/x-www-form-urlencoded": "data",
    "multipart/form-data": "files",
    "application/octet-stream": "content",
}
"""What httpx calls it."""

ENDLESS = {"/api/v1/sync/stream"}
"""Answers that last: only their head is asked for."""

_PARAMETER = re.compile(r"\{(\w+)\}")
_VARYING = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`path` still has its parameters' names; `ids` are their values."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str = "application/json"

    async def by(self, credential: str | None, stage: Stage) -> httpx.Response:
        headers = {"authorization": f"Bearer {credential}"} if credential else {}
        if CONTENT[self.media_type] == "content":
            headers["content-type"] = self.media_type
        content = {CONTENT[self.media_type]: self.body} if self.body is not None else {}
        method = "HEAD" if self.path in ENDLESS else self.method
        return await stage.house.client.request(
            method, self.path.format_map(self.ids), headers=headers, params=self.query, **content
        )  # fmt: skip

    def of_nothing(self) -> "Asked":
        """The same about objects that never were."""
        return replace(self, ids={name: _absent(one) for name, one in self.ids.items()})


@dataclass(frozen=True, slots=True)
class Answer:
    """`twin` is the answer to the same question about an object that never was, where the path names one."""

    kind: str
    decision: str
    response: httpx.Response
    twin: httpx.Response | None


def _absent(id_: str) -> str:
    """An id of nothing, as long as this one."""
    return "9" * len(id_) if id_.isdigit() else str(TimeOrderedIds().new())


async def request(operation: str, scene: Scene, kind: str) -> Asked:
    """From the document's examples, about the owner's objects. The account of `kind` is ready for it."""
    method, path = operation.split(" ")
    described = PATHS[path][method.lower()]
    ids = {name: await scene.id(operation if operation in OBJECTS else name) for name in _PARAMETER.findall(path)}
    query = {
        one["name"]: one["schema"].get("examples", ["amina"])[0]
        for one in described.get("parameters", [])
        if one["in"] == "query" and one["required"]
    }
    asked = Asked(method, path, ids, query)
    changed = await arranged(operation, scene, kind)
    for media_type, content in described.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/octet-stream":
            return replace(asked, body=changed["content"], media_type=media_type)
        body = content["example"]
        named = {name: await IN_BODIES[name](scene) for name in body if name in IN_BODIES}
        body = {name: value for name, value in {**body, **named, **changed}.items() if value is not None}
        return replace(asked, body=body, media_type=media_type)
    return asked


async def answers(stage: Stage, operation: str, expected: Mapping[str, str]) -> AsyncIterator[Answer]:
    """First those who should be refused, all over one scene; then each who is admitted, over one of their own."""
    shared = Scene(stage)
    for kind in sorted(KINDS, key=lambda kind: expected.get(kind, ALLOW) == ALLOW):
        alone = expected.get(kind, ALLOW) == ALLOW and not operation.startswith("GET ")
        scene = Scene(stage) if alone else shared
        asked = await request(operation, scene, kind)
        credential = await scene.credential(kind)
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
