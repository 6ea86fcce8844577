"""As much of clamd as INSTREAM needs: it knows one virus, the harmless one of EICAR."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LARGEST = 8 * 1024 * 1024


class Clamd:
    """`broken`: it answers nonsense; `silent`: nothing."""

    def __init__(self) -> None:
        self.url = ""
        self.broken = False
        self.silent = False
        self._server: asyncio.Server | None = None

    async def start(self, socket: Path | None) -> None:
        if socket:
            self._server = await asyncio.start_unix_server(self._serve, socket)
            self.url = f"unix://{socket}"
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.url = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(length)
        verdict = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        if self.broken or len(content) > LARGEST:
            verdict = b"INSTREAM size limit exceeded. ERROR"
        if not self.silent:
            writer.write(verdict + b"\0")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def running_clamd(socket: Path | None = None) -> AsyncIterator[Clamd]:
    """On a free port, or on a Unix socket."""
    clamd = Clamd()
    await clamd.start(socket)
    try:
        yield clamd
    finally:
        await clamd.stop()
