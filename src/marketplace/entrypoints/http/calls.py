"""Audio and video calls: who rings whom. What the devices tell each other goes over the sockets."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.calls.calls import AcceptCall, DeclineCall, HangUp, StartCall
from marketplace.application.calls.ice import IssueIceServers
from marketplace.application.calls.ports import CallQueries
from marketplace.application.calls.views import CallView, IceServersView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.calls.moves import CallId, Media
from marketplace.domain.shared.ids import ConversationId
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.own_products import PRIVATE
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip


class NewCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    conversation_id: Annotated[ConversationId, Meta(examples=["01987a2e-6c00-7d3a-9b5e-4f1c2a7d8e90"])]
    media: Annotated[Media, Meta(examples=["video"])]


class CallsController(Controller):
    path = "/api/v1/calls"
    tags = ("Calls",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class
    cache_control = PRIVATE

    @post("/", summary="Call somebody")
    @inject
    async def start(
        self, data: JSONBody[NewCall], actor: FromDishka[Actor], start: FromDishka[StartCall]
    ) -> Success[CallView]:
        """The other person of the conversation: all their devices ring, for 45 seconds. Who is in another call is
        `busy`; the call is recorded all the same. Keep a socket open: without one for 15 seconds a call ends."""
        return Success(await start(actor, data.conversation_id, data.media))

    @get("/", summary="Your calls")
    @inject
    async def calls(
        self,
        actor: FromDishka[Actor],
        calls: FromDishka[CallQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[CallView]]:
        """Those you made and those you got, newest first."""
        after = CallId(cursors.decode(cursor)) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await calls.newest(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/ice-servers", summary="STUN and TURN servers for your next call")
    @inject
    async def ice_servers(
        self, actor: FromDishka[Actor], issue: FromDishka[IssueIceServers]
    ) -> Success[IceServersView]:
        """For RTCPeerConnection. The credentials are yours and good for an hour: ask before each call. Empty where this
        service has no such server: then only devices that can reach each other directly can talk."""
        return Success(issue(actor))

    @get("/{call_id:uuid}", summary="Read a call")
    @inject
    async def call(
        self, call_id: FromPath[CallId], actor: FromDishka[Actor], calls: FromDishka[CallQueries]
    ) -> Success[CallView]:
        """For the two people in it."""
        return Success(await calls.call(actor, call_id))

    @post("/{call_id:uuid}/accept", status_code=200, summary="Accept a call")
    @inject
    async def accept(
        self, call_id: FromPath[CallId], actor: FromDishka[Actor], accept: FromDishka[AcceptCall]
    ) -> Success[CallView]:
        """On this device (this session); your others stop ringing. The first wins, another gets `already_answered`."""
        return Success(await accept(actor, call_id))

    @post("/{call_id:uuid}/decline", status_code=200, summary="Decline a call")
    @inject
    async def decline(
        self, call_id: FromPath[CallId], actor: FromDishka[Actor], decline: FromDishka[DeclineCall]
    ) -> Success[CallView]:
        """While it rings, by the one who is called."""
        return Success(await decline(actor, call_id))

    @post("/{call_id:uuid}/hangup", status_code=200, summary="Hang up")
    @inject
    async def hang_up(
        self, call_id: FromPath[CallId], actor: FromDishka[Actor], hang_up: FromDishka[HangUp]
    ) -> Success[CallView]:
        """By either side. While it rings the caller cancels it so. A call that is over already is answered as it is."""
        return Success(await hang_up(actor, call_id))
