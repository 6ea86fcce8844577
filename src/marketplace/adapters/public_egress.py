"""Outbound HTTPS to addresses that people give (reliability rule D13)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import httpcore

from marketplace.adapters.egress import LARGEST, WITHIN, Answer, ProviderUnavailable

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a host."""

_NOT_PUBLIC = tuple(
    map(ip_network, ("224.0.0.0/4", "192.88.99.0/24", "::/16", "64:ff9b::/32", "2001::/23", "2002::/16", "fec0::/10",
                     "ff00::/8"))
)  # fmt: skip
"""What `is_global` lets through: multicast, and IPv6 that carries an IPv4 address inside."""


class AddressNotPublic(Exception):
    """Not https on port 443, or a host that is not, or not only, on the public internet."""


async def system_resolve(host: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def is_public(text: str) -> bool:
    address = ip_address(text)
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


class PublicHttp:
    """Resolves a host itself, requires every address to be public, and connects to the one it looked at.

    Redirects are answers, never followed; nothing of the environment (proxies) is used.
    """

    def __init__(self, *, resolve: Resolve = system_resolve, within: float = WITHIN, largest: int = LARGEST) -> None:
        """`within`: seconds for the whole exchange. `largest`: bytes of an answer's body."""
        self._within = within
        self._largest = largest
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=_PublicNetwork(resolve), max_connections=100, keepalive_expiry=30
        )

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        """Raises AddressNotPublic, or ProviderUnavailable when there is no answer we can take.

        The names of the answer's headers are in small letters. After ProviderUnavailable the request may still have
        taken effect.
        """
        address = _https(url)
        host = address.host.decode()
        try:
            async with (
                asyncio.timeout(self._within),
                self._pool.stream(method, address, headers=_lines(host, headers, content), content=content) as answer,
            ):
                named = {name.decode().lower(): value.decode("latin-1") for name, value in answer.headers}
                return Answer(answer.status, named, await self._body(host, answer))
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise ProviderUnavailable(f"{host} does not answer ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._pool.aclose()

    async def _body(self, host: str, answer: httpcore.Response) -> bytes:
        body = bytearray()
        async for part in answer.aiter_stream():
            body += part
            if len(body) > self._largest:
                raise ProviderUnavailable(f"{host} answers with more than {self._largest} bytes")
        return bytes(body)


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        addresses = await self._resolve(host)
        if not addresses or not all(map(is_public, addresses)):
            raise AddressNotPublic(f"{host} is not on the public internet")
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _https(url: str) -> httpcore.URL:
    try:
        address = httpcore.URL(url)
    except (ValueError, TypeError):
        raise AddressNotPublic("it is not a URL") from None
    if address.scheme != b"https" or address.port not in {None, 443} or not address.host or "@" in urlsplit(url).netloc:
        raise AddressNotPublic("it is not an https URL on port 443")
    return address


def _lines(host: str, headers: Mapping[str, str] | None, content: bytes | None) -> list[tuple[str, str]]:
    return [("Host", host), ("Content-Length", str(len(content or b""))), *(headers or {}).items()]
