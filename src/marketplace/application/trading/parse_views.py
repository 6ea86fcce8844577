from decimal import Decimal
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from marketplace.domain.trading.parsed import Parse, ParsedField, ParseId
from marketplace.domain.trading.trade import TradeId

AMOUNTS = ("quantity", "target_price")


class ParsedFieldView(msgspec.Struct, frozen=True):
    """`value`: a number for quantity, price and days, else words. `unit`: of a quantity or a quality.

    `confidence`: 0.95 said, 0.7 inferred from its place, 0.5 guessed.
    """

    value: Annotated[Any, Meta(extra_json_schema={"type": ["number", "string"]}, examples=[500])]
    unit: Annotated[str | None, Meta(examples=["bale"])]
    confidence: Annotated[float, Meta(ge=0, le=1, examples=[0.95])]
    span: Annotated[
        list[int],
        Meta(
            min_length=2, max_length=2, description="Its first code point in `text`, and the one behind it.",
            examples=[[5, 14]],
        ),
    ]  # fmt: skip

    @classmethod
    def of(cls, name: str, field: ParsedField) -> Self:
        value: Decimal | int | str = field.value
        if name in AMOUNTS:
            value = Decimal(field.value)
        elif name == "delivery_days":
            value = int(field.value)
        return cls(value, field.unit, field.confidence, list(field.span))


class ParseView(msgspec.Struct, frozen=True):
    """What was read in a message, by the names of a trade's fields and `quality.<name>`.

    `trade_id` is null until it is confirmed.
    """

    id: ParseId
    trade_id: TradeId | None
    text: Annotated[str, Meta(examples=["Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"])]
    fields: dict[str, ParsedFieldView]

    @classmethod
    def of(cls, parse: Parse) -> Self:
        fields = {name: ParsedFieldView.of(name, field) for name, field in parse.read.fields.items()}
        return cls(parse.id, parse.trade, parse.read.text, fields)
