from uuid import UUID

from marketplace.application.catalog.media_ports import Documents
from marketplace.application.trading.tested_lot_ports import ReportDocuments
from marketplace.domain.catalog.documents import DocumentId, DocumentNotFound
from marketplace.domain.shared.ids import UserId


class ReportDocumentsOfCatalog(ReportDocuments):
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def sha256_of(self, owner: UserId, document_id: UUID) -> str:
        document = await self._documents.get(DocumentId(document_id))
        if document is None or document.owner != owner:
            raise DocumentNotFound("no such document of yours", document_id=document_id)
        return document.sha256
