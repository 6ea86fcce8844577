"""X2: hostile URLs asked for in a network namespace where somebody listens on every address that they mean."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Sequence

from marketplace.adapters.addresses import resolve
from marketplace.adapters.egress import AddressRefused, NoAnswer, PublicHttp
from prove.hostile_urls import NAMES, urls

OURS_4 = ("169.254.169.254", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.100.100.200")
OURS_6 = ("fd00::1", "fd00:ec2::254")
PORT = 4443


class Names:
    """A name server of ours: one answer after the other, the last again and again; numbers are what they are."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        name = host.lower().rstrip(".")
        if name in NAMES or name.endswith("localhost"):
            return ["127.0.0.1"]
        if answers := self.answers.get(name.partition(".")[0]):
            return answers.pop(0) if len(answers) > 1 else answers[0]
        return await resolve(host, port) if _is_numeric(host) else ()


def _is_numeric(host: str) -> bool:
    try:
        socket.getaddrinfo(host, 1, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


async def addresses() -> list[str]:
    """The violations, of a process in a namespace; prints a line of figures. Needs `unshare` and `ip`."""
    adding = [f"ip addr add {one} dev lo" for one in (*OURS_4, *OURS_6)]
    script = "; ".join(["ip link set lo up", *adding, 'exec "$0" -m prove.addresses'])
    inside = await asyncio.create_subprocess_exec(
        "unshare", "-rn", "sh", "-c", script, sys.executable, stdout=subprocess.PIPE, env=os.environ
    )
    said, _ = await inside.communicate()
    *figures, connected = said.decode().splitlines() or ["", "no namespace could be made"]
    print(f"addresses: {' '.join(figures)}")
    return [] if connected == "0" and inside.returncode == 0 else [f"X2: connections to ours: {connected}"]


async def _inside() -> None:
    connections: list[object] = []

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("sockname"))
        writer.close()

    servers = [await asyncio.start_server(count, host, PORT) for host in ("0.0.0.0", "::")]  # noqa: S104 - own namespace
    for known in ("127.0.0.1", "::1", *OURS_4, *OURS_6):
        _, writer = await asyncio.open_connection(known, PORT)
        writer.close()
    await asyncio.sleep(0.1)
    assert len(connections) == 2 + len(OURS_4) + len(OURS_6), "somebody listens everywhere"
    connections.clear()
    http = PublicHttp(within=0.3, largest=100, resolve=Names().resolve, ports=range(65_536))
    refused = nowhere = 0
    tried = urls(PORT)
    for url in tried:
        for call in (http.require_public(url), http.post(url, headers={}, content=b"{}")):
            try:
                await call
            except AddressRefused:
                refused += 1
            except NoAnswer:
                nowhere += 1
    await asyncio.sleep(0.1)
    print(f"{len(set(tried))} hostile URLs saved and sent to: {refused} refused, {nowhere} names of nothing;", end=" ")
    print(f"{len(connections)} connections\n{len(connections)}")
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(_inside())
