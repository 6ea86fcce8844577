from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    LargeBinary,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.catalog.media_tables import documents, upload_parts, uploads
from marketplace.adapters.sql.catalog.queries import is_shown
from marketplace.adapters.sql.catalog.tables import listing_states, listings, profiles
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.media_ports import DocumentQueries, Documents, Folder, NamedFiles, Uploads
from marketplace.application.catalog.media_views import DocumentView
from marketplace.application.shared.actor import Viewer
from marketplace.domain.catalog.documents import (
    MOST_DOCUMENTS,
    Document,
    DocumentId,
    DocumentNotFound,
    DocumentPurpose,
)
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.uploads import Upload, UploadId, UploadNotFound, UploadPurpose
from marketplace.domain.shared.ids import ListingId, UserId

_ADD_DOCUMENT = Statement(insert(documents))
_DOCUMENT = Statement(select(documents).where(documents.c.id == bindparam("id")))
_COUNT_DOCUMENTS = Statement(
    select(func.count()).select_from(
        select(documents.c.id)
        .where(documents.c.listing_id == bindparam("listing_id"))
        .limit(literal_column(str(MOST_DOCUMENTS)))
        .subquery()
    )
)
_viewer = bindparam("viewer", type_=documents.c.owner_id.type)
DOCUMENT_FOR = Statement(
    select(
        documents.c.id, documents.c.listing_id, documents.c.purpose, documents.c.size, documents.c.sha256,
        documents.c.created_at,
    )
    .join(listings, listings.c.id == documents.c.listing_id)
    .join(listing_states, listing_states.c.listing_id == listings.c.id)
    .join(profiles, and_(profiles.c.id == listings.c.seller_id, profiles.c.is_active))
    .where(
        documents.c.id == bindparam("id"),
        listing_states.c.status != constant(ListingStatus.REMOVED),
        or_(
            documents.c.owner_id == _viewer,
            and_(is_shown, func.catalog.may_see(_viewer, listings.c.seller_id, listings.c.audience)),
        ),
    )
)  # fmt: skip

_ADD_UPLOAD = Statement(insert(uploads))
_LOCK_UPLOAD = Statement(select(uploads).where(uploads.c.id == bindparam("id")).with_for_update())
_SAVE_UPLOAD = Statement(
    update(uploads)
    .where(uploads.c.id == bindparam("upload_id"))
    .values({name: bindparam(name) for name in ("expires_at", "claimed_at", "completed_at")})
)
_OPEN_UPLOADS = Statement(
    select(func.count()).where(
        uploads.c.owner_id == bindparam("owner"),
        uploads.c.completed_at.is_(None),
        uploads.c.expires_at > bindparam("now"),
    )
)
_put = upsert(upload_parts).values(
    upload_id=bindparam("upload_id"), number=bindparam("number"), content=bindparam("content", type_=LargeBinary)
)
_PUT_PART = Statement(
    _put.on_conflict_do_update(
        index_elements=[upload_parts.c.upload_id, upload_parts.c.number], set_={"content": _put.excluded.content}
    )
)
_of_upload = upload_parts.c.upload_id == bindparam("upload_id")
_PARTS = Statement(select(upload_parts.c.number).where(_of_upload).order_by(upload_parts.c.number))
_CONTENT = Statement(select(upload_parts.c.content).where(_of_upload).order_by(upload_parts.c.number))
_DROP_PARTS = Statement(delete(upload_parts).where(_of_upload))
_FORGET = """
DELETE FROM catalog.uploads WHERE id = ANY (ARRAY(
    SELECT id FROM catalog.uploads WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
))"""

UNUSED_IMAGES = """
SELECT name FROM unnest($1::uuid[]) name WHERE NOT EXISTS (
    SELECT FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
    WHERE l.images <> '[]' AND l.images @> jsonb_build_array(jsonb_build_object('id', name)) AND s.status <> 'removed'
)"""
UNUSED_DOCUMENTS = """
SELECT name FROM unnest($1::uuid[]) name WHERE NOT EXISTS (
    SELECT FROM catalog.documents d JOIN catalog.listing_states s ON s.listing_id = d.listing_id
    WHERE d.id = name AND s.status <> 'removed'
)"""


class SqlDocuments(Documents):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, document: Document) -> None:
        await _ADD_DOCUMENT.run(
            self._transaction.connection, id=document.id, owner_id=document.owner, listing_id=document.listing_id,
            purpose=document.purpose.value, size=document.size, sha256=document.sha256,
            created_at=document.created_at,
        )  # fmt: skip

    async def get(self, document_id: DocumentId) -> Document | None:
        row = await _DOCUMENT.one(self._transaction.connection, id=document_id)
        if row is None:
            return None
        return Document(
            id=row["id"], owner=row["owner_id"], listing_id=row["listing_id"], purpose=DocumentPurpose(row["purpose"]),
            size=row["size"], sha256=row["sha256"], created_at=row["created_at"],
        )  # fmt: skip

    async def count(self, listing_id: ListingId) -> int:
        count = await _COUNT_DOCUMENTS.value(self._transaction.connection, listing_id=listing_id)
        return int(str(count))


class SqlDocumentQueries(DocumentQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def document(self, viewer: Viewer, document_id: DocumentId) -> DocumentView:
        async with self._pool.connection() as connection:
            row = await DOCUMENT_FOR.one(connection, viewer=viewer.user, id=document_id)
        if row is None:
            raise DocumentNotFound("no such document", document_id=document_id)
        return DocumentView(**{**row, "purpose": DocumentPurpose(row["purpose"])})


class SqlUploads(Uploads):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, upload: Upload) -> None:
        await _ADD_UPLOAD.run(
            self._transaction.connection, id=upload.id, owner_id=upload.owner, purpose=upload.purpose.value,
            listing_id=upload.listing_id, size=upload.size, sha256=upload.sha256, expires_at=upload.expires_at,
            claimed_at=upload.claimed_at, completed_at=upload.completed_at,
        )  # fmt: skip

    async def locked(self, upload_id: UploadId) -> Upload:
        row = await _LOCK_UPLOAD.one(self._transaction.connection, id=upload_id)
        if row is None:
            raise UploadNotFound("no such upload")
        return Upload(
            id=row["id"], owner=row["owner_id"], purpose=UploadPurpose(row["purpose"]), listing_id=row["listing_id"],
            size=row["size"], sha256=row["sha256"], expires_at=row["expires_at"], claimed_at=row["claimed_at"],
            completed_at=row["completed_at"],
        )  # fmt: skip

    async def save(self, upload: Upload) -> None:
        await _SAVE_UPLOAD.run(
            self._transaction.connection, upload_id=upload.id, expires_at=upload.expires_at,
            claimed_at=upload.claimed_at, completed_at=upload.completed_at,
        )  # fmt: skip

    async def open_of(self, owner: UserId, now: datetime) -> int:
        return int(str(await _OPEN_UPLOADS.value(self._transaction.connection, owner=owner, now=now)))

    async def put_part(self, upload_id: UploadId, number: int, content: bytes) -> None:
        await _PUT_PART.run(self._transaction.connection, upload_id=upload_id, number=number, content=content)

    async def parts(self, upload_id: UploadId) -> list[int]:
        return [row["number"] for row in await _PARTS.all(self._transaction.connection, upload_id=upload_id)]

    async def content(self, upload_id: UploadId) -> bytes:
        rows = await _CONTENT.all(self._transaction.connection, upload_id=upload_id)
        return b"".join(row["content"] for row in rows)

    async def drop_parts(self, upload_id: UploadId) -> None:
        await _DROP_PARTS.run(self._transaction.connection, upload_id=upload_id)

    async def forget(self, now: datetime, limit: int) -> int:
        status = await self._transaction.connection.execute(_FORGET, now, limit)
        return int(status.rsplit(" ", 1)[-1])


class SqlNamedFiles(NamedFiles):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def unused(self, folder: Folder, names: Sequence[UUID]) -> set[UUID]:
        statement = UNUSED_IMAGES if folder is Folder.IMAGES else UNUSED_DOCUMENTS
        async with self._pool.connection() as connection:
            return {row["name"] for row in await connection.fetch(statement, list(names))}
