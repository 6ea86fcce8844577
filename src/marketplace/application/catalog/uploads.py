"""Files in parts: begun, sent in any order, and completed once into what they are for."""

from dataclasses import dataclass
from uuid import uuid4

from marketplace.application.catalog.documents import AddDocument
from marketplace.application.catalog.images import AddImage
from marketplace.application.catalog.media_ports import Uploads
from marketplace.application.catalog.media_views import DocumentView, ImageView, UploadView
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.catalog.documents import DocumentPurpose
from marketplace.domain.catalog.uploads import (
    MOST_OPEN_UPLOADS,
    UPLOAD_LIFE,
    TooManyUploads,
    Upload,
    UploadId,
    UploadPurpose,
    WrongDigest,
)
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import ListingId

FORGET_AT_ONCE = 100
"""Uploads, in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """`size` is in bytes, `sha256` in hexadecimal digits."""

    purpose: UploadPurpose
    listing_id: ListingId
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class BeginUpload:
    uploads: Uploads
    listings: Listings
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, file: NewFile) -> UploadView:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        upload = Upload(
            id=UploadId(uuid4()), owner=actor.user, purpose=file.purpose, listing_id=file.listing_id, size=file.size,
            sha256=file.sha256, expires_at=now + UPLOAD_LIFE,
        )  # fmt: skip
        async with self.transaction:
            (await self.listings.locked(file.listing_id)).require_owner(actor.user)
            if await self.uploads.open_of(actor.user, now) >= MOST_OPEN_UPLOADS:
                raise TooManyUploads(f"at most {MOST_OPEN_UPLOADS} uploads at a time; complete one first")
            await self.uploads.add(upload)
            return self.transaction.answers(UploadView.of(upload, []))


@dataclass(frozen=True, slots=True)
class PutPart:
    uploads: Uploads
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, upload_id: UploadId, number: int, content: bytes) -> UploadView:
        """Once or again: what was sent last counts."""
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            upload = await self.uploads.locked(upload_id)
            upload.require_owner(actor.user, self.clock.now())
            upload.require_part(number, len(content))
            await self.uploads.put_part(upload_id, number, content)
            return self.transaction.answers(UploadView.of(upload, await self.uploads.parts(upload_id)))


@dataclass(frozen=True, slots=True)
class ReadUpload:
    uploads: Uploads
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, upload_id: UploadId) -> UploadView:
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            upload = await self.uploads.locked(upload_id)
            upload.require_owner(actor.user, self.clock.now())
            return UploadView.of(upload, await self.uploads.parts(upload_id))


@dataclass(frozen=True, slots=True)
class CompleteUpload:
    """The image or document has the upload's id: a completion that is cut off and begun again adds nothing twice."""

    uploads: Uploads
    add_image: AddImage
    add_document: AddDocument
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, upload_id: UploadId) -> ImageView | DocumentView:
        """Of several at once one does it. A file that is no good ends the upload; all else may be tried again."""
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        async with self.transaction:
            upload = await self.uploads.locked(upload_id)
            upload.require_owner(actor.user, now)
            upload.claim(await self.uploads.parts(upload_id), now)
            await self.uploads.save(upload)
            content = await self.uploads.content(upload_id)
        try:
            upload.require_digest(content)
            made = await self._make(actor, upload, content)
        except BaseException as error:
            upload.failed(self.clock.now(), for_good=isinstance(error, Invalid) and not isinstance(error, WrongDigest))
            await self._save(upload)
            raise
        upload.completed_at = self.clock.now()
        await self._save(upload)
        return made

    async def _make(self, actor: Actor, upload: Upload, content: bytes) -> ImageView | DocumentView:
        if upload.purpose is UploadPurpose.LISTING_IMAGE:
            return await self.add_image(actor, upload.listing_id, content, upload.id)
        return await self.add_document(actor, upload.listing_id, DocumentPurpose.LAB_REPORT, content, upload.id)

    async def _save(self, upload: Upload) -> None:
        async with self.transaction:
            await self.uploads.save(upload)
            if upload.is_over(self.clock.now()):
                await self.uploads.drop_parts(upload.id)


@dataclass(frozen=True, slots=True)
class ForgetUploads:
    """Those whose time is over, with their parts."""

    uploads: Uploads
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        gone = FORGET_AT_ONCE
        while gone == FORGET_AT_ONCE:
            async with self.transaction:
                gone = await self.uploads.forget(self.clock.now(), FORGET_AT_ONCE)
