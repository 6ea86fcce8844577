from marketplace.application.catalog.ports import Listings, ProductQueries
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.trading.agreements import ListingCategories
from marketplace.application.trading.rule_ports import Showcase, Shown
from marketplace.domain.catalog.listing import NotYourListing
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.offer import Asked
from marketplace.domain.trading.units import ONE, Quantity


class ShowcaseOfCatalog(Showcase):
    def __init__(self, products: ProductQueries) -> None:
        self._products = products

    async def shown_to(self, actor: Actor, listing_id: ListingId) -> Shown:
        view = await self._products.product(Viewer(actor.user), listing_id)
        return Shown(view.id, view.seller.id, view.category, _asked(view))

    async def own(self, actor: Actor, listing_id: ListingId) -> Shown:
        shown = await self.shown_to(actor, listing_id)
        if shown.seller != actor.user:
            raise NotYourListing("only its seller may do this", product_id=listing_id)
        return shown


def _asked(view: ProductView) -> Asked:
    """As MarketOfCatalog has it."""
    quantity = Quantity.of(view.lot.quantity, view.lot.unit) if view.lot else ONE
    price = Money.price(view.price, view.currency)
    return Asked(price=price, quantity=quantity, is_ceiling=view.kind is not Kind.SERVICE)


class CategoriesOfCatalog(ListingCategories):
    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def category_of(self, listing_id: ListingId) -> str:
        """Also of what nobody sees any more, as of a seller who was suspended after the agreement."""
        return (await self._listings.locked(listing_id)).category
