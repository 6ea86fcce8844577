import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from tests.integration.embedded.conftest import Make


@contextmanager
def connected(engine: EmbeddedValkey) -> "Iterator[redis.Redis]":
    with redis.Redis.from_url(engine.url) as client:
        yield client


def test_keys_survive_stop_and_start(new_valkey: Make[EmbeddedValkey]) -> None:
    engine = new_valkey()
    engine.start()
    with connected(engine) as client:
        client.set("key", "value")
    engine.stop()
    engine.start()
    with connected(engine) as client:
        assert client.get("key") == b"value"


def test_keys_on_disk_survive_a_kill(new_valkey: Make[EmbeddedValkey]) -> None:
    engine = new_valkey()
    engine.start()
    with connected(engine) as client:
        client.set("key", "value")
        assert client.waitaof(1, 0, 5000)[0] == 1
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
    engine.start()
    with connected(engine) as client:
        assert client.get("key") == b"value"


def test_a_torn_tail_of_the_file_is_cut_off(new_valkey: Make[EmbeddedValkey]) -> None:
    engine = new_valkey()
    engine.start()
    with connected(engine) as client:
        client.set("key", "value")
    engine.stop()
    [file] = (engine._folder / "appendonlydir").glob("*.incr.aof")
    with file.open("ab") as log:
        log.write(b"*3\r\n$3\r\nSET\r\n$4\r\ntorn\r\n$5\r\nva")
    engine.start()
    with connected(engine) as client:
        assert client.get("key") == b"value"
        assert client.get("torn") is None


def test_it_never_evicts(new_valkey: Make[EmbeddedValkey]) -> None:
    engine = new_valkey()
    engine.start()
    with connected(engine) as client:
        settings = client.config_get("maxmemory*", "append*", "save")
    assert settings["maxmemory"] == str(256 * 1024 * 1024)
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["save"] == ""
