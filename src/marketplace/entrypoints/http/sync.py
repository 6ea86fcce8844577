from typing import Annotated, Any

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Request, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from marketplace.application.notifications.ports import UserEventQueries
from marketplace.application.notifications.views import EventPage
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.realtime.credentials import Credentials, Origins, admit_within
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.sse.stream import MEDIA_TYPE, EventStream, ForeignOrigin

MOST = 2**63 - 1
THE_LAST = "The last number the client has."

After = Annotated[int, QueryParameter(ge=0, le=MOST, description=THE_LAST)]
AfterIfAny = Annotated[int | None, QueryParameter(name="after", ge=0, le=MOST, description=THE_LAST)]
LastEventId = Annotated[
    int | None, HeaderParameter(name="Last-Event-ID", ge=0, le=MOST, description="Counts before `after`.")
]
Ticket = Annotated[str | None, QueryParameter(description="Instead of an `Authorization` header.")]
Limit = Annotated[int, QueryParameter(ge=1, le=500)]

STREAMED = (
    "retry: 1894\n\n"
    'id: 7\nevent: connected\ndata: {"type":"connected","data":{"userId":"019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10",'
    '"seq":7}}\n\n'
    'id: 8\nevent: offer:new\ndata: {"type":"offer:new","id":"019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d11","seq":8,"data":'
    '{"id":"019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d12"},"timestamp":"2026-11-21T09:30:00Z"}\n\n'
)


class SyncController(Controller):
    path = "/api/v1/sync"
    tags = ("Sync",)

    @get("/events", summary="What the caller missed, in order", security=[{"bearer": []}], opt={"problems": (410,)})
    @inject
    async def events(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[UserEventQueries],
        after: After = 0,
        limit: Limit = 100,
    ) -> Success[EventPage]:
        """What the sockets told, or would have: numbered without gaps, oldest first.

        Events are kept for 30 days by default. Who asks for older ones is answered 410: load everything anew, and go on
        after the number in `facts.seq`.
        """
        return Success(await queries.missed(actor, after, limit))

    @get(
        "/stream", summary="What happens, as it happens", media_type=MEDIA_TYPE,
        security=[{"bearer": []}, {"ticket": []}], opt={"texts": {MEDIA_TYPE: STREAMED}},
    )  # fmt: skip
    @inject
    async def stream(
        self,
        request: Request[Any, Any, Any],
        hub: FromDishka[Hub],
        origins: FromDishka[Origins],
        ticket: Ticket = None,
        after: AfterIfAny = None,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """The caller's events as server-sent ones, the same that the sockets tell; without end.

        Each has its number as `id`, its name as `event` and the frame of the plain WebSocket as `data`. A client that
        comes back with the last number it has gets what it missed; without one it gets what happens from now on. Where
        that is no longer kept, `sync:required` says from which number it goes on: load everything anew. A comment comes
        every 25 s. `closed` tells why the stream ends, in the close codes of the plain WebSocket; a ticket is good
        once, so a client that has one needs another to come back.
        """
        if not origins.admit(request.headers.get("origin"), request.headers.get("host")):
            raise ForeignOrigin("pages of that origin may not listen: have it added to ALLOWED_ORIGINS")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        credentials = Credentials(token.strip() if scheme.lower() == "bearer" else None, ticket)
        admission = await admit_within(request.scope["state"]["dishka_container"], credentials)
        place = after if last_event_id is None else last_event_id
        return EventStream(hub, admission, place, bodiless=request.scope["state"].get("bodiless", False))
