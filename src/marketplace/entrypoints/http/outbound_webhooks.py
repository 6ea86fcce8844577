"""Outbound webhooks: endpoints of developers, their deliveries, and what events there are."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.webhooks.deliveries import Redeliver, Replay
from marketplace.application.webhooks.endpoints import (
    AddEndpoint,
    RemoveEndpoint,
    ReviseEndpoint,
    RotateSecret,
    TestEndpoint,
)
from marketplace.application.webhooks.ports import DeliveryQueries, EndpointQueries
from marketplace.application.webhooks.views import (
    DeliveryDetailView,
    DeliveryView,
    EndpointView,
    EventTypeView,
    NewEndpointView,
    ReplayView,
    TestView,
)
from marketplace.domain.webhooks.delivery import DeliveryId, DeliveryNotFound, DeliveryStatus
from marketplace.domain.webhooks.endpoint import EndpointId
from marketplace.domain.webhooks.event_types import EVENT_TYPES, MOST_PATTERNS, known_patterns, schema_of
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import InvalidRequest, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.provenance import PRIVATE
from marketplace.entrypoints.http.query import moment

LARGEST_ID = 2**63 - 1
TYPES = Success(
    [
        EventTypeView(one.name, one.description, schema_of(one.example), dict(one.example))
        for one in sorted(EVENT_TYPES, key=lambda one: one.name)
    ]
)

Url = Annotated[str, Meta(min_length=1, max_length=2000, examples=["https://hooks.shop.example/market"])]
Description = Annotated[str, Meta(max_length=200, examples=["Stock system"])]
Patterns = Annotated[
    list[str],
    Meta(
        min_length=1, max_length=MOST_PATTERNS, examples=[["order.*", "offer.received"]],
        description="Names of GET /webhooks/event-types, `order.*` for all of a kind, `*` for all.",
    ),
]  # fmt: skip


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: Url
    event_types: Patterns
    description: Description = ""


class EndpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    url: Url | UnsetType = UNSET
    event_types: Patterns | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    enabled: Annotated[bool, Meta(examples=[True])] | UnsetType = UNSET


class ReplayWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    endpoint_id: Annotated[EndpointId, Meta(examples=["01970000-0000-7000-8000-000000000001"])]
    since: Annotated[str, Meta(description="RFC 3339.", examples=["2026-11-01T00:00:00Z"])] | None = None
    until: Annotated[str, Meta(description="RFC 3339.", examples=["2026-11-02T00:00:00Z"])] | None = None
    event_types: Patterns | None = None


class WebhookEventTypesController(Controller):
    path = "/api/v1/webhooks/event-types"
    tags = ("Webhooks",)

    @get(summary="What events there are")
    async def event_types(self) -> Success[list[EventTypeView]]:
        """Each is sent as `{"type", "timestamp", "data"}` to the endpoints of the person whom it concerns.

        `data` may get more fields in time.
        """
        return TYPES


class WebhooksController(Controller):
    path = "/api/v1/webhooks"
    tags = ("Webhooks",)
    security = BEARER

    @get("/endpoints", summary="Your webhook endpoints", cache_control=PRIVATE)
    @inject
    async def endpoints(
        self, actor: FromDishka[Actor], queries: FromDishka[EndpointQueries]
    ) -> Success[list[EndpointView]]:
        """The latest first; ten at most."""
        return Success(await queries.endpoints(actor))

    @post("/endpoints", summary="Add a webhook endpoint", opt=NOT_REPEATABLE)
    @inject
    async def add(
        self, data: JSONBody[NewEndpoint], actor: FromDishka[Actor], add: FromDishka[AddEndpoint]
    ) -> Success[NewEndpointView]:
        """It hears of what happens to you from now on. Verify each request with `secret`, which is shown this once.

        Requests are signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Answer
        with a status from 200 to 299 within 15 seconds; else the event is sent again, ten times within 75 hours. Events
        of one order, offer and so on come in order, each at least once: keep the ids that you have seen. 410 disables
        the endpoint, and so do five days of failures. The address must be public and begin with https://.
        """
        return Success(await add(actor, data.url, data.description, data.event_types))

    @get("/endpoints/{endpoint_id:uuid}", summary="A webhook endpoint", cache_control=PRIVATE)
    @inject
    async def endpoint(
        self, endpoint_id: FromPath[EndpointId], actor: FromDishka[Actor], queries: FromDishka[EndpointQueries]
    ) -> Success[EndpointView]:
        """One of yours."""
        return Success(await queries.endpoint(actor, endpoint_id))

    @patch("/endpoints/{endpoint_id:uuid}", summary="Change a webhook endpoint")
    @inject
    async def revise(
        self, endpoint_id: FromPath[EndpointId], data: JSONBody[EndpointChange], actor: FromDishka[Actor],
        revise: FromDishka[ReviseEndpoint],
    ) -> Success[EndpointView]:  # fmt: skip
        """While it is disabled, events are kept as `skipped` and can be replayed."""
        changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET}
        return Success(await revise(actor, endpoint_id, changes))

    @delete("/endpoints/{endpoint_id:uuid}", summary="Delete a webhook endpoint", opt=NOT_REPEATABLE)
    @inject
    async def remove(
        self, endpoint_id: FromPath[EndpointId], actor: FromDishka[Actor], remove: FromDishka[RemoveEndpoint]
    ) -> None:
        """With its history."""
        await remove(actor, endpoint_id)

    @post(
        "/endpoints/{endpoint_id:uuid}/rotate-secret", status_code=200, summary="Give a webhook endpoint a new secret",
        opt=NOT_REPEATABLE,
    )  # fmt: skip
    @inject
    async def rotate(
        self, endpoint_id: FromPath[EndpointId], actor: FromDishka[Actor], rotate: FromDishka[RotateSecret]
    ) -> Success[NewEndpointView]:
        """Requests carry a signature of the former one too for 24 hours more, so that none fails meanwhile."""
        return Success(await rotate(actor, endpoint_id))

    @post(
        "/endpoints/{endpoint_id:uuid}/test", status_code=200, summary="Send a test event", opt=NOT_REPEATABLE
    )  # fmt: skip
    @inject
    async def test(
        self, endpoint_id: FromPath[EndpointId], actor: FromDishka[Actor], test: FromDishka[TestEndpoint]
    ) -> Success[TestView]:
        """An event `webhook.test`, now and once; the answer shows what came back."""
        return Success(await test(actor, endpoint_id))

    @get("/deliveries", summary="What was sent to your webhook endpoints", cache_control=PRIVATE)
    @inject
    async def deliveries(  # noqa: PLR0913 - each is a parameter of the query
        self, actor: FromDishka[Actor], queries: FromDishka[DeliveryQueries], cursors: FromDishka[Cursors],
        endpoint_id: Annotated[EndpointId | None, QueryParameter(description="To this one only.")] = None,
        status: Annotated[DeliveryStatus | None, QueryParameter(description="Only those.")] = None,
        event_type: Annotated[
            str | None, QueryParameter(max_length=60, description="Only of this type, by its whole name.")
        ] = None,
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[DeliveryView]]:  # fmt: skip
        """Newest first, of the last 30 days."""
        if event_type is not None and (event_type.endswith("*") or not known_patterns([event_type])):
            raise InvalidRequest("is the whole name of an event type", field="event_type")
        before = None if cursor is None else DeliveryId(cursors.decode_number(cursor))
        found = await queries.deliveries(
            actor, endpoint_id, status, event_type, before=before,
            skip=0 if before else rows_to_skip(page, per_page), limit=per_page,
        )  # fmt: skip
        return Success(page_of(found, cursors, page, per_page))

    @get("/deliveries/{delivery_id:int}", summary="A delivery and its attempts", cache_control=PRIVATE)
    @inject
    async def delivery(
        self, delivery_id: FromPath[int], actor: FromDishka[Actor], queries: FromDishka[DeliveryQueries]
    ) -> Success[DeliveryDetailView]:
        """With what was sent, and how each of the last 20 attempts ended."""
        return Success(await queries.delivery(actor, _id(delivery_id)))

    @post("/deliveries/{delivery_id:int}/redeliver", status_code=202, summary="Send an event again")
    @inject
    async def redeliver(
        self, delivery_id: FromPath[int], actor: FromDishka[Actor], redeliver: FromDishka[Redeliver]
    ) -> Success[None]:
        """With the same `webhook-id`, whether it had been delivered or not; it has ten tries again."""
        await redeliver(actor, _id(delivery_id))
        return Success(None)

    @post("/replay", status_code=202, summary="Send the events of a time again")
    @inject
    async def replay(
        self, data: JSONBody[ReplayWish], actor: FromDishka[Actor], replay: FromDishka[Replay]
    ) -> Success[ReplayView]:
        """What happened `from` a moment on and before `to`, with the same ids; what was skipped too.

        Without them: the last 30 days, until now. The oldest 1,000; `next_from` says where to go on. What is still to
        be delivered is left alone.
        """
        times = moment(data.since, "from"), moment(data.until, "to")
        return Success(await replay(actor, data.endpoint_id, *times, data.event_types))


def _id(number: int) -> DeliveryId:
    if not 0 < number <= LARGEST_ID:
        raise DeliveryNotFound
    return DeliveryId(number)
