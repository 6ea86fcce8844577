"""Needs to buy and to sell on the desk; the offers that answer them are in desk_offers.py."""

from datetime import datetime
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.trading.matches import FindMatches
from marketplace.application.trading.trade_ports import PriceQuestion, TradeFilter, TradeQueries
from marketplace.application.trading.trade_views import DashboardView, MatchesView, PriceHistoryView, TradeView
from marketplace.application.trading.trades import (
    CreateTrade,
    MoveTrade,
    NewTrade,
    ReviseTrade,
)
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.terms import LONGEST_DELIVERY, MOST_QUALITIES
from marketplace.domain.trading.trade import MOST_INVITED, Trade, TradeId, TradeSide, TradeStatus, Visibility
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Side = Annotated[TradeSide, Meta(description="Whether its owner buys or sells.", examples=["buy"])]
Commodity = Annotated[str, Meta(min_length=1, max_length=80, examples=["Cotton"])]
Grade = Annotated[str, Meta(min_length=1, max_length=200, examples=["Shankar-6"])]
HowMuch = Annotated[Amount, Meta(description="At most 6 decimals.", examples=[500])]
Unit = Annotated[str, Meta(min_length=1, max_length=40, description="As people write it.", examples=["bales"])]
Target = Annotated[Amount, Meta(description="Per `price_unit`.", examples=[57500.00])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["INR"])]
PriceUnit = Annotated[
    str, Meta(min_length=1, max_length=40, description="What prices are for; else `unit`.", examples=["candy"])
]
Quality = Annotated[
    dict[str, str],
    Meta(
        max_length=MOST_QUALITIES, description="Parameters by name: words, a number, `min`, `max` or a range.",
        examples=[{"staple_length": "min 29 mm", "moisture": "max 8 %"}],
    ),
]  # fmt: skip
Place = Annotated[str, Meta(min_length=1, max_length=200, examples=["Guntur"])]
DeliveryTerms = Annotated[str, Meta(min_length=1, max_length=200, examples=["ex-works"])]
DeliveryDays = Annotated[int, Meta(ge=0, le=LONGEST_DELIVERY, description="After the agreement.", examples=[15])]
PaymentTerms = Annotated[str, Meta(min_length=1, max_length=200, examples=["letter of credit, 30 days"])]
Seen = Annotated[
    Visibility,
    Meta(
        description="Sealed: until `valid_until` only its author knows of an offer. What invites people is shown to "
        "nobody else.",
        examples=["open"],
    ),
]
Invited = Annotated[
    list[UserId],
    Meta(
        max_length=MOST_INVITED, description="Ids of people; none of an open trade, one at least of an invited one.",
        examples=[[]],
    ),
]  # fmt: skip
Deadline = Annotated[
    datetime,
    Meta(tz=True, description="Until then offers are taken; within a year.", examples=["2026-12-05T12:00:00Z"]),
]
CommodityName = Annotated[
    str | None, QueryParameter(min_length=1, max_length=80, description="The whole name, whatever its case.")
]


class WrittenTrade(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out is left to the offers."""

    side: Side
    commodity: Commodity
    quantity: HowMuch
    unit: Unit
    currency: Currency
    visibility: Seen
    valid_until: Deadline
    grade: Grade | None = None
    target_price: Target | None = None
    price_unit: PriceUnit | None = None
    quality: Quality = {}
    delivery_place: Place | None = None
    delivery_terms: DeliveryTerms | None = None
    delivery_days: DeliveryDays | None = None
    payment_terms: PaymentTerms | None = None
    invited: Invited = []

    def wish(self) -> NewTrade:
        return NewTrade(**msgspec.structs.asdict(self))


class TradeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays, null takes away. Quality and invited people are replaced as a whole."""

    side: Side | UnsetType = UNSET
    commodity: Commodity | UnsetType = UNSET
    quantity: HowMuch | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    visibility: Seen | UnsetType = UNSET
    valid_until: Deadline | UnsetType = UNSET
    grade: Grade | UnsetType | None = UNSET
    target_price: Target | UnsetType | None = UNSET
    price_unit: PriceUnit | UnsetType | None = UNSET
    quality: Quality | UnsetType = UNSET
    delivery_place: Place | UnsetType | None = UNSET
    delivery_terms: DeliveryTerms | UnsetType | None = UNSET
    delivery_days: DeliveryDays | UnsetType | None = UNSET
    payment_terms: PaymentTerms | UnsetType | None = UNSET
    invited: Invited | UnsetType = UNSET

    def said(self) -> dict[str, object]:
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}


class AmbiguousName(Invalid):
    code = "ambiguous_name"


class TradesController(Controller):
    path = "/api/v1/trade-desk/trades"
    tags = ("Trade desk",)
    security = BEARER

    @get(summary="Trades to answer, and your own")
    @inject
    async def newest(  # noqa: PLR0913 - the query's parameters
        self,
        actor: FromDishka[Actor],
        trades: FromDishka[TradeQueries],
        cursors: FromDishka[Cursors],
        side: FromQuery[TradeSide | None] = None,
        commodity: CommodityName = None,
        q: Annotated[
            str | None, QueryParameter(min_length=1, max_length=80, description="The beginning of the commodity.")
        ] = None,
        status: FromQuery[TradeStatus | None] = None,
        mine: Annotated[bool, QueryParameter(description="Only your own.")] = False,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[TradeView]]:
        """What others publish for everybody or for you and takes offers now, and your own in every state, newest
        first. A trade of which part was awarded is no longer listed to others; whoever has its id may answer it still.

        `q` looks through the first 20 commodities, by the alphabet, that begin so."""
        if commodity and q:
            raise AmbiguousName("say `commodity` or `q`, not both", field="q")
        after = TradeId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        wanted = TradeFilter(side=side, status=status, commodity=commodity, begins=q, mine=mine)
        found = await trades.newest(actor, wanted, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Draft a trade")
    @inject
    async def create(
        self, data: JSONBody[WrittenTrade], actor: FromDishka[Actor], create_trade: FromDishka[CreateTrade]
    ) -> Success[TradeView]:
        """Say what you want to buy or to sell. Until it is published nobody else finds it."""
        return Success(await create_trade(actor, data.wish()))

    @get("/{trade_id:uuid}", summary="Read a trade")
    @inject
    async def read(
        self, trade_id: FromPath[TradeId], actor: FromDishka[Actor], trades: FromDishka[TradeQueries]
    ) -> Success[TradeView]:
        """A draft, and what invites others, is not found."""
        return Success(await trades.trade(actor, trade_id))

    @patch("/{trade_id:uuid}", summary="Revise a draft")
    @inject
    async def revise(
        self,
        trade_id: FromPath[TradeId],
        data: JSONBody[TradeChange],
        actor: FromDishka[Actor],
        revise_trade: FromDishka[ReviseTrade],
    ) -> Success[TradeView]:
        """What was published stays as others have read it."""
        return Success(await revise_trade(actor, trade_id, data.said()))

    @post("/{trade_id:uuid}/publish", status_code=200, summary="Publish a trade")
    @inject
    async def publish(
        self, trade_id: FromPath[TradeId], actor: FromDishka[Actor], move_trade: FromDishka[MoveTrade]
    ) -> Success[TradeView]:
        """From now on it takes offers, until `valid_until`."""
        return Success(await move_trade(actor, trade_id, Trade.publish))

    @post("/{trade_id:uuid}/cancel", status_code=200, summary="Cancel a trade")
    @inject
    async def cancel(
        self, trade_id: FromPath[TradeId], actor: FromDishka[Actor], move_trade: FromDishka[MoveTrade]
    ) -> Success[TradeView]:
        """Of which nothing was awarded. Every open negotiation over it is over."""
        return Success(await move_trade(actor, trade_id, Trade.cancel))

    @post("/{trade_id:uuid}/close", status_code=200, summary="Close a trade")
    @inject
    async def close(
        self, trade_id: FromPath[TradeId], actor: FromDishka[Actor], move_trade: FromDishka[MoveTrade]
    ) -> Success[TradeView]:
        """That was awarded, all of it or a part. Its orders stand; every open negotiation over it is over."""
        return Success(await move_trade(actor, trade_id, Trade.close))

    @get("/{trade_id:uuid}/matches", summary="What would answer a trade")
    @inject
    async def matches(
        self,
        trade_id: FromPath[TradeId],
        actor: FromDishka[Actor],
        find_matches: FromDishka[FindMatches],
        limit: Annotated[int, QueryParameter(ge=1, le=100, description="So many of the best.")] = 20,
    ) -> Success[MatchesView]:
        """Trades of the other side and, for one to buy, tested lots: of the same commodity and currency, in units that
        convert, at prices that meet. Each with its score and the reasons for it."""
        return Success(await find_matches(actor, trade_id, limit))


class DeskController(Controller):
    path = "/api/v1/trade-desk"
    tags = ("Trade desk",)
    security = BEARER

    @get("/dashboard", summary="Your trades and offers at a glance")
    @inject
    async def dashboard(self, actor: FromDishka[Actor], trades: FromDishka[TradeQueries]) -> Success[DashboardView]:
        """What you published and offered, what waits for your answer, what you agreed on and what ends soon."""
        return Success(await trades.dashboard(actor))

    @get("/price-history", summary="What was paid for a commodity")
    @inject
    async def price_history(
        self,
        actor: FromDishka[Actor],
        trades: FromDishka[TradeQueries],
        commodity: Annotated[
            str, QueryParameter(min_length=1, max_length=80, description="The whole name, whatever its case.")
        ],
        currency: Annotated[str, QueryParameter(pattern="^[A-Z]{3}$", description="ISO 4217.")],
        grade: Annotated[
            str | None, QueryParameter(max_length=200, description="Left out: what was agreed on without one.")
        ] = None,
        days: Annotated[int, QueryParameter(ge=1, le=365, description="Back from today, to the Monday before.")] = 90,
    ) -> Success[PriceHistoryView]:
        """By day, once it is over. A day with fewer than three agreements is told with others of its week once that is
        over, and left out if they are too few together: no single deal can be read from it."""
        asked = PriceQuestion(commodity=commodity, grade=grade, currency=currency, days=days)
        return Success(PriceHistoryView(commodity, grade, currency, await trades.prices(actor, asked)))
