"""Categories. What is read is JSON already (`msgspec.Raw`): the return types say what is in it."""

from typing import Annotated, cast

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.datastructures import CacheControlHeader, ResponseHeader
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.catalog.categories import (
    CategoryDraft,
    CreateCategory,
    DeleteCategory,
    EditCategory,
    ReadCategories,
)
from marketplace.application.catalog.category_views import CategoryDetails, CategoryRecord, CategoryView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.domain.catalog.category import CategoryKind
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success

KEPT = CacheControlHeader(public=True, max_age=5)
BY_LANGUAGE = [ResponseHeader(name="vary", value="accept-language")]

Slug = Annotated[str, Meta(min_length=2, max_length=40, pattern="^[a-z][a-z0-9_]+$(?!\\n)", examples=["cameras"])]
Parent = Annotated[str, Meta(max_length=40, description="A category's slug.", examples=["electronics"])]
Names = Annotated[
    dict[str, Annotated[str, Meta(min_length=1, max_length=60)]],
    Meta(
        description="By language: en, ru, uz, ar, hi. English is shown where another is missing.",
        examples=[{"en": "Cameras", "ru": "Камеры", "uz": "Kameralar", "ar": "كاميرات", "hi": "कैमरे"}],
    ),
]
Icon = Annotated[str, Meta(max_length=40, pattern="^[a-z0-9_-]+$(?!\\n)", examples=["camera"])]
Color = Annotated[str, Meta(pattern="^#[0-9A-Fa-f]{6}$(?!\\n)", max_length=7, examples=["#2563EB"])]
Position = Annotated[int, Meta(ge=0, le=10_000, description="Orders those of one parent.", examples=[3])]


class NewServiceCategory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without a parent it is a root; without a position it comes last."""

    slug: Slug
    names: Names
    icon: Icon
    color: Color
    secondary_color: Annotated[Color, Meta(examples=["#DBEAFE"])]
    parent: Annotated[Parent, Meta(examples=["home_services"])] | None = None
    position: Position | None = None

    def draft(self, kind: CategoryKind) -> CategoryDraft:
        return CategoryDraft(
            slug=self.slug, kind=kind, parent=self.parent, names=self.names, icon=self.icon, color=self.color,
            secondary_color=self.secondary_color, position=self.position,
        )  # fmt: skip


class NewCategory(NewServiceCategory, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a kind; products and lots share their tree. Without a parent it is a root, without a position the last."""

    kind: CategoryKind = CategoryKind.PRODUCT
    parent: Parent | None = None


class CategoryChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays, names in other languages too. A parent that is null makes it a root."""

    names: Names | UnsetType = UNSET
    parent: Parent | UnsetType | None = UNSET
    icon: Icon | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    secondary_color: Annotated[Color, Meta(examples=["#DBEAFE"])] | UnsetType = UNSET
    position: Position | UnsetType = UNSET

    def named(self) -> dict[str, object]:
        changes = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in changes.items() if value is not UNSET}


class CategoriesController(Controller):
    path = "/api/v1/categories"
    tags = ("Categories",)

    @get(summary="Categories of products", cache_control=KEPT, response_headers=BY_LANGUAGE)
    @inject
    async def products(
        self, caller: FromDishka[Caller], categories: FromDishka[ReadCategories]
    ) -> Success[list[CategoryView]]:
        """The top of the tree of products and lots, in order, named in the language of `Accept-Language`.

        Counts are some seconds old. What is for followers only is not counted.
        """
        answer = await categories.roots(CategoryKind.PRODUCT, caller.language)
        return Success(cast(list[CategoryView], answer))

    @get("/{slug:str}", summary="Read a category", cache_control=KEPT, response_headers=BY_LANGUAGE)
    @inject
    async def read(
        self, slug: FromPath[str], caller: FromDishka[Caller], categories: FromDishka[ReadCategories]
    ) -> Success[CategoryDetails]:
        """A category of either tree, those directly below it, and the way to it from the root."""
        return Success(cast(CategoryDetails, await categories.one(slug, caller.language)))

    @post(summary="Add a category", security=BEARER)
    @inject
    async def add(
        self, data: JSONBody[NewCategory], actor: FromDishka[Actor], create: FromDishka[CreateCategory]
    ) -> Success[CategoryRecord]:
        """For administrators. A tree has at most 4 levels."""
        return Success(await create(actor, data.draft(data.kind)))

    @patch("/{slug:str}", summary="Edit a category", security=BEARER)
    @inject
    async def edit(
        self,
        slug: FromPath[str],
        data: JSONBody[CategoryChange],
        actor: FromDishka[Actor],
        edit: FromDishka[EditCategory],
    ) -> Success[CategoryRecord]:
        """For administrators. Under another parent it goes with all that is below it; its slug and kind stay."""
        return Success(await edit(actor, slug, data.named()))

    @delete("/{slug:str}", summary="Delete a category", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def remove(
        self, slug: FromPath[str], actor: FromDishka[Actor], delete_category: FromDishka[DeleteCategory]
    ) -> None:
        """For administrators. Refused (`category_in_use`) while categories are below it or listings were in it."""
        await delete_category(actor, slug)


class ServiceCategoriesController(Controller):
    path = "/api/v1/services/categories"
    tags = ("Categories",)

    @get(summary="Categories of services", cache_control=KEPT, response_headers=BY_LANGUAGE)
    @inject
    async def services(
        self, caller: FromDishka[Caller], categories: FromDishka[ReadCategories]
    ) -> Success[list[CategoryView]]:
        """The whole tree of services as a list, each with its `parent` and before those below it."""
        answer = await categories.all(CategoryKind.SERVICE, caller.language)
        return Success(cast(list[CategoryView], answer))

    @post(summary="Add a category of services", security=BEARER)
    @inject
    async def add_service(
        self, data: JSONBody[NewServiceCategory], actor: FromDishka[Actor], create: FromDishka[CreateCategory]
    ) -> Success[CategoryRecord]:
        """For administrators. The same as `POST /categories` with the kind `service`."""
        return Success(await create(actor, data.draft(CategoryKind.SERVICE)))
