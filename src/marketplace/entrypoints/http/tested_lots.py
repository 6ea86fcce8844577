"""Tested lots of the desk: goods that lie ready, with what a laboratory found in them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.trading.lots import (
    AddLot,
    AttachReport,
    LotDraft,
    ReleaseReservation,
    ReportDraft,
    ReserveLot,
    ReviseLot,
    WithdrawLot,
)
from marketplace.application.trading.tested_lot_ports import LotFilter, LotQueries
from marketplace.application.trading.tested_lot_views import ReservationView, TestedLotView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.lot import Finding, InvalidLot, LotStatus
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.trade import TradeId
from marketplace.domain.trading.units import Quantity, unit_named
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
Commodity = Annotated[str, Meta(min_length=1, max_length=80, examples=["cotton"])]
Grade = Annotated[str, Meta(max_length=200, examples=["Middling 1-1/8"])]
Origin = Annotated[str, Meta(max_length=200, examples=["Gujarat, India"])]
Place = Annotated[str, Meta(max_length=200, description="Where it lies now.", examples=["Mundra warehouse 4"])]
Quality = Annotated[dict[str, str], Meta(description="By parameter.", examples=[{"staple_length": "29 mm"}])]
Unit = Annotated[str, Meta(min_length=1, max_length=40, description="Like kg, tonne, bale.", examples=["tonne"])]
HowMuch = Annotated[Amount, Meta(description="At most six decimals.", examples=[20])]
Price = Annotated[Amount, Meta(description="Per `price_unit`.", examples=[1650.00])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["USD"])]
PriceUnit = Annotated[str, Meta(max_length=40, description="Else the lot's own unit.", examples=["tonne"])]


class NewTestedLot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commodity: Commodity
    quantity: HowMuch
    unit: Unit
    grade: Grade | None = None
    origin: Origin | None = None
    place: Place | None = None
    quality: Quality = {}
    price: Price | None = None
    currency: Currency = "USD"
    price_unit: PriceUnit | None = None

    def draft(self) -> LotDraft:
        return LotDraft(
            commodity=self.commodity, quantity=Quantity.of(self.quantity, self.unit), grade=self.grade,
            origin=self.origin, place=self.place, quality=self.quality,
            price=None if self.price is None else Money.price(self.price, self.currency),
            price_unit=self.price_unit and unit_named(self.price_unit, "price_unit"),
        )  # fmt: skip


class LotChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; null clears. A price comes with its currency, a quantity with its unit."""

    commodity: Commodity | UnsetType = UNSET
    quantity: HowMuch | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    grade: Grade | UnsetType | None = UNSET
    origin: Origin | UnsetType | None = UNSET
    place: Place | UnsetType | None = UNSET
    quality: Quality | UnsetType = UNSET
    price: Price | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    price_unit: PriceUnit | UnsetType = UNSET
    status: (
        Annotated[Literal["available", "rejected"], Meta(description="Of a tested lot.", examples=["available"])]
        | UnsetType
    ) = UNSET

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {
            "commodity": self.commodity, "grade": self.grade, "origin": self.origin, "place": self.place,
            "quality": self.quality, "quantity": self._quantity(), **self._price(),
        }  # fmt: skip
        return {name: change for name, change in changes.items() if change is not UNSET}

    def _quantity(self) -> Quantity | UnsetType:
        if self.quantity is UNSET and self.unit is UNSET:
            return UNSET
        if isinstance(self.quantity, UnsetType) or isinstance(self.unit, UnsetType):
            raise InvalidLot("say quantity and unit together", field="quantity" if self.quantity is UNSET else "unit")
        return Quantity.of(self.quantity, self.unit)

    def _price(self) -> dict[str, Any]:
        if self.price is None:
            return {"price": None, "price_unit": None}
        unit = unit_named(self.price_unit, "price_unit") if isinstance(self.price_unit, str) else UNSET
        if isinstance(self.price, UnsetType):
            if self.currency is not UNSET:
                raise InvalidLot("say the price too", field="price")
            return {"price_unit": unit}
        if isinstance(self.currency, UnsetType):
            raise InvalidLot("say the currency too", field="currency")
        return {"price": Money.price(self.price, self.currency), "price_unit": unit}

    @property
    def to(self) -> LotStatus | None:
        return LotStatus(self.status) if isinstance(self.status, str) else None


class NewFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: Annotated[str, Meta(min_length=1, max_length=60, description="As written.", examples=["29.4"])]
    unit: Annotated[str, Meta(min_length=1, max_length=60, examples=["mm"])] | None = None


class NewLabReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parameters: Annotated[
        dict[str, NewFinding],
        Meta(description="By name.", examples=[{"staple_length": {"value": "29.4", "unit": "mm"}}]),
    ]
    method: Annotated[str, Meta(min_length=1, max_length=60, examples=["HVI"])]
    laboratory: Annotated[str, Meta(min_length=1, max_length=120, examples=["Bremen Fibre Institute"])]
    tested_on: Annotated[date, Meta(examples=["2026-11-02"])]
    document_id: Annotated[UUID, Meta(description="One of yours: POST /api/v1/documents.")]
    certificate_number: Annotated[str, Meta(max_length=60, examples=["BFI-2026-0412"])] | None = None

    def draft(self) -> ReportDraft:
        return ReportDraft(
            parameters={name: Finding(value=one.value, unit=one.unit) for name, one in self.parameters.items()},
            method=self.method, laboratory=self.laboratory, tested_on=self.tested_on, document_id=self.document_id,
            certificate_number=self.certificate_number,
        )  # fmt: skip


class NewReservation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For a person, for a trade, or, with neither, just off the market."""

    quantity: Annotated[Amount, Meta(examples=[5])]
    unit: Unit
    until: (
        Annotated[
            datetime,
            Meta(tz=True, description="At most 30 days ahead; else 48 hours.", examples=["2026-12-01T12:00:00Z"]),
        ]
        | None
    ) = None
    for_user: UserId | None = None
    trade_id: TradeId | None = None


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reservation, or so much of what is reserved for nobody in particular, oldest first."""

    reservation_id: UUID | None = None
    quantity: Annotated[Amount, Meta(examples=[5])] | None = None
    unit: Unit | None = None

    @property
    def wanted(self) -> Quantity | None:
        if self.quantity is None:
            return None
        if self.unit is None:
            raise InvalidLot("say the unit too", field="unit")
        return Quantity.of(self.quantity, self.unit)


class TestedLotsController(Controller):
    path = "/api/v1/trade-desk/tested-lots"
    tags = ("Trade desk",)
    security = BEARER

    @get(summary="List tested lots", cache_control=PRIVATE)
    @inject
    async def list_lots(  # noqa: PLR0913 - the filters
        self,
        actor: FromDishka[Actor],
        lots: FromDishka[LotQueries],
        cursors: FromDishka[Cursors],
        commodity: Annotated[str | None, Parameter(max_length=80, description="In capitals or not.")] = None,
        status: Annotated[LotStatus | None, Parameter(description="Other than `available`: of yours only.")] = None,
        mine: Annotated[bool, Parameter(description="Yours only, in every state.")] = False,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[TestedLotView]]:
        """What is available on the desk, or your own; newest first."""
        after = LotId(cursors.decode(cursor)) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        wanted = LotFilter(commodity=commodity, status=status, mine=mine)
        return Success(
            page_of(await lots.lots(actor, wanted, after=after, skip=skip, limit=per_page), cursors, page, per_page)
        )

    @post(summary="Add a tested lot")
    @inject
    async def add_lot(
        self, data: JSONBody[NewTestedLot], actor: FromDishka[Actor], add: FromDishka[AddLot]
    ) -> Success[TestedLotView]:
        """A draft that only you see. With a report it is `tested`; then make it `available`."""
        return Success(await add(actor, data.draft()))

    @get("/{lot_id:uuid}", summary="Read a tested lot", cache_control=PRIVATE)
    @inject
    async def read_lot(
        self, lot_id: FromPath[LotId], actor: FromDishka[Actor], lots: FromDishka[LotQueries]
    ) -> Success[TestedLotView]:
        """Your own in every state, with what you reserved of it; those of others while they are available."""
        return Success(await lots.lot(actor, lot_id))

    @patch("/{lot_id:uuid}", summary="Change a tested lot")
    @inject
    async def revise_lot(
        self,
        lot_id: FromPath[LotId],
        data: JSONBody[LotChange],
        actor: FromDishka[Actor],
        revise: FromDishka[ReviseLot],
    ) -> Success[TestedLotView]:
        """Your own. Once a report speaks of it only price and place change (`lot_is_tested`).

        `status` makes a tested lot `available` to all traders of the desk, or `rejected` for good.
        """
        return Success(await revise(actor, lot_id, data.changes(), data.to))

    @delete("/{lot_id:uuid}", summary="Withdraw a tested lot", opt=NOT_REPEATABLE)
    @inject
    async def withdraw_lot(
        self, lot_id: FromPath[LotId], actor: FromDishka[Actor], withdraw: FromDishka[WithdrawLot]
    ) -> None:
        """Your own, for good; not while some of it is held for somebody (`lot_is_held`)."""
        await withdraw(actor, lot_id)

    @post("/{lot_id:uuid}/reports", summary="Attach a laboratory report")
    @inject
    async def attach_report(
        self,
        lot_id: FromPath[LotId],
        data: JSONBody[NewLabReport],
        actor: FromDishka[Actor],
        attach: FromDishka[AttachReport],
    ) -> Success[TestedLotView]:
        """What a laboratory found in your lot, with the document that says so. It is never changed nor taken back."""
        return Success(await attach(actor, lot_id, data.draft()))

    @post("/{lot_id:uuid}/reserve", summary="Reserve some of a tested lot", status_code=201)
    @inject
    async def reserve_lot(
        self,
        lot_id: FromPath[LotId],
        data: JSONBody[NewReservation],
        actor: FromDishka[Actor],
        reserve: FromDishka[ReserveLot],
    ) -> Success[ReservationView]:
        """Set a quantity of your lot aside; at `until` it is to be had again. `nothing_left` tells what is left."""
        quantity = Quantity.of(data.quantity, data.unit)
        return Success(
            await reserve(
                actor, lot_id, quantity, until=data.until, for_user=data.for_user, trade_id=data.trade_id
            )
        )  # fmt: skip

    @post("/{lot_id:uuid}/release", status_code=200, summary="Release what is reserved of a tested lot")
    @inject
    async def release_lot(
        self,
        lot_id: FromPath[LotId],
        data: JSONBody[Release],
        actor: FromDishka[Actor],
        release: FromDishka[ReleaseReservation],
    ) -> Success[TestedLotView]:
        """Before its time. What an order holds is not yours to release."""
        return Success(await release(actor, lot_id, reservation_id=data.reservation_id, quantity=data.wanted))
