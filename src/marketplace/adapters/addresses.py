"""Which addresses of the internet we may connect to on behalf of people (reliability rule D13)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, as texts; none when it has none."""

_REFUSED_4 = tuple(
    IPv4Network(text)
    for text in (
        "168.63.129.16/32",  # the host of a virtual machine at Azure
        "192.0.0.0/24",  # for protocols; the metadata of Oracle's cloud
        "192.88.99.0/24",  # relays of 6to4
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # for protocols, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 leads to whatever IPv4 address it holds
        "3fff::/20",
    )
)
"""Of the global range. What leads on to IPv4 (mapped, NAT64) is outside of it."""

_LOOKING_UP = ThreadPoolExecutor(64, thread_name_prefix="resolve")
"""A name server that does not answer takes its time: others are not to wait for it."""


def is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in one for one in _REFUSED_4)
    return _is_public_6(address)


def _is_public_6(address: IPv6Address) -> bool:
    return address in _GLOBAL_6 and address.is_global and not any(address in one for one in _REFUSED_6)


def is_loopback(text: str) -> bool:
    return ip_address(text.partition("%")[0]).is_loopback


async def resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_LOOKING_UP, socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [str(address[0]) for *_, address in found]
