from typing import Any

from litestar import Request

from marketplace.entrypoints.http.messages import InvalidRequest


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
