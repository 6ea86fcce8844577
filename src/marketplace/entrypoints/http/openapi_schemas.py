"""JSON Schemas and examples, made from the very types that decode every body and encode every answer."""

import enum
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import NODEFAULT, inspect

from marketplace.domain.shared.money import LARGEST_MINOR
from marketplace.entrypoints.http.messages import Amount

Schema = dict[str, Any]
Way = Literal["in", "out"]

REF = "#/components/schemas/"
MORNING, NEXT_MORNING = "2026-11-21T09:30:00Z", "2026-11-22T09:30:00Z"
EXAMPLES: Mapping[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.signature",
    "avatar_url": "/media/avatars/5f0c8a31d2e94b7796a1c0de4b3f2a17-256.webp",
    "body": "Your code is 493817.", "channel": "email", "currency": "AED",
    "description": "Works perfectly, light seals renewed.", "email": "amina@marketplace.example",
    "action": "payments.payment_captured", "expires_in": 1800, "full_name": "Amina Karimova",
    "latitude": 25.0657, "longitude": 55.1713,
    "image_urls": ["https://cdn.example/camera.jpg"], "is_active": True, "is_available": True, "is_verified": True,
    "last_seq": 42, "name": "offer:updated", "neighborhood": "Dubai Marina",
    "per_page": 20, "rating": 4.8, "refresh_token": "c2Vzc2lvbg.b25lLXRpbWU", "seq": 42, "subject": "Your code",
    "tags": ["camera"], "ticket": "b25lLXRpbWU", "to": "amina@marketplace.example", "token_type": "bearer",
    "transaction_id": "sim_0197a3c2", "username": "amina", "video_thumbnail_url": "https://cdn.example/camera.webp",
    "video_url": "https://cdn.example/camera.m3u8",
    "AcceptedView.message": "The offer is accepted.", "AcceptedView.status": "accepted",
    "AccountView.kind": "seller_pending", "LedgerSum.kind": "seller_pending", "CodeAccepted.expires_in": 0,
    "CodeAccepted.message": "The account is verified.", "CodeSent.expires_in": 600,
    "CodeSent.message": "If there is such an account, a code is on its way to its address.",
    "EventView.data": {"status": "accepted"}, "GatewayResponse.message": "approved",
    "OfferView.message": "Could you do 750? I can pick it up today.", "ProductView.condition": "good",
    "TrialBalanceView.balanced": True, "TrialBalanceView.totals": {"AED": 0},
}  # fmt: skip
"""By name, or type and name, for fields whose own type shows none."""

MOMENTS = {"expires_at": NEXT_MORNING, "from": MORNING, "payment_due_at": NEXT_MORNING, "to": NEXT_MORNING}

THINGS = {"AcceptedView.id": "offer", "AcceptedView.transaction_id": "order", "TransactionView.id": "order"}
"""What an id names, where neither its own name nor its type's says so."""


class Schemas:
    """Collects the components that the schemas refer to.

    `way` matters where a field has a default: callers may leave it out, we never do.
    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._owners: dict[str, tuple[Any, Way]] = {}

    def of(self, type_: Any, way: Way) -> Schema:
        return self._of(inspect.type_info(type_), way)

    def _of(self, info: inspect.Type, way: Way) -> Schema:
        match info:
            case inspect.Metadata(type=inner, extra_json_schema=extra):
                return self._of(inner, way) | (extra or {})
            case inspect.StructType(cls=owner) | inspect.EnumType(cls=owner):
                return {"$ref": REF + self._component(owner, info, way)}
            case inspect.UnionType(types=types):
                return _nullable([self._of(one, way) for one in types if not isinstance(one, inspect.NoneType)])
            case inspect.ListType(item_type=item):
                return _limited({"type": "array", "items": self._of(item, way)}, info, "Items")
            case inspect.DictType(value_type=value):
                return {"type": "object", "additionalProperties": self._of(value, way)}
            case inspect.LiteralType(values=values):
                return {"type": "string", "enum": list(values)}
            case inspect.CustomType(cls=owner) if owner is Amount:
                return {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": LARGEST_MINOR}
            case inspect.StrType():
                return _limited({"type": "string"}, info, "Length")
            case inspect.IntType() | inspect.FloatType():
                return _bounded({"type": "integer" if isinstance(info, inspect.IntType) else "number"}, info)
            case _:
                return dict(_PLAIN[type(info)])

    def _component(self, owner: Any, info: inspect.Type, way: Way) -> str:
        name = name_of(owner)
        if name not in self._owners:
            self._owners[name] = owner, way
            schema = self._struct(info, way) if isinstance(info, inspect.StructType) else _enum(owner)
            text = _docstring(owner)
            self.components[name] = {"title": name} | ({"description": text} if text else {}) | schema
        known, known_way = self._owners[name]
        assert known == owner, f"two types are called {name}: rename one"  # noqa: S101
        if known_way != way and isinstance(info, inspect.StructType):
            optional = [field.name for field in info.fields if not field.required]
            assert not optional, f"{name} is input and output, and has defaults: split it"  # noqa: S101
        return name

    def _struct(self, info: inspect.StructType, way: Way) -> Schema:
        properties = {field.encode_name: self._field(info, field, way) for field in info.fields}
        required = [field.encode_name for field in info.fields if _is_required(info, field, way)]
        schema: Schema = {"type": "object", "properties": properties, "required": required}
        return schema | ({"additionalProperties": False} if info.forbid_unknown_fields else {})

    def _field(self, info: inspect.StructType, field: inspect.Field, way: Way) -> Schema:
        name, schema = field.encode_name, self._of(field.type, way)
        if name == "success":
            return schema | {"const": field.default if field.default is not NODEFAULT else field.default_factory()}
        if way == "in" and (field.default, field.default_factory) != (NODEFAULT, NODEFAULT):
            default = field.default if field.default is not NODEFAULT else field.default_factory()
            schema["default"] = msgspec.to_builtins(default)
        return with_example(schema, name, name_of(info.cls))


def name_of(type_: Any) -> str:
    """`Success[Page[ProductView]]` is SuccessPageProductView."""
    words = re.findall(r"\w+", re.sub(r"[\w.]+\.", "", str(type_) if get_args(type_) else type_.__name__))
    return "".join(word[0].upper() + word[1:] for word in words).replace("NoneType", "None")


def with_example(schema: Schema, name: str, owner: str = "") -> Schema:
    """The schema with an example, unless it shows one already; ids of one thing look alike wherever they stand."""
    if schema.keys() & {"default", "examples"}:
        return schema
    full_name = f"{owner}.{name}"
    if schema.get("format") == "uuid":
        thing = THINGS.get(full_name, owner.removesuffix("View").lower() if name == "id" else name.removesuffix("_id"))
        return schema | {"examples": [str(example_id(thing))]}
    if schema.get("format") == "date-time":
        return schema | ({"examples": [MOMENTS[name]]} if name in MOMENTS else {})
    if schema.get("format") == "date":
        return schema | {"examples": [MORNING[:10]]}
    known = full_name if full_name in EXAMPLES else name
    return schema | {"examples": [EXAMPLES[known]]} if known in EXAMPLES else schema


def example_id(thing: str) -> UUID:
    """A UUIDv7 that is always the same for the same word."""
    bits = int.from_bytes(blake2b(thing.encode(), digest_size=16).digest(), "big")
    bits = bits & ((1 << 80) - 1) | 0x019AA5C0B3E8 << 80
    return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value that the schema accepts: its own example first, then those of its parts."""
    match schema:
        case {"const": value} | {"examples": [value, *_]} | {"enum": [value, *_]}:
            return value
        case {"$ref": ref}:
            return example_of(components[ref.removeprefix(REF)], components)
        case {"anyOf": [first, *_]}:
            return example_of(first, components)
        case {"properties": properties}:
            shown = {*schema["required"], *(name for name, part in properties.items() if "default" in part)}
            wanted = shown or properties
            return {name: example_of(part, components) for name, part in properties.items() if name in wanted}
        case {"type": "array", "items": item}:
            return [example_of(item, components)]
        case {"type": "integer" | "number"}:
            return schema.get("minimum", 1)
        case {"type": str(kind)}:
            return _OF_KIND.get(schema.get("format", kind))
    return None


_OF_KIND: Mapping[str, Any] = {
    "boolean": False, "object": {}, "string": "text", "date-time": MORNING, "uuid": str(example_id("")),
}  # fmt: skip
_PLAIN: Mapping[type[inspect.Type], Schema] = {
    inspect.AnyType: {}, inspect.RawType: {}, inspect.BoolType: {"type": "boolean"}, inspect.NoneType: {"type": "null"},
    inspect.DecimalType: {"type": "number"}, inspect.DateTimeType: {"type": "string", "format": "date-time"},
    inspect.UUIDType: {"type": "string", "format": "uuid"}, inspect.DateType: {"type": "string", "format": "date"},
}  # fmt: skip


def _is_required(info: inspect.StructType, field: inspect.Field, way: Way) -> bool:
    if way == "in" or field.required:
        return field.required
    if field.default is NODEFAULT and field.default_factory is NODEFAULT:
        return False  # UNSET
    empty_is_left_out = field.default is not NODEFAULT or field.default_factory in (list, dict, set)
    return not (_origin(info.cls).__struct_config__.omit_defaults and empty_is_left_out)


def _nullable(schemas: list[Schema]) -> Schema:
    if len(schemas) > 1:
        return {"anyOf": [*schemas, {"type": "null"}]}
    schema = schemas[0]
    if "type" not in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def _limited(schema: Schema, info: Any, of_what: str) -> Schema:
    limits = {f"min{of_what}": info.min_length, f"max{of_what}": info.max_length}
    limits["pattern"] = getattr(info, "pattern", None)
    return schema | {word: limit for word, limit in limits.items() if limit is not None}


def _bounded(schema: Schema, info: Any) -> Schema:
    bounds = {"minimum": info.ge, "maximum": info.le, "exclusiveMinimum": info.gt, "exclusiveMaximum": info.lt}
    return schema | {word: bound for word, bound in bounds.items() if bound is not None}


def _enum(type_: type[enum.Enum]) -> Schema:
    return {"type": "string", "enum": [member.value for member in type_]}


def _docstring(type_: Any) -> str:
    """Of the type itself: those of its bases and those that Python writes by itself say nothing about it."""
    own = vars(_origin(type_)).get("__doc__") or ""
    return "" if own == enum.Enum.__doc__ or own == "An enumeration." else " ".join(own.split())


def _origin(type_: Any) -> Any:
    return getattr(type_, "__origin__", type_)
