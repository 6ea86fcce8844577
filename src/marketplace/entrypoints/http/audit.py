from typing import Annotated, Literal
from uuid import UUID

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.params import Dependency, FromPath, QueryParameter
from litestar.response import Stream

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Outcome
from marketplace.application.shared.audit_chain import HASH_BYTES, Head
from marketplace.application.shared.audit_log import (
    AuditEntryView,
    AuditFilter,
    AuditQueries,
    ExportAuditLog,
    ExportFormat,
)
from marketplace.application.shared.audit_verify import VerificationView, VerifyAuditTrail
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.query import moment, moment_parameter

LARGEST = 2**63 - 1
MEDIA_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}

BlockNumber = Annotated[
    int | None, QueryParameter(ge=1, le=LARGEST, description="Where to begin; else the newest blocks.")
]
HeadNumber = Annotated[int | None, QueryParameter(ge=1, le=LARGEST, description="Of a head that was noted elsewhere.")]
HeadHash = Annotated[
    str | None, QueryParameter(pattern=f"^[0-9a-f]{{{2 * HASH_BYTES}}}$", description="The hash that belongs to it.")
]


class HeadIncomplete(Invalid):
    code = "head_incomplete"


def audit_filter(
    actor: Annotated[UserId | None, QueryParameter(description="Who did it.")] = None,
    subject: Annotated[UUID | None, QueryParameter(description="The id of what it was done to.")] = None,
    action: Annotated[str | None, QueryParameter(max_length=100, description="The name in full.")] = None,
    outcome: Annotated[Literal["done", "refused"] | None, QueryParameter(description="Done or refused.")] = None,
    from_: Annotated[str | None, moment_parameter("This moment and later.", name="from")] = None,
    to: Annotated[str | None, moment_parameter("Before this moment.")] = None,
) -> AuditFilter:
    return AuditFilter(
        actor=actor, subject=subject, action=action, outcome=Outcome(outcome) if outcome else None,
        since=moment(from_, "from"), until=moment(to, "to"),
    )  # fmt: skip


def witnessed_head(number: int | None, hash_: str | None) -> Head | None:
    if number is None and hash_ is None:
        return None
    if number is None or hash_ is None:
        missing = "head_number" if number is None else "head_hash"
        raise HeadIncomplete("a head is its number and its hash: give both", field=missing)
    return Head(number, bytes.fromhex(hash_))


class AuditController(Controller):
    path = "/api/v1/audit-logs"
    tags = ("Audit",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class
    cache_control = CacheControlHeader(no_store=True)
    dependencies = {"wanted": Provide(audit_filter, sync_to_thread=False)}  # noqa: RUF012

    @get(summary="Read the audit trail")
    @inject
    async def newest(
        self,
        wanted: Annotated[AuditFilter, Dependency()],
        actor: FromDishka[Actor],
        queries: FromDishka[AuditQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[AuditEntryView]]:
        """Newest first. Needs the permission `audit.read`."""
        after = cursors.decode_number(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.newest(actor, wanted, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/{entry_id:int}", summary="Read an audit entry")
    @inject
    async def entry(
        self, entry_id: FromPath[int], actor: FromDishka[Actor], queries: FromDishka[AuditQueries]
    ) -> Success[AuditEntryView]:
        """Who did what, and whether it was refused. Needs the permission `audit.read`."""
        return Success(await queries.entry(actor, entry_id))

    @get("/export", summary="Export the audit trail", opt={"media_types": list(MEDIA_TYPES.values())})
    @inject
    async def export(
        self,
        wanted: Annotated[AuditFilter, Dependency()],
        actor: FromDishka[Actor],
        export_audit_log: FromDishka[ExportAuditLog],
        format_: Annotated[
            Literal["jsonl", "csv"], QueryParameter(name="format", description="Of each line.")
        ] = "jsonl",
    ) -> Stream:
        """Oldest first, all that there is at this moment. The export is itself in the trail.

        A line of JSON is the canonical form (RFC 8785) that the entry's SHA-256 in the chain is taken of. In CSV a cell
        that a spreadsheet would take for a formula begins with an apostrophe.
        """
        content = await export_audit_log(actor, wanted, ExportFormat(format_))
        name = f'attachment; filename="audit-log.{format_}"'
        return Stream(content, media_type=MEDIA_TYPES[format_], headers={"content-disposition": name})

    @get("/verify", summary="Verify the audit trail")
    @inject
    async def verify(
        self,
        actor: FromDishka[Actor],
        verify_audit_trail: FromDishka[VerifyAuditTrail],
        from_block: BlockNumber = None,
        head_number: HeadNumber = None,
        head_hash: HeadHash = None,
    ) -> Success[VerificationView]:
        """Recompute the hash chain over the newest 10,000 blocks, or from a block on, as far as a request has time.

        `next_block` is where to go on. With a head that was noted elsewhere (a line of the logs) it is found
        too when blocks up to it were cut off or the whole chain was made anew. Needs the permission `audit.read`.
        """
        return Success(await verify_audit_trail(actor, from_block, witnessed_head(head_number, head_hash)))
