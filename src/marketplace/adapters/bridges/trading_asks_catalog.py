from collections.abc import Mapping, Sequence
from uuid import UUID

from marketplace.application.catalog.media_ports import Documents
from marketplace.application.catalog.personal_ports import Favorites
from marketplace.application.catalog.ports import Listings, ProductQueries, Terms
from marketplace.application.catalog.views import LotDetails
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.trading.agreements import ListingCategories
from marketplace.application.trading.ports import ForSale, Market, Watchers
from marketplace.application.trading.rule_ports import Showcase, Shown
from marketplace.application.trading.tested_lot_ports import ReportDocuments
from marketplace.domain.catalog.documents import DocumentId, DocumentNotFound
from marketplace.domain.catalog.listing import Audience, ListingNotAvailable, ListingNotFound, NotYourListing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind, LotTerms
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money, sum_of
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


class ShowcaseOfCatalog(Showcase):
    def __init__(self, products: ProductQueries) -> None:
        self._products = products

    async def shown_to(self, actor: Actor, listing_id: ListingId) -> Shown:
        view = await self._products.product(Viewer(actor.user), listing_id)
        asked = _asked(Money.price(view.price, view.currency), view.kind, view.lot)
        return Shown(view.id, view.seller.id, view.category, asked)

    async def own(self, actor: Actor, listing_id: ListingId) -> Shown:
        shown = await self.shown_to(actor, listing_id)
        if shown.seller != actor.user:
            raise NotYourListing("only its seller may do this", product_id=listing_id)
        return shown


class CategoriesOfCatalog(ListingCategories):
    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def category_of(self, listing_id: ListingId) -> str:
        """Also of what nobody sees any more, as of a seller who was suspended after the agreement."""
        return (await self._listings.locked(listing_id)).category


class ReportDocumentsOfCatalog(ReportDocuments):
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def sha256_of(self, owner: UserId, document_id: UUID) -> str:
        document = await self._documents.get(DocumentId(document_id))
        if document is None or document.owner != owner:
            raise DocumentNotFound("no such document of yours", document_id=document_id)
        return document.sha256


def _available(terms: Terms, listing_id: ListingId) -> Terms:
    if terms.status is not ListingStatus.ACTIVE:
        raise ListingNotAvailable("the product is not available", product_id=listing_id)
    return terms


def _alone(subject: Subject, terms: Terms) -> ForSale:
    lot = terms.lot
    smallest = None if lot is None or lot.smallest is None else Quantity.of(lot.smallest, lot.unit)
    return ForSale(subject, terms.seller, _asked(terms.price, terms.kind, lot), smallest)


def _asked(price: Money, kind: Kind, lot: LotTerms | LotDetails | None) -> Asked:
    quantity = ONE if lot is None else Quantity.of(lot.quantity, lot.unit)
    return Asked(price=price, quantity=quantity, is_ceiling=kind is not Kind.SERVICE)


def _package(found: Sequence[Terms]) -> Asked:
    if len(found) > MOST_IN_PACKAGE:
        raise InvalidTermSheet(f"at most {MOST_IN_PACKAGE} products", field="product_ids")
    if any(terms.kind is not Kind.PRODUCT for terms in found):
        raise InvalidTermSheet("only products go into a package", field="product_ids")
    if len({(terms.seller, terms.price.currency) for terms in found}) > 1:
        raise InvalidTermSheet("are of one seller and in one currency", field="product_ids")
    return Asked(price=sum_of([terms.price for terms in found]), quantity=ONE)
