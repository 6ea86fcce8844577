"""localstripe, somebody else's Stripe: in a process of its own, on a port of its own, with nothing written to disk."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

from marketplace.adapters.gateways.stripe_client import StripeHttp

_START = """
import socket
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
door = socket.socket()
door.bind(("127.0.0.1", 0))
door.listen()
print(door.getsockname()[1], flush=True)
web.run_app(server.app, sock=door, print=None, access_log=None)
"""
UNKNOWN = ("return_url", "description", "automatic_payment_methods[enabled]")
"""Parameters of Stripe's that it refuses."""


class LocalStripeHttp(StripeHttp):
    """Leaves out what localstripe does not know."""

    async def request_async(
        self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any
    ) -> tuple[bytes, int, Any]:
        known = [(name, value) for name, value in parse_qsl(post_data or "") if name not in UNKNOWN]
        return await super().request_async(method, url, headers, urlencode(known), **more)


@contextmanager
def running_localstripe() -> Iterator[str]:
    """Its origin."""
    command = [sys.executable, "-c", _START]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
