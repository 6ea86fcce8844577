"""The text `null` in a query is a text, and no date or number."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import httpx
import pytest
from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from marketplace.entrypoints.http.frame import bare_app
from marketplace.entrypoints.http.messages import InvalidRequest
from marketplace.entrypoints.http.query import TimeZoneMissing, moment


async def page(size: FromQuery[int | None] = None) -> int:
    return size or 20


@get("/", media_type="text/plain", dependencies={"paging": Provide(page)})
async def read(
    paging: NamedDependency[int],
    until: Annotated[date | None, QueryParameter(name="to")] = None,
    most: FromQuery[float | None] = None,
    words: FromQuery[str | None] = None,
) -> str:
    return f"{until} {most} {words} {paging}"


async def asked(query: str) -> httpx.Response:
    app: Any = bare_app([read])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(f"/?{query}")


@pytest.mark.parametrize(
    ("query", "field"),
    [("to=null", "to"), ("most=null", "most"), ("size=null", "size"), ("to=2026-11-21&to=null", "to")],
)
async def test_null_is_no_value(query: str, field: str) -> None:
    refused = (await asked(query)).json()
    assert (refused["status"], refused["code"], refused["errors"][0]["field"]) == (422, "invalid_request", field)


@pytest.mark.parametrize(("query", "text"), [
    ("", "None None None 20"), ("words=null", "None None null 20"),
    ("to=2026-11-21&most=5&nothing=null", "2026-11-21 5.0 None 20"),
])  # fmt: skip
async def test_what_has_a_value_is_read(query: str, text: str) -> None:
    assert (await asked(query)).text == text


@pytest.mark.parametrize("text", ["0.5", "2026-11-21", "2026-13-21T10:00:00Z", "now", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        moment(text, "to")


def test_a_moment_has_its_time_zone() -> None:
    with pytest.raises(TimeZoneMissing):
        moment("2026-11-21T10:00:00", "to")


@pytest.mark.parametrize("text", ["2026-11-21T10:00:00Z", "2026-11-21T14:00:00.000+04:00", "2026-11-21t10:00:00z"])
def test_a_moment_is_read_in_any_zone(text: str) -> None:
    assert moment(text, "to") == datetime(2026, 11, 21, 10, tzinfo=UTC)
