"""What the platform charges, what a sale would cost, and why an order's fee is what it is."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.ordering.fee_ports import FeeQueries
from marketplace.application.ordering.fee_schedules import AddFeeSchedule, ChangeFeeSchedule, FeeScheduleDraft
from marketplace.application.ordering.fee_views import FeePreview, FeeScheduleView, OrderFeeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.ordering.fees import MOST_BASIS_POINTS, FeeScheduleId, Sale
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import LARGEST_MINOR, InvalidAmount, Money
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Channel = Annotated[
    Literal["community", "discover", "live", "services", "desk", "subscriptions"],
    Meta(description="Where it is sold.", examples=["community"]),
]
Category = Annotated[
    str, Meta(max_length=40, description="A category's slug; those directly below it too.", examples=["electronics"])
]
Seller = Annotated[UserId, Meta(description="The id of a person.", examples=["0197c2d4-0000-7000-8000-000000000001"])]
Rate = Annotated[
    int, Meta(ge=0, le=MOST_BASIS_POINTS, description="Ten-thousandths of what a line costs.", examples=[1000])
]
Fixed = Annotated[Amount, Meta(description="Added to the share of each line.", examples=[1.00])]
Minimum = Annotated[Amount, Meta(description="Of each line, but never more than it costs.", examples=[2.00])]
Maximum = Annotated[Amount, Meta(description="Of each line.", examples=[500.00])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])]
Start = Annotated[datetime, Meta(tz=True, description="Not in the past.", examples=["2035-01-01T00:00:00Z"])]
End = Annotated[datetime, Meta(tz=True, description="Not in the past.", examples=["2035-02-01T00:00:00Z"])]
Note = Annotated[
    str, Meta(max_length=500, description="For buyer and seller, with the fee.", examples=["Winter campaign"])
]


class NewFeeSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A channel, category, seller or currency that is left out: any. Amounts need a currency.

    Without a start it begins at once, without an end it stays in force.
    """

    basis_points: Rate
    channel: Channel | None = None
    category: Category | None = None
    seller_id: Seller | None = None
    fixed: Fixed | None = None
    minimum: Minimum | None = None
    maximum: Maximum | None = None
    currency: Currency | None = None
    starts_at: Start | None = None
    ends_at: End | None = None
    note: Note = ""

    def draft(self) -> FeeScheduleDraft:
        return FeeScheduleDraft(**msgspec.structs.asdict(self))


class FeeScheduleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays, null takes away. Once it has begun, only `ends_at` and `note` may change."""

    basis_points: Rate | UnsetType = UNSET
    channel: Annotated[Channel | UnsetType | None, Meta(examples=["community"])] = UNSET
    category: Category | UnsetType | None = UNSET
    seller_id: Seller | UnsetType | None = UNSET
    fixed: Fixed | UnsetType | None = UNSET
    minimum: Minimum | UnsetType | None = UNSET
    maximum: Maximum | UnsetType | None = UNSET
    currency: Currency | UnsetType | None = UNSET
    starts_at: Start | UnsetType = UNSET
    ends_at: End | UnsetType | None = UNSET
    note: Note | UnsetType = UNSET

    def said(self) -> dict[str, object]:
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}


class FeeQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sale by the caller."""

    channel: Channel
    price: Annotated[Amount, Meta(description="Of one piece.", examples=[750.00])]
    currency: Currency
    category: Category | None = None
    quantity: Annotated[int, Meta(ge=1, le=10_000, examples=[1])] = 1

    def sale(self, seller: UserId) -> Sale:
        amount = Money.price(self.price, self.currency).times(self.quantity)
        if amount.minor > LARGEST_MINOR:
            raise InvalidAmount("is too large for this quantity", field="price")
        return Sale(channel=self.channel, category=self.category, seller=seller, amount=amount)


class FeesController(Controller):
    path = "/api/v1"
    tags = ("Fees",)
    security = BEARER

    @get("/fee-schedules", summary="Fee schedules")
    @inject
    async def schedules(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[FeeQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[FeeScheduleView]]:
        """Those that ended and those to come too, the one added last first. Needs the permission
        `ordering.manage_fees`."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.newest(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/fee-schedules", summary="Add a fee schedule")
    @inject
    async def add(
        self, data: JSONBody[NewFeeSchedule], actor: FromDishka[Actor], add_schedule: FromDishka[AddFeeSchedule]
    ) -> Success[FeeScheduleView]:
        """For sales from its start on; what was sold keeps its fee. Needs the permission `ordering.manage_fees`.

        Of those in force the most specific counts: of a seller before a category before its parent before a channel;
        of equals the one that started last. One that begins at once may miss the sales of up to a second.
        """
        return Success(await add_schedule(actor, data.draft()))

    @patch("/fee-schedules/{fee_schedule_id:uuid}", summary="Change a fee schedule")
    @inject
    async def change(
        self,
        fee_schedule_id: FromPath[FeeScheduleId],
        data: JSONBody[FeeScheduleChange],
        actor: FromDishka[Actor],
        change_schedule: FromDishka[ChangeFeeSchedule],
    ) -> Success[FeeScheduleView]:
        """Anything until 5 seconds before it begins; then only its end and its note. Needs the permission
        `ordering.manage_fees`.

        For other rates add a new schedule. Those that are `is_default` never end.
        """
        return Success(await change_schedule(actor, fee_schedule_id, data.said()))

    @post("/fees/preview", summary="Preview a fee", status_code=200, opt=NOT_REPEATABLE)
    @inject
    async def preview(
        self,
        data: JSONBody[FeeQuestion],
        actor: FromDishka[Actor],
        caller: FromDishka[Caller],
        queries: FromDishka[FeeQueries],
    ) -> Success[FeePreview]:
        """What a sale by the caller would cost at this moment, and why."""
        return Success(await queries.preview(data.sale(actor.user), caller.language))

    @get("/orders/{order_id:uuid}/fees", summary="Why this fee")
    @inject
    async def of_order(
        self,
        order_id: FromPath[OrderId],
        actor: FromDishka[Actor],
        caller: FromDishka[Caller],
        queries: FromDishka[FeeQueries],
    ) -> Success[list[OrderFeeView]]:
        """The fee of each line with all it was reckoned from, frozen when the order was placed.

        For buyer and seller, and with the permission `ordering.manage_fees`; to others the order is not found.
        """
        return Success(await queries.of_order(actor, order_id, caller.language))
