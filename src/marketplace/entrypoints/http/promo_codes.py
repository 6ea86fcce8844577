"""Promo codes: made by sellers for what they sell and by administrators for all, tried and used by customers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.promotions.codes import (
    AddPromoCode,
    DeactivatePromoCode,
    PromoCodeDraft,
    RevisePromoCode,
)
from marketplace.application.promotions.discounts import MOST_PRODUCTS, ValidatePromoCode
from marketplace.application.promotions.ports import PromoCodeQueries
from marketplace.application.promotions.views import PromoCodeView, ValidPromoCodeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.promotions.discount import Line, PromoBearer, PromoCodeId
from marketplace.domain.promotions.promo_code import (
    LARGEST_CAP,
    MOST_CATEGORIES,
    MOST_LISTINGS,
    InvalidPromoCode,
    PromoChannel,
)
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Code = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=32,
        pattern="^[A-Za-z0-9-]+$",
        description="In capitals or not.",
        examples=["SUMMER-15"],
    ),
]
BasisPoints = Annotated[int, Meta(ge=1, le=10_000, description="Of a percentage: 1500 is 15 %.", examples=[1500])]
Off = Annotated[Amount, Meta(description="Of a code that takes off an amount.", examples=[50.00])]
MaximumDiscount = Annotated[Amount, Meta(description="Of a percentage.", examples=[200.00])]
MinimumAmount = Annotated[Amount, Meta(description="The purchase costs so much at least.", examples=[100.00])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])]
FirstOrderOnly = Annotated[bool, Meta(examples=[False])]
Channels = Annotated[
    list[PromoChannel], Meta(max_length=len(PromoChannel), description="Only these.", examples=[["community"]])
]
Slug = Annotated[str, Meta(max_length=40)]
Categories = Annotated[
    list[Slug],
    Meta(max_length=MOST_CATEGORIES, description="Only these and those below.", examples=[["electronics"]]),
]
Products = Annotated[
    list[UUID],
    Meta(max_length=MOST_LISTINGS, description="Only these.", examples=[["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"]]),
]
Cap = Annotated[int, Meta(ge=1, le=LARGEST_CAP, description="Uses by all together; null: no end.", examples=[100])]
PerCustomer = Annotated[int, Meta(ge=1, le=LARGEST_CAP, description="Uses by each customer.", examples=[1])]
StartsAt = Annotated[datetime, Meta(tz=True, description="Else at once.", examples=["2026-12-01T00:00:00Z"])]
EndsAt = Annotated[datetime, Meta(tz=True, description="Null: no end.", examples=["2027-01-01T00:00:00Z"])]


def _money(amount: Decimal | None, currency: str | None, field: str) -> Money | None:
    if amount is None:
        return None
    if currency is None:
        raise InvalidPromoCode("say the currency too", field="currency")
    return Money.price(amount, currency, field=field)


class NewPromoCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Either `basis_points` or an `amount`; amounts come with their currency."""

    code: Code
    bearer: (
        Annotated[PromoBearer, Meta(description="Who pays for it; sellers their own.", examples=["seller"])] | None
    ) = None
    basis_points: BasisPoints | None = None
    amount: Off | None = None
    maximum_discount: MaximumDiscount | None = None
    minimum_amount: MinimumAmount | None = None
    currency: Currency | None = None
    first_order_only: FirstOrderOnly = False
    channels: Channels = []
    categories: Categories = []
    product_ids: Products = []
    cap: Cap | None = None
    per_customer: PerCustomer = 1
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None

    def draft(self) -> PromoCodeDraft:
        return PromoCodeDraft(
            code=self.code, bearer=self.bearer, basis_points=self.basis_points,
            amount=_money(self.amount, self.currency, "amount"),
            maximum=_money(self.maximum_discount, self.currency, "maximum_discount"),
            minimum=_money(self.minimum_amount, self.currency, "minimum_amount"),
            first_order_only=self.first_order_only, channels=self.channels, categories=self.categories,
            listings=self.product_ids, cap=self.cap, per_customer=self.per_customer, starts_at=self.starts_at,
            ends_at=self.ends_at,
        )  # fmt: skip


class PromoCodeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays; null clears. Amounts come with their currency."""

    is_active: Annotated[bool, Meta(examples=[True])] | UnsetType = UNSET
    cap: Cap | UnsetType | None = UNSET
    per_customer: PerCustomer | UnsetType = UNSET
    starts_at: StartsAt | UnsetType = UNSET
    ends_at: EndsAt | UnsetType | None = UNSET
    basis_points: BasisPoints | UnsetType | None = UNSET
    amount: Off | UnsetType | None = UNSET
    maximum_discount: MaximumDiscount | UnsetType | None = UNSET
    minimum_amount: MinimumAmount | UnsetType | None = UNSET
    currency: Currency | None = None
    first_order_only: FirstOrderOnly | UnsetType = UNSET
    channels: Channels | UnsetType = UNSET
    categories: Categories | UnsetType = UNSET
    product_ids: Products | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {
            "is_active": self.is_active, "cap": self.cap, "per_customer": self.per_customer,
            "starts_at": self.starts_at, "ends_at": self.ends_at, "basis_points": self.basis_points,
            "amount": self._changed(self.amount, "amount"),
            "maximum": self._changed(self.maximum_discount, "maximum_discount"),
            "minimum": self._changed(self.minimum_amount, "minimum_amount"),
            "first_order_only": self.first_order_only, "channels": _set(self.channels),
            "categories": _set(self.categories), "listings": _set(self.product_ids),
        }  # fmt: skip
        return {name: change for name, change in changes.items() if change is not UNSET}

    def _changed(self, amount: Amount | UnsetType | None, field: str) -> Money | UnsetType | None:
        return UNSET if isinstance(amount, UnsetType) else _money(amount, self.currency, field)


def _set(items: list[Any] | UnsetType) -> frozenset[Any] | UnsetType:
    return UNSET if isinstance(items, UnsetType) else frozenset(items)


class PromoCodeTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of products at their prices, or of a sum: `amount` and `currency` with its `seller_id`."""

    code: Code
    product_ids: Annotated[list[UUID], Meta(max_length=MOST_PRODUCTS)] | None = None
    amount: Annotated[Amount, Meta(examples=[850.00])] | None = None
    currency: Currency | None = None
    seller_id: UserId | None = None

    def line(self) -> Line:
        amount = _money(self.amount, self.currency, "amount")
        if amount is None or self.seller_id is None or self.product_ids is not None:
            raise InvalidPromoCode("say product_ids, or amount, currency and seller_id", field="product_ids")
        return Line(seller=self.seller_id, amount=amount)


class PromoCodesController(Controller):
    path = "/api/v1/promo-codes"
    tags = ("Promotions",)
    security = BEARER

    @get(summary="List promo codes", cache_control=CacheControlHeader(no_store=True))
    @inject
    async def list_codes(
        self,
        actor: FromDishka[Actor],
        codes: FromDishka[PromoCodeQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PromoCodeView]]:
        """Your own, newest first; administrators see everybody's and the platform's."""
        after = PromoCodeId(cursors.decode(cursor)) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await codes.codes(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Add a promo code")
    @inject
    async def add_code(
        self, data: JSONBody[NewPromoCode], actor: FromDishka[Actor], add: FromDishka[AddPromoCode]
    ) -> Success[PromoCodeView]:
        """A seller's is for that seller's listings, an administrator's for everybody's.

        No two active codes have the same text (`promo_code_taken`).
        """
        return Success(await add(actor, data.draft()))

    @patch("/{code_id:uuid}", summary="Change a promo code")
    @inject
    async def revise_code(
        self,
        code_id: FromPath[PromoCodeId],
        data: JSONBody[PromoCodeChange],
        actor: FromDishka[Actor],
        revise: FromDishka[RevisePromoCode],
    ) -> Success[PromoCodeView]:
        """Your own; administrators any. Of one that is used only caps, dates and `is_active` change
        (`promo_code_in_use`), and `cap` is at least what is used."""
        return Success(await revise(actor, code_id, data.changes()))

    @delete("/{code_id:uuid}", summary="Deactivate a promo code", opt=NOT_REPEATABLE)
    @inject
    async def deactivate_code(
        self,
        code_id: FromPath[PromoCodeId],
        actor: FromDishka[Actor],
        deactivate: FromDishka[DeactivatePromoCode],
    ) -> None:
        """Nobody uses it any more; orders that have it keep their discount. It stays in the list."""
        await deactivate(actor, code_id)

    @post("/validate", status_code=200, summary="Try a promo code")
    @inject
    async def validate_code(
        self, data: JSONBody[PromoCodeTrial], actor: FromDishka[Actor], validate: FromDishka[ValidatePromoCode]
    ) -> Success[ValidPromoCodeView]:
        """What it takes off now; nothing is reserved. Why it takes off nothing: `promo_code_unknown`,
        `promo_code_expired`, `promo_code_used_up`, `promo_code_minimum` or `promo_code_not_for_this`."""
        if data.product_ids is not None and data.amount is None:
            return Success(await validate.products(actor, data.code, data.product_ids))
        return Success(await validate.sum(actor, data.code, data.line()))
