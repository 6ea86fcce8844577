"""Where a request comes from. The gate notes the scope of each; a Caller is made of it only when somebody asks."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from dishka import Provider, Scope, provide

from marketplace.application.shared.caller import Caller

LANGUAGES = ("en", "ru", "uz", "ar", "hi")
LONGEST_DEVICE = 200
"""Characters of a User-Agent."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")
_PORT = re.compile(r"(?:\[(.*)\]|([^:]*))(?::[0-9]+)?")
_scope: ContextVar[Any] = ContextVar("scope", default=None)


@contextmanager
def calling(scope: Any) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


class CallerProvider(Provider):
    @provide(scope=Scope.REQUEST)
    def caller(self) -> Caller:
        """Of the request, or of the handshake that a socket began with; of nobody in the worker."""
        scope = _scope.get()
        if scope is None:
            return Caller()
        headers = dict(scope["headers"])
        return Caller(
            address=scope["state"]["address"],
            device=_CONTROLS.sub("", headers.get(b"user-agent", b"").decode("latin-1"))[:LONGEST_DEVICE],
            language=language_of(headers.get(b"accept-language", b"").decode("latin-1")),
            request_id=scope["state"].get("request_id", ""),
        )


class Addresses:
    """The address a request comes from: the connection's, or what X-Forwarded-For says if a listed proxy says it."""

    def __init__(self, proxies: Iterable[IPv4Network | IPv6Network]) -> None:
        self._proxies = tuple(proxies)
        self._is_proxy = lru_cache(4_096)(self._is_listed)

    def of(self, scope: Any) -> str:
        """Empty if the client has left before it was looked at."""
        if scope["client"] is None:
            return _last_forwarded(scope) if _is_private(scope) else ""
        peer: str = scope["client"][0]
        return self._forwarded(scope, peer) if self._proxies and self._is_proxy(peer) else peer

    def _forwarded(self, scope: Any, peer: str) -> str:
        """Each proxy adds on the right whom it was called by: the first from there that is none of ours is the client.

        What is no address was not written by a proxy of ours: then the proxy itself is the client.
        """
        client = peer
        for entry in reversed(_x_forwarded_for(scope)):
            found = _address(entry)
            if found is None:
                return client
            client = found
            if not self._is_proxy(client):
                return client
        return client

    def _is_listed(self, address: str) -> bool:
        known = _address(address)
        return known is not None and any(ip_address(known) in network for network in self._proxies)


def _is_private(scope: Any) -> bool:
    """Whether the request came over this process's own Unix socket, which only processes of this node can open."""
    return scope.get("server") is not None and scope["server"][1] is None


def _last_forwarded(scope: Any) -> str:
    entries = _x_forwarded_for(scope)
    return entries[-1].strip() if entries else ""


def _x_forwarded_for(scope: Any) -> list[str]:
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return ",".join(values).split(",") if values else []


def _address(text: str) -> str | None:
    """In its shortest form, without port and zone; an IPv4 address in IPv6 clothes as IPv4."""
    text = text.strip()
    if (port := _PORT.fullmatch(text)) is not None:
        text = port[1] or port[2]
    try:
        known = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str((known.ipv4_mapped or known) if isinstance(known, IPv6Address) else known)


def language_of(accepted: str) -> str:
    """The language of ours that an Accept-Language header likes best; of equals the first."""
    best, most = LANGUAGES[0], 0.0
    for part in accepted[:500].split(","):
        wanted = _RANGE.fullmatch(part)
        if wanted is None:
            continue
        quality = min(1.0, float(wanted[2] or 1))
        if quality > most and wanted[1].lower() in LANGUAGES:
            best, most = wanted[1].lower(), quality
    return best
