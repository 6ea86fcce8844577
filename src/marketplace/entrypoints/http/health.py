import asyncio
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from msgspec import Meta

from marketplace.application.shared.health import HealthChecks
from marketplace.entrypoints.http.messages import ApiResponse
from marketplace.entrypoints.http.metrics import exposition
from marketplace.entrypoints.http.readiness import Readiness


class Health(msgspec.Struct, frozen=True):
    """`checks` names what was looked at and `ok` or what is wrong with it."""

    status: Annotated[str, Meta(description="ok, draining or unavailable.", examples=["ok"])]
    checks: Annotated[dict[str, str], Meta(examples=[{"database": "ok", "redis": "ok", "migrations": "ok"}])] = {}


NOT_READY = ResponseSpec(Health, generate_examples=False, description="Not ready, and why.")


class HealthController(Controller):
    tags = ("Operations",)

    @get(["/health", "/health/ready"], summary="Readiness", responses={503: NOT_READY})
    @inject
    async def ready(self, checks: FromDishka[HealthChecks], readiness: FromDishka[Readiness]) -> Response[Health]:
        """Whether this process should get traffic: database, Redis and migrations are right, and it is not stopping."""
        if readiness.draining:
            return ApiResponse(Health("draining"), status_code=503)
        try:
            found = dict(await asyncio.wait_for(checks(), 3))
        except TimeoutError:
            found = {"database": "does not answer"}
        healthy = all(word == "ok" for word in found.values())
        return ApiResponse(Health("ok" if healthy else "unavailable", found), status_code=200 if healthy else 503)

    @get("/health/live", summary="Liveness", sync_to_thread=False)
    def live(self) -> Health:
        """Whether this process runs at all."""
        return Health("ok")

    @get("/metrics", summary="Metrics", media_type="text/plain; version=0.0.4", sync_to_thread=True)
    def metrics(self) -> bytes:
        """Figures of all processes for Prometheus."""
        return exposition()
