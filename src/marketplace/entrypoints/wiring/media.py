from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.catalog_asks_identity import LinkHoldersOfIdentity
from marketplace.adapters.documents.pdf import PdfInspector
from marketplace.adapters.scanning.clamd import ClamdScan, NoScan
from marketplace.adapters.sql.catalog.media import SqlDocumentQueries, SqlDocuments, SqlNamedFiles, SqlUploads
from marketplace.application.catalog.documents import AddDocument, DeleteDocument, LinkDocument, OpenDocument
from marketplace.application.catalog.images import AddImage, DeleteImage, RemoveImage
from marketplace.application.catalog.media_ports import (
    DocumentInspector,
    DocumentQueries,
    Documents,
    LinkHolders,
    NamedFiles,
    Uploads,
)
from marketplace.application.catalog.sweep import SweepFiles
from marketplace.application.catalog.uploads import BeginUpload, CompleteUpload, ForgetUploads, PutPart, ReadUpload
from marketplace.application.shared.scanning import VirusScan


class MediaProvider(Provider):
    """Images and documents of listings. `clamd_url` is the setting CLAMD_URL, empty where nothing is scanned."""

    scope = Scope.REQUEST

    def __init__(self, clamd_url: str) -> None:
        super().__init__()
        self._clamd_url = clamd_url

    @provide(scope=Scope.APP)
    def viruses(self) -> VirusScan:
        return ClamdScan(self._clamd_url) if self._clamd_url else NoScan()

    inspector = provide(PdfInspector, provides=DocumentInspector, scope=Scope.APP)
    holders = provide(LinkHoldersOfIdentity, provides=LinkHolders, scope=Scope.APP)
    queries = provide(SqlDocumentQueries, provides=DocumentQueries, scope=Scope.APP)
    named = provide(SqlNamedFiles, provides=NamedFiles, scope=Scope.APP)
    documents = provide(SqlDocuments, provides=Documents)
    uploads = provide(SqlUploads, provides=Uploads)
    images = provide_all(AddImage, RemoveImage, DeleteImage, SweepFiles)
    of_documents = provide_all(AddDocument, LinkDocument, OpenDocument, DeleteDocument)
    of_uploads = provide_all(BeginUpload, PutPart, ReadUpload, CompleteUpload, ForgetUploads)
