from dataclasses import dataclass
from typing import Protocol

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.rule_views import OfferRulesView, RulesForAllView
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.trading.offer import Asked
from marketplace.domain.trading.rules import OfferRules, RulesForAll


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing as the catalog shows it to somebody."""

    listing: ListingId
    seller: UserId
    category: str
    asked: Asked


class Showcase(Protocol):
    """Asked of the catalog, outside any transaction."""

    async def shown_to(self, actor: Actor, listing_id: ListingId) -> Shown:
        """Raises ListingNotFound."""
        ...

    async def own(self, actor: Actor, listing_id: ListingId) -> Shown:
        """Raises NotYourListing where the actor may see it, else ListingNotFound."""
        ...


class OfferRuleBook(Protocol):
    """What sellers have answered in their name. Rules of a listing win over those for all, as a whole."""

    async def on_listing(self, listing_id: ListingId, seller: UserId) -> OfferRules | RulesForAll | None:
        """The listing's own, else the seller's for all."""
        ...

    async def put(self, listing_id: ListingId, seller: UserId, rules: OfferRules) -> None: ...
    async def put_for_all(self, seller: UserId, rules: RulesForAll) -> None: ...

    async def drop(self, listing_id: ListingId) -> None:
        """The listing has none of its own any more, if it had."""
        ...

    async def forget(self, seller: UserId) -> None: ...


class OfferRuleQueries(Protocol):
    async def on_listing(self, actor: Actor, listing_id: ListingId) -> OfferRulesView:
        """What acts on a listing of the actor's own; raises NotYourListing or ListingNotFound."""
        ...

    async def for_all(self, actor: Actor) -> RulesForAllView: ...
