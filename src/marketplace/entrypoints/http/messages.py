"""The shapes around every body: strict input, one envelope out, money as exact JSON numbers."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import FormMultiDict
from litestar.enums import MediaType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response import Stream
from litestar.types import Receive, Scope, Send
from litestar.utils import get_enum_string_value
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from marketplace.domain.shared.errors import Invalid

Data = TypeVar("Data")
Parts = TypeVar("Parts", bound=msgspec.Struct)


class Success(msgspec.Struct, Generic[Data], frozen=True):
    """The envelope of every answer that is not a problem."""

    data: Data
    success: bool = True


class Amount(Decimal):
    """Money in a request: a JSON number, exact to its last digit, never a float and never a string."""


class MalformedBody(Invalid):
    code = "malformed_body"


class BodyTooLarge(Invalid):
    code = "body_too_large"


class UnsupportedMediaType(Invalid):
    code = "unsupported_media_type"


class InvalidRequest(Invalid):
    code = "invalid_request"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No other parts beside a file."""


MOST_PARTS = 20

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_AT = re.compile(r"(?P<message>.*?)(?: - at (?:`key` in )?`(?P<path>[^`]*)`)?$", re.S)
_NAMED = re.compile(r"(?:unknown|missing required) field `(?P<name>[^`]*)`")


def encode(value: object) -> bytes:
    return _ENCODER.encode(value)


class Answer:
    """An encoded body on its way out, without what Litestar's own would look up for cookies, text and files."""

    __slots__ = ("_body", "_start")

    def __init__(self, status: int, media_type: str, headers: Mapping[str, str], body: bytes) -> None:
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if status != 204:
            fields += [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        self._start: Any = {"type": "http.response.start", "status": status, "headers": fields}
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


class ApiResponse(Response[Any]):
    def to_asgi_response(self, app: Any, request: Any, *, headers: Any = None, **options: Any) -> Any:
        """Raises TypeError for cookies and background tasks: no answer of this API has them."""
        if self.cookies or self.background or options.get("cookies"):
            raise TypeError("an API answer has neither cookies nor background tasks")
        media_type = get_enum_string_value(self.media_type or MediaType.JSON)
        status = self.status_code or options.get("status_code") or 200
        body = b"" if status == 204 else self.render(self.content, media_type)
        return Answer(status, media_type, {**(headers or {}), **self.headers}, body)

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        if isinstance(content, bytes):
            return content
        if "json" in media_type:
            return _ENCODER.encode(content)
        return super().render(content, media_type, enc_hook)


class ApiStream(Stream):
    """Sent as what it is, also where its handler answers in several media types."""

    def to_asgi_response(self, app: Any, request: Any, *, media_type: Any = None, **options: Any) -> Any:
        return super().to_asgi_response(app, request, media_type=self.media_type, **options)


class ApiRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        """The body as the handler's own input type; raises what is wrong with it, naming the field."""
        self._require_type("application/json")
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), field.annotation if field else Any)

    async def form(self) -> FormMultiDict:
        self._require_type("application/x-www-form-urlencoded")
        return await super().form()

    async def file(self, largest: int) -> bytes:
        """The one part, called `file`, of a multipart body; raises what is wrong with it."""
        file, _ = await self.file_and(Nothing, largest)
        return file

    async def file_and(self, type_: type[Parts], largest: int) -> tuple[bytes, Parts]:
        """The part `file` of a multipart body, and its other parts as texts in a value of this type."""
        self._require_type("multipart/form-data")
        try:
            body = await self.body()
        except RequestEntityTooLarge:
            body = None
        parts = None if body is None else parts_of(body, self.content_type[1].get("boundary", ""))
        if parts is None or len(parts.get("file", b"")) > largest:
            raise BodyTooLarge(f"a file has at most {largest} bytes", field="file")
        texts = {name: text.decode("utf-8", "replace") for name, text in parts.items() if name != "file"}
        if unexpected := next((name for name in texts if name not in type_.__struct_fields__), None):
            raise InvalidRequest("is not expected", field=unexpected)
        if "file" not in parts:
            raise InvalidRequest("is missing", field="file")
        return parts["file"], decode(msgspec.json.encode(texts), type_)

    async def raw(self) -> bytes:
        """The bytes of a body of type application/octet-stream."""
        self._require_type("application/octet-stream")
        return await self.body()

    def _require_type(self, wanted: str) -> None:
        given = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != wanted:
            raise UnsupportedMediaType(f"the body must be {wanted}")


def parts_of(body: bytes, boundary: str) -> dict[str, bytes]:
    """The contents of a multipart body's parts, each name once."""
    parts: dict[str, bytearray] = {}
    part = bytearray()
    try:
        with PushMultipartParser(boundary, strict=True) as parser:
            for event in parser.parse(body):
                if not isinstance(event, MultipartSegment):
                    part += event or b""
                elif event.name in parts or len(parts) == MOST_PARTS:
                    raise InvalidRequest("is not expected: send each part once", field=event.name)
                else:
                    part = parts[event.name] = bytearray()
    except MultipartError as error:
        raise MalformedBody(f"the body is not valid multipart/form-data: {error}") from None
    return {name: bytes(content) for name, content in parts.items()}


def decode(body: bytes, type_: Any) -> Any:
    """`body` as `type_`, strictly: no unknown field, no string for a number, no NaN, no NUL."""
    try:
        value = _decoder(type_).decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(body, error) from None
    if b"\\u0000" in body:
        plain = msgspec.to_builtins(value, enc_hook=str)
        if field := next(_fields(plain, lambda one: "\0" in str(one)), None):
            raise InvalidRequest("must not contain the character NUL", field=field)
    return value


@cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, dec_hook=_from_json, float_hook=_exact)


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError("Number out of range") from None


def _from_json(type_: type, value: object) -> object:
    if type_ is not Amount:
        raise NotImplementedError(type_)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("Expected a number")
    return Amount(value)


def _invalid(text: str) -> InvalidRequest:
    found = _AT.match(text)
    message, path = (found["message"], found["path"] or "$") if found else (text, "$")
    if named := _NAMED.search(message):
        path = f"{path}.{named['name']}"
    return InvalidRequest(message, field=path.removeprefix("$").removeprefix(".") or "body")


def _not_json(body: bytes, error: Exception) -> Invalid:
    """NaN and the infinities are no JSON, yet a caller who sends one means a number: that one is named."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return MalformedBody(f"the body is not valid JSON: {error}")
    found = next(_fields(value, lambda v: isinstance(v, float) and not math.isfinite(v)), None)
    if found is None:
        return MalformedBody(f"the body is not valid JSON: {error}")
    return InvalidRequest("must be a finite number", field=found)


def _fields(value: Any, matches: Any, path: str = "") -> Iterator[str]:
    """The paths of the leaves, keys included, that match."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else str(key)
            if matches(key):
                yield inner
            yield from _fields(item, matches, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, matches, f"{path}[{index}]")
    elif matches(value):
        yield path or "body"
