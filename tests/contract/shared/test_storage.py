"""The fake of the unit tests, a folder and an S3 bucket keep one contract."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from obstore.store import S3Store

from marketplace.adapters.storage.objects import ObjectStorage, open_store
from marketplace.application.shared.storage import ObjectNotFound, Storage, StorageUnavailable
from tests.contract.shared.s3_server import BUCKET, KEY_ID, REGION, SECRET, S3Server, running_s3
from tests.fakes.storage import MemoryStorage

KEY = "avatars/0f3c-64.webp"
LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class StorageContract:
    @pytest.mark.parametrize("content", [b"", b"x", os.urandom(3_000_000)], ids=["empty", "small", "large"])
    async def test_an_object_comes_back_as_put(self, storage: Storage, content: bytes) -> None:
        await storage.put(KEY, content)
        found = await storage.get(KEY)
        assert (found.content_type, found.size) == ("image/webp", len(content))
        assert await found.read() == content
        assert await storage.exists(KEY)

    async def test_a_second_put_replaces(self, storage: Storage) -> None:
        await storage.put(KEY, b"first and longer")
        await storage.put(KEY, b"second")
        assert await (await storage.get(KEY)).read() == b"second"

    async def test_what_is_not_there_is_not_found_and_deleted_already(self, storage: Storage) -> None:
        with pytest.raises(ObjectNotFound):
            await storage.get(KEY)
        assert not await storage.exists(KEY)
        await storage.delete(KEY)
        await storage.put(KEY, b"x")
        await storage.delete(KEY)
        await storage.delete(KEY)
        assert not await storage.exists(KEY)

    async def test_keys_do_not_touch_each_other(self, storage: Storage) -> None:
        others = ["avatars/0f3c-256.webp", "avatars/0f3d-64.webp", "documents/2030/0f3c-64.pdf"]
        for key in (KEY, *others):
            await storage.put(key, key.encode())
        await storage.delete(KEY)
        assert [await (await storage.get(key)).read() for key in others] == [key.encode() for key in others]
        assert (await storage.get(others[2])).content_type == "application/pdf"

    async def test_the_keys_of_a_folder_are_told_by_their_age(self, storage: Storage) -> None:
        keys = {f"avatars/0f3c-{number}.webp" for number in range(30)}
        for key in keys:
            await storage.put(key, b"x")
        await storage.put("avatars-of-old/0f3c.webp", b"x")
        assert {key async for key in storage.keys("avatars", LONG_AGO)} == set()
        assert {key async for key in storage.keys("avatars", LATER)} == keys
        assert [key async for key in storage.keys("nothing", LATER)] == []

    @pytest.mark.parametrize("key", [
        "", "x.webp", "/etc/x.webp", "avatars/../x.webp", "avatars/x", "avatars/x.html", "avatars/X.webp",
        "avatars/x.webp\n", "avatars//x.webp", "avatars/x.svg", "avatars/é.webp", "avatars/x.webp/",
    ])  # fmt: skip
    async def test_only_keys_of_ours_are_keys(self, storage: Storage, key: str) -> None:
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.put(key, b"x")
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.get(key)
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.delete(key)
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.exists(key)

    async def test_a_reader_sees_one_of_two_contents_never_a_mixture(self, storage: Storage) -> None:
        contents = [bytes([letter]) * 400_000 for letter in b"ab"]
        await storage.put(KEY, contents[0])

        async def write() -> None:
            for turn in range(20):
                await storage.put(KEY, contents[turn % 2])

        writing = asyncio.create_task(write())
        while not writing.done():
            assert await (await storage.get(KEY)).read() in contents
            await asyncio.sleep(0)
        await writing


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()

    async def test_an_unreachable_storage_says_so(self) -> None:
        storage = MemoryStorage()
        storage.unreachable = True
        await refuses(storage)


class TestFolder(StorageContract):
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "with space" / "files"

    @pytest.fixture
    def storage(self, folder: Path) -> Storage:
        return ObjectStorage(open_store(folder.as_uri()))

    async def test_an_object_is_a_file_under_its_key(self, storage: Storage, folder: Path) -> None:
        await storage.put(KEY, b"x")
        assert files_in(folder) == {KEY: b"x"}

    async def test_a_folder_that_cannot_be_written_says_so(self, storage: Storage, folder: Path) -> None:
        (folder / "avatars").write_bytes(b"a file where a folder should be")
        with pytest.raises(StorageUnavailable):
            await storage.put(KEY, b"x")

    def test_a_writer_that_is_killed_leaves_the_old_object_or_the_new(self, folder: Path) -> None:
        command = [sys.executable, "-c", WRITER, folder.as_uri(), KEY]
        for _ in range(5):
            with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:  # noqa: S603
                assert writer.stdout
                assert writer.stdout.read(1) == b"+"
                writer.send_signal(signal.SIGKILL)
            content = (folder / KEY).read_bytes()
            assert len(content) == 400_000
            assert len(set(content)) == 1


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WRITER = """
import asyncio, sys
from marketplace.adapters.storage.objects import ObjectStorage, open_store
async def write():
    storage, turn = ObjectStorage(open_store(sys.argv[1])), 0
    while True:
        await storage.put(sys.argv[2], bytes([97 + turn % 26]) * 400_000)
        print(end="+", flush=True)
        turn += 1
asyncio.run(write())
"""


class TestS3(StorageContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[S3Server]:
        async with running_s3() as server:
            yield server

    @pytest.fixture
    def storage(self, server: S3Server) -> Storage:
        return ObjectStorage(bucket(server))

    async def test_objects_carry_their_type_and_every_request_is_signed(
        self, storage: Storage, server: S3Server
    ) -> None:
        await storage.put(KEY, b"x")
        assert server.objects == {KEY: (b"x", "image/webp")}
        assert server.refused == 0

    async def test_a_wrong_secret_and_a_broken_bucket_say_so(self, storage: Storage, server: S3Server) -> None:
        await refuses(ObjectStorage(bucket(server, secret="another")))
        assert server.refused > 0
        server.broken = True
        await refuses(storage)


def bucket(server: S3Server, secret: str = SECRET) -> S3Store:
    return S3Store(
        BUCKET, endpoint=server.url, region=REGION, access_key_id=KEY_ID, secret_access_key=secret,
        client_options={"allow_http": True}, retry_config={"max_retries": 0},
    )  # fmt: skip


async def refuses(storage: Storage) -> None:
    with pytest.raises(StorageUnavailable):
        await storage.put(KEY, b"x")
    with pytest.raises(StorageUnavailable):
        await storage.get(KEY)
    with pytest.raises(StorageUnavailable):
        await storage.exists(KEY)
    with pytest.raises(StorageUnavailable):
        await storage.delete(KEY)
