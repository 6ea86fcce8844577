from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.catalog.media import SqlDocumentQueries, SqlDocuments, SqlNamedFiles, SqlUploads
from marketplace.application.catalog.documents import AddDocument, DeleteDocument, LinkDocument, OpenDocument
from marketplace.application.catalog.images import AddImage, DeleteImage, RemoveImage
from marketplace.application.catalog.media_ports import DocumentQueries, Documents, NamedFiles, Uploads
from marketplace.application.catalog.sweep import SweepFiles
from marketplace.application.catalog.uploads import BeginUpload, CompleteUpload, ForgetUploads, PutPart, ReadUpload


class MediaProvider(Provider):
    """Images and documents of listings."""

    scope = Scope.REQUEST

    queries = provide(SqlDocumentQueries, provides=DocumentQueries, scope=Scope.APP)
    named = provide(SqlNamedFiles, provides=NamedFiles, scope=Scope.APP)
    documents = provide(SqlDocuments, provides=Documents)
    uploads = provide(SqlUploads, provides=Uploads)
    images = provide_all(AddImage, RemoveImage, DeleteImage, SweepFiles)
    of_documents = provide_all(AddDocument, LinkDocument, OpenDocument, DeleteDocument)
    of_uploads = provide_all(BeginUpload, PutPart, ReadUpload, CompleteUpload, ForgetUploads)
