from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.links_ask_identity import LinkHoldersOfIdentity
from marketplace.adapters.documents.pdf import PdfInspector
from marketplace.adapters.images.encoder import SandboxedImageEncoder
from marketplace.adapters.scanning.clamd import ClamdScan, NoScan
from marketplace.adapters.security.signed_links import HmacSignedLinks
from marketplace.adapters.storage.objects import ObjectStorage, open_store
from marketplace.application.identity.avatar import DeleteAvatar, RemoveAvatar, SetAvatar
from marketplace.application.shared.images import ImageEncoder
from marketplace.application.shared.links import LinkHolders, PrivateLinks, SignedLinks
from marketplace.application.shared.scanning import DocumentInspector, Intake, VirusScan
from marketplace.application.shared.storage import Storage


class StorageProvider(Provider):
    """Files, what looks at them, and links to private ones; the pictures of users among them.

    `url` is the setting STORAGE_URL, `link_secret` has 32 bytes, `clamd_url` is empty where nothing is scanned.
    """

    def __init__(self, url: str, link_secret: bytes, clamd_url: str) -> None:
        super().__init__()
        self._url = url
        self._link_secret = link_secret
        self._clamd_url = clamd_url

    @provide(scope=Scope.APP)
    def storage(self) -> Storage:
        return ObjectStorage(open_store(self._url))

    @provide(scope=Scope.APP)
    def links(self) -> SignedLinks:
        return HmacSignedLinks(self._link_secret)

    @provide(scope=Scope.APP)
    def viruses(self) -> VirusScan:
        return ClamdScan(self._clamd_url) if self._clamd_url else NoScan()

    inspector = provide(PdfInspector, provides=DocumentInspector, scope=Scope.APP)
    holders = provide(LinkHoldersOfIdentity, provides=LinkHolders, scope=Scope.APP)
    shared = provide_all(Intake, PrivateLinks, scope=Scope.APP)
    images = provide(SandboxedImageEncoder, provides=ImageEncoder, scope=Scope.APP)
    avatars = provide_all(SetAvatar, RemoveAvatar, DeleteAvatar, scope=Scope.REQUEST)
