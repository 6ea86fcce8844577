import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.entrypoints.supervisor import ground
from marketplace.entrypoints.supervisor.readiness import answers, reachable, until_ready, url


def test_port_zero_picks_a_free_port() -> None:
    with ground.bind("127.0.0.1", 0) as listener:
        ground.listen(listener)
        address = reachable(listener)
        assert address[1] > 0
        with socket.create_connection(address):
            pass


def test_a_taken_port_is_one_line_with_a_way_out() -> None:
    with ground.bind("127.0.0.1", 0) as listener:
        ground.listen(listener)
        port = reachable(listener)[1]
        with pytest.raises(ground.StartError, match=f"PORT {port} on 127.0.0.1 is taken .* PORT={port + 1 & 65535}"):
            ground.bind("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ground.StartError, match=r"HOST 192\.0\.2\.1 is not an address of this machine"):
        ground.bind("192.0.2.1", 0)


def test_a_url_puts_ipv6_in_brackets() -> None:
    assert url(("::1", 8000)) == "http://[::1]:8000"


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    folder = ground.run_folder(tmp_path)
    first = ground.lock_for_one_run(folder)
    with pytest.raises(ground.StartError, match=f"already runs on {tmp_path} \\(process {os.getpid()}\\)"):
        ground.lock_for_one_run(folder)
    os.close(first)
    os.close(ground.lock_for_one_run(folder))


async def test_a_start_waits_for_children_of_an_earlier_run(tmp_path: Path) -> None:
    folder = ground.run_folder(tmp_path)
    lock = ground.lock(folder / "children.lock")
    assert lock is not None
    child = subprocess.Popen(["sleep", "60"], pass_fds=(lock,))  # noqa: S607, ASYNC220
    os.close(lock)
    said: list[str] = []

    def child_ends(line: str) -> None:
        said.append(line)
        child.kill()

    os.close(await ground.lock_for_children(folder, child_ends))

    assert said == ["waiting for processes of an earlier run to end"]
    assert child.wait() == -signal.SIGKILL


async def test_a_start_does_not_wait_for_ever(tmp_path: Path) -> None:
    folder = ground.run_folder(tmp_path)
    lock = ground.lock(folder / "children.lock")
    assert lock is not None
    with pytest.raises(ground.StartError, match="do not end"):
        await ground.lock_for_children(folder, lambda _: None, patience=0.01)
    os.close(lock)


def test_private_sockets_move_out_of_a_folder_that_is_too_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()

    paths = ground.private_sockets(deep, 2)

    assert [path.name for path in paths] == ["http-0.sock", "http-1.sock"]
    for path in paths:
        assert len(os.fsencode(path)) <= ground.LONGEST_SOCKET_PATH
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    ground.remove_private_sockets(paths, deep)
    assert not paths[0].parent.exists()


async def test_readiness_is_status_200_and_a_long_wait_is_said_once() -> None:
    replies = iter(["503 Service Unavailable", "503 Service Unavailable", "200 OK"])
    hosts: list[str] = []

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hosts.append((await reader.readuntil(b"\r\n\r\n")).decode().split("Host: ")[1].split("\r\n")[0])
        writer.write(f"HTTP/1.1 {next(replies)}\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    said: list[str] = []
    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()[:2]
        await until_ready(address, "api.example.com", said.append, patience=0)

    assert said == ["not ready yet: /health/ready answers 503; waiting on"]
    assert hosts == ["api.example.com"] * 3


async def test_nobody_answers_on_a_closed_port() -> None:
    with ground.bind("127.0.0.1", 0) as unheard:
        assert await answers(reachable(unheard), "/health/live", "localhost") is None


def test_serve_refuses_a_taken_port_before_it_starts_anything(tmp_path: Path) -> None:
    with ground.bind("127.0.0.1", 0) as listener:
        ground.listen(listener)
        port = reachable(listener)[1]
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": str(port)}
        command = [sys.executable, "-m", "marketplace", "serve"]
        refused = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"marketplace: PORT {port} on 127.0.0.1 is taken")
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "postgres").exists()
