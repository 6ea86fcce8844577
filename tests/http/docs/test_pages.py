"""The documentation pages: complete from this server alone."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from marketplace.entrypoints.http.docs import DocsController
from marketplace.entrypoints.http.frame import bare_app
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.http.openapi import openapi_document

PAGES = ["/docs", "/redoc", "/api/schema/swagger-ui/", "/api/schema/redoc/"]
ADDRESSES = re.compile(r"""(?:src|href)=["']?([^"'\s>]+)""")
DEMANDED = re.compile(rb"""(?:url\(|@import\s*["']?|importScripts\(|src:)\s*["']?(?:https?:)?//[^"')\s]+""")
"""Addresses of other hosts in a place from which a browser loads by itself."""
each_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Gate(bare_app([DocsController]), allowed_hosts=frozenset(), new_id=uuid4)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar and httpx name the same types apart
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@each_page
async def test_a_page_is_html(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")


@each_page
async def test_a_page_may_load_nothing_from_other_hosts(client: httpx.AsyncClient, page: str) -> None:
    policy = (await client.get(page)).headers.get_list("content-security-policy")
    assert len(policy) == 1
    rules = dict(rule.strip().split(" ", 1) for rule in policy[0].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert {source for sources in rules.values() for source in sources.split()} <= {
        "'none'", "'self'", "'unsafe-inline'", "data:", "blob:"
    }  # fmt: skip


@each_page
async def test_everything_a_page_names_is_served_here(client: httpx.AsyncClient, page: str) -> None:
    addresses = [one for one in ADDRESSES.findall((await client.get(page)).text) if not one.startswith("data:")]
    assert len(addresses) >= 3
    kinds = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
    for address in addresses:
        assert address.startswith("/"), f"{address} is on another host"
        assert not address.startswith("//"), f"{address} is on another host"
        answer = await client.get(address)
        assert answer.status_code == 200, address
        expected = kinds.get(address[address.rindex(".") :], "application/vnd.oai.openapi+json")
        assert answer.headers["content-type"] == expected
        assert DEMANDED.search(answer.content) is None, address


@pytest.mark.parametrize("path", ["/openapi.json", "/api/schema", "/api/schema/"])
async def test_the_document_is_served_and_can_be_revalidated(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.content == openapi_document()
    again = await client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_other_files_are_not_found(client: httpx.AsyncClient) -> None:
    for name in ("nothing.js", "..%2Fdocs.py", "swagger-ui-bundle.js.map"):
        assert (await client.get(f"/docs/assets/{name}")).status_code == 404
