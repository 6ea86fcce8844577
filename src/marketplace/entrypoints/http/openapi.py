"""The OpenAPI document: routes as Litestar knows them, bodies as msgspec reads and writes them, the rest by rule."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from inspect import iscoroutinefunction
from typing import Any, get_args

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.params import ParameterKwarg
from litestar.response import Stream
from litestar.routes import HTTPRoute

from marketplace.entrypoints.http.frame import CONTROLLERS, DEVELOPMENT_CONTROLLERS, bare_app
from marketplace.entrypoints.http.limits import is_limited
from marketplace.entrypoints.http.openapi_schemas import Schema, Schemas, example_of, with_example
from marketplace.entrypoints.http.openapi_words import ABOUT, HEADERS, METRICS, PROBLEMS, TAGS, TEXTS, TITLES
from marketplace.entrypoints.http.problems import PROBLEM_JSON, FieldError, Problem

_OF_LIMITS = [name for name in HEADERS if name.startswith("RateLimit-")]
_NOT_ALWAYS_SENT = {"Idempotent-Replayed", "ETag", *_OF_LIMITS}
_OF_STATUS = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}
_SECRETS = {"password", "refresh_token", "credential", "state"}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "A name for this request of the caller's own making: sent again, it happens only once.",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$",
        "examples": ["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"],
    },
}  # fmt: skip
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False,
    "description": "The `ETag` of the answer the caller has.",
    "schema": {"type": "string", "examples": ['"0f343b0931126a20f133d67c"']},
}  # fmt: skip


@cache
def openapi_document() -> bytes:
    """JSON, the same bytes at every start."""
    return json.dumps(document(), ensure_ascii=False, indent=2).encode() + b"\n"


def document() -> dict[str, Any]:
    config = OpenAPIConfig(
        "Marketplace API", version("marketplace"), use_handler_docstrings=True, operation_id_creator=_operation_id
    )
    app = bare_app([*CONTROLLERS, *DEVELOPMENT_CONTROLLERS], openapi_config=config)
    paths: dict[str, Any] = app.openapi_schema.to_schema()["paths"]
    schemas = Schemas()
    problem = schemas.of(Problem, "out")
    for path, method, handler in _routes(app):
        paths[path][method] = _Operation(paths[path][method], handler, path, method, schemas).enriched()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Marketplace API", "version": version("marketplace"), "description": ABOUT.strip(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": dict(sorted(paths.items(), key=_reading_order)),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "responses": {_problem_name(status): _problem(status, problem) for status in PROBLEMS},
            "headers": {name: {**header, "required": name not in _NOT_ALWAYS_SENT} for name, header in HEADERS.items()},
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The `access_token` of `POST /api/v1/auth/login`, or an API key.",
                },
                "ticket": {
                    "type": "apiKey", "in": "query", "name": "ticket",
                    "description": "Of `POST /api/v1/auth/ws-ticket`: good once, for what cannot send headers.",
                },
            },
        },
    }  # fmt: skip


def _routes(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if handler.resolve_include_in_schema():
                    yield route.path_format, method.lower(), handler


def _operation_id(handler: HTTPRouteHandler, _: Any, path_components: Any) -> str:
    """`offers_accept`; a handler's second path gets its last word too."""
    name = f"{handler.resolve_tags()[0].lower().replace(' ', '_')}_{handler.handler_name}"
    first = sorted(handler.paths)[0].strip("/").split("/")[-1]
    last = next((part for part in reversed(path_components) if isinstance(part, str)), first)
    return name if len(handler.paths) == 1 or last == first else f"{name}_at_{last}"


def _reading_order(item: tuple[str, Any]) -> tuple[int, str]:
    path, operations = item
    return list(TAGS).index(next(iter(operations.values()))["tags"][0]), path


class _Operation:
    def __init__(
        self, plain: dict[str, Any], handler: HTTPRouteHandler, path: str, method: str, schemas: Schemas
    ) -> None:
        self._plain = plain
        self._handler = handler
        self._schemas = schemas
        self._changes = method != "get"
        self._limited = is_limited(path)
        ways = handler.resolve_security()
        self._takes_credentials, self._signed_in = bool(ways), bool(ways) and {} not in ways
        headers = {header.name: header.value or "" for header in handler.resolve_response_headers()}
        self._cache_control = headers.get("cache-control", "")
        body, answer = handler.parsed_data_field, handler.parsed_return_field.annotation
        self._media_type, taken = handler.opt.get("takes", ("", body.annotation if body else None))
        self._body = schemas.of(taken, "in") if taken else None
        self._file: str | None = handler.opt.get("file")
        self._texts: Schema = schemas.of(handler.opt["form"], "in") if "form" in handler.opt else {}
        self._raw: bool | dict[str, Any] = handler.opt.get("raw", False)
        """Whether the body is bytes; or an example of the JSON in them, where others say what it is."""
        self._answer = get_args(answer)[0] if getattr(answer, "__origin__", None) is Response else answer

    def enriched(self) -> dict[str, Any]:
        wanted = {
            "tags": self._plain["tags"],
            "summary": self._plain["summary"],
            "description": self._plain.get("description") or self._described_by_its_answer(),
            "operationId": self._plain["operationId"],
            "security": self._plain.get("security", []),
            "parameters": list(self._parameters()) or None,
            "requestBody": self._request_body(),
            "responses": {str(status): answer for status, answer in sorted(self._responses().items())},
        }
        return {word: value for word, value in wanted.items() if value is not None}

    def _described_by_its_answer(self) -> str:
        schema = self._schemas.of((get_args(self._answer) or (self._answer,))[0], "out")
        component = self._schemas.components.get(schema.get("$ref", "").rpartition("/")[2], {})
        return str(component.get("description", self._plain["summary"]))

    def _parameters(self) -> Iterator[dict[str, Any]]:
        for given in self._plain.get("parameters", []):
            schema = with_example(self._tidy(given["name"], given["schema"]), given["name"])
            wanted = {"name": given["name"], "in": given["in"], "required": given["required"], "schema": schema}
            yield wanted | ({"description": given["description"]} if "description" in given else {})
        if self._changes and self._signed_in and self._handler.opt.get("idempotency") is not False:
            yield IDEMPOTENCY_KEY
        if self._is_public_read:
            yield IF_NONE_MATCH

    def _tidy(self, name: str, schema: Schema) -> Schema:
        """Left out a parameter may be, `null` it cannot be; Litestar's bounds are floats, too short for large ones."""
        if "oneOf" in schema:
            (kind,) = [one for one in schema["oneOf"] if one != {"type": "null"}]
            schema = kind | {word: value for word, value in schema.items() if word != "oneOf"}
        field = self._handler.parsed_fn_signature.parameters.get(name)
        if field and ("$ref" in schema or "allOf" in schema):
            return self._schemas.of(field.annotation, "in")
        limits = field.kwarg_definition if field else None
        exact = {"minimum": limits.ge, "maximum": limits.le} if isinstance(limits, ParameterKwarg) else {}
        return {word: exact.get(word, value) for word, value in schema.items() if word != "description"}

    @property
    def _is_public_read(self) -> bool:
        return not self._changes and "public" in self._cache_control

    def _request_body(self) -> dict[str, Any] | None:
        if self._file:
            part = {"type": "string", "contentMediaType": self._file, "description": "The content of the file."}
            texts = self._fields_of(self._texts)
            form = {
                "type": "object", "properties": {**texts, "file": part}, "required": [*texts, "file"],
                "additionalProperties": False,
            }  # fmt: skip
            example = {**(example_of(self._texts, self._schemas.components) if texts else {}), "file": "(binary)"}
            encoding = {"file": {"contentType": self._file}}
            shown = {"schema": form, "example": example, "encoding": encoding}
            return {"required": True, "content": {"multipart/form-data": shown}}
        if isinstance(self._raw, dict):
            shown = {"schema": {"type": "object"}, "example": self._raw}
            return {"required": True, "content": {"application/json": shown}}
        if self._raw:
            return {"required": True, "content": {"application/octet-stream": {"schema": {}, "example": "(binary)"}}}
        if self._body is None:
            return None
        if self._media_type:
            return {"required": True, "content": {self._media_type: self._shown(self._body)}}
        (media_type,) = self._plain["requestBody"]["content"]
        required = self._plain["requestBody"].get("required", False)
        return {"required": required, "content": {media_type: self._shown(self._body)}}

    def _shown(self, schema: Schema) -> dict[str, Any]:
        return {"schema": schema, "example": example_of(schema, self._schemas.components)}

    def _responses(self) -> dict[int, dict[str, Any]]:
        responses: dict[int, dict[str, Any]] = {
            status: {"$ref": f"#/components/responses/{_problem_name(status)}"} for status in self._problems()
        }
        headers = ["X-Request-ID", *(_OF_LIMITS if self._limited else ())]
        headers += ["Cache-Control"] if self._cache_control else []
        headers += ["Idempotent-Replayed"] if IDEMPOTENCY_KEY in self._parameters() else []
        if self._is_public_read:
            headers.append("ETag")
            responses[304] = {"description": "What the caller has is still right.", "headers": _headers(headers)}
        responses[self._handler.status_code] = self._success(headers)
        for status, declared in (self._handler.responses or {}).items():
            content = {"application/json": self._shown(self._schemas.of(declared.data_container, "out"))}
            responses[status] = {
                "description": declared.description, "headers": _headers(["X-Request-ID"]), "content": content
            }  # fmt: skip
        return responses

    def _success(self, headers: list[str]) -> dict[str, Any]:
        status = self._handler.status_code
        if status == 204:
            return {"description": "Done.", "headers": _headers(headers)}
        media_types = self._handler.opt.get("media_types") or self._plain["responses"][str(status)]["content"]
        content = {media_type: self._answered_as(media_type) for media_type in media_types}
        description = {200: "Done.", 201: "Made.", 202: "Taken; it is done in a moment."}[status]
        return {"description": description, "headers": _headers(headers), "content": content}

    def _answered_as(self, media_type: str) -> dict[str, Any]:
        if self._answer in (bytes, Stream):
            texts = TEXTS | self._handler.opt.get("texts", {})
            return {"schema": {"type": "string"}, "example": texts.get(media_type, METRICS)}
        if media_type == "application/pdf":
            return {"schema": {"type": "string", "contentMediaType": media_type}, "example": "%PDF-1.3"}
        answers = [self._schemas.of(one, "out") for one in self._handler.opt.get("answers", (self._answer,))]
        shown = self._shown(answers[0])
        return shown if len(answers) == 1 else {**shown, "schema": {"oneOf": answers}}

    def _problems(self) -> set[int]:
        """The refusals that can occur, told from what the operation takes."""
        places = {parameter["in"] for parameter in self._plain.get("parameters", [])}
        statuses = {400, *self._handler.opt.get("problems", ()), *((429,) if self._limited else ())}
        statuses |= {503} if iscoroutinefunction(self._handler.fn) else set()
        statuses |= {401} if self._takes_credentials else set()
        statuses |= {403} if self._signed_in else set()
        statuses |= {404} if "path" in places else set()
        statuses |= {409, 422} if self._changes else set()
        statuses |= {422} if "query" in places else set()
        if self._file or self._raw:
            statuses |= {413, 415}
        fields = self._fields_of(self._body or self._texts)
        statuses |= {413, 415, 422} if self._body else set()
        statuses |= {404} if any(field.get("format") == "uuid" for field in fields.values()) else set()
        statuses |= {401} if fields.keys() & _SECRETS and self._handler.status_code != 201 else set()
        return statuses

    def _fields_of(self, body: Schema) -> Schema:
        name = body.get("$ref", "").rpartition("/")[2]
        return self._schemas.components[name].get("properties", {}) if name else {}


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem_name(status: int) -> str:
    return TITLES[status].replace(" ", "")


def _problem(status: int, schema: Schema) -> dict[str, Any]:
    code, description, detail = PROBLEMS[status]
    example = Problem(
        type=f"/problems/{code}", title=TITLES[status], status=status, detail=detail, code=code,
        instance="/api/v1/offers", request_id="019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10",
        errors=[FieldError("offered_price", detail)] if status == 422 else [],
    )  # fmt: skip
    return {
        "description": description,
        "headers": _headers(["X-Request-ID", *_OF_STATUS.get(status, []), *_OF_LIMITS]),
        "content": {PROBLEM_JSON: {"schema": schema, "example": msgspec.to_builtins(example)}},
    }
