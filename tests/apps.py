"""Applications for tests: building one with all its routes takes longer than most tests do."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from dishka import AsyncContainer
from litestar import Litestar

from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.wiring.settings import Settings
from tests import canaries

_IDLE: dict[Hashable, list[Litestar]] = defaultdict(list)


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
