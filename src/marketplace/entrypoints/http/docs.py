"""The documentation pages, from packages on this machine: nothing is loaded from other hosts."""

from asyncio import to_thread
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from litestar import Controller, MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from marketplace.entrypoints.http.messages import ApiResponse
from marketplace.entrypoints.http.openapi import openapi_document

REVALIDATED = CacheControlHeader(public=True, no_cache=True)
FOR_A_DAY = CacheControlHeader(public=True, max_age=86_400)
CSS, JAVASCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"

_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
}
"""Inline styles for Redoc and Swagger UI, which write them as they go; the blob is Redoc's search worker."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Marketplace API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="alternate" type="application/vnd.oai.openapi+json" href="/openapi.json">
{styles}
</head>
<body>
<div id="page"></div>
<noscript>This page is drawn by JavaScript; the same is in <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/assets/{library}"></script>
<script src="/docs/assets/{starter}"></script>
</body>
</html>
"""
_SWAGGER = _PAGE.format(
    styles='<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
    library="swagger-ui-bundle.js",
    starter="start-swagger.js",
)
_REDOC = _PAGE.format(styles="<style>body{margin:0}</style>", library="redoc.standalone.js", starter="start-redoc.js")
_START_SWAGGER = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null, // it is another host
});
"""
_START_REDOC = 'Redoc.init("/openapi.json", {expandResponses: "200,201"}, document.getElementById("page"));\n'
_FOREIGN_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


def _packaged(path: str) -> bytes:
    """A static file of drf-spectacular-sidecar, which is found, not imported: its code wants Django."""
    spec = find_spec("drf_spectacular_sidecar")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("drf-spectacular-sidecar is missing: install the requirements again")
    return (Path(spec.submodule_search_locations[0]) / "static" / "drf_spectacular_sidecar" / path).read_bytes()


ASSETS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "swagger-ui.css": (CSS, lambda: _packaged("swagger-ui-dist/swagger-ui.css")),
    "swagger-ui-bundle.js": (JAVASCRIPT, lambda: _packaged("swagger-ui-dist/swagger-ui-bundle.js")),
    "redoc.standalone.js": (
        JAVASCRIPT,
        lambda: _packaged("redoc/bundles/redoc.standalone.js").replace(_FOREIGN_LOGO, b"data:,"),
    ),
    "start-swagger.js": (JAVASCRIPT, _START_SWAGGER.encode),
    "start-redoc.js": (JAVASCRIPT, _START_REDOC.encode),
}


@cache
def _asset(name: str) -> bytes:
    return ASSETS[name][1]()


class DocsController(Controller):
    include_in_schema = False

    @get(["/openapi.json", "/api/schema"], cache_control=REVALIDATED)
    async def document(self) -> Response[bytes]:
        return ApiResponse(await to_thread(openapi_document), media_type="application/vnd.oai.openapi+json")

    @get(["/docs", "/api/schema/swagger-ui"], sync_to_thread=False)
    def swagger(self) -> Response[str]:
        return Response(_SWAGGER, media_type=MediaType.HTML, headers=_POLICY)

    @get(["/redoc", "/api/schema/redoc"], sync_to_thread=False)
    def redoc(self) -> Response[str]:
        return Response(_REDOC, media_type=MediaType.HTML, headers=_POLICY)

    @get("/docs/assets/{name:str}", cache_control=FOR_A_DAY, sync_to_thread=True)
    def asset(self, name: FromPath[str]) -> Response[bytes]:
        if name not in ASSETS:
            raise NotFoundException
        return ApiResponse(_asset(name), media_type=ASSETS[name][0])
