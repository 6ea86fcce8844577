"""Products by the file, in and out; single ones are in catalog.py."""

from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, Parameter
from litestar.response import Stream
from msgspec import Meta

from marketplace.application.catalog.exports import DownloadExport, RequestExport
from marketplace.application.catalog.file_ports import FileQueries
from marketplace.application.catalog.file_views import ExportView, ImportProblemView, ImportView
from marketplace.application.catalog.files import LARGEST_FILE
from marketplace.application.catalog.imports import RequestImport
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.imports import ExportId, FileFormat, ImportId, ImportMode
from marketplace.entrypoints.http.gate import MAX_IMPORT
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import ApiRequest, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.users import PRIVATE

A_FILE_OF_PRODUCTS: dict[str, Any] = {"file": "text/csv, application/jsonl"}
TEXTS = {
    "text/csv": "title,price,category,feed_type\r\nVintage film camera,850.00,electronics,community\r\n",
    "application/jsonl": (
        '{"title":"Vintage film camera","price":850.00,"category":"electronics","feed_type":"community"}\n'
    ),
}
"""Examples of files."""
FILES = {"media_types": list(TEXTS), "texts": TEXTS, "problems": (409,)}

Mode = Annotated[ImportMode, Parameter(description="What to do where some rows are bad: nothing, or the valid rows.")]


class NewExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the file is written: CSV with a header, or one JSON object a line."""

    format: Annotated[FileFormat, Meta(examples=["csv"])]


class ProductFilesController(Controller):
    path = "/api/v1/products"
    tags = ("Products",)
    security = BEARER

    @post(
        "/imports", status_code=202, summary="Import products", request_max_body_size=MAX_IMPORT, opt=A_FILE_OF_PRODUCTS
    )
    @inject
    async def import_products(
        self,
        request: ApiRequest,
        actor: FromDishka[Actor],
        request_import: FromDishka[RequestImport],
        mode: Mode = ImportMode.ALL_OR_NOTHING,
    ) -> Success[ImportView]:
        """Put many products up for sale: the part `file` of a form, at most 20 MiB and 10,000 rows, in UTF-8.

        CSV has a header with the names of the fields of `POST /products`, with `latitude` and `longitude` for the
        location; commas or semicolons divide cells, bars divide the pieces of `tags` and `image_urls` (a backslash
        before a bar or a backslash of their own), an empty cell leaves a field out. Or each line is the JSON that
        `POST /products` takes. The answer comes at once; read how far the work has come under its `id`.
        """
        return Success(await request_import(actor, await request.file(LARGEST_FILE), mode))

    @get("/imports", summary="Your imports", cache_control=PRIVATE)
    @inject
    async def imports(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[FileQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ImportView]]:
        """Newest first."""
        after = ImportId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.imports(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/imports/{import_id:uuid}", summary="Read an import", cache_control=PRIVATE)
    @inject
    async def read_import(
        self, import_id: FromPath[ImportId], actor: FromDishka[Actor], queries: FromDishka[FileQueries]
    ) -> Success[ImportView]:
        """How far an import of yours has come."""
        return Success(await queries.import_(actor, import_id))

    @get("/imports/{import_id:uuid}/errors", summary="The bad rows of an import", cache_control=PRIVATE)
    @inject
    async def import_errors(
        self,
        import_id: FromPath[ImportId],
        actor: FromDishka[Actor],
        queries: FromDishka[FileQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ImportProblemView]]:
        """What is wrong with each bad row, the first 1,000 of them by row; the import counts them all."""
        after = cursors.decode_number(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.problems(actor, import_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/exports", status_code=202, summary="Export your products")
    @inject
    async def export_products(
        self, data: JSONBody[NewExport], actor: FromDishka[Actor], request_export: FromDishka[RequestExport]
    ) -> Success[ExportView]:
        """Write what you have for sale, or not yet, into a file that an import takes; it is kept for 24 hours.

        Services and lots are not in it. In CSV a cell that a spreadsheet would take for a formula begins with an
        apostrophe, which an import takes away.
        """
        return Success(await request_export(actor, data.format))

    @get("/exports/{export_id:uuid}", summary="Read an export", cache_control=PRIVATE)
    @inject
    async def read_export(
        self, export_id: FromPath[ExportId], actor: FromDishka[Actor], queries: FromDishka[FileQueries]
    ) -> Success[ExportView]:
        """Whether the file is there: `status` is `done`."""
        return Success(await queries.export(actor, export_id))

    @get("/exports/{export_id:uuid}/file", summary="Download an export", cache_control=PRIVATE, opt=FILES)
    @inject
    async def file(
        self, export_id: FromPath[ExportId], actor: FromDishka[Actor], download: FromDishka[DownloadExport]
    ) -> Stream:
        """The file, while its `status` is `done`."""
        one, found = await download(actor, export_id)
        name = f'attachment; filename="products.{one.format}"'
        return Stream(found.chunks, media_type=found.content_type, headers={"content-disposition": name})
