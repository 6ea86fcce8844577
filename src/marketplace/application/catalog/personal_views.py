from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.catalog.views import Price, ProductView
from marketplace.domain.catalog.saved_search import SavedSearchId
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.ids import ListingId


class KeptView(msgspec.Struct, frozen=True):
    """What the caller keeps an eye on, since when."""

    product_id: ListingId
    favorited_at: datetime


class FavoriteView(msgspec.Struct, frozen=True):
    """`id` names the favourite: it is what the list is ordered by."""

    id: UUID
    favorited_at: datetime
    product: ProductView


class SeenView(msgspec.Struct, frozen=True):
    seen_at: datetime
    product: ProductView


class SavedSearchView(msgspec.Struct, frozen=True):
    """What is null is not asked for."""

    id: SavedSearchId
    name: Annotated[str, Meta(examples=["Cameras near me"])]
    q: Annotated[str | None, Meta(examples=["film camera"])]
    category: Annotated[str | None, Meta(examples=["electronics"])]
    kind: Kind | None
    condition: Annotated[Condition | None, Meta(examples=["good"])]
    min_price: Price | None
    max_price: Price | None
    currency: str | None
    latitude: Annotated[float | None, Meta(examples=[25.0657])]
    longitude: Annotated[float | None, Meta(examples=[55.1713])]
    radius_km: Annotated[float | None, Meta(examples=[25.0])]
    notify: bool
    created_at: datetime
