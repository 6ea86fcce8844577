"""Outbound HTTP, to providers that the operator chose and to addresses that people give: the only place that uses an
HTTP client."""

import asyncio
import re
import ssl
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import httpx

from marketplace.adapters.addresses import Resolve, is_loopback, is_public, resolve
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

    Not for addresses that people give: PublicHttp is for those.
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


class AddressRefused(Exception):
    """We do not connect there; the message says why, and nothing of what it resolves to."""


class NoAnswer(Exception):
    """We did connect, or tried to; the message says what went wrong."""


class PublicHttp:
    """Speaks to public addresses that people give (rule D13), over TLS and to usual ports.

    A name is resolved once, every address it has must be public, and the connection is made to the address that was
    looked at. Redirects are answers, never followed. With `to_loopback` our own machine may be spoken to as well, on
    any port and without TLS: for development and tests. `trusted`: whose certificates count.
    """

    def __init__(
        self, *, within: float, largest: int, resolve: Resolve = resolve, ports: Collection[int] = (443,),
        to_loopback: bool = False, trusted: ssl.SSLContext | bool = True,
    ) -> None:  # fmt: skip
        self._within = within
        self._largest = largest
        self._resolve = resolve
        self._ports = ports
        self._to_loopback = to_loopback
        self._client = httpx.AsyncClient(
            follow_redirects=False, trust_env=False, timeout=within, headers={"accept-encoding": "identity"},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0), verify=trusted,
        )  # fmt: skip

    async def require_public(self, url: str) -> None:
        """Raises AddressRefused; a name that has no address now is not refused."""
        address = _address(url)
        try:
            async with asyncio.timeout(self._within):
                found = await self._addresses_of(address)
        except TimeoutError:
            found = ()
        self._require(address, found)

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """The first `largest` bytes of whatever it answers. Raises AddressRefused, NoAnswer."""
        address = _address(url)
        try:
            async with asyncio.timeout(self._within):
                found = await self._addresses_of(address)
                self._require(address, found)
                if not found:
                    raise NoAnswer("its name does not resolve")
                answer = await self._client.send(
                    _pinned(self._client, address, found[0], headers, content), stream=True
                )
                try:
                    return Answer(answer.status_code, answer.headers, await self._beginning(answer))
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise NoAnswer(f"did not answer within {self._within:g} s") from None
        except httpx.HTTPError as error:
            raise NoAnswer(f"did not answer ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._client.aclose()

    async def _addresses_of(self, address: httpx.URL) -> Sequence[str]:
        return await self._resolve(address.raw_host.decode(), _port(address))

    def _require(self, address: httpx.URL, found: Sequence[str]) -> None:
        if self._to_loopback and found and all(map(is_loopback, found)):
            return
        if address.scheme != "https":
            raise AddressRefused("must begin with https://")
        if _port(address) not in self._ports:
            raise AddressRefused(f"has a port other than {', '.join(map(str, self._ports))}")
        if not all(map(is_public, found)):
            raise AddressRefused("does not lead to the public internet")

    async def _beginning(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) >= self._largest:
                break
        return bytes(body[: self._largest])


_PLAIN = re.compile(r"https?://[!-\[\]-~]{1,2000}", re.IGNORECASE)
"""Visible ASCII without the backslash, which some read as a slash."""


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url) if _PLAIN.fullmatch(url) else None
        host = address.host if address else ""
    except (httpx.InvalidURL, UnicodeError):  # the latter for what is no Punycode behind xn--
        address, host = None, ""
    if address is None or not host:
        raise AddressRefused("is not a URL in plain ASCII that begins with https://")
    if address.userinfo or address.fragment:
        raise AddressRefused("has a user name, a password or a fragment")
    return address


def _port(address: httpx.URL) -> int:
    return address.port or (443 if address.scheme == "https" else 80)


def _pinned(
    client: httpx.AsyncClient, address: httpx.URL, ip: str, headers: Mapping[str, str], content: bytes
) -> httpx.Request:
    """To the address that was looked at; the certificate must be of the name that was asked for."""
    named = {**headers, "host": address.netloc.decode()}
    extensions = {"sni_hostname": address.raw_host.decode(), "timeout": client.timeout.as_dict()}
    return client.build_request(
        "POST", address.copy_with(host=ip), headers=named, content=content, extensions=extensions
    )
