"""What sellers send about their listings: pictures, documents, and both in parts."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post, put
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.catalog.documents import AddDocument, LinkDocument
from marketplace.application.catalog.images import AddImage, RemoveImage
from marketplace.application.catalog.media_views import DocumentView, ImageView, UploadView
from marketplace.application.catalog.uploads import BeginUpload, CompleteUpload, NewFile, PutPart, ReadUpload
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.images import LARGEST_IMAGE
from marketplace.application.shared.links import LinkView
from marketplace.domain.catalog.documents import LARGEST_DOCUMENT, DocumentId, DocumentPurpose
from marketplace.domain.catalog.uploads import LARGEST_UPLOAD, UploadId, UploadPurpose
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.avatar import AN_IMAGE, BEARER, HARMLESS_AGAIN
from marketplace.entrypoints.http.gate import MAX_UPLOAD
from marketplace.entrypoints.http.messages import ApiRequest, Success

PRIVATE = CacheControlHeader(no_store=True)
EITHER = {"answers": (Success[ImageView], Success[DocumentView])}


class ListingMediaController(Controller):
    path = "/api/v1/products/{product_id:uuid}/media"
    tags = ("Products",)
    security = BEARER
    cache_control = PRIVATE

    @post(summary="Add a picture", request_max_body_size=MAX_UPLOAD, opt=AN_IMAGE)
    @inject
    async def add_image(
        self, product_id: FromPath[ListingId], request: ApiRequest, actor: FromDishka[Actor],
        add_image: FromDishka[AddImage],
    ) -> Success[ImageView]:  # fmt: skip
        """Show this picture last among my listing's: the part `file` of a form, a JPEG, PNG or WebP image of at most
        5 MiB and 40 megapixels. It is kept as WebP of at most 320, 800 and 1600 pixels in width, without what the
        camera wrote beside it. A listing has at most 10 images, links in `image_urls` among them; the service never
        fetches what those link to on other hosts."""
        return Success(await add_image(actor, product_id, await request.file(LARGEST_IMAGE)))

    @delete("/{media_id:uuid}", summary="Remove a picture", opt=HARMLESS_AGAIN)
    @inject
    async def remove_image(
        self, product_id: FromPath[ListingId], media_id: FromPath[UUID], actor: FromDishka[Actor],
        remove_image: FromDishka[RemoveImage],
    ) -> None:  # fmt: skip
        """Show it no more. Its files are there for another hour, for pages that are open."""
        await remove_image(actor, product_id, media_id)


class NewDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of the form beside the file."""

    purpose: Annotated[DocumentPurpose, Meta(description="lab_report: of a quality test.", examples=["lab_report"])]
    listing_id: ListingId


class DocumentsController(Controller):
    path = "/api/v1/documents"
    tags = ("Products",)
    security = BEARER
    cache_control = PRIVATE

    @post(
        summary="Add a document",
        request_max_body_size=MAX_UPLOAD,
        opt={"file": "application/pdf", "form": NewDocument, "problems": (404,)},
    )
    @inject
    async def add_document(
        self, request: ApiRequest, actor: FromDishka[Actor], add_document: FromDishka[AddDocument]
    ) -> Success[DocumentView]:
        """Put a report beside my listing, for those who may see the listing: a PDF of at most 5 MiB, as the part `file`
        of a form. It is kept as it is; one that is encrypted, or would run, open, play or send anything, is refused."""
        file, wish = await request.file_and(NewDocument, LARGEST_DOCUMENT)
        return Success(await add_document(actor, wish.listing_id, wish.purpose, file))

    @post("/{document_id:uuid}/links", summary="Open a document")
    @inject
    async def link_document(
        self, document_id: FromPath[DocumentId], actor: FromDishka[Actor], link_document: FromDishka[LinkDocument]
    ) -> Success[LinkView]:
        """A link that downloads the document, for five minutes, and no longer than my session lives and I may see the
        listing. It needs no access token: do not pass it on."""
        return Success(await link_document(actor, document_id))


class NewUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to be sent in parts."""

    purpose: Annotated[UploadPurpose, Meta(description="A document is a `lab_report`.", examples=["listing_image"])]
    listing_id: ListingId
    size: Annotated[int, Meta(ge=1, le=LARGEST_UPLOAD, description="In bytes.", examples=[2_500_000])]
    sha256: Annotated[
        str,
        Meta(
            pattern="^[0-9a-f]{64}$",
            description="Of the whole file; checked at the end.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ] | None = None  # fmt: skip


class UploadsController(Controller):
    path = "/api/v1/uploads"
    tags = ("Products",)
    security = BEARER
    cache_control = PRIVATE

    @post(summary="Begin an upload")
    @inject
    async def begin_upload(
        self, data: JSONBody[NewUpload], actor: FromDishka[Actor], begin: FromDishka[BeginUpload]
    ) -> Success[UploadView]:
        """Send a picture or a document of my listing over a bad connection: in parts, within 24 hours."""
        wish = NewFile(purpose=data.purpose, listing_id=data.listing_id, size=data.size, sha256=data.sha256)
        return Success(await begin(actor, wish))

    @put("/{upload_id:uuid}/parts/{part_number:int}", summary="Send a part", opt={"raw": True})
    @inject
    async def put_upload_part(
        self, upload_id: FromPath[UploadId], part_number: FromPath[int], request: ApiRequest,
        actor: FromDishka[Actor], put_part: FromDishka[PutPart],
    ) -> Success[UploadView]:  # fmt: skip
        """The bytes of one part, numbered from 1. In any order, and again as often as need be."""
        return Success(await put_part(actor, upload_id, part_number, await request.raw()))

    @get("/{upload_id:uuid}", summary="Read an upload")
    @inject
    async def read_upload(
        self, upload_id: FromPath[UploadId], actor: FromDishka[Actor], read_upload: FromDishka[ReadUpload]
    ) -> Success[UploadView]:
        """Which parts have arrived, and whether it is complete."""
        return Success(await read_upload(actor, upload_id))

    @post("/{upload_id:uuid}/complete", summary="Complete an upload", opt=EITHER)
    @inject
    async def complete_upload(
        self, upload_id: FromPath[UploadId], actor: FromDishka[Actor], complete: FromDishka[CompleteUpload]
    ) -> Success[Any]:
        """All parts are there: answer what the same file sent in one piece would be answered. Its id is the upload's.
        Of two at once one is refused, `upload_in_completion`. A file that is no good ends the upload; after any other
        refusal, `wrong_digest` too, it may be tried again."""
        return Success(await complete(actor, upload_id))
