import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from urllib.parse import urlsplit

from marketplace.application.shared.scanning import InfectedFile, ScannerUnavailable, VirusScan

CHUNK = 64 * 1024
TIMEOUT = 20.0
"""Seconds for one file."""


class ClamdScan(VirusScan):
    """clamd's INSTREAM (man 8 clamd). `url` is tcp://HOST:PORT or unix:///SOCKET."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    async def scan(self, content: bytes) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                verdict = await self._verdict(content)
        except (OSError, EOFError):
            raise ScannerUnavailable("the virus scanner does not answer, try again") from None
        if verdict.endswith(" FOUND"):
            raise InfectedFile("contains malware", field="file")
        if verdict != "stream: OK":
            raise ScannerUnavailable("the virus scanner cannot look at this file now, try again")

    async def _verdict(self, content: bytes) -> str:
        reader, writer = await self._connected()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                writer.write(struct.pack(">I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")
        finally:
            writer.close()

    async def _connected(self) -> tuple[StreamReader, StreamWriter]:
        if self._url.scheme == "unix":
            return await asyncio.open_unix_connection(self._url.path)
        return await asyncio.open_connection(self._url.hostname, self._url.port)


class NoScan(VirusScan):
    """Where no scanner is set up."""

    async def scan(self, content: bytes) -> None:
        pass
