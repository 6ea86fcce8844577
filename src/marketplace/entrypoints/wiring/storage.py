from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.images.encoder import SandboxedImageEncoder
from marketplace.adapters.security.signed_links import HmacSignedLinks
from marketplace.adapters.storage.objects import ObjectStorage, open_store
from marketplace.application.identity.avatar import DeleteAvatar, RemoveAvatar, SetAvatar
from marketplace.application.shared.images import ImageEncoder
from marketplace.application.shared.links import SignedLinks
from marketplace.application.shared.storage import Storage


class StorageProvider(Provider):
    """Files, and the pictures of users among them. `url` is the setting STORAGE_URL, `link_secret` has 32 bytes."""

    def __init__(self, url: str, link_secret: bytes) -> None:
        super().__init__()
        self._url = url
        self._link_secret = link_secret

    @provide(scope=Scope.APP)
    def storage(self) -> Storage:
        return ObjectStorage(open_store(self._url))

    @provide(scope=Scope.APP)
    def links(self) -> SignedLinks:
        return HmacSignedLinks(self._link_secret)

    images = provide(SandboxedImageEncoder, provides=ImageEncoder, scope=Scope.APP)
    avatars = provide_all(SetAvatar, RemoveAvatar, DeleteAvatar, scope=Scope.REQUEST)
