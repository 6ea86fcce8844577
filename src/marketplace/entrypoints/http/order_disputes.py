"""Disputes over orders: opened, answered, argued, decided."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.disputes.disputes import (
    AcceptProposal,
    EscalateDispute,
    OpenDispute,
    RespondToDispute,
    Wish,
    WithdrawDispute,
    WriteInDispute,
)
from marketplace.application.disputes.evidence import LARGEST_EVIDENCE, AddEvidence, LinkEvidence, OpenEvidence
from marketplace.application.disputes.ports import DisputeFilter, DisputePosition, DisputeQueries
from marketplace.application.disputes.rulings import ResolveDispute
from marketplace.application.disputes.views import (
    DisputeMessageView,
    DisputeView,
    EvidenceView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.links import LinkView
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.disputes.dispute import LONGEST_DESCRIPTION, LONGEST_MESSAGE, LONGEST_REASON
from marketplace.domain.disputes.moves import DisputeId, DisputeOutcome, DisputeReason, DisputeStatus, EvidenceId
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.http.gate import MAX_UPLOAD
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.media import downloaded
from marketplace.entrypoints.http.messages import Amount, ApiRequest, Success
from marketplace.entrypoints.http.own_products import PRIVATE
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_before, rows_to_skip
from marketplace.entrypoints.http.query import moment, moment_parameter

A_FILE = {"file": "application/pdf, image/jpeg, image/png, image/webp", "problems": (404,)}
SplitAmount = Annotated[Amount, Meta(description="Back to the buyer; of a split only.", examples=[250.00])] | None
Text = Annotated[str, Meta(min_length=1, max_length=LONGEST_MESSAGE, examples=["The box came empty."])]
Number = Annotated[int, Meta(ge=1, le=10_000, description="Of the message that proposed it.", examples=[1])]
WhoGets = Annotated[DisputeOutcome, Meta(description="Who gets the money.", examples=["split"])]


class WantedRemedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`buyer`: all that is left goes back. `seller`: nothing does. `split`: the amount."""

    outcome: WhoGets
    amount: SplitAmount = None


class NewDispute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`wanted` is the first proposal: the other side may accept it."""

    reason: Annotated[DisputeReason, Meta(examples=["not_received"])]
    description: Text
    wanted: WantedRemedy


class DisputeResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`accepts` what was proposed, by the number of its message; or proposes something else, or neither."""

    description: Text
    accepts: Number | None = None
    proposal: WantedRemedy | None = None


class NewDisputeMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Text
    proposal: WantedRemedy | None = None


class DisputeAcceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Number


class NewEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of the form beside the file."""

    description: Annotated[str, Meta(min_length=1, max_length=LONGEST_DESCRIPTION, examples=["The box as it came."])]


class Ruling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both sides read the reason."""

    outcome: WhoGets
    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON, examples=["The carrier lost it."])]
    amount: SplitAmount = None


def _wish(wanted: WantedRemedy | None) -> Wish | None:
    return None if wanted is None else Wish(wanted.outcome, wanted.amount)


class DisputesController(Controller):
    path = "/api/v1"
    tags = ("Disputes",)
    security = BEARER
    cache_control = PRIVATE

    @post("/orders/{order_id:uuid}/disputes", summary="Dispute an order")
    @inject
    async def open(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[NewDispute],
        actor: FromDishka[Actor],
        open_dispute: FromDishka[OpenDispute],
    ) -> Success[DisputeView]:
        """For buyer or seller of what was paid, until 14 days after completion. The order stands still and its payout
        is frozen until the dispute ends; the other side has 72 hours to answer."""
        wanted = Wish(data.wanted.outcome, data.wanted.amount)
        return Success(await open_dispute(actor, order_id, data.reason, data.description, wanted))

    @get("/disputes", summary="Disputes")
    @inject
    async def disputes(  # noqa: PLR0913 - the filters
        self,
        actor: FromDishka[Actor],
        disputes: FromDishka[DisputeQueries],
        cursors: FromDishka[Cursors],
        queue: Annotated[bool, Parameter(description="Everybody's, the oldest first. For moderators.")] = False,
        status: Annotated[DisputeStatus | None, Parameter(description="In this state only.")] = None,
        opened_before: Annotated[str | None, moment_parameter("So old at least; a time with its zone.")] = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[DisputeView]]:
        """Your own, newest first; for moderators also the queue of all."""
        of = ("disputes", queue, status, opened_before)
        after = cursors.read(cursor, DisputePosition, *of) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        wanted = DisputeFilter(queue=queue, status=status, opened_before=moment(opened_before, "opened_before"))
        found = await disputes.page(actor, wanted, after=after, skip=skip, limit=per_page)
        last = found.items[-1] if found.items else None
        next_cursor = cursors.write(DisputePosition(last.opened_at, last.id), *of) if last and found.has_more else None
        return Success(page_before(found, next_cursor, page, per_page))

    @get("/disputes/{dispute_id:uuid}", summary="Read a dispute")
    @inject
    async def dispute(
        self, dispute_id: FromPath[DisputeId], actor: FromDishka[Actor], disputes: FromDishka[DisputeQueries]
    ) -> Success[DisputeView]:
        """For the parties and moderators: where it stands, what each side proposes now, until when an answer is due."""
        return Success(await disputes.dispute(actor, dispute_id))

    @post("/disputes/{dispute_id:uuid}/respond", status_code=200, summary="Answer a dispute")
    @inject
    async def respond(
        self,
        dispute_id: FromPath[DisputeId],
        data: JSONBody[DisputeResponse],
        actor: FromDishka[Actor],
        respond: FromDishka[RespondToDispute],
    ) -> Success[DisputeView]:
        """Of the other side, once, within 72 hours: accept what is wanted, and it is done; else it is under review."""
        proposal = _wish(data.proposal)
        return Success(await respond(actor, dispute_id, data.description, proposal, data.accepts))

    @get("/disputes/{dispute_id:uuid}/messages", summary="Read what was said in a dispute")
    @inject
    async def messages(
        self,
        dispute_id: FromPath[DisputeId],
        actor: FromDishka[Actor],
        disputes: FromDishka[DisputeQueries],
        after: Annotated[int, Parameter(ge=0, le=10_000, description="Those behind this number.")] = 0,
        per_page: PerPage = DEFAULT_PER_PAGE,
    ) -> Success[Page[DisputeMessageView]]:
        """In one order for everybody: by their numbers, from 1."""
        found = await disputes.messages(actor, dispute_id, after=after, limit=per_page)
        return Success(page_before(found, None, 1, per_page))

    @post("/disputes/{dispute_id:uuid}/messages", summary="Write in a dispute")
    @inject
    async def write(
        self,
        dispute_id: FromPath[DisputeId],
        data: JSONBody[NewDisputeMessage],
        actor: FromDishka[Actor],
        write: FromDishka[WriteInDispute],
    ) -> Success[DisputeMessageView]:
        """For the parties and moderators, 500 in all. A party's proposal takes the place of its former one."""
        return Success(await write(actor, dispute_id, data.text, _wish(data.proposal)))

    @post("/disputes/{dispute_id:uuid}/accept", status_code=200, summary="Accept a proposal")
    @inject
    async def accept(
        self,
        dispute_id: FromPath[DisputeId],
        data: JSONBody[DisputeAcceptance],
        actor: FromDishka[Actor],
        accept: FromDishka[AcceptProposal],
    ) -> Success[DisputeView]:
        """What the other side proposes now, at any time: the dispute is resolved by agreement."""
        return Success(await accept(actor, dispute_id, data.number))

    @get("/disputes/{dispute_id:uuid}/evidence", summary="Read what evidence there is")
    @inject
    async def evidence(
        self, dispute_id: FromPath[DisputeId], actor: FromDishka[Actor], disputes: FromDishka[DisputeQueries]
    ) -> Success[list[EvidenceView]]:
        """Oldest first."""
        return Success(await disputes.evidence(actor, dispute_id))

    @post(
        "/disputes/{dispute_id:uuid}/evidence",
        summary="Add evidence",
        request_max_body_size=MAX_UPLOAD,
        opt={**A_FILE, "form": NewEvidence},
    )
    @inject
    async def add_evidence(
        self,
        dispute_id: FromPath[DisputeId],
        request: ApiRequest,
        actor: FromDishka[Actor],
        add: FromDishka[AddEvidence],
    ) -> Success[EvidenceView]:
        """Of a party: a PDF or a picture of at most 5 MiB, as the part `file` of a form; 20 files in all. A PDF that is
        encrypted or would run anything is refused. Nobody takes it away again."""
        file, wish = await request.file_and(NewEvidence, LARGEST_EVIDENCE)
        return Success(await add(actor, dispute_id, wish.description, file))

    @post("/evidence/{evidence_id:uuid}/links", summary="Open evidence")
    @inject
    async def link(
        self, evidence_id: FromPath[EvidenceId], actor: FromDishka[Actor], link: FromDishka[LinkEvidence]
    ) -> Success[LinkView]:
        """For the parties and moderators: a link that downloads the file, for five minutes and no longer than the
        session lives. It needs no access token: do not pass it on."""
        return Success(await link(actor, evidence_id))

    @post("/disputes/{dispute_id:uuid}/escalate", status_code=200, summary="Escalate a dispute")
    @inject
    async def escalate(
        self, dispute_id: FromPath[DisputeId], actor: FromDishka[Actor], escalate: FromDishka[EscalateDispute]
    ) -> Success[DisputeView]:
        """Of either side, once, while it is under review: it cannot be withdrawn any more."""
        return Success(await escalate(actor, dispute_id))

    @post("/disputes/{dispute_id:uuid}/withdraw", status_code=200, summary="Withdraw a dispute")
    @inject
    async def withdraw(
        self, dispute_id: FromPath[DisputeId], actor: FromDishka[Actor], withdraw: FromDishka[WithdrawDispute]
    ) -> Success[DisputeView]:
        """Of who opened it: the order goes on where it was."""
        return Success(await withdraw(actor, dispute_id))

    @post("/disputes/{dispute_id:uuid}/resolve", status_code=200, summary="Decide a dispute")
    @inject
    async def resolve(
        self,
        dispute_id: FromPath[DisputeId],
        data: JSONBody[Ruling],
        actor: FromDishka[Actor],
        resolve: FromDishka[ResolveDispute],
    ) -> Success[DisputeView]:
        """For moderators who are no party, once it is under review. What goes back is refunded at once, the rest is the
        seller's; the order is completed, or cancelled where the buyer wins before it was delivered."""
        return Success(await resolve(actor, dispute_id, Wish(data.outcome, data.amount), data.reason))


class DisputeFilesController(Controller):
    path = "/dispute-files"
    include_in_schema = False

    @get("/{evidence_id:uuid}")
    @inject
    async def file(
        self, evidence_id: FromPath[EvidenceId], open_evidence: FromDishka[OpenEvidence], link: FromQuery[str] = ""
    ) -> Response[bytes]:
        return await downloaded(evidence_id, await open_evidence(evidence_id, link))
