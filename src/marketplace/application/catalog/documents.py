"""Documents of a listing: stored as they came, opened by links that are bound to a person, a session and minutes."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from marketplace.application.catalog.media_ports import DocumentQueries, Documents, Folder
from marketplace.application.catalog.media_views import DocumentView
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.actor import Actor, Permission, Viewer
from marketplace.application.shared.links import InvalidLink, LinkView, PrivateLinks
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.application.shared.scanning import DocumentInspector, VirusScan
from marketplace.application.shared.storage import Storage, StoredObject
from marketplace.domain.catalog.documents import (
    MOST_DOCUMENTS,
    Document,
    DocumentId,
    DocumentNotFound,
    DocumentPurpose,
    TooManyDocuments,
)
from marketplace.domain.shared.ids import ListingId

KEPT = timedelta(hours=1)
"""Longer than any request that stores one."""

DELETE_DOCUMENT = "catalog.delete_document"
"""The timer that calls DeleteDocument; set before a document is stored, cleared with its row."""


@dataclass(frozen=True, slots=True)
class AddDocument:
    listings: Listings
    documents: Documents
    inspector: DocumentInspector
    viruses: VirusScan
    storage: Storage
    transaction: Transaction
    timers: Timers
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        listing_id: ListingId,
        purpose: DocumentPurpose,
        content: bytes,
        document_id: UUID | None = None,
    ) -> DocumentView:
        """With an id it is added once, however often it is sent."""
        actor.require(Permission.LIST_ITEMS)
        document = Document(
            id=DocumentId(document_id or uuid4()), owner=actor.user, listing_id=listing_id, purpose=purpose,
            size=len(content), sha256=sha256(content).hexdigest(), created_at=self.clock.now(),
        )  # fmt: skip
        async with self.transaction:
            if former := await self._former(actor, document):
                return self.transaction.answers(former)
        await self.inspector.require_harmless(content)
        await self.viruses.scan(content)
        async with self.transaction:
            self.timers.set(DELETE_DOCUMENT, document.id, self.clock.now() + KEPT)
        await self.storage.put(document_key(document.id), content)
        async with self.transaction:
            former = await self._former(actor, document)
            if not former:
                await self.documents.add(document)
            self.timers.clear(DELETE_DOCUMENT, document.id)
            return self.transaction.answers(former or _view(document))

    async def _former(self, actor: Actor, document: Document) -> DocumentView | None:
        """The document, if it is there already; else there may be one more. Locks the listing."""
        listing = await self.listings.locked(document.listing_id)
        listing.require_owner(actor.user)
        if former := await self.documents.get(document.id):
            return _view(former)
        if await self.documents.count(listing.id) >= MOST_DOCUMENTS:
            raise TooManyDocuments(f"a listing has at most {MOST_DOCUMENTS} documents")
        return None


@dataclass(frozen=True, slots=True)
class LinkDocument:
    documents: DocumentQueries
    links: PrivateLinks

    async def __call__(self, actor: Actor, document_id: DocumentId) -> LinkView:
        """Raises DocumentNotFound, or SessionRequired."""
        actor.own_session()
        await self.documents.document(Viewer(actor.user), document_id)
        return self.links.to(actor, f"/files/{document_id}", document_key(document_id))


@dataclass(frozen=True, slots=True)
class OpenDocument:
    documents: DocumentQueries
    links: PrivateLinks
    storage: Storage

    async def __call__(self, document_id: DocumentId, link: str) -> StoredObject:
        """Raises InvalidLink, also when whom the link was made for may not read the document any more."""
        holder = await self.links.holder(link, document_key(document_id))
        try:
            await self.documents.document(Viewer(holder), document_id)
        except DocumentNotFound:
            raise InvalidLink from None
        return await self.storage.get(document_key(document_id))


@dataclass(frozen=True, slots=True)
class DeleteDocument:
    """The file of a document that has no row; may run again."""

    storage: Storage

    async def __call__(self, name: UUID) -> None:
        await self.storage.delete(document_key(name))


def document_key(name: UUID) -> str:
    return f"{Folder.DOCUMENTS}/{name.hex}.pdf"


def _view(document: Document) -> DocumentView:
    return DocumentView(
        id=document.id, listing_id=document.listing_id, purpose=document.purpose, size=document.size,
        sha256=document.sha256, created_at=document.created_at,
    )  # fmt: skip
