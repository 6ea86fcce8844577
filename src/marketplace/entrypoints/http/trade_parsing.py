from datetime import datetime
from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.parse_views import ParseView
from marketplace.application.trading.parsing import ConfirmParse, ParseTrade
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.parsed import LONGEST_MESSAGE, ParseId
from marketplace.domain.trading.terms import LONGEST_DELIVERY, MOST_QUALITIES
from marketplace.domain.trading.trade import MOST_INVITED, TradeSide, Visibility
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Unit = Annotated[str, Meta(min_length=1, max_length=40, description="As people write it.")]


class TradeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[
        str,
        Meta(
            min_length=1, max_length=LONGEST_MESSAGE,
            description="As it was written: English, Hindi in Latin script, Russian.",
            examples=["Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"],
        ),
    ]  # fmt: skip


class Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays as it was read, null takes away. Qualities are replaced as a whole."""

    side: Annotated[TradeSide, Meta(examples=["buy"])] | UnsetType = UNSET
    commodity: Annotated[str, Meta(min_length=1, max_length=80, examples=["cotton"])] | UnsetType = UNSET
    grade: Annotated[Text, Meta(examples=["MCU-5"])] | UnsetType | None = UNSET
    quantity: Annotated[Amount, Meta(description="At most 6 decimals.", examples=[450])] | UnsetType = UNSET
    unit: Annotated[Unit, Meta(examples=["bale"])] | UnsetType = UNSET
    target_price: Annotated[Amount, Meta(description="Per `price_unit`.", examples=[61500.00])] | UnsetType | None = (
        UNSET
    )
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["INR"])] | UnsetType = UNSET
    price_unit: Annotated[Unit, Meta(examples=["candy"])] | UnsetType | None = UNSET
    quality: (
        Annotated[dict[str, str], Meta(max_length=MOST_QUALITIES, examples=[{"staple_length": "min 29 mm"}])]
        | UnsetType
    ) = UNSET
    delivery_place: Annotated[Text, Meta(examples=["Guntur"])] | UnsetType | None = UNSET
    delivery_terms: Annotated[Text, Meta(examples=["EXW"])] | UnsetType | None = UNSET
    delivery_days: Annotated[int, Meta(ge=0, le=LONGEST_DELIVERY, examples=[15])] | UnsetType | None = UNSET
    payment_terms: Annotated[Text, Meta(examples=["LC 30 days"])] | UnsetType | None = UNSET
    visibility: Annotated[Visibility, Meta(description="Else open.", examples=["open"])] | UnsetType = UNSET
    invited: Annotated[list[UserId], Meta(max_length=MOST_INVITED, examples=[[]])] | UnsetType = UNSET
    valid_until: (
        Annotated[
            datetime, Meta(tz=True, description="Else as it was said, or in a week.", examples=["2026-12-05T12:00:00Z"])
        ]
        | UnsetType
    ) = UNSET

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    overrides: Overrides = Overrides()


class TradeParsingController(Controller):
    path = "/api/v1/trade-desk/parse"
    tags = ("Trade desk",)
    security = BEARER

    @post(summary="Read a message as a trade")
    @inject
    async def parse(
        self, data: JSONBody[TradeText], actor: FromDishka[Actor], parse_trade: FromDishka[ParseTrade]
    ) -> Success[ParseView]:
        """What the message says, field by field, where it says it and how surely.

        Makes no trade: confirm it for that. Of what is no trade there are no fields.
        """
        return Success(await parse_trade(actor, data.text))

    @post("/{parse_id:uuid}/confirm", summary="Make a draft of what was read")
    @inject
    async def confirm(
        self,
        parse_id: FromPath[ParseId],
        data: JSONBody[Confirmation],
        actor: FromDishka[Actor],
        confirm_parse: FromDishka[ConfirmParse],
    ) -> Success[ParseView]:
        """Only its owner, and only once. `trade_id` is the draft, to be revised and published like any other.

        Refused naming the field while side, commodity, quantity or currency are neither read nor given.
        """
        return Success(await confirm_parse(actor, parse_id, data.overrides.said()))
