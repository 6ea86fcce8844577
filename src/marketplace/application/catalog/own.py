from typing import Literal, Protocol

from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.ids import ListingId

OwnStatus = Literal["draft", "pending_review", "rejected", "active", "paused", "sold"]


class OwnProductQueries(Protocol):
    async def own(
        self, actor: Actor, status: OwnStatus | None, *, after: ListingId | None, skip: int, limit: int
    ) -> Slice[ProductView]:
        """What the actor has that is not removed, newest first; `sold` is what is reserved too."""
        ...
