import re
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.params import QueryParameter

from marketplace.domain.shared.errors import Invalid
from marketplace.entrypoints.http.messages import InvalidRequest


class TimeZoneMissing(Invalid):
    code = "time_zone_missing"


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?", re.IGNORECASE)


def moment_parameter(description: str, name: str | None = None) -> QueryParameter:
    """Of a text that `moment` reads: msgspec would take a number for seconds."""
    return QueryParameter(name=name, description=description, schema_extra={"format": "date-time"})


def moment(text: str | None, field: str) -> datetime | None:
    """RFC 3339. Raises InvalidRequest, TimeZoneMissing."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise InvalidRequest("must be a moment, as 2026-01-01T00:00:00Z", field=field)
    if found.tzinfo is None:
        raise TimeZoneMissing("must name its time zone, as in 2026-01-01T00:00:00Z", field=field)
    return found


async def refuse_null(request: Request[Any, Any, Any]) -> None:
    """A parameter that is left out has no value; the text `null` is one, and msgspec would take it for none."""
    if b"=null" not in request.scope["query_string"]:
        return
    handler = request.route_handler
    sources: list[Any] = [handler, *handler.resolve_dependencies().values()]
    for field in (one for source in sources for one in source.parsed_fn_signature.parameters.values()):
        name = getattr(field.kwarg_definition, "name", None) or field.name
        takes_text = any(one.annotation is str for one in (field, *field.inner_types))
        if field.is_optional and not takes_text and "null" in request.query_params.getall(name, []):
            raise InvalidRequest("is not a value: leave it out", field=name)
