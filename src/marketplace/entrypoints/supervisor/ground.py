"""What a start needs of the machine: folders, locks, the listening socket, the private sockets' paths."""

import asyncio
import errno
import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LONGEST_SOCKET_PATH = 107
"""Bytes; a limit of the kernel."""


class StartError(Exception):
    """One line for people: why the service cannot start, and how to mend it."""


def run_folder(data_dir: Path) -> Path:
    """DATA_DIR/run, for files that mean nothing after the run."""
    folder = data_dir / "run"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "serve.lock").touch()
    except OSError as error:
        raise StartError(f"DATA_DIR {str(data_dir)!r} cannot be used ({error.strerror}); name another one") from None
    return folder


def fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def lock(path: Path) -> int | None:
    """A descriptor that holds the lock while it, or a copy in a child, is open; None while somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def lock_for_one_run(folder: Path) -> int:
    """Refuses a second run on the same data; the file names the process that runs."""
    path = folder / "serve.lock"
    descriptor = lock(path)
    if descriptor is None:
        raise StartError(
            f"marketplace already runs on {folder.parent} (process {path.read_text().strip() or 'unknown'}); "
            "stop it first, or name another folder: DATA_DIR=.data2"
        )
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


async def lock_for_children(folder: Path, say: Callable[[str], None], patience: float = 35.0) -> int:
    """A lock that every child inherits; waits while children of a killed supervisor are still ending."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    said = False
    while (descriptor := lock(folder / "children.lock")) is None:
        if loop.time() > deadline:
            raise StartError("processes of an earlier run do not end; end them (ps shows them as `marketplace _http`)")
        if not said:
            say("waiting for processes of an earlier run to end")
            said = True
        await asyncio.sleep(0.1)
    return descriptor


def bind(host: str, port: int) -> socket.socket:
    """A socket that has its address but does not listen yet: nobody waits before there is somebody to answer."""
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
    except OSError as error:
        if listener:
            listener.close()
        raise StartError(_why_not_bound(host, port, error)) from None
    return listener


def listen(listener: socket.socket) -> None:
    try:
        listener.listen(2048)
    except OSError as error:
        host, port = listener.getsockname()[:2]
        raise StartError(_why_not_bound(host, port, error)) from None


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"PORT {port} on {host} is taken by another program; choose another, for example PORT={port + 1 & 65535}"
    if error.errno == errno.EACCES:
        return f"PORT {port} is reserved for the administrator; choose one above 1023, for example PORT=8000"
    return f"HOST {host} is not an address of this machine ({error.strerror}); for example HOST=127.0.0.1"


def private_sockets(folder: Path, count: int) -> tuple[Path, ...]:
    """One path per HTTP process, in a short temporary folder if `folder` is too deep for a socket."""
    if len(os.fsencode(folder / f"http-{count}.sock")) > LONGEST_SOCKET_PATH or "," in str(folder):
        folder = Path(tempfile.mkdtemp(prefix="market-"))
    paths = tuple(folder / f"http-{index}.sock" for index in range(count))
    for path in paths:
        path.unlink(missing_ok=True)
    return paths


def remove_private_sockets(paths: tuple[Path, ...], folder: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    if paths and paths[0].parent != folder:
        with suppress(OSError):
            paths[0].parent.rmdir()
