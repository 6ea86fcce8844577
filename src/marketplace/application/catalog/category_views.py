from typing import Annotated

import msgspec
from msgspec import Meta

from marketplace.domain.catalog.category import Category, CategoryKind

Slug = Annotated[str, Meta(examples=["electronics"])]
Name = Annotated[str, Meta(examples=["Electronics"])]
Icon = Annotated[str, Meta(examples=["device"])]
Color = Annotated[str, Meta(examples=["#2563EB"])]
Count = Annotated[int, Meta(examples=[42])]


class CategoryView(msgspec.Struct, frozen=True):
    """A category with what is for sale in it and in all below it.

    `total_products` counts products, `active_listings_count` services and lots too.
    """

    slug: Slug
    kind: CategoryKind
    parent: Annotated[str | None, Meta(examples=[None])]
    name: Name
    icon: Icon
    color: Color
    secondary_color: Annotated[str, Meta(examples=["#DBEAFE"])]
    total_products: Count
    live_streams_count: Annotated[int, Meta(examples=[3])]
    active_listings_count: Annotated[int, Meta(examples=[45])]


class CategoryDetails(CategoryView, frozen=True):
    """A category with those directly below it, and those above it from the root down."""

    children: list[CategoryView]
    path: Annotated[list[str], Meta(description="Slugs, the root's first.", examples=[[]])]


class CategoryRecord(msgspec.Struct, frozen=True):
    """A category as administrators edit it."""

    slug: Slug
    kind: CategoryKind
    parent: Annotated[str | None, Meta(examples=[None])]
    names: Annotated[dict[str, str], Meta(description="By language.", examples=[{"en": "Electronics"}])]
    icon: Icon
    color: Color
    secondary_color: Annotated[str, Meta(examples=["#DBEAFE"])]
    position: Annotated[int, Meta(description="Orders those of one parent.", examples=[2])]

    @classmethod
    def of(cls, category: Category) -> "CategoryRecord":
        return cls(
            category.slug, category.kind, category.parent, dict(category.names), category.icon, category.color,
            category.secondary_color, category.position,
        )  # fmt: skip
