from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.catalog.personal import DeleteSavedSearch, SaveSearch, SearchWish
from marketplace.application.catalog.personal_ports import PersonalQueries
from marketplace.application.catalog.personal_views import SavedSearchView
from marketplace.application.shared.actor import Actor
from marketplace.domain.catalog.saved_search import WIDEST_RADIUS, Area, InvalidSavedSearch, SavedSearchId
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success


class NewSavedSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out is not asked for. Prices are in `currency`, AED if left out; a place has all three parts."""

    name: Annotated[str, Meta(max_length=80, examples=["Cameras near me"])] | None = None
    q: Annotated[str, Meta(max_length=200, description="All these words.", examples=["film camera"])] = ""
    category: Annotated[str, Meta(max_length=40, examples=["electronics"])] | None = None
    kind: Annotated[Kind, Meta(examples=["product"])] | None = None
    condition: Annotated[Condition, Meta(examples=["good"])] | None = None
    min_price: Annotated[Amount, Meta(examples=[100.00])] | None = None
    max_price: Annotated[Amount, Meta(examples=[900.00])] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90, examples=[25.0657])] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180, examples=[55.1713])] | None = None
    radius_km: Annotated[float, Meta(gt=0, le=WIDEST_RADIUS, examples=[25.0])] | None = None
    notify: Annotated[bool, Meta(description="Tell me of what is new.", examples=[True])] = True

    def wish(self) -> SearchWish:
        currency = self.currency or ("AED" if self.min_price or self.max_price else None)
        return SearchWish(
            name=self.name, words=self.q, category=self.category, kind=self.kind, condition=self.condition,
            lowest=self._money(self.min_price, currency, "min_price"),
            highest=self._money(self.max_price, currency, "max_price"),
            currency=currency, area=self._area(), notify=self.notify,
        )  # fmt: skip

    @staticmethod
    def _money(amount: Amount | None, currency: str | None, field: str) -> Money | None:
        return None if amount is None else Money.price(amount, currency or "AED", field=field)

    def _area(self) -> Area | None:
        match self.latitude, self.longitude, self.radius_km:
            case None, None, None:
                return None
            case float(latitude), float(longitude), float(radius):
                return Area(center=Location(latitude, longitude), radius_km=radius)
        raise InvalidSavedSearch("a place has latitude, longitude and radius_km", field="radius_km")


class SavedSearchesController(Controller):
    path = "/api/v1/search/saved"
    tags = ("Personal",)

    @get(
        summary="Your saved searches",
        cache_control=CacheControlHeader(no_store=True),
        security=BEARER,
    )
    @inject
    async def saved(
        self, actor: FromDishka[Actor], personal: FromDishka[PersonalQueries]
    ) -> Success[list[SavedSearchView]]:
        """The latest first."""
        return Success(await personal.saved_searches(actor))

    @post(summary="Save a search", security=BEARER)
    @inject
    async def save(
        self, data: JSONBody[NewSavedSearch], actor: FromDishka[Actor], save: FromDishka[SaveSearch]
    ) -> Success[SavedSearchView]:
        """Whatever is published from now on and matches is told at once, as the event `search:match`.

        20 are kept at most. Of what matches several of them you are told once; of your own products never.
        """
        return Success(await save(actor, data.wish()))

    @delete("/{search_id:uuid}", summary="Delete a saved search", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def remove(
        self, search_id: FromPath[SavedSearchId], actor: FromDishka[Actor], remove: FromDishka[DeleteSavedSearch]
    ) -> None:
        """One of yours."""
        await remove(actor, search_id)
