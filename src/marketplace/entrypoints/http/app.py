"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dishka import AsyncContainer
from dishka.integrations.litestar import setup_dishka
from litestar import Litestar
from litestar.config.cors import CORSConfig

from marketplace.entrypoints.http.auth import signed_in
from marketplace.entrypoints.http.docs import DocsController
from marketplace.entrypoints.http.frame import CONTROLLERS, DEVELOPMENT_CONTROLLERS, bare_app
from marketplace.entrypoints.http.idempotency import idempotency
from marketplace.entrypoints.http.limits import rate_limits
from marketplace.entrypoints.http.problems import note_refusal
from marketplace.entrypoints.web.account import AccountPages
from marketplace.entrypoints.wiring.settings import Settings


def create_app(container: AsyncContainer, settings: Settings) -> Litestar:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        yield
        await app.state.dishka_container.close()

    handlers = [
        *CONTROLLERS,
        DocsController,
        AccountPages,
        *(DEVELOPMENT_CONTROLLERS if settings.is_development else ()),
    ]
    app = bare_app(
        handlers,
        middleware=[
            rate_limits(settings.rate_limits.api), signed_in, idempotency(settings.key("idempotency"))
        ],
        lifespan=[lifespan],
        after_exception=[note_refusal],
        cors_config=CORSConfig(
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "If-None-Match"],
            expose_headers=[
                "ETag", "Retry-After", "X-Request-ID", "Idempotent-Replayed", "RateLimit-Limit", "RateLimit-Remaining",
                "RateLimit-Reset", "RateLimit-Policy",
            ],
            max_age=600,
        ),
        debug=settings.debug,
    )  # fmt: skip
    setup_dishka(container, app)
    return app
