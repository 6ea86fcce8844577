from collections.abc import Mapping, Sequence

from marketplace.application.catalog.personal_ports import Favorites
from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.trading.ports import ForSale, Market, Watchers
from marketplace.domain.catalog.listing import Audience, ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import sum_of
from marketplace.domain.shared.subject import Subject
from marketplace.domain.trading.offer import Asked
from marketplace.domain.trading.terms import InvalidTermSheet
from marketplace.domain.trading.units import ONE, Quantity

MOST_IN_PACKAGE = 20


class MarketOfCatalog(Market):
    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def for_sale(self, viewer: UserId, listings: Sequence[ListingId]) -> ForSale:
        if len(set(listings)) < len(listings):
            raise InvalidTermSheet("name each product once", field="product_ids")
        subject = Subject.of_listings(*listings)
        found = [await self._shown(viewer, one) for one in subject.listings]
        if len(found) > 1:
            return ForSale(subject, found[0].seller, _package(found))
        return _alone(subject, found[0])

    async def own_for_sale(self, seller: UserId, listing_id: ListingId) -> ForSale:
        if not await self._listings.visible_to(seller, listing_id):
            raise ListingNotFound("no such product", product_id=listing_id)
        (await self._listings.locked(listing_id)).require_owner(seller)
        terms = await self._listings.terms_for_share(listing_id)
        return _alone(Subject.of_listings(listing_id), _available(terms, listing_id))

    async def _shown(self, viewer: UserId, listing_id: ListingId) -> Terms:
        terms = await self._listings.terms_for_share(listing_id)
        if terms.audience is not Audience.EVERYONE and not await self._listings.visible_to(viewer, listing_id):
            raise ListingNotFound("no such product", product_id=listing_id)
        return _available(terms, listing_id)


class WatchersOfCatalog(Watchers):
    def __init__(self, favorites: Favorites) -> None:
        self._favorites = favorites

    async def of(self, listing_id: ListingId, limit: int) -> Mapping[UserId, bool]:
        return await self._favorites.watchers(listing_id, limit)


def _available(terms: Terms, listing_id: ListingId) -> Terms:
    if terms.status is not ListingStatus.ACTIVE:
        raise ListingNotAvailable("the product is not available", product_id=listing_id)
    return terms


def _alone(subject: Subject, terms: Terms) -> ForSale:
    if terms.lot is None:
        return ForSale(subject, terms.seller, Asked(price=terms.price, is_ceiling=terms.kind is Kind.PRODUCT))
    whole = Quantity.of(terms.lot.quantity, terms.lot.unit)
    smallest = None if terms.lot.smallest is None else Quantity.of(terms.lot.smallest, terms.lot.unit)
    return ForSale(subject, terms.seller, Asked(price=terms.price, quantity=whole), smallest)


def _package(found: Sequence[Terms]) -> Asked:
    if len(found) > MOST_IN_PACKAGE:
        raise InvalidTermSheet(f"at most {MOST_IN_PACKAGE} products", field="product_ids")
    if any(terms.kind is not Kind.PRODUCT for terms in found):
        raise InvalidTermSheet("only products go into a package", field="product_ids")
    if len({(terms.seller, terms.price.currency) for terms in found}) > 1:
        raise InvalidTermSheet("are of one seller and in one currency", field="product_ids")
    return Asked(price=sum_of([terms.price for terms in found]), quantity=ONE)
