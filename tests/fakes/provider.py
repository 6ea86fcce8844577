"""A provider's HTTP server on a port of its own, scripted by the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class Provider:
    """`answer` is asked for each request; the requests are kept in `received`."""

    answer: Callable[[Received], Awaitable[web.StreamResponse] | web.StreamResponse]
    origin: str = ""
    received: list[Received] = field(default_factory=list)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.method, request.raw_path, headers, await request.read()))
        answer = self.answer(self.received[-1])
        return answer if isinstance(answer, web.StreamResponse) else await answer


@asynccontextmanager
async def running(provider: Provider) -> AsyncIterator[Provider]:
    runner = web.ServerRunner(web.Server(provider._handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    provider.origin = f"http://{host}:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()


async def silence(_: Received) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError
