from marketplace.application.catalog.ports import Listings
from marketplace.application.trading.ports import Subject, Subjects
from marketplace.domain.catalog.listing import ListingNotAvailable
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind, NotNegotiable
from marketplace.domain.shared.ids import ListingId


class SubjectsOfCatalog(Subjects):
    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def available(self, listing_id: ListingId) -> Subject:
        terms = await self._listings.terms_for_share(listing_id)
        if terms.kind is not Kind.PRODUCT:
            raise NotNegotiable(f"offers are made on products: this is a {terms.kind}", product_id=listing_id)
        if terms.status is not ListingStatus.ACTIVE:
            raise ListingNotAvailable("the product is not available", product_id=listing_id)
        return Subject(listing_id, terms.seller, terms.price)
