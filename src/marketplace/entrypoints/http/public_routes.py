"""Which answers anybody may share, read off the routes themselves."""

import re
from uuid import UUID

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

LISTING = "listing"
"""In the `opt` of a route: the name of its path parameter that is the id of the one listing its answer is about."""

PREFIX = "/api/"
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = "[A-Za-z0-9._~-]+"


class PublicRoutes:
    """Those of the API with `cache_control` public. Paths with anything to unescape are left out: one way to write."""

    def __init__(self, app: Litestar) -> None:
        patterns = [
            _pattern(route, handler)
            for route in app.routes
            if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX)
            if (handler := _public_get(route))
        ]
        self._match = re.compile("|".join(patterns) or "(?!)").fullmatch

    def match(self, path: str) -> tuple[bool, str | None]:
        """Whether it is one of them, and the listing that it is about."""
        found = self._match(path)
        if found is None:
            return False, None
        return True, found[found.lastindex].lower() if found.lastindex else None


def _public_get(route: HTTPRoute) -> HTTPRouteHandler | None:
    found = route.route_handler_map.get("GET")
    handler = found[0] if isinstance(found, tuple) else found
    if handler is None:
        return None
    headers = {header.name.lower(): header.value or "" for header in handler.resolve_response_headers()}
    return handler if "public" in headers.get("cache-control", "") else None


def _pattern(route: HTTPRoute, handler: HTTPRouteHandler) -> str:
    listing = handler.opt.get(LISTING)
    parts = []
    for part in route.path_components:
        if isinstance(part, str):
            parts.append(re.escape(part))
        elif part.name == listing:
            parts.append(f"({_UUID})")
        else:
            parts.append(_UUID if part.type is UUID else _WORD)
    return "/" + "/".join(parts)
