"""The client for providers, against a real server."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from marketplace.adapters.egress import OriginNotAllowed, ProviderHttp, ProviderUnavailable
from tests.fakes.provider import Provider, running, silence


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running(
        Provider(lambda _: web.Response(status=201, text="made", headers={"X-Kind": "thing"}))
    ) as started:
        yield started


@pytest.fixture
async def http(provider: Provider) -> AsyncIterator[ProviderHttp]:
    client = ProviderHttp([provider.origin], within=1.0, largest=1_000)
    yield client
    await client.close()


async def test_a_request_arrives_whole_and_so_does_its_answer(provider: Provider, http: ProviderHttp) -> None:
    status, headers, body = await http.request(
        "POST", f"{provider.origin}/v1/things?a=b", headers={"Authorization": "Bearer k"}, json={"name": "Amina"}
    )
    assert (status, headers["x-kind"], body) == (201, "thing", b"made")
    (received,) = provider.received
    assert (received.method, received.path, received.body) == ("POST", "/v1/things?a=b", b'{"name":"Amina"}')
    assert received.headers["authorization"] == "Bearer k"
    assert received.headers["content-type"] == "application/json"


async def test_a_form(provider: Provider, http: ProviderHttp) -> None:
    await http.request("POST", provider.origin, data={"To": "+998901234567", "Body": "a & b"})
    assert provider.received[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert provider.received[0].body == b"To=%2B998901234567&Body=a+%26+b"


async def test_other_origins_are_never_asked(provider: Provider, http: ProviderHttp) -> None:
    port = provider.origin.rpartition(":")[2]
    for url in (
        "http://127.0.0.1:1/", f"http://localhost:{port}/", f"https://127.0.0.1:{port}/", "file:///etc/passwd",
        f"http://someone@127.0.0.1:{port}/", f"http://127.0.0.1:{port}@other.example/", "/v1/things",
    ):  # fmt: skip
        with pytest.raises(OriginNotAllowed):
            await http.request("GET", url)
    assert provider.received == []


async def test_a_redirect_is_an_answer(provider: Provider, http: ProviderHttp) -> None:
    provider.answer = lambda _: web.Response(status=302, headers={"Location": f"{provider.origin}/elsewhere"})
    assert (await http.request("GET", provider.origin)).status == 302
    assert len(provider.received) == 1


async def test_an_answer_too_large_is_cut_off(provider: Provider, http: ProviderHttp) -> None:
    provider.answer = lambda _: web.Response(body=b"x" * 1_001)
    with pytest.raises(ProviderUnavailable, match="more than 1000 bytes"):
        await http.request("GET", provider.origin)
    provider.answer = lambda _: web.Response(body=b"x" * 1_000)
    assert len((await http.request("GET", provider.origin)).body) == 1_000


async def test_silence_and_absence_are_unavailable(provider: Provider) -> None:
    http = ProviderHttp([provider.origin, "http://127.0.0.1:1"], within=0.1)
    provider.answer = silence
    for origin in (provider.origin, "http://127.0.0.1:1"):
        with pytest.raises(ProviderUnavailable):
            await http.request("GET", origin)
    await http.close()
