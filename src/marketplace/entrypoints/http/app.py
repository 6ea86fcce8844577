"""The HTTP application: controllers, and the frame that is the same for all of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dishka import AsyncContainer
from dishka.integrations.litestar import setup_dishka
from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.types import ControllerRouterHandler

from marketplace.entrypoints.http.catalog import ProductsController
from marketplace.entrypoints.http.dev import DevController
from marketplace.entrypoints.http.docs import DocsController
from marketplace.entrypoints.http.gate import MAX_BODY
from marketplace.entrypoints.http.health import HealthController
from marketplace.entrypoints.http.idempotency import idempotency
from marketplace.entrypoints.http.identity import AccountsController
from marketplace.entrypoints.http.messages import ApiRequest, ApiResponse
from marketplace.entrypoints.http.ordering import OrdersController
from marketplace.entrypoints.http.payments import PaymentsController
from marketplace.entrypoints.http.problems import EXCEPTION_HANDLERS
from marketplace.entrypoints.http.sync import SyncController
from marketplace.entrypoints.http.trading import OffersController
from marketplace.entrypoints.wiring.settings import Settings

CONTROLLERS: Sequence[ControllerRouterHandler] = (
    AccountsController, ProductsController, OffersController, OrdersController, PaymentsController, SyncController,
    HealthController, DocsController,
)  # fmt: skip
DEVELOPMENT_CONTROLLERS: Sequence[ControllerRouterHandler] = (DevController,)


def create_app(container: AsyncContainer, settings: Settings) -> Litestar:
    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        await container.close()

    handlers = [*CONTROLLERS, *(DEVELOPMENT_CONTROLLERS if settings.is_development else ())]
    app = bare_app(
        handlers,
        middleware=[idempotency(settings.key("idempotency"))],
        lifespan=[lifespan],
        cors_config=CORSConfig(
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "If-None-Match"],
            expose_headers=["ETag", "Retry-After", "X-Request-ID", "Idempotent-Replayed"],
            max_age=600,
        ),
        debug=settings.debug,
    )
    setup_dishka(container, app)
    return app


def bare_app(handlers: Sequence[ControllerRouterHandler], **options: Any) -> Litestar:
    return Litestar(
        handlers,
        request_class=ApiRequest,
        response_class=ApiResponse,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=options.pop("openapi_config", None),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        **options,
    )
