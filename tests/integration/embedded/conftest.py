"""Engines of a test's own, which it may kill."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from marketplace.adapters.embedded.engine import Engine
from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from tests.engines import open_folder

BINARIES: dict[str, Path | None] = {"wheel": None}


AnyEngine = TypeVar("AnyEngine", bound=Engine, covariant=True)


class Make(Protocol[AnyEngine]):
    """Makes an engine that is stopped at the end; without a folder of its own it uses one shared by the session."""

    def __call__(self, data_dir: Path | None = None) -> AnyEngine: ...


@pytest.fixture(scope="session")
def shared() -> Iterator[Path]:
    with open_folder() as path:
        yield path


def postgres_maker(binaries: str, shared: Path, stack: ExitStack) -> Make[EmbeddedPostgres]:
    def make(data_dir: Path | None = None) -> EmbeddedPostgres:
        engine = EmbeddedPostgres(data_dir or shared / binaries, bin_dir=BINARIES[binaries])
        stack.callback(engine.stop)
        return engine

    return make


def valkey_maker(shared: Path, stack: ExitStack) -> Make[EmbeddedValkey]:
    def make(data_dir: Path | None = None) -> EmbeddedValkey:
        engine = EmbeddedValkey(data_dir or shared / "valkey")
        stack.callback(engine.stop)
        return engine

    return make


@pytest.fixture(params=BINARIES)
def new_postgres(request: pytest.FixtureRequest, shared: Path) -> Iterator[Make[EmbeddedPostgres]]:
    with ExitStack() as stack:
        yield postgres_maker(request.param, shared, stack)


@pytest.fixture
def new_valkey(shared: Path) -> Iterator[Make[EmbeddedValkey]]:
    with ExitStack() as stack:
        yield valkey_maker(shared, stack)


@pytest.fixture(params=[*BINARIES, "valkey"])
def new_engine(request: pytest.FixtureRequest, shared: Path) -> Iterator[Make[Engine]]:
    """Of any kind."""
    with ExitStack() as stack:
        yield valkey_maker(shared, stack) if request.param == "valkey" else postgres_maker(request.param, shared, stack)


def as_nobody(work: Callable[[], str]) -> str:
    """The text that `work` returns in a process of the user nobody; root only."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(write, work().encode())
        except BaseException as error:
            os.write(write, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text
