"""Categories, favourites and saved searches that are valid unless a test says otherwise."""

from typing import Any

from marketplace.domain.catalog.category import Category, CategoryKind
from marketplace.domain.catalog.favorite import Favorite
from marketplace.domain.catalog.saved_search import SavedSearch, SavedSearchId
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import NOON, a_user_id, new_id


def a_category(slug: str = "cameras", **changes: Any) -> Category:
    given: dict[str, Any] = {
        "slug": slug, "kind": CategoryKind.PRODUCT, "parent": None, "names": {"en": slug.title()}, "icon": "camera",
        "color": "#2563EB", "secondary_color": "#DBEAFE", "position": 0,
    }  # fmt: skip
    return Category(**{**given, **changes})


def a_favorite(listing_id: ListingId, **changes: Any) -> Favorite:
    given: dict[str, Any] = {"id": new_id(), "user": a_user_id(), "created_at": NOON}
    return Favorite(listing_id=listing_id, **{**given, **changes})


def a_search(**changes: Any) -> SavedSearch:
    """For cameras, unless it asks for something else."""
    given: dict[str, Any] = {"id": SavedSearchId(new_id()), "user": a_user_id(), "created_at": NOON}
    asked = {} if changes.keys() - {"id", "user", "name"} else {"words": "camera"}
    return SavedSearch(**{**given, **asked, **changes})
