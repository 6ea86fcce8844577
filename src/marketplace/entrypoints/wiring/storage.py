from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.images.encoder import SandboxedImageEncoder
from marketplace.adapters.storage.objects import ObjectStorage, open_store
from marketplace.application.identity.avatar import DeleteAvatar, RemoveAvatar, SetAvatar
from marketplace.application.shared.images import ImageEncoder
from marketplace.application.shared.storage import Storage


class StorageProvider(Provider):
    """Files, and the pictures of users among them. `url` is the setting STORAGE_URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @provide(scope=Scope.APP)
    def storage(self) -> Storage:
        return ObjectStorage(open_store(self._url))

    images = provide(SandboxedImageEncoder, provides=ImageEncoder, scope=Scope.APP)
    avatars = provide_all(SetAvatar, RemoveAvatar, DeleteAvatar, scope=Scope.REQUEST)
