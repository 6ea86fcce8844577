import asyncio
import socket

from marketplace.entrypoints.supervisor.supervisor import Say


async def answers(address: tuple[str, int], path: str, host: str, patience: float = 5.0) -> int | None:
    """The status of GET `path`, None if nobody answers within `patience` seconds."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(*address)
            try:
                request = (
                    f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
                )
                writer.write(request.encode())
                words = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return None
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


async def until_ready(address: tuple[str, int], host: str, say: Say, patience: float = 20.0) -> None:
    """Wait for 200 of /health/ready; say once, after `patience` seconds, that it is still missing."""
    loop = asyncio.get_running_loop()
    started, said = loop.time(), False
    while (status := await answers(address, "/health/ready", host)) != 200:
        if not said and loop.time() - started > patience:
            said = True
            say(f"not ready yet: /health/ready answers {status or 'nothing'}; waiting on")
        await asyncio.sleep(0.05)


def reachable(listener: socket.socket) -> tuple[str, int]:
    """An address at which the socket answers from this machine."""
    name, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name), port  # noqa: S104 - compared, not bound


def url(address: tuple[str, int]) -> str:
    name, port = address
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
