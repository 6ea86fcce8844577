"""Applications and containers for tests: building one takes longer than most tests do."""

from asyncio import Lock
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from dishka import AsyncContainer, Provider
from litestar import Litestar

from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from tests import canaries

_IDLE: dict[Hashable, list[Litestar]] = defaultdict(list)
_FOLDER = TemporaryDirectory(prefix="market-apps-")


@dataclass
class _Graph:
    """What a container makes of what, which depends on nothing but `kind`; its DATA_DIR is a link."""

    kind: Hashable
    link: Path
    overrides: tuple[Provider, ...]
    unused: AsyncContainer

    def container(self, data_dir: Path, overrides: tuple[Provider, ...]) -> AsyncContainer:
        """A new one, in which nothing is made yet."""
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(data_dir)
        for ours, given in zip(self.overrides, overrides, strict=True):
            vars(ours).update(vars(given))
        container = _copied(self.unused)
        if outer := self.unused.parent_container:
            outer = _copied(outer)
            container.parent_container = outer
            container.parent_getter, container.parent_closer = outer._get, outer.__aexit__
        return container


_GRAPHS: deque[_Graph] = deque(maxlen=8)
"""Those that nobody uses; of databases that are gone too, hence the limit."""


@asynccontextmanager
async def a_container(settings: Settings, *overrides: Provider, pool_size: int = 16) -> AsyncIterator[AsyncContainer]:
    """Like `build`, closed at the end. An override is a class that reads what it provides from its attributes."""
    storage = settings.storage_url.replace(settings.data_dir.as_uri(), "")
    kind = (replace(settings, data_dir=Path(), storage_url=storage), pool_size, *map(type, overrides))
    graph = next((idle for idle in _GRAPHS if idle.kind == kind), None)
    if graph:
        _GRAPHS.remove(graph)
    else:
        graph = _a_graph(kind, settings, overrides, pool_size)
    container = graph.container(settings.data_dir, overrides)
    try:
        yield container
    finally:
        await container.close()
        _GRAPHS.append(graph)


def _a_graph(kind: Hashable, settings: Settings, overrides: tuple[Provider, ...], pool_size: int) -> _Graph:
    link = Path(mkdtemp(dir=_FOLDER.name)) / "data"
    storage = settings.storage_url.replace(settings.data_dir.as_uri(), link.as_uri())
    unused = build(replace(settings, data_dir=link, storage_url=storage), *overrides, pool_size=pool_size)
    return _Graph(kind, link, overrides, unused)


def _copied(container: AsyncContainer) -> AsyncContainer:
    copied = copy(container)
    copied._cache, copied._exits, copied.lock = dict(container._cache), [], Lock()
    return copied


@contextmanager
def an_app(container: AsyncContainer, settings: Settings) -> Iterator[Litestar]:
    """One that nobody else uses meanwhile, over this container; afterwards another test may have it with its own."""
    built_of = (
        settings.is_development, settings.rate_limits.api, settings.key("idempotency"), settings.debug,
        tuple(settings.allowed_origins),
    )  # fmt: skip
    idle = _IDLE[built_of]
    app = idle.pop() if idle else _built(container, settings)
    app.state.dishka_container = container
    try:
        yield app
    finally:
        idle.append(app)


def _built(container: AsyncContainer, settings: Settings) -> Litestar:
    app = create_app(container, settings)
    app.before_send.append(canaries.hear)
    return app
