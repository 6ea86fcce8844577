from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.parse_views import ConfirmedParseView, ParseView
from marketplace.application.trading.parsing import ConfirmParse, ParseTrade
from marketplace.domain.trading.parsed import LONGEST_MESSAGE, ParseId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.trades import TradeChange


class TradeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[
        str,
        Meta(
            min_length=1, max_length=LONGEST_MESSAGE,
            description="As it was written: English, Hindi in Latin script, Russian.",
            examples=["Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"],
        ),
    ]  # fmt: skip


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    overrides: TradeChange = TradeChange()


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
    ) -> Success[ConfirmedParseView]:
        """Only its owner, only once, and within 30 days. The draft is revised and published like any other.

        `overrides` replace what was read, null takes away. Refused naming the field while side, commodity, quantity,
        unit or currency are neither read nor given; open, and for a week, unless said otherwise.
        """
        return Success(await confirm_parse(actor, parse_id, data.overrides.said()))
