"""Every question that anybody can ask of the desk, and every list elsewhere; answers without their ids and times."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from marketplace.application.shared.audit import Refusals, SealAuditTrail
from prove.people import Person
from tests.http.access.asking import ENDLESS
from tests.http.desk.desk import Desk

LEFT_OUT = re.compile(r"/health|/\.well-known|/metrics|/docs|/redoc|openapi|/auth/")
"""They answer with figures of the machine, with keys, or what is said nowhere else than in the code."""
ENDS_A_TRADE = re.compile(r"/(cancel|close)$")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_OUR_OWN = re.compile(
    rf"(?P<id>{_UUID})|(?P<at>\d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00))|(?P<name>p-[0-9a-f]{{16}})"
    r"|(?P<hash>[0-9a-f]{64}|[0-9a-f]{32})|(?P<cursor>(?<=\"next_cursor\":\")[\w-]+)"
)
BODIES: Mapping[str, Mapping[str, Any]] = {
    "offers": {"price": 60_000, "quantity": 10}, "counter": {"price": 60_000}, "negotiations": {"price": 60_000},
}  # fmt: skip
"""By the last word of the path, where an empty body would be refused before anything is looked up."""


@dataclass(frozen=True)
class Asked:
    kind: str
    method: str
    path: str
    status: int
    text: str

    @property
    def without_ids_and_times(self) -> tuple[str, str, str, int, str]:
        return self.kind, self.method, self.path, self.status, _OUR_OWN.sub(lambda own: f"<{own.lastgroup}>", self.text)

    def tells(self, markers: Collection[str]) -> bool:
        return any(marker in self.text for marker in markers)


def operations(desk: Desk) -> Iterator[tuple[str, str]]:
    """Method and path of all on the desk, then of every list elsewhere."""
    found = sorted(
        (str(method), re.sub(r":\w+\}", "}", str(route.path_format)))
        for route in desk.app.routes
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"}
    )
    yield from (one for one in found if "/trade-desk/" in one[1])
    for method, path in found:
        if method == "GET" and "{" not in path and "/trade-desk/" not in path and not LEFT_OUT.search(path):
            yield method, path


async def probed(
    desk: Desk, people: Mapping[str, Person | None], ids: Mapping[str, str], doomed: Mapping[str, str]
) -> list[Asked]:
    """Everybody asks everything. `ids` stand for the parameters of paths, `doomed` where an operation ends a trade."""
    asked = []
    for method, path in operations(desk):
        chosen = doomed if ENDS_A_TRADE.search(path) else ids
        place = path.format_map(defaultdict(lambda: str(uuid4()), chosen))
        body = None if method == "GET" else _body(path, chosen)
        for kind, person in people.items():
            headers = person.headers if person else {}
            if "/audit-logs" in path:
                await _audited(desk)
            asks = "HEAD" if path in ENDLESS else method
            answer = await desk.client.request(asks, place, json=body, headers=headers)
            asked.append(Asked(kind, method, path, answer.status_code, answer.text))
    return asked


async def _audited(desk: Desk) -> None:
    """Everything that was refused is in the trail, which is sealed."""
    await (await desk.container.get(Refusals)).close()
    async with desk.container() as scope:
        await (await scope.get(SealAuditTrail))()


def _body(path: str, ids: Mapping[str, str]) -> Mapping[str, Any]:
    if path.endswith("/award"):
        return {"items": [{"offer_id": ids["offer_id"]}]}
    return BODIES.get(path.rpartition("/")[2], {})
