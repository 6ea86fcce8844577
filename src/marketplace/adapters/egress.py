"""Outbound HTTP to providers that the operator chose: the only place that uses an HTTP client."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import httpx

from marketplace.domain.shared.errors import Unavailable

WITHIN = 10.0
"""Seconds for the whole exchange."""
LARGEST = 1_048_576
"""Bytes of an answer's body."""


class ProviderUnavailable(Unavailable):
    code = "provider_unavailable"


class OriginNotAllowed(Exception):
    """A fault of ours: the code asks for a host that wiring did not allow."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """Found without regard to case."""
    body: bytes


class ProviderHttp:
    """Speaks to the allowed origins ("https://api.example.com") only; redirects are answers, never followed.

    Not for addresses that people give: those need their IP address checked and pinned as well (rule D13).
    """

    def __init__(self, allowed_origins: Iterable[str], *, within: float = WITHIN, largest: int = LARGEST) -> None:
        self._allowed = {_origin(httpx.URL(origin)) for origin in allowed_origins}
        self._within = within
        self._largest = largest
        self._client = httpx.AsyncClient(
            follow_redirects=False, trust_env=False, timeout=within, headers={"accept-encoding": "identity"}
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Answer:
        """Whatever the provider answers, errors too. Raises ProviderUnavailable when it gives no answer we can take.

        `data` is sent as a form. After ProviderUnavailable the request may still have taken effect.
        """
        address = httpx.URL(url)
        if _origin(address) not in self._allowed or address.userinfo:
            raise OriginNotAllowed(f"{address.scheme}://{address.host} is not among the allowed origins")
        request = self._client.build_request(method, address, headers=headers, content=content, data=data, json=json)
        try:
            async with asyncio.timeout(self._within):
                answer = await self._client.send(request, stream=True)
                try:
                    return Answer(answer.status_code, answer.headers, await self._body(answer))
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderUnavailable(f"{address.host} does not answer ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._client.aclose()

    async def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > self._largest:
                raise ProviderUnavailable(f"{answer.url.host} answers with more than {self._largest} bytes")
        return bytes(body)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
